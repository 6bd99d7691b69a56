//! Setting up the network of a scenario: the real ceremony, with this program in the place of every agency.

use crate::{
    files::{Folder, KeyEntry, PLAN_SCHEMA, Plan, PlannedNode, write_json},
    people::{self, Keyring},
    ports,
    scenario::{
        cast::{self, Cast},
        file::Scenario,
    },
};
use eyre::{Context, ensure};
use keys::PersonKey;
use ledger::{NetworkId, Text, Timestamp, genesis::TestClock};
use node::ceremony::{self, Assembly, ClaimFile, ClaimRequest, Finish};
use std::{
    net::SocketAddr,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// What was set up.
pub(super) struct Made {
    pub(super) cast: Cast,
    pub(super) network: NetworkId,
}

/// An agency after its first step.
struct Agency {
    word: String,
    claim: ClaimFile,
    keys: Vec<KeyEntry>,
    api: SocketAddr,
}

/// Sets up the network in a folder that is new or empty.
pub(super) fn set_up(scenario: &Scenario, dir: &Path) -> eyre::Result<Made> {
    let folder = Folder::create(dir)?;
    let mut inside = std::fs::read_dir(folder.path()).wrap_err("look into the folder")?;
    ensure!(inside.next().is_none(), "{} is not empty: choose a new folder", folder.path().display());
    let chain: Text<32> = Text::new(format!("scenario-{}", scenario.name.to_lowercase()))?;
    let mut cast = Cast::of(scenario)?;
    let agencies = claim_all(&folder, &chain, scenario)?;
    for agency in &agencies {
        cast.add_agency(&agency.word, agency.claim.org.profile.clone(), officials(&agency.keys)?);
    }
    let origin = api::time::parse(&scenario.network.clock.origin)?;
    let (ceremony_time, clock) = clock(origin, scenario.network.clock.rate);
    let mut assembly = Assembly::new(chain.clone(), ceremony_time, cast::pack(&scenario.network.pack, scenario)?);
    assembly.test = Some(clock);
    assembly.members = cast.genesis_orgs();
    assembly.classes = cast.genesis_classes();
    let claims: Vec<ClaimFile> = agencies.iter().map(|agency| agency.claim.clone()).collect();
    let genesis = ceremony::assemble(&claims, assembly)?;
    genesis.save(&folder.path().join("genesis.json"))?;
    finish(&folder, &genesis, &agencies)?;
    let plan = Plan {
        schema: PLAN_SCHEMA.into(),
        chain: chain.to_string(),
        network: genesis.network.to_string(),
        nodes: agencies.iter().map(planned).collect(),
        keys: agencies.iter().flat_map(|agency| agency.keys.clone()).collect(),
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

fn claim_all(folder: &Folder, chain: &Text<32>, scenario: &Scenario) -> eyre::Result<Vec<Agency>> {
    let all = cast::agencies(&scenario.network.agencies)?;
    let ports = ports::free(2 * all.len())?;
    let mut agencies = Vec::with_capacity(all.len());
    for ((word, profile), pair) in all.into_iter().zip(ports.chunks(2)) {
        let [api, p2p] = pair else { break };
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
        agencies.push(Agency { word, claim, keys: people::entries(&made, &ring.password_file), api: *api });
    }
    Ok(agencies)
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
        ceremony::finish(finish).wrap_err_with(|| format!("set up {}", agency.word))?;
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
