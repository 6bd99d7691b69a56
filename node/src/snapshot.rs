//! A home that begins with a snapshot: whether its trust root leads there, and what it may sign from then on.

use crate::{
    ceremony::{self, CeremonyError},
    config::{Config, Home},
};
use consensus::{HomeLock, SIGN_STATE_FILE, SignState, SignStateError};
use keys::{NodeKey, Signer as _};
use ledger::{KeyId, NetworkId, StateKey, StateRead, Timestamp, record::ValidatorsRecord, seats, state::ReadError};
use proof::{Anchor, Certified, Standing, TrustRoot};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};
use store::{
    Options, Store, StoreError,
    snapshot::{self, Manifest, SnapshotError},
};

/// Whether a trust root leads to the head of a snapshot; if not, why.
pub fn trusted(trust: &TrustRoot, manifest: &Manifest) -> Result<(), String> {
    if trust.network() != manifest.network {
        return Err(format!("it is of the network {}, trusted is {}", manifest.network, trust.network()));
    }
    // What the trust root starts behind need not be led to again.
    let start = trust.start().height;
    let chain: Vec<Certified> = manifest.changes.iter().filter(|c| c.header.height > start).cloned().collect();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
    let options = proof::Options { now: Some(now), max_age_ms: None, allow_test: true };
    let judged = proof::judge(&Anchor::at(&manifest.head, &chain), Some(trust), options);
    let judged = judged.map_err(|problem| format!("{problem} ({})", problem.code()))?;
    match judged.standing {
        Standing::Valid if judged.rooted => Ok(()),
        Standing::Valid | Standing::Untrusted | Standing::Invalid => Err("the trust root does not lead to it".into()),
        Standing::Stale => Err("the trust root is too old to lead to it: lead it on, `hufu trust advance`".into()),
    }
}

/// What became of a home that was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Height of the snapshot.
    pub height: u64,
    /// Whether the node's key has or had a seat: then its sign-state is as it was, or is missing.
    pub had_seat: bool,
    /// The height below which the key signs nothing; none where the home has no sign-state, or it was left alone.
    pub first_height: Option<u64>,
}

/// Makes the ledger of a home out of a snapshot that the home's trust root leads to. A ledger is replaced only where it
/// stands at the genesis, as a new home's does. The sign-state of a key that the snapshot knows no seat of begins behind
/// the snapshot then, or later if it did before: the key may have had a seat since. That of any other stays as it is.
pub fn restore(home: &Path, from: &Path) -> Result<Restored, CeremonyError> {
    let config = Config::load(home)?;
    let layout = config.layout();
    let trust = load_trust(&config)?;
    let genesis = ceremony::load_genesis(&layout.genesis())?;
    let key = NodeKey::read(&layout.node_key())?.consensus.key_id();
    // Nobody runs from this home meanwhile.
    let _lock = HomeLock::acquire(&layout.consensus())?;
    let (path, draft) = (layout.store(), layout.data().join("store.new"));
    if path.exists() {
        let height = Store::open(&path, config.store_options())?.tip().height;
        if height > 0 {
            return Err(StoreError::Exists { path: path.display().to_string() }.into());
        }
    }
    remove(&draft)?;
    let store = make(from, &draft, &trust, config.store_options())?;
    let (height, had_seat) = (store.tip().height, had_seat(&store, key)?);
    drop(store);
    // First, for a ledger beyond its sign-state would not start, and could not be restored again.
    let first_height = match had_seat {
        true => None,
        false => raise(&layout.consensus().join(SIGN_STATE_FILE), genesis.network, key, height)?,
    };
    replace(&path, &draft)?;
    Ok(Restored { height, had_seat, first_height })
}

/// Leads a sign-state up to a ledger of this height, never back: what stands in it was signed, or is not to be. Where
/// there is none, nobody can tell what was signed, and none is made.
fn raise(path: &Path, network: NetworkId, key: KeyId, height: u64) -> Result<Option<u64>, CeremonyError> {
    let old = match SignState::open(path, network, key, height) {
        Ok(state) => return Ok(Some(state.height())),
        Err(SignStateError::Missing { .. }) => return Ok(None),
        Err(SignStateError::Old { state, .. }) => state,
        Err(error) => return Err(error.into()),
    };
    let mut state = SignState::open(path, network, key, old)?;
    let covered = state.cover(height.saturating_add(1));
    covered.map_err(|source| CeremonyError::Io { path: path.to_owned(), source })?;
    Ok(Some(state.height()))
}

/// Puts a ledger in the place of another. Interrupted, it leaves one of the two in the place, or none, never a part.
fn replace(path: &Path, draft: &Path) -> Result<(), CeremonyError> {
    let io = |source| CeremonyError::Io { path: path.to_owned(), source };
    let old = path.with_extension("old");
    remove(&old)?;
    if path.exists() {
        fs::rename(path, &old).map_err(io)?;
    }
    fs::rename(draft, path).map_err(io)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    remove(&old)
}

/// The trust root of a home.
pub fn load_trust(config: &Config) -> Result<TrustRoot, CeremonyError> {
    let path = config.layout().trust();
    let bytes = fs::read(&path).map_err(|source| CeremonyError::Io { path: path.clone(), source })?;
    TrustRoot::from_json(&bytes).map_err(|error| CeremonyError::Shape { path, detail: error.to_string() })
}

/// A ledger out of a snapshot to which a trust root leads.
pub(crate) fn make(from: &Path, path: &Path, trust: &TrustRoot, options: Options) -> Result<Store, SnapshotError> {
    snapshot::restore(from, path, options, &|manifest| trusted(trust, manifest))
}

/// The newest of the snapshots that the node of a home has made.
pub fn newest(home: &Home) -> io::Result<Option<PathBuf>> {
    let folder = home.snapshots();
    Ok(heights(&folder)?.into_iter().max().map(|height| folder.join(height.to_string())))
}

/// Heights of the snapshots in a folder; none where there is no folder.
pub(crate) fn heights(folder: &Path) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        // A draft has another name, and so has what is not ours.
        found.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    Ok(found)
}

/// Whether a key has, had, or is about to have a seat, as far as the ledger knows.
pub(crate) fn had_seat(store: &Store, key: KeyId) -> Result<bool, StoreError> {
    let unread =
        |error: ReadError| StoreError::Corrupt { what: "a record of the seats".into(), detail: error.to_string() };
    let record: Option<ValidatorsRecord> = store.record(&StateKey::Validators).map_err(unread)?;
    let Some(ValidatorsRecord { set, from: _, previous, next, changes }) = record else { return Ok(false) };
    let sets = [Some(set), previous, next.map(|(set, _)| set)];
    if sets.iter().flatten().any(|set| set.by_key(&key).is_some()) {
        return Ok(true);
    }
    for n in 1..=changes {
        let change = seats::change(store, n).map_err(unread)?;
        if change.is_some_and(|change| change.signed.by_key(&key).is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn remove(folder: &Path) -> Result<(), CeremonyError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(CeremonyError::Io { path: folder.to_owned(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_state_is_led_up_to_the_ledger_and_never_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SIGN_STATE_FILE);
        let (network, key) = (NetworkId::default(), KeyId::default());
        assert_eq!(raise(&path, network, key, 40).unwrap(), None);
        assert!(!path.exists(), "nobody knows what the key has signed");
        SignState::create(&path, network, key, 1).unwrap();
        // A snapshot that is older than what was signed, or than what the operator stated, changes nothing.
        for (height, first) in [(40, 41), (40, 41), (30, 41), (50, 51), (51, 51), (1, 51)] {
            assert_eq!(raise(&path, network, key, height).unwrap(), Some(first), "{height}");
            assert_eq!(SignState::open(&path, network, key, height).unwrap().height(), first);
        }
        fs::write(&path, "damaged").unwrap();
        assert_eq!(raise(&path, network, key, 60).unwrap_err().code(), "H3118");
        assert_eq!(fs::read(&path).unwrap(), b"damaged");
    }

    #[test]
    fn a_ledger_is_replaced_whatever_an_interrupted_replacing_left() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let put = |name: &str, content: &str| {
            fs::create_dir_all(at(name)).unwrap();
            fs::write(at(name).join("file"), content).unwrap();
        };
        for present in [&["store", "store.old"][..], &["store.old"], &["store"], &[]] {
            for name in present {
                put(name, "before");
            }
            put("store.new", "after");
            replace(&at("store"), &at("store.new")).unwrap();
            assert_eq!(fs::read(at("store").join("file")).unwrap(), b"after", "{present:?}");
            assert!(!at("store.new").exists() && !at("store.old").exists(), "{present:?}");
            remove(&at("store")).unwrap();
        }
    }

    #[test]
    fn snapshots_are_told_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path());
        assert_eq!(newest(&home).unwrap(), None);
        for name in ["20", "100", "7", "101.new", "other"] {
            fs::create_dir_all(home.snapshots().join(name)).unwrap();
        }
        assert_eq!(newest(&home).unwrap(), Some(home.snapshots().join("100")));
        let mut all = heights(&home.snapshots()).unwrap();
        all.sort_unstable();
        assert_eq!(all, [7, 20, 100]);
    }
}
