//! The shape of a pack's text, with the place of whatever may be wrong in it.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// A word or a text, and where it stands.
pub(super) type Word = Spanned<String>;
/// A list of them.
pub(super) type Words = Spanned<Vec<Word>>;
/// Alternatives, of signers or of conditions.
pub(super) type Any = Vec<Vec<Word>>;

/// A pack.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) schema: Word,
    pub(super) name: Word,
    pub(super) version: u32,
    pub(super) orientation: Word,
    pub(super) ratings: Words,
    #[serde(default)]
    pub(super) articles: BTreeMap<String, Word>,
    #[serde(default)]
    pub(super) grade: Vec<Grade>,
    #[serde(default)]
    pub(super) act: Vec<Act>,
    #[serde(default)]
    pub(super) registry: Vec<Registry>,
    #[serde(default)]
    pub(super) grant: Vec<Grant>,
    #[serde(default)]
    pub(super) lane: Vec<Lane>,
    #[serde(default)]
    pub(super) alert: Vec<Alert>,
    pub(super) scope: Scope,
    #[serde(default)]
    pub(super) temperature: Vec<Temperature>,
    pub(super) calendar: Calendar,
    pub(super) limits: Limits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Grade {
    pub(super) name: Word,
    pub(super) permit: bool,
    pub(super) access: bool,
    pub(super) validity: Word,
    pub(super) write_off: Word,
    pub(super) premises: u8,
    pub(super) test: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    pub(super) name: Word,
    pub(super) rule: Option<Word>,
    pub(super) article: Option<Word>,
    pub(super) signers: Any,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Registry {
    pub(super) name: Word,
    pub(super) rule: Option<Word>,
    pub(super) enter: Any,
    pub(super) end: Any,
    pub(super) period: Word,
    pub(super) requires: Vec<Word>,
    pub(super) warn_days: u16,
    pub(super) barred_days: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Grant {
    pub(super) name: Word,
    pub(super) rule: Option<Word>,
    pub(super) apply: Any,
    pub(super) decide: Any,
    pub(super) working_days: u8,
    pub(super) pauses: u8,
    pub(super) warn_days: u16,
    pub(super) requires: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lane {
    pub(super) name: Word,
    pub(super) rule: Option<Word>,
    pub(super) any: Any,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alert {
    pub(super) name: Word,
    pub(super) rule: Option<Word>,
    pub(super) to: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Scope {
    pub(super) categories: Words,
    pub(super) excluded_hs: Vec<Word>,
    pub(super) clearance_hs: Vec<Word>,
    pub(super) directions: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Temperature {
    pub(super) category: Word,
    pub(super) min: Word,
    pub(super) max: Word,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Calendar {
    pub(super) utc_offset: Word,
    pub(super) weekend: Words,
    pub(super) holidays: Words,
    pub(super) workdays: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Limits {
    pub(super) seat_lead: Spanned<u32>,
    pub(super) pack_lead: Spanned<u32>,
    pub(super) proposal_days: Spanned<u16>,
    pub(super) recovery_days: u16,
    pub(super) report_days: u16,
    pub(super) plan_ahead_days: u16,
    pub(super) pilot_rating: Option<Word>,
    pub(super) ban_allows: Words,
}
