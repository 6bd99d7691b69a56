//! Items, and what happens to their codes.

use crate::{
    hash::Hash,
    id::{ClassId, GrantId, ItemId, OrgId},
    operation::Purpose,
    text::Text,
    time::Timestamp,
    words,
};
use bincode::{Decode, Encode};
use gs1::{Gln, ItemCode, Quantity};

words! {
    /// Where an item stands on its way.
    pub enum Lifecycle {
        /// Known to the ledger.
        "registered" Registered,
        /// Declared at the border.
        "declared" Declared,
        /// Inspected, a test is outstanding (R12).
        "test-pending" TestPending,
        /// Inspected and passed.
        "inspected" Inspected,
        /// Inspected and failed.
        "failed" Failed,
        /// Released by Customs.
        "released" Released,
        /// Nothing is left: used up.
        "consumed" Consumed,
        /// Nothing is left: the rest was disposed of.
        "disposed" Disposed,
        /// Under a permit (R9).
        "permitted" Permitted,
        /// Passes without a declaration (R10).
        "declaration-exempt" DeclarationExempt,
        /// At the port.
        "at-port" AtPort,
        /// An inspection is ordered.
        "inspecting" Inspecting,
        /// Passes without an inspection (R13).
        "inspection-exempt" InspectionExempt,
        /// With a carrier.
        "in-transit" InTransit,
        /// At premises.
        "stored" Stored,
        /// In use.
        "in-use" InUse,
        /// What is left is waste.
        "waste" Waste,
        /// Waste with a carrier or disposer.
        "waste-in-transit" WasteInTransit,
        /// Has left the country.
        "exited" Exited,
        /// Received abroad.
        "received-abroad" ReceivedAbroad,
        /// Nothing is left to report on (R15).
        "final-use-reported" FinalUseReported,
        /// Nothing is left: other items were made of it.
        "derived" Derived,
        /// Sent back over the border.
        "returned" Returned,
        /// Destroyed at the border.
        "destroyed" Destroyed,
        /// Nothing is left: lost or stolen.
        "lost" Lost,
        /// Closed here: it lands in another network, and nothing happens to it here any more.
        "departed" Departed,
    }
}

impl Lifecycle {
    /// Whether nothing is recorded any more.
    pub fn is_ended(self) -> bool {
        match self {
            Lifecycle::Disposed
            | Lifecycle::Derived
            | Lifecycle::FinalUseReported
            | Lifecycle::Returned
            | Lifecycle::Destroyed
            | Lifecycle::Departed => true,
            Lifecycle::Registered
            | Lifecycle::Declared
            | Lifecycle::TestPending
            | Lifecycle::Inspected
            | Lifecycle::Failed
            | Lifecycle::Released
            | Lifecycle::Consumed
            | Lifecycle::Permitted
            | Lifecycle::DeclarationExempt
            | Lifecycle::AtPort
            | Lifecycle::Inspecting
            | Lifecycle::InspectionExempt
            | Lifecycle::InTransit
            | Lifecycle::Stored
            | Lifecycle::InUse
            | Lifecycle::Waste
            | Lifecycle::WasteInTransit
            | Lifecycle::Exited
            | Lifecycle::ReceivedAbroad
            | Lifecycle::Lost => false,
        }
    }
}

/// An order of one or more agencies that nothing but quarantine and destruction happens to the item (R28).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Hold {
    /// The agencies, ascending.
    pub by: Vec<OrgId>,
    /// Number of the event that placed it; lifting names it.
    pub placed: u64,
    /// The reason given.
    pub reason: Text<256>,
}

/// An offer that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PendingOffer {
    /// Hash of the [`crate::operation::HandoverTerms`].
    pub terms: Hash,
    /// To whom.
    pub receiver: OrgId,
    /// Until when it may be accepted.
    pub expires: Timestamp,
    /// For what.
    pub purpose: Purpose,
    /// At which premises of the receiver it will be kept.
    pub premises: Option<Gln>,
}

/// What sticks to an item and to everything that is made of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Marks {
    /// A human genetic resource (人类遗传资源).
    pub hgr: bool,
    /// For research only: it was cleared by the R&D white list (R24).
    pub research_only: bool,
}

impl Marks {
    /// The marks of something made of both.
    pub fn and(self, other: Marks) -> Marks {
        Marks { hgr: self.hgr || other.hgr, research_only: self.research_only || other.research_only }
    }
}

/// That an item is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Packed {
    /// The unit it is in; its custody is the unit's.
    pub unit: ItemId,
    /// The biosafety level that it asks of premises, as it was counted in.
    pub level: u8,
}

/// What a logistic unit holds, at any depth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Inside {
    /// Items.
    pub items: u32,
    /// Levels of units below.
    pub depth: u8,
    /// Holds on them.
    pub held: u32,
    /// Those for research only.
    pub research_only: u32,
    /// Those that are human genetic resources.
    pub hgr: u32,
    /// Those that ask for premises of level 0 to 4.
    pub levels: [u32; 5],
}

impl Inside {
    /// The highest level of premises that something inside asks for.
    pub fn level(&self) -> u8 {
        (0u8..).zip(self.levels).filter(|(_, count)| *count > 0).map(|(level, _)| level).max().unwrap_or(0)
    }

    /// With more inside; `None` beyond all bounds.
    pub fn plus(&self, more: &Inside) -> Option<Inside> {
        let mut levels = self.levels;
        for (level, more) in levels.iter_mut().zip(more.levels) {
            *level = level.checked_add(more)?;
        }
        Some(Inside {
            items: self.items.checked_add(more.items)?,
            depth: self.depth.max(more.depth),
            held: self.held.checked_add(more.held)?,
            research_only: self.research_only.checked_add(more.research_only)?,
            hgr: self.hgr.checked_add(more.hgr)?,
            levels,
        })
    }

    /// With less inside; `None` where that was not inside. An empty unit has no levels below.
    pub fn minus(&self, less: &Inside) -> Option<Inside> {
        let mut levels = self.levels;
        for (level, less) in levels.iter_mut().zip(less.levels) {
            *level = level.checked_sub(less)?;
        }
        let items = self.items.checked_sub(less.items)?;
        Some(Inside {
            items,
            depth: if items == 0 { 0 } else { self.depth },
            held: self.held.checked_sub(less.held)?,
            research_only: self.research_only.checked_sub(less.research_only)?,
            hgr: self.hgr.checked_sub(less.hgr)?,
            levels,
        })
    }
}

/// An item: a lot or a serial of a class, from its registration to its end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ItemRecord {
    /// Its class.
    pub class: ClassId,
    /// Its code; not unique, see [`CodeRecord`].
    pub code: ItemCode,
    /// Who registered it.
    pub registrant: OrgId,
    /// Who holds it.
    pub custodian: OrgId,
    /// Where it stands.
    pub state: Lifecycle,
    /// Quantity registered.
    pub registered: Quantity,
    /// Quantity on hand; `registered = on_hand + used + derived + wasted + lost + disposed`, exactly.
    pub on_hand: Quantity,
    /// Quantity used.
    pub used: Quantity,
    /// Quantity that went into other items.
    pub derived: Quantity,
    /// Quantity set aside as waste and not disposed of.
    pub wasted: Quantity,
    /// Quantity lost or stolen.
    pub lost: Quantity,
    /// Quantity disposed of; waste goes first.
    pub disposed: Quantity,
    /// For what it was registered.
    pub purpose: Purpose,
    /// What sticks to it.
    pub marks: Marks,
    /// The premises where it is.
    pub place: Option<Gln>,
    /// Whether it is in quarantine there.
    pub quarantined: bool,
    /// The permit it is under.
    pub grant: Option<GrantId>,
    /// Series of readings beyond the limits.
    pub excursions: u32,
    /// Holds in force, by ascending `placed`.
    pub holds: Vec<Hold>,
    /// The logistic unit it is packed in.
    pub container: Option<Packed>,
    /// What it holds: it is a logistic unit.
    pub inside: Option<Inside>,
    /// Number of its events.
    pub count: u64,
    /// Head of its event chain.
    pub head: Hash,
    /// Number of acts that changed custody, quantity or identity.
    pub custody_seq: u64,
    /// Trail of those acts; depends on transactions alone.
    pub trail: Hash,
    /// The offer that waits for its answer.
    pub offer: Option<PendingOffer>,
    /// The registration before this one under the same code.
    pub previous: Option<ItemId>,
    /// Root of the private fields of its registration.
    pub private: Option<Hash>,
}

impl ItemRecord {
    /// What it adds to a unit that it is packed into, itself included.
    pub fn weight(&self, level: u8) -> Inside {
        let mut own = Inside {
            items: 1,
            depth: u8::from(self.inside.is_some()),
            held: u32::try_from(self.holds.len()).unwrap_or(u32::MAX),
            research_only: u32::from(self.marks.research_only),
            hgr: u32::from(self.marks.hgr),
            levels: [0; 5],
        };
        if let Some(count) = own.levels.get_mut(usize::from(level)) {
            *count = 1;
        }
        match &self.inside {
            None => own,
            Some(inside) => {
                let depth = inside.depth.saturating_add(1);
                own.plus(inside).map_or(own, |both| Inside { depth, ..both })
            }
        }
    }
}

/// All registrations under one code, so that "which items carry this code" and "none" can be proved.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CodeRecord {
    /// How many.
    pub count: u64,
    /// `H(tag, previous head, item)`, from the zero hash.
    pub head: Hash,
    /// The last; the others follow by [`ItemRecord::previous`].
    pub latest: ItemId,
}
