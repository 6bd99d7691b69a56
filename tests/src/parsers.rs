//! What holds of every parser, whatever bytes it is given. Fuzzing looks for bytes of which it does not hold
//! (`scripts/fuzz.sh`); the tests ask it of the corpora.
//!
//! The package `fuzz` takes in this file as well, without the rest of this crate: it names the crates of the parsers
//! alone.

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::sync::OnceLock;

use crate::access::wire::{
    DocumentRequest, DocumentResponse, Message, Request, Response, decode as decode_message, encode as encode_message,
};
use crate::api::passage::{PassageFile, PassageFileError};
use epcis::check::{self, Fault, MAX_FAULTS};
use epcis::{Captured, Context, Document, EpcisError, Format, Kind, Map, Value, hash, intent, json, xml};
use gs1::prefix::PrefixTable;
use gs1::scan::{self, Scan, Symbology, Wedge};
use gs1::{
    CodeError, Elements, Gln, Gtin, HsCode, HsEdition, HsJurisdiction, ItemCode, Linter, Lot, MAX_INPUT, OtherValue,
    Quantity, Scheme, Serial, Sscc, Unit, digital_link, epc, parse_code, percent,
};
use keys::SealKey;
use keys::seal::{self, Head, MAX_HEAD_BYTES, SealError};
use ledger::bounds::MAX_PASSAGE_BYTES;
use ledger::codec::{self, Canonical};
use ledger::passage::{self, Passage, PassageError};
use ledger::record::{DepartureRecord, NetworkRecord, Stamp};
use ledger::tree::{self, StateProof};
use ledger::{
    BlockId, Certificate, Effect, Hash, Header, ItemRecord, Lifecycle, NetworkId, OrgId, StateKey, Text, Timestamp,
    ValidatorSet,
};
use proof::snapshot::Manifest;
use proof::{CARD_PREFIX, Card, Options, Problem, Standing, verify_file};

/// Reads bytes with a parser, and panics where something does not hold.
pub type Target = fn(&[u8]);

/// All of them, under the names of their corpora.
pub const ALL: [(&str, Target); 16] = [
    ("gs1_element", gs1_element),
    ("gs1_scan", gs1_scan),
    ("gs1_link", gs1_link),
    ("gs1_epc", gs1_epc),
    ("gs1_prefix", gs1_prefix),
    ("gs1_value", gs1_value),
    ("epcis_json", epcis_json),
    ("epcis_xml", epcis_xml),
    ("epcis_document", epcis_document),
    ("proof_card", proof_card),
    ("proof_file", proof_file),
    ("snapshot_manifest", snapshot_manifest),
    ("access_request", access_request),
    ("access_response", access_response),
    ("sealed_envelope", sealed_envelope),
    ("ledger_passage", ledger_passage),
];

// ------------------------------------------------------------------------------------------------------------ gs1

/// Element strings in each of their forms, and the codes of items that they hold.
pub fn gs1_element(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    for read in [Elements::parse, Elements::parse_bracketed, Elements::parse_scan, Elements::parse_caret] {
        if let Some(read) = told(read(text)) {
            elements(&read);
        }
    }
    if let Some(code) = told(parse_code(text)) {
        item_code(&code);
    }
}

/// What scanners send, and what they would send of a message.
pub fn gs1_scan(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    for read in [
        scan::read(text),
        scan::read_typed(text, Wedge::TypesSeparators),
        scan::read_typed(text, Wedge::DropsSeparators),
    ] {
        if let Some(read) = told(read) {
            scanned(&read);
        }
    }
    let mut rest = text.chars();
    let first = rest.next().map_or(0, u32::from) as usize;
    let symbology = Symbology::ALL[first % Symbology::ALL.len()];
    let sent = told(scan::write(symbology, rest.as_str()));
    if let Some(read) = sent.and_then(|sent| told(scan::read(&sent))) {
        scanned(&read);
    }
}

/// Digital Links in each of their spellings.
pub fn gs1_link(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let parsed = told(digital_link::parse(text));
    let canonical = told(digital_link::canonicalise(text));
    assert_eq!(parsed.is_some(), canonical.is_some());
    if let (Some(parsed), Some(canonical)) = (&parsed, &canonical) {
        assert_eq!(digital_link::format(parsed).as_ref(), Ok(canonical));
        canonical_link(canonical, parsed);
    }
    if let Some(link) = told(digital_link::read(text)) {
        assert_eq!(link.is_canonical(), link.canonical() == text);
        canonical_link(&link.canonical(), link.elements());
        elements(link.elements());
    }
    if let Some(short) = told(digital_link::parse_short_path(text)) {
        elements(&short);
    }
    if let Some(decoded) = told(percent::decode(text, 0, text)).filter(|decoded| decoded.is_ascii()) {
        let encoded = percent::encode(&decoded);
        assert_eq!(percent::decode(&encoded, 0, &encoded).as_ref(), Ok(&decoded));
        assert_eq!(percent::decode_query(&encoded, 0, &encoded), Ok(decoded));
    }
}

/// EPC URIs and links, each made of the other.
pub fn gs1_epc(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let constrained = told(epc::to_digital_link(text));
    if let Some(link) = constrained.as_ref().filter(|link| link.len() <= MAX_INPUT) {
        assert_eq!(epc::to_digital_link(link).as_ref(), Ok(link));
        epc_uri(link, link);
    }
    if let Some(link) = constrained.filter(|_| digital_link::is_web_uri(text)) {
        epc_uri(text, &link);
    }
}

/// Tables of company prefixes.
pub fn gs1_prefix(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Some(table) = told(PrefixTable::read(text)) else { return };
    let rows: Vec<(&str, &str)> = text.lines().skip(1).filter_map(|row| row.split_once(',')).collect();
    assert_eq!(table.len(), rows.len());
    assert_eq!(table.is_empty(), rows.is_empty());
    for (prefix, length) in rows {
        let expected = length.parse().ok().filter(|length| *length > 0);
        assert_eq!(table.length_of(prefix), expected, "{prefix}");
        assert_eq!(table.length_of(&format!("{prefix}X")), expected, "{prefix}");
    }
    assert!(table.length_of(text).is_none());
}

/// Keys, lots, serials, quantities, tariff codes by themselves, as text and as bytes, and every linter.
pub fn gs1_value(bytes: &[u8]) {
    let checks: [Target; 13] = [
        value::<Gtin>,
        value::<Sscc>,
        value::<Gln>,
        value::<Lot>,
        value::<Serial>,
        value::<Scheme>,
        value::<OtherValue>,
        value::<Unit>,
        value::<Quantity>,
        value::<HsCode>,
        value::<HsEdition>,
        value::<HsJurisdiction>,
        value::<ItemCode>,
    ];
    checks.iter().for_each(|check| check(bytes));
    let Some(text) = text(bytes) else { return };
    for linter in Linter::ALL {
        told(gs1::lint(linter.name(), text));
    }
}

/// The text, where it is one.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// What was read; of an error, its code is listed, and its caret stands at a character of the input or at its end.
fn told<T>(read: Result<T, CodeError>) -> Option<T> {
    let error = match read {
        Ok(read) => return Some(read),
        Err(error) => error,
    };
    assert!(gs1::CODES.iter().any(|(code, _)| *code == error.code()), "{error:?}");
    assert!(!error.to_string().is_empty() && !error.title().is_empty(), "{error:?}");
    if let Some((input, position)) = error.caret() {
        assert!(input.is_char_boundary(position), "{error:?}");
    }
    None
}

/// What is written of a value reads as that value, unless it is longer than what is read at all.
fn reads_back<T: Debug + PartialEq>(written: &str, value: &T, read: impl Fn(&str) -> Result<T, CodeError>) {
    if written.len() <= MAX_INPUT {
        assert_eq!(read(written).as_ref(), Ok(value), "{written:?}");
    }
}

fn elements(elements: &Elements) {
    reads_back(&elements.to_bracketed(), elements, Elements::parse_bracketed);
    reads_back(&elements.to_bracketed(), elements, str::parse);
    reads_back(&elements.to_scan(), elements, Elements::parse_scan);
    reads_back(&elements.to_caret(), elements, Elements::parse_caret);
    let pairs = elements.iter().map(|element| (element.ai(), element.value()));
    assert_eq!(Elements::from_pairs(pairs).as_ref(), Ok(elements));
    told(elements.check());
    if let Some(code) = told(ItemCode::try_from(elements)) {
        item_code(&code);
    }
    if let Some(link) = told(digital_link::format(elements)) {
        canonical_link(&link, elements);
    }
}

/// A canonical link says what it was made of, and is its own canonical link.
fn canonical_link(link: &str, said: &Elements) {
    if link.len() > MAX_INPUT {
        return;
    }
    let sorted = |elements: &Elements| {
        let mut pairs: Vec<_> = elements.iter().cloned().collect();
        pairs.sort();
        pairs
    };
    let read = digital_link::parse(link).unwrap_or_else(|error| panic!("{link} is refused: {error}"));
    assert_eq!(sorted(&read), sorted(said), "{link}");
    assert_eq!(digital_link::canonicalise(link).as_deref(), Ok(link));
    assert!(digital_link::read(link).is_ok_and(|read| read.is_canonical()), "{link}");
}

fn item_code(code: &ItemCode) {
    assert_eq!(parse_code(&code.to_string()).as_ref(), Ok(code));
    assert_eq!(parse_code(&code.digital_link()).as_ref(), Ok(code));
    assert_eq!(codec::decode(&codec::encode(code), MAX_INPUT).as_ref(), Ok(code));
}

/// The message of a scan is what a scanner would send as that scan.
fn scanned(read: &Scan) {
    if let Some(said) = told(read.elements()) {
        elements(&said);
    }
    let message = read.message();
    let Some(symbology) = read.symbology.filter(|_| message.len() <= MAX_INPUT) else { return };
    let sent = scan::write(symbology, &message).unwrap_or_else(|error| panic!("{message:?} is refused: {error}"));
    reads_back(&sent, read, scan::read);
}

/// The EPC URI of a link, where it has one, is of the same constrained link.
fn epc_uri(link: &str, constrained: &str) {
    let Some(uri) = told(epc::from_digital_link(link, prefixes())) else { return };
    assert!(uri.starts_with("urn:epc:"), "{uri}");
    reads_back(&uri, &constrained.to_owned(), epc::to_digital_link);
}

/// Company prefixes of every length.
fn prefixes() -> &'static PrefixTable {
    static TABLE: OnceLock<PrefixTable> = OnceLock::new();
    const ROWS: &str = "prefix,gcp_length\n0,7\n1,8\n2,9\n3,10\n4,7\n5,11\n6,6\n69,9\n7,12\n8,4\n9,7\n952,0\n";
    TABLE.get_or_init(|| PrefixTable::read(ROWS).expect("a table"))
}

/// A value is that of its text, and that of its bytes.
fn value<T: FromStr<Err = CodeError> + Canonical + Display + Debug + PartialEq>(bytes: &[u8]) {
    let of_text = text(bytes).and_then(|text| told(text.parse::<T>()));
    let of_bytes = codec::decode::<T>(bytes, MAX_INPUT).ok();
    for value in of_text.iter().chain(&of_bytes) {
        assert_eq!(value.to_string().parse().as_ref(), Ok(value));
        assert_eq!(codec::decode(&codec::encode(value), MAX_INPUT).as_ref(), Ok(value));
    }
}

// ---------------------------------------------------------------------------------------------------------- epcis

/// JSON, beside another reader of it.
pub fn epcis_json(bytes: &[u8]) {
    let known: Result<serde_json::Value, _> =
        serde_json::from_slice(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
    match json::parse(bytes) {
        Ok(value) => {
            assert_eq!(json::parse(value.to_string().as_bytes()).as_ref(), Ok(&value));
            match known {
                Ok(known) => assert!(is_same(&value, &known), "{value} was read as {known}"),
                Err(error) => assert!(error.to_string().starts_with("number out of range"), "{error}"),
            }
        }
        Err(error @ (EpcisError::Syntax { .. } | EpcisError::NotUtf8 { .. })) => {
            assert!(known.is_err(), "{error}");
        }
        Err(error) => refused(&error),
    }
}

/// XML, into the shape of JSON.
pub fn epcis_xml(bytes: &[u8]) {
    match xml::parse(bytes) {
        Ok(value) => match json::parse(value.to_string().as_bytes()) {
            Ok(read) => assert_eq!(read, value),
            // An event is deeper in its document than it is by itself.
            Err(error) => assert!(matches!(error, EpcisError::TooDeep { .. }), "{value}: {error}"),
        },
        Err(error) => refused(&error),
    }
}

/// Documents of either format, their rules, and of each event its bytes, its hash and what it asks for.
pub fn epcis_document(bytes: &[u8]) {
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let format = if start.starts_with(b"<") { Format::Xml } else { Format::Json };
    let document = match Document::read(bytes, format) {
        Ok(document) => document,
        Err(error) => return refused(&error),
    };
    faults(&check::document(&document));
    let mut rest = bytes;
    for event in &document.events {
        let at = rest.windows(event.bytes.len()).position(|found| found == event.bytes);
        let at = at.unwrap_or_else(|| panic!("these bytes are not of the document: {}", event.value));
        rest = &rest[at + event.bytes.len()..];
        captured(&document, event);
    }
}

fn refused(error: &EpcisError) {
    assert!(error.code().starts_with("H15") && !error.to_string().is_empty(), "{error:?}");
    assert!(error.params().iter().all(|(name, _)| !name.is_empty()), "{error:?}");
}

fn faults(faults: &[Fault]) {
    assert!(faults.len() <= MAX_FAULTS + 1);
    for fault in faults {
        assert!(check::CODES.iter().any(|(code, _)| *code == fault.code), "{fault:?}");
        assert!(fault.at.is_empty() || fault.at.starts_with('/'), "{fault:?}");
    }
}

fn captured(document: &Document, event: &Captured) {
    let wrong = check::check(event);
    faults(&wrong);
    faults(&check::doubts(event));
    if let Err(error) = intent::of(event) {
        refused(&error);
    }
    let hashed = hash::hash(event);
    match &hashed {
        Ok(name) => {
            let digits = name.strip_prefix("ni:///sha-256;").and_then(|rest| rest.strip_suffix("?ver=CBV2.0"));
            assert!(digits.is_some_and(|digits| digits.len() == 64), "{name}");
        }
        Err(error) => {
            refused(error);
            assert!(
                !wrong.is_empty() || !is_plain(&event.value),
                "a valid event has no hash: {error}: {}",
                event.value
            );
        }
    }
    // Nothing depends on the order of members and of lists.
    let turned = Captured { value: turned(&event.value), ..event.clone() };
    assert_eq!(hash::hash(&turned).ok(), hashed.as_ref().ok().cloned(), "{}", event.value);
    by_itself(document, event, hashed.ok());
}

/// Whether an event is of the standard, so that its fields are judged, and holds no `#text`, which XML alone has.
fn is_plain(event: &Value) -> bool {
    let kind = event.get("type").and_then(Value::as_text).unwrap_or_default();
    !kind.contains(':') && !event.to_string().contains("\"#text\"")
}

/// The bytes of an event say what was read, and where they are a document by themselves, have the same hash.
fn by_itself(document: &Document, event: &Captured, hashed: Option<String>) {
    let whole = match document.format {
        // Its prefixes may be those of the document.
        Format::Json => document.context == Context::gs1(),
        // An event that has a prefix has it of a namespace around it.
        Format::Xml => event.value.get("type").and_then(Value::as_text).is_some_and(|name| !name.contains(':')),
    };
    if document.format == Format::Json {
        assert_eq!(json::parse(&event.bytes).as_ref(), Ok(&event.value));
    }
    let alone = Document::read(&event.bytes, document.format).ok();
    let Some(alone) = alone.filter(|alone| whole && alone.kind == Kind::Event) else { return };
    assert_eq!(alone.events.len(), 1);
    for own in &alone.events {
        assert_eq!(own.bytes, event.bytes);
        assert_eq!(hash::hash(own).ok(), hashed, "{}", event.value);
    }
}

/// The same members and elements, each list and each object from its end.
fn turned(value: &Value) -> Value {
    match value {
        Value::List(list) => Value::List(list.iter().rev().map(turned).collect()),
        Value::Map(map) => {
            let mut members: Vec<(&str, Value)> = map.iter().map(|(name, value)| (name, turned(value))).collect();
            members.reverse();
            Value::Map(members.into_iter().collect::<Map>())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => value.clone(),
    }
}

fn is_same(value: &Value, known: &serde_json::Value) -> bool {
    match (value, known) {
        (Value::Null, serde_json::Value::Null) | (Value::Number(_), serde_json::Value::Number(_)) => true,
        (Value::Bool(value), serde_json::Value::Bool(known)) => value == known,
        (Value::Text(value), serde_json::Value::String(known)) => value == known,
        (Value::List(values), serde_json::Value::Array(known)) => {
            values.len() == known.len() && values.iter().zip(known).all(|(value, known)| is_same(value, known))
        }
        (Value::Map(map), serde_json::Value::Object(known)) => {
            let has = |(name, value)| known.get(name).is_some_and(|known| is_same(value, known));
            map.len() == known.len() && map.iter().all(has)
        }
        _ => false,
    }
}

// ---------------------------------------------------------------------------------------------------------- proof

/// Texts of cards; bytes that are no text of one, as the bytes of one.
pub fn proof_card(bytes: &[u8]) {
    if bytes.starts_with(CARD_PREFIX.as_bytes()) {
        return card(bytes);
    }
    card(format!("{CARD_PREFIX}{}", base45::encode(bytes)).as_bytes());
}

/// Manifests of snapshots, as they are and with the hash at their end that they need: no change would hit upon it.
pub fn snapshot_manifest(bytes: &[u8]) {
    manifest(bytes);
    let body = bytes.get(..bytes.len().saturating_sub(32)).unwrap_or_default();
    manifest(&[body, blake3::hash(body).as_bytes()].concat());
}

fn manifest(bytes: &[u8]) {
    match Manifest::from_bytes(bytes) {
        Ok(manifest) => assert_eq!(manifest.to_bytes(), bytes),
        Err(problem) => {
            assert!(problem.code().starts_with("H812"), "{problem:?}");
            assert!(!problem.to_string().is_empty() && !problem.help().is_empty(), "{problem:?}");
        }
    }
}

fn card(text: &[u8]) {
    match Card::read(text) {
        Ok(card) => {
            let line = text.strip_suffix(b"\n").map_or(text, |line| line.strip_suffix(b"\r").unwrap_or(line));
            assert_eq!(card.text().map(String::into_bytes).as_deref(), Ok(line));
        }
        Err(problem) => listed(&problem),
    }
    judged(text);
}

/// Files of every kind, judged by somebody who trusts nobody.
pub fn proof_file(bytes: &[u8]) {
    judged(bytes);
    if let Err(problem) = proof::inspect(bytes) {
        listed(&problem);
    }
    if let Err(problem) = proof::schema_of(bytes) {
        listed(&problem);
    }
    match proof::anchor_of(bytes) {
        Ok(anchor) => {
            let file = proof::with_anchor(bytes, &anchor).expect("the same anchor fits");
            assert_eq!(proof::anchor_of(&file), Ok(anchor));
        }
        Err(problem) => listed(&problem),
    }
}

fn judged(bytes: &[u8]) {
    let verdict = verify_file(bytes, None, Options::default());
    assert_ne!(verdict.standing(), Standing::Valid);
    assert_eq!(verdict.standing() == Standing::Invalid, verdict.failure().is_some());
    let told: serde_json::Value = serde_json::from_str(&verdict.to_json()).expect("a verdict is JSON");
    assert!(told.is_object());
}

fn listed(problem: &Problem) {
    assert!(proof::CODES.iter().any(|(code, _)| *code == problem.code()), "{problem:?}");
    assert!(!problem.to_string().is_empty(), "{problem:?}");
}

// --------------------------------------------------------------------------------------------------------- access

/// What a node of a member sends, on either protocol.
pub fn access_request(bytes: &[u8]) {
    message::<Request>(bytes);
    message::<DocumentRequest>(bytes);
}

/// What a node of an agency sends, on either protocol.
pub fn access_response(bytes: &[u8]) {
    message::<Response>(bytes);
    message::<DocumentResponse>(bytes);
}

fn message<M: Message + Debug + PartialEq>(bytes: &[u8]) {
    match decode_message::<M>(bytes) {
        Ok(message) => assert_eq!(encode_message(&message).as_deref(), Ok(bytes), "{message:?}"),
        Err(error) => assert!(!error.to_string().is_empty(), "{error:?}"),
    }
}

// --------------------------------------------------------------------------------------------------------- sealed

/// Sealed documents: their heads as nodes read them, and all of them as whoever has a key does.
pub fn sealed_envelope(bytes: &[u8]) {
    match Head::parse(bytes) {
        Ok(Some((head, length))) => {
            assert_eq!(head.bytes(), &bytes[..length]);
            assert!(head.sealed_bytes() > length as u64 && length <= MAX_HEAD_BYTES);
            for end in [0, length / 2, length - 1] {
                assert!(matches!(Head::parse(&bytes[..end]), Ok(None)), "{end} of {length}");
            }
            let mut rest = bytes;
            assert_eq!(Head::read(&mut rest).ok().as_ref(), Some(&head));
            assert_eq!(rest.len(), bytes.len() - length);
        }
        Ok(None) => assert!(bytes.len() < MAX_HEAD_BYTES),
        Err(error) => unopened(&error),
    }
    static KEY: OnceLock<SealKey> = OnceLock::new();
    let key = KEY.get_or_init(|| SealKey::from_secret(&[2; 32]));
    let mut out = Vec::new();
    match seal::open(&[(OrgId(Hash([2; 32])), key)], bytes, &mut out) {
        Ok(opened) => {
            assert_eq!(opened.head.sealed_bytes(), bytes.len() as u64);
            assert!((out.len() as u64) < opened.head.plain);
        }
        Err(error) => unopened(&error),
    }
}

fn unopened(error: &SealError) {
    assert!(matches!(error.code(), "H1425" | "H1426" | "H1427" | "H1428"), "{error:?}");
    assert!(!error.to_string().is_empty(), "{error:?}");
}

// --------------------------------------------------------------------------------------------------------- ledger

/// Passages: their files, and their bytes, as they are and with the hashes of their parts put right, which no change
/// would hit upon.
pub fn ledger_passage(bytes: &[u8]) {
    if bytes.starts_with(b"{") {
        return passage_file(bytes);
    }
    let Ok(passage) = codec::decode::<Passage>(bytes, MAX_PASSAGE_BYTES) else { return };
    assert_eq!(codec::encode(&passage), bytes);
    let to = part::<DepartureRecord>(&passage.departure).map_or_else(NetworkId::default, |departure| departure.to);
    passage_to(&passage, to);
    if let Some((bound, to)) = bound(&passage) {
        let error = passage_to(&bound, to);
        assert!(!matches!(error, Some(PassageError::Unproven(_))), "{error:?}");
    }
}

fn passage_file(bytes: &[u8]) {
    match PassageFile::read(bytes) {
        Ok((file, passage)) => {
            let to = file.to.parse().expect("a network");
            assert_eq!(PassageFile::of(&passage, to).as_ref(), Ok(&file));
        }
        Err(error) => {
            let expected = if matches!(error, PassageFileError::Passage(_)) { "H5118" } else { "H1429" };
            assert_eq!(error.code(), expected, "{error:?}");
            assert!(!error.to_string().is_empty(), "{error:?}");
        }
    }
}

/// Reads a passage to a network; of one that says something, also its file, and what it is to everybody else. Gives why
/// it says nothing.
fn passage_to(passage: &Passage, to: NetworkId) -> Option<PassageError> {
    let read = passage::read(passage, to);
    match &read {
        Ok(arrived) => {
            assert_eq!(
                (arrived.item, arrived.departure.to, arrived.record.state),
                (passage.item, to, Lifecycle::Departed)
            );
            assert_eq!(passage::read(passage, arrived.network), Err(PassageError::Elsewhere));
            let effect = arrived.effect(None, false);
            assert_eq!(codec::decode::<Effect>(&codec::encode(&effect), MAX_PASSAGE_BYTES), Ok(effect));
            let file = PassageFile::of(passage, to).expect("a file of what was read");
            let text = serde_json::to_vec(&file).expect("a file is JSON");
            assert_eq!(PassageFile::read(&text), Ok((file, passage.clone())));
        }
        Err(error) => assert!((1..=64).contains(&error.what().len()) && !error.to_string().is_empty(), "{error:?}"),
    }
    let seats = passage.chain.first().map_or(&passage.validators, |(_, _, validators)| validators);
    if let Some(set) = part::<ValidatorSet>(seats) {
        known(passage, to, set, &read);
    }
    read.err()
}

/// Whoever knows the seats takes no passage that cannot be read, and none from before it knew them.
fn known(passage: &Passage, to: NetworkId, set: ValidatorSet, read: &Result<passage::Arrived, PassageError>) {
    let (chain, block) = (Text::default(), BlockId::default());
    let mut known = NetworkRecord { chain, set, height: 0, block, time: Timestamp(0), from: Stamp::default() };
    match (passage::check(passage, &known, to), read) {
        (Err(PassageError::Old | PassageError::Certificate), Ok(_)) => {}
        (checked, read) => assert_eq!(&checked, read),
    }
    known.height = u64::MAX;
    assert!(passage::check(passage, &known, to).is_err());
}

/// A passage with the hashes of its parts put right, and where it leads: each certificate is of its header, each header
/// of its set and of the next one, and the records stand under the last. None where a part is no such part, or there is
/// no room.
pub fn bound(passage: &Passage) -> Option<(Passage, NetworkId)> {
    let record: ItemRecord = part(&passage.record)?;
    let departure: DepartureRecord = part(&passage.departure)?;
    let head: Header = part(&passage.header)?;
    let keys = [StateKey::Item(passage.item), StateKey::Departure(passage.item), StateKey::Class(record.class)];
    let keys = keys.map(|key| key.hash());
    let values = [&passage.record, &passage.departure, &passage.class].map(|bytes| tree::value(bytes));
    let mut leaves: Vec<(Hash, Hash)> = keys.into_iter().zip(values).collect();
    leaves.sort_unstable();
    let [record_proof, departure_proof, class_proof]: [StateProof; 3] =
        keys.map(|key| tree::prove_in(&leaves, 0, &key));
    let mut bound = Passage { record_proof, departure_proof, class_proof, ..passage.clone() };
    let set: ValidatorSet = part(&bound.validators)?;
    let root = tree::root_of(&leaves, 0);
    (bound.header, bound.certificate) =
        certified(&bound.header, &bound.certificate, &set, |header| header.state = root)?;
    let mut next = set.hash();
    for (header, certificate, validators) in bound.chain.iter_mut().rev() {
        let set: ValidatorSet = part(validators)?;
        (*header, *certificate) = certified(header, certificate, &set, |link| {
            (link.network, link.test, link.next_validators) = (head.network, head.test, next);
        })?;
        next = set.hash();
    }
    Some((bound, departure.to)).filter(|(bound, _)| codec::encode(bound).len() <= MAX_PASSAGE_BYTES)
}

/// A header of a set, with a change, and the certificate of it.
fn certified(
    header: &[u8],
    certificate: &[u8],
    set: &ValidatorSet,
    change: impl FnOnce(&mut Header),
) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut header: Header = part(header)?;
    let mut certificate: Certificate = part(certificate)?;
    change(&mut header);
    header.validators = set.hash();
    (certificate.height, certificate.block) = (header.height, header.id());
    Some((codec::encode(&header), codec::encode(&certificate)))
}

fn part<T: Canonical>(bytes: &[u8]) -> Option<T> {
    codec::decode(bytes, MAX_PASSAGE_BYTES).ok()
}
