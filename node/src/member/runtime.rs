//! A member's node from its home to its end.

use super::{
    Following, MemberWay, Sync,
    agencies::{Agencies, Ask},
    audit::Audit,
    fetch::Fetch,
    frame,
    heart::Heart,
    keeper::Keeper,
    links::{Links, PORTION},
    lists::Found,
    outbox::Outbox,
    send,
    sync::{Follower, Pace, ROUND_TIME},
    watch::{FeedSeen, Watch},
};
use crate::{
    access::transport_key,
    ceremony::unwitnessed,
    config::Config,
    documents::Library,
    handle::{Clock, Frame, Handle, STREAM_BACKLOG, Way},
    http::{self, HttpOptions},
    runtime::{RunError, check_home, check_role, http_options, listen},
    seat::Seat,
};
use ::access::{AccessConfig, Peer, PeerKey};
use keys::Signer as _;
use ledger::{NetworkId, OrgId, OrgRecord, StateKey, StateRead, Text, Timestamp, genesis::TestClock, state::ReadError};
use proof::TrustRoot;
use std::{path::Path, sync::Arc, time::Duration};
use store::{Store, StoreError};
use tokio::sync::{Notify, broadcast, watch};

/// A member's node, put together and not running yet.
pub(crate) struct Member {
    pub(crate) handle: Handle,
    pub(crate) follower: Follower,
    pub(crate) heart: Heart,
    pub(crate) audit: Audit,
    pub(crate) way: MemberWay,
}

/// Runs the node of a member or partner until `end` says so.
pub(crate) async fn run_member(config: Config, mut end: watch::Receiver<bool>) -> Result<(), RunError> {
    check_home(&config)?;
    let listener = listen(&config).await?;
    let trust = read_trust(&config)?;
    let store = Arc::new(open_slice(&config, &trust).await?);
    let key = transport_key(&config)?;
    let peer = key.peer_key();
    let nodes = config.access.nodes.iter().map(|node| Peer { key: PeerKey(node.key()), address: node.address });
    let asker = ::access::connect(AccessConfig { network: trust.network(), key }, nodes.collect())?;
    let Member { handle, follower, heart, audit, way } = Member::new(&config, trust, store, Arc::new(asker.clone()))?;
    let folder = config.layout().documents_out();
    let nodes = config.access.nodes.iter().map(|node| PeerKey(node.key())).collect();
    let clock = handle.clock.clone();
    let documents = Library::of_member(folder, handle.network, way.org, nodes, asker, clock, end.clone())?;
    tracing::info!(name = config.name, network = %handle.network, height = handle.store.tip().height, api = %config.api.listen, "started");
    let node_key = keys::NodeKey::read(&config.layout().node_key())?;
    let seat = Seat { key: node_key.consensus.public_key().id(), peer: peer.0, observe: true };
    let options = HttpOptions { documents: Some(documents), ..http_options(&config, seat) };
    let mut until = end.clone();
    let served = http::serve(listener, handle, options, async move {
        // An error means that nobody can ask any more: end as well.
        let _ = until.wait_for(|end| *end).await;
    });
    let ended = end.clone();
    let tasks = async move {
        let followed = tokio::select! {
            followed = follower.run(ended) => followed,
            () = heart.run() => Ok(()),
            () = audit.run() => Ok(()),
            () = send::run(way.agencies, way.outbox, way.new) => Ok(()),
        };
        match followed {
            // Who was told to end lets requests end first.
            Ok(()) => std::future::pending().await,
            Err(error) => error,
        }
    };
    let served = async {
        let served = served.await;
        let _ = end.wait_for(|end| *end).await;
        served
    };
    tokio::select! {
        served = served => Ok(served?),
        error = tasks => Err(error),
    }
}

impl Member {
    /// Puts a node together. `ask`: the way to agencies' nodes.
    pub(crate) fn new(
        config: &Config,
        trust: TrustRoot,
        store: Arc<Store>,
        ask: Arc<dyn Ask>,
    ) -> Result<Member, RunError> {
        let (home, org) = (config.layout(), config.access.org_id());
        let problem = |e: ReadError| RunError::Home { problem: e.to_string() };
        if let Some(OrgRecord { profile, .. }) = store.record(&StateKey::Org(org)).map_err(problem)? {
            check_role(config.role, profile.kind)?;
        }
        let (test, clock) = clock(config, &trust);
        clock.follow(&*store).map_err(problem)?;
        let frame = Arc::new(Frame {
            chain: Text::new(trust.chain()).unwrap_or_default(),
            time: trust.start().time,
            test,
            params: frame::params(&*store).map_err(problem)?.unwrap_or_default(),
        });
        let handle_trust = Arc::new(trust.clone());
        let keeper = Keeper::open(store.clone(), org, clock.clone(), trust, home.checkpoint())?;
        let keeper = Arc::new(keeper);
        let upto = keeper.upto()?;
        let known = keeper.ground().known;
        let feed = FeedSeen { count: upto.count, head: upto.head };
        let watch = Watch::new(known.map(|known| (known.height, known.block)), known.map(|_| feed));
        let agencies = Agencies::new(ask, config.access.nodes.clone(), watch, home.watch());
        let outbox = Outbox::open(&home.outbox()).map_err(|e| RunError::Home { problem: e.to_string() })?;
        let (blocks, _) = broadcast::channel(STREAM_BACKLOG);
        let following = Following {
            sync: if known.is_some() { Sync::Offline } else { Sync::CatchingUp },
            head: known,
            links: upto.count,
            alerts: agencies.alerts(),
            ..Following::default()
        };
        let (state, watched) = watch::channel(following);
        let state = Arc::new(state);
        let fetch = Fetch::new(keeper.clone(), agencies.clone());
        let way = MemberWay {
            role: config.role,
            org,
            outbox: outbox.clone(),
            agencies: agencies.clone(),
            fetch,
            state: watched,
            new: Arc::new(Notify::new()),
        };
        let heartbeat = Duration::from_millis(config.access.heartbeat_ms);
        let heart = Heart { keeper: keeper.clone(), agencies: agencies.clone(), state: state.clone(), heartbeat };
        let found = Found::default();
        let audit =
            Audit { keeper: keeper.clone(), agencies: agencies.clone(), found: found.clone(), heartbeat, turn: 0 };
        let follower = Follower {
            keeper,
            agencies,
            outbox,
            blocks: blocks.clone(),
            state,
            role: config.role,
            heartbeat,
            from_now: config.access.from_now,
            time: ROUND_TIME,
            links: Links::new(PORTION),
            found,
            pace: Pace::default(),
        };
        let network = store.network();
        let own = Way::Member(way.clone());
        let handle = Handle { store, frame, trust: handle_trust, network, clock, blocks, way: own };
        Ok(Member { handle, follower, heart, audit, way })
    }
}

/// The trust file of a home. What the node made of an earlier one asks for the witnesses that that one asked for.
pub(super) fn read_trust(config: &Config) -> Result<TrustRoot, RunError> {
    let (path, checkpoint) = (config.layout().trust(), config.layout().checkpoint());
    let unread = |e: std::io::Error| RunError::Home { problem: format!("{}: {e}", path.display()) };
    let bytes = std::fs::read(&path).map_err(unread)?;
    let trust = TrustRoot::from_json(&bytes).map_err(|source| RunError::Trust { path: path.clone(), source })?;
    unwitnessed(&path, &trust)?;
    // One that does not read is left, and the way is walked again.
    let come_to = std::fs::read(&checkpoint).ok().and_then(|bytes| TrustRoot::from_json(&bytes).ok());
    come_to.map_or(Ok(()), |come_to| unwitnessed(&checkpoint, &come_to))?;
    Ok(trust)
}

/// The clock of the network: a test network's as the configuration has it, from the time at which the trust file starts.
fn clock(config: &Config, trust: &TrustRoot) -> (Option<TestClock>, Clock) {
    let Some(test) = config.access.test_clock else { return (None, Clock::new(trust.start().time, None)) };
    let clock = TestClock { origin: Timestamp(test.origin), rate: test.rate };
    let started = test.started.map_or(trust.start().time, Timestamp);
    (Some(clock), Clock::new(started, Some(clock)))
}

/// Opens the slice, or makes an empty one.
async fn open_slice(config: &Config, trust: &TrustRoot) -> Result<Store, RunError> {
    let (path, org, network) = (config.layout().slice(), config.access.org_id(), trust.network());
    let options = store::Options { failpoint: consensus::failpoint::hit, ..config.store_options() };
    std::fs::create_dir_all(config.layout().data())?;
    let opened = tokio::task::spawn_blocking(move || open_or_create(&path, options, network, org)).await;
    let store = opened.map_err(|e| RunError::Home { problem: format!("opening the slice ended: {e}") })??;
    match store.network() == network {
        true => Ok(store),
        false => Err(RunError::Home { problem: "data/slice is of another network than trust.json".into() }),
    }
}

fn open_or_create(path: &Path, options: store::Options, network: NetworkId, org: OrgId) -> Result<Store, StoreError> {
    if !path.exists() {
        return Store::create_slice(path, options, network, org);
    }
    match Store::open_slice(path, options, org) {
        // A creation that was interrupted is begun again.
        Err(StoreError::Missing { .. } | StoreError::Incomplete { .. }) => {
            Store::create_slice(path, options, network, org)
        }
        opened => opened,
    }
}
