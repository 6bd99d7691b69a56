//! The code of an item: GTIN with lot or serial, a code of another registered scheme where no GTIN exists (无GTIN), or
//! the SSCC of a logistic unit.
use std::fmt;
use std::str::FromStr;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{AllowedEnumVariants, DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::{CodeError, Elements, Gtin, Lot, OtherValue, Scheme, Serial, Sscc, bounded_ascii, digital_link, percent};

/// Symbology identifiers of symbols that may carry a Digital Link as plain text: QR Code, Data Matrix, DotCode.
const PLAIN_SYMBOLOGIES: &[&str] = &["]Q1", "]d1", "]J0"];

const OTHER_PREFIX: &str = "hufu:";

/// What names an item. Display is the short path (`01/…/10/…`, `00/…`, `hufu:…` for other schemes); `FromStr` is
/// [`parse_code`].
///
/// Bytes: u8 0, gtin, lot; or u8 1, gtin, serial; or u8 2, scheme, value; or u8 3, sscc.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemCode {
    /// All units of a batch.
    Lot {
        /// Class of the item.
        gtin: Gtin,
        /// Batch of that class.
        lot: Lot,
    },
    /// One single unit.
    Serial {
        /// Class of the item.
        gtin: Gtin,
        /// Unit of that class.
        serial: Serial,
    },
    /// A code of another scheme, such as an ISBT 128 donation number.
    Other {
        /// Name of the scheme, as registered.
        scheme: Scheme,
        /// The code in that scheme.
        value: OtherValue,
    },
    /// A logistic unit, such as a pallet, which may hold other items (SSCC, AI 00; General Specifications 3.3.1).
    Unit {
        /// Its serial shipping container code.
        sscc: Sscc,
    },
}

impl ItemCode {
    /// The GTIN, where there is one.
    #[must_use]
    pub const fn gtin(&self) -> Option<Gtin> {
        match self {
            Self::Lot { gtin, lot: _ } | Self::Serial { gtin, serial: _ } => Some(*gtin),
            Self::Other { scheme: _, value: _ } | Self::Unit { sscc: _ } => None,
        }
    }

    /// The canonical URI: `https://id.gs1.org/01/{gtin}/10/{lot}` or `/21/{serial}` with the value percent-encoded,
    /// `https://id.gs1.org/00/{sscc}`, or `hufu:{scheme}/{value}`. [`parse_code`] reads it back.
    #[must_use]
    pub fn digital_link(&self) -> String {
        match self {
            Self::Lot { .. } | Self::Serial { .. } | Self::Unit { .. } => {
                format!("{}/{self}", digital_link::CANONICAL_STEM)
            }
            Self::Other { .. } => self.to_string(),
        }
    }
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lot { gtin, lot } => write!(f, "01/{gtin}/10/{}", percent::encode(lot.as_str())),
            Self::Serial { gtin, serial } => write!(f, "01/{gtin}/21/{}", percent::encode(serial.as_str())),
            Self::Other { scheme, value } => write!(f, "{OTHER_PREFIX}{scheme}/{}", percent::encode(value.as_str())),
            Self::Unit { sscc } => write!(f, "00/{sscc}"),
        }
    }
}

impl FromStr for ItemCode {
    type Err = CodeError;

    fn from_str(input: &str) -> Result<Self, CodeError> {
        parse_code(input)
    }
}

impl TryFrom<&Elements> for ItemCode {
    type Error = CodeError;

    /// GTIN and serial, or without a serial GTIN and lot: where both stand on a label, the serial names the piece and
    /// the lot describes it. Without a GTIN the SSCC names the logistic unit, and whatever else stands there describes
    /// it, such as the trade items that it holds (General Specifications 3.3.3). Where a GTIN stands beside an SSCC,
    /// the code is that of the trade item.
    ///
    /// Errors: [`CodeError::NoGtin`] where there is neither GTIN nor SSCC, [`CodeError::NoLotOrSerial`].
    fn try_from(elements: &Elements) -> Result<Self, CodeError> {
        let Some(gtin) = elements.gtin() else {
            return match elements.sscc() {
                Some(sscc) => Ok(Self::Unit { sscc }),
                None => Err(CodeError::NoGtin { input: elements.to_bracketed() }),
            };
        };
        match (elements.serial(), elements.lot()) {
            (Some(serial), _) => Ok(Self::Serial { gtin, serial }),
            (None, Some(lot)) => Ok(Self::Lot { gtin, lot }),
            (None, None) => Err(CodeError::NoLotOrSerial { input: elements.to_bracketed() }),
        }
    }
}

/// Reads an item code in any form in which people and scanners write it: Digital Link, bracketed element string, short
/// path `01/…/10/…` or `00/…`, `hufu:{scheme}/{value}`, or raw scan. Blanks and line ends around it are dropped.
///
/// Errors: [`CodeError::InputTooLong`] over 512 bytes, [`CodeError::InputEmpty`], [`CodeError::UnknownForm`], and those
/// of the form that the input begins like.
pub fn parse_code(input: &str) -> Result<ItemCode, CodeError> {
    bounded_ascii(input)?;
    let input = input.trim_matches(|c: char| c.is_ascii_whitespace());
    let plain = PLAIN_SYMBOLOGIES.iter().find_map(|identifier| input.strip_prefix(identifier));
    let input = plain.filter(|text| digital_link::is_web_uri(text)).unwrap_or(input);

    if let Some(rest) = input.strip_prefix(OTHER_PREFIX) {
        return parse_other(input, rest);
    }
    let elements = if digital_link::is_web_uri(input) {
        digital_link::parse(input)?
    } else if input.starts_with('(') {
        Elements::parse_bracketed(input)?
    } else if input.starts_with("01/") || input.starts_with("00/") {
        digital_link::parse_short_path(input)?
    } else if input.starts_with(|c: char| c.is_ascii_digit() || matches!(c, ']' | '^' | '\u{1d}')) {
        Elements::parse_scan(input)?
    } else if input.is_empty() {
        return Err(CodeError::InputEmpty);
    } else {
        return Err(CodeError::UnknownForm { input: input.to_owned() });
    };
    ItemCode::try_from(&elements)
}

fn parse_other(input: &str, rest: &str) -> Result<ItemCode, CodeError> {
    let Some((scheme, value)) = rest.split_once('/') else {
        return Err(CodeError::OtherForm { input: input.to_owned() });
    };
    let offset = input.len().saturating_sub(value.len());
    // A slash or a blank must be encoded, so that each code has one path segment.
    if value.contains(['/', ' ', '?', '#']) {
        return Err(CodeError::OtherForm { input: input.to_owned() });
    }
    let value = percent::decode(input, offset, value)?;
    Ok(ItemCode::Other { scheme: scheme.parse()?, value: value.parse()? })
}

impl Encode for ItemCode {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match self {
            Self::Lot { gtin, lot } => {
                0_u8.encode(encoder)?;
                gtin.encode(encoder)?;
                lot.encode(encoder)
            }
            Self::Serial { gtin, serial } => {
                1_u8.encode(encoder)?;
                gtin.encode(encoder)?;
                serial.encode(encoder)
            }
            Self::Other { scheme, value } => {
                2_u8.encode(encoder)?;
                scheme.encode(encoder)?;
                value.encode(encoder)
            }
            Self::Unit { sscc } => {
                3_u8.encode(encoder)?;
                sscc.encode(encoder)
            }
        }
    }
}

impl<Context> Decode<Context> for ItemCode {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        match <u8 as Decode<Context>>::decode(decoder)? {
            0 => Ok(Self::Lot { gtin: Decode::<Context>::decode(decoder)?, lot: Decode::<Context>::decode(decoder)? }),
            1 => Ok(Self::Serial {
                gtin: Decode::<Context>::decode(decoder)?,
                serial: Decode::<Context>::decode(decoder)?,
            }),
            2 => Ok(Self::Other {
                scheme: Decode::<Context>::decode(decoder)?,
                value: Decode::<Context>::decode(decoder)?,
            }),
            3 => Ok(Self::Unit { sscc: Decode::<Context>::decode(decoder)? }),
            found => Err(DecodeError::UnexpectedVariant {
                type_name: "ItemCode",
                allowed: &AllowedEnumVariants::Range { min: 0, max: 3 },
                found: u32::from(found),
            }),
        }
    }
}
bincode::impl_borrow_decode!(ItemCode);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: Result<&str, &str>) {
        let found = parse_code(input).map(|code| code.to_string());
        assert_eq!(found.as_deref().map_err(CodeError::code), expect, "{input:?}");
    }

    #[test]
    fn every_form_reads_alike() {
        for input in [
            "01/09521234543213/10/L1",
            "https://id.gs1.org/01/09521234543213/10/L1",
            "]Q1https://example.com/x/01/09521234543213/10/L1",
            "https://example.com/01/09521234543213/22/v/10/L1?17=270131",
            "(01)09521234543213(10)L1",
            "(17)270131(10)L1(01)09521234543213",
            "010952123454321310L1",
            "]d2010952123454321310L1\u{1d}95x\r\n",
            "^]010952123454321310L1^]95x",
            "  (01)09521234543213(10)L1  ",
        ] {
            check(input, Ok("01/09521234543213/10/L1"));
        }
        check("(01)09521234543213(21)A/B?", Ok("01/09521234543213/21/A%2FB%3F"));
        check("01/09521234543213/21/A%2FB%3F", Ok("01/09521234543213/21/A%2FB%3F"));
        check("(01)09521234543213(10)L1(21)S1", Ok("01/09521234543213/21/S1"));
        check("hufu:isbt128/A9999%2017", Ok("hufu:isbt128/A9999%2017"));
        check("hufu:isbt128/=A9999(1)", Ok("hufu:isbt128/%3DA9999%281%29"));
    }

    #[test]
    fn every_form_of_a_unit_reads_alike() {
        for input in [
            "00/006141411234567890",
            "https://id.gs1.org/00/006141411234567890",
            "https://example.com/a/stem/00/006141411234567890?99=x#top",
            "https://example.com/00/faux/00/006141411234567890",
            "]Q1https://example.com/00/006141411234567890",
            "(00)006141411234567890",
            "(00) 006141411234567890 ",
            "(00)006141411234567890(02)09521234543213(37)12",
            "(10)L1(00)006141411234567890",
            "00006141411234567890",
            "]C100006141411234567890",
            "]d2\u{1d}00006141411234567890\r\n",
            "^]0000614141123456789010L1",
        ] {
            check(input, Ok("00/006141411234567890"));
        }
        check("(00)106141412345678908", Ok("00/106141412345678908"));
        // Beside a GTIN the SSCC only says where the item is packed.
        check("(00)006141411234567890(01)09521234543213(10)L1", Ok("01/09521234543213/10/L1"));
        check("(00)006141411234567890(01)09521234543213", Err("H1122"));
        check("https://a/01/09521234543213/10/L1?00=006141411234567890", Ok("01/09521234543213/10/L1"));
    }

    #[test]
    fn faults_of_units_have_their_own_codes() {
        check("00/00614141123456789X", Err("H1204"));
        check("00/", Err("H1205"));
        check("006141411234567890", Err("H1205"));
        check("(00)00614141123456789", Err("H1205"));
        check("00/006141411234567891", Err("H1206"));
        check("https://a/00/006141411234567891", Err("H1206"));
        check("00006141411234567891", Err("H1206"));
        check("00/006141411234567890?99=x", Err("H1132"));
        check("00/006141411234567890/", Err("H1134"));
        check("00/x/00/006141411234567890", Err("H1134"));
        check("00/006141411234567890/10/L1", Err("H1135"));
        check("(02)09521234543213(37)12", Err("H1121"));
    }

    #[test]
    fn faults_have_their_own_codes() {
        check("", Err("H1102"));
        check(" \n", Err("H1102"));
        check(&"0".repeat(513), Err("H1101"));
        check("hello", Err("H1103"));
        check("ftp://example.com/", Err("H1103"));
        check("０1", Err("H1104"));
        check("09521234543213", Err("H1110"));
        check("(10)L1", Err("H1121"));
        check("(01)09521234543213", Err("H1122"));
        check("01/09521234543213/10/L1/", Err("H1134"));
        check("01/x/01/09521234543213/10/L1", Err("H1134"));
        check("01/09521234543213/10/L1?95=x", Err("H1132"));
        check("01/09521234543213/10/L 1", Err("H1132"));
        check("]Q1hello", Err("H1116"));
        check("hufu:isbt128", Err("H1137"));
        check("hufu:isbt128/a/b", Err("H1137"));
        check("hufu:ISBT/a", Err("H1241"));
        check("hufu:/a", Err("H1240"));
        check("hufu:a/", Err("H1242"));
        check("hufu:a/%00", Err("H1243"));
        check("hufu:a/%", Err("H1133"));
    }

    #[test]
    fn canonical_links() {
        let link = |input: &str| parse_code(input).unwrap().digital_link();
        assert_eq!(link("(01)09521234543213(10)L+1"), "https://id.gs1.org/01/09521234543213/10/L%2B1");
        assert_eq!(link("hufu:isbt128/a%20b"), "hufu:isbt128/a%20b");
        assert_eq!(link("(00)106141412345678908"), "https://id.gs1.org/00/106141412345678908");
        assert_eq!(parse_code("hufu:a/b").unwrap().gtin(), None);
        assert_eq!(parse_code("00/106141412345678908").unwrap().gtin(), None);
    }
}
