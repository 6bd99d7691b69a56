//! The pure judgement: where a replay differs from an execution, where rows of a policy pack decide, and what an item
//! refuses by itself. Which act is possible in which state is a table of `docs/formats/ledger.md`, see `document.rs`.

use crate::samples::*;
use ledger::{
    Effect, ItemRecord, KeyRecord, Lifecycle, Operation, OrgId, OrgRecord, PolicyPack, Rejection, Role, Timestamp,
    TxBody,
    bounds::MAX_CUSTODY_EXPIRY_MS,
    event::{EventKind, Receiver},
    judge::{self, Authority, Beside, Moment, Signer, Target, authorise, check_keys, is_asked, meet_any},
    operation::{Act, Bucket, Purpose, Usage},
    policy::{SignerNeed, Who},
    record::{AgencyFunction, Hold, Inside, KeyEnd, KeyEndReason, Marks, Mechanism, OrgKind, Packed, Roles, Stamp},
    transaction::Slot,
};

fn key_record(seed: u8, org_number: u8) -> KeyRecord {
    KeyRecord {
        key: key(seed),
        org: org(org_number),
        person: person(1),
        name: hash(1),
        roles: Roles::of(&Role::ALL),
        from: at(5),
        cause: None,
        waits: None,
        end: None,
    }
}
fn at(height: u64) -> Stamp {
    let time = START.plus_ms(height * 1_000);
    Stamp { height, time }
}
fn org_record(n: u8, kind: OrgKind) -> OrgRecord {
    OrgRecord { profile: profile(n, kind), from: at(0), cause: None, ban: None, left: None }
}

#[test]
fn a_key_that_ended_is_judged_by_moment_and_height() {
    use KeyEndReason::{Banned, Compromised, Retired};
    use Moment::{Executing, Replaying};
    let (slot, org) = (slot(1, 1, Role::Custodian), org_record(1, OrgKind::Enterprise));
    let late = at(9).time.plus_ms(MAX_CUSTODY_EXPIRY_MS + 1);
    let edge = at(9).time.plus_ms(MAX_CUSTODY_EXPIRY_MS);
    // The key was registered at height 5 and ended at height 9.
    let rows: [(KeyEndReason, Moment, u64, Timestamp, &str); 18] = [
        (Compromised, Executing, 9, edge, "KeyCompromised"),
        (Compromised, Executing, 10, edge, "KeyCompromised"),
        // In the very block: whoever replays cannot know which came first, the block's results do.
        (Compromised, Replaying, 9, edge, ""),
        (Compromised, Replaying, 8, edge, ""),
        (Compromised, Replaying, 10, edge, "KeyCompromised"),
        (Retired, Executing, 9, edge, ""),
        (Retired, Executing, 9, late, "KeyRetired"),
        (Retired, Executing, 10, edge, ""),
        (Retired, Replaying, 9, late, ""),
        (Retired, Replaying, 10, late, "KeyRetired"),
        (Retired, Replaying, 10, edge, ""),
        (Retired, Replaying, 5, edge, ""),
        (Retired, Replaying, 4, edge, "KeyUnknown"),
        (Compromised, Executing, 4, edge, "KeyUnknown"),
        (Banned, Executing, 9, edge, "KeyBanned"),
        (Banned, Executing, 10, edge, "KeyBanned"),
        (Banned, Replaying, 9, edge, ""),
        (Banned, Replaying, 10, edge, "KeyBanned"),
    ];
    for (reason, moment, height, expires, expect) in rows {
        let mut record = key_record(1, 1);
        record.end = Some(KeyEnd { at: at(9), reason, cause: tx_id(1) });
        let signer = Signer { slot: &slot, key: &record, org: &org };
        let found = check_keys(&[signer], expires, at(height), moment);
        assert_eq!(found.as_ref().map_or_else(Rejection::name, |()| ""), expect, "{reason:?} {moment:?} {height}");
    }
}

#[test]
fn a_recovered_key_waits() {
    let (slot, org) = (slot(1, 1, Role::Custodian), org_record(1, OrgKind::Enterprise));
    let until = at(9).time;
    let record = KeyRecord { waits: Some(until), ..key_record(1, 1) };
    let signer = [Signer { slot: &slot, key: &record, org: &org }];
    let waiting = Err(Rejection::KeyWaiting { key: slot.key, until });
    for moment in [Moment::Executing, Moment::Replaying] {
        assert_eq!(check_keys(&signer, until, at(8), moment), waiting);
        assert_eq!(check_keys(&signer, until, at(9), moment), Ok(()));
    }
}

#[test]
fn a_ban_is_in_force_between_its_dates() {
    let mut record = org_record(1, OrgKind::Enterprise);
    let banned = |record: &OrgRecord| [8, 9, 10, 11, 12].map(|height| record.banned(at(height).time).is_some());
    assert_eq!(banned(&record), [false; 5]);
    record.ban = Some(ledger::record::Ban { from: at(9).time, to: Some(at(11).time) });
    assert_eq!(banned(&record), [false, true, true, false, false]);
    record.ban = Some(ledger::record::Ban { from: at(9).time, to: None });
    assert_eq!(banned(&record), [false, true, true, true, true]);
}

/// Signers of an inspection under a pack whose row names these agencies.
fn inspect(agencies: &[AgencyFunction], signers: &[(AgencyFunction, Role)]) -> Result<(), Rejection> {
    let mut pack = pack();
    let officer =
        |function: &AgencyFunction| SignerNeed { role: Role::Officer, who: Who::Agency(*function), many: false };
    pack.acts[Act::Inspect as usize].any = vec![agencies.iter().map(officer).collect()];
    let operation = tx_of(Act::Inspect).body.operation;
    judged(&pack, &operation, signers)
}

fn judged(pack: &PolicyPack, operation: &Operation, signers: &[(AgencyFunction, Role)]) -> Result<(), Rejection> {
    let made: Vec<(Slot, KeyRecord, OrgRecord)> = (1u8..)
        .zip(signers)
        .map(|(n, (function, role))| {
            let org = org_record(n, OrgKind::Agency(*function));
            (slot(n, n, *role), key_record(n, n), org)
        })
        .collect();
    let signers: Vec<Signer<'_>> = made.iter().map(|(slot, key, org)| Signer { slot, key, org }).collect();
    authorise(pack, operation, &signers, Target::default()).map(|_| ())
}

#[test]
fn an_act_of_several_agencies_needs_each_of_them_once() {
    use AgencyFunction::{Commerce, Customs, Health};
    let officer = |f| (f, Role::Officer);
    let wrong = Err(Rejection::SignersWrong { act: Act::Inspect });
    let both = [Customs, Health];
    assert_eq!(inspect(&both, &[officer(Customs), officer(Health)]), Ok(()));
    assert_eq!(inspect(&both, &[officer(Health), officer(Customs)]), Ok(()));
    assert_eq!(inspect(&both, &[officer(Customs)]), wrong);
    assert_eq!(inspect(&both, &[officer(Customs), officer(Customs)]), wrong);
    assert_eq!(inspect(&both, &[officer(Customs), officer(Health), officer(Health)]), wrong);
    assert_eq!(inspect(&both, &[officer(Customs), (Health, Role::Countersigner)]), wrong);
    let foreign = |n| Err(Rejection::NotCompetent { act: Act::Inspect, org: org(n) });
    assert_eq!(inspect(&both, &[officer(Customs), officer(Commerce)]), foreign(2));
    // Too few and too many signers, one of whom is not competent.
    assert_eq!(inspect(&both, &[officer(Commerce)]), foreign(1));
    assert_eq!(inspect(&[Customs], &[officer(Customs), officer(Commerce)]), foreign(2));
}

#[test]
fn a_pack_without_a_row_allows_nothing() {
    let mut pack = pack();
    pack.acts.clear();
    for (operation, _, _) in operations() {
        let act = operation.act();
        assert_eq!(judged(&pack, &operation, &[]), Err(Rejection::ActNotInPack { act }));
    }
}

#[test]
fn no_act_is_authorised_without_signers() {
    for (operation, _, _) in operations() {
        let act = operation.act();
        assert_eq!(judged(&pack(), &operation, &[]), Err(Rejection::SignersWrong { act }));
    }
}

/// The first alternative that fits counts, in any order of its signers; a principal is one organisation throughout.
#[test]
fn alternatives_and_principals() {
    use AgencyFunction::{Customs, Health};
    let mut pack = pack();
    pack.acts[Act::Dispose as usize].any = alternatives(
        "custodian@principal administrator@principal countersigner@any-agency \
         | countersigner@any-agency countersigner@health custodian@principal",
    );
    pack.check().unwrap();
    let operation = tx_of(Act::Dispose).body.operation;
    let agency = |function| OrgKind::Agency(function);
    let judged = |signers: &[(u8, OrgKind, Role)]| {
        let made: Vec<(Slot, KeyRecord, OrgRecord)> = (1u8..)
            .zip(signers)
            .map(|(seed, (n, kind, role))| (slot(seed, *n, *role), key_record(seed, *n), org_record(*n, *kind)))
            .collect();
        let signers: Vec<Signer<'_>> = made.iter().map(|(slot, key, org)| Signer { slot, key, org }).collect();
        authorise(&pack, &operation, &signers, Target::default()).map(|authority| authority.principal)
    };
    let firm = |n, role| (n, OrgKind::Enterprise, role);
    let countersigner = |n, function| (n, agency(function), Role::Countersigner);
    let [holder, administrator] = [Role::Custodian, Role::Administrator].map(|role| firm(7, role));
    assert_eq!(judged(&[countersigner(2, Customs), administrator, holder]), Ok(org(7)));
    // Two organisations are no principal.
    let other = firm(8, Role::Administrator);
    let wrong = Err(Rejection::SignersWrong { act: Act::Dispose });
    assert_eq!(judged(&[countersigner(2, Customs), other, holder]), wrong);
    // Health meets both needs, Customs one of them: either order is found.
    assert_eq!(judged(&[countersigner(3, Health), countersigner(2, Customs), holder]), Ok(org(7)));
    assert_eq!(judged(&[countersigner(2, Customs), countersigner(3, Health), holder]), Ok(org(7)));
    assert_eq!(judged(&[countersigner(2, Customs), countersigner(4, Customs), holder]), wrong);
    // Two keys of one agency are one agency.
    assert_eq!(judged(&[countersigner(3, Health), countersigner(3, Health), holder]), wrong);
    // A firm is no agency.
    let posing = Err(Rejection::NotCompetent { act: Act::Dispose, org: org(9) });
    assert_eq!(judged(&[firm(9, Role::Countersigner), countersigner(3, Health), holder]), posing);
}

/// Signers as (organisation, its kind, role); the key is of a seed of its own.
fn made(signers: &[(u8, OrgKind, Role)]) -> Vec<(Slot, KeyRecord, OrgRecord)> {
    (1u8..)
        .zip(signers)
        .map(|(seed, (n, kind, role))| (slot(seed, *n, *role), key_record(seed, *n), org_record(*n, *kind)))
        .collect()
}
fn signers(made: &[(Slot, KeyRecord, OrgRecord)]) -> Vec<Signer<'_>> {
    made.iter().map(|(slot, key, org)| Signer { slot, key, org }).collect()
}

/// Several agencies sign alike where the pack lets them; each once.
#[test]
fn many_sign_alike() {
    use AgencyFunction::{Commerce, Customs, Health};
    let operation = tx_of(Act::PlaceHold).body.operation;
    let agency = |n, function| (n, OrgKind::Agency(function), Role::Officer);
    let orgs = |list: &[(u8, OrgKind, Role)]| {
        let made = made(list);
        let found = authorise(&pack(), &operation, &signers(&made), Target::default());
        found.map(|authority| (authority.principal, authority.orgs))
    };
    let sorted = |list: &[u8]| {
        let mut orgs: Vec<OrgId> = list.iter().map(|n| org(*n)).collect();
        orgs.sort();
        orgs
    };
    let wrong = Err(Rejection::SignersWrong { act: Act::PlaceHold });
    assert_eq!(orgs(&[agency(3, Health)]), Ok((org(3), sorted(&[3]))));
    let three = [agency(3, Health), agency(2, Customs), agency(4, Commerce)];
    assert_eq!(orgs(&three), Ok((org(3), sorted(&[2, 3, 4]))));
    assert_eq!(orgs(&[agency(3, Health), agency(3, Health)]), wrong);
    assert_eq!(orgs(&[]), wrong);
    let firm = (5, OrgKind::Enterprise, Role::Officer);
    let foreign = Err(Rejection::NotCompetent { act: Act::PlaceHold, org: org(5) });
    assert_eq!(orgs(&[agency(3, Health), firm]), foreign);
}

/// Words for kinds of organisations, and agencies that have left.
#[test]
fn kinds_and_agencies_that_left() {
    let (firm, disposer) = ((1, OrgKind::Enterprise, Role::Custodian), (2, OrgKind::Disposer, Role::Joint));
    let environment = (3, OrgKind::Agency(AgencyFunction::Environment), Role::Countersigner);
    let operation = tx_of(Act::Dispose).body.operation;
    let judged = |made: &[(Slot, KeyRecord, OrgRecord)]| {
        authorise(&pack(), &operation, &signers(made), Target::default()).map(|authority| authority.principal)
    };
    let foreign = |n| Err(Rejection::NotCompetent { act: Act::Dispose, org: org(n) });
    assert_eq!(judged(&made(&[firm, disposer, environment])), Ok(org(1)));
    assert_eq!(judged(&made(&[firm, environment])), Ok(org(1)));
    let carrier = (2, OrgKind::Carrier, Role::Joint);
    assert_eq!(judged(&made(&[firm, carrier, environment])), foreign(2));
    let mut left = made(&[firm, environment]);
    left[1].2.left = Some(at(6));
    assert_eq!(judged(&left), foreign(3));
}

/// Rows of grants and registries, whose principal and counterpart are known only to who asks.
#[test]
fn rows_of_grants_and_registries() {
    let act = Act::Apply;
    let sets = alternatives("declarant@principal joint@counterpart");
    let list = made(&[(1, OrgKind::Enterprise, Role::Declarant), (2, OrgKind::Partner, Role::Joint)]);
    let signers = signers(&list);
    let met = meet_any(act, &sets, &signers, None, Some(org(2))).unwrap();
    assert_eq!((met.principal, met.counterpart), (org(1), Some(org(2))));
    assert_eq!(meet_any(act, &sets, &signers, Some(org(1)), None).map(|met| met.principal), Ok(org(1)));
    let foreign = |n| Err(Rejection::NotCompetent { act, org: org(n) });
    assert_eq!(meet_any(act, &sets, &signers, None, Some(org(3))), foreign(2));
    assert_eq!(meet_any(act, &sets, &signers, Some(org(2)), None), foreign(1));
    assert_eq!(meet_any(act, &sets, &signers[..1], None, None), Err(Rejection::SignersWrong { act }));
    assert_eq!(meet_any(act, &[], &signers, None, None), Err(Rejection::SignersWrong { act }));

    let mechanism = OrgKind::Mechanism(Mechanism::District);
    let list = made(&[(4, mechanism, Role::Delegate), (5, OrgKind::Mechanism(Mechanism::Joint), Role::Delegate)]);
    let [district, joint] = [&list[0], &list[1]].map(|(slot, key, org)| Signer { slot, key, org });
    let sets = alternatives("delegate@district-mechanism officer@customs");
    assert!(is_asked(&sets, &district) && !is_asked(&sets, &joint));
    assert!(is_asked(&alternatives("delegate@anyone+"), &joint));
}

// ------------------------------------------------------------------------------------------------------------- items

/// An item in the custody of organisation 1 at the point that the samples name, free of holds, offers and units.
fn plain_item(state: Lifecycle) -> ItemRecord {
    ItemRecord {
        custodian: org(1),
        state,
        marks: Marks::default(),
        holds: Vec::new(),
        container: None,
        inside: None,
        custody_seq: point().seq,
        trail: point().trail,
        offer: None,
        ..item_record()
    }
}

fn by(orgs: &[u8]) -> Authority {
    let mut all: Vec<OrgId> = orgs.iter().map(|n| org(*n)).collect();
    let principal = all[0];
    all.sort();
    Authority { decision: decision(), principal, counterpart: None, orgs: all }
}

type Facts = (TxBody, ItemRecord, Authority, Beside);

/// Judges an act of the samples on an item of organisation 1, after a change of anything about it; the name of the
/// refusal or the word of the effect.
fn judged_on(act: Act, state: Lifecycle, change: impl FnOnce(&mut Facts)) -> String {
    let mut facts = (tx_of(act).body, plain_item(state), by(&[1]), Beside::default());
    change(&mut facts);
    let (body, record, authority, beside) = facts;
    match judge::effect(&network(), &body, &authority, &item(1), &record, stamp(), &beside) {
        Ok(Some(effect)) => effect.name().into(),
        Ok(None) => "nothing".into(),
        Err(rejection) => rejection.name().into(),
    }
}

/// Whoever knows the act alone, and not yet its event, tells the kind of event that it makes.
#[test]
fn an_act_makes_one_kind_of_event() {
    let mut seen = 0;
    for act in Act::ALL {
        for state in Lifecycle::ALL {
            if let Some(kind) = EventKind::of_name(&judged_on(act, state, |_| {})) {
                assert_eq!(EventKind::of_act(act), Some(kind), "{act:?} {state:?}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 15, "{seen}");
}

/// Where waste, goods abroad and goods for research go.
#[test]
fn who_may_receive() {
    use Lifecycle::{Exited, Stored, Waste, WasteInTransit};
    use Receiver::{Carrier, Disposer, Holder, Partner};
    let rows: [(Lifecycle, &[Receiver], &[Receiver]); 4] = [
        (Stored, &[Holder, Carrier, Disposer, Partner], &[]),
        (Waste, &[Carrier, Disposer], &[Holder, Partner]),
        (WasteInTransit, &[Carrier, Disposer], &[Holder, Partner]),
        (Exited, &[Carrier, Partner], &[Holder, Disposer]),
    ];
    for (state, fit, unfit) in rows {
        for (receivers, effects) in [(fit, ["offered", "moved", "moved"]), (unfit, ["ReceiverUnfit"; 3])] {
            for receiver in receivers {
                let beside = Beside { receiver: *receiver, ..Beside::default() };
                let of = |act| judged_on(act, state, |facts| facts.3 = beside.clone());
                assert_eq!(of(Act::Offer), effects[0], "{state:?} {receiver:?}");
                assert_eq!(of(Act::Handover), effects[1], "{state:?} {receiver:?}");
                let accept = judged_on(Act::Accept, state, |(_, record, authority, facts)| {
                    (record.offer, *authority, *facts) = (Some(offer()), by(&[2]), beside.clone());
                });
                assert_eq!(accept, effects[2], "{state:?} {receiver:?}");
            }
        }
    }
}

#[test]
fn goods_for_research_stay_with_research() {
    for purpose in Purpose::ALL {
        let research = purpose.fits_research();
        let forbidden = matches!(purpose, Purpose::Production | Purpose::Medical | Purpose::Sale);
        assert_eq!(research, !forbidden, "{purpose:?}");
        let of = |marked: bool, inside: Option<Inside>| {
            judged_on(Act::Offer, Lifecycle::Stored, |(body, record, _, _)| {
                let Operation::Offer { terms } = &mut body.operation else { panic!() };
                terms.purpose = purpose;
                record.marks.research_only = marked;
                record.inside = inside;
            })
        };
        let expect = if research { "offered" } else { "PurposeForbidden" };
        assert_eq!(of(true, None), expect, "{purpose:?}");
        assert_eq!(of(false, None), "offered", "{purpose:?}");
        // What a unit holds counts.
        let holds = |research_only| Some(Inside { items: 2, research_only, ..Inside::default() });
        assert_eq!(of(false, holds(1)), expect, "{purpose:?}");
        assert_eq!(of(false, holds(0)), "offered", "{purpose:?}");
    }
}

#[test]
fn what_an_item_refuses() {
    use Lifecycle::{InUse, ReceivedAbroad, Registered, Stored};
    let check = |act, state, expect: &str, change: &dyn Fn(&mut Facts)| {
        assert_eq!(judged_on(act, state, change), expect, "{act:?} {state:?}");
    };
    // Points of custody and custodians.
    check(Act::Use, Stored, "CustodyMoved", &|(_, record, _, _)| record.custody_seq += 1);
    check(Act::Use, Stored, "CustodyMoved", &|(_, record, _, _)| record.trail = hash(1));
    check(Act::Use, Stored, "NotCustodian", &|(_, _, authority, _)| *authority = by(&[2]));
    // The point stands before the custodian, the custodian before the state, the state before holds.
    check(Act::Use, Registered, "CustodyMoved", &|(_, record, authority, _)| {
        (record.custody_seq, *authority) = (0, by(&[2]));
    });
    check(Act::Use, Registered, "NotCustodian", &|(_, _, authority, _)| *authority = by(&[2]));
    check(Act::Use, Registered, "StateForbids", &|(_, record, _, _)| record.holds = vec![hold(&[7], 5)]);
    check(Act::Use, Stored, "Held", &|(_, record, _, _)| {
        (record.holds, record.container) = (vec![hold(&[7], 5)], Some(packed()));
    });
    check(Act::Use, Stored, "Packed", &|(_, record, _, _)| record.container = Some(packed()));
    // Quantities.
    check(Act::Waste, Stored, "wasted", &|_| {});
    check(Act::Waste, Stored, "QuantityZero", &|(body, _, _, _)| set_quantity(body, "0 H87"));
    check(Act::Waste, Stored, "UnitMismatch", &|(body, _, _, _)| set_quantity(body, "1 MLT"));
    check(Act::Waste, Stored, "wasted", &|(body, _, _, _)| set_quantity(body, "600 H87"));
    check(Act::Waste, Stored, "QuantityExceeded", &|(body, _, _, _)| set_quantity(body, "601 H87"));
    // Waste that waits can be lost and disposed of too: 600 on hand and 50 of it.
    for (act, effect) in [(Act::Lose, "lost"), (Act::Dispose, "disposed")] {
        check(act, Stored, effect, &|(body, _, _, _)| set_quantity(body, "650 H87"));
        check(act, Stored, "QuantityExceeded", &|(body, _, _, _)| set_quantity(body, "651 H87"));
    }
    // Offers.
    check(Act::Offer, Stored, "OfferPending", &|(_, record, _, _)| record.offer = Some(offer()));
    check(Act::Offer, Stored, "offered", &|(_, record, _, _)| {
        record.offer = Some(ledger::record::PendingOffer { expires: START, ..offer() });
    });
    check(Act::Accept, Stored, "OfferUnknown", &|(_, _, authority, _)| *authority = by(&[2]));
    check(Act::Accept, Stored, "NotReceiver", &|(_, record, _, _)| record.offer = Some(offer()));
    check(Act::Accept, Stored, "OfferExpired", &|(_, record, authority, _)| {
        record.offer = Some(ledger::record::PendingOffer { expires: START, ..offer() });
        *authority = by(&[2]);
    });
    // Storing under a hold, in quarantine and not.
    check(Act::Store, InUse, "stored", &|_| {});
    check(Act::Store, InUse, "Held", &|(_, record, _, _)| record.holds = vec![hold(&[7], 5)]);
    check(Act::Store, InUse, "stored", &|(body, record, _, _)| {
        let Operation::Store { quarantine, .. } = &mut body.operation else { panic!() };
        (*quarantine, record.holds) = (true, vec![hold(&[7], 5)]);
    });
    // Reports state all that is there, in its unit; the last one leaves nothing of what it closes.
    let usage = |used: &str, left: &str| {
        let (used, left) = (quantity(used), quantity(left));
        Some(Usage { item: item(1), used, disposed: quantity("0 H87"), left })
    };
    check(Act::Report, ReceivedAbroad, "ItemUnknown", &|_| {});
    check(Act::Report, ReceivedAbroad, "reported", &|facts| facts.3.usage = usage("600 H87", "0 H87"));
    check(Act::Report, ReceivedAbroad, "ReportDiffers", &|facts| facts.3.usage = usage("599 H87", "0 H87"));
    check(Act::Report, ReceivedAbroad, "ReportDiffers", &|facts| facts.3.usage = usage("600 H87", "1 H87"));
    check(Act::Report, ReceivedAbroad, "UnitMismatch", &|facts| facts.3.usage = usage("600 H87", "0 MLT"));
}

/// What goes to another network, and that whatever has gone stays gone.
#[test]
fn what_departs_is_whole_and_free() {
    use Lifecycle::*;
    let free = |record: &mut ItemRecord| {
        (record.quarantined, record.wasted, record.used) = (false, quantity("0 H87"), quantity("350 H87"));
    };
    let check = |state, expect: &str, change: &dyn Fn(&mut Facts)| {
        let found = judged_on(Act::Depart, state, |facts| {
            free(&mut facts.1);
            change(facts);
        });
        assert_eq!(found, expect, "{state:?}");
    };
    for state in Lifecycle::ALL {
        let expect = match state {
            Released | InTransit | Stored => "departed",
            Departed => "Departed",
            _ => "DepartState",
        };
        check(state, expect, &|_| {});
    }
    check(Stored, "DepartState", &|(_, record, _, _)| record.quarantined = true);
    check(Stored, "DepartState", &|(_, record, _, _)| record.wasted = quantity("1 H87"));
    check(Stored, "OfferPending", &|(_, record, _, _)| record.offer = Some(offer()));
    check(Stored, "departed", &|(_, record, _, _)| {
        record.offer = Some(ledger::record::PendingOffer { expires: START, ..offer() });
    });
    check(Stored, "Held", &|(_, record, _, _)| record.holds = vec![hold(&[7], 5)]);
    check(Stored, "Packed", &|(_, record, _, _)| record.container = Some(packed()));
    check(Stored, "UnitNotEmpty", &|(_, record, _, _)| record.inside = Some(inside()));
    check(Stored, "departed", &|(_, record, _, _)| record.inside = Some(Inside::default()));
    check(Stored, "NotCustodian", &|(_, _, authority, _)| *authority = by(&[2]));
    check(Stored, "CustodyMoved", &|(_, record, _, _)| record.custody_seq += 1);
    // Before anything else is asked.
    check(Departed, "Departed", &|(_, record, authority, _)| (record.custody_seq, *authority) = (0, by(&[2])));
    for act in [Act::Use, Act::PlaceHold, Act::Note, Act::Refuse, Act::Withdraw, Act::Accept, Act::Unpack] {
        assert_eq!(judged_on(act, Departed, |_| {}), "Departed", "{act:?}");
    }
}

fn hold(by: &[u8], placed: u64) -> Hold {
    let mut by: Vec<OrgId> = by.iter().map(|n| org(*n)).collect();
    by.sort();
    Hold { by, placed, reason: text("recall") }
}

fn set_quantity(body: &mut TxBody, amount: &str) {
    match &mut body.operation {
        Operation::Waste { quantity: q, .. }
        | Operation::Lose { quantity: q, .. }
        | Operation::Dispose { quantity: q, .. }
        | Operation::Correct { quantity: q, .. } => *q = quantity(amount),
        other => panic!("{other:?}"),
    }
}

/// All that placed a hold lift it; several others may, whom the rules that know the seats count.
#[test]
fn who_lifts_a_hold() {
    let lifted = |orgs: &[u8], placed: u64| {
        judged_on(Act::LiftHold, Lifecycle::Stored, |(body, record, authority, _)| {
            let Operation::LiftHold { placed: asked, .. } = &mut body.operation else { panic!() };
            (*asked, *authority) = (placed, by(orgs));
            record.holds = vec![hold(&[7], 4), hold(&[7, 9], 5)];
        })
    };
    assert_eq!(lifted(&[7], 4), "hold-lifted");
    assert_eq!(lifted(&[9], 4), "HoldNotYours");
    assert_eq!(lifted(&[7], 5), "HoldNotYours");
    assert_eq!(lifted(&[7, 9], 5), "hold-lifted");
    assert_eq!(lifted(&[6, 8], 5), "hold-lifted");
    assert_eq!(lifted(&[7], 6), "HoldUnknown");
}

/// A correction names an event that was, and no more than was booked so.
#[test]
fn what_a_correction_gives_back() {
    let check = |bucket: Bucket, amount: &str, event: u64, expect: &str| {
        let found = judged_on(Act::Correct, Lifecycle::Stored, |(body, _, _, _)| {
            set_quantity(body, amount);
            let Operation::Correct { bucket: b, event: e, .. } = &mut body.operation else { panic!() };
            (*b, *e) = (bucket, event);
        });
        assert_eq!(found, expect, "{bucket:?} {amount} {event}");
    };
    for (bucket, booked) in [(Bucket::Used, 300), (Bucket::Wasted, 50), (Bucket::Lost, 20)] {
        check(bucket, &format!("{booked} H87"), 300, "corrected");
        check(bucket, &format!("{} H87", booked + 1), 300, "CorrectionExceeds");
        check(bucket, "1 H87", 301, "EventUnknown");
        check(bucket, "1 H87", 0, "EventUnknown");
        check(bucket, "0 H87", 1, "QuantityZero");
        check(bucket, "1 MLT", 1, "UnitMismatch");
    }
}

/// Units: what is inside counts for the whole.
#[test]
fn units_and_what_is_in_them() {
    use Lifecycle::{Exited, Stored};
    let inside = |items, held| Some(Inside { items, held, ..Inside::default() });
    let of = |act, state, inside: Option<Inside>| judged_on(act, state, |facts| facts.1.inside = inside);
    assert_eq!(of(Act::Offer, Stored, inside(3, 0)), "offered");
    assert_eq!(of(Act::Offer, Stored, inside(3, 1)), "UnitBlocked");
    assert_eq!(of(Act::Use, Stored, inside(0, 0)), "NotUnit");
    assert_eq!(of(Act::Dispose, Stored, inside(0, 0)), "disposed");
    assert_eq!(of(Act::Dispose, Stored, inside(1, 0)), "UnitNotEmpty");
    // Into a unit and out of it.
    let packed = |level| Some(Packed { unit: unit(), level });
    assert_eq!(judged_on(Act::Pack, Exited, |facts| facts.3.packed = packed(2)), "packed");
    assert_eq!(judged_on(Act::Pack, Stored, |_| {}), "NotUnit");
    let out = |container: Option<Packed>, beside: Beside| {
        judged_on(Act::Unpack, Exited, |facts| (facts.1.container, facts.3) = (container, beside))
    };
    let found = Beside { unpacked: Some((org(1), Exited, None)), ..Beside::default() };
    assert_eq!(out(packed(0), found.clone()), "unpacked");
    assert_eq!(out(None, found.clone()), "NotPacked");
    assert_eq!(out(Some(Packed { unit: item(1), level: 0 }), found), "NotPacked");
    assert_eq!(out(packed(0), Beside::default()), "NotUnit");
}

/// What a replay finds beside an item stands in the certified effect: the effect is made again from it.
#[test]
fn effects_tell_what_was_found_beside() {
    let told = |effect: &Effect| Beside::told_by(effect, None);
    let partner = moved(1, 2, Receiver::Partner);
    assert_eq!(told(&partner), Beside { receiver: Receiver::Partner, ..Beside::default() });
    let declared = Effect::Declared { exempt: false, research_only: true };
    assert_eq!(told(&declared), Beside { research_only: true, ..Beside::default() });
    let noted = Effect::Noted { note: notes().remove(1), excursion: true };
    assert_eq!(told(&noted), Beside { excursion: true, ..Beside::default() });
    let into = Effect::Packed { into: packed() };
    assert_eq!(told(&into), Beside { packed: Some(packed()), ..Beside::default() });
    let out = Some((org(2), Lifecycle::Stored, Some(gln())));
    assert_eq!(told(&unpacked()), Beside { unpacked: out, ..Beside::default() });
    assert_eq!(told(&filled(true, inside())), Beside { inside: inside(), ..Beside::default() });
    let stated = Beside::told_by(&reported("120 H87", "0 H87", false), Some(usage()));
    assert_eq!(stated, Beside { usage: Some(usage()), ..Beside::default() });
    assert_eq!(told(&used("1 H87")), Beside::default());
}
