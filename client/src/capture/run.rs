//! Signing, keeping, sending, and finding out, event by event.

use super::{Book, Content, Step, steps};
use crate::{
    acts::{self, Act},
    commands::signers,
    draft::Draft,
    failure::{Failure, Result},
    fate::{self, Fate},
    session::Session,
};
use epcis::intent::Intent;
use gs1::ItemCode;
use ledger::{Operation, TxId, document};
use std::collections::{BTreeMap, BTreeSet};

/// Most transactions that are sent and not decided.
const IN_FLIGHT: usize = 16;

/// An event that is in the book, with what it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) content: Content,
    pub(crate) steps: Vec<Step>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it is in the ledger; the last of its transactions.
    Done(TxId),
    /// It was all there before.
    Before(TxId),
    /// A rule refused a step of it.
    Refused(TxId, Failure),
    /// A step of it is signed and not decided.
    Waiting(TxId, Failure),
    /// A step of it could not be signed.
    Bad(Failure),
    /// Not begun, or not ended, because of another.
    Skipped,
}

/// Anchors events, and does what they ask for, in their order. `tell` hears of each event that is dealt with.
///
/// The first that is refused or cannot be signed ends it, unless `proceed`: what is done then stays done.
///
/// Errors: those of being without a node, or without a book. What was signed is sent by the next run.
pub(crate) fn run(
    session: &Session,
    book: &mut Book,
    works: &[Work],
    proceed: bool,
    tell: &mut dyn FnMut(usize),
) -> (Vec<Outcome>, Result<()>) {
    let outcomes = vec![Outcome::Skipped; works.len()];
    let mut run = Run { session, book, fresh: BTreeSet::new(), flight: BTreeMap::new(), outcomes };
    let ended = run.all(works, proceed, tell);
    (run.outcomes, ended)
}

struct Run<'a> {
    session: &'a Session,
    book: &'a mut Book,
    /// Events that this run anchored.
    fresh: BTreeSet<Content>,
    /// Transactions that are sent and not decided, each with its event.
    flight: BTreeMap<usize, usize>,
    outcomes: Vec<Outcome>,
}

impl Run<'_> {
    fn all(&mut self, works: &[Work], proceed: bool, tell: &mut dyn FnMut(usize)) -> Result<()> {
        self.anchor(works)?;
        for (at, work) in works.iter().enumerate() {
            let outcome = self.event(at, work)?.unwrap_or_else(Outcome::Bad);
            // Of a step that was on its way more may be known by now.
            if self.outcomes[at] == Outcome::Skipped {
                self.outcomes[at] = outcome;
            }
            tell(at);
            // What is on its way may end otherwise yet; what has ended badly is known.
            if !proceed && self.has_failed() {
                break;
            }
        }
        self.land(0)
    }

    fn has_failed(&self) -> bool {
        let is_bad = |outcome: &Outcome| match outcome {
            Outcome::Refused(..) | Outcome::Bad(_) => true,
            Outcome::Done(_) | Outcome::Before(_) | Outcome::Waiting(..) | Outcome::Skipped => false,
        };
        self.outcomes.iter().any(is_bad)
    }

    /// Anchors what is not anchored, before anything rests on it: as many at once as an anchor holds.
    fn anchor(&mut self, works: &[Work]) -> Result<()> {
        let earlier: BTreeSet<usize> = works.iter().filter_map(|work| self.book.anchor(&work.content)).collect();
        for place in earlier {
            self.settle(place)?;
        }
        let mut fresh: Vec<Content> = Vec::new();
        for Work { content, .. } in works {
            if self.book.anchor(content).is_none() && self.fresh.insert(*content) {
                fresh.push(*content);
            }
        }
        for contents in fresh.chunks(document::MAX_DOCUMENTS) {
            let Some(documents) = document::root(&self.book.documents(contents)) else { continue };
            let count = u32::try_from(contents.len()).unwrap_or(u32::MAX);
            let draft = drafted(self.session, Operation::Anchor { documents, count }, Vec::new())?;
            let place = self.sign(draft, contents, None)?;
            if let Some(failure) = self.settle(place)? {
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Does what an event asks for. The inner failure is why a step of it cannot be signed.
    fn event(&mut self, at: usize, work: &Work) -> Result<std::result::Result<Outcome, Failure>> {
        let anchor = self.book.anchor(&work.content).map(|place| self.book.signed()[place].id).unwrap_or_default();
        let mut outcome = match self.fresh.contains(&work.content) {
            true => Outcome::Done(anchor),
            false => Outcome::Before(anchor),
        };
        for (number, Step(intent)) in (0u32..).zip(&work.steps) {
            let place = match self.earlier(&work.content, number)? {
                Some(place) => place,
                None => {
                    if looks_up(intent) {
                        // What it names may be on its way.
                        self.land(0)?;
                    }
                    if self.outcomes[at] != Outcome::Skipped {
                        return Ok(Ok(self.outcomes[at].clone()));
                    }
                    let built = match steps::build(self.session, &work.content, intent) {
                        Ok(built) => built,
                        Err(failure) if fate::is_final(&failure) => return Err(failure),
                        Err(failure) => return Ok(Err(failure)),
                    };
                    let draft = match drafted(self.session, built.operation, built.entries) {
                        Ok(draft) => draft,
                        Err(failure) if fate::is_final(&failure) => return Err(failure),
                        Err(failure) => return Ok(Err(failure)),
                    };
                    if draft.body.signers.iter().any(|slot| Some(slot.key) != self.own()) {
                        return Ok(Err(others(&draft)));
                    }
                    self.land(IN_FLIGHT - 1)?;
                    let place = self.sign(draft, &[work.content], Some(number))?;
                    outcome = Outcome::Done(self.book.signed()[place].id);
                    place
                }
            };
            let id = self.book.signed()[place].id;
            match &mut outcome {
                Outcome::Before(last) | Outcome::Done(last) => *last = id,
                Outcome::Refused(..) | Outcome::Waiting(..) | Outcome::Bad(_) | Outcome::Skipped => {}
            }
            if self.book.signed()[place].done == Some(true) {
                continue;
            }
            if looks_up(intent) {
                if let Some(failure) = self.settle(place)? {
                    return Ok(Ok(self.ended(place, failure)));
                }
            } else {
                self.flight.insert(place, at);
            }
        }
        // An event without a step is done with its anchor.
        Ok(Ok(outcome))
    }

    /// A step that was signed before, once it is known whether it was done; none where it has to be signed anew.
    fn earlier(&mut self, content: &Content, number: u32) -> Result<Option<usize>> {
        let Some(place) = self.book.step(content, number) else { return Ok(None) };
        self.settle(place)?;
        Ok(self.book.step(content, number))
    }

    /// How an event ended with a step that was not done.
    fn ended(&self, place: usize, failure: Failure) -> Outcome {
        let signed = &self.book.signed()[place];
        match signed.done {
            Some(_) => Outcome::Refused(signed.id, failure),
            None => Outcome::Waiting(signed.id, failure),
        }
    }

    fn own(&self) -> Option<ledger::KeyId> {
        self.session.key_header().ok().map(|header| header.id())
    }

    /// Signs, keeps, and sends; its place in the book.
    fn sign(&mut self, mut draft: Draft, contents: &[Content], step: Option<u32>) -> Result<usize> {
        draft.sign(self.session.key()?);
        let tx = draft.complete()?;
        let place = self.book.add(&tx, contents, step)?;
        match acts::post(self.session, &tx.to_bytes()) {
            Err(failure) if fate::is_final(&failure) => Err(failure),
            // It is asked for, and sent again where it did not arrive.
            Err(_) | Ok(_) => Ok(place),
        }
    }

    /// Learns how a transaction ended, and why where it was not done. Errors: those of being without a node.
    fn settle(&mut self, place: usize) -> Result<Option<Failure>> {
        let (id, expires, done) = {
            let signed = &self.book.signed()[place];
            (signed.id, signed.expires, signed.done)
        };
        if done.is_some() {
            return Ok(None);
        }
        match fate::learn(self.session, &id, expires, || self.book.bytes(place)) {
            Ok(Fate::Committed) => {
                self.book.decide(place, true)?;
                Ok(None)
            }
            Ok(Fate::Refused(failure)) => {
                self.book.decide(place, false)?;
                Ok(Some(failure))
            }
            Ok(Fate::Void) => {
                self.book.decide(place, false)?;
                Ok(Some(fate::undecided(&id)))
            }
            Err(failure) if fate::is_final(&failure) => Err(failure),
            Err(failure) => Ok(Some(failure)),
        }
    }

    /// Settles what is on its way until no more than so many are.
    fn land(&mut self, most: usize) -> Result<()> {
        while self.flight.len() > most {
            let Some((place, at)) = self.flight.pop_first() else { break };
            if let Some(failure) = self.settle(place)? {
                self.outcomes[at] = self.ended(place, failure);
            }
        }
        Ok(())
    }
}

/// Whether an act names items that have to be looked up.
fn looks_up(intent: &Intent) -> bool {
    !matches!(intent, Intent::Register { .. })
}

/// The body of an act, not signed.
fn drafted(session: &Session, operation: Operation, entries: Vec<ledger::operation::Entry>) -> Result<Draft> {
    let slots = signers::of(session, &operation, &[])?;
    acts::draft(session, &Act { entries, ..Act::new(operation, slots, &None) })
}

/// An act that others have to sign too.
fn others(draft: &Draft) -> Failure {
    let list: Vec<String> =
        draft.body.signers.iter().map(|slot| format!("{} {}", slot.role.name(), slot.key)).collect();
    let values = [
        ("missing", (list.len().saturating_sub(1)).to_string()),
        ("needed", list.len().to_string()),
        ("list", list.join(", ")),
    ];
    Failure::new("H1411", values)
}

/// Judges events without signing: what the ledger would say of each now.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    /// Codes of items that earlier events would make; what is asked of those cannot be judged before they are there.
    made: BTreeSet<ItemCode>,
}

impl Preview {
    /// Why what an event asks for would not be done, as far as that can be told. Errors: those of being without a node.
    pub(crate) fn objection(&mut self, session: &Session, work: &Work) -> Result<Option<Failure>> {
        for Step(intent) in &work.steps {
            let judged = steps::build(session, &work.content, intent).and_then(|built| {
                let draft = drafted(session, built.operation, built.entries)?;
                if draft.body.signers.iter().any(|slot| Some(slot.key) != session.key_header().ok().map(|h| h.id())) {
                    return Err(others(&draft));
                }
                Ok(acts::objection(session, &acts::judge(session, &draft)?))
            });
            let rests_on_earlier = steps::named(intent).any(|code| self.made.contains(&code));
            self.made.extend(steps::made(intent).cloned());
            match judged {
                Ok(None) => {}
                Err(failure) if fate::is_final(&failure) => return Err(failure),
                Ok(Some(_)) | Err(_) if rests_on_earlier => {}
                Ok(Some(failure)) | Err(failure) => return Ok(Some(failure)),
            }
        }
        Ok(None)
    }
}
