//! Local configuration of one node: `hufud.toml` in its home.
//!
//! Nothing here changes a root or a verdict; what all nodes must share is in the genesis. Units stand in the names,
//! unknown fields are refused, and [`Config::check`] names the field that is out of bounds.

use ledger::{Hash, OrgId, record::OrgKind};
use serde::{Deserialize, Serialize};
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// Name of the configuration file in a home.
pub const CONFIG_FILE: &str = "hufud.toml";
/// What is logged unless the operator says otherwise: this node's own words, and of the engine only what is wrong.
const QUIET: &str = "info,arc_malachitebft_engine=warn,arc_malachitebft_core_consensus=warn,arc_malachitebft_sync=warn,arc_malachitebft_app=warn,libp2p_swarm=warn";
/// Largest configuration file, in bytes.
pub const MAX_CONFIG_BYTES: u64 = 256 * 1024;
/// Peers of one node.
pub const MAX_PEERS: usize = 256;
/// Agencies' nodes that one member's node asks.
pub const MAX_ACCESS_NODES: usize = 16;
/// Heights behind the last that always stay in the ledger: other nodes that were away ask for them.
const MIN_KEPT: u64 = 10_000;
/// Longest name of a node, in bytes.
pub const MAX_NAME_BYTES: usize = 40;

/// Where the parts of a node lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// The home in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Home {
        Home(folder.into())
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// `hufud.toml`.
    pub fn config(&self) -> PathBuf {
        self.0.join(CONFIG_FILE)
    }

    /// The genesis with its cosignatures.
    pub fn genesis(&self) -> PathBuf {
        self.0.join("genesis.json")
    }

    /// The trust root that is given to strangers.
    pub fn trust(&self) -> PathBuf {
        self.0.join("trust.json")
    }

    /// Consensus and transport keys.
    pub fn node_key(&self) -> PathBuf {
        self.0.join("node.key.json")
    }

    /// Everything that the running node writes.
    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// The ledger.
    pub fn store(&self) -> PathBuf {
        self.data().join("store")
    }

    /// Snapshots that the running node makes, each named by its height.
    pub fn snapshots(&self) -> PathBuf {
        self.data().join("snapshots")
    }

    /// A member's part of the ledger.
    pub fn slice(&self) -> PathBuf {
        self.data().join("slice")
    }

    /// Transactions that a member's node has still to bring into the ledger.
    pub fn outbox(&self) -> PathBuf {
        self.data().join("outbox")
    }

    /// What a member's node has found agencies' nodes to do.
    pub fn watch(&self) -> PathBuf {
        self.data().join("watch.json")
    }

    /// The trust root that a member's node has come to: the trust file, led on to the seats of now.
    pub fn checkpoint(&self) -> PathBuf {
        self.data().join("checkpoint.json")
    }

    /// Sign-state, journal and the engine's log.
    pub fn consensus(&self) -> PathBuf {
        self.data().join("consensus")
    }

    /// Named queries of EPCIS, which organisations keep on this node.
    pub fn queries(&self) -> PathBuf {
        self.data().join("queries.json")
    }

    /// Sealed documents that an agency's node keeps.
    pub fn documents(&self) -> PathBuf {
        self.data().join("documents")
    }

    /// Sealed documents that a member's node has still to bring to agencies' nodes.
    pub fn documents_out(&self) -> PathBuf {
        self.data().join("documents-out")
    }

    /// Evidence that stands in no block yet.
    pub fn evidence(&self) -> PathBuf {
        self.consensus().join("evidence")
    }
}

/// One other node that this node connects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// Its name, for logs.
    pub name: String,
    /// Its transport identity: an ed25519 public key, 64 hexadecimal digits.
    pub peer: String,
    /// Where to reach it; no names, they would be resolved by a third party. Without it the peer has to connect by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
}

impl PeerConfig {
    /// The bytes of the transport identity; [`Config::check`] has made sure that there are 32.
    pub fn key(&self) -> [u8; 32] {
        peer_key(&self.peer).unwrap_or_default()
    }

    /// Checks its values; `field` is how errors name it.
    pub(crate) fn check(&self, field: &str) -> Result<(), ConfigError> {
        check_name(&format!("{field}.name"), &self.name)?;
        let key = "64 hexadecimal digits in lower case: the transport key of the other node";
        check(&format!("{field}.peer"), &self.peer, peer_key(&self.peer).is_some(), key)?;
        if let Some(address) = self.address {
            let reachable = address.port() != 0 && !address.ip().is_unspecified();
            check(&format!("{field}.address"), &address, reachable, "an address that can be connected to")?;
        }
        Ok(())
    }
}

/// What a node is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeRole {
    /// Holds the whole ledger, and votes where it has a seat.
    #[default]
    Agency,
    /// Holds the whole ledger for somebody who supervises.
    Observer,
    /// Holds what concerns its organisation.
    Member,
    /// The same for a partner from abroad.
    Partner,
}

impl NodeRole {
    /// As the configuration names it.
    pub fn name(self) -> &'static str {
        match self {
            NodeRole::Agency => "agency",
            NodeRole::Observer => "observer",
            NodeRole::Member => "member",
            NodeRole::Partner => "partner",
        }
    }

    /// Whether it holds the part of one organisation only.
    pub fn is_member(self) -> bool {
        matches!(self, NodeRole::Member | NodeRole::Partner)
    }

    /// Whether an organisation of this kind runs such a node.
    pub fn fits(self, kind: OrgKind) -> bool {
        match kind {
            OrgKind::Agency(_) | OrgKind::Observer => !self.is_member(),
            OrgKind::Partner => self == NodeRole::Partner,
            OrgKind::Enterprise
            | OrgKind::Carrier
            | OrgKind::Laboratory
            | OrgKind::Disposer
            | OrgKind::Mechanism(_) => self == NodeRole::Member,
        }
    }
}

/// The access network, on which members' nodes ask agencies' nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessConfig {
    /// Where an agency's node listens for those of members; without it none is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// The organisation of a member's node, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
    /// How often a member's node asks every agency's node for its last header, in milliseconds.
    pub heartbeat_ms: u64,
    /// Begin at the header of now: what touched the organisation before is not fetched.
    pub from_now: bool,
    /// The clock of a test network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_clock: Option<TestClockConfig>,
    /// The agencies' nodes that a member's node asks, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<PeerConfig>,
}

impl Default for AccessConfig {
    fn default() -> Self {
        AccessConfig {
            listen: None,
            org: None,
            heartbeat_ms: 5_000,
            from_now: false,
            test_clock: None,
            nodes: Vec::new(),
        }
    }
}

impl AccessConfig {
    /// The organisation of a member's node; [`Config::check`] has made sure that there is one.
    pub fn org_id(&self) -> OrgId {
        let bytes = self.org.as_deref().and_then(peer_key).unwrap_or_default();
        OrgId(Hash(bytes))
    }
}

/// The clock of a test network as the genesis has it, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestClockConfig {
    /// Real time of the ceremony; without it the time at which the trust file starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
    /// Block time then.
    pub origin: u64,
    /// How many times faster than real time it runs.
    pub rate: u32,
}

/// The HTTP interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Where it listens. Loopback unless the operator says otherwise.
    pub listen: SocketAddr,
}

/// The consensus network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct P2pConfig {
    /// Where it listens for the other agencies.
    pub listen: SocketAddr,
}

/// Bounds of the pool of waiting transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PoolConfig {
    /// Transactions that may wait.
    pub max_transactions: usize,
    /// Their bytes.
    pub max_bytes: usize,
    /// Transactions that may wait of one organisation.
    pub max_transactions_per_org: usize,
}

impl Default for PoolConfig {
    fn default() -> Self {
        PoolConfig { max_transactions: 50_000, max_bytes: 64 * 1024 * 1024, max_transactions_per_org: 20_000 }
    }
}

/// Bounds of what HTTP clients may ask at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestConfig {
    /// Requests answered at a time; more get 503.
    pub max_in_flight: usize,
    /// Longest time for a request's body to arrive, in milliseconds.
    pub body_timeout_ms: u64,
    /// Followers of the stream at a time.
    pub max_followers: usize,
    /// Life of a token, in seconds.
    pub token_life_s: u64,
}

impl Default for RequestConfig {
    fn default() -> Self {
        RequestConfig { max_in_flight: 256, body_timeout_ms: 30_000, max_followers: 64, token_life_s: 8 * 3_600 }
    }
}

/// Logging.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// A filter as `tracing` takes it, such as `info,arc_malachitebft=warn` or `info,node=debug`.
    pub filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig { filter: QUIET.into() }
    }
}

/// Memory of the storage; more reads from memory, nothing else changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// Writes that are not in tables yet, in MiB.
    pub memtable_mib: usize,
    /// Blocks read, in MiB.
    pub cache_mib: usize,
}

impl Default for StoreConfig {
    fn default() -> Self {
        StoreConfig { memtable_mib: 64, cache_mib: 32 }
    }
}

/// Snapshots that the running node makes for others to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotConfig {
    /// Heights from one snapshot to the next.
    pub every_heights: u64,
    /// How many of the newest are kept.
    #[serde(default = "SnapshotConfig::usual_keep")]
    pub keep: usize,
}

impl SnapshotConfig {
    fn usual_keep() -> usize {
        2
    }
}

/// Heights that the running node moves to an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PruneConfig {
    /// Heights behind the last that stay in the ledger.
    pub keep_heights: u64,
    /// Folder of the archive; a relative one lies in the home.
    pub archive: PathBuf,
}

/// What `hufud.toml` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The folder that the configuration was read from; not part of the file.
    #[serde(skip)]
    pub home: PathBuf,
    /// Name of the node, for logs and status: lower-case letters, digits and hyphens.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub role: NodeRole,
    /// Follow without voting, such as until a ledger that was restored has caught up with its sign-state.
    #[serde(default)]
    pub observe: bool,
    /// The HTTP interface.
    pub api: ApiConfig,
    /// The consensus network. A member's node is not on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p2p: Option<P2pConfig>,
    /// The access network.
    #[serde(default)]
    pub access: AccessConfig,
    /// The other nodes.
    #[serde(default)]
    pub peers: Vec<PeerConfig>,
    /// Bounds of the pool.
    #[serde(default)]
    pub pool: PoolConfig,
    /// Bounds of requests.
    #[serde(default)]
    pub requests: RequestConfig,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
    /// Memory of the storage.
    #[serde(default)]
    pub store: StoreConfig,
    /// Snapshots, where any are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotConfig>,
    /// Pruning, where heights are moved at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<PruneConfig>,
}

/// Why a configuration is not taken. Messages read after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file: the home was never set up, or the path is wrong.
    #[error("find {path}")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("access {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// No TOML, an unknown or missing field, or a value of another type.
    #[error("read {path}: {detail}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What the reader says, with line and column.
        detail: String,
    },
    /// A value out of bounds.
    #[error("take `{field}` = {found}: {rule}")]
    Value {
        /// The field, with its table.
        field: String,
        /// What stands there.
        found: String,
        /// What may stand there.
        rule: &'static str,
    },
}

impl ConfigError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ConfigError::Missing { .. } => "H3140",
            ConfigError::Io { .. } => "H3141",
            ConfigError::Shape { .. } => "H3142",
            ConfigError::Value { .. } => "H3143",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            ConfigError::Missing { .. } => "check --home; `hufud init` writes this file",
            ConfigError::Io { .. } => "check the owner and the permissions of the file",
            ConfigError::Shape { .. } => "correct the line; docs/guide/operator.md lists every field",
            ConfigError::Value { .. } => "correct the value in hufud.toml, then run `hufud config check`",
        }
    }
}

impl Config {
    /// The configuration of a new node, with nothing but what must be said.
    pub fn new(home: &Path, name: &str, api: SocketAddr, p2p: SocketAddr, peers: Vec<PeerConfig>) -> Config {
        let p2p = Some(P2pConfig { listen: p2p });
        Config { p2p, peers, ..Config::member(home, name, api, NodeRole::Agency, AccessConfig::default()) }
    }

    /// That of a new node of a member or partner.
    pub fn member(home: &Path, name: &str, api: SocketAddr, role: NodeRole, access: AccessConfig) -> Config {
        Config {
            home: home.to_owned(),
            name: name.to_owned(),
            role,
            observe: false,
            api: ApiConfig { listen: api },
            p2p: None,
            access,
            peers: Vec::new(),
            pool: PoolConfig::default(),
            requests: RequestConfig::default(),
            log: LogConfig::default(),
            store: StoreConfig::default(),
            snapshot: None,
            prune: None,
        }
    }

    /// Reads and checks the configuration of a home.
    pub fn load(home: &Path) -> Result<Config, ConfigError> {
        let path = Home::new(home).config();
        let io = |source| ConfigError::Io { path: path.clone(), source };
        let text = match std::fs::metadata(&path) {
            Ok(file) if file.len() > MAX_CONFIG_BYTES => {
                let detail = format!("{} bytes: at most {MAX_CONFIG_BYTES} are read", file.len());
                return Err(ConfigError::Shape { path, detail });
            }
            Ok(_) => std::fs::read_to_string(&path).map_err(io)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(ConfigError::Missing { path }),
            Err(e) => return Err(io(e)),
        };
        let mut config = Config::parse(&text).map_err(|detail| ConfigError::Shape { path, detail })?;
        config.home = home.to_owned();
        config.check()?;
        Ok(config)
    }

    /// Reads a configuration without checking its values; the error is the reader's, with line and column.
    pub fn parse(text: &str) -> Result<Config, String> {
        toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())
    }

    /// The file as TOML.
    pub fn to_toml(&self) -> String {
        // Plain tables and numbers: writing them fails for no value.
        toml::to_string_pretty(self).unwrap_or_default()
    }

    /// Where the parts of the node lie.
    pub fn layout(&self) -> Home {
        Home::new(&self.home)
    }

    /// Checks every value that its type lets through.
    pub fn check(&self) -> Result<(), ConfigError> {
        check_name("name", &self.name)?;
        let listens = "an address with a port, such as 127.0.0.1:8443";
        check("api.listen", &self.api.listen, self.api.listen.port() != 0, listens)?;
        self.check_networks(listens)?;
        check_list("peers", &self.peers, MAX_PEERS, "at most 256 peers")?;
        let pool = &self.pool;
        range("pool.max_transactions", pool.max_transactions, 100, 1_000_000, "100 to 1000000")?;
        range("pool.max_bytes", pool.max_bytes, 1 << 20, 4 << 30, "1 MiB to 4 GiB, in bytes")?;
        let per_org = "1 to pool.max_transactions";
        range("pool.max_transactions_per_org", pool.max_transactions_per_org, 1, pool.max_transactions, per_org)?;
        let requests = &self.requests;
        range("requests.max_in_flight", requests.max_in_flight, 1, 100_000, "1 to 100000")?;
        range("requests.body_timeout_ms", requests.body_timeout_ms, 100, 600_000, "100 to 600000")?;
        range("requests.max_followers", requests.max_followers, 1, 10_000, "1 to 10000")?;
        range("requests.token_life_s", requests.token_life_s, 60, 7 * 86_400, "60 to 604800 (a week)")?;
        let filter = "a filter such as info or info,node=debug";
        check("log.filter", &self.log.filter, self.log.filter.parse::<Filter>().is_ok(), filter)?;
        range("store.memtable_mib", self.store.memtable_mib, 1, 65_536, "1 to 65536")?;
        range("store.cache_mib", self.store.cache_mib, 1, 65_536, "1 to 65536")?;
        self.check_upkeep()
    }

    /// Which networks it is on follows from its role.
    fn check_networks(&self, listens: &'static str) -> Result<(), ConfigError> {
        let AccessConfig { listen, org, heartbeat_ms, from_now: _, test_clock, nodes } = &self.access;
        let member = self.role.is_member();
        let named = |given: bool| if given { "given" } else { "missing" };
        let rule = if member { "none: a member's node is not on this network" } else { "a table with `listen`" };
        check("p2p", &named(self.p2p.is_some()), self.p2p.is_some() != member, rule)?;
        let others = [("p2p.listen", self.p2p.as_ref().map(|p2p| p2p.listen)), ("access.listen", *listen)];
        let mut taken = vec![self.api.listen];
        for (field, address) in others.into_iter().filter_map(|(field, address)| Some((field, address?))) {
            check(field, &address, address.port() != 0, listens)?;
            check(field, &address, !taken.contains(&address), "not the address of another interface")?;
            taken.push(address);
        }
        let none = "none: a member's node is not asked";
        check("access.listen", &named(listen.is_some()), !(member && listen.is_some()), none)?;
        let whole = "none: this node has the whole ledger";
        let rule = if member { "64 hexadecimal digits: whose node it is" } else { whole };
        let is_org = org.as_deref().is_some_and(|org| peer_key(org).is_some());
        check("access.org", &org.as_deref().unwrap_or("missing"), is_org == member && org.is_some() == member, rule)?;
        range("access.heartbeat_ms", *heartbeat_ms, 500, 60_000, "500 to 60000")?;
        let rate = test_clock.map_or(1, |clock| clock.rate);
        range("access.test_clock.rate", rate, 1, u32::MAX, "1 and more")?;
        let rule = if member { "1 to 16 nodes of agencies" } else { whole };
        check("access.nodes", &nodes.len(), nodes.is_empty() != member, rule)?;
        check_list("access.nodes", nodes, MAX_ACCESS_NODES, rule)?;
        for (index, node) in nodes.iter().enumerate() {
            let field = format!("access.nodes[{index}].address");
            check(&field, &"missing", node.address.is_some(), "where the node listens for members")?;
        }
        Ok(())
    }

    fn check_upkeep(&self) -> Result<(), ConfigError> {
        let (whole, rule) = (!self.role.is_member(), "none: a member's node has no whole ledger");
        if let Some(SnapshotConfig { every_heights, keep }) = self.snapshot {
            check("snapshot", &"given", whole, rule)?;
            range("snapshot.every_heights", every_heights, 10, 1_000_000_000, "10 to 1000000000")?;
            range("snapshot.keep", keep, 1, 100, "1 to 100")?;
        }
        if let Some(PruneConfig { keep_heights, archive }) = &self.prune {
            check("prune", &"given", whole, rule)?;
            range("prune.keep_heights", *keep_heights, MIN_KEPT, 1_000_000_000, "10000 to 1000000000")?;
            let is_named = !archive.as_os_str().is_empty();
            check("prune.archive", &archive.display(), is_named, "a folder, on a disk that is backed up")?;
        }
        Ok(())
    }

    /// How the store uses the machine.
    pub fn store_options(&self) -> store::Options {
        store::Options { memtable_mib: self.store.memtable_mib, cache_mib: self.store.cache_mib, ..Default::default() }
    }

    /// Where heights are moved, if they are.
    pub fn archive(&self) -> Option<PathBuf> {
        self.prune.as_ref().map(|prune| self.home.join(&prune.archive))
    }

    /// Where a client on this machine reaches the HTTP interface.
    pub fn api_url(&self) -> String {
        let listen = self.api.listen;
        let ip = match listen.ip() {
            ip if !ip.is_unspecified() => ip,
            _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        format!("http://{}", SocketAddr::new(ip, listen.port()))
    }
}

/// A log filter: a list of `level` or `target=level`.
struct Filter;

impl std::str::FromStr for Filter {
    type Err = tracing_subscriber::filter::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        tracing_subscriber::EnvFilter::builder().parse(text).map(|_| Filter)
    }
}

/// 32 bytes from 64 lower-case hexadecimal digits.
pub(crate) fn peer_key(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0u8; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    (hex::encode(bytes) == text).then_some(bytes)
}

fn check(field: &str, found: &impl fmt::Display, holds: bool, rule: &'static str) -> Result<(), ConfigError> {
    match holds {
        true => Ok(()),
        false => {
            let found = found.to_string().chars().take(80).collect();
            Err(ConfigError::Value { field: field.to_owned(), found, rule })
        }
    }
}

fn range<T: PartialOrd + fmt::Display>(
    field: &str,
    found: T,
    low: T,
    high: T,
    rule: &'static str,
) -> Result<(), ConfigError> {
    check(field, &found, found >= low && found <= high, rule)
}

/// Nodes to connect to, each once.
fn check_list(field: &str, nodes: &[PeerConfig], most: usize, rule: &'static str) -> Result<(), ConfigError> {
    check(field, &nodes.len(), nodes.len() <= most, rule)?;
    for (index, node) in nodes.iter().enumerate() {
        node.check(&format!("{field}[{index}]"))?;
        let before = nodes.get(..index).unwrap_or_default();
        let repeats = before.iter().any(|other| other.peer == node.peer);
        check(&format!("{field}[{index}].peer"), &node.peer, !repeats, "each node once")?;
    }
    Ok(())
}

fn check_name(field: &str, name: &str) -> Result<(), ConfigError> {
    let fits = !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    check(field, &name, fits, "1 to 40 lower-case letters, digits and hyphens")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Config {
        let peer = PeerConfig { name: "health".into(), peer: "ab".repeat(32), address: "127.0.0.1:7002".parse().ok() };
        let (api, p2p) = ("127.0.0.1:8001".parse().unwrap(), "127.0.0.1:7001".parse().unwrap());
        Config::new(Path::new(""), "customs", api, p2p, vec![peer])
    }

    #[test]
    fn written_and_read_back() {
        let config = example();
        config.check().unwrap();
        assert_eq!(Config::parse(&config.to_toml()).unwrap(), config);
        let short = "name = \"a\"\n[api]\nlisten = \"127.0.0.1:1\"\n[p2p]\nlisten = \"127.0.0.1:2\"\n";
        assert_eq!(Config::parse(short).unwrap().pool, PoolConfig::default());
    }

    #[test]
    fn unknown_fields_are_refused_wherever_they_stand() {
        let text = example().to_toml();
        for more in ["colour = 1\n", "[pool]\nlimit = 1\n", "[tls]\n"] {
            let refused = Config::parse(&format!("{more}{text}")).or_else(|_| Config::parse(&format!("{text}{more}")));
            assert!(refused.is_err(), "{more}");
        }
        assert!(Config::parse(&text.replace("max_in_flight", "max_flight")).is_err());
    }

    #[test]
    fn a_value_out_of_bounds_is_named() {
        let check = |change: fn(&mut Config), field: &str| {
            let mut config = example();
            change(&mut config);
            match config.check() {
                Err(ConfigError::Value { field: found, .. }) => assert_eq!(found, field),
                other => panic!("{field}: {other:?}"),
            }
        };
        check(|c| c.name = "Customs".into(), "name");
        check(|c| c.name = "a".repeat(MAX_NAME_BYTES + 1), "name");
        check(|c| c.api.listen.set_port(0), "api.listen");
        check(|c| c.p2p = Some(P2pConfig { listen: c.api.listen }), "p2p.listen");
        check(|c| c.p2p = None, "p2p");
        check(|c| c.access.listen = Some(c.api.listen), "access.listen");
        check(|c| c.access.listen = c.p2p.as_ref().map(|p2p| p2p.listen), "access.listen");
        check(|c| c.access.org = Some("ab".repeat(32)), "access.org");
        check(|c| c.access.nodes = c.peers.clone(), "access.nodes");
        check(|c| c.peers[0].peer = "AB".repeat(32), "peers[0].peer");
        check(|c| c.peers.push(c.peers[0].clone()), "peers[1].peer");
        check(|c| c.peers[0].address = "0.0.0.0:7002".parse().ok(), "peers[0].address");
        check(|c| c.peers = vec![c.peers[0].clone(); MAX_PEERS + 1], "peers");
        check(|c| c.pool.max_transactions = 99, "pool.max_transactions");
        check(|c| c.pool.max_transactions_per_org = c.pool.max_transactions + 1, "pool.max_transactions_per_org");
        check(|c| c.requests.body_timeout_ms = 600_001, "requests.body_timeout_ms");
        check(|c| c.log.filter = "node=loud".into(), "log.filter");
        check(|c| c.store.cache_mib = 0, "store.cache_mib");
        check(|c| c.snapshot = Some(SnapshotConfig { every_heights: 9, keep: 1 }), "snapshot.every_heights");
        check(|c| c.snapshot = Some(SnapshotConfig { every_heights: 10, keep: 0 }), "snapshot.keep");
        check(|c| c.prune = Some(PruneConfig { keep_heights: 9_999, archive: "a".into() }), "prune.keep_heights");
        check(|c| c.prune = Some(PruneConfig { keep_heights: 10_000, archive: "".into() }), "prune.archive");
        let mut config = example();
        config.name = "a".repeat(MAX_NAME_BYTES);
        config.pool.max_transactions = 1_000_000;
        config.check().unwrap();
    }

    #[test]
    fn a_member_is_on_the_access_network_alone_and_says_whose_it_is() {
        let access = AccessConfig { org: Some("cd".repeat(32)), nodes: example().peers, ..AccessConfig::default() };
        let api = "127.0.0.1:8001".parse().unwrap();
        let member = || Config::member(Path::new(""), "a", api, NodeRole::Partner, access.clone());
        member().check().unwrap();
        assert_eq!(Config::parse(&member().to_toml()).unwrap(), member());
        assert_eq!(member().access.org_id(), OrgId(Hash([0xcd; 32])));
        let check = |change: fn(&mut Config), field: &str| {
            let mut config = member();
            change(&mut config);
            match config.check() {
                Err(ConfigError::Value { field: found, .. }) => assert_eq!(found, field),
                other => panic!("{field}: {other:?}"),
            }
        };
        check(|c| c.p2p = Some(P2pConfig { listen: "127.0.0.1:7001".parse().unwrap() }), "p2p");
        check(|c| c.access.listen = "127.0.0.1:7001".parse().ok(), "access.listen");
        check(|c| c.access.org = None, "access.org");
        check(|c| c.access.org = Some("CD".repeat(32)), "access.org");
        check(|c| c.access.nodes.clear(), "access.nodes");
        check(|c| c.access.nodes[0].address = None, "access.nodes[0].address");
        check(|c| c.access.nodes = vec![c.access.nodes[0].clone(); 2], "access.nodes[1].peer");
        check(|c| c.access.nodes = vec![c.access.nodes[0].clone(); MAX_ACCESS_NODES + 1], "access.nodes");
        check(|c| c.access.heartbeat_ms = 499, "access.heartbeat_ms");
        let stopped =
            |c: &mut Config| c.access.test_clock = Some(TestClockConfig { started: None, origin: 0, rate: 0 });
        check(stopped, "access.test_clock.rate");
    }

    #[test]
    fn a_role_fits_the_kind_of_its_organisation() {
        use ledger::record::AgencyFunction;
        let roles = [NodeRole::Agency, NodeRole::Observer, NodeRole::Member, NodeRole::Partner];
        let fits = |kind| roles.map(|role| role.fits(kind));
        assert_eq!(fits(OrgKind::Agency(AgencyFunction::Customs)), [true, true, false, false]);
        assert_eq!(fits(OrgKind::Observer), [true, true, false, false]);
        assert_eq!(fits(OrgKind::Laboratory), [false, false, true, false]);
        assert_eq!(fits(OrgKind::Partner), [false, false, false, true]);
    }

    #[test]
    fn a_missing_file_is_told_from_a_wrong_one() {
        let nowhere = Path::new("/nonexistent-home");
        assert!(matches!(Config::load(nowhere), Err(ConfigError::Missing { .. })));
    }
}
