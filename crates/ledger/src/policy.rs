//! Policy packs: the rules that may change, as data on the ledger.

mod check;
mod family;
mod shift;

use crate::{
    calendar::Calendar,
    hash::Hash,
    operation::{Act, Direction, GrantKind, Lane, Registry},
    record::{AgencyFunction, AlertKind, Category, Role},
    tag,
    text::Text,
    words,
};
use bincode::{Decode, Encode};
pub use check::PackError;
pub(crate) use check::has_repetition;
pub use shift::{Power, Shift, shift};
use std::{fmt, str::FromStr};

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

words! {
    /// The kind of an organisation, as a signer's words name it.
    pub enum KindTag {
        /// An enterprise.
        "enterprise" Enterprise,
        /// A carrier.
        "carrier" Carrier,
        /// A laboratory.
        "laboratory" Laboratory,
        /// A disposer.
        "disposer" Disposer,
        /// A partner in Hong Kong or Macau.
        "partner" Partner,
        /// An observer.
        "observer" Observer,
        /// The district's mechanism.
        "district-mechanism" District,
        /// The joint mechanism.
        "joint-mechanism" Joint,
    }
}

/// For whom a signer signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Who {
    /// The organisation whose act it is: the custodian, the declarant, the one whose keys change.
    Principal,
    /// The other organisation of the act: the receiver of a handover, the partner of a filing.
    Counterpart,
    /// An agency of this function.
    Agency(AgencyFunction),
    /// An agency, whichever.
    AnyAgency,
    /// An organisation of this kind.
    Kind(KindTag),
    /// An organisation, whichever.
    Anyone,
}

/// One signer that an act needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct SignerNeed {
    /// In which capacity.
    pub role: Role,
    /// For whom.
    pub who: Who,
    /// Whether several organisations may sign so, each once.
    pub many: bool,
}

/// Signers each of whom an act needs: 1 to [`crate::bounds::MAX_SIGNERS`], none twice.
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
    /// Alternatives, 1 to [`crate::bounds::MAX_SIGNER_SETS`]; none where the old key signs ([`Act::RotateKey`]) or
    /// another row says who does (grants and motions).
    pub any: Vec<SignerSet>,
}

words! {
    /// How a permit is written off.
    pub enum WriteOff {
        /// At once and in full, whatever was released.
        "once" Once,
        /// Release by release (R20, R21).
        "batches" Batches,
    }
}

/// A risk grade, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Grade {
    /// Its name.
    pub name: Text<8>,
    /// Whether items need a permit to cross the border.
    pub permit: bool,
    /// Whether a permit needs access approval of the class.
    pub access: bool,
    /// Months that a permit is valid.
    pub validity_months: u8,
    /// How a permit is written off.
    pub write_off: WriteOff,
    /// Biosafety level of the premises of whoever holds it, 0 (any) to 4.
    pub premises: u8,
    /// Whether an inspection passes only with a laboratory test.
    pub test: bool,
}

words! {
    /// For how long an entry of a registry may be made.
    pub enum Period {
        /// As long as its signers say, or without an end.
        "open" Open,
        /// Until the end of the calendar year at most.
        "year" Year,
        /// Until the end of the half-year at most.
        "half-year" HalfYear,
    }
}

/// Who keeps a registry, and how.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RegistryRow {
    /// Which.
    pub registry: Registry,
    /// The rule behind it.
    pub rule: Rule,
    /// Who enters, as alternatives.
    pub enter: Vec<SignerSet>,
    /// Who ends an entry, as alternatives.
    pub end: Vec<SignerSet>,
    /// For how long.
    pub period: Period,
    /// What the subject must meet.
    pub requires: Vec<Condition>,
    /// How many days before its end an entry is alerted; 0: it is not.
    pub warn_days: u16,
    /// For how many days a cancelled subject is barred (R24).
    pub barred_days: u16,
}

/// Who applies for a grant and who decides.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GrantRow {
    /// Which.
    pub kind: GrantKind,
    /// The rule behind it.
    pub rule: Rule,
    /// Who applies, as alternatives.
    pub apply: Vec<SignerSet>,
    /// Who decides, as alternatives; nobody: it is granted at once.
    pub decide: Vec<SignerSet>,
    /// Working days until it is to be decided (R7).
    pub working_days: u8,
    /// How often the clock may be stopped.
    pub pauses: u8,
    /// How many days before its end it is alerted; 0: it is not.
    pub warn_days: u16,
    /// What the applicant and the class must meet.
    pub requires: Vec<Condition>,
}

/// A faster way, and to whom it is open: to those who meet every condition of one alternative.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LaneRow {
    /// Which.
    pub lane: Lane,
    /// The rule behind it.
    pub rule: Rule,
    /// Alternatives of conditions (A3 in `domain.md`: R10 joins by and, R13 by or).
    pub any: Vec<Vec<Condition>>,
}

/// What a lane, a registry or a grant asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Condition {
    /// Origin or destination is one of these regions.
    Region(Vec<Text<2>>),
    /// The organisation was rated so, or better, in each of the last completed years (R3).
    Rated {
        /// The rating.
        at_least: Text<2>,
        /// How many years.
        years: u8,
    },
    /// The class is of this grade, or of less risk: never of a lower number (A1 in `domain.md`).
    RiskAtMost(Text<8>),
    /// An entry of the registry is in force: about the organisation, the class, both, or the counterpart, as the registry
    /// is about.
    Listed(Registry),
    /// The permit has served a declaration already.
    DeclaredBefore,
    /// The organisation has been on record for so many days.
    Record {
        /// How many.
        days: u16,
    },
}

impl fmt::Display for Condition {
    /// As a pack writes it: `rated A 5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Region(regions) => {
                f.write_str("region")?;
                regions.iter().try_for_each(|region| write!(f, " {region}"))
            }
            Condition::Rated { at_least, years } => write!(f, "rated {at_least} {years}"),
            Condition::RiskAtMost(grade) => write!(f, "risk<={grade}"),
            Condition::Listed(registry) => write!(f, "listed {}", registry.name()),
            Condition::DeclaredBefore => f.write_str("declared-before"),
            Condition::Record { days } => write!(f, "record {days}"),
        }
    }
}

/// To whom an alert goes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AlertRow {
    /// Which.
    pub kind: AlertKind,
    /// The rule behind it.
    pub rule: Rule,
    /// Agencies.
    pub to: Vec<AgencyFunction>,
}

/// What the pack is about.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Scope {
    /// Categories.
    pub categories: Vec<Category>,
    /// Prefixes of HS codes that are outside it.
    pub excluded_hs: Vec<Text<13>>,
    /// Prefixes of HS codes that need a clearance proof before they are declared (R25).
    pub clearance_hs: Vec<Text<13>>,
    /// Directions that may be applied for.
    pub directions: Vec<Direction>,
}

/// Limits of temperature of a category, in thousandths of a degree Celsius.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TemperatureRow {
    /// Category.
    pub category: Category,
    /// Least.
    pub min: i32,
    /// Greatest.
    pub max: i32,
}

/// Periods and thresholds: policy values, which the sources do not give.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Limits {
    /// Blocks between the vote and the first block that other seats sign, 2 or more.
    pub seat_lead: u32,
    /// Blocks between the vote and the first block under another pack.
    pub pack_lead: u32,
    /// Days that a proposal may wait for approvals.
    pub proposal_days: u16,
    /// Days that a recovered key waits.
    pub recovery_days: u16,
    /// Days after the end of a quarter by which its report is due (R15).
    pub report_days: u16,
    /// Days that a plan must be ahead (R32).
    pub plan_ahead_days: u16,
    /// Rating below which a pilot stops (R26); none: it does not.
    pub pilot_rating: Option<Text<2>>,
    /// What a banned organisation may still do: give its items up.
    pub ban_allows: Vec<Act>,
}

/// A named, versioned rule set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PolicyPack {
    /// Its name.
    pub name: Text<32>,
    /// Its version.
    pub version: u32,
    /// Risk grades, in the order of the table.
    pub grades: Vec<Grade>,
    /// Which end is dangerous.
    pub orientation: Orientation,
    /// Ratings of organisations, best first; none where the regime rates nobody (A2 in `domain.md`).
    pub ratings: Vec<Text<2>>,
    /// Articles by rule, ascending.
    pub articles: Vec<(Rule, Text<64>)>,
    /// Acts, ascending; an act without a row is not possible under the pack.
    pub acts: Vec<ActRow>,
    /// Registries, ascending.
    pub registries: Vec<RegistryRow>,
    /// Grants, ascending.
    pub grants: Vec<GrantRow>,
    /// Lanes, ascending.
    pub lanes: Vec<LaneRow>,
    /// Alerts, ascending; an alert without a row is not raised.
    pub alerts: Vec<AlertRow>,
    /// What the pack is about.
    pub scope: Scope,
    /// Limits of temperature, ascending by category.
    pub temperatures: Vec<TemperatureRow>,
    /// Working days and years.
    pub calendar: Calendar,
    /// Periods and thresholds.
    pub limits: Limits,
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

    /// The row of a registry.
    pub fn registry(&self, registry: Registry) -> Option<&RegistryRow> {
        self.registries.iter().find(|row| row.registry == registry)
    }

    /// The row of a kind of grant.
    pub fn grant(&self, kind: GrantKind) -> Option<&GrantRow> {
        self.grants.iter().find(|row| row.kind == kind)
    }

    /// The row of a lane.
    pub fn lane(&self, lane: Lane) -> Option<&LaneRow> {
        self.lanes.iter().find(|row| row.lane == lane)
    }

    /// The row of an alert.
    pub fn alert(&self, kind: AlertKind) -> Option<&AlertRow> {
        self.alerts.iter().find(|row| row.kind == kind)
    }

    /// A grade by its name.
    pub fn grade(&self, name: &Text<8>) -> Option<&Grade> {
        self.grades.iter().find(|grade| grade.name == *name)
    }

    /// The article of a rule.
    pub fn article(&self, rule: Rule) -> Option<&Text<64>> {
        self.articles.iter().find(|(of, _)| *of == rule).map(|(_, article)| article)
    }

    /// Whether a grade is of no more risk than another one: which way that is, the orientation says.
    pub fn risk_is_at_most(&self, grade: &Text<8>, limit: &Text<8>) -> bool {
        let place = |name: &Text<8>| self.grades.iter().position(|grade| grade.name == *name);
        match (place(grade), place(limit), self.orientation) {
            (Some(grade), Some(limit), Orientation::FirstIsLowest) => grade <= limit,
            (Some(grade), Some(limit), Orientation::FirstIsHighest) => grade >= limit,
            (None, _, _) | (_, None, _) => false,
        }
    }

    /// Whether a rating is as good as another one, or better.
    pub fn is_rated(&self, rating: &Text<2>, at_least: &Text<2>) -> bool {
        let place = |name: &Text<2>| self.ratings.iter().position(|rating| rating == name);
        match (place(rating), place(at_least)) {
            (Some(rating), Some(limit)) => rating <= limit,
            (None, _) | (_, None) => false,
        }
    }
}

impl Who {
    pub(crate) fn is_agency(self) -> bool {
        match self {
            Who::Agency(_) | Who::AnyAgency => true,
            Who::Principal | Who::Counterpart | Who::Kind(_) | Who::Anyone => false,
        }
    }
}
