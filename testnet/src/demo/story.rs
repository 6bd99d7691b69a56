//! Telling: numbered steps, a line for each thing that held, and a stop at the first that did not.

use crate::brief::short;
use std::{fmt::Display, time::Instant};

/// The teller.
pub(super) struct Story {
    steps: usize,
    step: usize,
    start: Instant,
}

impl Story {
    pub(super) fn new(steps: usize) -> Story {
        Story { steps, step: 0, start: Instant::now() }
    }

    pub(super) fn title(&self, title: &str) {
        println!("{title}");
    }

    /// One step; its error names the step.
    pub(super) fn step<T>(&mut self, title: &str, act: impl FnOnce(&mut Story) -> eyre::Result<T>) -> eyre::Result<T> {
        self.step += 1;
        let number = self.step;
        println!("\n{number}. {title}");
        act(self).map_err(|error| {
            println!("   ✗ this step did not hold");
            error.wrap_err(format!("step {number} of {} did not hold: {title}", self.steps))
        })
    }

    /// Something that was done, or seen to be so.
    pub(super) fn held(&self, what: impl Display) {
        println!("   ✓ {what}");
    }

    /// Something that was refused, as it should be.
    pub(super) fn refused(&self, what: impl Display, code: &str, why: impl Display) {
        println!("   ✓ refused: {what}");
        println!("       {code} {}", short(&why.to_string()));
    }

    /// Something to know.
    pub(super) fn note(&self, what: impl Display) {
        println!("     {what}");
    }

    pub(super) fn end(&self) {
        println!("\nEvery step held ({} s).", self.start.elapsed().as_secs());
    }
}
