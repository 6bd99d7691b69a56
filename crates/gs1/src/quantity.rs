//! Exact decimal quantities.
use std::fmt;
use std::str::FromStr;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::codec::refuse;
use crate::{CodeError, Unit, bounded};

/// The greatest amount, 10^18 - 1: it leaves room to add two amounts in a u64, and has the digits of any label.
pub const MAX_AMOUNT: u64 = 999_999_999_999_999_999;

/// An amount, counted in 10^-scale of its unit: `12.5 MLT` is 12,500 thousandths. Never negative, never rounded.
/// Ordered by unit, then amount. Bytes: amount u64, unit str.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    unit: Unit,
    amount: u64,
}

impl Quantity {
    /// From an amount in 10^-scale of the unit. Error: [`CodeError::QuantityTooLarge`].
    pub fn new(amount: u64, unit: Unit) -> Result<Self, CodeError> {
        if amount > MAX_AMOUNT {
            return Err(CodeError::QuantityTooLarge { input: decimal(amount, unit.scale()), unit: unit.as_str() });
        }
        Ok(Self { unit, amount })
    }

    /// Nothing, in a unit.
    #[must_use]
    pub const fn zero(unit: Unit) -> Self {
        Self { unit, amount: 0 }
    }

    /// Reads a plain decimal number: digits, and optionally a point with digits after it. Zeros beyond the unit's scale
    /// are allowed, for they say nothing. No sign, blank, thousands separator or exponent.
    ///
    /// Errors: [`CodeError::QuantityNotANumber`], [`CodeError::QuantityNegative`], [`CodeError::QuantityTooPrecise`],
    /// [`CodeError::QuantityTooLarge`].
    pub fn parse(input: &str, unit: Unit) -> Result<Self, CodeError> {
        bounded(input)?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (negative, number) = match input.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, input),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if !is_number(whole) || !is_number(fraction) {
            return Err(CodeError::QuantityNotANumber { input: input.to_owned() });
        }
        if negative {
            return Err(CodeError::QuantityNegative { input: input.to_owned() });
        }
        let fraction = fraction.trim_end_matches('0');
        let scale = usize::from(unit.scale());
        if fraction.len() > scale {
            let (unit, scale) = (unit.as_str(), unit.scale());
            return Err(CodeError::QuantityTooPrecise { input: input.to_owned(), unit, scale });
        }
        let digits = whole.bytes().chain(format!("{fraction:0<scale$}").into_bytes());
        let amount = digits.map(|byte| u64::from(byte.saturating_sub(b'0'))).try_fold(0_u64, |amount, digit| {
            let amount = amount.checked_mul(10)?.checked_add(digit)?;
            (amount <= MAX_AMOUNT).then_some(amount)
        });
        match amount {
            Some(amount) => Ok(Self { unit, amount }),
            None => Err(CodeError::QuantityTooLarge { input: input.to_owned(), unit: unit.as_str() }),
        }
    }

    /// The amount, in 10^-scale of the unit.
    #[must_use]
    pub const fn amount(&self) -> u64 {
        self.amount
    }

    /// The unit.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// The number without its unit and without trailing zeros: `12.5`.
    #[must_use]
    pub fn decimal(&self) -> String {
        decimal(self.amount, self.unit.scale())
    }

    /// The sum. Errors: [`CodeError::UnitMismatch`], [`CodeError::QuantityTooLarge`].
    pub fn checked_add(self, other: Self) -> Result<Self, CodeError> {
        self.same_unit(other)?;
        Self::new(self.amount.saturating_add(other.amount), self.unit)
    }

    /// What is left. Errors: [`CodeError::UnitMismatch`], [`CodeError::QuantityUnderflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, CodeError> {
        self.same_unit(other)?;
        match self.amount.checked_sub(other.amount) {
            Some(amount) => Ok(Self { unit: self.unit, amount }),
            None => Err(CodeError::QuantityUnderflow {
                minuend: self.decimal(),
                subtrahend: other.decimal(),
                unit: self.unit.as_str(),
            }),
        }
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.amount == 0
    }

    /// Whether this is one single thing: amount 1 of H87, C62 or EA. A serialised item has no other quantity.
    #[must_use]
    pub fn is_one_piece(&self) -> bool {
        self.amount == 1 && self.unit.counts_pieces()
    }

    fn same_unit(self, other: Self) -> Result<(), CodeError> {
        if self.unit == other.unit {
            return Ok(());
        }
        Err(CodeError::UnitMismatch { left: self.unit.as_str(), right: other.unit.as_str() })
    }
}

/// `amount` * 10^-`scale`, without trailing zeros.
fn decimal(amount: u64, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{amount:0width$}", width = scale.saturating_add(1));
    let (whole, fraction) = digits.split_at_checked(digits.len().saturating_sub(scale)).unwrap_or((&digits, ""));
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.unit)
    }
}

impl FromStr for Quantity {
    type Err = CodeError;

    /// `12.5 MLT`: number, one blank, unit.
    fn from_str(input: &str) -> Result<Self, CodeError> {
        bounded(input)?;
        match input.split_once(' ') {
            Some((number, unit)) => Self::parse(number, unit.parse()?),
            None => Err(CodeError::QuantityForm { input: input.to_owned() }),
        }
    }
}

impl Encode for Quantity {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.amount.encode(encoder)?;
        self.unit.encode(encoder)
    }
}

impl<Context> Decode<Context> for Quantity {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let amount = Decode::<Context>::decode(decoder)?;
        let unit = Decode::<Context>::decode(decoder)?;
        Self::new(amount, unit).map_err(|error| refuse(&error))
    }
}
bincode::impl_borrow_decode!(Quantity);

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str) -> Unit {
        code.parse().unwrap()
    }

    #[test]
    fn reads_and_prints_exactly() {
        let check = |input: &str, code: &str, amount: u64, expect: &str| {
            let quantity = Quantity::parse(input, unit(code)).unwrap();
            assert_eq!((quantity.amount(), quantity.decimal().as_str()), (amount, expect), "{input} {code}");
        };
        check("12.5", "MLT", 12_500, "12.5");
        check("12.5000000", "MLT", 12_500, "12.5");
        check("0.001", "MLT", 1, "0.001");
        check("0", "MLT", 0, "0");
        check("0.0", "H87", 0, "0");
        check("100", "H87", 100, "100");
        check("007", "H87", 7, "7");
        check("1000000", "KGM", 1_000_000_000_000, "1000000");
        check("999999999999999999", "H87", MAX_AMOUNT, "999999999999999999");
        check("999999999999999.999", "MLT", MAX_AMOUNT, "999999999999999.999");
    }

    #[test]
    fn faults_have_their_own_codes() {
        let check = |input: &str, code: &str, expect: &str| {
            assert_eq!(Quantity::parse(input, unit(code)).unwrap_err().code(), expect, "{input:?} {code}");
        };
        for input in ["", ".", "1.", ".5", "+1", " 1", "1,5", "1e3", "1.2.3", "--1", "-", "-x", "NaN", "１", "0x1"] {
            check(input, "MLT", "H1231");
        }
        check("-1", "MLT", "H1232");
        check("12.0005", "MLT", "H1233");
        check("0.5", "H87", "H1233");
        check("1000000000000000000", "H87", "H1234");
        check("1000000000000000", "MLT", "H1234");
        check(&"9".repeat(512), "H87", "H1234");
        check(&"9".repeat(513), "H87", "H1101");
        assert_eq!(Quantity::new(MAX_AMOUNT + 1, Unit::PIECE).unwrap_err().code(), "H1234");
        assert_eq!("12.5".parse::<Quantity>().unwrap_err().code(), "H1237");
        assert_eq!("12.5 XX".parse::<Quantity>().unwrap_err().code(), "H1230");
    }

    #[test]
    fn arithmetic_is_exact_and_bounded() {
        let q = |text: &str| text.parse::<Quantity>().unwrap();
        assert_eq!(q("0.1 MLT").checked_add(q("0.2 MLT")).unwrap(), q("0.3 MLT"));
        assert_eq!(q("12.5 MLT").checked_sub(q("12.5 MLT")).unwrap(), Quantity::zero(unit("MLT")));
        assert_eq!(q("1 MLT").checked_add(q("1 LTR")).unwrap_err().code(), "H1235");
        assert_eq!(q("1 H87").checked_sub(q("1 EA")).unwrap_err().code(), "H1235");
        let underflow = q("1 MLT").checked_sub(q("1.001 MLT")).unwrap_err();
        assert_eq!((underflow.code(), underflow.to_string().as_str()), ("H1236", "1.001 cannot be taken from 1 MLT"));
        let max = Quantity::new(MAX_AMOUNT, Unit::PIECE).unwrap();
        assert_eq!(max.checked_add(q("1 H87")).unwrap_err().code(), "H1234");
        assert_eq!(max.checked_add(max).unwrap_err().code(), "H1234");
    }

    #[test]
    fn one_piece() {
        let check =
            |text: &str, expect: bool| assert_eq!(text.parse::<Quantity>().unwrap().is_one_piece(), expect, "{text}");
        check("1 H87", true);
        check("1 EA", true);
        check("1 C62", true);
        check("2 H87", false);
        check("0 H87", false);
        check("1 MLT", false);
        check("0.001 MLT", false);
        check("1 DZN", false);
    }
}
