//! `import`: the rows of a shipment list become registrations, the events of an EPCIS document become acts, each exactly
//! once.
//!
//! Of a list first every row is read and judged, and the report names each bad one. Only then are the good ones signed, in
//! transactions of up to 200 entries that enter the journal before they are sent. The text of a list stays in its file:
//! of each row no more than half a KiB is held, whatever its cells hold.

mod cells;
mod clean;
mod commit;
mod decode;
mod epcis;
mod gtin;
mod hs;
mod hs2022;
mod journal;
mod list;
mod mapping;
mod profiles;
mod report;
mod row;
mod rows;
mod summary;

use crate::{
    cli::{ImportCommand, ImportCsv},
    failure::{Failure, Result},
    session::Session,
};
use api::{
    catalogue::exit,
    paths,
    view::{ClassView, ItemView},
};
use commit::Reading;
use decode::Source;
use encoding_rs::Encoding;
use journal::Journal;
use ledger::record::ClassRecord;
use list::{List, MissingClass};
use mapping::Mapping;
use rows::Rows;
use summary::Told;

/// Most classes of the ledger, and most items that the organisation holds, looked through for those of the list.
const MOST_LOOKED_AT: usize = 1_000_000;

/// Runs `import`.
pub(crate) fn run(session: &Session, command: ImportCommand) -> Result<u8> {
    match command {
        ImportCommand::Csv(args) => csv(session, &args),
        ImportCommand::Epcis(args) => epcis::run(session, &args),
        ImportCommand::Map(command) => profiles::run(session, command),
    }
}

/// Runs `import csv`.
fn csv(session: &Session, args: &ImportCsv) -> Result<u8> {
    if let Some(path) = &args.report {
        report::check_name(path, session.force)?;
    }
    let mapping = match &args.map {
        Some(word) => profiles::mapping(session, word)?,
        None => Mapping::default(),
    };
    let source = Source::open(&args.file, args.encoding.as_deref(), mapping.delimiter())?;
    let reading = Reading { source: &source, mapping: &mapping };
    let mut list = read(&reading)?;
    let mut told = Told { encoding: source.encoding.name(), ..Told::default() };
    told.notices.extend(source.rival.map(|rival| either(&source, rival)));
    let journal = match judge(session, args, &source, &mut list, &mut told) {
        Ok(journal) => journal,
        Err(failure) => {
            // What could be judged without a node is worth having.
            summary::finish(session, args, &list, told, None)?;
            return Err(failure);
        }
    };
    if session.dry_run {
        let outcome = commit::preview(session, &reading, &mut list, &args.life);
        summary::finish(session, args, &list, told, journal.as_ref())?;
        outcome?;
        return Ok(if list.tally().bad == 0 { exit::DONE } else { exit::PARTLY });
    }
    let bad = list.tally().bad;
    if bad > 0 && !args.skip_bad {
        list.skip_rest();
        summary::finish(session, args, &list, told, journal.as_ref())?;
        return Err(Failure::new("H1316", [("bad", bad.to_string()), ("rows", list.rows.len().to_string())]));
    }
    let mut journal = match journal {
        Some(journal) => journal,
        None => Journal::open(&args.file, &source.content, &session.network_id()?)?,
    };
    let outcome = commit::run(session, &reading, &mut list, &mut journal, &args.life);
    list.skip_rest();
    summary::finish(session, args, &list, told, Some(&journal))?;
    outcome?;
    let tally = list.tally();
    let done = tally.registered + tally.already;
    match list.rows.len() - done {
        0 => Ok(exit::DONE),
        failed => Err(Failure::new("H6001", [("done", done.to_string()), ("failed", failed.to_string())])),
    }
}

/// Reads every row of a list. Errors: H1317 where there is none, H1321 where there are too many, and those of the headings.
fn read(reading: &Reading<'_>) -> Result<List> {
    let mut rows = Rows::of(reading.source, reading.mapping)?;
    let mut list = List::default();
    list.unknown = rows.columns().unknown().to_vec();
    while let Some((number, read)) = rows.read()? {
        list.push(number, read)?;
    }
    list.complete();
    match list.rows.is_empty() {
        true => Err(Failure::new("H1317", [("file", reading.source.path().display().to_string())])),
        false => Ok(list),
    }
}

/// The list is text in two encodings, and nothing tells which was meant.
fn either(source: &Source, rival: &'static Encoding) -> Failure {
    Failure::new("H1339", [("read", source.encoding.name()), ("rival", rival.name())])
}

/// Judges the rows by the ledger and by what was imported of the list before; the journal of that, where there is one.
fn judge(
    session: &Session,
    args: &ImportCsv,
    source: &Source,
    list: &mut List,
    told: &mut Told,
) -> Result<Option<Journal>> {
    told.missing_classes = check_classes(session, list)?;
    let demonstrations = list.demonstrations();
    if demonstrations > 0 && !session.network()?.test {
        told.notices.push(Failure::new("H1332", [("rows", demonstrations.to_string())]));
    }
    let journal = Journal::of_earlier(&args.file, &source.content, &session.network_id()?)?;
    if let Some(journal) = &journal {
        commit::recall(list, journal)?;
    }
    if !args.again && list.fresh() > 0 {
        check_held(session, list)?;
    }
    Ok(journal)
}

/// Judges the rows by the classes of the ledger, and by the edition of the Harmonized System that is in force.
fn check_classes(session: &Session, list: &mut List) -> Result<Vec<MissingClass>> {
    session.each_page(paths::CLASSES, &[], MOST_LOOKED_AT, |views: Vec<ClassView>| {
        for view in views {
            let record: ClassRecord = session.record(&view.record)?;
            list.learn(&record);
        }
        Ok(())
    })?;
    Ok(list.judge(hs::in_force(session.block_time())))
}

/// A code that the organisation holds already, and not by this list, would be registered twice.
fn check_held(session: &Session, list: &mut List) -> Result<()> {
    let org = session.key_header()?.org.to_string();
    session.each_page(paths::ITEMS, &[("custodian", org)], MOST_LOOKED_AT, |views: Vec<ItemView>| {
        for item in session.own(views)? {
            list.refuse_held(&item.record.code, format!("{} ({})", item.id, item.record.on_hand));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests;
