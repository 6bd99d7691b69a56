//! Signers: whether an act is signed by those that the policy pack asks for.

use super::{Authority, Signer, Target};
use crate::{
    event::Decision,
    hash::Hash,
    id::OrgId,
    operation::{Act, Operation},
    policy::PolicyPack,
    record::{AgencyFunction, Role},
    rejection::Rejection,
};

/// Checks that the signers are those that the operation needs, and names the article.
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
pub fn authorise_under(
    pack: &PolicyPack,
    hash: Hash,
    operation: &Operation,
    signers: &[Signer<'_>],
    target: Target<'_>,
) -> Result<Authority, Rejection> {
    let act = operation.act();
    let wrong = Rejection::SignersWrong { act };
    let Some(rule) = pack.competence(act) else {
        return Err(wrong);
    };
    let agencies = rule.agencies.as_slice();
    let of_agency = target.org.is_some_and(|(_, record)| record.profile.kind.function().is_some());
    let mut receiver = None;
    let principal = match operation {
        Operation::RegisterOrg { .. }
        | Operation::RegisterClass { .. }
        | Operation::Inspect { .. }
        | Operation::Release { .. } => agency_signers(act, agencies, signers, Role::Officer)?,
        Operation::RegisterKey { org, claim: _ } => by_itself_or_agency(act, agencies, signers, org, of_agency)?,
        Operation::RegisterNode { org, peer: _, possession: _ } => {
            by_itself_or_agency(act, agencies, signers, org, of_agency)?
        }
        Operation::RotateKey { old, claim: _ } => match signers {
            [one] if one.slot.key == *old => one.slot.org,
            _ => return Err(wrong),
        },
        Operation::EndKey { key, reason: _ } => match (signers, target.org) {
            ([one], _) if one.slot.key == *key => one.slot.org,
            (_, Some((org, _))) => by_itself_or_agency(act, agencies, signers, org, of_agency)?,
            (_, None) => return Err(wrong),
        },
        Operation::EndNode { .. } => match target.org {
            Some((org, _)) => by_itself_or_agency(act, agencies, signers, org, of_agency)?,
            None => return Err(wrong),
        },
        Operation::Register { .. } | Operation::Declare { .. } => only(act, signers, Role::Declarant)?,
        Operation::Offer { .. } | Operation::Withdraw { .. } | Operation::Use { .. } => {
            only(act, signers, Role::Custodian)?
        }
        Operation::Accept { .. } | Operation::Refuse { .. } => only(act, signers, Role::Receiver)?,
        Operation::Handover { terms } => {
            let (givers, receivers) = part(signers, Role::Custodian);
            let to = only(act, &receivers, Role::Receiver)?;
            let from = only(act, &givers, Role::Custodian)?;
            if from != terms.giver || to != terms.receiver {
                return Err(wrong);
            }
            receiver = Some(to);
            from
        }
        Operation::Dispose { .. } => {
            let (holders, others) = part(signers, Role::Custodian);
            let holder = only(act, &holders, Role::Custodian)?;
            agency_signers(act, agencies, &others, Role::Countersigner)?;
            holder
        }
        Operation::PlaceHold { .. } | Operation::LiftHold { .. } => match signers {
            [one] if one.slot.role == Role::Officer && one.org.profile.kind.function().is_some() => one.slot.org,
            [one] if one.slot.role == Role::Officer => return Err(Rejection::NotCompetent { act, org: one.slot.org }),
            _ => return Err(wrong),
        },
    };
    let decision = Decision { pack: hash, version: pack.version, article: rule.article.clone() };
    Ok(Authority { decision, principal, receiver })
}

fn part<'a>(signers: &[Signer<'a>], role: Role) -> (Vec<Signer<'a>>, Vec<Signer<'a>>) {
    signers.iter().copied().partition(|s| s.slot.role == role)
}

fn only(act: Act, signers: &[Signer<'_>], role: Role) -> Result<OrgId, Rejection> {
    match signers {
        [one] if one.slot.role == role => Ok(one.slot.org),
        _ => Err(Rejection::SignersWrong { act }),
    }
}

/// One signer for each agency named, in the given role, and nobody else.
fn agency_signers(
    act: Act,
    agencies: &[AgencyFunction],
    signers: &[Signer<'_>],
    role: Role,
) -> Result<OrgId, Rejection> {
    let wrong = Rejection::SignersWrong { act };
    for signer in signers {
        let function = signer.org.profile.kind.function();
        if signer.slot.role != role {
            return Err(wrong);
        }
        if !function.is_some_and(|f| agencies.contains(&f)) {
            return Err(Rejection::NotCompetent { act, org: signer.slot.org });
        }
    }
    let signs = |agency: &AgencyFunction| {
        signers.iter().filter(|s| s.org.profile.kind.function() == Some(*agency)).count() == 1
    };
    match signers.first() {
        Some(first) if signers.len() == agencies.len() && agencies.iter().all(signs) => Ok(first.slot.org),
        _ => Err(wrong),
    }
}

/// An organisation's keys and nodes change by its own administrator; those of a firm also by the competent agency.
fn by_itself_or_agency(
    act: Act,
    agencies: &[AgencyFunction],
    signers: &[Signer<'_>],
    org: &OrgId,
    of_agency: bool,
) -> Result<OrgId, Rejection> {
    match signers {
        [one] if one.slot.role == Role::Administrator && one.slot.org == *org => Ok(*org),
        [one] if one.slot.role == Role::Administrator => Err(Rejection::NotCompetent { act, org: one.slot.org }),
        _ if of_agency => Err(Rejection::SignersWrong { act }),
        _ => agency_signers(act, agencies, signers, Role::Officer),
    }
}
