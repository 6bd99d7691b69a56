//! `docs/rules.md` says of each rule where it stands in the code and which test shows it: both must exist.

mod repo;

use std::collections::BTreeSet;
use std::fs;

/// Rules of the regulation that a ledger can carry; R30 and R31 are in no source.
const RULES: [u8; 31] =
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 32, 33];

/// A row of the table: the rule, and the places that its code and test columns name, as `file::name`.
struct Row {
    rule: u8,
    code: Vec<String>,
    tests: Vec<String>,
}

/// What stands between backticks and holds `::`.
fn places(cell: &str) -> Vec<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.filter(|text| text.contains("::")).map(str::to_owned).collect()
}

fn rows(text: &str) -> Vec<Row> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    let row = |line: &str| {
        let cells = cells(line);
        let rule = cells.first()?.strip_prefix('R')?.parse().ok()?;
        Some(Row { rule, code: places(cells.get(3)?), tests: places(cells.get(4)?) })
    };
    text.lines().filter(|line| line.starts_with("| R")).filter_map(row).collect()
}

/// Whether a file of the repository defines something of this name.
fn defines(place: &str) -> bool {
    let Some((file, name)) = place.split_once("::") else { return false };
    let Ok(text) = fs::read_to_string(repo::root().join(file)) else { return false };
    // A scenario is a file with a title; anything else is a function, a type or a table.
    if file.ends_with(".toml") {
        return text.contains(name);
    }
    ["fn ", "struct ", "enum ", "const "].iter().any(|word| {
        text.match_indices(&format!("{word}{name}"))
            .any(|(at, found)| !text[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

#[test]
fn every_rule_has_code_and_a_test() {
    let text = fs::read_to_string(repo::root().join("docs/rules.md")).expect("docs/rules.md");
    let rows = rows(&text);
    let told: BTreeSet<u8> = rows.iter().map(|row| row.rule).collect();
    let mut findings: Vec<String> =
        RULES.iter().filter(|rule| !told.contains(rule)).map(|rule| format!("R{rule} has no row")).collect();
    for Row { rule, code, tests } in &rows {
        if code.is_empty() {
            findings.push(format!("R{rule} names no code"));
        }
        if tests.is_empty() {
            findings.push(format!("R{rule} names no test"));
        }
        let missing = code.iter().chain(tests).filter(|place| !defines(place));
        findings.extend(missing.map(|place| format!("R{rule} names {place}, which is not there")));
    }
    repo::report("docs/rules.md:", &findings);
}
