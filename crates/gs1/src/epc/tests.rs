use super::*;

const TABLE: &str = "prefix,gcp_length\n0614,7\n4012345,7\n952123,9\n9529,12\n9528,5\n2,0\n";

fn check(uri: &str, expect: Result<&str, &str>) {
    let found = to_digital_link(uri);
    let expect = expect.map(|path| format!("{CANONICAL_STEM}/{path}"));
    assert_eq!(found.map_err(|error| error.code()), expect, "{uri}");
}

fn check_back(path: &str, expect: Result<&str, &str>) {
    let table = PrefixTable::read(TABLE).unwrap();
    let found = from_digital_link(&format!("https://example.com/{path}"), &table);
    assert_eq!(found.as_deref().map_err(CodeError::code), expect, "{path}");
}

#[test]
fn every_scheme_there_and_back() {
    let check = |urn: &str, path: &str| {
        check(urn, Ok(path));
        check_back(path, Ok(urn));
    };
    check(
        "urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()",
        "01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29",
    );
    check("urn:epc:id:sgtin:0614141.812345.it's;a=b.c", "01/80614141123458/21/it's;a=b.c");
    check("urn:epc:class:lgtin:4012345.012345.Lot987", "01/04012345123456/10/Lot987");
    check("urn:epc:idpat:sgtin:4012345.012345.*", "01/04012345123456");
    check("urn:epc:id:upui:4012345.012345.AB12", "01/04012345123456/235/AB12");
    check("urn:epc:id:sscc:4012345.3111111111", "00/340123451111111111");
    check("urn:epc:id:sgln:4012345.00005.122", "414/4012345000054/254/122");
    check("urn:epc:id:sgln:4012345.00005.0", "414/4012345000054");
    check("urn:epc:id:pgln:4012345.00005", "417/4012345000054");
    check("urn:epc:id:pgln:952999999999.", "417/9529999999993");
    check("urn:epc:id:grai:4012345.00022.334455", "8003/04012345000221334455");
    check("urn:epc:idpat:grai:4012345.00022.*", "8003/04012345000221");
    check("urn:epc:id:giai:4012345.ABC345", "8004/4012345ABC345");
    check("urn:epc:id:gsrn:4012345.0000006765", "8018/401234500000067657");
    check("urn:epc:id:gsrnp:4012345.0000000007", "8017/401234500000000074");
    check("urn:epc:id:gdti:4012345.00009.PO-4711", "253/4012345000092PO-4711");
    check("urn:epc:idpat:gdti:4012345.11111.*", "253/4012345111118");
    check("urn:epc:id:sgcn:4012345.99999.44", "255/401234599999044");
    check("urn:epc:idpat:sgcn:4012345.22222.*", "255/4012345222227");
    check("urn:epc:id:cpi:0614141.11111111111111-A%23%2F.1234", "8010/061414111111111111111-A%23%2F/8011/1234");
    check("urn:epc:idpat:cpi:4012345.AB12.*", "8010/4012345AB12");
    check("urn:epc:id:ginc:0614141.xyz47%2F11", "401/0614141xyz47%2F11");
    check("urn:epc:id:gsin:4012345.222333444", "402/40123452223334442");
    check("urn:epc:id:itip:4012345.011111.01.02.987", "8006/040123451111180102/21/987");
    check("urn:epc:idpat:itip:4012345.012345.01.02.*", "8006/040123451234560102");
}

#[test]
fn faults_of_uris_have_their_own_codes() {
    check("42", Err("H1171"));
    check("urn:epc:id:sgtin", Err("H1171"));
    check("URN:EPC:ID:SGTIN:4012345.012345.1", Err("H1171"));
    check("urn:epc:tag:sgtin-96:0.4012345.012345.1", Err("H1172"));
    check("urn:epc:id:gid:1.2.3", Err("H1172"));
    check("urn:epc:idpat:sscc:4012345.*", Err("H1172"));
    check("urn:epc:class:sgtin:4012345.012345.1", Err("H1172"));
    check("urn:epc:id:sgtin:4012345.012345", Err("H1173"));
    check("urn:epc:id:sgtin:4012345.012345.", Err("H1173"));
    check("urn:epc:id:sgtin:4012345.12345.1", Err("H1173"));
    check("urn:epc:id:sgtin:40123.01234567.1", Err("H1173"));
    check("urn:epc:id:sgtin:4012345012345..1", Err("H1173"));
    check("urn:epc:id:sgtin:401234X.012345.1", Err("H1173"));
    check("urn:epc:id:sgtin:4012345.01234X.1", Err("H1173"));
    check("urn:epc:id:sgtin:4012345.012345.a/b", Err("H1173"));
    check("urn:epc:id:sgtin:4012345.012345.a%1D", Err("H1173"));
    check("urn:epc:id:sgtin:4012345.012345.a%", Err("H1173"));
    check("urn:epc:id:sgtin:4012345.012345.123456789012345678901", Err("H1173"));
    check("urn:epc:id:sgtin:4012345.012345.12345678901234567890", Ok("01/04012345123456/21/12345678901234567890"));
    check("urn:epc:idpat:sgtin:4012345.012345.1", Err("H1173"));
    check("urn:epc:idpat:sgtin:4012345.*.*", Err("H1173"));
    check("urn:epc:id:sgcn:4012345.99999.4A", Err("H1173"));
    check("urn:epc:id:cpi:4012345.ab.1", Err("H1173"));
    check("urn:epc:id:itip:4012345.011111.1.02.987", Err("H1173"));
    check("urn:epc:id:giai:4012345.123456789012345678901234", Err("H1173"));
    check("urn:epc:id:pgln:é", Err("H1104"));
    check(&format!("urn:epc:id:giai:{}", "1".repeat(512)), Err("H1101"));
}

#[test]
fn links_are_constrained() {
    check("https://example.com/gtin/9780345418913/cpv/344/lot/1/ser/7?17=270131#a", Ok("01/09780345418913/21/7"));
    check("https://a/01/09521234543213/22/v/10/L", Ok("01/09521234543213/10/L"));
    check("https://a/01/09521234543213/21/it%27s%2f%2B", Ok("01/09521234543213/21/it's%2F%2B"));
    check("https://a/8006/095212345432130102/10/L", Ok("8006/095212345432130102/10/L"));
    // Of what someone wrote a hash can be made, whether its check digit is right or not.
    check("https://a/01/97803111", Ok("01/00000097803111"));
    check("https://a/414/9521234543213/254/0", Ok("414/9521234543213/254/0"));
    check("https://a/01/952123454", Err("H1173"));
    check("https://a/01/0952123454321X", Err("H1173"));
    check("https://a/8004/ABC", Err("H1173"));
    check("https://a/8010/9521234ab", Err("H1173"));
    check("https://a/01/09521234543213/10/", Err("H1173"));
    check("https://a/01/09521234543213/10/%1D", Err("H1170"));
    check("https://a/01/09521234543213/21/S/10/L", Err("H1135"));
    check("https://a/415/9521234543213/8020/1", Err("H1174"));
    check("https://a/8013/1987654Ad4X4bL5ttr2310c2K", Err("H1174"));
    check("https://a/414/9521234543213/7040/1ABA", Err("H1174"));
    check("https://a/8018/952123454321312342/8019/1", Err("H1174"));
    check("https://id.gs1.org/AN2yxDhfaiaw", Err("H1139"));
}

#[test]
fn links_without_epc_uri() {
    check_back("01/9521234543213", Ok("urn:epc:idpat:sgtin:952123454.0321.*"));
    check_back("01/09521234543214", Err("H1203"));
    check_back("01/09521234543213?10=L", Err("H1136"));
    check_back("8006/095212345432130102/10/L", Err("H1174"));
    check_back("414/9521234543213/254/0", Err("H1174"));
    check_back("415/9521234543213/8020/1", Err("H1174"));
    check_back("8004/952123454", Err("H1174"));
    check_back("01/02345673", Err("H1175"));
    check_back("01/07300000000004", Err("H1175"));
    check_back("417/2012345678903", Err("H1175"));
    check_back("417/9528000000000", Err("H1175"));
    check_back("8004/95299ABC", Err("H1175"));
    check_back("8004/95212", Err("H1175"));
}
