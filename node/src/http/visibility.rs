//! Who may see what: the one place that decides it.
//!
//! Agencies keep the whole ledger, and observers read it. Everyone else sees the common frame (headers, validators,
//! classes, rules, who takes part), the public registries, its own keys, and what it is a party to: items, grants, duties,
//! proposals, alerts; a laboratory besides what waits for its test. What somebody may not see is answered as if it were not
//! there, wherever its existence alone would tell something.

use api::paths;
use ledger::{
    Effect, Event, ItemRecord, OrgId,
    operation::{NewEntry, Registry, Subject, Value},
    record::{AlertKind, OrgKind},
};
use std::collections::BTreeSet;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Nobody in particular: no token.
    Stranger,
    /// An agency, or an observer.
    Agency,
    /// A mechanism of several bodies: a member that decides on grants, entries and proposals of others, and so reads them.
    Mechanism(OrgId),
    /// Another organisation.
    Member(OrgId),
}

impl Who {
    pub(super) fn of(org: OrgId, kind: OrgKind) -> Who {
        match kind {
            // An observer supervises: it reads what an agency reads, and votes on nothing.
            OrgKind::Agency(_) | OrgKind::Observer => Who::Agency,
            OrgKind::Mechanism(_) => Who::Mechanism(org),
            OrgKind::Enterprise | OrgKind::Carrier | OrgKind::Laboratory | OrgKind::Disposer | OrgKind::Partner => {
                Who::Member(org)
            }
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource<'a> {
    /// How the node and the network are, and the ways in.
    Node,
    /// Headers, validators, genesis, policy packs and the heights of the stream.
    Frame,
    /// An item class.
    Class,
    /// The public facts of an organisation.
    Profile,
    /// The keys of an organisation. Those of agencies are public: whoever has an act countersigned must name one.
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
    /// What the rules would say to a draft: the answer tells of the items that it names.
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
    /// The audit trail.
    Audit,
    /// Evidence against validators.
    Evidence,
}

/// Whether they may.
pub(super) fn visible(who: &Who, resource: &Resource<'_>) -> bool {
    let (org, decides) = match (who, resource) {
        (_, Resource::Node) | (Who::Agency, _) => return true,
        (Who::Stranger, _) => return false,
        (Who::Mechanism(org), _) => (org, true),
        (Who::Member(org), _) => (org, false),
    };
    match resource {
        Resource::Node | Resource::Frame | Resource::Class | Resource::Profile => true,
        Resource::Keys { owner, agency } => *agency || org == *owner,
        Resource::Feed { owner } => org == *owner,
        Resource::Item(parties) => parties.0.contains(org),
        Resource::TestPending { accepted } => *accepted,
        Resource::Tx { signers, parties } => signers.contains(org) || parties.0.contains(org),
        Resource::Draft { signers } => signers.contains(org),
        Resource::Grant { parties } | Resource::Proposal { parties } => decides || parties.contains(org),
        Resource::Entry { registry, org: of } => decides || is_public(*registry) || *of == Some(*org),
        Resource::Duty { debtors } => debtors.contains(org),
        // A banned party is not told that it is watched.
        Resource::Alert { kind, orgs } => *kind != AlertKind::BannedParty && orgs.contains(org),
        Resource::Audit | Resource::Evidence => false,
    }
}

/// Whether everybody who takes part reads a registry: who may be dealt with, what may be traded, and where it may be kept.
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
pub(super) fn org_of(entry: &NewEntry) -> Option<OrgId> {
    match (&entry.subject, &entry.value) {
        (Subject::Org(org) | Subject::OrgClass(org, _), _) => Some(*org),
        (Subject::Class(_) | Subject::Person(_) | Subject::Place(_), Value::Level { org, level: _ }) => Some(*org),
        (Subject::Class(_) | Subject::Person(_) | Subject::Place(_), _) => None,
    }
}

/// What lies behind a path, given as its template, at the least: whoever may not see this is asked for a token before
/// anything else happens. A path that is not named here is closed to strangers.
pub(super) fn gate(template: &str) -> Resource<'static> {
    match template {
        paths::TX
        | paths::TX_BATCH
        | paths::NETWORK
        | paths::LOGIN_CHALLENGE
        | paths::LOGIN
        | paths::STATUS
        | paths::LIVEZ
        | paths::READYZ
        | paths::METRICS
        | paths::VERSION
        | paths::OPENAPI => Resource::Node,
        _ => Resource::Frame,
    }
}

/// The organisations that hold, held, registered or were offered an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parties(BTreeSet<OrgId>);

impl Parties {
    /// Those that the record names; earlier ones are in the events.
    pub(super) fn of(item: &ItemRecord) -> Parties {
        let offered = item.offer.iter().map(|o| o.receiver);
        Parties([item.registrant, item.custodian].into_iter().chain(offered).collect())
    }

    /// Adds those that hold or are offered a unit that it is in.
    pub(super) fn add_unit(&mut self, unit: &ItemRecord) {
        self.0.insert(unit.custodian);
        self.0.extend(unit.offer.iter().map(|o| o.receiver));
    }

    /// Adds those that an event names.
    pub(super) fn add(&mut self, event: &Event) {
        match &event.effect {
            Effect::Registered { custodian, .. } | Effect::Landed { custodian, .. } => self.0.extend([*custodian]),
            Effect::Offered { offer } => self.0.extend([offer.receiver]),
            Effect::Moved { from, to, .. } => self.0.extend([*from, *to]),
            Effect::Unpacked { custodian, .. } => self.0.extend([*custodian]),
            Effect::Tested { laboratory, .. } => self.0.extend([*laboratory]),
            Effect::Declared { .. }
            | Effect::Inspected { .. }
            | Effect::Released { .. }
            | Effect::Assigned { .. }
            | Effect::Arrived { .. }
            | Effect::InspectionOrdered { .. }
            | Effect::Returned { .. }
            | Effect::Destroyed { .. }
            | Effect::Exited { .. }
            | Effect::Stored { .. }
            | Effect::Wasted { .. }
            | Effect::Lost { .. }
            | Effect::Corrected { .. }
            | Effect::Noted { .. }
            | Effect::Derived { .. }
            | Effect::Packed { .. }
            | Effect::Filled { .. }
            | Effect::Reported { .. }
            | Effect::Departed { .. }
            | Effect::OfferRefused { .. }
            | Effect::OfferWithdrawn { .. }
            | Effect::Used { .. }
            | Effect::Disposed { .. }
            | Effect::HoldPlaced { .. }
            | Effect::HoldLifted { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{
        Cause, Hash, ItemId, Lifecycle, Timestamp,
        record::{AgencyFunction, PendingOffer, Stamp},
    };

    const ME: OrgId = OrgId(Hash([1; 32]));
    const OTHER: OrgId = OrgId(Hash([2; 32]));

    fn orgs(list: &[OrgId]) -> BTreeSet<OrgId> {
        list.iter().copied().collect()
    }

    /// Role by resource: stranger, agency, a member that is concerned, a member that is not.
    #[test]
    fn roles_and_resources() {
        let (mine, theirs) = (Parties(orgs(&[ME])), Parties(orgs(&[OTHER])));
        let (me, nobody): (&[OrgId], &[OrgId]) = (&[ME], &[]);
        let none = Parties::default();
        let entry = |registry, org| Resource::Entry { registry, org };
        let alert = |kind, orgs| Resource::Alert { kind, orgs };
        let table: [(&str, Resource<'_>, [bool; 3]); 35] = [
            ("the node", Resource::Node, [true, true, true]),
            ("the frame", Resource::Frame, [false, true, true]),
            ("a class", Resource::Class, [false, true, true]),
            ("a profile", Resource::Profile, [false, true, true]),
            ("own keys", Resource::Keys { owner: &ME, agency: false }, [false, true, true]),
            ("others' keys", Resource::Keys { owner: &OTHER, agency: false }, [false, true, false]),
            ("an agency's keys", Resource::Keys { owner: &OTHER, agency: true }, [false, true, true]),
            ("my feed", Resource::Feed { owner: &ME }, [false, true, true]),
            ("the feed of others", Resource::Feed { owner: &OTHER }, [false, true, false]),
            ("an item of mine", Resource::Item(&mine), [false, true, true]),
            ("an item of others", Resource::Item(&theirs), [false, true, false]),
            ("one that waits for my test", Resource::TestPending { accepted: true }, [false, true, true]),
            ("one that waits for others'", Resource::TestPending { accepted: false }, [false, true, false]),
            ("a transaction I signed", Resource::Tx { signers: me, parties: &none }, [false, true, true]),
            ("one on my item", Resource::Tx { signers: nobody, parties: &mine }, [false, true, true]),
            ("one of others", Resource::Tx { signers: nobody, parties: &theirs }, [false, true, false]),
            ("one of nobody", Resource::Tx { signers: nobody, parties: &none }, [false, true, false]),
            ("a draft for me to sign", Resource::Draft { signers: me }, [false, true, true]),
            ("a draft for others", Resource::Draft { signers: nobody }, [false, true, false]),
            ("a grant of mine", Resource::Grant { parties: me }, [false, true, true]),
            ("a grant of others", Resource::Grant { parties: nobody }, [false, true, false]),
            ("who is qualified", entry(Registry::Qualified, Some(OTHER)), [false, true, true]),
            ("what is on the positive list", entry(Registry::PositiveList, None), [false, true, true]),
            ("my rating", entry(Registry::Rating, Some(ME)), [false, true, true]),
            ("others' ratings", entry(Registry::Rating, Some(OTHER)), [false, true, false]),
            ("a banned person", entry(Registry::PersonBan, None), [false, true, false]),
            ("a duty of mine", Resource::Duty { debtors: me }, [false, true, true]),
            ("a duty of others", Resource::Duty { debtors: nobody }, [false, true, false]),
            ("a proposal about me", Resource::Proposal { parties: me }, [false, true, true]),
            ("a proposal about others", Resource::Proposal { parties: nobody }, [false, true, false]),
            ("an alert about me", alert(AlertKind::Loss, me), [false, true, true]),
            ("an alert about others", alert(AlertKind::Loss, nobody), [false, true, false]),
            ("that I am watched", alert(AlertKind::BannedParty, me), [false, true, false]),
            ("the audit trail", Resource::Audit, [false, true, false]),
            ("evidence", Resource::Evidence, [false, true, false]),
        ];
        for (name, resource, expect) in table {
            let found = [Who::Stranger, Who::Agency, Who::Member(ME)].map(|who| visible(&who, &resource));
            assert_eq!(found, expect, "{name}");
        }
    }

    #[test]
    fn a_mechanism_reads_what_it_decides_on_and_otherwise_what_a_member_reads() {
        let nobody: &[OrgId] = &[];
        let decided = [
            Resource::Grant { parties: nobody },
            Resource::Proposal { parties: nobody },
            Resource::Entry { registry: Registry::Rating, org: Some(OTHER) },
        ];
        let mechanism = Who::of(ME, OrgKind::Mechanism(ledger::record::Mechanism::Joint));
        assert!(decided.iter().all(|resource| visible(&mechanism, resource)));
        let theirs = Parties(orgs(&[OTHER]));
        let others = [
            Resource::Item(&theirs),
            Resource::Keys { owner: &OTHER, agency: false },
            Resource::Feed { owner: &OTHER },
            Resource::Duty { debtors: nobody },
            Resource::Alert { kind: AlertKind::Loss, orgs: nobody },
            Resource::Audit,
            Resource::Evidence,
        ];
        assert!(!others.iter().any(|resource| visible(&mechanism, resource)));
    }

    #[test]
    fn an_entry_names_its_subject_or_whose_premises_it_is_about() {
        let entry = |subject, value| NewEntry {
            registry: Registry::Premises,
            subject,
            period: 0,
            value,
            from: Timestamp(0),
            to: None,
            ends_keys: Vec::new(),
            documents: None,
        };
        let class = ledger::ClassId::default();
        let level = Value::Level { org: OTHER, level: 2 };
        let place = Subject::Place("9521100000017".parse().unwrap());
        assert_eq!(org_of(&entry(Subject::Org(ME), Value::None)), Some(ME));
        assert_eq!(org_of(&entry(Subject::OrgClass(ME, class), Value::None)), Some(ME));
        assert_eq!(org_of(&entry(place, level)), Some(OTHER));
        assert_eq!(org_of(&entry(Subject::Class(class), Value::None)), None);
    }

    #[test]
    fn a_path_is_closed_to_strangers_unless_it_is_named() {
        for open in [paths::TX, paths::NETWORK, paths::LOGIN, paths::READYZ, paths::METRICS] {
            assert!(visible(&Who::Stranger, &gate(open)), "{open}");
        }
        for closed in [paths::TX_ONE, paths::ITEM, paths::STREAM, paths::WHOAMI, paths::GENESIS, "/v1/next"] {
            assert!(!visible(&Who::Stranger, &gate(closed)), "{closed}");
        }
    }

    #[test]
    fn agencies_and_observers_alone_see_all() {
        for function in AgencyFunction::ALL {
            assert_eq!(Who::of(ME, OrgKind::Agency(function)), Who::Agency);
        }
        assert_eq!(Who::of(ME, OrgKind::Observer), Who::Agency);
        for kind in [OrgKind::Enterprise, OrgKind::Carrier, OrgKind::Laboratory, OrgKind::Disposer, OrgKind::Partner] {
            assert_eq!(Who::of(ME, kind), Who::Member(ME));
        }
    }

    #[test]
    fn whoever_held_or_was_offered_is_a_party_and_whoever_placed_a_hold_is_not() {
        let event = |effect| Event {
            item: ItemId::default(),
            n: 1,
            cause: Cause::Genesis,
            at: Stamp::default(),
            effect,
            state: Lifecycle::Released,
            decision: None,
            links: Vec::new(),
        };
        let parties = |effect| {
            let mut parties = Parties::default();
            parties.add(&event(effect));
            parties.0
        };
        let offer = PendingOffer {
            terms: Hash::default(),
            receiver: ME,
            expires: Timestamp(1),
            purpose: ledger::operation::Purpose::Unstated,
            premises: None,
        };
        assert_eq!(parties(Effect::Offered { offer }), orgs(&[ME]));
        assert_eq!(
            parties(Effect::Moved {
                from: ME,
                to: OTHER,
                terms: Hash::default(),
                receiver: ledger::event::Receiver::Holder,
                place: None
            }),
            orgs(&[ME, OTHER])
        );
        let reason = ledger::Text::new("recall").unwrap();
        assert_eq!(parties(Effect::HoldPlaced { by: vec![OTHER], reason }), orgs(&[]));
        assert_eq!(parties(Effect::Released { grant: None }), orgs(&[]));
    }
}
