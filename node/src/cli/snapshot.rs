//! `hufud snapshot`: the state of one height, for a node that starts without fetching and executing all blocks; and
//! `hufud archive`: what a node has moved out of its ledger.

use super::{Answer, CliError, quoted};
use crate::{config::Config, snapshot, upkeep};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::{
    Store,
    snapshot::{Manifest, Snapshot, SnapshotError, SnapshotProblem},
};

#[derive(Debug, Subcommand)]
pub(super) enum SnapshotCommand {
    /// Make a snapshot of the stopped node's ledger. A running one makes them by itself: `[snapshot]` in hufud.toml.
    Create(CreateArgs),
    /// Make the ledger of a stopped node out of a snapshot that its trust.json leads to.
    Restore(FromArgs),
    /// Read a snapshot from end to end, and judge it by the home's trust.json. Nothing is changed.
    Check(FromArgs),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// Home of the node.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// Folder to make; there must be none.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct FromArgs {
    /// Home of the node.
    #[arg(long, env = "HUFU_HOME", value_name = "FOLDER")]
    home: PathBuf,
    /// Folder of the snapshot.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum ArchiveCommand {
    /// Read the stopped node's archive from end to end, and hold it against its ledger.
    Check(super::HomeArgs),
}

pub(super) fn answer(command: SnapshotCommand) -> Result<Answer, CliError> {
    match command {
        SnapshotCommand::Create(args) => create(&args),
        SnapshotCommand::Restore(args) => restore(&args),
        SnapshotCommand::Check(args) => check(&args),
    }
}

fn told(manifest: &Manifest, folder: &Path) -> (String, Value) {
    let Manifest { network, height, head, .. } = manifest;
    let (block, records, bytes) = (head.header.id(), manifest.leaves(), manifest.bytes());
    let text = format!("{}: height {height}, {records} records, {bytes} bytes\nblock {block}", folder.display());
    let json = json!({
        "schema": "hufu.snapshot/1",
        "folder": folder,
        "network": network.to_string(),
        "height": height,
        "block": block.to_string(),
        "records": records,
        "bytes": bytes,
    });
    (text, json)
}

fn create(args: &CreateArgs) -> Result<Answer, CliError> {
    let config = Config::load(&args.home)?;
    let store = Store::open(&config.layout().store(), config.store_options())?;
    let manifest = store::snapshot::make(&store.view()?, &args.out)?;
    let (text, json) = told(&manifest, &args.out);
    Ok(Answer::new(text, json))
}

fn restore(args: &FromArgs) -> Result<Answer, CliError> {
    let snapshot::Restored { height, had_seat, first_height } = snapshot::restore(&args.home, &args.from)?;
    let next = match (had_seat, first_height) {
        (false, Some(first)) => {
            format!("hufud start --home {}; the key signs nothing below height {first}", quoted(&args.home))
        }
        (false, None) => {
            "this home has no sign-state, so it follows: before it votes, \"Sign-state\" in the operator's guide".into()
        }
        // What it signed since the snapshot is not in it.
        (true, _) => {
            "the key of this home has a seat: if its sign-state is lost, follow \"Sign-state\" in the operator's guide"
                .into()
        }
    };
    let text =
        format!("ledger of {}: height {height}, from {}\nnext: {next}", args.home.display(), args.from.display());
    let json = json!({
        "schema": "hufu.restored/1",
        "home": args.home,
        "height": height,
        "had_seat": had_seat,
        "first_height": first_height,
    });
    Ok(Answer::new(text, json))
}

fn check(args: &FromArgs) -> Result<Answer, CliError> {
    let trust = snapshot::load_trust(&Config::load(&args.home)?)?;
    let snapshot = Snapshot::open(&args.from)?;
    snapshot::trusted(&trust, snapshot.manifest())
        .map_err(|detail| SnapshotError::from(SnapshotProblem::NotCertified { detail }))?;
    snapshot.check()?;
    let (text, json) = told(snapshot.manifest(), &args.from);
    Ok(Answer::new(format!("{text}\nwhole, and the trust root leads to it"), json))
}

pub(super) fn archive(command: ArchiveCommand) -> Result<Answer, CliError> {
    let ArchiveCommand::Check(args) = command;
    let config = Config::load(&args.home)?;
    let Some(folder) = config.archive() else {
        let message = "failed to find the archive: hufud.toml has no table [prune]";
        return Err(CliError::new("H8126", message, "name it there: [prune] keep_heights, archive"));
    };
    let store = Store::open(&config.layout().store(), config.store_options())?;
    let archive = upkeep::open_archive(&folder, &config, &store)?;
    let found = archive.check(&store)?;
    let text = match found.to {
        0 => format!("{}: empty", folder.display()),
        to => format!(
            "{}: heights {} to {}, {} transactions, {} events, {} links of feeds: sound",
            folder.display(),
            found.from,
            to - 1,
            found.transactions,
            found.events,
            found.links
        ),
    };
    let json = json!({
        "schema": "hufu.archive-check/1",
        "folder": folder,
        "from": found.from,
        "to": found.to,
        "transactions": found.transactions,
        "events": found.events,
        "links": found.links,
    });
    Ok(Answer::new(text, json))
}
