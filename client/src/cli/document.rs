//! Sealed documents, and the keys that they are sealed to.

use super::Life;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum SealCommand {
    /// Make a key to which documents for one's own organisation are sealed, in an encrypted file in the keys folder
    New {
        /// What people call the key
        #[arg(long, default_value = "seal")]
        label: String,
        /// Make the password cheap to check, and to guess: for test networks alone
        #[arg(long)]
        light: bool,
    },
    /// Publish the newest such key on the ledger: by an administrator
    Publish {
        #[command(flatten)]
        life: Life,
    },
    /// End the key in force, without another one: nobody seals to it any more, and what was sealed to it opens as before
    End {
        #[command(flatten)]
        life: Life,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DocumentCommand {
    /// Seal a file for some organisations and leave it for them at every node
    Send(DocumentSend),
    /// List the documents for one's own organisation, and those that it left for others
    List {
        /// Those that open this commitment
        #[arg(long, value_name = "HASH")]
        about: Option<String>,
    },
    /// Show a document and every node that has it
    Show {
        /// Its name, as `document list` prints it
        id: String,
    },
    /// Fetch a document, open it, and check that it is what its sender committed to
    Get(DocumentGet),
    /// Bring a document to the nodes that lack it, as its sender
    Replicate {
        /// Its name, as `document list` prints it
        id: String,
    },
    /// Erase a document for good at every node, as its sender
    Erase {
        /// Its name, as `document list` prints it
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DocumentSend {
    /// The file
    pub(crate) file: PathBuf,
    /// Organisation that is to read it: identity, GLN, scheme:value or name. Repeat for several, at most 16
    #[arg(long = "to", value_name = "ORG", required = true)]
    pub(crate) to: Vec<String>,
    /// Commitment on the ledger that the file opens: its BLAKE3, the root of an anchor over it alone, or of private fields;
    /// a new salted one without it
    #[arg(long, value_name = "HASH")]
    pub(crate) opens: Option<String>,
    /// Salt of that anchor, 32 hexadecimal digits; a new one without it
    #[arg(long, value_name = "HEX")]
    pub(crate) salt: Option<String>,
    /// Transaction that names the commitment
    #[arg(long = "tx", value_name = "TX")]
    pub(crate) about_tx: Option<String>,
    /// Media type; that of a disclosure file is known, any other is application/octet-stream without it
    #[arg(long, value_name = "TYPE")]
    pub(crate) media: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DocumentGet {
    /// Its name, as `document list` prints it
    pub(crate) id: String,
    /// File to write
    #[arg(long, value_name = "FILE", required_unless_present = "keep")]
    pub(crate) out: Option<PathBuf>,
    /// Keep the private fields that it holds, as `disclosure import` does
    #[arg(long)]
    pub(crate) keep: bool,
}
