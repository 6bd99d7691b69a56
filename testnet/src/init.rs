//! Setting up a local network: the real ceremony, with this program in the place of every agency.

use crate::{
    files::{Folder, KeyEntry, PLAN_SCHEMA, Plan, PlannedNode, StockPlan, write_json},
    members::{self, Firm},
    people::{self, Keyring},
    ports,
    stock::Stock,
};
use eyre::{Context, ensure, eyre};
use ledger::{
    PolicyPack, Text, Timestamp,
    genesis::{GenesisOrg, TestClock},
    policy::Orientation,
    record::{Category, ClassCode, ClassProfile, OrgKind},
};
use node::ceremony::{self, Assembly, ClaimFile, ClaimRequest, CosignatureFile, Finish, GenesisFile};
use std::{
    net::SocketAddr,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// What kind of network.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// Agencies with a voting node, 1 to 16.
    pub validators: usize,
    /// Enterprises.
    pub members: usize,
    /// Trusted institutions.
    pub partners: usize,
    /// Whether members and partners have a node of their own; otherwise they use an agency's.
    pub member_nodes: bool,
    /// Released items for load; they make it a test network.
    pub items: u32,
    /// Keys that move them.
    pub keys: Option<u32>,
    /// Name of the chain.
    pub chain: String,
    /// Log filter of the nodes.
    pub log: String,
}

impl Default for InitOptions {
    fn default() -> Self {
        InitOptions {
            validators: 4,
            members: 0,
            partners: 0,
            member_nodes: false,
            items: 0,
            keys: None,
            chain: "local".into(),
            log: node::config::LogConfig::default().filter,
        }
    }
}

/// What one agency has after its first step.
struct Agency {
    node: String,
    claim: ClaimFile,
    keys: Vec<KeyEntry>,
    api: SocketAddr,
    /// Where it listens for members, if there are some.
    access: Option<SocketAddr>,
}

/// Sets up a network in a folder that is new or empty.
pub fn init(dir: &Path, options: &InitOptions) -> eyre::Result<Plan> {
    let InitOptions { validators, members, partners, member_nodes, items, keys, chain, log } = options;
    ensure!((1..=16).contains(validators), "--validators takes 1 to 16");
    ensure!(members + partners <= 1_000, "--members and --partners take 1000 together");
    let stock_plan = (*items > 0).then(|| StockPlan::of(*items, *keys)).transpose()?;
    let folder = Folder::create(dir)?;
    let mut inside = std::fs::read_dir(folder.path()).wrap_err("look into the folder")?;
    ensure!(inside.next().is_none(), "{} is not empty: choose a new folder", folder.path().display());
    let chain: Text<32> = Text::new(chain.clone()).wrap_err("take --chain")?;

    let listens = *member_nodes && members + partners > 0;
    let agencies = claim_all(&folder, &chain, *validators, listens)?;
    let mut key_list: Vec<KeyEntry> = agencies.iter().flat_map(|a| a.keys.clone()).collect();
    let mut assembly = Assembly::new(chain.clone(), now(), pack()?);
    assembly.classes = classes()?;
    let firms = add_firms(&folder, &mut assembly, &mut key_list, *members, *partners)?;
    if let Some(plan) = stock_plan {
        add_stock(&folder, &mut assembly, plan)?;
    }
    let claims: Vec<ClaimFile> = agencies.iter().map(|a| a.claim.clone()).collect();
    let genesis = ceremony::assemble(&claims, assembly)?;
    genesis.save(&folder.path().join("genesis.json"))?;
    let cosignatures = cosign_all(&folder, &genesis, &agencies)?;
    finish_all(&folder, &genesis, &agencies, &cosignatures, log)?;
    let names: Vec<&str> = agencies.iter().map(|agency| agency.node.as_str()).collect();
    let members = if listens { members::join_all(&folder, &names, &firms, log)? } else { Vec::new() };

    let plan = Plan {
        schema: PLAN_SCHEMA.into(),
        chain: chain.to_string(),
        network: genesis.network.to_string(),
        nodes: agencies.iter().map(planned).collect(),
        members,
        keys: key_list,
        stock: stock_plan,
    };
    write_json(&folder.plan_file(), &plan)?;
    std::fs::copy(folder.home(&plan.nodes[0].name).join("trust.json"), folder.path().join("trust.json"))
        .wrap_err("write trust.json")?;
    Ok(plan)
}

fn planned(agency: &Agency) -> PlannedNode {
    let profile = &agency.claim.org.profile;
    PlannedNode {
        name: agency.node.clone(),
        role: "validator".into(),
        org: people::org_id(profile).to_string(),
        org_name: profile.name.to_string(),
        api: agency.api,
        p2p: agency.claim.address,
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or_default())
}

fn claim_all(folder: &Folder, chain: &Text<32>, count: usize, listens: bool) -> eyre::Result<Vec<Agency>> {
    let ports = ports::free(3 * count)?;
    let mut agencies = Vec::with_capacity(count);
    for (place, ports) in ports.chunks(3).enumerate() {
        let [api, p2p, access] = ports else { break };
        let (node, profile) = people::agency(place)?;
        let ring = Keyring::create(&folder.keys(), &node)?;
        let request = ClaimRequest {
            home: &folder.home(&node),
            keys: &ring.folder,
            password: &ring.password,
            cost: people::COST,
            chain: chain.clone(),
            profile,
            persons: people::agency_people(&node),
            name: node.clone(),
            address: *p2p,
        };
        let (claim, made) = ceremony::claim(request).wrap_err_with(|| format!("claim for {node}"))?;
        let (keys, access) = (people::entries(&made, &ring.password_file), listens.then_some(*access));
        agencies.push(Agency { node, claim, keys, api: *api, access });
    }
    Ok(agencies)
}

/// Members and partners: organisations with keys.
fn add_firms(
    folder: &Folder,
    assembly: &mut Assembly,
    keys: &mut Vec<KeyEntry>,
    members: usize,
    partners: usize,
) -> eyre::Result<Vec<Firm>> {
    let mut firms = Vec::with_capacity(members + partners);
    let members = (1..=members).map(|n| (format!("member-{n}"), n as u64, OrgKind::Enterprise));
    let partners = (1..=partners).map(|n| (format!("partner-{n}"), 500_000 + n as u64, OrgKind::Partner));
    for (name, number, kind) in members.chain(partners) {
        let profile = people::profile("gln", &people::gln(number), &name, kind)?;
        let ring = Keyring::create(&folder.keys(), &name)?;
        let persons = people::firm_people(&name);
        let (claims, made) = ceremony::make_keys(&ring.folder, &ring.password, people::COST, &profile, &persons)?;
        keys.extend(people::entries(&made, &ring.password_file));
        assembly.members.push(GenesisOrg { profile: profile.clone(), keys: claims, node: None });
        firms.push(Firm { name, profile });
    }
    Ok(firms)
}

/// Items for load. They are allowed on test networks alone; the clock of this one runs as all clocks do.
fn add_stock(folder: &Folder, assembly: &mut Assembly, plan: StockPlan) -> eyre::Result<()> {
    let seed: [u8; 32] = rand::random();
    people::write_password(&folder.seed(), &hex::encode(seed))?;
    let stock = Stock::of_seed(seed, plan)?.genesis()?;
    assembly.members.extend(stock.orgs);
    assembly.classes.push(stock.class);
    assembly.items = stock.items;
    assembly.test = Some(TestClock { origin: assembly.time, rate: 1 });
    Ok(())
}

/// The rules of a local network: custody alone. Scenarios bring the regulation that they are about.
fn pack() -> eyre::Result<PolicyPack> {
    let text = api::pack::shipped("plain").unwrap_or_default();
    api::pack::read(text, Some(Orientation::FirstIsLowest)).map_err(|faults| eyre!("read the policy pack: {faults:?}"))
}

/// Classes that a local network knows from the start, so that items can be registered at once.
fn classes() -> eyre::Result<Vec<ClassProfile>> {
    let class = |gtin: &str, name: &str, category, grade: &str, hgr, hs: &str| -> eyre::Result<ClassProfile> {
        Ok(ClassProfile {
            code: ClassCode::Gtin(gtin.parse()?),
            name: Text::new(name)?,
            category,
            grade: Text::new(grade)?,
            hgr,
            hs: gs1::HsCode::new(gs1::HsJurisdiction::Wco, gs1::HsEdition::from_year(2022)?, hs)?,
        })
    };
    Ok(vec![
        class(
            "09521100000017",
            "单克隆抗体 Monoclonal antibody, in doses",
            Category::BiologicalProduct,
            "2",
            false,
            "300215",
        )?,
        class("09521200000016", "自体免疫细胞 Autologous immune cells", Category::HumanTissue, "3", true, "300251")?,
    ])
}

fn cosign_all(folder: &Folder, genesis: &GenesisFile, agencies: &[Agency]) -> eyre::Result<Vec<CosignatureFile>> {
    let fingerprint = ceremony::groups_of_four(&genesis.network);
    let mut cosignatures = Vec::with_capacity(agencies.len());
    for agency in agencies {
        let org = people::org_id(&agency.claim.org.profile).to_string();
        let key = people::open(people::key_of(&agency.keys, &org, "administrator")?)?;
        let cosignature = ceremony::cosign(genesis, &key, Some(&fingerprint), Some(&agency.claim))?;
        cosignature.save(&folder.home(&agency.node).join("cosignature.json"))?;
        cosignatures.push(cosignature);
    }
    Ok(cosignatures)
}

/// Sets up all homes, two at a time: a large genesis takes its time.
fn finish_all(
    folder: &Folder,
    genesis: &GenesisFile,
    agencies: &[Agency],
    cosignatures: &[CosignatureFile],
    log: &str,
) -> eyre::Result<()> {
    for pair in agencies.chunks(2) {
        std::thread::scope(|scope| {
            let works: Vec<_> = pair
                .iter()
                .map(|agency| scope.spawn(|| finish_one(folder, genesis, agency, cosignatures, log)))
                .collect();
            works
                .into_iter()
                .try_for_each(|work| work.join().unwrap_or_else(|_| Err(eyre::eyre!("a thread broke off"))))
        })?;
    }
    Ok(())
}

fn finish_one(
    folder: &Folder,
    genesis: &GenesisFile,
    agency: &Agency,
    cosignatures: &[CosignatureFile],
    log: &str,
) -> eyre::Result<()> {
    let home = folder.home(&agency.node);
    let finish = Finish {
        home: &home,
        genesis: genesis.clone(),
        cosignatures: cosignatures.to_vec(),
        api: agency.api,
        listen: None,
    };
    let mut finished = ceremony::finish(finish).wrap_err_with(|| format!("set up {}", agency.node))?;
    finished.config.log.filter = log.to_owned();
    finished.config.access.listen = agency.access;
    finished.config.check()?;
    std::fs::write(home.join(node::config::CONFIG_FILE), finished.config.to_toml()).wrap_err("write hufud.toml")
}
