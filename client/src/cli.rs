//! The command line as clap reads it. Help is English; messages follow `--lang`.

mod agency;
mod document;
mod gateway;
mod handover;
mod import;
mod item;
mod key;
mod paper;
mod party;
mod permit;
mod proof;
mod registry;
mod report;
mod scan;
mod trust;
mod tx;

pub(crate) use agency::{AgencyCommand, Tested};
use clap::{Args, Parser, Subcommand};
pub(crate) use document::{DocumentCommand, DocumentGet, DocumentSend, SealCommand};
pub(crate) use gateway::{GatewayCommand, GatewayServe};
pub(crate) use handover::{Direct, HandoverCommand, HoldCommand, OfferArgs};
pub(crate) use import::{ImportCommand, ImportCsv, ImportEpcis, MapCommand};
pub(crate) use item::{Derivation, ItemCommand};
pub(crate) use key::{EndReason, KeyBackup, KeyCommand, KeyNew, KeyRestore};
pub(crate) use paper::{CertCommand, CertPrint, LabelCommand, LabelFormat, LabelPrint, LabelSymbol};
pub(crate) use party::{ClassCommand, NodeCommand, PartyCommand};
pub(crate) use permit::{ApplicationArgs, PermitCommand};
pub(crate) use proof::{
    AbsenceCommand, BundleCommand, CompareFiles, DisclosureCommand, EvidenceCommand, PassageCommand, Verify,
};
pub(crate) use registry::{About, ChangeCommand, EndArgs, EntryArgs, GovCommand, MotionArgs, RegistryCommand};
pub(crate) use report::{AlertCommand, AuditCommand, ReportCommand, TelemetryCommand};
pub(crate) use scan::{Scan, Separators};
use std::path::PathBuf;
pub(crate) use trust::{Advance, Cosign, TrustCommand, WitnessArgs, WitnessCommand};
pub(crate) use tx::{OutboxCommand, TxCommand, TxDraft};

/// Hufu (虎符): a custody ledger for biological special items.
#[derive(Debug, Parser)]
#[command(name = "hufu", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command. Precedence: flag, HUFU_* variable, ./hufu.toml, ~/.config/hufu/config.toml.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of messages: en or zh-Hans (else HUFU_LANG, LANG)
    #[arg(long, global = true, value_name = "LANG")]
    pub(crate) lang: Option<String>,
    /// URL of a node; repeat for several (HUFU_NODE, commas between)
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) node: Vec<String>,
    /// File of the CAs, in PEM, that vouch for nodes at https:// (HUFU_CA_FILE)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Configuration file (HUFU_CONFIG)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Key file to sign with (HUFU_KEY)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// File that holds the key's password; /dev/fd/N for a file descriptor (HUFU_KEY_PASSWORD_FILE)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_password_file: Option<PathBuf>,
    /// Do not ask before signing
    #[arg(long, short = 'y', global = true)]
    pub(crate) yes: bool,
    /// Check against live state and show what would be signed; sign and send nothing
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// Replace a file that exists
    #[arg(long, global = true)]
    pub(crate) force: bool,
    /// No progress on stderr
    #[arg(long, short = 'q', global = true)]
    pub(crate) quiet: bool,
    /// Never ask; fail where a question would be needed (HUFU_NO_INPUT)
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a configuration file
    Init(Init),
    /// Get a token for reading by signing a challenge
    Login,
    /// End the token
    Logout,
    /// Who this client signs and reads as
    Whoami,
    /// Check configuration, key, node and network
    Doctor,
    /// Explain a code, such as H1203
    Explain {
        /// The code; all of them without it
        code: Option<String>,
    },
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command into a folder
    Man {
        /// Folder to write into
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Keys of persons
    #[command(subcommand)]
    Key(KeyCommand),
    /// Items: register, look at, use, split, pack, store, dispose
    #[command(subcommand)]
    Item(ItemCommand),
    /// Hand items over
    #[command(subcommand)]
    Handover(HandoverCommand),
    /// Read what a scanner typed: what it says, which item it names, and at a receiving dock accept it
    Scan(Scan),
    /// Orders of agencies that stop an item
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Declaration, inspection, release, exit, demands, countersignature
    #[command(subcommand)]
    Agency(AgencyCommand),
    /// Permits, plans, clearance proofs, filings: apply, decide, look at
    #[command(subcommand)]
    Permit(PermitCommand),
    /// Registries that agencies keep: ratings, lists, premises, bans
    #[command(subcommand)]
    Registry(RegistryCommand),
    /// What agencies decide together: entries, rules, seats
    #[command(subcommand)]
    Gov(GovCommand),
    /// Reports: of a quarter, on demand, of one's own check
    #[command(subcommand)]
    Report(ReportCommand),
    /// Alerts that the ledger derived
    #[command(subcommand)]
    Alert(AlertCommand),
    /// Series of readings: anchor them, and check them against the anchor
    #[command(subcommand)]
    Telemetry(TelemetryCommand),
    /// The audit trail of organisations, keys, registries, rules and seats, and the feeds of organisations
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Classes of items
    #[command(subcommand)]
    Class(ClassCommand),
    /// Organisations
    #[command(subcommand)]
    Party(PartyCommand),
    /// Nodes of one's organisation: register, end
    #[command(subcommand)]
    Node(NodeCommand),
    /// Transactions as files: draft, show, cosign, submit
    #[command(subcommand)]
    Tx(TxCommand),
    /// Bundles: the proof of an item's history
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// That nobody registered a code
    #[command(subcommand)]
    Absence(AbsenceCommand),
    /// Items that pass from one network to another
    #[command(subcommand)]
    Passage(PassageCommand),
    /// Agencies that signed twice
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Labels: symbols that scanners read
    #[command(subcommand)]
    Label(LabelCommand),
    /// Certificates of custody on paper, with a card that holds by itself
    #[command(subcommand)]
    Cert(CertCommand),
    /// Verify a bundle, a card, or another file that is proved under a certified header, offline
    Verify(Verify),
    /// Trust files: what a stranger must hold before a file means anything
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Witnesses: signatures on certified headers by those who are no agencies
    #[command(subcommand)]
    Witness(WitnessCommand),
    /// Take in files of others: shipment lists, EPCIS documents
    #[command(subcommand)]
    Import(ImportCommand),
    /// Signed transactions that wait to be sent
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// What an enterprise's own systems talk to: EPCIS capture, acts, webhooks
    #[command(subcommand)]
    Gateway(GatewayCommand),
    /// Private fields that are kept here: their plain values are not on the ledger
    #[command(subcommand)]
    Disclosure(DisclosureCommand),
    /// Sealed documents: files that only whom they are for can open
    #[command(subcommand)]
    Document(DocumentCommand),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Trust file of the network
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Write ~/.config/hufu/config.toml instead of ./hufu.toml
    #[arg(long)]
    pub(crate) user: bool,
}

/// How long an act may wait.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Life {
    /// When the transaction becomes void: 30m, 12h, or a time such as 2026-11-21T08:00:00Z; at most 24 hours ahead, 72 of
    /// an act that builds on who holds an item
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) expires: Option<String>,
}

/// What is commercial or personal: the ledger gets a salted commitment, the values are kept here.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Plain {
    /// A private field; repeat for several. Kept here, the ledger gets a salted commitment
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) private: Vec<String>,
    /// Private fields as a JSON object of texts, so that they are on no command line
    #[arg(long, value_name = "FILE")]
    pub(crate) private_file: Option<PathBuf>,
    /// Leave the values out of a draft that others sign
    #[arg(long)]
    pub(crate) withhold: bool,
}

/// Who else signs, and how long the act may wait.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Signing {
    /// A further signer: ROLE for one's own organisation, ROLE@ORG, or ROLE@ORG:KEY with the identity of a key or a
    /// file of `key export-pub`. Repeat for several; who is not named is found on the ledger where the rules name an
    /// agency
    #[arg(long, value_name = "ROLE[@ORG[:KEY]]")]
    pub(crate) with: Vec<String>,
    /// Draft to write while others have to sign
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) life: Life,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definition_is_consistent() {
        Cli::command().debug_assert();
    }

    /// clap stores values by identity: a subcommand's own `key` would be taken for the global one, and panic.
    #[test]
    fn no_argument_has_the_identity_of_a_global_one() {
        fn check(command: &clap::Command, globals: &[String]) {
            for sub in command.get_subcommands() {
                for arg in sub.get_arguments() {
                    assert!(!globals.contains(&arg.get_id().to_string()), "{} of {}", arg.get_id(), sub.get_name());
                }
                check(sub, globals);
            }
        }
        let command = Cli::command();
        let globals: Vec<String> =
            command.get_arguments().filter(|a| a.is_global_set()).map(|a| a.get_id().to_string()).collect();
        assert!(globals.len() >= 10);
        check(&command, &globals);
    }

    #[test]
    fn a_seal_key_is_made_published_and_ended() {
        for act in ["new", "publish", "end", "end --expires 1h"] {
            let line = format!("hufu key seal {act}");
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }

    #[test]
    fn global_flags_stand_anywhere() {
        for line in ["hufu --json item show X", "hufu item show X --json", "hufu item --json show X"] {
            assert!(Cli::try_parse_from(line.split(' ')).unwrap().global.json, "{line}");
        }
    }
}
