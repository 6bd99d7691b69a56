//! Documents of others, from the shared fixtures, which stay outside the project.

use std::fs;
use std::path::{Path, PathBuf};

use epcis::{Captured, Document, EpcisError, Format, Kind, Value, hash, json};

/// All examples of a format; nothing where the fixtures are absent.
fn examples(format: Format) -> Option<Vec<(PathBuf, Vec<u8>)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/epcis");
    if !root.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    let endings: &[&str] = match format {
        Format::Json => &["json", "jsonld"],
        Format::Xml => &["xml"],
    };
    let mut folders = vec![root.join("gs1-examples"), root.join("openepcis-valid")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().and_then(|ending| ending.to_str()).is_some_and(|it| endings.contains(&it)) {
                let bytes = fs::read(&path).unwrap();
                files.push((path, bytes));
            }
        }
    }
    files.sort();
    Some(files)
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

struct Totals {
    files: usize,
    read: usize,
    events: usize,
    /// Files that were refused, with the code.
    refused: Vec<String>,
}

/// Reads all examples, and holds each event against its document.
fn read_all(format: Format, check: impl Fn(&str, &[u8], &Captured)) -> Option<Totals> {
    let examples = examples(format)?;
    let mut totals = Totals { files: examples.len(), read: 0, events: 0, refused: Vec::new() };
    for (path, bytes) in &examples {
        let name = name(path);
        let document = match Document::read(bytes, format) {
            Ok(document) => document,
            Err(error) => {
                totals.refused.push(format!("{} {name}", error.code()));
                continue;
            }
        };
        let mut rest = bytes.as_slice();
        for event in &document.events {
            // The events stand in the document one behind the other, byte for byte.
            let at = rest.windows(event.bytes.len()).position(|window| window == event.bytes);
            rest = &rest[at.unwrap_or_else(|| panic!("{name}")) + event.bytes.len()..];
            hash::hash(event).unwrap_or_else(|error| panic!("{name}: {error}"));
            check(name, bytes, event);
        }
        totals.read += 1;
        totals.events += document.events.len();
    }
    println!("{format:?}: {} of {} files read, {} events", totals.read, totals.files, totals.events);
    Some(totals)
}

#[test]
fn documents_in_json_are_read() {
    let check = |name: &str, _: &[u8], event: &Captured| {
        assert_eq!(json::parse(&event.bytes).as_ref(), Ok(&event.value), "{name}");
    };
    let Some(totals) = read_all(Format::Json, check) else {
        return;
    };
    assert_eq!((totals.files, totals.read, totals.events), (90, 89, 128));
    assert_eq!(totals.refused, ["H1505 AssociationEvent-h.jsonld"]);
}

/// Master data and the state of a capture are in XML too, and are no events.
#[test]
fn documents_in_xml_are_read() {
    let check = |name: &str, _: &[u8], event: &Captured| {
        assert!(event.bytes.starts_with(b"<") && event.bytes.ends_with(b">"), "{name}");
        let kind = event.value.get("type").and_then(Value::as_text).unwrap();
        assert!(event.bytes[..kind.len() + 20].windows(kind.len()).any(|it| it == kind.as_bytes()), "{name}");
        assert!(event.value.get("eventTime").and_then(Value::as_text).is_some(), "{name}");
    };
    let Some(mut totals) = read_all(Format::Xml, check) else {
        return;
    };
    assert_eq!((totals.files, totals.read, totals.events), (37, 31, 63));
    totals.refused.sort();
    let expected = [
        "H1520 CBV-11.4-2020-06-16a.xml",
        "H1520 Example-CaptureJobRunning.xml",
        "H1520 Example-CaptureJobSuccess.xml",
        "H1520 Example-CaptureJobWithErrorFile.xml",
        "H1520 Example-CaptureJobWithErrors.xml",
        "H1520 Example-masterData.xml",
    ];
    assert_eq!(totals.refused, expected);
}

/// The same event by itself, once in JSON and once in XML.
#[test]
fn an_event_in_json_and_in_xml_has_one_hash() {
    let (Some(json), Some(xml)) = (examples(Format::Json), examples(Format::Xml)) else {
        return;
    };
    let find = |files: &[(PathBuf, Vec<u8>)], format, file: &str| {
        let path = Path::new("Events").join(file);
        let (_, bytes) = files.iter().find(|(known, _)| known.ends_with(&path)).unwrap();
        let document = Document::read(bytes, format).unwrap();
        assert_eq!(document.kind, Kind::Event);
        hash::pre_hash(&document.events[0]).unwrap()
    };
    for kind in ["AggregationEvent", "AssociationEvent", "TransformationEvent"] {
        let of_json = find(&json, Format::Json, &format!("{kind}.json"));
        let of_xml = find(&xml, Format::Xml, &format!("{kind}.xml"));
        assert_eq!(of_json, of_xml);
    }
}

/// What somebody could send to hurt: each is refused with its code, and none takes time or memory for its size.
#[test]
fn hostile_input_is_refused() {
    let code = |bytes: &[u8], format| Document::read(bytes, format).map_or_else(|error| error.code(), |_| "read");
    let large = vec![b' '; 50 * 1024 * 1024];
    let deep = "[".repeat(10_000);
    let elements = "<a>".repeat(10_000);
    let entities = "<!DOCTYPE a [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;&a;'>]><ObjectEvent>&b;</ObjectEvent>";
    let external = "<!DOCTYPE a SYSTEM 'http://a.example/a.dtd'><ObjectEvent/>";
    for (bytes, format, expected) in [
        (large.as_slice(), Format::Json, "H1500"),
        (large.as_slice(), Format::Xml, "H1500"),
        (deep.as_bytes(), Format::Json, "H1502"),
        (elements.as_bytes(), Format::Xml, "H1502"),
        (entities.as_bytes(), Format::Xml, "H1511"),
        (external.as_bytes(), Format::Xml, "H1511"),
        (b"{\"type\":\"ObjectEvent\",\"type\":\"ObjectEvent\"}".as_slice(), Format::Json, "H1505"),
        (b"{\"a\":\"\\ud800\"}".as_slice(), Format::Json, "H1506"),
        (b"{\"a\":\"\\u0000\"}".as_slice(), Format::Json, "H1506"),
        (b"{\"a\":\"\xFF\"}".as_slice(), Format::Json, "H1501"),
        (b"<a>\xFF</a>".as_slice(), Format::Xml, "H1501"),
        (b"".as_slice(), Format::Json, "H1504"),
        (b"".as_slice(), Format::Xml, "H1510"),
    ] {
        assert_eq!(code(bytes, format), expected);
    }
}

#[test]
fn errors_say_where() {
    let found = Document::read(b"{\n  \"type\": ObjectEvent\n}", Format::Json);
    let expected = EpcisError::Syntax { line: 2, column: 11, expected: "a value", found: "'O'".to_owned() };
    assert_eq!(found, Err(expected));
    let found = Document::read(b"<ObjectEvent>\n</Objectevent>", Format::Xml).unwrap_err();
    assert_eq!(found.params()[..2], [("line", "2".to_owned()), ("column", "1".to_owned())]);
}
