//! Every event of the ledger is a valid EPCIS event, by the published schema and by our own rules; the hash of its text
//! names it.

use crate::samples::{self, Book, all, captured};
use epcis::{Document, Format, Value, check, export, hash};
use gs1::Gln;
use ledger::{
    Cause, ClassId, Effect, Event, ItemId, Lifecycle, NetworkId, TxId,
    event::state_after,
    operation::Purpose,
    record::{Marks, Stamp},
};
use std::path::Path;

const CREATED: &str = "2026-11-21T09:00:00.000Z";

/// The published schema, with formats on.
fn schema() -> Option<jsonschema::Validator> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !fixtures.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    let text = std::fs::read_to_string(fixtures.join("epcis/schema/epcis-json-schema-2.0.1.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    Some(jsonschema::draft7::options().should_validate_formats(true).build(&schema).unwrap())
}

fn faults(schema: &jsonschema::Validator, value: &Value) -> Vec<String> {
    let instance: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
    schema.iter_errors(&instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_event_keeps_the_published_schema() {
    let Some(schema) = schema() else { return };
    let samples = all();
    for sample in &samples {
        let event = sample.export();
        assert_eq!(faults(&schema, &event), [""; 0], "{}\n{event}", sample.label());
    }
    let document = export::document(samples.iter().map(|sample| sample.export()), CREATED);
    assert_eq!(faults(&schema, &document), [""; 0]);
    println!("{} events keep the published schema", samples.len());
}

#[test]
fn every_event_keeps_our_rules() {
    for sample in all() {
        let event = sample.export();
        assert!(check::check(&captured(&event)).is_empty(), "{}\n{event}", sample.label());
    }
    let document = export::document(all().iter().map(|sample| sample.export()), CREATED).to_string();
    let document = Document::read(document.as_bytes(), Format::Json).unwrap();
    assert!(check::document(&document).is_empty());
}

#[test]
fn the_identity_is_the_hash_of_the_text_alone_and_in_a_document() {
    let samples = all();
    let events: Vec<Value> = samples.iter().map(|sample| sample.export()).collect();
    let document = export::document(events.clone(), CREATED).to_string();
    let document = Document::read(document.as_bytes(), Format::Json).unwrap();
    assert_eq!(document.events.len(), events.len());
    for ((sample, event), within) in samples.iter().zip(&events).zip(&document.events) {
        let id = event.get("eventID").and_then(Value::as_text).expect("an event has an identity");
        assert_eq!(hash::hash(&captured(event)).unwrap(), id, "{}", sample.label());
        assert_eq!(hash::hash(within).unwrap(), id, "{} in a document", sample.label());
        assert!(within.value.get("@context").is_none());
    }
}

#[test]
fn the_hash_is_the_one_that_another_program_takes() {
    let stored = all().into_iter().find(|sample| matches!(sample.event.effect, Effect::Stored { .. })).unwrap();
    let event = stored.export();
    assert_eq!(event.get("eventID").and_then(Value::as_text), Some(STORED), "{event}");
}

/// Of the first sample that is stored: what the `epcis-event-hash-generator` 1.9.3 of others takes from its text.
const STORED: &str = "ni:///sha-256;13f813478cfdf5969b84a999b664043bf4467e4c2134feaa8c24e861ab79f93f?ver=CBV2.0";

#[test]
fn a_history_is_told_from_its_first_event() {
    let network = NetworkId::default();
    let tx = |byte: u8| TxId(ledger::Hash([byte; 32]));
    let premises: Gln = samples::PREMISES.parse().unwrap();
    let item = ItemId::of(&network, &tx(1), 0);
    let effects = [
        Effect::Registered {
            class: ClassId::default(),
            code: "01/09521100000017/10/L1".parse().unwrap(),
            quantity: "400 H87".parse().unwrap(),
            custodian: samples::firm(),
            previous: None,
            purpose: Purpose::Research,
            marks: Marks::default(),
            origin: None,
            place: None,
            grant: None,
            private: None,
        },
        Effect::Stored { premises, quarantine: false },
        Effect::Used { quantity: "380 H87".parse().unwrap() },
        Effect::Wasted { quantity: "20 H87".parse().unwrap() },
    ];
    let mut events = Vec::new();
    let mut before = None;
    for (n, effect) in (1u64..).zip(effects) {
        let at = Stamp { height: n, time: ledger::Timestamp(n * 1000) };
        let cause = Cause::Tx { id: tx(u8::try_from(n).unwrap()), index: 0 };
        let state = Lifecycle::Registered;
        let mut event = Event { item, n, cause, at, effect, state, decision: None, links: Vec::new() };
        event.state = state_after(before.as_ref(), &event);
        before = Some(ledger::event::apply(&network, before.as_ref(), &event).unwrap());
        events.push(event);
    }
    let told = export::history(&network, &events, None, &Book).unwrap();
    let count = |event: &Value| {
        let element = event.get("quantityList").and_then(Value::as_list).and_then(<[Value]>::first)?;
        element.get("quantity").and_then(Value::as_number).map(str::to_owned)
    };
    let counts: Vec<_> = told.iter().filter_map(count).collect();
    assert_eq!(counts, ["400", "400", "380", "20"]);
    let steps: Vec<_> = told.iter().filter_map(|event| event.get("bizStep").and_then(Value::as_text)).collect();
    assert_eq!(steps, ["commissioning", "storing", "dispensing", "other"]);
    assert!(told[0].get("bizLocation").is_none() && told[2].get("bizLocation").is_some());
    let head = format!("urn:hufu:hash:{}", before.unwrap().head);
    assert_eq!(told[3].get("hufu:head").and_then(Value::as_text), Some(head.as_str()));
    assert!(export::history(&network, &events[1..], None, &Book).is_err());
}
