//! Items: register, look at, and everything that happens to them in somebody's hands.

use super::{
    deed::{Deed, perform},
    known::Known,
    signers::Named,
};
use crate::{
    act::{ActSpec, InputSpec, ItemSpec},
    acts::{self, Act, entries, slot},
    cli::{Derivation, ItemCommand, Life, Plain, Signing},
    failure::{Failure, Result},
    output::Sheet,
    private::{self, Private},
    readable::short,
    refs,
    session::{Item, Session},
};
use api::{
    catalogue::exit,
    paths,
    view::{EventView, ItemView},
};
use gs1::Quantity;
use ledger::{
    CustodyPoint, ItemRecord, Operation, OrgId, Role,
    operation::{EntryBody, Purpose},
};

/// Most events or items that one command lists.
const MOST: usize = 1_000_000;

pub(crate) fn run(session: &Session, command: ItemCommand) -> Result<u8> {
    match command {
        ItemCommand::Register { code, quantity, class, purpose, again, plain, life } => {
            register(session, &ItemSpec { code, quantity, class, purpose }, again, &plain, &life)
        }
        ItemCommand::Show { item } => show(session, &item),
        ItemCommand::History { item } => history(session, &item),
        ItemCommand::List { custodian, state, all } => list(session, custodian, state, all),
        ItemCommand::Use { item, quantity, plain, signing } => {
            Deed::new(ActSpec::Use { item, quantity }, &signing).with(&plain).perform(session)
        }
        ItemCommand::Dispose { item, quantity, countersigner, plain, signing } => {
            // Whose key it is follows from the rules, which name one agency.
            let named = countersigner.map(|key| Named { role: Role::Countersigner, org: None, key: Some(key) });
            Deed::new(ActSpec::Dispose { item, quantity }, &signing).with(&plain).and(named).perform(session)
        }
        ItemCommand::Waste { item, quantity, plain, signing } => {
            Deed::new(ActSpec::Waste { item, quantity }, &signing).with(&plain).perform(session)
        }
        ItemCommand::Lose { item, quantity, theft, plain, signing } => {
            Deed::new(ActSpec::Lose { item, quantity, theft }, &signing).with(&plain).perform(session)
        }
        ItemCommand::Correct { item, event, bucket, quantity, reason, signing } => {
            perform(session, ActSpec::Correct { item, event, bucket, quantity, reason }, &signing)
        }
        ItemCommand::Note { items, document, expert, signing } => {
            perform(session, noted(items, document, expert)?, &signing)
        }
        ItemCommand::Split { item, into, signing } => split(session, item, &into, &signing),
        ItemCommand::Merge { items, signing } => merge(session, items, &signing),
        ItemCommand::Derive(derivation) => derive(session, derivation),
        ItemCommand::Pack { unit, items, signing } => perform(session, ActSpec::Pack { unit, items }, &signing),
        ItemCommand::Unpack { unit, items, signing } => perform(session, ActSpec::Unpack { unit, items }, &signing),
        ItemCommand::Store { items, premises, quarantine, signing } => {
            perform(session, ActSpec::Store { items, premises, quarantine }, &signing)
        }
        ItemCommand::Share { item, to: with, until, signing } => {
            perform(session, ActSpec::Share { item, with, until }, &signing)
        }
        ItemCommand::Unshare { item, to: with, signing } => {
            perform(session, ActSpec::EndShare { item, with }, &signing)
        }
        ItemCommand::Depart { item, to, signing } => perform(session, ActSpec::Depart { item, to }, &signing),
    }
}

/// The point of custody that a record is at.
pub(super) fn point(record: &ItemRecord) -> CustodyPoint {
    CustodyPoint { seq: record.custody_seq, trail: record.trail }
}

/// Shows beside the bytes which item they are about.
pub(super) fn about(act: Act, item: &Item, session: &Session) -> Act {
    let class = format!("{} · {} {}", item.view.class.name, session.out.pick("grade", "等级"), item.view.class.grade);
    act.note(session.out.pick("code", "编码"), item.record.code.digital_link())
        .note(session.out.pick("class", "品类"), class)
        .note(session.out.pick("on hand", "现有"), item.record.on_hand.to_string())
        .note(session.out.pick("state", "状态"), session.out.word(item.record.state.name()))
}

/// A code that is held already is registered again only if that is meant: it makes a second item, which no act takes
/// back.
fn register(session: &Session, item: &ItemSpec, again: bool, plain: &Plain, life: &Life) -> Result<u8> {
    let private = private::of_flags(plain)?;
    let mut registration = item.registration(&Known::new(session))?;
    let held = if again { Vec::new() } else { session.held(&registration.code)? };
    if !held.is_empty() {
        let list: Vec<String> = held.iter().map(|item| format!("{} ({})", item.id, item.record.on_hand)).collect();
        let code = registration.code.digital_link();
        return Err(Failure::new("H1440", [("input", code), ("list", list.join(", "))]));
    }
    registration.private = private.as_ref().map(Private::root);
    let (list, entries) = entries(vec![EntryBody::Registration(registration)])?;
    let slots = vec![slot(&session.key_header()?, Role::Declarant)];
    let act = Act::new(Operation::Register { list }, slots, &life.expires).with(private, plain);
    acts::perform(session, Act { entries, ..act })
}

fn noted(items: Vec<String>, document: Option<String>, expert: Option<String>) -> Result<ActSpec> {
    match (document, expert) {
        (Some(document), _) => Ok(ActSpec::Document { items, document }),
        (None, Some(report)) => Ok(ActSpec::Expert { items, report }),
        (None, None) => Err(Failure::missing("document", "--document")),
    }
}

// Items made out of items

/// A new lot of the class and code of another one.
fn like(item: &Item, quantity: &Quantity) -> ItemSpec {
    let record = &item.record;
    // What is for research only stays so (R24), whatever it was registered for.
    let purpose = match record.marks.research_only && !record.purpose.fits_research() {
        true => Purpose::Research,
        false => record.purpose,
    };
    ItemSpec {
        code: record.code.digital_link(),
        quantity: Some(quantity.to_string()),
        class: Some(record.class.to_string()),
        purpose: Some(purpose.name().to_owned()),
    }
}

fn sum(quantities: &[Quantity]) -> Result<Option<Quantity>> {
    let mut total: Option<Quantity> = None;
    for quantity in quantities {
        total = Some(match total {
            Some(total) => total.checked_add(*quantity)?,
            None => *quantity,
        });
    }
    Ok(total)
}

/// What the new lots get leaves the old one; the rest stays in it.
fn split(session: &Session, word: String, into: &[String], signing: &Signing) -> Result<u8> {
    let item = session.item(&word)?;
    let unit = Some(item.record.on_hand.unit());
    let parts: Vec<Quantity> = into.iter().map(|text| refs::quantity(text, unit)).collect::<Result<_>>()?;
    let spec = ActSpec::Derive {
        kind: "split".into(),
        inputs: vec![InputSpec { item: item.id.to_string(), quantity: sum(&parts)?.map(|sum| sum.to_string()) }],
        outputs: parts.iter().map(|part| like(&item, part)).collect(),
    };
    perform(session, spec, signing)
}

fn merge(session: &Session, words: Vec<String>, signing: &Signing) -> Result<u8> {
    let items: Vec<Item> = words.iter().map(|word| session.item(word)).collect::<Result<_>>()?;
    let whole: Vec<Quantity> = items.iter().map(|item| item.record.on_hand).collect();
    let (total, first) = (sum(&whole)?, items.first());
    let spec = ActSpec::Derive {
        kind: "merge".into(),
        inputs: items.iter().map(|item| InputSpec { item: item.id.to_string(), quantity: None }).collect(),
        outputs: first.zip(total).map(|(first, total)| like(first, &total)).into_iter().collect(),
    };
    perform(session, spec, signing)
}

/// A word and the quantity behind its last equals sign, if there is one.
fn with_quantity(word: &str) -> (String, Option<String>) {
    match word.rsplit_once('=') {
        Some((word, quantity)) => (word.to_owned(), Some(quantity.to_owned())),
        None => (word.to_owned(), None),
    }
}

fn derive(session: &Session, derivation: Derivation) -> Result<u8> {
    let Derivation { input, output, class, purpose, signing } = derivation;
    let inputs = input.iter().map(|word| {
        let (item, quantity) = with_quantity(word);
        InputSpec { item, quantity }
    });
    let outputs = output.iter().map(|word| {
        let (code, quantity) = with_quantity(word);
        ItemSpec { code, quantity, class: class.clone(), purpose: purpose.clone() }
    });
    let (inputs, outputs) = (inputs.collect(), outputs.collect());
    perform(session, ActSpec::Derive { kind: "manufacture".into(), inputs, outputs }, &signing)
}

// Looking

fn show(session: &Session, item: &str) -> Result<u8> {
    let item = session.item(item)?;
    session.out.result(&item.view, |sheet| write(sheet, &item, session));
    Ok(exit::DONE)
}

/// An item, for people.
fn write(sheet: &mut Sheet, item: &Item, session: &Session) {
    let Item { id, record, view } = item;
    let out = &session.out;
    sheet.line(record.code.digital_link());
    sheet.pair(out.pick("state", "状态"), out.word(record.state.name()));
    sheet.pair(out.pick("held by", "持有方"), format!("{} ({})", view.custodian.name, record.custodian.0.short()));
    sheet.pair(out.pick("on hand", "现有"), record.on_hand.to_string());
    sheet.pair(out.pick("balance", "结存"), balance(record, session));
    let class = &view.class;
    sheet.pair(
        out.pick("class", "品类"),
        format!("{} · {} · {}", class.name, out.word(&class.category), class.hs.join(" ")),
    );
    let hgr = if record.marks.hgr { out.pick(" · human genetic resource", " · 人类遗传资源") } else { "" };
    let research = if record.marks.research_only { out.pick(" · for research only", " · 仅限研发") } else { "" };
    sheet.pair(out.pick("grade", "等级"), format!("{}{hgr}{research}", class.grade));
    sheet.pair(out.pick("purpose", "用途"), out.word(record.purpose.name()));
    if let Some(place) = &record.place {
        let quarantine = if record.quarantined { out.pick(" · in quarantine", " · 隔离中") } else { "" };
        sheet.pair(out.pick("premises", "场所"), format!("{place}{quarantine}"));
    }
    if let Some(grant) = &record.grant {
        sheet.pair(out.pick("permit", "审批单"), grant.to_string());
    }
    if record.excursions > 0 {
        sheet.pair(out.pick("EXCURSIONS", "读数超限"), record.excursions.to_string());
    }
    let mut others: Vec<OrgId> = record.holds.iter().flat_map(|hold| hold.by.iter().copied()).collect();
    others.extend(record.offer.as_ref().map(|offer| offer.receiver));
    let names = session.org_names(&others);
    let named = |org: &OrgId| names.get(&org.to_string()).cloned().unwrap_or_else(|| org.0.short());
    for hold in &record.holds {
        let by: Vec<String> = hold.by.iter().map(named).collect();
        let text = format!("{} · {} ({} {})", hold.reason, by.join(", "), out.pick("event", "事件"), hold.placed);
        sheet.pair(out.pick("HELD", "扣控"), text);
    }
    if let Some(offer) = &record.offer {
        let until = api::time::rfc3339(offer.expires);
        sheet.pair(
            out.pick("offered to", "已交付给"),
            format!("{} {} {until}", named(&offer.receiver), out.pick("until", "至")),
        );
    }
    if let Some(packed) = &record.container {
        sheet.pair(out.pick("packed in", "包装"), packed.unit.to_string());
    }
    if let Some(inside) = &record.inside {
        sheet.pair(out.pick("holds", "内装"), format!("{} {}", inside.items, out.pick("items", "件")));
    }
    sheet.pair(out.pick("custody", "交接序号"), record.custody_seq.to_string());
    sheet.pair(out.pick("events", "事件"), record.count.to_string());
    sheet.pair(out.pick("item", "物品"), id.to_string());
    sheet.pair(out.pick("as of", "截至"), format!("{} · {}", view.as_of.height, view.as_of.time));
}

/// Where the registered quantity went: what is zero is left out.
fn balance(record: &ItemRecord, session: &Session) -> String {
    let out = &session.out;
    let parts = [
        (out.pick("used", "使用"), record.used),
        (out.pick("made into others", "衍生"), record.derived),
        (out.pick("waste", "废物"), record.wasted),
        (out.pick("lost", "遗失"), record.lost),
        (out.pick("disposed", "处置"), record.disposed),
    ];
    let mut words = vec![format!("{} {}", out.pick("registered", "登记"), record.registered.decimal())];
    let booked = parts.into_iter().filter(|(_, quantity)| !quantity.is_zero());
    words.extend(booked.map(|(word, quantity)| format!("{word} {}", quantity.decimal())));
    words.join(" · ")
}

fn history(session: &Session, item: &str) -> Result<u8> {
    let item = session.item(item)?;
    let path = format!("{}/{}", paths::fill(paths::ITEM, &item.id.to_string()), paths::EVENTS);
    let events: Vec<EventView> = session.pages(&path, &[], MOST)?;
    let out = &session.out;
    out.result(&super::Listing { schema: "hufu.event-list/1", items: &events }, |sheet| {
        sheet.line(item.record.code.digital_link());
        let row = |event: &EventView| {
            let effect = event.effect.iter().map(|(name, value)| {
                // Of a merge it would be taken for what went in.
                let name = match name.as_str() {
                    "previous" => out.pick("same code before", "同编码的前一登记"),
                    other => other,
                };
                format!("{name} {}", if value.len() == 64 { short(value) } else { value.clone() })
            });
            let effect: Vec<String> = effect.collect();
            [event.n.to_string(), event.at.time.clone(), out.word(&event.kind), effect.join(" · ")]
        };
        let headings = [("event", "事件"), ("time", "时间"), ("kind", "类型"), ("effect", "内容")];
        sheet.table(out, headings, events.iter().map(row));
    });
    Ok(exit::DONE)
}

fn list(session: &Session, custodian: Option<String>, state: Option<String>, all: bool) -> Result<u8> {
    let custodian = match (custodian, all) {
        (Some(word), _) => Some(session.org_id(&word)?),
        (None, true) => None,
        (None, false) => Some(session.key_header()?.org),
    };
    let mut query = Vec::new();
    query.extend(custodian.map(|c| ("custodian", c.to_string())));
    query.extend(state.map(|s| ("state", s)));
    let items: Vec<ItemView> = session.pages(paths::ITEMS, &query, MOST)?;
    session
        .out
        .result(&super::Listing { schema: "hufu.item-list/1", items: &items }, |sheet| rows(sheet, &items, session));
    Ok(exit::DONE)
}

/// Items, one a line.
pub(super) fn rows(sheet: &mut Sheet, items: &[ItemView], session: &Session) {
    let headings = [("state", "状态"), ("on hand", "现有"), ("class", "品类"), ("code", "编码"), ("item", "物品")];
    let row = |item: &ItemView| {
        [
            session.out.word(&item.state),
            format!("{} {}", item.quantity.on_hand, item.quantity.unit),
            item.class.name.clone(),
            item.code.clone(),
            short(&item.id),
        ]
    };
    sheet.table(&session.out, headings, items.iter().map(row));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_stands_behind_the_last_equals_sign() {
        let check = |word: &str, of: &str, quantity: Option<&str>| {
            assert_eq!(with_quantity(word), (of.to_owned(), quantity.map(str::to_owned)), "{word}");
        };
        check("(01)09521100000017(10)L1", "(01)09521100000017(10)L1", None);
        check("(01)09521100000017(10)L1=12.5 MLT", "(01)09521100000017(10)L1", Some("12.5 MLT"));
        check("(01)09521100000017(10)A=B=3 H87", "(01)09521100000017(10)A=B", Some("3 H87"));
    }

    #[test]
    fn parts_add_up_in_one_unit() {
        let quantities = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Quantity>>();
        assert_eq!(sum(&quantities(&["1.5 MLT", "2 MLT"])).unwrap().unwrap().to_string(), "3.5 MLT");
        assert_eq!(sum(&[]), Ok(None));
        assert!(sum(&quantities(&["1 MLT", "1 GRM"])).is_err());
    }
}
