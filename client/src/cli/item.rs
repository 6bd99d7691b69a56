//! Items.

use super::{Life, Plain, Signing};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ItemCommand {
    /// Register an item
    Register {
        /// Code in any form: Digital Link, (01)…(10)…, (00)… of a logistic unit, scan
        code: String,
        /// How much, such as "12.5 MLT"; one piece for a serial or a unit without it
        #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
        quantity: Option<String>,
        /// Class, where the code does not tell it: identity, GTIN or scheme:value
        #[arg(long)]
        class: Option<String>,
        /// For what: research, production, medical, testing, sale, disposal
        #[arg(long)]
        purpose: Option<String>,
        /// It is another delivery of a code that is held already
        #[arg(long)]
        again: bool,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        life: Life,
    },
    /// Show an item
    Show {
        /// Identity or code
        item: String,
    },
    /// Show the events of an item
    History {
        /// Identity or code
        item: String,
    },
    /// List items
    List {
        /// Held by this organisation; mine without it
        #[arg(long)]
        custodian: Option<String>,
        /// In this state, such as released
        #[arg(long)]
        state: Option<String>,
        /// All that one may see, not mine only
        #[arg(long)]
        all: bool,
    },
    /// Use some of an item; all of it is a quantity too
    Use {
        /// Identity or code
        item: String,
        /// How much; a number alone is in the item's unit
        #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
        quantity: String,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// Dispose of some of an item; the competent agency countersigns
    Dispose {
        /// Identity or code
        item: String,
        /// How much; a number alone is in the item's unit
        #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
        quantity: String,
        /// Key that countersigns: identity, or a file of `key export-pub`; found on the ledger without it
        #[arg(long, value_name = "KEY")]
        countersigner: Option<String>,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// Split a lot into several of the same class and code
    Split {
        /// Identity or code
        item: String,
        /// How much one of the new lots gets; a number alone is in the item's unit. Repeat for each
        #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true, required = true)]
        into: Vec<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Merge lots of one class and code, each whole
    Merge {
        /// Identities or codes
        #[arg(required = true, num_args = 2..)]
        items: Vec<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Make something else out of items
    Derive(Derivation),
    /// Pack items into a logistic unit
    Pack {
        /// The unit: identity or SSCC, such as 00/006141411234567890
        unit: String,
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Take items out of a logistic unit
    Unpack {
        /// The unit: identity or SSCC
        unit: String,
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Store items at registered premises
    Store {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// The premises
        #[arg(long, value_name = "GLN")]
        premises: String,
        /// In quarantine, which alone a hold allows
        #[arg(long)]
        quarantine: bool,
        #[command(flatten)]
        signing: Signing,
    },
    /// Set aside some of an item as waste
    Waste {
        /// Identity or code
        item: String,
        /// How much; a number alone is in the item's unit
        #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
        quantity: String,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// Report a loss or theft
    Lose {
        /// Identity or code
        item: String,
        /// How much; a number alone is in the item's unit
        #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
        quantity: String,
        /// It was stolen
        #[arg(long)]
        theft: bool,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        signing: Signing,
    },
    /// Correct what an earlier event booked; that event stays
    Correct {
        /// Identity or code
        item: String,
        /// Number of the event
        #[arg(long)]
        event: u64,
        /// What it booked as: used, wasted or lost
        #[arg(long = "booked", value_name = "BUCKET")]
        bucket: String,
        /// How much is on hand again; a number alone is in the item's unit
        #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
        quantity: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Anchor a document, or an expert's report, about items
    Note {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// The document, or its hash
        #[arg(long, value_name = "FILE", required_unless_present = "expert")]
        document: Option<String>,
        /// The expert's report, or its hash
        #[arg(long, value_name = "FILE", conflicts_with = "document")]
        expert: Option<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Let another organisation read an item that one holds: all of it, until a time, or until it leaves one's hands
    Share {
        /// Identity or code
        item: String,
        /// With whom: identity, GLN, scheme:value or name
        #[arg(long, value_name = "ORG")]
        to: String,
        /// Until when: 30d, or a time such as 2026-12-31T00:00:00Z; at most 366 days ahead
        #[arg(long, value_name = "WHEN")]
        until: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// End such a share: by who holds the item, or whom it is shared with
    Unshare {
        /// Identity or code
        item: String,
        /// With whom it is shared: identity, GLN, scheme:value or name
        #[arg(long, value_name = "ORG")]
        to: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Close an item here for good, so that the same organisation opens it in another network: see `hufu passage`
    Depart {
        /// Identity or code
        item: String,
        /// Identity of the network that it goes to; agencies here have admitted it
        #[arg(long, value_name = "NETWORK")]
        to: String,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Derivation {
    /// An item that goes in, all of it without a quantity. Repeat for several
    #[arg(long, value_name = "ITEM[=QUANTITY]", required = true)]
    pub(crate) input: Vec<String>,
    /// What comes out: a code, with its quantity unless it is a serial. Repeat for several
    #[arg(long, value_name = "CODE[=QUANTITY]", required = true)]
    pub(crate) output: Vec<String>,
    /// Class of what comes out, where the code does not tell it
    #[arg(long)]
    pub(crate) class: Option<String>,
    /// For what it is: research, production, medical, testing, sale, disposal
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    #[command(flatten)]
    pub(crate) signing: Signing,
}
