use super::*;

fn check(input: &str, expect: Result<(Symbology, &str), &str>) {
    let found = read(input);
    let found = found.as_ref().map(|scan| (scan.symbology.unwrap(), scan.message())).map_err(CodeError::code);
    assert_eq!(found, expect.map(|(symbology, message)| (symbology, message.to_owned())), "{input:?}");
}

#[test]
fn every_kind_of_symbol_is_read() {
    check("]d2010952123454321310L1\u{1d}217", Ok((Symbology::DataMatrix, "^010952123454321310L1^217")));
    check("]d1L1", Ok((Symbology::DataMatrix, "L1")));
    check("]Q310L1\u{1d}", Ok((Symbology::QrCode, "^10L1")));
    check("]Q1批号", Ok((Symbology::QrCode, "批号")));
    check("]J1\u{1d}10L1", Ok((Symbology::DotCode, "^10L1")));
    check("]J0\\\\^x", Ok((Symbology::DotCode, "\\\\\\^x")));
    check("]C100006141411234567890", Ok((Symbology::Gs1128, "^00006141411234567890")));
    check("]e0010952123454321310L1", Ok((Symbology::DataBarExpanded, "^010952123454321310L1")));
    check("]E09521234543213", Ok((Symbology::Ean13, "9521234543213")));
    check("]E00416000336108", Ok((Symbology::Ean13, "0416000336108")));
    check("]E402345673|]e010L1", Ok((Symbology::Ean8, "02345673|^10L1")));
    check("]I109521234543213", Ok((Symbology::Itf14, "09521234543213")));
    let link = "https://a/01/09521234543213/10/L1";
    check(&format!("]Q1{link}"), Ok((Symbology::QrCode, link)));
    check(&format!("]d1{link}"), Ok((Symbology::DataMatrix, link)));
}

#[test]
fn faults_have_their_own_codes() {
    check("", Err("H1127"));
    check("]X", Err("H1127"));
    check("010952123454321310L1", Err("H1127"));
    check("]批", Err("H1127"));
    check("]XX", Err("H1116"));
    check("]C0AB", Err("H1116"));
    check("]d2", Err("H1102"));
    check("]d210L1\u{1d}\u{1d}217", Err("H1117"));
    check("]d210批", Err("H1104"));
    check("]E0952123454321", Err("H1128"));
    check("]E0095212345432130", Err("H1128"));
    check("]E095212345432X3", Err("H1201"));
    check("]E09521234543214", Err("H1203"));
    check("]E09521234543213|]e0", Err("H1102"));
    check("]E09521234543213|10L1", Err("H1128"));
    check("]I109521234543213|]e010L1", Err("H1128"));
    check("]Q1https://a/nothing", Err("H1134"));
    check(&format!("]d1{}", "x".repeat(510)), Err("H1101"));
}

#[test]
fn a_fault_is_shown_at_its_place_in_the_scan() {
    let error = read("]d210L1\u{1d}89X").unwrap_err();
    assert_eq!(error.caret(), Some(("]d210L1\u{1d}89X", 8)));
}

#[test]
fn digits_are_a_gtin_where_that_is_asked() {
    let elements = |input: &str| read(input).and_then(|scan| scan.elements()).map(|elements| elements.to_bracketed());
    assert_eq!(elements("]E09521234543213").unwrap(), "(01)09521234543213");
    assert_eq!(elements("]E00416000336108").unwrap(), "(01)00416000336108");
    assert_eq!(elements("]E402345673|]e010L1").unwrap(), "(01)00000002345673(10)L1");
    assert_eq!(elements("]I109521234543213").unwrap(), "(01)09521234543213");
    assert_eq!(elements("]Q1https://a/01/09521234543213/10/L1").unwrap(), "(01)09521234543213(10)L1");
    assert_eq!(elements("]d210L1").unwrap(), "(10)L1");
    assert_eq!(elements("]d110L1").map_err(|error| error.code()), Err("H1129"));
    let other = elements("]E402345673|]e00109521234543213");
    assert_eq!(other.map_err(|error| error.code()), Err("H1112"));
}

#[test]
fn a_keyboard_types_separators_or_drops_them() {
    let check = |input: &str, wedge: Wedge, expect: Result<&str, &str>| {
        let found = read_typed(input, wedge);
        let found = found.as_ref().map(Scan::message).map_err(CodeError::code);
        assert_eq!(found, expect.map(str::to_owned), "{input:?} {wedge:?}");
    };
    for wedge in [Wedge::TypesSeparators, Wedge::DropsSeparators] {
        check("]d2010952123454321310L1^]217\r\n", wedge, Ok("^010952123454321310L1^217"));
        check("010952123454321310L1\u{1d}217\r\n", wedge, Ok("^010952123454321310L1^217"));
        check("^]10L1", wedge, Ok("^10L1"));
        check("https://a/01/09521234543213", wedge, Ok("https://a/01/09521234543213"));
        check("LOT 1", wedge, Ok("LOT 1"));
        check("]E09521234543213\r", wedge, Ok("9521234543213"));
        check("01095212345432131727013110AB", wedge, Ok("^01095212345432131727013110AB"));
        // The lot has 25 characters, or the first 17 of them and serial 217.
        check("10ABCDEFGHIJKLMNOPQ217ZYXWV", wedge, Err("H1126"));
        check(" \r\n", wedge, Err("H1102"));
    }
    // A lot L117270131, or lot L1 and an expiry.
    check("010952123454321310L117270131", Wedge::TypesSeparators, Ok("^010952123454321310L117270131"));
    check("010952123454321310L117270131", Wedge::DropsSeparators, Err("H1126"));
    let error = read_typed("010952123454321310L117270131", Wedge::DropsSeparators).unwrap_err();
    assert_eq!(error.caret().map(|(_, position)| position), Some(18));
    // With one separator there, the scanner types them.
    check("010952123454321310L117270131^]217", Wedge::DropsSeparators, Ok("^010952123454321310L117270131^217"));
}

#[test]
fn every_kind_of_symbol_is_written() {
    let check = |symbology: Symbology, message: &str, expect: Result<&str, &str>| {
        let found = write(symbology, message);
        assert_eq!(found.as_deref().map_err(CodeError::code), expect, "{symbology:?} {message:?}");
    };
    check(Symbology::DataMatrix, "^10L1^217", Ok("]d210L1\u{1d}217"));
    check(Symbology::DataMatrix, "^10L 1", Err("H1211"));
    check(Symbology::QrCode, "", Ok("]Q1"));
    check(Symbology::QrCode, "\\^10L1", Ok("]Q1^10L1"));
    check(Symbology::QrCode, "\\x", Ok("]Q1\\x"));
    check(Symbology::DotCode, "^10L1", Ok("]J110L1"));
    check(Symbology::Gs1128, "^0109521234543213|^10L1", Ok("]e0010952123454321310L1"));
    check(Symbology::Gs1128, "^10L1|^217", Ok("]e010L1\u{1d}217"));
    check(Symbology::Gs1128, "10L1", Err("H1128"));
    check(Symbology::DataBarExpanded, "^10L1", Ok("]e010L1"));
    check(Symbology::DataBar, "95212345432131", Err("H1203"));
    check(Symbology::DataBar, "^0109521234543213", Ok("]e00109521234543213"));
    check(Symbology::DataBar, "9521234543213", Err("H1128"));
    check(Symbology::DataBarLimited, "09521234543213|^10L1", Ok("]e0010952123454321310L1"));
    check(Symbology::DataBarLimited, "20000000000004", Err("H1128"));
    check(Symbology::Ean13, "9521234543213", Ok("]E09521234543213"));
    check(Symbology::UpcA, "416000336108|^10L1", Ok("]E00416000336108|]e010L1"));
    check(Symbology::Ean8, "02345673", Ok("]E402345673"));
    check(Symbology::Ean8, "02345673|10L1", Err("H1117"));
    check(Symbology::Itf14, "09521234543213", Ok("]I109521234543213"));
    check(Symbology::Itf14, "09521234543213|^10L1", Err("H1128"));
}

#[test]
fn what_is_written_reads_back() {
    for symbology in Symbology::ALL {
        for message in ["^0109521234543213", "09521234543213", "9521234543213", "02345673", "x", "\\\\^x", "^10L1^217"]
        {
            let Ok(scan) = write(symbology, message) else { continue };
            let found = read(&scan).unwrap();
            let as_element = format!("^01{message}");
            assert!([message, as_element.as_str()].contains(&found.message().as_str()), "{symbology:?} {message}");
        }
    }
}
