//! The pure checks of competence, state and quantity, shared by the rules that execute and the verifier that replays.
//!
//! [`authorise`] asks who signed and whether they may; [`effect`] asks whether the item allows it and what it does to
//! it. Order of refusals: keys, signers, competence, point of custody, custodian, state, holds, offers, quantities.

mod item;
mod keys;
mod signers;

use crate::{
    event::Decision,
    id::OrgId,
    record::{KeyRecord, OrgRecord},
    transaction::Slot,
};
pub use item::{check_quantity, effect};
pub use keys::{check_keys, usable_key};
pub use signers::{authorise, authorise_under};

/// A signer with the records it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// Its slot.
    pub slot: &'a Slot,
    /// Record of its key.
    pub key: &'a KeyRecord,
    /// Record of its organisation.
    pub org: &'a OrgRecord,
}

/// When the judgement is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// In the block: a key that has ended by now ended before this act.
    Executing,
    /// Afterwards, from records of a later block: a key that ended in the very block of the act may have ended after it.
    Replaying,
}

/// Facts about the object of an operation on keys, nodes or organisations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target<'a> {
    /// The organisation that the operation is about.
    pub org: Option<(&'a OrgId, &'a OrgRecord)>,
}

/// Who acts, and under which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The rule.
    pub decision: Decision,
    /// The organisation that acts: custodian, receiver of an answer, declarant, or agency.
    pub principal: OrgId,
    /// The receiver of a handover signed by both.
    pub receiver: Option<OrgId>,
}
