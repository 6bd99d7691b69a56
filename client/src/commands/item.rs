//! Items: register, show, history, list, use, dispose.

use super::pubkey::other_slot;
use crate::{
    acts::{self, Act, entries, slot},
    cli::{ItemCommand, Life, Plain},
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
    view::{EventView, ItemView, OrgView},
};
use ledger::{
    Act as Kind, ClassId, CustodyPoint, ItemRecord, Operation, OrgId, Role, Slot,
    operation::{EntryBody, Registration},
    policy::{SignerNeed, Who},
    record::{AgencyFunction, ClassCode, OrgIdentifier},
};
use std::path::PathBuf;

/// Most events or items that one command lists.
const MOST: usize = 20_000;

pub(crate) fn run(session: &Session, command: ItemCommand) -> Result<u8> {
    match command {
        ItemCommand::Register { code, quantity, class, plain, life } => {
            register(session, &code, quantity.as_deref(), class.as_deref(), &plain, &life)
        }
        ItemCommand::Show { item } => show(session, &item),
        ItemCommand::History { item } => history(session, &item),
        ItemCommand::List { custodian, state, all } => list(session, custodian, state, all),
        ItemCommand::Use { item, quantity, plain, life } => use_some(session, &item, &quantity, &plain, &life),
        ItemCommand::Dispose { item, quantity, countersigner, out, plain, life } => {
            let slots = disposers(session, countersigner.as_deref())?;
            dispose(session, &item, &quantity, slots, out, &plain, &life)
        }
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

fn register(
    session: &Session,
    code: &str,
    quantity: Option<&str>,
    class: Option<&str>,
    plain: &Plain,
    life: &Life,
) -> Result<u8> {
    let code = crate::session::code(code)?;
    let quantity = match quantity {
        Some(text) => refs::quantity(text, None)?,
        None => refs::one_piece(&code).ok_or_else(|| {
            Failure::new("H1402", [("setting", "quantity"), ("flag", "--quantity"), ("variable", "-")])
        })?,
    };
    ledger::judge::check_quantity(&code, &quantity)?;
    let class = match (class, code.gtin()) {
        (Some(word), _) => match word.parse::<ClassId>() {
            Ok(id) => id,
            Err(_) => ClassId::of(&refs::class_code(word)?),
        },
        (None, Some(gtin)) => ClassId::of(&ClassCode::Gtin(gtin)),
        (None, None) => {
            return Err(Failure::new("H1402", [("setting", "class"), ("flag", "--class"), ("variable", "-")]));
        }
    };
    let private = private::of_flags(plain)?;
    let registration = Registration { class, code, quantity, private: private.as_ref().map(Private::root) };
    let (list, entries) = entries(vec![EntryBody::Registration(registration)])?;
    let header = session.key_header()?;
    let slots = vec![slot(&header, Role::Declarant)];
    let act = Act::new(Operation::Register { list }, slots, &life.expires).with(private, plain);
    acts::perform(session, Act { entries, ..act })
}

fn show(session: &Session, item: &str) -> Result<u8> {
    let item = session.item(item)?;
    session.out.result(&item.view, |sheet| write(sheet, &item.view, session));
    Ok(exit::DONE)
}

/// An item, for people.
fn write(sheet: &mut Sheet, view: &ItemView, session: &Session) {
    let out = &session.out;
    sheet.line(view.code.clone());
    sheet.pair(out.pick("state", "状态"), out.word(&view.state));
    sheet.pair(out.pick("held by", "持有方"), format!("{} ({})", view.custodian.name, short(&view.custodian.id)));
    let q = &view.quantity;
    sheet.pair(out.pick("on hand", "现有"), format!("{} {}", q.on_hand, q.unit));
    let sums = format!(
        "{} {} · {} {} · {} {}",
        out.pick("registered", "登记"),
        q.registered,
        out.pick("used", "使用"),
        q.used,
        out.pick("disposed", "处置"),
        q.disposed
    );
    sheet.pair(out.pick("balance", "结存"), sums);
    let class = &view.class;
    sheet.pair(
        out.pick("class", "品类"),
        format!("{} · {} · {}", class.name, out.word(&class.category), class.hs.join(" ")),
    );
    let hgr = if class.hgr { out.pick(" · human genetic resource", " · 人类遗传资源") } else { "" };
    sheet.pair(out.pick("grade", "等级"), format!("{}{hgr}", class.grade));
    for hold in &view.holds {
        let text = format!("{} · {} ({} {})", hold.reason, short(&hold.by), out.pick("event", "事件"), hold.placed);
        sheet.pair(out.pick("HELD", "扣控"), text);
    }
    if let Some(offer) = &view.offer {
        let text = format!("{} {} {}", short(&offer.receiver), out.pick("until", "至"), offer.expires);
        sheet.pair(out.pick("offered to", "已交付给"), text);
    }
    if let Some(container) = &view.container {
        sheet.pair(out.pick("packed in", "包装"), container);
    }
    sheet.pair(out.pick("custody", "交接序号"), view.custody.seq.to_string());
    sheet.pair(out.pick("events", "事件"), view.count.to_string());
    sheet.pair(out.pick("item", "物品"), &view.id);
    sheet.pair(out.pick("as of", "截至"), format!("{} · {}", view.as_of.height, view.as_of.time));
}

fn history(session: &Session, item: &str) -> Result<u8> {
    let item = session.item(item)?;
    let path = format!("{}/{}", paths::fill(paths::ITEM, &item.id.to_string()), paths::EVENTS);
    let events: Vec<EventView> = session.pages(&path, &[], MOST)?;
    let out = &session.out;
    out.result(&super::Listing { schema: "hufu.event-list/1", items: &events }, |sheet| {
        sheet.line(item.record.code.digital_link());
        for event in &events {
            let effect: Vec<String> = event
                .effect
                .iter()
                .map(|(name, value)| format!("{name} {}", if value.len() == 64 { short(value) } else { value.clone() }))
                .collect();
            let cells = [event.n.to_string(), event.at.time.clone(), out.word(&event.kind), effect.join(" · ")];
            sheet.row(cells);
        }
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
    for item in items {
        sheet.row([
            session.out.word(&item.state),
            format!("{} {}", item.quantity.on_hand, item.quantity.unit),
            item.class.name.clone(),
            item.code.clone(),
            short(&item.id),
        ]);
    }
}

fn use_some(session: &Session, item: &str, quantity: &str, plain: &Plain, life: &Life) -> Result<u8> {
    let item = session.item(item)?;
    let quantity = refs::quantity(quantity, Some(item.record.on_hand.unit()))?;
    let private = private::of_flags(plain)?;
    let root = private.as_ref().map(Private::root);
    let operation = Operation::Use { item: item.id, at: point(&item.record), quantity, private: root };
    let slots = vec![slot(&session.key_header()?, Role::Custodian)];
    let act = Act::new(operation, slots, &life.expires).with(private, plain);
    acts::perform(session, about(act, &item, session))
}

fn dispose(
    session: &Session,
    item: &str,
    quantity: &str,
    slots: Vec<Slot>,
    out: Option<PathBuf>,
    plain: &Plain,
    life: &Life,
) -> Result<u8> {
    let item = session.item(item)?;
    let quantity = refs::quantity(quantity, Some(item.record.on_hand.unit()))?;
    let private = private::of_flags(plain)?;
    let root = private.as_ref().map(Private::root);
    let operation = Operation::Dispose { item: item.id, at: point(&item.record), quantity, private: root };
    let act = Act::new(operation, slots, &life.expires).with(private, plain);
    acts::perform(session, about(Act { out, ..act }, &item, session))
}

/// The custodian, and who countersigns.
fn disposers(session: &Session, countersigner: Option<&str>) -> Result<Vec<Slot>> {
    let mut slots = vec![slot(&session.key_header()?, Role::Custodian)];
    slots.extend(countersigners(session, countersigner)?);
    Ok(slots)
}

/// One countersigner for each agency that the policy pack names first for disposal.
fn countersigners(session: &Session, given: Option<&str>) -> Result<Vec<Slot>> {
    let pack = session.pack()?;
    let first = pack.row(Kind::Dispose).and_then(|row| row.any.first());
    let custodian = SignerNeed { role: Role::Custodian, who: Who::Principal };
    let needs: Vec<SignerNeed> = first.into_iter().flatten().copied().filter(|need| *need != custodian).collect();
    let orgs: Vec<OrgView> = match needs.iter().any(|need| matches!(need.who, Who::Agency(_))) {
        true => session.pages(paths::ORGS, &[], 100_000)?,
        false => Vec::new(),
    };
    let one = |need: &SignerNeed| {
        // A key that is named can be only one agency's; where several sign, theirs are found on the ledger.
        let given = given.filter(|_| needs.len() == 1);
        let org = match need.who {
            Who::Agency(function) => Some(agency(session, &orgs, function)?),
            Who::Principal | Who::Counterpart | Who::AnyAgency => None,
        };
        other_slot(session, given, org, need.role)
    };
    needs.iter().map(one).collect()
}

/// The agency with a function.
fn agency(session: &Session, orgs: &[OrgView], function: AgencyFunction) -> Result<OrgId> {
    let found = orgs.iter().find(|o| o.function.as_deref() == Some(function.name()));
    let missing = || {
        let kind = session.out.pick("agency", "机关").to_owned();
        Failure::new("H7004", [("kind", kind), ("input", session.out.word(function.name()))])
    };
    let found = found.ok_or_else(missing)?;
    let scheme = crate::failure::text("scheme", &found.scheme)?;
    let value = crate::failure::text("identifier", &found.value)?;
    Ok(OrgId::of(&OrgIdentifier { scheme, value }))
}
