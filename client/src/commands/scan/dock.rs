//! Which items a line means, and the receiving dock: what is scanned there and offered to one's organisation is accepted.

use super::reading::Said;
use crate::{
    acts::{self, Act},
    cli::Life,
    commands::handover::acceptance,
    failure::{Failure, Result},
    refs,
    session::{Item, Session},
};
use ledger::{ItemId, OrgId, Rejection};
use std::{
    collections::BTreeSet,
    io::{self, IsTerminal},
    mem,
};

/// The items that a line names, as the node has them now.
pub(super) fn items(session: &Session, said: &Said) -> Result<Vec<Item>> {
    match (&said.item, &said.code) {
        (Some(id), _) => Ok(vec![session.item(&id.to_string())?]),
        (None, Some(code)) => session.items_of(code),
        (None, None) => Ok(Vec::new()),
    }
}

/// How an item stands, in a line.
pub(super) fn brief(session: &Session, item: &Item) -> String {
    let (record, view, out) = (&item.record, &item.view, &session.out);
    let held_by = format!("{} {}", out.pick("held by", "持有方"), view.custodian.name);
    let mut words = vec![out.word(record.state.name()), record.on_hand.to_string(), view.class.name.clone(), held_by];
    if let Some(offer) = &record.offer {
        let (to, until) = (named(session, &offer.receiver), api::time::rfc3339(offer.expires));
        words.push(format!("{} {to} {} {until}", out.pick("offered to", "已交付给"), out.pick("until", "至")));
    }
    let marks = [
        (!record.holds.is_empty(), out.pick("HELD", "扣控")),
        (record.excursions > 0, out.pick("EXCURSIONS", "读数超限")),
        (record.quarantined, out.pick("in quarantine", "隔离中")),
        (record.container.is_some(), out.pick("packed in a unit", "已装入物流单元")),
    ];
    words.extend(marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word.to_owned()));
    words.join(" · ")
}

fn named(session: &Session, org: &OrgId) -> String {
    session.org_names(&[*org]).remove(&org.to_string()).unwrap_or_else(|| org.0.short())
}

/// What became of a scan at the dock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The item is to be accepted.
    Taken,
    /// It was scanned before.
    Again,
}

impl Turn {
    pub(super) fn word(self) -> &'static str {
        match self {
            Turn::Taken => "taken",
            Turn::Again => "again",
        }
    }
}

/// What was scanned and is offered to this organisation.
pub(super) struct Dock {
    org: OrgId,
    taken: BTreeSet<ItemId>,
    /// What is not signed yet.
    waiting: Vec<Waiting>,
}

struct Waiting {
    item: ItemId,
    code: String,
    act: Act,
}

impl Dock {
    /// Opens the key before the first scan. Error: H1405 where nobody could be asked before anything is signed.
    pub(super) fn open(session: &Session) -> Result<Dock> {
        let can_ask = !session.settings.no_input && io::stdin().is_terminal();
        if !session.yes && !session.dry_run && !can_ask {
            let question = session.out.pick("Sign all of these?", "全部签名吗？");
            return Err(Failure::new("H1405", [("question", question)]));
        }
        if !session.dry_run {
            session.key()?;
        }
        Ok(Dock { org: session.key_header()?.org, taken: BTreeSet::new(), waiting: Vec::new() })
    }

    /// How many items were taken.
    pub(super) fn count(&self) -> usize {
        self.taken.len()
    }

    /// Takes the one of some items that is offered to this organisation.
    ///
    /// Errors: H1407 where several are, for a label does not tell which of them stands here; H5106, H5107, H5110 where
    /// none is.
    pub(super) fn take(&mut self, session: &Session, items: &[Item], life: &Life, input: &str) -> Result<Turn> {
        let is_ours = |item: &&Item| {
            let offer = item.record.offer.as_ref();
            self.taken.contains(&item.id) || offer.is_some_and(|offer| offer.receiver == self.org)
        };
        let found: Vec<&Item> = items.iter().filter(is_ours).collect();
        let item = match found.as_slice() {
            [one] => *one,
            [] => return Err(not_offered(session, items, input)),
            several => {
                let list: Vec<String> = several.iter().map(|item| item.id.to_string()).collect();
                return Err(refs::several(input, list.len(), &list));
            }
        };
        if self.taken.contains(&item.id) {
            return Ok(Turn::Again);
        }
        let now = session.block_time();
        if let Some(offer) = item.record.offer.as_ref().filter(|offer| offer.expires <= now) {
            return Err(Rejection::OfferExpired { item: item.id, expires: offer.expires }.into());
        }
        let act = acceptance(session, item, life)?;
        self.taken.insert(item.id);
        self.waiting.push(Waiting { item: item.id, code: item.record.code.to_string(), act });
        Ok(Turn::Taken)
    }

    /// Shows what waits, asks, and accepts it; codes of items that were not accepted, and why. Those may be scanned again.
    ///
    /// Errors: those by which nothing was signed.
    pub(super) fn settle(&mut self, session: &Session) -> Result<Vec<(String, Failure)>> {
        let mut named = Vec::new();
        let mut acts = Vec::new();
        for Waiting { item, code, act } in mem::take(&mut self.waiting) {
            named.push((item, code));
            acts.push(act);
        }
        let outcomes = acts::perform_each(session, acts).inspect_err(|_| {
            for (item, _) in &named {
                self.taken.remove(item);
            }
        })?;
        let mut failures = Vec::new();
        for ((item, code), outcome) in named.into_iter().zip(outcomes) {
            if let Err(failure) = outcome {
                self.taken.remove(&item);
                failures.push((code, failure));
            }
        }
        Ok(failures)
    }
}

/// Why none of some items can be accepted here.
fn not_offered(session: &Session, items: &[Item], input: &str) -> Failure {
    let to_others = items.iter().find_map(|item| Some((item.id, item.record.offer.as_ref()?.receiver)));
    match (to_others, items.first()) {
        (Some((item, receiver)), _) => {
            let mut failure = Failure::from(Rejection::NotReceiver { item, receiver });
            failure.params.insert("receiver".to_owned(), named(session, &receiver));
            failure
        }
        (None, Some(item)) => Rejection::OfferUnknown { item: item.id }.into(),
        (None, None) => Failure::new("H7004", [("kind", session.out.pick("item", "物品")), ("input", input)]),
    }
}
