//! Handovers and holds.

use super::{Life, Plain, Signing};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum HandoverCommand {
    /// Offer an item; custody moves when the receiver accepts
    Offer(OfferArgs),
    /// Accept an offer; custody moves
    Accept {
        /// Identity or code
        item: String,
        #[command(flatten)]
        life: Life,
    },
    /// Refuse an offer
    Refuse {
        /// Identity or code
        item: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        life: Life,
    },
    /// Withdraw an offer
    Withdraw {
        /// Identity or code
        item: String,
        #[command(flatten)]
        life: Life,
    },
    /// List the offers to and by this organisation
    Pending,
    /// Draft a handover that both sign face to face; works offline
    #[command(visible_alias = "draft")]
    Direct(Direct),
}

#[derive(Debug, Args)]
pub(crate) struct OfferArgs {
    /// Identity or code
    pub(crate) item: String,
    /// Receiver: identity, GLN, scheme:value or name
    #[arg(long)]
    pub(crate) to: String,
    /// For what: research, production, medical, testing, sale, disposal
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// Registered premises of the receiver at which it will be kept
    #[arg(long, value_name = "GLN")]
    pub(crate) premises: Option<String>,
    /// Until when it may be accepted: 12h, 2d, or a time; at most 72 hours ahead
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, default_value = "48h")]
    pub(crate) until: String,
    #[command(flatten)]
    pub(crate) plain: Plain,
    #[command(flatten)]
    pub(crate) life: Life,
}

#[derive(Debug, Args)]
pub(crate) struct Direct {
    /// Identity or code; may be left out with --after or --item-file
    pub(crate) item: Option<String>,
    /// Receiver: identity, GLN, scheme:value or name; may be left out when --with is a file
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// The receiver's key: identity, or a file of `key export-pub`; found on the ledger without it
    #[arg(long, value_name = "KEY")]
    pub(crate) with: Option<String>,
    /// Draft of the handover before, which this one builds on
    #[arg(long, value_name = "FILE")]
    pub(crate) after: Option<PathBuf>,
    /// The item as a bundle, or as `item show --json` printed it, to draft without a network
    #[arg(long, value_name = "FILE", conflicts_with = "after")]
    pub(crate) item_file: Option<PathBuf>,
    /// For what: research, production, medical, testing, sale, disposal
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// Registered premises of the receiver at which it will be kept
    #[arg(long, value_name = "GLN")]
    pub(crate) premises: Option<String>,
    /// Until when it may be committed: 12h, 2d, or a time; at most 72 hours ahead
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, default_value = "48h")]
    pub(crate) until: String,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) plain: Plain,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// Place a hold; several agencies together --with officer@ORG
    Place {
        /// Identity or code
        item: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Lift a hold of one's own; any hold together with a quorum of the agencies
    Lift {
        /// Identity or code
        item: String,
        /// Number of the event that placed it; the only one of one's own without it
        #[arg(long)]
        placed: Option<u64>,
        #[command(flatten)]
        signing: Signing,
    },
    /// List the holds in force
    List,
}
