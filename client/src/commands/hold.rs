//! Holds: an agency's order that nothing but destruction happens to an item (R28).

use super::item::about;
use crate::{
    acts::{self, Act, slot},
    cli::{HoldCommand, Life},
    failure::{Failure, Result, text},
    readable::short,
    session::Session,
};
use api::{catalogue::exit, paths, view::HoldOnItem};
use ledger::{Operation, Role};

pub(crate) fn run(session: &Session, command: HoldCommand) -> Result<u8> {
    match command {
        HoldCommand::Place { item, reason, life } => place(session, &item, &reason, &life),
        HoldCommand::Lift { item, placed, life } => lift(session, &item, placed, &life),
        HoldCommand::List => list(session),
    }
}

fn place(session: &Session, item: &str, reason: &str, life: &Life) -> Result<u8> {
    let item = session.item(item)?;
    let operation = Operation::PlaceHold { item: item.id, reason: text("reason", reason)? };
    let slots = vec![slot(&session.key_header()?, Role::Officer)];
    acts::perform(session, about(Act::new(operation, slots, &life.expires), &item, session))
}

fn lift(session: &Session, item: &str, placed: Option<u64>, life: &Life) -> Result<u8> {
    let item = session.item(item)?;
    let header = session.key_header()?;
    let placed = match placed {
        Some(placed) => placed,
        None => {
            let mine: Vec<u64> = item.record.holds.iter().filter(|h| h.by == header.org).map(|h| h.placed).collect();
            match mine.as_slice() {
                [one] => *one,
                [] => return Err(Failure::new("H5301", [("item", item.id.to_string()), ("placed", "?".into())])),
                many => {
                    let list: Vec<String> = many.iter().map(u64::to_string).collect();
                    let values = [("input", "--placed".to_owned()), ("expected", list.join(", "))];
                    return Err(Failure::new("H1412", values));
                }
            }
        }
    };
    let operation = Operation::LiftHold { item: item.id, placed };
    let act = Act::new(operation, vec![slot(&header, Role::Officer)], &life.expires);
    acts::perform(session, about(act, &item, session))
}

fn list(session: &Session) -> Result<u8> {
    let holds: Vec<HoldOnItem> = session.pages(paths::HOLDS, &[], 10_000)?;
    session.out.result(&super::Listing { schema: "hufu.hold-list/1", items: &holds }, |sheet| {
        for hold in &holds {
            sheet.row([short(&hold.item), short(&hold.hold.by), hold.hold.reason.clone(), hold.code.clone()]);
        }
    });
    Ok(exit::DONE)
}
