//! Acts on organisations, keys, nodes and classes.

use crate::{
    Judged, allowed, audit,
    execute::{Act, Pack},
    lookup,
    overlay::Overlay,
};
use ledger::{
    ClassId, Hash, KeyId, KeyRecord, Operation, OrgId, OrgRecord, Outcome, Rejection, StateKey, StateRead, TxId,
    block::FeedEntry,
    bounds::MAX_HS_PER_CLASS,
    crypto::{Signature, peer_possession, possession_message},
    judge::{self, Signer, Target},
    operation::{KeyClaim, Registry, Subject},
    record::{
        ClassProfile, ClassRecord, HsAssertion, KeyEnd, KeyEndReason, NodeRecord, OrgProfile, SealKeyRecord,
        ValidatorsRecord,
    },
    state::ReadError,
};
use std::collections::BTreeSet;

pub(crate) fn judge<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
) -> Judged<Outcome> {
    let operation = &act.tx.body.operation;
    let target = allowed!(target(overlay, operation)?);
    let about = Target { org: target.as_ref().map(|(id, record)| (id, record)) };
    allowed!(judge::authorise_under(&pack.pack, pack.hash, operation, signers, about).map(|_| ()));
    match operation {
        Operation::RegisterOrg { profile } => allowed!(register_org(overlay, profile, act.id)?),
        Operation::RegisterKey { org, claim } => allowed!(register_key(overlay, *org, claim, act.id)?),
        Operation::RotateKey { old, claim } => allowed!(rotate_key(overlay, old, claim, act.id)?),
        Operation::EndKey { key, reason } => allowed!(end_key(overlay, key, *reason, act.id)?),
        Operation::RegisterNode { org, peer, possession } => {
            allowed!(register_node(overlay, *org, peer, possession, act.id)?)
        }
        Operation::EndNode { peer, reason } => allowed!(end_node(overlay, peer, *reason, act.id)?),
        Operation::RegisterClass { profile } => allowed!(register_class(overlay, pack, profile, act.id)?),
        Operation::AssertHs { class, hs } => allowed!(assert_hs(overlay, class, hs, act.id)?),
        Operation::SetSealKey { org, key } => allowed!(set_seal_key(overlay, *org, *key, act.id)?),
        _ => return Ok(Err(Rejection::SignersWrong { act: operation.act() })),
    }
    let mut touched: BTreeSet<OrgId> = signers.iter().map(|s| s.slot.org).collect();
    touched.extend(target.as_ref().map(|(id, _)| *id));
    let what = target.map_or_else(String::new, |(id, _)| format!("org {id}"));
    audit::record(overlay, act, signers, &what)?;
    for org in touched {
        overlay.feed(org, &FeedEntry::Done(act.id));
    }
    Ok(Ok(Outcome::Accepted { events: Vec::new() }))
}

/// The organisation that the operation is about.
fn target<S: StateRead>(overlay: &mut Overlay<'_, S>, operation: &Operation) -> Judged<Option<(OrgId, OrgRecord)>> {
    let org = match operation {
        Operation::RegisterKey { org, .. }
        | Operation::RegisterNode { org, .. }
        | Operation::SetSealKey { org, .. } => *org,
        Operation::RotateKey { old: key, .. } | Operation::EndKey { key, .. } => match overlay.key(key)? {
            Some(record) => record.org,
            None => return Ok(Err(Rejection::KeyUnknown { key: *key })),
        },
        Operation::EndNode { peer, .. } => match overlay.record::<NodeRecord>(&StateKey::Node(*peer))? {
            Some(record) => record.org,
            None => return Ok(Err(Rejection::NodeUnknown)),
        },
        _ => return Ok(Ok(None)),
    };
    match overlay.org(&org)? {
        Some(record) => Ok(Ok(Some((org, record)))),
        None => Ok(Err(Rejection::OrgUnknown { org })),
    }
}

fn register_org<S: StateRead>(overlay: &mut Overlay<'_, S>, profile: &OrgProfile, tx: TxId) -> Judged<()> {
    let id = OrgId::of(&profile.identifier);
    if overlay.org(&id)?.is_some() {
        return Ok(Err(Rejection::OrgTaken { org: id }));
    }
    if profile.kind.function().is_some() {
        return Ok(Err(Rejection::AgencyByRegistration));
    }
    let record = OrgRecord { profile: profile.clone(), from: overlay.at, cause: Some(tx), ban: None, left: None };
    overlay.put_org(id, record);
    Ok(Ok(()))
}

fn register_key<S: StateRead>(overlay: &mut Overlay<'_, S>, org: OrgId, claim: &KeyClaim, tx: TxId) -> Judged<()> {
    let id = allowed!(check_claim(overlay, &org, claim)?);
    let record = KeyRecord {
        key: claim.key,
        org,
        person: claim.person,
        name: claim.name,
        roles: claim.roles,
        from: overlay.at,
        cause: Some(tx),
        waits: None,
        end: None,
    };
    overlay.put_key(id, record);
    Ok(Ok(()))
}

/// A key belongs to one person, one organisation and one use: it must be usable, new in every use, and asked for by
/// whoever holds it.
pub(crate) fn check_claim<S: StateRead>(overlay: &mut Overlay<'_, S>, org: &OrgId, claim: &KeyClaim) -> Judged<KeyId> {
    let key = allowed!(judge::usable_key(&claim.key));
    let id = key.id();
    if votes(overlay, &id)? || overlay.key(&id)?.is_some() || overlay.exists(&StateKey::Node(claim.key))? {
        return Ok(Err(Rejection::KeyTaken { key: id }));
    }
    let message = possession_message(&overlay.network, org, &claim.person, &claim.key);
    if !key.verify(&message, &claim.possession) {
        return Ok(Err(Rejection::PossessionInvalid));
    }
    // A ban is on the person, whatever key it takes next (R18).
    match lookup::in_force(overlay, Registry::PersonBan, &Subject::Person(claim.person), 0)? {
        Some(_) => Ok(Err(Rejection::PersonBanned)),
        None => Ok(Ok(id)),
    }
}

/// Whether an agency votes with this key.
pub(crate) fn votes<S: StateRead>(overlay: &Overlay<'_, S>, key: &KeyId) -> Result<bool, ReadError> {
    let validators: Option<ValidatorsRecord> = overlay.record(&StateKey::Validators)?;
    let sits = |v: ValidatorsRecord| {
        [Some(&v.set), v.next.as_ref().map(|(set, _)| set)].into_iter().flatten().any(|s| s.by_key(key).is_some())
    };
    Ok(validators.is_some_and(sits))
}

fn rotate_key<S: StateRead>(overlay: &mut Overlay<'_, S>, old: &KeyId, claim: &KeyClaim, tx: TxId) -> Judged<()> {
    let Some(before) = overlay.key(old)?.filter(|k| k.end.is_none()) else {
        return Ok(Err(Rejection::KeyUnknown { key: *old }));
    };
    if claim.person != before.person || claim.roles != before.roles {
        return Ok(Err(Rejection::RotationChanges));
    }
    allowed!(register_key(overlay, before.org, claim, tx)?);
    let end = KeyEnd { at: overlay.at, reason: KeyEndReason::Retired, cause: tx };
    overlay.put_key(*old, KeyRecord { end: Some(end), ..before });
    Ok(Ok(()))
}

fn end_key<S: StateRead>(overlay: &mut Overlay<'_, S>, key: &KeyId, reason: KeyEndReason, tx: TxId) -> Judged<()> {
    // A ban is an entry of its registry, with its signers; ending a key makes none.
    if reason == KeyEndReason::Banned {
        return Ok(Err(Rejection::SignersWrong { act: ledger::Act::EndKey }));
    }
    // A key that retired may turn out to be compromised; nothing else follows an end.
    let can_end = |record: &KeyRecord| match &record.end {
        None => true,
        Some(end) => end.reason == KeyEndReason::Retired && reason == KeyEndReason::Compromised,
    };
    let Some(record) = overlay.key(key)?.filter(can_end) else {
        return Ok(Err(Rejection::KeyUnknown { key: *key }));
    };
    let end = KeyEnd { at: overlay.at, reason, cause: tx };
    overlay.put_key(*key, KeyRecord { end: Some(end), ..record });
    Ok(Ok(()))
}

/// A transport identity is held to the same rules as a person's key.
fn register_node<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    org: OrgId,
    peer: &[u8; 32],
    possession: &Signature,
    tx: TxId,
) -> Judged<()> {
    let key = allowed!(judge::usable_key(peer));
    let id = key.id();
    if votes(overlay, &id)? || overlay.exists(&StateKey::Node(*peer))? || overlay.key(&id)?.is_some() {
        return Ok(Err(Rejection::NodeTaken));
    }
    if !key.verify(&peer_possession(&overlay.network, &org, peer), possession) {
        return Ok(Err(Rejection::PossessionInvalid));
    }
    let record = NodeRecord { org, from: overlay.at, cause: Some(tx), end: None };
    overlay.put(StateKey::Node(*peer), &record);
    Ok(Ok(()))
}

fn end_node<S: StateRead>(overlay: &mut Overlay<'_, S>, peer: &[u8; 32], reason: KeyEndReason, tx: TxId) -> Judged<()> {
    if reason == KeyEndReason::Banned {
        return Ok(Err(Rejection::SignersWrong { act: ledger::Act::EndNode }));
    }
    let validators: Option<ValidatorsRecord> = overlay.record(&StateKey::Validators)?;
    let sits = |v: ValidatorsRecord| {
        let sets = [Some(&v.set), v.next.as_ref().map(|(set, _)| set)];
        sets.into_iter().flatten().any(|set| set.validators().iter().any(|seat| seat.peer == *peer))
    };
    if validators.is_some_and(sits) {
        return Ok(Err(Rejection::NodeIsValidator));
    }
    match overlay.record::<NodeRecord>(&StateKey::Node(*peer))?.filter(|n| n.end.is_none()) {
        Some(record) => {
            let end = KeyEnd { at: overlay.at, reason, cause: tx };
            overlay.put(StateKey::Node(*peer), &NodeRecord { end: Some(end), ..record });
            Ok(Ok(()))
        }
        None => Ok(Err(Rejection::NodeUnknown)),
    }
}

/// Nobody proves that he can open what is sealed to it: who publishes a key that he does not have cannot read.
fn set_seal_key<S: StateRead>(overlay: &mut Overlay<'_, S>, org: OrgId, key: [u8; 32], tx: TxId) -> Judged<()> {
    let before: Option<SealKeyRecord> = overlay.record(&StateKey::SealKey(org))?;
    let (in_force, number) = before.map_or(([0; 32], 0), |record| (record.key, record.number));
    if key == in_force {
        return Ok(Err(Rejection::SealKeyTaken));
    }
    let record = SealKeyRecord { key, number: number.saturating_add(1), from: overlay.at, cause: tx };
    overlay.put(StateKey::SealKey(org), &record);
    Ok(Ok(()))
}

fn register_class<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    profile: &ClassProfile,
    tx: TxId,
) -> Judged<()> {
    let id = ClassId::of(&profile.code);
    if overlay.class(&id)?.is_some() {
        return Ok(Err(Rejection::ClassTaken));
    }
    if pack.pack.grade(&profile.grade).is_none() {
        return Ok(Err(Rejection::GradeUnknown { grade: profile.grade.clone() }));
    }
    overlay.put_class(id, class_record(profile, overlay.at, Some(tx)));
    Ok(Ok(()))
}

fn assert_hs<S: StateRead>(overlay: &mut Overlay<'_, S>, class: &ClassId, hs: &gs1::HsCode, tx: TxId) -> Judged<()> {
    let Some(mut record) = overlay.class(class)? else {
        return Ok(Err(Rejection::ClassUnknown));
    };
    if record.hs_in_force().any(|in_force| in_force == hs) {
        return Ok(Err(Rejection::HsInForce));
    }
    if record.hs.len() >= MAX_HS_PER_CLASS {
        return Ok(Err(Rejection::HsFull));
    }
    record.hs.push(HsAssertion { hs: hs.clone(), at: overlay.at, cause: Some(tx) });
    overlay.put_class(*class, record);
    Ok(Ok(()))
}

pub(crate) fn class_record(profile: &ClassProfile, at: ledger::record::Stamp, cause: Option<TxId>) -> ClassRecord {
    let ClassProfile { code, name, category, grade, hgr, hs } = profile.clone();
    let hs = vec![HsAssertion { hs, at, cause }];
    ClassRecord { code, name, category, grade, hgr, hs, from: at, cause }
}

/// Head of the chain of registrations under a code.
pub(crate) fn code_head(previous: &Hash, item: &ledger::ItemId) -> Hash {
    Hash::of_pair(&ledger::tag::CODE_HEAD, previous, &item.0)
}
