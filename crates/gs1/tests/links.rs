//! Digital Links, EPC URIs and company prefixes over the shared fixtures, which stay outside the project (each test
//! says so and passes where they are absent), and properties over generated links.
mod shared;

use std::sync::LazyLock;

use gs1::prefix::PrefixTable;
use gs1::{CODES, CodeError, Elements, check_digit, digital_link, epc, percent};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::Value;
use shared::{cases, fixture, text};

fn has_setting(case: &Value, setting: &str) -> bool {
    case.get("settings").is_some_and(|settings| settings[setting] == Value::Bool(true))
}

/// As the reference engine writes element strings: `^` for FNC1, one at the start.
fn caret_form(elements: &Elements) -> String {
    format!("^{}", elements.to_scan().replace('\u{1d}', "^"))
}

// ---------------------------------------------------------------------------------------------------- Digital Links

/// Cases that come out otherwise, and why.
const PARSED_OTHERWISE: &[(usize, &str)] =
    &[(55, "the engine was told to let (89) pass; what GS1 has not defined cannot be checked, and is refused here")];

/// `ok` and `expect` are what the function that parses links should do; what the engine as a whole did stands in
/// `engine`: it takes a text that is no link (cases 0 and 6) for the data of a plain symbol, which is not asked for here.
#[test]
fn links_are_read() {
    let Some(cases) = cases("gs1/vectors/dl_parse.json") else {
        return;
    };
    let (mut read, mut refused) = (0, 0);
    for (index, case) in cases.iter().enumerate() {
        let input = text(case, "input");
        // With these settings the engine reads the spelling of versions 1.0 and 1.1 of the standard.
        let older = has_setting(case, "PermitZeroSuppressedGTINinDLuris") || has_setting(case, "ConvenienceAlphas");
        let found = if older {
            digital_link::read(input).map(|link| link.elements().clone())
        } else {
            digital_link::parse(input)
        };
        if PARSED_OTHERWISE.iter().any(|(other, _)| *other == index) {
            assert_eq!(found.map_err(|error| error.code()), Err("H1110"), "{index}: {input}");
            continue;
        }
        if case["ok"] != Value::Bool(true) {
            assert!(found.is_err(), "{index}: {input} must be refused, not read as {found:?}");
            refused += 1;
            continue;
        }
        let elements = found.unwrap_or_else(|error| panic!("{index}: {input}: {error}"));
        assert_eq!(caret_form(&elements), text(case, "expect"), "{index}: {input}");
        read += 1;
        let engine = &case["engine"];
        if engine.is_null() {
            continue;
        }
        assert_eq!(elements.to_bracketed(), text(engine, "ai"), "{index}: {input}");
        assert_eq!(digital_link::format(&elements).as_deref(), Ok(text(engine, "dl")), "{index}: {input}");
        let link = digital_link::read(input).unwrap();
        assert_eq!(link.canonical(), text(engine, "dl"), "{index}: {input}");
        assert_eq!(link.is_canonical(), text(engine, "dl") == input, "{index}: {input}");
        let ignored: Vec<&str> =
            engine["dl_ignored"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(link.aside(), ignored, "{index}: {input}");
    }
    assert_eq!((read, refused, PARSED_OTHERWISE.len(), cases.len()), (34, 23, 1, 58));
}

/// Cases that come out otherwise, and why.
const WRITTEN_OTHERWISE: &[(usize, &str)] =
    &[(8, "the engine was told to let (89) pass; what GS1 has not defined cannot be checked, and is refused here")];

#[test]
fn links_are_written() {
    let Some(cases) = cases("gs1/vectors/dl_generate.json") else {
        return;
    };
    let (mut written, mut refused) = (0, 0);
    for (index, case) in cases.iter().enumerate() {
        let input = text(case, "ai");
        let found = Elements::parse_bracketed(input).and_then(|elements| digital_link::format(&elements));
        if WRITTEN_OTHERWISE.iter().any(|(other, _)| *other == index) {
            assert_eq!(found.map_err(|error| error.code()), Err("H1110"), "{index}: {input}");
        } else if case["ok"] == Value::Bool(true) {
            // The engine writes any host; a canonical link has one.
            let stem = case["stem"].as_str().unwrap_or(digital_link::CANONICAL_STEM);
            let expect = text(case, "expect").replacen(stem, digital_link::CANONICAL_STEM, 1);
            assert_eq!(found, Ok(expect), "{index}: {input}");
            written += 1;
        } else {
            assert!(found.is_err(), "{index}: {input} must be refused, not written as {found:?}");
            refused += 1;
        }
    }
    assert_eq!((written, refused, WRITTEN_OTHERWISE.len(), cases.len()), (6, 3, 1, 10));
}

/// Text, and how it stands in a path and in a query.
fn arguments(case: &Value) -> [&str; 3] {
    let arguments: Vec<&str> = case["args"].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect();
    arguments.try_into().unwrap()
}

/// Cases whose form in a query comes out otherwise, and why.
const ESCAPED_OTHERWISE: &[(usize, &str)] = &[
    (0, "a blank in a query is written %20, as in a path: both are read as a blank, and one form is enough"),
    (1, "the same, at the end"),
];

#[test]
fn values_are_encoded() {
    let Some(cases) = cases("gs1/vectors/uri_escape.json") else {
        return;
    };
    for (index, case) in cases.iter().enumerate() {
        let [input, in_path, in_query] = arguments(case);
        assert_eq!(percent::encode(input), in_path, "{index}: {input}");
        let otherwise = ESCAPED_OTHERWISE.iter().any(|(other, _)| *other == index);
        assert_eq!(percent::encode(input) != in_query, otherwise, "{index}: {input}");
        // What the engine writes is read all the same.
        assert_eq!(percent::decode_query(in_query, 0, in_query).as_deref(), Ok(input), "{index}");
    }
    assert_eq!((cases.len(), ESCAPED_OTHERWISE.len()), (2, 2));
}

/// Cases that are refused (H1133), and why.
const UNESCAPED_OTHERWISE: &[(usize, &str)] = &[
    (2, "a percent sign that is cut off is a fault of the link, not a character of the value"),
    (3, "the same, at the end"),
    (5, "no value holds a byte outside ASCII; the engine refuses it later, by its set of characters"),
    (6, "the same, in capitals"),
    (9, "a percent sign without two hexadecimal digits is a fault of the link, not a character of the value"),
    (10, "the same, with a capital"),
    (11, "the same, with the wrong digit first"),
];

#[test]
fn values_are_decoded() {
    let Some(cases) = cases("gs1/vectors/uri_unescape.json") else {
        return;
    };
    for (index, case) in cases.iter().enumerate() {
        let [input, in_path, in_query] = arguments(case);
        let found = [percent::decode(input, 0, input), percent::decode_query(input, 0, input)];
        if UNESCAPED_OTHERWISE.iter().any(|(other, _)| *other == index) {
            let refused = found.iter().all(|found| found.as_ref().is_err_and(|error| error.code() == "H1133"));
            assert!(refused, "{index}: {input} must be refused, not read as {found:?}");
        } else {
            assert_eq!(found, [Ok(in_path.to_owned()), Ok(in_query.to_owned())], "{index}: {input}");
        }
    }
    assert_eq!((cases.len(), UNESCAPED_OTHERWISE.len()), (12, 7));
}

// --------------------------------------------------------------------------------------------------------- EPC URIs

#[test]
fn epc_uris_and_links_are_constrained() {
    let Some(cases) = cases("gs1/epc-uri-to-digital-link.json") else {
        return;
    };
    let (mut written, mut refused) = (0, 0);
    for (index, case) in cases.iter().enumerate() {
        let input = text(case, "input");
        let found = epc::to_digital_link(input);
        match case["expect"].as_str() {
            Some(expect) => {
                assert_eq!(found.as_deref(), Ok(expect), "{index}: {input}");
                assert_eq!(epc::to_digital_link(expect).as_deref(), Ok(expect), "{index}: the form is its own");
                written += 1;
            }
            None => {
                assert!(found.is_err(), "{index}: {input} must be refused, not written as {found:?}");
                refused += 1;
            }
        }
    }
    assert_eq!((written, refused, cases.len()), (62, 8, 70));
}

static PREFIXES: LazyLock<Option<(PrefixTable, Vec<(String, usize)>)>> = LazyLock::new(|| {
    let source = fixture("gs1/gcp-prefix-length-cn-hk-mo.csv")?;
    let row =
        |line: &str| line.split_once(',').map(|(prefix, length)| (prefix.to_owned(), length.parse::<usize>().unwrap()));
    Some((PrefixTable::read(&source).unwrap(), source.lines().skip(1).map(|line| row(line).unwrap()).collect()))
});

#[test]
fn the_table_says_what_its_lines_say() {
    let Some((table, rows)) = &*PREFIXES else {
        return;
    };
    for (prefix, length) in rows {
        assert_eq!(table.length_of(&format!("{prefix:0<12}")), Some(*length), "{prefix}");
    }
    assert_eq!((table.len(), rows.len()), (560, 560));
    assert_eq!(table.length_of("9521234543213"), None);
}

fn with_check_digit(digits: &str) -> String {
    format!("{digits}{}", check_digit(digits.parse().unwrap()))
}

/// Paths of links to everything that has an EPC URI. `company` is a company prefix, `digits` fill up keys, and `first`
/// is the indicator or extension digit.
fn paths(company: &str, digits: &str, first: u8, serial: &str, part: &str, number: &str) -> Vec<String> {
    let key = |total: usize| with_check_digit(&format!("{company}{digits}")[..total]);
    let led = |total: usize| with_check_digit(&format!("{first}{company}{digits}")[..total]);
    let serial = percent::encode(serial);
    let short = percent::encode(&part.chars().take(16).collect::<String>());
    let part = percent::encode(part);
    vec![
        format!("00/{}", led(17)),
        format!("01/{}", led(13)),
        format!("01/{}/10/{serial}", led(13)),
        format!("01/{}/21/{serial}", led(13)),
        format!("01/{}/22/v/10/L/21/{serial}?17=270131", led(13)),
        format!("01/{}/235/{serial}", led(13)),
        format!("253/{}", key(12)),
        format!("253/{}{short}", key(12)),
        format!("255/{}", key(12)),
        format!("255/{}{number}", key(12)),
        format!("401/{company}{part}"),
        format!("402/{}", key(16)),
        format!("414/{}", key(12)),
        format!("414/{}/254/x{short}", key(12)),
        format!("417/{}", key(12)),
        format!("8003/0{}", key(12)),
        format!("8003/0{}{short}", key(12)),
        format!("8004/{company}{part}"),
        format!("8006/{}0102", led(13)),
        format!("8006/{}0102/10/L/21/{serial}", led(13)),
        format!("8010/{company}A%23{number}"),
        format!("8010/{company}-%2F{number}/8011/{number}"),
        format!("8017/{}", key(17)),
        format!("8018/{}", key(17)),
    ]
}

// ------------------------------------------------------------------------------------------------------- properties

/// Found failures are kept in a file, to be committed with the fix; the path is relative to the crate.
fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/links.proptest-regressions"))),
        ..ProptestConfig::default()
    }
}

const SET_82: &str = "[!\"%-/0-9:-?A-Z_a-z]{1,20}";

/// What must be written as it is or percent-encoded in the path of a link.
const ENCODED_82: &str = "([!'()*+,.0-9:;=A-Z_a-z-]|%2[125-9a-fA-F]|%3[0-9a-fA-F]){1,20}";

/// Keys, each with the qualifiers of one of its sequences.
const SEQUENCES: &[(&str, &[&str])] =
    &[("01", &["22", "10", "21"]), ("01", &["235"]), ("414", &["254"]), ("8004", &[])];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn epc_uris_lead_back_to_their_links(
        row in any::<prop::sample::Index>(), fill in "[0-9]{12}", digits in "[0-9]{17}", first in 0..10_u8,
        serial in SET_82, part in "[!\"%-/0-9:-?A-Z_a-z]{1,18}", number in "[1-9][0-9]{0,11}",
    ) {
        let Some((table, rows)) = &*PREFIXES else { return Ok(()) };
        let (prefix, length) = &rows[row.index(rows.len())];
        let company = format!("{prefix}{fill}")[..*length].to_owned();
        for path in paths(&company, &digits, first, &serial, &part, &number) {
            let link = format!("https://example.com/{path}");
            let urn = epc::from_digital_link(&link, table);
            let urn = urn.map_err(|error| TestCaseError::fail(format!("{link}: {error}")))?;
            prop_assert!(urn.contains(&format!(":{company}.")), "{}", urn);
            let constrained = epc::to_digital_link(&link).unwrap();
            prop_assert_eq!(epc::to_digital_link(&urn), Ok(constrained.clone()), "{}", urn);
            prop_assert_eq!(epc::from_digital_link(&constrained, table), Ok(urn));
        }
    }

    #[test]
    fn written_links_are_read_back(
        body in 0..1_000_000_000_000_u64, values in proptest::collection::vec(SET_82, 4),
        there in proptest::collection::vec(any::<bool>(), 6), key in 0..SEQUENCES.len(),
    ) {
        let gln = with_check_digit(&format!("{body:012}"));
        let gtin = format!("{:014}", body * 10 + u64::from(check_digit(body)));
        let [a, b, c, d] = values.as_slice() else { unreachable!() };
        let (ai, qualifiers) = SEQUENCES[key];
        let value = match ai {
            "01" => gtin.clone(),
            "414" => gln,
            _ => format!("9521{a}"),
        };
        let qualifiers = qualifiers.iter().zip([a, b, c]).map(|(ai, value)| (*ai, value.as_str()));
        let attributes = [("02", gtin.as_str()), ("17", "270131"), ("95", d.as_str())];
        let some = qualifiers.chain(attributes).zip(&there).filter(|(_, there)| **there).map(|(pair, _)| pair);
        let elements = Elements::from_pairs(std::iter::once((ai, value.as_str())).chain(some)).unwrap();
        let link = digital_link::format(&elements).unwrap();
        prop_assert_eq!(digital_link::parse(&link), Ok(elements));
        prop_assert_eq!(digital_link::canonicalise(&link), Ok(link.clone()));
        prop_assert!(digital_link::read(&link).unwrap().is_canonical());
    }

    #[test]
    fn canonical_links_stay_as_they_are(
        host in "[a-z0-9.:-]{1,12}", stem in "(/[a-z0-9]{1,4}){0,2}", lot in ENCODED_82,
        query in "(&?(95|17|lang|10|x)=[%0-9a-z+]{0,8}){0,3}", fragment in "(#[a-z]{0,3})?",
    ) {
        let link = format!("https://{host}{stem}/01/09521234543213/10/{lot}?{query}{fragment}");
        if let Ok(canonical) = digital_link::canonicalise(&link) {
            prop_assert_eq!(digital_link::canonicalise(&canonical), Ok(canonical.clone()), "{}", link);
        }
    }

    #[test]
    fn no_text_panics_and_every_error_is_listed(input in ".{0,600}", tail in "[\\x1d()/?&=%.*:0-9A-Za-z-]{0,60}") {
        let table = PrefixTable::read("prefix,gcp_length\n9521,7\n").unwrap();
        let urns = ["", "urn:epc:id:", "urn:epc:id:sgtin:4012345.", "urn:epc:id:giai:4012345.", "urn:epc:idpat:"];
        let links = ["https://a/", "https://a/gtin/", "https://a/8004/9521"];
        for text in urns.iter().chain(&links).flat_map(|head| [format!("{head}{input}"), format!("{head}{tail}")]) {
            let errors: [Option<CodeError>; 5] = [
                digital_link::read(&text).err(),
                digital_link::canonicalise(&text).err(),
                epc::to_digital_link(&text).err(),
                epc::from_digital_link(&text, &table).err(),
                PrefixTable::read(&format!("prefix,gcp_length\n{text}")).err(),
            ];
            for error in errors.into_iter().flatten() {
                prop_assert!(CODES.contains(&(error.code(), error.title())));
                prop_assert!(error.caret().is_none_or(|(input, position)| position <= input.len()));
                prop_assert!(error.to_string().len() < 5_000);
            }
        }
    }
}
