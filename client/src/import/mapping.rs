//! Which column gives which field: by the headings that warehouse systems use, or by a mapping file
//! (`docs/formats/import.md`).

use super::clean;
use crate::{
    failure::{Failure, Result, text},
    private::Named,
    storage,
};
use gs1::{HsEdition, HsJurisdiction, Unit};
use ledger::{Text, bounds::MAX_FIELDS};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer},
};
use std::{collections::BTreeMap, path::Path};

/// What a column gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Field {
    /// GTIN.
    Gtin,
    /// A whole code in any form: scan, element string, Digital Link.
    Code,
    /// Lot.
    Lot,
    /// Serial.
    Serial,
    /// How much.
    Quantity,
    /// Of which unit.
    Unit,
    /// HS code.
    Hs,
    /// For what.
    Purpose,
    /// Known, and not needed.
    Ignore,
}

impl Field {
    /// Its name in a mapping file and in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Field::Gtin => "gtin",
            Field::Code => "code",
            Field::Lot => "lot",
            Field::Serial => "serial",
            Field::Quantity => "quantity",
            Field::Unit => "unit",
            Field::Hs => "hs",
            Field::Purpose => "purpose",
            Field::Ignore => "ignore",
        }
    }
}

/// What a mapping file says of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    Field(Field),
    /// A private field of the item: `private:NAME`, or `private` under the heading's own name.
    Private(Option<Text<32>>),
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        if word == PRIVATE {
            return Ok(Column::Private(None));
        }
        match word.strip_prefix(PRIVATE).and_then(|rest| rest.strip_prefix(':')) {
            Some("") => Err(D::Error::custom("private: names no field")),
            Some(name) => Text::new(name).map(|n| Column::Private(Some(n))).map_err(D::Error::custom),
            None => Field::deserialize(word.into_deserializer()).map(Column::Field),
        }
    }
}

/// Largest mapping file, in bytes.
pub(super) const MAX_MAPPING: usize = 64 * 1024;

/// The word for a column of private fields.
const PRIVATE: &str = "private";

/// Headings as they are met, without blanks, in lower case.
const HEADINGS: &[(&str, Field)] = &[
    ("商品条码", Field::Gtin),
    ("条码", Field::Gtin),
    ("条形码", Field::Gtin),
    ("产品条码", Field::Gtin),
    ("gtin", Field::Gtin),
    ("gtin-14", Field::Gtin),
    ("ean", Field::Gtin),
    ("barcode", Field::Gtin),
    ("追溯码", Field::Code),
    ("编码", Field::Code),
    ("code", Field::Code),
    ("digitallink", Field::Code),
    ("批号", Field::Lot),
    ("生产批号", Field::Lot),
    ("批次", Field::Lot),
    ("批次号", Field::Lot),
    ("lot", Field::Lot),
    ("lotno", Field::Lot),
    ("batch", Field::Lot),
    ("batchno", Field::Lot),
    ("序列号", Field::Serial),
    ("序号码", Field::Serial),
    ("serial", Field::Serial),
    ("serialno", Field::Serial),
    ("数量", Field::Quantity),
    ("quantity", Field::Quantity),
    ("qty", Field::Quantity),
    ("单位", Field::Unit),
    ("计量单位", Field::Unit),
    ("unit", Field::Unit),
    ("uom", Field::Unit),
    ("hs编码", Field::Hs),
    ("hs", Field::Hs),
    ("hscode", Field::Hs),
    ("海关编码", Field::Hs),
    ("商品编码", Field::Hs),
    ("税则号列", Field::Hs),
    ("税号", Field::Hs),
    ("用途", Field::Purpose),
    ("purpose", Field::Purpose),
];

/// Words for units beside their codes and Chinese names.
const UNITS: &[(&str, &str)] = &[
    ("ml", "MLT"),
    ("l", "LTR"),
    ("g", "GRM"),
    ("kg", "KGM"),
    ("mg", "MGM"),
    ("ug", "MC"),
    ("μg", "MC"),
    ("µg", "MC"),
    ("pcs", "H87"),
    ("pc", "H87"),
    ("piece", "H87"),
    ("公斤", "KGM"),
    ("iu", "NIU"),
];

/// A mapping file: TOML.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapping {
    /// Heading -> field; comes before the headings known here.
    #[serde(default)]
    columns: BTreeMap<String, Column>,
    /// Word of the file -> unit code.
    #[serde(default)]
    units: BTreeMap<String, String>,
    /// Unit of rows that name none.
    unit: Option<String>,
    /// Jurisdiction of HS codes of 8 digits: HK or MO.
    hs_jurisdiction: Option<String>,
    /// Edition of HS codes, HS2022 unless told otherwise.
    hs_edition: Option<String>,
    /// Lots and serials that look like dates are taken as they are.
    #[serde(default)]
    pub(super) allow_dates: bool,
    /// Lots and serials that look like numbers which a spreadsheet wrote are taken as they are.
    #[serde(default)]
    pub(super) allow_numbers: bool,
    /// The row in which the headings stand; the first unless told otherwise.
    heading: Option<u32>,
    /// What separates fields; what stands most often in the headings unless told otherwise.
    delimiter: Option<char>,
}

/// A heading or word without blanks around and within, in lower case, full-width forms made narrow.
fn plain(text: &str) -> String {
    clean::plain(text).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

impl Mapping {
    /// Reads a mapping file. Error: H1315.
    pub(super) fn read(path: &Path) -> Result<Mapping> {
        let wrong = |detail: String| Failure::new("H1315", [("detail", format!("{}: {detail}", path.display()))]);
        let text = String::from_utf8(storage::read(path, MAX_MAPPING)?).map_err(|_| wrong("not UTF-8".into()))?;
        let mapping: Mapping = toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
        mapping.check().map_err(|e| wrong(e.to_string()))?;
        let divides = |c: char| c.is_ascii() && !matches!(c, '"' | '\r' | '\n');
        match (mapping.delimiter.is_none_or(divides), mapping.heading) {
            (true, None | Some(1..)) => Ok(mapping),
            (true, Some(0)) => Err(wrong("heading".into())),
            (false, _) => Err(wrong("delimiter".into())),
        }
    }

    fn check(&self) -> std::result::Result<(), gs1::CodeError> {
        for unit in self.units.values().chain(&self.unit) {
            unit.parse::<Unit>()?;
        }
        self.hs_edition()?;
        self.hs_jurisdiction()?;
        Ok(())
    }

    /// What separates fields, where it is said.
    pub(super) fn delimiter(&self) -> Option<u8> {
        self.delimiter.and_then(|d| u8::try_from(d).ok())
    }

    /// The row in which the headings stand.
    pub(super) fn heading(&self) -> u64 {
        self.heading.map_or(1, u64::from)
    }

    pub(super) fn hs_edition(&self) -> std::result::Result<HsEdition, gs1::CodeError> {
        self.hs_edition.as_deref().unwrap_or("HS2022").parse()
    }

    pub(super) fn hs_jurisdiction(&self) -> std::result::Result<Option<HsJurisdiction>, gs1::CodeError> {
        self.hs_jurisdiction.as_deref().map(str::parse).transpose()
    }

    /// The unit that a word of the file means; the default for an empty one. None where there is no default.
    pub(super) fn unit(&self, word: &str) -> std::result::Result<Option<Unit>, gs1::CodeError> {
        let word = word.trim();
        if word.is_empty() {
            return self.unit.as_deref().map(str::parse).transpose();
        }
        let given = self.units.iter().find(|(w, _)| plain(w) == plain(word));
        if let Some((_, code)) = given {
            return code.parse().map(Some);
        }
        if let Some(unit) = Unit::all().find(|u| u.as_str() == word || u.chinese() == word) {
            return Ok(Some(unit));
        }
        match UNITS.iter().find(|(w, _)| *w == plain(word)) {
            Some((_, code)) => code.parse().map(Some),
            None => word.parse().map(Some),
        }
    }

    fn column(&self, heading: &str) -> Option<Column> {
        let heading = plain(heading);
        let given = self.columns.iter().find(|(h, _)| plain(h) == heading).map(|(_, c)| c.clone());
        given.or_else(|| HEADINGS.iter().find(|(h, _)| *h == heading).map(|(_, f)| Column::Field(*f)))
    }
}

/// Where the fields stand in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    at: BTreeMap<Field, usize>,
    /// Columns of private fields, by their names.
    private: Vec<(Text<32>, usize)>,
    /// Headings that mean nothing here, and that no mapping file says to ignore.
    unknown: Vec<String>,
    headings: Vec<String>,
}

impl Columns {
    /// Finds the fields in a heading. Errors: H1302 where one that is needed is missing, H1303 where two give one,
    /// H1408 for a heading too long to name a private field, H1423 for too many of those.
    pub(super) fn of(headings: Vec<String>, mapping: &Mapping) -> Result<Columns> {
        let mut at = BTreeMap::new();
        let mut private: Vec<(Text<32>, usize)> = Vec::new();
        let mut unknown = Vec::new();
        for (index, heading) in headings.iter().enumerate() {
            let (first, field) = match mapping.column(heading) {
                Some(Column::Field(Field::Ignore)) => continue,
                None => {
                    unknown.push(heading.clone());
                    continue;
                }
                Some(Column::Field(field)) => (at.insert(field, index), field.name().to_owned()),
                Some(Column::Private(name)) => {
                    let name = name.map_or_else(|| text(heading, heading), Ok)?;
                    let first = private.iter().find(|(n, _)| *n == name).map(|(_, i)| *i);
                    private.push((name.clone(), index));
                    (first, format!("{PRIVATE}:{name}"))
                }
            };
            if let Some(first) = first {
                let values = [("first", headings[first].clone()), ("second", heading.clone()), ("field", field)];
                return Err(Failure::new("H1303", values));
            }
        }
        if private.len() > MAX_FIELDS {
            let detail = format!("{} > {MAX_FIELDS}", private.len());
            return Err(Failure::new("H1423", [("detail", detail)]));
        }
        let has = |field| at.contains_key(&field);
        let missing = match () {
            () if !has(Field::Gtin) && !has(Field::Code) => Some(Field::Gtin),
            () if !has(Field::Code) && !has(Field::Lot) && !has(Field::Serial) => Some(Field::Lot),
            () if !has(Field::Quantity) => Some(Field::Quantity),
            () => None,
        };
        match missing {
            Some(field) => {
                let values = [("field", field.name().to_owned()), ("found", headings.join(", "))];
                Err(Failure::new("H1302", values))
            }
            None => {
                unknown.retain(|heading| !heading.trim().is_empty());
                Ok(Columns { at, private, unknown, headings })
            }
        }
    }

    /// Headings of columns that are left alone.
    pub(super) fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Number of columns.
    pub(super) fn count(&self) -> usize {
        self.headings.len()
    }

    /// The heading of a field's column; the field's name where there is no such column.
    pub(super) fn heading(&self, field: Field) -> &str {
        self.at.get(&field).and_then(|i| self.headings.get(*i)).map_or(field.name(), String::as_str)
    }

    /// The value of a field in a row, trimmed and freed of what spreadsheets put around text; empty where there is none.
    pub(super) fn value<'a>(&self, field: Field, row: &'a csv::StringRecord) -> &'a str {
        clean::bare(self.at.get(&field).and_then(|i| row.get(*i)).unwrap_or_default())
    }

    /// The private fields of a row; an empty cell is none. Line breaks and other control characters, which no text of
    /// the ledger holds, become blanks. Error: H1408.
    pub(super) fn private(&self, row: &csv::StringRecord) -> Result<Vec<Named>> {
        let mut named = Vec::new();
        for (name, index) in &self.private {
            let value = clean::bare(row.get(*index).unwrap_or_default());
            let parts: Vec<&str> = value.split(char::is_control).filter(|part| !part.is_empty()).collect();
            if !parts.is_empty() {
                named.push((name.clone(), text(name.as_str(), &parts.join(" "))?));
            }
        }
        Ok(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(headings: &[&str], mapping: &Mapping) -> Result<Columns> {
        Columns::of(headings.iter().map(|h| (*h).to_owned()).collect(), mapping)
    }

    #[test]
    fn headings_of_warehouse_systems_are_known() {
        let found =
            columns(&["行号", "商品条码", "商品名称", "HS编码", "批号", "序列号", "数量", "单位"], &Mapping::default());
        let found = found.unwrap();
        assert_eq!(found.heading(Field::Gtin), "商品条码");
        assert_eq!(found.heading(Field::Hs), "HS编码");
        assert_eq!(found.unknown(), ["行号", "商品名称"]);
        let found = columns(&["商品条码", "批号", "数量", "用途", ""], &Mapping::default()).unwrap();
        assert_eq!((found.heading(Field::Purpose), found.unknown().len()), ("用途", 0));
        assert!(columns(&["ＧＴＩＮ", " Lot No ", "QTY"], &Mapping::default()).is_ok());
    }

    #[test]
    fn missing_and_repeated_columns_have_their_codes() {
        let code = |headings: &[&str]| columns(headings, &Mapping::default()).unwrap_err().code;
        assert_eq!(code(&["批号", "数量"]), "H1302");
        assert_eq!(code(&["商品条码", "数量"]), "H1302");
        assert_eq!(code(&["商品条码", "批号"]), "H1302");
        assert_eq!(code(&["商品条码", "GTIN", "批号", "数量"]), "H1303");
        assert!(columns(&["code", "数量"], &Mapping::default()).is_ok());
    }

    #[test]
    fn a_mapping_file_comes_first() {
        let mapping: Mapping =
            toml::from_str("unit = 'H87'\n[columns]\n'货号' = 'gtin'\n'条码' = 'ignore'\n[units]\n'支' = 'SYR'")
                .unwrap();
        let found = columns(&["货号", "条码", "批号", "数量"], &mapping).unwrap();
        assert_eq!(found.heading(Field::Gtin), "货号");
        assert_eq!(found.unknown().len(), 0, "the mapping says to ignore it");
        assert_eq!(mapping.unit("支").unwrap().unwrap().as_str(), "SYR");
        assert_eq!(mapping.unit("").unwrap().unwrap().as_str(), "H87");
        assert_eq!(mapping.unit("毫升").unwrap().unwrap().as_str(), "MLT");
        assert_eq!(mapping.unit("mL").unwrap().unwrap().as_str(), "MLT");
        assert_eq!(mapping.unit("KT").unwrap().unwrap().as_str(), "KT");
        assert_eq!(mapping.unit("箱").unwrap_err().code(), "H1230");
        assert_eq!(Mapping::default().unit(""), Ok(None));
        for bad in ["unitt = 'H87'", "[columns]\na = 'b'", "[columns]\na = 'private:'", "[columns]\na = 1"] {
            assert!(toml::from_str::<Mapping>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn private_columns_keep_their_names_and_leave_empty_cells_out() {
        let mapping: Mapping =
            toml::from_str("[columns]\n'单价' = 'private:price'\n'备注' = 'private'\n'产地' = 'private:origin'")
                .unwrap();
        let columns = |headings: &[&str]| columns(headings, &mapping);
        let found = columns(&["gtin", "lot", "qty", "单价", "备注", "产地"]).unwrap();
        assert_eq!(found.private.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(), ["price", "备注", "origin"]);
        let row = csv::StringRecord::from(vec!["1", "2", "3", " 120 CNY ", "三级容器\r\n随附证明", ""]);
        let named: Vec<String> =
            found.private(&row).unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(named, ["price=120 CNY", "备注=三级容器 随附证明"]);
        let long = csv::StringRecord::from(vec!["1", "2", "3", &"x".repeat(4_097), "", ""]);
        assert_eq!(found.private(&long).unwrap_err().code, "H1408");
        assert_eq!(columns(&["gtin", "lot", "qty", "单价", "单 价"]).unwrap_err().code, "H1303");
        let heading = "x".repeat(33);
        let long: Mapping = toml::from_str(&format!("[columns]\n{heading} = 'private'")).unwrap();
        assert_eq!(
            Columns::of(["gtin", "lot", "qty", &heading].map(str::to_owned).to_vec(), &long).unwrap_err().code,
            "H1408"
        );
        assert!(toml::from_str::<Mapping>(&format!("[columns]\na = 'private:{heading}'")).is_err());
    }

    #[test]
    fn spreadsheet_wrappings_are_taken_off() {
        let found = columns(&["gtin", "lot", "qty"], &Mapping::default()).unwrap();
        let row = csv::StringRecord::from(vec!["=\"00123\"", "'0045", "\u{a0}7 "]);
        assert_eq!(found.value(Field::Gtin, &row), "00123");
        assert_eq!(found.value(Field::Lot, &row), "0045");
        assert_eq!(found.value(Field::Quantity, &row), "7");
        assert_eq!(found.value(Field::Hs, &row), "");
    }
}
