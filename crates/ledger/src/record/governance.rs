//! Proposals, duties, alerts, what becomes due, and the audit trail.

use super::{Signed, Stamp};
use crate::{
    event::Decision,
    hash::Hash,
    id::{AlertId, DutyId, GrantId, ItemId, OrgId, TxId},
    operation::{Act, Motion},
    record::AgencyFunction,
    tag,
    text::Text,
    time::Timestamp,
    words,
};
use bincode::{Decode, Encode};

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ProposalState {
    /// Waits for approvals.
    Open,
    /// Enacted.
    Enacted(Stamp),
    /// Its time ran out.
    Lapsed,
    /// Taken back by who made it.
    Retracted,
}

impl ProposalState {
    /// The word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            ProposalState::Open => "open",
            ProposalState::Enacted(_) => "enacted",
            ProposalState::Lapsed => "lapsed",
            ProposalState::Retracted => "retracted",
        }
    }
}

/// A motion that collects approvals.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProposalRecord {
    /// The changes.
    pub motion: Motion,
    /// Who made it.
    pub by: OrgId,
    /// Who approves, at most [`crate::bounds::MAX_APPROVALS`].
    pub approvals: Vec<Signed>,
    /// When it was made.
    pub at: Stamp,
    /// Until when it may be approved.
    pub until: Timestamp,
    /// Where it stands.
    pub state: ProposalState,
}

/// What a duty is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum DutyKind {
    /// The report of a quarter (R15).
    Quarterly {
        /// On which filing.
        filing: GrantId,
        /// The year.
        year: u16,
        /// The quarter, 1 to 4.
        quarter: u8,
    },
    /// An agency's demand (R16).
    OnDemand {
        /// Whose.
        by: OrgId,
        /// By which transaction.
        tx: TxId,
    },
}

impl DutyKind {
    /// Identity of the duty.
    pub fn id(&self) -> DutyId {
        DutyId(Hash::of(&tag::DUTY_ID, self))
    }
}

/// A duty to report.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DutyRecord {
    /// What it is about.
    pub kind: DutyKind,
    /// Who owes it, each of them the whole.
    pub debtors: Vec<OrgId>,
    /// About which item.
    pub about: Option<ItemId>,
    /// Until when.
    pub due: Timestamp,
    /// Since when.
    pub opened: Stamp,
    /// Who has answered a demand, when and by which transaction: each debtor answers for itself (R16). The report of a
    /// quarter is one that all sign (R15), and needs none.
    pub answers: Vec<(OrgId, Stamp, TxId)>,
    /// By which transaction it was done, and when: by the report, or by the last answer.
    pub done: Option<(Stamp, TxId)>,
    /// Root of the private fields of a demand.
    pub private: Option<Hash>,
}

impl DutyRecord {
    /// Whether an organisation owes it still.
    pub fn owes(&self, org: &OrgId) -> bool {
        self.done.is_none() && self.debtors.contains(org) && !self.answers.iter().any(|(by, _, _)| by == org)
    }
}

words! {
    /// What an alert tells.
    pub enum AlertKind {
        /// An offer was not answered in time (R28).
        "acceptance-overdue" AcceptanceOverdue,
        /// An application was not decided in time (R7).
        "decision-overdue" DecisionOverdue,
        /// A permit is about to end (R21).
        "permit-ending" PermitEnding,
        /// An entry of a registry, such as a rating or a ban, is about to end (R3).
        "entry-ending" EntryEnding,
        /// A report is overdue (R15, R16).
        "report-overdue" ReportOverdue,
        /// What was counted or reported is not what the ledger holds (R17).
        "balance" Balance,
        /// Readings beyond the limits (R28).
        "excursion" Excursion,
        /// A hold was placed (R28).
        "hold" Hold,
        /// A banned party, or its signature (R18).
        "banned-party" BannedParty,
        /// Goods for research only were to go elsewhere (R24).
        "purpose-breach" PurposeBreach,
        /// A loss or theft (R28).
        "loss" Loss,
        /// The partner of a filing was removed (R19).
        "partner-removed" PartnerRemoved,
        /// A pilot's rating fell (R26).
        "pilot-stopped" PilotStopped,
        /// A second live registration of a serial.
        "serial-twice" SerialTwice,
    }
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum AlertSubject {
    /// An item.
    Item(ItemId),
    /// An organisation.
    Org(OrgId),
    /// A grant.
    Grant(GrantId),
    /// An entry of a registry.
    Entry(Hash, u64),
    /// A duty, as owed by one organisation.
    Duty(DutyId, OrgId),
}

/// Identity of the alert of a kind about a subject: there is one, counted, so that nobody can flood.
pub fn alert_id(kind: AlertKind, subject: &AlertSubject) -> AlertId {
    AlertId(Hash::of(&tag::ALERT_ID, &(kind, subject)))
}

/// An alert that the ledger itself derived.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AlertRecord {
    /// What it tells.
    pub kind: AlertKind,
    /// About what.
    pub subject: AlertSubject,
    /// Organisations it concerns.
    pub orgs: Vec<OrgId>,
    /// Agencies it is for.
    pub readers: Vec<AgencyFunction>,
    /// Under which rule.
    pub decision: Decision,
    /// First raised.
    pub raised: Stamp,
    /// Last raised.
    pub last: Stamp,
    /// How often.
    pub times: u64,
    /// When it was closed, by whom and by which transaction.
    pub closed: Option<(Stamp, OrgId, TxId)>,
}

/// What becomes due at a time. It makes alerts and opens duties; no act is legal or illegal because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Due {
    /// An offer has expired.
    Offer(ItemId),
    /// An application should have been decided.
    Decision(GrantId),
    /// A grant will end soon.
    GrantEnding(GrantId),
    /// An entry will end soon.
    EntryEnding(Hash, u64),
    /// A duty should have been done.
    Duty(DutyId),
    /// A quarter of a filing is over.
    Quarter {
        /// The filing.
        filing: GrantId,
        /// The year.
        year: u16,
        /// The quarter, 1 to 4.
        quarter: u8,
    },
    /// A proposal lapses.
    Proposal(TxId),
    /// The grants of an organisation's partners are gone through.
    Cascade {
        /// The organisation that was removed.
        org: OrgId,
        /// The grant to go on with.
        next: GrantId,
    },
}

impl Due {
    /// Its key beside its time.
    pub fn id(&self) -> Hash {
        Hash::of(&tag::DUE, self)
    }
}

/// A line of the audit trail: an act on organisations, keys, nodes, registries, packs or seats.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AuditRecord {
    /// When.
    pub at: Stamp,
    /// By which transaction.
    pub tx: TxId,
    /// Which act.
    pub act: Act,
    /// For which organisations it was signed.
    pub by: Vec<OrgId>,
    /// About what, in words.
    pub what: Text<128>,
}
