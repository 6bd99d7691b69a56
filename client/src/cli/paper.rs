//! Labels and certificates.

use crate::paper::label;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum LabelCommand {
    /// Print the label of an item; of a code no node is asked, registered or not
    Print(LabelPrint),
}

#[derive(Debug, Args)]
pub(crate) struct LabelPrint {
    /// A code in any form, with whatever else is to stand there, or the identity of an item
    pub(crate) item: String,
    /// What file
    #[arg(long, value_enum)]
    pub(crate) format: LabelFormat,
    /// What symbol
    #[arg(long, value_enum, default_value_t = LabelSymbol::Datamatrix)]
    pub(crate) symbol: LabelSymbol,
    /// File to write; stdout without it, which svg and zpl allow
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How many labels one file makes a printer print, of pdf and zpl
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) copies: u32,
    /// Width of a module (X-dimension) in millimetres, 0.2 to 2
    #[arg(long, value_name = "MM", default_value = label::SIZE)]
    pub(crate) size: String,
    /// Dots of the printer in a millimetre, of zpl: 6, 8, 12 or 24
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(6..=24))]
    pub(crate) dpmm: u32,
}

/// What file a label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LabelFormat {
    /// For screens and printers' offices
    Svg,
    /// Pixels, with their size
    Png,
    /// For label printers that understand ZPL II
    Zpl,
    /// A page for each copy
    Pdf,
}

/// What symbol a label has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LabelSymbol {
    /// GS1 DataMatrix with the element string
    Datamatrix,
    /// QR code with the GS1 Digital Link
    Qr,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertCommand {
    /// Print a certificate of custody, with the bundle that is the evidence in a file beside it
    Print(CertPrint),
}

#[derive(Debug, Args)]
pub(crate) struct CertPrint {
    /// Identity or code
    #[arg(required_unless_present = "from")]
    pub(crate) item: Option<String>,
    /// Bundle that is here, instead of asking a node for one
    #[arg(long, value_name = "FILE", conflicts_with = "item")]
    pub(crate) from: Option<PathBuf>,
    /// Trust file under which the bundle must be valid (HUFU_TRUST)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// PDF to write; certificate-IDENTITY.pdf without it. The bundle gets the same name with .hufu
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Font with Chinese letters, FILE#INDEX of a collection (HUFU_FONT); found on the system without it
    #[arg(long, value_name = "FILE")]
    pub(crate) font: Option<PathBuf>,
}
