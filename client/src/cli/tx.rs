//! Transactions as files, and those that wait.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Write any act as a draft instead of sending it: tx draft --out F -- item use …, or tx draft --out F --act FILE
    Draft(TxDraft),
    /// Show a draft, or what became of a transaction
    Show {
        /// File or identity
        tx: String,
    },
    /// Add one's signature to a draft
    Cosign {
        /// The draft
        file: PathBuf,
        /// File to write; the same without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Send complete drafts, one after another in the order given
    Submit {
        /// The drafts
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TxDraft {
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Leave even one's own signature out
    #[arg(long)]
    pub(crate) unsigned: bool,
    /// The act as a file, TOML or JSON
    #[arg(long = "act", value_name = "FILE", conflicts_with = "line")]
    pub(crate) act_file: Option<PathBuf>,
    /// A signer of the act, in their order: ROLE for one's own key, ROLE@ORG or ROLE@ORG:KEY for others; as the rules
    /// ask where there is none. Repeat for several
    #[arg(long, value_name = "ROLE[@ORG[:KEY]]", requires = "act_file")]
    pub(crate) by: Vec<String>,
    /// When the act becomes void: 30m, 12h, or a time; at most 24 hours ahead, 72 of an act that builds on who holds an
    /// item
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) expires: Option<String>,
    /// The act, as on the command line
    #[arg(last = true, value_name = "ACT", required_unless_present = "act_file")]
    pub(crate) line: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// List what waits
    List,
    /// Send what waits
    Send,
}
