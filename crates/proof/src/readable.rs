//! What people read in a bundle, computed from the signed objects by whoever writes it and again by whoever verifies.

mod stated;

use crate::{
    bounds::{MAX_EVENTS, MAX_OPENED, MAX_READABLE, MAX_RELATED},
    json::{Digest, List},
    parts::{EventTx, History, Parts},
    problem::Problem,
    time::rfc3339,
};
use ledger::{
    Decision, ItemRecord, Operation, OrgId,
    policy::Rule,
    record::{Hold, Inside, OrgProfile, PendingOffer},
};
use stated::Stated;

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
        /// Whether it is for research only.
        research_only: bool,
        /// HS codes asserted for the class, oldest first: `HS2022-CN-3002120090`.
        hs: List<String, MAX_READABLE>,
        /// Name of the organisation that registered the item.
        registrant: String,
        /// Name of the organisation that holds it; of a packed item, that holds the outermost unit around it.
        custodian: String,
        /// Where it stands.
        state: String,
        /// For what it was registered.
        purpose: String,
        /// GLN of the premises where it is.
        place: Option<String>,
        /// Whether it is in quarantine there.
        quarantined: bool,
        /// The permit it is under.
        grant: Option<Digest>,
        /// The logistic unit it is packed in.
        unit: Option<Digest>,
        /// What it holds, of a logistic unit.
        inside: Option<ReadableInside>,
        /// How many series of readings were beyond the limits.
        excursions: u64,
        /// Quantity registered.
        registered: String,
        /// Quantity on hand.
        on_hand: String,
        /// Quantity used.
        used: String,
        /// Quantity that went into other items.
        derived: String,
        /// Quantity set aside as waste and not disposed of.
        wasted: String,
        /// Quantity lost or stolen.
        lost: String,
        /// Quantity disposed of.
        disposed: String,
        /// Holds in force.
        holds: List<ReadableHold, MAX_READABLE>,
        /// The offer that waits for its answer.
        offer: Option<ReadableOffer>,
        /// What happened.
        events: List<ReadableEvent, MAX_EVENTS>,
        /// Other items that it rests on, or that were made out of it.
        related: List<ReadableRelated, MAX_RELATED>,
        /// Private fields that the holder opened.
        fields: List<ReadableField, MAX_OPENED>,
        /// Names that the holder opened.
        persons: List<ReadablePerson, MAX_OPENED>,
    }
}

object! {
    /// What a logistic unit holds, at any depth.
    pub struct ReadableInside {
        /// Items.
        items: u64,
        /// Levels of units below.
        depth: u64,
        /// Holds on them.
        held: u64,
        /// Those for research only.
        research_only: u64,
        /// Those that are human genetic resources.
        hgr: u64,
        /// The highest biosafety level of premises that one of them asks for.
        level: u64,
    }
}

object! {
    /// A hold in force.
    pub struct ReadableHold {
        /// Names of the agencies.
        by: List<String, MAX_READABLE>,
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
        /// For what.
        purpose: String,
        /// GLN of the receiver's premises where it will be kept.
        premises: Option<String>,
    }
}

object! {
    /// Something that an effect states.
    pub struct ReadableValue {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
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
        /// Quantity registered, or booked by it.
        quantity: Option<String>,
        /// Result of an inspection or test, reason, or kind of a fact that was anchored.
        note: Option<String>,
        /// What else it states, by name.
        values: List<ReadableValue, MAX_READABLE>,
        /// Other items that it is linked to.
        links: List<Digest, MAX_READABLE>,
        /// State of the item after it.
        state: String,
        /// Rule applied: name and version of the policy pack, rule and article, and on how many grounds.
        decision: Option<String>,
    }
}

object! {
    /// Another item.
    pub struct ReadableRelated {
        /// Its identity.
        item_id: Digest,
        /// Its code as a GS1 Digital Link, or `hufu:{scheme}/{value}`.
        item: String,
        /// What it is to the item: `origin`, `unit` or `child`.
        r#as: String,
        /// Name of its class.
        class: String,
        /// Name of the organisation that holds it; none where a unit around it tells that is not in the bundle.
        custodian: Option<String>,
        /// Where it stands now.
        state: String,
        /// Quantity registered.
        registered: String,
        /// Quantity on hand now.
        on_hand: String,
        /// Holds in force.
        holds: List<ReadableHold, MAX_READABLE>,
        /// Number of its events.
        count: u64,
        /// What happened, as far as it matters here.
        events: List<ReadableEvent, MAX_EVENTS>,
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
            research_only: false,
            hs: List::default(),
            registrant: String::new(),
            custodian: String::new(),
            state: String::new(),
            purpose: String::new(),
            place: None,
            quarantined: false,
            grant: None,
            unit: None,
            inside: None,
            excursions: 0,
            registered: String::new(),
            on_hand: String::new(),
            used: String::new(),
            derived: String::new(),
            wasted: String::new(),
            lost: String::new(),
            disposed: String::new(),
            holds: List::default(),
            offer: None,
            events: List::default(),
            related: List::default(),
            fields: List::default(),
            persons: List::default(),
        }
    }
}

/// Name of an organisation of the bundle, with its identifier where another one of the bundle has the same name.
pub(crate) fn name(parts: &Parts, org: &OrgId) -> Result<String, Problem> {
    let OrgProfile { identifier, name, kind: _ } = &parts.org(org)?.profile;
    Ok(match parts.namesakes.contains(name.as_str()) {
        true => format!("{name} ({}:{})", identifier.scheme, identifier.value),
        false => name.to_string(),
    })
}

/// Computes the readable part. Error: [`Problem::Missing`].
pub(crate) fn of(parts: &Parts) -> Result<Readable, Problem> {
    let (header, item) = (parts.anchor.header(), &parts.main.item.value);
    let class = parts.class_of(item)?;
    let lost = || Problem::Missing { what: "unit around item", id: parts.item_id().to_string() };
    let related = parts.related.iter().zip(parts.ties()).map(|(history, tie)| related(parts, history, tie));
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
        hgr: item.marks.hgr,
        research_only: item.marks.research_only,
        hs: List(class.hs_in_force().map(|hs| hs.to_string()).collect()),
        registrant: name(parts, &item.registrant)?,
        custodian: name(parts, &parts.holder(item).ok_or_else(lost)?)?,
        state: item.state.name().into(),
        purpose: item.purpose.name().into(),
        place: item.place.map(|place| place.to_string()),
        quarantined: item.quarantined,
        grant: item.grant.map(|grant| Digest(grant.0)),
        unit: item.container.map(|packed| Digest(packed.unit.0)),
        inside: item.inside.as_ref().map(inside),
        excursions: u64::from(item.excursions),
        registered: item.registered.to_string(),
        on_hand: item.on_hand.to_string(),
        used: item.used.to_string(),
        derived: item.derived.to_string(),
        wasted: item.wasted.to_string(),
        lost: item.lost.to_string(),
        disposed: item.disposed.to_string(),
        holds: holds(parts, item)?,
        offer: item.offer.as_ref().map(|o| offer(parts, o)).transpose()?,
        events: events(parts, &parts.main)?,
        related: List(related.collect::<Result<_, _>>()?),
        fields: List(parts.fields.iter().map(field).collect()),
        persons: List(parts.names.iter().map(person).collect()),
    })
}

fn inside(inside: &Inside) -> ReadableInside {
    ReadableInside {
        items: u64::from(inside.items),
        depth: u64::from(inside.depth),
        held: u64::from(inside.held),
        research_only: u64::from(inside.research_only),
        hgr: u64::from(inside.hgr),
        level: u64::from(inside.level()),
    }
}

fn related(parts: &Parts, history: &History, tie: &str) -> Result<ReadableRelated, Problem> {
    let item = &history.item.value;
    Ok(ReadableRelated {
        item_id: Digest(history.item.id),
        item: item.code.digital_link(),
        r#as: tie.into(),
        class: parts.class_of(item)?.name.to_string(),
        custodian: parts.holder(item).map(|holder| name(parts, &holder)).transpose()?,
        state: item.state.name().into(),
        registered: item.registered.to_string(),
        on_hand: item.on_hand.to_string(),
        holds: holds(parts, item)?,
        count: item.count,
        events: events(parts, history)?,
    })
}

fn events(parts: &Parts, history: &History) -> Result<List<ReadableEvent, MAX_EVENTS>, Problem> {
    Ok(List(history.steps.iter().map(|s| event(parts, s)).collect::<Result<_, _>>()?))
}

fn holds(parts: &Parts, item: &ItemRecord) -> Result<List<ReadableHold, MAX_READABLE>, Problem> {
    Ok(List(item.holds.iter().map(|h| hold(parts, h)).collect::<Result<_, _>>()?))
}

fn hold(parts: &Parts, hold: &Hold) -> Result<ReadableHold, Problem> {
    let by = hold.by.iter().map(|org| name(parts, org)).collect::<Result<Vec<_>, _>>()?;
    Ok(ReadableHold { by: List(by), placed: hold.placed, reason: hold.reason.to_string() })
}

fn offer(parts: &Parts, offer: &PendingOffer) -> Result<ReadableOffer, Problem> {
    Ok(ReadableOffer {
        receiver: name(parts, &offer.receiver)?,
        expires: rfc3339(offer.expires),
        purpose: offer.purpose.name().into(),
        premises: offer.premises.map(|premises| premises.to_string()),
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
    let Stated { to, quantity, note, values } = stated::by(parts, &event.effect)?;
    // Why an offer was refused, the operation alone says.
    let note = match tx.as_ref().map(|t| &t.body.operation) {
        Some(Operation::Refuse { reason, .. }) => Some(reason.to_string()),
        _ => note,
    };
    Ok(ReadableEvent {
        n: event.n,
        kind: event.effect.name().into(),
        height: event.at.height,
        time: rfc3339(event.at.time),
        actors: List(actors),
        to,
        quantity,
        note,
        values: List(values),
        links: List(event.links.iter().map(|link| Digest(link.item.0)).collect()),
        state: event.state.name().into(),
        decision: event.decision.as_ref().map(|d| decision(parts, d)).transpose()?,
    })
}

fn decision(parts: &Parts, decision: &Decision) -> Result<String, Problem> {
    let Decision { pack, version, rule, article, grounds } = decision;
    let pack = &parts.pack(pack)?.name;
    let rule = if *rule == Rule::NONE { String::new() } else { format!("{rule} ") };
    let grounds = match grounds.len() {
        0 => String::new(),
        1 => " · 1 ground".into(),
        n => format!(" · {n} grounds"),
    };
    Ok(format!("{pack} v{version} {rule}{article}{grounds}"))
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
        research_only,
        hs,
        registrant,
        custodian,
        state,
        purpose,
        place,
        quarantined,
        grant,
        unit,
        inside,
        excursions,
        registered,
        on_hand,
        used,
        derived,
        wasted,
        lost,
        disposed,
        holds,
        offer,
        events,
        related,
        fields,
        persons,
    )
}
