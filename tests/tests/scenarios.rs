//! Every scenario file on the state machine: each act done or refused as the file says, and every check. On real nodes the
//! same files are played by `testnet scenario`.

use std::{collections::BTreeSet, fs, path::PathBuf};
use testnet::scenario::{SHIPPED, Scenario, on_machine};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testnet/scenarios")
}

fn text(file: &str) -> String {
    fs::read_to_string(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The files, by name.
fn files() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("the folder of scenarios");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".toml")).collect()
}

/// A test for each file, of the same name.
macro_rules! scenarios {
    ($($test:ident)+) => {
        const TESTED: &[&str] = &[$(concat!(stringify!($test), ".toml")),+];

        $(
            #[test]
            fn $test() {
                let file = concat!(stringify!($test), ".toml");
                if let Err(error) = on_machine(file, &text(file)) {
                    panic!("{error:#}");
                }
            }
        )+
    };
}

scenarios! { s1 s2 s3 s4 s4b s5 s6 s7 s8 }

#[test]
fn every_file_is_tested_and_comes_with_the_program() {
    let files = files();
    let tested: BTreeSet<String> = TESTED.iter().map(|file| (*file).to_owned()).collect();
    assert_eq!(tested, files);
    let shipped: BTreeSet<String> = SHIPPED.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(shipped, files);
    for (file, shipped) in SHIPPED {
        assert_eq!(shipped, text(file), "{file}: build again");
    }
}

#[test]
fn every_refusal_that_is_named_exists() {
    let codes: BTreeSet<&str> = ledger::Rejection::ALL.iter().map(|(code, _)| *code).collect();
    for file in files() {
        let scenario = Scenario::parse(&text(&file)).unwrap_or_else(|error| panic!("{file}: {error:#}"));
        let refusals = scenario.refusals();
        assert!(!refusals.is_empty(), "{file} refuses nothing");
        for refused in refusals {
            assert!(codes.contains(refused.code.as_str()), "{file} names {}", refused.code);
            if let Some(rule) = &refused.rule {
                assert!(rule.parse::<ledger::policy::Rule>().is_ok(), "{file} names the rule {rule}");
            }
        }
    }
}

/// What no rule of R1 to R33 stands behind is told by the article of the act.
#[test]
fn every_refusal_cites_the_law() {
    for file in files() {
        let scenario = Scenario::parse(&text(&file)).unwrap_or_else(|error| panic!("{file}: {error:#}"));
        for refused in scenario.refusals() {
            assert!(!refused.article.is_empty(), "{file}: {refused} cites no article");
        }
    }
}
