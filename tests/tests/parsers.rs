//! What holds of every parser, of all inputs that are kept: the corpora that fuzzing begins with, the vectors of the
//! formats, and the fixtures.

use std::collections::BTreeSet;
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

use ledger::bounds::MAX_PASSAGE_BYTES;
use ledger::codec;
use ledger::passage::{self, Passage};
use serde_json::Value;
use tests::parsers::{ALL, Target, bound};

/// Bytes of all corpora together.
const MAX_CORPORA: u64 = 300_000;

#[test]
fn each_parser_has_a_corpus_and_a_program_that_fuzzes_it() {
    let parsers: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&here("corpus")), parsers);
    assert_eq!(names(&here("fuzz/src/bin")), parsers);
    let sizes = files(&here("corpus")).into_iter().map(|file| fs::metadata(file).expect("a size").len());
    assert!(sizes.sum::<u64>() <= MAX_CORPORA, "the corpora are longer than {MAX_CORPORA} bytes");
}

#[test]
fn what_is_in_the_corpora_breaks_no_parser() {
    let mut broken = Vec::new();
    for (name, target) in ALL {
        let corpus = files(&here("corpus").join(name));
        assert!(!corpus.is_empty(), "{name} has no corpus");
        for file in corpus {
            give(&[(name, target)], &file.display().to_string(), &fs::read(&file).expect("read"), &mut broken);
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Their format does not move, and fuzzing begins with bytes that lead to the end.
#[test]
fn the_manifests_of_the_corpus_are_read() {
    for name in ["whole", "two", "four", "changes"] {
        let bytes = fs::read(here("corpus/snapshot_manifest").join(name)).expect("read");
        let manifest = proof::snapshot::Manifest::from_bytes(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(manifest.changes.len(), if name == "changes" { 2 } else { 0 }, "{name}");
    }
}

/// As it is, or with its hashes put right, so that fuzzing begins behind all of them.
#[test]
fn the_passages_of_the_corpus_are_read() {
    let bytes = |name: &str| fs::read(here("corpus/ledger_passage").join(name)).expect("read");
    let honest = bytes("honest");
    for name in ["honest", "bare", "change"] {
        let passage: Passage = codec::decode(&bytes(name), MAX_PASSAGE_BYTES).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (bound, to) = bound(&passage).unwrap_or_else(|| panic!("{name} has other parts"));
        passage::read(&bound, to).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(passage::read(&passage, to).is_ok(), name == "honest", "{name}");
    }
    let (_, passage) = api::passage::PassageFile::read(&bytes("file")).expect("a file of a passage");
    assert_eq!(codec::encode(&passage), honest);
}

#[test]
fn no_vector_breaks_a_parser_of_files() {
    let mut broken = Vec::new();
    for file in files(&here("../docs/formats/vectors")) {
        let bytes = fs::read(&file).expect("read");
        give(&of("proof_"), &file.display().to_string(), &bytes, &mut broken);
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Documents and tables as they are; of cases of GS1, each text in them.
#[test]
fn no_fixture_breaks_a_parser() {
    let fixtures = here("../../shared/fixtures");
    if !fixtures.is_dir() {
        println!("skipped: no fixtures");
        return;
    }
    let mut broken = Vec::new();
    for file in files(&fixtures.join("epcis")).into_iter().chain(files(&fixtures.join("hash"))) {
        give(&of("epcis_"), &file.display().to_string(), &fs::read(&file).expect("read"), &mut broken);
    }
    for file in files(&fixtures.join("gs1")) {
        let bytes = fs::read(&file).expect("read");
        let shown = file.display().to_string();
        if shown.ends_with(".csv") {
            give(&of("gs1_prefix"), &shown, &bytes, &mut broken);
        }
        let mut texts = Vec::new();
        collect(&serde_json::from_slice(&bytes).unwrap_or_default(), &mut texts);
        for text in texts {
            give(&of("gs1_"), &format!("{shown}: {text:?}"), text.as_bytes(), &mut broken);
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Gives the same bytes to parsers, and keeps which of them they break.
fn give(parsers: &[(&str, Target)], shown: &str, bytes: &[u8], broken: &mut Vec<String>) {
    for (name, target) in parsers {
        if panic::catch_unwind(|| target(bytes)).is_err() {
            broken.push(format!("{name}: {shown}"));
        }
    }
}

/// The parsers whose names begin so.
fn of(beginning: &str) -> Vec<(&'static str, Target)> {
    ALL.into_iter().filter(|(name, _)| name.starts_with(beginning)).collect()
}

/// The texts of a document, at any depth.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|value| collect(value, texts)),
        Value::Object(map) => map.values().for_each(|value| collect(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A path below the package of the tests.
fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The names in a folder, without what stands behind a point.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

/// The files in a folder and in those below it, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
