//! Who signs an act: as the policy pack in force asks, the configured key first, then those who are named, then
//! agencies and parties whose one able key the ledger shows.

use super::pubkey::{found_slot, other_slot};
use crate::{
    acts::slot,
    failure::{Failure, Result},
    refs,
    session::Session,
    shown,
};
use api::{pack, paths, view::OrgView};
use keys::KeyHeader;
use ledger::{
    Act, KeyId, Operation, OrgId, OrgRecord, PolicyPack, Rejection, Role, Slot,
    operation::{Change, Motion},
    policy::{SignerNeed, SignerSet, Who},
    record::{AgencyFunction, OrgKind, Signed},
};
use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    path::Path,
};

/// A signer as a flag names it: `ROLE`, `ROLE@ORG`, `ROLE@ORG:KEY`, or `ROLE@FILE` of `key export-pub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) role: Role,
    /// One's own organisation where it is not said, and no key tells it.
    pub(crate) org: Option<String>,
    /// Identity, or a file.
    pub(crate) key: Option<String>,
}

impl Named {
    pub(super) fn of(word: &str) -> Result<Named> {
        let (role, whose) = match word.split_once('@') {
            Some((role, whose)) => (role, Some(whose.trim())),
            None => (word, None),
        };
        let role = refs::role(role)?;
        let owned = |text: &str| Some(text.to_owned());
        let is_key = |text: &str| text.parse::<KeyId>().is_ok() || Path::new(text).is_file();
        Ok(match whose {
            None => Named { role, org: None, key: None },
            Some(file) if Path::new(file).is_file() => Named { role, org: None, key: owned(file) },
            Some(whose) => match whose.rsplit_once(':') {
                Some((org, key)) if is_key(key) => Named { role, org: owned(org), key: owned(key) },
                _ => Named { role, org: owned(whose), key: None },
            },
        })
    }

    /// Several, in their order.
    pub(super) fn all(words: &[String]) -> Result<Vec<Named>> {
        words.iter().map(|word| Named::of(word)).collect()
    }
}

/// Which organisations the words of a row stand for, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
struct Bound {
    principal: Option<OrgId>,
    counterpart: Option<OrgId>,
}

/// Whom an act asks to sign.
enum Asked {
    /// Everybody of one of these alternatives.
    All(Vec<SignerSet>, Bound),
    /// Anybody whom one of these alternatives names.
    Any(Vec<SignerSet>),
    /// Whoever signs, in this capacity.
    In(Role),
}

/// The slots of an act, one's own among them.
///
/// Errors: H4104 where the pack does not know the act; H4101 with the alternatives where the key and those who are
/// named make none of them; and those of looking for keys.
pub(crate) fn of(session: &Session, operation: &Operation, named: &[Named]) -> Result<Vec<Slot>> {
    let search = Search::new(session)?;
    let act = operation.act();
    match search.asked(operation)? {
        Asked::All(sets, bound) => search.all(act, &sets, bound, named),
        Asked::Any(sets) => {
            let role = search.role_asked(&sets)?;
            // Whoever asks to be entered may propose it, in whatever capacity.
            let role = role.or_else(|| (act == Act::Propose).then(|| search.first_role()));
            let org = search.header.org;
            search.in_role(role.ok_or(Rejection::NotCompetent { act, org })?, named)
        }
        Asked::In(role) => search.in_role(role, named),
    }
}

/// Who still has to approve a motion, as far as the rules and the ledger tell it: of each alternative all that it lacks.
pub(super) fn missing(session: &Session, motion: &Motion, approvals: &[Signed]) -> Result<Vec<String>> {
    let search = Search::new(session)?;
    match search.asked_by_motion(&session.pack()?, motion)? {
        Asked::All(sets, _) | Asked::Any(sets) => sets.iter().map(|set| search.lacking(set, approvals)).collect(),
        Asked::In(Role::Officer) => {
            let has_approved = |org: &OrgId| approvals.iter().any(|signed| signed.org == *org);
            let agencies = search.find_agencies()?.into_iter().filter(|(org, _)| !has_approved(org));
            let names: Vec<String> = agencies.map(|(_, function)| session.out.word(function.name())).collect();
            let quorum = session
                .out
                .pick("more than two thirds of the agencies; not yet: ", "须三分之二以上机关批准；尚未批准：");
            Ok(vec![format!("{quorum}{}", names.join(", "))])
        }
        Asked::In(role) => Ok(vec![session.out.word(role.name())]),
    }
}

/// The slots of signers who are named, in their order; a role alone is one's own key if it has it.
pub(super) fn explicit(session: &Session, named: &[Named]) -> Result<Vec<Slot>> {
    let search = Search::new(session)?;
    let mut slots: Vec<Slot> = Vec::with_capacity(named.len());
    for one in named {
        let taken = keys_of(&slots);
        let is_own = one.org.is_none() && one.key.is_none() && search.header.roles.has(one.role);
        slots.push(match is_own && !taken.contains(&search.header.id()) {
            true => slot(&search.header, one.role),
            false => search.named_slot(one, None, &taken)?,
        });
    }
    Ok(slots)
}

fn keys_of(slots: &[Slot]) -> Vec<KeyId> {
    slots.iter().map(|slot| slot.key).collect()
}

/// The search for the signers of one act.
struct Search<'s> {
    session: &'s Session,
    header: KeyHeader,
    agencies: OnceCell<Vec<(OrgId, AgencyFunction)>>,
    kinds: RefCell<BTreeMap<OrgId, OrgKind>>,
}

impl<'s> Search<'s> {
    fn new(session: &'s Session) -> Result<Search<'s>> {
        let header = session.key_header()?;
        Ok(Search { session, header, agencies: OnceCell::new(), kinds: RefCell::default() })
    }

    // What the rules ask for

    fn asked(&self, operation: &Operation) -> Result<Asked> {
        let pack = self.session.pack()?;
        let none = Rejection::ActNotInPack { act: operation.act() };
        Ok(match operation {
            Operation::Apply { application } => {
                let row = pack.grant(application.kind).ok_or(none)?;
                Asked::All(row.apply.clone(), Bound { principal: None, counterpart: application.counterpart })
            }
            Operation::Pause { grant, .. } | Operation::Resume { grant } | Operation::Decide { grant, .. } => {
                let grant = shown::grant_of(self.session, grant)?;
                let row = pack.grant(grant.record.application.kind).ok_or(none)?;
                Asked::All(row.decide.clone(), Bound::default())
            }
            Operation::Cancel { grant, .. } => {
                let grant = shown::grant_of(self.session, grant)?;
                let row = pack.grant(grant.record.application.kind).ok_or(none)?;
                let (holder, counterpart) = (grant.record.holder, grant.record.application.counterpart);
                match holder == self.header.org || counterpart == Some(self.header.org) {
                    true => Asked::All(row.apply.clone(), Bound { principal: Some(holder), counterpart }),
                    false => Asked::All(row.decide.clone(), Bound::default()),
                }
            }
            Operation::Report { filing, .. } => {
                let grant = shown::grant_of(self.session, filing)?;
                // The partner holds the goods and reports; the firm joins in (R15).
                let (principal, counterpart) = (grant.record.application.counterpart, Some(grant.record.holder));
                let row = pack.row(Act::Report).ok_or(none)?;
                Asked::All(row.any.clone(), Bound { principal, counterpart })
            }
            Operation::Offer { terms } | Operation::Handover { terms } => {
                let bound = Bound { principal: Some(terms.giver), counterpart: Some(terms.receiver) };
                Asked::All(pack.row(operation.act()).ok_or(none)?.any.clone(), bound)
            }
            Operation::Enact { motion } => match self.asked_by_motion(&pack, motion)? {
                Asked::Any(sets) => Asked::All(sets, Bound::default()),
                other => other,
            },
            Operation::Propose { motion, .. } => self.asked_by_motion(&pack, motion)?,
            Operation::Approve { proposal } => {
                let proposal = shown::proposal(self.session, proposal)?;
                self.asked_by_motion(&pack, &proposal.record.motion)?
            }
            Operation::Retract { .. } => Asked::In(self.first_role()),
            other => Asked::All(pack.row(other.act()).ok_or(none)?.any.clone(), Bound::default()),
        })
    }

    /// All changes of a motion ask for the same signers: the first one tells.
    fn asked_by_motion(&self, pack: &PolicyPack, motion: &Motion) -> Result<Asked> {
        let unknown = || Failure::from(Rejection::EntryUnknown);
        Ok(match motion.changes.first() {
            Some(Change::Enter(entry)) => Asked::Any(pack.registry(entry.registry).ok_or_else(unknown)?.enter.clone()),
            Some(Change::End { place, n, .. }) => {
                let line = shown::line_at(self.session, place, *n).ok_or_else(unknown)?;
                Asked::Any(pack.registry(line.record.entry.registry).ok_or_else(unknown)?.end.clone())
            }
            Some(Change::MoveSeat { .. }) => Asked::In(Role::Administrator),
            // More than two thirds of the agencies, whose officers are named.
            Some(
                Change::InstallPack { .. }
                | Change::AddAgency { .. }
                | Change::RemoveAgency { .. }
                | Change::RecoverKey { .. }
                | Change::AdmitNetwork { .. },
            )
            | None => Asked::In(Role::Officer),
        })
    }

    /// The signers of an alternative that nobody of these has been, joined.
    fn lacking(&self, set: &SignerSet, approvals: &[Signed]) -> Result<String> {
        let mut words = Vec::new();
        for need in set {
            let mut is_met = false;
            for signed in approvals.iter().filter(|signed| signed.role == need.role) {
                is_met |= self.fits(need, &signed.org, Bound::default())?;
            }
            if !is_met {
                words.push(pack::need_word(need));
            }
        }
        Ok(words.join(" + "))
    }

    fn first_role(&self) -> Role {
        let roles = self.header.roles;
        let preferred = [Role::Declarant, Role::Officer].into_iter().find(|role| roles.has(*role));
        preferred.or_else(|| roles.list().first().copied()).unwrap_or(Role::Administrator)
    }

    /// The first capacity in which one of the alternatives asks for the configured key.
    fn role_asked(&self, sets: &[SignerSet]) -> Result<Option<Role>> {
        for need in sets.iter().flatten().filter(|need| self.header.roles.has(need.role)) {
            if self.fits(need, &self.header.org, Bound::default())? {
                return Ok(Some(need.role));
            }
        }
        Ok(None)
    }

    // Slots

    /// One's own slot in a capacity, and those who are named.
    fn in_role(&self, role: Role, named: &[Named]) -> Result<Vec<Slot>> {
        let mut slots = vec![slot(&self.header, role)];
        for one in named {
            slots.push(self.named_slot(one, None, &keys_of(&slots))?);
        }
        Ok(slots)
    }

    /// The slots of the first alternative that can be filled.
    fn all(&self, act: Act, sets: &[SignerSet], bound: Bound, named: &[Named]) -> Result<Vec<Slot>> {
        let mut failure = None;
        for set in sets {
            match self.fill(set, bound, named) {
                Ok(Some(slots)) => return Ok(slots),
                Ok(None) => {}
                Err(why) => failure = failure.or(Some(why)),
            }
        }
        Err(failure.unwrap_or_else(|| {
            let needed: Vec<String> = pack::set_words(sets).iter().map(|set| set.join(" + ")).collect();
            let mut failure = Failure::from(Rejection::SignersWrong { act });
            let (you, needs) = (self.session.out.pick("you are", "您是"), self.session.out.pick("needed", "需要"));
            let own = self.own_words();
            failure.excerpt = vec![format!("{you}  {own}")];
            failure.excerpt.extend(needed.iter().map(|set| format!("{needs}  {set}")));
            failure.params.extend([("you", own), ("needed", needed.join(" | "))].map(|(n, v)| (n.to_owned(), v)));
            failure
        }))
    }

    /// One's own capacities, in the words in which a rule names a signer.
    fn own_words(&self) -> String {
        let kind = self.kind(&self.header.org).map(|kind| kind.function().map_or(kind.name(), |of| of.name()));
        let whose = kind.map(|kind| format!("@{kind}")).unwrap_or_default();
        let words = self.header.roles.list().into_iter().map(|role| format!("{}{whose}", role.name()));
        words.collect::<Vec<_>>().join(", ")
    }

    /// Fills one alternative: with one's own key, with all who are named, and with those whom it then lacks. None where
    /// that cannot be.
    fn fill(&self, set: &SignerSet, mut bound: Bound, named: &[Named]) -> Result<Option<Vec<Slot>>> {
        let mut slots: Vec<(usize, Slot)> = Vec::with_capacity(set.len());
        let Some(own) = self.own_need(set, bound)? else { return Ok(None) };
        slots.push((own, slot(&self.header, set[own].role)));
        if set[own].who == Who::Principal {
            bound.principal = Some(self.header.org);
        }
        for one in named {
            let Some((index, slot)) = self.named_need(set, &slots, one, bound)? else { return Ok(None) };
            if set[index].who == Who::Principal {
                bound.principal = Some(slot.org);
            }
            slots.push((index, slot));
        }
        for (index, need) in set.iter().enumerate() {
            if slots.iter().any(|(of, _)| *of == index) {
                continue;
            }
            let Some(org) = self.org_of(need, bound)? else { return Ok(None) };
            let taken: Vec<KeyId> = slots.iter().map(|(_, slot)| slot.key).collect();
            slots.push((index, found_slot(self.session, org, need.role, &taken)?));
        }
        // In the order of the rule: of several agencies the first to sign is the one whose act it is.
        slots.sort_by_key(|(index, _)| *index);
        Ok(Some(slots.into_iter().map(|(_, slot)| slot).collect()))
    }

    /// The need that one's own key meets.
    fn own_need(&self, set: &SignerSet, bound: Bound) -> Result<Option<usize>> {
        for (index, need) in set.iter().enumerate() {
            if self.header.roles.has(need.role) && self.fits(need, &self.header.org, bound)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// The need that somebody who is named meets, and his slot.
    fn named_need(
        &self,
        set: &SignerSet,
        slots: &[(usize, Slot)],
        one: &Named,
        bound: Bound,
    ) -> Result<Option<(usize, Slot)>> {
        let taken: Vec<KeyId> = slots.iter().map(|(_, slot)| slot.key).collect();
        for (index, need) in set.iter().enumerate() {
            let is_open = need.many || slots.iter().all(|(of, _)| *of != index);
            if need.role != one.role || !is_open {
                continue;
            }
            let slot = self.named_slot(one, self.org_of(need, bound)?, &taken)?;
            if self.fits(need, &slot.org, bound)? {
                return Ok(Some((index, slot)));
            }
        }
        Ok(None)
    }

    /// The slot of somebody who is named. `hint`: whom the rule means, where it says so.
    fn named_slot(&self, one: &Named, hint: Option<OrgId>, taken: &[KeyId]) -> Result<Slot> {
        let org = one.org.as_deref().map(|word| self.session.org_id(word)).transpose()?;
        match &one.key {
            Some(key) => other_slot(self.session, Some(key), org.or(hint), one.role),
            None => found_slot(self.session, org.unwrap_or(self.header.org), one.role, taken),
        }
    }

    // Organisations

    /// The organisation that a need means; none where it may be several.
    fn org_of(&self, need: &SignerNeed, bound: Bound) -> Result<Option<OrgId>> {
        Ok(match need.who {
            Who::Principal => bound.principal,
            Who::Counterpart => bound.counterpart,
            Who::Agency(function) => Some(self.agency(function)?),
            Who::AnyAgency | Who::Kind(_) | Who::Anyone => None,
        })
    }

    fn fits(&self, need: &SignerNeed, org: &OrgId, bound: Bound) -> Result<bool> {
        Ok(match need.who {
            Who::Principal => bound.principal.is_none_or(|principal| principal == *org),
            Who::Counterpart => bound.counterpart.is_none_or(|counterpart| counterpart == *org),
            Who::Agency(function) => self.kind(org)?.function() == Some(function),
            Who::AnyAgency => self.kind(org)?.function().is_some(),
            Who::Kind(kind) => self.kind(org)?.name() == kind.name(),
            Who::Anyone => true,
        })
    }

    fn kind(&self, org: &OrgId) -> Result<OrgKind> {
        let known = self.kinds.borrow().get(org).copied();
        if let Some(kind) = known {
            return Ok(kind);
        }
        let kind = self.session.org(org)?.1.profile.kind;
        self.kinds.borrow_mut().insert(*org, kind);
        Ok(kind)
    }

    /// The agency with a function. Error: H7004 where the network has none.
    fn agency(&self, function: AgencyFunction) -> Result<OrgId> {
        let agencies = match self.agencies.get() {
            Some(agencies) => agencies,
            None => {
                let found = self.find_agencies()?;
                self.agencies.get_or_init(|| found)
            }
        };
        let found = agencies.iter().find(|(_, of)| *of == function).map(|(org, _)| *org);
        found.ok_or_else(|| {
            let out = &self.session.out;
            Failure::new(
                "H7004",
                [("kind", out.pick("agency", "机关").to_owned()), ("input", out.word(function.name()))],
            )
        })
    }

    fn find_agencies(&self) -> Result<Vec<(OrgId, AgencyFunction)>> {
        let views: Vec<OrgView> = self.session.pages(paths::ORGS, &[], 100_000)?;
        let mut agencies = Vec::new();
        for view in views.iter().filter(|view| view.function.is_some()) {
            let record: OrgRecord = self.session.record(&view.record)?;
            let function = record.profile.kind.function().filter(|_| record.left.is_none());
            agencies.extend(function.map(|function| (OrgId::of(&record.profile.identifier), function)));
        }
        Ok(agencies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Hash;

    #[test]
    fn signers_by_role_organisation_and_key() {
        let named = |role, org: Option<&str>, key: Option<&str>| {
            Ok(Named { role, org: org.map(str::to_owned), key: key.map(str::to_owned) })
        };
        let key = KeyId(Hash([5; 32])).to_string();
        assert_eq!(Named::of("officer"), named(Role::Officer, None, None));
        assert_eq!(Named::of("joint@9521000000018"), named(Role::Joint, Some("9521000000018"), None));
        assert_eq!(Named::of("joint@uscc:9131X"), named(Role::Joint, Some("uscc:9131X"), None));
        let word = format!("project-lead@uscc:9131X:{key}");
        assert_eq!(Named::of(&word), named(Role::ProjectLead, Some("uscc:9131X"), Some(&key)));
        assert_eq!(Named::of("officer@张江 海关"), named(Role::Officer, Some("张江 海关"), None));
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        assert_eq!(Named::of(&format!("tester@{path}")), named(Role::Tester, None, Some(&path)));
        assert_eq!(Named::of("boss@x").unwrap_err().code, "H1412");
    }
}
