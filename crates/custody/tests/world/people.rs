//! Who takes part, and with which keys.

use super::text;
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::{
    Hash, KeyId, NetworkId, Operation, OrgId, PersonId, PublicKey, Role, Signature, Slot,
    crypto::{Suite, peer_possession, possession_message},
    operation::KeyClaim,
    record::{AgencyFunction, Mechanism, OrgIdentifier, OrgKind, OrgProfile, Roles},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};

/// An organisation of this world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Org {
    Customs,
    Science,
    Health,
    Environment,
    FirmA,
    FirmB,
    Carrier,
    Disposer,
    /// Not of genesis; tests may register it.
    Stranger,
    // From here on, of the regulated world alone.
    Market,
    Commerce,
    Police,
    Partner,
    /// A second partner.
    Clinic,
    Laboratory,
    District,
    Joint,
    Observer,
    /// Not of genesis; tests may vote it in.
    Transport,
}

impl Org {
    pub(crate) const GENESIS: [Org; 8] = [
        Org::Customs,
        Org::Science,
        Org::Health,
        Org::Environment,
        Org::FirmA,
        Org::FirmB,
        Org::Carrier,
        Org::Disposer,
    ];

    pub(crate) const REGULATED: [Org; 17] = [
        Org::Customs,
        Org::Science,
        Org::Health,
        Org::Environment,
        Org::FirmA,
        Org::FirmB,
        Org::Carrier,
        Org::Disposer,
        Org::Market,
        Org::Commerce,
        Org::Police,
        Org::Partner,
        Org::Clinic,
        Org::Laboratory,
        Org::District,
        Org::Joint,
        Org::Observer,
    ];

    pub(crate) fn kind(self) -> OrgKind {
        match self {
            Org::Customs => OrgKind::Agency(AgencyFunction::Customs),
            Org::Science => OrgKind::Agency(AgencyFunction::ScienceTechnology),
            Org::Health => OrgKind::Agency(AgencyFunction::Health),
            Org::Environment => OrgKind::Agency(AgencyFunction::Environment),
            Org::Market => OrgKind::Agency(AgencyFunction::MarketRegulation),
            Org::Commerce => OrgKind::Agency(AgencyFunction::Commerce),
            Org::Police => OrgKind::Agency(AgencyFunction::PublicSecurity),
            Org::Transport => OrgKind::Agency(AgencyFunction::Transport),
            Org::FirmA | Org::FirmB | Org::Stranger => OrgKind::Enterprise,
            Org::Carrier => OrgKind::Carrier,
            Org::Disposer => OrgKind::Disposer,
            Org::Partner | Org::Clinic => OrgKind::Partner,
            Org::Laboratory => OrgKind::Laboratory,
            Org::District => OrgKind::Mechanism(Mechanism::District),
            Org::Joint => OrgKind::Mechanism(Mechanism::Joint),
            Org::Observer => OrgKind::Observer,
        }
    }

    pub(crate) fn profile(self) -> OrgProfile {
        OrgProfile {
            identifier: OrgIdentifier { scheme: text("test"), value: text(&format!("{self:?}")) },
            name: text(&format!("{self:?}")),
            kind: self.kind(),
        }
    }

    pub(crate) fn id(self) -> OrgId {
        OrgId::of(&self.profile().identifier)
    }
}

/// A person's key: the organisation and a number. Every number is another key of another person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Person {
    pub(crate) org: Org,
    pub(crate) number: u8,
}

/// The first person of an organisation.
pub(crate) const fn head(org: Org) -> Person {
    Person { org, number: 1 }
}
/// The second person of an organisation of the regulated world: a project lead, a tester, an expert.
pub(crate) const fn lead(org: Org) -> Person {
    Person { org, number: 3 }
}
pub(crate) const CUSTOMS: Person = head(Org::Customs);
pub(crate) const SCIENCE: Person = head(Org::Science);
pub(crate) const HEALTH: Person = head(Org::Health);
pub(crate) const ENVIRONMENT: Person = head(Org::Environment);
pub(crate) const A: Person = head(Org::FirmA);
pub(crate) const B: Person = head(Org::FirmB);
pub(crate) const CARRIER: Person = head(Org::Carrier);
pub(crate) const DISPOSER: Person = head(Org::Disposer);
pub(crate) const STRANGER: Person = head(Org::Stranger);
pub(crate) const MARKET: Person = head(Org::Market);
pub(crate) const COMMERCE: Person = head(Org::Commerce);
pub(crate) const POLICE: Person = head(Org::Police);
pub(crate) const PARTNER: Person = head(Org::Partner);
pub(crate) const CLINIC: Person = head(Org::Clinic);
pub(crate) const LAB: Person = head(Org::Laboratory);
pub(crate) const DISTRICT: Person = head(Org::District);
pub(crate) const JOINT: Person = head(Org::Joint);
pub(crate) const OBSERVER: Person = head(Org::Observer);
/// An expert of the laboratory.
pub(crate) const EXPERT: Person = lead(Org::Laboratory);
/// Of firm A, registered at genesis with the role of declarant alone.
pub(crate) const CLERK: Person = Person { org: Org::FirmA, number: 2 };
/// Number of the consensus key of an agency.
pub(crate) const CONSENSUS: u8 = 200;
/// Number of the transport identity of an agency's node.
pub(crate) const PEER: u8 = 201;

/// A key with what is derived from it, made once: tests sign much.
struct Held {
    signing: SigningKey,
    public: PublicKey,
    id: KeyId,
}

static HELD: LazyLock<Mutex<BTreeMap<Person, Arc<Held>>>> = LazyLock::new(Default::default);

impl Person {
    fn held(self) -> Arc<Held> {
        let mut held = HELD.lock().unwrap();
        held.entry(self).or_insert_with(|| Arc::new(self.derive())).clone()
    }
    fn derive(self) -> Held {
        let mut seed = [0u8; 32];
        seed[0] = self.org as u8 + 1;
        seed[1] = self.number;
        let signing = SigningKey::from_bytes(&seed);
        let public = PublicKey::from_bytes(signing.verifying_key().to_bytes()).unwrap();
        let id = public.id();
        Held { signing, public, id }
    }
    pub(crate) fn public_key(self) -> PublicKey {
        self.held().public
    }
    pub(crate) fn key(self) -> [u8; 32] {
        *self.held().public.bytes()
    }
    pub(crate) fn key_id(self) -> KeyId {
        self.held().id
    }
    pub(crate) fn pseudonym(self) -> PersonId {
        let mut bytes = [7u8; 32];
        bytes[0] = self.org as u8;
        bytes[1] = self.number;
        PersonId(Hash(bytes))
    }
    pub(crate) fn slot(self, role: Role) -> Slot {
        Slot { suite: Suite::Ed25519, org: self.org.id(), key: self.key_id(), role }
    }
    pub(crate) fn sign(self, message: &Hash) -> Signature {
        Signature(self.held().signing.sign(&message.0).to_bytes())
    }
    /// A claim on this key, in the name of `person`.
    pub(crate) fn claim(self, network: &NetworkId, org: Org, person: PersonId, roles: Roles) -> KeyClaim {
        KeyClaim {
            key: self.key(),
            person,
            name: Hash([7; 32]),
            roles,
            possession: self.sign(&possession_message(network, &org.id(), &person, &self.key())),
        }
    }
    /// The registration of this key as a transport identity.
    pub(crate) fn as_node(self, network: &NetworkId, org: Org) -> Operation {
        let possession = self.sign(&peer_possession(network, &org.id(), &self.key()));
        Operation::RegisterNode { org: org.id(), peer: self.key(), possession }
    }
}
