//! Changes of registries, of the law and of the seats, and lists of them.

use crate::{
    genesis::{GenesisOrg, NodeClaim},
    hash::Hash,
    id::{BlockId, ClassId, KeyId, NetworkId, OrgId, PersonId},
    operation::KeyClaim,
    policy::PolicyPack,
    tag,
    text::Text,
    time::Timestamp,
    vote::ValidatorSet,
    words,
};
use bincode::{Decode, Encode};
use gs1::Gln;

words! {
    /// A list that agencies keep.
    pub enum Registry {
        /// 适格机构 qualified institutions (R1, R2).
        "qualified" Qualified,
        /// Yearly ratings of organisations (R3); `period` is the year.
        "rating" Rating,
        /// Premises with their biosafety level (R4).
        "premises" Premises,
        /// Grades of classes under a pack (R4).
        "graded-class" GradedClass,
        /// Positive list (R5).
        "positive-list" PositiveList,
        /// Yearly pre-review of an organisation's class (R6).
        "pre-review" PreReview,
        /// Experts (R4).
        "expert" Expert,
        /// Laboratories whose tests count (R29).
        "laboratory" Laboratory,
        /// Laboratories whose tests are not accepted (R29).
        "non-acceptance" NonAcceptance,
        /// Trusted institutions of Hong Kong and Macau (R14, R19).
        "tri" Tri,
        /// Pilot enterprises (R26).
        "pilot" Pilot,
        /// R&D white list: organisation x class (R22, R23).
        "white-list" WhiteList,
        /// Banned organisations (R18).
        "org-ban" OrgBan,
        /// Banned persons (R18).
        "person-ban" PersonBan,
        /// Access approval of a class (Order 281).
        "access" Access,
    }
}

/// What an entry of a registry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Subject {
    /// An organisation.
    Org(OrgId),
    /// A class.
    Class(ClassId),
    /// A person.
    Person(PersonId),
    /// A place.
    Place(Gln),
    /// An organisation with a class.
    OrgClass(OrgId, ClassId),
}

/// What an entry says of its subject.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Value {
    /// That it is listed.
    None,
    /// A rating of the pack's scale.
    Rating(Text<2>),
    /// A biosafety level, and whose premises they are.
    Level {
        /// Whose.
        org: OrgId,
        /// The level, 1 to 4.
        level: u8,
    },
    /// A risk grade of the pack's table.
    Grade(Text<8>),
    /// A field of work.
    Field(Text<32>),
}

/// A new line of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NewEntry {
    /// Which registry.
    pub registry: Registry,
    /// About what.
    pub subject: Subject,
    /// The year of a rating; 0 elsewhere.
    pub period: u16,
    /// What it says.
    pub value: Value,
    /// From when.
    pub from: Timestamp,
    /// Until when; open where there is none.
    pub to: Option<Timestamp>,
    /// Keys that a person's ban ends, at most [`crate::bounds::MAX_BANNED_KEYS`].
    pub ends_keys: Vec<KeyId>,
    /// Root of the documents it rests on.
    pub documents: Option<Hash>,
}

impl NewEntry {
    /// The place of its kind: entries of one place follow each other.
    pub fn place(&self) -> Hash {
        place(self.registry, &self.subject, self.period)
    }
}

/// Place of the entries of a registry about one subject and period.
pub fn place(registry: Registry, subject: &Subject, period: u16) -> Hash {
    Hash::of(&tag::PLACE, &(registry, subject, period))
}

words! {
    /// Why an entry ended.
    pub enum EndWhy {
        /// It was taken off the list.
        "removed" Removed,
        /// A later entry stands in its place.
        "replaced" Replaced,
        /// The half-yearly adjustment dropped it (R23).
        "adjusted" Adjusted,
        /// It was cancelled: no new application for a while (R24).
        "cancelled" Cancelled,
        /// A violation (R18).
        "violation" Violation,
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Change {
    /// A new line of a registry.
    Enter(NewEntry),
    /// The end of a line.
    End {
        /// Its place.
        place: Hash,
        /// Its number there.
        n: u64,
        /// Why.
        why: EndWhy,
        /// Root of the documents it rests on.
        documents: Option<Hash>,
    },
    /// A new policy pack (R33).
    InstallPack {
        /// The pack.
        pack: PolicyPack,
        /// From which height.
        from: u64,
    },
    /// A new agency with a seat.
    AddAgency {
        /// The agency, its first keys and its node.
        org: GenesisOrg,
        /// From which height it votes.
        from: u64,
    },
    /// An agency leaves.
    RemoveAgency {
        /// The agency.
        org: OrgId,
        /// From which height it votes no more.
        from: u64,
    },
    /// An agency's seat moves to another consensus key and node.
    MoveSeat {
        /// The agency.
        org: OrgId,
        /// The new node.
        node: NodeClaim,
        /// From which height.
        from: u64,
    },
    /// An agency that lost its keys gets one again; it waits before it may sign.
    RecoverKey {
        /// The agency.
        org: OrgId,
        /// The new administrator's key.
        claim: KeyClaim,
    },
    /// Items may depart to another network and land from it: what its agencies certify from here on is believed of its
    /// items. Admitted again, it is known from a later block on.
    AdmitNetwork {
        /// The network.
        network: NetworkId,
        /// Its name.
        chain: Text<32>,
        /// The agencies that sign its blocks after `height`.
        set: ValidatorSet,
        /// Height of a certified block of it.
        height: u64,
        /// That block.
        block: BlockId,
        /// The time of that block.
        time: Timestamp,
    },
}

impl Change {
    /// The word used in JSON and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Change::Enter(_) => "enter",
            Change::End { .. } => "end",
            Change::InstallPack { .. } => "install-pack",
            Change::AddAgency { .. } => "add-agency",
            Change::RemoveAgency { .. } => "remove-agency",
            Change::MoveSeat { .. } => "move-seat",
            Change::RecoverKey { .. } => "recover-key",
            Change::AdmitNetwork { .. } => "admit-network",
        }
    }
}

/// Changes that are made together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Motion {
    /// 1 to [`crate::bounds::MAX_CHANGES`].
    pub changes: Vec<Change>,
}
