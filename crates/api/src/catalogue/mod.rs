//! Every stable code: what it means, why it comes about, what to do, in both languages; its HTTP status and exit code.
//!
//! Codes are grouped by their first digits: H1 input, H2 keys and signatures, H3 network and genesis, H4 authority,
//! H5 rules of the ledger, H6 batches, H7 nodes and transport, H8 storage, H9 verification. A code never changes its
//! meaning and is never used again.

mod access;
mod edge;
mod epcis;
mod input;
mod keys;
mod node;
mod passage;
mod rules;
mod sealed;
mod snapshot;
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
    /// No node reachable; a transaction that was signed already is kept in the outbox.
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

const TABLE: &[&[Row]] = &[
    input::CODES,
    input::FILES,
    epcis::DOCUMENTS,
    epcis::EVENTS,
    epcis::ASKED,
    epcis::PAPER,
    epcis::GATEWAY,
    epcis::QUERIES,
    keys::ROWS,
    access::ROWS,
    sealed::ROWS,
    snapshot::ROWS,
    passage::ROWS,
    rules::ROWS,
    edge::ROWS,
    node::ROWS,
    verify::ROWS,
];

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
        return fill(code, words.message, params);
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

fn fill(code: &str, template: &str, params: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            rest = after;
            break;
        };
        text.push_str(&params.get(name).map_or_else(|| "?".to_owned(), |value| shown(code, name, value)));
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// Values that are times, by code and name. The name alone does not tell: `from` is a height elsewhere.
const TIMES: &[(&str, &str)] = &[
    ("H2111", "until"),
    ("H4121", "latest"),
    ("H5010", "latest"),
    ("H5105", "expires"),
    ("H5107", "expires"),
    ("H5112", "expires"),
    ("H5115", "latest"),
    ("H5405", "from"),
    ("H5405", "to"),
    ("H5415", "earliest"),
    ("H5503", "latest"),
    ("H5506", "until"),
    ("H5607", "until"),
];

/// A value as people read it: the ledger gives times as milliseconds.
fn shown(code: &str, name: &str, value: &str) -> String {
    match value.parse() {
        Ok(ms) if TIMES.contains(&(code, name)) => crate::time::rfc3339(ledger::Timestamp(ms)),
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
        TxError::Bounds { what } | TxError::Field { what } => vec![("what", (*what).to_owned())],
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
mod tests;
