//! Grants: permissions with a quota and a clock (plans, clearance proofs, permits, filings).

use super::Stamp;
use crate::{
    event::Decision,
    hash::Hash,
    id::{GrantId, OrgId},
    operation::{Application, Lane},
    policy::WriteOff,
    text::Text,
    time::Timestamp,
    words,
};
use bincode::{Decode, Encode};
use gs1::Quantity;

words! {
    /// Where a grant stands. That it has run out is a date, not a state.
    pub enum GrantState {
        /// Applied for; the clock runs.
        "applied" Applied,
        /// The clock is stopped (R7).
        "paused" Paused,
        /// Granted.
        "granted" Granted,
        /// Refused.
        "refused" Refused,
        /// Written off at once and in full.
        "exhausted" Exhausted,
        /// Cancelled.
        "cancelled" Cancelled,
        /// A filing whose final use is reported.
        "closed" Closed,
    }
}

/// A grant, from its application to its end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GrantRecord {
    /// Who applied.
    pub holder: OrgId,
    /// For what.
    pub application: Application,
    /// When.
    pub applied: Stamp,
    /// Where it stands.
    pub state: GrantState,
    /// By which lane it was granted.
    pub lane: Option<Lane>,
    /// Its number.
    pub number: Text<32>,
    /// How it is written off; fixed when it is granted.
    pub mode: WriteOff,
    /// From when until when it is valid; fixed when it is granted.
    pub valid: Option<(Timestamp, Timestamp)>,
    /// Written off or drawn so far.
    pub drawn: Quantity,
    /// Of a filing: exported and not reported as used up.
    pub abroad: Quantity,
    /// How many declarations it has served.
    pub declared: u32,
    /// A laboratory test that serves its later batches (R20).
    pub tested: Option<Hash>,
    /// Until when it is to be decided; none while paused or decided.
    pub due: Option<Timestamp>,
    /// Working days left while paused.
    pub days_left: u8,
    /// How often it was paused.
    pub pauses: u8,
    /// Under which rule it was decided.
    pub decision: Option<Decision>,
    /// The grant of the holder before this one, of the same kind.
    pub previous: Option<GrantId>,
    /// The filing with the counterpart before this one.
    pub previous_of_counterpart: Option<GrantId>,
}
