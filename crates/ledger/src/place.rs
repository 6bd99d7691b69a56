//! Where goods come from, go to and pass: regions of the world and ports, by the codes that trade knows them by.

/// ISO 3166-1 alpha-2, as of 2026: 249 countries and regions. Another code is another version of the rules.
const REGIONS: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY \
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR \
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK \
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF \
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Characters of a region's code.
const REGION: usize = 2;
/// Characters of a port's code.
const PORT: usize = 5;

/// Whether it is the code of a country or region (ISO 3166-1 alpha-2).
pub fn is_region(code: &str) -> bool {
    code.len() == REGION && REGIONS.split(' ').any(|known| known == code)
}

/// Whether it has the form of a place in the code for trade and transport locations (UN/LOCODE, Recommendation 16): a
/// region and three characters, letters or the digits 2 to 9. Which of them are in use changes twice a year.
pub fn is_port(code: &str) -> bool {
    let place = |byte: u8| byte.is_ascii_uppercase() || (b'2'..=b'9').contains(&byte);
    match code.split_at_checked(REGION) {
        Some((region, rest)) => code.len() == PORT && is_region(region) && rest.bytes().all(place),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn regions_are_those_of_the_standard() {
        let all: Vec<&str> = REGIONS.split(' ').collect();
        assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (249, 249));
        assert!(all.is_sorted() && all.iter().all(|code| code.bytes().all(|b| b.is_ascii_uppercase())));
        for known in ["CN", "HK", "MO", "DE", "US", "SG"] {
            assert!(is_region(known), "{known}");
        }
        for unknown in ["", "C", "ZZ", "XX", "cn", "CHN", "N ", " C", "中"] {
            assert!(!is_region(unknown), "{unknown:?}");
        }
    }

    #[test]
    fn the_document_lists_them() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/ledger.md");
        let document = std::fs::read_to_string(path).unwrap();
        let words: Vec<&str> = document.split_ascii_whitespace().collect();
        let known: Vec<&str> = REGIONS.split(' ').collect();
        assert!(words.windows(known.len()).any(|window| window == known), "docs/formats/ledger.md lists others");
    }

    #[test]
    fn ports_have_a_region_and_three_characters() {
        for port in ["CNSZX", "CNPVG", "HKHKG", "US2AB", "MOMFM"] {
            assert!(is_port(port), "{port}");
        }
        for other in ["", "SZX", "CNSHAXX", "CNSZ", "ZZSZX", "cnszx", "CNSZ1", "CNSZ0", "CN SZ", "CN深", "深CN"] {
            assert!(!is_port(other), "{other:?}");
        }
    }
}
