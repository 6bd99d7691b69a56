//! Units of measure: common codes of UN/ECE Recommendation 20 (revision 17), each with a fixed number of decimals.
use std::fmt;
use std::str::FromStr;

use crate::codec::coded;
use crate::{CodeError, bounded};

/// One row of the table; the code comes first, so that units order by code.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Row {
    code: &'static str,
    scale: u8,
    english: &'static str,
    chinese: &'static str,
}

const fn row(code: &'static str, scale: u8, english: &'static str, chinese: &'static str) -> Row {
    Row { code, scale, english, chinese }
}

const PIECE: Row = row("H87", 0, "piece", "件");

/// In order of code. The scale of a unit can never change: amounts on the ledger are counted in it.
const UNITS: &[Row] = &[
    row("2Q", 3, "kilobecquerel", "千贝可"),
    row("4G", 3, "microlitre", "微升"),
    row("4N", 6, "megabecquerel", "兆贝可"),
    row("BQL", 0, "becquerel", "贝可"),
    row("C18", 6, "millimole", "毫摩尔"),
    row("C34", 9, "mole", "摩尔"),
    row("C62", 0, "one", "个"),
    row("CMK", 2, "square centimetre", "平方厘米"),
    row("CMQ", 3, "cubic centimetre", "立方厘米"),
    row("CMT", 2, "centimetre", "厘米"),
    row("DZN", 0, "dozen", "打"),
    row("E27", 0, "dose", "剂"),
    row("E53", 0, "test", "测试"),
    row("EA", 0, "each", "只"),
    row("FH", 3, "micromole", "微摩尔"),
    row("GBQ", 9, "gigabecquerel", "吉贝可"),
    row("GRM", 6, "gram", "克"),
    PIECE,
    row("KGM", 6, "kilogram", "千克"),
    row("KT", 0, "kit", "盒(试剂盒)"),
    row("LTR", 6, "litre", "升"),
    row("M5", 3, "microcurie", "微居里"),
    row("MC", 3, "microgram", "微克"),
    row("MCU", 6, "millicurie", "毫居里"),
    row("MGM", 3, "milligram", "毫克"),
    row("MIU", 6, "million international unit", "百万国际单位"),
    row("MLT", 3, "millilitre", "毫升"),
    row("MMQ", 3, "cubic millimetre", "立方毫米"),
    row("MMT", 3, "millimetre", "毫米"),
    row("MTK", 6, "square metre", "平方米"),
    row("MTQ", 9, "cubic metre", "立方米"),
    row("MTR", 3, "metre", "米"),
    row("NIU", 3, "number of international units", "国际单位"),
    row("NMP", 0, "number of packs", "包"),
    row("PR", 0, "pair", "对"),
    row("Q34", 3, "nanolitre", "纳升"),
    row("SET", 0, "set", "套"),
    row("SYR", 0, "syringe", "支(注射器)"),
    row("TNE", 9, "tonne (metric ton)", "吨"),
    row("U2", 0, "tablet", "片"),
    row("Z9", 3, "nanomole", "纳摩尔"),
];

/// A unit of measure of the table. Bytes: its code as str.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(&'static Row);

impl Unit {
    /// Piece (件), H87: the unit of a serialised item.
    pub const PIECE: Self = Self(&PIECE);

    /// Longest code, in characters.
    pub const MAX: usize = 3;

    /// All units of the table, in order of code.
    pub fn all() -> impl Iterator<Item = Self> {
        UNITS.iter().map(Self)
    }

    /// The common code, such as `MLT`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.0.code
    }

    /// Decimals that a quantity may have: an amount counts 10^-scale of the unit.
    #[must_use]
    pub const fn scale(&self) -> u8 {
        self.0.scale
    }

    /// English name, as in the recommendation.
    #[must_use]
    pub const fn english(&self) -> &'static str {
        self.0.english
    }

    /// Chinese name.
    #[must_use]
    pub const fn chinese(&self) -> &'static str {
        self.0.chinese
    }

    /// Whether the unit counts single things: H87, C62 or EA.
    #[must_use]
    pub fn counts_pieces(&self) -> bool {
        matches!(self.as_str(), "H87" | "C62" | "EA")
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({self})")
    }
}

impl FromStr for Unit {
    type Err = CodeError;

    /// The common code in capitals. Error: [`CodeError::UnknownUnit`].
    fn from_str(input: &str) -> Result<Self, CodeError> {
        bounded(input)?;
        let known = Self::all().find(|unit| unit.as_str() == input);
        known.ok_or_else(|| CodeError::UnknownUnit { input: input.to_owned() })
    }
}

coded!(Unit as str..=Unit::MAX);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_unique_and_bounded() {
        let codes: Vec<_> = Unit::all().map(|unit| unit.as_str()).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        assert!(codes.iter().all(|code| code.len() <= Unit::MAX));
        assert!(Unit::all().all(|unit| unit.scale() <= 9 && !unit.counts_pieces() || unit.scale() == 0));
    }

    #[test]
    fn reading() {
        assert_eq!("H87".parse::<Unit>().unwrap(), Unit::PIECE);
        assert_eq!("MLT".parse::<Unit>().unwrap().scale(), 3);
        assert_eq!("LTR".parse::<Unit>().unwrap().chinese(), "升");
        for unknown in ["", "mlt", "VI", "TU", "XBX", "毫升"] {
            assert_eq!(unknown.parse::<Unit>().unwrap_err().code(), "H1230", "{unknown}");
        }
    }
}
