//! Where a scenario is played: something that takes signed transactions and shows records.

use api::tx::RejectionView;
use ledger::{
    Event, GrantId, Hash, ItemId, ItemRecord, NetworkId, SignedTx, TxId,
    operation::Registry,
    record::{AlertRecord, EntryRecord, GrantRecord, ProposalRecord, Stamp},
};
use std::path::Path;

/// What became of an act.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// It was done.
    Done,
    /// A rule refused it.
    Refused(Box<RejectionView>),
}

/// A place to play.
pub(super) trait Stage {
    /// The network.
    fn network(&self) -> NetworkId;
    /// Height and time of the last block.
    fn tip(&self) -> eyre::Result<Stamp>;
    /// Puts an act into a block. Error: no block may hold it.
    fn perform(&mut self, tx: &SignedTx) -> eyre::Result<Answer>;
    /// Lets a block pass.
    fn block(&mut self) -> eyre::Result<()>;
    /// An item.
    fn item(&self, id: &ItemId) -> eyre::Result<Option<ItemRecord>>;
    /// Its events, in their order.
    fn events(&self, id: &ItemId) -> eyre::Result<Vec<Event>>;
    /// A grant.
    fn grant(&self, id: &GrantId) -> eyre::Result<Option<GrantRecord>>;
    /// A proposal.
    fn proposal(&self, tx: &TxId) -> eyre::Result<Option<ProposalRecord>>;
    /// The entries of a place, in their order.
    fn entries(&self, registry: Registry, place: &Hash) -> eyre::Result<Vec<EntryRecord>>;
    /// All alerts.
    fn alerts(&self) -> eyre::Result<Vec<AlertRecord>>;
    /// That everything that has the state has the same, and which it is.
    fn same_roots(&mut self) -> eyre::Result<String>;
    /// What only processes have.
    fn processes(&mut self) -> Option<&mut dyn Processes> {
        None
    }
}

/// What only real nodes have.
pub(super) trait Processes {
    /// Writes the bundle of an item into a file.
    fn bundle(&mut self, item: &ItemId, file: &Path) -> eyre::Result<()>;
    /// Verifies a bundle offline with `hufu verify`: exit code, and the verdict or what it said instead.
    fn verify(&mut self, file: &Path) -> eyre::Result<(i32, String)>;
    /// A folder for files.
    fn folder(&self) -> &Path;
    /// Kills a node, starts it again, and waits until it has caught up; tells what happened.
    fn restart(&mut self, agency: &str) -> eyre::Result<String>;
    /// Whether a text stands in the files of a node.
    fn is_stored(&self, text: &str) -> eyre::Result<bool>;
}
