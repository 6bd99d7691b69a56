//! Shipment lists.

use super::Life;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Register the rows of a CSV file
    Csv(ImportCsv),
}

#[derive(Debug, Args)]
pub(crate) struct ImportCsv {
    /// The list
    pub(crate) file: PathBuf,
    /// Mapping of its headings, units and defaults
    #[arg(long, value_name = "FILE")]
    pub(crate) map: Option<PathBuf>,
    /// Report to write: one line for each row
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Encoding of the list: utf-8 or gb18030; detected without it
    #[arg(long)]
    pub(crate) encoding: Option<String>,
    /// Import the good rows although others are bad
    #[arg(long)]
    pub(crate) skip_bad: bool,
    /// Codes that are held already are other deliveries of them: register them again
    #[arg(long)]
    pub(crate) again: bool,
    #[command(flatten)]
    pub(crate) life: Life,
}
