//! The words of CBV 2.0 against the list made from the published schema and ontology, which stays outside the project.
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use epcis::vocabulary::{Vocabulary, bare, urn, web_uri};

/// The list's names of the vocabularies.
const LISTS: [(&str, Vocabulary, usize); 8] = [
    ("bizStep", Vocabulary::BizStep, 41),
    ("disposition", Vocabulary::Disposition, 33),
    ("bizTransaction-type", Vocabulary::BusinessTransaction, 13),
    ("source-dest-type", Vocabulary::SourceDestination, 3),
    ("error-reason", Vocabulary::ErrorReason, 2),
    ("component", Vocabulary::Component, 14),
    ("measurementType", Vocabulary::Measurement, 72),
    ("sensorAlertType", Vocabulary::Alert, 2),
];

fn list() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !root.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    Some(fs::read_to_string(root.join("epcis/cbv-vocabulary.csv")).expect("failed to read the list of words"))
}

/// List, word, web URI and URN of each row; definitions come last and are left out.
fn rows(list: &str) -> Vec<[&str; 4]> {
    let rows = list.lines().skip(1).filter(|line| !line.trim().is_empty());
    rows.map(|line| line.split(',').take(4).collect::<Vec<_>>().try_into().expect("a row has four columns")).collect()
}

#[test]
fn every_published_word_is_read_in_each_of_its_forms() {
    let Some(list) = list() else {
        return;
    };
    let rows = rows(&list);
    assert_eq!(rows.len(), 180);
    for [name, word, web, by_urn] in rows {
        let (_, kind, _) = LISTS.into_iter().find(|(known, ..)| *known == name).expect("a list that we know");
        let compact = web.replace("https://ref.gs1.org/cbv/", "cbv:").replace("https://gs1.org/voc/", "gs1:");
        assert_ne!(compact, web);
        for text in [word, web, compact.as_str(), by_urn].into_iter().filter(|text| !text.is_empty()) {
            assert_eq!(bare(kind, text), Some(word), "{text}");
            assert_eq!(web_uri(kind, text).as_deref(), Some(web), "{text}");
            assert_eq!(urn(kind, text).unwrap_or_default(), by_urn, "{text}");
        }
    }
}

#[test]
fn no_word_is_ours_alone() {
    let Some(list) = list() else {
        return;
    };
    let published: BTreeSet<(&str, &str)> = rows(&list).into_iter().map(|[name, word, ..]| (name, word)).collect();
    for (name, kind, count) in LISTS {
        assert_eq!(kind.words().len(), count, "{name}");
        assert!(kind.words().iter().all(|word| published.contains(&(name, word))), "{name}");
    }
    assert_eq!(Vocabulary::ALL.map(|kind| kind.words().len()).iter().sum::<usize>(), published.len());
}

#[test]
fn other_texts_are_no_words() {
    let cases = [
        (Vocabulary::BizStep, "Shipping"),
        (Vocabulary::BizStep, "BizStep-shipping"),
        (Vocabulary::BizStep, "cbv:shipping"),
        (Vocabulary::BizStep, "cbv:Bizstep-shipping"),
        (Vocabulary::BizStep, "cbv:Disp-active"),
        (Vocabulary::BizStep, "urn:epcglobal:cbv:disp:active"),
        (Vocabulary::BizStep, "urn:epcglobal:cbv:bizstep:cbv:BizStep-shipping"),
        (Vocabulary::BizStep, "https://example.com/BizStep-shipping"),
        (Vocabulary::Disposition, "shipping"),
        (Vocabulary::Component, "urn:epcglobal:cbv:comp:x"),
        (Vocabulary::Measurement, "temperature"),
        (Vocabulary::Measurement, "cbv:Temperature"),
        (Vocabulary::Alert, "gs1:Temperature"),
        (Vocabulary::Alert, ""),
    ];
    for (kind, text) in cases {
        assert_eq!(bare(kind, text), None, "{text}");
        assert_eq!(web_uri(kind, text), None, "{text}");
    }
}
