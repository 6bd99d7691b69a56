//! The open store, and what it shows of one height.

use crate::{
    Options, StoreError,
    column::{Column, FORMAT, FORMAT_BEFORE, List, SLICE, meta, read_hash, read_u64},
    database::{Database, Reader, columns_of, folder},
    genesis::build_tree,
    index::registry_owner,
    marker::{Mark, Marker},
    read::{Proved, TxLocation},
    tree::{End, Tree},
};
use ledger::{
    AlertId, BlockId, Certificate, ClassId, DutyId, Event, GrantId, Hash, Header, ItemId, KeyId, NetworkId, OrgId,
    Receipt, StateKey, StateRead, Timestamp, TxId,
    block::FeedLink,
    operation::Registry,
    state::ReadError,
    tree::{self as hashing, StateProof, Terminal},
};
use rocksdb::WriteBatch;
use std::{
    path::Path,
    sync::{Arc, Mutex, RwLock},
};

/// The last height of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Height; 0 is genesis.
    pub height: u64,
    /// Its header; none for genesis.
    pub header: Option<Header>,
    /// Identity of the block; the zero hash for genesis.
    pub block: BlockId,
    /// Root of the state after it.
    pub root: Hash,
    /// Records in the state.
    pub leaves: u64,
}

/// Bytes of the tip as it is stored: `height (8) || block (32) || root (32) || leaves (8)`.
const TIP_BYTES: usize = 80;

impl Tip {
    pub(crate) fn to_bytes(&self) -> [u8; TIP_BYTES] {
        let mut bytes = [0; TIP_BYTES];
        bytes[..8].copy_from_slice(&self.height.to_be_bytes());
        bytes[8..40].copy_from_slice(self.block.0.as_bytes());
        bytes[40..72].copy_from_slice(self.root.as_bytes());
        bytes[72..].copy_from_slice(&self.leaves.to_be_bytes());
        bytes
    }

    /// The tip without its header.
    fn from_bytes(bytes: &[u8]) -> Option<Tip> {
        (bytes.len() == TIP_BYTES).then_some(())?;
        Some(Tip {
            height: read_u64(bytes)?,
            header: None,
            block: BlockId(read_hash(bytes.get(8..)?)?),
            root: read_hash(bytes.get(40..)?)?,
            leaves: read_u64(bytes.get(72..)?)?,
        })
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { height: self.height, block: self.block }
    }
}

/// What memory holds of one height.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) tip: Tip,
    pub(crate) tree: Tree,
    /// No remembered transaction expires before this, so that a look for expired ones need not pass over removed ones.
    pub(crate) expiry_floor: Timestamp,
    /// Nothing is due before this, likewise.
    pub(crate) due_floor: Timestamp,
}

/// What only one commit at a time may touch.
pub(crate) struct Writer {
    pub(crate) marker: Marker,
    /// An earlier write failed.
    pub(crate) failed: bool,
}

/// The open store. Share it behind an `Arc`: every method takes `&self`.
pub struct Store {
    pub(crate) database: Database,
    pub(crate) options: Options,
    pub(crate) network: NetworkId,
    /// The organisation whose slice of a ledger this is; none for a whole ledger.
    pub(crate) slice: Option<OrgId>,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) state: RwLock<Arc<State>>,
}

impl Store {
    /// Opens a store and rebuilds the state tree from its leaves. One of the format before becomes one of this format.
    ///
    /// Errors: [`StoreError::Missing`], [`StoreError::Locked`], [`StoreError::Incomplete`], [`StoreError::Format`],
    /// [`StoreError::RootMismatch`], [`StoreError::LostBlocks`], [`StoreError::Marker`], [`StoreError::Corrupt`],
    /// [`StoreError::Full`], [`StoreError::Disk`].
    pub fn open(path: &Path, options: Options) -> Result<Store, StoreError> {
        if !folder(path).is_dir() {
            return Err(StoreError::Missing { path: path.display().to_string() });
        }
        let marker = Marker::open(path);
        let known = marker.as_ref().map(|(_, mark)| mark.height);
        let database = Database::open(path, &options, columns_of(path), |database| {
            let tip = read_tip(&database.live())?;
            Ok(matches!((tip, known), (Some(tip), Ok(known)) if tip.height >= known))
        })?;
        let reader = database.live();
        let Some(mut tip) = read_tip(&reader)? else {
            return Err(StoreError::Incomplete { path: path.display().to_string() });
        };
        let network = read_network(&reader)?;
        let slice = read_kind(&reader)?;
        let (marker, mark) = marker?;
        check_mark(&reader, &tip, mark)?;
        tip.header = certified_header(&reader, &tip)?;
        let tree = build_tree(&reader, tip.leaves)?;
        if tree.root() != tip.root || tree.leaves() != tip.leaves {
            return Err(StoreError::RootMismatch {
                height: tip.height,
                certified: tip.root,
                found: tree.root(),
                leaves: tree.leaves(),
                leaves_certified: tip.leaves,
            });
        }
        let expiry_floor = reader.first_of(Column::Expiry, Timestamp(0))?;
        let due_floor = reader.first_of(Column::Due, Timestamp(0))?;
        drop(reader);
        renew_format(&database)?;
        let state = RwLock::new(Arc::new(State { tip, tree, expiry_floor, due_floor }));
        let writer = Mutex::new(Writer { marker, failed: false });
        Ok(Store { database, options, network, slice, writer, state })
    }

    /// The network whose ledger this is.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The organisation whose slice of a ledger this is; none for a whole ledger.
    pub fn slice_of(&self) -> Option<OrgId> {
        self.slice
    }

    /// Bytes of the genesis. Error besides: [`StoreError::Slice`].
    pub fn genesis(&self) -> Result<Vec<u8>, StoreError> {
        if self.slice.is_some() {
            return Err(StoreError::Slice { doing: "read the genesis" });
        }
        self.database.live().genesis()
    }

    /// The last height.
    pub fn tip(&self) -> Tip {
        self.now().tip.clone()
    }

    pub(crate) fn now(&self) -> Arc<State> {
        // A panic while this lock is held cannot leave a half-changed state behind: see `publish`.
        Arc::clone(&self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Everything of the last height, unchanged by commits that follow. Holding it blocks nobody; it keeps old data from
    /// being reclaimed, so it is not for keeping.
    ///
    /// Errors: [`StoreError::Stopped`] after a commit that did not come to its end, [`StoreError::Corrupt`],
    /// [`StoreError::Disk`].
    pub fn view(&self) -> Result<View<'_>, StoreError> {
        let state = self.now();
        let reader = self.database.frozen();
        if is_at(&reader, &state.tip)? {
            return Ok(View { reader, state, network: self.network });
        }
        // A commit is between disk and memory: wait for its end.
        let _writer = self.writer.lock().map_err(|_| StoreError::Stopped)?;
        let state = self.now();
        let reader = self.database.frozen();
        match is_at(&reader, &state.tip)? {
            true => Ok(View { reader, state, network: self.network }),
            false => Err(StoreError::Stopped),
        }
    }

    /// Whether the state has a record of this key; answered from memory.
    pub fn contains(&self, key: &StateKey) -> bool {
        self.now().tree.leaf(&key.hash()).is_some()
    }

    /// A record, or its absence, with its proof under the last height. See [`View::prove`].
    pub fn prove(&self, key: &StateKey) -> Result<Proved, StoreError> {
        self.view()?.prove(key)
    }

    fn reader(&self) -> Reader<'_> {
        self.database.live()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Ok(writer) = self.writer.get_mut()
            && let Err(error) = writer.marker.sync()
        {
            tracing::warn!(%error, "the marker of the last height was not synced");
        }
    }
}

pub(crate) fn read_tip(reader: &Reader<'_>) -> Result<Option<Tip>, StoreError> {
    let Some(bytes) = reader.get(Column::Meta, meta::TIP)? else { return Ok(None) };
    Tip::from_bytes(&bytes).map(Some).ok_or_else(|| StoreError::corrupt("the last height", "it is cut short"))
}

/// Whether the disk is where memory is. A slice may be written twice at one height, hence the root.
fn is_at(reader: &Reader<'_>, tip: &Tip) -> Result<bool, StoreError> {
    Ok(read_tip(reader)?.is_some_and(|found| (found.height, found.root) == (tip.height, tip.root)))
}

fn read_network(reader: &Reader<'_>) -> Result<NetworkId, StoreError> {
    let format = reader.get(Column::Meta, meta::FORMAT)?.map(|f| String::from_utf8_lossy(&f).into_owned());
    if !matches!(format.as_deref(), Some(FORMAT | FORMAT_BEFORE)) {
        return Err(StoreError::Format { found: format.unwrap_or_default(), readable: FORMAT });
    }
    let network = reader.get(Column::Meta, meta::NETWORK)?;
    let network = network.and_then(|n| <[u8; 32]>::try_from(&*n).ok());
    network.map(|n| NetworkId(Hash(n))).ok_or_else(|| StoreError::corrupt("the network", "it is missing"))
}

/// The organisation of a slice; none where nothing is stated, as for a whole ledger.
fn read_kind(reader: &Reader<'_>) -> Result<Option<OrgId>, StoreError> {
    let unknown = || StoreError::corrupt("the kind of the store", "it is none that this program knows");
    let org = match reader.get(Column::Meta, meta::KIND)? {
        None => None,
        Some(kind) => {
            let org = kind.strip_prefix(SLICE).and_then(|org| <[u8; 32]>::try_from(org).ok());
            Some(OrgId(Hash(org.ok_or_else(unknown)?)))
        }
    };
    match org.is_some() == reader.is_slice() {
        true => Ok(org),
        false => Err(unknown()),
    }
}

/// Nothing but the number differs: what the format before does not have is absent in this one too. From here on
/// something may be written that a program of the format before would not understand.
fn renew_format(database: &Database) -> Result<(), StoreError> {
    let is_old = database.live().get(Column::Meta, meta::FORMAT)?.as_deref() == Some(FORMAT_BEFORE.as_bytes());
    if !is_old {
        return Ok(());
    }
    let mut batch = WriteBatch::default();
    batch.put_cf(database.column(Column::Meta)?, meta::FORMAT, FORMAT);
    database.write(batch, true)
}

/// The marker may lag behind the tip, never the other way round.
fn check_mark(reader: &Reader<'_>, tip: &Tip, mark: Mark) -> Result<(), StoreError> {
    if tip.height < mark.height {
        return Err(StoreError::LostBlocks { known: mark.height, found: tip.height });
    }
    let block = match (reader.is_slice(), mark.height) {
        (true, height) => match reader.header(height)? {
            Some(header) => header.id(),
            // A slice does not keep all headers.
            None => return Ok(()),
        },
        (false, 0) => BlockId::default(),
        // Its identity alone: the marker may lag so far that the header has moved to an archive.
        (false, height) => reader.block_ids(height, 1)?.pop().unwrap_or_default(),
    };
    match block == mark.block {
        true => Ok(()),
        false => Err(StoreError::corrupt(
            format!("height {}", mark.height),
            format!("its block is {block}, the marker of the last height knows {}", mark.block),
        )),
    }
}

/// The header of the tip, which must say what the tip says.
fn certified_header(reader: &Reader<'_>, tip: &Tip) -> Result<Option<Header>, StoreError> {
    if tip.height == 0 {
        return Ok(None);
    }
    let what = || format!("the header of height {}", tip.height);
    let header = reader.header(tip.height)?.ok_or_else(|| StoreError::corrupt(what(), "it is missing"))?;
    let has_root = header.state == tip.root || reader.is_slice();
    match header.height == tip.height && header.id() == tip.block && has_root {
        true => Ok(Some(header)),
        false => Err(StoreError::corrupt(what(), "it is not the one that the tip names")),
    }
}

/// All of one height, while others may be committed.
pub struct View<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) state: Arc<State>,
    pub(crate) network: NetworkId,
}

impl View<'_> {
    /// The height, its header, block identity and state root.
    pub fn tip(&self) -> &Tip {
        &self.state.tip
    }

    /// The network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The certificate of this height; none for genesis.
    pub fn tip_certificate(&self) -> Result<Option<Certificate>, StoreError> {
        self.reader.certificate(self.state.tip.height)
    }

    /// A record, or its absence, with its proof under this height's state root, checked before it is given.
    ///
    /// Errors: [`StoreError::Corrupt`] when the leaves on disk are not those of the root, [`StoreError::Disk`],
    /// [`StoreError::Slice`].
    pub fn prove(&self, key: &StateKey) -> Result<Proved, StoreError> {
        if self.reader.is_slice() {
            return Err(StoreError::Slice { doing: "prove a record" });
        }
        let State { tip, tree, expiry_floor: _, due_floor: _ } = &*self.state;
        let value = self.reader.record(tree, key)?.map(|record| record.to_vec());
        let position = key.hash();
        let (siblings, end) = tree.path(&position);
        let terminal = match end {
            End::Empty => Terminal::Empty,
            End::Leaf => Terminal::Leaf,
            End::Other(other) => Terminal::Other { key: other, value: self.reader.value_hash(&other)? },
        };
        let proof = StateProof { siblings, terminal };
        match proof.proves(&tip.root, &position, value.as_deref().map(hashing::value).as_ref()) {
            true => Ok(Proved { value, proof, root: tip.root, height: tip.height }),
            false => Err(StoreError::corrupt(format!("the record {key:?}"), "it does not prove under the state root")),
        }
    }

    fn reader(&self) -> &Reader<'_> {
        &self.reader
    }
}

impl StateRead for View<'_> {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.reader.record(&self.state.tree, key).map_err(read_error)?.map(|record| record.to_vec()))
    }
    fn expired(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, TxId)>, ReadError> {
        self.reader.expired(self.state.expiry_floor, until, limit).map_err(read_error)
    }
    fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, Hash)>, ReadError> {
        self.reader.due(self.state.due_floor, until, limit).map_err(read_error)
    }
}

/// The last committed state. Reads of one execution belong together only while nothing is committed: otherwise take a
/// [`Store::view`].
impl StateRead for Store {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        match self.reader().record(&self.now().tree, key) {
            // Either damage, or a commit that is between disk and memory: a view waits for its end and tells.
            Err(StoreError::Corrupt { .. }) => self.view().map_err(read_error)?.read(key),
            other => Ok(other.map_err(read_error)?.map(|record| record.to_vec())),
        }
    }
    fn expired(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, TxId)>, ReadError> {
        let floor = self.now().expiry_floor;
        self.reader().expired(floor, until, limit).map_err(read_error)
    }
    fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, Hash)>, ReadError> {
        let floor = self.now().due_floor;
        self.reader().due(floor, until, limit).map_err(read_error)
    }
}

fn read_error(error: StoreError) -> ReadError {
    ReadError::Storage { detail: format!("{} ({})", error, error.code()) }
}

/// The look-ups that the store offers for its last height and a view for its own.
///
/// Errors of all: [`StoreError::Corrupt`] when bytes are not what was written, [`StoreError::Disk`]. A listing gives the
/// members behind `after`, ascending, at most `limit` and [`crate::MAX_PAGE`].
macro_rules! look_ups {
    ($type:ty) => {
        impl $type {
            /// The lowest height whose block this store holds itself; 1 where it holds all. What lies below is in the
            /// archive, if there is one, else refused as [`StoreError::Pruned`].
            pub fn floor(&self) -> Result<u64, StoreError> {
                self.reader().floor()
            }
            /// Bytes of a block with its certificate; none for genesis, for heights beyond the last, and in a slice.
            pub fn block(&self, height: u64) -> Result<Option<(Vec<u8>, Certificate)>, StoreError> {
                self.reader().block(height)
            }
            /// Header of a block.
            pub fn header(&self, height: u64) -> Result<Option<Header>, StoreError> {
                self.reader().header(height)
            }
            /// Identities of the blocks from height `from` on (the first is 1), ascending and without a gap.
            pub fn block_ids(&self, from: u64, limit: usize) -> Result<Vec<BlockId>, StoreError> {
                self.reader().block_ids(from, limit)
            }
            /// Certificate of a block.
            pub fn certificate(&self, height: u64) -> Result<Option<Certificate>, StoreError> {
                self.reader().certificate(height)
            }
            /// Receipts of a block, by position; empty for heights beyond the last.
            pub fn receipts(&self, height: u64) -> Result<Vec<Receipt>, StoreError> {
                self.reader().receipts(height)
            }
            /// Where a transaction is. None for one below the floor that no archive holds: it cannot be told from one
            /// that never was.
            pub fn tx(&self, id: &TxId) -> Result<Option<TxLocation>, StoreError> {
                self.reader().tx(id)
            }
            /// Bytes of a signed transaction, by height and position. Reads the whole block.
            pub fn tx_bytes(&self, height: u64, index: u32) -> Result<Option<Vec<u8>>, StoreError> {
                self.reader().tx_bytes(height, index)
            }
            /// Events of an item from number `from` on (the first is 1), ascending and without a gap; a slice may lack
            /// some.
            pub fn events(&self, item: &ItemId, from: u64, limit: usize) -> Result<Vec<Event>, StoreError> {
                self.reader().events(item, from, limit)
            }
            /// Links of an organisation's feed from number `from` on (the first is 1), ascending and without a gap.
            pub fn feed_links(&self, org: &OrgId, from: u64, limit: usize) -> Result<Vec<FeedLink>, StoreError> {
                self.reader().feed_links(org, from, limit)
            }
            /// All items.
            pub fn items(&self, after: Option<ItemId>, limit: usize) -> Result<Vec<ItemId>, StoreError> {
                self.members(List::Items, None, after.map(|i| i.0), limit, ItemId)
            }
            /// Items whose custodian an organisation is.
            pub fn items_by_custodian(
                &self,
                org: &OrgId,
                after: Option<ItemId>,
                limit: usize,
            ) -> Result<Vec<ItemId>, StoreError> {
                self.members(List::ItemsOfCustodian, Some(&org.0), after.map(|i| i.0), limit, ItemId)
            }
            /// Items with a pending offer to an organisation. Whether the offer has expired is for the caller to see.
            pub fn items_with_offer_to(
                &self,
                org: &OrgId,
                after: Option<ItemId>,
                limit: usize,
            ) -> Result<Vec<ItemId>, StoreError> {
                self.members(List::ItemsOfferedTo, Some(&org.0), after.map(|i| i.0), limit, ItemId)
            }
            /// Items that are shared with an organisation. Whether a share is in force is for the caller to see.
            pub fn items_shared_with(
                &self,
                org: &OrgId,
                after: Option<ItemId>,
                limit: usize,
            ) -> Result<Vec<ItemId>, StoreError> {
                self.members(List::ItemsSharedWith, Some(&org.0), after.map(|i| i.0), limit, ItemId)
            }
            /// Items with a hold in force.
            pub fn items_held(&self, after: Option<ItemId>, limit: usize) -> Result<Vec<ItemId>, StoreError> {
                self.members(List::ItemsHeld, None, after.map(|i| i.0), limit, ItemId)
            }
            /// All organisations.
            pub fn orgs(&self, after: Option<OrgId>, limit: usize) -> Result<Vec<OrgId>, StoreError> {
                self.members(List::Orgs, None, after.map(|i| i.0), limit, OrgId)
            }
            /// Persons' keys of an organisation, ended ones too.
            pub fn keys_of(&self, org: &OrgId, after: Option<KeyId>, limit: usize) -> Result<Vec<KeyId>, StoreError> {
                self.members(List::KeysOfOrg, Some(&org.0), after.map(|i| i.0), limit, KeyId)
            }
            /// Transport identities of an organisation's nodes, ended ones too.
            pub fn nodes_of(
                &self,
                org: &OrgId,
                after: Option<[u8; 32]>,
                limit: usize,
            ) -> Result<Vec<[u8; 32]>, StoreError> {
                self.members(List::NodesOfOrg, Some(&org.0), after.map(Hash), limit, |h| h.0)
            }
            /// All item classes.
            pub fn classes(&self, after: Option<ClassId>, limit: usize) -> Result<Vec<ClassId>, StoreError> {
                self.members(List::Classes, None, after.map(|i| i.0), limit, ClassId)
            }
            /// Hashes of all policy packs.
            pub fn packs(&self, after: Option<Hash>, limit: usize) -> Result<Vec<Hash>, StoreError> {
                self.members(List::Packs, None, after, limit, |h| h)
            }
            /// Items in a logistic unit, not those deeper in it.
            pub fn items_in(
                &self,
                unit: &ItemId,
                after: Option<ItemId>,
                limit: usize,
            ) -> Result<Vec<ItemId>, StoreError> {
                self.members(List::ItemsInUnit, Some(&unit.0), after.map(|i| i.0), limit, ItemId)
            }
            /// Places of a registry.
            pub fn registers(
                &self,
                registry: Registry,
                after: Option<Hash>,
                limit: usize,
            ) -> Result<Vec<Hash>, StoreError> {
                self.members(List::Registers, Some(&registry_owner(registry)), after, limit, |h| h)
            }
            /// Places of all registries about an organisation, class or person.
            pub fn registers_about(
                &self,
                subject: &Hash,
                after: Option<Hash>,
                limit: usize,
            ) -> Result<Vec<Hash>, StoreError> {
                self.members(List::RegistersAbout, Some(subject), after, limit, |h| h)
            }
            /// All grants.
            pub fn grants(&self, after: Option<GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError> {
                self.members(List::Grants, None, after.map(|i| i.0), limit, GrantId)
            }
            /// Grants that an organisation holds or is the counterpart of.
            pub fn grants_of(
                &self,
                org: &OrgId,
                after: Option<GrantId>,
                limit: usize,
            ) -> Result<Vec<GrantId>, StoreError> {
                self.members(List::GrantsOf, Some(&org.0), after.map(|i| i.0), limit, GrantId)
            }
            /// All duties.
            pub fn duties(&self, after: Option<DutyId>, limit: usize) -> Result<Vec<DutyId>, StoreError> {
                self.members(List::Duties, None, after.map(|i| i.0), limit, DutyId)
            }
            /// Duties of an organisation.
            pub fn duties_of(
                &self,
                org: &OrgId,
                after: Option<DutyId>,
                limit: usize,
            ) -> Result<Vec<DutyId>, StoreError> {
                self.members(List::DutiesOf, Some(&org.0), after.map(|i| i.0), limit, DutyId)
            }
            /// All proposals, by their transaction.
            pub fn proposals(&self, after: Option<TxId>, limit: usize) -> Result<Vec<TxId>, StoreError> {
                self.members(List::Proposals, None, after.map(|i| i.0), limit, TxId)
            }
            /// All alerts.
            pub fn alerts(&self, after: Option<AlertId>, limit: usize) -> Result<Vec<AlertId>, StoreError> {
                self.members(List::Alerts, None, after.map(|i| i.0), limit, AlertId)
            }
            fn members<T>(
                &self,
                list: List,
                owner: Option<&Hash>,
                after: Option<Hash>,
                limit: usize,
                wrap: impl Fn(Hash) -> T,
            ) -> Result<Vec<T>, StoreError> {
                let found = self.reader().list(list, owner, after.as_ref().map(Hash::as_bytes), limit)?;
                Ok(found.into_iter().map(wrap).collect())
            }
        }
    };
}
look_ups!(Store);
look_ups!(View<'_>);
