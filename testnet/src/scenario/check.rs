//! Looking whether something is so.

use super::{
    cast,
    engine::Run,
    file::{
        AlertCheck, BundleCheck, Check, DecisionCheck, EntryCheck, GrantCheck, ItemCheck, ProposalCheck, SeriesCheck,
        TamperCheck,
    },
    teller::Teller,
};
use api::{Lang, catalogue};
use eyre::{Context, bail, ensure, eyre};
use gs1::Quantity;
use ledger::{
    Decision, Effect, Event, Hash, ItemId, OrgId,
    operation::{Note, Registry, Subject, place},
    record::AlertKind,
};
use proof::Bundle;
use std::{collections::BTreeMap, fs};

/// Blocks in which something may still become so: what is due fires in its time.
const PATIENCE: u32 = 6;

/// What is so, or what differs.
type Found = Result<String, String>;

/// Values that were compared.
struct Comparison {
    about: String,
    same: Vec<String>,
    differs: Vec<String>,
}

impl Comparison {
    fn of(about: &str) -> Comparison {
        Comparison { about: about.to_owned(), same: Vec::new(), differs: Vec::new() }
    }

    /// Compares a value where the file says one.
    fn value<T: ToString>(&mut self, name: &str, expected: &Option<T>, found: impl ToString) {
        let Some(expected) = expected else { return };
        let (expected, found) = (expected.to_string(), found.to_string());
        match expected == found {
            true => self.same.push(format!("{name} {found}")),
            false => self.differs.push(format!("{name} is {found}, expected is {expected}")),
        }
    }

    fn found(self) -> Found {
        let Comparison { about, same, differs } = self;
        match differs.is_empty() {
            true => Ok(format!("{about}: {}", same.join(", "))),
            false => Err(format!("{about}: {}", differs.join("; "))),
        }
    }
}

impl Run<'_> {
    /// Looks at everything that a check names.
    pub(super) fn look(&mut self, check: &Check, teller: &mut Teller) -> eyre::Result<()> {
        if let Some(check) = &check.item {
            let what = self.until(|run| run.item(check))?;
            teller.held(&what);
        }
        if let Some(check) = &check.grant {
            let what = self.until(|run| run.grant(check))?;
            teller.held(&what);
        }
        if let Some(check) = &check.alert {
            let what = self.until(|run| run.alert(check))?;
            teller.held(&what);
        }
        if let Some(check) = &check.decision {
            let what = self.until(|run| run.decision(check))?;
            teller.held(&what);
        }
        if let Some(check) = &check.entry {
            let what = self.until(|run| run.entry(check))?;
            teller.held(&what);
        }
        if let Some(check) = &check.proposal {
            let what = self.until(|run| run.proposal(check))?;
            teller.held(&what);
        }
        if let Some(check) = &check.series {
            let what = self.until(|run| run.series(check))?;
            teller.held(&what);
        }
        if check.same_roots == Some(true) {
            let what = self.stage.same_roots()?;
            teller.held(&what);
        }
        if let Some(check) = &check.private {
            self.private(&check.text, teller)?;
        }
        if let Some(check) = &check.bundle {
            self.bundle(check, teller)?;
        }
        if let Some(check) = &check.tamper {
            self.tamper(check, teller)?;
        }
        if let Some(agency) = &check.restart {
            self.restart(agency, teller)?;
        }
        Ok(())
    }

    /// Looks again block by block, for as long as it may still become so.
    fn until(&mut self, look: impl Fn(&Run<'_>) -> eyre::Result<Found>) -> eyre::Result<String> {
        for _ in 0..PATIENCE {
            match look(&*self)? {
                Ok(what) => return Ok(what),
                Err(_) => self.stage.block()?,
            }
        }
        look(&*self)?.map_err(|difference| eyre!("{difference}"))
    }

    fn item_of(&self, word: &str) -> eyre::Result<ItemId> {
        self.labels.item(word).ok_or_else(|| eyre!("there is no item {word:?}"))
    }

    fn org_of(&self, word: &str) -> eyre::Result<OrgId> {
        let company = self.cast.company(word).ok_or_else(|| eyre!("there is no organisation {word:?}"))?;
        Ok(company.id)
    }

    fn item(&self, check: &ItemCheck) -> eyre::Result<Found> {
        let id = self.item_of(&check.of)?;
        let record = self.stage.item(&id)?.ok_or_else(|| eyre!("the ledger has no item {}", check.of))?;
        let mut compared = Comparison::of(&check.of);
        let amount = |quantity: &Quantity| quantity.decimal();
        compared.value("state", &check.state, record.state.name());
        compared.value("custodian", &check.custodian, self.cast.word_of(&record.custodian));
        compared.value("registered", &check.registered, amount(&record.registered));
        compared.value("on hand", &check.on_hand, amount(&record.on_hand));
        compared.value("used", &check.used, amount(&record.used));
        compared.value("derived", &check.derived, amount(&record.derived));
        compared.value("wasted", &check.wasted, amount(&record.wasted));
        compared.value("lost", &check.lost, amount(&record.lost));
        compared.value("disposed", &check.disposed, amount(&record.disposed));
        compared.value("events", &check.events, record.count);
        compared.value("holds", &check.holds, record.holds.len());
        compared.value("place", &check.place, record.place.map_or_else(String::new, |place| place.to_string()));
        compared.value("quarantined", &check.quarantined, record.quarantined);
        compared.value("research only", &check.research_only, record.marks.research_only);
        compared.value("excursions", &check.excursions, record.excursions);
        if let Some(word) = &check.packed_in {
            let unit = if word == "none" { String::from("none") } else { self.item_of(word)?.to_string() };
            let found = record.container.map_or_else(|| String::from("none"), |packed| packed.unit.to_string());
            compared.value("packed in", &Some(unit), found);
        }
        if check.made_of.is_some() || check.made.is_some() {
            let events = self.stage.events(&id)?;
            let first = events.iter().take(1);
            compared.value("made of", &self.ids(&check.made_of)?, links(first));
            let derived = events.iter().filter(|event| matches!(event.effect, Effect::Derived { .. }));
            compared.value("made into", &self.ids(&check.made)?, links(derived));
        }
        Ok(compared.found())
    }

    /// Identities of labels, as [`links`] writes them.
    fn ids(&self, words: &Option<Vec<String>>) -> eyre::Result<Option<String>> {
        let Some(words) = words else { return Ok(None) };
        let ids = words.iter().map(|word| self.item_of(word)).collect::<eyre::Result<Vec<ItemId>>>()?;
        Ok(Some(listed(ids)))
    }

    fn grant(&self, check: &GrantCheck) -> eyre::Result<Found> {
        let id = self.labels.grant(&check.of).ok_or_else(|| eyre!("there is no grant {:?}", check.of))?;
        let record = self.stage.grant(&id)?.ok_or_else(|| eyre!("the ledger has no grant {}", check.of))?;
        let all = record.application.quantity;
        let left = Quantity::new(all.amount().saturating_sub(record.drawn.amount()), all.unit())?;
        let mut compared = Comparison::of(&check.of);
        compared.value("state", &check.state, record.state.name());
        compared.value("drawn", &check.drawn, record.drawn.decimal());
        compared.value("left", &check.left, left.decimal());
        compared.value("abroad", &check.abroad, record.abroad.decimal());
        compared.value("declared", &check.declared, record.declared);
        Ok(compared.found())
    }

    fn alert(&self, check: &AlertCheck) -> eyre::Result<Found> {
        let AlertCheck { kind, org, open } = check;
        let kind = AlertKind::of_name(kind).ok_or_else(|| eyre!("there is no alert {kind:?}"))?;
        let id = self.org_of(org)?;
        let alerts = self.stage.alerts()?;
        let of_kind = alerts.iter().filter(|alert| alert.kind == kind && alert.orgs.contains(&id));
        let found = of_kind.clone().find(|alert| alert.closed.is_none() == *open);
        let word = if *open { "open" } else { "closed" };
        Ok(match found {
            Some(alert) => {
                let readers: Vec<&str> = alert.readers.iter().map(|reader| reader.name()).collect();
                Ok(format!("alert {} on {org} is {word}, for {}", kind.name(), readers.join(", ")))
            }
            None => Err(format!("no alert {} on {org} is {word}; there are {}", kind.name(), of_kind.count())),
        })
    }

    fn decision(&self, check: &DecisionCheck) -> eyre::Result<Found> {
        let DecisionCheck { item, grant, rule, article, grounds, pack } = check;
        let (about, decision): (&str, Option<Decision>) = match (item, grant) {
            (Some(item), None) => {
                let events = self.stage.events(&self.item_of(item)?)?;
                (item.as_str(), events.into_iter().next_back().and_then(|event| event.decision))
            }
            (None, Some(grant)) => {
                let id = self.labels.grant(grant).ok_or_else(|| eyre!("there is no grant {grant:?}"))?;
                (grant.as_str(), self.stage.grant(&id)?.and_then(|record| record.decision))
            }
            (Some(_), Some(_)) | (None, None) => bail!("say an item or a grant"),
        };
        let Some(decision) = decision else { return Ok(Err(format!("{about} has no decision"))) };
        let mut compared = Comparison::of(&format!("decision on {about}"));
        compared.value("rule", rule, decision.rule);
        compared.value("article", article, &decision.article);
        compared.value("grounds", grounds, decision.grounds.len());
        if let Some(name) = pack {
            let named = cast::pack(name, self.scenario)?;
            let found = if decision.pack == named.hash() { name.clone() } else { decision.pack.short() };
            compared.value("pack", pack, found);
            compared.value("version", &Some(named.version), decision.version);
        }
        Ok(compared.found())
    }

    fn entry(&self, check: &EntryCheck) -> eyre::Result<Found> {
        let registry = Registry::of_name(&check.registry);
        let registry = registry.ok_or_else(|| eyre!("there is no registry {:?}", check.registry))?;
        let class = |word: &str| self.cast.class(word).ok_or_else(|| eyre!("there is no class {word:?}"));
        let EntryCheck { org, class: of_class, person, place: at, .. } = check;
        let subject = match (org, of_class, person, at) {
            (Some(org), Some(word), None, None) => Subject::OrgClass(self.org_of(org)?, class(word)?),
            (Some(org), None, None, None) => Subject::Org(self.org_of(org)?),
            (None, Some(word), None, None) => Subject::Class(class(word)?),
            (None, None, Some(word), None) => {
                let key = self.cast.person(word).ok_or_else(|| eyre!("there is no person {word:?}"))?;
                Subject::Person(key.header().person)
            }
            (None, None, None, Some(gln)) => Subject::Place(gln.parse()?),
            _ => bail!("say org, class, person or place, as the registry wants it"),
        };
        let entries = self.stage.entries(registry, &place(registry, &subject, check.period))?;
        let now = self.stage.tip()?.time;
        let in_force = entries.last().is_some_and(|record| record.in_force(now));
        let mut compared = Comparison::of(&format!("{} ({} entries)", check.registry, entries.len()));
        compared.value("in force", &Some(check.in_force), in_force);
        Ok(compared.found())
    }

    fn proposal(&self, check: &ProposalCheck) -> eyre::Result<Found> {
        let id = self.labels.proposal(&check.of).ok_or_else(|| eyre!("there is no proposal {:?}", check.of))?;
        let record = self.stage.proposal(&id)?.ok_or_else(|| eyre!("the ledger has no proposal {}", check.of))?;
        let mut compared = Comparison::of(&check.of);
        compared.value("state", &Some(check.state.as_str()), record.state.name());
        Ok(compared.found())
    }

    /// The readings that somebody shows are those that were anchored, or they are not.
    fn series(&self, check: &SeriesCheck) -> eyre::Result<Found> {
        let SeriesCheck { item, of, altered } = check;
        let series = self.series.get(of)?;
        let other = series.altered(*altered).ok_or_else(|| eyre!("the series {of} has no reading {altered}"))?;
        let events = self.stage.events(&self.item_of(item)?)?;
        let anchored: Vec<Hash> = events.iter().filter_map(root).collect();
        if !anchored.contains(&series.root()) {
            return Ok(Err(format!("{item}: the series {of} is not anchored")));
        }
        let params = BTreeMap::from([(String::from("index"), altered.to_string())]);
        let said = catalogue::render("H9120", &params, Lang::En);
        match anchored.contains(&other.root()) {
            true => Ok(Err(format!("{item}: the series {of} is anchored with another reading {altered}"))),
            false => Ok(Ok(format!("{item}: the series {of} is as anchored; altered it is refused, H9120: {said}"))),
        }
    }

    fn private(&mut self, text: &str, teller: &mut Teller) -> eyre::Result<()> {
        ensure!(!self.sent.iter().any(|bytes| super::holds(bytes, text)), "{text:?} was sent to the ledger");
        match self.stage.processes() {
            None => teller.held(&format!("{text:?} stands in none of {} acts", self.sent.len())),
            Some(processes) => {
                ensure!(!processes.is_stored(text)?, "{text:?} stands in the files of a node");
                teller.held(&format!("{text:?} stands in no act and in no file of a node"));
            }
        }
        Ok(())
    }

    fn bundle(&mut self, check: &BundleCheck, teller: &mut Teller) -> eyre::Result<()> {
        let BundleCheck { item, verify } = check;
        let id = self.item_of(item)?;
        let Some(processes) = self.stage.processes() else {
            teller.left_out(&format!("the bundle of {item} verifies as {verify}"));
            return Ok(());
        };
        let file = processes.folder().join(format!("{}.hufu", item.trim_start_matches('@')));
        processes.bundle(&id, &file)?;
        let (exit, said) = processes.verify(&file)?;
        let expected = match verify.as_str() {
            "valid" => catalogue::exit::DONE,
            "invalid" => catalogue::exit::INVALID,
            _ => catalogue::exit::STALE_OR_UNTRUSTED,
        };
        let as_said = said == *verify && exit == i32::from(expected);
        ensure!(as_said, "the bundle of {item} verifies as {said} (exit {exit}), expected is {verify}");
        teller.held(&format!("{item}: hufu verify, offline: {said} (exit {exit}): {}", file.display()));
        if verify == "valid" {
            let left_out = nothing_can_be_left_out(&fs::read(&file).wrap_err("read the bundle")?)?;
            teller.held(&format!("{item}: {left_out} copies that lack an event or another history: incomplete"));
        }
        Ok(())
    }

    fn tamper(&mut self, check: &TamperCheck, teller: &mut Teller) -> eyre::Result<()> {
        let TamperCheck { item, copies } = check;
        let id = self.item_of(item)?;
        let Some(processes) = self.stage.processes() else {
            teller.left_out(&format!("{copies} changed copies of the bundle of {item} verify as invalid"));
            return Ok(());
        };
        let folder = processes.folder().to_owned();
        let name = item.trim_start_matches('@');
        let file = folder.join(format!("{name}-whole.hufu"));
        processes.bundle(&id, &file)?;
        let mut changed = Vec::new();
        for seed in 1..=*copies {
            let copy = folder.join(format!("{name}-changed-{seed}.hufu"));
            let what = crate::tamper::tamper(&file, seed, &copy)?;
            let (exit, said) = processes.verify(&copy)?;
            let invalid = exit == i32::from(catalogue::exit::INVALID);
            ensure!(invalid, "a copy with a changed {what} verifies as {said} (exit {exit})");
            changed.push(what);
        }
        teller.held(&format!("{item}: {copies} changed copies are found out (exit 10): {}", changed.join(", ")));
        Ok(())
    }

    fn restart(&mut self, agency: &str, teller: &mut Teller) -> eyre::Result<()> {
        match self.stage.processes() {
            None => teller.left_out(&format!("the node of {agency} is killed and catches up")),
            Some(processes) => {
                let what = processes.restart(agency)?;
                teller.held(&what);
            }
        }
        Ok(())
    }
}

/// Leaves each event and each related history out of a bundle, one at a time; gives how many copies were found incomplete.
fn nothing_can_be_left_out(bytes: &[u8]) -> eyre::Result<usize> {
    let honest = Bundle::from_json(bytes)?;
    let mut tried = 0;
    let mut check = |changed: Bundle, what: String, of: Option<String>| {
        let failure = proof::verify(&changed.to_json(), None, proof::Options::default()).failure;
        let code = failure.as_ref().map_or("none", |failure| failure.code);
        let item = failure.as_ref().and_then(|failure| failure.item.clone());
        ensure!(code == "H9060" && item == of, "without {what} the bundle is {code}, of {item:?}");
        tried += 1;
        Ok(())
    };
    for n in 0..honest.events.len() {
        let mut changed = honest.clone();
        changed.events.0.remove(n);
        check(changed, format!("its event {}", n + 1), None)?;
    }
    for (place, related) in honest.related.iter().enumerate() {
        let id = related.item_id.0.to_string();
        let mut changed = honest.clone();
        changed.related.0.remove(place);
        check(changed, format!("the history of {id}"), Some(id.clone()))?;
        for n in 0..related.events.len() {
            let mut changed = honest.clone();
            changed.related.0[place].events.0.remove(n);
            check(changed, format!("event {} of {id}", n + 1), Some(id.clone()))?;
        }
        for hash in 0..related.later.len() / 32 {
            let mut changed = honest.clone();
            changed.related.0[place].later.0.drain(hash * 32..(hash + 1) * 32);
            check(changed, format!("later event {} of {id}", hash + 1), Some(id.clone()))?;
        }
    }
    Ok(tried)
}

/// The root of a series that an event anchors.
fn root(event: &Event) -> Option<Hash> {
    match &event.effect {
        Effect::Noted { note: Note::Telemetry { root, .. }, .. } => Some(*root),
        _ => None,
    }
}

/// Items that events are linked to.
fn links<'a>(events: impl Iterator<Item = &'a Event>) -> String {
    listed(events.flat_map(|event| event.links.iter().map(|link| link.item)).collect())
}

fn listed(mut ids: Vec<ItemId>) -> String {
    ids.sort();
    ids.iter().map(|id| id.0.short()).collect::<Vec<_>>().join(" ")
}
