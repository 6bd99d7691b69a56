//! The ledger on disk: blocks, receipts, events and the certified state with its tree.
//!
//! Purpose: one synced batch per block, reads that are checked, proofs of one height, and a check of everything
//! ([`Store::fsck`]). The layout is specified in `docs/formats/store.md`.
//!
//! Invariants:
//! - a height is in the store whole or not at all: block, certificate, receipts, events, feeds, records, indexes and tip are
//!   one batch, synced before [`Store::commit`] returns;
//! - nothing of the state tree is stored but its leaves; the root recomputed from them equals the one in the last
//!   certified header, or the store does not open;
//! - every record read is checked against the leaf that the tree in memory holds for it, absence too, and every proof
//!   against the root, before anyone sees it;
//! - an error of a write stops the store: memory is then behind or equal to the disk, never ahead of it, and the next
//!   opening finds the last whole height;
//! - a slice ([`SliceBatch`]) has the records and links that its caller proved, whole steps of them, and proves nothing;
//! - the shape of the tree in memory is a local matter: no root, proof or byte on disk depends on it;
//! - below the floor stand the state, the identities of blocks and the headers of changed seats; whatever else is asked for
//!   there comes from an archive, or is refused: nothing is passed over in silence.
//!
//! Deliberately absent: the rules (`custody`), and whom to trust: a commit takes a certificate as it is, and who may sign a
//! snapshot is the caller's knowledge. RocksDB is named in this crate alone.

mod archive;
mod column;
mod commit;
mod database;
mod error;
mod feed;
mod fsck;
mod genesis;
mod index;
mod leaf;
mod marker;
mod options;
mod read;
mod receipts;
mod recent;
mod seats;
mod slice;
pub mod snapshot;
mod tree;
mod view;

#[cfg(test)]
mod tests;

pub use archive::{Archive, Pruned};
pub use commit::{Candidate, Commit};
pub use error::StoreError;
pub use fsck::{Finding, FsckReport, MAX_FINDINGS};
pub use options::{FAIL_POINTS, Options};
pub use read::{MAX_PAGE, Proved, TxLocation};
pub use slice::{MAX_LOOSE_HEADS, OwnTx, SliceBatch};
pub use view::{Store, Tip, View};
