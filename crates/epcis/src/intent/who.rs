//! Who acts, as far as an event says: the table of `docs/epcis.md`, "Whose act it is".

use super::{
    AskError, Intent, Party,
    facts::{DESTINATION, Facts, SOURCE},
};
use gs1::Gln;

/// Who acts, as far as an event says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// The parties that it names as those who act; several where several sign one act.
    pub by: Vec<Party>,
    /// Where it is done. That tells who acts where no party is named.
    pub places: Vec<Gln>,
}

/// Which part in an act is his who does it.
enum Part {
    /// He has it, and it leaves him: the source of a transfer.
    Giver,
    /// It comes to him: the destination of a transfer.
    Receiver,
    /// He has it, and no transfer tells of it.
    Holder,
    /// He decides over what others have: where it is says nothing of him.
    Judge,
}

fn part(intent: &Intent) -> Option<Part> {
    Some(match intent {
        Intent::Offer { .. }
        | Intent::Withdraw { .. }
        | Intent::Use { .. }
        | Intent::Waste { .. }
        | Intent::Dispose { .. }
        | Intent::Lose { .. } => Part::Giver,
        Intent::Accept { .. } | Intent::Refuse { .. } | Intent::Store { .. } => Part::Receiver,
        Intent::Register { .. }
        | Intent::Derive { .. }
        | Intent::Correct { .. }
        | Intent::Pack { .. }
        | Intent::Unpack { .. }
        | Intent::Assign { .. }
        | Intent::Declare { .. }
        | Intent::Note { .. } => Part::Holder,
        Intent::Arrive { .. }
        | Intent::OrderInspection { .. }
        | Intent::Inspect { .. }
        | Intent::Test { .. }
        | Intent::Release { .. }
        | Intent::Return { .. }
        | Intent::Destroy { .. }
        | Intent::Exit { .. }
        | Intent::PlaceHold { .. }
        | Intent::LiftHold { .. } => Part::Judge,
        Intent::Anchor => return None,
    })
}

/// Who does what an event asks for: its first intent is the act, and what else it tells of the same things goes with it.
pub(super) fn of(facts: &Facts<'_>, intents: &[Intent]) -> Result<Who, AskError> {
    let Some(part) = intents.first().and_then(part) else { return Ok(Who::default()) };
    let mut who = Who { by: facts.by()?, places: Vec::new() };
    let side = match part {
        Part::Giver => Some(SOURCE),
        Part::Receiver => Some(DESTINATION),
        Part::Holder => None,
        Part::Judge => return Ok(who),
    };
    if let Some(side) = side {
        if who.by.is_empty() {
            who.by.extend(facts.possessor(side)?);
        }
        who.places.extend(facts.locations(side)?);
    }
    for name in ["readPoint", "bizLocation"] {
        who.places.extend(facts.place(name)?);
    }
    Ok(who)
}
