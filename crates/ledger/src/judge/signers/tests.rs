//! The search against one that remembers nothing, in all small cases; and in one that would take that one for ever.

use super::*;
use crate::{
    crypto::Suite,
    id::PersonId,
    policy::KindTag,
    record::{AgencyFunction, KeyRecord, OrgIdentifier, OrgKind, OrgProfile, Role, Roles, Stamp},
    text::Text,
    transaction::Slot,
};

/// The rule as it is written down: a need for the first signer, then for the rest, whichever comes first.
fn plainly<'a>(
    set: &'a [SignerNeed],
    signers: &[Signer<'_>],
    principal: Option<OrgId>,
    bound: &Bound,
    met: &mut Vec<(&'a SignerNeed, OrgId)>,
) -> bool {
    let Some((signer, rest)) = signers.split_first() else {
        return set.iter().all(|need| met.iter().any(|(taken, _)| *taken == need));
    };
    for need in set {
        if (!need.many && met.iter().any(|(taken, _)| *taken == need)) || !meets(need, signer, principal, bound) {
            continue;
        }
        let org = signer.slot.org;
        let alike =
            |taken: &SignerNeed| (need.who.is_agency() && taken.who.is_agency()) || (need.many && taken == need);
        if met.iter().any(|(taken, of)| alike(taken) && *of == org) {
            continue;
        }
        let principal = if need.who == Who::Principal { Some(org) } else { principal };
        met.push((need, org));
        if plainly(set, rest, principal, bound, met) {
            return true;
        }
        met.pop();
    }
    false
}

fn org(name: &str, kind: OrgKind) -> OrgRecord {
    let identifier = OrgIdentifier { scheme: Text::new("x").unwrap(), value: Text::new(name).unwrap() };
    let profile = OrgProfile { identifier, name: Text::new(name).unwrap(), kind };
    OrgRecord { profile, from: Stamp::default(), cause: None, ban: None, left: None }
}

fn key() -> KeyRecord {
    KeyRecord {
        key: [0; 32],
        org: OrgId::default(),
        person: PersonId::default(),
        name: Hash::default(),
        roles: Roles::of(&[]),
        from: Stamp::default(),
        cause: None,
        waits: None,
        end: None,
    }
}

fn slot(org: &OrgRecord, role: Role) -> Slot {
    Slot { suite: Suite::Ed25519, org: OrgId::of(&org.profile.identifier), key: KeyId::default(), role }
}

/// All lists of one to three of these.
fn lists<T: Copy + PartialEq>(of: &[T]) -> Vec<Vec<T>> {
    let mut all: Vec<Vec<T>> = of.iter().map(|one| vec![*one]).collect();
    let mut last = all.clone();
    for _ in 0..2 {
        let longer = |list: &Vec<T>| of.iter().map(|one| [&list[..], &[*one]].concat()).collect::<Vec<_>>();
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}

#[test]
fn both_ways_agree_in_all_small_cases() {
    let orgs = [
        org("firm", OrgKind::Enterprise),
        org("other", OrgKind::Enterprise),
        org("customs", OrgKind::Agency(AgencyFunction::Customs)),
    ];
    let key = key();
    let roles = [Role::Custodian, Role::Officer];
    let slots: Vec<(usize, Slot)> = (0..3).flat_map(|o| roles.map(|role| (o, slot(&orgs[o], role)))).collect();
    let need = |role, who, many| SignerNeed { role, who, many };
    let needs = [
        need(Role::Custodian, Who::Principal, false),
        need(Role::Custodian, Who::Counterpart, false),
        need(Role::Custodian, Who::Anyone, true),
        need(Role::Officer, Who::Principal, false),
        need(Role::Officer, Who::Agency(AgencyFunction::Customs), false),
        need(Role::Officer, Who::AnyAgency, true),
        need(Role::Officer, Who::Anyone, false),
    ];
    let positions: Vec<usize> = (0..slots.len()).collect();
    let mut met_at_all = 0;
    let sets: Vec<Vec<SignerNeed>> = lists(&needs).into_iter().filter(|set| differ(set)).collect();
    for positions in lists(&positions) {
        let signers: Vec<Signer<'_>> =
            positions.iter().map(|p| Signer { slot: &slots[*p].1, key: &key, org: &orgs[slots[*p].0] }).collect();
        for set in &sets {
            let bound = Bound::default();
            let (mut one, mut other) = (Vec::new(), Vec::new());
            let mut search = Search { set, signers: &signers, bound: &bound, dead: BTreeSet::new() };
            let found = search.pair(None, &mut one);
            assert_eq!(found, plainly(set, &signers, None, &bound, &mut other), "{set:?} {positions:?}");
            assert_eq!(one, other, "{set:?} {positions:?}");
            met_at_all += u32::from(found);
        }
    }
    assert!(met_at_all > 500, "{met_at_all}");
}

fn differ(set: &[SignerNeed]) -> bool {
    set.iter().enumerate().all(|(position, need)| !set[..position].contains(need))
}

/// Every choice fails at the last signer only, for no one is there who meets the last need.
#[test]
fn what_leads_nowhere_is_looked_at_once() {
    let orgs: Vec<OrgRecord> = (0..8).map(|n| org(&format!("firm {n}"), OrgKind::Enterprise)).collect();
    let slots: Vec<Slot> = orgs.iter().map(|org| slot(org, Role::Custodian)).collect();
    let key = key();
    let signers: Vec<Signer<'_>> = slots.iter().zip(&orgs).map(|(slot, org)| Signer { slot, key: &key, org }).collect();
    let need = |who, many| SignerNeed { role: Role::Custodian, who, many };
    let set = [
        need(Who::Anyone, false),
        need(Who::Anyone, true),
        need(Who::Counterpart, false),
        need(Who::Counterpart, true),
        need(Who::Kind(KindTag::Enterprise), false),
        need(Who::Kind(KindTag::Enterprise), true),
        need(Who::Principal, false),
        need(Who::AnyAgency, false),
    ];
    let bound = Bound::default();
    let mut search = Search { set: &set, signers: &signers, bound: &bound, dead: BTreeSet::new() };
    assert!(!search.pair(None, &mut Vec::new()));
    // Sets of needs, with each of nine principals, at each of eight signers: mostly far fewer.
    assert!(search.dead.len() <= 256 * 9 * 8, "{}", search.dead.len());
}
