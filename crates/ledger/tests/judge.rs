//! The pure judgement, where a replay differs from an execution, and where rows of a policy pack decide.

mod samples;

use ledger::{
    KeyRecord, Operation, OrgRecord, PolicyPack, Rejection, Role, Timestamp,
    bounds::MAX_CUSTODY_EXPIRY_MS,
    judge::{Moment, Signer, Target, authorise, check_keys},
    operation::Act,
    policy::{SignerNeed, Who},
    record::{AgencyFunction, KeyEnd, KeyEndReason, OrgKind, Roles, Stamp},
    transaction::Slot,
};
use samples::*;

fn key_record(seed: u8, org_number: u8) -> KeyRecord {
    KeyRecord {
        key: key(seed),
        org: org(org_number),
        person: person(1),
        name: hash(1),
        roles: Roles::of(&Role::ALL),
        from: at(5),
        cause: None,
        end: None,
    }
}
fn at(height: u64) -> Stamp {
    let time = START.plus_ms(height * 1_000);
    Stamp { height, time }
}
fn org_record(n: u8, kind: OrgKind) -> OrgRecord {
    OrgRecord { profile: profile(n, kind), from: at(0), cause: None }
}

#[test]
fn a_key_that_ended_is_judged_by_moment_and_height() {
    use KeyEndReason::{Compromised, Retired};
    use Moment::{Executing, Replaying};
    let (slot, org) = (slot(1, 1, Role::Custodian), org_record(1, OrgKind::Enterprise));
    let late = at(9).time.plus_ms(MAX_CUSTODY_EXPIRY_MS + 1);
    let edge = at(9).time.plus_ms(MAX_CUSTODY_EXPIRY_MS);
    // The key was registered at height 5 and ended at height 9.
    let rows: [(KeyEndReason, Moment, u64, Timestamp, &str); 14] = [
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
    ];
    for (reason, moment, height, expires, expect) in rows {
        let mut record = key_record(1, 1);
        record.end = Some(KeyEnd { at: at(9), reason, cause: tx_id(1) });
        let signer = Signer { slot: &slot, key: &record, org: &org };
        let found = check_keys(&[signer], expires, at(height), moment);
        assert_eq!(found.as_ref().map_or_else(Rejection::name, |()| ""), expect, "{reason:?} {moment:?} {height}");
    }
}

/// Signers of an inspection under a pack whose row names these agencies.
fn inspect(agencies: &[AgencyFunction], signers: &[(AgencyFunction, Role)]) -> Result<(), Rejection> {
    let mut pack = pack();
    let officer = |function: &AgencyFunction| SignerNeed { role: Role::Officer, who: Who::Agency(*function) };
    pack.acts[Act::Inspect as usize].any = vec![agencies.iter().map(officer).collect()];
    let operation = transactions().remove(9).0.body.operation;
    assert!(matches!(operation, Operation::Inspect { .. }));
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
    let need = |role, who| SignerNeed { role, who };
    let mut pack = pack();
    let custodian = need(Role::Custodian, Who::Principal);
    let own_officer = need(Role::Administrator, Who::Principal);
    let any_agency = need(Role::Countersigner, Who::AnyAgency);
    let health = need(Role::Countersigner, Who::Agency(Health));
    pack.acts[Act::Dispose as usize].any =
        vec![vec![custodian, own_officer, any_agency], vec![any_agency, health, custodian]];
    pack.check().unwrap();
    let (operation, _, _) = operations().into_iter().find(|(o, _, _)| o.act() == Act::Dispose).unwrap();
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
