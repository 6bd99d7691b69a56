//! From a pack to text, complete and in the order of the record.

use super::{
    PACK_SCHEMA,
    words::{day, degrees, months, offset, set_words, weekdays},
};
use ledger::{
    PolicyPack, Text,
    calendar::Calendar,
    policy::{
        ActRow, AlertRow, Condition, Grade, GrantRow, LaneRow, Limits, RegistryRow, Rule, Scope, SignerSet,
        TemperatureRow,
    },
};
use std::fmt;

/// Parts of a pack's text after its head, in their order; a part has one row or many.
pub const PARTS: [&str; 11] =
    ["articles", "grade", "act", "registry", "grant", "lane", "alert", "scope", "temperature", "calendar", "limits"];

/// One row of a pack, as [`write()`] writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// To which of [`PARTS`] it belongs.
    pub part: &'static str,
    /// Which row of its part; empty where the part has one row.
    pub name: String,
    /// A line of TOML for each of its keys, but for the one that names it.
    pub lines: Vec<String>,
}

impl Row {
    fn of(part: &'static str, name: &str) -> Row {
        Row { part, name: name.into(), lines: Vec::new() }
    }

    /// With one more key.
    fn with(mut self, key: &str, value: impl fmt::Display) -> Row {
        self.lines.push(format!("{key} = {value}"));
        self
    }

    /// With its rule, if it has one.
    fn under(self, rule: Rule) -> Row {
        if rule == Rule::NONE { self } else { self.with("rule", text(&rule.to_string())) }
    }

    fn head(&self) -> String {
        let Row { part, name, lines: _ } = self;
        match *part {
            "articles" | "scope" | "calendar" | "limits" => format!("[{part}]"),
            "temperature" => format!("[[{part}]]\ncategory = {}", text(name)),
            _ => format!("[[{part}]]\nname = {}", text(name)),
        }
    }
}

/// A pack as text that [`super::read`] reads to the same pack.
pub fn write(pack: &PolicyPack) -> String {
    let head = [
        format!("schema = {}", text(PACK_SCHEMA)),
        format!("name = {}", text(pack.name.as_str())),
        format!("version = {}", pack.version),
        format!("orientation = {}", text(pack.orientation.name())),
        format!("ratings = {}", list(pack.ratings.iter().map(Text::as_str))),
    ];
    let rows = rows(pack).into_iter().map(|row| format!("{}\n{}", row.head(), row.lines.join("\n")));
    let blocks: Vec<String> = [head.join("\n")].into_iter().chain(rows).collect();
    blocks.join("\n\n") + "\n"
}

/// Everything that a pack says after its head, row by row.
pub fn rows(pack: &PolicyPack) -> Vec<Row> {
    let PolicyPack {
        name: _,
        version: _,
        grades,
        orientation: _,
        ratings: _,
        articles,
        acts,
        registries,
        grants,
        lanes,
        alerts,
        scope,
        temperatures,
        calendar,
        limits,
    } = pack;
    let mut rows = vec![of_articles(articles)];
    rows.extend(grades.iter().map(of_grade));
    rows.extend(acts.iter().map(of_act));
    rows.extend(registries.iter().map(of_registry));
    rows.extend(grants.iter().map(of_grant));
    rows.extend(lanes.iter().map(of_lane));
    rows.extend(alerts.iter().map(of_alert));
    rows.push(of_scope(scope));
    rows.extend(temperatures.iter().map(of_temperature));
    rows.push(of_calendar(calendar));
    rows.push(of_limits(limits));
    rows
}

// ------------------------------------------------------------------------------------------------------------ values

fn text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| text(word.as_ref())).collect();
    format!("[{}]", words.join(", "))
}

fn lists(of: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", of.into_iter().collect::<Vec<_>>().join(", "))
}

fn sets(any: &[SignerSet]) -> String {
    lists(set_words(any).into_iter().map(list))
}

fn conditions(all: &[Condition]) -> String {
    list(all.iter().map(Condition::to_string))
}

fn days(days: &[u32]) -> String {
    list(days.iter().map(|number| day(*number)))
}

// -------------------------------------------------------------------------------------------------------------- rows

fn of_articles(articles: &[(Rule, Text<64>)]) -> Row {
    let with = |row: Row, (rule, article): &(Rule, Text<64>)| row.with(&rule.to_string(), text(article.as_str()));
    articles.iter().fold(Row::of("articles", ""), with)
}

fn of_grade(grade: &Grade) -> Row {
    let Grade { name, permit, access, validity_months, write_off, premises, test } = grade;
    Row::of("grade", name.as_str())
        .with("permit", permit)
        .with("access", access)
        .with("validity", text(&months(*validity_months)))
        .with("write-off", text(write_off.name()))
        .with("premises", premises)
        .with("test", test)
}

fn of_act(row: &ActRow) -> Row {
    let ActRow { act, rule, article, any } = row;
    let row = Row::of("act", act.name()).under(*rule);
    let row = match article {
        Some(article) => row.with("article", text(article.as_str())),
        None => row,
    };
    row.with("signers", sets(any))
}

fn of_registry(row: &RegistryRow) -> Row {
    let RegistryRow { registry, rule, enter, end, period, requires, warn_days, barred_days } = row;
    Row::of("registry", registry.name())
        .under(*rule)
        .with("enter", sets(enter))
        .with("end", sets(end))
        .with("period", text(period.name()))
        .with("requires", conditions(requires))
        .with("warn-days", warn_days)
        .with("barred-days", barred_days)
}

fn of_grant(row: &GrantRow) -> Row {
    let GrantRow { kind, rule, apply, decide, working_days, pauses, warn_days, requires } = row;
    Row::of("grant", kind.name())
        .under(*rule)
        .with("apply", sets(apply))
        .with("decide", sets(decide))
        .with("working-days", working_days)
        .with("pauses", pauses)
        .with("warn-days", warn_days)
        .with("requires", conditions(requires))
}

fn of_lane(row: &LaneRow) -> Row {
    let LaneRow { lane, rule, any } = row;
    Row::of("lane", lane.name()).under(*rule).with("any", lists(any.iter().map(|all| conditions(all))))
}

fn of_alert(row: &AlertRow) -> Row {
    let AlertRow { kind, rule, to } = row;
    Row::of("alert", kind.name()).under(*rule).with("to", list(to.iter().map(|function| function.name())))
}

fn of_scope(scope: &Scope) -> Row {
    let Scope { categories, excluded_hs, clearance_hs, directions } = scope;
    Row::of("scope", "")
        .with("categories", list(categories.iter().map(|category| category.name())))
        .with("excluded-hs", list(excluded_hs.iter().map(Text::as_str)))
        .with("clearance-hs", list(clearance_hs.iter().map(Text::as_str)))
        .with("directions", list(directions.iter().map(|direction| direction.name())))
}

fn of_temperature(row: &TemperatureRow) -> Row {
    let TemperatureRow { category, min, max } = row;
    Row::of("temperature", category.name()).with("min", text(&degrees(*min))).with("max", text(&degrees(*max)))
}

fn of_calendar(calendar: &Calendar) -> Row {
    let Calendar { utc_offset_min, weekend, holidays, workdays } = calendar;
    Row::of("calendar", "")
        .with("utc-offset", text(&offset(*utc_offset_min)))
        .with("weekend", list(weekdays(*weekend)))
        .with("holidays", days(holidays))
        .with("workdays", days(workdays))
}

fn of_limits(limits: &Limits) -> Row {
    let Limits {
        seat_lead,
        pack_lead,
        proposal_days,
        recovery_days,
        report_days,
        plan_ahead_days,
        pilot_rating,
        ban_allows,
    } = limits;
    let row = Row::of("limits", "")
        .with("seat-lead", seat_lead)
        .with("pack-lead", pack_lead)
        .with("proposal-days", proposal_days)
        .with("recovery-days", recovery_days)
        .with("report-days", report_days)
        .with("plan-ahead-days", plan_ahead_days);
    let row = match pilot_rating {
        Some(rating) => row.with("pilot-rating", text(rating.as_str())),
        None => row,
    };
    row.with("ban-allows", list(ban_allows.iter().map(|act| act.name())))
}
