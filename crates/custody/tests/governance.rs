//! Motions: the two roads to an enactment, the law that moves, the seats, a recovered key, and the trail that all of it
//! leaves.

use crate::world::*;
use custody::{execute_block, genesis_state};
use ledger::{
    Genesis, Hash, KeyId, Lifecycle, Operation, Outcome, Rejection, Role, Signature, SignedTx, StateKey, Timestamp,
    TxId, VerifiedTx,
    genesis::GenesisOrg,
    operation::{Act, Change, EndWhy, Motion, NewEntry, Registry, Subject, Value, place},
    policy::{PolicyPack, Rule, SignerNeed, Who},
    record::{
        AgencyFunction, AuditRecord, EntryRecord, KeyEndReason, PackInForce, ProposalRecord, ProposalState, Roles,
        SeatChangeRecord, Stamp, ValidatorsRecord,
    },
    state::MemoryState,
    transaction::TxError,
};
use std::sync::Arc;

fn officers<const N: usize>(people: [Person; N]) -> [(Person, Role); N] {
    people.map(|person| (person, Role::Officer))
}

fn propose(w: &World, changes: Vec<Change>, until: Timestamp, by: &[(Person, Role)]) -> Arc<VerifiedTx> {
    w.tx(Operation::Propose { motion: Motion { changes }, until }, by)
}
fn approve(w: &World, proposal: TxId, by: Person) -> Arc<VerifiedTx> {
    w.tx(Operation::Approve { proposal }, &[(by, Role::Officer)])
}
fn proposal(w: &World, id: TxId) -> ProposalRecord {
    w.record(StateKey::Proposal(id)).expect("a proposal")
}
fn due_keys(w: &World) -> usize {
    ledger::StateRead::due(&w.state, Timestamp(u64::MAX), usize::MAX).expect("a state that reads").len()
}

/// The first class goes on the positive list: for Customs, Health, and Science and Technology to sign.
fn positive(w: &World) -> Vec<Change> {
    vec![Change::Enter(w.entry(Registry::PositiveList, Subject::Class(class_id()), Value::None))]
}
fn listed(w: &World) -> Option<EntryRecord> {
    let place = place(Registry::PositiveList, &Subject::Class(class_id()), 0);
    w.record(StateKey::Entry { place, n: 1 })
}
/// Customs opens it for a day.
fn opened(w: &mut World) -> TxId {
    let tx = propose(w, positive(w), w.now.plus_ms(DAY_MS), &officers([CUSTOMS]));
    w.accepted(tx)
}

// ------------------------------------------------------------------------------------------------------ the two roads

#[test]
fn in_one_transaction_or_approval_by_approval() {
    let base = World::regulated();
    let mut one = base.clone();
    let tx = one.enter_tx(base.entry(Registry::PositiveList, Subject::Class(class_id()), Value::None));
    one.accepted(tx);
    let enacted = listed(&one).expect("an entry");

    let mut two = base.clone();
    let id = opened(&mut two);
    let record = proposal(&two, id);
    assert_eq!((record.state, record.by, record.approvals.len()), (ProposalState::Open, Org::Customs.id(), 1));
    let health = two.accepted(approve(&two, id, HEALTH));
    assert_eq!((listed(&two), proposal(&two, id).approvals.len()), (None, 2));
    let science = two.accepted(approve(&two, id, SCIENCE));
    let at = Stamp { height: two.height, time: two.now };
    assert_eq!(proposal(&two, id).state, ProposalState::Enacted(at));
    let approved = listed(&two).expect("an entry");
    assert_eq!((&approved.entry, &approved.decision), (&enacted.entry, &enacted.decision));
    assert_eq!((approved.decision.rule, approved.decision.article.as_str()), (Rule(5), "art. 18"));
    let who = |record: &EntryRecord| record.by.iter().map(|by| (by.org, by.key, by.role)).collect::<Vec<_>>();
    assert_eq!(who(&approved), who(&enacted));
    let by: Vec<TxId> = approved.by.iter().map(|by| by.tx).collect();
    assert_eq!(by, [id, health, science]);
    // Nothing waits any more: neither approvals nor a deadline.
    assert_eq!(two.refused(approve(&two, id, SCIENCE)), Rejection::ProposalClosed);
    assert_eq!(due_keys(&two), due_keys(&one));
    // Two of three are not three.
    let few = base.enact_tx(positive(&base), &officers([CUSTOMS, HEALTH]));
    assert_eq!(base.would_refuse(few), Rejection::SignersWrong { act: Act::Enact });
}

/// Who signs alone needs nobody's approval, and what nobody may enact is not proposed either.
#[test]
fn a_proposal_is_judged_when_it_is_made() {
    let mut world = World::regulated();
    let until = world.now.plus_ms(DAY_MS);
    let rating = |w: &World, year| vec![Change::Enter(w.rating(Org::FirmB, year, "A"))];
    let id = world.accepted(propose(&world, rating(&world, 2025), until, &officers([CUSTOMS])));
    assert!(matches!(proposal(&world, id).state, ProposalState::Enacted(_)));
    let hopeless = propose(&world, rating(&world, 2026), until, &officers([CUSTOMS]));
    assert_eq!(world.refused(hopeless), Rejection::RatingYearOpen { year: 2026 });
    // It waits for a month at most, counted from its block.
    let next = world.next().time;
    let wait = |ms| propose(&world, positive(&world), next.plus_ms(ms), &officers([CUSTOMS]));
    assert_eq!(world.would_refuse(wait(0)), Rejection::DatesReversed);
    let latest = next.plus_ms(30 * DAY_MS);
    assert_eq!(world.would_refuse(wait(30 * DAY_MS + 1)), Rejection::ProposalTooLong { latest });
    for ms in [1, 30 * DAY_MS] {
        world.clone().accepted(wait(ms));
    }
}

#[test]
fn a_proposal_lapses_at_its_time() {
    let mut world = World::regulated();
    let id = opened(&mut world);
    let until = proposal(&world, id).until;
    world.wait_until(Timestamp(until.0 - STEP_MS - 1));
    world.clone().accepted(approve(&world, id, HEALTH));
    world.wait(1);
    assert_eq!(world.next().time, until);
    assert_eq!(world.refused(approve(&world, id, HEALTH)), Rejection::ProposalClosed);
    assert_eq!((proposal(&world, id).state, listed(&world)), (ProposalState::Lapsed, None));
    assert_eq!(world.refused(approve(&world, id, SCIENCE)), Rejection::ProposalClosed);
}

#[test]
fn a_proposal_is_taken_back_by_who_made_it() {
    let mut world = World::regulated();
    let before = due_keys(&world);
    let id = opened(&mut world);
    assert_eq!(due_keys(&world), before + 1);
    let retract = |w: &World, by: Person, role| w.tx(Operation::Retract { proposal: id }, &[(by, role)]);
    for by in [HEALTH, A] {
        let org = by.org.id();
        let expected = Rejection::NotCompetent { act: Act::Retract, org };
        assert_eq!(world.refused(retract(&world, by, Role::Officer)), expected);
    }
    world.accepted(retract(&world, lead(Org::Customs), Role::Administrator));
    assert_eq!((proposal(&world, id).state, due_keys(&world)), (ProposalState::Retracted, before));
    assert_eq!(world.refused(retract(&world, CUSTOMS, Role::Officer)), Rejection::ProposalClosed);
    assert_eq!(world.refused(approve(&world, id, HEALTH)), Rejection::ProposalClosed);
}

/// An organisation approves once in a capacity, whoever signs for it.
#[test]
fn one_organisation_is_one_approval() {
    let mut world = World::regulated();
    let id = opened(&mut world);
    let org = Org::Customs.id();
    for by in [CUSTOMS, lead(Org::Customs)] {
        assert_eq!(world.refused(approve(&world, id, by)), Rejection::AlreadyApproved { org });
    }
    let org = Org::Health.id();
    let both = world.tx(Operation::Approve { proposal: id }, &officers([HEALTH, lead(Org::Health)]));
    assert_eq!(world.refused(both), Rejection::AlreadyApproved { org });
    assert_eq!(proposal(&world, id).approvals.len(), 1);
    let rest = world.tx(Operation::Approve { proposal: id }, &officers([HEALTH, SCIENCE]));
    world.accepted(rest);
    assert!(listed(&world).is_some());
}

/// Every approval is looked at again when the last one comes: a compromised key's does not count, a retired one's does.
#[test]
fn an_approval_is_worth_what_its_key_is_worth_at_the_end() {
    for (reason, counts) in [(KeyEndReason::Compromised, false), (KeyEndReason::Retired, true)] {
        let mut world = World::regulated();
        let id = opened(&mut world);
        let end = Operation::EndKey { key: CUSTOMS.key_id(), reason };
        world.accepted(world.tx(end, &[(CUSTOMS, Role::Administrator)]));
        world.accepted(approve(&world, id, HEALTH));
        world.accepted(approve(&world, id, SCIENCE));
        assert_eq!(listed(&world).is_some(), counts, "{reason:?}");
        let open = proposal(&world, id).state == ProposalState::Open;
        assert_eq!(open, !counts, "{reason:?}");
    }
}

/// What is enacted must still be possible then.
#[test]
fn a_motion_is_checked_again_when_it_is_enacted() {
    let mut world = World::regulated();
    world.enter(Registry::PositiveList, Subject::Class(class_id()), Value::None);
    let end = |w: &World| w.end_of(Registry::PositiveList, Subject::Class(class_id()), 0, EndWhy::Removed);
    let until = world.now.plus_ms(DAY_MS);
    let id = world.accepted(propose(&world, vec![end(&world)], until, &officers([CUSTOMS, HEALTH])));
    let now = world.enact_tx(vec![end(&world)], &officers([CUSTOMS, HEALTH, SCIENCE]));
    world.accepted(now);
    assert_eq!(world.refused(approve(&world, id, SCIENCE)), Rejection::EntryUnknown);
    assert_eq!(proposal(&world, id).state, ProposalState::Open);
}

/// A firm applies for the R&D list: that approves nothing, and all six who must have to sign (R22).
#[test]
fn an_applicant_approves_nothing() {
    let mut world = World::regulated();
    let subject = Subject::OrgClass(Org::FirmA.id(), class_of(DRUG));
    let line = |w: &World| vec![Change::Enter(w.entry(Registry::WhiteList, subject, Value::None))];
    let until = world.now.plus_ms(DAY_MS);
    let id = world.accepted(propose(&world, line(&world), until, &[(A, Role::Declarant)]));
    assert_eq!((proposal(&world, id).by, proposal(&world, id).approvals.len()), (Org::FirmA.id(), 0));
    // Five of six are refused, by the rule of the list (S5).
    let all = entrants(Registry::WhiteList);
    let receipts = world.block(&[world.enact_tx(line(&world), &all[..5])]);
    let Outcome::Rejected { rejection, decision } = &receipts[0].outcome else { panic!("enacted") };
    assert_eq!(*rejection, Rejection::SignersWrong { act: Act::Enact });
    assert_eq!((decision.rule, decision.article.as_str()), (Rule(22), "P1 app. 2-4"));
    for (signer, role) in &all {
        assert_eq!(world.entries_of(Registry::WhiteList, &subject, 0), 0);
        let tx = world.tx(Operation::Approve { proposal: id }, &[(*signer, *role)]);
        world.accepted(tx);
    }
    assert_eq!(world.entries_of(Registry::WhiteList, &subject, 0), 1);
    // The firm that asked may take it back while it is open, and nobody else may.
    let id = world.accepted(propose(&world, line(&world), until, &[(A, Role::Declarant)]));
    world.accepted(world.tx(Operation::Retract { proposal: id }, &[(A, Role::Declarant)]));
}

#[test]
fn a_motion_has_one_to_eight_changes() {
    let world = World::regulated();
    let rating = |n: u16| Change::Enter(world.rating(Org::FirmB, 2_000 + n, "A"));
    let shape = |changes: Vec<Change>| {
        let body = world.body(Operation::Enact { motion: Motion { changes } }, &officers([CUSTOMS]), world.soon());
        SignedTx { body, signatures: vec![Signature([0; 64])], entries: Vec::new() }.check_shape()
    };
    let bounds = Err(TxError::Bounds { what: "changes" });
    assert_eq!(shape(Vec::new()), bounds);
    assert_eq!(shape((0..8).map(rating).collect()), Ok(()));
    assert_eq!(shape((0..9).map(rating).collect()), bounds);
    let ban = |keys: usize| {
        let entry = world.entry(Registry::PersonBan, Subject::Person(B.pseudonym()), Value::None);
        let ends_keys = (0..keys).map(|n| KeyId(Hash([n as u8; 32]))).collect();
        vec![Change::Enter(NewEntry { ends_keys, ..entry })]
    };
    assert_eq!(shape(ban(8)), Ok(()));
    assert_eq!(shape(ban(9)), Err(TxError::Bounds { what: "keys" }));
}

// -------------------------------------------------------------------------------------------------- the law that moves

/// The pack in force, but Customs registers classes and Science and Technology does not.
fn another_pack(w: &World) -> PolicyPack {
    let mut pack = w.pack();
    pack.version = 2;
    let customs = SignerNeed { role: Role::Officer, who: Who::Agency(AgencyFunction::Customs), many: false };
    for row in pack.acts.iter_mut().filter(|row| row.act == Act::RegisterClass) {
        row.any = vec![vec![customs]];
    }
    pack.check().expect("a pack");
    pack
}

fn register_class(w: &World, gtin: &str, by: Person) -> Arc<VerifiedTx> {
    w.tx(Operation::RegisterClass { profile: class_profile(gtin) }, &[(by, Role::Officer)])
}

/// Executes blocks again from the beginning.
fn replay(genesis: &Genesis, world: &World) -> Hash {
    let mut state = MemoryState::default();
    state.apply(&genesis_state(genesis).expect("a genesis").writes);
    for (position, txs) in &world.blocks {
        let execution = execute_block(&state, *position, txs).expect("a block that was executed before");
        state.apply(&execution.writes);
    }
    state.root()
}

/// A quorum, and each agency that gains or loses competence; in force from its height; what was decided before stays as
/// it was decided, and executing everything again comes to the same (R33).
#[test]
fn a_pack_is_replaced_by_vote_and_changes_no_decision() {
    let genesis = regulated_genesis("first-is-lowest");
    let mut world = World::of(&genesis);
    world.open_premises(Org::FirmA, 3);
    let grant = world.permit(100);
    let before = world.imported(grant, "L1", 10);
    let (old, new) = (world.pack(), another_pack(&world));
    let from = world.height + 11;
    let install = |w: &World, signers: &[(Person, Role)]| {
        w.enact_tx(vec![Change::InstallPack { pack: new.clone(), from }], signers)
    };
    let function = AgencyFunction::ScienceTechnology;
    let without = officers([CUSTOMS, HEALTH, ENVIRONMENT, MARKET, COMMERCE]);
    assert_eq!(world.would_refuse(install(&world, &without)), Rejection::AgencyMissing { function });
    let function = AgencyFunction::Customs;
    let without = officers([SCIENCE, HEALTH, ENVIRONMENT, MARKET, COMMERCE]);
    assert_eq!(world.would_refuse(install(&world, &without)), Rejection::AgencyMissing { function });
    let few = Rejection::QuorumMissing { found: 4, needed: 5 };
    assert_eq!(world.would_refuse(install(&world, &officers([CUSTOMS, SCIENCE, HEALTH, POLICE]))), few);
    // Two persons of one agency are one agency; those who are none do not count.
    let twice = officers([CUSTOMS, SCIENCE, HEALTH, POLICE, lead(Org::Health)]);
    assert_eq!(world.would_refuse(install(&world, &twice)), few);
    let (act, org) = (Act::Enact, Org::Observer.id());
    let outsider = officers([CUSTOMS, SCIENCE, HEALTH, POLICE, OBSERVER]);
    assert_eq!(world.would_refuse(install(&world, &outsider)), Rejection::NotCompetent { act, org });
    world.accepted(install(&world, QUORUM));

    let scheduled: PackInForce = world.record(StateKey::PackInForce).expect("a pack");
    assert_eq!((scheduled.pack, scheduled.next), (old.hash(), Some((new.hash(), from))));
    let not_yet = Rejection::NotCompetent { act: Act::RegisterClass, org: Org::Customs.id() };
    while world.height + 1 < from {
        assert_eq!(world.refused(register_class(&world, "09521200000016", CUSTOMS)), not_yet);
    }
    assert_eq!(world.next().height, from);
    world.accepted(register_class(&world, "09521200000016", CUSTOMS));
    let org = Org::Science.id();
    let no_more = Rejection::NotCompetent { act: Act::RegisterClass, org };
    assert_eq!(world.refused(register_class(&world, "09521200000023", SCIENCE)), no_more);
    let in_force: PackInForce = world.record(StateKey::PackInForce).expect("a pack");
    assert_eq!(in_force, PackInForce { pack: new.hash(), from, next: None });
    // What was granted before is drawn on, and each decision cites the pack that it was made under.
    let after = world.imported(grant, "L2", 10);
    assert_eq!(world.grant(grant).drawn, pieces(20));
    assert_eq!(world.record::<PolicyPack>(StateKey::Pack(old.hash())), Some(old.clone()));
    for event in &world.events {
        let decision = event.decision.as_ref().expect("a decision");
        let (pack, version) = if event.at.height < from { (old.hash(), 1) } else { (new.hash(), 2) };
        assert_eq!((decision.pack, decision.version), (pack, version));
        assert_eq!(event.item == before, event.at.height < from);
    }
    assert_eq!(world.item(after).state, Lifecycle::Released);
    assert_eq!(replay(&genesis, &world), world.state.root());
}

/// A pack that is none, is in force, or comes too soon is not voted on.
#[test]
fn a_pack_is_checked_before_the_vote() {
    let world = World::regulated();
    let install = |pack: PolicyPack, from| world.enact_tx(vec![Change::InstallPack { pack, from }], QUORUM);
    let earliest = world.height + 11;
    let mut broken = another_pack(&world);
    broken.grades.clear();
    let refused = world.would_refuse(install(broken, earliest));
    assert_eq!(refused.name(), "PackInvalid");
    let from = earliest - 1;
    let early = world.would_refuse(install(another_pack(&world), from));
    assert_eq!(early, Rejection::HeightTooEarly { from, earliest });
    world.clone().accepted(install(another_pack(&world), earliest));
}

/// One pack follows at a time; when it is in force, the next may.
#[test]
fn a_second_pack_is_not_scheduled_behind_the_first() {
    let mut world = World::regulated();
    let install = |w: &World, version: u32| {
        let pack = PolicyPack { version, ..another_pack(w) };
        w.enact_tx(vec![Change::InstallPack { pack, from: w.height + 11 }], QUORUM)
    };
    let from = world.height + 11;
    world.accepted(install(&world, 2));
    let what = text("another pack is scheduled");
    assert_eq!(world.refused(install(&world, 3)), Rejection::PackInvalid { what });
    // The same one neither.
    assert_eq!(world.would_refuse(install(&world, 2)).name(), "PackInvalid");
    world.reach(from);
    let in_force = |w: &World| w.record::<PackInForce>(StateKey::PackInForce).expect("a pack in force");
    assert_eq!((in_force(&world).from, in_force(&world).next), (from, None));
    world.accepted(install(&world, 3));
    assert!(in_force(&world).next.is_some());
}

// ---------------------------------------------------------------------------------------------------------- the seats

fn validators(w: &World) -> ValidatorsRecord {
    w.record(StateKey::Validators).expect("validators")
}

/// What the next block announces, which is applied.
fn announced(world: &mut World) -> Hash {
    let announced = world.execute(&[]).expect("a block").next_validators;
    world.block(&[]);
    announced
}

fn sits(record: &ValidatorsRecord, org: Org) -> bool {
    record.set.validators().iter().any(|seat| seat.org == org.id())
}

/// Votes a change of seats through, and looks at every block until it has taken force.
fn check_change(world: &mut World, change: Change, from: u64, signers: &[(Person, Role)]) {
    let before = validators(world);
    let (old, changes) = (before.set.hash(), before.changes);
    world.accepted(world.enact_tx(vec![change], signers));
    let scheduled = validators(world);
    let (set, at) = scheduled.next.clone().expect("a set that follows");
    assert_eq!((at, scheduled.set.hash(), scheduled.changes), (from, old, changes));
    assert_ne!(set.hash(), old);
    // One change at a time.
    let pending = world.enact_tx(vec![Change::RemoveAgency { org: Org::Police.id(), from: from + 50 }], QUORUM);
    assert_eq!(world.would_refuse(pending), Rejection::SeatsPending { from });
    while world.height + 2 < from {
        assert_eq!(announced(world), old);
    }
    // The last block that the old set signs names the new one.
    assert_eq!(world.next().height, from - 1);
    assert_eq!(announced(world), set.hash());
    let now = validators(world);
    assert_eq!((now.set.hash(), now.from, now.changes), (set.hash(), from, changes + 1));
    assert_eq!((now.previous.map(|set| set.hash()), now.next), (Some(old), None));
    let link: SeatChangeRecord = world.record(StateKey::SeatChange(changes + 1)).expect("a link");
    assert_eq!((link.height, link.signed.hash()), (from - 1, old));
    assert_eq!(announced(world), set.hash());
    assert_eq!(validators(world).changes, changes + 1);
}

#[test]
fn seats_are_added_moved_and_removed_at_their_heights() {
    let genesis = regulated_genesis("first-is-lowest");
    let mut world = World::of(&genesis);
    let network = world.network;
    let from = world.height + 11;
    let add = Change::AddAgency { org: newcomer(&network, Org::Transport), from };
    check_change(&mut world, add, from, QUORUM);
    assert!(sits(&validators(&world), Org::Transport));
    // Eight agencies: five are not more than two thirds any more.
    let from = world.height + 11;
    let remove = |from| Change::RemoveAgency { org: Org::Police.id(), from };
    let few = world.enact_tx(vec![remove(from)], QUORUM);
    assert_eq!(world.would_refuse(few), Rejection::QuorumMissing { found: 5, needed: 6 });
    let six = officers([CUSTOMS, SCIENCE, HEALTH, ENVIRONMENT, MARKET, head(Org::Transport)]);
    check_change(&mut world, remove(from), from, &six);
    assert!(!sits(&validators(&world), Org::Police));

    let from = world.height + 11;
    let node = seat(&network, Org::Health, 210, 211);
    let key = node.key;
    let moved = Change::MoveSeat { org: Org::Health.id(), node, from };
    check_change(&mut world, moved, from, &[(HEALTH, Role::Administrator)]);
    let record = validators(&world);
    let own: Vec<[u8; 32]> = record
        .set
        .validators()
        .iter()
        .filter(|seat| seat.org == Org::Health.id())
        .map(|seat| *seat.key.bytes())
        .collect();
    assert_eq!((own, record.changes), (vec![key], 3));
    assert_eq!(replay(&genesis, &world), world.state.root());
}

/// It signs no more from the moment it is voted out, though it sits until its height.
#[test]
fn an_agency_that_was_removed_signs_nothing() {
    let mut world = World::regulated();
    let item = world.registered(lot("L1"), pieces(1));
    let from = world.height + 20;
    let remove = |w: &World, org: Org, signers: &[(Person, Role)]| {
        w.enact_tx(vec![Change::RemoveAgency { org: org.id(), from }], signers)
    };
    // It neither counts nor can block.
    let (act, org) = (Act::Enact, Org::Police.id());
    let with_itself = officers([CUSTOMS, SCIENCE, HEALTH, ENVIRONMENT, MARKET, POLICE]);
    assert_eq!(world.refused(remove(&world, Org::Police, &with_itself)), Rejection::NotCompetent { act, org });
    // What an agency alone is competent for must stay with somebody.
    for (org, function) in [
        (Org::Customs, AgencyFunction::Customs),
        (Org::Science, AgencyFunction::ScienceTechnology),
        (Org::Environment, AgencyFunction::Environment),
        (Org::Commerce, AgencyFunction::Commerce),
    ] {
        let tx = remove(&world, org, QUORUM);
        assert_eq!(world.would_refuse(tx), Rejection::FunctionUncovered { function });
    }
    world.accepted(remove(&world, Org::Police, QUORUM));
    assert!(sits(&validators(&world), Org::Police));
    assert!(world.org(Org::Police).left.is_some());
    assert_eq!(world.refused(world.hold_tx(item, POLICE)), Rejection::OrgLeft { org });
    world.reach(from);
    assert_eq!(world.refused(world.hold_tx(item, POLICE)), Rejection::OrgLeft { org });
}

/// Seats are asked for by whoever holds their keys, and with keys that nobody uses.
#[test]
fn a_newcomer_is_an_agency_with_keys_of_its_own() {
    let world = World::regulated();
    let network = world.network;
    let good = newcomer(&network, Org::Transport);
    let of = |org: GenesisOrg| world.enact_tx(vec![Change::AddAgency { org, from: 30 }], QUORUM);
    world.clone().accepted(of(good.clone()));
    let invalid = |what: &str| Rejection::SeatsInvalid { what: text(what) };
    let firm = GenesisOrg { profile: Org::Stranger.profile(), ..newcomer(&network, Org::Stranger) };
    let bare = GenesisOrg { node: None, ..good.clone() };
    let keyless = GenesisOrg { keys: Vec::new(), ..good.clone() };
    let mut clerk = good.clone();
    let chief = head(Org::Transport);
    clerk.keys = vec![chief.claim(&network, Org::Transport, chief.pseudonym(), Roles::of(&[Role::Officer]))];
    let mut stolen = good.clone();
    stolen.node =
        Some(ledger::genesis::NodeClaim { possession: Signature([1; 64]), ..good.node.clone().expect("a node") });
    let taken = GenesisOrg { node: Some(seat(&network, Org::Health, CONSENSUS, PEER)), ..good.clone() };
    let key = Person { org: Org::Health, number: CONSENSUS }.key_id();
    let known = GenesisOrg { profile: Org::Health.profile(), ..good.clone() };
    let an_administrator = "an agency brings 1 to 8 keys with an administrator's";
    let rows = [
        (firm, invalid("only agencies have seats")),
        (bare, invalid("an agency brings its node")),
        (keyless, invalid(an_administrator)),
        (clerk, invalid(an_administrator)),
        (stolen, Rejection::PossessionInvalid),
        (taken, Rejection::KeyTaken { key }),
        (known, Rejection::OrgTaken { org: Org::Health.id() }),
    ];
    for (org, expected) in rows {
        assert_eq!(world.would_refuse(of(org)), expected);
    }
}

// ------------------------------------------------------------------------------------------------------ lost keys

const RECOVERED: Person = Person { org: Org::Health, number: 50 };

/// The others give an agency a key again, with an observer who saw it; it waits a week, and until then the agency's own
/// administrator can end it.
#[test]
fn a_recovered_key_waits() {
    let mut world = World::regulated();
    let recover = |w: &World, signers: &[(Person, Role)]| {
        let claim = RECOVERED.claim(&w.network, Org::Health, RECOVERED.pseudonym(), all_roles());
        w.enact_tx(vec![Change::RecoverKey { org: Org::Health.id(), claim }], signers)
    };
    let act = Act::Enact;
    let others = [CUSTOMS, SCIENCE, ENVIRONMENT, MARKET, COMMERCE];
    let alone = recover(&world, &officers(others));
    assert_eq!(world.would_refuse(alone), Rejection::SignersWrong { act });
    let few = recover(&world, &officers([CUSTOMS, SCIENCE, ENVIRONMENT, MARKET, OBSERVER]));
    assert_eq!(world.would_refuse(few), Rejection::QuorumMissing { found: 4, needed: 5 });
    let with_itself = recover(&world, &officers([CUSTOMS, SCIENCE, ENVIRONMENT, MARKET, HEALTH, OBSERVER]));
    let org = Org::Health.id();
    assert_eq!(world.would_refuse(with_itself), Rejection::NotCompetent { act, org });
    let enough = officers([CUSTOMS, SCIENCE, ENVIRONMENT, MARKET, COMMERCE, OBSERVER]);
    world.accepted(recover(&world, &enough));
    let until = world.now.plus_ms(7 * DAY_MS);
    assert_eq!(world.key(RECOVERED).waits, Some(until));

    let key = RECOVERED.key_id();
    let lost = |w: &World| {
        let end = Operation::EndKey { key: HEALTH.key_id(), reason: KeyEndReason::Compromised };
        w.tx(end, &[(RECOVERED, Role::Administrator)])
    };
    assert_eq!(world.refused(lost(&world)), Rejection::KeyWaiting { key, until });
    let mut stopped = world.clone();
    let end = Operation::EndKey { key, reason: KeyEndReason::Compromised };
    stopped.accepted(stopped.tx(end, &[(HEALTH, Role::Administrator)]));
    world.wait_until(Timestamp(until.0 - STEP_MS - 1));
    assert_eq!(world.would_refuse(lost(&world)), Rejection::KeyWaiting { key, until });
    world.wait(1);
    world.accepted(lost(&world));
    assert_eq!(world.key(HEALTH).end.expect("an end").reason, KeyEndReason::Compromised);
    stopped.wait_until(until);
    assert_eq!(stopped.refused(lost(&stopped)), Rejection::KeyCompromised { key });
    // Firms get theirs from Customs; and what does not administer is not recovered.
    let claim = |org: Org, roles| {
        let person = Person { org, number: 51 };
        person.claim(&world.network, org, person.pseudonym(), roles)
    };
    let of = |org: Org, roles| Change::RecoverKey { org: org.id(), claim: claim(org, roles) };
    let org = Org::FirmA.id();
    let firm = world.enact_tx(vec![of(Org::FirmA, all_roles())], &enough);
    assert_eq!(world.would_refuse(firm), Rejection::OrgUnknown { org });
    let officer = world.enact_tx(vec![of(Org::Health, Roles::of(&[Role::Officer]))], &enough);
    let what = text("the key is an administrator's");
    assert_eq!(world.would_refuse(officer), Rejection::SeatsInvalid { what });
}

/// Approval by approval too: a quorum waits for the observer, and the observer for a quorum.
#[test]
fn a_recovery_waits_for_an_observer() {
    let base = World::regulated();
    let claim = RECOVERED.claim(&base.network, Org::Health, RECOVERED.pseudonym(), all_roles());
    let change = Change::RecoverKey { org: Org::Health.id(), claim };
    let until = base.now.plus_ms(DAY_MS);
    let key = |w: &World| w.record::<ledger::KeyRecord>(StateKey::Key(RECOVERED.key_id()));
    for last in [OBSERVER, COMMERCE] {
        let mut world = base.clone();
        let id = world.accepted(propose(&world, vec![change.clone()], until, &officers([CUSTOMS])));
        for by in [SCIENCE, ENVIRONMENT, MARKET, COMMERCE, OBSERVER].into_iter().filter(|by| by.org != last.org) {
            world.accepted(approve(&world, id, by));
        }
        assert_eq!((proposal(&world, id).state, key(&world)), (ProposalState::Open, None));
        // The agency itself has no say.
        let (act, org) = (Act::Approve, Org::Health.id());
        assert_eq!(world.refused(approve(&world, id, HEALTH)), Rejection::NotCompetent { act, org });
        world.accepted(approve(&world, id, last));
        assert!(matches!(proposal(&world, id).state, ProposalState::Enacted(_)));
        assert_eq!(key(&world).expect("a key").waits, Some(world.now.plus_ms(7 * DAY_MS)));
    }
}

// ------------------------------------------------------------------------------------------------------- the trail

/// Acts on organisations, keys, registries, grants and motions are numbered, one line each; refused ones leave none.
#[test]
fn every_act_of_government_leaves_a_line() {
    let mut world = World::settled();
    let count = |w: &World| w.record::<u64>(StateKey::Audits).unwrap_or(0);
    let start = count(&world);
    let id = opened(&mut world);
    let approve_tx = world.accepted(approve(&world, id, HEALTH));
    world.refused(approve(&world, id, HEALTH));
    let grant = world.applied(world.application(10));
    world.accepted(world.decide_tx(grant, None));
    world.admit_key(Person { org: Org::FirmB, number: 70 });
    let expected = [
        (Act::Propose, Org::Customs),
        (Act::Approve, Org::Health),
        (Act::Apply, Org::FirmA),
        (Act::Decide, Org::Customs),
        (Act::RegisterKey, Org::Customs),
    ];
    assert_eq!(count(&world), start + expected.len() as u64);
    for (n, (act, org)) in (start + 1..).zip(expected) {
        let line: AuditRecord = world.record(StateKey::Audit(n)).expect("a line");
        assert_eq!((line.act, line.by), (act, vec![org.id()]), "{n}");
    }
    let line: AuditRecord = world.record(StateKey::Audit(start + 2)).expect("a line");
    assert_eq!(line.tx, approve_tx);
    assert_eq!(world.record::<AuditRecord>(StateKey::Audit(start + 6)), None);
    // Acts on items have their events.
    world.registered(lot("L1"), pieces(1));
    assert_eq!(count(&world), start + 5);
}
