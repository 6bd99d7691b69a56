use super::{
    list::{Fate, Row},
    *,
};
use encoding_rs::GB18030;
use gs1::{HsCode, HsEdition};
use ledger::{
    Text,
    record::{Category, ClassCode, HsAssertion, Stamp},
};

const LIST: &str = "行号,商品条码,商品名称,HS编码,批号,序列号,数量,单位,备注\r\n\
    1,09520000101114,细胞治疗产品 CAR-T,300251,L1,S1,1,H87,加急\r\n\
    2,09520000102968,\"肝素钠, 原料\",300190,L2,,307.15,KGM,\"见附件\n第二页\"\r\n\
    3,09520000102969,肝素钠,300190,L3,,1,KGM,\r\n\
    4,09520000101855,\"诊断试剂盒 \"\"HBV\"\"\",382219,L4,,143,H87,\r\n\
    ,,,,,,,,\r\n\
    6,09520000102968,肝素钠,300190,L2,,1,KGM,\r\n";

fn mapped(bytes: &[u8], mapping: &Mapping) -> Result<List> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let source = Source::open(file.path(), None, mapping.delimiter())?;
    read(&Reading { source: &source, mapping })
}

fn list(bytes: &[u8]) -> Result<List> {
    mapped(bytes, &Mapping::default())
}

fn good(list: &List) -> Vec<u32> {
    list.rows.iter().filter(|row| row.fate == Fate::Good).map(|row| row.number).collect()
}

/// Rows and codes of what a list says of its rows, by fault or by warning.
fn codes(list: &List, of: fn(&List, &Row) -> Option<Failure>) -> Vec<(u32, String)> {
    list.rows.iter().filter_map(|row| Some((row.number, of(list, row)?.code))).collect()
}

fn owned(codes: &[(u32, &str)]) -> Vec<(u32, String)> {
    codes.iter().map(|(row, code)| (*row, (*code).to_owned())).collect()
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    let read = list(LIST.as_bytes()).unwrap();
    assert_eq!(good(&read), [2, 3, 5]);
    assert_eq!(codes(&read, List::fault), owned(&[(4, "H1203"), (7, "H1310")]));
    assert_eq!(read.rows.len(), 5);
}

#[test]
fn encodings_give_the_same_rows() {
    let plain = list(LIST.as_bytes()).unwrap();
    let wide: Vec<u8> = format!("\u{feff}{LIST}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [format!("\u{feff}{LIST}").into_bytes(), GB18030.encode(LIST).0.into_owned(), wide] {
        let read = list(&bytes).unwrap();
        assert_eq!((good(&read), read.tally()), (good(&plain), plain.tally()));
        assert_eq!(codes(&read, List::fault), codes(&plain, List::fault));
    }
}

#[test]
fn a_spreadsheet_s_own_text_is_read_as_it_is() {
    let text = LIST.replace("\"肝素钠, 原料\"", "肝素钠").replace(',', "\t");
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(good(&list(&wide).unwrap()), [2, 3, 5]);
    // The line that names the separator is not shown, and not counted.
    let hinted = format!("sep=;\r\n{}", LIST.replace("\"肝素钠, 原料\"", "肝素钠").replace(',', ";"));
    assert_eq!(good(&list(hinted.as_bytes()).unwrap()), [2, 3, 5]);
}

#[test]
fn headings_may_stand_below_a_title() {
    let mapping: Mapping = toml::from_str("heading = 3").unwrap();
    let text = format!("发货清单,,,,,,,,\n日期,2025-03-01,,,,,,,\n{LIST}");
    assert_eq!(good(&mapped(text.as_bytes(), &mapping).unwrap()), [4, 5, 7]);
}

#[test]
fn empty_and_headless_files_are_refused() {
    assert_eq!(list(b"").err().map(|f| f.code), Some("H1317".into()));
    assert_eq!(list("商品条码,批号,数量\n".as_bytes()).err().map(|f| f.code), Some("H1317".into()));
    assert_eq!(list(b"1,2,3\n4,5,6\n").err().map(|f| f.code), Some("H1302".into()));
}

#[test]
fn a_quotation_mark_that_nothing_closes_is_told_in_its_row() {
    let text = "商品条码,批号,数量,单位,备注\n\
        09520000102968,L1,1,KGM,\n\
        09520000102968,L2,1,KGM,\"加急\n\
        09520000102968,L3,1,KGM,\n";
    let read = list(text.as_bytes()).unwrap();
    assert_eq!(good(&read), [2]);
    assert_eq!(codes(&read, List::fault), owned(&[(3, "H1320")]));
}

#[test]
fn thousands_of_rows_are_read() {
    let mut text = String::from("商品条码,批号,数量,单位\n");
    for n in 0..20_000 {
        text.push_str(&format!("09520000102968,L{n},1.5,KGM\n"));
    }
    assert_eq!(list(text.as_bytes()).unwrap().fresh(), 20_000);
}

#[test]
fn lots_that_may_have_lost_their_zeros_are_warned_of() {
    let rows = |lots: &[&str]| {
        let rows: String = lots.iter().map(|lot| format!("09520000102968,{lot},1,KGM\n")).collect();
        codes(&list(format!("商品条码,批号,数量,单位\n{rows}").as_bytes()).unwrap(), List::remark)
    };
    assert_eq!(rows(&["240612", "613", "L7"]), owned(&[(3, "H1324")]));
    // A zero in front says that the column was text; equal lengths say nothing.
    assert_eq!(rows(&["240612", "613", "007"]), owned(&[]));
    assert_eq!(rows(&["240612", "240613"]), owned(&[]));
}

fn class(gtin: &str, hs: &str) -> ClassRecord {
    let hs: HsCode = hs.parse().unwrap();
    ClassRecord {
        code: ClassCode::Gtin(gtin.parse().unwrap()),
        name: Text::new("x").unwrap(),
        category: Category::BiologicalProduct,
        grade: Text::new("2").unwrap(),
        hgr: false,
        hs: vec![HsAssertion { hs, at: Stamp::default(), cause: None }],
        from: Stamp::default(),
        cause: None,
    }
}

#[test]
fn missing_classes_are_named_and_other_hs_codes_warned_of() {
    let mut read = list(LIST.as_bytes()).unwrap();
    read.learn(&class("09520000101114", "HS2022-CN-3002510000"));
    read.learn(&class("09520000102968", "HS2022-WCO-300212"));
    let missing = read.judge(HsEdition::Hs2022);
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].gtin.as_str(), missing[0].rows), ("09520000101855", 1));
    assert_eq!(good(&read), [2, 3]);
    assert!(codes(&read, List::fault).contains(&(5, "H5002".to_owned())));
    assert!(codes(&read, List::remark).contains(&(3, "H1311".to_owned())));
    assert_eq!(read.tally().warnings, 1);
}

#[test]
fn codes_of_an_edition_that_is_over_are_bad() {
    let mut read = list(LIST.as_bytes()).unwrap();
    read.learn(&class("09520000101114", "HS2022-CN-3002510000"));
    read.learn(&class("09520000102968", "HS2022-WCO-300190"));
    read.learn(&class("09520000101855", "HS2022-WCO-382219"));
    read.judge(HsEdition::Hs2028);
    assert_eq!(good(&read), [0u32; 0]);
    assert!(codes(&read, List::fault).contains(&(2, "H1333".to_owned())));
}

#[test]
fn a_list_that_changed_since_it_was_judged_is_not_signed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let gather = |text: &str| {
        std::fs::write(file.path(), LIST).unwrap();
        let source = Source::open(file.path(), None, None).unwrap();
        let mapping = Mapping::default();
        let list = read(&Reading { source: &source, mapping: &mapping }).unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut groups = rows::Groups::of(&source, &mapping).unwrap();
        groups.gather(&list).map(|group| group.map(|g| g.places)).map_err(|failure| failure.code)
    };
    assert_eq!(gather(LIST), Ok(Some(vec![0, 1, 3])));
    assert_eq!(gather(&LIST.replace("307.15", "307.16")), Err("H1336".into()));
    assert_eq!(gather(&LIST.replace("L4", "L5")), Err("H1336".into()));
    assert_eq!(gather(&LIST[..LIST.len() - 60]), Err("H1336".into()));
}

#[test]
fn the_hash_of_a_list_changes_with_any_byte() {
    let content = |text: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Source::open(file.path(), None, None).unwrap().content
    };
    assert_eq!(content(LIST), content(LIST));
    assert_ne!(content(LIST), content(&LIST.replace("加急", "加慢")));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a file holds, reading it ends with rows or a code, and never with a panic.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut text = "商品条码,批号,序列号,HS编码,数量,单位\n".as_bytes().to_vec();
            text.extend(bytes);
            match list(&text) {
                Ok(read) => prop_assert!(read.fresh() <= read.rows.len()),
                Err(failure) => prop_assert!(failure.code.starts_with("H13") || failure.code == "H1403"),
            }
        }

        #[test]
        fn any_cells_are_read_or_refused(cells in proptest::collection::vec("[0-9A-Za-z月日年/.,+\\-，' ]{0,16}", 6)) {
            let quoted: Vec<String> = cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
            let text = format!("商品条码,批号,序列号,HS编码,数量,单位\n{}\n", quoted.join(","));
            let _ = list(text.as_bytes());
        }
    }
}
