//! Events: what happened to an item, chained so that one state proof authenticates the whole history.
//!
//! `head_0 = H(tag, network, item)`, `head_n = H(tag, head_{n-1}, event_n)`. [`apply`] is the only way from one
//! [`ItemRecord`] to the next: the rules use it to write, the verifier to check that the history yields the record.

use crate::{
    bounds::MAX_LINKS,
    hash::Hash,
    id::{ClassId, ItemId, NetworkId, OrgId, TxId},
    operation::{CustodyPoint, InspectionResult, Operation},
    policy::{PolicyPack, Rule},
    record::{Hold, ItemRecord, Lifecycle, PendingOffer, Stamp},
    tag,
    text::Text,
};
use bincode::{Decode, Encode};
use gs1::{ItemCode, Quantity};

/// What caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Cause {
    /// The genesis of the network.
    Genesis,
    /// A transaction, and the entry of its list (0 for a single item).
    Tx {
        /// The transaction.
        id: TxId,
        /// Index of the entry.
        index: u32,
    },
}

/// Under which rule an act was judged: done, or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Decision {
    /// Hash of the policy pack.
    pub pack: Hash,
    /// Its version.
    pub version: u32,
    /// The rule applied.
    pub rule: Rule,
    /// Its article; empty for an act that the pack does not know.
    pub article: Text<64>,
}

impl Decision {
    /// The decision about an operation under a pack with this hash: by the rule that refuses it, or by the rule of its
    /// act where that is none or has no article here.
    pub fn under(pack: &PolicyPack, hash: Hash, operation: &Operation, refused_by: Rule) -> Decision {
        let row = pack.row(operation.act());
        let of_row = || {
            let rule = row.map_or(Rule::NONE, |row| row.rule);
            (rule, row.and_then(|row| row.article.as_ref().or_else(|| pack.article(rule))))
        };
        let (rule, article) = match pack.article(refused_by) {
            Some(article) => (refused_by, Some(article)),
            None => of_row(),
        };
        Decision { pack: hash, version: pack.version, rule, article: article.cloned().unwrap_or_default() }
    }
}

/// Another item that an event is linked to, by its count and head at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    /// The item.
    pub item: ItemId,
    /// Number of its events.
    pub count: u64,
    /// Head of its chain.
    pub head: Hash,
}

/// What an event did to the item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Effect {
    /// Entered the ledger.
    Registered {
        /// Its class.
        class: ClassId,
        /// Its code.
        code: ItemCode,
        /// How much.
        quantity: Quantity,
        /// Who holds it.
        custodian: OrgId,
        /// The registration before this one under the same code.
        previous: Option<ItemId>,
        /// Root of its private fields.
        private: Option<Hash>,
    },
    /// Declared at the border.
    Declared,
    /// Inspected.
    Inspected {
        /// The result.
        result: InspectionResult,
    },
    /// Released.
    Released,
    /// Offered.
    Offered {
        /// The pending offer.
        offer: PendingOffer,
    },
    /// Custody moved.
    Moved {
        /// From whom.
        from: OrgId,
        /// To whom.
        to: OrgId,
        /// Hash of the terms.
        terms: Hash,
    },
    /// The receiver refused the offer.
    OfferRefused {
        /// Hash of the terms.
        terms: Hash,
    },
    /// The giver withdrew the offer.
    OfferWithdrawn {
        /// Hash of the terms.
        terms: Hash,
    },
    /// Used.
    Used {
        /// How much.
        quantity: Quantity,
    },
    /// Disposed of.
    Disposed {
        /// How much.
        quantity: Quantity,
    },
    /// A hold was placed.
    HoldPlaced {
        /// By which agency.
        by: OrgId,
        /// Why.
        reason: Text<256>,
    },
    /// A hold was lifted.
    HoldLifted {
        /// By which agency.
        by: OrgId,
        /// Number of the event that placed it.
        placed: u64,
    },
}

impl Effect {
    /// The word used in JSON, such as `offer-refused`.
    pub fn name(&self) -> &'static str {
        match self {
            Effect::Registered { .. } => "registered",
            Effect::Declared => "declared",
            Effect::Inspected { .. } => "inspected",
            Effect::Released => "released",
            Effect::Offered { .. } => "offered",
            Effect::Moved { .. } => "moved",
            Effect::OfferRefused { .. } => "offer-refused",
            Effect::OfferWithdrawn { .. } => "offer-withdrawn",
            Effect::Used { .. } => "used",
            Effect::Disposed { .. } => "disposed",
            Effect::HoldPlaced { .. } => "hold-placed",
            Effect::HoldLifted { .. } => "hold-lifted",
        }
    }
}

/// One event of one item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Event {
    /// The item.
    pub item: ItemId,
    /// Number of the event, from 1.
    pub n: u64,
    /// What caused it.
    pub cause: Cause,
    /// Height and time of its block.
    pub at: Stamp,
    /// What it did.
    pub effect: Effect,
    /// State of the item after it.
    pub state: Lifecycle,
    /// Under which rule; none for genesis.
    pub decision: Option<Decision>,
    /// Items it is linked to.
    pub links: Vec<Link>,
}

impl Event {
    /// Its hash, as receipts and feeds hold it.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::EVENT, self)
    }
}

/// Head of an item's chain before its first event.
pub fn head_zero(network: &NetworkId, item: &ItemId) -> Hash {
    Hash::of(&tag::EVENT_HEAD_ZERO, &(network, item))
}

/// Head after an event.
pub fn head_after(previous: &Hash, event: &Hash) -> Hash {
    Hash::of_pair(&tag::EVENT_HEAD, previous, event)
}

/// Why an event does not follow from a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Not the next number, or of another item.
    #[error("apply event {found} where event {expected} is due")]
    Order {
        /// Number that is due.
        expected: u64,
        /// Number found.
        found: u64,
    },
    /// The effect does not fit the state the item is in.
    #[error("apply event {n}: it does not fit what came before")]
    Effect {
        /// Number of the event.
        n: u64,
    },
    /// Quantities do not add up.
    #[error("apply event {n}: quantities do not add up")]
    Quantity {
        /// Number of the event.
        n: u64,
    },
    /// The state that the event states is not the one that follows.
    #[error("apply event {n}: the stated result is not what follows")]
    State {
        /// Number of the event.
        n: u64,
    },
}

/// The record after an event: of a first event (`before` is none) or a later one.
pub fn apply(network: &NetworkId, before: Option<&ItemRecord>, event: &Event) -> Result<ItemRecord, ApplyError> {
    let expected = before.map_or(0, |r| r.count).saturating_add(1);
    if event.n != expected {
        return Err(ApplyError::Order { expected, found: event.n });
    }
    if event.links.len() > MAX_LINKS {
        return Err(ApplyError::Effect { n: event.n });
    }
    let mut record = match before {
        None => opened(network, event)?,
        Some(record) => record.clone(),
    };
    let state = state_after(before, event);
    change(&mut record, event)?;
    record.state = state;
    if state != event.state {
        return Err(ApplyError::State { n: event.n });
    }
    record.count = event.n;
    record.head = head_after(&record.head, &event.hash());
    Ok(record)
}

/// The state that an event leads to, for whoever makes the event; [`apply`] checks the stated one.
pub fn state_after(before: Option<&ItemRecord>, event: &Event) -> Lifecycle {
    let same = before.map_or(Lifecycle::Registered, |r| r.state);
    let rest = |quantity: &Quantity| before.and_then(|r| r.on_hand.checked_sub(*quantity).ok());
    let ends = |quantity: &Quantity| rest(quantity).is_some_and(|q| q.is_zero());
    match &event.effect {
        Effect::Registered { .. } => match event.cause {
            Cause::Genesis => Lifecycle::Released,
            Cause::Tx { .. } => Lifecycle::Registered,
        },
        Effect::Declared => Lifecycle::Declared,
        Effect::Inspected { result } => match result {
            InspectionResult::Passed => Lifecycle::Inspected,
            InspectionResult::TestPending => Lifecycle::TestPending,
            InspectionResult::Failed => Lifecycle::Failed,
        },
        Effect::Released => Lifecycle::Released,
        Effect::Used { quantity } if ends(quantity) => Lifecycle::Consumed,
        Effect::Disposed { quantity } if ends(quantity) => Lifecycle::Disposed,
        Effect::Used { .. }
        | Effect::Disposed { .. }
        | Effect::Offered { .. }
        | Effect::Moved { .. }
        | Effect::OfferRefused { .. }
        | Effect::OfferWithdrawn { .. }
        | Effect::HoldPlaced { .. }
        | Effect::HoldLifted { .. } => same,
    }
}

fn opened(network: &NetworkId, event: &Event) -> Result<ItemRecord, ApplyError> {
    let Effect::Registered { class, code, quantity, custodian, previous, private } = &event.effect else {
        return Err(ApplyError::Effect { n: event.n });
    };
    let start = CustodyPoint::start(&event.item);
    let none = Quantity::zero(quantity.unit());
    Ok(ItemRecord {
        class: *class,
        code: code.clone(),
        registrant: *custodian,
        custodian: *custodian,
        state: event.state,
        registered: *quantity,
        on_hand: *quantity,
        used: none,
        disposed: none,
        holds: Vec::new(),
        container: None,
        count: 0,
        head: head_zero(network, &event.item),
        custody_seq: start.seq,
        trail: start.trail,
        offer: None,
        previous: *previous,
        private: *private,
    })
}

/// Moves the point of custody on: an act that changed custody or quantity voids a pending offer.
fn advance(record: &mut ItemRecord, event: &Event) -> Result<(), ApplyError> {
    let Cause::Tx { id, index: _ } = event.cause else {
        return Err(ApplyError::Effect { n: event.n });
    };
    let next = CustodyPoint { seq: record.custody_seq, trail: record.trail }.after(&id);
    record.custody_seq = next.seq;
    record.trail = next.trail;
    record.offer = None;
    Ok(())
}

fn change(record: &mut ItemRecord, event: &Event) -> Result<(), ApplyError> {
    let n = event.n;
    let unfit = ApplyError::Effect { n };
    match &event.effect {
        Effect::Registered { .. } if n == 1 => {}
        Effect::Registered { .. } => return Err(unfit),
        Effect::Declared | Effect::Inspected { .. } | Effect::Released => {}
        Effect::Offered { offer } => record.offer = Some(offer.clone()),
        Effect::Moved { from, to, terms: _ } => {
            if record.custodian != *from || from == to {
                return Err(unfit);
            }
            record.custodian = *to;
            advance(record, event)?;
        }
        Effect::OfferRefused { terms } | Effect::OfferWithdrawn { terms } => {
            match record.offer.as_ref().is_some_and(|o| o.terms == *terms) {
                true => record.offer = None,
                false => return Err(unfit),
            }
        }
        Effect::Used { quantity } => {
            record.on_hand = record.on_hand.checked_sub(*quantity).map_err(|_| ApplyError::Quantity { n })?;
            record.used = record.used.checked_add(*quantity).map_err(|_| ApplyError::Quantity { n })?;
            advance(record, event)?;
        }
        Effect::Disposed { quantity } => {
            record.on_hand = record.on_hand.checked_sub(*quantity).map_err(|_| ApplyError::Quantity { n })?;
            record.disposed = record.disposed.checked_add(*quantity).map_err(|_| ApplyError::Quantity { n })?;
            advance(record, event)?;
        }
        Effect::HoldPlaced { by, reason } => {
            record.holds.push(Hold { by: *by, placed: n, reason: reason.clone() });
        }
        Effect::HoldLifted { by, placed } => {
            let before = record.holds.len();
            record.holds.retain(|h| !(h.by == *by && h.placed == *placed));
            if record.holds.len() == before {
                return Err(unfit);
            }
        }
    }
    Ok(())
}
