//! Identifiers as queries compare them: an EPC URI and the Digital Link of the same thing are one, and a pattern stands
//! for all that it covers (EPCIS 2.0, 8.2.7.1.1).

/// Canonical links begin so.
const LINK: &str = "https://id.gs1.org/";
/// Patterns begin so.
const PATTERN: &str = "urn:epc:idpat:";

/// What a parameter names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// One thing or class, in the form that [`canonical`] gives.
    One(String),
    /// A class, and what it has serial numbers of: what begins with `start` behind `class`.
    Under { class: String, start: String },
    /// All keys of a kind whose digits begin so behind the first `skip`.
    Digits { start: String, skip: usize, digits: String },
}

/// The one form of an identifier: its constrained Digital Link, where it has one.
pub(super) fn canonical(text: &str) -> String {
    crate::identifier(text).unwrap_or_else(|| text.to_owned())
}

/// The schemes of EPC URIs: the key of their links, what stands there before the company prefix, and what between key
/// and serial number.
const SCHEMES: [(&str, &str, usize, &str); 13] = [
    ("sgtin", "01", 1, "/21/"),
    ("itip", "8006", 1, "/21/"),
    ("upui", "01", 1, "/235/"),
    ("sscc", "00", 1, ""),
    ("sgln", "414", 0, "/254/"),
    ("pgln", "417", 0, ""),
    ("grai", "8003", 1, ""),
    ("giai", "8004", 0, ""),
    ("gsrn", "8018", 0, ""),
    ("gsrnp", "8017", 0, ""),
    ("gdti", "253", 0, ""),
    ("sgcn", "255", 0, ""),
    ("cpi", "8010", 0, "/8011/"),
];

impl Name {
    /// Reads an identifier; `None` of a pattern that is none.
    pub(super) fn read(text: &str) -> Option<Name> {
        let Some(rest) = text.strip_prefix(PATTERN) else { return Some(Name::One(canonical(text))) };
        let (scheme, body) = rest.split_once(':')?;
        let (_, key, skip, joint) = SCHEMES.iter().find(|(name, ..)| *name == scheme)?;
        let parts: Vec<&str> = body.split('.').collect();
        let stars = parts.iter().rev().take_while(|part| **part == "*").count();
        let literal = parts.get(..parts.len().saturating_sub(stars))?;
        if stars == 0 {
            return Some(Name::One(canonical(&format!("urn:epc:id:{scheme}:{body}"))));
        }
        if let Ok(class) = gs1::epc::to_digital_link(text) {
            return Some(Name::Under { start: format!("{class}{joint}"), class });
        }
        // A reference may stand before the prefix, as the indicator of a GTIN does: only what follows it is compared.
        let moves = matches!(scheme, "sgtin" | "itip" | "upui" | "sscc");
        let is_digits = literal.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_digits || moves && literal.len() > 1 {
            return None;
        }
        Some(Name::Digits { start: format!("{LINK}{key}/"), skip: *skip, digits: literal.concat() })
    }

    /// Whether it covers an identifier in its one form.
    pub(super) fn covers(&self, canonical: &str) -> bool {
        match self {
            Name::One(name) => name == canonical,
            Name::Under { class, start } => canonical == class || canonical.starts_with(start.as_str()),
            Name::Digits { start, skip, digits } => {
                let key = canonical.strip_prefix(start.as_str()).and_then(|rest| rest.get(*skip..));
                // A batch is no serial number, here as under a class.
                key.is_some_and(|key| key.starts_with(digits.as_str()) && !key.contains("/10/"))
            }
        }
    }

    /// The one identifier that it is.
    pub(super) fn one(&self) -> Option<&str> {
        match self {
            Name::One(name) => Some(name),
            Name::Under { .. } | Name::Digits { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_one_name() {
        for (asked, found) in [
            ("urn:epc:id:sgtin:0614141.812345.6789", "https://id.gs1.org/01/80614141123458/21/6789"),
            ("https://example.com/01/80614141123458/21/6789", "https://id.gs1.org/01/80614141123458/21/6789"),
            ("urn:epc:id:sscc:4012345.3111111111", "https://id.gs1.org/00/340123451111111111"),
            ("urn:epc:class:lgtin:4012345.012345.Lot987", "https://id.gs1.org/01/04012345123456/10/Lot987"),
            ("urn:epc:idpat:sgtin:0614141.812345.6789", "https://id.gs1.org/01/80614141123458/21/6789"),
            ("urn:uuid:7f5b", "urn:uuid:7f5b"),
        ] {
            assert_eq!(Name::read(asked).unwrap(), Name::One(found.into()), "{asked}");
            assert!(Name::read(asked).unwrap().covers(&canonical(found)), "{asked}");
        }
    }

    #[test]
    fn patterns_cover_what_they_say_and_no_more() {
        for (pattern, identifier, expect) in [
            ("urn:epc:idpat:sgtin:0614141.812345.*", "urn:epc:id:sgtin:0614141.812345.6789", true),
            ("urn:epc:idpat:sgtin:0614141.812345.*", "https://id.gs1.org/01/80614141123458", true),
            ("urn:epc:idpat:sgtin:0614141.812345.*", "https://id.gs1.org/01/80614141123458/10/L1", false),
            ("urn:epc:idpat:sgtin:0614141.812345.*", "urn:epc:id:sgtin:0614141.112345.6789", false),
            ("urn:epc:idpat:sgtin:0614141.*.*", "urn:epc:id:sgtin:0614141.112345.6789", true),
            ("urn:epc:idpat:sgtin:0614141.*.*", "https://id.gs1.org/01/80614141123458/10/L1", false),
            ("urn:epc:idpat:sgtin:0614142.*.*", "urn:epc:id:sgtin:0614141.112345.6789", false),
            ("urn:epc:idpat:sgtin:*.*.*", "urn:epc:id:sgtin:0614141.112345.6789", true),
            ("urn:epc:idpat:sgtin:*.*.*", "urn:epc:id:sscc:4012345.3111111111", false),
            ("urn:epc:idpat:sscc:4012345.*", "https://id.gs1.org/00/340123451111111111", true),
            ("urn:epc:idpat:sscc:401234.*", "https://id.gs1.org/00/340124451111111111", false),
            ("urn:epc:idpat:grai:4012345.00022.*", "urn:epc:id:grai:4012345.00022.334455", true),
            ("urn:epc:idpat:grai:4012345.*.*", "urn:epc:id:grai:4012345.00022.334455", true),
        ] {
            let found = Name::read(pattern).unwrap().covers(&canonical(identifier));
            assert_eq!(found, expect, "{pattern} {identifier}");
        }
        for wrong in ["urn:epc:idpat:sgtin", "urn:epc:idpat:none:1.*", "urn:epc:idpat:sgtin:*.012345.1x*.*"] {
            assert_eq!(Name::read(wrong), None, "{wrong}");
        }
    }
}
