//! Acts at the border, and what agencies ask of others.

use super::{Plain, Signing};
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum AgencyCommand {
    /// Declare items at the border (by the enterprise)
    Declare {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// They pass without a declaration, if the rules allow it
        #[arg(long)]
        exempt: bool,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// State that declared items have arrived at the port
    Arrive {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// The port, such as CNSHA
        #[arg(long)]
        port: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Order an inspection at the port; on the firm's premises with its consent, --with joint@ORG
    Order {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// The firm's premises
        #[arg(long, value_name = "GLN")]
        premises: Option<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// State the result of an inspection
    Inspect {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// The result
        #[arg(long, value_enum)]
        result: Inspection,
        /// Live video of an inspection on the firm's premises: the file, or its hash
        #[arg(long, value_name = "FILE")]
        video: Option<String>,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// State the result of a laboratory test (by the laboratory and its tester)
    Test {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// The result
        #[arg(long, value_enum)]
        result: Tested,
        /// The report, or its hash
        #[arg(long, value_name = "FILE")]
        report: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Release items from the border
    Release {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Send items back over the border
    Return {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Destroy items at the border
    Destroy {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Let released items leave the country
    Exit {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// The port, such as CNSHA
        #[arg(long)]
        port: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Demand a report
    Demand {
        /// Of whom: identity, GLN, scheme:value or name
        #[arg(value_name = "ORG", required = true)]
        debtors: Vec<String>,
        /// Until when: 10d, or a time
        #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
        until: String,
        /// About which item
        #[arg(long, value_name = "ITEM")]
        about: Option<String>,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// Sign a draft and send it when it is complete
    Countersign {
        /// The draft
        file: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Inspection {
    /// Passed
    Passed,
    /// A test is outstanding
    TestPending,
    /// Failed
    Failed,
    /// Not inspected, if the rules allow it
    Exempt,
}

impl Inspection {
    /// The word of the ledger.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Inspection::Passed => "passed",
            Inspection::TestPending => "test-pending",
            Inspection::Failed => "failed",
            Inspection::Exempt => "exempt",
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Tested {
    /// Passed
    Passed,
    /// Failed
    Failed,
}
