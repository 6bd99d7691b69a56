//! What two packs say differently: what somebody is to know before voting to put one in the place of the other.

use super::{PARTS, Row, rows, set_words};
use crate::Lang;
use ledger::{
    Act, PolicyPack,
    policy::{self, Power},
    record::AgencyFunction,
};
use std::collections::BTreeSet;

/// What two packs say differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Name, version, grades, orientation and ratings of the old and of the new one, in a line each.
    pub heads: [String; 2],
    /// Who signs an act, and by which law, in words; acts of which neither changes are left out.
    pub acts: Vec<Difference>,
    /// All other rows, line by line as a pack is written, part by part.
    pub rows: Vec<Difference>,
    /// Agencies that gain or lose competence: they must agree to the change.
    pub competence: Vec<Competence>,
}

/// What two packs say differently of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// To which of [`PARTS`] the row belongs.
    pub part: &'static str,
    /// Which row of its part; empty where the part has one row.
    pub name: String,
    /// What the old one alone says.
    pub old: Vec<String>,
    /// What the new one alone says.
    pub new: Vec<String>,
}

impl Difference {
    /// Part and name, such as `grade A1`.
    pub fn heading(&self) -> String {
        format!("{} {}", self.part, self.name).trim_end().to_owned()
    }

    /// What the old one alone says, each line after `- `, and what the new one alone says, after `+ `.
    pub fn lines(&self) -> Vec<String> {
        let old = self.old.iter().map(|line| format!("- {line}"));
        old.chain(self.new.iter().map(|line| format!("+ {line}"))).collect()
    }
}

/// What an agency gains and loses, in words such as `enter rating`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Competence {
    /// Its function.
    pub agency: AgencyFunction,
    /// What it may sign under the new pack alone.
    pub gains: Vec<String>,
    /// What it could sign under the old pack alone.
    pub loses: Vec<String>,
}

/// Compares the pack in force with the one that is to follow. What is TOML in a pack stays TOML in every language.
pub fn compare(old: &PolicyPack, new: &PolicyPack, lang: Lang) -> Comparison {
    let words = |powers: &BTreeSet<Power>| -> Vec<String> { powers.iter().map(Power::words).collect() };
    let shifts = policy::shift(old, new).into_iter();
    Comparison {
        heads: [head(old, lang), head(new, lang)],
        acts: acts(old, new, lang),
        rows: others(old, new),
        competence: shifts
            .map(|(agency, shift)| Competence { agency, gains: words(&shift.gains), loses: words(&shift.loses) })
            .collect(),
    }
}

fn head(pack: &PolicyPack, lang: Lang) -> String {
    let grades: Vec<&str> = pack.grades.iter().map(|grade| grade.name.as_str()).collect();
    let ratings: Vec<&str> = pack.ratings.iter().map(|rating| rating.as_str()).collect();
    let ratings = if ratings.is_empty() { lang.pick("none", "无").to_owned() } else { ratings.join(" ") };
    let (name, version, grades, orientation) = (&pack.name, pack.version, grades.join(" "), pack.orientation.name());
    match lang {
        Lang::En => format!("{name} version {version}, grades {grades}, {orientation}, ratings {ratings}"),
        Lang::ZhHans => format!("{name} 第 {version} 版，风险等级 {grades}，{orientation}，评级 {ratings}"),
    }
}

fn acts(old: &PolicyPack, new: &PolicyPack, lang: Lang) -> Vec<Difference> {
    let of = |act: Act| {
        let (before, after) = (act_words(old, act, lang), act_words(new, act, lang));
        let name = act.name().to_owned();
        (before != after).then(|| Difference { part: "act", name, old: vec![before], new: vec![after] })
    };
    Act::ALL.into_iter().filter_map(of).collect()
}

/// Who signs an act, and by which law, in a line.
fn act_words(pack: &PolicyPack, act: Act, lang: Lang) -> String {
    let Some(row) = pack.row(act) else { return lang.pick("not possible", "不允许").into() };
    let sets: Vec<String> = set_words(&row.any).iter().map(|set| set.join(lang.pick(" and ", " 和 "))).collect();
    let signers = match (sets.is_empty(), act) {
        (false, _) => sets.join(lang.pick(", or ", "，或 ")),
        (true, Act::RotateKey) => lang.pick("the old key", "原密钥").into(),
        (true, _) => lang.pick("whom the grant or the motion asks for", "由批件或提案所要求者").into(),
    };
    let article = row.article.as_ref().or_else(|| pack.article(row.rule)).map_or("", |article| article.as_str());
    let law: Vec<String> = [row.rule.to_string(), article.to_owned()].into_iter().filter(|w| !w.is_empty()).collect();
    format!("{signers} ({})", law.join(", "))
}

fn others(old: &PolicyPack, new: &PolicyPack) -> Vec<Difference> {
    let (before, after) = (rows(old), rows(new));
    let lines = |rows: &[Row], like: &Row| {
        let same = rows.iter().find(|row| row.part == like.part && row.name == like.name);
        same.map(|row| row.lines.clone()).unwrap_or_default()
    };
    let alone = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|line| !those.contains(line)).cloned().collect()
    };
    let mut differences: Vec<Difference> = Vec::new();
    for part in PARTS.into_iter().filter(|part| *part != "act") {
        for row in before.iter().chain(&after).filter(|row| row.part == part) {
            let (old, new) = (lines(&before, row), lines(&after, row));
            let told = differences.iter().any(|told| told.part == part && told.name == row.name);
            if !told && old != new {
                let (old, new) = (alone(&old, &new), alone(&new, &old));
                differences.push(Difference { part, name: row.name.clone(), old, new });
            }
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::{read, shipped};
    use ledger::policy::Orientation;

    fn of(name: &str) -> PolicyPack {
        let text = shipped(name).unwrap();
        read(text, Some(Orientation::FirstIsHighest)).unwrap()
    }

    /// Every difference as a block of text.
    fn told(comparison: &Comparison) -> String {
        let block = |d: &Difference| format!("\n{}\n{}\n", d.heading(), d.lines().join("\n"));
        comparison.acts.iter().chain(&comparison.rows).map(block).collect()
    }

    #[test]
    fn every_part_is_compared() {
        let comparison = compare(&of("shenzhen-draft"), &of("gacc-281"), Lang::En);
        let heads = [
            "shenzhen-draft version 1, grades 1 2 3 4, first-is-highest, ratings A B C D",
            "gacc-281 version 1, grades A1 A2 B1 B2 C1 C2, first-is-highest, ratings none",
        ];
        assert_eq!(comparison.heads, heads);
        let text = told(&comparison);
        let parts = [
            "\nact register-class\n- officer@science-technology (R4, art. 14)\n+ officer@customs (R4, Order 281, grades)\n",
            "\nact report\n- custodian@principal and joint@counterpart (R15, art. 32)\n+ not possible\n",
            "\nact apply\n- whom the grant or the motion asks for (R7, art. 20)\n+ whom",
            "\narticles\n- R1 = \"art. 3\"\n",
            "\ngrade A1\n+ permit = true\n+ access = true\n+ validity = \"3 months\"\n",
            "\nregistry access\n+ rule = \"R7\"\n",
            "\ngrant permit\n- working-days = 3\n+ working-days = 20\n",
            "\nlane instant-permit\n- rule = \"R8\"\n",
            "\nalert report-overdue\n- rule = \"R15\"\n- to = [\"science-technology\", \"customs\"]\n+ rule = \"R16\"\n",
            "\nscope\n- excluded-hs = []\n- clearance-hs = [\"3004\"]\n+ excluded-hs = [\"3003\", \"3004\", \"9018\"]\n",
            "\ncalendar\n- holidays = [\"2025-01-01\",",
            "\nlimits\n- pilot-rating = \"B\"\n",
        ];
        for part in parts {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        // Rows that are the same are not told.
        assert!(!text.contains("registry non-acceptance") && !text.contains("temperature"), "{text}");
        let loses = |function: AgencyFunction| {
            let found = comparison.competence.iter().find(|competence| competence.agency == function);
            found.map(|competence| competence.loses.join(", ")).unwrap_or_default()
        };
        let lost = loses(AgencyFunction::ScienceTechnology);
        assert!(lost.starts_with("register-class, demand, enter graded-class, enter positive-list,"), "{lost}");
        assert!(!loses(AgencyFunction::Health).is_empty());
    }

    #[test]
    fn a_pack_does_not_differ_from_itself() {
        let pack = of("plain");
        let Comparison { heads: [old, new], acts, rows, competence } = compare(&pack, &pack, Lang::ZhHans);
        assert_eq!((old, acts, rows, competence), (new, Vec::new(), Vec::new(), Vec::new()));
    }

    #[test]
    fn one_changed_value_is_one_line() {
        let pack = of("plain");
        let mut other = pack.clone();
        other.limits.proposal_days += 1;
        let text = told(&compare(&pack, &other, Lang::En));
        assert_eq!(text, "\nlimits\n- proposal-days = 30\n+ proposal-days = 31\n");
    }

    #[test]
    fn the_words_are_in_both_languages() {
        let comparison = compare(&of("shenzhen-draft"), &of("gacc-281"), Lang::ZhHans);
        assert!(comparison.heads[1].contains("评级 无"), "{:?}", comparison.heads);
        let text = told(&comparison);
        assert!(text.contains("\nact report\n- custodian@principal 和 joint@counterpart (R15, art. 32)\n+ 不允许\n"));
    }
}
