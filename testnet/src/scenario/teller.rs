//! Telling a scenario: to people in both languages, or a JSON object a step.

use super::{
    cast::Cast,
    file::{Scenario, Words, law},
};
use crate::brief::short;
use api::{Lang, catalogue, tx::RejectionView, words};
use client::act::ActSpec;
use ledger::Act;
use serde_json::{Value, json};
use std::time::Instant;

/// Value of `schema` in the line of a step.
pub(super) const STEP_SCHEMA: &str = "hufu.scenario-step/1";

/// Fields of an act that say what it is about.
const SUBJECTS: [&str; 16] = [
    "kind", "item", "items", "unit", "inputs", "outputs", "class", "grant", "filing", "proposal", "changes", "debtors",
    "quantity", "result", "to", "by",
];
/// Fields of what is listed there, likewise.
const PARTS: [&str; 10] = ["change", "registry", "org", "class", "person", "place", "period", "value", "code", "item"];

/// An act that was done, or refused as it should be.
pub(super) struct Told<'a> {
    /// Who signed, as the file says it.
    pub(super) by: &'a [String],
    /// Their organisations.
    pub(super) names: Vec<Words>,
    pub(super) spec: &'a ActSpec,
    pub(super) act: Act,
    pub(super) refusal: Option<&'a RejectionView>,
}

/// The teller.
pub(super) struct Teller {
    json: bool,
    scenario: String,
    stage: &'static str,
    step: usize,
    title: Option<Words>,
    acts: Vec<Value>,
    checks: Vec<Value>,
    start: Instant,
}

impl Teller {
    pub(super) fn new(scenario: &Scenario, json: bool, stage: &'static str) -> Teller {
        Teller {
            json,
            scenario: scenario.name.clone(),
            stage,
            step: 0,
            title: None,
            acts: Vec::new(),
            checks: Vec::new(),
            start: Instant::now(),
        }
    }

    fn line(&self, text: &str) {
        if !self.json {
            println!("{text}");
        }
    }

    /// What it is about, and who holds keys from the start.
    pub(super) fn open(&self, scenario: &Scenario, cast: &Cast) {
        self.line(&format!("\n{} {} ({})", scenario.name, scenario.title, self.stage));
        let of = |word: &String| cast.company(word).map(|company| company.name.to_string());
        let agencies: Vec<String> = cast.agencies().iter().filter_map(of).collect();
        let count = scenario.orgs.len();
        self.line(&format!(
            "   · keys of their own 各持密钥: {}; and {count} others 及其他 {count} 家",
            agencies.join("、")
        ));
    }

    pub(super) fn begin(&mut self, of: usize, title: &Words) {
        self.step += 1;
        (self.title, self.acts, self.checks) = (Some(title.clone()), Vec::new(), Vec::new());
        self.line(&format!("\n{} {}/{of}. {}\n     {}", self.scenario, self.step, title.zh, title.en));
    }

    /// An act.
    pub(super) fn act(&mut self, told: &Told<'_>) {
        let Told { by, names, spec, act, refusal } = told;
        let mut who: Vec<String> = names.iter().map(ToString::to_string).collect();
        who.dedup();
        let (zh, en) = (words::act(*act, Lang::ZhHans), words::act(*act, Lang::En));
        let what = format!("{} · {zh} {en} · {}", who.join(" + "), about(spec));
        let mut line = json!({ "act": act.name(), "by": by, "about": about(spec), "refusal": null });
        match refusal {
            None => self.line(&format!("   ✓ {}", what.trim_end_matches([' ', '·']))),
            Some(view) => {
                let cited = cited(view);
                self.line(&format!("   ✗ 拒绝 refused: {}", what.trim_end_matches([' ', '·'])));
                let said = |lang| short(&catalogue::render(&view.code, &view.params, lang));
                self.line(&format!("       {cited}: {}\n       {}", said(Lang::En), said(Lang::ZhHans)));
                let decision = &view.decision;
                line["refusal"] = json!({ "code": view.code, "rule": decision.rule, "article": decision.article });
            }
        }
        self.acts.push(line);
    }

    /// Something that is so.
    pub(super) fn held(&mut self, what: &str) {
        self.line(&format!("   = {what}"));
        self.checks.push(json!({ "what": what, "held": true }));
    }

    /// Something that cannot be looked at here.
    pub(super) fn left_out(&mut self, what: &str) {
        self.line(&format!("   - {what}: on processes alone 仅在真实节点上检验"));
        self.checks.push(json!({ "what": what, "held": null }));
    }

    /// The end of a step.
    pub(super) fn end(&mut self, difference: Option<&eyre::Report>) {
        let difference = difference.map(|error| format!("{error:#}"));
        if let Some(difference) = &difference {
            self.line(&format!("   ! this step did not hold 此步不成立: {difference}"));
        }
        if self.json {
            let line = json!({
                "schema": STEP_SCHEMA,
                "scenario": self.scenario,
                "stage": self.stage,
                "step": self.step,
                "title": self.title,
                "held": difference.is_none(),
                "acts": self.acts,
                "checks": self.checks,
                "difference": difference,
            });
            println!("{line}");
        }
    }

    pub(super) fn close(&self) {
        self.line(&format!(
            "\n{}: all {} steps held 全部成立 ({} s).",
            self.scenario,
            self.step,
            self.start.elapsed().as_secs()
        ));
    }
}

/// Code, rule and article of a refusal.
pub(super) fn cited(view: &RejectionView) -> String {
    let mut text = String::new();
    // Writing to a string never fails.
    let _ = law(&mut text, &view.code, view.decision.rule.as_deref(), &view.decision.article);
    text
}

/// What an act is about, in the words of the file.
pub(super) fn about(spec: &ActSpec) -> String {
    let value = serde_json::to_value(spec).unwrap_or_default();
    let mut found = Vec::new();
    for field in SUBJECTS {
        match value.get(field) {
            Some(Value::Array(list)) => list.iter().for_each(|part| push(part, &mut found)),
            Some(other) => push(other, &mut found),
            None => {}
        }
    }
    found.join(" ")
}

fn push(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Object(object) => {
            let parts = PARTS.iter().filter_map(|part| object.get(*part));
            for part in parts.filter(|part| part.as_u64() != Some(0)) {
                push(part, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Array(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_told_in_the_words_of_the_file() {
        let spec = ActSpec::Release { items: vec!["@b1".into(), "@b2".into()] };
        assert_eq!(about(&spec), "@b1 @b2");
        let spec = ActSpec::Use { item: "@b1".into(), quantity: "380".into() };
        assert_eq!(about(&spec), "@b1 380");
        assert_eq!(about(&ActSpec::AdvanceClock { by: "7d".into() }), "7d");
    }
}
