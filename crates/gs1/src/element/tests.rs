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
    check("(235)X", Ok("(235)X"));
    check("(23)X", Err("H1110"));
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
    check("4221569512", Err("H1126"));
    check("42215688", Err("H1113"));
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

#[test]
fn identifiers_of_many_parts() {
    check("(8003)09521234543213A/1", Ok("(8003)09521234543213A/1"));
    check("(8003)09521234543213", Ok("(8003)09521234543213"));
    check("(8003)19521234543213", Err("H1154"));
    check("(8003)09521234543214", Err("H1150"));
    check("(8003)0952123454321", Err("H1113"));
    check("(253)9580000000015", Ok("(253)9580000000015"));
    check("(423)156528", Ok("(423)156528"));
    check("(423)1565", Err("H1113"));
    check("(423)156999", Err("H1153"));
    check("(426)157", Err("H1153"));
    check("(7003)2702282460", Err("H1152"));
    check("(7003)2702292359", Err("H1115"));
    check("(7003)2702282359", Ok("(7003)2702282359"));
    check("(7251)200002302359", Err("H1152"));
    check("(8008)27022823", Ok("(8008)27022823"));
    check("(8008)270228235960", Err("H1152"));
    check("(8008)2702282", Err("H1113"));
    check("(8010)95800000a", Err("H1114"));
    check("(8010)A", Err("H1157"));
    check("(8013)1987654Ad4X4bL5ttr2310c2L", Err("H1151"));
    check("(8030)AAE=", Err("H1114"));
    check("(4300)A%2g", Err("H1155"));
    check("(4331)000120-", Ok("(4331)000120-"));
    check("(4331)000120+", Err("H1114"));
    check("(8007)BE71096123456760", Err("H1156"));
    check("(8014)9580000K", Err("H1151"));
    check("(8110)7", Err("H1158"));
}

#[test]
fn the_place_of_a_fault_counts_from_the_beginning_of_the_value() {
    let caret = |input: &str| Elements::parse(input).unwrap_err().caret().map(|(_, position)| position);
    assert_eq!(caret("(8003)09521234543214"), Some(13));
    assert_eq!(caret("(423)156999"), Some(3));
    assert_eq!(caret("(7003)2702282460"), Some(6));
    assert_eq!(caret("(7003)2713282359"), Some(2));
    assert_eq!(caret("(17)270230"), Some(4));
    assert_eq!(caret("(8001)123412345X2398"), Some(9));
}

/// What labels could say when the origin was read as three digits, they can still say.
#[test]
fn an_origin_that_is_no_country_is_read_and_refused_by_the_check() {
    check("(01)09521234543213(422)999", Ok("(01)09521234543213(422)999"));
    check("(422)1x6", Err("H1114"));
    partners("(01)09521234543213(422)999", Err("H1153"));
    partners("(01)09521234543213(422)156", Ok(()));
}

/// Reads `input` and checks which identifiers stand together.
fn partners(input: &str, expect: Result<(), &str>) {
    let found = Elements::parse(input).unwrap().check();
    assert_eq!(found.as_ref().copied().map_err(CodeError::code), expect, "{input}");
}

#[test]
fn what_must_and_what_may_not_stand_together() {
    partners("(01)09521234543213(10)L1(17)270131", Ok(()));
    partners("(400)A", Ok(()));
    partners("(10)L1", Err("H1123"));
    partners("(01)09521234543213(37)1", Err("H1124"));
    partners("(02)09521234543213(37)1", Err("H1123"));
    partners("(00)006141411234567890(02)09521234543213(37)1", Ok(()));
    partners("(01)09521234543213(3103)000195", Ok(()));
    partners("(01)09521234543213(3103)000195(3102)001950", Err("H1124"));
    partners("(01)09521234543213(3925)12599", Err("H1123"));
    partners("(01)09521234543213(3925)12599(3295)654321", Ok(()));
    partners("(01)09521234543213(235)A(21)B", Err("H1124"));
    partners("(8030)AAE(253)9580000000015", Err("H1125"));
    partners("(8030)AAE(253)95800000000151", Ok(()));
}

#[test]
fn a_missing_partner_is_named() {
    let error = Elements::parse("(250)A(01)09521234543213").unwrap().check().unwrap_err();
    let (ai, input) = ("250".to_owned(), "(250)A(01)09521234543213".to_owned());
    assert_eq!(error, CodeError::AiMissing { ai, input, expected: "01+21, 03+21, 8006+21".to_owned() });
}

#[test]
fn carets() {
    let elements = Elements::parse_caret("^010952123454321310L1^21(7)^").unwrap();
    assert_eq!(elements.to_caret(), "^010952123454321310L1^21(7)");
    assert_eq!(elements.to_bracketed(), "(01)09521234543213(10)L1(21)\\(7)");
    let code = |input: &str| Elements::parse_caret(input).unwrap_err().code();
    assert_eq!(code(""), "H1102");
    assert_eq!(code("^"), "H1102");
    assert_eq!(code("10L1"), "H1117");
    assert_eq!(code("^10L1^^217"), "H1117");
    assert_eq!(code("^891"), "H1110");
    let error = Elements::parse_caret("^10L1^89X").unwrap_err();
    assert_eq!(error, CodeError::UnknownAi { input: "^10L1^89X".into(), position: 6, ai: "89".into() });
}

#[test]
fn a_lost_separator_is_said_where_a_value_cannot_go_on() {
    // 10 behind 422 156; 21 behind a lot of more than 20 characters.
    check("42215610L1", Err("H1126"));
    check(&format!("10{}217", "A".repeat(20)), Err("H1126"));
    check(&format!("10{}", "A".repeat(21)), Err("H1210"));
    check("010952123454321310L117270131", Ok("(01)09521234543213(10)L117270131"));
    let error = Elements::parse("010952123454321342215610L1").unwrap_err();
    assert_eq!(error.caret(), Some(("010952123454321342215610L1", 19)));
}
