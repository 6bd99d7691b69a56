//! Which act an event means by the words of the standard: the table of `docs/epcis.md`, "What is read".

use super::{AskError, facts::Facts};
use ledger::Act;

/// The act; none of an event that changes nothing the ledger traces, and of what only an agency may say.
pub(super) fn act(facts: &Facts<'_>) -> Result<Option<Act>, AskError> {
    match facts.kind() {
        "ObjectEvent" => object(facts),
        "AggregationEvent" => aggregation(facts),
        "TransformationEvent" => transformation(facts),
        _ => Ok(None),
    }
}

fn object(facts: &Facts<'_>) -> Result<Option<Act>, AskError> {
    let step = facts.step();
    let act = match (facts.action(), step) {
        ("OBSERVE" | "DELETE", _) if facts.is_stolen() => Act::Lose,
        ("ADD", "commissioning" | "creating_class_instance") => Act::Register,
        ("OBSERVE", "shipping" | "consigning") => Act::Offer,
        ("OBSERVE", "arriving") if facts.port()?.is_some() => Act::Arrive,
        ("OBSERVE", "departing") if facts.port()?.is_some() => Act::Exit,
        ("OBSERVE", "departing") if facts.has_receiver()? => Act::Offer,
        ("OBSERVE", "void_shipping") => Act::Withdraw,
        ("OBSERVE" | "ADD", "receiving" | "accepting" | "collecting") => Act::Accept,
        ("OBSERVE", "storing" | "stocking") => Act::Store,
        ("OBSERVE" | "DELETE", "dispensing") => Act::Use,
        ("OBSERVE" | "DELETE", "destroying") => Act::Dispose,
        ("OBSERVE", "cycle_counting" | "stock_taking") => Act::Note,
        _ => return Ok(None),
    };
    Ok((!facts.objects()?.is_empty()).then_some(act))
}

/// An aggregation changes what a logistic unit holds. Children that the ledger does not trace leave nothing to do; no
/// children at all are all of them, where they come out (EPCIS 2.0, 7.4.3).
fn aggregation(facts: &Facts<'_>) -> Result<Option<Act>, AskError> {
    let act = match facts.action() {
        "ADD" => Act::Pack,
        "DELETE" => Act::Unpack,
        _ => return Ok(None),
    };
    if facts.unit()?.is_none() {
        return Ok(None);
    }
    let all = act == Act::Unpack && !facts.lists_children();
    Ok((all || !facts.children()?.is_empty()).then_some(act))
}

fn transformation(facts: &Facts<'_>) -> Result<Option<Act>, AskError> {
    let traced = !facts.inputs()?.is_empty() || !facts.outputs()?.is_empty();
    Ok(traced.then_some(Act::Derive))
}
