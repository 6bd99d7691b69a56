//! Looking through what was captured, for a query. Without an order a page reads on from where the one before it ended;
//! for an order everything is read, and no more is held than the page needs. Each has a bound of bytes.

use super::answer::wrong_query;
use crate::failure::{Failure, Result};
use epcis::{Value, query::Query};

/// Most events that are found before they are put in order.
const MOST_FOUND: usize = 10_000;
/// Most bytes of documents that are read for one page, and of contexts that are copied to their events; what passes
/// this is the last.
const MOST_READ: usize = 256 * 1024 * 1024;
/// Most bytes of events that are told in one page; the event that passes this is the last.
const MOST_TOLD: usize = 16 * 1024 * 1024;
/// Most bytes of events that are held while they are put in order.
const MOST_HELD: usize = 2 * MOST_TOLD;

/// A document of the gateway as it is looked through.
pub(super) struct Look {
    /// What goes with every event, and its length.
    pub(super) context: Option<Value>,
    pub(super) context_bytes: usize,
    /// When it came.
    pub(super) at: String,
    pub(super) events: Vec<Seen>,
    /// Its length.
    pub(super) bytes: usize,
}

/// An event in it.
pub(super) struct Seen {
    /// Its number among the entries of its job.
    pub(super) number: usize,
    pub(super) id: String,
    pub(super) value: Value,
    /// Its length.
    pub(super) bytes: usize,
}

/// Events, and the token of the next page.
pub(super) type Page = (Vec<Value>, Option<String>);

/// An event as it is answered: by itself it means what it meant in its document, and says when it was recorded.
fn told(event: Value, id: &str, context: Option<&Value>, at: &str) -> Value {
    let mut map = match event {
        Value::Map(map) => map,
        other => return other,
    };
    if let Some(context) = context {
        let list = |value: &Value| match value {
            Value::List(list) => list.clone(),
            other => vec![other.clone()],
        };
        let whole = match map.get("@context") {
            Some(own) => Value::List(list(context).into_iter().chain(list(own)).collect()),
            None => context.clone(),
        };
        map.insert("@context", whole);
    }
    for (name, value) in [("eventID", id), ("recordTime", at)] {
        if map.get(name).is_none() {
            map.insert(name, value);
        }
    }
    map.into()
}

impl Look {
    /// Its events from a number on: number, the event where a query asks for it, and its length as it is answered.
    fn each(self, from: usize, query: &Query) -> impl Iterator<Item = (usize, Option<Value>, usize)> {
        let Look { context, context_bytes, at, events, bytes: _ } = self;
        events.into_iter().filter(move |seen| seen.number >= from).map(move |seen| {
            let Seen { number, id, value, bytes } = seen;
            let event = told(value, &id, context.as_ref(), &at);
            (number, Some(event).filter(|event| query.matches(event)), bytes.saturating_add(context_bytes))
        })
    }
}

/// A page in the order in which things came. The token is the place of the first event that was not looked at.
pub(super) fn page(jobs: usize, mut look: impl FnMut(usize) -> Result<Option<Look>>, query: &Query) -> Result<Page> {
    let (first_job, first_entry) = match query.next_page_token() {
        None => (0, 0),
        Some(token) => {
            let parts = token.split_once('-').and_then(|(job, entry)| Some((job.parse().ok()?, entry.parse().ok()?)));
            parts.ok_or_else(|| wrong_query("nextPageToken"))?
        }
    };
    let (mut found, mut read, mut copied, mut length) = (Vec::new(), 0usize, 0usize, 0usize);
    for index in first_job..jobs {
        if read > MOST_READ {
            return Ok((found, Some(format!("{index}-0"))));
        }
        let Some(document) = look(index)? else { continue };
        read = read.saturating_add(document.bytes);
        let from: usize = if index == first_job { first_entry } else { 0 };
        let context = document.context_bytes;
        for (number, event, bytes) in document.each(from, query) {
            copied = copied.saturating_add(context);
            let is_full = event.is_some() && (found.len() == query.per_page() || length > MOST_TOLD);
            if is_full || copied > MOST_READ {
                return Ok((found, Some(format!("{index}-{number}"))));
            }
            let Some(event) = event else { continue };
            length = length.saturating_add(bytes);
            found.push(event);
        }
    }
    Ok((found, None))
}

/// A page in the order that is asked for. The token is the number of its first event.
///
/// Errors: H1664 for more events than may be found, H1670 where more would have to be read or held.
pub(super) fn ordered(jobs: usize, mut look: impl FnMut(usize) -> Result<Option<Look>>, query: &Query) -> Result<Page> {
    let most = query.max_event_count().unwrap_or(usize::MAX).min(MOST_FOUND);
    let limit = query.event_count_limit().unwrap_or(usize::MAX);
    let first = match query.next_page_token() {
        None => 0,
        Some(token) => token.parse::<usize>().map_err(|_| wrong_query("nextPageToken"))?,
    };
    let end = first.saturating_add(query.per_page());
    let mut best = Best { query, wanted: end.min(limit), held: Vec::new(), bytes: 0 };
    let (mut count, mut read, mut copied) = (0usize, 0usize, 0usize);
    for index in 0..jobs {
        if read > MOST_READ {
            return Err(too_much(MOST_READ));
        }
        let Some(document) = look(index)? else { continue };
        read = read.saturating_add(document.bytes);
        let context = document.context_bytes;
        for (_, event, bytes) in document.each(0, query) {
            copied = copied.saturating_add(context);
            if copied > MOST_READ {
                return Err(too_much(MOST_READ));
            }
            let Some(event) = event else { continue };
            count += 1;
            if count > most {
                return Err(Failure::new("H1664", [("limit", most.to_string())]));
            }
            best.take(event, bytes)?;
        }
    }
    let next = (end < count.min(limit)).then(|| end.to_string());
    Ok((best.sorted().skip(first).collect(), next))
}

fn too_much(limit: usize) -> Failure {
    Failure::new("H1670", [("limit", limit.to_string())])
}

/// The first events of an order. What stands behind them is let go now and then.
struct Best<'q> {
    query: &'q Query,
    wanted: usize,
    /// Events and their lengths.
    held: Vec<(Value, usize)>,
    bytes: usize,
}

impl Best<'_> {
    /// Error: H1670 where those that are wanted are too much by themselves.
    fn take(&mut self, event: Value, bytes: usize) -> Result<()> {
        self.held.push((event, bytes));
        self.bytes = self.bytes.saturating_add(bytes);
        let is_full = self.bytes > MOST_HELD;
        if is_full || self.held.len() > self.wanted.saturating_mul(2).max(64) {
            self.prune();
        }
        // Half of it is room until the next time.
        match is_full && self.bytes > MOST_HELD / 2 && self.held.len() > 1 {
            true => Err(too_much(MOST_HELD / 2)),
            false => Ok(()),
        }
    }

    /// Of equal ones the first that came stays first.
    fn prune(&mut self) {
        self.held.sort_by(|(one, _), (other, _)| self.query.compare(one, other));
        self.held.truncate(self.wanted);
        self.bytes = self.held.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes));
    }

    fn sorted(mut self) -> impl Iterator<Item = Value> {
        self.prune();
        self.held.into_iter().map(|(event, _)| event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use epcis::Map;

    const MIB: usize = 1024 * 1024;

    /// The event of a job, at a minute that is not that of its number.
    fn event(job: usize) -> Value {
        let mut map = Map::default();
        map.insert("type", "ObjectEvent");
        map.insert("eventTime", format!("2026-05-01T08:{:02}:00Z", job * 7 % 20).as_str());
        map.into()
    }

    /// A document of one event.
    fn document(job: usize, bytes: usize, length: usize) -> Look {
        let seen = Seen { number: 0, id: format!("urn:e:{job}"), value: event(job), bytes: length };
        Look { context: None, context_bytes: 0, at: "2026-05-02T00:00:00Z".into(), events: vec![seen], bytes }
    }

    fn query(pairs: &[(&str, &str)]) -> Query {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Query::read(&pairs).unwrap()
    }

    fn id(event: &Value) -> String {
        event.get("eventID").and_then(Value::as_text).unwrap().to_owned()
    }

    /// All pages of a query over so many documents of a length: the events, and the documents that each page read.
    fn pages(jobs: usize, bytes: usize, length: usize, asked: &[(&str, &str)]) -> Result<(Vec<String>, Vec<usize>)> {
        let (mut found, mut reads) = (Vec::new(), Vec::new());
        let mut token: Option<String> = None;
        loop {
            let pairs: Vec<(&str, &str)> =
                asked.iter().copied().chain(token.as_deref().map(|token| ("nextPageToken", token))).collect();
            let query = query(&pairs);
            let mut read = 0;
            let look = |job| {
                read += 1;
                Ok(Some(document(job, bytes, length)))
            };
            let (events, next) = match query.asks_for_all() {
                true => ordered(jobs, look, &query)?,
                false => page(jobs, look, &query)?,
            };
            found.extend(events.iter().map(id));
            reads.push(read);
            match next {
                Some(next) => token = Some(next),
                None => return Ok((found, reads)),
            }
        }
    }

    fn in_order(jobs: usize) -> Vec<String> {
        let mut all: Vec<usize> = (0..jobs).collect();
        all.sort_by_key(|job| job * 7 % 20);
        all.into_iter().map(|job| format!("urn:e:{job}")).collect()
    }

    #[test]
    fn a_page_reads_what_it_shows_and_a_bounded_number_of_bytes() {
        let all: Vec<String> = (0..40).map(|job| format!("urn:e:{job}")).collect();
        // The first of the next page is read to know that there is one.
        assert_eq!(pages(40, 1, 1, &[("perPage", "20")]).unwrap(), (all.clone(), vec![21, 20]));
        // Large documents end a page that finds nothing in them.
        let none = [("EQ_eventID", "urn:none")];
        assert_eq!(pages(40, 16 * MIB, 1, &none).unwrap(), (Vec::new(), vec![17, 17, 6]));
        // Large events end one too.
        let (found, reads) = pages(40, 9 * MIB, 9 * MIB, &[]).unwrap();
        assert_eq!((found, reads.iter().max()), (all, Some(&3)));
    }

    #[test]
    fn a_context_counts_as_often_as_it_is_copied() {
        let look = |_| {
            let seen = |number| Seen { number, id: format!("urn:e:{number}"), value: event(number), bytes: 1 };
            Ok(Some(Look { context_bytes: 16 * MIB, events: (0..30).map(seen).collect(), ..document(0, 1, 1) }))
        };
        let none = ("EQ_eventID", "urn:none");
        let (found, next) = page(1, look, &query(&[none])).unwrap();
        assert_eq!((found.len(), next.as_deref()), (0, Some("0-16")));
        assert_eq!(page(1, look, &query(&[none, ("nextPageToken", "0-16")])).unwrap().1, None);
        assert_eq!(ordered(1, look, &query(&[none, ("orderBy", "eventTime")])).unwrap_err().code, "H1670");
    }

    #[test]
    fn an_order_is_that_of_sorting_everything_whatever_was_let_go() {
        for (jobs, per_page) in [(0, "1"), (1, "1"), (64, "1"), (65, "7"), (66, "1"), (500, "7"), (500, "1000")] {
            let asked = [("orderBy", "eventTime"), ("orderDirection", "ASC"), ("perPage", per_page)];
            let (found, reads) = pages(jobs, 1, 1, &asked).unwrap();
            assert_eq!(found, in_order(jobs), "{jobs} {per_page}");
            assert!(reads.iter().all(|read| *read == jobs));
        }
        let asked = [("orderBy", "eventTime"), ("orderDirection", "ASC"), ("eventCountLimit", "10"), ("perPage", "4")];
        assert_eq!(pages(500, 1, 1, &asked).unwrap().0, in_order(500)[..10].to_vec());
    }

    #[test]
    fn an_order_reads_a_bounded_number_of_bytes() {
        let asked = [("orderBy", "eventTime")];
        let mut read = 0;
        let look = |job| {
            read += 1;
            Ok(Some(document(job, 16 * MIB, 1)))
        };
        let failure = ordered(1_000_000, look, &query(&asked)).unwrap_err();
        assert_eq!((failure.code.as_str(), read), ("H1670", 17));
        // What finds nothing reads no more either.
        let asked = [("orderBy", "eventTime"), ("EQ_eventID", "urn:none")];
        assert_eq!(pages(1_000_000, 16 * MIB, 1, &asked).unwrap_err().code, "H1670");
        assert!(pages(17, 16 * MIB, 1, &asked).is_ok());
    }

    #[test]
    fn an_order_finds_and_holds_no_more_than_it_may() {
        let found = |jobs, length, per_page| {
            let asked = [("orderBy", "eventTime"), ("orderDirection", "ASC"), ("perPage", per_page)];
            let query = query(&asked);
            let found = ordered(jobs, |job| Ok(Some(document(job, 1, length))), &query);
            found.map(|(events, _)| events.len()).map_err(|failure| failure.code)
        };
        assert_eq!(found(MOST_FOUND, 1, "30"), Ok(30));
        assert_eq!(found(MOST_FOUND + 1, 1, "30"), Err("H1664".to_owned()));
        // Large events in a small page: the others are let go.
        assert_eq!(found(1_000, MIB, "10"), Ok(10));
        assert_eq!(found(1_000, MIB, "100"), Err("H1670".to_owned()));
        let asked = [("maxEventCount", "5")];
        assert_eq!(pages(6, 1, 1, &asked).unwrap_err().code, "H1664");
        assert_eq!(pages(5, 1, 1, &asked).unwrap().0.len(), 5);
    }

    #[test]
    fn an_event_is_told_with_what_it_means() {
        let context = Value::Text("https://x.example/c".into());
        let told = told(event(1), "urn:e:1", Some(&context), "2026-05-02T00:00:00Z");
        assert_eq!(id(&told), "urn:e:1");
        assert_eq!(told.get("@context"), Some(&context));
        assert_eq!(told.get("recordTime").and_then(Value::as_text), Some("2026-05-02T00:00:00Z"));
    }
}
