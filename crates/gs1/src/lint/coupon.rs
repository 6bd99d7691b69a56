//! Coupons of North America, AIs (8110) and (8112): fields one behind the other, the length of many in a digit before
//! them (North American Coupon Application Guideline; GS1 AI (8112) Coupon Data Specification).
use super::{Fault, Wrong, set, time};

/// What is left of a coupon.
struct Fields<'a> {
    all: &'a str,
    rest: &'a str,
}

impl<'a> Fields<'a> {
    fn of(data: &'a str) -> Result<Self, Fault> {
        set::digits(data)?;
        Ok(Self { all: data, rest: data })
    }

    fn wrong(&self, expected: &'static str) -> Fault {
        Wrong::Coupon { expected }.at(self.all.len().saturating_sub(self.rest.len()))
    }

    fn take(&mut self, length: usize, expected: &'static str) -> Result<&'a str, Fault> {
        let (field, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.wrong(expected))?;
        self.rest = rest;
        Ok(field)
    }

    /// One digit of those that are allowed.
    fn one(&mut self, allowed: &str, expected: &'static str) -> Result<usize, Fault> {
        let digit = self.rest.chars().next().filter(|digit| allowed.contains(*digit));
        let number = digit.and_then(|digit| digit.to_digit(10)).ok_or_else(|| self.wrong(expected))?;
        self.take(1, expected)?;
        Ok(usize::try_from(number).unwrap_or(0))
    }

    /// A length of those that are allowed, and that many digits and `more`.
    fn sized(&mut self, allowed: &str, more: usize, expected: &'static str) -> Result<(), Fault> {
        let length = self.one(allowed, expected)?.saturating_add(more);
        self.take(length, expected).map(drop)
    }

    /// Whether an optional field begins here; its digit is taken.
    fn begins(&mut self, digit: char) -> bool {
        match self.rest.strip_prefix(digit) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// How much is to be bought, in which sense, and of which family.
    fn requirement(&mut self) -> Result<(), Fault> {
        self.sized("12345", 0, "a purchase requirement of 1 to 5 digits behind its length")?;
        self.one("012349", "a purchase requirement code, 0 to 4 or 9")?;
        self.take(3, "a family code of 3 digits").map(drop)
    }

    /// The company prefix of a further purchase; 9 stands for none.
    fn further_prefix(&mut self) -> Result<(), Fault> {
        if self.begins('9') {
            return Ok(());
        }
        self.sized("0123456", 6, "a company prefix of 6 to 12 digits behind its length less 6, or 9")
    }

    fn date(&mut self) -> Result<&'a str, Fault> {
        let fault = self.wrong("a date YYMMDD");
        let date = self.take(6, "a date YYMMDD")?;
        match time::day(date) {
            Ok(()) => Ok(date),
            Err(_) => Err(fault),
        }
    }

    fn end(&self) -> Result<(), Fault> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.wrong("the end, or an optional field in its order")) }
    }
}

pub(super) fn code(data: &str) -> Result<(), Fault> {
    let mut fields = Fields::of(data)?;
    fields.sized("0123456", 6, "a company prefix of 6 to 12 digits behind its length less 6")?;
    fields.take(6, "an offer code of 6 digits")?;
    fields.sized("12345", 0, "a save value of 1 to 5 digits behind its length")?;
    fields.requirement()?;
    if fields.begins('1') {
        fields.one("0123", "an additional purchase rules code, 0 to 3")?;
        fields.requirement()?;
        fields.further_prefix()?;
    }
    if fields.begins('2') {
        fields.requirement()?;
        fields.further_prefix()?;
    }
    let expires = if fields.begins('3') { Some(fields.date()?) } else { None };
    if fields.begins('4') {
        let fault = fields.wrong("a start that is not after the expiration");
        let starts = fields.date()?;
        if expires.is_some_and(|expires| starts > expires) {
            return Err(fault);
        }
    }
    if fields.begins('5') {
        fields.sized("0123456789", 6, "a serial number of 6 to 15 digits behind its length less 6")?;
    }
    if fields.begins('6') {
        fields.sized("1234567", 6, "a company prefix or GLN of 7 to 13 digits behind its length less 6")?;
    }
    if fields.begins('9') {
        fields.one("01256", "a save value code, 0, 1, 2, 5 or 6")?;
        fields.one("012", "the item that the save value applies to, 0 to 2")?;
        fields.one("0123456789", "a store coupon flag")?;
        fields.one("01", "a flag against multiplying, 0 or 1")?;
    }
    fields.end()
}

pub(super) fn positive_offer(data: &str) -> Result<(), Fault> {
    let mut fields = Fields::of(data)?;
    fields.one("01", "a format code, 0 or 1")?;
    fields.sized("0123456", 6, "a funder of 6 to 12 digits behind its length less 6")?;
    fields.take(6, "an offer code of 6 digits")?;
    fields.sized("0123456789", 6, "a serial number of 6 to 15 digits behind its length less 6")?;
    fields.end()
}
