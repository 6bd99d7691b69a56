//! The application identifiers of GS1, all of them (General Specifications 3.2), one row each or one for a range.
//!
//! No identifier of the table is a prefix of another one (tested), so that a scan can be read from the left.
mod table;

use crate::lint::Linter;

pub use table::TABLE;

/// The characters of a part of a value (General Specifications 7.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `N`: digits.
    Digits,
    /// `X`: set 82.
    Set82,
    /// `Y`: set 39, `#`, `-`, `/`, digits and capitals.
    Set39,
    /// `Z`: set 64, base64 of the kind that URIs and file names can hold.
    Set64,
}

/// One part of a value. Only the last may vary in length; a part that may be absent is followed by none that may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Its characters.
    pub kind: Kind,
    /// Least characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
    /// Whether it may be absent.
    pub optional: bool,
    /// What it must be beyond that.
    pub linters: &'static [Linter],
}

/// Which type of this crate reads the value, so that its faults have the codes of that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// [`crate::Gtin`] of exactly 14 digits.
    Gtin,
    /// [`crate::Sscc`].
    Sscc,
    /// [`crate::Gln`].
    Gln,
    /// [`crate::Lot`].
    Lot,
    /// [`crate::Serial`].
    Serial,
    /// The country of origin, AI (422): three digits. Labels have been read so since the first; that the digits name a
    /// country is asked by [`crate::Elements::check`].
    Origin,
    /// The parts of the row.
    Parts,
}

/// One row of the table: an application identifier, or a range of them that differ in the last digit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AiRule {
    /// First identifier of the range.
    pub first: &'static str,
    /// Last identifier of the range, as long as the first.
    pub last: &'static str,
    /// Data title (General Specifications 3.2); empty where there is none.
    pub title: &'static str,
    /// Which type reads the value.
    pub content: Content,
    /// The parts of the value.
    pub parts: &'static [Part],
    /// Whether the length is predefined (General Specifications figure 7.8.5-2), so that no FNC1 need follow.
    pub predefined: bool,
    /// Alternatives, one of which must stand beside it: identifiers, or patterns with `n` for a digit, that must all be
    /// there (General Specifications 4.13). None: it may stand alone.
    pub requires: &'static [&'static [&'static str]],
    /// Identifiers and patterns that may not stand beside it (General Specifications 4.14). It does not exclude itself.
    pub excludes: &'static [&'static str],
    /// Whether it is a primary key of a Digital Link.
    pub dl_key: bool,
    dl_qualifiers: &'static [&'static [&'static str]],
    /// Whether it may be an attribute, in the query of a Digital Link.
    pub dl_attribute: bool,
}

impl AiRule {
    /// The qualifiers that may follow this primary key in the path of a Digital Link: alternative sequences, of which
    /// any number may be left out but the order stays. None where it takes no qualifiers, or is no key.
    #[must_use]
    pub const fn qualifiers(&self) -> &'static [&'static [&'static str]] {
        self.dl_qualifiers
    }

    /// Least characters of a value.
    #[must_use]
    pub fn min_length(&self) -> usize {
        self.parts.iter().filter(|part| !part.optional).map(|part| part.min).sum()
    }

    /// Most characters of a value.
    #[must_use]
    pub fn max_length(&self) -> usize {
        self.parts.iter().map(|part| part.max).sum()
    }

    fn covers(&self, ai: &str) -> bool {
        let digits = ai.len() == self.first.len() && ai.bytes().all(|byte| byte.is_ascii_digit());
        digits && (self.first..=self.last).contains(&ai)
    }
}

/// The row of an identifier, or `None` if GS1 has no such identifier.
#[must_use]
pub fn find(ai: &str) -> Option<&'static AiRule> {
    let after = TABLE.partition_point(|rule| rule.first <= ai);
    TABLE.get(after.checked_sub(1)?).filter(|rule| rule.covers(ai))
}

/// Whether an identifier is the pattern, in which `n` stands for any digit.
pub(crate) fn is_like(ai: &str, pattern: &str) -> bool {
    ai.len() == pattern.len() && ai.bytes().zip(pattern.bytes()).all(|(a, p)| p == b'n' || a == p)
}

/// The identifier at the beginning of a scan, its row, and the text after it.
pub(crate) fn find_prefix(text: &str) -> Option<(&str, &'static AiRule, &str)> {
    (2..=4).find_map(|length| {
        let (ai, rest) = text.split_at_checked(length)?;
        Some((ai, find(ai)?, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every identifier of up to four digits that the table has.
    fn all() -> Vec<String> {
        let texts = [2_usize, 3, 4]
            .into_iter()
            .flat_map(|width| (0..10_usize.pow(u32::try_from(width).unwrap())).map(move |n| format!("{n:0width$}")));
        texts.filter(|ai| find(ai).is_some()).collect()
    }

    #[test]
    fn all_identifiers_are_there_and_none_is_a_prefix_of_another() {
        let all = all();
        assert_eq!((all.len(), TABLE.len()), (541, 224));
        for a in &all {
            assert!(all.iter().all(|b| a == b || !b.starts_with(a.as_str())), "{a}");
        }
    }

    #[test]
    fn rows_stand_in_order_and_are_well_formed() {
        let all = all();
        assert!(TABLE.is_sorted_by(|a, b| a.last < b.first));
        for rule in TABLE {
            let AiRule { first, last, parts, .. } = rule;
            assert!(first.len() == last.len() && first[..first.len() - 1] == last[..first.len() - 1], "{first}");
            assert!(parts.iter().all(|part| 1 <= part.min && part.min <= part.max), "{first}");
            assert!(parts.is_sorted_by_key(|part| part.optional), "{first}");
            assert!(parts.iter().rev().skip(1).all(|part| part.min == part.max), "{first}");
            assert!(rule.dl_key || rule.qualifiers().is_empty(), "{first}");
            assert!(rule.min_length() <= rule.max_length() && rule.max_length() <= 90, "{first}");
            let named = rule.requires.iter().chain(rule.qualifiers()).copied().flatten().chain(rule.excludes);
            for pattern in named {
                assert!(all.iter().any(|ai| is_like(ai, pattern)), "{first} names {pattern}");
            }
        }
    }

    #[test]
    fn predefined_lengths_follow_the_first_two_digits() {
        // Figure 7.8.5-2: first two digits of the identifier -> length of identifier and value together.
        let total = |ai: &str| match &ai[..2] {
            "00" => Some(20),
            "01" | "02" | "03" => Some(16),
            "04" => Some(18),
            "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" | "19" => Some(8),
            "20" => Some(4),
            "31" | "32" | "33" | "34" | "35" | "36" => Some(10),
            "41" => Some(16),
            _ => None,
        };
        for rule in TABLE {
            assert_eq!(
                total(rule.first),
                rule.predefined.then_some(rule.first.len() + rule.max_length()),
                "{}",
                rule.first
            );
            assert!(!rule.predefined || rule.min_length() == rule.max_length(), "{}", rule.first);
        }
    }

    #[test]
    fn finding() {
        let check = |ai: &str, expect: Option<&str>| assert_eq!(find(ai).map(|rule| rule.title), expect, "{ai}");
        check("00", Some("SSCC"));
        check("01", Some("GTIN"));
        check("3103", Some("NET WEIGHT (kg)"));
        check("8003", Some("GRAI"));
        check("8112", Some(""));
        check("95", Some("INTERNAL"));
        check("99", Some("INTERNAL"));
        check("3106", None);
        check("310", None);
        check("9", None);
        check("999", None);
        check("1A", None);
        check("", None);
        assert_eq!(find_prefix("3103000195").map(|(ai, _, rest)| (ai, rest)), Some(("3103", "000195")));
        assert_eq!(find_prefix("10L1").map(|(ai, _, rest)| (ai, rest)), Some(("10", "L1")));
        assert_eq!(find_prefix("é"), None);
    }

    #[test]
    fn keys_of_digital_links() {
        let keys = TABLE.iter().filter(|rule| rule.dl_key).map(|rule| (rule.first, rule.qualifiers()));
        let expect: &[(&str, &[&[&str]])] = &[
            ("00", &[]),
            ("01", &[&["22", "10", "21"], &["235"]]),
            ("253", &[]),
            ("255", &[]),
            ("401", &[]),
            ("402", &[]),
            ("414", &[&["254"], &["7040"]]),
            ("415", &[&["8020"]]),
            ("417", &[&["7040"]]),
            ("8003", &[]),
            ("8004", &[&["7040"]]),
            ("8006", &[&["22", "10", "21"]]),
            ("8010", &[&["8011"]]),
            ("8013", &[]),
            ("8017", &[&["8019"]]),
            ("8018", &[&["8019"]]),
        ];
        assert_eq!(keys.collect::<Vec<_>>(), expect);
    }

    #[test]
    fn patterns() {
        assert!(is_like("3105", "31nn") && is_like("3105", "310n") && is_like("01", "01"));
        assert!(!is_like("310", "31nn") && !is_like("3205", "31nn") && !is_like("01", "02"));
    }
}
