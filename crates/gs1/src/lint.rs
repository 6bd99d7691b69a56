//! The checks of single parts of a value, by the names that the GS1 Barcode Syntax Dictionary gives them ("linters").
//!
//! Which part is checked by which of them stands in the table of [`crate::ai`]. A company prefix is asked to be digits
//! and no more: whether it is given out is known to a table that changes by the day.
mod coupon;
mod key;
mod list;
mod number;
mod set;
mod time;

use crate::{CodeError, bounded};

pub(crate) use set::characters;

macro_rules! linters {
    ($($(#[$doc:meta])* $variant:ident $name:literal => $check:path;)*) => {
        /// A check of one part of a value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Linter {
            $($(#[$doc])* $variant,)*
        }

        impl Linter {
            /// All of them, in order of name.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in the syntax dictionary.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub(crate) fn check(self, data: &str) -> Result<(), Fault> {
                match self {
                    $(Self::$variant => $check(data),)*
                }
            }
        }
    };
}

linters! {
    /// The parts of a North American coupon, AI (8110).
    CouponCode "couponcode" => coupon::code;
    /// The parts of a coupon of a positive offer file, AI (8112).
    CouponPosOffer "couponposoffer" => coupon::positive_offer;
    /// Characters of set 39.
    Cset39 "cset39" => set::set_39;
    /// Characters of set 64; two padding signs at most, where they fill up the length.
    Cset64 "cset64" => set::set_64;
    /// Characters of set 82.
    Cset82 "cset82" => set::set_82;
    /// Digits.
    CsetNumeric "csetnumeric" => set::digits;
    /// The last digit is the check digit of the others (General Specifications 7.9.1).
    Csum "csum" => key::check_digit;
    /// The last two characters are the check pair of the others (General Specifications 7.9.5).
    CsumAlpha "csumalpha" => key::check_pair;
    /// Begins as a company prefix does.
    GcpPos1 "gcppos1" => key::prefix_first;
    /// One digit, then the beginning of a company prefix.
    GcpPos2 "gcppos2" => key::prefix_second;
    /// One character at least is no digit.
    HasNonDigit "hasnondigit" => set::has_non_digit;
    /// Hour.
    Hh "hh" => time::hour;
    /// Hour and minute.
    HhMi "hhmi" => time::hour_minute;
    /// Hour, minute and second.
    HhMmSs "hhmmss" => time::hour_minute_second;
    /// Hyphens.
    Hyphen "hyphen" => set::hyphens;
    /// International bank account number (ISO 13616).
    Iban "iban" => key::iban;
    /// The index of an importer: one letter, digit, hyphen or underscore.
    ImporterIdx "importeridx" => set::importer_index;
    /// A country, three digits (ISO 3166-1).
    Iso3166 "iso3166" => list::country;
    /// A country, three digits, or 999 for several.
    Iso3166Or999 "iso3166999" => list::country_or_several;
    /// A country, two letters (ISO 3166-1).
    Iso3166Alpha2 "iso3166alpha2" => list::country_letters;
    /// Countries, three digits each.
    Iso3166List "iso3166list" => list::countries;
    /// A currency, three digits (ISO 4217).
    Iso4217 "iso4217" => list::currency;
    /// A sex (ISO/IEC 5218).
    Iso5218 "iso5218" => list::sex;
    /// Degrees north of the south pole, times ten million.
    Latitude "latitude" => number::latitude;
    /// Degrees east of the zero meridian, times ten million.
    Longitude "longitude" => number::longitude;
    /// The kind of medium that carries the data.
    MediaType "mediatype" => list::media_type;
    /// Minute.
    Mi "mi" => time::minute;
    /// A number above zero.
    NonZero "nonzero" => number::above_zero;
    /// A number without zeros before it.
    NoZeroPrefix "nozeroprefix" => number::no_leading_zero;
    /// A kind of package (UN/ECE Recommendation 21, and those of GS1).
    PackageType "packagetype" => list::package_type;
    /// Behind every percent sign stand two hexadecimal digits.
    PcEnc "pcenc" => set::percent_encoding;
    /// A piece and the number of pieces, in as many digits each.
    PieceOfTotal "pieceoftotal" => number::piece_of_total;
    /// A position, a slash, and the last position.
    PosInSeqSlash "posinseqslash" => number::position_in_sequence;
    /// Second.
    Ss "ss" => time::second;
    /// The direction in which a roll is wound.
    Winding "winding" => list::winding;
    /// No or yes.
    YesNo "yesno" => list::yes_or_no;
    /// A day, its year in two digits; day 00 stands for the month.
    YyMmD0 "yymmd0" => time::date;
    /// A day, its year in two digits.
    YyMmDd "yymmdd" => time::day;
    /// A day, its year in two digits, and an hour.
    YyMmDdHh "yymmddhh" => time::day_hour;
    /// A day, its year in four digits; day 00 stands for the month.
    YyyyMmD0 "yyyymmd0" => time::long_date;
    /// A day, its year in four digits.
    YyyyMmDd "yyyymmdd" => time::long_day;
    /// A day, its year in four digits, and an hour.
    YyyyMmDdHh "yyyymmddhh" => time::long_day_hour;
    /// Zeros.
    Zero "zero" => number::zeros;
}

impl Linter {
    /// The linter of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|linter| linter.name() == name)
    }
}

/// Checks `data` with the linter called `name`. In an error `ai` is that name.
///
/// Errors: [`CodeError::UnknownLinter`], [`CodeError::InputTooLong`], and the `Element` variants.
pub fn lint(name: &str, data: &str) -> Result<(), CodeError> {
    bounded(name)?;
    bounded(data)?;
    let Some(linter) = Linter::named(name) else {
        return Err(CodeError::UnknownLinter { input: name.to_owned() });
    };
    linter.check(data).map_err(|fault| fault.of(name, data, 0))
}

/// What is wrong with a part of a value, and at which of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    position: usize,
    wrong: Wrong,
}

#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Character(char),
    Length { min: usize, max: usize },
    Date,
    Time,
    CheckDigit { expected: u8, found: u8 },
    CheckPair { expected: String },
    Unlisted { list: &'static str },
    Number { expected: &'static str },
    Percent,
    Iban { expected: &'static str },
    Prefix,
    Coupon { expected: &'static str },
    OnlyDigits,
}

impl Wrong {
    fn at(self, position: usize) -> Fault {
        Fault { position, wrong: self }
    }
}

impl Fault {
    /// The error of the value `input` of an identifier, of which the part at fault stands at `offset`.
    pub(crate) fn of(self, ai: &str, input: &str, offset: usize) -> CodeError {
        let position = offset.saturating_add(self.position);
        let (ai, input) = (ai.to_owned(), input.to_owned());
        match self.wrong {
            Wrong::Character(found) => CodeError::ElementCharacter { ai, input, position, found },
            Wrong::Length { min, max } => {
                let found = input.chars().count();
                CodeError::ElementLength { ai, input, found, min, max }
            }
            Wrong::Date => CodeError::ElementDate { ai, input, position },
            Wrong::Time => CodeError::ElementTime { ai, input, position },
            Wrong::CheckDigit { expected, found } => {
                CodeError::ElementCheckDigit { ai, input, position, expected, found }
            }
            Wrong::CheckPair { expected } => CodeError::ElementCheckPair { ai, input, position, expected },
            Wrong::Unlisted { list } => CodeError::ElementUnlisted { ai, input, position, list },
            Wrong::Number { expected } => CodeError::ElementNumber { ai, input, position, expected },
            Wrong::Percent => CodeError::ElementPercent { ai, input, position },
            Wrong::Iban { expected } => CodeError::ElementIban { ai, input, position, expected },
            Wrong::Prefix => CodeError::ElementPrefix { ai, input, position },
            Wrong::Coupon { expected } => CodeError::ElementCoupon { ai, input, position, expected },
            Wrong::OnlyDigits => CodeError::ElementOnlyDigits { ai, input },
        }
    }
}

/// Refuses another length than `length` characters.
fn exactly(data: &str, length: usize) -> Result<(), Fault> {
    if data.chars().count() == length { Ok(()) } else { Err(Wrong::Length { min: length, max: length }.at(0)) }
}

#[cfg(test)]
#[path = "lint/tests.rs"]
mod tests;
