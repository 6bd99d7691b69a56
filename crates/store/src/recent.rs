//! Records that were read or written lately.
//!
//! A block's execution reads the records that the block then replaces, and the lists need the old ones again. An entry
//! is given only for the leaf hash that the tree of the reader holds, and that binds key and record: whatever height a
//! reader is at, an entry is right or is not given, so nothing ever has to be dropped for being old.

use ledger::Hash;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Bytes that an entry takes besides its record.
const ENTRY_BYTES: usize = 160;

type Entries = HashMap<Hash, (Hash, Arc<[u8]>)>;

#[derive(Default)]
struct Generations {
    young: Entries,
    old: Entries,
    young_bytes: usize,
}

/// Two generations: when the young one is full it becomes the old one, and what was old and not asked for goes.
pub(crate) struct Recent {
    generations: Mutex<Generations>,
    most_bytes: usize,
}

impl Recent {
    /// Room for about so many bytes.
    pub(crate) fn new(bytes: usize) -> Recent {
        Recent { generations: Mutex::default(), most_bytes: bytes / 2 }
    }

    /// The record at a position whose leaf has this hash.
    pub(crate) fn find(&self, position: &Hash, leaf: &Hash) -> Option<Arc<[u8]>> {
        let mut generations = self.generations.lock().ok()?;
        if let Some((known, record)) = generations.young.get(position) {
            return (known == leaf).then(|| Arc::clone(record));
        }
        let (known, record) = generations.old.remove(position)?;
        let found = (known == *leaf).then(|| Arc::clone(&record));
        self.insert(&mut generations, *position, known, record);
        found
    }

    /// Remembers records: (position, hash of the leaf, record).
    pub(crate) fn remember(&self, records: impl IntoIterator<Item = (Hash, Hash, Arc<[u8]>)>) {
        let Ok(mut generations) = self.generations.lock() else { return };
        for (position, leaf, record) in records {
            self.insert(&mut generations, position, leaf, record);
        }
    }

    fn insert(&self, generations: &mut Generations, position: Hash, leaf: Hash, record: Arc<[u8]>) {
        let bytes = record.len() + ENTRY_BYTES;
        if bytes > self.most_bytes {
            return;
        }
        if generations.young_bytes + bytes > self.most_bytes {
            generations.old = std::mem::take(&mut generations.young);
            generations.young_bytes = 0;
        }
        generations.young_bytes += bytes;
        if let Some((_, before)) = generations.young.insert(position, (leaf, record)) {
            generations.young_bytes = generations.young_bytes.saturating_sub(before.len() + ENTRY_BYTES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_given_for_its_leaf_alone_and_room_is_bounded() {
        let hash = |n: u64| ledger::tree::value(&n.to_be_bytes());
        let recent = Recent::new(100 * (ENTRY_BYTES + 10));
        for n in 0..1_000u64 {
            recent.remember([(hash(n), hash(n + 1), Arc::from([n as u8; 10]))]);
            assert_eq!(recent.find(&hash(n), &hash(n + 1)).as_deref(), Some(&[n as u8; 10][..]));
            assert_eq!(recent.find(&hash(n), &hash(n)), None);
            // Asked for again and again, it stays.
            assert!(recent.find(&hash(0), &hash(1)).is_some());
        }
        assert_eq!(recent.find(&hash(500), &hash(501)), None);
        let generations = recent.generations.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() <= 100);
        let bytes: usize = generations.young.values().map(|(_, r)| r.len() + ENTRY_BYTES).sum();
        assert_eq!(bytes, generations.young_bytes);
    }
}
