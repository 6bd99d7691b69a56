//! Holds: an order of agencies that nothing but quarantine and destruction happens to an item (R28).

use super::deed::perform;
use crate::{
    act::ActSpec,
    cli::{HoldCommand, Signing},
    failure::{Failure, Result},
    readable::short,
    session::Session,
};
use api::{catalogue::exit, paths, view::HoldOnItem};
use ledger::OrgId;
use std::collections::BTreeSet;

/// Most holds that one command lists.
const MOST: usize = 100_000;

pub(crate) fn run(session: &Session, command: HoldCommand) -> Result<u8> {
    match command {
        HoldCommand::Place { item, reason, signing } => perform(session, ActSpec::PlaceHold { item, reason }, &signing),
        HoldCommand::Lift { item, placed, signing } => lift(session, item, placed, &signing),
        HoldCommand::List => list(session),
    }
}

fn lift(session: &Session, word: String, placed: Option<u64>, signing: &Signing) -> Result<u8> {
    let placed = match placed {
        Some(placed) => placed,
        None => own_hold(session, &word)?,
    };
    perform(session, ActSpec::LiftHold { item: word, placed: Some(placed) }, signing)
}

/// The only hold that this organisation placed, alone or with others.
fn own_hold(session: &Session, word: &str) -> Result<u64> {
    let item = session.item(word)?;
    let org = session.key_header()?.org;
    let mine: Vec<u64> = item.record.holds.iter().filter(|h| h.by.contains(&org)).map(|h| h.placed).collect();
    match mine.as_slice() {
        [one] => Ok(*one),
        [] => {
            let kind = session.out.pick("a hold of this organisation on", "本机构的扣控，物品");
            Err(Failure::new("H7004", [("kind", kind.to_owned()), ("input", item.record.code.to_string())]))
        }
        many => {
            let list: Vec<String> = many.iter().map(u64::to_string).collect();
            Err(Failure::new("H1412", [("input", "--placed".to_owned()), ("expected", list.join(", "))]))
        }
    }
}

fn list(session: &Session) -> Result<u8> {
    let holds: Vec<HoldOnItem> = session.pages(paths::HOLDS, &[], MOST)?;
    let agencies = |hold: &HoldOnItem| hold.hold.by.split(", ").map(str::to_owned).collect::<Vec<_>>();
    session.out.result(&super::Listing { schema: "hufu.hold-list/1", items: &holds }, |sheet| {
        let orgs: BTreeSet<OrgId> = holds.iter().flat_map(agencies).filter_map(|id| id.parse().ok()).collect();
        let names = session.org_names(&orgs.into_iter().collect::<Vec<_>>());
        let named = |id: String| names.get(&id).cloned().unwrap_or_else(|| short(&id));
        let row = |hold: &HoldOnItem| {
            let by: Vec<String> = agencies(hold).into_iter().map(named).collect();
            let placed = hold.hold.placed.to_string();
            [short(&hold.item), placed, by.join(", "), hold.hold.reason.clone(), hold.code.clone()]
        };
        let headings =
            [("item", "物品"), ("placed by event", "事件"), ("by", "机关"), ("reason", "原因"), ("code", "编码")];
        sheet.table(&session.out, headings, holds.iter().map(row));
    });
    Ok(exit::DONE)
}
