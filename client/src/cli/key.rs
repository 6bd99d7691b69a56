//! Keys of persons.

use super::Life;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key in an encrypted file
    New(KeyNew),
    /// List the key files of the keys folder
    List,
    /// Show a key file, or the ledger's record of a key
    Show {
        /// File, label, or identity; the configured key without it
        #[arg(value_name = "KEY")]
        which: Option<String>,
    },
    /// Write what others need: the public key, and the claim by which it is registered
    ExportPub {
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Replace the configured key by a new one of the same person and roles
    Rotate {
        /// Where to write the new key
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
    /// End a key
    End {
        /// Identity of the key
        #[arg(value_name = "KEY")]
        which: String,
        /// Why
        #[arg(long, value_enum, default_value_t = EndReason::Retired)]
        reason: EndReason,
        #[command(flatten)]
        life: Life,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EndReason {
    /// Routine: what it signed before is honoured
    Retired,
    /// Compromised: refused at once
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
    /// Label of the key, for people
    #[arg(long, default_value = "key")]
    pub(crate) label: String,
    /// File to write; keys folder and label without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Pseudonym of the person, for a further key of the same one
    #[arg(long)]
    pub(crate) person: Option<String>,
    /// Cheap password hashing, for test networks
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
