//! Who may see what: the table, as data, and the one function that reads it.
//!
//! Agencies keep the whole ledger, and observers read it. Everyone else sees the common frame (headers, validators,
//! classes, rules, who takes part), the public registries, its own keys, and what it is a party to: items, grants,
//! duties, proposals, alerts; whoever may test besides what waits for its test. What somebody may not see is answered
//! as if it were not there, wherever its existence alone would tell something.
//!
//! Invariant: whatever shows something of the ledger to somebody, over HTTP or the access network, asks [`visible`],
//! with a resource that is made of the state as it is now.

mod key;

pub use key::{Owned, of_key, sees};

use ledger::{
    Effect, Event, ItemId, ItemRecord, Lifecycle, OrgId, OrgRecord, PolicyPack, StateKey, StateRead, Timestamp,
    bounds::MAX_DEPTH,
    operation::{Change, GrantKind, NewEntry, Registry, Subject, Value, place},
    record::{AlertKind, EntryRecord, GrantRecord, OrgKind, PackInForce, ProposalRecord, RegisterRecord, SharesRecord},
    state::ReadError,
};
use std::collections::BTreeSet;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Nobody in particular.
    Stranger,
    /// An agency.
    Agency(OrgId),
    /// An observer: it supervises, reads what an agency reads, and votes on nothing.
    Observer(OrgId),
    /// A mechanism of several bodies: it decides on grants, entries and proposals of others, and so reads them.
    Mechanism(OrgId),
    /// A firm.
    Member(OrgId),
    /// A laboratory.
    Laboratory(OrgId),
    /// A partner abroad.
    Partner(OrgId),
}

/// What is asked for, by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// See [`Resource::Node`].
    Node,
    /// See [`Resource::Frame`].
    Frame,
    /// See [`Resource::Class`].
    Class,
    /// See [`Resource::Profile`].
    Profile,
    /// See [`Resource::Keys`].
    Keys,
    /// See [`Resource::Feed`].
    Feed,
    /// See [`Resource::Item`].
    Item,
    /// See [`Resource::TestPending`].
    TestPending,
    /// See [`Resource::Tx`].
    Tx,
    /// See [`Resource::Draft`].
    Draft,
    /// See [`Resource::Grant`].
    Grant,
    /// See [`Resource::Entry`].
    Entry,
    /// See [`Resource::Duty`].
    Duty,
    /// See [`Resource::Proposal`].
    Proposal,
    /// See [`Resource::Alert`].
    Alert,
    /// See [`Resource::Audit`].
    Audit,
    /// See [`Resource::Evidence`].
    Evidence,
    /// See [`Resource::Document`].
    Document,
    /// See [`Resource::Report`].
    Report,
}

/// When a reader sees a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Never.
    Never,
    /// Always.
    Always,
    /// Where it is a party.
    Party,
    /// Where it is its own.
    Own,
    /// Where it is public, and else by another rule.
    PublicOr(&'static Rule),
}

/// The table. Columns: stranger, agency, observer, mechanism, member, laboratory, partner.
pub const TABLE: [(Row, [Rule; 7]); 19] = {
    use Rule::{Always, Never, Own, Party};
    const OPEN: Rule = Rule::PublicOr(&Rule::Own);
    [
        (Row::Node, [Always, Always, Always, Always, Always, Always, Always]),
        (Row::Frame, [Never, Always, Always, Always, Always, Always, Always]),
        (Row::Class, [Never, Always, Always, Always, Always, Always, Always]),
        (Row::Profile, [Never, Always, Always, Always, Always, Always, Always]),
        // Those of agencies are public: whoever has an act countersigned must name one.
        (Row::Keys, [Never, Always, Always, OPEN, OPEN, OPEN, OPEN]),
        (Row::Feed, [Never, Always, Always, Own, Own, Own, Own]),
        (Row::Item, [Never, Always, Always, Party, Party, Party, Party]),
        // A firm may be listed as a laboratory (R29): what counts is whether its test would be taken.
        (Row::TestPending, [Never, Never, Never, Never, Party, Party, Never]),
        (Row::Tx, [Never, Always, Always, Party, Party, Party, Party]),
        (Row::Draft, [Never, Always, Always, Party, Party, Party, Party]),
        (Row::Grant, [Never, Always, Always, Always, Party, Party, Party]),
        (Row::Entry, [Never, Always, Always, Always, OPEN, OPEN, OPEN]),
        (Row::Duty, [Never, Always, Always, Party, Party, Party, Party]),
        (Row::Proposal, [Never, Always, Always, Always, Party, Party, Party]),
        (Row::Alert, [Never, Always, Always, Party, Party, Party, Party]),
        (Row::Audit, [Never, Always, Always, Never, Never, Never, Never]),
        (Row::Evidence, [Never, Always, Always, Never, Never, Never, Never]),
        (Row::Document, [Never, Party, Own, Party, Party, Party, Party]),
        (Row::Report, [Never, Always, Always, Never, Never, Never, Never]),
    ]
};

/// What somebody sees of an item that it was a party to and is not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Former {
    /// All of it, also what came later.
    WholeHistory,
    /// The item as it was at the last event that [names] the reader.
    UntilNamed,
}

/// The choice: whoever gave goods away does not follow those of its customer.
pub const FORMER: Former = Former::UntilNamed;

impl Reader {
    /// An organisation as a reader.
    pub fn of(org: OrgId, kind: OrgKind) -> Reader {
        match kind {
            OrgKind::Agency(_) => Reader::Agency(org),
            OrgKind::Observer => Reader::Observer(org),
            OrgKind::Mechanism(_) => Reader::Mechanism(org),
            OrgKind::Laboratory => Reader::Laboratory(org),
            OrgKind::Partner => Reader::Partner(org),
            OrgKind::Enterprise | OrgKind::Carrier | OrgKind::Disposer => Reader::Member(org),
        }
    }

    /// The organisation; none of a stranger.
    pub fn org(&self) -> Option<&OrgId> {
        match self {
            Reader::Stranger => None,
            Reader::Agency(org)
            | Reader::Observer(org)
            | Reader::Mechanism(org)
            | Reader::Member(org)
            | Reader::Laboratory(org)
            | Reader::Partner(org) => Some(org),
        }
    }

    /// Whether it sees every resource of a kind, so that none need be looked at to find out.
    pub fn sees_all(&self, row: Row) -> bool {
        self.rule(row) == Rule::Always
    }

    /// Its cell in a row of the table.
    pub fn rule(&self, row: Row) -> Rule {
        let Some((_, rules)) = TABLE.iter().find(|(of, _)| *of == row) else { return Rule::Never };
        let [stranger, agency, observer, mechanism, member, laboratory, partner] = *rules;
        match self {
            Reader::Stranger => stranger,
            Reader::Agency(_) => agency,
            Reader::Observer(_) => observer,
            Reader::Mechanism(_) => mechanism,
            Reader::Member(_) => member,
            Reader::Laboratory(_) => laboratory,
            Reader::Partner(_) => partner,
        }
    }
}

/// What is asked for, with whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// How the node and the network are, and the ways in.
    Node,
    /// Headers, validators, genesis, policy packs and the heights of the stream.
    Frame,
    /// An item class.
    Class,
    /// The public facts of an organisation.
    Profile,
    /// The keys of an organisation, and its nodes.
    Keys {
        /// The organisation.
        owner: &'a OrgId,
        /// Whether it is an agency.
        agency: bool,
    },
    /// All that touched an organisation.
    Feed {
        /// The organisation.
        owner: &'a OrgId,
    },
    /// An item with its events, its bundle and its holds.
    Item(&'a Parties),
    /// The same of an item that waits for the test of a laboratory: who is to test it must be able to read it.
    TestPending {
        /// Whether the rules would take a test of the reader's organisation now.
        accepted: bool,
    },
    /// A transaction: that it is there, and what became of it.
    Tx {
        /// The organisations that signed it.
        signers: &'a [OrgId],
        /// Those that are party to an item it changed.
        parties: &'a Parties,
    },
    /// What the rules would say to a draft.
    Draft {
        /// The organisations that are to sign it.
        signers: &'a [OrgId],
    },
    /// A grant, from its application on.
    Grant {
        /// Its holder and its counterpart.
        parties: &'a [OrgId],
    },
    /// An entry of a registry.
    Entry {
        /// Which registry.
        registry: Registry,
        /// The organisation that it names.
        org: Option<OrgId>,
    },
    /// A duty to report.
    Duty {
        /// Who owes it.
        debtors: &'a [OrgId],
    },
    /// A proposal.
    Proposal {
        /// Who made it, and whom it is about.
        parties: &'a [OrgId],
    },
    /// An alert.
    Alert {
        /// What it tells.
        kind: AlertKind,
        /// Organisations it concerns.
        orgs: &'a [OrgId],
    },
    /// The audit trail, and what the ledger keeps for itself.
    Audit,
    /// Evidence against validators.
    Evidence,
    /// A sealed document.
    Document {
        /// To whom it is sealed.
        recipients: &'a [OrgId],
        /// Who left it here.
        depositor: &'a OrgId,
    },
    /// What a member's node reported about an agency's.
    Report,
}

impl Resource<'_> {
    /// Its row of the table.
    pub fn row(&self) -> Row {
        match self {
            Resource::Node => Row::Node,
            Resource::Frame => Row::Frame,
            Resource::Class => Row::Class,
            Resource::Profile => Row::Profile,
            Resource::Keys { .. } => Row::Keys,
            Resource::Feed { .. } => Row::Feed,
            Resource::Item(_) => Row::Item,
            Resource::TestPending { .. } => Row::TestPending,
            Resource::Tx { .. } => Row::Tx,
            Resource::Draft { .. } => Row::Draft,
            Resource::Grant { .. } => Row::Grant,
            Resource::Entry { .. } => Row::Entry,
            Resource::Duty { .. } => Row::Duty,
            Resource::Proposal { .. } => Row::Proposal,
            Resource::Alert { .. } => Row::Alert,
            Resource::Audit => Row::Audit,
            Resource::Evidence => Row::Evidence,
            Resource::Document { .. } => Row::Document,
            Resource::Report => Row::Report,
        }
    }

    /// Whether everybody who takes part may see it.
    fn is_public(&self) -> bool {
        match self {
            Resource::Keys { owner: _, agency } => *agency,
            Resource::Entry { registry, org: _ } => is_public(*registry),
            Resource::Node
            | Resource::Frame
            | Resource::Class
            | Resource::Profile
            | Resource::Feed { .. }
            | Resource::Item(_)
            | Resource::TestPending { .. }
            | Resource::Tx { .. }
            | Resource::Draft { .. }
            | Resource::Grant { .. }
            | Resource::Duty { .. }
            | Resource::Proposal { .. }
            | Resource::Alert { .. }
            | Resource::Audit
            | Resource::Evidence
            | Resource::Document { .. }
            | Resource::Report => false,
        }
    }

    /// Whether it is an organisation's own.
    fn is_own(&self, org: &OrgId) -> bool {
        match self {
            Resource::Keys { owner, agency: _ } | Resource::Feed { owner } => org == *owner,
            Resource::Entry { registry: _, org: of } => of.as_ref() == Some(org),
            Resource::Document { recipients, depositor: _ } => recipients.contains(org),
            Resource::Node
            | Resource::Frame
            | Resource::Class
            | Resource::Profile
            | Resource::Item(_)
            | Resource::TestPending { .. }
            | Resource::Tx { .. }
            | Resource::Draft { .. }
            | Resource::Grant { .. }
            | Resource::Duty { .. }
            | Resource::Proposal { .. }
            | Resource::Alert { .. }
            | Resource::Audit
            | Resource::Evidence
            | Resource::Report => false,
        }
    }

    /// Whether an organisation is a party to it.
    fn is_party(&self, org: &OrgId) -> bool {
        match self {
            Resource::Item(parties) => parties.contains(org),
            Resource::TestPending { accepted } => *accepted,
            Resource::Tx { signers, parties } => signers.contains(org) || parties.contains(org),
            Resource::Draft { signers } => signers.contains(org),
            Resource::Grant { parties } | Resource::Proposal { parties } => parties.contains(org),
            Resource::Duty { debtors } => debtors.contains(org),
            // A banned party is not told that it is watched.
            Resource::Alert { kind, orgs } => *kind != AlertKind::BannedParty && orgs.contains(org),
            Resource::Document { recipients, depositor } => recipients.contains(org) || org == *depositor,
            Resource::Node
            | Resource::Frame
            | Resource::Class
            | Resource::Profile
            | Resource::Keys { .. }
            | Resource::Feed { .. }
            | Resource::Entry { .. }
            | Resource::Audit
            | Resource::Evidence
            | Resource::Report => false,
        }
    }
}

/// Whether a reader may see a resource.
pub fn visible(reader: &Reader, resource: &Resource<'_>) -> bool {
    holds(&reader.rule(resource.row()), reader, resource)
}

fn holds(rule: &Rule, reader: &Reader, resource: &Resource<'_>) -> bool {
    match rule {
        Rule::Never => false,
        Rule::Always => true,
        Rule::Party => reader.org().is_some_and(|org| resource.is_party(org)),
        Rule::Own => reader.org().is_some_and(|org| resource.is_own(org)),
        Rule::PublicOr(rule) => resource.is_public() || holds(rule, reader, resource),
    }
}

/// Whether everybody who takes part reads a registry: who may be dealt with, what may be traded, and where it may be
/// kept.
fn is_public(registry: Registry) -> bool {
    match registry {
        Registry::Qualified
        | Registry::Premises
        | Registry::GradedClass
        | Registry::PositiveList
        | Registry::Laboratory
        | Registry::Tri => true,
        Registry::Rating
        | Registry::PreReview
        | Registry::Expert
        | Registry::NonAcceptance
        | Registry::Pilot
        | Registry::WhiteList
        | Registry::OrgBan
        | Registry::PersonBan
        | Registry::Access => false,
    }
}

/// The organisation that an entry names: its subject, or whose premises it is about.
pub fn org_of(entry: &NewEntry) -> Option<OrgId> {
    match (&entry.subject, &entry.value) {
        (Subject::Org(org) | Subject::OrgClass(org, _), _) => Some(*org),
        (Subject::Class(_) | Subject::Person(_) | Subject::Place(_), Value::Level { org, level: _ }) => Some(*org),
        (Subject::Class(_) | Subject::Person(_) | Subject::Place(_), _) => None,
    }
}

/// Organisations that are party to an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties(BTreeSet<OrgId>);

impl Parties {
    /// Whether one is among them.
    pub fn contains(&self, org: &OrgId) -> bool {
        self.0.contains(org)
    }
}

impl FromIterator<OrgId> for Parties {
    fn from_iter<I: IntoIterator<Item = OrgId>>(orgs: I) -> Self {
        Parties(orgs.into_iter().collect())
    }
}

/// The present parties of an item: who holds it and to whom it is offered, by itself or in a unit, for in a unit its
/// custody is the unit's; with whom that holder shares it; holder and counterpart of the filing of a human genetic
/// resource that it stands under.
pub fn present<S: StateRead>(
    state: &S,
    (id, item): (&ItemId, &ItemRecord),
    now: Timestamp,
) -> Result<Parties, ReadError> {
    let offered = |item: &ItemRecord| item.offer.as_ref().map(|offer| offer.receiver);
    let mut parties: BTreeSet<OrgId> = offered(item).into_iter().collect();
    let (mut holder, mut container) = (item.custodian, item.container);
    for _ in 0..MAX_DEPTH {
        let Some(packed) = container else { break };
        let Some(unit) = state.record::<ItemRecord>(&StateKey::Item(packed.unit))? else { break };
        parties.extend(offered(&unit));
        (holder, container) = (unit.custodian, unit.container);
    }
    parties.insert(holder);
    let shares: SharesRecord = state.record(&StateKey::Shares(*id))?.unwrap_or_default();
    parties.extend(shares.in_force(holder, now).map(|share| share.with));
    if let Some(permit) = item.grant.filter(|_| item.marks.hgr)
        && let Some(permit) = state.record::<GrantRecord>(&StateKey::Grant(permit))?
    {
        for on in &permit.application.on {
            let filing: Option<GrantRecord> = state.record(&StateKey::Grant(*on))?;
            let filing = filing.filter(|filing| filing.application.kind == GrantKind::HgrFiling);
            parties.extend(filing.iter().flat_map(grant_parties));
        }
    }
    Ok(Parties(parties))
}

/// Whether an event names an organisation: by the record before it or after it the item is held by it or offered to it,
/// or it tested it. All of these stand in its feed too.
pub fn names(org: &OrgId, before: Option<&ItemRecord>, after: &ItemRecord, event: &Event) -> bool {
    let had =
        |item: &ItemRecord| item.custodian == *org || item.offer.as_ref().is_some_and(|offer| offer.receiver == *org);
    let tested = matches!(&event.effect, Effect::Tested { laboratory, .. } if laboratory == org);
    tested || had(after) || before.is_some_and(had)
}

/// Whether an item waits for a test that the rules would take of this reader.
pub fn may_test<S: StateRead>(
    state: &S,
    reader: &Reader,
    item: &ItemRecord,
    now: Timestamp,
) -> Result<bool, ReadError> {
    if item.state != Lifecycle::TestPending || !visible(reader, &Resource::TestPending { accepted: true }) {
        return Ok(false);
    }
    match reader.org() {
        Some(org) => accepted(state, org, now),
        None => Ok(false),
    }
}

/// Whether the rules would take a test by an organisation now (R29): it is listed, and not on the list of those that
/// are not accepted. Where no laboratories are listed, whoever is one may test.
pub fn accepted<S: StateRead>(state: &S, org: &OrgId, now: Timestamp) -> Result<bool, ReadError> {
    let Some(PackInForce { pack, .. }) = state.record(&StateKey::PackInForce)? else { return Ok(false) };
    let Some(pack) = state.record::<PolicyPack>(&StateKey::Pack(pack))? else { return Ok(false) };
    let keeps = |registry| pack.registry(registry).is_some();
    if keeps(Registry::NonAcceptance) && stands_in(state, Registry::NonAcceptance, org, now)? {
        return Ok(false);
    }
    match keeps(Registry::Laboratory) {
        true => stands_in(state, Registry::Laboratory, org, now),
        false => {
            let record: Option<OrgRecord> = state.record(&StateKey::Org(*org))?;
            Ok(record.is_some_and(|record| record.profile.kind == OrgKind::Laboratory))
        }
    }
}

/// Whether an organisation has an entry in force: the last of its place, or the one before it where the last begins
/// later.
fn stands_in<S: StateRead>(state: &S, registry: Registry, org: &OrgId, now: Timestamp) -> Result<bool, ReadError> {
    let place = place(registry, &Subject::Org(*org), 0);
    let Some(RegisterRecord { count }) = state.record(&StateKey::Register(place))? else { return Ok(false) };
    let entry = |n: u64| state.record::<EntryRecord>(&StateKey::Entry { place, n });
    let found = match entry(count)? {
        Some(last) if last.entry.from > now => entry(count.saturating_sub(1))?,
        last => last,
    };
    Ok(found.is_some_and(|record| record.in_force(now)))
}

/// The holder of a grant, and its counterpart.
pub fn grant_parties(grant: &GrantRecord) -> Vec<OrgId> {
    [grant.holder].into_iter().chain(grant.application.counterpart).collect()
}

/// Who made a proposal, and whom it is about. The end of an entry is about whom the entry names.
pub fn proposal_parties<S: StateRead>(state: &S, proposal: &ProposalRecord) -> Result<Vec<OrgId>, ReadError> {
    let mut parties = vec![proposal.by];
    for change in &proposal.motion.changes {
        match change {
            Change::Enter(entry) => parties.extend(org_of(entry)),
            Change::End { place, n, why: _, documents: _ } => {
                let entry: Option<EntryRecord> = state.record(&StateKey::Entry { place: *place, n: *n })?;
                parties.extend(entry.and_then(|record| org_of(&record.entry)));
            }
            Change::AddAgency { org, from: _ } => parties.push(OrgId::of(&org.profile.identifier)),
            Change::RemoveAgency { org, from: _ }
            | Change::MoveSeat { org, node: _, from: _ }
            | Change::RecoverKey { org, claim: _ } => parties.push(*org),
            Change::InstallPack { pack: _, from: _ } | Change::AdmitNetwork { .. } => {}
        }
    }
    Ok(parties)
}
