//! Transactions that were taken here and are not in the ledger yet: one file each, `NNNNNNNN-<tx>.tx`, its raw bytes.
//!
//! One enters, synced, before whoever brought it is told that it is taken, and leaves when its receipt is in the slice or no
//! block can hold it any more. The number is the place in the queue: what entered first is sent first, for a later act may
//! build on it. A number is given once; of files that have one number all the same, as after a write that failed or in a
//! folder that was put together, each counts. Sending one twice does no harm: its identity is the same.
//!
//! The identity is that of the body. What others signed cannot all be checked here, so of one transaction several copies
//! may wait, each in a place of its own: the agencies find out which is signed well.
//!
//! What was given up is remembered: in the file `expired`, by identity, one a line, the last given up last.

use super::agencies::replace;
use ::access::PeerKey;
use ledger::{Hash, SignedTx, Timestamp, TxId, bounds::MAX_CUSTODY_EXPIRY_MS, tag};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, UNIX_EPOCH},
};

/// Transactions that may wait.
pub(crate) const MAX_WAITING: usize = 10_000;
/// Their bytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Transactions that were given up and are remembered.
pub(crate) const MAX_EXPIRED: usize = 10_000;
/// Copies of one transaction that may wait.
pub(crate) const MAX_COPIES: usize = 4;
/// Nodes that refuse the signatures of a copy before it gives way to another: one alone may lie.
const REFUSALS: usize = 2;
/// Time behind its expiry, by the time of heads, after which a transaction is given up.
const GRACE_MS: u64 = MAX_CUSTODY_EXPIRY_MS + 10 * 60_000;
/// Time without a sign after which one is sent again; it doubles.
const PAUSE: Duration = Duration::from_secs(5);
/// Longest such time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const SUFFIX: &str = ".tx";
/// The file of what was given up.
const EXPIRED: &str = "expired";

/// Why a transaction is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboxError {
    /// No room.
    #[error("keep a transaction: {MAX_WAITING} wait already, {MAX_BYTES} bytes of them, or {MAX_COPIES} copies of it")]
    Full,
    /// The disk does not let us.
    #[error("access {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A place in the queue, and what stands there.
type Place = (u64, TxId);

/// One that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    /// Of all its bytes.
    whole: Hash,
    length: usize,
    expires: Timestamp,
    /// When it entered, real time.
    since: Timestamp,
    /// How often it was sent.
    tries: u32,
    /// The same when it was asked last what became of it.
    asked: u32,
    /// When it is to be sent again; none before it was sent.
    due: Option<Instant>,
    /// Nodes that found it wrongly signed.
    refused: BTreeSet<PeerKey>,
    /// Whether the feed says that a block has it.
    placed: bool,
}

impl Waiting {
    fn new(bytes: &[u8], expires: Timestamp, since: Timestamp) -> Waiting {
        let (whole, refused) = (Hash::of_bytes(&tag::TX_WHOLE, bytes), BTreeSet::new());
        Waiting { whole, length: bytes.len(), expires, since, tries: 0, asked: 0, due: None, refused, placed: false }
    }
}

/// One that is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Its place.
    pub(crate) number: u64,
    /// Its identity.
    pub(crate) id: TxId,
    /// How often it was sent: the next time another node gets it.
    pub(crate) tries: u32,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    waiting: BTreeMap<Place, Waiting>,
    /// The same by identity.
    places: BTreeSet<(TxId, u64)>,
    bytes: usize,
    /// The number that is given next: above that of every file that was ever seen here.
    next: u64,
    /// What was given up, the last given up last.
    expired: VecDeque<TxId>,
}

/// A folder of transactions, shared by reference count.
#[derive(Clone, Debug)]
pub(crate) struct Outbox(Arc<Mutex<Inner>>);

impl Outbox {
    /// Opens the folder, or makes it. A file that is no transaction is put aside under another name.
    pub(crate) fn open(folder: &Path) -> Result<Outbox, OutboxError> {
        let failed = |source| OutboxError::Io { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let (waiting, places, expired) = (BTreeMap::new(), BTreeSet::new(), read_expired(&folder.join(EXPIRED)));
        let mut inner = Inner { folder: folder.to_owned(), waiting, places, bytes: 0, next: 1, expired };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            inner.pass(&name);
            if !name.ends_with(SUFFIX) {
                continue;
            }
            match read(&path, &name) {
                Ok((place, waiting)) => inner.enter(place, waiting),
                Err(error) => {
                    let aside = path.with_extension("damaged");
                    tracing::error!(%error, file = %path.display(), "no transaction: put aside");
                    fs::rename(&path, &aside).map_err(|source| OutboxError::Io { path: path.clone(), source })?;
                }
            }
        }
        Ok(Outbox(Arc::new(Mutex::new(inner))))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The files are the truth, and the maps are changed behind them alone.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a transaction; false where this very copy waits already. It is durable when this returns.
    pub(crate) fn keep(&self, tx: &SignedTx, bytes: &[u8], now: Timestamp) -> Result<bool, OutboxError> {
        let mut inner = self.lock();
        let (id, waiting) = (tx.body.id(), Waiting::new(bytes, tx.body.expires, now));
        if inner.has_copy(&id, &waiting.whole) {
            return Ok(false);
        }
        if inner.waiting.len() >= MAX_WAITING || inner.bytes.saturating_add(bytes.len()) > MAX_BYTES {
            return Err(OutboxError::Full);
        }
        inner.make_room(&id)?;
        let place = (inner.next, id);
        // It is used up also where writing fails: the file may be there all the same.
        inner.next = inner.next.saturating_add(1);
        let path = inner.path(&place);
        replace(&path, bytes).map_err(|source| OutboxError::Io { path, source })?;
        inner.enter(place, waiting);
        Ok(true)
    }

    /// Whether this very copy of a transaction waits.
    pub(crate) fn has_copy(&self, id: &TxId, bytes: &[u8]) -> bool {
        self.lock().has_copy(id, &Hash::of_bytes(&tag::TX_WHOLE, bytes))
    }

    /// Whether a transaction waits.
    pub(crate) fn contains(&self, id: &TxId) -> bool {
        self.lock().contains(id)
    }

    /// Whether a transaction waited until no block could hold it, and was given up; the last [`MAX_EXPIRED`] are known.
    pub(crate) fn has_expired(&self, id: &TxId) -> bool {
        self.lock().expired.contains(id)
    }

    /// Number and bytes of what waits.
    pub(crate) fn size(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.waiting.len(), inner.bytes)
    }

    /// When the oldest that waits entered, real time.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.lock().waiting.first_key_value().map(|(_, first)| first.since)
    }

    /// What is to be sent now, the first first.
    pub(crate) fn due(&self, now: Instant, limit: usize) -> Vec<Due> {
        let inner = self.lock();
        let due = inner.waiting.iter().filter(|(_, waiting)| waiting.due.is_none_or(|due| due <= now));
        due.take(limit)
            .map(|((number, id), Waiting { tries, .. })| Due { number: *number, id: *id, tries: *tries })
            .collect()
    }

    /// The bytes of one that waits; none where it has left meanwhile.
    pub(crate) fn bytes(&self, due: &Due) -> Result<Option<Vec<u8>>, OutboxError> {
        let path = self.lock().path(&(due.number, due.id));
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OutboxError::Io { path, source }),
        }
    }

    /// Notes that one was sent.
    pub(crate) fn sent(&self, due: &Due, now: Instant) {
        if let Some(waiting) = self.lock().waiting.get_mut(&(due.number, due.id)) {
            let pause = PAUSE.saturating_mul(1 << waiting.tries.min(4)).min(LONGEST_PAUSE);
            waiting.tries = waiting.tries.saturating_add(1);
            waiting.due = now.checked_add(pause);
        }
    }

    /// Those that were sent again for want of a sign: what became of them is to be asked, once each time that they are sent.
    pub(crate) fn in_doubt(&self, limit: usize) -> BTreeSet<TxId> {
        let mut ids = BTreeSet::new();
        for ((_, id), waiting) in &mut self.lock().waiting {
            if ids.len() < limit && waiting.tries > waiting.asked.max(1) {
                waiting.asked = waiting.tries;
                ids.insert(*id);
            }
        }
        ids
    }

    /// Notes that a node found one wrongly signed.
    pub(crate) fn refused(&self, due: &Due, node: PeerKey) {
        if let Some(waiting) = self.lock().waiting.get_mut(&(due.number, due.id)) {
            waiting.refused.insert(node);
        }
    }

    /// Notes what the feed says that a block has. It is not given up, though no node shows it yet.
    pub(crate) fn placed(&self, ids: &BTreeSet<TxId>) {
        for ((_, id), waiting) in &mut self.lock().waiting {
            waiting.placed |= ids.contains(id);
        }
    }

    /// Lets go of what was decided, and of what no block can hold any more as of a head of this time.
    pub(crate) fn settle(&self, decided: &BTreeSet<TxId>, head: Timestamp) -> Result<(), OutboxError> {
        let mut inner = self.lock();
        let is_over = |waiting: &Waiting| !waiting.placed && head > waiting.expires.plus_ms(GRACE_MS);
        let leaving = inner.waiting.iter().filter(|((_, id), waiting)| decided.contains(id) || is_over(waiting));
        let leaving: Vec<Place> = leaving.map(|(place, _)| *place).collect();
        inner.give_up(leaving.iter().map(|(_, id)| *id).filter(|id| !decided.contains(id)).collect())?;
        leaving.iter().try_for_each(|place| inner.remove(place))
    }

    /// The identities of all that waits.
    pub(crate) fn ids(&self) -> BTreeSet<TxId> {
        self.lock().places.iter().map(|(id, _)| *id).collect()
    }
}

impl Inner {
    fn path(&self, place: &Place) -> PathBuf {
        self.folder.join(file_name(place))
    }

    /// Where the copies of a transaction stand.
    fn copies(&self, id: &TxId) -> impl Iterator<Item = (Place, &Waiting)> {
        let places = self.places.range((*id, 0)..=(*id, u64::MAX)).map(|(id, number)| (*number, *id));
        places.filter_map(move |place| self.waiting.get(&place).map(|waiting| (place, waiting)))
    }

    fn contains(&self, id: &TxId) -> bool {
        self.copies(id).next().is_some()
    }

    fn has_copy(&self, id: &TxId, whole: &Hash) -> bool {
        self.copies(id).any(|(_, waiting)| waiting.whole == *whole)
    }

    /// Lets a copy that agencies refused give way to another, where there is no room for one more.
    fn make_room(&mut self, id: &TxId) -> Result<(), OutboxError> {
        if self.copies(id).count() < MAX_COPIES {
            return Ok(());
        }
        let refused = self.copies(id).find(|(_, waiting)| waiting.refused.len() >= REFUSALS).map(|(place, _)| place);
        self.remove(&refused.ok_or(OutboxError::Full)?)
    }

    /// Gives no number again that the name of a file has, whatever the file is.
    fn pass(&mut self, name: &str) {
        let number = name.split_once('-').and_then(|(number, _)| number.parse::<u64>().ok());
        self.next = number.map_or(self.next, |number| self.next.max(number.saturating_add(1)));
    }

    fn enter(&mut self, place: Place, waiting: Waiting) {
        self.bytes = self.bytes.saturating_add(waiting.length);
        self.places.insert((place.1, place.0));
        self.waiting.insert(place, waiting);
    }

    /// Remembers what no block can hold any more, durably, before its files leave.
    fn give_up(&mut self, ids: BTreeSet<TxId>) -> Result<(), OutboxError> {
        let mut expired = self.expired.clone();
        expired.extend(ids.into_iter().filter(|id| !self.expired.contains(id)));
        if expired.len() == self.expired.len() {
            return Ok(());
        }
        for id in expired.range(self.expired.len()..) {
            tracing::warn!(tx = %id, "a transaction expired before an agency put it in a block");
        }
        let surplus = expired.len().saturating_sub(MAX_EXPIRED);
        expired.drain(..surplus);
        let lines: Vec<String> = expired.iter().map(TxId::to_string).collect();
        let path = self.folder.join(EXPIRED);
        replace(&path, lines.join("\n").as_bytes()).map_err(|source| OutboxError::Io { path, source })?;
        self.expired = expired;
        Ok(())
    }

    fn remove(&mut self, place: &Place) -> Result<(), OutboxError> {
        let path = self.path(place);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(OutboxError::Io { path, source }),
            Ok(()) | Err(_) => {}
        }
        if let Some(waiting) = self.waiting.remove(place) {
            self.bytes = self.bytes.saturating_sub(waiting.length);
        }
        self.places.remove(&(place.1, place.0));
        Ok(())
    }
}

fn file_name((number, id): &Place) -> String {
    format!("{number:08}-{id}{SUFFIX}")
}

/// A file by its name, which must be that of what it holds.
fn read(path: &Path, name: &str) -> Result<(Place, Waiting), String> {
    let number = name.split_once('-').and_then(|(number, _)| number.parse::<u64>().ok());
    let number = number.ok_or("its name has no number")?;
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    let tx = SignedTx::from_bytes(&bytes).map_err(|e| e.to_string())?;
    let place = (number, tx.body.id());
    if file_name(&place) != name {
        return Err("its name is not that of the transaction in it".into());
    }
    let entered = fs::metadata(path).and_then(|file| file.modified()).map_err(|e| e.to_string())?;
    let since = entered.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let since = Timestamp(u64::try_from(since).unwrap_or(u64::MAX));
    Ok((place, Waiting::new(&bytes, tx.body.expires, since)))
}

/// What was given up before. A file that cannot be read is begun anew: nothing rests on it but what people are told.
fn read_expired(path: &Path) -> VecDeque<TxId> {
    match fs::read_to_string(path) {
        Ok(text) => text.lines().filter_map(|line| line.parse().ok()).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => VecDeque::new(),
        Err(error) => {
            tracing::error!(%error, file = %path.display(), "what expired cannot be read: begun anew");
            VecDeque::new()
        }
    }
}

#[cfg(test)]
mod tests;
