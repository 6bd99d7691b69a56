use super::*;
use encoding_rs::GB18030;
use gs1::HsCode;
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

fn list(bytes: &[u8]) -> Result<List> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path(), None, &Mapping::default())
}

fn codes(list: &List) -> Vec<(u64, String)> {
    list.report.bad().map(|(row, f)| (row, f.code.clone())).collect()
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    let read = list(LIST.as_bytes()).unwrap();
    assert_eq!(read.good.keys().copied().collect::<Vec<_>>(), [2, 3, 5]);
    assert_eq!(codes(&read), [(4, "H1203".to_owned()), (7, "H1310".to_owned())]);
    assert_eq!(read.report.fates.len(), 5);
}

#[test]
fn encodings_give_the_same_rows() {
    let plain = list(LIST.as_bytes()).unwrap();
    for bytes in [format!("\u{feff}{LIST}").into_bytes(), GB18030.encode(LIST).0.into_owned()] {
        let read = list(&bytes).unwrap();
        assert_eq!(read.good, plain.good);
        assert_eq!(codes(&read), codes(&plain));
    }
}

#[test]
fn empty_and_headless_files_are_refused() {
    assert_eq!(list(b"").err().map(|f| f.code), Some("H1317".into()));
    assert_eq!(list("商品条码,批号,数量\n".as_bytes()).err().map(|f| f.code), Some("H1317".into()));
    assert_eq!(list(b"1,2,3\n4,5,6\n").err().map(|f| f.code), Some("H1302".into()));
}

#[test]
fn thousands_of_rows_are_read() {
    let mut text = String::from("商品条码,批号,数量,单位\n");
    for n in 0..20_000 {
        text.push_str(&format!("09520000102968,L{n},1.5,KGM\n"));
    }
    assert_eq!(list(text.as_bytes()).unwrap().good.len(), 20_000);
}

fn class(gtin: &str, hs: &str) -> (ClassId, ClassRecord) {
    let code = ClassCode::Gtin(gtin.parse().unwrap());
    let hs: HsCode = hs.parse().unwrap();
    let record = ClassRecord {
        code: code.clone(),
        name: Text::new("x").unwrap(),
        category: Category::BiologicalProduct,
        grade: Text::new("2").unwrap(),
        hgr: false,
        hs: vec![HsAssertion { hs, at: Stamp::default(), cause: None }],
        from: Stamp::default(),
        cause: None,
    };
    (ClassId::of(&code), record)
}

#[test]
fn missing_classes_are_named_and_other_hs_codes_warned_of() {
    let mut read = list(LIST.as_bytes()).unwrap();
    let classes =
        BTreeMap::from([class("09520000101114", "HS2022-CN-3002510000"), class("09520000102968", "HS2022-WCO-300212")]);
    let missing = judge_classes(&classes, &mut read);
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].gtin.as_str(), missing[0].rows), ("09520000101855", 1));
    assert_eq!(read.good.keys().copied().collect::<Vec<_>>(), [2, 3]);
    assert!(codes(&read).contains(&(5, "H5002".to_owned())));
    assert_eq!(read.report.warnings.keys().copied().collect::<Vec<_>>(), [3]);
}

#[test]
fn the_hash_of_a_list_changes_with_any_byte() {
    let first = list(LIST.as_bytes()).unwrap().content;
    assert_eq!(first, list(LIST.as_bytes()).unwrap().content);
    assert_ne!(first, list(LIST.replace("加急", "加慢").as_bytes()).unwrap().content);
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
                Ok(read) => prop_assert!(read.good.len() <= read.report.fates.len()),
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
