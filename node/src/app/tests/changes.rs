//! Seats that change: who builds and signs which height, what headers say of it, whom evidence accuses, and who is let in.

use super::{
    world::{Network, Seat, Who, fitted, signed},
    *,
};
use crate::{admission::FAREWELL_HEIGHTS, config::PeerConfig};
use keys::Signer as _;
use ledger::{
    operation::{Change, Motion},
    record::SeatChangeRecord,
};

/// Agencies before the fifth, with it, and without Health.
const FOUR: [Who; 4] = Who::AGENCIES;
const FIVE: [Who; 5] = [Who::Customs, Who::Science, Who::Health, Who::Environment, Who::Transport];
const OTHER_FOUR: [Who; 4] = [Who::Customs, Who::Science, Who::Environment, Who::Transport];
/// First heights of the second and third set.
const ADDED: u64 = 11;
const REMOVED: u64 = 22;

/// A ledger on which the agencies vote: Customs builds its blocks, Science judges them.
struct Course {
    network: Network,
    builder: Seat,
    judge: Seat,
    blocks: Vec<(Block, Certificate)>,
}

impl Course {
    fn new() -> Course {
        let network = Network::new();
        let (builder, judge) = (network.seat(Who::Customs), network.seat(Who::Science));
        Course { network, builder, judge, blocks: Vec::new() }
    }

    fn store(&self) -> &Store {
        &self.builder.app.parts.store
    }

    fn height(&self) -> u64 {
        self.store().tip().height
    }

    /// The next block, in the round in which Customs has the turn.
    fn build(&mut self) -> Block {
        let tip = self.builder.app.tip();
        let (height, me) = (tip.height + 1, Who::Customs.seat().key_id());
        let due = |round: &u32| consensus::proposer(&tip.validators, height, *round) == me;
        self.builder.build(height, (0..16).find(due).unwrap())
    }

    /// Builds, judges and commits a block that all who sit have signed.
    fn advance(&mut self) {
        let block = self.build();
        assert_eq!(self.judge.judge_fresh(&block), Verdict::Valid(block.header.id()));
        let set = self.builder.app.tip().validators;
        let sits = |who: &Who| set.by_key(&who.seat().key_id()).is_some();
        let by: Vec<Who> = Who::EVERYONE.into_iter().filter(sits).collect();
        let certificate = self.network.certify_for(self.network.id, &block.header, &by);
        certificate.verify(self.network.id, &set).unwrap();
        for seat in [&mut self.builder, &mut self.judge] {
            assert_eq!(seat.commit(&certificate, &block).unwrap(), block.header.height);
            seat.app.finalized(&certificate, Vec::new()).unwrap();
        }
        self.blocks.push((block, certificate));
    }

    fn reach(&mut self, height: u64) {
        while self.height() < height {
            self.advance();
        }
    }

    /// Enacts a change in the next block.
    fn enact(&mut self, change: Change, officers: &[Who]) {
        let operation = Operation::Enact { motion: Motion { changes: vec![change] } };
        let signers: Vec<(Who, Role)> = officers.iter().map(|who| (*who, Role::Officer)).collect();
        let pairs: Vec<KeyPair> = officers.iter().map(|who| who.pair()).collect();
        let salt = u8::try_from(self.height()).unwrap();
        let tx = signed(self.network.body(salt, operation, &signers), &pairs);
        self.builder.give(&self.network, &tx);
        self.advance();
        let receipts = self.store().receipts(self.height()).unwrap();
        let accepted = |r: &Receipt| matches!(r.outcome, ledger::Outcome::Accepted { .. });
        assert!(receipts.len() == 1 && receipts.iter().all(accepted), "{receipts:?}");
    }

    /// Four, then five with Transport, then four without Health.
    fn run() -> Course {
        let mut course = Course::new();
        let org = Who::Transport.newcomer(&course.network.id);
        course.enact(Change::AddAgency { org, from: ADDED }, &[Who::Customs, Who::Science, Who::Environment]);
        course.reach(ADDED);
        let remove = Change::RemoveAgency { org: Who::Health.org(), from: REMOVED };
        course.enact(remove, &[Who::Customs, Who::Science, Who::Environment, Who::Transport]);
        course.reach(REMOVED + 2);
        course
    }

    fn admission(&self, configured: &[PeerConfig], me: Who) -> Admission {
        Admission::of(configured, self.builder.app.parts.store.clone(), me.peer())
    }
}

/// Who signs a height.
fn expected(height: u64) -> &'static [Who] {
    match height {
        0..ADDED => &FOUR,
        ADDED..REMOVED => &FIVE,
        REMOVED.. => &OTHER_FOUR,
    }
}

/// Hash of the set of these agencies.
fn set_of(who: &[Who]) -> Hash {
    let seat = |who: &Who| ledger::Validator { key: who.seat().public_key(), org: who.org(), peer: who.peer() };
    ValidatorSet::new(who.iter().map(seat).collect()).unwrap().hash()
}

#[test]
fn headers_name_who_signs_and_who_signs_next() {
    let course = Course::run();
    for (block, certificate) in &course.blocks {
        let header = &block.header;
        let (now, next) = (set_of(expected(header.height)), set_of(expected(header.height + 1)));
        assert_eq!((header.validators, header.next_validators), (now, next), "{}", header.height);
        let set = seats::set_at(course.store(), header.height).unwrap().unwrap();
        assert_eq!(set.hash(), now);
        certificate.verify(course.network.id, &set).unwrap();
    }
    // From the genesis to now through the last header of each set, as a stranger goes.
    let mut follows = set_of(&FOUR);
    for (n, last) in [(1, ADDED - 1), (2, REMOVED - 1)] {
        let change: SeatChangeRecord = course.store().record(&StateKey::SeatChange(n)).unwrap().unwrap();
        assert_eq!((change.height, change.signed.hash()), (last, follows));
        let (block, certificate) = &course.blocks[last as usize - 1];
        certificate.verify(course.network.id, &change.signed).unwrap();
        assert_eq!(block.header.validators, follows);
        follows = block.header.next_validators;
    }
    assert_eq!(follows, set_of(&OTHER_FOUR));
    // What the retired sign counts no more, whatever they sign.
    let (block, _) = course.blocks.last().unwrap();
    let forged = course.network.certify_for(course.network.id, &block.header, &FOUR);
    let set = seats::set_at(course.store(), block.header.height).unwrap().unwrap();
    assert!(forged.verify(course.network.id, &set).is_err());
}

#[test]
fn whoever_replays_comes_to_the_same() {
    let course = Course::run();
    let mut late = course.network.seat(Who::Transport);
    for (block, certificate) in &course.blocks {
        // It begins anew at every height, as after a crash.
        late = late.restarted(&course.network);
        late.commit(certificate, block).unwrap();
        late.app.finalized(certificate, Vec::new()).unwrap();
        assert_eq!(late.app.parts.store.tip().root, block.header.state);
    }
    assert_eq!(late.app.tip(), course.builder.app.tip());
    // It takes its turn as everyone does.
    let tip = late.app.tip();
    let (height, me) = (tip.height + 1, Who::Transport.seat().key_id());
    let round = (0..16).find(|round| consensus::proposer(&tip.validators, height, *round) == me).unwrap();
    let block = late.build(height, round);
    let mut judge = course.judge;
    assert_eq!(judge.judge_fresh(&block), Verdict::Valid(block.header.id()));
}

#[test]
fn seats_to_come_are_told_from_the_block_that_decides_them() {
    let mut course = Course::new();
    assert_eq!(course.builder.app.tip().coming, None);
    let org = Who::Transport.newcomer(&course.network.id);
    course.enact(Change::AddAgency { org, from: ADDED }, &[Who::Customs, Who::Science, Who::Health]);
    while course.height() < ADDED - 1 {
        let tip = course.builder.app.tip();
        assert_eq!((tip.validators.hash(), tip.coming.map(|set| set.hash())), (set_of(&FOUR), Some(set_of(&FIVE))));
        course.advance();
    }
    let tip = course.builder.app.tip();
    assert_eq!((tip.validators.hash(), tip.coming), (set_of(&FIVE), None));
}

#[test]
fn evidence_is_judged_by_the_seats_of_its_height() {
    let mut course = Course::run();
    let good = course.build();
    let id = course.network.id;
    let (now, last) = (good.header.height, REMOVED - 1);
    let rows = [
        (Who::Health, 1, true),
        (Who::Health, last, true),
        (Who::Health, REMOVED, false),
        (Who::Health, now, false),
        (Who::Transport, 1, false),
        (Who::Transport, ADDED - 1, false),
        (Who::Transport, ADDED, true),
        (Who::Transport, now, true),
        (Who::Customs, 1, true),
        (Who::Customs, 0, false),
        (Who::A, last, false),
    ];
    for (who, height, founded) in rows {
        let evidence = vec![course.network.votes_at(height, id, who, [1, 2])];
        let block = fitted(Block { evidence, ..good.clone() });
        match course.judge.judge_fresh(&block) {
            Verdict::Valid(_) => assert!(founded, "{who:?} {height}"),
            other => assert!(reason(other).contains("proves nothing") && !founded, "{who:?} {height}"),
        }
    }
}

#[test]
fn whoever_is_voted_in_is_let_in_and_whoever_left_is_cut_off_after_a_while() {
    let mut course = Course::new();
    let peers = |who: &[Who]| who.iter().map(|who| who.peer()).collect::<BTreeSet<_>>();
    let check = |course: &Course, expect: &[Who], until: Option<u64>| {
        let admitted = course.admission(&[], Who::Customs).admitted().unwrap();
        let found: BTreeSet<[u8; 32]> = admitted.peers.iter().map(|peer| peer.key.0).collect();
        assert_eq!((found, admitted.until), (peers(expect), until), "{}", course.height());
    };
    check(&course, &FOUR, None);
    let org = Who::Transport.newcomer(&course.network.id);
    course.enact(Change::AddAgency { org, from: ADDED }, &[Who::Customs, Who::Science, Who::Health]);
    check(&course, &FIVE, None);
    course.reach(ADDED);
    // Whoever sat sits still: that they once sat in another set takes no end.
    check(&course, &FIVE, None);
    let remove = Change::RemoveAgency { org: Who::Health.org(), from: REMOVED };
    course.enact(remove, &[Who::Customs, Who::Science, Who::Environment, Who::Transport]);
    let last = REMOVED - 1;
    for (height, expect, until) in [
        (last - 1, FIVE.as_slice(), None),
        (last, FIVE.as_slice(), Some(last + FAREWELL_HEIGHTS)),
        (last + FAREWELL_HEIGHTS - 1, FIVE.as_slice(), Some(last + FAREWELL_HEIGHTS)),
        (last + FAREWELL_HEIGHTS, OTHER_FOUR.as_slice(), None),
    ] {
        course.reach(height);
        check(&course, expect, until);
    }
}

#[test]
fn a_node_without_a_seat_may_ask_whom_it_was_told_to() {
    let course = Course::new();
    let named = |name: &str, peer: [u8; 32]| PeerConfig { name: name.into(), peer: hex::encode(peer), address: None };
    let stranger = named("moved", [42; 32]);
    let knows = |me: Who| {
        let admitted = course.admission(std::slice::from_ref(&stranger), me).admitted().unwrap();
        admitted.peers.iter().any(|peer| peer.key.0 == [42; 32])
    };
    assert!(!knows(Who::Customs));
    assert!(knows(Who::Transport));
}
