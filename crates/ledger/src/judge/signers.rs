//! Signers: whether an act is signed by those that the policy pack asks for.

use super::{Authority, Signer, Target};
use crate::{
    event::Decision,
    hash::Hash,
    id::{KeyId, OrgId},
    operation::{Act, Operation},
    policy::{PolicyPack, Rule, SignerNeed, SignerSet, Who},
    record::OrgRecord,
    rejection::Rejection,
};
use std::collections::BTreeSet;

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
        let met = Met { principal: one.slot.org, counterpart: None };
        return Ok(Authority { decision, ..authority(met, signers) });
    }
    let sets = row.any.iter().filter(|set| {
        // The keys and nodes of an agency are its own affair.
        !(bound.of_agency && set.iter().any(|need| need.who.is_agency()))
    });
    match met_by(sets, signers, &bound) {
        Ok(met) => Ok(Authority { decision, ..authority(met, signers) }),
        // The halves of a handover are parties: competence is not the question.
        Err(Some(org)) if act != Act::Handover => Err(Rejection::NotCompetent { act, org }),
        Err(_) => wrong,
    }
}

/// Which organisations the words of a row turned out to stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// The principal: the organisation of the slot that met the word, or of the first slot.
    pub principal: OrgId,
    /// The counterpart.
    pub counterpart: Option<OrgId>,
}

/// Whether the signers meet one of the alternatives of a row of a grant or registry. Error: as [`authorise_under`].
pub fn meet_any(
    act: Act,
    sets: &[SignerSet],
    signers: &[Signer<'_>],
    principal: Option<OrgId>,
    counterpart: Option<OrgId>,
) -> Result<Met, Rejection> {
    let bound = Bound { principal, counterpart, ..Bound::default() };
    met_by(sets.iter(), signers, &bound).map_err(|foreign| match foreign {
        Some(org) => Rejection::NotCompetent { act, org },
        None => Rejection::SignersWrong { act },
    })
}

/// Whether a signer is among those that one of the alternatives asks for.
pub fn is_asked(sets: &[SignerSet], signer: &Signer<'_>) -> bool {
    sets.iter().flatten().any(|need| meets(need, signer, None, &Bound::default()))
}

fn authority(met: Met, signers: &[Signer<'_>]) -> Authority {
    let mut orgs: Vec<OrgId> = signers.iter().map(|signer| signer.slot.org).collect();
    orgs.sort();
    orgs.dedup();
    Authority { decision: Decision::default(), principal: met.principal, counterpart: met.counterpart, orgs }
}

fn met_by<'a>(
    sets: impl Iterator<Item = &'a SignerSet>,
    signers: &[Signer<'_>],
    bound: &Bound,
) -> Result<Met, Option<OrgId>> {
    let mut foreign = None;
    for set in sets {
        match meet(set, signers, bound) {
            Ok(met) => {
                let org_of = |who| met.iter().find(|(need, _)| need.who == who).map(|(_, org)| *org);
                // Agencies act for themselves: the first to sign is the one whose act it is.
                let Some(principal) = org_of(Who::Principal).or(signers.first().map(|s| s.slot.org)) else {
                    return Err(None);
                };
                return Ok(Met { principal, counterpart: org_of(Who::Counterpart) });
            }
            Err(misfit) => foreign = foreign.or(misfit),
        }
    }
    Err(foreign)
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
        Operation::RegisterKey { org, claim: _ }
        | Operation::RegisterNode { org, peer: _, possession: _ }
        | Operation::SetSealKey { org, key: _ } => about(*org, target.org.map(|(_, record)| record)),
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
        // Whoever signs is the one whose act it is; what else is asked of him is judged with the records.
        _ => Bound::default(),
    })
}

/// Pairs every signer with a need of the alternative, one to one. Error: where all capacities are asked for, the first
/// organisation that meets no need.
fn meet<'a>(
    set: &'a [SignerNeed],
    signers: &[Signer<'_>],
    bound: &Bound,
) -> Result<Vec<(&'a SignerNeed, OrgId)>, Option<OrgId>> {
    let mut met = Vec::with_capacity(signers.len());
    let fits = match set.iter().any(|need| need.many) {
        true => set.len() <= signers.len(),
        false => set.len() == signers.len(),
    };
    let mut search = Search { set, signers, bound, dead: BTreeSet::new() };
    if fits && search.pair(bound.principal, &mut met) {
        return Ok(met);
    }
    let is_asked = |signer: &Signer<'_>| set.iter().any(|need| need.role == signer.slot.role);
    if !signers.iter().all(is_asked) {
        return Err(None);
    }
    let meets_any = |signer: &&Signer<'_>| set.iter().any(|need| meets(need, signer, bound.principal, bound));
    Err(signers.iter().find(|signer| !meets_any(signer)).map(|signer| signer.slot.org))
}

/// The search for a need of each signer, in the order of both: the first assignment that is one counts, for it says who
/// the principal is.
///
/// That one organisation is the principal throughout, and that an agency meets one need, ties the choices together, so
/// this is no plain matching. What was found to lead nowhere is remembered, so that the same is not looked at twice, whatever a
/// pack says.
struct Search<'a, 's> {
    set: &'a [SignerNeed],
    signers: &'s [Signer<'s>],
    bound: &'s Bound,
    dead: BTreeSet<Stand>,
}

/// Where a search stands: what is left of it depends on this alone.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Stand {
    /// Signers that have a need.
    signers: usize,
    principal: Option<OrgId>,
    /// Needs that are met, by their position.
    met: BTreeSet<usize>,
    /// Organisations that sign once more and meet no other need of agencies, or not this one again.
    spent: BTreeSet<(Option<usize>, OrgId)>,
}

impl<'a> Search<'a, '_> {
    /// Finds a need for the next signer, and then for the rest; at most [`crate::bounds::MAX_SIGNERS`] deep.
    fn pair(&mut self, principal: Option<OrgId>, met: &mut Vec<(&'a SignerNeed, OrgId)>) -> bool {
        let (set, signers, bound) = (self.set, self.signers, self.bound);
        let Some(signer) = signers.get(met.len()) else {
            return set.iter().all(|need| met.iter().any(|(taken, _)| *taken == need));
        };
        if !self.dead.is_empty() && self.dead.contains(&self.stand(principal, met)) {
            return false;
        }
        for need in set {
            if (!need.many && met.iter().any(|(taken, _)| *taken == need)) || !meets(need, signer, principal, bound) {
                continue;
            }
            // Two keys of one agency are one agency; so are two of anybody where several sign alike.
            let org = signer.slot.org;
            let alike =
                |taken: &SignerNeed| (need.who.is_agency() && taken.who.is_agency()) || (need.many && taken == need);
            if met.iter().any(|(taken, of)| alike(taken) && *of == org) {
                continue;
            }
            let principal = if need.who == Who::Principal { Some(org) } else { principal };
            met.push((need, org));
            if self.pair(principal, met) {
                return true;
            }
            met.pop();
        }
        let stand = self.stand(principal, met);
        self.dead.insert(stand);
        false
    }

    fn stand(&self, principal: Option<OrgId>, met: &[(&SignerNeed, OrgId)]) -> Stand {
        let place = |need: &SignerNeed| self.set.iter().position(|other| other == need);
        let signs_again = |org: OrgId| self.signers.iter().skip(met.len()).any(|signer| signer.slot.org == org);
        let spent = met.iter().filter(|(_, org)| signs_again(*org)).filter_map(|(need, org)| {
            match (need.who.is_agency(), need.many) {
                (true, _) => Some((None, *org)),
                (false, true) => Some((place(need), *org)),
                (false, false) => None,
            }
        });
        Stand {
            signers: met.len(),
            principal,
            met: met.iter().filter_map(|(need, _)| place(need)).collect(),
            spent: spent.collect(),
        }
    }
}

fn meets(need: &SignerNeed, signer: &Signer<'_>, principal: Option<OrgId>, bound: &Bound) -> bool {
    let org = signer.slot.org;
    let function = signer.org.profile.kind.function();
    need.role == signer.slot.role
        && match need.who {
            Who::Principal => principal.is_none_or(|principal| principal == org),
            Who::Counterpart => bound.counterpart.is_none_or(|counterpart| counterpart == org),
            Who::Agency(needed) => function == Some(needed) && signer.org.left.is_none(),
            Who::AnyAgency => function.is_some() && signer.org.left.is_none(),
            Who::Kind(kind) => signer.org.profile.kind.name() == kind.name(),
            Who::Anyone => true,
        }
}

#[cfg(test)]
mod tests;
