//! Every stable code: what it means, why it comes about, what to do, in both languages; its HTTP status and exit code.
//!
//! Codes are grouped by their first digits: H1 input, H2 keys and signatures, H3 network and genesis, H4 authority,
//! H5 rules of the ledger, H6 batches, H7 nodes and transport, H8 storage, H9 verification. A code never changes its
//! meaning and is never used again.

mod edge;
mod input;
mod keys;
mod node;
mod rules;
mod verify;

use crate::lang::Lang;
use ledger::{codec::CodecError, transaction::TxError};
use std::collections::BTreeMap;

/// Exit codes of the programs.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// Other failure.
    pub const FAILED: u8 = 1;
    /// Wrong use.
    pub const USAGE: u8 = 2;
    /// Not found.
    pub const NOT_FOUND: u8 = 3;
    /// Not authorised or not accredited.
    pub const NOT_AUTHORISED: u8 = 4;
    /// Refused by a rule of the ledger.
    pub const REFUSED: u8 = 5;
    /// A batch failed in part.
    pub const PARTLY: u8 = 6;
    /// No node reachable; the signed transaction is kept in the outbox.
    pub const UNREACHABLE: u8 = 7;
    /// Verification failed.
    pub const INVALID: u8 = 10;
    /// Valid, but stale or under an unknown trust root.
    pub const STALE_OR_UNTRUSTED: u8 = 11;
}

/// What stands in the table for one code: title, cause, cure, and a template of what happened. An empty template
/// stands for the title, followed by the parameter `input` or `detail` where there is one.
struct Words {
    title: &'static str,
    cause: &'static str,
    cure: &'static str,
    message: &'static str,
}

/// A row of the table: code, HTTP status, exit code, and the words in both languages.
struct Row {
    code: &'static str,
    status: u16,
    exit: u8,
    en: Words,
    zh: Words,
}

const fn words(w: [&'static str; 4]) -> Words {
    let [title, cause, cure, message] = w;
    Words { title, cause, cure, message }
}

/// Title, cause, cure and template in English, then in Chinese.
const fn row(code: &'static str, status: u16, exit: u8, en: [&'static str; 4], zh: [&'static str; 4]) -> Row {
    Row { code, status, exit, en: words(en), zh: words(zh) }
}

const TABLE: &[&[Row]] = &[input::CODES, input::FILES, keys::ROWS, rules::ROWS, edge::ROWS, node::ROWS, verify::ROWS];

fn find(code: &str) -> Option<&'static Row> {
    TABLE.iter().flat_map(|part| part.iter()).find(|r| r.code == code)
}

/// What a code means, in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code.
    pub code: &'static str,
    /// HTTP status of a problem with this code.
    pub status: u16,
    /// Exit code of a program that ends with it.
    pub exit: u8,
    /// What it means.
    pub title: &'static str,
    /// Why it comes about.
    pub cause: &'static str,
    /// What to do.
    pub cure: &'static str,
}

/// Explains a code; `None` for one that is not in the table.
pub fn explain(code: &str, lang: Lang) -> Option<Explanation> {
    let row = find(code)?;
    let Words { title, cause, cure, message: _ } = choose(row, lang);
    Some(Explanation { code: row.code, status: row.status, exit: row.exit, title, cause, cure })
}

/// Every code of the table, in its order.
pub fn codes() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|part| part.iter()).map(|r| r.code)
}

/// What happened, as a sentence: the code's template filled with the values; `?` where a value is missing.
pub fn render(code: &str, params: &BTreeMap<String, String>, lang: Lang) -> String {
    let Some(row) = find(code) else {
        return params.get("detail").cloned().unwrap_or_else(|| code.to_owned());
    };
    let words = choose(row, lang);
    if !words.message.is_empty() {
        return fill(words.message, params);
    }
    match params.get("input").or_else(|| params.get("detail")) {
        Some(value) => format!("{}{}{value}", words.title, lang.pick(": ", "：")),
        None => words.title.to_owned(),
    }
}

fn choose(row: &'static Row, lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &row.en,
        Lang::ZhHans => &row.zh,
    }
}

fn fill(template: &str, params: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            rest = after;
            break;
        };
        text.push_str(&params.get(name).map_or_else(|| "?".to_owned(), |value| shown(name, value)));
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// A value as people read it: the ledger gives times as milliseconds.
fn shown(name: &str, value: &str) -> String {
    match value.parse() {
        Ok(ms) if name == "expires" => crate::time::rfc3339(ledger::Timestamp(ms)),
        _ => value.to_owned(),
    }
}

/// HTTP status of a problem with this code; 500 for an unknown one.
pub fn http_status(code: &str) -> u16 {
    find(code).map_or(500, |r| r.status)
}

/// Exit code of a program that ends with this code; 1 for an unknown one.
pub fn exit_code(code: &str) -> u8 {
    find(code).map_or(exit::FAILED, |r| r.exit)
}

/// The values of an inadmissible transaction's error, by name.
pub fn tx_params(error: &TxError) -> Vec<(&'static str, String)> {
    match error {
        TxError::Codec(CodecError::TooLong { length, limit }) => {
            vec![("length", length.to_string()), ("limit", limit.to_string())]
        }
        TxError::Codec(codec) => vec![("detail", codec.to_string())],
        TxError::SignerCount { found } => vec![("found", found.to_string())],
        TxError::Slot { slot } | TxError::SignatureInvalid { slot } => vec![("slot", slot.to_string())],
        TxError::SignatureCount { found, needed } => {
            vec![("found", found.to_string()), ("needed", needed.to_string())]
        }
        TxError::Entries | TxError::Replayed => Vec::new(),
        TxError::Network { found } => vec![("found", found.to_string())],
        TxError::KeyUnknown { slot, key } | TxError::KeyForeign { slot, key } => {
            vec![("slot", slot.to_string()), ("key", key.to_string())]
        }
        TxError::Expired { expires, now } => {
            vec![("expires", crate::time::rfc3339(*expires)), ("now", crate::time::rfc3339(*now))]
        }
        TxError::ExpiryTooFar { expires, longest_ms } => {
            vec![("expires", crate::time::rfc3339(*expires)), ("hours", (longest_ms / 3_600_000).to_string())]
        }
        TxError::CustodyAhead { asked, found } => vec![("asked", asked.to_string()), ("found", found.to_string())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Codes of [`TxError`], whose `code()` cannot be listed without a value of each.
    const TX_CODES: [&str; 14] = [
        "H1001", "H1002", "H1003", "H1004", "H1005", "H1006", "H1007", "H2001", "H2002", "H2003", "H2004", "H2005",
        "H2006", "H3001",
    ];

    #[test]
    fn every_code_of_the_ledger_is_explained_in_both_languages() {
        for (code, name) in ledger::Rejection::ALL {
            for lang in [Lang::En, Lang::ZhHans] {
                assert!(explain(code, lang).is_some(), "{code} {name} has no entry");
            }
        }
        for code in TX_CODES {
            assert!(explain(code, Lang::En).is_some(), "{code} has no entry");
        }
    }

    #[test]
    fn rows_are_unique_and_complete() {
        let all: Vec<_> = codes().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "a code stands twice");
        for row in TABLE.iter().flat_map(|p| p.iter()) {
            assert!(row.code.len() == 5 && row.code.starts_with('H'), "{}", row.code);
            assert!((200..600).contains(&row.status), "{}", row.code);
            assert!(matches!(row.exit, 0..=7 | 10 | 11), "{}", row.code);
            for (lang, w) in [("en", &row.en), ("zh", &row.zh)] {
                assert!(!w.title.is_empty() && !w.cause.is_empty() && !w.cure.is_empty(), "{} {lang}", row.code);
            }
            let holes = |t: &str| {
                t.split('{').skip(1).filter_map(|p| p.split_once('}')).map(|p| p.0.to_owned()).collect::<BTreeSet<_>>()
            };
            assert_eq!(
                holes(row.en.message),
                holes(row.zh.message),
                "{}: the templates differ in their values",
                row.code
            );
        }
    }

    #[test]
    fn chinese_is_chinese() {
        let is_han = |t: &str| t.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for row in TABLE.iter().flat_map(|p| p.iter()) {
            assert!(is_han(row.zh.title) && is_han(row.zh.cause) && is_han(row.zh.cure), "{}", row.code);
            assert!(!is_han(row.en.title), "{}", row.code);
        }
    }

    /// Values that a template names and a rejection does not have would read as `?`.
    #[test]
    fn templates_name_values_that_exist() {
        let item = ledger::ItemId::default();
        let org = ledger::OrgId::default();
        let point = ledger::CustodyPoint { seq: 1, trail: ledger::Hash::default() };
        let time = ledger::Timestamp(0);
        let some = [
            ledger::Rejection::KeyForeign { key: ledger::KeyId::default(), org },
            ledger::Rejection::NotCustodian { item, custodian: org },
            ledger::Rejection::StateForbids { item, act: ledger::Act::Use, state: ledger::Lifecycle::Declared },
            ledger::Rejection::Held { item, by: org },
            ledger::Rejection::CustodyMoved { item, asked: point, found: point },
            ledger::Rejection::OfferPending { item, receiver: org, expires: time },
            ledger::Rejection::QuantityExceeded { item, on_hand: 1, asked: 2 },
            ledger::Rejection::HoldUnknown { item, placed: 3 },
            ledger::Rejection::NotCompetent { act: ledger::Act::Release, org },
            ledger::Rejection::SignersWrong { act: ledger::Act::Release },
        ];
        for rejection in some {
            let params = rejection.params().into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
            for lang in [Lang::En, Lang::ZhHans] {
                let text = render(rejection.code(), &params, lang);
                assert!(!text.contains('?'), "{}: {text}", rejection.code());
            }
        }
        let error = TxError::Expired { expires: time, now: time };
        let params = tx_params(&error).into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        assert!(!render(error.code(), &params, Lang::En).contains('?'));
    }

    #[test]
    fn templates_are_filled() {
        let params = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        assert_eq!(fill("x {a} y {b} z", &params), "x 1 y ? z");
        assert_eq!(fill("{a", &params), "a");
        assert_eq!(render("H0000", &params, Lang::En), "H0000");
        let params = BTreeMap::from([("expires".to_owned(), "0".to_owned())]);
        assert_eq!(fill("{expires}", &params), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn families_have_their_exit_codes() {
        for (code, exit) in [
            ("H1203", 2),
            ("H5102", 5),
            ("H4103", 4),
            ("H7001", 7),
            ("H7004", 3),
            ("H6001", 6),
            ("H9999", 1),
            ("H2201", 4),
        ] {
            assert_eq!(exit_code(code), exit, "{code}");
        }
    }
}
