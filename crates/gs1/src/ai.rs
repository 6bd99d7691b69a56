//! The application identifiers that this crate reads (General Specifications 3.2). To read another one, add its row.
//!
//! No identifier of the table is a prefix of another one (tested), so that a scan can be read from the left.

/// What the value of an application identifier holds, beyond its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// GTIN of exactly 14 digits with check digit.
    Gtin,
    /// SSCC with check digit.
    Sscc,
    /// GLN with check digit.
    Gln,
    /// [`crate::Lot`].
    Lot,
    /// [`crate::Serial`].
    Serial,
    /// Date YYMMDD; day 00 stands for a month (General Specifications 3.4.2 to 3.4.7).
    Date,
    /// Digits.
    Digits,
    /// Characters of set 82.
    Set82,
}

/// One row of the table: an application identifier, or a range of them that differ in the last digit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AiRule {
    /// First identifier of the range.
    pub first: &'static str,
    /// Last identifier of the range, as long as the first.
    pub last: &'static str,
    /// Data title (General Specifications 3.2).
    pub title: &'static str,
    /// What the value holds.
    pub content: Content,
    /// Least characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
    /// Whether the length is predefined (General Specifications figure 7.8.5-2), so that no FNC1 need follow.
    pub predefined: bool,
}

impl AiRule {
    fn covers(&self, ai: &str) -> bool {
        let digits = ai.len() == self.first.len() && ai.bytes().all(|byte| byte.is_ascii_digit());
        digits && (self.first..=self.last).contains(&ai)
    }
}

const fn fixed(
    first: &'static str,
    last: &'static str,
    title: &'static str,
    content: Content,
    length: usize,
) -> AiRule {
    AiRule { first, last, title, content, min: length, max: length, predefined: true }
}

const fn open(
    first: &'static str,
    last: &'static str,
    title: &'static str,
    content: Content,
    min: usize,
    max: usize,
) -> AiRule {
    AiRule { first, last, title, content, min, max, predefined: false }
}

/// The table, in order of identifier.
pub const TABLE: &[AiRule] = &[
    fixed("00", "00", "SSCC", Content::Sscc, 18),
    fixed("01", "01", "GTIN", Content::Gtin, 14),
    fixed("02", "02", "CONTENT", Content::Gtin, 14),
    open("10", "10", "BATCH/LOT", Content::Lot, 1, 20),
    fixed("11", "11", "PROD DATE", Content::Date, 6),
    fixed("13", "13", "PACK DATE", Content::Date, 6),
    fixed("15", "15", "BEST BEFORE", Content::Date, 6),
    fixed("17", "17", "EXPIRY", Content::Date, 6),
    open("21", "21", "SERIAL", Content::Serial, 1, 20),
    open("22", "22", "CPV", Content::Set82, 1, 20),
    open("30", "30", "VAR. COUNT", Content::Digits, 1, 8),
    fixed("3100", "3105", "NET WEIGHT (kg)", Content::Digits, 6),
    fixed("3110", "3115", "LENGTH (m)", Content::Digits, 6),
    fixed("3120", "3125", "WIDTH (m)", Content::Digits, 6),
    fixed("3130", "3135", "HEIGHT (m)", Content::Digits, 6),
    fixed("3140", "3145", "AREA (m²)", Content::Digits, 6),
    fixed("3150", "3155", "NET VOLUME (l)", Content::Digits, 6),
    fixed("3160", "3165", "NET VOLUME (m³)", Content::Digits, 6),
    open("37", "37", "COUNT", Content::Digits, 1, 8),
    open("400", "400", "ORDER NUMBER", Content::Set82, 1, 30),
    fixed("410", "410", "SHIP TO LOC", Content::Gln, 13),
    fixed("411", "411", "BILL TO", Content::Gln, 13),
    fixed("412", "412", "PURCHASE FROM", Content::Gln, 13),
    fixed("413", "413", "SHIP FOR LOC", Content::Gln, 13),
    fixed("414", "414", "LOC No.", Content::Gln, 13),
    fixed("415", "415", "PAY TO", Content::Gln, 13),
    fixed("416", "416", "PROD/SERV LOC", Content::Gln, 13),
    fixed("417", "417", "PARTY", Content::Gln, 13),
    // Fixed in length, yet not predefined: an FNC1 must follow unless it stands last.
    open("422", "422", "ORIGIN", Content::Digits, 3, 3),
    open("90", "90", "INTERNAL", Content::Set82, 1, 30),
    open("91", "99", "INTERNAL", Content::Set82, 1, 90),
];

/// The row of an identifier, or `None` if this crate does not read it.
#[must_use]
pub fn find(ai: &str) -> Option<&'static AiRule> {
    TABLE.iter().find(|rule| rule.covers(ai))
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

    #[test]
    fn no_identifier_is_a_prefix_of_another() {
        let all: Vec<String> = (0..10_000)
            .flat_map(|n| [format!("{:02}", n % 100), format!("{:03}", n % 1000), format!("{n:04}")])
            .filter(|ai| find(ai).is_some())
            .collect();
        for a in &all {
            assert!(all.iter().all(|b| a == b || !b.starts_with(a.as_str())), "{a}");
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
            assert_eq!(total(rule.first), rule.predefined.then_some(rule.first.len() + rule.max), "{}", rule.first);
            assert_eq!(rule.first.len(), rule.last.len());
            assert!(1 <= rule.min && rule.min <= rule.max);
        }
    }

    #[test]
    fn finding() {
        let check = |ai: &str, expect: Option<&str>| assert_eq!(find(ai).map(|rule| rule.title), expect, "{ai}");
        check("01", Some("GTIN"));
        check("3103", Some("NET WEIGHT (kg)"));
        check("95", Some("INTERNAL"));
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
}
