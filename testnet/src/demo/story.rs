//! Telling: numbered steps, a line for each thing that held, and a stop at the first that did not; or a JSON object a step.

use crate::brief::short;
use serde_json::{Value, json};
use std::{fmt::Display, time::Instant};

/// Value of `schema` in the line of a step.
const STEP_SCHEMA: &str = "hufu.demo-step/1";

/// The teller.
pub(super) struct Story {
    json: bool,
    steps: usize,
    step: usize,
    /// What was told of this step.
    told: Vec<Value>,
    start: Instant,
}

impl Story {
    pub(super) fn new(steps: usize, json: bool) -> Story {
        Story { json, steps, step: 0, told: Vec::new(), start: Instant::now() }
    }

    fn line(&self, text: &str) {
        if !self.json {
            println!("{text}");
        }
    }

    pub(super) fn title(&self, title: &str) {
        self.line(title);
    }

    /// One step; its error names the step.
    pub(super) fn step<T>(&mut self, title: &str, act: impl FnOnce(&mut Story) -> eyre::Result<T>) -> eyre::Result<T> {
        self.step += 1;
        let number = self.step;
        self.line(&format!("\n{number}. {title}"));
        let done = act(self);
        let difference = done.as_ref().err().map(|error| format!("{error:#}"));
        if difference.is_some() {
            self.line("   ✗ this step did not hold");
        }
        if self.json {
            println!("{}", self.object(title, difference.as_deref()));
        }
        self.told.clear();
        done.map_err(|error| error.wrap_err(format!("step {number} of {} did not hold: {title}", self.steps)))
    }

    /// This step, for programs.
    fn object(&self, title: &str, difference: Option<&str>) -> Value {
        json!({
            "schema": STEP_SCHEMA,
            "step": self.step,
            "of": self.steps,
            "title": title,
            "held": difference.is_none(),
            "told": self.told,
            "difference": difference,
        })
    }

    /// Something that was done, or seen to be so.
    pub(super) fn held(&mut self, what: impl Display) {
        self.line(&format!("   ✓ {what}"));
        self.told.push(json!({ "held": what.to_string() }));
    }

    /// Something that was refused, as it should be.
    pub(super) fn refused(&mut self, what: impl Display, code: &str, why: impl Display) {
        let why = why.to_string();
        self.line(&format!("   ✓ refused: {what}\n       {code} {}", short(&why)));
        self.told.push(json!({ "refused": what.to_string(), "code": code, "why": why }));
    }

    /// Something to know.
    pub(super) fn note(&mut self, what: impl Display) {
        self.line(&format!("     {what}"));
        self.told.push(json!({ "note": what.to_string() }));
    }

    pub(super) fn end(&self) {
        self.line(&format!("\nEvery step held ({} s).", self.start.elapsed().as_secs()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_an_object_for_programs() {
        let mut story = Story::new(2, true);
        story.held("a");
        story.refused("b", "H5104", "c");
        story.note("d");
        let told = json!([{ "held": "a" }, { "refused": "b", "code": "H5104", "why": "c" }, { "note": "d" }]);
        let object = |held: bool, difference: Option<&str>| {
            json!({ "schema": "hufu.demo-step/1", "step": 0, "of": 2, "title": "t", "held": held, "told": told,
                "difference": difference })
        };
        assert_eq!(story.object("t", None), object(true, None));
        assert_eq!(story.object("t", Some("e")), object(false, Some("e")));
        // What was told of a step is told of no other.
        story.step("t", |story| story.step("u", |_| Ok(()))).unwrap();
        assert_eq!(story.object("t", None)["told"], json!([]));
    }
}
