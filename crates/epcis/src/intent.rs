//! What an EPCIS event asks of the ledger; `docs/epcis.md` has the tables.
//!
//! An event asks in the words of the standard, or outright by `hufu:act`. What it asks for is not what happens: whoever
//! holds the keys signs it, and the ledger decides.

mod act;
mod error;
mod facts;
mod meaning;
mod sensor;
mod who;

use crate::{Captured, EpcisError, uri};
pub use error::AskError;
use facts::Facts;
use gs1::{Gln, ItemCode, Quantity};
use ledger::{
    Act, GrantId, Hash, OrgId, Text, Timestamp,
    operation::{Bucket, DeriveKind, InspectionResult, Purpose, Registration, Telemetry},
    record::OrgIdentifier,
};
use std::fmt;
pub use who::Who;

/// An item as an event names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its code; several items may carry it.
    pub code: ItemCode,
    /// How much of it the event speaks of, where it says so.
    pub quantity: Option<Quantity>,
}

/// An organisation as an event names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// By its GLN.
    Gln(Gln),
    /// By its identity.
    Org(OrgId),
}

impl Party {
    /// The identity of the organisation; of a GLN, that of the organisation that is registered under it.
    #[must_use]
    pub fn id(&self) -> OrgId {
        match self {
            Party::Org(org) => *org,
            Party::Gln(gln) => OrgId::of(&OrgIdentifier {
                scheme: Text::new("gln").unwrap_or_default(),
                value: Text::new(gln.to_string()).unwrap_or_default(),
            }),
        }
    }
}

/// A GLN by its digits, an identity as a URN.
impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Gln(gln) => write!(f, "{gln}"),
            Party::Org(org) => f.write_str(&uri::name("org", org)),
        }
    }
}

/// A reading of a thermometer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// Thousandths of a degree Celsius.
    pub value: i32,
}

/// A fact to be noted of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// What was counted.
    SelfCheck {
        /// How much there is.
        counted: Quantity,
        /// Hash of the report; the event is the report where there is none.
        report: Option<Hash>,
    },
    /// A series whose root is known.
    Series {
        /// What is measured.
        kind: Telemetry,
        /// Root of the salted readings.
        root: Hash,
        /// How many.
        count: u32,
        /// Time of the first.
        from: Timestamp,
        /// Time of the last.
        to: Timestamp,
        /// Least value; 0 of positions.
        min: i32,
        /// Greatest value.
        max: i32,
    },
    /// Temperatures, in the order of their times; whoever anchors them salts them.
    Readings(Vec<Reading>),
    /// An expert's report.
    Expert {
        /// Its hash.
        report: Hash,
    },
    /// Another document.
    Document {
        /// Its hash.
        root: Hash,
    },
}

/// An act that an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Registers items.
    Register {
        /// The items.
        items: Vec<Registration>,
    },
    /// Makes items of items.
    Derive {
        /// What joins the parts of one derivation: its `transformationID`.
        id: Option<String>,
        /// How. None where nothing is said and parts may be missing: [`join`] tells.
        kind: Option<DeriveKind>,
        /// What goes in; without a quantity, all of it.
        inputs: Vec<Thing>,
        /// What comes out.
        outputs: Vec<Registration>,
    },
    /// Offers an item.
    Offer {
        /// The item.
        item: Thing,
        /// Who receives.
        to: Party,
        /// Until when it may be accepted, if said.
        until: Option<Timestamp>,
        /// For what.
        purpose: Purpose,
        /// At which premises of the receiver it will be kept.
        premises: Option<Gln>,
    },
    /// Accepts what was offered.
    Accept {
        /// The item.
        item: Thing,
    },
    /// Refuses what was offered.
    Refuse {
        /// The item.
        item: Thing,
        /// Why, if said.
        reason: Option<Text<256>>,
    },
    /// Withdraws what was offered.
    Withdraw {
        /// The item.
        item: Thing,
    },
    /// Uses some or all of an item.
    Use {
        /// The item.
        item: ItemCode,
        /// How much.
        quantity: Quantity,
    },
    /// Sets aside some or all of an item as waste.
    Waste {
        /// The item.
        item: ItemCode,
        /// How much.
        quantity: Quantity,
    },
    /// Disposes of some or all of an item.
    Dispose {
        /// The item.
        item: ItemCode,
        /// How much.
        quantity: Quantity,
    },
    /// Reports a loss.
    Lose {
        /// The item.
        item: ItemCode,
        /// How much.
        quantity: Quantity,
        /// Whether it was stolen.
        theft: bool,
    },
    /// Corrects what an earlier event of the ledger booked.
    Correct {
        /// The item.
        item: ItemCode,
        /// Number of that event.
        event: u64,
        /// What it booked as.
        bucket: Bucket,
        /// How much is on hand again.
        quantity: Quantity,
        /// Why.
        reason: Text<256>,
    },
    /// Stores items.
    Store {
        /// The items.
        items: Vec<Thing>,
        /// The premises.
        premises: Gln,
        /// Whether in quarantine.
        quarantine: bool,
    },
    /// Packs items into a unit.
    Pack {
        /// The unit.
        unit: ItemCode,
        /// The items.
        items: Vec<Thing>,
    },
    /// Takes items out of a unit.
    Unpack {
        /// The unit.
        unit: ItemCode,
        /// The items; all that are in it where none is listed.
        items: Vec<Thing>,
    },
    /// Puts items under a permit.
    Assign {
        /// The items.
        items: Vec<Thing>,
        /// The permit.
        grant: GrantId,
    },
    /// Declares items.
    Declare {
        /// The items.
        items: Vec<Thing>,
        /// Whether they pass without a declaration.
        exempt: bool,
    },
    /// States that items have arrived at the port.
    Arrive {
        /// The items.
        items: Vec<Thing>,
        /// The port.
        port: Text<16>,
    },
    /// Orders an inspection.
    OrderInspection {
        /// The items.
        items: Vec<Thing>,
        /// The premises; at the port where there are none.
        premises: Option<Gln>,
    },
    /// States the result of an inspection.
    Inspect {
        /// The items.
        items: Vec<Thing>,
        /// The result.
        result: InspectionResult,
        /// Hash of the live video.
        video: Option<Hash>,
    },
    /// States the result of a test.
    Test {
        /// The items.
        items: Vec<Thing>,
        /// Whether they passed.
        passed: bool,
        /// Hash of the report.
        report: Hash,
    },
    /// Releases items.
    Release {
        /// The items.
        items: Vec<Thing>,
    },
    /// Sends items back over the border.
    Return {
        /// The items.
        items: Vec<Thing>,
        /// Why.
        reason: Text<256>,
    },
    /// Destroys items at the border.
    Destroy {
        /// The items.
        items: Vec<Thing>,
        /// Why.
        reason: Text<256>,
    },
    /// Lets items leave the country.
    Exit {
        /// The items.
        items: Vec<Thing>,
        /// The port.
        port: Text<16>,
    },
    /// Places a hold.
    PlaceHold {
        /// The item.
        item: Thing,
        /// Why.
        reason: Text<256>,
    },
    /// Lifts a hold.
    LiftHold {
        /// The item.
        item: Thing,
        /// Number of the event that placed it.
        placed: u64,
    },
    /// Notes a fact.
    Note {
        /// The items.
        items: Vec<Thing>,
        /// The fact.
        fact: Fact,
    },
    /// Nothing but to be anchored, as every event is.
    Anchor,
}

impl Intent {
    /// The act.
    #[must_use]
    pub fn act(&self) -> Act {
        match self {
            Intent::Register { .. } => Act::Register,
            Intent::Derive { .. } => Act::Derive,
            Intent::Offer { .. } => Act::Offer,
            Intent::Accept { .. } => Act::Accept,
            Intent::Refuse { .. } => Act::Refuse,
            Intent::Withdraw { .. } => Act::Withdraw,
            Intent::Use { .. } => Act::Use,
            Intent::Waste { .. } => Act::Waste,
            Intent::Dispose { .. } => Act::Dispose,
            Intent::Lose { .. } => Act::Lose,
            Intent::Correct { .. } => Act::Correct,
            Intent::Store { .. } => Act::Store,
            Intent::Pack { .. } => Act::Pack,
            Intent::Unpack { .. } => Act::Unpack,
            Intent::Assign { .. } => Act::Assign,
            Intent::Declare { .. } => Act::Declare,
            Intent::Arrive { .. } => Act::Arrive,
            Intent::OrderInspection { .. } => Act::OrderInspection,
            Intent::Inspect { .. } => Act::Inspect,
            Intent::Test { .. } => Act::Test,
            Intent::Release { .. } => Act::Release,
            Intent::Return { .. } => Act::Return,
            Intent::Destroy { .. } => Act::Destroy,
            Intent::Exit { .. } => Act::Exit,
            Intent::PlaceHold { .. } => Act::PlaceHold,
            Intent::LiftHold { .. } => Act::LiftHold,
            Intent::Note { .. } => Act::Note,
            Intent::Anchor => Act::Anchor,
        }
    }
}

/// What an event asks for, and of whom. An event tells of what one party did, so that all its intents are of that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Who acts, as far as the event says.
    pub who: Who,
    /// What is asked for, one at least; [`Intent::Anchor`] stands alone.
    pub intents: Vec<Intent>,
}

/// What an event asks for, and of whom.
///
/// Errors: those of [`AskError`], which name the field of the event.
pub fn of(event: &Captured) -> Result<Asked, EpcisError> {
    Ok(asked(&Facts::of(event))?)
}

/// Whether an event tells of what a ledger holds already: it names the height, as every exported event does. Doing again
/// what [`of`] reads in it would do it twice.
#[must_use]
pub fn is_told(event: &Captured) -> bool {
    Facts::of(event).says("height")
}

fn asked(facts: &Facts<'_>) -> Result<Asked, AskError> {
    let nothing = || Asked { who: Who::default(), intents: vec![Intent::Anchor] };
    // An error declaration repeats the event that was wrong, and must not do it again.
    if facts.is_error_declaration() {
        return Ok(nothing());
    }
    let act = match facts.act()? {
        Some(Act::Anchor) => return Ok(nothing()),
        Some(act) => Some(act),
        None => meaning::act(facts)?,
    };
    let mut intents = match act {
        Some(act) => act::build(facts, act)?,
        None => Vec::new(),
    };
    if !intents.iter().any(|intent| matches!(intent, Intent::Note { .. })) {
        intents.extend(sensor::note(facts)?);
    }
    match intents.is_empty() {
        true => Ok(nothing()),
        false => Ok(Asked { who: who::of(facts, &intents)?, intents }),
    }
}

/// Joins the parts of each derivation, in the place of its first part, and tells how it is one.
///
/// Error: [`AskError::Half`] of one that lacks what went in or what came out.
pub fn join(intents: Vec<Intent>) -> Result<Vec<Intent>, EpcisError> {
    let mut joined: Vec<Intent> = Vec::with_capacity(intents.len());
    for intent in intents {
        let Intent::Derive { id, kind, inputs, outputs } = intent else {
            joined.push(intent);
            continue;
        };
        let first = joined.iter_mut().find_map(|known| {
            let Intent::Derive { id: of, kind, inputs, outputs } = known else { return None };
            (id.is_some() && *of == id).then_some((kind, inputs, outputs))
        });
        match first {
            Some((first_kind, first_inputs, first_outputs)) => {
                *first_kind = first_kind.or(kind);
                first_inputs.extend(inputs);
                first_outputs.extend(outputs);
            }
            None => joined.push(Intent::Derive { id, kind, inputs, outputs }),
        }
    }
    for intent in &mut joined {
        if let Intent::Derive { id, kind, inputs, outputs } = intent {
            let half = |missing| AskError::Half { id: id.clone().unwrap_or_default(), missing };
            if inputs.is_empty() {
                return Err(half("inputs").into());
            }
            if outputs.is_empty() {
                return Err(half("outputs").into());
            }
            *kind = Some(kind.unwrap_or_else(|| kind_of(inputs, outputs)));
        }
    }
    Ok(joined)
}

/// What a derivation is, by its codes: one into several of its code, several of one code into one, or something else.
fn kind_of(inputs: &[Thing], outputs: &[Registration]) -> DeriveKind {
    let Some(code) = inputs.first().map(|input| &input.code) else { return DeriveKind::Manufacture };
    let alike = inputs.iter().all(|input| input.code == *code) && outputs.iter().all(|output| output.code == *code);
    match (alike, inputs.len(), outputs.len()) {
        (true, 1, _) => DeriveKind::Split,
        (true, _, 1) => DeriveKind::Merge,
        (true | false, _, _) => DeriveKind::Manufacture,
    }
}
