use super::*;

fn check(name: &str, data: &str, expect: Result<(), &str>) {
    let found = lint(name, data);
    assert_eq!(found.as_ref().copied().map_err(CodeError::code), expect, "{name} {data:?}");
}

fn good(name: &str, all: &[&str]) {
    all.iter().for_each(|data| check(name, data, Ok(())));
}

fn bad(name: &str, code: &str, all: &[&str]) {
    all.iter().for_each(|data| check(name, data, Err(code)));
}

#[test]
fn names_are_unique_and_in_order() {
    assert_eq!(Linter::ALL.len(), 43);
    assert!(Linter::ALL.is_sorted_by(|a, b| a.name() < b.name()));
    check("cset40", "1", Err("H1160"));
    check(&"c".repeat(513), "1", Err("H1101"));
    check("cset82", &"1".repeat(513), Err("H1101"));
}

#[test]
fn no_text_makes_a_linter_panic() {
    for linter in Linter::ALL {
        for data in ["", "0", "é", "éé", "ééé0", "0é/é", "%é", "%0é", "]é\u{1d}", "1234567890é", "BE71096é23456769"]
        {
            if let Err(error) = lint(linter.name(), data) {
                assert!(error.caret().is_none_or(|(input, position)| input.is_char_boundary(position)), "{error}");
            }
        }
    }
}

// What the shared vectors leave out.

#[test]
fn lists() {
    good("iso4217", &["156", "344", "446", "978", "999"]);
    bad("iso4217", "H1153", &["000", "157", "15", "1560", "CNY", ""]);
    good("iso3166list", &["156", "156344446"]);
    bad("iso3166list", "H1153", &["", "15", "1561", "156000"]);
    good("iso3166999", &["156", "999"]);
    good("iso5218", &["0", "1", "2", "9"]);
    bad("iso5218", "H1153", &["", "3", "01"]);
    good("winding", &["0", "1", "9"]);
    bad("winding", "H1153", &["", "2", "00"]);
    good("yesno", &["0", "1"]);
    bad("yesno", "H1153", &["", "2", "01"]);
    good("packagetype", &["1A", "200", "8", "APE", "X20", "ZZ"]);
    bad("packagetype", "H1153", &["", "0", "1a", "1A ", "ZZZ", "1A 1B"]);
    good("mediatype", &["01", "10", "80", "99"]);
    bad("mediatype", "H1153", &["00", "11", "79", "0", "100"]);
}

#[test]
fn numbers() {
    good("latitude", &["0000000000", "0279085848", "1800000000"]);
    bad("latitude", "H1154", &["1800000001"]);
    bad("latitude", "H1113", &["", "027908584", "02790858481"]);
    bad("latitude", "H1114", &["02790858x8"]);
    good("longitude", &["0000000000", "3015297971", "3600000000"]);
    bad("longitude", "H1154", &["3600000001"]);
    good("nozeroprefix", &["", "1", "10", "1234567890"]);
    bad("nozeroprefix", "H1154", &["0", "01"]);
    bad("nozeroprefix", "H1114", &["9A"]);
    good("posinseqslash", &["1/10", "9/10"]);
    bad("posinseqslash", "H1154", &["1/02", "01/2", "10/9", "x/y"]);
}

#[test]
fn times() {
    good("hhmmss", &["000000", "235959"]);
    bad("hhmmss", "H1152", &["240000", "006000", "000060"]);
    good("yymmddhh", &["24022923"]);
    bad("yymmddhh", "H1152", &["24022924"]);
    bad("yymmddhh", "H1115", &["23022923"]);
    good("yyyymmd0", &["20200600", "20000229", "24000229"]);
    bad("yyyymmd0", "H1152", &["21000229", "20201300"]);
    bad("yyyymmdd", "H1152", &["20200600"]);
    good("yyyymmddhh", &["2024022923"]);
    bad("yyyymmddhh", "H1152", &["2024022924", "2023022923"]);
    bad("yymmdd", "H1115", &["200600"]);
}

#[test]
fn keys() {
    good("gcppos1", &["0123", "01234", "0123A"]);
    bad("gcppos1", "H1157", &["", "012", "012A", "A123"]);
    good("gcppos2", &["00123", "00123A"]);
    bad("gcppos2", "H1157", &["", "0", "0012", "A0123", "0A123"]);
    good(
        "iban",
        &["FR7630006000011234567890189", "DE91100000000123456789", "CH5604835012345678009", "BE71096123456769"],
    );
    bad("iban", "H1156", &["BE71096123456760", "XX361234567890"]);
    bad("iban", "H1113", &["", "BE71096123"]);
    bad("iban", "H1114", &["LC14BOSLxx3456789012345678901230", "BE7-096123456769"]);
    good("csumalpha", &["22", "!22", "12345_abcdefghijklmN3", "00000!HV"]);
    bad("csumalpha", "H1151", &["1987654Ad4X4bL5ttr2310cXK", "12345678901234567890123N "]);
    good("hyphen", &["-", "--"]);
    bad("hyphen", "H1114", &["x", "-x"]);
    bad("hyphen", "H1113", &[""]);
    bad("importeridx", "H1113", &["", "AA"]);
    bad("hasnondigit", "H1159", &[""]);
}

#[test]
fn the_expected_check_digit_is_told() {
    let error = lint("csum", "416000336109").unwrap_err();
    let (ai, input) = ("csum".to_owned(), "416000336109".to_owned());
    assert_eq!(error, CodeError::ElementCheckDigit { ai, input, position: 11, expected: 8, found: 9 });
    let error = lint("csumalpha", "1987654Ad4X4bL5ttr2310c2L").unwrap_err();
    let (ai, input) = ("csumalpha".to_owned(), "1987654Ad4X4bL5ttr2310c2L".to_owned());
    assert_eq!(error, CodeError::ElementCheckPair { ai, input, position: 23, expected: "2K".to_owned() });
}

#[test]
fn coupons() {
    const SHORT: &str = "012345612345611110123";
    good(
        "couponcode",
        &[
            SHORT,
            // From the guideline: plain, with two more purchases and dates, with a start, with a serial and a retailer.
            "10614141011111275110111",
            "106141410222223100110222111101231023456721104561045678991201",
            "1061414165432131501101201211014092110256100126663101231",
            "106141410012471011076011110850921108609310123191000",
            "106141411234562891101201212085010048000214025610048000310123191000",
            "106141416543213500110000310123196000",
        ],
    );
    let with = |field: &str| format!("{SHORT}{field}");
    for field in ["101101230123456", "101101239", "21101239", "3200229", "4200229"] {
        check("couponcode", &with(field), Ok(()));
    }
    for field in ["35006064500606", "50123456", "59123456789012345", "611234567", "671234567890123", "90000", "96291"] {
        check("couponcode", &with(field), Ok(()));
    }
    let wrong = ["0", "7", "8", "1", "14", "101101237", "2", "20", "211012391", "3", "3200230", "4200600", "5", "50"];
    let more = ["35006064500607", "60", "68123456789012345", "93", "903", "900", "90002", "900000"];
    for field in wrong.iter().chain(&more) {
        check("couponcode", &with(field), Err("H1158"));
    }
    bad("couponcode", "H1158", &["", "01", "71234567890123", "0123456123456", "01234561234560", "0123456123456110"]);
    bad("couponcode", "H1114", &["a12345612345611110123", "01234561234561111012a"]);

    good("couponposoffer", &["001234561234560123456", "101234561234560123456", "061234567890121234569123456789012345"]);
    bad("couponposoffer", "H1158", &["", "2", "0", "00", "07", "0012345", "00123456", "00123456123456"]);
    bad("couponposoffer", "H1158", &["0012345612345612345", "0012345612345601234567"]);
    bad("couponposoffer", "H1114", &["a01234561234560123456"]);
    let error = lint("couponcode", "01234561234560").unwrap_err();
    assert_eq!(error.caret(), Some(("01234561234560", 13)));
}
