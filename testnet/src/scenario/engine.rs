//! Playing a scenario on a stage, step by step.

use super::{
    cast::{Cast, sign},
    file::{Do, Refused, Scenario, Step},
    names::{Known, Labels, Made},
    series::AllSeries,
    stage::{Answer, Stage},
    teller::{Teller, Told, cited},
};
use api::{Lang, tx::RejectionView};
use client::act::{ActSpec, ChangeSpec, Names};
use eyre::{Context, bail, ensure, eyre};
use keys::PersonKey;
use ledger::{GrantId, ItemId, NetworkId, Operation, Role, SignedTx, Timestamp, record::DutyKind};
use std::mem::take;

/// Most days that the clock of a test network advances by at once.
const MOST_DAYS: u32 = 366;

/// A scenario that is played.
pub(super) struct Run<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) cast: &'a Cast,
    pub(super) stage: &'a mut dyn Stage,
    pub(super) labels: Labels,
    pub(super) series: AllSeries,
    /// The bytes of everything that was sent.
    pub(super) sent: Vec<Vec<u8>>,
}

/// Plays all steps. Error: the first that did not hold, with its number, its title and what differs.
pub(super) fn play(scenario: &Scenario, cast: &Cast, stage: &mut dyn Stage, teller: &mut Teller) -> eyre::Result<()> {
    let mut story = Story::of(scenario.clone())?;
    teller.open(scenario, cast);
    while story.goes_on() {
        story.step(cast, stage, teller)?;
    }
    teller.close();
    Ok(())
}

/// A scenario that is played step by step, with others between its steps where need be.
pub(super) struct Story {
    scenario: Scenario,
    labels: Labels,
    series: AllSeries,
    sent: Vec<Vec<u8>>,
    next: usize,
}

impl Story {
    pub(super) fn of(scenario: Scenario) -> eyre::Result<Story> {
        let series = AllSeries::of(&scenario)?;
        Ok(Story { scenario, labels: Labels::default(), series, sent: Vec::new(), next: 0 })
    }

    /// Number of the next step, from 0.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.scenario.name
    }

    /// Lets so much time pass before the next step, whatever its file says.
    pub(super) fn skip(&mut self, span: Option<String>) {
        if let Some(step) = self.scenario.steps.get_mut(self.next) {
            step.skip = span;
        }
    }

    pub(super) fn goes_on(&self) -> bool {
        self.next < self.scenario.steps.len()
    }

    /// Plays the next step. Error: what did not hold, with its number, its title and what differs.
    pub(super) fn step(&mut self, cast: &Cast, stage: &mut dyn Stage, teller: &mut Teller) -> eyre::Result<()> {
        let Some(step) = self.scenario.steps.get(self.next) else { return Ok(()) };
        self.next += 1;
        let (labels, series) = (take(&mut self.labels), take(&mut self.series));
        let mut run = Run { scenario: &self.scenario, cast, stage, labels, series, sent: take(&mut self.sent) };
        teller.begin(self.scenario.steps.len(), &step.title);
        let played = run.step(step, teller);
        teller.end(played.as_ref().err());
        let Run { labels, series, sent, .. } = run;
        (self.labels, self.series, self.sent) = (labels, series, sent);
        played.wrap_err_with(|| format!("step {} ({}) did not hold", self.next, step.title.en))
    }
}

impl Run<'_> {
    fn step(&mut self, step: &Step, teller: &mut Teller) -> eyre::Result<()> {
        if let Some(span) = &step.skip {
            self.skip(span, teller)?;
        }
        for _ in 0..step.blocks.unwrap_or_default() {
            self.stage.block()?;
        }
        for act in &step.acts {
            self.act(act, teller)?;
        }
        for check in &step.checks {
            self.look(check, teller)?;
        }
        Ok(())
    }

    /// Lets time pass: an officer advances the clock; what has become due since fires in the blocks that follow.
    fn skip(&mut self, span: &str, teller: &mut Teller) -> eyre::Result<()> {
        let officer = self.cast.agencies().first().ok_or_else(|| eyre!("there is no agency"))?;
        let by = vec![format!("{officer}:officer")];
        for part in parts(span)? {
            let act = ActSpec::AdvanceClock { by: part };
            self.act(&Do { by: by.clone(), act, label: None, labels: Vec::new(), refused: None }, teller)?;
            self.stage.block()?;
            self.stage.block()?;
        }
        Ok(())
    }

    /// Names as they are now.
    fn known(&self, now: Timestamp) -> Known<'_> {
        Known { stage: &*self.stage, cast: self.cast, labels: &self.labels, series: &self.series, now }
    }

    fn act(&mut self, act: &Do, teller: &mut Teller) -> eyre::Result<()> {
        let tip = self.stage.tip()?;
        let spec = self.placed(&act.act, tip.height)?;
        let names: &dyn Names = &self.known(tip.time);
        let built = spec.build(names).map_err(|failure| eyre!("{}", failure.text(Lang::En).trim().to_owned()));
        let built = built.wrap_err_with(|| format!("make {:?}", act.act))?;
        let cast = self.cast;
        let signers = act.by.iter().map(|word| cast.signer(word)).collect::<eyre::Result<Vec<_>>>()?;
        let slots: Vec<(&PersonKey, Role)> = signers.iter().map(|(_, key, role)| (*key, *role)).collect();
        let companies = signers.iter().map(|(company, _, _)| company.name.clone()).collect();
        let tx = sign(self.stage.network(), tip.time, (built.operation, built.entries), &slots)?;
        self.sent.push(tx.to_bytes());
        let answer = self.stage.perform(&tx)?;
        let refusal = match &answer {
            Answer::Done => None,
            Answer::Refused(view) => Some(&**view),
        };
        compare(act, refusal)?;
        if refusal.is_none() {
            self.label(act, &tx)?;
        }
        let kind = tx.body.operation.act();
        teller.act(&Told { by: &act.by, names: companies, spec: &act.act, act: kind, refusal });
        Ok(())
    }

    /// The act with what only the runner can fill in: heights of a motion, counted from now, and duties by their labels.
    fn placed(&self, act: &ActSpec, height: u64) -> eyre::Result<ActSpec> {
        let mut act = act.clone();
        match &mut act {
            ActSpec::Enact { changes } | ActSpec::Propose { changes, .. } => {
                for change in changes {
                    if let ChangeSpec::InstallPack { from, .. } | ChangeSpec::RemoveAgency { from, .. } = change {
                        *from = from.saturating_add(height);
                    }
                }
            }
            ActSpec::Answer { duty } => match self.labels.get(duty) {
                Some(Made::Duty(id)) => *duty = id.to_string(),
                Some(_) => bail!("{duty} is no duty"),
                None => {}
            },
            _ => {}
        }
        Ok(act)
    }

    fn label(&mut self, act: &Do, tx: &SignedTx) -> eyre::Result<()> {
        let labels = act.all_labels();
        let made = made(&self.stage.network(), tx);
        let fits = labels.is_empty() || labels.len() == made.len();
        ensure!(fits, "it has {} labels and made {} things", labels.len(), made.len());
        for (label, made) in labels.into_iter().zip(made) {
            self.labels.put(label, made);
        }
        Ok(())
    }
}

/// What an act that was done has made.
fn made(network: &NetworkId, tx: &SignedTx) -> Vec<Made> {
    let id = tx.body.id();
    match &tx.body.operation {
        Operation::Register { list } | Operation::Derive { list, .. } => {
            (0..list.count).map(|index| Made::Item(ItemId::of(network, &id, index))).collect()
        }
        Operation::Apply { .. } => vec![Made::Grant(GrantId::of(network, &id))],
        Operation::Propose { .. } => vec![Made::Proposal(id)],
        Operation::Demand { .. } => {
            let by = tx.body.signers.first().map(|slot| slot.org).unwrap_or_default();
            vec![Made::Duty(DutyKind::OnDemand { by, tx: id }.id())]
        }
        _ => Vec::new(),
    }
}

/// A span in parts that the clock can advance by at once.
fn parts(span: &str) -> eyre::Result<Vec<String>> {
    let Some(days) = span.strip_suffix('d') else { return Ok(vec![span.to_owned()]) };
    let mut left: u32 = days.parse().wrap_err_with(|| format!("read the span {span:?}"))?;
    let mut parts = Vec::new();
    while left > 0 {
        let part = left.min(MOST_DAYS);
        parts.push(format!("{part}d"));
        left -= part;
    }
    Ok(parts)
}

/// That an act became what the file says.
fn compare(act: &Do, refusal: Option<&RejectionView>) -> eyre::Result<()> {
    let what = || format!("{} · {}", act.by.join(" + "), super::teller::about(&act.act));
    match (&act.refused, refusal) {
        (None, None) => Ok(()),
        (None, Some(view)) => bail!("{}: expected is that it is done, found {}: {}", what(), cited(view), view.message),
        (Some(expected), None) => bail!("{}: expected is {expected}, found that it was done", what()),
        (Some(expected), Some(view)) => {
            ensure!(is(expected, view), "{}: expected is {expected}, found {}: {}", what(), cited(view), view.message);
            Ok(())
        }
    }
}

fn is(expected: &Refused, found: &RejectionView) -> bool {
    let Refused { code, rule, article, params } = expected;
    *code == found.code
        && rule.as_deref() == found.decision.rule.as_deref()
        && *article == found.decision.article
        && params.iter().all(|(name, value)| found.params.get(name) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn long_spans_come_in_parts() {
        assert_eq!(parts("95d").unwrap(), ["95d"]);
        assert_eq!(parts("800d").unwrap(), ["366d", "366d", "68d"]);
        assert_eq!(parts("12h").unwrap(), ["12h"]);
        assert!(parts("soon-d").is_err());
    }
}
