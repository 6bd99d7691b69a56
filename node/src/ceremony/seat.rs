//! Claims to a seat in a network that runs. The home is one that `follow` has set up: it has keys that no seat has used, and
//! its node follows already when the others vote.

use super::{
    CeremonyError, MadeKey, PersonRequest,
    claim::{check_place, make_keys_for},
    file, load_genesis,
};
use crate::config::{Config, Home};
use api::seat::SeatClaim;
use keys::{KdfCost, NodeKey, SecretString};
use ledger::{NetworkId, OrgId, Role, genesis::GenesisOrg, operation::Change, record::OrgProfile};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Keys that a new agency brings, at most: the ledger takes no more.
const MAX_NEW_KEYS: usize = 8;

/// A new agency that wants a seat.
#[derive(Debug)]
pub struct NewAgency<'a> {
    /// The home of its node.
    pub home: &'a Path,
    /// Where the others reach its node, if not where it listens.
    pub address: Option<SocketAddr>,
    /// The folder for the people's key files; made if needed.
    pub keys: &'a Path,
    /// The password of the key files.
    pub password: &'a SecretString,
    /// How much work a guess at the password costs.
    pub cost: KdfCost,
    /// The agency.
    pub profile: OrgProfile,
    /// Its people.
    pub persons: Vec<PersonRequest>,
}

/// What a home says of itself.
struct Claimant {
    network: NetworkId,
    name: String,
    address: SocketAddr,
    keys: NodeKey,
}

impl Claimant {
    fn of(home: &Path, address: Option<SocketAddr>) -> Result<Claimant, CeremonyError> {
        let (layout, config) = (Home::new(home), Config::load(home)?);
        let address = address.or(config.p2p.as_ref().map(|p2p| p2p.listen)).ok_or(CeremonyError::Request {
            what: "the home",
            problem: "a node that has no place in the consensus network claims no seat".into(),
        })?;
        check_place(&config.name, address)?;
        Ok(Claimant {
            network: load_genesis(&layout.genesis())?.network,
            name: config.name,
            address,
            keys: NodeKey::read(&layout.node_key())?,
        })
    }

    fn claim(&self, change: Change) -> Result<SeatClaim, CeremonyError> {
        let claim = SeatClaim::of(&self.network, &self.name, self.address, change);
        claim.ok_or(CeremonyError::Request { what: "the seat", problem: "it is claimed for no node".into() })
    }
}

/// The claim of an agency that has a seat already, for the keys of another home.
pub fn claim_seat(home: &Path, org: OrgId, address: Option<SocketAddr>) -> Result<SeatClaim, CeremonyError> {
    let claimant = Claimant::of(home, address)?;
    let node = claimant.keys.claim_seat(&claimant.network, &org);
    claimant.claim(Change::MoveSeat { org, node, from: 0 })
}

/// The claim of a new agency, with the keys of its people, which are made.
pub fn claim_new_seat(request: NewAgency<'_>) -> Result<(SeatClaim, Vec<MadeKey>), CeremonyError> {
    let NewAgency { home, address, keys, password, cost, profile, persons } = request;
    if profile.kind.function().is_none() {
        let problem = "only agencies have a seat".into();
        return Err(CeremonyError::Request { what: "the kind of organisation", problem });
    }
    if !persons.iter().any(|p| p.roles.has(Role::Administrator)) || persons.len() > MAX_NEW_KEYS {
        let problem = format!("1 to {MAX_NEW_KEYS}, and one of them an administrator");
        return Err(CeremonyError::Request { what: "the persons", problem });
    }
    let claimant = Claimant::of(home, address)?;
    let (people, made) = make_keys_for(&claimant.network, (keys, password, cost), &profile, &persons)?;
    let node = claimant.keys.claim_seat(&claimant.network, &OrgId::of(&profile.identifier));
    let org = GenesisOrg { profile, keys: people, node: Some(node) };
    Ok((claimant.claim(Change::AddAgency { org, from: 0 })?, made))
}

/// Writes a claim to a seat, whole or not at all.
pub fn save_seat_claim(claim: &SeatClaim, path: &Path) -> Result<(), CeremonyError> {
    file::write_json(path, claim)
}

/// Where a claim to a seat is left unless it is asked for elsewhere.
pub fn own_seat_claim(home: &Path) -> PathBuf {
    home.join("seat.json")
}
