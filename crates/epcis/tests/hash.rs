//! The event hash, over the published vectors of the shared fixtures, which stay outside the project.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use epcis::{Document, Format, hash};
use sha2::{Digest, Sha256};

/// The files of the vectors by case and ending; nothing where the fixtures are absent.
fn cases() -> Option<BTreeMap<String, BTreeMap<String, PathBuf>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/hash/vectors");
    if !folder.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    let mut cases: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let part = |part: Option<&std::ffi::OsStr>| part.unwrap().to_str().unwrap().to_owned();
        cases.entry(part(path.file_stem())).or_default().insert(part(path.extension()), path);
    }
    Some(cases)
}

fn lines(file: Option<&PathBuf>) -> Vec<String> {
    let text = file.map(|file| fs::read_to_string(file).unwrap()).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The documents of a case, in the formats that it has.
fn documents(case: &BTreeMap<String, PathBuf>) -> Vec<Document> {
    let formats = [("jsonld", Format::Json), ("json", Format::Json), ("xml", Format::Xml)];
    let read = |(ending, format): (&str, Format)| {
        let file = case.get(ending)?;
        let bytes = fs::read(file).unwrap();
        Some(Document::read(&bytes, format).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
    };
    formats.into_iter().filter_map(read).collect()
}

#[test]
fn hashes_are_those_of_the_vectors_from_json_and_from_xml() {
    let Some(cases) = cases() else {
        return;
    };
    let (mut listed, mut files, mut computed) = (0, 0, 0);
    for (name, case) in &cases {
        let expected = lines(case.get("hashes"));
        let documents = documents(case);
        assert!(!documents.is_empty() && !expected.is_empty(), "{name}");
        for document in &documents {
            let found: Vec<String> = document.events.iter().map(|event| hash::hash(event).unwrap()).collect();
            assert_eq!(found, expected, "{name}, {:?}", document.format);
            computed += found.len();
        }
        listed += expected.len();
        files += documents.len();
    }
    println!("{} cases, {listed} hashes, {files} files, {computed} hashes computed", cases.len());
    assert_eq!((cases.len(), listed, files, computed), (14, 20, 21, 29));
}

/// Of two lines the vectors hold a damaged copy: their own SHA-256 is not the hash that is listed beside them.
#[test]
fn pre_hash_strings_are_those_of_the_vectors() {
    let Some(cases) = cases() else {
        return;
    };
    let (mut compared, mut damaged) = (0, Vec::new());
    for (name, case) in &cases {
        let (hashes, texts) = (lines(case.get("hashes")), lines(case.get("prehashes")));
        let documents = documents(case);
        for (index, text) in texts.iter().enumerate() {
            let hash = format!("ni:///sha-256;{}?ver=CBV2.0", hex::encode(Sha256::digest(text)));
            if hashes[index] != hash {
                damaged.push(format!("{name} {index}"));
                continue;
            }
            for document in &documents {
                let found = hash::pre_hash(&document.events[index]).unwrap();
                assert_eq!(&found, text, "{name}, {:?}", document.format);
            }
            compared += 1;
        }
    }
    println!("{compared} pre-hash strings compared, damaged: {damaged:?}");
    assert_eq!(damaged, ["epcisDocWithAllGS1Keys 0", "epcisDocWithDefaultSchemaInContext 1"]);
    assert_eq!(compared, 17);
}
