//! Where a block stands in the list of all earlier ones that a later header holds the root of: what leads a reader from the
//! block that he knows to another.

use ledger::{
    BlockId, Hash,
    list::{self, SPAN, Tops},
};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Store, StoreError};

/// The upper part of the list of all blocks: 64 bytes for each [`SPAN`] of them. It is read when it is first asked for,
/// which takes some seconds for a million blocks, and grows from then on; what is in it never changes. Shared by reference
/// count.
#[derive(Clone, Default)]
pub(crate) struct History(Arc<Mutex<Tops>>);

impl History {
    /// The block of a height with its siblings in the list of the first `size` blocks, which the header above those has the
    /// root of. None where there is no such block among them.
    pub(crate) fn path(
        &self,
        store: &Store,
        size: u64,
        height: u64,
    ) -> Result<Option<(BlockId, Vec<Hash>)>, StoreError> {
        let Some(index) = height.checked_sub(1).filter(|index| *index < size) else { return Ok(None) };
        let siblings = self.siblings(store, size, index)?;
        let block = block_ids(store, index, 1)?.first().copied().unwrap_or_default();
        // The next header tells: nothing wrong leaves this node.
        let header = store.header(size.saturating_add(1))?;
        let root = list::root_of_path(size, index, &block, &siblings);
        match root.is_some() && root == header.map(|h| h.history) {
            true => Ok(Some((BlockId(block), siblings))),
            false => Err(corrupt(format!("the way from block {height} to {size} does not hold"))),
        }
    }

    /// The siblings of a block in the list of the first `size` blocks.
    fn siblings(&self, store: &Store, size: u64, index: u64) -> Result<Vec<Hash>, StoreError> {
        let first = index - index % SPAN;
        let own = block_ids(store, first, SPAN.min(size - first))?;
        let rest = block_ids(store, size - size % SPAN, size % SPAN)?;
        loop {
            // Held for one span at a time, so that nobody waits for long; whoever waits then goes on with the next.
            let mut tops = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = tops.count();
            if size - size % SPAN <= known {
                let siblings = tops.path(size, index, &own, &rest);
                return siblings.ok_or_else(|| corrupt(format!("block {} has no place in it", index + 1)));
            }
            if !tops.push(&block_ids(store, known, SPAN)?) {
                return Err(corrupt(format!("blocks behind {known} are no whole span")));
            }
        }
    }
}

/// Identities of `count` blocks behind the first `from`.
fn block_ids(store: &Store, from: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let ids = store.block_ids(from.saturating_add(1), limit)?;
    match ids.len() == limit {
        true => Ok(ids.into_iter().map(|id| id.0).collect()),
        false => Err(corrupt(format!("some of {count} blocks behind {from} are missing"))),
    }
}

fn corrupt(detail: String) -> StoreError {
    StoreError::Corrupt { what: "the history".into(), detail }
}
