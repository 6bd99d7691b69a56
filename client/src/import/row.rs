//! One row of a list: checked, and turned into what would be registered.

use super::{
    clean,
    gtin::{self, Circulation},
    hs,
    mapping::{Columns, Field, Mapping},
};
use crate::{
    failure::{Failure, Result},
    private::Named,
};
use api::Lang;
use gs1::{CodeError, Gtin, HsCode, HsEdition, HsJurisdiction, ItemCode, Quantity};
use ledger::{
    ClassId, Hash,
    operation::{Purpose, Registration},
    record::ClassCode,
};

/// What a row registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) gtin: Gtin,
    pub(super) code: ItemCode,
    pub(super) quantity: Quantity,
    pub(super) hs: Option<HsCode>,
    pub(super) purpose: Purpose,
    /// Private fields by name and value.
    pub(super) private: Vec<Named>,
}

impl Parsed {
    /// What is registered, under the root of its private fields.
    pub(super) fn registration(&self, private: Option<Hash>) -> Registration {
        let class = ClassId::of(&ClassCode::Gtin(self.gtin));
        Registration { class, code: self.code.clone(), quantity: self.quantity, purpose: self.purpose, private }
    }
}

/// Reads a row. What is worth a look and no fault comes beside it: the first such thing of the row.
///
/// Every fault has a code; what spreadsheets do to codes has codes of its own.
pub(super) fn parse(
    row: &csv::StringRecord,
    columns: &Columns,
    mapping: &Mapping,
) -> Result<(Parsed, Option<Failure>)> {
    // Spreadsheets write empty cells behind the last column.
    let beyond = row.iter().skip(columns.count()).all(|cell| clean::bare(cell).is_empty());
    if row.len() < columns.count() || !beyond {
        let values = [("found", row.len().to_string()), ("expected", columns.count().to_string())];
        return Err(Failure::new("H1304", values));
    }
    let mut reader = Reader { row, columns, mapping, warning: None };
    let code = reader.code()?;
    // A code without GTIN says nothing of its class, and a list has no column for it.
    let gtin = code.gtin().ok_or_else(|| Failure::input("H1121", code.to_string()))?;
    match gtin::circulation(gtin) {
        Circulation::Restricted => return Err(Failure::input("H1330", gtin.as_str14())),
        Circulation::Coupon => return Err(Failure::input("H1331", gtin.as_str14())),
        Circulation::Open | Circulation::Demonstration => {}
    }
    let quantity = reader.quantity()?;
    ledger::judge::check_quantity(&code, &quantity).map_err(|error| reader.of(Field::Quantity, error))?;
    let (hs, purpose) = (reader.hs()?, reader.purpose()?);
    let private = columns.private(row)?;
    Ok((Parsed { gtin, code, quantity, hs, purpose, private }, reader.warning))
}

struct Reader<'a> {
    row: &'a csv::StringRecord,
    columns: &'a Columns,
    mapping: &'a Mapping,
    warning: Option<Failure>,
}

impl<'a> Reader<'a> {
    /// A failure of others about the value of a column.
    fn of(&self, field: Field, error: impl Into<Failure>) -> Failure {
        let mut failure = error.into();
        failure.params.insert("column".into(), self.columns.heading(field).to_owned());
        failure
    }

    /// A failure at a column.
    fn at(&self, code: &str, field: Field, extra: &[(&str, &str)]) -> Failure {
        let mut failure = self.of(field, Failure::new(code, extra.iter().copied()));
        let input = || self.columns.value(field, self.row).to_owned();
        failure.params.entry("input".into()).or_insert_with(input);
        failure
    }

    /// Keeps what is worth a look, where nothing is kept yet.
    fn warn(&mut self, failure: Failure) {
        self.warning.get_or_insert(failure);
    }

    /// What a cell says; empty where it says nothing. What stands in place of a value is refused, and what looks like
    /// plain characters and is none.
    fn said(&self, field: Field) -> Result<&'a str> {
        let value = self.columns.value(field, self.row);
        let plain = clean::plain(value);
        // Words are compared in plain characters anyway.
        let is_word = matches!(field, Field::Unit | Field::Purpose);
        match () {
            () if clean::is_formula(value) => Err(self.at("H1326", field, &[])),
            () if clean::says_none(value) => Err(self.at("H1327", field, &[])),
            () if plain != value && !is_word => Err(self.at("H1325", field, &[("read", clean::bare(&plain))])),
            () => Ok(value),
        }
    }

    /// The same where something must be said.
    fn needed(&self, field: Field) -> Result<&'a str> {
        let value = self.said(field)?;
        match value.is_empty() {
            true => Err(self.at("H1309", field, &[])),
            false => Ok(value),
        }
    }

    fn code(&mut self) -> Result<ItemCode> {
        let whole = self.said(Field::Code)?;
        if !whole.is_empty() {
            return match clean::before_point_zero(whole) {
                _ if clean::is_exponent(whole) => Err(self.at("H1305", Field::Code, &[])),
                Some(digits) => Err(self.at("H1322", Field::Code, &[("expected", digits)])),
                None => gs1::parse_code(whole).map_err(|error| self.of(Field::Code, error)),
            };
        }
        let gtin = self.gtin()?;
        let (lot, serial) = (self.part(Field::Lot)?, self.part(Field::Serial)?);
        match (serial.is_empty(), lot.is_empty()) {
            (false, _) => {
                let serial = serial.parse().map_err(|error: CodeError| self.of(Field::Serial, error))?;
                Ok(ItemCode::Serial { gtin, serial })
            }
            (true, false) => {
                let lot = lot.parse().map_err(|error: CodeError| self.of(Field::Lot, error))?;
                Ok(ItemCode::Lot { gtin, lot })
            }
            (true, true) => Err(self.at("H1309", Field::Lot, &[])),
        }
    }

    fn gtin(&self) -> Result<Gtin> {
        let value = self.needed(Field::Gtin)?;
        if clean::is_exponent(value) {
            return Err(self.at("H1305", Field::Gtin, &[]));
        }
        // Zeros in front change no check digit: a number that is right with them was right before they were dropped.
        let filled = |digits: &str| format!("{digits:0>14}").parse::<Gtin>();
        if let Some(digits) = clean::before_point_zero(value) {
            let expected = filled(digits).map_or_else(|_| digits.to_owned(), |gtin| gtin.as_str14());
            return Err(self.at("H1322", Field::Gtin, &[("expected", &expected)]));
        }
        if clean::is_thousands(value) {
            return Err(self.at("H1308", Field::Gtin, &[]));
        }
        let error = match value.parse::<Gtin>() {
            Ok(gtin) => return Ok(gtin),
            Err(error) => error,
        };
        match filled(value) {
            Ok(gtin) if value.len() < 14 && clean::is_digits(value) => {
                Err(self.at("H1306", Field::Gtin, &[("expected", &gtin.as_str14())]))
            }
            _ => Err(self.of(Field::Gtin, error)),
        }
    }

    /// A lot or serial, which a spreadsheet may have taken for a number or a date, and people copy out of scans.
    fn part(&mut self, field: Field) -> Result<&'a str> {
        let value = self.said(field)?;
        if clean::holds_scan(value) {
            return Err(self.at("H1328", field, &[]));
        }
        if !self.mapping.allow_numbers {
            if clean::is_exponent(value) && value.contains('+') {
                return Err(self.at("H1305", field, &[]));
            }
            if let Some(digits) = clean::before_point_zero(value) {
                return Err(self.at("H1322", field, &[("expected", digits)]));
            }
            if clean::is_thousands(value) {
                return Err(self.at("H1308", field, &[]));
            }
        }
        if !self.mapping.allow_dates && clean::is_date(value) {
            return Err(self.at("H1307", field, &[]));
        }
        if clean::is_rounded(value) {
            self.warn(self.at("H1323", field, &[]));
        }
        if clean::holds_percent(value) {
            self.warn(self.at("H1329", field, &[]));
        }
        Ok(value)
    }

    fn quantity(&self) -> Result<Quantity> {
        // Thousands may stand apart with a blank that does not break.
        if clean::is_grouped(&clean::plain(self.columns.value(Field::Quantity, self.row))) {
            return Err(self.at("H1308", Field::Quantity, &[]));
        }
        let value = self.needed(Field::Quantity)?;
        if clean::is_exponent(value) {
            return Err(self.at("H1305", Field::Quantity, &[]));
        }
        let unit = self.mapping.unit(&clean::plain(self.said(Field::Unit)?));
        let unit = unit.map_err(|error| self.of(Field::Unit, error))?;
        let unit = unit.ok_or_else(|| self.at("H1314", Field::Unit, &[]))?;
        Quantity::parse(value, unit).map_err(|error| self.of(Field::Quantity, error))
    }

    /// By its word in either language; unstated where the cell is empty.
    fn purpose(&self) -> Result<Purpose> {
        let value = self.said(Field::Purpose)?;
        if value.is_empty() {
            return Ok(Purpose::Unstated);
        }
        let is_meant = |purpose: &Purpose| {
            purpose.name() == value.to_lowercase() || api::words::word(purpose.name(), Lang::ZhHans) == value
        };
        let expected = Purpose::ALL.map(Purpose::name).join(", ");
        let found = Purpose::ALL.into_iter().find(is_meant);
        found.ok_or_else(|| self.at("H1412", Field::Purpose, &[("expected", &expected)]))
    }

    fn hs(&mut self) -> Result<Option<HsCode>> {
        let value = self.said(Field::Hs)?;
        if value.is_empty() {
            return Ok(None);
        }
        let code = self.hs_code(value)?;
        if !hs::is_listed(&code) {
            return Err(retired(code.hs6(), code.edition()));
        }
        if !hs::is_special(&code) {
            self.warn(Failure::input("H1334", code.hs6()));
        }
        Ok(Some(code))
    }

    fn hs_code(&self, value: &str) -> Result<HsCode> {
        if value.starts_with("HS") {
            return value.parse().map_err(|error: CodeError| self.of(Field::Hs, error));
        }
        if clean::is_exponent(value) {
            return Err(self.at("H1305", Field::Hs, &[]));
        }
        if let Some(digits) = value.strip_suffix(".0").filter(|digits| digits.len() >= 6 && clean::is_digits(digits)) {
            return Err(self.at("H1322", Field::Hs, &[("expected", digits)]));
        }
        // Tariffs print 3002.12.00; the dots are no part of the code.
        let digits: String = value.chars().filter(|c| !matches!(c, '.' | ' ')).collect();
        let edition = self.mapping.hs_edition()?;
        let read = |digits: &str| {
            let jurisdiction = match (self.mapping.hs_jurisdiction()?, digits.len()) {
                (Some(given), _) => given,
                (None, 6) => HsJurisdiction::Wco,
                (None, _) => HsJurisdiction::Cn,
            };
            HsCode::new(jurisdiction, edition, digits)
        };
        let error = match read(&digits) {
            Ok(code) => return Ok(code),
            Err(error) => error,
        };
        let padded = format!("0{digits}");
        match read(&padded) {
            Ok(_) if digits.len() % 2 == 1 && digits.len() < 13 => {
                Err(self.at("H1306", Field::Hs, &[("expected", &padded)]))
            }
            _ => Err(self.of(Field::Hs, error)),
        }
    }
}

/// A tariff code that the edition in force does not have.
pub(super) fn retired(hs6: &str, edition: HsEdition) -> Failure {
    Failure::new("H1333", [("input", hs6.to_owned()), ("edition", edition.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mapping: &Mapping) -> Result<Parsed> {
        let headings = ["商品条码", "HS编码", "批号", "序列号", "数量", "单位"].map(str::to_owned).to_vec();
        let columns = Columns::of(headings, mapping).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        parse(&reader.records().next().unwrap().unwrap(), &columns, mapping).map(|(parsed, _)| parsed)
    }

    fn check(text: &str, expect: std::result::Result<&str, &str>) {
        let found = read(text, &Mapping::default());
        let shown = found.map(|p| format!("{} {}", p.code, p.quantity)).map_err(|f| f.code);
        assert_eq!(shown.as_deref().map_err(String::as_str), expect, "{text}");
    }

    #[test]
    fn lots_and_serials() {
        check("09520000101114,300251,L1,S1,1,H87", Ok("01/09520000101114/21/S1 1 H87"));
        check("09520000102968,300190,L1,,307.15,KGM", Ok("01/09520000102968/10/L1 307.15 KGM"));
        check("9520000102968,,L1,,2,毫升", Ok("01/09520000102968/10/L1 2 MLT"));
        check(" 09520000102968 ,3001.90,L1,,2,KGM", Ok("01/09520000102968/10/L1 2 KGM"));
    }

    #[test]
    fn every_fault_has_its_code() {
        check("09520000101115,300251,L1,,1,H87", Err("H1203"));
        check("0952000010111X,300251,L1,,1,H87", Err("H1201"));
        check("９520000101114,300251,L1,,1,H87", Err("H1325"));
        check(",300251,L1,,1,H87", Err("H1309"));
        check("09520000101114,300251,,,1,H87", Err("H1309"));
        check("09520000101114,300251,L1,,,H87", Err("H1309"));
        check("09520000101114,300251,L1,,1,", Err("H1314"));
        check("09520000101114,300251,L1,,1,箱", Err("H1230"));
        check("09520000101114,300251,L1,,0,H87", Err("H5202"));
        check("09520000101114,300251,L1,,-1,H87", Err("H1232"));
        check("09520000101114,300251,L1,,1.5,H87", Err("H1233"));
        check("09520000101114,300251,L1,S1,2,H87", Err("H5204"));
        check("09520000101114,300251,批号,,1,H87", Err("H1211"));
        check("09520000101114,300251,L1,123456789012345678901,1,H87", Err("H1212"));
        check("09520000101114,980000,L1,,1,H87", Err("H1222"));
        check("09520000101114,3002,L1,,1,H87", Err("H1221"));
        check("09520000101114,300251,L1,1,H87", Err("H1304"));
        check("09520000101114,300251,L1,,1,H87,x", Err("H1304"));
        check("09520000101114,300251,L1,,1,H87,, ", Ok("01/09520000101114/10/L1 1 H87"));
        check("09520000101114,300220,L1,,1,H87", Err("H1333"));
        check("2001234567893,300251,L1,,1,H87", Err("H1330"));
        check("9991234567890,300251,L1,,1,H87", Err("H1331"));
    }

    #[test]
    fn what_stands_in_place_of_a_value_is_refused() {
        check("=A2,300251,L1,,1,H87", Err("H1326"));
        check("#N/A,300251,L1,,1,H87", Err("H1326"));
        check("09520000101114,300251,=B2&C2,,1,H87", Err("H1326"));
        check("09520000101114,300251,L1,,########,H87", Err("H1326"));
        check("09520000101114,300251,L1,/,1,H87", Err("H1327"));
        check("09520000101114,300251,L1,无,1,H87", Err("H1327"));
        check("09520000101114,N/A,L1,,1,H87", Err("H1327"));
        check("09520000101114,300251,L１,,1,H87", Err("H1325"));
        check("09520000101114,300251,L\u{a0}1,,1,H87", Err("H1325"));
        check("09520000101114,300251,L\u{200b}1,,1,H87", Err("H1325"));
        check("09520000101114,300251,L1%1D21S1,,1,H87", Err("H1328"));
        check("09520000101114,300251,(10)L1,,1,H87", Err("H1328"));
        check("09520000101114,300251,L1,,1,Ｈ８７", Ok("01/09520000101114/10/L1 1 H87"));
        check("09520000101114,300251,A/B,,1,H87", Ok("01/09520000101114/10/A%2FB 1 H87"));
    }

    #[test]
    fn what_cannot_be_known_is_warned_of() {
        let warning = |text: &str| {
            let headings = ["gtin", "hs", "lot", "qty"].map(str::to_owned).to_vec();
            let mapping: Mapping = toml::from_str("unit = 'H87'").unwrap();
            let columns = Columns::of(headings, &mapping).unwrap();
            let row = csv::StringRecord::from(text.split(',').collect::<Vec<_>>());
            parse(&row, &columns, &mapping).unwrap().1.map(|failure| failure.code)
        };
        assert_eq!(warning("09520000101114,300251,L1,1"), None);
        assert_eq!(warning("09520000101114,300251,1234567890123450,1"), Some("H1323".into()));
        assert_eq!(warning("09520000101114,300251,A%2FB,1"), Some("H1329".into()));
        assert_eq!(warning("09520000101114,300510,L1,1"), Some("H1334".into()));
        // The first of two.
        assert_eq!(warning("09520000101114,300510,A%2FB,1"), Some("H1329".into()));
    }

    #[test]
    fn what_spreadsheets_do_is_recognised() {
        check("9.52E+12,300251,L1,,1,H87", Err("H1305"));
        check("952000010111E4,300251,L1,,1,H87", Err("H1305"));
        check("09520000101114,300251,1.2E+10,,1,H87", Err("H1305"));
        check("09520000101114,300251,12E4,,1,H87", Ok("01/09520000101114/10/12E4 1 H87"));
        check("09520000101114,300251,L1,,1E3,H87", Err("H1305"));
        // GTIN-12 036000291452 with its zero dropped.
        check("36000291452,300251,L1,,1,H87", Err("H1306"));
        check("09520000101114,51199,L1,,1,H87", Err("H1306"));
        check("09520000101114,300251,2026/3/12,,1,H87", Err("H1307"));
        check("09520000101114,300251,12-Mar,,1,H87", Err("H1307"));
        check("09520000101114,300251,Mar-26,,1,H87", Err("H1307"));
        check("09520000101114,300251,3月12日,,1,H87", Err("H1307"));
        check("09520000101114,300251,L1,,\"1,000\",H87", Err("H1308"));
        check("09520000101114,300251,L1,,\"1，000\",H87", Err("H1308"));
        check("09520000101114,300251,L1,,1\u{a0}000,H87", Err("H1308"));
        check("\"9,520,000,101,114\",300251,L1,,1,H87", Err("H1308"));
        check("09520000101114,300251,\"240,612\",,1,H87", Err("H1308"));
        check("9520000101114.0,300251,L1,,1,H87", Err("H1322"));
        check("09520000101114,300251,240612.0,,1,H87", Err("H1322"));
        check("09520000101114,300251.0,L1,,1,H87", Err("H1322"));
        check("09520000101114,300251,2025/3/1 0:00,,1,H87", Err("H1307"));
        check("09520000101114,300251,'0045,,1,H87", Ok("01/09520000101114/10/0045 1 H87"));
        for lot in ["3-12", "A-12", "2406-1", "20260312", "12-34-56", "L2406E60-00000"] {
            check(&format!("09520000101114,300251,{lot},,1,H87"), Ok(&format!("01/09520000101114/10/{lot} 1 H87")));
        }
    }

    #[test]
    fn a_purpose_is_read_in_either_language_and_may_be_left_out() {
        let read = |purpose: &str| {
            let headings = ["gtin", "lot", "qty", "unit", "purpose"].map(str::to_owned).to_vec();
            let columns = Columns::of(headings, &Mapping::default()).unwrap();
            let row = csv::StringRecord::from(vec!["09520000101114", "L1", "1", "H87", purpose]);
            parse(&row, &columns, &Mapping::default()).map(|(parsed, _)| parsed.purpose).map_err(|f| f.code)
        };
        assert_eq!(read(""), Ok(Purpose::Unstated));
        assert_eq!(read("Research"), Ok(Purpose::Research));
        assert_eq!(read("医疗"), Ok(Purpose::Medical));
        assert_eq!(read("resale"), Err("H1412".into()));
    }

    #[test]
    fn dates_and_numbers_may_be_lots_when_told_so() {
        let mapping: Mapping = toml::from_str("allow_dates = true\nallow_numbers = true").unwrap();
        for lot in ["2026-03-12", "240612.0", "1.2E+10", "\"240,612\""] {
            assert!(read(&format!("09520000101114,300251,{lot},,1,H87"), &mapping).is_ok(), "{lot}");
        }
    }

    #[test]
    fn failures_name_column_and_input() {
        let failure = read("9.52E+12,300251,L1,,1,H87", &Mapping::default()).unwrap_err();
        assert_eq!(failure.params["column"], "商品条码");
        assert_eq!(failure.params["input"], "9.52E+12");
        let column = |text: &str| read(text, &Mapping::default()).unwrap_err().params["column"].clone();
        assert_eq!(column("09520000101115,300251,L1,,1,H87"), "商品条码");
        assert_eq!(column("09520000101114,980000,L1,,1,H87"), "HS编码");
        assert_eq!(column("09520000101114,300251,批号,,1,H87"), "批号");
        assert_eq!(column("09520000101114,300251,L1,123456789012345678901,1,H87"), "序列号");
        assert_eq!(column("09520000101114,300251,L1,,-1,H87"), "数量");
        assert_eq!(column("09520000101114,300251,L1,,0,H87"), "数量");
        assert_eq!(column("09520000101114,300251,L1,,1,箱"), "单位");
    }
}
