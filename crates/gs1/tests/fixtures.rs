//! Tests over the shared fixtures, which stay outside the project; each says so and passes where they are absent.
mod shared;

use gs1::{
    Elements, Gln, Gtin, HsCode, HsEdition, HsJurisdiction, ItemCode, Sscc, Unit, ai, check_digit, digital_link,
    parse_code,
};
use serde_json::Value;
use shared::{cases, fixture, text};

fn print_count(name: &str, applied: usize, all: usize) {
    println!("{name}: {applied} of {all} cases applied");
}

/// Which application identifiers GS1 has, so that a case is left out because of what it uses and not by name.
struct Dictionary(Vec<(String, String)>);

impl Dictionary {
    fn read() -> Option<Self> {
        let source = fixture("gs1/gs1-syntax-dictionary.txt")?;
        let lines = source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        let ranges = lines.map(|line| {
            let ai = line.split_whitespace().next().unwrap();
            let (first, last) = ai.split_once('-').unwrap_or((ai, ai));
            (first.to_owned(), last.to_owned())
        });
        Some(Self(ranges.collect()))
    }

    fn has(&self, ai: &str) -> bool {
        self.0.iter().any(|(first, last)| ai.len() == first.len() && (first.as_str()..=last.as_str()).contains(&ai))
    }

    /// Whether a token of `input` is an identifier of GS1 that the table does not have yet.
    fn beyond_table(&self, input: &str) -> bool {
        input.split(['(', ')', '/', '?', '&', '=', '#']).any(|token| self.has(token) && ai::find(token).is_none())
    }
}

fn default_settings(case: &Value) -> bool {
    case.get("settings").is_none_or(Value::is_null)
}

/// As the reference engine writes element strings: `^` for FNC1, one at the start.
fn caret_form(elements: &Elements) -> String {
    format!("^{}", elements.to_scan().replace('\u{1d}', "^"))
}

fn assert_outcome<E: std::fmt::Debug>(input: &str, case: &Value, found: Result<String, E>, expect: &str) {
    if case["ok"] == Value::Bool(true) {
        assert_eq!(found.as_deref().expect(input), expect, "{input:?}");
    } else {
        assert!(found.is_err(), "{input:?} must be refused, not read as {found:?}");
    }
}

#[test]
fn check_digits() {
    let Some(cases) = cases("gs1/check-digit-cases.json") else {
        return;
    };
    for case in &cases {
        let (value, valid) = (text(case, "value"), case["valid"] == Value::Bool(true));
        let number: u64 = value.parse().unwrap();
        assert_eq!(u64::from(check_digit(number / 10)) == number % 10, valid, "{case}");
        let read = match text(case, "ai") {
            "01" | "02" => Some(value.parse::<Gtin>().is_ok()),
            "00" => Some(value.parse::<Sscc>().is_ok()),
            "410" | "411" | "412" | "413" | "414" | "415" | "416" | "417" => Some(value.parse::<Gln>().is_ok()),
            _ => None,
        };
        assert!(read.is_none_or(|read| read == valid), "{case}");
    }
    print_count("check digits", cases.len(), cases.len());
    assert!(cases.len() >= 56);
}

#[test]
fn digital_links_are_read() {
    let (Some(cases), Some(dictionary)) = (cases("gs1/vectors/dl_parse.json"), Dictionary::read()) else {
        return;
    };
    let applicable = |case: &&Value| default_settings(case) && !dictionary.beyond_table(text(case, "input"));
    let applied: Vec<&Value> = cases.iter().filter(applicable).collect();
    for case in &applied {
        let input = text(case, "input");
        let found = digital_link::parse(input);
        assert_outcome(input, case, found.as_ref().map(caret_form), text(case, "expect"));
        if let (Ok(elements), Some(expect)) = (&found, case["engine"]["dl"].as_str()) {
            assert_eq!(digital_link::format(elements).as_deref(), Ok(expect), "{input}");
        }
    }
    print_count("digital links read", applied.len(), cases.len());
    assert!(applied.len() >= 39);
}

#[test]
fn digital_links_of_logistic_units_are_codes() {
    let Some(cases) = cases("gs1/vectors/dl_parse.json") else {
        return;
    };
    let of_unit = |case: &&Value| default_settings(case) && text(case, "expect").starts_with("^00");
    let applied: Vec<&Value> = cases.iter().filter(of_unit).collect();
    for case in &applied {
        let input = text(case, "input");
        let sscc: Sscc = text(case, "expect")[3..21].parse().unwrap();
        assert_eq!(parse_code(input), Ok(ItemCode::Unit { sscc }), "{input}");
    }
    print_count("digital links of logistic units", applied.len(), cases.len());
    assert!(applied.len() >= 4);
}

#[test]
fn digital_links_are_written() {
    let (Some(cases), Some(dictionary)) = (cases("gs1/vectors/dl_generate.json"), Dictionary::read()) else {
        return;
    };
    let applicable = |case: &&Value| default_settings(case) && !dictionary.beyond_table(text(case, "ai"));
    let applied: Vec<&Value> = cases.iter().filter(applicable).collect();
    for case in &applied {
        let input = text(case, "ai");
        let found = Elements::parse_bracketed(input).and_then(|elements| digital_link::format(&elements));
        let stem = case["stem"].as_str().unwrap_or(digital_link::CANONICAL_STEM);
        let expect = text(case, "expect").replacen(stem, digital_link::CANONICAL_STEM, 1);
        assert_outcome(input, case, found, &expect);
    }
    print_count("digital links written", applied.len(), cases.len());
    assert!(applied.len() >= 6);
}

#[test]
fn units_are_current_codes_with_their_names() {
    let Some(source) = fixture("codes/unece-rec20-rev17-units.csv") else {
        return;
    };
    for unit in Unit::all() {
        let columns = |line: &str| line.splitn(4, ',').map(str::to_owned).collect::<Vec<_>>();
        let row = source.lines().map(columns).find(|row| row.get(1).map(String::as_str) == Some(unit.as_str()));
        let row = row.unwrap_or_else(|| panic!("{unit} is not in the recommendation"));
        // Status: X deleted, D deprecated, empty current.
        assert_eq!((row[0].as_str(), row[2].as_str()), ("", unit.english()), "{unit}");
    }
}

#[test]
fn wco_subheadings_are_read_and_others_are_not() {
    let Some(source) = fixture("hs/harmonized-system-2022.csv") else {
        return;
    };
    let mut read = 0;
    for line in source.lines() {
        let Some(digits) = line.split(',').nth(1).filter(|code| code.len() == 6) else {
            continue;
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let found = HsCode::new(HsJurisdiction::Wco, HsEdition::Hs2022, digits);
        assert_eq!(found.is_ok(), !digits.starts_with("99"), "{digits}");
        read += 1;
    }
    println!("subheadings: {read} read");
    assert!(read > 5_600);
}
