use super::*;
use proptest::prelude::*;

fn check(text: &str, expected: Result<&str, EpcisError>) {
    let found = parse(text.as_bytes()).map(|value| value.to_string());
    assert_eq!(found, expected.map(str::to_owned), "{text}");
}

fn code(bytes: &[u8]) -> &'static str {
    parse(bytes).map_or_else(|error| error.code(), |_| "read")
}

#[test]
fn values_are_read_as_they_are_written() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10.50",
        "1e3",
        "-1.0E-07",
        "123456789012345678901234567890",
        "\"\"",
        "[]",
        "{}",
        "[1,[2,[]],{\"a\":[]}]",
        "{\"b\":1,\"a\":{\"b\":2}}",
    ] {
        check(text, Ok(text));
    }
    check(" \t\r\n{ \"a\" : [ 1 , 2 ] } ", Ok("{\"a\":[1,2]}"));
    check("\u{feff}{\"血\":\"\u{7f}\"}", Ok("{\"血\":\"\u{7f}\"}"));
}

#[test]
fn escapes_are_read() {
    let value = parse(br#""\"\\\/\b\f\n\r\t\u0041\u8840\ud83d\ude00\u00e9""#).unwrap();
    assert_eq!(value.as_text(), Some("\"\\/\u{8}\u{c}\n\r\tA血😀é"));
}

#[test]
fn what_is_no_json_is_refused_where_it_stands() {
    let at = |line, column, expected, found: &str| {
        Err(EpcisError::Syntax { line, column, expected, found: found.to_owned() })
    };
    check("", at(1, 1, "a value", "the end"));
    check("{\n \"a\": }", at(2, 7, "a value", "'}'"));
    check("{a: 1}", at(1, 2, "the name of a member", "'a'"));
    check("{\"a\" 1}", at(1, 6, "a colon", "'1'"));
    check("{\"a\":1,}", at(1, 8, "the name of a member", "'}'"));
    check("[1,]", at(1, 4, "a value", "']'"));
    check("[1 2]", at(1, 4, "a comma or the end of the array", "'2'"));
    check("[1", at(1, 3, "a comma or the end of the array", "the end"));
    check("{\"a\":1", at(1, 7, "a comma or the end of the object", "the end"));
    check("\"血", at(1, 3, "a quotation mark", "the end"));
    check("\"\\x\"", at(1, 3, "a letter that follows a backslash", "'x'"));
    check("\"\\u12g4\"", at(1, 6, "a hexadecimal digit", "'g'"));
    check("01", at(1, 2, "the end of the document", "'1'"));
    check("1.", at(1, 3, "a digit", "the end"));
    check("-", at(1, 2, "a digit", "the end"));
    check("1e+", at(1, 4, "a digit", "the end"));
    check("+1", at(1, 1, "a value", "'+'"));
    check("nul", at(1, 1, "a value", "'n'"));
    check("{} {}", at(1, 4, "the end of the document", "'{'"));
    check("'a'", at(1, 1, "a value", "'\\''"));
    check("[1] // x", at(1, 5, "the end of the document", "'/'"));
}

#[test]
fn a_name_stands_once_in_an_object() {
    let at = |line, column| Err(EpcisError::Duplicate { line, column, found: "a".to_owned() });
    check("{\"a\":1,\n\"a\":1}", at(2, 1));
    check("[{\"x\":{\"a\":1,\"\\u0061\":2}}]", at(1, 14));
    check(
        "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}",
        Ok("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}"),
    );
}

#[test]
fn characters_that_no_text_holds_are_refused() {
    for text in
        ["\"\u{1}\"", "\"\n\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud83dx\""]
    {
        assert_eq!(code(text.as_bytes()), "H1506", "{text:?}");
    }
    assert_eq!(code(b"\"\0\""), "H1506");
    assert_eq!(code(b"\"\xED\xA0\x80\""), "H1501");
    assert_eq!(code(b"{\"a\":\"\xFF\"}"), "H1501");
    assert_eq!(code(b"\xFF\xFE{\0}\0"), "H1501");
}

#[test]
fn bounds_hold_at_their_value_and_not_one_past_it() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(code(nested(MAX_DEPTH).as_bytes()), "read");
    assert_eq!(code(nested(MAX_DEPTH + 1).as_bytes()), "H1502");
    assert_eq!(code("[".repeat(10_000).as_bytes()), "H1502");
    assert_eq!(code("{\"a\":".repeat(10_000).as_bytes()), "H1502");

    let members = |count: usize| {
        let members: Vec<String> = (0..count).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_eq!(code(members(MAX_MEMBERS).as_bytes()), "read");
    assert_eq!(code(members(MAX_MEMBERS + 1).as_bytes()), "H1503");

    // The array is a value too.
    let values = |count: usize| format!("[{}]", vec!["0"; count - 1].join(","));
    assert_eq!(code(values(MAX_VALUES).as_bytes()), "read");
    assert_eq!(code(values(MAX_VALUES + 1).as_bytes()), "H1503");

    let events = |count: usize| format!("{{\"epcisBody\":{{\"eventList\":[{}]}}}}", vec!["{}"; count].join(","));
    assert_eq!(code(events(MAX_EVENTS).as_bytes()), "read");
    assert_eq!(code(events(MAX_EVENTS + 1).as_bytes()), "H1503");
}

#[test]
fn places_of_events_are_those_of_the_bytes() {
    let slices = |text: &str| {
        let read = read(text.as_bytes()).unwrap();
        let of = |ranges: Vec<Range<usize>>| ranges.into_iter().map(|r| text[r].to_owned()).collect::<Vec<_>>();
        (text[read.whole].to_owned(), of(read.captured), of(read.queried))
    };
    let text = "\u{feff} {\"epcisBody\": {\"eventList\": [ { \"a\":1.0 } ,{\"eventList\":[{}]}, 7]}} ";
    let (whole, captured, queried) = slices(text);
    assert_eq!(whole, text.trim_start_matches('\u{feff}').trim());
    assert_eq!(captured, ["{ \"a\":1.0 }", "{\"eventList\":[{}]}"]);
    assert!(queried.is_empty());

    let text = r#"{"epcisBody":{"queryResults":{"resultsBody":{"eventList":[{"x":"血"}, {}]}}},"eventList":[{}]}"#;
    let (_, captured, queried) = slices(text);
    assert!(captured.is_empty());
    assert_eq!(queried, [r#"{"x":"血"}"#, "{}"]);
}

#[test]
fn numbers_are_known() {
    for text in ["0", "-1", "1.5", "1e3", "0.10"] {
        assert!(is_number(text), "{text}");
    }
    for text in ["", "+1", "01", ".5", "5.", "1 ", "1e", "0x1", "NaN", "-"] {
        assert!(!is_number(text), "{text}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn nothing_that_looks_like_json_panics(text in "[\\[\\]{}\",:\\\\u0-9a-f.+\\-eE \u{8840}\u{1}]{0,60}") {
        let _ = parse(text.as_bytes());
    }

    /// What is read is written, and read again as the same.
    #[test]
    fn what_is_read_is_written(text in "[\\[\\]{}\",:0-9a.\\- ]{0,24}") {
        if let Ok(value) = parse(text.as_bytes()) {
            prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
        }
    }
}
