//! What the Harmonized System says of a code: whether its edition has it, whether that is in force, and whether special
//! items fall under its heading.

use super::hs2022::SUBHEADINGS;
use gs1::{HsCode, HsEdition};
use ledger::Timestamp;
use std::sync::LazyLock;

/// 2028-01-01T00:00:00Z, from which the edition of 2028 is in force.
const FROM_2028: Timestamp = Timestamp(1_830_297_600_000);

/// Headings under which special items fall: animal products, nucleic acids, hormones, glands, blood and cells, peptones,
/// enzymes, culture media, reagents. No list of an authority: another heading is worth a look and no fault.
const SPECIAL: [&str; 9] = ["0511", "2934", "2937", "3001", "3002", "3504", "3507", "3821", "3822"];

static HEADINGS: LazyLock<Vec<&str>> = LazyLock::new(|| SUBHEADINGS.split(' ').collect());

/// The edition in force at a time.
pub(super) fn in_force(now: Timestamp) -> HsEdition {
    match now < FROM_2028 {
        true => HsEdition::Hs2022,
        false => HsEdition::Hs2028,
    }
}

/// Whether an edition has the six digits of a code. Those of 2028 are not listed here: each is taken.
pub(super) fn is_listed(code: &HsCode) -> bool {
    match code.edition() {
        HsEdition::Hs2022 => is_of_2022(code.hs6()),
        HsEdition::Hs2028 => true,
    }
}

fn is_of_2022(hs6: &str) -> bool {
    let Some((heading, sub)) = hs6.split_at_checked(4) else { return false };
    let found = HEADINGS.binary_search_by_key(&heading, |word| word.get(..4).unwrap_or_default());
    let word = found.ok().and_then(|at| HEADINGS.get(at));
    word.is_some_and(|word| word.as_bytes().chunks(2).skip(2).any(|pair| pair == sub.as_bytes()))
}

/// Whether special items fall under the heading of a code.
pub(super) fn is_special(code: &HsCode) -> bool {
    code.hs6().get(..4).is_some_and(|heading| SPECIAL.contains(&heading))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_whole() {
        assert!(HEADINGS.windows(2).all(|pair| pair[0][..4] < pair[1][..4]));
        assert_eq!(HEADINGS.len(), 1_228);
        let is_word =
            |word: &&str| word.len() >= 6 && word.len().is_multiple_of(2) && word.bytes().all(|b| b.is_ascii_digit());
        assert!(HEADINGS.iter().all(is_word));
        let subheadings: usize = HEADINGS.iter().map(|word| word.len() / 2 - 2).sum();
        assert_eq!(subheadings, 5_612);
    }

    #[test]
    fn codes_of_earlier_editions_are_gone() {
        // 3002.11, 3002.19, 3002.20, 3002.30 and 3822.00 stood in the edition of 2017.
        for gone in ["300211", "300219", "300220", "300230", "382200", "300299", "010100", "999999"] {
            assert!(!is_of_2022(gone), "{gone}");
        }
        for listed in ["300212", "300241", "300251", "300190", "382219", "293499", "010121", "970690"] {
            assert!(is_of_2022(listed), "{listed}");
        }
        let code = |text: &str| text.parse::<HsCode>().unwrap();
        assert!(is_listed(&code("HS2028-WCO-300220")));
        assert!(!is_listed(&code("HS2022-CN-3002200000")));
        assert!(is_special(&code("HS2022-CN-3002120090")) && !is_special(&code("HS2022-WCO-300510")));
    }

    #[test]
    fn an_edition_is_in_force_from_its_first_day_on() {
        let time = |text: &str| api::time::parse(text).unwrap();
        assert_eq!(in_force(time("2027-12-31T23:59:59.999Z")), HsEdition::Hs2022);
        assert_eq!(in_force(time("2028-01-01T00:00:00Z")), HsEdition::Hs2028);
    }
}
