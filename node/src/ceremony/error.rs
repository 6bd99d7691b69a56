//! What can go wrong at a ceremony, with a stable code and what to do about it.

use crate::config::ConfigError;
use consensus::{HomeError, SignStateError};
use keys::KeyError;
use ledger::genesis::GenesisError;
use std::{io, path::PathBuf};
use store::{StoreError, snapshot::SnapshotError};

/// Why a step of the ceremony is refused. Messages read after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// A file cannot be read or written.
    #[error("access {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// More bytes than such a file can have.
    #[error("read {path}: it has {length} bytes, at most {limit} are taken")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        length: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// No JSON, or fields that are missing, unknown or of another type.
    #[error("read {path}: {detail}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        detail: String,
    },
    /// A file of another kind.
    #[error("read {path}: its schema is {found:?}, needed is {needed:?}")]
    Schema {
        /// The file.
        path: PathBuf,
        /// Schema found.
        found: String,
        /// Schema needed.
        needed: &'static str,
    },
    /// The signed bytes within the file are no canonical encoding.
    #[error("read {path}: its signed bytes do not decode: {detail}")]
    Bytes {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The readable part says something else than the signed bytes.
    #[error("read {path}: what it shows as `{field}` is not what its signed bytes say")]
    Readable {
        /// The file.
        path: PathBuf,
        /// The first field that differs.
        field: String,
    },
    /// An input that cannot be used.
    #[error("take {what}: {problem}")]
    Request {
        /// Which input.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A claim was made for another chain; its proofs of possession would not hold.
    #[error("take the claim of {org}: it was made for the chain {found:?}, this one is {needed:?}")]
    Chain {
        /// The organisation.
        org: String,
        /// Chain of the claim.
        found: String,
        /// Chain of the ceremony.
        needed: String,
    },
    /// Two claims of one organisation, node name or address.
    #[error("take the claim of {org}: its {what} stands in another claim too")]
    Twice {
        /// The organisation.
        org: String,
        /// What is repeated.
        what: &'static str,
    },
    /// No agency with a node, or more than a network holds.
    #[error("assemble {found} agencies with a node: 1 to {max} are possible")]
    AgencyCount {
        /// Agencies found.
        found: usize,
        /// Most that are possible.
        max: usize,
    },
    /// The genesis contradicts itself.
    #[error("take the genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// A cosignature of another network.
    #[error("take the cosignature of {org}: it is of the network {found}, this one is {network}")]
    OtherNetwork {
        /// The organisation.
        org: String,
        /// Network that was signed.
        found: String,
        /// Network of the genesis.
        network: String,
    },
    /// A cosignature that does not hold.
    #[error("take the cosignature of {org}: {problem}")]
    Cosignature {
        /// The organisation.
        org: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Agencies that have not signed.
    #[error("find the cosignature of {}", .orgs.join(", "))]
    NotCosigned {
        /// Their names.
        orgs: Vec<String>,
    },
    /// The key is not one with which an agency of this genesis cosigns.
    #[error("cosign with {key}: it is not the key of an administrator of an agency in this genesis")]
    NotAdministrator {
        /// The key.
        key: String,
    },
    /// The fingerprint is not the one that was expected.
    #[error("match the fingerprint: the genesis has {found}, expected is {expected}")]
    Fingerprint {
        /// As computed.
        found: String,
        /// As expected.
        expected: String,
    },
    /// The genesis does not hold what this agency claimed.
    #[error("find this agency's claim in the genesis: {problem}")]
    OwnClaim {
        /// What differs.
        problem: &'static str,
    },
    /// Two invitations of one organisation differ in what must be the same.
    #[error("take {path}: its `{what}` is not that of the invitations before it")]
    Disagree {
        /// The invitation.
        path: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// Invitations to another network, or for somebody else, than a home or a genesis is of.
    #[error("take the invitations: their `{what}` is not that of {whose}")]
    Elsewhere {
        /// What differs.
        what: &'static str,
        /// From what it differs.
        whose: &'static str,
    },
    /// The trust root of an invitation is not the one that was read aloud.
    #[error("match the fingerprint: the invitation has {found}, expected is {expected}")]
    Stranger {
        /// As computed.
        found: String,
        /// As expected.
        expected: String,
    },
    /// A trust file that a member's node is to follow by asks for witnesses.
    #[error("follow by {path}: it needs {needed} witnesses, and nobody has witnessed a head that is a second old")]
    Witnessed {
        /// The trust file, or the invitation that it stands in.
        path: PathBuf,
        /// How many of them.
        needed: u32,
    },
    /// The home belongs to a network already.
    #[error("set up {home}: it belongs to a network already")]
    Occupied {
        /// The home.
        home: PathBuf,
    },
    /// The home was not set up.
    #[error("find {path}: the home was not set up to the end")]
    Unfinished {
        /// What is missing.
        path: PathBuf,
    },
    /// A key file cannot be made or opened.
    #[error("{0}")]
    Keys(#[from] KeyError),
    /// The ledger cannot be created.
    #[error("create the ledger: {0}")]
    Store(#[from] StoreError),
    /// The ledger cannot be made out of a snapshot.
    #[error("{0}")]
    Snapshot(#[from] SnapshotError),
    /// The sign-state cannot be created.
    #[error("{0}")]
    SignState(#[from] SignStateError),
    /// The folder of consensus cannot be used.
    #[error("{0}")]
    Folder(#[from] HomeError),
    /// The configuration cannot be written.
    #[error("{0}")]
    Config(#[from] ConfigError),
}

impl CeremonyError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            CeremonyError::Io { .. } => "H3101",
            CeremonyError::TooLarge { .. } => "H3102",
            CeremonyError::Shape { .. } => "H3103",
            CeremonyError::Schema { .. } => "H3104",
            CeremonyError::Bytes { .. } => "H3105",
            CeremonyError::Readable { .. } => "H3106",
            CeremonyError::Request { .. } => "H3107",
            CeremonyError::Chain { .. } => "H3108",
            CeremonyError::Twice { .. } => "H3109",
            CeremonyError::AgencyCount { .. } => "H3110",
            CeremonyError::Genesis(error) => error.code(),
            CeremonyError::OtherNetwork { .. } => "H3111",
            CeremonyError::Cosignature { .. } => "H3112",
            CeremonyError::NotCosigned { .. } => "H3005",
            CeremonyError::NotAdministrator { .. } => "H3113",
            CeremonyError::Fingerprint { .. } => "H3114",
            CeremonyError::OwnClaim { .. } => "H3115",
            CeremonyError::Disagree { .. } | CeremonyError::Elsewhere { .. } => "H3151",
            CeremonyError::Stranger { .. } => "H3152",
            CeremonyError::Witnessed { .. } => "H3156",
            CeremonyError::Occupied { .. } => "H3116",
            CeremonyError::Unfinished { .. } => "H3117",
            CeremonyError::Keys(error) => error.code(),
            CeremonyError::Store(error) => error.code(),
            CeremonyError::Snapshot(error) => error.code(),
            CeremonyError::SignState(_) | CeremonyError::Folder(_) => "H3118",
            CeremonyError::Config(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            CeremonyError::Io { .. } => "check the path, its owner and its permissions",
            CeremonyError::TooLarge { .. } | CeremonyError::Shape { .. } | CeremonyError::Schema { .. } => {
                "check that it is the right file and whole; ask its maker for it again"
            }
            CeremonyError::Bytes { .. } | CeremonyError::Readable { .. } => {
                "do not use or sign this file: it was changed after it was made; ask its maker for it again, and tell them"
            }
            CeremonyError::Request { .. } => "correct the input and run the command again",
            CeremonyError::Chain { .. } => "agree on one name of the chain; the agency makes its claim again with it",
            CeremonyError::Twice { .. } => "each agency gives one claim, with its own node name and address",
            CeremonyError::AgencyCount { .. } => "give the claim of each agency once",
            CeremonyError::Genesis(GenesisError::Pack(_) | GenesisError::Param(_)) => {
                "do not sign; whoever assembles corrects it and assembles again"
            }
            CeremonyError::Genesis(_) => "the agency named makes its claim again; then assemble again",
            CeremonyError::OtherNetwork { .. } => {
                "all agencies sign one file: compare fingerprints; the agency named signs again"
            }
            CeremonyError::Cosignature { .. } => "the agency named cosigns again with its administrator's key",
            CeremonyError::NotCosigned { .. } => {
                "give the cosignature files of these agencies with --cosignature; each is made by `hufud init cosign`"
            }
            CeremonyError::NotAdministrator { .. } => "use the administrator key that `hufud init claim` made",
            CeremonyError::Fingerprint { .. } => {
                "do not sign: somebody has another file; compare files with the others"
            }
            CeremonyError::OwnClaim { .. } => {
                "do not sign: ask whoever assembled the genesis why your claim was changed"
            }
            CeremonyError::Disagree { .. } => {
                "do not join: ask each agency to read its fingerprint aloud, and tell them which differ"
            }
            CeremonyError::Elsewhere { .. } => {
                "do not go on: check --home and the files, and ask an agency to read its fingerprint aloud"
            }
            CeremonyError::Stranger { .. } => {
                "do not join: ask another agency to read its fingerprint aloud, and tell them"
            }
            CeremonyError::Witnessed { .. } => {
                "give the node a trust file that needs none, `hufu trust witnesses FILE --needed 0`, and verify files with the one that does"
            }
            CeremonyError::Occupied { .. } => "use another --home; a home is never set up twice",
            CeremonyError::Unfinished { .. } => "run `hufud init finish` for this home again",
            CeremonyError::Keys(_) => "check the key file and its password",
            CeremonyError::Store(error) => error.help(),
            CeremonyError::Snapshot(error) => error.help(),
            CeremonyError::SignState(_) | CeremonyError::Folder(_) => {
                "check the disk; never make a sign-state anew for a key that has signed"
            }
            CeremonyError::Config(error) => error.help(),
        }
    }
}
