//! Opened fields and names are those that were committed to.

use crate::{
    parts::{EventTx, OpenField, Parts, private_root},
    problem::Problem,
};
use ledger::{bounds::MAX_FIELDS, field, list};
use std::collections::BTreeMap;

/// Checks all openings.
pub(super) fn check(parts: &Parts) -> Result<(), Problem> {
    for open in &parts.fields {
        opens(parts, open).ok_or(Problem::FieldDiffers { n: open.event })?;
    }
    for open in &parts.names {
        let differs = || Problem::PersonDiffers { key: open.key.to_string() };
        let position = parts.key_position(&open.key).map_err(|_| differs())?;
        let record = &parts.keys.get(position).ok_or_else(differs)?.value;
        if field::person_name(&open.salt, &open.name) != record.name {
            return Err(differs());
        }
    }
    Ok(())
}

/// What stays closed, event by event.
pub(crate) fn closed(parts: &Parts) -> Vec<String> {
    let mut opened: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
    for field in &parts.fields {
        let (open, count) = opened.entry(field.event).or_default();
        (*open, *count) = (open.saturating_add(1), field.count);
    }
    let of = |step: &EventTx| {
        private_root(&step.event, step.tx.as_ref().map(|t| &t.body))?;
        let n = step.event.n;
        match opened.get(&n) {
            None => Some(format!("the private fields of event {n}")),
            Some((open, count)) => match count.saturating_sub(*open) {
                0 => None,
                closed => Some(format!("{closed} of {count} private fields of event {n}")),
            },
        }
    };
    parts.main.steps.iter().filter_map(of).collect()
}

fn opens(parts: &Parts, open: &OpenField) -> Option<()> {
    // The history has been replayed: event n stands at position n - 1.
    let position = usize::try_from(open.event.checked_sub(1)?).ok()?;
    let step = parts.main.steps.get(position)?;
    let root = private_root(&step.event, step.tx.as_ref().map(|t| &t.body))?;
    let bounded = usize::try_from(open.count).is_ok_and(|count| count <= MAX_FIELDS);
    let leaf = open.field.hash();
    (bounded && list::verify(&root, u64::from(open.count), u64::from(open.index), &leaf, &open.path)).then_some(())
}
