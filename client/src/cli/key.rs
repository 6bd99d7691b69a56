//! Keys of persons.

use super::{Life, SealCommand};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key in an encrypted file; it asks for a new password
    New(KeyNew),
    /// List the key files of the keys folder: `keys` beside the configuration (HUFU_KEYS)
    List,
    /// Show a key file, or the ledger's record of a key
    Show {
        /// A file, its name in the keys folder, or the identity of a key on the ledger; the configured key without it
        #[arg(value_name = "KEY")]
        which: Option<String>,
    },
    /// Write what others need of the configured key: the public key, and the claim by which it is registered
    ExportPub {
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Replace the configured key by a new one of the same person and roles; the old one signs this, and is retired
    Rotate {
        /// File to write for the new key; beside the old one without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        life: Life,
    },
    /// Write a backup of a key, under a password of its own, that restores it on another computer
    Backup(KeyBackup),
    /// Bring a key back from its backup, under a new password of this computer
    Restore(KeyRestore),
    /// Register somebody's exported key: by the administrator of the organisation, or the competent agency
    Register {
        /// File written by `key export-pub`
        file: PathBuf,
        #[command(flatten)]
        life: Life,
    },
    /// End a key for good: one's own, or as for `key register`
    End {
        /// Identity of the key, as `key list` and `party show` print it
        #[arg(value_name = "KEY")]
        which: String,
        /// Why: whether somebody else may have signed with it
        #[arg(long, value_enum, default_value_t = EndReason::Retired)]
        reason: EndReason,
        #[command(flatten)]
        life: Life,
    },
    /// Keys to which documents for one's own organisation are sealed
    #[command(subcommand)]
    Seal(SealCommand),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EndReason {
    /// Out of use, lost included: what it signed before is honoured for a while
    Retired,
    /// Somebody else may have it: nothing that it signs is taken from now on
    Compromised,
}

#[derive(Debug, Args)]
pub(crate) struct KeyNew {
    /// Organisation: identity, GLN, or scheme:value
    #[arg(long)]
    pub(crate) org: String,
    /// Name of the person; stays in the file, the ledger holds a salted commitment
    #[arg(long)]
    pub(crate) name: String,
    /// Roles, commas between: custodian, receiver, declarant, officer, countersigner, administrator, project-lead,
    /// tester, expert, laboratory, joint, delegate
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) roles: Vec<String>,
    /// What people call the key, and the name of its file in the keys folder
    #[arg(long, default_value = "key")]
    pub(crate) label: String,
    /// File to write; LABEL.key in the keys folder without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Pseudonym that `key show` prints as person: for a further key of somebody who has one; a new one without it
    #[arg(long)]
    pub(crate) person: Option<String>,
    /// Make the password cheap to check, and to guess: for test networks alone
    #[arg(long)]
    pub(crate) light: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyBackup {
    /// A file, its name in the keys folder, or the identity of a key there; the configured key without it
    #[arg(value_name = "KEY")]
    pub(crate) which: Option<String>,
    /// File to write; best on a medium that is kept elsewhere
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// File that holds the backup's password (HUFU_BACKUP_PASSWORD_FILE); asked twice without it
    #[arg(long, value_name = "FILE")]
    pub(crate) backup_password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRestore {
    /// File written by `key backup`; with --dry-run it is opened and nothing is written
    pub(crate) file: PathBuf,
    /// Name of the file in the keys folder; the key's label without it
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// File that holds the backup's password (HUFU_BACKUP_PASSWORD_FILE); asked without it
    #[arg(long, value_name = "FILE")]
    pub(crate) backup_password_file: Option<PathBuf>,
}
