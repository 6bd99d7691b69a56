//! Bundles, other files that strangers judge, and private fields.

use super::Signing;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Write the bundle of an item
    Export {
        /// Identity or code
        item: String,
        /// Private field to open, NAME or EVENT:NAME; all; persons or person:KEY for names. Repeat for several
        #[arg(long, value_name = "FIELD")]
        open: Vec<String>,
        /// With the items that were made out of it
        #[arg(long)]
        children: bool,
        /// File to write, compressed where its name ends in .gz; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Write the file again with the way from its header into the history of a trust file that starts later
    Refresh {
        /// The bundle, or another file with a certified header
        file: PathBuf,
        /// Trust file of whoever is to read it (HUFU_TRUST)
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
        /// File to write; compressed where its name ends in .gz
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show what a bundle says, without judging it
    Inspect {
        /// The bundle
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AbsenceCommand {
    /// Write the proof that nobody registered a code
    Export {
        /// The code, in any form
        code: String,
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PassageCommand {
    /// Write the proof that an item has departed: from a node of the network that it left
    Export {
        /// Identity or code
        item: String,
        /// Height at which the other network knows this one, where seats have changed since: the proof leads over the
        /// changes
        #[arg(long, value_name = "HEIGHT")]
        known_at: Option<u64>,
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show what such a proof says; whether its agencies signed it, the network that admitted theirs decides
    Show {
        /// The proof
        file: PathBuf,
    },
    /// Open the item in the network that it departed to: by who held it, or an agency there
    Land {
        /// The proof
        file: PathBuf,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Write a file for each agency that signed twice
    Export {
        /// Folder to write into
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Make evidence of two files whose certified headers contradict each other: ends with 3 when they do not
    Compare(CompareFiles),
}

#[derive(Debug, Args)]
pub(crate) struct CompareFiles {
    /// A bundle, an anchor, evidence, or another file with a certified header
    pub(crate) one: PathBuf,
    /// The other
    pub(crate) other: PathBuf,
    /// Trust file of the network (HUFU_TRUST)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// File to write, compressed where its name ends in .gz; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The bundle or other file, compressed or not; - for what is typed or piped in, such as a card from a scanner
    pub(crate) file: PathBuf,
    /// Trust file of the network (HUFU_TRUST)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Oldest that counts as fresh: 72h, 30d
    #[arg(long, value_name = "AGE")]
    pub(crate) max_age: Option<String>,
    /// Accept a test network
    #[arg(long)]
    pub(crate) allow_test: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DisclosureCommand {
    /// List the acts whose private fields are kept here
    List,
    /// Show private fields
    Show {
        /// Item, transaction or a person's key: identity, or code of an item
        of: String,
    },
    /// Write private fields, or one's name, for somebody who may know them
    Export {
        /// Items, transactions or persons' keys: identities, or codes of items
        #[arg(required_unless_present = "person")]
        of: Vec<String>,
        /// Field to give in the clear, others as commitments; all without it. Repeat for several
        #[arg(long, value_name = "NAME")]
        open: Vec<String>,
        /// The name of the person who holds the configured key
        #[arg(long)]
        person: bool,
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Keep what somebody gave
    Import {
        /// File written by `disclosure export`
        file: PathBuf,
    },
    /// Destroy private fields that are kept here; every proof still holds
    Erase {
        /// Item, transaction or a person's key: identity, or code of an item
        of: String,
        /// Field to erase; all without it. Repeat for several
        #[arg(long, value_name = "NAME")]
        field: Vec<String>,
    },
}
