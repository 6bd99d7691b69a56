//! What can go wrong, with a stable code and what to do about it.

use ledger::{BlockId, Hash, OrgId};

/// Why the store refuses. Each message reads after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A store is there already.
    #[error("create a store in {path}: there is one already")]
    Exists {
        /// The folder.
        path: String,
    },
    /// No store is there.
    #[error("open the store in {path}: there is none")]
    Missing {
        /// The folder.
        path: String,
    },
    /// Another process has it open.
    #[error("open the store in {path}: another process has it open")]
    Locked {
        /// The folder.
        path: String,
    },
    /// Its creation did not come to its end.
    #[error("open the store in {path}: its creation was interrupted")]
    Incomplete {
        /// The folder.
        path: String,
    },
    /// Written by another version of this program.
    #[error("open the store: its format is {found}, this program reads {readable}")]
    Format {
        /// Format found.
        found: String,
        /// Format that is read.
        readable: &'static str,
    },
    /// Bytes are not what was written.
    #[error("read {what}: {detail}")]
    Corrupt {
        /// What was read.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The leaves do not make the root that was certified.
    #[error(
        "open the store at height {height}: its {leaves} leaves make the root {found}, certified is {certified} (leaves at \
         that height: {leaves_certified})"
    )]
    RootMismatch {
        /// Last height; 0 is genesis.
        height: u64,
        /// Root in the header of that height, or of genesis.
        certified: Hash,
        /// Root recomputed.
        found: Hash,
        /// Leaves found.
        leaves: u64,
        /// Leaves there were when that height was written.
        leaves_certified: u64,
    },
    /// Blocks that were synced are gone.
    #[error("open the store: height {known} was committed here, the disk ends at {found}")]
    LostBlocks {
        /// Last height that the marker knows.
        known: u64,
        /// Last height found.
        found: u64,
    },
    /// The file that knows the last height is missing or unreadable.
    #[error("read the marker of the last height in {path}: {detail}")]
    Marker {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Not the next height.
    #[error("commit height {found}: the next is {expected}")]
    Height {
        /// Height that is due.
        expected: u64,
        /// Height given.
        found: u64,
    },
    /// Parts of a commit that do not belong together.
    #[error("commit height {height}: {problem}")]
    Block {
        /// The height.
        height: u64,
        /// What does not fit.
        problem: &'static str,
    },
    /// The state after the block is not the one its header states.
    #[error("commit height {height}: the header states the root {stated}, the writes make {computed}")]
    WrongRoot {
        /// The height.
        height: u64,
        /// Root in the header.
        stated: Hash,
        /// Root computed.
        computed: Hash,
    },
    /// The candidate was made from other writes.
    #[error("commit writes that are not the candidate's: they differ first at {key}")]
    Candidate {
        /// First key that differs.
        key: String,
    },
    /// A record that the indexes need does not decode, or is too long.
    #[error("write the record {key}: {detail}")]
    Record {
        /// Its key.
        key: String,
        /// What is wrong.
        detail: String,
    },
    /// A certificate that is not of the stored block.
    #[error("replace the certificate of height {height}: it is of {found}, stored is {stored:?}")]
    Certificate {
        /// The height.
        height: u64,
        /// Block of the certificate.
        found: BlockId,
        /// Block stored at that height, if any.
        stored: Option<BlockId>,
    },
    /// The disk is full.
    #[error("write: the disk is full ({detail})")]
    Full {
        /// What the storage says.
        detail: String,
    },
    /// The disk or the storage failed.
    #[error("{doing}: {detail}")]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// What the storage says.
        detail: String,
    },
    /// It lies below the lowest height that is kept here, and no archive has it.
    #[error("read what lies below height {floor}: it is not kept here, and no archive that has it is attached")]
    Pruned {
        /// The lowest height that is kept here.
        floor: u64,
    },
    /// An archive that is not the one of this store, or damaged.
    #[error("use the archive in {path}: {detail}")]
    Archive {
        /// The folder.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Something that only a whole ledger can do.
    #[error("{doing}: this store holds a slice of the ledger")]
    Slice {
        /// What was asked for.
        doing: &'static str,
    },
    /// What is put does not continue the slice.
    #[error("continue the slice behind link {known} of its feed: {problem}")]
    SliceGap {
        /// Links that the slice has.
        known: u64,
        /// What does not fit.
        problem: &'static str,
    },
    /// Another organisation's slice, or a whole ledger.
    #[error("open the slice of organisation {expected}: the store holds {found}")]
    SliceOther {
        /// Whose slice is wanted.
        expected: OrgId,
        /// What is there.
        found: String,
    },
    /// An earlier write failed; nothing more is written before the store is opened again.
    #[error("write: an earlier write failed and the store has stopped")]
    Stopped,
}

impl StoreError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Exists { .. } => "H8101",
            StoreError::Missing { .. } => "H8102",
            StoreError::Locked { .. } => "H8103",
            StoreError::Incomplete { .. } => "H8104",
            StoreError::Format { .. } => "H8105",
            StoreError::Corrupt { .. } => "H8106",
            StoreError::RootMismatch { .. } => "H8107",
            StoreError::LostBlocks { .. } => "H8108",
            StoreError::Marker { .. } => "H8109",
            StoreError::Height { .. } => "H8110",
            StoreError::Block { .. } => "H8111",
            StoreError::WrongRoot { .. } => "H8112",
            StoreError::Candidate { .. } => "H8113",
            StoreError::Record { .. } => "H8114",
            StoreError::Certificate { .. } => "H8115",
            StoreError::Full { .. } => "H8116",
            StoreError::Disk { .. } => "H8117",
            StoreError::Stopped => "H8118",
            StoreError::Pruned { .. } => "H8121",
            StoreError::Archive { .. } => "H8126",
            StoreError::Slice { .. } => "H8119",
            StoreError::SliceGap { .. } => "H8120",
            StoreError::SliceOther { .. } => "H8128",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            StoreError::Exists { .. } => "open it, or choose an empty folder",
            StoreError::Missing { .. } => "check the path, or create the store from the genesis of the network",
            StoreError::Locked { .. } => "stop the other process first; a store has one user at a time",
            StoreError::Incomplete { .. } => "create it again from the genesis; nothing was committed to it",
            StoreError::Format { .. } => "use the version of the program that wrote it",
            StoreError::Corrupt { .. } | StoreError::RootMismatch { .. } => {
                "keep a copy of the folder, check the disk, and fetch the ledger anew from the other agencies"
            }
            StoreError::LostBlocks { .. } | StoreError::Marker { .. } => {
                "keep a copy of the folder and do not vote with it: committed blocks may be missing; fetch the ledger anew"
            }
            StoreError::Height { .. } | StoreError::Block { .. } | StoreError::Candidate { .. } => {
                "stop the node and report it: the caller and the store disagree about the block"
            }
            StoreError::WrongRoot { .. } => {
                "stop the node and report it: this node computes another state than the agencies certified"
            }
            StoreError::Record { .. } => "stop the node and report it: the rules wrote a record that cannot be read",
            StoreError::Certificate { .. } => "report it: a certificate of another block was offered",
            StoreError::Full { .. } => "make room on the disk, then start the node again; nothing is half done",
            StoreError::Disk { .. } => "check the disk and its permissions, then start the node again",
            StoreError::Pruned { .. } => "ask a node that keeps all heights, or attach the archive that has them",
            StoreError::Archive { .. } => {
                "name the archive of this node in its configuration, or restore it from a copy"
            }
            StoreError::Slice { .. } => "ask an agency's node: it holds the whole ledger",
            StoreError::SliceGap { .. } => {
                "ask for the feed again from the last link that is here, at another agency's node"
            }
            StoreError::SliceOther { .. } => {
                "start the node with the home of its own organisation, or give it an empty one"
            }
            StoreError::Stopped => "start the node again; see the first error in the log for the cause",
        }
    }

    pub(crate) fn corrupt(what: impl Into<String>, detail: impl Into<String>) -> StoreError {
        StoreError::Corrupt { what: what.into(), detail: detail.into() }
    }

    /// An error of RocksDB, sorted by what a person has to do.
    pub(crate) fn of_rocksdb(doing: &'static str, error: &rocksdb::Error) -> StoreError {
        let detail = error.to_string();
        if detail.contains("No space left on device") || detail.contains("NoSpace") {
            return StoreError::Full { detail };
        }
        match error.kind() {
            rocksdb::ErrorKind::Corruption => StoreError::Corrupt { what: "the database".into(), detail },
            _ => StoreError::Disk { doing, detail },
        }
    }

    pub(crate) fn of_io(doing: &'static str, error: &std::io::Error) -> StoreError {
        match error.kind() {
            std::io::ErrorKind::StorageFull => StoreError::Full { detail: error.to_string() },
            _ => StoreError::Disk { doing, detail: error.to_string() },
        }
    }
}
