use super::*;

fn check(input: &str, expect: Result<&str, &str>) {
    let found = canonicalise(input);
    assert_eq!(found.as_deref().map_err(CodeError::code), expect, "{input}");
}

#[test]
fn links() {
    let canonical = Ok("https://id.gs1.org/01/09521234543213/10/L1");
    check("https://id.gs1.org/01/09521234543213/10/L1", canonical);
    check("http://example.com:8080/a/b/01/09521234543213/10/L1?lang=zh#top", canonical);
    check("HTTPS://EXAMPLE.COM/01/09521234543213/10/%4C1", canonical);
    check("https://[2001:db8::1]:8443/01/09521234543213/10/L1?&&x&", canonical);
    check(
        "https://a/01/09521234543213/22/v/10/L/21/S?17=270100&95=x",
        Ok("https://id.gs1.org/01/09521234543213/22/v/10/L/21/S?17=270100&95=x"),
    );
    check("https://a/01/09521234543213?95=1&17=270100", Ok("https://id.gs1.org/01/09521234543213?17=270100&95=1"));
    check(
        "https://a/00/006141411234567890?01=09521234543213",
        Ok("https://id.gs1.org/00/006141411234567890?01=09521234543213"),
    );
}

#[test]
fn every_key_has_its_qualifiers() {
    let same = |path: &str| {
        let link = format!("{CANONICAL_STEM}/{path}");
        check(&link, Ok(&link));
    };
    same("00/006141411234567890");
    same("01/09521234543213/22/v/21/S");
    same("01/09521234543213/235/T");
    same("253/9521234543213A-1");
    same("255/9521234543213123");
    same("401/9521234A");
    same("402/95212345432131236");
    same("414/9521234543213");
    same("414/9521234543213/254/32a%2Fb");
    same("414/9521234543213/7040/1ABA");
    same("415/9521234543213/8020/R1");
    same("417/9521234543213");
    same("417/9521234543213/7040/1ABA");
    same("8003/09521234543213S1");
    same("8004/9521234A1");
    same("8004/9521234A1/7040/1ABA");
    same("8006/095212345432130102/22/v/10/L/21/S");
    same("8010/9521234A%23%2F/8011/12");
    same("8013/1987654Ad4X4bL5ttr2310c2K");
    same("8017/952123454321312342/8019/1");
    same("8018/952123454321312342/8019/1");
}

#[test]
fn values_are_decoded_once_and_have_one_form() {
    let lot = |written: &str, expect: &str| {
        let expect = format!("{CANONICAL_STEM}/01/09521234543213/10/{expect}");
        check(&format!("https://a/01/09521234543213/10/{written}"), Ok(&expect));
    };
    lot("L+1%2F2", "L%2B1%2F2");
    lot("L%2b1%2f2", "L%2B1%2F2");
    lot("%252F", "%252F");
    lot("%251D", "%251D");
    lot("a%26b%3Dc%3F", "a%26b%3Dc%3F");
    lot("it's;so", "it%27s%3Bso");
    lot("..", "..");
}

#[test]
fn faults_have_their_own_codes() {
    check("ftp://a/01/09521234543213", Err("H1130"));
    check("HtTp://a/01/09521234543213", Err("H1130"));
    check("https:///01/09521234543213", Err("H1131"));
    check("https://user@a/01/09521234543213", Err("H1131"));
    check("https://[fe80::1%25lo]/01/09521234543213", Err("H1131"));
    check("https://a/01/09521234543213/10/L\"1", Err("H1132"));
    check("https://a/01/09521234543213/10/L 1", Err("H1132"));
    check("https://a/01/09521234543213/10/%2", Err("H1133"));
    check("https://a/01/09521234543213/10/%C3%A9", Err("H1133"));
    check("https://a", Err("H1134"));
    check("https://a/", Err("H1134"));
    check("https://a/10/L1", Err("H1134"));
    check("https://a/01/09521234543213/", Err("H1134"));
    check("https://a/%30%31/09521234543213", Err("H1134"));
    check("https://a/01%2F09521234543213", Err("H1134"));
    check("https://a/gtin/09521234543213", Err("H1134"));
    check("https://a/01/09521234543213/89/L", Err("H1134"));
    check("https://a/01/09521234543213/99/L", Err("H1135"));
    check("https://a/01/09521234543213/21/S/10/L", Err("H1135"));
    check("https://a/01/09521234543213/10/L/10/L", Err("H1135"));
    check("https://a/01/09521234543213/10/L/235/T", Err("H1135"));
    check("https://a/00/006141411234567890/10/L", Err("H1135"));
    check("https://a/01/09521234543213?10=L", Err("H1136"));
    check("https://a/01/09521234543213/10/L?10=L", Err("H1136"));
    check("https://a/01/09521234543213/21/S?10=L", Err("H1136"));
    check("https://a/01/09521234543213?235=T", Err("H1136"));
    check("https://a/00/006141411234567890?21=S", Err("H1136"));
    check("https://a/01/09521234543213?8200=x", Err("H1138"));
    check("https://a/01/09521234543213?03=09521234543213", Err("H1138"));
    check("https://a/01/09521234543213?999=L", Err("H1110"));
    check("https://a/01/09521234543213?95=a+b", Err("H1114"));
    check("https://a/01/09521234543213?95=a&95=b", Err("H1112"));
    check("https://a/01/09521234543213?01=12312312312333", Err("H1112"));
    check("https://a/01/09521234543213/10/%20", Err("H1211"));
    check("https://a/01/09521234543213/10/", Err("H1210"));
    check("https://a/01/9521234543213", Err("H1113"));
    check("https://a/01/09521234543214", Err("H1203"));
    check("https://例.cn/01/09521234543213", Err("H1104"));
    check(&format!("https://a/{}", "b".repeat(512)), Err("H1101"));
}

#[test]
fn control_characters_are_refused() {
    check("https://a/01/09521234543213/10/L%1D21S", Err("H1170"));
    check("https://a/01/09521234543213/10/L%1d", Err("H1170"));
    check("https://a/01/09521234543213/10/%00", Err("H1170"));
    check("https://a/01/09521234543213?95=%7F", Err("H1170"));
    assert_eq!(parse_short_path("01/09521234543213/10/L%0A").map_err(|error| error.code()), Err("H1170"));
}

#[test]
fn compressed_links_are_refused_as_such() {
    check("https://id.gs1.org/AN2yxDhfaiaw", Err("H1139"));
    check("https://id.gs1.org/ARFKk4XB0CDKWcnpq", Err("H1139"));
    check("https://a/b/01/09521234543213/EMBjcqNNAAAAA", Err("H1139"));
    check("https://a/products/catalogue1", Err("H1134"));
    check("https://a/01/09521234543213/short", Err("H1134"));
}

#[test]
fn another_sequence_leaves_an_identifier_to_the_query() {
    check("https://a/01/09521234543213/235/T?10=L", Ok("https://id.gs1.org/01/09521234543213/235/T?10=L"));
}

#[test]
fn repeated_parameters_must_agree() {
    check("https://a/01/09521234543213?95=a&95=%61", Ok("https://id.gs1.org/01/09521234543213?95=a"));
    check("https://a/01/09521234543213?01=09521234543213", Ok("https://id.gs1.org/01/09521234543213"));
    check("https://a/01/12312312312333/01/09521234543213", Ok("https://id.gs1.org/01/09521234543213"));
}

#[test]
fn older_spellings_are_read_and_told_apart() {
    let check = |input: &str, expect: Result<&str, &str>| {
        let found = read(input).map(|link| (link.canonical(), link.is_canonical()));
        let expect = expect.map(|expect| (expect.to_owned(), expect == input));
        assert_eq!(found.map_err(|error| error.code()), expect, "{input}");
    };
    let canonical = "https://id.gs1.org/01/09521234543213/10/L1/21/7";
    check(canonical, Ok(canonical));
    check("https://a/01/09521234543213/10/L1/21/7", Ok(canonical));
    check("https://id.gs1.org/01/9521234543213/10/L1/21/7", Ok(canonical));
    check("https://a/gtin/9521234543213/lot/L1/ser/7", Ok(canonical));
    check("https://id.gs1.org/01/02345673", Ok("https://id.gs1.org/01/00000002345673"));
    check("https://id.gs1.org/01/416000336108", Ok("https://id.gs1.org/01/00416000336108"));
    check("https://id.gs1.org/01/09521234543213?lang=zh", Ok("https://id.gs1.org/01/09521234543213"));
    check("https://id.gs1.org/01/09521234543213?", Ok("https://id.gs1.org/01/09521234543213"));
    check("https://a/01/952123454", Err("H1113"));
    check("https://a/GTIN/09521234543213", Err("H1134"));
    let link = read("https://a/01/09521234543213?lang=zh&17=270100&&top#x").unwrap();
    assert_eq!(link.aside(), ["lang=zh", "top"]);
    assert_eq!(link.elements().to_bracketed(), "(01)09521234543213(17)270100");
}

#[test]
fn positions_count_from_the_start_of_the_input() {
    let caret = |input: &str| canonicalise(input).unwrap_err().caret().map(|(_, position)| position);
    assert_eq!(caret("https://a/01/09521234543213/10/L%zz"), Some(32));
    assert_eq!(caret("https://a/01/09521234543213/10/L%2F%1D"), Some(35));
    assert_eq!(caret("https://a/01/09521234543213?x=1&95=%"), Some(35));
    assert_eq!(caret("https://a/01/09521234543213?x=1&999=1"), Some(32));
    assert_eq!(caret("https://a$/01/09521234543213"), Some(9));
}

#[test]
fn writing() {
    let check = |text: &str, expect: Result<&str, &str>| {
        let found = format(&Elements::parse(text).unwrap());
        assert_eq!(found.as_deref().map_err(CodeError::code), expect, "{text}");
    };
    check("(99)A", Err("H1134"));
    check("(00)006141411234567890(10)L", Ok("https://id.gs1.org/00/006141411234567890?10=L"));
    check("(00)006141411234567890(21)S", Err("H1136"));
    check("(01)09521234543213(8200)x", Err("H1138"));
    check("(01)09521234543213(235)T(10)L", Err("H1135"));
    check("(10)L(235)T(414)9521234543213", Err("H1136"));
    // The first key, unless only another one leaves everything its place.
    let both = "(00)006141411234567890(01)09521234543213";
    check(both, Ok("https://id.gs1.org/00/006141411234567890?01=09521234543213"));
    check(&format!("{both}(21)S"), Ok("https://id.gs1.org/01/09521234543213/21/S?00=006141411234567890"));
    check("(21)S(01)09521234543213(10)L(99)A", Ok("https://id.gs1.org/01/09521234543213/10/L/21/S?99=A"));
}
