//! What a webhook is told when the settings change.

use super::*;
use crate::gateway::journal::Incoming;
use std::time::Duration;

fn hook(name: &str, kinds: &[&str]) -> Hook {
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let (url, secret) = (String::new(), Vec::new());
    Hook { name: name.into(), url, secret, roots: None, kinds, attempts: 1, first_retry: Duration::ZERO }
}

/// What others did at a height: one thing of each kind.
fn seen(height: u64) -> Line {
    let one = |kind: &str| Incoming {
        height,
        time: String::new(),
        kind: kind.into(),
        item: String::new(),
        n: height,
        tx: String::new(),
        record: String::new(),
    };
    Line::Seen { height, incoming: vec![one("offered"), one("hold-placed")] }
}

/// A gateway that runs with some webhooks while something happens at a height; what waits for `erp` then.
fn run(dir: &Path, hooks: &[Hook], height: u64) -> Vec<(u64, String)> {
    let mut book = Book::open(dir).unwrap();
    book.claim("network", "org").unwrap();
    book.serve(hooks).unwrap();
    book.write(&seen(height)).unwrap();
    waiting(&book)
}

fn waiting(book: &Book) -> Vec<(u64, String)> {
    let Some(queue) = book.queues.get("erp") else { return Vec::new() };
    let notices = queue.waiting.iter().map(|index| &book.notices[*index]);
    notices.map(|notice| (notice.height, notice.kind.clone())).collect()
}

fn expected(all: &[(u64, &str)]) -> Vec<(u64, String)> {
    all.iter().map(|(height, kind)| (*height, format!("incoming.{kind}"))).collect()
}

#[test]
fn a_webhook_that_takes_more_is_not_told_what_was_before() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(dir.path(), &[], 1), expected(&[]));
    let offers = [(2, "offered")];
    assert_eq!(run(dir.path(), &[hook("erp", &["incoming.offered"])], 2), expected(&offers));
    // The same settings once more change nothing.
    let offers = [(2, "offered"), (3, "offered")];
    assert_eq!(run(dir.path(), &[hook("erp", &["incoming.offered"])], 3), expected(&offers));
    let wider = [(2, "offered"), (3, "offered"), (4, "offered"), (4, "hold-placed")];
    assert_eq!(run(dir.path(), &[hook("erp", &["incoming"])], 4), expected(&wider));
    let all = [wider.as_slice(), &[(5, "offered"), (5, "hold-placed")]].concat();
    assert_eq!(run(dir.path(), &[hook("erp", &[])], 5), expected(&all));
    // What it does not take any more it is not told, nor when it takes it again.
    let holds = [(4, "hold-placed"), (5, "hold-placed"), (6, "hold-placed")];
    assert_eq!(run(dir.path(), &[hook("erp", &["incoming.hold-placed"])], 6), expected(&holds));
    let again = [holds.as_slice(), &[(7, "offered"), (7, "hold-placed")]].concat();
    assert_eq!(run(dir.path(), &[hook("erp", &["incoming"])], 7), expected(&again));
    // Whoever opens the book finds the same.
    assert_eq!(waiting(&Book::open(dir.path()).unwrap()), expected(&again));
}

#[test]
fn a_webhook_that_was_away_is_told_what_waited_and_what_happens_from_then_on() {
    let dir = tempfile::tempdir().unwrap();
    let erp = [hook("erp", &["incoming.offered"])];
    assert_eq!(run(dir.path(), &erp, 1), expected(&[(1, "offered")]));
    assert_eq!(run(dir.path(), &[hook("other", &[])], 2), expected(&[(1, "offered")]));
    assert_eq!(run(dir.path(), &erp, 3), expected(&[(1, "offered"), (3, "offered")]));
    // What was before comes when it is asked for.
    let mut book = Book::open(dir.path()).unwrap();
    book.write(&Line::Replay { from: 2 }).unwrap();
    assert_eq!(waiting(&book), expected(&[(1, "offered"), (2, "offered"), (3, "offered")]));
}

/// Journals of earlier versions name no kinds.
#[test]
fn a_webhook_of_an_old_journal_is_told_what_it_takes_now() {
    let dir = tempfile::tempdir().unwrap();
    let line: Line = serde_json::from_str(r#"{"line":"hook","name":"erp"}"#).unwrap();
    assert_eq!(line, Line::Hook { name: "erp".into(), kinds: Vec::new() });
    let mut book = Book::open(dir.path()).unwrap();
    book.claim("network", "org").unwrap();
    book.write(&line).unwrap();
    book.write(&seen(1)).unwrap();
    drop(book);
    let offers = [(1, "offered"), (2, "offered")];
    assert_eq!(run(dir.path(), &[hook("erp", &["incoming.offered"])], 2), expected(&offers));
}
