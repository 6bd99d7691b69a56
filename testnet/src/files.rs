//! What lies in the folder of a local network.

use crate::process::Process;
use eyre::{Context, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Value of `schema` in `testnet.json`.
pub const PLAN_SCHEMA: &str = "hufu.testnet/1";
/// Value of `schema` in `network.json`.
pub const NETWORK_SCHEMA: &str = "hufu.network/1";

/// A node as it was set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedNode {
    /// Its name.
    pub name: String,
    /// What it does.
    pub role: String,
    /// Identity of its organisation.
    pub org: String,
    /// Name of its organisation.
    pub org_name: String,
    /// Where its HTTP interface listens.
    pub api: SocketAddr,
    /// Where it listens for the other agencies.
    pub p2p: SocketAddr,
}

/// A node of a member or partner as it was set up. It is on the access network alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedMember {
    /// Its name.
    pub name: String,
    /// `member` or `partner`.
    pub role: String,
    /// Identity of its organisation.
    pub org: String,
    /// Name of its organisation.
    pub org_name: String,
    /// Where its HTTP interface listens.
    pub api: SocketAddr,
}

/// A person's key as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// Identity of the organisation.
    pub org: String,
    /// In which capacities it signs.
    pub roles: Vec<String>,
    /// The person, a pseudonym.
    pub person: String,
    /// The keystore file.
    pub file: PathBuf,
    /// The file that holds its password.
    pub password_file: PathBuf,
}

/// A token for reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenEntry {
    /// Identity of the organisation.
    pub org: String,
    /// The file that holds the token.
    pub file: PathBuf,
}

/// What `init` wrote down: `testnet.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_SCHEMA`].
    pub schema: String,
    /// Name of the chain.
    pub chain: String,
    /// Identity of the network.
    pub network: String,
    /// The nodes of agencies, in their order.
    pub nodes: Vec<PlannedNode>,
    /// The nodes of members and partners, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<PlannedMember>,
    /// The keys of people.
    pub keys: Vec<KeyEntry>,
    /// Items for load.
    pub stock: Option<StockPlan>,
}

/// Items that genesis holds for load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockPlan {
    /// Number of items.
    pub items: u32,
    /// Number of keys that hold and receive them.
    pub keys: u32,
}

/// A node as it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningNode {
    /// Its name.
    pub name: String,
    /// What it does.
    pub role: String,
    /// Identity of its organisation.
    pub org: String,
    /// Where its HTTP interface is.
    pub api: String,
    /// Its process.
    pub pid: u32,
    /// Start of its process, so that the number is not taken for another.
    pub started: u64,
    /// Its home.
    pub home: PathBuf,
    /// Its log.
    pub log: PathBuf,
}

impl RunningNode {
    /// Its process.
    pub fn process(&self) -> Process {
        Process { pid: self.pid, started: self.started }
    }

    /// Whether it holds the part of one organisation only.
    pub fn is_member(&self) -> bool {
        matches!(self.role.as_str(), "member" | "partner")
    }
}

/// What harnesses rely on: `network.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// [`NETWORK_SCHEMA`].
    pub schema: String,
    /// Name of the chain.
    pub chain: String,
    /// The nodes that were started, in their order.
    pub nodes: Vec<RunningNode>,
    /// The keys of people.
    pub keys: Vec<KeyEntry>,
    /// Tokens for reading.
    pub tokens: Vec<TokenEntry>,
}

impl Network {
    /// The nodes that hold the whole ledger.
    pub fn agencies(&self) -> impl Iterator<Item = &RunningNode> {
        self.nodes.iter().filter(|node| !node.is_member())
    }

    /// The nodes of members and partners.
    pub fn members(&self) -> impl Iterator<Item = &RunningNode> {
        self.nodes.iter().filter(|node| node.is_member())
    }
}

/// The folder of a local network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder, made if needed, as an absolute path: nodes run elsewhere.
    pub fn create(folder: &Path) -> eyre::Result<Folder> {
        fs::create_dir_all(folder).wrap_err_with(|| format!("make {}", folder.display()))?;
        Folder::open(folder)
    }

    /// An existing folder.
    pub fn open(folder: &Path) -> eyre::Result<Folder> {
        let path = folder.canonicalize().wrap_err_with(|| format!("open {}", folder.display()))?;
        Ok(Folder(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Home of a node.
    pub fn home(&self, node: &str) -> PathBuf {
        self.0.join(node)
    }

    /// Log of a node.
    pub fn log(&self, node: &str) -> PathBuf {
        self.0.join(format!("{node}.log"))
    }

    /// The claim by which the node of a member is registered.
    pub fn claim(&self, node: &str) -> PathBuf {
        self.home(node).join("node.claim.json")
    }

    /// Keys and passwords of people.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// Token of an organisation.
    pub fn token(&self, name: &str) -> PathBuf {
        self.0.join("tokens").join(format!("{name}.token"))
    }

    /// Secret from which the keys of the stock are made.
    pub fn seed(&self) -> PathBuf {
        self.0.join("load.seed")
    }

    /// Items that earlier runs of load have moved.
    pub fn cursor(&self) -> PathBuf {
        self.0.join("load.next")
    }

    /// What `init` wrote.
    pub fn plan(&self) -> eyre::Result<Plan> {
        read_json(&self.plan_file()).wrap_err("this is no folder of a local network: run `testnet init --dir` first")
    }

    /// Where [`Folder::plan`] is.
    pub fn plan_file(&self) -> PathBuf {
        self.0.join("testnet.json")
    }

    /// What `up` wrote.
    pub fn network(&self) -> eyre::Result<Network> {
        let network: Network =
            read_json(&self.network_file()).wrap_err("start the network first: `testnet up --dir`")?;
        match network.schema == NETWORK_SCHEMA {
            true => Ok(network),
            false => bail!("{} has the schema {:?}", self.network_file().display(), network.schema),
        }
    }

    /// Where [`Folder::network`] is.
    pub fn network_file(&self) -> PathBuf {
        self.0.join("network.json")
    }
}

/// Reads a JSON file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> eyre::Result<T> {
    let bytes = fs::read(path).wrap_err_with(|| format!("read {}", path.display()))?;
    serde_json::from_slice(&bytes).wrap_err_with(|| format!("read {}", path.display()))
}

/// Writes a JSON file, whole or not at all.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> eyre::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    let temporary = path.with_extension("json.new");
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .wrap_err_with(|| format!("write {}", path.display()))
}
