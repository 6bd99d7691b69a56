//! Following a network by its heads: what extends what is known is taken, and every way in which it does not has its code.

use crate::town;
use crate::world;

use ledger::{
    Event, Hash, Header, OrgId, Outcome, Receipt, SignedTx, StateKey, TxId, ValidatorSet, block::FeedEntry, codec,
    list, record::FeedRecord, transaction,
};
use proof::{
    Anchor, Bundle, Certified, FollowedLink, Known, Options, Problem, Source, Standing, Taken, TrustRoot, TxPlace,
    bounds::MAX_CHAIN, contents, continue_feed, evidence, follow, fork, no_older, placed, proven,
};
use town::Town;
use world::{
    World,
    later::asking,
    stories::{self, story},
};

/// Certified heads, each with all blocks before it in its history.
struct Line {
    world: World,
    ids: Vec<Hash>,
    heads: Vec<Certified>,
}

impl Line {
    fn of(blocks: u64) -> Line {
        let mut line = Line { world: World::new(false, 0), ids: Vec::new(), heads: Vec::new() };
        line.grow(blocks);
        line
    }

    fn grow(&mut self, blocks: u64) {
        for _ in 0..blocks {
            let same = self.world.set.clone();
            self.push(&same, |_| {});
        }
    }

    fn push(&mut self, next: &ValidatorSet, twist: impl FnOnce(&mut Header)) {
        self.world.block(1_000);
        let mut header = self.world.header(Hash([9; 32]), next);
        header.history = list::root(&self.ids);
        twist(&mut header);
        let head = self.world.certify(header, self.world.set.validators().len());
        self.ids.push(head.header.id().0);
        self.heads.push(head);
    }

    /// A block at which the validators change to the first so many of them.
    fn change(&mut self, seats: usize) {
        let next = ValidatorSet::new(self.world.set.validators()[..seats].to_vec()).unwrap();
        self.push(&next, |_| {});
        self.world.set = next;
    }

    fn head(&self, height: u64) -> &Certified {
        &self.heads[height as usize - 1]
    }

    fn known(&self, height: u64) -> Known {
        let Certified { header, .. } = self.head(height);
        let Header { height, time, history, state, .. } = *header;
        Known { height, time, block: header.id(), history, state }
    }

    /// The path of a block in the history of a head above it.
    fn path(&self, known: u64, head: u64) -> Vec<Hash> {
        match known < head {
            true => list::path(&self.ids[..head as usize - 1], known as usize - 1).unwrap(),
            false => Vec::new(),
        }
    }

    fn follow(&self, known: u64, head: u64) -> Result<Taken, Problem> {
        let (known, path) = (self.known(known), self.path(known, head));
        follow(&self.world.trust, Some(&known), self.head(head), &[], &path, Options::default())
    }
}

fn code<T>(result: Result<T, Problem>) -> &'static str {
    match result {
        Ok(_) => "taken",
        Err(problem) => problem.code(),
    }
}

#[test]
fn a_head_extends_what_is_known_whatever_lies_between() {
    let line = Line::of(12);
    for head in 1..=12 {
        for known in 1..=head {
            let taken = line.follow(known, head).unwrap();
            let certified = line.head(head).clone();
            assert_eq!(taken, Taken { known: line.known(head), certified, way: Vec::new(), trust: None });
        }
        let first = follow(&line.world.trust, None, line.head(head), &[], &[], Options::default());
        assert_eq!(first.unwrap().known, line.known(head));
    }
}

#[test]
fn what_does_not_extend_the_known_block_is_not_taken() {
    let line = Line::of(9);
    let mut other = Line::of(4);
    other.push(&other.world.set.clone(), |header| header.state = Hash([8; 32]));
    other.grow(4);
    let check = |known: &Known, head: &Certified, path: &[Hash], expect: &str| {
        let taken = follow(&line.world.trust, Some(known), head, &[], path, Options::default());
        assert_eq!(code(taken), expect, "{known:?} {path:?}");
    };
    check(&line.known(6), line.head(5), &[], "H9161");
    check(&line.known(6), line.head(5), &line.path(5, 6), "H9161");
    check(&line.known(6), other.head(6), &[], "H9162");
    // The two lines have the first four blocks in common.
    for known in 1..=9 {
        let expect = if known <= 4 { "taken" } else { "H9162" };
        check(&line.known(known), other.head(9), &other.path(known, 9), expect);
    }
    let path = line.path(3, 9);
    for at in 0..path.len() {
        let mut wrong = path.clone();
        wrong[at].0[0] ^= 1;
        check(&line.known(3), line.head(9), &wrong, "H9162");
    }
    check(&line.known(3), line.head(9), &path[1..], "H9162");
    check(&line.known(3), line.head(9), &[path.clone(), path.clone()].concat(), "H9162");
    check(&line.known(3), line.head(9), &[], "H9162");
    check(&line.known(4), line.head(9), &path, "H9162");
    check(&line.known(3), line.head(8), &path, "H9162");
    // Heights count from one: what claims another is no block.
    check(&Known { height: 0, ..line.known(3) }, line.head(9), &path, "H9162");
    check(&Known { height: 2, ..line.known(3) }, line.head(9), &path, "H9162");
}

#[test]
fn a_head_holds_by_itself_before_it_is_compared() {
    let line = Line::of(9);
    let check = |expect: &str, options: Options, spoil: &dyn Fn(&mut Certified)| {
        let mut head = line.head(9).clone();
        spoil(&mut head);
        // Height and history fit what is known, so that only the head itself is at fault.
        let taken = follow(&line.world.trust, Some(&line.known(3)), &head, &[], &line.path(3, 9), options);
        assert_eq!(code(taken), expect);
    };
    let none = Options::default();
    let at = |ms: i64| Options { now: Some(ledger::Timestamp(line.known(9).time.0.saturating_add_signed(ms))), ..none };
    check("taken", none, &|head| head.certificate.signatures.truncate(3));
    check("H9025", none, &|head| head.certificate.signatures.truncate(2));
    check("H9024", none, &|head| head.certificate.signatures[0].signature.0[0] ^= 1);
    check("H9021", none, &|head| head.header.state = Hash([7; 32]));
    check("H9021", none, &|head| head.header.height = 2);
    check("H9022", none, &|head| {
        head.validators = ValidatorSet::new(head.validators.validators()[..3].to_vec()).unwrap();
    });
    check("H9026", none, &|head| head.header.network.0.0[0] ^= 1);
    check("taken", at(-600_000), &|_| {});
    check("H9029", at(-600_001), &|_| {});
    // An age asked for is no business of a head: the caller sees its time.
    check("taken", Options { max_age_ms: Some(1), ..at(1_000_000) }, &|_| {});
    let stranger = World::new(false, 9).trust;
    assert_eq!(code(follow(&stranger, None, line.head(9), &[], &[], none)), "H9026");
    // Nobody has witnessed a head that is a second old.
    let asking = asking(&line.world.trust, 1, &[1]);
    assert_eq!(code(follow(&asking, None, line.head(9), &[], &[], none)), "taken");
}

#[test]
fn a_test_network_is_followed_by_whoever_trusts_one() {
    let mut line = Line { world: World::new(true, 0), ids: Vec::new(), heads: Vec::new() };
    line.grow(3);
    assert_eq!(code(line.follow(1, 3)), "taken");
}

#[test]
fn the_trust_root_goes_on_where_the_validators_change() {
    let mut line = Line::of(3);
    line.change(3);
    line.grow(2);
    line.change(2);
    line.grow(2);
    let trust = line.world.trust.clone();
    let (chain, none) = ([line.head(4).clone(), line.head(7).clone()], Options::default());
    let take = |trust: &TrustRoot, known: u64, head: u64, chain: &[Certified]| {
        follow(trust, Some(&line.known(known)), line.head(head), chain, &line.path(known, head), none)
    };
    // The block of a change is signed by those before it; who signs behind it is told by the next.
    assert_eq!(take(&trust, 3, 4, &[]).unwrap().trust, None);
    // Behind a change before it the way goes on: of this one alone the next head shows.
    let at_4 = take(&trust, 3, 7, &chain[..1]).unwrap().trust.unwrap();
    assert_eq!((at_4.start().height, at_4.start().block), (4, line.known(4).block));
    assert_eq!(code(take(&trust, 7, 8, &chain[1..])), "H9026");
    assert_eq!(take(&at_4, 7, 8, &chain[1..]).unwrap().trust.unwrap().start().height, 8);
    assert_eq!(take(&at_4, 3, 7, &chain[..1]).unwrap().trust, None);
    assert_eq!(code(take(&at_4, 4, 5, &[])), "taken");
    let next = |known, head, chain: &[Certified]| {
        let led = take(&trust, known, head, chain).unwrap().trust.unwrap();
        let advanced = trust.advance(&Anchor::at(line.head(head), chain), none, &|_| None).unwrap();
        assert_eq!(led.fingerprint(), advanced.fingerprint());
        led
    };
    let (at_5, at_9) = (next(3, 5, &chain[..1]), next(3, 9, &chain));
    assert_eq!((at_5.start().height, at_9.start().height), (5, 9));
    // From there on nothing before is asked for again.
    assert_eq!(take(&at_5, 5, 6, &[]).unwrap().trust, None);
    assert_eq!(take(&at_5, 5, 9, &chain[1..]).unwrap().trust.unwrap().fingerprint(), at_9.fingerprint());
    assert_eq!(take(&at_9, 9, 9, &[]).unwrap().trust, None);
    assert_eq!(code(take(&at_5, 5, 9, &[])), "H9026");
    assert_eq!(code(take(&trust, 3, 9, &[])), "H9026");
    assert_eq!(code(take(&trust, 3, 9, &chain[..1])), "H9027");
    assert_eq!(code(take(&trust, 3, 9, &chain[1..])), "H9026");
    assert_eq!(code(take(&trust, 3, 9, &vec![chain[0].clone(); MAX_CHAIN + 1])), "H9003");
    assert_eq!(code(take(&trust, 3, 9, &vec![chain[0].clone(); MAX_CHAIN])), "H9027");
    // What lies below the start is older than what is known, even where nothing else is.
    assert_eq!(code(follow(&at_9, None, line.head(8), &[], &[], none)), "H9161");
    assert_eq!(code(follow(&at_9, None, line.head(9), &[], &[], none)), "taken");
}

/// A trust root has no word on what lies below its start: what is shown of it there is neither judged nor kept.
#[test]
fn the_way_to_a_head_is_what_the_trust_root_leads_to() {
    let mut line = Line::of(3);
    line.change(3);
    line.grow(2);
    line.change(2);
    line.grow(2);
    let (none, chain) = (Options::default(), [line.head(4).clone(), line.head(7).clone()]);
    let take = |trust: &TrustRoot, chain: &[Certified]| follow(trust, None, line.head(9), chain, &[], none);
    assert_eq!(take(&line.world.trust, &chain).unwrap().way, chain);
    let at_5 = follow(&line.world.trust, None, line.head(5), &chain[..1], &[], none).unwrap().trust.unwrap();
    let mut forged = chain[0].clone();
    forged.header.time = forged.header.time.plus_ms(1);
    forged.certificate.signatures.clear();
    for below in [&chain[0], &forged] {
        assert_eq!(take(&at_5, &[below.clone(), chain[1].clone()]).unwrap().way, chain[1..]);
    }
    assert_eq!(code(take(&line.world.trust, &[forged, chain[1].clone()])), "H9021");
}

#[test]
fn records_come_under_a_head_that_is_not_older_than_what_is_known() {
    let line = Line::of(9);
    let mut other = Line::of(4);
    other.push(&other.world.set.clone(), |header| header.state = Hash([8; 32]));
    let judge =
        |known: u64, head: &Certified| no_older(&line.world.trust, &line.known(known), head, &[], Options::default());
    for known in 1..=9 {
        for head in 1..=9 {
            let expect = if head < known { "H9161" } else { "taken" };
            assert_eq!(code(judge(known, line.head(head))), expect, "{known} {head}");
        }
    }
    assert_eq!(judge(4, line.head(9)), Ok(line.known(9)));
    assert_eq!(code(judge(5, other.head(5))), "H9162");
    let mut forged = line.head(9).clone();
    forged.certificate.signatures[0].signature.0[0] ^= 1;
    assert_eq!(code(judge(5, &forged)), "H9024");
}

#[test]
fn a_trust_root_is_led_on_in_time_and_no_later() {
    let line = Line::of(9);
    let trust = line.world.trust.clone().with_trusting_ms(Some(8_000));
    let start = trust.start().time;
    let take = |trust: &TrustRoot, head: u64, ms: u64| {
        let options = Options { now: Some(start.plus_ms(ms)), ..Options::default() };
        follow(trust, None, line.head(head), &[], &[], options)
    };
    // A block a second: half of the time has passed behind the fourth.
    assert_eq!(take(&trust, 4, 4_000).unwrap().trust, None);
    let led = take(&trust, 5, 5_000).unwrap().trust.unwrap();
    assert_eq!((led.start().height, led.trusting_ms(), led.set_hash()), (5, Some(8_000), trust.set_hash()));
    assert_eq!(code(take(&trust, 9, 8_000)), "taken");
    assert_eq!(code(take(&trust, 9, 8_001)), "H9165");
    assert_eq!(code(take(&led, 9, 13_000)), "taken");
    assert_eq!(code(take(&led, 9, 13_001)), "H9165");
    assert_eq!(take(&line.world.trust, 9, u64::MAX / 4).unwrap().trust, None);
}

#[test]
fn records_and_their_absence_are_proven_under_a_state() {
    let town = Town::new(false);
    let moment = town.moment();
    let state = moment.snapshot.head.header.state;
    let (importer, st) = (StateKey::Feed(town.world.org("importer")), StateKey::Feed(town.world.org("st")));
    let (record, proof) = moment.prove(&importer).unwrap();
    let (nothing, absence) = moment.prove(&st).unwrap();
    let record = record.unwrap();
    assert_eq!(nothing, None);
    assert_eq!(proven(&state, &importer, Some(&record), &proof), Ok(()));
    assert_eq!(proven(&state, &st, None, &absence), Ok(()));
    let mut longer = record.clone();
    longer.push(0);
    let mut other = state;
    other.0[31] ^= 1;
    for (state, key, record, proof) in [
        (&other, &importer, Some(&record), &proof),
        (&state, &st, Some(&record), &proof),
        (&state, &importer, Some(&longer), &proof),
        (&state, &importer, None, &proof),
        (&state, &importer, None, &absence),
        (&state, &st, Some(&record), &absence),
    ] {
        assert_eq!(proven(state, key, record.map(Vec::as_slice), proof), Err(Problem::StateProof));
    }
}

/// The links of a feed with their events, and the record before each and behind the last.
fn links(town: &Town, org: &OrgId) -> (Vec<FollowedLink>, Vec<FeedRecord>) {
    let event = |entry: &FeedEntry| -> Option<Event> {
        match entry {
            FeedEntry::Event(named) => town.world.events[&named.item].iter().find(|e| e.n == named.n).cloned(),
            _ => None,
        }
    };
    let all = &town.feeds[org];
    let followed = all.iter().map(|link| FollowedLink {
        height: link.height,
        entries: link.entries.iter().map(|entry| (entry.clone(), event(entry))).collect(),
    });
    let zero = FeedRecord { count: 0, head: Hash::default(), height: 0 };
    (followed.collect(), std::iter::once(zero).chain(all.iter().map(ledger::block::FeedLink::record)).collect())
}

#[test]
fn a_feed_is_continued_from_anywhere_in_any_number_of_pages() {
    let town = Town::new(false);
    assert!(town.feeds.len() > 3);
    for (org, made) in &town.feeds {
        let (links, records) = links(&town, org);
        let last = records.last().unwrap();
        for from in 0..=links.len() {
            for to in from..=links.len() {
                let page = continue_feed(org, &records[from], &links[from..to], last);
                assert_eq!(page.as_deref(), Ok(&made[from..to]), "{org} {from} {to}");
            }
        }
    }
}

#[test]
fn a_feed_that_shrinks_breaks_or_shows_other_events_is_told() {
    let town = Town::new(false);
    let org = town.world.org("importer");
    let (honest, records) = links(&town, &org);
    let (last, most) = (records.last().unwrap(), honest.len());
    let check = |expect: &str, from: usize, certified: &FeedRecord, spoil: &dyn Fn(&mut Vec<FollowedLink>)| {
        let mut links = honest[from..].to_vec();
        spoil(&mut links);
        assert_eq!(code(continue_feed(&org, &records[from], &links, certified)), expect);
    };
    let other = |spoil: fn(&mut FeedRecord)| {
        let mut record = last.clone();
        spoil(&mut record);
        record
    };
    check("taken", 0, last, &|_| {});
    check("H9163", most, &records[most - 1], &|_| {});
    check("H9163", most, &other(|r| r.head.0[0] ^= 1), &|_| {});
    check("H9163", most, &other(|r| r.height += 1), &|_| {});
    check("H9163", 1, &records[0], &|links| links.clear());
    check("H9130", 0, &other(|r| r.head.0[0] ^= 1), &|_| {});
    check("H9130", 0, &other(|r| r.height += 1), &|_| {});
    check("H9130", 0, &records[most - 1], &|_| {});
    // With one link exchanged for another the heads differ; with one left out the page stays below, and proves nothing yet.
    check("H9130", 0, last, &|links| links[1].entries = links[0].entries.clone());
    check("taken", 0, last, &|links| drop(links.remove(1)));
    check("taken", 0, last, &|links| drop(links.pop()));
    check("H9130", 0, last, &|links| links.swap(0, 1));
    check("H9130", 0, last, &|links| links[1].height = links[0].height);
    check("H9130", 0, last, &|links| links[0].height = 0);
    check("H9130", 0, last, &|links| links[0].height += 1);
    check("H9130", 0, last, &|links| links[most - 1].height = last.height + 1);
    check("H9130", 0, last, &|links| links.push(links[most - 1].clone()));
    check("H9130", 0, last, &|links| drop(links[most - 1].entries.pop()));
    check("H9131", 0, last, &|links| links[0].entries[0].1 = None);
    check("H9131", 0, last, &|links| links[0].entries[0].1 = links[1].entries[0].1.clone());
    check("H9131", 0, last, &|links| {
        let event = links[0].entries[0].1.as_mut().unwrap();
        event.at.time = event.at.time.plus_ms(1);
    });
    check("H9131", 0, last, &|links| links[most - 1].entries[0].1 = links[0].entries[0].1.clone());
    // Another's feed is whole in itself, and not this one.
    let other = town.feeds.keys().find(|other| **other != org).unwrap();
    let (foreign, theirs) = links(&town, other);
    assert_eq!(code(continue_feed(&org, &theirs[0], &foreign, theirs.last().unwrap())), "H9130");
}

/// A block of some transactions in a line, and heads above it.
struct Block {
    line: Line,
    txs: Vec<SignedTx>,
    receipts: Vec<Receipt>,
}

impl Block {
    const HEIGHT: u64 = 7;

    fn new() -> Block {
        let txs: Vec<SignedTx> = Town::new(false).world.executed.into_iter().map(|(_, tx)| tx).collect();
        let receipt = |(index, tx): (u32, &SignedTx)| {
            let outcome = Outcome::Accepted { events: Vec::new() };
            Receipt { index, tx: tx.body.id(), outcome }
        };
        let receipts: Vec<Receipt> = (0..).zip(&txs).map(receipt).collect();
        let mut line = Line::of(Block::HEIGHT - 1);
        let results = list::root(&receipts.iter().map(Receipt::hash).collect::<Vec<_>>());
        let in_block = list::root(&leaves(&txs));
        line.push(&line.world.set.clone(), |header| (header.results, header.txs) = (results, in_block));
        line.grow(4);
        Block { line, txs, receipts }
    }

    fn count(&self) -> u32 {
        self.receipts.len() as u32
    }

    fn in_results(&self, index: usize) -> Vec<Hash> {
        list::path(&self.receipts.iter().map(Receipt::hash).collect::<Vec<_>>(), index).unwrap()
    }

    fn in_txs(&self, index: usize) -> Vec<Hash> {
        list::path(&leaves(&self.txs), index).unwrap()
    }
}

fn leaves(txs: &[SignedTx]) -> Vec<Hash> {
    txs.iter().map(|tx| transaction::leaf(&tx.body.id(), &tx.signatures_hash())).collect()
}

/// What is said of a transaction.
struct Said {
    head: u64,
    header: Header,
    in_history: Vec<Hash>,
    tx: SignedTx,
    receipt: Receipt,
    receipts: u32,
    in_results: Vec<Hash>,
    in_txs: Vec<Hash>,
}

#[test]
fn a_transaction_is_found_in_its_block_under_any_later_head() {
    let block = Block::new();
    let header = &block.line.head(Block::HEIGHT).header;
    for head in Block::HEIGHT..=11 {
        let (known, path) = (block.line.known(head), block.line.path(Block::HEIGHT, head));
        for (index, tx) in block.txs.iter().enumerate() {
            let place = TxPlace {
                header,
                in_history: &path,
                receipts: block.count(),
                in_results: &block.in_results(index),
                in_txs: &block.in_txs(index),
            };
            assert_eq!(placed(&known, &place, tx, &block.receipts[index]), Ok(()), "{head} {index}");
        }
    }
}

#[test]
fn a_transaction_that_stands_elsewhere_is_not_placed() {
    let block = Block::new();
    let index = block.txs.iter().position(|tx| !tx.entries.is_empty()).unwrap();
    let other = if index == 0 { 1 } else { index - 1 };
    let check = |expect: &str, spoil: &dyn Fn(&mut Said)| {
        let mut said = Said {
            head: 10,
            header: block.line.head(Block::HEIGHT).header.clone(),
            in_history: block.line.path(Block::HEIGHT, 10),
            tx: block.txs[index].clone(),
            receipt: block.receipts[index].clone(),
            receipts: block.count(),
            in_results: block.in_results(index),
            in_txs: block.in_txs(index),
        };
        spoil(&mut said);
        let Said { head, header, in_history, tx, receipt, receipts, in_results, in_txs } = &said;
        let known = block.line.known(*head);
        let place = TxPlace { header, in_history, receipts: *receipts, in_results, in_txs };
        assert_eq!(code(placed(&known, &place, tx, receipt)), expect);
    };
    check("taken", &|_| {});
    check("H9164", &|s| s.head = 9);
    check("H9164", &|s| s.head = 6);
    check("H9164", &|s| s.head = 7);
    check("taken", &|s| (s.head, s.in_history) = (7, Vec::new()));
    check("H9164", &|s| (s.head, s.in_history) = (8, Vec::new()));
    check("H9164", &|s| s.in_history[0].0[0] ^= 1);
    check("H9164", &|s| {
        s.in_history.pop();
    });
    check("H9164", &|s| s.header.time = s.header.time.plus_ms(1));
    check("H9164", &|s| s.header.height = 0);
    check("H9164", &|s| s.header = block.line.head(8).header.clone());
    check("H9164", &|s| s.tx = block.txs[other].clone());
    check("H9164", &|s| s.tx.signatures.clear());
    // Whole and of the same identity, with a signature that the block does not have.
    check("H9164", &|s| s.tx.signatures[0].0[0] ^= 1);
    check("H9164", &|s| s.tx.entries.clear());
    check("H9164", &|s| s.receipt = block.receipts[other].clone());
    check("H9164", &|s| s.receipt.index = other as u32);
    check("H9164", &|s| s.receipt.tx = TxId::default());
    check("H9164", &|s| s.receipts += 1);
    check("H9164", &|s| s.in_results[0].0[0] ^= 1);
    check("H9164", &|s| s.in_txs[0].0[0] ^= 1);
    check("H9164", &|s| {
        s.in_txs.pop();
    });
    check("H9164", &|s| s.in_txs = block.in_txs(other));
}

#[test]
fn two_heads_that_cannot_both_be_true_are_evidence() {
    let mut line = Line::of(3);
    line.change(3);
    line.grow(3);
    let mut other = Line::of(3);
    other.change(3);
    other.push(&other.world.set.clone(), |header| header.state = Hash([8; 32]));
    other.grow(2);
    let (chain, trust) = ([line.head(4).clone()], &line.world.trust);
    let judged = |one: (&Certified, &[Certified]), two: (&Certified, &[Certified])| {
        let file = fork(one, two, trust)?;
        let verdict = evidence::verify(&file.to_json(), Some(trust), Options::default());
        Some((verdict.head.verdict, verdict.proves, verdict.height, verdict.accused.len()))
    };
    let (one, two) = ((line.head(6), &chain[..]), (other.head(6), &chain[..]));
    let found = Some((Standing::Valid, Some("two-certificates"), Some(6), 3));
    assert_eq!(judged(one, two), found);
    assert_eq!(judged(two, one), found);
    assert_eq!(judged(one, one), None);
    assert_eq!(judged(one, (other.head(5), &chain[..])), None);
    // Under a trust root that starts above the change the set is known, and no way to it is given.
    let later = trust.advance(&Anchor::at(line.head(5), &chain), Options::default(), &|_| None).unwrap();
    let none: &[Certified] = &[];
    let file = fork((line.head(6), none), (other.head(6), none), &later).unwrap();
    assert_eq!(evidence::verify(&file.to_json(), Some(&later), Options::default()).head.verdict, Standing::Valid);
    // A head that does not hold accuses nobody.
    let mut forged = other.head(6).clone();
    forged.certificate.signatures[0].signature.0[0] ^= 1;
    assert_eq!(judged(one, (&forged, &chain[..])), None);
}

#[test]
fn what_a_bundle_holds_is_what_the_state_holds() {
    for story in stories::all() {
        let (world, item) = (&story.world, story.item);
        let bundle = world.export(&item);
        let held = contents(&bundle).unwrap();
        assert_eq!((held.item, &held.record), (item, &world.record(&item)));
        assert_eq!(held.events, world.events[&item]);
        let caused = |event: &Event| match event.cause {
            ledger::Cause::Genesis => None,
            ledger::Cause::Tx { id, index: _ } => Some(id),
        };
        assert_eq!(held.txs, held.events.iter().filter_map(caused).collect::<Vec<_>>());
        assert_eq!(held.certified, world.snapshot().head);
        let state = |key: &StateKey| ledger::StateRead::read(&world.state, key).unwrap().unwrap();
        for (key, bytes) in &held.records {
            assert_eq!(*bytes, state(key), "{key:?}");
        }
        let of = |kind: fn(&StateKey) -> bool| held.records.iter().filter(|(key, _)| kind(key)).count();
        let counts = [
            of(|key| matches!(key, StateKey::Item(_))),
            of(|key| matches!(key, StateKey::Code(_))),
            of(|key| matches!(key, StateKey::Class(_))),
            of(|key| matches!(key, StateKey::Pack(_))),
            of(|key| matches!(key, StateKey::Key(_))),
            of(|key| matches!(key, StateKey::Org(_))),
        ];
        let Bundle { classes, packs, keys, orgs, .. } = &bundle;
        assert_eq!(counts, [1, 1, classes.len(), packs.len(), keys.len(), orgs.len()]);
        assert_eq!(counts.iter().sum::<usize>(), held.records.len());
    }
}

#[test]
fn what_does_not_decode_has_no_contents() {
    let story = story("harbour");
    let mut bundle = story.world.export(&story.item);
    bundle.keys.0.swap(0, 1);
    assert_eq!(code(contents(&bundle)), "H9006");
    bundle.keys.0.swap(0, 1);
    bundle.item.0.push(0);
    assert_eq!(code(contents(&bundle)), "H9005");
    let record = story.world.record(&story.item);
    bundle.item.0 = codec::encode(&record);
    assert_eq!(code(contents(&bundle)), "taken");
}
