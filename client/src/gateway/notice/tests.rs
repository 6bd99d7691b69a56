//! Pages of notices have bounds, and need no book once they are begun.

use super::*;
use crate::gateway::settings::Hook;
use serde_json::json;
use std::{path::Path, time::Duration};

/// A book whose webhooks take everything.
fn book(dir: &Path, hooks: &[&str]) -> Book {
    let hook = |name: &&str| Hook {
        name: (*name).to_owned(),
        url: String::new(),
        secret: Vec::new(),
        roots: None,
        kinds: Vec::new(),
        attempts: 1,
        first_retry: Duration::ZERO,
    };
    let mut book = Book::open(dir).unwrap();
    book.claim("network", "org").unwrap();
    book.serve(&hooks.iter().map(hook).collect::<Vec<_>>()).unwrap();
    book
}

/// What others did at a height: so many things, each of so many bytes.
fn seen(book: &mut Book, height: u64, count: u64, bytes: usize) {
    let one = |n: u64| Incoming {
        height,
        time: String::new(),
        kind: "offered".into(),
        item: "item".into(),
        n,
        tx: String::new(),
        record: "x".repeat(bytes),
    };
    book.write(&Line::Seen { height, incoming: (0..count).map(one).collect() }).unwrap();
}

fn told(book: &mut Book, hook: &str, notice: usize, taken: bool) {
    let detail = if taken { "" } else { "why" };
    book.write(&Line::Told { hook: hook.into(), notice, taken, attempts: 3, detail: detail.into() }).unwrap();
}

/// How many notices each page has, one after the other, of what is there from a height on; all of them come once.
fn pages(book: &Book, from: u64, limit: usize) -> Vec<usize> {
    let (mut pages, mut heights, mut next) = (Vec::new(), Vec::new(), Some(0));
    while let Some(first) = next {
        let page = Page::of(book, from, first, limit).unwrap().read().unwrap();
        pages.push(page.items.len());
        heights.extend(page.items.iter().map(|item| (item.notice.height, item.notice.id.clone())));
        next = page.next.map(|next| next.parse().unwrap());
    }
    let mut once = heights.clone();
    once.sort();
    once.dedup();
    let expected = book.notices.iter().filter(|notice| notice.height >= from).count();
    assert_eq!((heights.len(), once.len()), (expected, expected));
    pages
}

#[test]
fn a_page_has_its_limit_and_a_bounded_number_of_lines_whatever_the_webhooks() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = book(dir.path(), &["a", "b", "c"]);
    seen(&mut book, 1, 700, 1);
    seen(&mut book, 2, 301, 1);
    // Four lines for each: one says what it is, three what became of it.
    assert_eq!(MOST_LINES, 500 * 4);
    assert_eq!(pages(&book, 1, 1_000), [500, 500, 1]);
    assert_eq!(pages(&book, 1, 499), [499, 499, 3]);
    assert_eq!(pages(&book, 2, 500), [301]);
    assert_eq!(pages(&book, 2, 301), [301]);
    assert_eq!(pages(&book, 2, 300), [300, 1]);
    assert_eq!(pages(&book, 3, 300), [0]);
}

#[test]
fn a_page_reads_a_bounded_number_of_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = book(dir.path(), &["a"]);
    // The one that passes the bound is the last of its page.
    for height in 1..=3 {
        seen(&mut book, height, 1, MOST_BYTES / 2);
    }
    assert_eq!(pages(&book, 1, 100), [2, 1]);
    // What stands on one line is read once.
    seen(&mut book, 4, 200, MOST_BYTES / 400);
    assert_eq!(pages(&book, 4, 1_000), [200]);
}

#[test]
fn a_page_that_is_begun_is_read_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = book(dir.path(), &["a", "b"]);
    seen(&mut book, 1, 2, 1);
    told(&mut book, "a", 0, true);
    told(&mut book, "b", 0, false);
    let page = Page::of(&book, 1, 0, 10).unwrap();
    told(&mut book, "a", 1, true);
    seen(&mut book, 2, 1, 1);
    drop(book);
    let read = serde_json::to_value(page.read().unwrap()).unwrap();
    let first = json!([
        { "name": "a", "state": "taken", "attempts": 3, "detail": "" },
        { "name": "b", "state": "given-up", "attempts": 3, "detail": "why" },
    ]);
    let second = json!([
        { "name": "a", "state": "waiting", "attempts": 0, "detail": "" },
        { "name": "b", "state": "waiting", "attempts": 0, "detail": "" },
    ]);
    assert_eq!((&read["items"][0]["webhooks"], &read["items"][1]["webhooks"]), (&first, &second), "{read}");
    assert_eq!((read["items"].as_array().unwrap().len(), &read["items"][1]["incoming"]["n"]), (2, &json!(1)));
}
