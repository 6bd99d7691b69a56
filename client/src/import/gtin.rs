//! Which GTINs name a trade item everywhere (GS1 General Specifications 1.4.2 and 2.1.11).

use gs1::Gtin;

/// Who may rely on a GTIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Circulation {
    /// Everybody.
    Open,
    /// The firm or the region that gave it: others give the same number to other things.
    Restricted,
    /// Nobody as a trade item: it is a coupon or a refund receipt.
    Coupon,
    /// Nobody: prefix 952 is for demonstrations and examples.
    Demonstration,
}

/// The circulation of a GTIN, by its GS1 prefix.
pub(super) fn circulation(gtin: Gtin) -> Circulation {
    let digits = gtin.as_str14();
    // The first of fourteen digits says how it is packed, and belongs to no prefix.
    let Some(digits) = digits.get(1..) else { return Circulation::Open };
    // GTIN-8, which has prefixes of its own.
    if let Some(eight) = digits.strip_prefix("00000") {
        return match eight.starts_with(['0', '2']) {
            true => Circulation::Restricted,
            false => Circulation::Open,
        };
    }
    match digits.get(..3).and_then(|prefix| prefix.parse::<u16>().ok()).unwrap_or_default() {
        20..=29 | 40..=49 | 200..=299 => Circulation::Restricted,
        50..=59 | 980..=999 => Circulation::Coupon,
        952 => Circulation::Demonstration,
        _ => Circulation::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_say_where_a_number_is_good() {
        // Twelve digits without the check digit, which does not matter here.
        let check = |digits: u64, expect: Circulation| {
            let gtin = Gtin::from_u64(digits * 10 + u64::from(gs1::check_digit(digits))).unwrap();
            assert_eq!(circulation(gtin), expect, "{gtin}");
        };
        for open in [690_123_456_789, 489_123_456_789, 958_000_000_001, 978_123_456_789, 30_123_456_789, 1_234_567] {
            check(open, Circulation::Open);
        }
        // Variable measure, in a firm, in a region, and the eight digits of a firm.
        for restricted in [20_123_456_789, 29_123_456_789, 40_123_456_789, 200_123_456_789, 299_999_999_999] {
            check(restricted, Circulation::Restricted);
        }
        check(2_123_456, Circulation::Restricted);
        check(123_456, Circulation::Restricted);
        for coupon in [50_123_456_789, 980_123_456_789, 981_123_456_789, 990_123_456_789, 999_123_456_789] {
            check(coupon, Circulation::Coupon);
        }
        check(952_123_454_321, Circulation::Demonstration);
        // Packed: the indicator stands before the prefix.
        check(1_952_123_454_321, Circulation::Demonstration);
        check(3_210_123_456_789, Circulation::Restricted);
    }
}
