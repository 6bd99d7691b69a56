//! Scanning.

use super::Life;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// What was scanned, or a code in any form; the lines of stdin without it
    pub(crate) text: Vec<String>,
    /// What the scanner makes of the separator FNC1
    #[arg(long, value_enum, default_value_t = Separators::Unknown)]
    pub(crate) wedge: Separators,
    /// Check that each code has the elements that must stand together, and none that may not
    #[arg(long)]
    pub(crate) check: bool,
    /// Ask the node which items carry the code, and how they stand
    #[arg(long)]
    pub(crate) lookup: bool,
    /// Accept the items that are offered to this organisation: at the end, or with --yes one by one
    #[arg(long)]
    pub(crate) accept: bool,
    /// Table of company prefix lengths as GS1 publishes it, for --epc
    #[arg(long, value_name = "TABLE.csv")]
    pub(crate) prefixes: Option<PathBuf>,
    /// Tell the EPC URI too
    #[arg(long, requires = "prefixes")]
    pub(crate) epc: bool,
    #[command(flatten)]
    pub(crate) life: Life,
}

/// What a scanner that types like a keyboard makes of separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Separators {
    /// It types them, as Ctrl+]
    Sends,
    /// It leaves them out
    Drops,
    /// Taken to drop them until one arrives
    Unknown,
}
