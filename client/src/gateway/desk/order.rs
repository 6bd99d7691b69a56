//! Which acts may be under way at a time: those that touch different things. What comes of them is then what strict order
//! gives, whatever the order in which blocks take them.
//!
//! An act touches the items that it names with their codes, all units around them, the codes that it makes, and at the
//! border the permits that its items are under. One that names anything else touches everything: it waits for all before
//! it, and all behind it wait.

use crate::{
    act::ActSpec,
    failure::Result,
    session::{Item, Session, code},
};
use gs1::ItemCode;
use ledger::{GrantId, ItemId, ItemRecord};
use std::collections::BTreeSet;

/// Something that an act touches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Item(ItemId),
    Code(ItemCode),
    Grant(GrantId),
}

/// What some acts touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Things {
    is_all: bool,
    some: BTreeSet<Thing>,
}

/// What an act says in words, where it is about items and nothing else.
pub(in crate::gateway) struct Words<'a> {
    pub(in crate::gateway) items: Vec<&'a str>,
    /// Codes of items that it makes.
    pub(in crate::gateway) made: Vec<&'a str>,
    is_at_border: bool,
}

/// Items with their records, by identity and by code: none where there are none that one may see.
pub(super) trait Items {
    fn item(&self, id: &ItemId) -> Result<Option<ItemRecord>>;
    fn items_of(&self, code: &ItemCode) -> Result<Vec<(ItemId, ItemRecord)>>;
}

impl Items for Session {
    fn item(&self, id: &ItemId) -> Result<Option<ItemRecord>> {
        Ok(shown(Session::item(self, &id.to_string()))?.map(|item| item.record))
    }

    fn items_of(&self, code: &ItemCode) -> Result<Vec<(ItemId, ItemRecord)>> {
        let items: Vec<Item> = shown(Session::items_of(self, code))?.unwrap_or_default();
        Ok(items.into_iter().map(|item| (item.id, item.record)).collect())
    }
}

/// What is not there, or not shown, is none.
fn shown<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(failure) if matches!(failure.code.as_str(), "H4301" | "H7004") => Ok(None),
        other => other.map(Some),
    }
}

fn many(items: &[String], is_at_border: bool) -> Option<Words<'_>> {
    Some(Words { items: items.iter().map(String::as_str).collect(), made: Vec::new(), is_at_border })
}

/// The words of an act; none of one that is about anything but items.
pub(in crate::gateway) fn words(spec: &ActSpec) -> Option<Words<'_>> {
    match spec {
        ActSpec::Register { items } => {
            let made = items.iter().map(|item| item.code.as_str()).collect();
            Some(Words { items: Vec::new(), made, is_at_border: false })
        }
        ActSpec::Derive { inputs, outputs, .. } => Some(Words {
            items: inputs.iter().map(|input| input.item.as_str()).collect(),
            made: outputs.iter().map(|output| output.code.as_str()).collect(),
            is_at_border: false,
        }),
        ActSpec::Declare { items, .. }
        | ActSpec::Arrive { items, .. }
        | ActSpec::OrderInspection { items, .. }
        | ActSpec::Inspect { items, .. }
        | ActSpec::Test { items, .. }
        | ActSpec::Release { items }
        | ActSpec::Return { items, .. }
        | ActSpec::Destroy { items, .. }
        | ActSpec::Exit { items, .. } => many(items, true),
        ActSpec::Store { items, .. }
        | ActSpec::SelfCheck { items, .. }
        | ActSpec::Telemetry { items, .. }
        | ActSpec::Expert { items, .. }
        | ActSpec::Document { items, .. } => many(items, false),
        ActSpec::Pack { unit, items } | ActSpec::Unpack { unit, items } => {
            let items = items.iter().chain([unit]).map(String::as_str).collect();
            Some(Words { items, made: Vec::new(), is_at_border: false })
        }
        ActSpec::Offer { item, .. }
        | ActSpec::Handover { item, .. }
        | ActSpec::Accept { item }
        | ActSpec::Refuse { item, .. }
        | ActSpec::Withdraw { item }
        | ActSpec::Use { item, .. }
        | ActSpec::Waste { item, .. }
        | ActSpec::Dispose { item, .. }
        | ActSpec::Lose { item, .. }
        | ActSpec::Correct { item, .. }
        | ActSpec::PlaceHold { item, .. }
        | ActSpec::LiftHold { item, .. }
        | ActSpec::Share { item, .. }
        | ActSpec::EndShare { item, .. }
        | ActSpec::Depart { item, .. } => many(std::slice::from_ref(item), false),
        ActSpec::RegisterOrg { .. }
        | ActSpec::RegisterClass { .. }
        | ActSpec::AssertHs { .. }
        | ActSpec::Assign { .. }
        | ActSpec::Apply { .. }
        | ActSpec::Pause { .. }
        | ActSpec::Resume { .. }
        | ActSpec::Grant { .. }
        | ActSpec::RefuseGrant { .. }
        | ActSpec::Cancel { .. }
        | ActSpec::Demand { .. }
        | ActSpec::Report { .. }
        | ActSpec::Answer { .. }
        | ActSpec::Enact { .. }
        | ActSpec::Propose { .. }
        | ActSpec::Approve { .. }
        | ActSpec::Retract { .. }
        | ActSpec::CloseAlert { .. }
        | ActSpec::AdvanceClock { .. }
        | ActSpec::Anchor { .. }
        | ActSpec::SealKey { .. }
        | ActSpec::Land { .. } => None,
    }
}

impl Things {
    /// Everything.
    pub(super) fn all() -> Things {
        Things { is_all: true, some: BTreeSet::new() }
    }

    /// What an act touches, as far as items are there by now: of one that an earlier act is to make, its code.
    ///
    /// Errors: those of asking.
    pub(super) fn of(items: &dyn Items, spec: &ActSpec) -> Result<Things> {
        let Some(Words { items: named, made, is_at_border }) = words(spec) else { return Ok(Things::all()) };
        let mut things = Things::default();
        // What is no code makes an act that is refused whenever its turn is.
        things.some.extend(made.into_iter().filter_map(|word| code(word).ok()).map(Thing::Code));
        for word in named {
            let found: Vec<(ItemId, ItemRecord)> = match word.trim().parse::<ItemId>() {
                Ok(id) => items.item(&id)?.map(|record| (id, record)).into_iter().collect(),
                Err(_) => match code(word) {
                    Ok(code) => {
                        let found = items.items_of(&code)?;
                        things.some.insert(Thing::Code(code));
                        found
                    }
                    // The beginning of an identity: which one is meant may change with any act.
                    Err(_) => return Ok(Things::all()),
                },
            };
            for (id, record) in found {
                // What is in a unit may be under permits that its own record does not name.
                let is_mixed = is_at_border && record.inside.is_some();
                if is_at_border {
                    things.some.extend(record.grant.map(Thing::Grant));
                }
                if is_mixed || !things.add(items, id, record)? {
                    return Ok(Things::all());
                }
            }
        }
        Ok(things)
    }

    /// An item with all units around it; whether all of those are shown.
    fn add(&mut self, items: &dyn Items, id: ItemId, record: ItemRecord) -> Result<bool> {
        let (mut id, mut record) = (id, record);
        loop {
            self.some.insert(Thing::Code(record.code.clone()));
            let is_new = self.some.insert(Thing::Item(id));
            let Some(packed) = record.container.filter(|_| is_new) else { return Ok(true) };
            let Some(unit) = items.item(&packed.unit)? else { return Ok(false) };
            (id, record) = (packed.unit, unit);
        }
    }

    /// These and others.
    pub(super) fn and(mut self, others: Things) -> Things {
        self.is_all |= others.is_all;
        self.some.extend(others.some);
        self
    }

    fn meet(&self, others: &Things) -> bool {
        self.is_all || others.is_all || self.some.iter().any(|thing| others.some.contains(thing))
    }
}

/// The acts that come before one and are not decided.
#[derive(Debug, Default)]
pub(super) struct Before {
    count: usize,
    things: Things,
}

impl Before {
    pub(super) fn add(&mut self, things: &Things) {
        self.count += 1;
        self.things.is_all |= things.is_all;
        self.things.some.extend(things.some.iter().cloned());
    }

    /// Whether everything before is decided.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether nothing behind can go.
    pub(super) fn is_barrier(&self) -> bool {
        self.things.is_all
    }

    /// Whether an act has to wait.
    pub(super) fn holds_up(&self, things: &Things) -> bool {
        self.count > 0 && self.things.meet(things)
    }
}

#[cfg(test)]
mod tests;
