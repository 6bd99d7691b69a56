//! Reports, alerts, series of readings, the audit trail.

use super::{Plain, Signing};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Report a quarter on a human genetic resource: the partner holds it, the firm joins in
    Hgr {
        /// The filing: number or identity
        filing: String,
        /// The year
        #[arg(long)]
        year: u16,
        /// The quarter, 1 to 4
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..=4))]
        quarter: u8,
        /// What was done with an item; numbers alone are in its unit. Repeat for each item
        #[arg(long, value_name = "ITEM=USED,DISPOSED,LEFT", required = true)]
        usage: Vec<String>,
        /// Nothing is left to report on
        #[arg(long)]
        last: bool,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// Answer an agency's demand
    Answer {
        /// Identity of the duty
        duty: String,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// Anchor what one counted oneself (自查)
    Selfcheck {
        /// Identities or codes; the count is of each
        #[arg(required = true)]
        items: Vec<String>,
        /// How much there is; a number alone is in the first item's unit
        #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
        counted: String,
        /// The report, or its hash
        #[arg(long, value_name = "FILE")]
        report: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// List the reports that are overdue
    Overdue {
        /// All that are owed, also those whose time has not come
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// List the open alerts
    List {
        /// Also those that are closed
        #[arg(long)]
        all: bool,
        /// Of this kind, such as excursion
        #[arg(long)]
        kind: Option<String>,
    },
    /// Close an alert
    Close {
        /// Identity of the alert
        alert: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TelemetryCommand {
    /// Anchor a series: its root goes to the ledger, readings and salts into FILE.readings.json beside the list
    Anchor {
        /// The list: CSV with the columns time and temperature (°C), or time, latitude and longitude
        file: PathBuf,
        /// Item that was carried: identity or code. Repeat for several
        #[arg(long, required = true)]
        item: Vec<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Check a series against its anchor
    Verify {
        /// The file that `telemetry anchor` wrote
        file: PathBuf,
        /// Against what is anchored to this item
        #[arg(long, required_unless_present = "root")]
        item: Option<String>,
        /// Against this root, without a network
        #[arg(long, value_name = "HASH", conflicts_with = "item")]
        root: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Write the audit trail of some heights, or all that touched an organisation in them
    Export {
        /// The organisation: its feed, for `hufu verify`. Without it the audit trail
        org: Option<String>,
        /// From this height
        #[arg(long, value_name = "HEIGHT", default_value_t = 0)]
        from: u64,
        /// Up to this height; the last without it
        #[arg(long, value_name = "HEIGHT")]
        to: Option<u64>,
        /// File to write, one JSON object
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}
