//! Classes, organisations and their nodes.

use super::{EndReason, Life};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ClassCommand {
    /// Register a class
    Register {
        /// GTIN, or scheme:value where there is none
        code: String,
        /// Name
        #[arg(long)]
        name: String,
        /// micro-organism, human-tissue, biological-product or blood
        #[arg(long)]
        category: String,
        /// Risk grade of the policy pack in force
        #[arg(long)]
        grade: String,
        /// HS code such as HS2022-WCO-300251
        #[arg(long)]
        hs: String,
        /// It is a human genetic resource
        #[arg(long)]
        hgr: bool,
        #[command(flatten)]
        life: Life,
    },
    /// Assert the HS code of a class in one jurisdiction and edition, from now on
    AssertHs {
        /// GTIN, or scheme:value where there is none
        code: String,
        /// HS code such as HS2022-CN-3002120090
        hs: String,
        #[command(flatten)]
        life: Life,
    },
    /// List the classes
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PartyCommand {
    /// Register an organisation
    Register {
        /// GLN, or scheme:value such as uscc:91310115MA1H7YYY0X
        identifier: String,
        /// Name
        #[arg(long)]
        name: String,
        /// enterprise, carrier, laboratory, disposer, partner, observer, district-mechanism or joint-mechanism
        #[arg(long)]
        kind: String,
        #[command(flatten)]
        life: Life,
    },
    /// Show an organisation and its keys
    Show {
        /// Identity, GLN, scheme:value or name
        org: String,
    },
    /// List the organisations
    List {
        /// Of this kind only, such as carrier
        #[arg(long)]
        kind: Option<String>,
        /// With registered premises of this biosafety level, or of a higher one: 1 to 4, or such as bsl2
        #[arg(long, value_name = "LEVEL")]
        accredited: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Register a node, so that agencies let it in: by the administrator of its organisation, or the competent agency
    Register {
        /// The claim that `hufud init --role` made: node.claim.json
        file: PathBuf,
        #[command(flatten)]
        life: Life,
    },
    /// End a node for good: from the next block on no agency lets it in
    End {
        /// Its transport identity, 64 hexadecimal digits
        peer: String,
        /// The organisation that runs it, where it is another: identity, GLN, scheme:value or name
        #[arg(long)]
        org: Option<String>,
        /// Why: whether somebody else may have its key
        #[arg(long, value_enum, default_value_t = EndReason::Retired)]
        reason: EndReason,
        #[command(flatten)]
        life: Life,
    },
}
