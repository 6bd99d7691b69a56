//! Events: what happened to an item, chained so that one state proof authenticates the whole history.
//!
//! `head_0 = H(tag, network, item)`, `head_n = H(tag, head_{n-1}, event_n)`. [`apply`] is the only way from one
//! [`crate::record::ItemRecord`] to the next: the rules use it to write, the verifier to check that the history yields the record.

mod apply;
mod kind;

use crate::{
    hash::Hash,
    id::{ClassId, GrantId, ItemId, NetworkId, OrgId, TxId},
    operation::{Act, Bucket, DeriveKind, InspectionResult, Lane, Note, Operation, Purpose, Verdict},
    policy::{PolicyPack, Rule},
    record::{Inside, Lifecycle, Marks, Packed, PendingOffer, Stamp},
    tag,
    text::Text,
    words,
};
pub use apply::{ApplyError, apply, state_after};
use bincode::{Decode, Encode};
use gs1::{Gln, ItemCode, Quantity};
pub use kind::EventKind;

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
    /// What it rests on, at most [`crate::bounds::MAX_GROUNDS`]: the records were in force when it was made.
    pub grounds: Vec<Ground>,
}

/// A record that a decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Ground {
    /// An entry of a registry.
    Entry {
        /// Its place.
        place: Hash,
        /// Its number there.
        n: u64,
    },
    /// A grant.
    Grant(GrantId),
}

impl Decision {
    /// The decision about an operation under a pack with this hash: by the rule that refuses it, or by the rule of its
    /// lane or act where that is none or has no article here.
    pub fn under(pack: &PolicyPack, hash: Hash, operation: &Operation, refused_by: Rule) -> Decision {
        let act = operation.act();
        let own = match lane(operation).and_then(|lane| pack.lane(lane)) {
            Some(row) => row.rule,
            None => row_rule(pack, operation),
        };
        let article = |rule: Rule| pack.article(rule).map(|article| (rule, article));
        let of_row = || pack.row(act).and_then(|row| Some((row.rule, row.article.as_ref()?)));
        let lawful = article(refused_by).or_else(|| match own {
            Rule::NONE => of_row(),
            own => of_row().filter(|(rule, _)| *rule == own).or_else(|| article(own)),
        });
        let (rule, article) = match lawful {
            Some((rule, article)) => (rule, article.clone()),
            None => (own, Text::default()),
        };
        Decision { pack: hash, version: pack.version, rule, article, grounds: Vec::new() }
    }

    /// The same, resting on these.
    pub fn resting_on(self, grounds: Vec<Ground>) -> Decision {
        Decision { grounds, ..self }
    }
}

/// The lane that an operation takes.
pub fn lane(operation: &Operation) -> Option<Lane> {
    match operation {
        Operation::Declare { exempt: true, .. } => Some(Lane::DeclarationExempt),
        Operation::Inspect { result: InspectionResult::Exempt, .. } => Some(Lane::InspectionExempt),
        Operation::Decide { verdict: Verdict::Grant { lane, .. }, .. } => *lane,
        _ => None,
    }
}

/// The rule of the act's row; of an application, the rule of its kind.
fn row_rule(pack: &PolicyPack, operation: &Operation) -> Rule {
    let of_act = |act: Act| pack.row(act).map_or(Rule::NONE, |row| row.rule);
    match operation {
        Operation::Apply { application } => match pack.grant(application.kind) {
            Some(row) => row.rule,
            None => of_act(Act::Apply),
        },
        other => of_act(other.act()),
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
        /// For what.
        purpose: Purpose,
        /// What sticks to it.
        marks: Marks,
        /// How it was made, if out of other items.
        origin: Option<DeriveKind>,
        /// Where it is.
        place: Option<Gln>,
        /// The permit it is under, taken over from what it was made of.
        grant: Option<GrantId>,
        /// Root of its private fields.
        private: Option<Hash>,
    },
    /// Declared at the border.
    Declared {
        /// Whether it passed without a declaration (R10).
        exempt: bool,
        /// Whether the R&D white list cleared it: for research only from now on (R24).
        research_only: bool,
    },
    /// Inspected.
    Inspected {
        /// The result.
        result: InspectionResult,
        /// Hash of the live video.
        video: Option<Hash>,
    },
    /// Released; its quantity is written off the permit.
    Released {
        /// The permit.
        grant: Option<GrantId>,
    },
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
        /// What the receiver is.
        receiver: Receiver,
        /// At which premises of the receiver it is.
        place: Option<Gln>,
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
        /// By which agencies, ascending.
        by: Vec<OrgId>,
        /// Why.
        reason: Text<256>,
    },
    /// A hold was lifted.
    HoldLifted {
        /// By which agencies, ascending.
        by: Vec<OrgId>,
        /// Number of the event that placed it.
        placed: u64,
    },
    /// Put under a permit.
    Assigned {
        /// The permit.
        grant: GrantId,
    },
    /// Arrived at the port.
    Arrived {
        /// The port.
        port: Text<16>,
    },
    /// An inspection was ordered.
    InspectionOrdered {
        /// The firm's premises; at the port where there are none.
        premises: Option<Gln>,
    },
    /// Tested by a laboratory.
    Tested {
        /// Whether it passed.
        passed: bool,
        /// The laboratory.
        laboratory: OrgId,
        /// Hash of the report.
        report: Hash,
    },
    /// Sent back over the border.
    Returned {
        /// Why.
        reason: Text<256>,
    },
    /// Destroyed at the border.
    Destroyed {
        /// Why.
        reason: Text<256>,
    },
    /// Left the country.
    Exited {
        /// The port.
        port: Text<16>,
    },
    /// Stored.
    Stored {
        /// The premises.
        premises: Gln,
        /// Whether in quarantine.
        quarantine: bool,
    },
    /// Set aside as waste.
    Wasted {
        /// How much.
        quantity: Quantity,
    },
    /// Lost or stolen.
    Lost {
        /// How much.
        quantity: Quantity,
        /// Whether it was stolen.
        theft: bool,
    },
    /// An earlier event was corrected.
    Corrected {
        /// Its number.
        event: u64,
        /// What it booked as.
        bucket: Bucket,
        /// How much is on hand again.
        quantity: Quantity,
        /// Why.
        reason: Text<256>,
    },
    /// A fact was anchored.
    Noted {
        /// The fact.
        note: Note,
        /// Whether its readings are beyond the limits.
        excursion: bool,
    },
    /// Other items were made of it.
    Derived {
        /// How.
        kind: DeriveKind,
        /// How much went in.
        quantity: Quantity,
    },
    /// Packed into a unit.
    Packed {
        /// The unit, and the level of premises that was counted in.
        into: Packed,
    },
    /// Taken out of a unit.
    Unpacked {
        /// The unit.
        unit: ItemId,
        /// Who held the unit, and holds the item now.
        custodian: OrgId,
        /// Where the unit stood, and the item stands now.
        state: Lifecycle,
        /// Where the unit was.
        place: Option<Gln>,
    },
    /// What a unit holds changed.
    Filled {
        /// Whether there is more.
        more: bool,
        /// How much more or less.
        by: Inside,
    },
    /// The report of a quarter (R15).
    Reported {
        /// Used up.
        used: Quantity,
        /// Disposed of.
        disposed: Quantity,
        /// Whether it was the last.
        last: bool,
    },
    /// Closed here, for another network.
    Departed {
        /// The network.
        to: NetworkId,
    },
    /// Came from another network: the first event of an item, like its registration.
    Landed {
        /// That network.
        from: NetworkId,
        /// What it was there.
        item: ItemId,
        /// Number of its events there.
        count: u64,
        /// Head of its chain there.
        head: Hash,
        /// Its class.
        class: ClassId,
        /// Its code.
        code: ItemCode,
        /// How much was on hand.
        quantity: Quantity,
        /// Who holds it.
        custodian: OrgId,
        /// The registration before this one under the same code.
        previous: Option<ItemId>,
        /// For what.
        purpose: Purpose,
        /// What sticks to it.
        marks: Marks,
        /// The state that it left in, and is in.
        state: Lifecycle,
    },
}

words! {
    /// What a receiver is, as far as the state of the goods depends on it.
    #[derive(Default)]
    pub enum Receiver {
        /// Keeps or uses them.
        #[default]
        "holder" Holder,
        /// Carries them.
        "carrier" Carrier,
        /// Disposes of them.
        "disposer" Disposer,
        /// Is abroad.
        "partner" Partner,
    }
}

impl Receiver {
    /// What an organisation is as a receiver.
    pub fn of(kind: crate::record::OrgKind) -> Receiver {
        use crate::record::OrgKind;
        match kind {
            OrgKind::Carrier => Receiver::Carrier,
            OrgKind::Disposer => Receiver::Disposer,
            OrgKind::Partner => Receiver::Partner,
            OrgKind::Agency(_)
            | OrgKind::Enterprise
            | OrgKind::Laboratory
            | OrgKind::Observer
            | OrgKind::Mechanism(_) => Receiver::Holder,
        }
    }
}

impl Effect {
    /// Its kind.
    pub fn kind(&self) -> EventKind {
        match self {
            Effect::Registered { .. } => EventKind::Registered,
            Effect::Declared { .. } => EventKind::Declared,
            Effect::Inspected { .. } => EventKind::Inspected,
            Effect::Released { .. } => EventKind::Released,
            Effect::Offered { .. } => EventKind::Offered,
            Effect::Moved { .. } => EventKind::Moved,
            Effect::OfferRefused { .. } => EventKind::OfferRefused,
            Effect::OfferWithdrawn { .. } => EventKind::OfferWithdrawn,
            Effect::Used { .. } => EventKind::Used,
            Effect::Disposed { .. } => EventKind::Disposed,
            Effect::HoldPlaced { .. } => EventKind::HoldPlaced,
            Effect::HoldLifted { .. } => EventKind::HoldLifted,
            Effect::Assigned { .. } => EventKind::Assigned,
            Effect::Arrived { .. } => EventKind::Arrived,
            Effect::InspectionOrdered { .. } => EventKind::InspectionOrdered,
            Effect::Tested { .. } => EventKind::Tested,
            Effect::Returned { .. } => EventKind::Returned,
            Effect::Destroyed { .. } => EventKind::Destroyed,
            Effect::Exited { .. } => EventKind::Exited,
            Effect::Stored { .. } => EventKind::Stored,
            Effect::Wasted { .. } => EventKind::Wasted,
            Effect::Lost { .. } => EventKind::Lost,
            Effect::Corrected { .. } => EventKind::Corrected,
            Effect::Noted { .. } => EventKind::Noted,
            Effect::Derived { .. } => EventKind::Derived,
            Effect::Packed { .. } => EventKind::Packed,
            Effect::Unpacked { .. } => EventKind::Unpacked,
            Effect::Filled { .. } => EventKind::Filled,
            Effect::Reported { .. } => EventKind::Reported,
            Effect::Departed { .. } => EventKind::Departed,
            Effect::Landed { .. } => EventKind::Landed,
        }
    }

    /// The word used in JSON, such as `offer-refused`.
    pub fn name(&self) -> &'static str {
        self.kind().name()
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
