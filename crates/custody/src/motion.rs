//! Motions: changes that all who must have signed make together, in one transaction or approval by approval.
//!
//! One judgement for both roads: an enactment has all slots in one cosigned transaction; a proposal collects them, and is
//! judged anew with every approval, by the keys and organisations as they are then.

use crate::{
    Judged, allowed, audit, entries,
    execute::{Act, Pack},
    lookup::{self, plus_days},
    networks,
    overlay::Overlay,
    seats,
};
use ledger::{
    KeyRecord, Operation, OrgId, OrgRecord, Rejection, Role, Slot, StateKey, StateRead, Text, Timestamp, TxId,
    bounds::MAX_APPROVALS,
    crypto::Suite,
    event::Decision,
    judge::{self, Moment, Signer},
    operation::{Change, Motion, Subject},
    policy::{KindTag, Rule, SignerNeed, SignerSet, Who, shift},
    record::{Due, EntryEnd, PackInForce, ProposalRecord, ProposalState, Signed, Stamp},
    state::ReadError,
};
use std::collections::BTreeSet;

/// Who must sign a motion.
enum Needs {
    /// One of these alternatives, as a row of a registry has them.
    Sets { sets: Vec<SignerSet>, rule: Rule },
    /// More than two thirds of the agencies, and each of these.
    Quorum { each: Vec<OrgId>, without: Option<OrgId>, observer: bool },
    /// The administrator of the agency itself.
    Own(OrgId),
}

/// Judges an act on motions; gives the organisations that it touches.
pub(crate) fn judge<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
) -> Judged<Vec<OrgId>> {
    let orgs = match &act.tx.body.operation {
        Operation::Enact { motion } => {
            let by = signed(signers, act.id);
            let needs = allowed!(needs(overlay, pack, motion)?);
            allowed!(check(overlay, pack, motion)?);
            allowed!(complete(overlay, pack, &needs, &by, ledger::Act::Enact)?);
            allowed!(enact(overlay, pack, motion, &by, act.id, &needs)?);
            concerned(motion)
        }
        Operation::Propose { motion, until } => allowed!(propose(overlay, pack, act, signers, motion, *until)?),
        Operation::Approve { proposal } => allowed!(approve(overlay, pack, act, signers, *proposal)?),
        Operation::Retract { proposal } => allowed!(retract(overlay, signers, *proposal)?),
        other => return Ok(Err(Rejection::SignersWrong { act: other.act() })),
    };
    audit::record(overlay, act, signers, act.tx.body.operation.act().name())?;
    Ok(Ok(orgs))
}

fn signed(signers: &[Signer<'_>], tx: TxId) -> Vec<Signed> {
    let of = |s: &Signer<'_>| Signed { org: s.slot.org, key: s.slot.key, role: s.slot.role, tx };
    signers.iter().map(of).collect()
}

/// Organisations that the changes are about.
fn concerned(motion: &Motion) -> Vec<OrgId> {
    let of = |change: &Change| match change {
        Change::Enter(entry) => crate::due::of_subject(&entry.subject),
        Change::AddAgency { org, from: _ } => Some(OrgId::of(&org.profile.identifier)),
        Change::RemoveAgency { org, from: _ } | Change::MoveSeat { org, .. } | Change::RecoverKey { org, .. } => {
            Some(*org)
        }
        Change::End { .. } | Change::InstallPack { .. } | Change::AdmitNetwork { .. } => None,
    };
    motion.changes.iter().filter_map(of).collect()
}

/// The rule by which a motion is judged: that of its registry, else R33.
pub(crate) fn rule<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    operation: &Operation,
) -> Result<Rule, ReadError> {
    let motion = match operation {
        Operation::Enact { motion } | Operation::Propose { motion, .. } => motion.clone(),
        Operation::Approve { proposal } | Operation::Retract { proposal } => {
            match overlay.record::<ProposalRecord>(&StateKey::Proposal(*proposal))? {
                Some(record) => record.motion,
                None => return Ok(Rule::NONE),
            }
        }
        Operation::Pause { grant, .. }
        | Operation::Resume { grant }
        | Operation::Decide { grant, .. }
        | Operation::Cancel { grant, .. } => {
            let row = overlay.grant(grant)?.and_then(|g| pack.pack.grant(g.application.kind));
            return Ok(row.map_or(Rule::NONE, |row| row.rule));
        }
        _ => return Ok(Rule::NONE),
    };
    Ok(match needs(overlay, pack, &motion)? {
        Ok(Needs::Sets { sets: _, rule }) => rule,
        Ok(Needs::Quorum { .. } | Needs::Own(_)) | Err(_) => Rule(33),
    })
}

/// Who must sign: all changes of a motion ask for the same.
fn needs<S: StateRead>(overlay: &mut Overlay<'_, S>, pack: &Pack, motion: &Motion) -> Judged<Needs> {
    let mut of_all: Option<Needs> = None;
    for change in &motion.changes {
        let needs = allowed!(needs_of(overlay, pack, change)?);
        of_all = match (of_all, needs) {
            (None, needs) => Some(needs),
            (Some(Needs::Sets { sets, rule }), Needs::Sets { sets: others, rule: _ }) if sets == others => {
                Some(Needs::Sets { sets, rule })
            }
            (Some(_), _) => return Ok(Err(Rejection::MotionMixed)),
        };
    }
    Ok(of_all.ok_or(Rejection::MotionMixed))
}

fn needs_of<S: StateRead>(overlay: &mut Overlay<'_, S>, pack: &Pack, change: &Change) -> Judged<Needs> {
    Ok(Ok(match change {
        Change::Enter(entry) => {
            let registry = entry.registry;
            let missing = || {
                let what = Text::new("the rules have no such registry").unwrap_or_default();
                Rejection::EntryInvalid { registry, what }
            };
            let row = allowed!(pack.pack.registry(registry).ok_or_else(missing));
            Needs::Sets { sets: row.enter.clone(), rule: row.rule }
        }
        Change::End { place, n, .. } => {
            let entry = allowed!(entries::open(overlay, *place, *n)?);
            let row = allowed!(pack.pack.registry(entry.entry.registry).ok_or(Rejection::EntryUnknown));
            Needs::Sets { sets: row.end.clone(), rule: row.rule }
        }
        Change::InstallPack { pack: new, from: _ } => {
            let mut each = Vec::new();
            for (function, _) in shift(&pack.pack, new) {
                each.extend(seats::agency(overlay, function)?);
            }
            Needs::Quorum { each, without: None, observer: false }
        }
        Change::AddAgency { .. } => Needs::Quorum { each: Vec::new(), without: None, observer: false },
        Change::RemoveAgency { org, from: _ } => {
            Needs::Quorum { each: Vec::new(), without: Some(*org), observer: false }
        }
        Change::RecoverKey { org, claim: _ } => Needs::Quorum { each: Vec::new(), without: Some(*org), observer: true },
        Change::MoveSeat { org, .. } => Needs::Own(*org),
        // What another network says is to be believed by all or by none.
        Change::AdmitNetwork { .. } => Needs::Quorum { each: seats::seated(overlay)?, without: None, observer: false },
    }))
}

/// Whether every change may be made now, whoever signs.
fn check<S: StateRead>(overlay: &mut Overlay<'_, S>, pack: &Pack, motion: &Motion) -> Judged<()> {
    for change in &motion.changes {
        match change {
            Change::Enter(entry) => allowed!(entries::check_new(overlay, pack, entry)?),
            Change::End { place, n, .. } => drop(allowed!(entries::open(overlay, *place, *n)?)),
            Change::InstallPack { pack: new, from } => allowed!(check_pack(overlay, pack, new, *from)?),
            Change::AddAgency { .. } | Change::RemoveAgency { .. } | Change::MoveSeat { .. } => {
                allowed!(seats::check(overlay, pack, change)?)
            }
            Change::RecoverKey { org, claim } => allowed!(seats::check_recovery(overlay, org, claim)?),
            Change::AdmitNetwork { network, height, .. } => allowed!(networks::check(overlay, *network, *height)?),
        }
    }
    Ok(Ok(()))
}

fn check_pack<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    new: &ledger::PolicyPack,
    from: u64,
) -> Judged<()> {
    let invalid = |what: String| {
        let what: String = what.chars().filter(|c| !c.is_control()).take(40).collect();
        Ok(Err(Rejection::PackInvalid { what: Text::new(what).unwrap_or_default() }))
    };
    if let Err(error) = new.check() {
        return invalid(error.to_string());
    }
    if new.hash() == pack.hash {
        return invalid("it is in force".into());
    }
    let in_force: Option<PackInForce> = overlay.record(&StateKey::PackInForce)?;
    if in_force.is_some_and(|record| record.next.is_some()) {
        return invalid("another pack is scheduled".into());
    }
    let earliest = overlay.at.height.saturating_add(u64::from(pack.pack.limits.pack_lead));
    match from < earliest {
        true => Ok(Err(Rejection::HeightTooEarly { from, earliest })),
        false => Ok(Ok(())),
    }
}

/// Whether the approvals are all that is needed.
fn complete<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    needs: &Needs,
    approvals: &[Signed],
    act: ledger::Act,
) -> Judged<()> {
    let records = records(overlay, approvals)?;
    let slots: Vec<Slot> = records.iter().map(|(signed, _, _)| slot(signed)).collect();
    let signers: Vec<Signer<'_>> =
        slots.iter().zip(&records).map(|(slot, (_, key, org))| Signer { slot, key, org }).collect();
    match needs {
        Needs::Sets { sets, rule: _ } => {
            for expert in signers.iter().filter(|s| s.slot.role == Role::Expert) {
                allowed!(lookup::expert(overlay, pack, expert.key.person)?);
            }
            allowed!(meet(act, sets, &signers));
        }
        Needs::Own(org) => {
            let own = |s: &Signer<'_>| s.slot.org == *org && s.slot.role == Role::Administrator;
            if !matches!(signers.as_slice(), [one] if own(one)) {
                return Ok(Err(Rejection::SignersWrong { act }));
            }
        }
        Needs::Quorum { each, without, observer } => {
            let is_observer =
                |s: &Signer<'_>| s.org.profile.kind.name() == KindTag::Observer.name() && s.slot.role == Role::Officer;
            let mut agencies = BTreeSet::new();
            for signer in &signers {
                let counts = signer.slot.role == Role::Officer && Some(signer.slot.org) != *without;
                match (signer.org.profile.kind.function().is_some() && counts, is_observer(signer) && *observer) {
                    (true, _) => drop(agencies.insert(signer.slot.org)),
                    (false, true) => {}
                    (false, false) => return Ok(Err(Rejection::NotCompetent { act, org: signer.slot.org })),
                }
            }
            if *observer && !signers.iter().any(is_observer) {
                return Ok(Err(Rejection::SignersWrong { act }));
            }
            allowed!(seats::is_quorum(overlay, &agencies)?);
            if let Some(missing) = each.iter().find(|org| !agencies.contains(org)) {
                let function = overlay.org(missing)?.and_then(|org| org.profile.kind.function());
                let function = function.unwrap_or(ledger::record::AgencyFunction::Customs);
                return Ok(Err(Rejection::AgencyMissing { function }));
            }
        }
    }
    Ok(Ok(()))
}

/// In one transaction the signers are an alternative, exactly; of approvals that came one by one those count that the
/// alternative asks for.
fn meet(act: ledger::Act, sets: &[SignerSet], signers: &[Signer<'_>]) -> Result<(), Rejection> {
    let exact = judge::meet_any(act, sets, signers, None, None).map(|_| ());
    if act != ledger::Act::Approve || exact.is_ok() {
        return exact;
    }
    let met = sets.iter().any(|set| {
        let set = std::slice::from_ref(set);
        let asked: Vec<Signer<'_>> = signers.iter().filter(|s| judge::is_asked(set, s)).copied().collect();
        judge::meet_any(act, set, &asked, None, None).is_ok()
    });
    if met { Ok(()) } else { exact }
}

fn slot(signed: &Signed) -> Slot {
    Slot { suite: Suite::Ed25519, org: signed.org, key: signed.key, role: signed.role }
}

/// The records of those who approved, without keys that have been compromised or banned since, and without agencies that
/// have left.
fn records<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    approvals: &[Signed],
) -> Result<Vec<(Signed, KeyRecord, OrgRecord)>, ReadError> {
    let mut list = Vec::with_capacity(approvals.len());
    for signed in approvals {
        let (Some(key), Some(org)) = (overlay.key(&signed.key)?, overlay.org(&signed.org)?) else { continue };
        let slot = slot(signed);
        let signer = [Signer { slot: &slot, key: &key, org: &org }];
        let now = overlay.at.time;
        let counts =
            judge::check_keys(&signer, now, overlay.at, Moment::Executing).is_ok() && org.banned(now).is_none();
        if counts {
            list.push((*signed, key, org));
        }
    }
    Ok(list)
}

/// The approvals that still count: of keys and agencies that may sign now, and of experts that are listed.
fn counting<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    approvals: &[Signed],
) -> Result<Vec<Signed>, ReadError> {
    let mut kept = Vec::with_capacity(approvals.len());
    for (signed, key, _) in records(overlay, approvals)? {
        if signed.role != Role::Expert || lookup::expert(overlay, pack, key.person)?.is_ok() {
            kept.push(signed);
        }
    }
    Ok(kept)
}

fn enact<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    motion: &Motion,
    by: &[Signed],
    tx: TxId,
    needs: &Needs,
) -> Judged<()> {
    let rule = match needs {
        Needs::Sets { sets: _, rule } => *rule,
        Needs::Quorum { .. } | Needs::Own(_) => Rule(33),
    };
    let decision = Decision {
        pack: pack.hash,
        version: pack.pack.version,
        rule,
        article: pack.pack.article(rule).cloned().unwrap_or_default(),
        grounds: Vec::new(),
    };
    for change in &motion.changes {
        match change {
            Change::Enter(entry) => entries::enter(overlay, pack, entry, by, decision.clone(), tx)?,
            Change::End { place, n, why, documents: _ } => {
                let end = EntryEnd { at: overlay.at, why: *why, by: by.to_vec(), decision: decision.clone() };
                allowed!(entries::end(overlay, pack, *place, *n, end)?);
            }
            Change::InstallPack { pack: new, from } => {
                let hash = new.hash();
                overlay.put(StateKey::Pack(hash), new);
                if let Some(in_force) = overlay.record::<PackInForce>(&StateKey::PackInForce)? {
                    overlay.put(StateKey::PackInForce, &PackInForce { next: Some((hash, *from)), ..in_force });
                }
            }
            Change::AddAgency { .. } | Change::RemoveAgency { .. } | Change::MoveSeat { .. } => {
                seats::schedule(overlay, change, tx)?;
            }
            Change::RecoverKey { org, claim } => {
                let waits = plus_days(overlay.at.time, pack.pack.limits.recovery_days);
                seats::recover(overlay, *org, claim, waits, tx)?;
            }
            Change::AdmitNetwork { .. } => networks::admit(overlay, change),
        }
    }
    Ok(Ok(()))
}

fn propose<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
    motion: &Motion,
    until: Timestamp,
) -> Judged<Vec<OrgId>> {
    let now = overlay.at.time;
    if until <= now {
        return Ok(Err(Rejection::DatesReversed));
    }
    let latest = plus_days(now, pack.pack.limits.proposal_days);
    if until > latest {
        return Ok(Err(Rejection::ProposalTooLong { latest }));
    }
    let needs = allowed!(needs(overlay, pack, motion)?);
    let Some(first) = signers.first() else {
        return Ok(Err(Rejection::SignersWrong { act: ledger::Act::Propose }));
    };
    // Whoever may approve may propose; so may the organisation that asks to be entered, which approves nothing by it.
    let applies = |change: &Change| match change {
        Change::Enter(entry) => match entry.subject {
            Subject::Org(org) | Subject::OrgClass(org, _) => org == first.slot.org,
            Subject::Class(_) | Subject::Person(_) | Subject::Place(_) => false,
        },
        _ => false,
    };
    let is_applicant = signers.len() == 1 && motion.changes.iter().all(applies);
    let mut approvals = Vec::new();
    for signer in signers {
        match may_approve(overlay, &needs, signer)? {
            true => approvals.extend(signed(&[*signer], act.id)),
            false if is_applicant => {}
            false => return Ok(Err(Rejection::NotCompetent { act: ledger::Act::Propose, org: signer.slot.org })),
        }
    }
    allowed!(check(overlay, pack, motion)?);
    let record = ProposalRecord {
        motion: motion.clone(),
        by: first.slot.org,
        approvals,
        at: overlay.at,
        until,
        state: ProposalState::Open,
    };
    let mut touched = concerned(motion);
    touched.push(first.slot.org);
    allowed!(settle(overlay, pack, act, act.id, record, &needs)?);
    Ok(Ok(touched))
}

/// Whether an approval of this signer counts for anything.
fn may_approve<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    needs: &Needs,
    signer: &Signer<'_>,
) -> Result<bool, ReadError> {
    Ok(match needs {
        Needs::Sets { sets, rule: _ } => judge::is_asked(sets, signer),
        Needs::Own(org) => signer.slot.org == *org && signer.slot.role == Role::Administrator,
        Needs::Quorum { each: _, without, observer } => {
            let need = |who| SignerNeed { role: Role::Officer, who, many: true };
            let mut sets = vec![vec![need(Who::AnyAgency)]];
            if *observer {
                sets.push(vec![need(Who::Kind(KindTag::Observer))]);
            }
            let sits = seats::sits(overlay, signer.slot.org)? || *observer;
            Some(signer.slot.org) != *without && sits && judge::is_asked(&sets, signer)
        }
    })
}

fn approve<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
    proposal: TxId,
) -> Judged<Vec<OrgId>> {
    let mut record = allowed!(open(overlay, proposal)?);
    let needs = allowed!(needs(overlay, pack, &record.motion)?);
    // What no longer counts makes room for what does.
    record.approvals = counting(overlay, pack, &record.approvals)?;
    for signer in signers {
        if !may_approve(overlay, &needs, signer)? {
            return Ok(Err(Rejection::NotCompetent { act: ledger::Act::Approve, org: signer.slot.org }));
        }
        let same = |s: &Signed| s.org == signer.slot.org && s.role == signer.slot.role;
        if record.approvals.iter().any(same) {
            return Ok(Err(Rejection::AlreadyApproved { org: signer.slot.org }));
        }
        if record.approvals.len() >= MAX_APPROVALS {
            return Ok(Err(Rejection::ProposalClosed));
        }
        record.approvals.extend(signed(&[*signer], act.id));
    }
    let mut touched = concerned(&record.motion);
    touched.push(record.by);
    allowed!(settle(overlay, pack, act, proposal, record, &needs)?);
    Ok(Ok(touched))
}

/// Keeps the proposal, and enacts it if nothing is missing. An approval that completes a motion whose time has passed is
/// refused, so that it can be seen why.
fn settle<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    proposal: TxId,
    mut record: ProposalRecord,
    needs: &Needs,
) -> Judged<()> {
    let enough = complete(overlay, pack, needs, &record.approvals, ledger::Act::Approve)?.is_ok();
    if enough && !record.approvals.is_empty() {
        allowed!(check(overlay, pack, &record.motion)?);
        let by = record.approvals.clone();
        allowed!(enact(overlay, pack, &record.motion, &by, act.id, needs)?);
        record.state = ProposalState::Enacted(overlay.at);
        overlay.unschedule(record.until, Due::Proposal(proposal))?;
    } else {
        overlay.schedule(record.until, Due::Proposal(proposal));
    }
    overlay.put(StateKey::Proposal(proposal), &record);
    Ok(Ok(()))
}

fn open<S: StateRead>(overlay: &Overlay<'_, S>, proposal: TxId) -> Judged<ProposalRecord> {
    let record: Option<ProposalRecord> = overlay.record(&StateKey::Proposal(proposal))?;
    let record = allowed!(record.ok_or(Rejection::ProposalUnknown));
    // By its date, not by whether it has been marked: what is due may be late.
    match record.state == ProposalState::Open && overlay.at.time < record.until {
        true => Ok(Ok(record)),
        false => Ok(Err(Rejection::ProposalClosed)),
    }
}

fn retract<S: StateRead>(overlay: &mut Overlay<'_, S>, signers: &[Signer<'_>], proposal: TxId) -> Judged<Vec<OrgId>> {
    let record = allowed!(open(overlay, proposal)?);
    if let Some(other) = signers.iter().find(|s| s.slot.org != record.by) {
        return Ok(Err(Rejection::NotCompetent { act: ledger::Act::Retract, org: other.slot.org }));
    }
    overlay.unschedule(record.until, Due::Proposal(proposal))?;
    let by = record.by;
    overlay.put(StateKey::Proposal(proposal), &ProposalRecord { state: ProposalState::Retracted, ..record });
    Ok(Ok(vec![by]))
}

/// A pack that was voted takes force at its height.
pub(crate) fn promote_pack<S: StateRead>(overlay: &mut Overlay<'_, S>) -> Result<Option<PackInForce>, ReadError> {
    let Some(record) = overlay.record::<PackInForce>(&StateKey::PackInForce)? else {
        return Ok(None);
    };
    let Stamp { height, time: _ } = overlay.at;
    match record.next {
        Some((pack, from)) if from <= height => {
            let now = PackInForce { pack, from, next: None };
            overlay.put(StateKey::PackInForce, &now);
            Ok(Some(now))
        }
        Some(_) | None => Ok(Some(record)),
    }
}
