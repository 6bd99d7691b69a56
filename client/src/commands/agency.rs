//! Acts at the border: declaration by the enterprise, inspection and release by the agency, countersignature.

use crate::{
    acts::{self, Act, entries, slot},
    cli::{AgencyCommand, Inspection, Life, Plain},
    failure::{Failure, Result},
    private::{self, Private},
    session::Session,
};
use ledger::{
    Hash, Operation, Role,
    bounds::MAX_ENTRIES,
    operation::{EntryBody, EntryList, InspectionResult},
};

pub(crate) fn run(session: &Session, command: AgencyCommand) -> Result<u8> {
    match command {
        AgencyCommand::Declare { items, plain, life } => {
            let operation = |list, private| Operation::Declare { list, private };
            over_items(session, &items, Role::Declarant, &plain, &life, operation)
        }
        AgencyCommand::Inspect { items, result, plain, life } => {
            let result = match result {
                Inspection::Passed => InspectionResult::Passed,
                Inspection::TestPending => InspectionResult::TestPending,
                Inspection::Failed => InspectionResult::Failed,
            };
            let operation = |list, private| Operation::Inspect { list, result, private };
            over_items(session, &items, Role::Officer, &plain, &life, operation)
        }
        AgencyCommand::Release { items, life } => {
            let operation = |list, _| Operation::Release { list };
            over_items(session, &items, Role::Officer, &Plain::default(), &life, operation)
        }
        AgencyCommand::Countersign { file } => super::tx::cosign_and_send(session, &file),
    }
}

/// An act over a list of items, each looked up and shown by its code.
fn over_items(
    session: &Session,
    words: &[String],
    role: Role,
    plain: &Plain,
    life: &Life,
    operation: impl Fn(EntryList, Option<Hash>) -> Operation,
) -> Result<u8> {
    if words.len() > MAX_ENTRIES {
        let expected = format!("1 to {MAX_ENTRIES} items");
        return Err(Failure::new("H1412", [("input", words.len().to_string()), ("expected", expected)]));
    }
    let mut bodies = Vec::with_capacity(words.len());
    let mut notes = Vec::new();
    for word in words {
        let item = session.item(word)?;
        let state = session.out.word(item.record.state.name());
        notes.push((
            item.record.code.to_string(),
            format!("{} · {} · {state}", item.view.class.name, item.record.on_hand),
        ));
        bodies.push(EntryBody::Item(item.id));
    }
    let (list, entries) = entries(bodies)?;
    let slots = vec![slot(&session.key_header()?, role)];
    let private = private::of_flags(plain)?;
    let operation = operation(list, private.as_ref().map(Private::root));
    let act = Act::new(operation, slots, &life.expires).with(private, plain);
    acts::perform(session, Act { entries, notes, ..act })
}
