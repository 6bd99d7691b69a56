//! The command line as clap reads it. Help is English; messages follow `--lang`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

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
    /// Items: register, look at, use, dispose
    #[command(subcommand)]
    Item(ItemCommand),
    /// Hand items over
    #[command(subcommand)]
    Handover(HandoverCommand),
    /// Orders of agencies that stop an item
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Declaration, inspection, release, countersignature
    #[command(subcommand)]
    Agency(AgencyCommand),
    /// Classes of items
    #[command(subcommand)]
    Class(ClassCommand),
    /// Organisations
    #[command(subcommand)]
    Party(PartyCommand),
    /// Transactions as files: draft, show, cosign, submit
    #[command(subcommand)]
    Tx(TxCommand),
    /// Bundles: the proof of an item's history
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Verify a bundle offline
    Verify(Verify),
    /// Register the items of a shipment list
    #[command(subcommand)]
    Import(ImportCommand),
    /// Signed transactions that wait to be sent
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Private fields that are kept here: their plain values are not on the ledger
    #[command(subcommand)]
    Disclosure(DisclosureCommand),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Trust file of the network
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Write ~/.config/hufu/config.toml instead of ./hufu.toml
    #[arg(long)]
    pub(crate) user: bool,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// How long an act may wait.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Life {
    /// When the transaction becomes void: 30m, 12h, 2d, or a time such as 2026-11-21T08:00:00Z
    #[arg(long, value_name = "WHEN")]
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

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key in an encrypted file
    New(KeyNew),
    /// List the key files of the keys folder
    List,
    /// Show a key file, or the ledger's record of a key
    Show {
        /// File, label, or identity; the configured key without it
        #[arg(value_name = "KEY")]
        which: Option<String>,
    },
    /// Write what others need: the public key, and the claim by which it is registered
    ExportPub {
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Replace the configured key by a new one of the same person and roles
    Rotate {
        /// Where to write the new key
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        life: Life,
    },
    /// Register somebody's exported key: by the administrator of the organisation, or the competent agency
    Register {
        /// File written by `key export-pub`
        file: PathBuf,
        #[command(flatten)]
        life: Life,
    },
    /// End a key
    End {
        /// Identity of the key
        #[arg(value_name = "KEY")]
        which: String,
        /// Why
        #[arg(long, value_enum, default_value_t = EndReason::Retired)]
        reason: EndReason,
        #[command(flatten)]
        life: Life,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EndReason {
    /// Routine: what it signed before is honoured
    Retired,
    /// Compromised: refused at once
    Compromised,
}

#[derive(Debug, Args)]
pub(crate) struct KeyNew {
    /// Organisation: identity, GLN, or scheme:value
    #[arg(long)]
    pub(crate) org: String,
    /// Name of the person; stays in the file, the ledger holds a salted commitment
    #[arg(long)]
    pub(crate) name: String,
    /// Roles, commas between: custodian, receiver, declarant, officer, countersigner, administrator
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) roles: Vec<String>,
    /// Label of the key, for people
    #[arg(long, default_value = "key")]
    pub(crate) label: String,
    /// File to write; keys folder and label without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Pseudonym of the person, for a further key of the same one
    #[arg(long)]
    pub(crate) person: Option<String>,
    /// Cheap password hashing, for test networks
    #[arg(long)]
    pub(crate) light: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ItemCommand {
    /// Register an item
    Register {
        /// Code in any form: Digital Link, (01)…(10)…, scan
        code: String,
        /// How much, such as "12.5 MLT"; one piece for a serial without it
        #[arg(long, value_name = "QUANTITY")]
        quantity: Option<String>,
        /// Class, where the code has no GTIN: identity or scheme:value
        #[arg(long)]
        class: Option<String>,
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
    /// Use some of an item, or all
    Use {
        /// Identity or code
        item: String,
        /// How much; a number alone is in the item's unit
        #[arg(long, value_name = "QUANTITY")]
        quantity: String,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        life: Life,
    },
    /// Dispose of some of an item, or all; the competent agency countersigns
    Dispose {
        /// Identity or code
        item: String,
        /// How much; a number alone is in the item's unit
        #[arg(long, value_name = "QUANTITY")]
        quantity: String,
        /// Key that countersigns: identity, or a file of `key export-pub`; found on the ledger without it
        #[arg(long, value_name = "KEY")]
        countersigner: Option<String>,
        /// Draft to write for the countersigner
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        life: Life,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum HandoverCommand {
    /// Offer an item; custody moves when the receiver accepts
    Offer {
        /// Identity or code
        item: String,
        /// Receiver: identity, GLN, scheme:value or name
        #[arg(long)]
        to: String,
        /// Until when it may be accepted: 12h, 2d, or a time
        #[arg(long, value_name = "WHEN", default_value = "48h")]
        until: String,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        life: Life,
    },
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
    /// Until when it may be committed: 12h, 2d, or a time
    #[arg(long, value_name = "WHEN", default_value = "48h")]
    pub(crate) until: String,
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) plain: Plain,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// Place a hold
    Place {
        /// Identity or code
        item: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        life: Life,
    },
    /// Lift a hold of one's own
    Lift {
        /// Identity or code
        item: String,
        /// Number of the event that placed it; the only one of one's own without it
        #[arg(long)]
        placed: Option<u64>,
        #[command(flatten)]
        life: Life,
    },
    /// List the holds in force
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgencyCommand {
    /// Declare items at the border (by the enterprise)
    Declare {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        life: Life,
    },
    /// State the result of an inspection
    Inspect {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        /// The result
        #[arg(long, value_enum)]
        result: Inspection,
        #[command(flatten)]
        plain: Plain,
        #[command(flatten)]
        life: Life,
    },
    /// Release items from the border
    Release {
        /// Identities or codes
        #[arg(required = true)]
        items: Vec<String>,
        #[command(flatten)]
        life: Life,
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
}

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
        /// enterprise, carrier, laboratory, disposer or partner
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
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Write any act as a draft instead of sending it: tx draft --out F -- item use …
    Draft {
        /// File to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Leave even one's own signature out
        #[arg(long)]
        unsigned: bool,
        /// The act, as on the command line
        #[arg(last = true, required = true)]
        act: Vec<String>,
    },
    /// Show a draft, or what became of a transaction
    Show {
        /// File or identity
        tx: String,
    },
    /// Add one's signature to a draft
    Cosign {
        /// The draft
        file: PathBuf,
        /// File to write; the same without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Send complete drafts, one after another in the order given
    Submit {
        /// The drafts
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Write the bundle of an item
    Export {
        /// Identity or code
        item: String,
        /// Private field to open, NAME or EVENT:NAME; all; persons or person:KEY for names. Repeat for several
        #[arg(long, value_name = "FIELD")]
        open: Vec<String>,
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show what a bundle says, without judging it
    Inspect {
        /// The bundle
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The bundle
    pub(crate) file: PathBuf,
    /// Trust file of the network (HUFU_TRUST)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Oldest that counts as fresh: 72h, 30d
    #[arg(long, value_name = "AGE")]
    pub(crate) max_age: Option<String>,
    /// Accept a test network
    #[arg(long)]
    pub(crate) allow_test: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Register the rows of a CSV file
    Csv(ImportCsv),
}

#[derive(Debug, Args)]
pub(crate) struct ImportCsv {
    /// The list
    pub(crate) file: PathBuf,
    /// Mapping of its headings, units and defaults
    #[arg(long, value_name = "FILE")]
    pub(crate) map: Option<PathBuf>,
    /// Report to write: one line for each row
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Encoding of the list: utf-8 or gb18030; detected without it
    #[arg(long)]
    pub(crate) encoding: Option<String>,
    /// Import the good rows although others are bad
    #[arg(long)]
    pub(crate) skip_bad: bool,
    #[command(flatten)]
    pub(crate) life: Life,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// List what waits
    List,
    /// Send what waits
    Send,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DisclosureCommand {
    /// List the acts whose private fields are kept here
    List,
    /// Show private fields
    Show {
        /// Item, transaction or a person's key: identity, or code of an item
        of: String,
    },
    /// Write private fields, or one's name, for somebody who may know them
    Export {
        /// Items, transactions or persons' keys: identities, or codes of items
        #[arg(required_unless_present = "person")]
        of: Vec<String>,
        /// Field to give in the clear, others as commitments; all without it. Repeat for several
        #[arg(long, value_name = "NAME")]
        open: Vec<String>,
        /// The name of the person who holds the configured key
        #[arg(long)]
        person: bool,
        /// File to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Keep what somebody gave
    Import {
        /// File written by `disclosure export`
        file: PathBuf,
    },
    /// Destroy private fields that are kept here; every proof still holds
    Erase {
        /// Item, transaction or a person's key: identity, or code of an item
        of: String,
        /// Field to erase; all without it. Repeat for several
        #[arg(long, value_name = "NAME")]
        field: Vec<String>,
    },
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
    fn global_flags_stand_anywhere() {
        for line in ["hufu --json item show X", "hufu item show X --json", "hufu item --json show X"] {
            assert!(Cli::try_parse_from(line.split(' ')).unwrap().global.json, "{line}");
        }
    }
}
