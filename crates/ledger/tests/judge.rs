//! The pure judgement, where a replay differs from an execution, and where rows of a policy pack decide.

mod samples;

use ledger::{
    KeyRecord, Operation, OrgRecord, PolicyPack, Rejection, Role, Timestamp,
    bounds::MAX_CUSTODY_EXPIRY_MS,
    judge::{Moment, Signer, Target, authorise, check_keys},
    operation::Act,
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
    for row in &mut pack.competence {
        if row.act == Act::Inspect {
            row.agencies = agencies.to_vec();
        }
    }
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
    let (act, org) = (Act::Inspect, org(2));
    let foreign = Err(Rejection::NotCompetent { act, org });
    assert_eq!(inspect(&both, &[officer(Customs), officer(Commerce)]), foreign);
    // A row that names nobody lets nobody act for an agency.
    assert_eq!(inspect(&[], &[]), wrong);
}

#[test]
fn a_pack_without_a_row_allows_nothing() {
    let mut pack = pack();
    pack.competence.clear();
    for (operation, _, _) in operations() {
        let act = operation.act();
        assert_eq!(judged(&pack, &operation, &[]), Err(Rejection::SignersWrong { act }));
    }
}

#[test]
fn no_act_is_authorised_without_signers() {
    for (operation, _, _) in operations() {
        let act = operation.act();
        assert_eq!(judged(&pack(), &operation, &[]), Err(Rejection::SignersWrong { act }));
    }
}
