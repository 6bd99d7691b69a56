//! Policy packs: the rules that may change, as data on the ledger.

use crate::{
    bounds::{MAX_PACK_BYTES, MAX_SIGNER_SETS, MAX_SIGNERS},
    codec,
    hash::Hash,
    operation::Act,
    record::{AgencyFunction, Role},
    tag,
    text::Text,
};
use bincode::{Decode, Encode};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

/// A rule of the regulation by its number, R1 to R33; 0 where none of them stands behind an act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Rule(pub u8);

impl Rule {
    /// No rule.
    pub const NONE: Rule = Rule(0);
    /// The last of them.
    pub const LAST: Rule = Rule(33);
}

impl fmt::Display for Rule {
    /// `R13`; nothing for no rule.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Rule::NONE => Ok(()),
            Rule(number) => write!(f, "R{number}"),
        }
    }
}

/// A text names no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("take it for a rule: rules are R1 to R33")]
pub struct NoRule;

impl FromStr for Rule {
    type Err = NoRule;

    fn from_str(text: &str) -> Result<Rule, NoRule> {
        let number = text.strip_prefix('R').filter(|digits| !digits.starts_with(['0', '+'])).ok_or(NoRule)?;
        let rule = Rule(number.parse().map_err(|_| NoRule)?);
        if rule <= Rule::LAST { Ok(rule) } else { Err(NoRule) }
    }
}

/// Which end of the grade scale is the most dangerous (A1 in `domain.md`: the sources do not settle it, and the wrong
/// reading exempts the most dangerous grade from inspection; so there is no default).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Orientation {
    /// The first grade of the table is the most dangerous.
    FirstIsHighest,
    /// The first grade of the table is the least dangerous.
    FirstIsLowest,
}

impl Orientation {
    /// Both.
    pub const ALL: [Orientation; 2] = [Orientation::FirstIsHighest, Orientation::FirstIsLowest];

    /// The word used in JSON, in packs and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Orientation::FirstIsHighest => "first-is-highest",
            Orientation::FirstIsLowest => "first-is-lowest",
        }
    }
}

/// For whom a signer signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Who {
    /// The organisation whose act it is: the custodian, the declarant, the one whose keys change.
    Principal,
    /// The other organisation of the act: the receiver of a handover.
    Counterpart,
    /// An agency of this function.
    Agency(AgencyFunction),
    /// An agency, whichever.
    AnyAgency,
}

/// One signer that an act needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct SignerNeed {
    /// In which capacity.
    pub role: Role,
    /// For whom.
    pub who: Who,
}

/// Signers each of whom an act needs: 1 to [`MAX_SIGNERS`], none twice.
pub type SignerSet = Vec<SignerNeed>;

/// Who signs an act, and by which rule or article.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ActRow {
    /// The act.
    pub act: Act,
    /// The rule behind it.
    pub rule: Rule,
    /// The article where no rule stands behind it, or where it differs from the rule's.
    pub article: Option<Text<64>>,
    /// Alternatives, 1 to [`MAX_SIGNER_SETS`]; none for [`Act::RotateKey`], which the old key signs.
    pub any: Vec<SignerSet>,
}

/// A named, versioned rule set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PolicyPack {
    /// Its name.
    pub name: Text<32>,
    /// Its version.
    pub version: u32,
    /// Risk grades, in the order of the table.
    pub grades: Vec<Text<8>>,
    /// Which end is dangerous.
    pub orientation: Orientation,
    /// Articles by rule, ascending.
    pub articles: Vec<(Rule, Text<64>)>,
    /// Acts, ascending; an act without a row is not possible under the pack.
    pub acts: Vec<ActRow>,
}

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
         (none for rotate-key)",
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
    #[error("read the row of {}: {}", .act.name(), fixed(*.act))]
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
    #[error("read the rows of place-hold and lift-hold: both take the same alternatives, of one agency each")]
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
}

impl PolicyPack {
    /// Hash of the pack.
    pub fn hash(&self) -> Hash {
        Hash::of(&tag::POLICY_PACK, self)
    }

    /// The row of an act.
    pub fn row(&self, act: Act) -> Option<&ActRow> {
        self.acts.iter().find(|row| row.act == act)
    }

    /// The article of a rule.
    pub fn article(&self, rule: Rule) -> Option<&Text<64>> {
        self.articles.iter().find(|(of, _)| *of == rule).map(|(_, article)| article)
    }

    /// Checks that the pack says one thing about everything it says.
    pub fn check(&self) -> Result<(), PackError> {
        match self.errors().into_iter().next() {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    /// All that is wrong, at most one error for each row.
    pub fn errors(&self) -> Vec<PackError> {
        let mut errors = Vec::new();
        let said = |text: &str| !text.is_empty();
        if !said(self.name.as_str()) {
            errors.push(PackError::Empty { what: "name" });
        }
        if !self.grades.iter().all(|grade| said(grade.as_str())) {
            errors.push(PackError::Empty { what: "grades" });
        }
        if self.grades.is_empty() || has_repetition(&self.grades) {
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
        let length = codec::encode(self).len();
        if length > MAX_PACK_BYTES {
            errors.push(PackError::TooLong { length });
        }
        errors
    }

    fn check_row(&self, row: &ActRow) -> Result<(), PackError> {
        let ActRow { act, rule, article, any } = row;
        let act = *act;
        if *rule > Rule::LAST {
            return Err(PackError::RuleUnknown { act, rule: *rule });
        }
        if article.is_none() && self.article(*rule).is_none() {
            return Err(PackError::ArticleMissing { act });
        }
        let least = usize::from(act != Act::RotateKey);
        let most = if act == Act::RotateKey { 0 } else { MAX_SIGNER_SETS };
        let fits = |set: &SignerSet| (1..=MAX_SIGNERS).contains(&set.len());
        if !(least..=most).contains(&any.len()) || !any.iter().all(fits) {
            return Err(PackError::SetCount { act });
        }
        let sorted: Vec<BTreeSet<SignerNeed>> = any.iter().map(|set| set.iter().copied().collect()).collect();
        if has_repetition(&sorted) || any.iter().any(|set| has_repetition(set)) {
            return Err(PackError::SignerTwice { act });
        }
        let agencies_sign = any.iter().flatten().all(|need| !need.who.is_agency() || need.role.is_of_agency());
        match agencies_sign && any.iter().all(|set| may_sign(act, set)) && (!is_of_keys(act) || keeps_keys(any)) {
            true => Ok(()),
            false => Err(PackError::Fixed { act }),
        }
    }
}

fn need(role: Role, who: Who) -> SignerNeed {
    SignerNeed { role, who }
}

fn has_agency(set: &SignerSet) -> bool {
    set.iter().any(|need| need.who.is_agency())
}

/// Keys and nodes stay with their organisation, an agency's with it alone; and a firm that lost its keys needs somebody
/// who gives it new ones.
fn keeps_keys(any: &[SignerSet]) -> bool {
    any.contains(&vec![need(Role::Administrator, Who::Principal)]) && any.iter().any(has_agency)
}

impl Role {
    /// Whether an agency signs in this capacity what it signs as an agency.
    fn is_of_agency(self) -> bool {
        match self {
            Role::Officer | Role::Countersigner => true,
            Role::Custodian | Role::Receiver | Role::Declarant | Role::Administrator => false,
        }
    }
}

impl Who {
    pub(crate) fn is_agency(self) -> bool {
        match self {
            Who::Agency(_) | Who::AnyAgency => true,
            Who::Principal | Who::Counterpart => false,
        }
    }
}

/// What no pack can change: the two halves of a handover, who speaks for custody, and that an agency takes part where
/// the law has one.
fn may_sign(act: Act, set: &SignerSet) -> bool {
    let alone = |role| *set == [need(role, Who::Principal)];
    let has = |role| set.contains(&need(role, Who::Principal)) && set.iter().all(|n| n.who != Who::Counterpart);
    match act {
        Act::Offer | Act::Withdraw => alone(Role::Custodian),
        Act::Accept | Act::Refuse => alone(Role::Receiver),
        Act::Handover => {
            let halves = [need(Role::Custodian, Who::Principal), need(Role::Receiver, Who::Counterpart)];
            set.len() == halves.len() && halves.iter().all(|half| set.contains(half))
        }
        Act::RotateKey => false,
        Act::Register | Act::Declare => has(Role::Declarant),
        Act::Use => has(Role::Custodian),
        Act::Dispose => has(Role::Custodian) && has_agency(set),
        Act::RegisterKey | Act::EndKey | Act::RegisterNode | Act::EndNode => {
            alone(Role::Administrator) || set.iter().all(|n| n.who.is_agency())
        }
        Act::RegisterOrg
        | Act::RegisterClass
        | Act::AssertHs
        | Act::Inspect
        | Act::Release
        | Act::PlaceHold
        | Act::LiftHold => set.iter().all(|n| n.who.is_agency()),
    }
}

/// Whether an act is about the keys or nodes of an organisation.
fn is_of_keys(act: Act) -> bool {
    match act {
        Act::RegisterKey | Act::EndKey | Act::RegisterNode | Act::EndNode => true,
        Act::RegisterOrg
        | Act::RotateKey
        | Act::RegisterClass
        | Act::AssertHs
        | Act::Register
        | Act::Declare
        | Act::Inspect
        | Act::Release
        | Act::Offer
        | Act::Accept
        | Act::Refuse
        | Act::Withdraw
        | Act::Handover
        | Act::Use
        | Act::Dispose
        | Act::PlaceHold
        | Act::LiftHold => false,
    }
}

/// [`may_sign`] in words.
fn fixed(act: Act) -> &'static str {
    match act {
        Act::Offer | Act::Withdraw => "it takes custodian@principal and nobody else",
        Act::Accept | Act::Refuse => "it takes receiver@principal and nobody else",
        Act::Handover => "it takes custodian@principal and receiver@counterpart, the two halves",
        Act::RotateKey => "the old key signs it and nobody else",
        Act::Register | Act::Declare => "declarant@principal must be among the signers, and no counterpart",
        Act::Use => "custodian@principal must be among the signers, and no counterpart",
        Act::Dispose => {
            "custodian@principal and an agency (officer or countersigner) must be among the signers, and no counterpart"
        }
        Act::RegisterKey | Act::EndKey | Act::RegisterNode | Act::EndNode => {
            "it takes the alternative administrator@principal, and one or more of agencies alone; agencies sign as officer or \
             countersigner"
        }
        Act::RegisterOrg
        | Act::RegisterClass
        | Act::AssertHs
        | Act::Inspect
        | Act::Release
        | Act::PlaceHold
        | Act::LiftHold => "agencies sign it and nobody else, as officer or countersigner",
    }
}

/// Acts that an agency signs under one of two packs and not under the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// What it may sign under the new one alone.
    pub gains: BTreeSet<Act>,
    /// What it could sign under the old one alone.
    pub loses: BTreeSet<Act>,
}

/// Which agencies gain or lose competence from one pack to another: those that do must agree to the change.
pub fn shift(old: &PolicyPack, new: &PolicyPack) -> BTreeMap<AgencyFunction, Shift> {
    let signs = |pack: &PolicyPack, act: Act, function: AgencyFunction| {
        let meets = |need: &SignerNeed| need.who == Who::AnyAgency || need.who == Who::Agency(function);
        pack.row(act).is_some_and(|row| row.any.iter().flatten().any(meets))
    };
    let mut shifts: BTreeMap<AgencyFunction, Shift> = BTreeMap::new();
    for function in AgencyFunction::ALL {
        for act in Act::ALL {
            match (signs(old, act, function), signs(new, act, function)) {
                (false, true) => drop(shifts.entry(function).or_default().gains.insert(act)),
                (true, false) => drop(shifts.entry(function).or_default().loses.insert(act)),
                (true, true) | (false, false) => {}
            }
        }
    }
    shifts
}

/// Whether something stands twice in a list.
pub(crate) fn has_repetition<T: Ord>(list: &[T]) -> bool {
    list.iter().collect::<BTreeSet<_>>().len() != list.len()
}
