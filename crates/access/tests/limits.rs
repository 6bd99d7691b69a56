//! The page of the format says the bounds of the code.

use access::limits::*;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A number with commas between thousands.
fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn bytes(n: usize) -> String {
    match n {
        n if n.is_multiple_of(1 << 20) => format!("{} MiB", n >> 20),
        n => format!("{} KiB", n >> 10),
    }
}

fn count(n: usize) -> String {
    number(n as u64)
}

fn seconds(time: Duration) -> String {
    assert_eq!(time.subsec_nanos(), 0);
    format!("{} s", time.as_secs())
}

fn rate(rate: Rate, show: fn(usize) -> String) -> String {
    format!("{} at once, {} a second", show(rate.0 as usize), show(rate.1 as usize))
}

/// The rows of the table, from the constants.
fn rows() -> Vec<(&'static str, String)> {
    let longest =
        [bytes(MAX_REQUEST_BYTES), [bytes(MAX_RESPONSE_BYTES), bytes(MAX_DOCUMENT_RESPONSE_BYTES)].join(", ")];
    let several = |values: &[usize]| values.iter().map(|value| count(*value)).collect::<Vec<_>>().join("; ");
    let wait = number(MAX_WAIT.as_millis() as u64);
    let retries = [u64::from(MAX_RETRY_MS), BUSY_RETRY.as_millis() as u64].map(number).join("; ");
    vec![
        ("longest request; longest response on `access`, on `documents`", longest.join("; ")),
        ("time for an answer; longest `wait_ms` beside it", format!("{}; {wait}", seconds(ANSWER_TIME))),
        (
            "requests at a time of a connection; of an organisation",
            several(&[MAX_REQUESTS_OF_CONNECTION, MAX_REQUESTS_OF_ORG]),
        ),
        ("requests of a connection that wait for a head", count(MAX_POLLS_OF_CONNECTION)),
        ("streams that the other end of a connection has open", count(MAX_STREAMS_OF_CONNECTION)),
        (
            "time for a request to come; bytes of those being read at a time",
            [seconds(ANSWER_TIME), bytes(MAX_READING)].join("; "),
        ),
        (
            "bytes of answers not yet taken of an organisation; of all",
            [bytes(MAX_UNTAKEN_OF_ORG), bytes(MAX_UNTAKEN)].join("; "),
        ),
        ("answers being made at a time; requests that wait for that", several(&[MAX_ANSWERING, MAX_WAITING])),
        ("connections of a node; in all", several(&[MAX_CONNECTIONS_OF_PEER as usize, MAX_CONNECTIONS as usize])),
        ("nodes let in of an organisation; in all", several(&[MAX_ACCESS_NODES_OF_ORG, MAX_GUESTS])),
        ("agencies' nodes that a member keeps connections to", count(MAX_NODES)),
        (
            "connections in the middle of their handshake; time for one",
            format!("{}; {}", count(MAX_HANDSHAKES), seconds(HANDSHAKE_TIME)),
        ),
        ("requests of an organisation", rate(REQUEST_RATE, count)),
        ("bytes of answers to an organisation", rate(BYTE_RATE, bytes)),
        ("transactions submitted by an organisation", rate(SUBMIT_RATE, count)),
        ("a message that is none counts as requests", number(u64::from(MALFORMED_COST))),
        ("longest `retry_ms`; that of a busy node", retries),
        ("ping: every; unanswered for", [seconds(PING.0), seconds(PING.1)].join("; ")),
    ]
}

/// Bounds that stand where the message is specified.
fn fields() -> Vec<String> {
    vec![
        format!(
            "`/hufu/<network id>/access/1` | `Request`, `Response` | {}, {}",
            bytes(MAX_REQUEST_BYTES),
            bytes(MAX_RESPONSE_BYTES)
        ),
        format!(
            "`/hufu/<network id>/documents/1` | `DocumentRequest`, `DocumentResponse` | {}, {}",
            bytes(MAX_REQUEST_BYTES),
            bytes(MAX_DOCUMENT_RESPONSE_BYTES)
        ),
        format!("`Links` | from u64, limit u16 ≤ {}", count(MAX_LINKS)),
        format!("`Records` | list of ≤ {MAX_IDS} `StateKey`"),
        format!("`List` | `OwnList`, after: option `[32]`, limit u16 ≤ {}", count(MAX_LIST)),
        format!("`Txs` | at u64, list of ≤ {MAX_IDS} tx"),
        format!("`Waiting` | list of ≤ {MAX_IDS} tx"),
        format!("`Absence` | code: ≤ {MAX_CODE_BYTES} bytes"),
        format!("`Submit` | tx: ≤ {} of a", bytes(ledger::bounds::MAX_TX_BYTES)),
        format!("`Judge` | draft: ≤ {} |", bytes(ledger::bounds::MAX_TX_BYTES)),
        format!("`ValidatorSet`, each ≤ {};", bytes(MAX_CERTIFIED_BYTES)),
        format!("list of ≤ {MAX_CHAIN} certified headers"),
        format!("paths are lists of ≤ {MAX_PATH} `[32]`"),
        format!("length u64 ≤ {}, head: ≤ {} of", bytes(MAX_DOCUMENT_BYTES as usize), bytes(MAX_ENVELOPE_BYTES)),
        format!("`Put` | id `[32]`, piece u32, ≤ {}, path", bytes(MAX_PIECE_BYTES)),
        format!("`Missing` | list of ≤ {} u32", count(MAX_PIECES)),
        format!("`Held` | list of ≤ {} id", count(MAX_DOCUMENTS)),
        format!("it counts as {MALFORMED_COST} requests"),
    ]
}

#[test]
fn the_page_says_the_bounds_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/access.md");
    let page = fs::read_to_string(path).unwrap();
    let (_, table) = page.split_once("## Limits").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let shown: Vec<&str> = table.lines().filter(|line| line.starts_with("| ") && *line != "| what | limit |").collect();
    let expected: Vec<String> = rows().iter().map(|(what, limit)| format!("| {what} | {limit} |")).collect();
    assert_eq!(shown, expected);
    for field in fields() {
        assert!(page.contains(&field), "the page does not say: {field}");
    }
}

#[test]
fn a_document_has_as_many_pieces_as_fill_it() {
    assert_eq!(MAX_DOCUMENT_BYTES, (MAX_PIECES * MAX_PIECE_BYTES) as u64);
}

/// Whoever sends requests by halves, with all nodes and connections that it may have, leaves room for the others.
#[test]
fn no_two_organisations_fill_the_room_for_requests() {
    let connections = MAX_ACCESS_NODES_OF_ORG * MAX_CONNECTIONS_OF_PEER as usize;
    let of_org = connections * MAX_STREAMS_OF_CONNECTION * MAX_REQUEST_BYTES;
    assert!(2 * of_org < MAX_READING, "{of_org}");
}
