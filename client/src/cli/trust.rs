//! Trust files and witnesses.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Make the trust file of a network's genesis; of the node's where no file is named
    Create {
        /// Genesis file of the ceremony, or the canonical bytes of a genesis
        #[arg(long, value_name = "FILE")]
        genesis: Option<PathBuf>,
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show what a trust file says, with its fingerprint to be compared
    Show {
        /// The trust file
        file: PathBuf,
    },
    /// Compare two trust files: ends with 0 when they say the same, else with 10
    Compare {
        /// One trust file
        one: PathBuf,
        /// The other
        other: PathBuf,
    },
    /// Make a trust file that starts at the certified header of a file
    Advance(Advance),
    /// Say which witnesses a trust file knows, and how many of them a header needs
    Witnesses(WitnessArgs),
}

#[derive(Debug, Args)]
pub(crate) struct Advance {
    /// Trust file that leads there (HUFU_TRUST)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Bundle, anchor or other file with the header to start at
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// File to write; stdout without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Days after which it leads no further; as the old one without it
    #[arg(long, value_name = "DAYS")]
    pub(crate) trusting_days: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct WitnessArgs {
    /// The trust file
    pub(crate) file: PathBuf,
    /// A witness: a name, and its key as 64 hexadecimal digits or as a file of `key export-pub`. Repeat for several
    #[arg(long, value_name = "NAME=KEY")]
    pub(crate) add: Vec<String>,
    /// Name of a witness to leave out. Repeat for several
    #[arg(long, value_name = "NAME")]
    pub(crate) remove: Vec<String>,
    /// How many of them must have signed a header
    #[arg(long, value_name = "K")]
    pub(crate) needed: Option<u32>,
    /// File to write; the same without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    /// Sign the header of a file as a witness, if it continues what this witness signed before
    Cosign(Cosign),
    /// Write the anchor of a file by itself, for witnesses to sign
    Extract {
        /// The bundle, or another file with a certified header
        file: PathBuf,
        /// File to write; compressed where its name ends in .gz
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Put the signatures of witnesses into a file with the same header
    Attach {
        /// The bundle, or another file with a certified header
        file: PathBuf,
        /// The anchor, or another file that they signed
        signed: PathBuf,
        /// File to write; the first without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Cosign {
    /// The anchor, bundle or other file with the header
    pub(crate) file: PathBuf,
    /// Trust file by which the witness judges (HUFU_TRUST)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Answer of a node's history path, instead of asking one
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// File to write; the same without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
