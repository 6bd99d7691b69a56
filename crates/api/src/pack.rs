//! Policy packs as text: TOML that a lawyer reads, and the packs that come with the program (`docs/formats/policy.md`).

use ledger::{
    Act, PolicyPack, Role, Text,
    policy::{ActRow, Orientation, PackError, Rule, SignerNeed, SignerSet, Who},
    record::AgencyFunction,
};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, fmt::Write as _, ops::Range};
use toml::Spanned;

/// Value of `schema` in a pack.
pub const PACK_SCHEMA: &str = "hufu.pack/1";
/// The orientation of a pack that leaves it to the genesis of each network.
pub const BY_GENESIS: &str = "$genesis";
/// The packs that come with the program, by name.
pub const SHIPPED: [(&str, &str); 2] = [
    ("shenzhen-draft", include_str!("../packs/shenzhen-draft.toml")),
    ("gacc-281", include_str!("../packs/gacc-281.toml")),
];
/// Bytes of a pack's text.
pub const MAX_TEXT: usize = 256 * 1024;

/// What is wrong in a pack, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

/// Whether a pack is one that comes with the program, byte for byte.
pub fn is_shipped(pack: &PolicyPack) -> bool {
    let same = |text: &str| read(text, Some(pack.orientation)).is_ok_and(|shipped| shipped == *pack);
    shipped(pack.name.as_str()).is_some_and(same)
}

/// Whether a pack bears name and version of one that comes with the program, and is another.
pub fn is_impostor(pack: &PolicyPack) -> bool {
    let named = |text: &str| {
        let of = |orientation| read(text, Some(orientation)).ok();
        Orientation::ALL.into_iter().find_map(of).is_some_and(|shipped| shipped.version == pack.version)
    };
    shipped(pack.name.as_str()).is_some_and(named) && !is_shipped(pack)
}

/// The text of a pack that comes with the program.
pub fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(of, _)| *of == name).map(|(_, text)| *text)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: Spanned<String>,
    name: Spanned<String>,
    version: u32,
    grades: Spanned<Vec<Spanned<String>>>,
    orientation: Spanned<String>,
    #[serde(default)]
    articles: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    act: Vec<ActText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActText {
    name: Spanned<String>,
    rule: Option<Spanned<String>>,
    article: Option<Spanned<String>>,
    signers: Vec<Vec<Spanned<String>>>,
}

/// Reads a pack. `orientation` is what the genesis says: needed where the pack leaves it to it, and refused where it
/// says another one. Error: everything that is wrong, in the order of the text: first of what cannot be read, then of
/// what does not fit; where the text is no TOML of this shape, the first alone.
pub fn read(text: &str, orientation: Option<Orientation>) -> Result<PolicyPack, Vec<Fault>> {
    if text.len() > MAX_TEXT {
        let what = format!("the text has {} bytes: at most {MAX_TEXT} fit", text.len());
        return Err(vec![Fault { line: 1, column: 1, what }]);
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        vec![fault(text, &at, error.message().to_owned())]
    })?;
    let mut reader = Reader { text, faults: Vec::new() };
    let pack = reader.pack(&file, orientation);
    // What could not be read has its fault already, and would be missed a second time.
    if reader.faults.is_empty() {
        pack.errors().iter().for_each(|error| reader.fault(&place(&file, error), error.to_string()));
    }
    reader.faults.sort_by_key(|fault| (fault.line, fault.column));
    if reader.faults.is_empty() { Ok(pack) } else { Err(reader.faults) }
}

/// Where an error of the whole stands in the text.
fn place(file: &File, error: &PackError) -> Range<usize> {
    let of_act = |act: Act| {
        let row = file.act.iter().rev().find(|row| row.name.get_ref() == act.name());
        row.map_or(0..0, |row| row.name.span())
    };
    match error {
        PackError::ActOrder { act }
        | PackError::ArticleMissing { act }
        | PackError::SetCount { act }
        | PackError::SignerTwice { act }
        | PackError::Fixed { act } => of_act(*act),
        PackError::RuleUnknown { act, rule: _ } => of_act(*act),
        PackError::HoldsDiffer => of_act(Act::LiftHold),
        PackError::Grades | PackError::Empty { what: "grades" } => file.grades.span(),
        PackError::ArticleOrder { .. }
        | PackError::ActMissing { .. }
        | PackError::Empty { what: _ }
        | PackError::TooLong { .. } => file.name.span(),
    }
}

fn fault(text: &str, at: &Range<usize>, what: String) -> Fault {
    let before = text.get(..at.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    // What is quoted from the text must not speak to the terminal.
    let what = what.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
    Fault { line, column, what }
}

struct Reader<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, at: &Range<usize>, what: String) {
        self.faults.push(fault(self.text, at, what));
    }

    fn text<const MAX: usize>(&mut self, text: &Spanned<String>) -> Text<MAX> {
        Text::new(text.get_ref().clone()).unwrap_or_else(|error| {
            self.fault(&text.span(), error.to_string());
            Text::default()
        })
    }

    fn pack(&mut self, file: &File, orientation: Option<Orientation>) -> PolicyPack {
        if file.schema.get_ref() != PACK_SCHEMA {
            self.fault(&file.schema.span(), format!("this program reads {PACK_SCHEMA}"));
        }
        let grades = file.grades.get_ref().iter().map(|grade| self.text(grade)).collect();
        let mut articles = Vec::with_capacity(file.articles.len());
        for (rule, article) in &file.articles {
            match rule.parse::<Rule>() {
                Ok(rule) => articles.push((rule, self.text(article))),
                Err(_) => self.fault(&article.span(), format!("{rule:?} is no rule: R1 to R33 are")),
            }
        }
        articles.sort_by_key(|(rule, _)| *rule);
        let mut acts: Vec<ActRow> = file.act.iter().filter_map(|row| self.row(row)).collect();
        acts.sort_by_key(|row| row.act);
        PolicyPack {
            name: self.text(&file.name),
            version: file.version,
            grades,
            orientation: self.orientation(&file.orientation, orientation),
            articles,
            acts,
        }
    }

    fn orientation(&mut self, word: &Spanned<String>, of_genesis: Option<Orientation>) -> Orientation {
        let named = Orientation::ALL.into_iter().find(|o| o.name() == word.get_ref());
        let words = Orientation::ALL.map(Orientation::name).join(" or ");
        let fault = match (named, of_genesis) {
            (Some(named), None) => return named,
            (Some(named), Some(asked)) if named == asked => return named,
            (None, Some(asked)) if word.get_ref() == BY_GENESIS => return asked,
            (Some(named), Some(asked)) => format!("the pack says {}, and {} is asked for", named.name(), asked.name()),
            (None, None) if word.get_ref() == BY_GENESIS => format!("the pack leaves it open: say {words}"),
            (None, _) => format!("{:?} is no orientation: {words} are", word.get_ref()),
        };
        self.fault(&word.span(), fault);
        Orientation::FirstIsHighest
    }

    fn row(&mut self, row: &ActText) -> Option<ActRow> {
        let rule = row.rule.as_ref().map_or(Rule::NONE, |rule| {
            rule.get_ref().parse().unwrap_or_else(|_| {
                self.fault(&rule.span(), format!("{:?} is no rule: R1 to R33 are", rule.get_ref()));
                Rule::NONE
            })
        });
        let article = row.article.as_ref().map(|article| self.text(article));
        let any = row.signers.iter().map(|set| set.iter().filter_map(|word| self.need(word)).collect()).collect();
        let act = Act::ALL.into_iter().find(|act| act.name() == row.name.get_ref());
        if act.is_none() {
            self.fault(&row.name.span(), format!("this program knows no act {:?}", row.name.get_ref()));
        }
        Some(ActRow { act: act?, rule, article, any })
    }

    fn need(&mut self, word: &Spanned<String>) -> Option<SignerNeed> {
        let need = read_need(word.get_ref());
        if let Err(what) = &need {
            self.fault(&word.span(), what.clone());
        }
        need.ok()
    }
}

fn read_need(word: &str) -> Result<SignerNeed, String> {
    let (role, who) =
        word.split_once('@').ok_or_else(|| format!("{word:?} is no signer: write capacity@organisation"))?;
    let role = Role::ALL.into_iter().find(|r| r.name() == role).ok_or_else(|| {
        let roles = Role::ALL.map(Role::name).join(", ");
        format!("{role:?} is no capacity: {roles} are")
    })?;
    let who = match who {
        "principal" => Who::Principal,
        "counterpart" => Who::Counterpart,
        "any-agency" => Who::AnyAgency,
        _ => AgencyFunction::ALL.into_iter().find(|f| f.name() == who).map(Who::Agency).ok_or_else(|| {
            let agencies = AgencyFunction::ALL.map(AgencyFunction::name).join(", ");
            format!("{who:?} is no organisation: principal, counterpart, any-agency, {agencies} are")
        })?,
    };
    Ok(SignerNeed { role, who })
}

/// The word for a signer, such as `officer@customs`.
pub fn need_word(need: &SignerNeed) -> String {
    let who = match need.who {
        Who::Principal => "principal",
        Who::Counterpart => "counterpart",
        Who::AnyAgency => "any-agency",
        Who::Agency(function) => function.name(),
    };
    format!("{}@{who}", need.role.name())
}

/// The words for alternatives of signers: each alternative's signers.
pub fn set_words(any: &[SignerSet]) -> Vec<Vec<String>> {
    any.iter().map(|set| set.iter().map(need_word).collect()).collect()
}

/// A pack as text that [`read`] reads to the same pack.
pub fn write(pack: &PolicyPack) -> String {
    let PolicyPack { name, version, grades, orientation, articles, acts } = pack;
    let text = |text: &str| toml::Value::from(text).to_string();
    let list = |words: &[String]| format!("[{}]", words.iter().map(|w| text(w)).collect::<Vec<_>>().join(", "));
    let mut out = String::new();
    let grades: Vec<String> = grades.iter().map(|grade| grade.to_string()).collect();
    // Writing to a string cannot fail.
    let _ = write!(out, "schema = {}\nname = {}\nversion = {version}\n", text(PACK_SCHEMA), text(name.as_str()));
    let _ = write!(out, "grades = {}\norientation = {}\n\n[articles]\n", list(&grades), text(orientation.name()));
    for (rule, article) in articles {
        let _ = writeln!(out, "{rule} = {}", text(article.as_str()));
    }
    for ActRow { act, rule, article, any } in acts {
        let _ = write!(out, "\n[[act]]\nname = {}\n", text(act.name()));
        if *rule != Rule::NONE {
            let _ = writeln!(out, "rule = {}", text(&rule.to_string()));
        }
        if let Some(article) = article {
            let _ = writeln!(out, "article = {}", text(article.as_str()));
        }
        let sets: Vec<String> = set_words(any).iter().map(|set| list(set)).collect();
        let _ = writeln!(out, "signers = [{}]", sets.join(", "));
    }
    out
}
