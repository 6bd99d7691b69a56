//! That a pack says one thing about everything it says.

use super::{
    Condition, Grade, GrantRow, LaneRow, PolicyPack, RegistryRow, Rule, SignerNeed, SignerSet,
    family::{Family, family},
};
use crate::{
    bounds::{MAX_PACK_BYTES, MAX_SIGNER_SETS, MAX_SIGNERS, MAX_STREAK},
    calendar::CalendarError,
    codec,
    operation::{Act, GrantKind, Lane, Registry},
    record::Role,
    text::Text,
};
use std::collections::BTreeSet;

/// Why a pack contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Acts are not ascending, or one stands twice.
    #[error("read the acts: {} stands twice or out of order", .act.name())]
    ActOrder {
        /// The act.
        act: Act,
    },
    /// Rules of articles are not ascending, one stands twice, or there is no such rule.
    #[error("read the articles: rule {} stands twice, out of order, or does not exist", .rule.0)]
    ArticleOrder {
        /// The rule.
        rule: Rule,
    },
    /// A row names neither an article nor a rule that has one.
    #[error("read the row of {}: it needs an article, or a rule with one", .act.name())]
    ArticleMissing {
        /// The act.
        act: Act,
    },
    /// Nobody may sign, or there are too many alternatives or signers.
    #[error(
        "read the row of {}: it takes 1 to {MAX_SIGNER_SETS} alternatives of 1 to {MAX_SIGNERS} signers each \
         (none for rotate-key and for acts on grants and motions)",
        .act.name()
    )]
    SetCount {
        /// The act.
        act: Act,
    },
    /// A signer stands twice in an alternative, or an alternative twice in a row.
    #[error("read the row of {}: a signer or an alternative stands twice", .act.name())]
    SignerTwice {
        /// The act.
        act: Act,
    },
    /// The row takes away what no pack can take away.
    #[error("read the row of {}: {}", .act.name(), family(*.act).words())]
    Fixed {
        /// The act.
        act: Act,
    },
    /// The rule of a row does not exist.
    #[error("read the row of {}: there is no rule {}", .act.name(), .rule.0)]
    RuleUnknown {
        /// The act.
        act: Act,
        /// The rule.
        rule: Rule,
    },
    /// An act without which keys could not be taken away from whoever stole them, or holds not be lifted.
    #[error("read the acts: {} is missing, which every pack has (lift-hold where it has place-hold)", .act.name())]
    ActMissing {
        /// The act.
        act: Act,
    },
    /// Whoever may place a hold must be able to lift it.
    #[error("read the rows of place-hold and lift-hold: both take the same alternatives, of one need each")]
    HoldsDiffer,
    /// A text that must say something is empty.
    #[error("read the {what}: it is empty")]
    Empty {
        /// `name`, `grades` or `articles`.
        what: &'static str,
    },
    /// More bytes than a bundle has room for.
    #[error("read a pack of {length} bytes: at most {MAX_PACK_BYTES} fit")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// No grade, or one twice.
    #[error("read the grades: they must be present and differ")]
    Grades,
    /// A grade contradicts itself.
    #[error("read the grade {grade}: {problem}")]
    Grade {
        /// Its name.
        grade: Text<8>,
        /// What is wrong.
        problem: &'static str,
    },
    /// A registry's row is wrong.
    #[error("read the registry {}: {problem}", .registry.name())]
    Registry {
        /// Which.
        registry: Registry,
        /// What is wrong.
        problem: &'static str,
    },
    /// A grant's row is wrong.
    #[error("read the grant {}: {problem}", .kind.name())]
    Grant {
        /// Which.
        kind: GrantKind,
        /// What is wrong.
        problem: &'static str,
    },
    /// A lane's row is wrong.
    #[error("read the lane {}: {problem}", .lane.name())]
    Lane {
        /// Which.
        lane: Lane,
        /// What is wrong.
        problem: &'static str,
    },
    /// Another list is wrong.
    #[error("read the {list}: {problem}")]
    List {
        /// `ratings`, `alerts`, `scope`, `temperatures` or `limits`.
        list: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// The calendar is wrong.
    #[error("read the calendar: {0}")]
    Calendar(#[from] CalendarError),
}

impl PolicyPack {
    /// Checks that the pack says one thing about everything it says.
    pub fn check(&self) -> Result<(), PackError> {
        match self.errors().into_iter().next() {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    /// All that is wrong, at most one error for each row.
    pub fn errors(&self) -> Vec<PackError> {
        // First: what follows costs more than the length by far.
        let length = codec::encode(self).len();
        if length > MAX_PACK_BYTES {
            return vec![PackError::TooLong { length }];
        }
        let mut errors = Vec::new();
        self.check_texts(&mut errors);
        self.check_acts(&mut errors);
        errors.extend(self.grades.iter().filter_map(|grade| self.check_grade(grade).err()));
        ascending(&self.registries, |row| row.registry).into_iter().for_each(|row| {
            errors.push(PackError::Registry { registry: row.registry, problem: "it stands twice or out of order" });
        });
        ascending(&self.grants, |row| row.kind).into_iter().for_each(|row| {
            errors.push(PackError::Grant { kind: row.kind, problem: "it stands twice or out of order" });
        });
        ascending(&self.lanes, |row| row.lane).into_iter().for_each(|row| {
            errors.push(PackError::Lane { lane: row.lane, problem: "it stands twice or out of order" });
        });
        errors.extend(self.registries.iter().filter_map(|row| self.check_registry(row).err()));
        errors.extend(self.grants.iter().filter_map(|row| self.check_grant(row).err()));
        errors.extend(self.lanes.iter().filter_map(|row| self.check_lane(row).err()));
        errors.extend(self.check_lists().err());
        errors.extend(self.calendar.check().err().map(PackError::from));
        errors
    }

    fn check_texts(&self, errors: &mut Vec<PackError>) {
        let said = |text: &str| !text.is_empty();
        if !said(self.name.as_str()) {
            errors.push(PackError::Empty { what: "name" });
        }
        if !self.grades.iter().all(|grade| said(grade.name.as_str())) {
            errors.push(PackError::Empty { what: "grades" });
        }
        let names: Vec<&Text<8>> = self.grades.iter().map(|grade| &grade.name).collect();
        if self.grades.is_empty() || has_repetition(&names) {
            errors.push(PackError::Grades);
        }
        let own = self.acts.iter().filter_map(|row| row.article.as_ref());
        if !self.articles.iter().map(|(_, article)| article).chain(own).all(|article| said(article.as_str())) {
            errors.push(PackError::Empty { what: "articles" });
        }
        let mut last = Rule::NONE;
        for (rule, _) in &self.articles {
            if *rule <= last || *rule > Rule::LAST {
                errors.push(PackError::ArticleOrder { rule: *rule });
            }
            last = last.max(*rule);
        }
    }

    fn check_acts(&self, errors: &mut Vec<PackError>) {
        let mut before = None;
        for row in &self.acts {
            if before >= Some(row.act) {
                errors.push(PackError::ActOrder { act: row.act });
            }
            before = before.max(Some(row.act));
            errors.extend(self.check_row(row).err());
        }
        let (place, lift) = (self.row(Act::PlaceHold), self.row(Act::LiftHold));
        let needed = [Act::RotateKey, Act::EndKey].into_iter().chain(place.map(|_| Act::LiftHold));
        errors.extend(needed.filter(|act| self.row(*act).is_none()).map(|act| PackError::ActMissing { act }));
        if let (Some(place), Some(lift)) = (place, lift)
            && (place.any != lift.any || place.any.iter().any(|set| set.len() != 1))
        {
            errors.push(PackError::HoldsDiffer);
        }
    }

    fn check_row(&self, row: &super::ActRow) -> Result<(), PackError> {
        let super::ActRow { act, rule, article, any } = row;
        let act = *act;
        if *rule > Rule::LAST {
            return Err(PackError::RuleUnknown { act, rule: *rule });
        }
        if article.is_none() && self.article(*rule).is_none() {
            return Err(PackError::ArticleMissing { act });
        }
        let family = family(act);
        match family.takes_none() {
            true if any.is_empty() => return Ok(()),
            true => return Err(PackError::SetCount { act }),
            false => {}
        }
        match check_sets(any) {
            Err(Sets::Count) => return Err(PackError::SetCount { act }),
            Err(Sets::Twice) => return Err(PackError::SignerTwice { act }),
            Err(Sets::Role) => return Err(PackError::Fixed { act }),
            Ok(()) => {}
        }
        let many_fits = family == Family::Agencies || any.iter().flatten().all(|need| !need.many);
        match many_fits && any.iter().all(|set| family.allows(set)) && family.allows_row(any) {
            true => Ok(()),
            false => Err(PackError::Fixed { act }),
        }
    }

    /// What a grade asks for can be given under this pack.
    fn check_grade(&self, grade: &Grade) -> Result<(), PackError> {
        let fail = |problem| Err(PackError::Grade { grade: grade.name.clone(), problem });
        if grade.premises > 4 {
            return fail("biosafety levels are 0 to 4");
        }
        if grade.permit && grade.validity_months == 0 {
            return fail("a permit is valid for a month or more");
        }
        if grade.access && !grade.permit {
            return fail("access approval is asked for with a permit, and it needs none");
        }
        if grade.permit && self.grant(GrantKind::Permit).is_none() {
            return fail("it needs a permit, and the pack has no such grant");
        }
        if grade.access && self.registry(Registry::Access).is_none() {
            return fail("it needs access approval, and the pack has no such registry");
        }
        match grade.premises > 0 && self.registry(Registry::Premises).is_none() {
            true => fail("it needs premises of a level, and the pack has no such registry"),
            false => Ok(()),
        }
    }

    fn check_registry(&self, row: &RegistryRow) -> Result<(), PackError> {
        let registry = row.registry;
        let fail = |problem| Err(PackError::Registry { registry, problem });
        if let Err(sets) = check_sets(&row.enter).and_then(|()| check_sets(&row.end)) {
            return fail(sets.words());
        }
        if row.rule > Rule::LAST || (row.rule != Rule::NONE && self.article(row.rule).is_none()) {
            return fail("its rule does not exist or has no article");
        }
        if registry == Registry::Rating && self.ratings.is_empty() {
            return fail("the pack has no ratings");
        }
        self.check_conditions(&row.requires).or_else(fail)
    }

    fn check_grant(&self, row: &GrantRow) -> Result<(), PackError> {
        let kind = row.kind;
        let fail = |problem| Err(PackError::Grant { kind, problem });
        let decides = if row.decide.is_empty() { Ok(()) } else { check_sets(&row.decide) };
        if let Err(sets) = check_sets(&row.apply).and(decides) {
            return fail(sets.words());
        }
        if row.rule > Rule::LAST || (row.rule != Rule::NONE && self.article(row.rule).is_none()) {
            return fail("its rule does not exist or has no article");
        }
        // A permit without an agency would be no permit.
        let agency = |set: &SignerSet| set.iter().any(|need| need.who.is_agency());
        if kind == GrantKind::Permit && (row.decide.is_empty() || !row.decide.iter().all(agency)) {
            return fail("an agency must be among those who decide");
        }
        if !row.decide.is_empty() && row.working_days == 0 {
            return fail("it takes working days to decide");
        }
        self.check_conditions(&row.requires).or_else(fail)
    }

    fn check_lane(&self, row: &LaneRow) -> Result<(), PackError> {
        let lane = row.lane;
        let fail = |problem| Err(PackError::Lane { lane, problem });
        if row.any.is_empty() || row.any.iter().any(Vec::is_empty) {
            return fail("it is open to nobody or to everybody: say the conditions");
        }
        if row.rule > Rule::LAST || self.article(row.rule).is_none() {
            return fail("its rule does not exist or has no article");
        }
        row.any.iter().try_for_each(|conditions| self.check_conditions(conditions)).or_else(fail)
    }

    fn check_conditions(&self, conditions: &[Condition]) -> Result<(), &'static str> {
        if has_repetition(conditions) {
            return Err("a condition stands twice");
        }
        for condition in conditions {
            match condition {
                Condition::Region(regions) if regions.is_empty() || has_repetition(regions) => {
                    return Err("regions are missing or repeated");
                }
                Condition::Region(regions) if !regions.iter().all(is_region) => {
                    return Err("a region is two capital letters (ISO 3166-1)");
                }
                Condition::Rated { at_least, years } => {
                    if !self.ratings.contains(at_least) {
                        return Err("the pack has no such rating");
                    }
                    if *years == 0 || *years > MAX_STREAK {
                        return Err("a streak is 1 to 10 years long");
                    }
                }
                Condition::RiskAtMost(grade) if self.grade(grade).is_none() => {
                    return Err("the pack has no such grade");
                }
                Condition::Listed(registry) if self.registry(*registry).is_none() => {
                    return Err("it asks for a registry that the pack does not have");
                }
                Condition::Region(_)
                | Condition::RiskAtMost(_)
                | Condition::Listed(_)
                | Condition::DeclaredBefore
                | Condition::Record { .. } => {}
            }
        }
        Ok(())
    }

    fn check_lists(&self) -> Result<(), PackError> {
        let fail = |list, problem| Err(PackError::List { list, problem });
        if has_repetition(&self.ratings) || self.ratings.iter().any(|rating| rating.as_str().is_empty()) {
            return fail("ratings", "one is empty or stands twice");
        }
        if !ascending(&self.alerts, |row| row.kind).is_empty() {
            return fail("alerts", "one stands twice or out of order");
        }
        let known = |rule: Rule| rule == Rule::NONE || (rule <= Rule::LAST && self.article(rule).is_some());
        if self.alerts.iter().any(|row| row.to.is_empty() || has_repetition(&row.to) || !known(row.rule)) {
            return fail("alerts", "one is for nobody, for an agency twice, or of a rule without an article");
        }
        if self.scope.categories.is_empty() || has_repetition(&self.scope.categories) {
            return fail("scope", "categories are missing or repeated");
        }
        if self.scope.directions.is_empty() || has_repetition(&self.scope.directions) {
            return fail("scope", "directions are missing or repeated");
        }
        let prefixes = self.scope.excluded_hs.iter().chain(&self.scope.clearance_hs);
        let is_prefix = |text: &Text<13>| text.as_str().len() >= 2 && text.as_str().bytes().all(|b| b.is_ascii_digit());
        if !prefixes.clone().all(is_prefix) {
            return fail("scope", "a prefix of an HS code is 2 digits or more");
        }
        if has_repetition(&prefixes.collect::<Vec<_>>()) {
            return fail("scope", "a prefix of an HS code stands twice");
        }
        if !ascending(&self.temperatures, |row| row.category).is_empty()
            || self.temperatures.iter().any(|row| row.min > row.max)
        {
            return fail("temperatures", "a category stands twice, out of order, or with limits reversed");
        }
        let limits = &self.limits;
        if limits.seat_lead < 2 || limits.pack_lead < 2 || limits.proposal_days == 0 {
            return fail("limits", "seats and packs change 2 blocks ahead or more, and a proposal waits a day or more");
        }
        if limits.pilot_rating.as_ref().is_some_and(|rating| !self.ratings.contains(rating)) {
            return fail("limits", "the pack has no such rating");
        }
        let cleared = self.grant(GrantKind::Clearance).is_some() || self.registry(Registry::WhiteList).is_some();
        if !self.scope.clearance_hs.is_empty() && !cleared {
            return fail(
                "scope",
                "codes need a clearance proof, and the pack has neither this grant nor the white list",
            );
        }
        match has_repetition(&limits.ban_allows) {
            true => fail("limits", "an act stands twice in ban-allows"),
            false => Ok(()),
        }
    }
}

fn is_region(region: &Text<2>) -> bool {
    region.as_str().len() == 2 && region.as_str().bytes().all(|byte| byte.is_ascii_uppercase())
}

/// What is wrong with alternatives of signers.
enum Sets {
    Count,
    Twice,
    Role,
}

impl Sets {
    fn words(&self) -> &'static str {
        match self {
            Sets::Count => "it takes 1 to 4 alternatives of 1 to 8 signers each",
            Sets::Twice => "a signer or an alternative stands twice",
            Sets::Role => "agencies sign as officer or countersigner",
        }
    }
}

fn check_sets(any: &[SignerSet]) -> Result<(), Sets> {
    let fits = |set: &SignerSet| (1..=MAX_SIGNERS).contains(&set.len());
    if !(1..=MAX_SIGNER_SETS).contains(&any.len()) || !any.iter().all(fits) {
        return Err(Sets::Count);
    }
    let sorted: Vec<BTreeSet<SignerNeed>> = any.iter().map(|set| set.iter().copied().collect()).collect();
    if has_repetition(&sorted) || any.iter().any(|set| has_repetition(set)) {
        return Err(Sets::Twice);
    }
    match any.iter().flatten().all(|need| !need.who.is_agency() || is_of_agency(need.role)) {
        true => Ok(()),
        false => Err(Sets::Role),
    }
}

/// Whether an agency signs in this capacity what it signs as an agency.
fn is_of_agency(role: Role) -> bool {
    match role {
        Role::Officer | Role::Countersigner => true,
        Role::Custodian
        | Role::Receiver
        | Role::Declarant
        | Role::Administrator
        | Role::ProjectLead
        | Role::Tester
        | Role::Expert
        | Role::Laboratory
        | Role::Joint
        | Role::Delegate => false,
    }
}

/// Rows that do not come after the one before.
fn ascending<T, K: Ord>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<&T> {
    rows.windows(2).filter_map(|pair| if let [a, b] = pair { (key(a) >= key(b)).then_some(b) } else { None }).collect()
}

/// Whether something stands twice in a list.
pub(crate) fn has_repetition<T: Ord>(list: &[T]) -> bool {
    list.iter().collect::<BTreeSet<_>>().len() != list.len()
}
