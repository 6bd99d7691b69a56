use super::*;

/// Reads `input` and prints it bracketed, or gives the code of the error.
fn check(input: &str, expect: Result<&str, &str>) {
    let found = Elements::parse(input);
    let found = found.as_ref().map(Elements::to_bracketed).map_err(CodeError::code);
    assert_eq!(found, expect.map(str::to_owned), "{input:?}");
}

#[test]
fn bracketed() {
    check("(01)09521234543213(10)L1", Ok("(01)09521234543213(10)L1"));
    check("(10)L1(01)09521234543213", Ok("(10)L1(01)09521234543213"));
    check("(01) 09521234543213 (10) L1 ", Ok("(01)09521234543213(10)L1"));
    check("(10)A\\(1)(21)2", Ok("(10)A\\(1)(21)2"));
    check("(3103)000195(422)156(95)x", Ok("(3103)000195(422)156(95)x"));
    check("(01)09521234543213(01)09521234543213", Ok("(01)09521234543213"));
    check("(10)A(10)B", Err("H1112"));
    check("(1A)12345", Err("H1110"));
    check("()12345", Err("H1110"));
    check("(235)X", Err("H1110"));
    check("(15", Err("H1111"));
    check("((01))", Err("H1110"));
    check("(10)(11)987654", Err("H1210"));
    check("(10)12345^", Err("H1211"));
    check("(10)A\\B", Err("H1211"));
    check("(21)123456789012345678901", Err("H1212"));
    check("(30)123456789", Err("H1113"));
    check("(30)1x", Err("H1114"));
    check("(01)9521234543213", Err("H1113"));
    check("(01)0952123454321X", Err("H1201"));
    check("(01)09521234543214", Err("H1203"));
    check("(00)006141411234567891", Err("H1206"));
    check("(414)9580000000014", Err("H1209"));
    check("(10)批号", Err("H1104"));
}

#[test]
fn dates() {
    check("(17)240229", Ok("(17)240229"));
    check("(17)230200", Ok("(17)230200"));
    check("(17)230229", Err("H1115"));
    check("(17)231301", Err("H1115"));
    check("(17)230001", Err("H1115"));
    check("(17)230431", Err("H1115"));
    check("(17)23043", Err("H1113"));
    check("(17)2304xx", Err("H1114"));
}

#[test]
fn scans() {
    let expect = Ok("(01)09521234543213(10)L1(21)7");
    check("010952123454321310L1\u{1d}217", expect);
    check("010952123454321310L1^]217", expect);
    check("\u{1d}010952123454321310L1\u{1d}217", expect);
    check("0109521234543213\u{1d}10L1\u{1d}217\u{1d}", expect);
    for prefix in GS1_SYMBOLOGIES {
        check(&format!("{prefix}010952123454321310L1\u{1d}217"), expect);
    }
    check("4221569512", Err("H1113"));
    check("422156\u{1d}9512", Ok("(422)156(95)12"));
    check("]Q1010952123454321310L1", Err("H1116"));
    check("]X", Err("H1116"));
    check("]d2", Err("H1102"));
    check("", Err("H1102"));
    check("\u{1d}", Err("H1102"));
    check("\u{1d}\u{1d}10L1", Err("H1117"));
    check("10L1\u{1d}\u{1d}217", Err("H1117"));
    check("0109521234\u{1d}10L1", Err("H1113"));
    check("0109521234", Err("H1113"));
    check("89X", Err("H1110"));
    check("8", Err("H1110"));
    check("10", Err("H1210"));
    check("10L 1", Err("H1211"));
    check(&format!("10{}", "x".repeat(511)), Err("H1101"));
}

#[test]
fn error_points_at_the_place() {
    assert_eq!(
        Elements::parse("010952123454321389X"),
        Err(CodeError::UnknownAi { input: "010952123454321389X".into(), position: 16, ai: "89".into() })
    );
    assert_eq!(
        Elements::parse("(10)A(89)X"),
        Err(CodeError::UnknownAi { input: "(10)A(89)X".into(), position: 6, ai: "89".into() })
    );
}

#[test]
fn writes_a_separator_only_where_needed() {
    let elements = Elements::from_pairs([("10", "L1"), ("17", "270100"), ("422", "156"), ("21", "7")]).unwrap();
    assert_eq!(elements.to_scan(), "10L1\u{1d}17270100422156\u{1d}217");
    assert_eq!(elements.lot().unwrap().as_str(), "L1");
    assert_eq!(elements.serial().unwrap().as_str(), "7");
    assert_eq!((elements.gtin(), elements.sscc()), (None, None));
    assert_eq!(elements.iter().map(|element| element.rule().title).next(), Some("BATCH/LOT"));
}
