//! Items that pass from one network to another: the proof of a departure, and the landing.

use super::deed::perform;
use crate::{
    act::ActSpec,
    cli::PassageCommand,
    failure::{Failure, Result},
    output::Sheet,
    session::Session,
    storage,
};
use api::{
    catalogue::exit,
    passage::{MAX_PASSAGE_FILE_BYTES, PassageFile, PassageFileError},
    paths,
};
use ledger::passage::Passage;
use std::path::Path;

pub(crate) fn run(session: &Session, command: PassageCommand) -> Result<u8> {
    match command {
        PassageCommand::Export { item, known_at, out } => export(session, &item, known_at, out.as_deref()),
        PassageCommand::Show { file } => show(session, &read(&file)?.0),
        PassageCommand::Land { file, signing } => {
            let (shown, passage) = read(&file)?;
            let here = session.network_id()?.to_string();
            if shown.to != here {
                return Err(Failure::new("H3002", [("expected", shown.to), ("found", here)]));
            }
            let passage = hex::encode(ledger::codec::encode(&passage));
            perform(session, ActSpec::Land { passage }, &signing)
        }
    }
}

/// What the node gives is judged here before it is a file of somebody's.
fn export(session: &Session, word: &str, known_at: Option<u64>, out: Option<&Path>) -> Result<u8> {
    let item = session.item(word)?;
    let path = paths::fill(paths::ITEM, &format!("{}/{}", item.id, paths::PASSAGE));
    let bytes = session.get(&path, &query(known_at))?.body;
    let (shown, _) = PassageFile::read(&bytes).map_err(|error| refused(&error, "the node's answer"))?;
    if shown.item != item.id.to_string() || shown.network != session.network_id()?.to_string() {
        return Err(session.mismatch("passage"));
    }
    match out {
        None => {
            session.out.print_raw(&String::from_utf8_lossy(&bytes));
            Ok(exit::DONE)
        }
        Some(path) => {
            session.write_named(path, &bytes)?;
            show(session, &shown)
        }
    }
}

/// An [`api::view::PassageQuery`].
fn query(known_at: Option<u64>) -> Vec<(&'static str, String)> {
    known_at.map(|height| ("known_at", height.to_string())).into_iter().collect()
}

fn show(session: &Session, shown: &PassageFile) -> Result<u8> {
    session.out.result(shown, |sheet| write(sheet, shown, session));
    Ok(exit::DONE)
}

fn write(sheet: &mut Sheet, shown: &PassageFile, session: &Session) {
    let out = &session.out;
    sheet.pair(out.pick("code", "编码"), &shown.code);
    sheet.pair(out.pick("on hand", "现有"), &shown.quantity);
    sheet.pair(out.pick("from network", "来自网络"), &shown.network);
    sheet.pair(out.pick("to network", "去往网络"), &shown.to);
    sheet.pair(out.pick("item there", "原物品标识"), &shown.item);
    sheet.pair(out.pick("held by", "持有方"), &shown.holder);
    sheet.pair(out.pick("departed", "离开"), format!("{} · {}", shown.height, shown.time));
}

fn read(file: &Path) -> Result<(PassageFile, Passage)> {
    let bytes = storage::read(file, MAX_PASSAGE_FILE_BYTES)?;
    PassageFile::read(&bytes).map_err(|error| refused(&error, &file.display().to_string()))
}

fn refused(error: &PassageFileError, from: &str) -> Failure {
    Failure::new(error.code(), [("detail", format!("{from}: {error}")), ("what", error.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use api::view::PassageQuery;
    use clap::Parser;
    use serde_json::{Map, Value};

    /// Without it nothing lands once the seats of the network that it left have changed.
    #[test]
    fn the_height_at_which_a_network_is_known_reaches_the_node() {
        let line = "hufu passage export ITEM --known-at 7 --out P.json";
        assert!(Cli::try_parse_from(line.split(' ')).is_ok());
        for known_at in [None, Some(7)] {
            let number = |value: String| Value::from(value.parse::<u64>().unwrap());
            let asked = query(known_at).into_iter().map(|(name, value)| (name.to_owned(), number(value)));
            let asked: Map<String, Value> = asked.collect();
            let read: PassageQuery = serde_json::from_value(Value::Object(asked)).unwrap();
            assert_eq!(read.known_at, known_at);
        }
    }
}
