//! Signers: whether an act is signed by those that the policy pack asks for.

use super::{Authority, Signer, Target};
use crate::{
    event::Decision,
    hash::Hash,
    id::{KeyId, OrgId},
    operation::{Act, Operation},
    policy::{PolicyPack, Rule, SignerNeed, Who},
    record::OrgRecord,
    rejection::Rejection,
};

/// Checks that the signers are those that the operation needs, and names rule and article.
///
/// See [`authorise_under`]; this one hashes the pack.
pub fn authorise(
    pack: &PolicyPack,
    operation: &Operation,
    signers: &[Signer<'_>],
    target: Target<'_>,
) -> Result<Authority, Rejection> {
    authorise_under(pack, pack.hash(), operation, signers, target)
}

/// The same under a pack whose hash is known: it is hashed once a block, not once a transaction.
///
/// Errors: [`Rejection::ActNotInPack`]; [`Rejection::NotCompetent`] where an alternative asks for the capacities and an
/// organisation is none of its; otherwise [`Rejection::SignersWrong`].
pub fn authorise_under(
    pack: &PolicyPack,
    hash: Hash,
    operation: &Operation,
    signers: &[Signer<'_>],
    target: Target<'_>,
) -> Result<Authority, Rejection> {
    let act = operation.act();
    let Some(row) = pack.row(act) else {
        return Err(Rejection::ActNotInPack { act });
    };
    let wrong = Err(Rejection::SignersWrong { act });
    let decision = Decision::under(pack, hash, operation, Rule::NONE);
    let Some(bound) = bind(operation, target) else {
        return wrong;
    };
    // A key ends or replaces itself, whatever it is for.
    if let [one] = signers
        && bound.itself == Some(one.slot.key)
    {
        return Ok(Authority { decision, principal: one.slot.org, receiver: None });
    }
    let mut foreign = None;
    for set in &row.any {
        // The keys and nodes of an agency are its own affair.
        if bound.of_agency && set.iter().any(|need| need.who.is_agency()) {
            continue;
        }
        match meet(set, signers, &bound) {
            Ok(met) => {
                let org_of = |who| met.iter().find(|(need, _)| need.who == who).map(|(_, org)| *org);
                // Agencies act for themselves: the first to sign is the one whose act it is.
                let Some(principal) = org_of(Who::Principal).or(signers.first().map(|s| s.slot.org)) else {
                    return wrong;
                };
                return Ok(Authority { decision, principal, receiver: org_of(Who::Counterpart) });
            }
            Err(misfit) => foreign = foreign.or(misfit),
        }
    }
    match foreign {
        // The halves of a handover are parties: competence is not the question.
        Some(org) if act != Act::Handover => Err(Rejection::NotCompetent { act, org }),
        Some(_) | None => wrong,
    }
}

/// Whom the words of a row stand for.
#[derive(Default)]
struct Bound {
    /// Any, where it is not said: custody is judged later, with the item.
    principal: Option<OrgId>,
    counterpart: Option<OrgId>,
    /// Whether the principal is an agency.
    of_agency: bool,
    /// The key that may sign alone: the one that the act is about.
    itself: Option<KeyId>,
}

/// `None` where the operation is about an organisation that is not known.
fn bind(operation: &Operation, target: Target<'_>) -> Option<Bound> {
    let about = |org: OrgId, record: Option<&OrgRecord>| Bound {
        principal: Some(org),
        of_agency: record.is_some_and(|record| record.profile.kind.function().is_some()),
        ..Bound::default()
    };
    Some(match operation {
        Operation::RegisterKey { org, claim: _ } | Operation::RegisterNode { org, peer: _, possession: _ } => {
            about(*org, target.org.map(|(_, record)| record))
        }
        Operation::RotateKey { old: key, claim: _ } | Operation::EndKey { key, reason: _ } => {
            let (org, record) = target.org?;
            Bound { itself: Some(*key), ..about(*org, Some(record)) }
        }
        Operation::EndNode { .. } => {
            let (org, record) = target.org?;
            about(*org, Some(record))
        }
        Operation::Handover { terms } => {
            Bound { principal: Some(terms.giver), counterpart: Some(terms.receiver), ..Bound::default() }
        }
        Operation::RegisterOrg { .. }
        | Operation::RegisterClass { .. }
        | Operation::AssertHs { .. }
        | Operation::Register { .. }
        | Operation::Declare { .. }
        | Operation::Inspect { .. }
        | Operation::Release { .. }
        | Operation::Offer { .. }
        | Operation::Accept { .. }
        | Operation::Refuse { .. }
        | Operation::Withdraw { .. }
        | Operation::Use { .. }
        | Operation::Dispose { .. }
        | Operation::PlaceHold { .. }
        | Operation::LiftHold { .. } => Bound::default(),
    })
}

/// Pairs every signer with a need of the alternative, one to one. Error: where all capacities are asked for, the first
/// organisation that meets no need.
fn meet<'a>(
    set: &'a [SignerNeed],
    signers: &[Signer<'_>],
    bound: &Bound,
) -> Result<Vec<(&'a SignerNeed, OrgId)>, Option<OrgId>> {
    let mut met = Vec::with_capacity(set.len());
    if set.len() == signers.len() && pair(set, signers, bound.principal, bound, &mut met) {
        return Ok(met);
    }
    let is_asked = |signer: &Signer<'_>| set.iter().any(|need| need.role == signer.slot.role);
    if !signers.iter().all(is_asked) {
        return Err(None);
    }
    let meets_any = |signer: &&Signer<'_>| set.iter().any(|need| meets(need, signer, bound.principal, bound));
    Err(signers.iter().find(|signer| !meets_any(signer)).map(|signer| signer.slot.org))
}

/// Finds a need for the first signer, and then for the rest; at most [`crate::bounds::MAX_SIGNERS`] deep.
fn pair<'a>(
    set: &'a [SignerNeed],
    signers: &[Signer<'_>],
    principal: Option<OrgId>,
    bound: &Bound,
    met: &mut Vec<(&'a SignerNeed, OrgId)>,
) -> bool {
    let Some((signer, rest)) = signers.split_first() else {
        return true;
    };
    for need in set {
        if met.iter().any(|(taken, _)| *taken == need) || !meets(need, signer, principal, bound) {
            continue;
        }
        // Two keys of one agency are one agency.
        let org = signer.slot.org;
        if need.who.is_agency() && met.iter().any(|(taken, of)| taken.who.is_agency() && *of == org) {
            continue;
        }
        let principal = if need.who == Who::Principal { Some(org) } else { principal };
        met.push((need, org));
        if pair(set, rest, principal, bound, met) {
            return true;
        }
        met.pop();
    }
    false
}

fn meets(need: &SignerNeed, signer: &Signer<'_>, principal: Option<OrgId>, bound: &Bound) -> bool {
    let org = signer.slot.org;
    let function = signer.org.profile.kind.function();
    need.role == signer.slot.role
        && match need.who {
            Who::Principal => principal.is_none_or(|principal| principal == org),
            Who::Counterpart => bound.counterpart.is_none_or(|counterpart| counterpart == org),
            Who::Agency(needed) => function == Some(needed),
            Who::AnyAgency => function.is_some(),
        }
}
