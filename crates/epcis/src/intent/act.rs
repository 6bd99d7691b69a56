//! The act that an event asks for, with all that it needs: the table of `docs/epcis.md`, "Acts that are named".

use super::{
    AskError, Fact, Intent, Thing,
    facts::{Facts, Found, extension, unclear},
    kind_of, sensor,
};
use crate::uri;
use gs1::{Gtin, ItemCode, Quantity};
use ledger::{
    Act, ClassId, GrantId, Text,
    operation::{Bucket, DeriveKind, InspectionResult, Registration},
    record::ClassCode,
};

/// What an act needs and an event lacks.
fn missing(act: Act, at: impl Into<String>) -> AskError {
    AskError::Missing { act: act.name(), at: at.into() }
}

/// A fact that the act needs.
fn needed<T>(act: Act, name: &str, fact: Option<T>) -> Result<T, AskError> {
    fact.ok_or_else(|| missing(act, extension(name)))
}

/// The acts, one for each item where an act is about one.
pub(super) fn build(facts: &Facts<'_>, act: Act) -> Result<Vec<Intent>, AskError> {
    match act {
        Act::Register => register(facts),
        Act::Derive => derive(facts),
        Act::Pack => pack(facts),
        Act::Unpack => unpack(facts),
        Act::Offer => offer(facts),
        Act::Accept => each(facts, act, |found| Ok(Intent::Accept { item: found.thing })),
        Act::Refuse => refuse(facts),
        Act::Withdraw => each(facts, act, |found| Ok(Intent::Withdraw { item: found.thing })),
        Act::PlaceHold => place_hold(facts),
        Act::LiftHold => lift_hold(facts),
        Act::Use => book(facts, act, |item, quantity| Intent::Use { item, quantity }),
        Act::Waste => book(facts, act, |item, quantity| Intent::Waste { item, quantity }),
        Act::Dispose => book(facts, act, |item, quantity| Intent::Dispose { item, quantity }),
        Act::Lose => lose(facts),
        Act::Correct => correct(facts),
        Act::Store => store(facts),
        Act::Assign => assign(facts),
        Act::Declare => declare(facts),
        Act::Arrive => listed(facts, act, port(facts, act)?, |items, port| Intent::Arrive { items, port }),
        Act::OrderInspection => order_inspection(facts),
        Act::Inspect => inspect(facts),
        Act::Test => test(facts),
        Act::Release => listed(facts, act, (), |items, ()| Intent::Release { items }),
        Act::Return => listed(facts, act, reason(facts, act)?, |items, reason| Intent::Return { items, reason }),
        Act::Destroy => listed(facts, act, reason(facts, act)?, |items, reason| Intent::Destroy { items, reason }),
        Act::Exit => listed(facts, act, port(facts, act)?, |items, port| Intent::Exit { items, port }),
        Act::Note => note(facts),
        Act::Anchor => Ok(Vec::new()),
        Act::RegisterOrg
        | Act::RegisterKey
        | Act::RotateKey
        | Act::EndKey
        | Act::RegisterNode
        | Act::EndNode
        | Act::RegisterClass
        | Act::AssertHs
        | Act::Handover
        | Act::Apply
        | Act::Pause
        | Act::Resume
        | Act::Decide
        | Act::Cancel
        | Act::Demand
        | Act::Report
        | Act::Answer
        | Act::Enact
        | Act::Propose
        | Act::Approve
        | Act::Retract
        | Act::CloseAlert
        | Act::AdvanceClock
        | Act::Share
        | Act::EndShare
        | Act::SetSealKey
        | Act::Depart
        | Act::Land => Err(AskError::Act { input: act.name().to_owned() }),
    }
}

fn of_type(facts: &Facts<'_>, act: Act, kind: &str) -> Result<(), AskError> {
    match facts.kind() == kind {
        true => Ok(()),
        false => Err(AskError::Type { act: act.name(), kind: facts.kind().to_owned() }),
    }
}

/// The things of an `ObjectEvent`, one at least.
fn objects(facts: &Facts<'_>, act: Act) -> Result<Vec<Found>, AskError> {
    of_type(facts, act, "ObjectEvent")?;
    let found = facts.objects()?;
    match found.is_empty() {
        true => Err(missing(act, "/epcList")),
        false => Ok(found),
    }
}

fn bare_things(found: Vec<Found>) -> Vec<Thing> {
    found.into_iter().map(|found| found.thing).collect()
}

/// An act for each item.
fn each(
    facts: &Facts<'_>,
    act: Act,
    make: impl FnMut(Found) -> Result<Intent, AskError>,
) -> Result<Vec<Intent>, AskError> {
    objects(facts, act)?.into_iter().map(make).collect()
}

/// An act for each item, about a quantity of it.
fn book(facts: &Facts<'_>, act: Act, make: impl Fn(ItemCode, Quantity) -> Intent) -> Result<Vec<Intent>, AskError> {
    each(facts, act, |found| {
        let quantity = found.amount(act)?;
        Ok(make(found.thing.code, quantity))
    })
}

/// One act on all items, with what else it says.
fn listed<T>(
    facts: &Facts<'_>,
    act: Act,
    said: T,
    make: impl FnOnce(Vec<Thing>, T) -> Intent,
) -> Result<Vec<Intent>, AskError> {
    Ok(vec![make(bare_things(objects(facts, act)?), said)])
}

fn reason(facts: &Facts<'_>, act: Act) -> Result<Text<256>, AskError> {
    needed(act, "reason", facts.reason()?)
}

fn port(facts: &Facts<'_>, act: Act) -> Result<Text<16>, AskError> {
    facts.port()?.ok_or_else(|| missing(act, "/readPoint"))
}

fn result(facts: &Facts<'_>, act: Act) -> Result<InspectionResult, AskError> {
    let result = facts.word("result", "passed, test-pending, failed or exempt", InspectionResult::of_name)?;
    needed(act, "result", result)
}

fn register(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let items = registrations(facts, Act::Register, &objects(facts, Act::Register)?)?;
    Ok(vec![Intent::Register { items }])
}

fn registrations(facts: &Facts<'_>, act: Act, found: &[Found]) -> Result<Vec<Registration>, AskError> {
    let purpose = facts.purpose()?;
    let private = facts.hash("private")?;
    let registration = |found: &Found| -> Result<Registration, AskError> {
        let code = found.thing.code.clone();
        let class = class(facts, act, &code)?;
        Ok(Registration { class, quantity: found.amount(act)?, code, purpose, private })
    };
    found.iter().map(registration).collect()
}

/// The class: as said, by identity or code; else that of the GTIN, or of logistic units.
fn class(facts: &Facts<'_>, act: Act, code: &ItemCode) -> Result<ClassId, AskError> {
    if let Some(text) = facts.text("class")? {
        let form = || AskError::Form {
            at: extension("class"),
            input: text.to_owned(),
            expected: "a GTIN, scheme:value, or the identity of a class",
        };
        return match uri::hash(text) {
            Some(id) => Ok(ClassId(id)),
            None => class_code(text).map(|code| ClassId::of(&code)).ok_or_else(form),
        };
    }
    match code {
        ItemCode::Lot { gtin, lot: _ } | ItemCode::Serial { gtin, serial: _ } => {
            Ok(ClassId::of(&ClassCode::Gtin(*gtin)))
        }
        ItemCode::Unit { sscc: _ } => Ok(ClassId::of(&ClassCode::of_units())),
        ItemCode::Other { scheme: _, value: _ } => Err(missing(act, extension("class"))),
    }
}

fn class_code(text: &str) -> Option<ClassCode> {
    match text.split_once(':') {
        None => text.parse::<Gtin>().ok().map(ClassCode::Gtin),
        Some((scheme, value)) => {
            Some(ClassCode::Other { scheme: Text::new(scheme).ok()?, value: Text::new(value).ok()? })
        }
    }
}

fn derive(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    of_type(facts, Act::Derive, "TransformationEvent")?;
    let inputs = bare_things(facts.inputs()?);
    let outputs = registrations(facts, Act::Derive, &facts.outputs()?)?;
    let id = facts.transformation().map(str::to_owned);
    let said = facts.word("origin", "split, merge or manufacture", DeriveKind::of_name)?;
    // Parts that come with other events may make something else of it.
    let kind = match id {
        Some(_) => said,
        None => Some(said.unwrap_or_else(|| kind_of(&inputs, &outputs))),
    };
    Ok(vec![Intent::Derive { id, kind, inputs, outputs }])
}

/// The unit of an aggregation, and its children.
fn aggregate(facts: &Facts<'_>, act: Act) -> Result<(ItemCode, Vec<Thing>), AskError> {
    of_type(facts, act, "AggregationEvent")?;
    let unit = facts.unit()?.ok_or_else(|| missing(act, "/parentID"))?;
    Ok((unit, bare_things(facts.children()?)))
}

fn pack(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let (unit, items) = aggregate(facts, Act::Pack)?;
    match items.is_empty() {
        true => Err(missing(Act::Pack, "/childEPCs")),
        false => Ok(vec![Intent::Pack { unit, items }]),
    }
}

/// No children at all are all of them; children that are none of ours are not.
fn unpack(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let (unit, items) = aggregate(facts, Act::Unpack)?;
    match items.is_empty() && facts.lists_children() {
        true => Err(missing(Act::Unpack, "/childEPCs")),
        false => Ok(vec![Intent::Unpack { unit, items }]),
    }
}

fn offer(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let act = Act::Offer;
    let found = objects(facts, act)?;
    let to = facts.receiver()?.ok_or_else(|| missing(act, "/destinationList"))?;
    let (until, purpose, premises) = (facts.time("until")?, facts.purpose()?, facts.premises()?);
    let of = |found: Found| Intent::Offer { item: found.thing, to, until, purpose, premises };
    Ok(found.into_iter().map(of).collect())
}

fn refuse(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let reason = facts.reason()?;
    each(facts, Act::Refuse, |found| Ok(Intent::Refuse { item: found.thing, reason: reason.clone() }))
}

fn place_hold(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let reason = reason(facts, Act::PlaceHold)?;
    each(facts, Act::PlaceHold, |found| Ok(Intent::PlaceHold { item: found.thing, reason: reason.clone() }))
}

fn lift_hold(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let placed = needed(Act::LiftHold, "placed", facts.number("placed")?)?;
    each(facts, Act::LiftHold, |found| Ok(Intent::LiftHold { item: found.thing, placed }))
}

fn lose(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let theft = match (facts.says("theft"), facts.flag("theft")?, facts.is_stolen()) {
        (true, false, true) => return Err(unclear(extension("theft"))),
        (_, said, stolen) => said || stolen,
    };
    book(facts, Act::Lose, |item, quantity| Intent::Lose { item, quantity, theft })
}

fn correct(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let act = Act::Correct;
    let event = needed(act, "corrects", facts.number("corrects")?)?;
    let bucket = needed(act, "bucket", facts.word("bucket", "used, wasted or lost", Bucket::of_name)?)?;
    let reason = reason(facts, act)?;
    book(facts, act, |item, quantity| Intent::Correct { item, event, bucket, quantity, reason: reason.clone() })
}

fn store(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let act = Act::Store;
    let premises = match facts.place("bizLocation")? {
        Some(premises) => Some(premises),
        None => facts.place("readPoint")?,
    };
    let premises = premises.ok_or_else(|| missing(act, "/bizLocation"))?;
    let quarantine = facts.flag("quarantine")?;
    listed(facts, act, premises, |items, premises| Intent::Store { items, premises, quarantine })
}

fn assign(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let grant = GrantId(needed(Act::Assign, "grant", facts.hash("grant")?)?);
    listed(facts, Act::Assign, grant, |items, grant| Intent::Assign { items, grant })
}

fn declare(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    listed(facts, Act::Declare, facts.flag("exempt")?, |items, exempt| Intent::Declare { items, exempt })
}

fn order_inspection(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let premises = facts.place("readPoint")?;
    listed(facts, Act::OrderInspection, premises, |items, premises| Intent::OrderInspection { items, premises })
}

fn inspect(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let said = (result(facts, Act::Inspect)?, facts.hash("video")?);
    listed(facts, Act::Inspect, said, |items, (result, video)| Intent::Inspect { items, result, video })
}

fn test(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let act = Act::Test;
    let passed = match result(facts, act)? {
        InspectionResult::Passed => true,
        InspectionResult::Failed => false,
        other @ (InspectionResult::TestPending | InspectionResult::Exempt) => {
            let (at, input) = (extension("result"), other.name().to_owned());
            return Err(AskError::Form { at, input, expected: "passed or failed" });
        }
    };
    let report = needed(act, "report", facts.hash("report")?)?;
    listed(facts, act, report, |items, report| Intent::Test { items, passed, report })
}

/// What is noted; where the event does not say, a count is a self-check, and anything else is what sensors reported.
fn note(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let act = Act::Note;
    let counts = matches!(facts.step(), "cycle_counting" | "stock_taking");
    let word = match facts.text("note")?.map(uri::last) {
        None if counts => "self-check",
        None => "telemetry",
        Some(word) => word,
    };
    let fact = match word {
        "self-check" => return self_check(facts),
        "telemetry" => sensor::fact(facts)?.ok_or_else(|| missing(act, "/sensorElementList"))?,
        "expert" => Fact::Expert { report: needed(act, "report", facts.hash("report")?)? },
        "document" => Fact::Document { root: needed(act, "document", facts.hash("document")?)? },
        other => {
            let expected = "self-check, telemetry, expert or document";
            return Err(AskError::Form { at: extension("note"), input: other.to_owned(), expected });
        }
    };
    listed(facts, act, fact, |items, fact| Intent::Note { items, fact })
}

/// The quantity of each item is what was counted, and not which of several is meant.
fn self_check(facts: &Facts<'_>) -> Result<Vec<Intent>, AskError> {
    let report = facts.hash("report")?;
    each(facts, Act::Note, |found| {
        let counted = found.amount(Act::Note)?;
        let items = vec![Thing { code: found.thing.code, quantity: None }];
        Ok(Intent::Note { items, fact: Fact::SelfCheck { counted, report } })
    })
}
