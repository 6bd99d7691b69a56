//! What an effect states, as people read it.
//!
//! Left out is what stands elsewhere in the readable part (class, code, state), and what only machines compare: hashes
//! of terms and roots of private fields.

use super::{ReadableValue, name};
use crate::{parts::Parts, problem::Problem, time::rfc3339};
use ledger::{
    Effect, OrgId,
    operation::{InspectionResult, Note, Purpose},
    record::{Inside, Packed, PendingOffer},
};
use std::fmt::Display;

/// What an effect states. Values that it does not state are left out; a flag is `yes` where it is set.
#[derive(Default)]
pub(super) struct Stated {
    pub(super) to: Option<String>,
    pub(super) quantity: Option<String>,
    pub(super) note: Option<String>,
    pub(super) values: Vec<ReadableValue>,
}

impl Stated {
    fn to(self, name: String) -> Stated {
        Stated { to: Some(name), ..self }
    }

    fn quantity(self, quantity: &impl Display) -> Stated {
        Stated { quantity: Some(quantity.to_string()), ..self }
    }

    fn note(self, note: &(impl Display + ?Sized)) -> Stated {
        Stated { note: Some(note.to_string()), ..self }
    }

    fn with(mut self, name: &str, value: impl Display) -> Stated {
        self.values.push(ReadableValue { name: name.into(), value: value.to_string() });
        self
    }

    fn given(self, name: &str, value: Option<impl Display>) -> Stated {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn flag(self, name: &str, set: bool) -> Stated {
        if set { self.with(name, "yes") } else { self }
    }
}

/// Reads an effect. Error: [`Problem::Missing`].
pub(super) fn by(parts: &Parts, effect: &Effect) -> Result<Stated, Problem> {
    let none = Stated::default();
    Ok(match effect {
        Effect::Registered {
            class: _,
            code: _,
            quantity,
            custodian,
            previous,
            purpose,
            marks,
            origin,
            place,
            grant,
            private: _,
        } => none
            .quantity(quantity)
            .with("custodian", name(parts, custodian)?)
            .given("previous", previous.as_ref())
            .given("purpose", stated(*purpose))
            .flag("hgr", marks.hgr)
            .flag("research_only", marks.research_only)
            .given("origin", origin.map(|kind| kind.name()))
            .given("place", place.as_ref())
            .given("grant", grant.as_ref()),
        Effect::Declared { exempt, research_only } => {
            none.flag("exempt", *exempt).flag("research_only", *research_only)
        }
        Effect::Inspected { result, video } => none.note(result.name()).given("video", video.as_ref()),
        Effect::Released { grant } => none.given("grant", grant.as_ref()),
        Effect::Offered { offer } => offered(none.to(name(parts, &offer.receiver)?), offer),
        Effect::Moved { from, to, terms: _, receiver, place } => none
            .to(name(parts, to)?)
            .with("from", name(parts, from)?)
            .with("as", receiver.name())
            .given("place", place.as_ref()),
        Effect::OfferRefused { terms: _ } | Effect::OfferWithdrawn { terms: _ } => none,
        Effect::Used { quantity } | Effect::Disposed { quantity } | Effect::Wasted { quantity } => {
            none.quantity(quantity)
        }
        Effect::HoldPlaced { by, reason } => agencies(parts, none.note(reason), by)?,
        Effect::HoldLifted { by, placed } => agencies(parts, none, by)?.with("placed", placed),
        Effect::Assigned { grant } => none.with("grant", grant),
        Effect::Arrived { port } | Effect::Exited { port } => none.with("port", port),
        Effect::InspectionOrdered { premises } => none.given("premises", premises.as_ref()),
        Effect::Tested { passed, laboratory, report } => {
            let result = if *passed { InspectionResult::Passed } else { InspectionResult::Failed };
            none.note(result.name()).with("laboratory", name(parts, laboratory)?).with("report", report)
        }
        Effect::Returned { reason } | Effect::Destroyed { reason } => none.note(reason),
        Effect::Stored { premises, quarantine } => none.with("premises", premises).flag("quarantine", *quarantine),
        Effect::Lost { quantity, theft } => none.quantity(quantity).flag("theft", *theft),
        Effect::Corrected { event, bucket, quantity, reason } => {
            none.quantity(quantity).note(reason).with("event", event).with("bucket", bucket.name())
        }
        Effect::Noted { note, excursion } => noted(none, note).flag("excursion", *excursion),
        Effect::Derived { kind, quantity } => none.quantity(quantity).with("kind", kind.name()),
        Effect::Packed { into: Packed { unit, level } } => none.with("unit", unit).with("level", level),
        Effect::Unpacked { unit, custodian, state: _, place } => {
            none.with("unit", unit).with("custodian", name(parts, custodian)?).given("place", place.as_ref())
        }
        Effect::Filled { more, by } => filled(none, *more, by),
        Effect::Reported { used, disposed, last } => {
            none.with("used", used).with("disposed", disposed).flag("last", *last)
        }
        Effect::Departed { to } => none.with("network", to),
        Effect::Landed {
            from,
            item,
            count,
            head,
            class: _,
            code: _,
            quantity,
            custodian,
            previous,
            purpose,
            marks,
            state: _,
        } => none
            .quantity(quantity)
            .with("network", from)
            .with("item", item)
            .with("count", count)
            .with("head", head)
            .with("custodian", name(parts, custodian)?)
            .given("previous", previous.as_ref())
            .given("purpose", stated(*purpose))
            .flag("hgr", marks.hgr)
            .flag("research_only", marks.research_only),
    })
}

fn stated(purpose: Purpose) -> Option<&'static str> {
    (purpose != Purpose::Unstated).then(|| purpose.name())
}

/// One value for each of them: a name may hold a comma.
fn agencies(parts: &Parts, stated: Stated, by: &[OrgId]) -> Result<Stated, Problem> {
    by.iter().try_fold(stated, |stated, org| Ok(stated.with("by", name(parts, org)?)))
}

fn offered(stated_so_far: Stated, offer: &PendingOffer) -> Stated {
    let PendingOffer { terms: _, receiver: _, expires, purpose, premises } = offer;
    stated_so_far
        .with("expires", rfc3339(*expires))
        .given("purpose", stated(*purpose))
        .given("premises", premises.as_ref())
}

/// Temperatures are in thousandths of a degree Celsius.
fn noted(none: Stated, note: &Note) -> Stated {
    let named = none.note(note.name());
    match note {
        Note::SelfCheck { counted, report } => named.with("counted", counted).with("report", report),
        Note::Telemetry { kind, root, count, from, to, min, max } => named
            .with("kind", kind.name())
            .with("root", root)
            .with("count", count)
            .with("from", rfc3339(*from))
            .with("to", rfc3339(*to))
            .with("min", min)
            .with("max", max),
        Note::Expert { report } => named.with("report", report),
        Note::Document { root } => named.with("root", root),
    }
}

/// What a unit holds more or less, as `+3`.
fn filled(none: Stated, more: bool, by: &Inside) -> Stated {
    let Inside { items, depth: _, held, research_only, hgr, levels: _ } = by;
    let sign = if more { '+' } else { '-' };
    [("items", items), ("held", held), ("research_only", research_only), ("hgr", hgr)]
        .into_iter()
        .filter(|(_, count)| **count > 0)
        .fold(none, |stated, (name, count)| stated.with(name, format!("{sign}{count}")))
}
