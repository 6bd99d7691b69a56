//! The genesis that the agencies agree on: claims put together, shown, and kept with its cosignatures.

use super::{
    CeremonyError, ClaimFile, Cosignature, GENESIS_SCHEMA, GenesisSummary, MAX_GENESIS_FILE_BYTES, file,
    groups_of_four,
    summary::{OrgSummary, first_difference},
};
use ledger::{
    ChainParams, Genesis, NetworkId, OrgId, PolicyPack, Text, Timestamp,
    bounds::MAX_VALIDATORS,
    genesis::{GenesisItem, GenesisOrg, TestClock},
    policy::Orientation,
    record::ClassProfile,
};
use serde::{Deserialize, Serialize};
use std::{fmt::Write, net::SocketAddr, path::Path};

/// Where a node is reached. Not part of what is signed: a wrong address reaches nobody, since the transport key is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeAddress {
    /// Name of the node.
    pub name: String,
    /// Its transport identity, 64 hexadecimal digits.
    pub peer: String,
    /// Its address on the consensus network.
    pub address: SocketAddr,
}

/// What is put together into a genesis.
#[derive(Clone, Debug)]
pub struct Assembly {
    /// Name of the chain.
    pub chain: Text<32>,
    /// Time of the ceremony.
    pub time: Timestamp,
    /// The rules in force.
    pub pack: PolicyPack,
    /// Shared parameters.
    pub params: ChainParams,
    /// Clock of a test network.
    pub test: Option<TestClock>,
    /// Organisations without a node, of test networks.
    pub members: Vec<GenesisOrg>,
    /// Item classes.
    pub classes: Vec<ClassProfile>,
    /// Released items, of test networks.
    pub items: Vec<GenesisItem>,
}

impl Assembly {
    /// An assembly with nothing but what must be said.
    pub fn new(chain: Text<32>, time: Timestamp, pack: PolicyPack) -> Assembly {
        Assembly {
            chain,
            time,
            pack,
            params: ChainParams::default(),
            test: None,
            members: Vec::new(),
            classes: Vec::new(),
            items: Vec::new(),
        }
    }
}

/// A genesis file in memory: its genesis is checked, its readable part was recomputed.
#[derive(Clone, Debug)]
pub struct GenesisFile {
    /// The genesis.
    pub genesis: Genesis,
    /// Where the nodes are reached.
    pub addresses: Vec<NodeAddress>,
    /// Cosignatures so far.
    pub cosignatures: Vec<Cosignature>,
    /// Identity of the network.
    pub network: NetworkId,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    network: String,
    summary: GenesisSummary,
    addresses: Vec<NodeAddress>,
    cosignatures: Vec<Cosignature>,
    /// Canonical bytes of the genesis, base64url.
    genesis: String,
}

impl GenesisFile {
    /// Reads a genesis file, checks the genesis and recomputes what is readable. Cosignatures are judged by
    /// [`GenesisFile::missing`] and [`super::finish`].
    pub fn load(path: &Path) -> Result<GenesisFile, CeremonyError> {
        let document: Document = file::read_json(path, MAX_GENESIS_FILE_BYTES, GENESIS_SCHEMA)?;
        let bad = |detail: String| CeremonyError::Bytes { path: path.to_owned(), detail };
        let bytes = api::bytes::decode(&document.genesis).map_err(|e| bad(e.to_string()))?;
        let genesis = match Genesis::from_bytes(&bytes) {
            Ok(genesis) => genesis,
            Err(ledger::genesis::GenesisError::Codec(error)) => return Err(bad(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let network = genesis.network();
        let readable = |field: String| CeremonyError::Readable { path: path.to_owned(), field };
        if document.network != network.to_string() {
            return Err(readable("network".into()));
        }
        let computed = GenesisSummary::of(&genesis);
        if document.summary != computed {
            return Err(readable(format!("summary.{}", first_difference(&document.summary, &computed))));
        }
        Ok(GenesisFile { genesis, addresses: document.addresses, cosignatures: document.cosignatures, network })
    }

    /// Writes the file, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), CeremonyError> {
        let document = Document {
            schema: GENESIS_SCHEMA.into(),
            network: self.network.to_string(),
            summary: GenesisSummary::of(&self.genesis),
            addresses: self.addresses.clone(),
            cosignatures: self.cosignatures.clone(),
            genesis: api::bytes::encode(&self.genesis.to_bytes()),
        };
        file::write_json(path, &document)
    }

    /// The agencies that vote.
    pub fn agencies(&self) -> impl Iterator<Item = &GenesisOrg> {
        self.genesis.orgs.iter().filter(|o| o.node.is_some())
    }

    /// The organisation of an identity.
    pub fn org(&self, id: &OrgId) -> Option<&GenesisOrg> {
        self.genesis.orgs.iter().find(|o| OrgId::of(&o.profile.identifier) == *id)
    }

    /// Names of the agencies without a cosignature in the file. An error if one of those present does not hold.
    pub fn missing(&self) -> Result<Vec<String>, CeremonyError> {
        for cosignature in &self.cosignatures {
            cosignature.check(self)?;
        }
        let signed = |org: &GenesisOrg| {
            let id = OrgId::of(&org.profile.identifier).to_string();
            self.cosignatures.iter().any(|c| c.org == id)
        };
        Ok(self.agencies().filter(|o| !signed(o)).map(|o| o.profile.name.to_string()).collect())
    }
}

/// Puts claims together into a genesis without cosignatures.
pub fn assemble(claims: &[ClaimFile], assembly: Assembly) -> Result<GenesisFile, CeremonyError> {
    let Assembly { chain, time, pack, params, test, members, classes, items } = assembly;
    if claims.is_empty() || claims.len() > MAX_VALIDATORS {
        return Err(CeremonyError::AgencyCount { found: claims.len(), max: MAX_VALIDATORS });
    }
    for (position, claim) in claims.iter().enumerate() {
        let org = claim.org.profile.name.to_string();
        if claim.chain != chain {
            return Err(CeremonyError::Chain { org, found: claim.chain.to_string(), needed: chain.to_string() });
        }
        let before = claims.get(..position).unwrap_or_default();
        let repeated = [
            ("organisation", before.iter().any(|c| c.org.profile.identifier == claim.org.profile.identifier)),
            ("node name", before.iter().any(|c| c.name == claim.name)),
            ("address", before.iter().any(|c| c.address == claim.address)),
        ];
        if let Some((what, _)) = repeated.into_iter().find(|(_, is)| *is) {
            return Err(CeremonyError::Twice { org, what });
        }
    }
    let addresses = claims.iter().filter_map(|claim| {
        let node = claim.org.node.as_ref()?;
        Some(NodeAddress { name: claim.name.clone(), peer: hex::encode(node.peer), address: claim.address })
    });
    let addresses = addresses.collect();
    let orgs = claims.iter().map(|c| c.org.clone()).chain(members).collect();
    let genesis = Genesis { chain, time, test, params, pack, orgs, classes, items };
    genesis.check()?;
    let network = genesis.network();
    Ok(GenesisFile { genesis, addresses, cosignatures: Vec::new(), network })
}

/// What an operator reads before signing.
pub fn show(file: &GenesisFile) -> String {
    let summary = GenesisSummary::of(&file.genesis);
    let mut text = String::new();
    // Writing to a string never fails.
    let _ = write_show(&mut text, file, &summary);
    text
}

fn write_show(text: &mut String, file: &GenesisFile, summary: &GenesisSummary) -> std::fmt::Result {
    writeln!(text, "chain        {}", summary.chain)?;
    let fingerprint = groups_of_four(&file.network);
    let (upper, lower) = fingerprint.split_at(fingerprint.len().min(40));
    writeln!(text, "fingerprint  {}\n             {}", upper.trim_end(), lower)?;
    writeln!(text, "time         {}", summary.time)?;
    if let Some(test) = &summary.test {
        writeln!(text, "TEST NETWORK block time starts at {} and runs {} times as fast", test.origin, test.rate)?;
    }
    let pack = &summary.pack;
    let danger = match file.genesis.pack.orientation {
        Orientation::FirstIsHighest => "the first is the MOST dangerous",
        Orientation::FirstIsLowest => "the first is the LEAST dangerous",
    };
    writeln!(
        text,
        "rules        {} version {}; risk grades {}: {danger}",
        pack.name,
        pack.version,
        pack.grades.join(" ")
    )?;
    writeln!(text, "             hash {}", pack.hash)?;
    write_law(text, &file.genesis.pack)?;
    let params = &summary.params;
    writeln!(
        text,
        "blocks       {} bytes, {} transactions, every {} to {} ms, clocks within {} ms",
        params.block_bytes, params.block_txs, params.busy_interval_ms, params.idle_interval_ms, params.clock_drift_ms
    )?;
    writeln!(text, "agencies     {} vote", summary.agencies.len())?;
    for agency in &summary.agencies {
        write_agency(text, file, agency)?;
    }
    if summary.member_count > 0 {
        writeln!(text, "members      {} other organisations", summary.member_count)?;
    }
    for class in &summary.classes {
        writeln!(
            text,
            "class        {} {} · {} · grade {} · {}",
            class.code, class.name, class.category, class.grade, class.hs
        )?;
    }
    if summary.item_count > 0 {
        writeln!(text, "items        {} released items, for load tests", summary.item_count)?;
    }
    Ok(())
}

fn write_agency(text: &mut String, file: &GenesisFile, agency: &OrgSummary) -> std::fmt::Result {
    let Some(node) = &agency.node else { return Ok(()) };
    let place = file.addresses.iter().find(|a| a.peer == node.peer);
    let (name, address) = place.map_or(("?", "?".into()), |a| (a.name.as_str(), a.address.to_string()));
    let signed = match file.cosignatures.iter().find(|c| c.org == agency.id) {
        None => "no cosignature in this file",
        Some(cosignature) => match cosignature.check(file) {
            Ok(()) => "cosigned",
            Err(_) => "COSIGNATURE DOES NOT HOLD",
        },
    };
    let function = agency.function.as_deref().unwrap_or("-");
    writeln!(text, "  {} ({function}) · node {name} at {address} · {signed}", agency.name)?;
    writeln!(text, "    consensus key {}\n    transport key {}", node.key, node.peer)?;
    for key in &agency.keys {
        writeln!(text, "    person key    {} {}", key.id.get(..16).unwrap_or(&key.id), key.roles.join(", "))?;
    }
    Ok(())
}

/// Whoever cosigns agrees to these rules, so they must be able to read them: those that come with the program by their
/// name, any other word for word.
fn write_law(text: &mut String, pack: &PolicyPack) -> std::fmt::Result {
    if api::pack::is_shipped(pack) {
        return writeln!(text, "             as they come with the program: hufud pack show {}", pack.name);
    }
    if api::pack::is_impostor(pack) {
        writeln!(text, "WARNING      rules of this name and version come with the program, and THESE ARE OTHERS")?;
    }
    writeln!(text, "             not those that come with the program; they read:\n")?;
    for line in api::pack::write(pack).lines() {
        writeln!(text, "    {line}")?;
    }
    writeln!(text)
}
