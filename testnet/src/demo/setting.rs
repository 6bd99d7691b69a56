//! The stage: network, agencies' officers, firms.

use super::{
    client::{Configuration, Person},
    story::Story,
};
use crate::{
    files::{Folder, Network, Plan, RunningNode},
    init::{self, InitOptions},
    people, process, running,
};
use eyre::{Context, eyre};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Value of `schema` in what is left at the end.
const SUMMARY_SCHEMA: &str = "hufu.demo/1";

/// A firm of the story.
pub(super) struct FirmFacts {
    /// Folder of its person.
    pub(super) key: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) kind: &'static str,
    /// Its GLN, under the demonstration prefix 952.
    pub(super) gln: &'static str,
    /// Who signs for it.
    pub(super) person: &'static str,
}

pub(super) const IMPORTER: usize = 0;
pub(super) const CARRIER: usize = 1;
pub(super) const LABORATORY: usize = 2;
pub(super) const DISPOSER: usize = 3;

/// The firms. Which agency's node each uses follows from its place.
pub(super) const FIRMS: [FirmFacts; 4] = [
    FirmFacts {
        key: "importer",
        name: "张江生物进口 Zhangjiang Bio Imports",
        kind: "enterprise",
        gln: "9521000000018",
        person: "Lin Yue 林月",
    },
    FirmFacts {
        key: "carrier",
        name: "浦东冷链 Pudong Cold Chain",
        kind: "carrier",
        gln: "9521000000025",
        person: "Zhou Kai 周凯",
    },
    FirmFacts {
        key: "laboratory",
        name: "临港细胞研究所 Lingang Cell Institute",
        kind: "enterprise",
        gln: "9521000000032",
        person: "Chen Xi 陈曦",
    },
    FirmFacts {
        key: "disposer",
        name: "申环处置 Shenhuan Disposal",
        kind: "disposer",
        gln: "9521000000049",
        person: "He Ning 何宁",
    },
];

/// Everything that the acts need.
pub(super) struct Setting {
    pub(super) folder: PathBuf,
    pub(super) network_dir: PathBuf,
    pub(super) plan: Plan,
    pub(super) hufu: PathBuf,
    pub(super) hufud: PathBuf,
    pub(super) customs: Person,
    pub(super) science: Person,
    pub(super) health: Person,
    pub(super) environment: Person,
    pub(super) firms: Vec<Person>,
}

impl Setting {
    /// Runs the ceremony, starts the nodes, and gives everyone a folder.
    pub(super) fn prepare(folder: &Path, story: &mut Story) -> eyre::Result<Setting> {
        let (hufu, hufud) = (process::beside("hufu")?, process::beside("hufud")?);
        let folder = folder.canonicalize().wrap_err("find the folder")?;
        let network_dir = folder.join("network");
        let plan = init::init(&network_dir, &InitOptions { chain: "demo".into(), ..InitOptions::default() })?;
        for node in &plan.nodes {
            story.held(format!("{} made its keys, checked the genesis and cosigned it", node.org_name));
        }
        let network = plan.network.parse().wrap_err("read the network")?;
        let fingerprint = node::ceremony::groups_of_four(&network);
        let (first, second) = fingerprint.split_at(fingerprint.len().min(40));
        story.note(format!("fingerprint that they compared: {}", first.trim_end()));
        story.note(format!("                                {second}"));
        fs::copy(network_dir.join("trust.json"), folder.join("trust.json")).wrap_err("write trust.json")?;
        if !write_page(&folder) {
            story.note("verify.html could not be built here: scripts/verifier.sh needs Node.js and npm");
        }
        let running = running::up(&network_dir, None)?;
        for node in &running.nodes {
            story.held(format!("{:<19} runs as process {} at {}", node.name, node.pid, node.api));
        }
        let officer = |place: usize| officer(&folder, &plan, &running, place, &hufu);
        let (customs, science) = (officer(0)?, officer(1)?);
        let (health, environment) = (officer(2)?, officer(3)?);
        let firm = |facts: &FirmFacts| Person::new(folder.join("people").join(facts.key), facts.person, &hufu);
        let firms = FIRMS.iter().map(firm).collect::<eyre::Result<Vec<_>>>()?;
        Ok(Setting { folder, network_dir, plan, hufu, hufud, customs, science, health, environment, firms })
    }

    /// The nodes as they run now.
    pub(super) fn network(&self) -> eyre::Result<Network> {
        Folder::open(&self.network_dir)?.network()
    }

    /// A node as it runs now.
    pub(super) fn node(&self, name: &str) -> eyre::Result<RunningNode> {
        let found = self.network()?.nodes.into_iter().find(|n| n.name == name);
        found.ok_or_else(|| eyre!("there is no node {name}"))
    }

    /// The trust root that strangers get.
    pub(super) fn trust(&self) -> PathBuf {
        self.folder.join("trust.json")
    }

    /// The bundle.
    pub(super) fn bundle(&self) -> PathBuf {
        self.folder.join("demo.hufu")
    }

    /// The verifier for the browser, where it could be built.
    fn page(&self) -> PathBuf {
        self.folder.join("verify.html")
    }

    /// The configuration of a firm's person, whose firm uses the node of the agency in the same place.
    pub(super) fn configuration<'a>(
        &'a self,
        api: &'a str,
        key: &'a Path,
        password: &'a Path,
        trust: &'a Path,
    ) -> Configuration<'a> {
        Configuration { node: Some(api), key, password_file: password, trust, network: &self.plan.network }
    }

    /// What is left, for programs: the files, and where the nodes are if they stay up.
    pub(super) fn summary(&self, stays_up: bool) -> Value {
        let running =
            if stays_up { self.network().map(|network| network.nodes).unwrap_or_default() } else { Vec::new() };
        let nodes: Vec<Value> = running.iter().map(|node| json!({ "name": node.name, "api": node.api })).collect();
        let page = Some(self.page()).filter(|page| page.exists());
        json!({
            "schema": SUMMARY_SCHEMA,
            "dir": self.folder,
            "bundle": self.bundle(),
            "trust": self.trust(),
            "page": page,
            "nodes": nodes,
        })
    }

    /// What to try while the nodes run.
    pub(super) fn try_next(&self, network: &Path) {
        let dir = network.display();
        println!("\nThe network stays up. Try next:");
        for node in self.network().map(|n| n.nodes).unwrap_or_default() {
            println!("  {:<20} {}", node.name, node.api);
        }
        println!("  cd {} && {} item list", self.firms[IMPORTER].folder.display(), self.hufu.display());
        println!("  {} status --home {}", self.hufud.display(), network.join("customs").display());
        println!("  testnet down --dir {dir} --node health");
        self.try_verify();
        println!("\nCtrl-C ends the network.");
    }

    /// What to try when the nodes are gone.
    pub(super) fn try_later(&self) {
        println!("\nTry next:");
        self.try_verify();
        println!("  testnet demo                 the same, and the network stays up");
        println!("  testnet init --dir N --items 100000 && testnet up --dir N && testnet load --dir N");
    }

    fn try_verify(&self) {
        let (bundle, trust) = (self.bundle(), self.trust());
        println!("  {} verify {} --trust {}", self.hufu.display(), bundle.display(), trust.display());
        println!("  {} bundle inspect {}", self.hufu.display(), bundle.display());
        let page = self.page();
        if page.exists() {
            println!("  open {} in a browser, without a network, and give it both files", page.display());
        }
    }
}

/// The verifier for the browser, as `scripts/verifier.sh` builds it; built now where nobody has.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../client/verify/dist/verify.html");
const BUILD_PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/verifier.sh");

/// Whether the page is in the folder now.
fn write_page(folder: &Path) -> bool {
    let is_built = || Command::new(BUILD_PAGE).stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    (Path::new(PAGE).exists() || is_built()) && fs::copy(PAGE, folder.join("verify.html")).is_ok()
}

fn officer(folder: &Path, plan: &Plan, running: &Network, place: usize, hufu: &Path) -> eyre::Result<Person> {
    let (planned, node) = (&plan.nodes[place], &running.nodes[place]);
    let person = Person::new(folder.join("people").join(&planned.name), &planned.org_name, hufu)?;
    let entry = people::key_of(&plan.keys, &planned.org, "officer")?;
    person.configure(&Configuration {
        node: Some(&node.api),
        key: &entry.file,
        password_file: &entry.password_file,
        trust: &folder.join("trust.json"),
        network: &plan.network,
    })?;
    Ok(person)
}
