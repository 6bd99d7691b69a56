//! Numeric GS1 keys with a check digit: GTIN, SSCC, GLN (GS1 General Specifications 3.3 and 7.9).
use std::fmt;
use std::str::FromStr;

use crate::codec::coded;
use crate::{CodeError, bounded};

/// The GS1 check digit (0..=9) of the digits before it, given as a number (at most 19 digits); leading zeros do not
/// count, so one rule serves every key length. Weights 3, 1, 3, ... from the right: General Specifications 7.9.1.
#[must_use]
pub fn check_digit(digits: u64) -> u8 {
    let (mut rest, mut weight, mut sum) = (digits, 3_u64, 0_u64);
    while rest > 0 {
        // At most 19 digits of at most 9 * 3 each.
        sum = sum.saturating_add((rest % 10).saturating_mul(weight));
        rest /= 10;
        weight = if weight == 3 { 1 } else { 3 };
    }
    u8::try_from(10_u64.saturating_sub(sum % 10) % 10).unwrap_or(0)
}

/// Which key is being read: gives its widths and its own error variants.
#[derive(Clone, Copy)]
enum Kind {
    Gtin,
    Sscc,
    Gln,
}

impl Kind {
    const fn widths(self) -> &'static [usize] {
        match self {
            Self::Gtin => &[8, 12, 13, 14],
            Self::Sscc => &[18],
            Self::Gln => &[13],
        }
    }

    /// The smallest number that no longer fits the widest form.
    const fn limit(self) -> u64 {
        match self {
            Self::Gtin => 100_000_000_000_000,
            Self::Sscc => 1_000_000_000_000_000_000,
            Self::Gln => 10_000_000_000_000,
        }
    }

    fn character(self, input: &str, position: usize, found: char) -> CodeError {
        let input = input.to_owned();
        match self {
            Self::Gtin => CodeError::GtinCharacter { input, position, found },
            Self::Sscc => CodeError::SsccCharacter { input, position, found },
            Self::Gln => CodeError::GlnCharacter { input, position, found },
        }
    }

    fn length(self, input: String) -> CodeError {
        let found = input.len();
        match self {
            Self::Gtin => CodeError::GtinLength { input, found },
            Self::Sscc => CodeError::SsccLength { input, found },
            Self::Gln => CodeError::GlnLength { input, found },
        }
    }

    fn check(self, input: String, expected: u8, found: u8) -> CodeError {
        let position = input.len().saturating_sub(1);
        match self {
            Self::Gtin => CodeError::GtinCheckDigit { input, position, expected, found },
            Self::Sscc => CodeError::SsccCheckDigit { input, position, expected, found },
            Self::Gln => CodeError::GlnCheckDigit { input, position, expected, found },
        }
    }

    /// Digits of one of the key's widths -> the number they write.
    fn parse(self, input: &str) -> Result<u64, CodeError> {
        bounded(input)?;
        if let Some((position, found)) = input.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(self.character(input, position, found));
        }
        if !self.widths().contains(&input.len()) {
            return Err(self.length(input.to_owned()));
        }
        // At most 18 digits fit in a u64, so this parse cannot fail; were it to, the length would be the reason.
        let value = input.parse().map_err(|_| self.length(input.to_owned()))?;
        self.verify(value, || input.to_owned())
    }

    /// A number, if it fits and its last digit follows from the others.
    fn accept(self, value: u64) -> Result<u64, CodeError> {
        if value >= self.limit() {
            return Err(self.length(value.to_string()));
        }
        self.verify(value, || self.print(value))
    }

    fn verify(self, value: u64, input: impl FnOnce() -> String) -> Result<u64, CodeError> {
        let expected = check_digit(value / 10);
        let found = u8::try_from(value % 10).unwrap_or(0);
        if expected == found { Ok(value) } else { Err(self.check(input(), expected, found)) }
    }

    fn print(self, value: u64) -> String {
        match self {
            Self::Gtin => format!("{value:014}"),
            Self::Sscc => format!("{value:018}"),
            Self::Gln => format!("{value:013}"),
        }
    }
}

macro_rules! numeric_key {
    ($(#[$doc:meta])* $name:ident, $kind:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The key from the number its digits write. Errors: length, check digit.
            pub fn from_u64(value: u64) -> Result<Self, CodeError> {
                $kind.accept(value).map(Self)
            }

            /// The number that the digits write, check digit included.
            #[must_use]
            pub const fn as_u64(&self) -> u64 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = CodeError;

            /// Digits only. Errors: character, length, check digit, each with its own variant for this key.
            fn from_str(input: &str) -> Result<Self, CodeError> {
                $kind.parse(input).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&$kind.print(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        coded!($name as u64, |key| key.0, $name::from_u64);
    };
}

numeric_key! {
    /// Global Trade Item Number, AI (01). GTIN-8, -12, -13 and -14 are read and kept as 14 digits (General
    /// Specifications 2.1 and 3.3.2: right-justified, zero-filled). Bytes: u64.
    Gtin, Kind::Gtin
}

impl Gtin {
    /// The 14 digits.
    #[must_use]
    pub fn as_str14(&self) -> String {
        Kind::Gtin.print(self.0)
    }
}

numeric_key! {
    /// Serial Shipping Container Code, AI (00), 18 digits (General Specifications 2.2.1 and 3.3.1). Bytes: u64.
    Sscc, Kind::Sscc
}

numeric_key! {
    /// Global Location Number, AIs (410) to (417), 13 digits (General Specifications 2.4 and 3.7). Bytes: u64.
    Gln, Kind::Gln
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtin_reads_every_width() {
        let check =
            |input: &str, expect: &str| assert_eq!(input.parse::<Gtin>().unwrap().as_str14(), expect, "{input}");
        check("02345673", "00000002345673");
        check("416000336108", "00416000336108");
        check("9521234543213", "09521234543213");
        check("09521234543213", "09521234543213");
        check("12312312312333", "12312312312333");
    }

    #[test]
    fn faults_have_their_own_codes() {
        let gtin = |input: &str, expect: &str| assert_eq!(input.parse::<Gtin>().unwrap_err().code(), expect, "{input}");
        gtin("0952123454321A", "H1201");
        gtin("０９５２１２３４", "H1201");
        gtin("", "H1202");
        gtin("952123454", "H1202");
        gtin("095212345432130", "H1202");
        gtin("09521234543214", "H1203");
        gtin(&"9".repeat(512), "H1202");
        gtin(&"9".repeat(513), "H1101");
        assert_eq!("0061414112345678X0".parse::<Sscc>().unwrap_err().code(), "H1204");
        assert_eq!("00614141123456789".parse::<Sscc>().unwrap_err().code(), "H1205");
        assert_eq!("006141411234567891".parse::<Sscc>().unwrap_err().code(), "H1206");
        assert_eq!("958000000001-".parse::<Gln>().unwrap_err().code(), "H1207");
        assert_eq!("09580000000015".parse::<Gln>().unwrap_err().code(), "H1208");
        assert_eq!("9580000000014".parse::<Gln>().unwrap_err().code(), "H1209");
    }

    #[test]
    fn check_digit_error_points_at_the_digit() {
        let error = "06901234567893".parse::<Gtin>().unwrap_err();
        assert_eq!(
            error,
            CodeError::GtinCheckDigit { input: "06901234567893".into(), position: 13, expected: 2, found: 3 }
        );
        assert_eq!(error.title(), "the check digit of this GTIN is wrong");
    }

    #[test]
    fn numbers_are_checked_like_digits() {
        assert_eq!(Gtin::from_u64(9521234543213).unwrap().to_string(), "09521234543213");
        assert_eq!(Gtin::from_u64(100_000_000_000_000).unwrap_err().code(), "H1202");
        assert_eq!(Gtin::from_u64(9521234543214).unwrap_err().code(), "H1203");
        assert_eq!(Sscc::from_u64(u64::MAX).unwrap_err().code(), "H1205");
        assert_eq!(Gln::from_u64(10_000_000_000_000).unwrap_err().code(), "H1208");
    }

    #[test]
    fn printing() {
        let gln: Gln = "9580000000015".parse().unwrap();
        assert_eq!(format!("{gln} {gln:?}"), "9580000000015 Gln(9580000000015)");
        let sscc: Sscc = "006141411234567890".parse().unwrap();
        assert_eq!(sscc.to_string(), "006141411234567890");
    }
}
