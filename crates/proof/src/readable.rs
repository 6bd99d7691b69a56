//! What people read in a bundle, computed from the signed objects by whoever writes it and again by whoever verifies.

use crate::{
    bounds::{MAX_EVENTS, MAX_OPENED, MAX_READABLE},
    json::{Digest, List},
    parts::{EventTx, Parts},
    problem::Problem,
    time::rfc3339,
};
use ledger::{Effect, OrgId, operation::Operation, policy::Rule};

object! {
    /// The readable part of a bundle. Quantities are `12.5 MLT`, times RFC 3339 in UTC with milliseconds.
    pub struct Readable {
        /// Identity of the network.
        network: Digest,
        /// Whether it is a test network.
        test: bool,
        /// Height of the certified header.
        height: u64,
        /// Its time.
        time: String,
        /// The item's code as a GS1 Digital Link, or `hufu:{scheme}/{value}`.
        item: String,
        /// How many registrations carry this code.
        registrations: u64,
        /// Name of the class.
        class: String,
        /// Its kind of special item.
        category: String,
        /// Its risk grade.
        grade: String,
        /// Whether it is a human genetic resource.
        hgr: bool,
        /// HS codes asserted for the class, oldest first: `HS2022-CN-3002120090`.
        hs: List<String, MAX_READABLE>,
        /// Name of the organisation that registered the item.
        registrant: String,
        /// Name of the organisation that holds it.
        custodian: String,
        /// Where it stands.
        state: String,
        /// Quantity registered.
        registered: String,
        /// Quantity on hand.
        on_hand: String,
        /// Quantity used.
        used: String,
        /// Quantity disposed of.
        disposed: String,
        /// Holds in force.
        holds: List<ReadableHold, MAX_READABLE>,
        /// The offer that waits for its answer.
        offer: Option<ReadableOffer>,
        /// What happened.
        events: List<ReadableEvent, MAX_EVENTS>,
        /// Private fields that the holder opened.
        fields: List<ReadableField, MAX_OPENED>,
        /// Names that the holder opened.
        persons: List<ReadablePerson, MAX_OPENED>,
    }
}

object! {
    /// A hold in force.
    pub struct ReadableHold {
        /// Name of the agency.
        by: String,
        /// Number of the event that placed it.
        placed: u64,
        /// The reason given.
        reason: String,
    }
}

object! {
    /// An offer that waits for its answer.
    pub struct ReadableOffer {
        /// Name of the organisation it is made to.
        receiver: String,
        /// Until when.
        expires: String,
    }
}

object! {
    /// One event.
    pub struct ReadableEvent {
        /// Its number.
        n: u64,
        /// What happened, a word such as `moved`.
        kind: String,
        /// Height of its block.
        height: u64,
        /// Time of its block.
        time: String,
        /// Names of the organisations that signed, in the order of the slots.
        actors: List<String, MAX_READABLE>,
        /// Name of the receiver, of a move or an offer.
        to: Option<String>,
        /// Quantity registered, used or disposed of.
        quantity: Option<String>,
        /// Result of an inspection, or reason of a hold or of a refusal.
        note: Option<String>,
        /// State of the item after it.
        state: String,
        /// Rule applied: name and version of the policy pack, rule and article.
        decision: Option<String>,
    }
}

object! {
    /// An opened private field.
    pub struct ReadableField {
        /// Number of the event.
        event: u64,
        /// Name of the field.
        name: String,
        /// Its value.
        value: String,
    }
}

object! {
    /// An opened name.
    pub struct ReadablePerson {
        /// The person's key.
        key: Digest,
        /// The name.
        name: String,
    }
}

impl Default for Readable {
    /// Of nothing; only a place to write to.
    fn default() -> Self {
        Readable {
            network: Digest::default(),
            test: false,
            height: 0,
            time: String::new(),
            item: String::new(),
            registrations: 0,
            class: String::new(),
            category: String::new(),
            grade: String::new(),
            hgr: false,
            hs: List::default(),
            registrant: String::new(),
            custodian: String::new(),
            state: String::new(),
            registered: String::new(),
            on_hand: String::new(),
            used: String::new(),
            disposed: String::new(),
            holds: List::default(),
            offer: None,
            events: List::default(),
            fields: List::default(),
            persons: List::default(),
        }
    }
}

/// Name of an organisation of the bundle.
pub(crate) fn name(parts: &Parts, org: &OrgId) -> Result<String, Problem> {
    parts.org(org).map(|record| record.profile.name.to_string())
}

/// Computes the readable part. Error: [`Problem::Missing`].
pub(crate) fn of(parts: &Parts) -> Result<Readable, Problem> {
    let (header, item, class) = (&parts.head.header, &parts.item.value, parts.class()?);
    let hold = |h: &ledger::record::Hold| {
        Ok(ReadableHold { by: name(parts, &h.by)?, placed: h.placed, reason: h.reason.to_string() })
    };
    let offer = |o: &ledger::record::PendingOffer| {
        Ok(ReadableOffer { receiver: name(parts, &o.receiver)?, expires: rfc3339(o.expires) })
    };
    Ok(Readable {
        network: Digest(header.network.0),
        test: header.test,
        height: header.height,
        time: rfc3339(header.time),
        item: item.code.digital_link(),
        registrations: parts.code.value.count,
        class: class.name.to_string(),
        category: class.category.name().into(),
        grade: class.grade.to_string(),
        hgr: class.hgr,
        hs: List(class.hs_in_force().map(|hs| hs.to_string()).collect()),
        registrant: name(parts, &item.registrant)?,
        custodian: name(parts, &item.custodian)?,
        state: item.state.name().into(),
        registered: item.registered.to_string(),
        on_hand: item.on_hand.to_string(),
        used: item.used.to_string(),
        disposed: item.disposed.to_string(),
        holds: List(item.holds.iter().map(hold).collect::<Result<_, Problem>>()?),
        offer: item.offer.as_ref().map(offer).transpose()?,
        events: List(parts.steps.iter().map(|s| event(parts, s)).collect::<Result<_, _>>()?),
        fields: List(parts.fields.iter().map(field).collect()),
        persons: List(parts.names.iter().map(person).collect()),
    })
}

fn field(open: &crate::parts::OpenField) -> ReadableField {
    ReadableField { event: open.event, name: open.field.name.to_string(), value: open.field.value.to_string() }
}

fn person(open: &crate::parts::OpenName) -> ReadablePerson {
    ReadablePerson { key: Digest(open.key.0), name: open.name.to_string() }
}

fn event(parts: &Parts, step: &EventTx) -> Result<ReadableEvent, Problem> {
    let EventTx { event, tx } = step;
    let mut actors = Vec::new();
    for slot in tx.iter().flat_map(|t| &t.body.signers) {
        actors.push(name(parts, &slot.org)?);
    }
    let to = match &event.effect {
        Effect::Moved { from: _, to, terms: _ } => Some(name(parts, to)?),
        Effect::Offered { offer } => Some(name(parts, &offer.receiver)?),
        _ => None,
    };
    let quantity = match &event.effect {
        Effect::Registered { quantity, .. } | Effect::Used { quantity } | Effect::Disposed { quantity } => {
            Some(quantity.to_string())
        }
        _ => None,
    };
    let decision = match &event.decision {
        None => None,
        Some(d) => {
            let rule = if d.rule == Rule::NONE { String::new() } else { format!("{} ", d.rule) };
            Some(format!("{} v{} {rule}{}", parts.pack(&d.pack)?.name, d.version, d.article))
        }
    };
    Ok(ReadableEvent {
        n: event.n,
        kind: event.effect.name().into(),
        height: event.at.height,
        time: rfc3339(event.at.time),
        actors: List(actors),
        to,
        quantity,
        note: note(step),
        state: event.state.name().into(),
        decision,
    })
}

fn note(step: &EventTx) -> Option<String> {
    if let Some(Operation::Refuse { reason, .. }) = step.tx.as_ref().map(|t| &t.body.operation) {
        return Some(reason.to_string());
    }
    match &step.event.effect {
        Effect::HoldPlaced { by: _, reason } => Some(reason.to_string()),
        Effect::Inspected { result } => Some(result.name().into()),
        _ => None,
    }
}

/// The first field in which two readable parts differ.
pub(crate) fn difference(stated: &Readable, found: &Readable) -> Option<&'static str> {
    macro_rules! first {
        ($($field:ident),* $(,)?) => {{
            let Readable { $($field: _),* } = stated;
            $(if stated.$field != found.$field { return Some(stringify!($field)); })*
            None
        }};
    }
    first!(
        network,
        test,
        height,
        time,
        item,
        registrations,
        class,
        category,
        grade,
        hgr,
        hs,
        registrant,
        custodian,
        state,
        registered,
        on_hand,
        used,
        disposed,
        holds,
        offer,
        events,
        fields,
        persons,
    )
}
