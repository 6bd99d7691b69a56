//! Reading EPC URIs.
use std::ops::RangeInclusive;

use super::Named;
use crate::{CodeError, check_digit, is_set_82, percent};

pub(super) const PREFIX: &str = "urn:epc:";

/// Digits of a company prefix in an EPC URI, as in the partition tables of the Tag Data Standard.
pub(super) const COMPANY: RangeInclusive<usize> = 6..=12;

/// Digits of a GTIN without its check digit.
const GTIN: usize = 13;
/// Digits of an SSCC or GSRN without its check digit.
const SSCC: usize = 17;
/// Digits of a GLN, or of the type of a document, coupon or asset, without its check digit.
const GLN: usize = 12;
/// Digits of a GSIN without its check digit.
const GSIN: usize = 16;
/// Characters of an individual asset, consignment or component with its company prefix.
const INDIVIDUAL: usize = 30;

pub(super) fn read(uri: &str) -> Result<Named<'static>, CodeError> {
    let mut words = uri.strip_prefix(PREFIX).unwrap_or_default().splitn(3, ':');
    let (Some(kind), Some(scheme), Some(body)) = (words.next(), words.next(), words.next()) else {
        return Err(CodeError::EpcForm { input: uri.to_owned() });
    };
    let epc = Epc { uri, body };
    let named = match kind {
        "id" => epc.id(scheme)?,
        "class" => epc.class(scheme)?,
        "idpat" => epc.pattern(scheme)?,
        _ => None,
    };
    named.ok_or_else(|| CodeError::EpcScheme { input: uri.to_owned(), found: format!("{kind}:{scheme}") })
}

pub(super) fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

const fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Set 39 of GS1, of component identifiers (General Specifications figure 7.11-2).
const fn is_set_39(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '#' | '-' | '/')
}

/// What must be percent-encoded in an EPC URI.
const fn is_reserved(c: char) -> bool {
    matches!(c, '"' | '#' | '&' | '/' | '<' | '>' | '?')
}

fn with_check_digit(digits: &str) -> String {
    // At most 17 digits, so the number fits.
    let last = digits.parse::<u64>().map_or(0, check_digit);
    format!("{digits}{last}")
}

fn key(key: &'static str, value: String) -> Option<Named<'static>> {
    Some(Named { key, value, qualifier: None })
}

fn qualified(key: &'static str, value: String, ai: &'static str, text: String) -> Option<Named<'static>> {
    Some(Named { key, value, qualifier: Some((ai, text)) })
}

struct Epc<'a> {
    uri: &'a str,
    body: &'a str,
}

/// Each returns `None` for a scheme that it does not know.
impl<'a> Epc<'a> {
    fn id(&self, scheme: &str) -> Result<Option<Named<'static>>, CodeError> {
        let text = |text, max| self.text("serial", text, max, is_set_82);
        Ok(match scheme {
            "sgtin" => {
                let [company, item, serial] = self.parts()?;
                qualified("01", self.indicated(company, item, GTIN)?, "21", text(serial, 20)?)
            }
            "upui" => {
                let [company, item, serial] = self.parts()?;
                qualified("01", self.indicated(company, item, GTIN)?, "235", text(serial, 28)?)
            }
            "itip" => {
                let [company, item, piece, total, serial] = self.parts()?;
                qualified("8006", self.pieces(company, item, piece, total)?, "21", text(serial, 20)?)
            }
            "sscc" => {
                let [company, reference] = self.parts()?;
                key("00", self.indicated(company, reference, SSCC)?)
            }
            "sgln" => {
                let [company, location, extension] = self.parts()?;
                let gln = self.numbered(company, location, GLN)?;
                match text(extension, 20)? {
                    // Extension 0 says that there is none.
                    extension if extension == "0" => key("414", gln),
                    extension => qualified("414", gln, "254", extension),
                }
            }
            "pgln" => {
                let [company, party] = self.parts()?;
                key("417", self.numbered(company, party, GLN)?)
            }
            "grai" => {
                let [company, asset, serial] = self.parts()?;
                key("8003", format!("0{}{}", self.numbered(company, asset, GLN)?, text(serial, 16)?))
            }
            "gdti" => {
                let [company, document, serial] = self.parts()?;
                key("253", format!("{}{}", self.numbered(company, document, GLN)?, text(serial, 17)?))
            }
            "sgcn" => {
                let [company, coupon, serial] = self.parts()?;
                let serial = self.text("serial", serial, 12, is_digit)?;
                key("255", format!("{}{serial}", self.numbered(company, coupon, GLN)?))
            }
            "giai" => key("8004", self.individual()?),
            "ginc" => key("401", self.individual()?),
            "cpi" => {
                let [company, component, serial] = self.parts()?;
                let component = self.component(company, component, is_set_39)?;
                qualified("8010", component, "8011", self.text("serial", serial, 12, is_digit)?)
            }
            "gsrn" => {
                let [company, service] = self.parts()?;
                key("8018", self.numbered(company, service, SSCC)?)
            }
            "gsrnp" => {
                let [company, service] = self.parts()?;
                key("8017", self.numbered(company, service, SSCC)?)
            }
            "gsin" => {
                let [company, shipper] = self.parts()?;
                key("402", self.numbered(company, shipper, GSIN)?)
            }
            _ => None,
        })
    }

    fn class(&self, scheme: &str) -> Result<Option<Named<'static>>, CodeError> {
        if scheme != "lgtin" {
            return Ok(None);
        }
        let [company, item, lot] = self.parts()?;
        let lot = self.text("lot", lot, 20, is_set_82)?;
        Ok(qualified("01", self.indicated(company, item, GTIN)?, "10", lot))
    }

    /// All serials of one type: the type alone is left.
    fn pattern(&self, scheme: &str) -> Result<Option<Named<'static>>, CodeError> {
        Ok(match scheme {
            "sgtin" | "upui" => {
                let [company, item, any] = self.parts()?;
                self.any(any)?;
                key("01", self.indicated(company, item, GTIN)?)
            }
            "itip" => {
                let [company, item, piece, total, any] = self.parts()?;
                self.any(any)?;
                key("8006", self.pieces(company, item, piece, total)?)
            }
            "grai" => {
                let [company, asset, any] = self.parts()?;
                self.any(any)?;
                key("8003", format!("0{}", self.numbered(company, asset, GLN)?))
            }
            "gdti" | "sgcn" => {
                let [company, reference, any] = self.parts()?;
                self.any(any)?;
                key(if scheme == "gdti" { "253" } else { "255" }, self.numbered(company, reference, GLN)?)
            }
            "cpi" => {
                let [company, component, any] = self.parts()?;
                self.any(any)?;
                key("8010", self.component(company, component, is_set_39)?)
            }
            _ => None,
        })
    }

    fn fault(&self, part: &'static str) -> CodeError {
        CodeError::EpcPart { input: self.uri.to_owned(), part }
    }

    /// The parts between points; the last may hold points itself.
    fn parts<const N: usize>(&self) -> Result<[&'a str; N], CodeError> {
        let parts: Vec<&str> = self.body.splitn(N, '.').collect();
        parts.try_into().map_err(|_| self.fault("list of parts"))
    }

    fn company(&self, company: &str) -> Result<(), CodeError> {
        let valid = COMPANY.contains(&company.len()) && is_digits(company);
        if valid { Ok(()) } else { Err(self.fault("company prefix")) }
    }

    /// Company prefix and reference are `total` digits together. The check digit is added.
    fn numbered(&self, company: &str, reference: &str, total: usize) -> Result<String, CodeError> {
        self.company(company)?;
        if company.len().saturating_add(reference.len()) != total || !is_digits(reference) {
            return Err(self.fault("reference"));
        }
        Ok(with_check_digit(&format!("{company}{reference}")))
    }

    /// The same, where the first digit of the reference stands first in the key.
    fn indicated(&self, company: &str, reference: &str, total: usize) -> Result<String, CodeError> {
        self.numbered(company, reference, total)?;
        let (indicator, reference) = reference.split_at_checked(1).unwrap_or_default();
        Ok(with_check_digit(&format!("{indicator}{company}{reference}")))
    }

    fn pieces(&self, company: &str, item: &str, piece: &str, total: &str) -> Result<String, CodeError> {
        let gtin = self.indicated(company, item, GTIN)?;
        if [piece, total].iter().any(|count| count.len() != 2 || !is_digits(count)) {
            return Err(self.fault("count of pieces"));
        }
        Ok(format!("{gtin}{piece}{total}"))
    }

    fn individual(&self) -> Result<String, CodeError> {
        let [company, reference] = self.parts()?;
        self.component(company, reference, is_set_82)
    }

    fn component(&self, company: &str, reference: &str, allowed: fn(char) -> bool) -> Result<String, CodeError> {
        self.company(company)?;
        let reference = self.text("reference", reference, INDIVIDUAL.saturating_sub(company.len()), allowed)?;
        Ok(format!("{company}{reference}"))
    }

    fn text(&self, part: &'static str, text: &str, max: usize, allowed: fn(char) -> bool) -> Result<String, CodeError> {
        let value = percent::decode(self.uri, 0, text).map_err(|_| self.fault(part))?;
        let valid = (1..=max).contains(&value.len()) && value.chars().all(allowed) && !text.contains(is_reserved);
        if valid { Ok(value) } else { Err(self.fault(part)) }
    }

    fn any(&self, text: &str) -> Result<(), CodeError> {
        if text == "*" { Ok(()) } else { Err(self.fault("serial")) }
    }
}
