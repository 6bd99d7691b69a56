//! The seats of the agencies: who votes, from which height, and how an agency that lost its keys gets one again.

use crate::{Judged, allowed, execute::Pack, overlay::Overlay, registry};
use ledger::{
    KeyRecord, OrgId, OrgRecord, PublicKey, Rejection, StateKey, StateRead, Text, Timestamp, TxId, Validator,
    ValidatorSet,
    crypto::peer_possession,
    genesis::{GenesisOrg, NodeClaim, seat_possession},
    operation::{Change, KeyClaim},
    record::{AgencyFunction, NodeRecord, SeatChangeRecord, ValidatorsRecord},
    state::ReadError,
};
use std::collections::BTreeSet;

fn record<S: StateRead>(overlay: &Overlay<'_, S>) -> Result<Option<ValidatorsRecord>, ReadError> {
    overlay.record(&StateKey::Validators)
}

/// Whether an organisation has a seat.
pub(crate) fn sits<S: StateRead>(overlay: &Overlay<'_, S>, org: OrgId) -> Result<bool, ReadError> {
    Ok(record(overlay)?.is_some_and(|v| v.set.validators().iter().any(|seat| seat.org == org)))
}

/// The agencies that have a seat.
pub(crate) fn seated<S: StateRead>(overlay: &Overlay<'_, S>) -> Result<Vec<OrgId>, ReadError> {
    Ok(record(overlay)?.map(|v| v.set.validators().iter().map(|seat| seat.org).collect()).unwrap_or_default())
}

/// The agency of a function that has a seat.
pub(crate) fn agency<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    function: AgencyFunction,
) -> Result<Vec<OrgId>, ReadError> {
    let Some(record) = record(overlay)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for seat in record.set.validators() {
        if overlay.org(&seat.org)?.is_some_and(|org| org.profile.kind.function() == Some(function)) {
            found.push(seat.org);
        }
    }
    Ok(found)
}

/// More than two thirds of the seats: the quorum of consensus, which no pack can change.
pub(crate) fn is_quorum<S: StateRead>(overlay: &Overlay<'_, S>, agencies: &BTreeSet<OrgId>) -> Judged<()> {
    let seats: BTreeSet<OrgId> =
        record(overlay)?.map(|v| v.set.validators().iter().map(|seat| seat.org).collect()).unwrap_or_default();
    let found = agencies.intersection(&seats).count();
    let needed = seats.len().saturating_mul(2).checked_div(3).unwrap_or(0).saturating_add(1);
    match found >= needed {
        true => Ok(Ok(())),
        false => {
            let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            Ok(Err(Rejection::QuorumMissing { found: small(found), needed: small(needed) }))
        }
    }
}

fn invalid<T>(what: &str) -> Judged<T> {
    Ok(Err(Rejection::SeatsInvalid { what: Text::new(what).unwrap_or_default() }))
}

/// Whether a change of seats may be scheduled now.
pub(crate) fn check<S: StateRead>(overlay: &mut Overlay<'_, S>, pack: &Pack, change: &Change) -> Judged<()> {
    let Some(seats) = record(overlay)? else { return invalid("there are no seats") };
    if let Some((_, from)) = &seats.next {
        return Ok(Err(Rejection::SeatsPending { from: *from }));
    }
    let (from, node) = match change {
        Change::AddAgency { org, from } => {
            allowed!(check_agency(overlay, org)?);
            (*from, org.node.as_ref().map(|node| (OrgId::of(&org.profile.identifier), node)))
        }
        Change::RemoveAgency { org, from } => {
            if !sits(overlay, *org)? {
                return invalid("the agency has no seat");
            }
            allowed!(in_other_hands(overlay, pack, &seats, *org)?);
            (*from, None)
        }
        Change::MoveSeat { org, node, from } => {
            if !sits(overlay, *org)? {
                return invalid("the agency has no seat");
            }
            (*from, Some((*org, node)))
        }
        Change::Enter(_)
        | Change::End { .. }
        | Change::InstallPack { .. }
        | Change::RecoverKey { .. }
        | Change::AdmitNetwork { .. } => {
            return invalid("it changes no seat");
        }
    };
    let earliest = overlay.at.height.saturating_add(u64::from(pack.pack.limits.seat_lead));
    if from < earliest {
        return Ok(Err(Rejection::HeightTooEarly { from, earliest }));
    }
    if let Some((org, node)) = node {
        allowed!(check_node(overlay, &org, node)?);
    }
    match set_after(&seats.set, change) {
        Some(_) => Ok(Ok(())),
        None => invalid("the seats would be none, too many or repeated"),
    }
}

fn check_agency<S: StateRead>(overlay: &mut Overlay<'_, S>, org: &GenesisOrg) -> Judged<()> {
    let id = OrgId::of(&org.profile.identifier);
    if overlay.org(&id)?.is_some_and(|known| known.left.is_none()) {
        return Ok(Err(Rejection::OrgTaken { org: id }));
    }
    if org.profile.kind.function().is_none() {
        return invalid("only agencies have seats");
    }
    if org.node.is_none() {
        return invalid("an agency brings its node");
    }
    if !org.keys.iter().any(|claim| claim.roles.has(ledger::Role::Administrator)) || org.keys.len() > 8 {
        return invalid("an agency brings 1 to 8 keys with an administrator's");
    }
    let node = org.node.iter().flat_map(|node| [node.key, node.peer]);
    let mut taken: BTreeSet<[u8; 32]> = node.collect();
    for claim in &org.keys {
        let key = allowed!(registry::check_claim(overlay, &id, claim)?);
        if !taken.insert(claim.key) {
            return Ok(Err(Rejection::KeyTaken { key }));
        }
    }
    Ok(Ok(()))
}

/// Keys of a seat are new in every use, and asked for by whoever holds them.
fn check_node<S: StateRead>(overlay: &mut Overlay<'_, S>, org: &OrgId, node: &NodeClaim) -> Judged<()> {
    let (Ok(key), Ok(peer)) = (PublicKey::from_bytes(node.key), PublicKey::from_bytes(node.peer)) else {
        return Ok(Err(Rejection::KeyUnusable));
    };
    for public in [&key, &peer] {
        let id = public.id();
        let of_own_node =
            |record: &NodeRecord| record.org == *org && record.end.is_none() && public.bytes() == &node.peer;
        let as_node: Option<NodeRecord> = overlay.record(&StateKey::Node(*public.bytes()))?;
        let taken = as_node.is_some_and(|record| !of_own_node(&record));
        if registry::votes(overlay, &id)? || overlay.key(&id)?.is_some() || taken {
            return Ok(Err(Rejection::KeyTaken { key: id }));
        }
    }
    let network = overlay.network;
    let holds = key.verify(&seat_possession(&network, org, &node.key, &node.peer), &node.possession)
        && peer.verify(&peer_possession(&network, org, &node.peer), &node.peer_possession);
    match holds {
        true => Ok(Ok(())),
        false => Ok(Err(Rejection::PossessionInvalid)),
    }
}

/// What an agency alone is competent for stays with somebody, or its leaving would make acts impossible.
fn in_other_hands<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    seats: &ValidatorsRecord,
    org: OrgId,
) -> Judged<()> {
    let function = overlay.org(&org)?.and_then(|record| record.profile.kind.function());
    let Some(function) = function else { return Ok(Ok(())) };
    for seat in seats.set.validators().iter().filter(|seat| seat.org != org) {
        if overlay.org(&seat.org)?.is_some_and(|other| other.profile.kind.function() == Some(function)) {
            return Ok(Ok(()));
        }
    }
    // "Any agency" is everybody's competence, and stays with the others.
    let own =
        |set: &ledger::policy::SignerSet| set.iter().any(|need| need.who == ledger::policy::Who::Agency(function));
    let acts = pack.pack.acts.iter().flat_map(|row| &row.any);
    let registries = pack.pack.registries.iter().flat_map(|row| row.enter.iter().chain(&row.end));
    let grants = pack.pack.grants.iter().flat_map(|row| row.apply.iter().chain(&row.decide));
    match acts.chain(registries).chain(grants).any(own) {
        true => Ok(Err(Rejection::FunctionUncovered { function })),
        false => Ok(Ok(())),
    }
}

fn seat(org: OrgId, node: &NodeClaim) -> Option<Validator> {
    Some(Validator { key: PublicKey::from_bytes(node.key).ok()?, org, peer: node.peer })
}

/// The set after a change; none where it would be no set.
fn set_after(set: &ValidatorSet, change: &Change) -> Option<ValidatorSet> {
    let others = |org: &OrgId| set.validators().iter().filter(|seat| seat.org != *org).cloned().collect::<Vec<_>>();
    let seats = match change {
        Change::AddAgency { org, from: _ } => {
            let id = OrgId::of(&org.profile.identifier);
            let mut seats = others(&id);
            seats.push(seat(id, org.node.as_ref()?)?);
            seats
        }
        Change::RemoveAgency { org, from: _ } => others(org),
        Change::MoveSeat { org, node, from: _ } => {
            let mut seats = others(org);
            seats.push(seat(*org, node)?);
            seats
        }
        Change::Enter(_)
        | Change::End { .. }
        | Change::InstallPack { .. }
        | Change::RecoverKey { .. }
        | Change::AdmitNetwork { .. } => return None,
    };
    ValidatorSet::new(seats).ok()
}

/// Schedules a change of seats that has been checked.
pub(crate) fn schedule<S: StateRead>(overlay: &mut Overlay<'_, S>, change: &Change, tx: TxId) -> Result<(), ReadError> {
    let Some(seats) = record(overlay)? else { return Ok(()) };
    let at = overlay.at;
    let from = match change {
        Change::AddAgency { org, from } => {
            let id = OrgId::of(&org.profile.identifier);
            let profile = org.profile.clone();
            overlay.put_org(id, OrgRecord { profile, from: at, cause: Some(tx), ban: None, left: None });
            for claim in &org.keys {
                put_key(overlay, id, claim, None, tx);
            }
            if let Some(node) = &org.node {
                overlay.put(StateKey::Node(node.peer), &NodeRecord { org: id, from: at, cause: Some(tx), end: None });
            }
            *from
        }
        Change::RemoveAgency { org, from } => {
            if let Some(record) = overlay.org(org)? {
                overlay.put_org(*org, OrgRecord { left: Some(at), ..record });
            }
            *from
        }
        Change::MoveSeat { org, node, from } => {
            overlay.put(StateKey::Node(node.peer), &NodeRecord { org: *org, from: at, cause: Some(tx), end: None });
            *from
        }
        Change::Enter(_)
        | Change::End { .. }
        | Change::InstallPack { .. }
        | Change::RecoverKey { .. }
        | Change::AdmitNetwork { .. } => return Ok(()),
    };
    if let Some(set) = set_after(&seats.set, change) {
        overlay.put(StateKey::Validators, &ValidatorsRecord { next: Some((set, from)), ..seats });
    }
    Ok(())
}

/// Seats that were voted take force: after the block before their first one, which still names them.
pub(crate) fn promote<S: StateRead>(overlay: &mut Overlay<'_, S>) -> Result<Option<ValidatorsRecord>, ReadError> {
    let Some(seats) = record(overlay)? else { return Ok(None) };
    let height = overlay.at.height;
    let (set, from) = match &seats.next {
        Some((set, from)) if *from <= height.saturating_add(1) => (set.clone(), *from),
        Some(_) | None => return Ok(Some(seats)),
    };
    let changes = seats.changes.saturating_add(1);
    overlay.put(StateKey::SeatChange(changes), &SeatChangeRecord { height, signed: seats.set.clone() });
    let now = ValidatorsRecord { set, from, previous: Some(seats.set), next: None, changes };
    overlay.put(StateKey::Validators, &now);
    Ok(Some(now))
}

/// Whether an agency may get a key again.
pub(crate) fn check_recovery<S: StateRead>(overlay: &mut Overlay<'_, S>, org: &OrgId, claim: &KeyClaim) -> Judged<()> {
    match overlay.org(org)? {
        Some(record) if record.profile.kind.function().is_some() && record.left.is_none() => {}
        Some(_) | None => return Ok(Err(Rejection::OrgUnknown { org: *org })),
    }
    if !claim.roles.has(ledger::Role::Administrator) {
        return invalid("the key is an administrator's");
    }
    allowed!(registry::check_claim(overlay, org, claim)?);
    Ok(Ok(()))
}

/// An administrator's key that waits; until then any administrator of the agency can end it.
pub(crate) fn recover<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    org: OrgId,
    claim: &KeyClaim,
    waits: Timestamp,
    tx: TxId,
) -> Result<(), ReadError> {
    put_key(overlay, org, claim, Some(waits), tx);
    Ok(())
}

fn put_key<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    org: OrgId,
    claim: &KeyClaim,
    waits: Option<Timestamp>,
    tx: TxId,
) {
    let record = KeyRecord {
        key: claim.key,
        org,
        person: claim.person,
        name: claim.name,
        roles: claim.roles,
        from: overlay.at,
        cause: Some(tx),
        waits,
        end: None,
    };
    overlay.put_key(ledger::KeyId::of_ed25519(&claim.key), record);
}
