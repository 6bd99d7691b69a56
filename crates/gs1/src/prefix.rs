//! Company prefixes: how many digits of a key name the company. GS1 publishes the table, and it changes: it is read,
//! not built in.
use std::collections::BTreeMap;

use crate::CodeError;

/// The longest table that is read, in bytes: about eight times what GS1 publishes.
pub const MAX_TABLE: usize = 16_777_216;

/// The first line of a table.
const HEADING: &str = "prefix,gcp_length";

/// Digits of the longest company prefix.
const LONGEST: usize = 12;

/// How much of a wrong line an error shows, in characters.
const SHOWN: usize = 64;

/// Beginnings of keys with the lengths of the company prefixes that begin so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixTable(BTreeMap<u64, u8>);

impl PrefixTable {
    /// Reads lines of digits and length, below the heading `prefix,gcp_length`: `69012,9`. Length 0 says that no
    /// company has the digits. Line ends are LF or CRLF; a byte order mark is dropped.
    ///
    /// Errors: [`CodeError::PrefixTableLong`] over [`MAX_TABLE`], [`CodeError::PrefixTableHeading`], and with the
    /// number of the line [`CodeError::PrefixTableRow`], [`CodeError::PrefixTableRepeated`].
    pub fn read(csv: &str) -> Result<Self, CodeError> {
        if csv.len() > MAX_TABLE {
            return Err(CodeError::PrefixTableLong { found: csv.len(), max: MAX_TABLE });
        }
        let mut lines = (1_usize..).zip(csv.strip_prefix('\u{feff}').unwrap_or(csv).lines());
        let heading = lines.next().map_or("", |(_, heading)| heading);
        if heading != HEADING {
            return Err(CodeError::PrefixTableHeading { input: shown(heading) });
        }
        let mut table = BTreeMap::new();
        for (line, row) in lines {
            let Some((prefix, length)) = read_row(row) else {
                return Err(CodeError::PrefixTableRow { input: shown(row), line });
            };
            if table.insert(prefix, length).is_some() {
                return Err(CodeError::PrefixTableRepeated { input: shown(row), line });
            }
        }
        Ok(Self(table))
    }

    /// Digits of the company prefix that `key` begins with, an indicator or extension digit before it left out; `None`
    /// where the table says nothing or that there is none. The longest beginning that the table has decides.
    #[must_use]
    pub fn length_of(&self, key: &str) -> Option<usize> {
        let digits = key.bytes().take(LONGEST).take_while(u8::is_ascii_digit).count();
        let length = (1..=digits).rev().find_map(|length| self.0.get(&number(key.get(..length)?)?));
        length.filter(|length| **length > 0).map(|length| usize::from(*length))
    }

    /// Lines of the table, the heading left out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the table has no lines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn read_row(row: &str) -> Option<(u64, u8)> {
    let (prefix, length) = row.split_once(',')?;
    if !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: u8 = length.parse().ok()?;
    // A company prefix has 4 to 12 digits, and at least those that it begins with.
    let possible = digits == 0 || ((4..=12).contains(&digits) && usize::from(digits) >= prefix.len());
    let prefix = number(prefix).filter(|_| (1..=LONGEST).contains(&prefix.len()))?;
    possible.then_some((prefix, digits))
}

/// Digits as a number with a 1 before them, so that zeros in front count.
fn number(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(1_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte.saturating_sub(b'0')))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

fn shown(line: &str) -> String {
    line.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(csv: &str, expect: Result<usize, &str>) {
        let found = PrefixTable::read(csv).map(|table| table.len()).map_err(|error| error.code());
        assert_eq!(found, expect, "{csv:?}");
    }

    #[test]
    fn tables() {
        check("prefix,gcp_length\n690,7\n697,8\n", Ok(2));
        check("\u{feff}prefix,gcp_length\r\n690,7\r\n02,0\r\n", Ok(2));
        check("prefix,gcp_length", Ok(0));
        check("", Err("H1177"));
        check("690,7\n", Err("H1177"));
        check("prefix;gcp_length\n690;7\n", Err("H1177"));
        check("prefix,gcp_length\n690,7\n\n697,8\n", Err("H1178"));
        check("prefix,gcp_length\n69x,7\n", Err("H1178"));
        check("prefix,gcp_length\n,7\n", Err("H1178"));
        check("prefix,gcp_length\n690\n", Err("H1178"));
        check("prefix,gcp_length\n690,+7\n", Err("H1178"));
        check("prefix,gcp_length\n690,3\n", Err("H1178"));
        check("prefix,gcp_length\n690,13\n", Err("H1178"));
        check("prefix,gcp_length\n69012345,7\n", Err("H1178"));
        check("prefix,gcp_length\n123456789012,12\n", Ok(1));
        check("prefix,gcp_length\n1234567890123,0\n", Err("H1178"));
        check("prefix,gcp_length\n690,7\n690,7\n", Err("H1179"));
        check("prefix,gcp_length\n0,7\n00,7\n", Ok(2));
    }

    #[test]
    fn bounds() {
        let longest = format!("prefix,gcp_length\n{}", "x".repeat(MAX_TABLE - 18));
        check(&longest, Err("H1178"));
        check(&format!("{longest}x"), Err("H1176"));
    }

    #[test]
    fn errors_name_the_line() {
        let error = PrefixTable::read("prefix,gcp_length\r\n690,7\r\n691,x\r\n").unwrap_err();
        assert_eq!(error, CodeError::PrefixTableRow { input: "691,x".into(), line: 3 });
        let error = PrefixTable::read("prefix,gcp_length\n690,7\n690,8").unwrap_err();
        assert_eq!(error, CodeError::PrefixTableRepeated { input: "690,8".into(), line: 3 });
        let error = PrefixTable::read(&"é".repeat(100)).unwrap_err();
        assert_eq!(error, CodeError::PrefixTableHeading { input: "é".repeat(64) });
    }

    #[test]
    fn lengths() {
        let table = PrefixTable::read("prefix,gcp_length\n0001,8\n001,9\n690,7\n69012,9\n2,0\n").unwrap();
        let check = |key: &str, expect| assert_eq!(table.length_of(key), expect, "{key}");
        check("6901234567892", Some(9));
        check("6902345678901", Some(7));
        check("690", Some(7));
        check("690ABC", Some(7));
        check("69", None);
        check("0001234567890", Some(8));
        check("001", Some(9));
        check("1", None);
        check("2012345678900", None);
        check("", None);
        check("é", None);
        assert!(!table.is_empty() && PrefixTable::default().is_empty());
    }
}
