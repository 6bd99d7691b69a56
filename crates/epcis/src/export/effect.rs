//! Each effect as an EPCIS event: the table of `docs/epcis.md`, "Events of the ledger".

use super::{
    Told,
    draft::{Action, Draft},
};
use crate::{Map, Value, uri};
use gs1::{ItemCode, Quantity};
use ledger::{
    Effect, Hash, ItemId, Lifecycle, OrgId,
    event::Receiver,
    operation::{Bucket, DeriveKind, InspectionResult, Note, Purpose, Telemetry},
    record::{ClassCode, Inside, Marks, PendingOffer},
};

pub(super) fn draft<'a>(told: &'a Told<'a>) -> Draft<'a> {
    let observed = |step: &str| Draft::observed(told, step);
    let gone = |step: &str, quantity: &Quantity| Draft::object(told, Action::Delete, step, Some(*quantity));
    let kept = |step: &str, quantity: &Quantity| Draft::object(told, Action::Observe, step, Some(*quantity));
    let document = |hash: &Hash| uri::name("document", hash);
    match &told.event.effect {
        Effect::Registered { .. } => registered(told),
        Effect::Declared { exempt, research_only } => {
            observed("other").flag("exempt", *exempt).flag("researchOnly", *research_only)
        }
        Effect::Inspected { result, video } => {
            let step = if *result == InspectionResult::Exempt { "other" } else { "inspecting" };
            observed(step).listed("result", "result", result.name()).given("video", video.as_ref().map(document))
        }
        Effect::Released { grant } => {
            observed("other").given("grant", grant.as_ref().map(|grant| uri::name("grant", grant)))
        }
        Effect::Assigned { grant } => observed("other").say("grant", uri::name("grant", grant)),
        Effect::Arrived { port } => at_port(observed("arriving"), port.as_str()),
        Effect::Exited { port } => at_port(observed("departing"), port.as_str()),
        Effect::InspectionOrdered { premises } => observed("inspecting").read_at(premises.map(uri::of_place)),
        Effect::Tested { passed, laboratory, report } => tested(told, *passed, laboratory, report),
        Effect::Returned { reason } => observed("departing").say("reason", reason.as_str()),
        Effect::Destroyed { reason } => {
            Draft::object(told, Action::Delete, "destroying", None).by_state().say("reason", reason.as_str())
        }
        Effect::Offered { offer } => offered(told, offer),
        Effect::Moved { from, to, terms, receiver, place: _ } => moved(told, (from, to), terms, *receiver),
        Effect::OfferRefused { terms } => observed("other").say("terms", uri::name("hash", terms)),
        Effect::OfferWithdrawn { terms } => observed("void_shipping").say("terms", uri::name("hash", terms)),
        Effect::Used { quantity } => {
            let all = told.event.state == Lifecycle::Consumed;
            let word = if all { "dispensed" } else { "partially_dispensed" };
            gone("dispensing", quantity).disposition(word).amount(quantity)
        }
        Effect::Disposed { quantity } => gone("destroying", quantity).disposition("disposed").amount(quantity),
        Effect::Wasted { quantity } => kept("other", quantity).disposition("non_sellable_other").amount(quantity),
        Effect::Lost { quantity, theft } => {
            let word = if *theft { "stolen" } else { "unknown" };
            kept("other", quantity).disposition(word).amount(quantity).flag("theft", *theft)
        }
        Effect::HoldPlaced { by, reason } => {
            observed("holding").persistent("set", "unavailable").orgs("by", by).say("reason", reason.as_str())
        }
        Effect::HoldLifted { by, placed } => lifted(told, by, *placed),
        Effect::Stored { premises, quarantine } => {
            observed("storing").read_at(Some(uri::of_place(*premises))).flag("quarantine", *quarantine)
        }
        Effect::Corrected { event, bucket, quantity, reason } => {
            corrected(told, *event, (*bucket, quantity)).say("reason", reason.as_str())
        }
        Effect::Noted { note, excursion } => noted(told, note, *excursion).flag("excursion", *excursion),
        Effect::Derived { kind, quantity } => {
            Draft::input(told, made_by(*kind), *quantity).listed("origin", "origin", kind.name()).amount(quantity)
        }
        Effect::Packed { into } => Draft::aggregated(told, Action::Add, "packing", unit(told, &into.unit))
            .say("unit", uri::name("item", into.unit))
            .number("level", into.level),
        Effect::Unpacked { unit: from, custodian, state: _, place: _ } => {
            let draft = Draft::aggregated(told, Action::Delete, "unpacking", unit(told, from));
            let custodian = draft.party(custodian);
            draft.say("unit", uri::name("item", from)).say("custodian", custodian)
        }
        Effect::Filled { more, by } => filled(told, *more, by),
        Effect::Reported { used, disposed, last } => {
            observed("other").say("used", used.to_string()).say("disposed", disposed.to_string()).flag("last", *last)
        }
        Effect::Departed { to } => observed("departing").say("network", uri::name("network", to)),
        Effect::Landed { .. } => landed(told),
    }
}

/// The business step of a derivation.
fn made_by(kind: DeriveKind) -> &'static str {
    match kind {
        DeriveKind::Split | DeriveKind::Merge => "repackaging",
        DeriveKind::Manufacture => "creating_class_instance",
    }
}

fn registered<'a>(told: &'a Told<'a>) -> Draft<'a> {
    let Effect::Registered {
        class,
        code,
        quantity,
        custodian,
        previous,
        purpose,
        marks: Marks { hgr, research_only },
        origin,
        place: _,
        grant,
        private,
    } = &told.event.effect
    else {
        return Draft::observed(told, "other");
    };
    let draft = match origin {
        Some(kind) => Draft::output(told, made_by(*kind), *quantity).listed("origin", "origin", kind.name()),
        None => Draft::object(told, Action::Add, commissioned(code, previous.is_some()), Some(*quantity)),
    };
    let custodian = draft.party(custodian);
    let draft = draft
        .disposition("active")
        .amount(quantity)
        .say("class", uri::name("class", class))
        .given("purpose", stated(*purpose))
        .say("custodian", custodian)
        .given("previous", previous.as_ref().map(|item| uri::name("item", item)))
        .given("grant", grant.as_ref().map(|grant| uri::name("grant", grant)))
        .given("private", private.as_ref().map(|root| uri::name("hash", root)))
        .flag("hgr", *hgr)
        .flag("researchOnly", *research_only);
    class_facts(told, draft)
}

/// What lands was made elsewhere: it is seen, not commissioned.
fn landed<'a>(told: &'a Told<'a>) -> Draft<'a> {
    let Effect::Landed {
        from,
        item,
        count,
        head,
        class,
        code: _,
        quantity,
        custodian,
        previous,
        purpose,
        marks: Marks { hgr, research_only },
        state: _,
    } = &told.event.effect
    else {
        return Draft::observed(told, "other");
    };
    let draft = Draft::object(told, Action::Observe, "arriving", Some(*quantity));
    let custodian = draft.party(custodian);
    let draft = draft
        .by_state()
        .amount(quantity)
        .say("network", uri::name("network", from))
        .say("itemThere", uri::name("item", item))
        .number("numberThere", count)
        .say("headThere", uri::name("hash", head))
        .say("class", uri::name("class", class))
        .given("purpose", stated(*purpose))
        .say("custodian", custodian)
        .given("previous", previous.as_ref().map(|item| uri::name("item", item)))
        .flag("hgr", *hgr)
        .flag("researchOnly", *research_only);
    class_facts(told, draft)
}

/// A serial is given once; the code of a lot may come again (CBV 2.0, `creating_class_instance`).
fn commissioned(code: &ItemCode, before: bool) -> &'static str {
    match (code, before) {
        (ItemCode::Lot { .. } | ItemCode::Other { .. }, true) => "creating_class_instance",
        (ItemCode::Lot { .. } | ItemCode::Other { .. }, false)
        | (ItemCode::Serial { .. } | ItemCode::Unit { .. }, _) => "commissioning",
    }
}

/// What is known of the class, with the HS codes that had been asserted by then: a later assertion changes no text.
fn class_facts<'a>(told: &'a Told<'a>, draft: Draft<'a>) -> Draft<'a> {
    let Some(class) = told.class else { return draft };
    let mut then = class.clone();
    then.hs.retain(|assertion| assertion.at.height <= told.event.at.height);
    let hs: Vec<Value> = then.hs_in_force().map(|hs| hs.to_string().into()).collect();
    let other = match &class.code {
        ClassCode::Gtin(_) => None,
        ClassCode::Other { scheme, value } => Some(format!("{scheme}:{value}")),
    };
    draft
        .given("classCode", other)
        .say("name", class.name.as_str())
        .listed("category", "category", class.category.name())
        .say("grade", class.grade.as_str())
        .given("hs", (!hs.is_empty()).then_some(Value::List(hs)))
}

fn stated(purpose: Purpose) -> Option<String> {
    (purpose != Purpose::Unstated).then(|| uri::name("purpose", purpose.name()))
}

fn at_port<'a>(draft: Draft<'a>, port: &str) -> Draft<'a> {
    draft.read_at(Some(uri::of_port(port))).say("port", port)
}

fn tested<'a>(told: &'a Told<'a>, passed: bool, laboratory: &OrgId, report: &Hash) -> Draft<'a> {
    let result = if passed { InspectionResult::Passed } else { InspectionResult::Failed };
    let draft = Draft::observed(told, "sampling").resting_on("testres", report);
    let laboratory = draft.party(laboratory);
    draft
        .listed("result", "result", result.name())
        .say("laboratory", laboratory)
        .say("report", uri::name("document", report))
}

fn offered<'a>(told: &'a Told<'a>, offer: &PendingOffer) -> Draft<'a> {
    let PendingOffer { terms, receiver, expires, purpose, premises } = offer;
    Draft::observed(told, "shipping")
        .disposition("in_transit")
        .giver(&told.after.custodian)
        .receiver(receiver, *premises)
        .say("terms", uri::name("hash", terms))
        .say("until", uri::of_time(*expires))
        .given("purpose", stated(*purpose))
}

fn moved<'a>(told: &'a Told<'a>, (from, to): (&OrgId, &OrgId), terms: &Hash, receiver: Receiver) -> Draft<'a> {
    let step = match receiver {
        Receiver::Holder | Receiver::Partner => "receiving",
        Receiver::Carrier => "accepting",
        Receiver::Disposer => "collecting",
    };
    Draft::observed(told, step).giver(from).receiver(to, None).say("terms", uri::name("hash", terms)).listed(
        "receiver",
        "receiver",
        receiver.name(),
    )
}

fn lifted<'a>(told: &'a Told<'a>, by: &[OrgId], placed: u64) -> Draft<'a> {
    let draft = Draft::observed(told, "other").orgs("by", by).number("placed", placed);
    match told.after.holds.is_empty() {
        true => draft.persistent("unset", "unavailable"),
        false => draft,
    }
}

fn corrected<'a>(told: &'a Told<'a>, event: u64, (bucket, quantity): (Bucket, &Quantity)) -> Draft<'a> {
    let action = match bucket {
        Bucket::Used => Action::Add,
        Bucket::Wasted | Bucket::Lost => Action::Observe,
    };
    Draft::object(told, action, "other", Some(*quantity)).by_state().amount(quantity).number("corrects", event).listed(
        "bucket",
        "bucket",
        bucket.name(),
    )
}

fn noted<'a>(told: &'a Told<'a>, note: &Note, excursion: bool) -> Draft<'a> {
    let draft = match note {
        Note::SelfCheck { counted, report } => Draft::object(told, Action::Observe, "cycle_counting", Some(*counted))
            .by_state()
            .amount(counted)
            .say("report", uri::name("document", report)),
        Note::Telemetry { kind, count, .. } => Draft::observed(told, "sensor_reporting")
            .sensed(series(note, excursion))
            .listed("telemetry", "telemetry", kind.name())
            .number("readings", count),
        Note::Expert { report } => Draft::observed(told, "other").say("report", uri::name("document", report)),
        Note::Document { root } => Draft::observed(told, "other").say("document", uri::name("document", root)),
    };
    draft.listed("note", "note", note.name())
}

/// A sensor element for a series whose root is anchored. EPCIS measures no positions: their element says only when and
/// which.
fn series(note: &Note, excursion: bool) -> Map {
    let Note::Telemetry { kind, root, count: _, from, to, min, max } = note else { return Map::default() };
    let mut about = Map::default();
    about.insert("startTime", uri::of_time(*from));
    about.insert("endTime", uri::of_time(*to));
    about.insert("rawData", uri::name("readings", root));
    let mut report = Map::default();
    match kind {
        Telemetry::Temperature => {
            report.insert("type", "Temperature");
            report.insert("minValue", Value::Number(thousandths(*min)));
            report.insert("maxValue", Value::Number(thousandths(*max)));
            report.insert("uom", "CEL");
        }
        Telemetry::Position => report.insert("type", uri::name("telemetry", kind.name())),
    }
    if excursion {
        report.insert("exception", "ALARM_CONDITION");
    }
    let mut element = Map::default();
    element.insert("sensorMetadata", about);
    element.insert("sensorReport", Value::List(vec![report.into()]));
    element
}

/// Thousandths as a decimal number without surplus zeros.
fn thousandths(value: i32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, rest) = (value.unsigned_abs() / 1000, value.unsigned_abs() % 1000);
    let text = format!("{sign}{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The code of a unit; its identity where the code is not known.
fn unit(told: &Told<'_>, unit: &ItemId) -> String {
    told.known.code(unit).map_or_else(|| uri::name("item", unit), |code| uri::of_code(&code))
}

fn filled<'a>(told: &'a Told<'a>, more: bool, by: &Inside) -> Draft<'a> {
    let Inside { items, depth: _, held, research_only, hgr, levels: _ } = by;
    let step = match (*items > 0, more) {
        (true, true) => "packing",
        (true, false) => "unpacking",
        (false, true) => "holding",
        (false, false) => "other",
    };
    let counts = [("items", items), ("held", held), ("researchOnlyItems", research_only), ("hgrItems", hgr)];
    counts
        .into_iter()
        .filter(|(_, count)| **count > 0)
        .fold(Draft::observed(told, step).flag("more", more), |draft, (name, count)| draft.number(name, count))
}

#[cfg(test)]
mod tests {
    use super::thousandths;

    #[test]
    fn temperatures_are_written_without_surplus_zeros() {
        for (value, expect) in
            [(0, "0"), (1, "0.001"), (-1, "-0.001"), (-150_500, "-150.5"), (8_000, "8"), (20_010, "20.01")]
        {
            assert_eq!(thousandths(value), expect);
        }
        assert_eq!(thousandths(i32::MIN), "-2147483.648");
    }
}
