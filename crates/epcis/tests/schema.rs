//! The rules against the published schema, which stays outside the project: over all valid documents, and over mutants
//! of them.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::mutants::{Dice, Seed, mutant};
use epcis::check;
use epcis::{Document, Format};
use jsonschema::Validator;
use serde_json::Value;

fn fixtures() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/epcis");
    if !root.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    Some(root)
}

/// The files of a folder and of those within it, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("failed to read {}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn documents(root: &Path, format: &str) -> Vec<(String, Vec<u8>)> {
    let folders = [root.join("gs1-examples").join(format), root.join("openepcis-valid").join(format)];
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let paths = folders.iter().flat_map(|folder| files(folder));
    paths.map(|path| (name(&path), fs::read(&path).expect("a readable file"))).collect()
}

fn schema(root: &Path) -> Validator {
    let text = fs::read(root.join("schema/epcis-json-schema-2.0.1.json")).expect("the schema");
    let schema: Value = serde_json::from_slice(&text).expect("the schema is JSON");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one")
}

/// Pointer and code of each fault; where the document cannot be read at all, the code of that alone.
fn ours(bytes: &[u8]) -> Vec<(String, &'static str)> {
    match Document::read(bytes, Format::Json) {
        Ok(document) => check::document(&document).into_iter().map(|fault| (fault.at, fault.code)).collect(),
        Err(error) => vec![(String::new(), error.code())],
    }
}

/// Valid by their owners' word, but not by the schema: measurements that CBV 2.0 does not have, or none at all.
const REFUSED: [(&str, &str, &str); 6] = [
    ("SensorData_with_combined_events.json", "/epcisBody/eventList/7/sensorElementList/0/sensorReport/1/type", "H1537"),
    ("SensorData_with_combined_events.json", "/epcisBody/eventList/7/sensorElementList/0/sensorReport/2/type", "H1537"),
    ("SensorData_with_combined_events.json", "/epcisBody/eventList/8/sensorElementList/0/sensorReport/0", "H1530"),
    ("SensorData_with_combined_events.json", "/epcisBody/eventList/8/sensorElementList/0/sensorReport/1", "H1530"),
    (
        "SensorData_with_combined_events.json",
        "/epcisBody/eventList/10/sensorElementList/0/sensorReport/0/type",
        "H1537",
    ),
    (
        "TransactionEvent_with_userExtensions.json",
        "/epcisBody/eventList/0/sensorElementList/0/sensorReport/0/type",
        "H1537",
    ),
];

/// It has the name `eventID` twice; most parsers see the second alone.
const DUPLICATE: &str = "AssociationEvent-h.jsonld";

#[test]
fn all_valid_documents_pass_and_no_other() {
    let Some(root) = fixtures() else {
        return;
    };
    let schema = schema(&root);
    let (mut passed, mut events, mut refused) = (0, 0, Vec::new());
    let documents = documents(&root, "json");
    assert_eq!(documents.len(), 90);
    for (name, bytes) in &documents {
        let found = ours(bytes);
        let published = schema.is_valid(&serde_json::from_slice::<Value>(bytes).expect("JSON"));
        if name == DUPLICATE {
            assert!(published);
            assert_eq!(found, [(String::new(), "H1505")]);
            continue;
        }
        assert_eq!(published, found.is_empty(), "{name}: {found:?}");
        if found.is_empty() {
            passed += 1;
            events += Document::read(bytes, Format::Json).expect("read before").events.len();
        }
        refused.extend(found.into_iter().map(|(at, code)| (name.as_str(), at, code)));
    }
    assert_eq!((passed, events), (87, 114));
    let refused: Vec<_> = refused.iter().map(|(name, at, code)| (*name, at.as_str(), *code)).collect();
    assert_eq!(refused, REFUSED);
}

#[test]
fn all_valid_xml_documents_pass() {
    let Some(root) = fixtures() else {
        return;
    };
    let documents = documents(&root, "xml");
    assert_eq!(documents.len(), 37);
    let mut events = 0;
    for (name, bytes) in &documents {
        if let Ok(document) = Document::read(bytes, Format::Xml) {
            let faults = check::document(&document);
            assert!(faults.is_empty(), "{name}: {faults:?}");
            assert!(document.events.iter().all(|event| check::check(event).is_empty()), "{name}");
            events += document.events.len();
        }
    }
    assert_eq!(events, XML_EVENTS, "what cannot be read has no events: master data, and reports of captures");
}

const XML_EVENTS: usize = 63;

/// How many mutants are judged.
const MUTANTS: usize = 8_000;

/// Why we refuse what the schema accepts, if that is one of the classes that `docs/formats/epcis-rules.md` argues.
fn argued(document: &Value, faults: &[(String, &'static str)]) -> Option<&'static str> {
    let version = faults.iter().all(|(_, code)| *code == "H1521");
    let class = |(at, code): &(String, &'static str)| {
        let (event, _) = at.split_once("/persistentDisposition")?;
        let kind = document.pointer(event)?.get("type")?.as_str()?;
        let forgotten = ["AggregationEvent", "AssociationEvent", "TransactionEvent"].contains(&kind);
        (forgotten && *code != "H1533").then_some(())
    };
    let known = faults.iter().all(|fault| fault.1 == "H1533" || class(fault).is_some());
    match (version, known) {
        (true, _) => Some("version"),
        (false, true) if faults.iter().all(|fault| fault.1 == "H1533") => Some("prefix"),
        (false, true) => Some("disposition"),
        (false, false) => None,
    }
}

/// The valid documents, and each of their events by itself.
fn seeds(root: &Path, schema: &Validator) -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (name, bytes) in documents(root, "json") {
        let document: Value = serde_json::from_slice(&bytes).expect("JSON");
        for (index, event) in
            document.pointer("/epcisBody/eventList").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            let mut event = event.clone();
            if let (Some(event), Some(context)) = (event.as_object_mut(), document.get("@context")) {
                event.entry("@context").or_insert_with(|| context.clone());
            }
            seeds.push(Seed { name: format!("{name}, event {index}"), document: event });
        }
        seeds.push(Seed { name, document });
    }
    seeds.retain(|seed| schema.is_valid(&seed.document) && ours(seed.document.to_string().as_bytes()).is_empty());
    seeds
}

#[test]
fn mutants_are_judged_as_the_schema_judges_them() {
    let Some(root) = fixtures() else {
        return;
    };
    let schema = schema(&root);
    let seeds = seeds(&root, &schema);
    assert!(seeds.len() >= 180, "{}", seeds.len());
    let mut dice = Dice::new(0x4855_4655);
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..MUTANTS {
        let (name, document) = mutant(&mut dice, &seeds);
        let text = document.to_string();
        let (published, found) = (schema.is_valid(&document), ours(text.as_bytes()));
        found.iter().for_each(|(_, code)| *codes.entry(*code).or_default() += 1);
        let verdict = match (published, found.is_empty()) {
            (true, true) => "accepted",
            (false, false) => "refused",
            (true, false) => argued(&document, &found).unwrap_or_else(|| {
                panic!("mutant {number} of {name}: we refuse {found:?}, the schema does not: {text}")
            }),
            (false, true) => panic!("mutant {number} of {name}: the schema refuses, we do not: {text}"),
        };
        *verdicts.entry(verdict).or_default() += 1;
    }
    println!("{verdicts:?}\n{codes:?}");
    let count = |verdict: &str| verdicts.get(verdict).copied().unwrap_or_default();
    assert!(count("accepted") >= MUTANTS / 10 && count("refused") >= MUTANTS / 4, "{verdicts:?}");
    assert!(["prefix", "disposition", "version"].iter().all(|class| count(class) < MUTANTS / 10), "{verdicts:?}");
    // H1549 needs a thousand faults; H1550 and H1551 are doubts.
    for (code, title) in check::CODES.iter().filter(|(code, _)| *code < "H1549") {
        assert!(codes.contains_key(code), "no mutant was refused for {code}, {title}");
    }
}
