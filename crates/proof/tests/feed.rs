//! Everything that touched an organisation: honest files of all ranges, and whatever leaves something out or puts
//! something in.

use crate::town;

use ledger::{
    StateKey,
    block::FeedEntry,
    codec,
    tree::{StateProof, Terminal},
};
use proof::{
    Blob, Digest, List, Options, Source, Standing, TrustRoot,
    bounds::*,
    feed::{self, Feed, FeedBlock, FeedError, FeedLater},
    verify_file,
};
use serde_json::{Value, json};
use town::{Town, worth};

fn code(file: &Feed, trust: &TrustRoot) -> &'static str {
    worth(&verify_file(&file.to_json(), Some(trust), Options::default()))
}

/// The honest file, spoilt.
fn spoilt(town: &Town, honest: &Feed, spoil: impl Fn(&mut Feed)) -> &'static str {
    let mut file = honest.clone();
    spoil(&mut file);
    assert_ne!(file, *honest, "nothing was spoilt");
    code(&file, &town.world.trust)
}

#[test]
fn every_range_of_every_organisation_is_whole() {
    let town = Town::new(false);
    let trust = Some(&town.world.trust);
    for org in ["importer", "carrier", "hospital", "lab", "customs", "st", "health", "env"] {
        for (from, to) in [(0, 0), (0, 16), (1, 16), (3, 5), (5, 5), (6, 14), (9, 10), (13, 13), (15, 15), (16, 16)] {
            let file = town.feed(org, from, to);
            let verdict = feed::verify(&file.to_json(), trust, Options::default());
            assert_eq!(verdict.head.verdict, Standing::Valid, "{org} {from} {to}: {:?}", verdict.head.failure);
            assert_eq!((verdict.from, verdict.to), (Some(from), Some(to)));
            let links = town.feeds.get(&town.world.org(org)).cloned().unwrap_or_default();
            let inside: Vec<_> = links.iter().filter(|link| (from..=to).contains(&link.height)).collect();
            let entries: usize = inside.iter().map(|link| link.entries.len()).sum();
            assert_eq!((verdict.links, verdict.entries), (inside.len() as u64, entries as u64));
            assert_eq!(file.before.is_some(), links.iter().any(|link| link.height < from), "{org} {from} {to}");
            assert_eq!(file.later.len(), links.iter().filter(|link| link.height > to).count());
            assert_eq!(Feed::from_json(&file.to_json()), Ok(file));
        }
    }
}

#[test]
fn a_file_tells_what_happened() {
    let town = Town::new(false);
    let trust = Some(&town.world.trust);
    let file = town.feed("importer", 14, 15);
    let verdict = feed::verify(&file.to_json(), trust, Options::default());
    assert_eq!((verdict.links, verdict.entries, verdict.events), (2, 3, 2));
    assert_eq!(verdict.org_name.as_deref(), Some("Harbour Bio Ltd"));
    let refused: FeedEntry = codec::decode(&file.links[1].entries[0].entry, 4_096).unwrap();
    assert!(matches!(refused, FeedEntry::Refused { .. }), "{refused:?}");
    let nobody = town.feed("st", 1, 16);
    assert_eq!((&nobody.feed, &nobody.before), (&None, &None));
    let verdict = feed::verify(&nobody.to_json(), trust, Options::default());
    assert!(verdict.head.notices.iter().any(|notice| notice.id == "feed-empty"));
    assert_eq!(worth(&verify_file(&file.to_json(), None, Options::default())), "untrusted");
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let town = Town::new(false);
    let (moment, importer) = (town.moment(), town.world.org("importer"));
    let range = |from, to| FeedError::Range { from, to, height: 16 };
    assert_eq!(feed::assemble(&moment, &importer, 3, 2).unwrap_err(), range(3, 2));
    assert_eq!(feed::assemble(&moment, &importer, 3, 17).unwrap_err(), range(3, 17));
    let stranger = ledger::OrgId(ledger::Hash([1; 32]));
    assert_eq!(feed::assemble(&moment, &stranger, 1, 2).unwrap_err(), FeedError::OrgUnknown(stranger));
}

#[test]
fn nothing_can_be_left_out_or_put_in() {
    let town = Town::new(false);
    let honest = town.feed("importer", 3, 14);
    assert!(honest.before.is_some() && honest.links.len() > 3 && honest.later.len() == 1);
    let check = |expect: &str, what: &str, spoil: &dyn Fn(&mut Feed)| {
        assert_eq!(spoilt(&town, &honest, spoil), expect, "{what}");
    };
    let pair = |f: &Feed| f.links.iter().position(|link| link.entries.len() == 2).unwrap();
    check("H9130", "the first link", &|f| drop(f.links.0.remove(0)));
    check("H9130", "a link within", &|f| drop(f.links.0.remove(1)));
    check("H9130", "the last link", &|f| drop(f.links.0.pop()));
    check("H9130", "all links", &|f| f.links.0.clear());
    check("H9130", "an entry", &|f| drop(f.links.0[0].entries.0.pop()));
    check("H9130", "one of two entries", &|f| {
        let at = pair(f);
        f.links.0[at].entries.0.remove(0);
    });
    check("H9130", "the order of entries", &|f| {
        let at = pair(f);
        f.links.0[at].entries.0.swap(0, 1);
    });
    check("H9130", "an entry twice", &|f| {
        let again = f.links[0].entries[0].clone();
        f.links.0[0].entries.0.push(again);
    });
    check("H9130", "the entries of another link", &|f| f.links.0[0].entries = f.links[1].entries.clone());
    check("H9130", "a link that never was", &|f| {
        let last = f.links.len() - 1;
        let block = FeedBlock { height: 13, entries: List(Vec::new()) };
        f.links.0.insert(last, block);
    });
    check("H9130", "a height", &|f| {
        let last = f.links.len() - 1;
        f.links.0[last].height = 13;
    });
    check("H9130", "the later link", &|f| f.later.0.clear());
    check("H9130", "the root of a later link", &|f| f.later.0[0].root.0.0[0] ^= 1);
    check("H9130", "the height of a later link", &|f| f.later.0[0].height += 1);
    check("H9130", "one more later link", &|f| f.later.0.push(FeedLater { height: 16, root: Digest::default() }));
}

#[test]
fn the_beginning_cannot_be_forged() {
    let town = Town::new(false);
    let honest = town.feed("importer", 3, 14);
    let before = honest.before.clone().unwrap();
    assert_eq!((before.count, before.height), (2, 2));
    let check = |expect: &str, what: &str, spoil: &dyn Fn(&mut proof::feed::FeedBefore)| {
        let spoil = |f: &mut Feed| f.before.iter_mut().for_each(spoil);
        assert_eq!(spoilt(&town, &honest, spoil), expect, "{what}");
    };
    check("H9130", "its number", &|b| b.count = 1);
    check("H9130", "no number", &|b| b.count = 0);
    check("H9130", "the greatest number", &|b| b.count = u64::MAX);
    check("H9130", "the head before it", &|b| b.head.0.0[0] ^= 1);
    check("H9130", "no head before it", &|b| b.head = Digest::default());
    check("H9130", "its root", &|b| b.root.0.0[0] ^= 1);
    check("H9130", "its height", &|b| b.height = 1);
    check("H9132", "a height that is asked for", &|b| b.height = 3);
    assert_eq!(spoilt(&town, &honest, |f| f.before = None), "H9130");
    // The first link at all has none before it.
    let whole = town.feed("importer", 1, 16);
    assert_eq!(whole.before, None);
    assert_eq!(
        spoilt(&town, &whole, |f| f.before = Some(proof::feed::FeedBefore { height: 0, ..before.clone() })),
        "H9130"
    );
}

#[test]
fn heights_are_those_asked_for() {
    let town = Town::new(false);
    let honest = town.feed("importer", 3, 14);
    let check = |expect: &str, what: &str, spoil: &dyn Fn(&mut Feed)| {
        assert_eq!(spoilt(&town, &honest, spoil), expect, "{what}");
    };
    check("H9132", "an end before the beginning", &|f| (f.from, f.to) = (5, 4));
    check("H9132", "an end above the header", &|f| f.to = 17);
    check("H9132", "an end above the later link", &|f| f.to = 15);
    check("H9132", "an end below the last link", &|f| f.to = 13);
    check("H9132", "a beginning above the first link", &|f| f.from = 4);
    check("H9132", "a beginning at the link before", &|f| f.from = 2);
    check("H9132", "links out of order", &|f| f.links.0.swap(0, 1));
    check("H9132", "a link twice", &|f| f.links.0.insert(0, f.links[0].clone()));
    check("H9132", "a later link that is not later", &|f| f.later.0[0].height = 14);
    check("H9132", "a later link twice", &|f| f.later.0.push(f.later[0].clone()));
    // A height in which nothing happened may be covered or not: both are true.
    let quiet = town.feed("importer", 3, 12);
    assert_eq!(spoilt(&town, &quiet, |f| f.to = 13), "valid");
    assert_eq!(spoilt(&town, &quiet, |f| f.to = 14), "H9132");
    // Nor does a feed without links cover what is no range.
    let idle = town.feed("st", 3, 14);
    assert_eq!(spoilt(&town, &idle, |f| f.to = 16), "valid");
    assert_eq!(spoilt(&town, &idle, |f| f.to = 17), "H9132");
    assert_eq!(spoilt(&town, &idle, |f| (f.from, f.to) = (5, 4)), "H9132");
}

#[test]
fn events_are_those_that_the_entries_name() {
    let town = Town::new(false);
    let honest = town.feed("importer", 3, 15);
    let check = |expect: &str, what: &str, spoil: &dyn Fn(&mut Feed)| {
        assert_eq!(spoilt(&town, &honest, spoil), expect, "{what}");
    };
    let first = |f: &Feed| f.links[0].entries[0].event.clone();
    let last = honest.links.len() - 1;
    let pair = honest.links.iter().position(|link| link.entries.len() == 2).unwrap();
    check("H9131", "an event that is missing", &|f| f.links.0[0].entries.0[0].event = None);
    check("H9131", "the event of another entry", &|f| f.links.0[1].entries.0[0].event = first(f));
    check("H9131", "an event where there is none", &|f| f.links.0[last].entries.0[0].event = first(f));
    check("H9131", "events exchanged", &|f| {
        let [one, other] = [0, 1].map(|n| f.links[pair].entries[n].event.clone());
        (f.links.0[pair].entries.0[0].event, f.links.0[pair].entries.0[1].event) = (other, one);
    });
    check("H9131", "a time in an event", &|f| {
        let bytes = f.links[0].entries[0].event.clone().unwrap();
        let mut event: ledger::Event = codec::decode(&bytes, MAX_EVENT_BYTES).unwrap();
        event.at.time = event.at.time.plus_ms(1);
        f.links.0[0].entries.0[0].event = Some(Blob(codec::encode(&event)));
    });
    check("H9005", "bytes behind an event", &|f| f.links.0[0].entries.0[0].event.as_mut().unwrap().0.push(0));
    check("H9005", "bytes behind an entry", &|f| f.links.0[0].entries.0[0].entry.0.push(0));
}

#[test]
fn records_are_those_of_the_certified_state() {
    let town = Town::new(false);
    let moment = town.moment();
    let honest = town.feed("importer", 3, 14);
    let carrier = town.feed("carrier", 3, 14);
    let check = |expect: &str, what: &str, spoil: &dyn Fn(&mut Feed)| {
        assert_eq!(spoilt(&town, &honest, spoil), expect, "{what}");
    };
    check("H9040", "the organisation of another", &|f| f.org = carrier.org.clone());
    check("H9040", "organisation and proof of another", &|f| {
        (f.org, f.org_proof) = (carrier.org.clone(), carrier.org_proof.clone());
    });
    check("H9040", "the feed of another", &|f| {
        (f.feed, f.feed_proof) = (carrier.feed.clone(), carrier.feed_proof.clone());
    });
    check("H9040", "no feed, with the proof of one", &|f| f.feed = None);
    check("H9040", "no feed, with an empty end", &|f| {
        let proof: StateProof = codec::decode(&f.feed_proof, MAX_STATE_PROOF_BYTES).unwrap();
        (f.feed, f.feed_proof) = (None, Blob(codec::encode(&StateProof { terminal: Terminal::Empty, ..proof })));
    });
    check("H9005", "a feed of other bytes", &|f| f.feed.as_mut().unwrap().0.push(0));
    // Another organisation of the same state, whole in itself, and its name exchanged for that of the first.
    let untouched = town.feed("st", 3, 14);
    let block = honest.links[0].clone();
    assert_eq!(spoilt(&town, &untouched, |f| f.links.0.push(block.clone())), "H9130");
    let absent = moment.prove(&StateKey::Feed(town.world.org("st"))).unwrap().1;
    check("H9040", "the absence of another's feed", &|f| {
        (f.feed, f.feed_proof) = (None, Blob(codec::encode(&absent)));
    });
}

#[test]
fn records_of_an_earlier_state_prove_nothing_later() {
    let mut town = Town::new(false);
    let honest = town.feed("importer", 3, 14);
    town.world.fill(500);
    let later = town.feed("importer", 3, 14);
    assert_eq!(code(&later, &town.world.trust), "valid");
    assert_eq!(spoilt(&town, &later, |f| f.org_proof = honest.org_proof.clone()), "H9040");
    assert_eq!(spoilt(&town, &later, |f| f.feed_proof = honest.feed_proof.clone()), "H9040");
}

/// With as many elements as the bound the shape is taken, with one more it is not.
#[test]
fn lists_and_bytes_end_at_their_bounds() {
    let town = Town::new(false);
    let file = town.feed("importer", 3, 14);
    let honest: Value = serde_json::from_slice(&file.to_json()).unwrap();
    let block = |entries: Value| json!({"height": 3, "entries": entries});
    let item = json!({"entry": "", "event": null});
    let later = json!({"height": 15, "root": "00".repeat(32)});
    type Make<'a> = Box<dyn Fn(usize) -> Value + 'a>;
    let lists: Vec<(&str, usize, Make<'_>)> = vec![
        ("links", MAX_FEED_LINKS, Box::new(|n| json!(vec![block(json!([])); n]))),
        ("links", MAX_FEED_ENTRIES, Box::new(|n| json!([block(json!(vec![&item; n]))]))),
        ("later", MAX_FEED_LATER, Box::new(|n| json!(vec![&later; n]))),
    ];
    for (key, max, list) in &lists {
        let with = |count: usize| {
            let mut file = honest.clone();
            file[*key] = list(count);
            let bytes = serde_json::to_vec(&file).unwrap();
            worth(&verify_file(&bytes, None, Options::default()))
        };
        assert_ne!(with(*max), "H9003", "{key} of {max}");
        assert_eq!(with(*max + 1), "H9003", "{key} of {max} and one");
    }
    let long = |limit: usize, place: fn(&mut Feed) -> &mut Blob| {
        assert_eq!(spoilt(&town, &file, |f| *place(f) = Blob(vec![0; limit + 1])), "H9005");
    };
    long(MAX_STATE_PROOF_BYTES, |f| &mut f.org_proof);
    long(MAX_STATE_PROOF_BYTES, |f| &mut f.feed_proof);
    long(ledger::state::MAX_RECORD_BYTES, |f| &mut f.org);
    long(ledger::state::MAX_RECORD_BYTES, |f| f.feed.as_mut().unwrap());
    long(MAX_FEED_ENTRY_BYTES, |f| &mut f.links.0[0].entries.0[0].entry);
    long(MAX_EVENT_BYTES, |f| f.links.0[0].entries.0[0].event.as_mut().unwrap());
}
