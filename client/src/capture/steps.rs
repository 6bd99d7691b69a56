//! From what an event asks for to an operation: items are found by their codes, and the rest is as the event says.

use super::Content;
use crate::{
    act::{ActSpec, Built, InputSpec, ItemSpec, Names},
    acts::entries,
    failure::{Failure, Result},
    readings::{Anchor, Series, Value},
    refs,
    session::{Item, Session},
    storage,
};
use api::{paths, view::ItemView};
use epcis::intent::{Fact, Intent, Reading, Thing};
use gs1::{ItemCode, Quantity};
use ledger::{
    ClassId, GrantId, Hash, ItemId, ItemRecord, KeyId, NetworkId, Operation, OrgId, PersonId, Timestamp, TxId,
    operation::{EntryBody, Registration, Registry, Subject},
};
use std::path::PathBuf;

/// Most items of a unit that is emptied.
const MOST_PACKED: usize = 10_000;

/// Codes of items that an intent makes, so that a later one may name them.
pub(super) fn made(intent: &Intent) -> impl Iterator<Item = &ItemCode> {
    let outputs = match intent {
        Intent::Register { items } => items.as_slice(),
        Intent::Derive { outputs, .. } => outputs.as_slice(),
        _ => &[],
    };
    outputs.iter().map(|registration| &registration.code)
}

/// Codes of items that an intent names.
pub(super) fn named(intent: &Intent) -> impl Iterator<Item = ItemCode> {
    let one = match intent {
        Intent::Use { item, .. }
        | Intent::Waste { item, .. }
        | Intent::Dispose { item, .. }
        | Intent::Lose { item, .. }
        | Intent::Correct { item, .. }
        | Intent::Pack { unit: item, .. }
        | Intent::Unpack { unit: item, .. } => Some(item.clone()),
        _ => None,
    };
    one.into_iter().chain(things(intent).into_iter().map(|thing| thing.code))
}

/// Where the readings of an event are kept, which are salted once.
fn readings_file(session: &Session, content: &Content) -> PathBuf {
    session.settings.state.join("readings").join(format!("{content}.readings.json"))
}

/// The operation of an intent of the event `content`. What it names is looked up now.
pub(super) fn build(session: &Session, content: &Content, intent: &Intent) -> Result<Built> {
    if let Intent::Register { items } = intent {
        let (list, entries) = registrations(items)?;
        return Ok(Built { operation: Operation::Register { list }, entries });
    }
    let meant = Meant { session, things: things(intent), whole: whole(intent) };
    let mut spec = spec(intent, content, &mut |readings| Ok(salted(session, content, readings)?.anchor()))?;
    if let ActSpec::Unpack { unit, items } = &mut spec
        && items.is_empty()
    {
        *items = meant.packed_in(&gs1::parse_code(unit)?)?;
    }
    let mut built = spec.build(&meant)?;
    if let (Intent::Derive { outputs, .. }, Operation::Derive { list, .. }) = (intent, &mut built.operation) {
        // As the event says, with the roots of private fields.
        (*list, built.entries) = registrations(outputs)?;
    }
    Ok(built)
}

fn registrations(items: &[Registration]) -> Result<(ledger::operation::EntryList, Vec<ledger::operation::Entry>)> {
    for item in items {
        ledger::judge::check_quantity(&item.code, &item.quantity)?;
    }
    entries(items.iter().cloned().map(EntryBody::Registration).collect())
}

/// Items of an intent of which the event says how much there is.
fn things(intent: &Intent) -> Vec<Thing> {
    match intent {
        Intent::Derive { inputs, .. } => inputs.clone(),
        Intent::Offer { item, .. }
        | Intent::Accept { item }
        | Intent::Refuse { item, .. }
        | Intent::Withdraw { item }
        | Intent::PlaceHold { item, .. }
        | Intent::LiftHold { item, .. } => vec![item.clone()],
        Intent::Store { items, .. }
        | Intent::Pack { items, .. }
        | Intent::Unpack { items, .. }
        | Intent::Assign { items, .. }
        | Intent::Declare { items, .. }
        | Intent::Arrive { items, .. }
        | Intent::OrderInspection { items, .. }
        | Intent::Inspect { items, .. }
        | Intent::Test { items, .. }
        | Intent::Release { items }
        | Intent::Return { items, .. }
        | Intent::Destroy { items, .. }
        | Intent::Exit { items, .. }
        | Intent::Note { items, .. } => items.clone(),
        Intent::Register { .. }
        | Intent::Use { .. }
        | Intent::Waste { .. }
        | Intent::Dispose { .. }
        | Intent::Lose { .. }
        | Intent::Correct { .. }
        | Intent::Anchor => Vec::new(),
    }
}

/// How much an event says there is of items that its act is about as a whole. Of what goes into another item a part may
/// go, and what is noted of a part is noted.
pub(crate) fn whole(intent: &Intent) -> Vec<(ItemCode, Quantity)> {
    match intent {
        Intent::Derive { .. } | Intent::Note { .. } => Vec::new(),
        other => things(other).into_iter().filter_map(|thing| Some((thing.code, thing.quantity?))).collect(),
    }
}

/// That an event which speaks of a quantity speaks of all of an item, with or without what is waste of it. Error: H1567.
pub(crate) fn check_whole(code: &ItemCode, said: &[Quantity], on_hand: Quantity, wasted: Quantity) -> Result<()> {
    let is_all = |said: &Quantity| *said == on_hand || on_hand.checked_add(wasted).is_ok_and(|all| all == *said);
    match said.first() {
        Some(first) if !said.iter().any(is_all) => {
            let values = [("input", code.to_string()), ("said", first.to_string()), ("found", on_hand.to_string())];
            Err(Failure::new("H1567", values))
        }
        Some(_) | None => Ok(()),
    }
}

fn codes(items: &[Thing]) -> Vec<String> {
    items.iter().map(|item| item.code.to_string()).collect()
}

/// An intent as an act in words; a unit of which nothing is listed is unpacked whole. `salt` keeps readings with their
/// salts, and says what is anchored of them. Registrations are without the roots of private fields.
pub(crate) fn spec(
    intent: &Intent,
    content: &Content,
    salt: &mut dyn FnMut(&[Reading]) -> Result<Anchor>,
) -> Result<ActSpec> {
    Ok(match intent {
        Intent::Register { items } => ActSpec::Register { items: items.iter().map(item_spec).collect() },
        Intent::Derive { kind, inputs, outputs, .. } => ActSpec::Derive {
            kind: kind.ok_or_else(|| Failure::missing("kind", "hufu:origin"))?.name().to_owned(),
            inputs: inputs
                .iter()
                .map(|input| InputSpec {
                    item: input.code.to_string(),
                    quantity: input.quantity.map(|quantity| quantity.to_string()),
                })
                .collect(),
            outputs: outputs.iter().map(item_spec).collect(),
        },
        Intent::Offer { item, to, until, purpose, premises } => ActSpec::Offer {
            item: item.code.to_string(),
            to: to.id().to_string(),
            // Who holds it: that it is this organisation's act is settled before.
            from: None,
            purpose: Some(purpose.name().to_owned()),
            premises: premises.map(|premises| premises.to_string()),
            until: until.map(api::time::rfc3339),
        },
        Intent::Accept { item } => ActSpec::Accept { item: item.code.to_string() },
        Intent::Refuse { item, reason } => ActSpec::Refuse {
            item: item.code.to_string(),
            reason: reason
                .as_ref()
                .map(ToString::to_string)
                .ok_or_else(|| Failure::missing("reason", "hufu:reason"))?,
        },
        Intent::Withdraw { item } => ActSpec::Withdraw { item: item.code.to_string() },
        Intent::Use { item, quantity } => ActSpec::Use { item: item.to_string(), quantity: quantity.to_string() },
        Intent::Waste { item, quantity } => ActSpec::Waste { item: item.to_string(), quantity: quantity.to_string() },
        Intent::Dispose { item, quantity } => {
            ActSpec::Dispose { item: item.to_string(), quantity: quantity.to_string() }
        }
        Intent::Lose { item, quantity, theft } => {
            ActSpec::Lose { item: item.to_string(), quantity: quantity.to_string(), theft: *theft }
        }
        Intent::Correct { item, event, bucket, quantity, reason } => ActSpec::Correct {
            item: item.to_string(),
            event: *event,
            bucket: bucket.name().to_owned(),
            quantity: quantity.to_string(),
            reason: reason.to_string(),
        },
        Intent::Store { items, premises, quarantine } => {
            ActSpec::Store { items: codes(items), premises: premises.to_string(), quarantine: *quarantine }
        }
        Intent::Pack { unit, items } => ActSpec::Pack { unit: unit.to_string(), items: codes(items) },
        Intent::Unpack { unit, items } => ActSpec::Unpack { unit: unit.to_string(), items: codes(items) },
        Intent::Note { items, fact } => note(content, codes(items), fact, salt)?,
        _ => border(intent)?,
    })
}

/// Acts at the border, and of agencies.
fn border(intent: &Intent) -> Result<ActSpec> {
    Ok(match intent {
        Intent::Assign { items, grant } => ActSpec::Assign { items: codes(items), grant: grant.to_string() },
        Intent::Declare { items, exempt } => ActSpec::Declare { items: codes(items), exempt: *exempt },
        Intent::Arrive { items, port } => ActSpec::Arrive { items: codes(items), port: port.to_string() },
        Intent::OrderInspection { items, premises } => {
            ActSpec::OrderInspection { items: codes(items), premises: premises.map(|premises| premises.to_string()) }
        }
        Intent::Inspect { items, result, video } => ActSpec::Inspect {
            items: codes(items),
            result: result.name().to_owned(),
            video: video.map(|video| video.to_string()),
        },
        Intent::Test { items, passed, report } => {
            ActSpec::Test { items: codes(items), passed: *passed, report: report.to_string() }
        }
        Intent::Release { items } => ActSpec::Release { items: codes(items) },
        Intent::Return { items, reason } => ActSpec::Return { items: codes(items), reason: reason.to_string() },
        Intent::Destroy { items, reason } => ActSpec::Destroy { items: codes(items), reason: reason.to_string() },
        Intent::Exit { items, port } => ActSpec::Exit { items: codes(items), port: port.to_string() },
        Intent::PlaceHold { item, reason } => {
            ActSpec::PlaceHold { item: item.code.to_string(), reason: reason.to_string() }
        }
        Intent::LiftHold { item, placed } => ActSpec::LiftHold { item: item.code.to_string(), placed: Some(*placed) },
        // Each intent goes to the room that makes it.
        other => return Err(Failure::new("H1430", [("detail", other.act().name())])),
    })
}

fn item_spec(registration: &Registration) -> ItemSpec {
    ItemSpec {
        code: registration.code.to_string(),
        quantity: Some(registration.quantity.to_string()),
        class: Some(registration.class.to_string()),
        purpose: Some(registration.purpose.name().to_owned()),
    }
}

fn note(
    content: &Content,
    items: Vec<String>,
    fact: &Fact,
    salt: &mut dyn FnMut(&[Reading]) -> Result<Anchor>,
) -> Result<ActSpec> {
    Ok(match fact {
        // Without a report the event is the report.
        Fact::SelfCheck { counted, report } => ActSpec::SelfCheck {
            items,
            counted: counted.to_string(),
            report: report.as_ref().unwrap_or(content).to_string(),
        },
        Fact::Series { kind, root, count, from, to, min, max } => ActSpec::Telemetry {
            items,
            kind: kind.name().to_owned(),
            root: root.to_string(),
            count: *count,
            from: api::time::rfc3339(*from),
            to: api::time::rfc3339(*to),
            min: *min,
            max: *max,
        },
        Fact::Readings(readings) => {
            let anchor = salt(readings)?;
            ActSpec::Telemetry {
                items,
                kind: anchor.kind.name().to_owned(),
                root: anchor.root.to_string(),
                count: anchor.count,
                from: api::time::rfc3339(anchor.from),
                to: api::time::rfc3339(anchor.to),
                min: anchor.min,
                max: anchor.max,
            }
        }
        Fact::Expert { report } => ActSpec::Expert { items, report: report.to_string() },
        Fact::Document { root } => ActSpec::Document { items, document: root.to_string() },
    })
}

/// Readings with their salts, which are on disk before their root is signed: those of an earlier run, if there are any.
fn salted(session: &Session, content: &Content, readings: &[Reading]) -> Result<Series> {
    let values = readings.iter().map(|reading| (reading.at, Value::Temperature(reading.value))).collect();
    let fresh = Series::of(values)?.ok_or_else(|| Failure::input("H1317", content.to_string()))?;
    let file = readings_file(session, content);
    if file.exists() {
        let kept = Series::read(&file)?;
        if kept.says_the_same(&fresh) {
            return Ok(kept);
        }
    }
    if !session.dry_run {
        if let Some(folder) = file.parent() {
            storage::folder(folder)?;
        }
        storage::replace(&file, &fresh.to_json())?;
    }
    Ok(fresh)
}

/// What the words of an act stand for, where they are those of an event: a code is the item that this organisation holds or
/// was offered.
struct Meant<'s> {
    session: &'s Session,
    things: Vec<Thing>,
    /// What the act is about as a whole, where the event says how much that is.
    whole: Vec<(ItemCode, Quantity)>,
}

impl Meant<'_> {
    /// The one item of a code that is meant. Errors: H7004, H1407 where several may be, H1567 where it is not all of it.
    fn one(&self, code: &ItemCode) -> Result<Item> {
        let org = self.session.key_header()?.org;
        let mut items = self.session.items_of(code)?;
        let is_own = |item: &Item| {
            let offered = item.record.offer.as_ref().is_some_and(|offer| offer.receiver == org);
            offered || (item.record.custodian == org && !item.record.on_hand.is_zero())
        };
        if items.iter().any(is_own) {
            items.retain(is_own);
        }
        let said = self.things.iter().find(|thing| thing.code == *code).and_then(|thing| thing.quantity);
        if let Some(quantity) = said
            && items.iter().filter(|item| item.record.on_hand == quantity).count() == 1
        {
            items.retain(|item| item.record.on_hand == quantity);
        }
        match items.len() {
            0 | 1 => {
                let item = items.pop().ok_or_else(|| {
                    let kind = self.session.out.pick("item", "物品").to_owned();
                    Failure::new("H7004", [("kind", kind), ("input", code.to_string())])
                })?;
                let said = self.whole.iter().filter(|(of, _)| of == code).map(|(_, quantity)| *quantity);
                check_whole(code, &said.collect::<Vec<_>>(), item.record.on_hand, item.record.wasted)?;
                Ok(item)
            }
            count => {
                let list: Vec<String> = items.iter().map(|item| item.id.to_string()).collect();
                Err(refs::several(&code.to_string(), count, &list))
            }
        }
    }

    /// All that is in a unit.
    fn packed_in(&self, unit: &ItemCode) -> Result<Vec<String>> {
        let unit = self.one(unit)?.id.to_string();
        let views: Vec<ItemView> = self.session.pages(paths::ITEMS, &[("unit", unit)], MOST_PACKED)?;
        Ok(views.into_iter().map(|view| view.id).collect())
    }
}

impl Names for Meant<'_> {
    fn network(&self) -> Result<NetworkId> {
        self.session.network_id()
    }

    fn now(&self) -> Timestamp {
        self.session.block_time()
    }

    fn org(&self, word: &str) -> Result<OrgId> {
        self.session.org_id(word)
    }

    fn class(&self, word: &str) -> Result<ClassId> {
        word.parse().map_err(|_| Failure::input("H1409", word))
    }

    fn item(&self, word: &str) -> Result<(ItemId, ItemRecord)> {
        let item = match word.parse::<ItemId>() {
            Ok(id) => self.session.item(&id.to_string())?,
            Err(_) => self.one(&gs1::parse_code(word)?)?,
        };
        Ok((item.id, item.record))
    }

    fn grant(&self, word: &str) -> Result<GrantId> {
        word.parse().map_err(|_| Failure::input("H1409", word))
    }

    fn tx(&self, word: &str) -> Result<TxId> {
        word.parse().map_err(|_| Failure::input("H1409", word))
    }

    fn person(&self, word: &str) -> Result<PersonId> {
        word.parse().map_err(|_| Failure::input("H1409", word))
    }

    fn key(&self, word: &str) -> Result<KeyId> {
        word.parse().map_err(|_| Failure::input("H1409", word))
    }

    /// No event asks for a change of a registry.
    fn last_entry(&self, _: Registry, _: &Subject, _: u16) -> Result<u64> {
        Err(ledger::Rejection::EntryUnknown.into())
    }

    fn document(&self, word: &str) -> Result<Hash> {
        word.parse().map_err(|_| Failure::input("H1409", word))
    }

    fn salt(&self) -> Result<[u8; 16]> {
        Ok(keys::random()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_on_a_whole_item_is_not_asked_for_by_a_part_of_it() {
        let code: ItemCode = "01/09520000102968/10/L1".parse().unwrap();
        let quantity = |text: &str| text.parse::<Quantity>().unwrap();
        let check = |said: &[&str], expect: bool| {
            let said: Vec<Quantity> = said.iter().copied().map(quantity).collect();
            let found = check_whole(&code, &said, quantity("20 KGM"), quantity("3 KGM"));
            assert_eq!(found.map_err(|failure| failure.code), if expect { Ok(()) } else { Err("H1567".to_owned()) });
        };
        check(&[], true);
        check(&["20 KGM"], true);
        check(&["23 KGM"], true);
        check(&["5 KGM", "20 KGM"], true);
        check(&["5 KGM"], false);
        check(&["21 KGM"], false);
        check(&["20 H87"], false);
    }
}
