//! Who may see what: the one place that decides it.
//!
//! Agencies keep the whole ledger. Everyone else sees the common frame (headers, validators, classes, who takes part), its
//! own keys, and the items it is or was a party to. What somebody may not see is answered as if it were not there,
//! wherever its existence alone would tell something.

use api::paths;
use ledger::{Effect, Event, ItemRecord, OrgId, record::OrgKind};
use std::collections::BTreeSet;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Nobody in particular: no token.
    Stranger,
    /// An agency.
    Agency,
    /// Another organisation.
    Member(OrgId),
}

impl Who {
    pub(super) fn of(org: OrgId, kind: OrgKind) -> Who {
        match kind {
            OrgKind::Agency(_) => Who::Agency,
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
    /// Headers, validators, genesis and the heights of the stream.
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
    /// An item with its events, its bundle and its holds.
    Item(&'a Parties),
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
    /// Evidence against validators.
    Evidence,
}

/// Whether they may.
pub(super) fn visible(who: &Who, resource: &Resource<'_>) -> bool {
    match (who, resource) {
        (_, Resource::Node) | (Who::Agency, _) => true,
        (Who::Stranger, _) => false,
        (Who::Member(_), Resource::Frame | Resource::Class | Resource::Profile) => true,
        (Who::Member(org), Resource::Keys { owner, agency }) => *agency || org == *owner,
        (Who::Member(org), Resource::Item(parties)) => parties.0.contains(org),
        (Who::Member(org), Resource::Tx { signers, parties }) => signers.contains(org) || parties.0.contains(org),
        (Who::Member(org), Resource::Draft { signers }) => signers.contains(org),
        (Who::Member(_), Resource::Evidence) => false,
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

    /// Adds those that an event names.
    pub(super) fn add(&mut self, event: &Event) {
        match &event.effect {
            Effect::Registered { custodian, .. } => self.0.extend([*custodian]),
            Effect::Offered { offer } => self.0.extend([offer.receiver]),
            Effect::Moved { from, to, terms: _ } => self.0.extend([*from, *to]),
            Effect::Declared
            | Effect::Inspected { .. }
            | Effect::Released
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
        let table: [(&str, Resource<'_>, [bool; 3]); 16] = [
            ("the node", Resource::Node, [true, true, true]),
            ("the frame", Resource::Frame, [false, true, true]),
            ("a class", Resource::Class, [false, true, true]),
            ("a profile", Resource::Profile, [false, true, true]),
            ("own keys", Resource::Keys { owner: &ME, agency: false }, [false, true, true]),
            ("others' keys", Resource::Keys { owner: &OTHER, agency: false }, [false, true, false]),
            ("an agency's keys", Resource::Keys { owner: &OTHER, agency: true }, [false, true, true]),
            ("an item of mine", Resource::Item(&mine), [false, true, true]),
            ("an item of others", Resource::Item(&theirs), [false, true, false]),
            ("a transaction I signed", Resource::Tx { signers: me, parties: &none }, [false, true, true]),
            ("one on my item", Resource::Tx { signers: nobody, parties: &mine }, [false, true, true]),
            ("one of others", Resource::Tx { signers: nobody, parties: &theirs }, [false, true, false]),
            ("one of nobody", Resource::Tx { signers: nobody, parties: &none }, [false, true, false]),
            ("a draft for me to sign", Resource::Draft { signers: me }, [false, true, true]),
            ("a draft for others", Resource::Draft { signers: nobody }, [false, true, false]),
            ("evidence", Resource::Evidence, [false, true, false]),
        ];
        for (name, resource, expect) in table {
            let found = [Who::Stranger, Who::Agency, Who::Member(ME)].map(|who| visible(&who, &resource));
            assert_eq!(found, expect, "{name}");
        }
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
    fn agencies_alone_see_all() {
        for function in AgencyFunction::ALL {
            assert_eq!(Who::of(ME, OrgKind::Agency(function)), Who::Agency);
        }
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
        let offer = PendingOffer { terms: Hash::default(), receiver: ME, expires: Timestamp(1) };
        assert_eq!(parties(Effect::Offered { offer }), orgs(&[ME]));
        assert_eq!(parties(Effect::Moved { from: ME, to: OTHER, terms: Hash::default() }), orgs(&[ME, OTHER]));
        let reason = ledger::Text::new("recall").unwrap();
        assert_eq!(parties(Effect::HoldPlaced { by: OTHER, reason }), orgs(&[]));
        assert_eq!(parties(Effect::Released), orgs(&[]));
    }
}
