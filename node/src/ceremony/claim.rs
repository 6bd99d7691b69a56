//! What one agency brings to the ceremony: its public facts, and the public halves of the keys it has made.

use super::{
    CLAIM_SCHEMA, CeremonyError, MAX_CLAIM_BYTES, MAX_CLAIM_KEYS, OrgSummary, file, summary::first_difference,
};
use crate::config::{Home, PeerConfig};
use keys::{KdfCost, KeyFile, NodeKey, PersonKey, SecretString};
use ledger::{
    Act, ChainParams, Genesis, NetworkId, OrgId, PersonId, PolicyPack, Role, Text, Timestamp,
    calendar::Calendar,
    codec,
    genesis::{GenesisError, GenesisOrg},
    operation::Direction,
    policy::{ActRow, Grade, Limits, Orientation, Rule, Scope, SignerNeed, Who, WriteOff},
    record::{Category, OrgProfile, Roles},
};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// A person who gets a key.
#[derive(Clone, Debug)]
pub struct PersonRequest {
    /// Name of the key, which is also the start of its file's name.
    pub label: String,
    /// Name of the person; it stays in the key file, the ledger gets a salted commitment.
    pub name: String,
    /// In which capacities the key may sign.
    pub roles: Roles,
}

/// What a claim is made from.
#[derive(Debug)]
pub struct ClaimRequest<'a> {
    /// The home of the node; made if needed.
    pub home: &'a Path,
    /// The folder for the people's key files; made if needed.
    pub keys: &'a Path,
    /// The password of the key files.
    pub password: &'a SecretString,
    /// How much work a guess at the password costs.
    pub cost: KdfCost,
    /// Name of the chain that the agencies agreed on.
    pub chain: Text<32>,
    /// The agency.
    pub profile: OrgProfile,
    /// Its people.
    pub persons: Vec<PersonRequest>,
    /// Name of its node.
    pub name: String,
    /// Where the other agencies reach its node.
    pub address: SocketAddr,
}

/// A key file that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeKey {
    /// The file.
    pub file: PathBuf,
    /// The organisation.
    pub org: OrgId,
    /// The person.
    pub person: PersonId,
    /// In which capacities it may sign.
    pub roles: Roles,
}

/// A claim in memory: its proofs of possession hold, its readable part was recomputed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimFile {
    /// Name of the chain.
    pub chain: Text<32>,
    /// Name of the node.
    pub name: String,
    /// Where the other agencies reach it.
    pub address: SocketAddr,
    /// The agency with its keys and its node.
    pub org: GenesisOrg,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    chain: String,
    name: String,
    address: SocketAddr,
    org: OrgSummary,
    /// Canonical bytes of the organisation with its keys and node, base64url.
    record: String,
}

/// Makes an agency's keys and its claim: key files in `keys`, `node.key.json` and `claim.json` in `home`.
pub fn claim(request: ClaimRequest<'_>) -> Result<(ClaimFile, Vec<MadeKey>), CeremonyError> {
    let ClaimRequest { home, keys, password, cost, chain, profile, persons, name, address } = request;
    check_place(&name, address)?;
    if profile.kind.function().is_none() {
        let problem = "only agencies run a voting node".into();
        return Err(CeremonyError::Request { what: "the kind of organisation", problem });
    }
    if !persons.iter().any(|p| p.roles.has(Role::Administrator)) {
        let problem = "one of them has to be an administrator".into();
        return Err(CeremonyError::Request { what: "the persons", problem });
    }
    let layout = Home::new(home);
    if layout.node_key().exists() {
        return Err(CeremonyError::Occupied { home: home.to_owned() });
    }
    file::private_folder(home)?;
    let (people, made) = make_keys(keys, password, cost, &profile, &persons)?;
    let node_key = NodeKey::random()?;
    let node = Some(node_key.claim(&chain, &OrgId::of(&profile.identifier)));
    let claim = ClaimFile { chain, name, address, org: GenesisOrg { profile, keys: people, node } };
    claim.check()?;
    node_key.write_new(&layout.node_key())?;
    claim.save(&own_claim(home))?;
    Ok((claim, made))
}

/// Makes the key files of an organisation's people, and what its genesis entry needs of them.
pub fn make_keys(
    folder: &Path,
    password: &SecretString,
    cost: KdfCost,
    profile: &OrgProfile,
    persons: &[PersonRequest],
) -> Result<(Vec<ledger::operation::KeyClaim>, Vec<MadeKey>), CeremonyError> {
    // The network does not exist yet; the cosignature of the genesis binds the keys to it.
    make_keys_for(&NetworkId::default(), (folder, password, cost), profile, persons)
}

/// The same with possession proved for a network that runs. The place is a folder, the password of the key files, and how
/// much work a guess at it costs.
pub(super) fn make_keys_for(
    network: &NetworkId,
    (folder, password, cost): (&Path, &SecretString, KdfCost),
    profile: &OrgProfile,
    persons: &[PersonRequest],
) -> Result<(Vec<ledger::operation::KeyClaim>, Vec<MadeKey>), CeremonyError> {
    if persons.is_empty() || persons.len() > MAX_CLAIM_KEYS {
        let problem = format!("1 to {MAX_CLAIM_KEYS} are possible");
        return Err(CeremonyError::Request { what: "the persons", problem });
    }
    file::private_folder(folder)?;
    let org = OrgId::of(&profile.identifier);
    let (mut claims, mut made) = (Vec::new(), Vec::new());
    for PersonRequest { label, name, roles } in persons {
        let key = PersonKey::random(org, PersonKey::pseudonym()?, name, label, *roles)?;
        let file = folder.join(format!("{label}.key.json"));
        KeyFile::seal(&key, password, cost)?.write_new(&file)?;
        claims.push(key.claim(network));
        made.push(MadeKey { file, org, person: key.header().person, roles: *roles });
    }
    Ok((claims, made))
}

/// Where `claim` leaves the agency's own claim, so that `cosign` can compare.
pub(crate) fn own_claim(home: &Path) -> PathBuf {
    home.join("claim.json")
}

pub(super) fn check_place(name: &str, address: SocketAddr) -> Result<(), CeremonyError> {
    let peer = PeerConfig { name: name.to_owned(), peer: "00".repeat(32), address: Some(address) };
    match peer.check("node") {
        Ok(()) => Ok(()),
        Err(error) => Err(CeremonyError::Request { what: "the node", problem: error.to_string() }),
    }
}

impl ClaimFile {
    /// Reads a claim, checks its proofs of possession, and recomputes what is readable.
    pub fn load(path: &Path) -> Result<ClaimFile, CeremonyError> {
        let document: Document = file::read_json(path, MAX_CLAIM_BYTES, CLAIM_SCHEMA)?;
        let bad = |detail: String| CeremonyError::Bytes { path: path.to_owned(), detail };
        let bytes = api::bytes::decode(&document.record).map_err(|e| bad(e.to_string()))?;
        let limit = usize::try_from(MAX_CLAIM_BYTES).unwrap_or(usize::MAX);
        let org: GenesisOrg = codec::decode(&bytes, limit).map_err(|e| bad(e.to_string()))?;
        let computed = OrgSummary::of(&org);
        if document.org != computed {
            let field = format!("org.{}", first_difference(&document.org, &computed));
            return Err(CeremonyError::Readable { path: path.to_owned(), field });
        }
        let chain = Text::new(document.chain).map_err(|e| bad(format!("the chain: {e}")))?;
        let claim = ClaimFile { chain, name: document.name, address: document.address, org };
        claim.check()?;
        Ok(claim)
    }

    /// Writes the claim, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), CeremonyError> {
        let document = Document {
            schema: CLAIM_SCHEMA.into(),
            chain: self.chain.to_string(),
            name: self.name.clone(),
            address: self.address,
            org: OrgSummary::of(&self.org),
            record: api::bytes::of(&self.org),
        };
        file::write_json(path, &document)
    }

    /// Whether a genesis of this agency alone would stand: its keys are usable and their possession is proved.
    fn check(&self) -> Result<(), CeremonyError> {
        check_place(&self.name, self.address)?;
        let fail = |problem| GenesisError::Org { name: self.org.profile.name.to_string(), problem };
        if self.org.node.is_none() {
            return Err(fail("it claims no node").into());
        }
        if self.org.keys.len() > MAX_CLAIM_KEYS {
            return Err(fail("it claims too many keys").into());
        }
        let alone = Genesis {
            chain: self.chain.clone(),
            time: Timestamp::default(),
            test: None,
            params: ChainParams::default(),
            pack: no_law(),
            orgs: vec![self.org.clone()],
            classes: Vec::new(),
            items: Vec::new(),
        };
        Ok(alone.check()?)
    }
}

/// The law is the ceremony's: a claim is judged under one that knows no act but the end of keys.
fn no_law() -> PolicyPack {
    let (name, article) = (Text::new("claim").unwrap_or_default(), Text::new("none").unwrap_or_default());
    let row = |act, any| ActRow { act, rule: Rule::NONE, article: Some(article.clone()), any };
    let administrator = SignerNeed { role: Role::Administrator, who: Who::Principal, many: false };
    let officer = SignerNeed { role: Role::Officer, who: Who::AnyAgency, many: false };
    let grade = Grade {
        name: Text::new("1").unwrap_or_default(),
        permit: false,
        access: false,
        validity_months: 0,
        write_off: WriteOff::Batches,
        premises: 0,
        test: false,
    };
    let (categories, directions) = (Category::ALL.to_vec(), vec![Direction::Import]);
    PolicyPack {
        name,
        version: 0,
        grades: vec![grade],
        orientation: Orientation::FirstIsHighest,
        ratings: Vec::new(),
        articles: Vec::new(),
        acts: vec![row(Act::RotateKey, Vec::new()), row(Act::EndKey, vec![vec![administrator], vec![officer]])],
        registries: Vec::new(),
        grants: Vec::new(),
        lanes: Vec::new(),
        alerts: Vec::new(),
        scope: Scope { categories, excluded_hs: Vec::new(), clearance_hs: Vec::new(), directions },
        temperatures: Vec::new(),
        calendar: Calendar::default(),
        limits: Limits {
            seat_lead: 2,
            pack_lead: 2,
            proposal_days: 1,
            recovery_days: 0,
            report_days: 0,
            plan_ahead_days: 0,
            pilot_rating: None,
            ban_allows: Vec::new(),
        },
    }
}
