//! One row of a list: checked, and turned into what would be registered.

use super::mapping::{Columns, Field, Mapping};
use crate::{
    failure::{Failure, Result},
    private::Named,
};
use api::Lang;
use gs1::{Gtin, HsCode, HsJurisdiction, ItemCode, Quantity};
use ledger::{
    ClassId, Hash,
    operation::{Purpose, Registration},
    record::ClassCode,
};

/// What a row registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) class: ClassId,
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
        let (class, quantity, purpose) = (self.class, self.quantity, self.purpose);
        Registration { class, code: self.code.clone(), quantity, purpose, private }
    }
}

/// Reads a row. Every fault has a code; what spreadsheets do to codes has codes of its own.
pub(super) fn parse(row: &csv::StringRecord, columns: &Columns, mapping: &Mapping) -> Result<Parsed> {
    if row.len() != columns.count() {
        let values = [("found", row.len().to_string()), ("expected", columns.count().to_string())];
        return Err(Failure::new("H1304", values));
    }
    let reader = Reader { row, columns, mapping };
    let code = reader.code()?;
    let class = match code.gtin() {
        Some(gtin) => ClassId::of(&ClassCode::Gtin(gtin)),
        // A code without GTIN says nothing of its class, and a list has no column for it.
        None => return Err(Failure::input("H1121", code.to_string())),
    };
    let quantity = reader.quantity()?;
    ledger::judge::check_quantity(&code, &quantity)?;
    let (hs, purpose) = (reader.hs()?, reader.purpose()?);
    Ok(Parsed { class, code, quantity, hs, purpose, private: columns.private(row)? })
}

struct Reader<'a> {
    row: &'a csv::StringRecord,
    columns: &'a Columns,
    mapping: &'a Mapping,
}

impl Reader<'_> {
    fn value(&self, field: Field) -> &str {
        self.columns.value(field, self.row)
    }

    /// A failure at a column.
    fn at(&self, code: &str, field: Field, extra: &[(&str, &str)]) -> Failure {
        let mut failure = Failure::new(code, extra.iter().copied());
        failure.params.insert("column".into(), self.columns.heading(field).to_owned());
        failure.params.entry("input".into()).or_insert_with(|| self.value(field).to_owned());
        failure
    }

    fn code(&self) -> Result<ItemCode> {
        let whole = self.value(Field::Code);
        if !whole.is_empty() {
            if is_exponent(whole) {
                return Err(self.at("H1305", Field::Code, &[]));
            }
            return Ok(gs1::parse_code(whole)?);
        }
        let gtin = self.gtin()?;
        let (lot, serial) = (self.value(Field::Lot), self.value(Field::Serial));
        for field in [Field::Lot, Field::Serial] {
            self.check_text(field)?;
        }
        match (serial.is_empty(), lot.is_empty()) {
            (false, _) => Ok(ItemCode::Serial { gtin, serial: serial.parse()? }),
            (true, false) => Ok(ItemCode::Lot { gtin, lot: lot.parse()? }),
            (true, true) => Err(self.at("H1309", Field::Lot, &[])),
        }
    }

    fn gtin(&self) -> Result<Gtin> {
        let value = self.value(Field::Gtin);
        if value.is_empty() {
            return Err(self.at("H1309", Field::Gtin, &[]));
        }
        if is_exponent(value) {
            return Err(self.at("H1305", Field::Gtin, &[]));
        }
        let error = match value.parse::<Gtin>() {
            Ok(gtin) => return Ok(gtin),
            Err(error) => error,
        };
        // Zeros in front change no check digit: a number that is right with them was right before they were dropped.
        let is_short = value.len() < 14 && value.bytes().all(|b| b.is_ascii_digit());
        match format!("{value:0>14}").parse::<Gtin>() {
            Ok(gtin) if is_short => Err(self.at("H1306", Field::Gtin, &[("expected", &gtin.as_str14())])),
            _ => Err(error.into()),
        }
    }

    /// Lots and serials that a spreadsheet took for numbers or dates.
    fn check_text(&self, field: Field) -> Result<()> {
        let value = self.value(field);
        if is_exponent(value) && value.contains('+') {
            return Err(self.at("H1305", field, &[]));
        }
        if !self.mapping.allow_dates && is_date(value) {
            return Err(self.at("H1307", field, &[]));
        }
        Ok(())
    }

    fn quantity(&self) -> Result<Quantity> {
        let value = self.value(Field::Quantity);
        if value.is_empty() {
            return Err(self.at("H1309", Field::Quantity, &[]));
        }
        if is_exponent(value) {
            return Err(self.at("H1305", Field::Quantity, &[]));
        }
        let has_comma = value.contains([',', '，']);
        if has_comma && value.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '，' | '.')) {
            return Err(self.at("H1308", Field::Quantity, &[]));
        }
        let unit = self.mapping.unit(self.value(Field::Unit))?;
        let unit = unit.ok_or_else(|| self.at("H1314", Field::Unit, &[]))?;
        Ok(Quantity::parse(value, unit)?)
    }

    /// By its word in either language; unstated where the cell is empty.
    fn purpose(&self) -> Result<Purpose> {
        let value = self.value(Field::Purpose);
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

    fn hs(&self) -> Result<Option<HsCode>> {
        let value = self.value(Field::Hs);
        if value.is_empty() {
            return Ok(None);
        }
        if value.starts_with("HS") {
            return Ok(Some(value.parse()?));
        }
        if is_exponent(value) {
            return Err(self.at("H1305", Field::Hs, &[]));
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
            Ok(code) => return Ok(Some(code)),
            Err(error) => error,
        };
        let padded = format!("0{digits}");
        match read(&padded) {
            Ok(_) if digits.len() % 2 == 1 && digits.len() < 13 => {
                Err(self.at("H1306", Field::Hs, &[("expected", &padded)]))
            }
            _ => Err(error.into()),
        }
    }
}

/// `6.9E+12`, `1E5`: digits, at most one point, E, an optional sign, digits.
fn is_exponent(value: &str) -> bool {
    let Some((mantissa, exponent)) = value.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mantissa_is_number = match mantissa.split_once(['.', ',']) {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(mantissa),
    };
    mantissa_is_number && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

/// What spreadsheets write for a date: `2026-3-12`, `2026/3/12`, `3/12/2026`, `12-Mar`, `Mar-26`, `3月12日`.
fn is_date(value: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let value = value.trim_end_matches('日').to_lowercase().replace(['年', '月'], "/");
    let separator = if value.contains('/') { '/' } else { '-' };
    let parts: Vec<&str> = value.split(separator).filter(|p| !p.is_empty()).collect();
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 4 && !text.starts_with('+'));
    let is_month = |text: &str| number(text).is_some_and(|n| text.len() <= 2 && (1..=12).contains(&n));
    let is_day = |text: &str| number(text).is_some_and(|n| text.len() <= 2 && (1..=31).contains(&n));
    let is_year = |text: &str| text.len() == 4 && number(text).is_some_and(|n| (1900..=2099).contains(&n));
    let is_name = |text: &str| MONTHS.contains(&text);
    let is_short_year = |text: &str| text.len() == 2 && number(text).is_some();
    match parts.as_slice() {
        [y, m, d] if is_year(y) => is_month(m) && is_day(d),
        [a, b, y] if is_year(y) || is_short_year(y) => {
            (is_month(a) && is_day(b)) || (is_day(a) && (is_month(b) || is_name(b)))
        }
        [a, b] if is_name(a) => is_year(b) || is_day(b) || is_short_year(b),
        [a, b] if is_name(b) => is_day(a),
        [y, m] if is_year(y) => is_month(m),
        // 3/12 is a date that lost its year; 3-12 would be, too, and is a lot as often.
        [m, d] => separator == '/' && is_month(m) && is_day(d),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mapping: &Mapping) -> Result<Parsed> {
        let headings = ["商品条码", "HS编码", "批号", "序列号", "数量", "单位"].map(str::to_owned).to_vec();
        let columns = Columns::of(headings, mapping).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        parse(&reader.records().next().unwrap().unwrap(), &columns, mapping)
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
        check("９520000101114,300251,L1,,1,H87", Err("H1201"));
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
            parse(&row, &columns, &Mapping::default()).map(|parsed| parsed.purpose).map_err(|f| f.code)
        };
        assert_eq!(read(""), Ok(Purpose::Unstated));
        assert_eq!(read("Research"), Ok(Purpose::Research));
        assert_eq!(read("医疗"), Ok(Purpose::Medical));
        assert_eq!(read("resale"), Err("H1412".into()));
    }

    #[test]
    fn dates_may_be_lots_when_told_so() {
        let mapping: Mapping = toml::from_str("allow_dates = true").unwrap();
        assert!(read("09520000101114,300251,2026-03-12,,1,H87", &mapping).is_ok());
    }

    #[test]
    fn failures_name_column_and_input() {
        let failure = read("9.52E+12,300251,L1,,1,H87", &Mapping::default()).unwrap_err();
        assert_eq!(failure.params["column"], "商品条码");
        assert_eq!(failure.params["input"], "9.52E+12");
    }
}
