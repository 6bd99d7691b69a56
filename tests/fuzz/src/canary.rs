//! A bug for each parser, planted where only what was understood leads: bytes that are refused do not reach it. No file
//! of the corpora has it. A fuzzer that finds these reaches what lies as deep.

use crate::access::wire::{Request, Response, decode};
use crate::parsers::bound;
use epcis::{Document, Format, Value, check, hash, json, xml};
use gs1::prefix::PrefixTable;
use gs1::scan::{self, Data};
use gs1::{ItemCode, Quantity, digital_link, epc, parse_code};
use keys::seal::Head;
use ledger::bounds::MAX_PASSAGE_BYTES;
use ledger::codec;
use ledger::passage::{self, Passage};
use proof::snapshot::Manifest;
use proof::{CARD_PREFIX, Card, FileVerdict, Options, verify_file};

/// Panics, if `bytes` are what the bug of this parser takes.
pub(crate) fn sing(name: &str, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let found = match name {
        "gs1_element" => gs1_element(text),
        "gs1_scan" => gs1_scan(text),
        "gs1_link" => gs1_link(text),
        "gs1_epc" => gs1_epc(text),
        "gs1_prefix" => gs1_prefix(text),
        "gs1_value" => gs1_value(text),
        "epcis_json" => epcis_json(bytes),
        "epcis_xml" => epcis_xml(bytes),
        "epcis_document" => epcis_document(bytes),
        "proof_card" => proof_card(bytes),
        "proof_file" => proof_file(bytes),
        "snapshot_manifest" => snapshot_manifest(bytes),
        "access_request" => access_request(bytes),
        "access_response" => access_response(bytes),
        "sealed_envelope" => sealed_envelope(bytes),
        "ledger_passage" => ledger_passage(bytes),
        other => panic!("{other} has no canary"),
    };
    assert!(!found, "canary of {name}");
}

/// A lot in which stands a slash, with its GTIN.
fn gs1_element(text: &str) -> bool {
    matches!(parse_code(text), Ok(ItemCode::Lot { gtin: _, lot }) if lot.as_str().contains('/'))
}

/// A symbol with a GTIN, an expiry date and a lot.
fn gs1_scan(text: &str) -> bool {
    match scan::read(text).map(|scan| scan.data) {
        Ok(Data::Elements(elements)) => ["01", "10", "17"].iter().all(|ai| elements.get(ai).is_some()),
        _ => false,
    }
}

/// A link with two qualifiers in its path and two attributes in its query, one of them the country of origin.
fn gs1_link(text: &str) -> bool {
    let Ok(link) = digital_link::read(text) else { return false };
    let canonical = link.canonical();
    let (path, query) = canonical.split_once('?').unwrap_or((&canonical, ""));
    path.split('/').count() == 9 && query.split('&').count() == 2 && link.elements().get("422").is_some()
}

/// The EPC of a document in whose serial stands a slash.
fn gs1_epc(text: &str) -> bool {
    let is_document = text.starts_with("urn:epc:id:gdti:");
    is_document && epc::to_digital_link(text).is_ok_and(|link| link.contains("%2F"))
}

/// A table with four rows, the last of no company.
fn gs1_prefix(text: &str) -> bool {
    let Ok(table) = PrefixTable::read(text) else { return false };
    table.len() == 4 && text.lines().last().is_some_and(|row| table.length_of(row).is_none())
}

/// Grams with four decimals or more.
fn gs1_value(text: &str) -> bool {
    let Ok(quantity) = text.parse::<Quantity>() else { return false };
    let decimal = quantity.decimal();
    let part = decimal.split_once('.').map_or("", |(_, part)| part);
    quantity.unit().as_str() == "GRM" && count(part, |c| c.is_ascii_digit()) >= 4
}

/// 17 levels.
fn epcis_json(bytes: &[u8]) -> bool {
    json::parse(bytes).is_ok_and(|value| depth(&value) == 17)
}

/// A sensor report with a number such as `.5`, which JSON writes otherwise.
fn epcis_xml(bytes: &[u8]) -> bool {
    let Ok(value) = xml::parse(bytes) else { return false };
    let text = String::from_utf8_lossy(bytes);
    let sensors = value.get("sensorElementList").and_then(Value::as_list).unwrap_or_default();
    let reports = sensors.iter().filter_map(|sensor| sensor.get("sensorReport")).filter_map(Value::as_list).flatten();
    let mut numbers = reports.filter_map(|report| report.get("value")).filter_map(Value::as_number);
    numbers.any(|number| number.starts_with("0.") && !text.contains(number))
}

/// A valid event with two EPCs, that has a hash.
fn epcis_document(bytes: &[u8]) -> bool {
    let read = |format| Document::read(bytes, format).map(|document| document.events).unwrap_or_default();
    let mut events = read(Format::Json).into_iter().chain(read(Format::Xml));
    events.any(|event| {
        let epcs = event.value.get("epcList").and_then(Value::as_list).unwrap_or_default();
        epcs.len() == 2 && check::check(&event).is_empty() && hash::hash(&event).is_ok()
    })
}

/// A manifest with a chunk of more than 64 KiB.
fn snapshot_manifest(bytes: &[u8]) -> bool {
    let body = bytes.get(..bytes.len().saturating_sub(32)).unwrap_or_default();
    let sealed = [body, blake3::hash(body).as_bytes()].concat();
    Manifest::from_bytes(&sealed).is_ok_and(|manifest| manifest.chunks.iter().any(|chunk| chunk.length > 65_536))
}

/// A card of an item that has had more than 100 events.
fn proof_card(bytes: &[u8]) -> bool {
    let text = format!("{CARD_PREFIX}{}", base45::encode(bytes));
    let mut read = [bytes, text.as_bytes()].into_iter().filter_map(|file| Card::read(file).ok());
    read.any(|card| card.item.count > 100)
}

/// An absence in which all can be read and a signature of the certificate is wrong.
fn proof_file(bytes: &[u8]) -> bool {
    match verify_file(bytes, None, Options::default()) {
        FileVerdict::Absence(verdict) => verdict.head.failure.is_some_and(|failure| failure.code == "H9024"),
        _ => false,
    }
}

/// A question for five records.
fn access_request(bytes: &[u8]) -> bool {
    matches!(decode(bytes), Ok(Request::Records { keys }) if keys.len() == 5)
}

/// A link of three entries.
fn access_response(bytes: &[u8]) -> bool {
    let Ok(Response::Links { links }) = decode(bytes) else { return false };
    links.iter().any(|link| link.entries.len() == 3)
}

/// Of how many characters it is so: one by one, so that coverage tells the fuzzer that it comes nearer.
fn count(text: &str, is_so: impl Fn(char) -> bool) -> usize {
    let mut found = 0;
    for c in text.chars() {
        if is_so(c) {
            found += 1;
        }
    }
    found
}

fn depth(value: &Value) -> usize {
    match value {
        Value::List(list) => 1 + list.iter().map(depth).max().unwrap_or_default(),
        Value::Map(map) => 1 + map.iter().map(|(_, value)| depth(value)).max().unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => 0,
    }
}

/// The head of a document for two.
fn sealed_envelope(bytes: &[u8]) -> bool {
    matches!(Head::parse(bytes), Ok(Some((head, _))) if head.recipients.len() == 2)
}

/// A passage of an item that has changed hands more than 100 times.
fn ledger_passage(bytes: &[u8]) -> bool {
    let read = codec::decode::<Passage>(bytes, MAX_PASSAGE_BYTES).ok().and_then(|passage| bound(&passage));
    let arrived = read.and_then(|(passage, to)| passage::read(&passage, to).ok());
    arrived.is_some_and(|arrived| arrived.record.custody_seq > 100)
}
