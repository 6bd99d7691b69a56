//! Permits, and what else is applied for.

use super::{Plain, Signing};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum PermitCommand {
    /// Apply for a permit (审批单)
    Apply(ApplicationArgs),
    /// File a use plan, half a year or a year ahead (使用计划)
    Plan(ApplicationArgs),
    /// Apply for a clearance proof of the joint mechanism (通关证明)
    Clearance(ApplicationArgs),
    /// File a human genetic resource, together with the partner (人类遗传资源备案)
    Filing(ApplicationArgs),
    /// Stop the clock of an application, with written notice
    Pause {
        /// Number or identity
        grant: String,
        /// The notice, or its hash
        #[arg(long, value_name = "FILE")]
        notice: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Let the clock of an application run on
    Resume {
        /// Number or identity
        grant: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Grant an application
    Grant {
        /// Identity of the application
        grant: String,
        /// Its number, as the agency issues it
        #[arg(long)]
        number: String,
        /// By a faster way: instant-permit
        #[arg(long)]
        lane: Option<String>,
        /// From when it is valid: 5d, or a time; at once without it
        #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
        from: Option<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Refuse an application
    Refuse {
        /// Identity of the application
        grant: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// End a grant before its time
    Cancel {
        /// Number or identity
        grant: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Put items under a permit
    Assign {
        /// Number or identity
        grant: String,
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Show a grant or an application
    Show {
        /// Number or identity
        grant: String,
    },
    /// List grants and applications
    List {
        /// Of this kind: plan, clearance, permit, hgr-filing
        #[arg(long)]
        kind: Option<String>,
        /// In this state, such as applied or granted
        #[arg(long)]
        state: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ApplicationArgs {
    /// Class: identity, GTIN or scheme:value
    pub(crate) class: String,
    /// For how much in all, such as "1000 H87"
    #[arg(long, value_name = "QUANTITY", allow_hyphen_values = true)]
    pub(crate) quantity: String,
    /// import, export or transit
    #[arg(long)]
    pub(crate) direction: String,
    /// Country or region of origin or destination, such as DE or HK
    #[arg(long)]
    pub(crate) region: String,
    /// For what: research, production, medical, testing, sale, disposal
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// The other party: the partner of a filing, or who receives an export
    #[arg(long, value_name = "ORG")]
    pub(crate) counterpart: Option<String>,
    /// A port, such as CNSHA; any without it. Repeat for several
    #[arg(long)]
    pub(crate) port: Vec<String>,
    /// Premises where the goods will be kept
    #[arg(long, value_name = "GLN")]
    pub(crate) premises: Option<String>,
    /// From when: 180d, or a time; from now without it
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// A grant that it draws on or rests on: number or identity. Repeat for several
    #[arg(long, value_name = "GRANT")]
    pub(crate) on: Vec<String>,
    #[command(flatten)]
    pub(crate) plain: Plain,
    #[command(flatten)]
    pub(crate) signing: Signing,
}
