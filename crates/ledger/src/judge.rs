//! The pure checks of competence, state and quantity, shared by the rules that execute and the verifier that replays.
//!
//! [`authorise`] asks who signed and whether they may; [`effect`] asks whether the item allows it and what it does to
//! it. Order of refusals: keys, signers, competence, point of custody, custodian, state, holds, offers, quantities.

mod item;
mod keys;
mod made;
mod signers;
mod table;

use crate::{
    event::{Decision, Effect, Receiver},
    id::OrgId,
    operation::Usage,
    record::{Inside, KeyRecord, Lifecycle, OrgRecord, Packed},
    transaction::Slot,
};
use gs1::Gln;
pub use item::{check_note, check_quantity, effect};
pub use keys::{check_keys, usable_key};
pub use made::{Inherited, inherited, takes_enough, went_in};
pub use signers::{Met, authorise, authorise_under, is_asked, meet_any};

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
    /// The other party: the receiver of a handover signed by both, the partner of a filing.
    pub counterpart: Option<OrgId>,
    /// All organisations that signed, ascending.
    pub orgs: Vec<OrgId>,
}

/// What an act on an item finds beside the item: in other records when it is executed, in the certified event when it is
/// replayed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// What the receiver is.
    pub receiver: Receiver,
    /// Whether the R&D white list clears a declaration.
    pub research_only: bool,
    /// Whether readings are beyond the limits.
    pub excursion: bool,
    /// What a report states.
    pub usage: Option<Usage>,
    /// Into what it is packed.
    pub packed: Option<Packed>,
    /// Custodian, state and place of the unit it comes out of.
    pub unpacked: Option<(OrgId, Lifecycle, Option<Gln>)>,
    /// What a unit gets or loses.
    pub inside: Inside,
}

impl Beside {
    /// As a certified event tells it; `usage` is the entry of a report.
    pub fn told_by(effect: &Effect, usage: Option<Usage>) -> Beside {
        let none = Beside { usage, ..Beside::default() };
        match effect {
            Effect::Moved { receiver, .. } => Beside { receiver: *receiver, ..none },
            Effect::Declared { exempt: _, research_only } => Beside { research_only: *research_only, ..none },
            Effect::Noted { note: _, excursion } => Beside { excursion: *excursion, ..none },
            Effect::Packed { into } => Beside { packed: Some(*into), ..none },
            Effect::Unpacked { unit: _, custodian, state, place } => {
                Beside { unpacked: Some((*custodian, *state, *place)), ..none }
            }
            Effect::Filled { more: _, by } => Beside { inside: *by, ..none },
            _ => none,
        }
    }
}
