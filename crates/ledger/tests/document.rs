//! `docs/formats/ledger.md` says everything that has a number, a code or a tag.

use ledger::{Act, Rejection, Role, bounds, tag};
use std::{collections::BTreeSet, fs, path::Path};

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/ledger.md");
    fs::read_to_string(path).expect("read the document")
}

#[track_caller]
fn says(text: &str, row: &str) {
    assert!(text.contains(row), "docs/formats/ledger.md lacks {row:?}");
}

#[test]
fn every_tag_act_role_and_refusal_is_listed() {
    let text = document();
    for tag in tag::ALL {
        says(&text, &format!("\n| `{}` |", tag.name()));
    }
    for (number, act) in Act::ALL.iter().enumerate() {
        says(&text, &format!("\n| {number} | {} |", act.name()));
    }
    for (number, role) in Role::ALL.iter().enumerate() {
        says(&text, &format!("{number} {}", role.name()));
    }
    for (number, (code, name)) in Rejection::ALL.iter().enumerate() {
        says(&text, &format!("\n| {number} | {code} | {name} |"));
    }
    let inadmissible = ["H1001", "H1002", "H1003", "H1004", "H1005", "H1006", "H1007", "H3001"];
    let of_signers = ["H2001", "H2002", "H2003", "H2004", "H2005"];
    for code in inadmissible.iter().chain(&of_signers) {
        says(&text, &format!("\n| {code} |"));
    }
}

/// 67108864 as people read it: 67,108,864.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = digits.as_bytes()[first..].chunks(3).map(|g| std::str::from_utf8(g).unwrap()).collect();
    if first > 0 {
        groups.insert(0, &digits[..first]);
    }
    groups.join(",")
}

#[test]
fn every_bound_is_listed() {
    let text = document();
    let section = text.split("\n## Bounds\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the section");
    let sizes = [
        bounds::MAX_SIGNERS,
        bounds::MAX_SIGNER_SETS,
        bounds::MAX_PACK_BYTES,
        bounds::MAX_ENTRIES,
        bounds::MAX_TX_BYTES,
        bounds::MAX_BLOCK_TXS,
        bounds::MAX_BLOCK_BYTES,
        bounds::MAX_EVIDENCE,
        bounds::BLOCK_OVERHEAD,
        bounds::MIN_BLOCK_BYTES,
        bounds::MAX_GENESIS_BYTES,
        bounds::MAX_VALIDATORS,
        bounds::MAX_HOLDS,
        bounds::MAX_HS_PER_CLASS,
        bounds::MAX_LINKS,
        bounds::MAX_FIELDS,
        bounds::MAX_FIELD_BYTES,
        ledger::state::MAX_RECORD_BYTES,
        ledger::list::MAX_PATH,
        ledger::tree::DEPTH,
    ];
    // Whole numbers: 8 is not found in 86,400,000.
    let words = section.split(|c: char| !c.is_ascii_digit() && c != ',').map(|word| word.trim_matches(','));
    let numbers: BTreeSet<&str> = words.collect();
    let times = [bounds::MAX_EXPIRY_MS, bounds::MAX_CUSTODY_EXPIRY_MS];
    for bound in sizes.iter().map(|n| *n as u64).chain(times) {
        assert!(numbers.contains(grouped(bound).as_str()), "{bound} is not in the section on bounds");
    }
}
