//! Shipment lists and EPCIS documents.

use super::Life;
use clap::{ArgAction, Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Register the rows of a CSV file
    Csv(ImportCsv),
    /// Anchor the events of an EPCIS document, and do what they ask for
    Epcis(ImportEpcis),
    /// Mappings that are kept under a name
    #[command(subcommand)]
    Map(MapCommand),
}

#[derive(Debug, Args)]
pub(crate) struct ImportCsv {
    /// The list
    pub(crate) file: PathBuf,
    /// Mapping of its headings, units and defaults: a file, or the name of one that is kept
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) map: Option<String>,
    /// Report to write: one line for each row
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Encoding of the list: utf-8, gb18030, utf-16le or utf-16be; detected without it
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

#[derive(Debug, Args)]
pub(crate) struct ImportEpcis {
    /// The document: JSON or XML of EPCIS 2.0, XML of 1.2, or a single event
    pub(crate) file: PathBuf,
    /// Report to write: one line for each event
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Take the other events although some are bad
    #[arg(long)]
    pub(crate) proceed: bool,
    /// Folder of the gateway, whose book of events this is too; that of the settings without it
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Do what takes away or ends, such as a use, only where its event names this organisation
    #[arg(long, value_name = "true|false", default_value_t = true, action = ArgAction::Set)]
    pub(crate) own_only: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MapCommand {
    /// Keep a mapping file under a name, for --map
    Keep {
        /// Its name: letters, digits, - and _
        name: String,
        /// The file
        file: PathBuf,
    },
    /// List what is kept
    List,
    /// Print a mapping
    Show {
        /// Its name
        name: String,
    },
    /// Forget a mapping
    Forget {
        /// Its name
        name: String,
    },
}
