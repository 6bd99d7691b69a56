//! Local configuration of one node: `hufud.toml` in its home.
//!
//! Nothing here changes a root or a verdict; what all nodes must share is in the genesis. Units stand in the names,
//! unknown fields are refused, and [`Config::check`] names the field that is out of bounds.

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

/// What `hufud.toml` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The folder that the configuration was read from; not part of the file.
    #[serde(skip)]
    pub home: PathBuf,
    /// Name of the node, for logs and status: lower-case letters, digits and hyphens.
    pub name: String,
    /// Follow without voting, such as until a ledger that was restored has caught up with its sign-state.
    #[serde(default)]
    pub observe: bool,
    /// The HTTP interface.
    pub api: ApiConfig,
    /// The consensus network.
    pub p2p: P2pConfig,
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
            ConfigError::Missing { .. } => "check --home; `hufud init finish` writes this file",
            ConfigError::Io { .. } => "check the owner and the permissions of the file",
            ConfigError::Shape { .. } => "correct the line; docs/guide/operator.md lists every field",
            ConfigError::Value { .. } => "correct the value in hufud.toml, then run `hufud config check`",
        }
    }
}

impl Config {
    /// The configuration of a new node, with nothing but what must be said.
    pub fn new(home: &Path, name: &str, api: SocketAddr, p2p: SocketAddr, peers: Vec<PeerConfig>) -> Config {
        Config {
            home: home.to_owned(),
            name: name.to_owned(),
            observe: false,
            api: ApiConfig { listen: api },
            p2p: P2pConfig { listen: p2p },
            peers,
            pool: PoolConfig::default(),
            requests: RequestConfig::default(),
            log: LogConfig::default(),
            store: StoreConfig::default(),
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
        check("p2p.listen", &self.p2p.listen, self.p2p.listen.port() != 0, listens)?;
        let clash = self.api.listen == self.p2p.listen;
        check("p2p.listen", &self.p2p.listen, !clash, "not the address of the HTTP interface")?;
        self.check_peers()?;
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
        range("store.cache_mib", self.store.cache_mib, 1, 65_536, "1 to 65536")
    }

    fn check_peers(&self) -> Result<(), ConfigError> {
        check("peers", &self.peers.len(), self.peers.len() <= MAX_PEERS, "at most 256 peers")?;
        for (index, peer) in self.peers.iter().enumerate() {
            peer.check(&format!("peers[{index}]"))?;
            let before = self.peers.get(..index).unwrap_or_default();
            let repeats = before.iter().any(|p| p.peer == peer.peer);
            check(&format!("peers[{index}].peer"), &peer.peer, !repeats, "each peer once")?;
        }
        Ok(())
    }

    /// How the store uses the machine.
    pub fn store_options(&self) -> store::Options {
        store::Options { memtable_mib: self.store.memtable_mib, cache_mib: self.store.cache_mib, ..Default::default() }
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
        check(|c| c.p2p.listen = c.api.listen, "p2p.listen");
        check(|c| c.peers[0].peer = "AB".repeat(32), "peers[0].peer");
        check(|c| c.peers.push(c.peers[0].clone()), "peers[1].peer");
        check(|c| c.peers[0].address = "0.0.0.0:7002".parse().ok(), "peers[0].address");
        check(|c| c.peers = vec![c.peers[0].clone(); MAX_PEERS + 1], "peers");
        check(|c| c.pool.max_transactions = 99, "pool.max_transactions");
        check(|c| c.pool.max_transactions_per_org = c.pool.max_transactions + 1, "pool.max_transactions_per_org");
        check(|c| c.requests.body_timeout_ms = 600_001, "requests.body_timeout_ms");
        check(|c| c.log.filter = "node=loud".into(), "log.filter");
        check(|c| c.store.cache_mib = 0, "store.cache_mib");
        let mut config = example();
        config.name = "a".repeat(MAX_NAME_BYTES);
        config.pool.max_transactions = 1_000_000;
        config.check().unwrap();
    }

    #[test]
    fn a_missing_file_is_told_from_a_wrong_one() {
        let nowhere = Path::new("/nonexistent-home");
        assert!(matches!(Config::load(nowhere), Err(ConfigError::Missing { .. })));
    }
}
