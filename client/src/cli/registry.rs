//! Registries, and what agencies decide together.

use super::Signing;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    /// Enter a line, signed by all who must
    Enter {
        #[command(flatten)]
        entry: EntryArgs,
        #[command(flatten)]
        signing: Signing,
    },
    /// End the last line about something
    End {
        #[command(flatten)]
        end: EndArgs,
        #[command(flatten)]
        signing: Signing,
    },
    /// List the lines in force of a registry
    List {
        /// The registry
        registry: String,
        /// Also those that ended or are not in force
        #[arg(long)]
        all: bool,
    },
    /// Show every line about something, with who signed it and how it ended
    Show(About),
}

/// What a line of a registry is about.
#[derive(Debug, Args)]
pub(crate) struct About {
    /// The registry: qualified, rating, premises, graded-class, positive-list, pre-review, expert, laboratory,
    /// non-acceptance, tri, pilot, white-list, org-ban, person-ban, access
    pub(crate) registry: String,
    /// Organisation; of premises, whose they are
    #[arg(long)]
    pub(crate) org: Option<String>,
    /// Class: identity, GTIN or scheme:value
    #[arg(long)]
    pub(crate) class: Option<String>,
    /// Person, by pseudonym
    #[arg(long)]
    pub(crate) person: Option<String>,
    /// Premises
    #[arg(long, value_name = "GLN")]
    pub(crate) place: Option<String>,
    /// Year of a rating
    #[arg(long, value_name = "YEAR", default_value_t = 0, hide_default_value = true)]
    pub(crate) period: u16,
}

#[derive(Debug, Args)]
pub(crate) struct EntryArgs {
    #[command(flatten)]
    pub(crate) about: About,
    /// What it says: the rating, the grade, the field of work, the biosafety level of premises
    #[arg(long)]
    pub(crate) value: Option<String>,
    /// From when: 5d, or a time; at once without it
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// Until when: 180d, or a time; open without it
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) to: Option<String>,
    /// A key that a person's ban ends. Repeat for several
    #[arg(long, value_name = "KEY")]
    pub(crate) ends_key: Vec<String>,
    /// The documents it rests on, or their hash
    #[arg(long, value_name = "FILE")]
    pub(crate) documents: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EndArgs {
    #[command(flatten)]
    pub(crate) about: About,
    /// removed, adjusted, cancelled or violation
    #[arg(long)]
    pub(crate) why: String,
    /// The documents it rests on, or their hash
    #[arg(long, value_name = "FILE")]
    pub(crate) documents: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GovCommand {
    /// Put a change to those who must sign it; each approves in a transaction of its own
    #[command(subcommand)]
    Propose(ChangeCommand),
    /// Make a change in one transaction that all sign
    #[command(subcommand)]
    Enact(ChangeCommand),
    /// Approve a proposal; the last approval that is needed enacts it
    Approve {
        /// Identity of the proposal
        proposal: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Take back one's own proposal
    Retract {
        /// Identity of the proposal
        proposal: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Show a proposal with every change and who approved
    Show {
        /// Identity of the proposal
        proposal: String,
    },
    /// List the proposals that wait for approvals
    List {
        /// Also those that are enacted, lapsed or taken back
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChangeCommand {
    /// A new line of a registry
    Entry {
        #[command(flatten)]
        entry: EntryArgs,
        #[command(flatten)]
        motion: MotionArgs,
    },
    /// The end of the last line about something
    End {
        #[command(flatten)]
        end: EndArgs,
        #[command(flatten)]
        motion: MotionArgs,
    },
    /// Another policy pack; shows what differs from the one in force, and who gains or loses competence
    Pack {
        /// A pack that comes with the program, or a file
        #[arg(value_name = "NAME|FILE")]
        pack: String,
        /// From which height it is in force
        #[arg(long, value_name = "HEIGHT")]
        from: u64,
        /// Which end of the grades is the most dangerous, where the pack leaves it open: first-is-highest or
        /// first-is-lowest
        #[arg(long)]
        orientation: Option<String>,
        #[command(flatten)]
        motion: MotionArgs,
    },
    /// A new agency gets a seat
    AddAgency {
        /// Its claim, as `hufud seat new-agency` wrote it
        #[arg(long, value_name = "FILE")]
        claim: PathBuf,
        /// From which height it votes
        #[arg(long, value_name = "HEIGHT")]
        from: u64,
        #[command(flatten)]
        motion: MotionArgs,
    },
    /// An agency's seat moves to another node and its keys (by the agency itself)
    MoveSeat {
        /// Its claim, as `hufud seat claim` wrote it
        #[arg(long, value_name = "FILE")]
        claim: PathBuf,
        /// From which height the new keys vote
        #[arg(long, value_name = "HEIGHT")]
        from: u64,
        #[command(flatten)]
        motion: MotionArgs,
    },
    /// An agency leaves
    RemoveAgency {
        /// The agency: identity, scheme:value or name
        org: String,
        /// From which height it votes no more
        #[arg(long, value_name = "HEIGHT")]
        from: u64,
        #[command(flatten)]
        motion: MotionArgs,
    },
    /// Items may depart to another network and land from it; every agency signs. Made again with a newer file, the
    /// network is known from a later block on
    AdmitNetwork {
        /// Its trust file, whose fingerprint its agencies have read aloud: the network is known from its start on
        file: PathBuf,
        #[command(flatten)]
        motion: MotionArgs,
    },
    /// The changes of a file (TOML or JSON, `changes = [...]`): several at once, or a recovered key
    File {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        motion: MotionArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct MotionArgs {
    /// Until when a proposal may be approved: 14d, or a time; 14d without it
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
    #[command(flatten)]
    pub(crate) signing: Signing,
}
