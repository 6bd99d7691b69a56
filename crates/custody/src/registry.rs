//! Acts on organisations, keys, nodes and classes.

use crate::{
    execute::{Act, Pack},
    overlay::Overlay,
};
use ledger::{
    ClassId, Hash, KeyId, KeyRecord, Operation, OrgId, OrgRecord, Outcome, Rejection, StateKey, StateRead, TxId,
    block::FeedEntry,
    bounds::MAX_HS_PER_CLASS,
    crypto::{Signature, peer_possession, possession_message},
    judge::{self, Signer, Target},
    operation::KeyClaim,
    record::{ClassProfile, ClassRecord, HsAssertion, KeyEnd, KeyEndReason, NodeRecord, OrgProfile, ValidatorsRecord},
    state::ReadError,
};
use std::collections::BTreeSet;

type Judged<T> = Result<Result<T, Rejection>, ReadError>;

/// `?` for the node's fault and an early return for the rule's refusal.
macro_rules! allow {
    ($judged:expr) => {
        match $judged {
            Ok(value) => value,
            Err(rejection) => return Ok(Err(rejection)),
        }
    };
}

pub(crate) fn judge<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
) -> Judged<Outcome> {
    let operation = &act.tx.body.operation;
    let target = allow!(target(overlay, operation)?);
    let about = Target { org: target.as_ref().map(|(id, record)| (id, record)) };
    allow!(judge::authorise_under(&pack.pack, pack.hash, operation, signers, about).map(|_| ()));
    match operation {
        Operation::RegisterOrg { profile } => allow!(register_org(overlay, profile, act.id)?),
        Operation::RegisterKey { org, claim } => allow!(register_key(overlay, *org, claim, act.id)?),
        Operation::RotateKey { old, claim } => allow!(rotate_key(overlay, old, claim, act.id)?),
        Operation::EndKey { key, reason } => allow!(end_key(overlay, key, *reason, act.id)?),
        Operation::RegisterNode { org, peer, possession } => {
            allow!(register_node(overlay, *org, peer, possession, act.id)?)
        }
        Operation::EndNode { peer, reason } => allow!(end_node(overlay, peer, *reason, act.id)?),
        Operation::RegisterClass { profile } => allow!(register_class(overlay, pack, profile, act.id)?),
        Operation::AssertHs { class, hs } => allow!(assert_hs(overlay, class, hs, act.id)?),
        Operation::Register { .. }
        | Operation::Declare { .. }
        | Operation::Inspect { .. }
        | Operation::Release { .. }
        | Operation::Offer { .. }
        | Operation::Accept { .. }
        | Operation::Refuse { .. }
        | Operation::Withdraw { .. }
        | Operation::Handover { .. }
        | Operation::Use { .. }
        | Operation::Dispose { .. }
        | Operation::PlaceHold { .. }
        | Operation::LiftHold { .. } => return Ok(Err(Rejection::SignersWrong { act: operation.act() })),
    }
    let mut touched: BTreeSet<OrgId> = signers.iter().map(|s| s.slot.org).collect();
    touched.extend(target.map(|(id, _)| id));
    for org in touched {
        overlay.feed(org, &FeedEntry::Done(act.id));
    }
    Ok(Ok(Outcome::Accepted { events: Vec::new() }))
}

/// The organisation that the operation is about.
fn target<S: StateRead>(overlay: &mut Overlay<'_, S>, operation: &Operation) -> Judged<Option<(OrgId, OrgRecord)>> {
    let org = match operation {
        Operation::RegisterKey { org, .. } | Operation::RegisterNode { org, .. } => *org,
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
    let record = OrgRecord { profile: profile.clone(), from: overlay.at, cause: Some(tx) };
    overlay.put_org(id, record);
    Ok(Ok(()))
}

fn register_key<S: StateRead>(overlay: &mut Overlay<'_, S>, org: OrgId, claim: &KeyClaim, tx: TxId) -> Judged<()> {
    let id = allow!(check_claim(overlay, &org, claim)?);
    let record = KeyRecord {
        key: claim.key,
        org,
        person: claim.person,
        name: claim.name,
        roles: claim.roles,
        from: overlay.at,
        cause: Some(tx),
        end: None,
    };
    overlay.put_key(id, record);
    Ok(Ok(()))
}

/// A key belongs to one person, one organisation and one use: it must be usable, new in every use, and asked for by
/// whoever holds it.
fn check_claim<S: StateRead>(overlay: &mut Overlay<'_, S>, org: &OrgId, claim: &KeyClaim) -> Judged<KeyId> {
    let key = allow!(judge::usable_key(&claim.key));
    let id = key.id();
    if votes(overlay, &id)? || overlay.key(&id)?.is_some() || overlay.exists(&StateKey::Node(claim.key))? {
        return Ok(Err(Rejection::KeyTaken { key: id }));
    }
    let message = possession_message(&overlay.network, org, &claim.person, &claim.key);
    match key.verify(&message, &claim.possession) {
        true => Ok(Ok(id)),
        false => Ok(Err(Rejection::PossessionInvalid)),
    }
}

/// Whether an agency votes with this key.
fn votes<S: StateRead>(overlay: &Overlay<'_, S>, key: &KeyId) -> Result<bool, ReadError> {
    let validators: Option<ValidatorsRecord> = overlay.record(&StateKey::Validators)?;
    Ok(validators.is_some_and(|v| v.set.by_key(key).is_some()))
}

fn rotate_key<S: StateRead>(overlay: &mut Overlay<'_, S>, old: &KeyId, claim: &KeyClaim, tx: TxId) -> Judged<()> {
    let Some(before) = overlay.key(old)?.filter(|k| k.end.is_none()) else {
        return Ok(Err(Rejection::KeyUnknown { key: *old }));
    };
    if claim.person != before.person || claim.roles != before.roles {
        return Ok(Err(Rejection::RotationChanges));
    }
    allow!(register_key(overlay, before.org, claim, tx)?);
    let end = KeyEnd { at: overlay.at, reason: KeyEndReason::Retired, cause: tx };
    overlay.put_key(*old, KeyRecord { end: Some(end), ..before });
    Ok(Ok(()))
}

fn end_key<S: StateRead>(overlay: &mut Overlay<'_, S>, key: &KeyId, reason: KeyEndReason, tx: TxId) -> Judged<()> {
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
    let key = allow!(judge::usable_key(peer));
    let id = key.id();
    if votes(overlay, &id)? || overlay.exists(&StateKey::Node(*peer))? || overlay.key(&id)?.is_some() {
        return Ok(Err(Rejection::NodeTaken));
    }
    if !key.verify(&peer_possession(&overlay.network, &org, peer), possession) {
        return Ok(Err(Rejection::PossessionInvalid));
    }
    let record = NodeRecord { org, from: overlay.at, cause: Some(tx), end: None };
    overlay.writes.put(StateKey::Node(*peer), &record);
    Ok(Ok(()))
}

fn end_node<S: StateRead>(overlay: &mut Overlay<'_, S>, peer: &[u8; 32], reason: KeyEndReason, tx: TxId) -> Judged<()> {
    let validators: Option<ValidatorsRecord> = overlay.record(&StateKey::Validators)?;
    if validators.is_some_and(|v| v.set.validators().iter().any(|seat| seat.peer == *peer)) {
        return Ok(Err(Rejection::NodeIsValidator));
    }
    match overlay.record::<NodeRecord>(&StateKey::Node(*peer))?.filter(|n| n.end.is_none()) {
        Some(record) => {
            let end = KeyEnd { at: overlay.at, reason, cause: tx };
            overlay.writes.put(StateKey::Node(*peer), &NodeRecord { end: Some(end), ..record });
            Ok(Ok(()))
        }
        None => Ok(Err(Rejection::NodeUnknown)),
    }
}

fn register_class<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    profile: &ClassProfile,
    tx: TxId,
) -> Judged<()> {
    let key = StateKey::Class(ClassId::of(&profile.code));
    if overlay.exists(&key)? {
        return Ok(Err(Rejection::ClassTaken));
    }
    if !pack.pack.grades.contains(&profile.grade) {
        return Ok(Err(Rejection::GradeUnknown { grade: profile.grade.clone() }));
    }
    overlay.writes.put(key, &class_record(profile, overlay.at, Some(tx)));
    Ok(Ok(()))
}

fn assert_hs<S: StateRead>(overlay: &mut Overlay<'_, S>, class: &ClassId, hs: &gs1::HsCode, tx: TxId) -> Judged<()> {
    let key = StateKey::Class(*class);
    let Some(mut record) = overlay.record::<ClassRecord>(&key)? else {
        return Ok(Err(Rejection::ClassUnknown));
    };
    if record.hs_in_force().any(|in_force| in_force == hs) {
        return Ok(Err(Rejection::HsInForce));
    }
    if record.hs.len() >= MAX_HS_PER_CLASS {
        return Ok(Err(Rejection::HsFull));
    }
    record.hs.push(HsAssertion { hs: hs.clone(), at: overlay.at, cause: Some(tx) });
    overlay.writes.put(key, &record);
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
