//! Harmonized System codes: a tariff code means something only with its jurisdiction and edition.
use std::fmt;
use std::str::FromStr;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::codec::{bounded_str, coded, refuse};
use crate::{CodeError, bounded};

/// Who wrote the digits after the sixth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HsJurisdiction {
    /// World Customs Organization: 6 digits. Byte 0.
    Wco,
    /// Mainland China (税则号列 10, 检验检疫 13): 10 or 13 digits. Byte 1.
    Cn,
    /// Hong Kong: 8 digits. Byte 2.
    Hk,
    /// Macau: 8 digits. Byte 3.
    Mo,
}

impl HsJurisdiction {
    /// All jurisdictions.
    pub const ALL: [Self; 4] = [Self::Wco, Self::Cn, Self::Hk, Self::Mo];

    /// `WCO`, `CN`, `HK` or `MO`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wco => "WCO",
            Self::Cn => "CN",
            Self::Hk => "HK",
            Self::Mo => "MO",
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Wco => 0,
            Self::Cn => 1,
            Self::Hk => 2,
            Self::Mo => 3,
        }
    }

    fn from_byte(byte: u8) -> Result<Self, CodeError> {
        let known = Self::ALL.into_iter().find(|jurisdiction| jurisdiction.byte() == byte);
        known.ok_or_else(|| CodeError::HsJurisdiction { input: byte.to_string() })
    }

    /// The lengths in use, and how an error names them.
    const fn lengths(self) -> (&'static [usize], &'static str) {
        match self {
            Self::Wco => (&[6], "6"),
            Self::Cn => (&[10, 13], "10 or 13"),
            Self::Hk | Self::Mo => (&[8], "8"),
        }
    }
}

impl fmt::Display for HsJurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for HsJurisdiction {
    type Err = CodeError;

    fn from_str(input: &str) -> Result<Self, CodeError> {
        bounded(input)?;
        let known = Self::ALL.into_iter().find(|jurisdiction| jurisdiction.as_str() == input);
        known.ok_or_else(|| CodeError::HsJurisdiction { input: input.to_owned() })
    }
}

coded!(HsJurisdiction as u8, |jurisdiction| jurisdiction.byte(), HsJurisdiction::from_byte);

/// The edition of the nomenclature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HsEdition {
    /// In force from 2022-01-01. Number 2022.
    Hs2022,
    /// In force from 2028-01-01. Number 2028.
    Hs2028,
}

impl HsEdition {
    /// The year, as the bytes carry it.
    #[must_use]
    pub const fn year(self) -> u16 {
        match self {
            Self::Hs2022 => 2022,
            Self::Hs2028 => 2028,
        }
    }

    /// The edition of a year. Error: [`CodeError::HsEdition`].
    pub fn from_year(year: u16) -> Result<Self, CodeError> {
        match year {
            2022 => Ok(Self::Hs2022),
            2028 => Ok(Self::Hs2028),
            _ => Err(CodeError::HsEdition { input: year.to_string() }),
        }
    }
}

impl fmt::Display for HsEdition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hs2022 => "HS2022",
            Self::Hs2028 => "HS2028",
        })
    }
}

impl FromStr for HsEdition {
    type Err = CodeError;

    fn from_str(input: &str) -> Result<Self, CodeError> {
        bounded(input)?;
        match input {
            "HS2022" => Ok(Self::Hs2022),
            "HS2028" => Ok(Self::Hs2028),
            _ => Err(CodeError::HsEdition { input: input.to_owned() }),
        }
    }
}

coded!(HsEdition as u16, |edition| edition.year(), HsEdition::from_year);

/// A tariff code with its jurisdiction and edition. Text form `HS2022-CN-3002120090`.
/// Bytes: jurisdiction u8, edition u16, digits str.
///
/// Only form and chapter are checked: which headings exist is a dated table of the policy pack, not of this crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HsCode {
    jurisdiction: HsJurisdiction,
    edition: HsEdition,
    digits: String,
}

impl HsCode {
    /// Most digits in any jurisdiction.
    pub const MAX: usize = 13;

    /// Reads digits without dots. Errors: [`CodeError::HsCharacter`], [`CodeError::HsLength`], [`CodeError::HsChapter`].
    pub fn new(jurisdiction: HsJurisdiction, edition: HsEdition, digits: &str) -> Result<Self, CodeError> {
        bounded(digits)?;
        let input = || digits.to_owned();
        if let Some((position, found)) = digits.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(CodeError::HsCharacter { input: input(), position, found });
        }
        let (lengths, expected) = jurisdiction.lengths();
        if !lengths.contains(&digits.len()) {
            let jurisdiction = jurisdiction.as_str();
            return Err(CodeError::HsLength { input: input(), jurisdiction, expected, found: digits.len() });
        }
        // WCO: chapters 01 to 97, 77 reserved; 98 and 99 are left to national use and name no goods elsewhere.
        let chapter = digits.get(..2).unwrap_or_default();
        if !("01"..="97").contains(&chapter) || chapter == "77" {
            return Err(CodeError::HsChapter { input: input(), chapter: chapter.to_owned() });
        }
        Ok(Self { jurisdiction, edition, digits: input() })
    }

    /// Who wrote the digits after the sixth.
    #[must_use]
    pub const fn jurisdiction(&self) -> HsJurisdiction {
        self.jurisdiction
    }

    /// The edition of the nomenclature.
    #[must_use]
    pub const fn edition(&self) -> HsEdition {
        self.edition
    }

    /// All digits: 6, 8, 10 or 13.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The two digits of the chapter.
    #[must_use]
    pub fn chapter(&self) -> &str {
        self.digits.get(..2).unwrap_or_default()
    }

    /// The six digits that all jurisdictions share within an edition.
    #[must_use]
    pub fn hs6(&self) -> &str {
        self.digits.get(..6).unwrap_or_default()
    }
}

impl fmt::Display for HsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.edition, self.jurisdiction, self.digits)
    }
}

impl FromStr for HsCode {
    type Err = CodeError;

    fn from_str(input: &str) -> Result<Self, CodeError> {
        bounded(input)?;
        let parts = input.split_once('-').and_then(|(edition, rest)| Some((edition, rest.split_once('-')?)));
        let Some((edition, (jurisdiction, digits))) = parts else {
            return Err(CodeError::HsForm { input: input.to_owned() });
        };
        Self::new(jurisdiction.parse()?, edition.parse()?, digits)
    }
}

impl Encode for HsCode {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.jurisdiction.encode(encoder)?;
        self.edition.encode(encoder)?;
        self.digits.encode(encoder)
    }
}

impl<Context> Decode<Context> for HsCode {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let jurisdiction = Decode::<Context>::decode(decoder)?;
        let edition = Decode::<Context>::decode(decoder)?;
        let digits = bounded_str(decoder, Self::MAX)?;
        Self::new(jurisdiction, edition, &digits).map_err(|error| refuse(&error))
    }
}
bincode::impl_borrow_decode!(HsCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form() {
        for text in ["HS2022-WCO-300212", "HS2028-CN-3002120090", "HS2022-CN-3002120090101", "HS2022-HK-30021200"] {
            assert_eq!(text.parse::<HsCode>().unwrap().to_string(), text);
        }
        let code: HsCode = "HS2022-MO-30021200".parse().unwrap();
        assert_eq!((code.chapter(), code.hs6(), code.jurisdiction()), ("30", "300212", HsJurisdiction::Mo));
    }

    #[test]
    fn faults_have_their_own_codes() {
        let check =
            |input: &str, expect: &str| assert_eq!(input.parse::<HsCode>().unwrap_err().code(), expect, "{input}");
        check("HS2022-WCO-3002.12", "H1220");
        check("HS2022-WCO-30021", "H1221");
        check("HS2022-CN-30021200", "H1221");
        check("HS2022-HK-3002120090", "H1221");
        check("HS2022-WCO-", "H1221");
        check("HS2022-WCO-000000", "H1222");
        check("HS2022-WCO-770110", "H1222");
        check("HS2022-WCO-980000", "H1222");
        check("HS2022-CN-9999999999", "H1222");
        check("HS2022-US-300212", "H1223");
        check("HS2017-WCO-300212", "H1224");
        check("300212", "H1225");
    }
}
