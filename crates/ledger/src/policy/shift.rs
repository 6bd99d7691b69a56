//! What changes hands from one pack to another.

use super::{PolicyPack, SignerNeed, SignerSet, Who};
use crate::{
    operation::{Act, GrantKind, Registry},
    record::AgencyFunction,
};
use std::collections::{BTreeMap, BTreeSet};

/// What an agency signs under one of two packs and not under the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// What it may sign under the new one alone.
    pub gains: BTreeSet<Power>,
    /// What it could sign under the old one alone.
    pub loses: BTreeSet<Power>,
}

/// Something that an agency may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// An act.
    Act(Act),
    /// Entering in a registry.
    Enter(Registry),
    /// Ending an entry of a registry.
    End(Registry),
    /// Applying for a grant.
    Apply(GrantKind),
    /// Deciding on a grant.
    Decide(GrantKind),
}

impl Power {
    /// In words, such as `enter rating`.
    pub fn words(&self) -> String {
        match self {
            Power::Act(act) => act.name().into(),
            Power::Enter(registry) => format!("enter {}", registry.name()),
            Power::End(registry) => format!("end {}", registry.name()),
            Power::Apply(kind) => format!("apply {}", kind.name()),
            Power::Decide(kind) => format!("decide {}", kind.name()),
        }
    }
}

fn powers() -> Vec<Power> {
    let acts = Act::ALL.into_iter().map(Power::Act);
    let registries = Registry::ALL.into_iter().flat_map(|r| [Power::Enter(r), Power::End(r)]);
    let grants = GrantKind::ALL.into_iter().flat_map(|kind| [Power::Apply(kind), Power::Decide(kind)]);
    acts.chain(registries).chain(grants).collect()
}

fn sets(pack: &PolicyPack, power: Power) -> &[SignerSet] {
    let found = match power {
        Power::Act(act) => pack.row(act).map(|row| &row.any),
        Power::Enter(registry) => pack.registry(registry).map(|row| &row.enter),
        Power::End(registry) => pack.registry(registry).map(|row| &row.end),
        Power::Apply(kind) => pack.grant(kind).map(|row| &row.apply),
        Power::Decide(kind) => pack.grant(kind).map(|row| &row.decide),
    };
    found.map_or(&[], Vec::as_slice)
}

/// Which agencies gain or lose competence from one pack to another: those that do must agree to the change.
pub fn shift(old: &PolicyPack, new: &PolicyPack) -> BTreeMap<AgencyFunction, Shift> {
    let signs = |pack: &PolicyPack, power: Power, function: AgencyFunction| {
        let meets = |need: &SignerNeed| need.who == Who::AnyAgency || need.who == Who::Agency(function);
        sets(pack, power).iter().flatten().any(meets)
    };
    let mut shifts: BTreeMap<AgencyFunction, Shift> = BTreeMap::new();
    for function in AgencyFunction::ALL {
        for power in powers() {
            match (signs(old, power, function), signs(new, power, function)) {
                (false, true) => drop(shifts.entry(function).or_default().gains.insert(power)),
                (true, false) => drop(shifts.entry(function).or_default().loses.insert(power)),
                (true, true) | (false, false) => {}
            }
        }
    }
    shifts
}
