//! Properties over generated values: what is printed is read back, in text and in bytes, and faults are found.
use std::fmt::{Debug, Display};
use std::str::FromStr;

use bincode::config;
use gs1::{
    CODES, CodeError, Elements, Gln, Gtin, HsCode, HsEdition, HsJurisdiction, ItemCode, MAX_AMOUNT, Quantity, Sscc,
    Unit, check_digit, digital_link, parse_code, scan,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Text and bytes in two configurations, each read back; bytes cut short are refused.
fn round_trips<T>(value: &T)
where
    T: Display + FromStr<Err = CodeError> + PartialEq + Debug + bincode::Encode + bincode::Decode<()>,
{
    assert_eq!(value.to_string().parse::<T>().as_ref(), Ok(value));
    let (varint, fixed) = (config::standard().with_limit::<256>(), config::legacy().with_big_endian());
    let bytes = bincode::encode_to_vec(value, varint).unwrap();
    let (found, used) = bincode::decode_from_slice::<T, _>(&bytes, varint).unwrap();
    assert_eq!((&found, used), (value, bytes.len()));
    for cut in 0..bytes.len() {
        assert!(bincode::decode_from_slice::<T, _>(&bytes[..cut], varint).is_err());
    }
    let bytes = bincode::encode_to_vec(value, fixed).unwrap();
    assert_eq!(&bincode::decode_from_slice::<T, _>(&bytes, fixed).unwrap().0, value);
}

fn keyed(limit: u64) -> impl Strategy<Value = u64> {
    (0..limit / 10).prop_map(|body| body * 10 + u64::from(check_digit(body)))
}

fn sscc() -> impl Strategy<Value = Sscc> {
    keyed(1_000_000_000_000_000_000).prop_map(|value| Sscc::from_u64(value).unwrap())
}

fn set_82() -> &'static str {
    "[!\"%-/0-9:-?A-Z_a-z]{1,20}"
}

fn items() -> impl Strategy<Value = ItemCode> {
    let gtin = || keyed(100_000_000_000_000).prop_map(|value| Gtin::from_u64(value).unwrap());
    prop_oneof![
        (gtin(), set_82()).prop_map(|(gtin, lot)| ItemCode::Lot { gtin, lot: lot.parse().unwrap() }),
        (gtin(), set_82()).prop_map(|(gtin, serial)| ItemCode::Serial { gtin, serial: serial.parse().unwrap() }),
        ("[a-z0-9-]{1,16}", "[ -~]{1,64}").prop_map(|(scheme, value)| ItemCode::Other {
            scheme: scheme.parse().unwrap(),
            value: value.parse().unwrap()
        }),
        sscc().prop_map(|sscc| ItemCode::Unit { sscc }),
    ]
}

fn units() -> impl Strategy<Value = Unit> {
    proptest::sample::select(Unit::all().collect::<Vec<_>>())
}

/// Found failures are kept in a file, to be committed with the fix; the path is relative to the crate.
fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/properties.proptest-regressions"))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn keys_round_trip(gtin in keyed(100_000_000_000_000), sscc in keyed(1_000_000_000_000_000_000), gln in keyed(10_000_000_000_000)) {
        round_trips(&Gtin::from_u64(gtin).unwrap());
        round_trips(&Sscc::from_u64(sscc).unwrap());
        round_trips(&Gln::from_u64(gln).unwrap());
    }

    #[test]
    fn every_single_digit_error_is_found(value in keyed(100_000_000_000_000), place in 0..14_usize, digit in 0..10_u8) {
        let mut digits = format!("{value:014}").into_bytes();
        prop_assume!(digits[place] != b'0' + digit);
        digits[place] = b'0' + digit;
        let wrong = String::from_utf8(digits).unwrap();
        prop_assert_eq!(wrong.parse::<Gtin>().unwrap_err().code(), "H1203");
    }

    #[test]
    fn items_round_trip(item in items()) {
        round_trips(&item);
        prop_assert_eq!(parse_code(&item.digital_link()), Ok(item));
    }

    #[test]
    fn element_strings_round_trip(item in items(), extra in set_82(), date in 0..=28_u8) {
        let Some(gtin) = item.gtin() else { return Ok(()) };
        let (gtin, date) = (gtin.to_string(), format!("2702{date:02}"));
        let (ai, value) = match &item {
            ItemCode::Serial { serial, .. } => ("21", serial.as_str()),
            ItemCode::Lot { lot, .. } => ("10", lot.as_str()),
            ItemCode::Other { .. } | ItemCode::Unit { .. } => unreachable!(),
        };
        let elements = Elements::from_pairs([("01", gtin.as_str()), (ai, value), ("17", &date), ("95", &extra)]).unwrap();
        prop_assert_eq!(&Elements::parse(&elements.to_bracketed()).unwrap(), &elements);
        prop_assert_eq!(&Elements::parse(&elements.to_scan()).unwrap(), &elements);
        prop_assert_eq!(&Elements::parse(&format!("]d2{}", elements.to_scan().replace('\u{1d}', "^]"))).unwrap(), &elements);
        prop_assert_eq!(&Elements::parse_caret(&elements.to_caret()).unwrap(), &elements);
        // Without its separators the label can be read in two ways, and is not read.
        let dropped = elements.to_scan().replace('\u{1d}', "");
        let typed = scan::read_typed(&dropped, scan::Wedge::DropsSeparators);
        prop_assert_eq!(typed.unwrap_err().code(), "H1126");
        let link = digital_link::format(&elements).unwrap();
        prop_assert_eq!(&digital_link::parse(&link).unwrap(), &elements);
        prop_assert_eq!(digital_link::canonicalise(&link).unwrap(), link);
        prop_assert_eq!(ItemCode::try_from(&elements).unwrap(), item);
    }

    #[test]
    fn units_are_read_from_every_form(key in sscc(), extra in set_82()) {
        let digits = key.to_string();
        let elements = Elements::from_pairs([("00", digits.as_str()), ("95", extra.as_str())]).unwrap();
        let link = digital_link::format(&elements).unwrap();
        let scan = elements.to_scan();
        let forms = [elements.to_bracketed(), scan.clone(), format!("]C1{scan}"), link, format!("00/{digits}")];
        for form in &forms {
            prop_assert_eq!(parse_code(form), Ok(ItemCode::Unit { sscc: key }), "{}", form);
        }
    }

    #[test]
    fn tariff_codes_round_trip(chapter in 1..=97_u8, rest in "[0-9]{11}", jurisdiction in 0..4_usize, long in any::<bool>(), edition in any::<bool>()) {
        prop_assume!(chapter != 77);
        let jurisdiction = HsJurisdiction::ALL[jurisdiction];
        let length = match jurisdiction {
            HsJurisdiction::Wco => 6,
            HsJurisdiction::Cn => if long { 13 } else { 10 },
            HsJurisdiction::Hk | HsJurisdiction::Mo => 8,
        };
        let edition = if edition { HsEdition::Hs2022 } else { HsEdition::Hs2028 };
        let digits = format!("{chapter:02}{rest}");
        round_trips(&HsCode::new(jurisdiction, edition, &digits[..length]).unwrap());
        round_trips(&jurisdiction);
        round_trips(&edition);
    }

    #[test]
    fn quantities_round_trip_and_add_up(unit in units(), a in 0..=MAX_AMOUNT, b in 0..=MAX_AMOUNT) {
        let quantity = |amount| Quantity::new(amount, unit).unwrap();
        round_trips(&quantity(a));
        round_trips(&unit);
        prop_assert_eq!(Quantity::parse(&quantity(a).decimal(), unit), Ok(quantity(a)));
        let sum = quantity(a).checked_add(quantity(b));
        prop_assert_eq!(sum.is_ok(), a + b <= MAX_AMOUNT);
        if let Ok(sum) = sum {
            prop_assert_eq!(sum.checked_sub(quantity(b)), Ok(quantity(a)));
        }
        prop_assert_eq!(quantity(a).checked_sub(quantity(b)).is_ok(), a >= b);
    }

    #[test]
    fn no_text_panics_and_every_error_is_listed(input in ".{0,600}", tail in "[\\x1d()/?&=%^\\]0-9A-Za-z.:-]{0,60}") {
        let elements = ["", "(00)", "(01)", "(10)", "(8003)", "(8110)", "]d2", "]E0", "]Q1", "00", "01", "^10", "hufu:", "1 "];
        let paths = ["00/", "01/", "https://a/00/", "https://a/01/", "https://a/01/09521234543213/10/"];
        for text in elements.iter().chain(&paths).flat_map(|head| [format!("{head}{input}"), format!("{head}{tail}")]) {
            let errors = [
                parse_code(&text).err(),
                text.parse::<Elements>().err(),
                text.parse::<Elements>().and_then(|elements| elements.check()).err(),
                Elements::parse_caret(&text).err(),
                scan::read(&text).and_then(|scan| scan.elements()).err(),
                scan::read_typed(&text, scan::Wedge::DropsSeparators).err(),
                scan::write(scan::Symbology::Gs1128, &text).err(),
                digital_link::parse(&text).err(),
                text.parse::<Quantity>().err(),
                text.parse::<HsCode>().err(),
                text.parse::<Gtin>().err(),
            ];
            for error in errors.into_iter().flatten() {
                prop_assert!(CODES.contains(&(error.code(), error.title())));
                prop_assert!(error.caret().is_none_or(|(input, position)| position <= input.len()));
                prop_assert!(error.to_string().len() < 5_000);
            }
        }
    }

    #[test]
    fn no_bytes_panic_and_decoded_values_are_valid(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let config = config::standard();
        if let Ok((item, _)) = bincode::decode_from_slice::<ItemCode, _>(&bytes, config) {
            round_trips(&item);
        }
        if let Ok((quantity, _)) = bincode::decode_from_slice::<Quantity, _>(&bytes, config) {
            round_trips(&quantity);
        }
        if let Ok((code, _)) = bincode::decode_from_slice::<HsCode, _>(&bytes, config) {
            round_trips(&code);
        }
    }
}

/// Encodings that a decoder must refuse, with the code in the message.
#[test]
fn invalid_bytes_are_refused() {
    fn check<T: bincode::Decode<()> + Debug>(value: impl bincode::Encode, expect: &str) {
        let bytes = bincode::encode_to_vec(value, config::standard()).unwrap();
        let error = bincode::decode_from_slice::<T, _>(&bytes, config::standard()).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}, not {expect}");
    }
    check::<Gtin>(9_521_234_543_214_u64, "H1203");
    check::<Gtin>(u64::MAX, "H1202");
    check::<Sscc>(1_u64, "H1206");
    check::<Gln>(1_u64, "H1209");
    check::<gs1::Lot>("", "H1210");
    check::<gs1::Lot>("A".repeat(21), "H1101");
    check::<gs1::Lot>(u64::MAX, "H1101");
    check::<gs1::Lot>("A B", "H1211");
    check::<gs1::Serial>("é", "H1213");
    check::<Unit>("VI", "H1230");
    check::<Unit>("METRE", "H1101");
    check::<Quantity>((MAX_AMOUNT + 1, "H87"), "H1234");
    check::<HsJurisdiction>(4_u8, "H1223");
    check::<HsEdition>(2017_u16, "H1224");
    check::<HsCode>((0_u8, 2022_u16, "770110"), "H1222");
    check::<HsCode>((2_u8, 2022_u16, "300212"), "H1221");
    check::<ItemCode>(4_u8, "UnexpectedVariant");
    check::<ItemCode>((3_u8, 1_u64), "H1206");
    check::<ItemCode>((3_u8, u64::MAX), "H1205");
    check::<ItemCode>((0_u8, 9_521_234_543_213_u64, ""), "H1210");
}

/// The bytes that are on the ledger: they may never change.
#[test]
fn golden_bytes() {
    let check = |value: &str, expect: &str| {
        let item: ItemCode = value.parse().unwrap();
        let bytes = bincode::encode_to_vec(&item, config::standard()).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expect, "{value}");
    };
    check("01/09521234543213/10/L1", "00fd6d82cdd5a8080000024c31");
    check("01/09521234543213/21/7", "01fd6d82cdd5a80800000137");
    check("hufu:isbt128/A9", "020769736274313238024139");
    check("00/006141411234567890", "03fdd2560ebb94d11500");
    check("00/106141412345678908", "03fd3c8cd25a0d177901");
    let quantity: Quantity = "12.5 MLT".parse().unwrap();
    assert_eq!(bincode::encode_to_vec(quantity, config::standard()).unwrap(), b"\xfb\xd4\x30\x03MLT");
    let code: HsCode = "HS2022-CN-3002120090".parse().unwrap();
    assert_eq!(bincode::encode_to_vec(code, config::standard()).unwrap(), b"\x01\xfb\xe6\x07\x0a3002120090");
}
