//! Setting up the network of a scenario: the real ceremony, with this program in the place of every agency.

use crate::{
    files::{Folder, KeyEntry, PLAN_SCHEMA, Plan, PlannedNode, write_json},
    members::{self, Firm},
    people::{self, Keyring},
    ports,
    scenario::{
        cast::{self, Cast},
        file::Scenario,
    },
};
use eyre::{Context, ensure, eyre};
use keys::PersonKey;
use ledger::{NetworkId, Text, Timestamp, genesis::TestClock};
use node::{
    ceremony::{self, Assembly, ClaimFile, ClaimRequest, Finish},
    config::CONFIG_FILE,
};
use std::{
    net::SocketAddr,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// What was set up.
pub(in crate::scenario) struct Made {
    pub(in crate::scenario) cast: Cast,
    pub(in crate::scenario) network: NetworkId,
}

/// An agency after its first step.
struct Agency {
    word: String,
    claim: ClaimFile,
    keys: Vec<KeyEntry>,
    api: SocketAddr,
    /// Where it listens for members, if there are some.
    access: Option<SocketAddr>,
}

/// Name of the chain of a scenario's network.
pub(in crate::scenario) fn chain(scenario: &Scenario) -> String {
    format!("scenario-{}", scenario.name.to_lowercase())
}

/// Sets up the network in a folder that is new or empty. The organisations that `nodes` names get a node of their own.
pub(in crate::scenario) fn set_up(scenario: &Scenario, dir: &Path, nodes: &[&str]) -> eyre::Result<Made> {
    let folder = Folder::create(dir)?;
    let mut inside = std::fs::read_dir(folder.path()).wrap_err("look into the folder")?;
    ensure!(inside.next().is_none(), "{} is not empty: choose a new folder", folder.path().display());
    let chain: Text<32> = Text::new(chain(scenario))?;
    let mut cast = Cast::of(scenario)?;
    let agencies = claim_all(&folder, &chain, scenario, !nodes.is_empty())?;
    for agency in &agencies {
        cast.add_agency(&agency.word, agency.claim.org.profile.clone(), officials(&agency.keys)?);
    }
    let origin = api::time::parse(&scenario.network.clock.origin)?;
    let (ceremony_time, clock) = clock(origin, scenario.network.clock.rate);
    let mut assembly = Assembly::new(chain.clone(), ceremony_time, cast::pack(&scenario.network.pack, scenario)?);
    assembly.test = Some(clock);
    assembly.members = cast.genesis_orgs();
    let mut keys: Vec<KeyEntry> = agencies.iter().flat_map(|agency| agency.keys.clone()).collect();
    let firms = nodes.iter().map(|word| firm(&folder, &cast, word, &mut assembly, &mut keys));
    let firms = firms.collect::<eyre::Result<Vec<Firm>>>()?;
    assembly.classes = cast.genesis_classes();
    let claims: Vec<ClaimFile> = agencies.iter().map(|agency| agency.claim.clone()).collect();
    let genesis = ceremony::assemble(&claims, assembly)?;
    genesis.save(&folder.path().join("genesis.json"))?;
    finish(&folder, &genesis, &agencies)?;
    let words: Vec<&str> = agencies.iter().map(|agency| agency.word.as_str()).collect();
    let log = node::config::LogConfig::default().filter;
    let plan = Plan {
        schema: PLAN_SCHEMA.into(),
        chain: chain.to_string(),
        network: genesis.network.to_string(),
        nodes: agencies.iter().map(planned).collect(),
        members: members::join_all(&folder, &words, &firms, &log)?,
        keys,
        stock: None,
    };
    write_json(&folder.plan_file(), &plan)?;
    Ok(Made { cast, network: genesis.network })
}

/// The time of the ceremony, and a clock that shows the origin now. Block time is never before the ceremony, so where the
/// scenario is set in the past, so is its ceremony; and the clock has to be as much slower as has passed since.
fn clock(origin: Timestamp, rate: u32) -> (Timestamp, TestClock) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(u64::try_from(since.as_millis()).unwrap_or_default());
    let ceremony = origin.min(now);
    let passed = now.ms_since(ceremony).saturating_mul(u64::from(rate));
    (ceremony, TestClock { origin: Timestamp(origin.0.saturating_sub(passed)), rate })
}

/// An organisation with a node has keys in files besides: of an administrator, who registers it, and of a reader.
fn firm(
    folder: &Folder,
    cast: &Cast,
    word: &str,
    assembly: &mut Assembly,
    keys: &mut Vec<KeyEntry>,
) -> eyre::Result<Firm> {
    let profile = cast.company(word).ok_or_else(|| eyre!("there is no organisation {word:?}"))?.profile.clone();
    let ring = Keyring::create(&folder.keys(), word)?;
    let persons = people::firm_people(word);
    let (claims, made) = ceremony::make_keys(&ring.folder, &ring.password, people::COST, &profile, &persons)?;
    keys.extend(people::entries(&made, &ring.password_file));
    let mut orgs = assembly.members.iter_mut();
    let org = orgs.find(|org| org.profile == profile).ok_or_else(|| eyre!("{word} is not in the genesis"))?;
    org.keys.extend(claims);
    Ok(Firm { name: word.to_owned(), profile })
}

fn claim_all(folder: &Folder, chain: &Text<32>, scenario: &Scenario, listens: bool) -> eyre::Result<Vec<Agency>> {
    let all = cast::agencies(&scenario.network.agencies)?;
    let ports = ports::free(3 * all.len())?;
    let mut agencies = Vec::with_capacity(all.len());
    for ((word, profile), ports) in all.into_iter().zip(ports.chunks(3)) {
        let [api, p2p, access] = ports else { break };
        let ring = Keyring::create(&folder.keys(), &word)?;
        let request = ClaimRequest {
            home: &folder.home(&word),
            keys: &ring.folder,
            password: &ring.password,
            cost: people::COST,
            chain: chain.clone(),
            profile,
            persons: people::agency_people(&word),
            name: word.clone(),
            address: *p2p,
        };
        let (claim, made) = ceremony::claim(request).wrap_err_with(|| format!("claim for {word}"))?;
        let (keys, access) = (people::entries(&made, &ring.password_file), listens.then_some(*access));
        agencies.push(Agency { word, claim, keys, api: *api, access });
    }
    Ok(agencies)
}

/// The cast of a network that was set up, with the keys in its folder.
pub(in crate::scenario) fn cast_of(scenario: &Scenario, plan: &Plan) -> eyre::Result<Cast> {
    let mut cast = Cast::of(scenario)?;
    for (word, profile) in cast::agencies(&scenario.network.agencies)? {
        let org = people::org_id(&profile).to_string();
        let keys: Vec<KeyEntry> = plan.keys.iter().filter(|key| key.org == org).cloned().collect();
        ensure!(!keys.is_empty(), "there are no keys of {word}");
        cast.add_agency(&word, profile, officials(&keys)?);
    }
    Ok(cast)
}

/// The keys of an agency's people: an officer and an administrator.
fn officials(keys: &[KeyEntry]) -> eyre::Result<Vec<(String, PersonKey)>> {
    let official = |entry: &KeyEntry| {
        let is_officer = entry.roles.iter().any(|role| role == "officer");
        let name = if is_officer { "officer" } else { "administrator" };
        Ok((name.to_owned(), people::open(entry)?))
    };
    keys.iter().map(official).collect()
}

/// Every agency cosigns, and sets up its home.
fn finish(folder: &Folder, genesis: &ceremony::GenesisFile, agencies: &[Agency]) -> eyre::Result<()> {
    let fingerprint = ceremony::groups_of_four(&genesis.network);
    let mut cosignatures = Vec::with_capacity(agencies.len());
    for agency in agencies {
        let org = people::org_id(&agency.claim.org.profile).to_string();
        let key = people::open(people::key_of(&agency.keys, &org, "administrator")?)?;
        cosignatures.push(ceremony::cosign(genesis, &key, Some(&fingerprint), Some(&agency.claim))?);
    }
    for agency in agencies {
        let home = folder.home(&agency.word);
        let finish = Finish {
            home: &home,
            genesis: genesis.clone(),
            cosignatures: cosignatures.clone(),
            api: agency.api,
            listen: None,
        };
        let mut finished = ceremony::finish(finish).wrap_err_with(|| format!("set up {}", agency.word))?;
        if agency.access.is_some() {
            finished.config.access.listen = agency.access;
            finished.config.check()?;
            std::fs::write(home.join(CONFIG_FILE), finished.config.to_toml()).wrap_err("write hufud.toml")?;
        }
    }
    let first = agencies.first().map(|agency| folder.home(&agency.word).join("trust.json")).unwrap_or_default();
    std::fs::copy(first, folder.path().join("trust.json")).wrap_err("write trust.json")?;
    Ok(())
}

fn planned(agency: &Agency) -> PlannedNode {
    let profile = &agency.claim.org.profile;
    PlannedNode {
        name: agency.word.clone(),
        role: "validator".into(),
        org: people::org_id(profile).to_string(),
        org_name: profile.name.to_string(),
        api: agency.api,
        p2p: agency.claim.address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_shows_the_origin_when_the_network_is_set_up() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        let year = 365 * 86_400_000;
        for origin in [now - 2 * year, now - 1, now + year] {
            let (ceremony, clock) = clock(Timestamp(origin), 1);
            let later = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
            let shown = clock.origin.0 + later.saturating_sub(ceremony.0);
            assert!(ceremony.0 <= origin && shown >= origin && shown < origin + 60_000, "{origin}: {shown}");
        }
    }
}
