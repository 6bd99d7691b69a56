//! Column families and their keys. All integers in keys are big endian, so that keys sort as the numbers do.

use ledger::{Hash, ItemId, OrgId, Timestamp, TxId};

/// A column family; `docs/formats/store.md` lists keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Meta,
    Headers,
    Blocks,
    Certificates,
    Receipts,
    Transactions,
    Events,
    Feeds,
    Leaves,
    Lists,
    Expiry,
    Due,
    /// What a slice has beside a ledger's columns; see `slice`.
    Own,
}

impl Column {
    /// Those of a whole ledger.
    pub(crate) const ALL: [Column; 12] = [
        Column::Meta,
        Column::Headers,
        Column::Blocks,
        Column::Certificates,
        Column::Receipts,
        Column::Transactions,
        Column::Events,
        Column::Feeds,
        Column::Leaves,
        Column::Lists,
        Column::Expiry,
        Column::Due,
    ];

    /// Those of a slice.
    pub(crate) const SLICE: [Column; 13] = [
        Column::Meta,
        Column::Headers,
        Column::Blocks,
        Column::Certificates,
        Column::Receipts,
        Column::Transactions,
        Column::Events,
        Column::Feeds,
        Column::Leaves,
        Column::Lists,
        Column::Expiry,
        Column::Due,
        Column::Own,
    ];

    /// What an archive keeps of heights that are past.
    pub(crate) const ARCHIVE: [Column; 8] = [
        Column::Meta,
        Column::Headers,
        Column::Blocks,
        Column::Certificates,
        Column::Receipts,
        Column::Transactions,
        Column::Events,
        Column::Feeds,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Column::Meta => "meta",
            Column::Headers => "headers",
            Column::Blocks => "blocks",
            Column::Certificates => "certificates",
            Column::Receipts => "receipts",
            Column::Transactions => "transactions",
            Column::Events => "events",
            Column::Feeds => "feeds",
            Column::Leaves => "leaves",
            Column::Lists => "lists",
            Column::Expiry => "expiry",
            Column::Due => "due",
            Column::Own => "own",
        }
    }
}

/// Keys of [`Column::Meta`].
pub(crate) mod meta {
    pub(crate) const FORMAT: &[u8] = b"format";
    pub(crate) const NETWORK: &[u8] = b"network";
    pub(crate) const TIP: &[u8] = b"tip";
    /// What the store is of: absent for a whole ledger, [`SLICE`](super::SLICE) and an organisation for its slice.
    pub(crate) const KIND: &[u8] = b"kind";
    /// Of a slice: how far its feed goes, number and head and height of the last link.
    pub(crate) const UPTO: &[u8] = b"upto";
    /// The lowest height whose block stands here; absent where that is 1.
    pub(crate) const FLOOR: &[u8] = b"floor";
    /// The lowest height that was moved to an archive; absent where nothing was.
    pub(crate) const MOVED: &[u8] = b"moved";
    /// Of an archive: the first height in it, and the one behind the last.
    pub(crate) const SPAN: &[u8] = b"span";
}

/// What the values look like; any change makes a new number.
pub(crate) const FORMAT: &str = "hufu-store/4";
/// The format before, which lacks `kind` and `floor`: it is of a whole ledger from the first height on.
pub(crate) const FORMAT_BEFORE: &str = "hufu-store/3";
/// Format of an archive.
pub(crate) const ARCHIVE_FORMAT: &str = "hufu-archive/1";
/// How the `kind` of a slice begins; the organisation follows.
pub(crate) const SLICE: &[u8] = b"slice";
/// Bytes in the place of a header of which only the identity is kept. A header is longer.
pub(crate) const ID_BYTES: usize = 32;

/// Key of what belongs to a height. Genesis bytes stand in [`Column::Blocks`] under height 0.
pub(crate) fn height_key(height: u64) -> [u8; 8] {
    height.to_be_bytes()
}

pub(crate) fn read_u64(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?))
}

pub(crate) fn read_hash(bytes: &[u8]) -> Option<Hash> {
    Some(Hash(bytes.get(..32)?.try_into().ok()?))
}

/// `item || n`.
pub(crate) fn event_key(item: &ItemId, n: u64) -> [u8; 40] {
    let mut key = [0; 40];
    key[..32].copy_from_slice(item.0.as_bytes());
    key[32..].copy_from_slice(&n.to_be_bytes());
    key
}

/// `organisation || number of the link`.
pub(crate) fn feed_key(org: &OrgId, count: u64) -> [u8; 40] {
    event_key(&ItemId(org.0), count)
}

/// `expiry || transaction`.
pub(crate) fn expiry_key(expires: Timestamp, tx: &TxId) -> [u8; 40] {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&expires.0.to_be_bytes());
    key[8..].copy_from_slice(tx.0.as_bytes());
    key
}

pub(crate) fn read_expiry_key(key: &[u8]) -> Option<(Timestamp, TxId)> {
    let (expires, tx) = key.split_at_checked(8)?;
    (tx.len() == 32).then_some(())?;
    Some((Timestamp(read_u64(expires)?), TxId(read_hash(tx)?)))
}

/// `time || identity` of what is due.
pub(crate) fn due_key(at: Timestamp, id: &Hash) -> [u8; 40] {
    expiry_key(at, &TxId(*id))
}

/// `height || position`, the value of [`Column::Transactions`].
pub(crate) fn location_value(height: u64, index: u32) -> [u8; 12] {
    let mut value = [0; 12];
    value[..8].copy_from_slice(&height.to_be_bytes());
    value[8..].copy_from_slice(&index.to_be_bytes());
    value
}

pub(crate) fn read_location(value: &[u8]) -> Option<(u64, u32)> {
    let (height, index) = value.split_at_checked(8)?;
    Some((read_u64(height)?, u32::from_be_bytes(index.try_into().ok()?)))
}

/// A list of [`Column::Lists`]; the number is the first byte of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum List {
    Orgs = 1,
    KeysOfOrg = 2,
    NodesOfOrg = 3,
    Classes = 4,
    Packs = 5,
    Items = 6,
    ItemsOfCustodian = 7,
    ItemsOfferedTo = 8,
    ItemsHeld = 9,
    ItemsInUnit = 10,
    Registers = 11,
    RegistersAbout = 12,
    Grants = 13,
    GrantsOf = 14,
    DutiesOf = 15,
    Proposals = 16,
    Alerts = 17,
    Duties = 18,
    ItemsSharedWith = 19,
}

impl List {
    /// `list || owner, where the list has one || member`.
    pub(crate) fn key(self, owner: Option<&Hash>, member: &[u8; 32]) -> Vec<u8> {
        let mut key = self.prefix(owner);
        key.extend_from_slice(member);
        key
    }

    pub(crate) fn prefix(self, owner: Option<&Hash>) -> Vec<u8> {
        let mut key = Vec::with_capacity(65);
        key.push(self as u8);
        if let Some(owner) = owner {
            key.extend_from_slice(owner.as_bytes());
        }
        key
    }
}
