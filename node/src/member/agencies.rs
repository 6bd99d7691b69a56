//! The agencies' nodes as this node asks them: which one first, what becomes of one that does not answer or answers
//! wrongly, and what people are told of it.

use super::{
    proven::End,
    watch::{self, Answered, Beat, LocalAlert, Raised, Watch},
};
use crate::config::PeerConfig;
use ::access::{
    AskError, Asker, PeerKey, Request, Response,
    limits::MAX_RETRY,
    wire::{Fault, Report},
};
use api::{Lang, catalogue};
use futures::future::BoxFuture;
use ledger::{Text, record::Stamp};
use proof::Problem;
use std::{
    collections::{BTreeMap, VecDeque},
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Alerts that are kept.
const MAX_ALERTS: usize = 256;
/// Reports that wait to be sent.
const MAX_REPORTS: usize = 64;
/// Longest file of alerts that is read.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// How long a node that did not answer comes after the others.
const PASSED: Duration = Duration::from_secs(2);
/// The same of one that let the time for an answer pass: longer than that time, or it would take most of what there is. And
/// of one that is behind the others.
const MUTE: Duration = Duration::from_secs(30);

/// The way to agencies' nodes: the access network, or a test's own.
pub(crate) trait Ask: Send + Sync + 'static {
    /// Asks one node.
    fn ask(&self, node: PeerKey, request: Request) -> BoxFuture<'static, Result<Response, AskError>>;
    /// The nodes that can be asked.
    fn connected(&self) -> Vec<PeerKey>;
    /// Since when a node can be asked.
    fn since(&self, node: PeerKey) -> Option<Instant>;
}

impl Ask for Asker {
    fn ask(&self, node: PeerKey, request: Request) -> BoxFuture<'static, Result<Response, AskError>> {
        let asker = self.clone();
        Box::pin(async move { asker.ask(node, request).await })
    }

    fn connected(&self) -> Vec<PeerKey> {
        Asker::connected(self)
    }

    fn since(&self, node: PeerKey) -> Option<Instant> {
        Asker::since(self, node)
    }
}

/// Why there is no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// No node answered.
    Offline,
    /// A node refused.
    Refused {
        /// Its code, one of the catalogue.
        code: &'static str,
        /// Its words.
        detail: String,
    },
}

/// Bytes that do not hold, and of what they are a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) fault: Fault,
    pub(crate) detail: String,
}

impl Wrong {
    /// An answer of another shape than was asked for, or whose bytes do not decode.
    pub(crate) fn shape(detail: impl Into<String>) -> Wrong {
        Wrong { fault: Fault::Proof, detail: detail.into() }
    }
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Wrong {
        let fault = match &problem {
            Problem::HeadFork { .. } => Fault::Fork,
            Problem::FeedBroken | Problem::FeedShrinks { .. } => Fault::Feed,
            // An event that is another one does not verify, whatever the count says.
            _ => Fault::Proof,
        };
        Wrong { fault, detail: format!("{}: {problem}", problem.code()) }
    }
}

struct State {
    watch: Watch,
    /// The node that answered well last.
    preferred: Option<PeerKey>,
    /// Until when a node is not asked, or after the others.
    rests: BTreeMap<PeerKey, Instant>,
    alerts: Vec<LocalAlert>,
    reports: VecDeque<Report>,
    /// The last block that was taken.
    stamp: Stamp,
}

struct Inner {
    ask: Arc<dyn Ask>,
    nodes: Vec<PeerConfig>,
    file: PathBuf,
    state: Mutex<State>,
}

/// The agencies' nodes, shared by reference count.
#[derive(Clone)]
pub(crate) struct Agencies(Arc<Inner>);

impl Agencies {
    /// Those of a configuration. `file`: where alerts are kept; one that cannot be read is begun anew.
    pub(crate) fn new(ask: Arc<dyn Ask>, nodes: Vec<PeerConfig>, watch: Watch, file: PathBuf) -> Agencies {
        let alerts = match read(&file) {
            Ok(alerts) => alerts,
            Err(error) => {
                tracing::error!(%error, file = %file.display(), "alerts about nodes cannot be read: begun anew");
                Vec::new()
            }
        };
        let (preferred, rests, reports, stamp) = (None, BTreeMap::new(), VecDeque::new(), Stamp::default());
        let state = Mutex::new(State { watch, preferred, rests, alerts, reports, stamp });
        Agencies(Arc::new(Inner { ask, nodes, file, state }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is in it is changed step by step, and each step leaves it whole.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The nodes that are connected.
    pub(crate) fn connected(&self) -> Vec<PeerKey> {
        self.0.ask.connected()
    }

    /// The configured nodes.
    pub(crate) fn nodes(&self) -> &[PeerConfig] {
        &self.0.nodes
    }

    /// The name of a node.
    pub(crate) fn name(&self, node: &PeerKey) -> String {
        let named = self.0.nodes.iter().find(|config| config.key() == node.0);
        named.map_or_else(|| node.to_string(), |config| config.name.clone())
    }

    /// The nodes to ask, in this order: the one that answered last, then as they are configured. One with a fault is left
    /// out; when there is no other, it is asked all the same, for what it says is judged.
    pub(crate) fn order(&self) -> Vec<PeerKey> {
        let (now, connected) = (Instant::now(), self.connected());
        let state = self.lock();
        let rests = |node: &PeerKey| state.rests.get(node).is_some_and(|until| now < *until);
        let rank = |node: &PeerKey| (rests(node), state.preferred != Some(*node));
        let (mut good, mut shunned): (Vec<PeerKey>, Vec<PeerKey>) =
            connected.into_iter().partition(|node| !state.watch.shuns(now, node));
        good.sort_by_key(rank);
        shunned.sort_by_key(rank);
        if good.is_empty() { shunned } else { good }
    }

    /// Notes that a node answered well.
    pub(crate) fn prefer(&self, node: PeerKey) {
        self.lock().preferred = Some(node);
    }

    /// Lets the others go before a node for a moment.
    pub(crate) fn pass(&self, node: PeerKey, time: Duration) {
        let until = Instant::now() + time.clamp(PASSED, MAX_RETRY);
        self.lock().rests.insert(node, until);
    }

    /// Asks one node. What it does not answer, or answers in another shape, is told to the watch.
    pub(crate) async fn ask(&self, node: PeerKey, request: Request) -> Result<Response, Unanswered> {
        match self.0.ask.ask(node, request).await {
            Ok(Response::Failure { code, detail, retry_ms }) => {
                if retry_ms > 0 {
                    self.pass(node, Duration::from_millis(u64::from(retry_ms)));
                    return Err(Unanswered::Offline);
                }
                // A code that is not in the catalogue is not spoken by this version.
                let code = catalogue::explain(code.as_str(), Lang::En).map_or("H7122", |known| known.code);
                Err(Unanswered::Refused { code, detail: detail.to_string() })
            }
            Ok(response) => Ok(response),
            Err(error) => {
                let rest = match error {
                    // Whether it says anything at all is asked by the heartbeat.
                    AskError::TimedOut => MUTE,
                    AskError::Malformed | AskError::TooLarge => {
                        let wrong = Wrong::shape("its answer does not decode");
                        self.tell_wrong(node, 0, wrong);
                        PASSED
                    }
                    AskError::NotConnected | AskError::Refused | AskError::Ended => PASSED,
                };
                self.pass(node, rest);
                Err(Unanswered::Offline)
            }
        }
    }

    /// Asks one node after the other until one gives what can be used. An answer that does not hold is told to the watch;
    /// one that is old, or that this machine cannot judge, is passed over. The error is the first refusal, where there was
    /// one.
    pub(crate) async fn first<T, E: Into<End>>(
        &self,
        request: Request,
        take: impl Fn(Response) -> Result<T, E>,
    ) -> Result<T, Unanswered> {
        let mut refusal = None;
        for node in self.order() {
            match self.ask(node, request.clone()).await {
                Ok(response) => match take(response) {
                    Ok(taken) => return Ok(taken),
                    Err(why) => {
                        if let End::Wrong(wrong) = why.into() {
                            self.tell_wrong(node, 0, wrong);
                        }
                    }
                },
                Err(Unanswered::Offline) => {}
                Err(refused @ Unanswered::Refused { .. }) => refusal = refusal.or(Some(refused)),
            }
        }
        Err(refusal.unwrap_or(Unanswered::Offline))
    }

    /// Tells the watch what a node answered; says whether that is a fault.
    pub(crate) fn tell(&self, node: PeerKey, answer: Answered) -> bool {
        let mut state = self.lock();
        let raised = state.watch.judge(Instant::now(), node, answer);
        self.raise(&mut state, &raised);
        !raised.is_empty()
    }

    /// The same of bytes that do not hold.
    pub(crate) fn tell_wrong(&self, node: PeerKey, height: u64, wrong: Wrong) {
        let Wrong { fault, detail } = wrong;
        self.tell(node, Answered::Wrong { fault, height, detail });
    }

    /// Begins a heartbeat: gives the nodes that are connected.
    pub(crate) fn begin_beat(&self) -> Vec<PeerKey> {
        let nodes = self.connected();
        let since: Vec<Option<Instant>> = nodes.iter().map(|node| self.0.ask.since(*node)).collect();
        let mut state = self.lock();
        for (node, since) in nodes.iter().zip(since) {
            state.watch.meet(*node, since);
        }
        nodes
    }

    /// Ends a heartbeat: who is behind comes after the others. Says whether all who answered are behind what was proven
    /// before.
    pub(crate) fn end_beat(&self) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        let Beat { raised, behind, all_behind } = state.watch.end_beat(now);
        self.raise(&mut state, &raised);
        state.rests.extend(behind.into_iter().map(|node| (node, now + MUTE)));
        all_behind
    }

    /// Notes the last block that was taken: when alerts are raised from now on.
    pub(crate) fn stamp(&self, stamp: Stamp) {
        self.lock().stamp = stamp;
    }

    /// Keeps, logs and reports what was found.
    fn raise(&self, state: &mut State, raised: &[Raised]) {
        for Raised { peer, fault, height, detail } in raised {
            let (node, kind, code) = (self.name(peer), watch::name(*fault), watch::code(*fault));
            tracing::warn!(node, %peer, fault = kind, code, height, detail, "an agency's node");
            let at = (state.stamp.height, state.stamp.time.0);
            let key = peer.to_string();
            match state.alerts.iter_mut().find(|alert| alert.peer == key && alert.kind == kind) {
                Some(alert) => {
                    (alert.detail, alert.last, alert.times) = (detail.clone(), at, alert.times.saturating_add(1));
                }
                None => {
                    let (kind, detail) = (kind.to_owned(), detail.clone());
                    state.alerts.push(LocalAlert { peer: key, node, kind, detail, first: at, last: at, times: 1 });
                    let surplus = state.alerts.len().saturating_sub(MAX_ALERTS);
                    state.alerts.drain(..surplus);
                }
            }
            let words: String = detail.chars().filter(char::is_ascii).take(200).collect();
            let detail = Text::new(words).unwrap_or_default();
            state.reports.push_back(Report { peer: peer.0, kind: *fault, height: *height, detail });
            if state.reports.len() > MAX_REPORTS {
                state.reports.pop_front();
            }
        }
        if !raised.is_empty()
            && let Err(error) = write(&self.0.file, &state.alerts)
        {
            tracing::error!(%error, file = %self.0.file.display(), "alerts about nodes cannot be kept");
        }
    }

    /// The reports that wait, each to be sent to all nodes but the one that it is about.
    pub(crate) fn take_reports(&self) -> Vec<Report> {
        self.lock().reports.drain(..).collect()
    }

    /// All alerts, the oldest first.
    pub(crate) fn alerts(&self) -> Arc<[LocalAlert]> {
        self.lock().alerts.as_slice().into()
    }

    /// What is known of one node: its highest head, and the fault for which it is not used.
    pub(crate) fn sight(&self, node: &PeerKey) -> (Option<u64>, Option<Fault>) {
        let state = self.lock();
        (state.watch.height(node), state.watch.fault(Instant::now(), node))
    }
}

/// The alerts of a file; none where there is no file.
fn read(path: &Path) -> Result<Vec<LocalAlert>, String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
        Ok(file) if file.len() > MAX_FILE_BYTES => return Err(format!("{} bytes", file.len())),
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    serde_json::from_slice(&bytes).map_err(|e| e.to_string())
}

fn write(path: &Path, alerts: &[LocalAlert]) -> io::Result<()> {
    replace(path, &serde_json::to_vec(alerts).map_err(io::Error::other)?)
}

/// Replaces a file as a whole; it is durable when this returns.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
