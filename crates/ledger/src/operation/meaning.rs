//! Fields that must say something whatever the state: a reason of nothing, a port that cannot be, a reading colder than
//! anything is.

use super::{Application, Note, Operation, Telemetry, Verdict};
use crate::{place, text::Text};

/// Nothing is colder, in thousandths of a degree Celsius.
const ABSOLUTE_ZERO: i32 = -273_150;
/// A year has so many.
const QUARTERS: u8 = 4;

impl Operation {
    /// The first field that says nothing, or what cannot be; none where all of them say something.
    pub fn meaningless(&self) -> Option<&'static str> {
        match self {
            Operation::Refuse { reason, .. }
            | Operation::PlaceHold { reason, .. }
            | Operation::Return { reason, .. }
            | Operation::Destroy { reason, .. }
            | Operation::Correct { reason, .. }
            | Operation::Cancel { reason, .. }
            | Operation::CloseAlert { reason, .. } => no_reason(reason),
            Operation::Decide { grant: _, verdict } => match verdict {
                Verdict::Refuse { reason } => no_reason(reason),
                Verdict::Grant { number, .. } => number.as_str().trim().is_empty().then_some("number"),
            },
            Operation::Arrive { list: _, port } | Operation::Exit { list: _, port } => no_port(port),
            Operation::Apply { application } => of_application(application),
            Operation::Note { list: _, note } => of_note(note),
            Operation::Report { quarter, .. } => (!(1..=QUARTERS).contains(quarter)).then_some("quarter"),
            Operation::RegisterOrg { .. }
            | Operation::RegisterKey { .. }
            | Operation::RotateKey { .. }
            | Operation::EndKey { .. }
            | Operation::RegisterNode { .. }
            | Operation::EndNode { .. }
            | Operation::RegisterClass { .. }
            | Operation::AssertHs { .. }
            | Operation::Register { .. }
            | Operation::Declare { .. }
            | Operation::Inspect { .. }
            | Operation::Release { .. }
            | Operation::Offer { .. }
            | Operation::Accept { .. }
            | Operation::Withdraw { .. }
            | Operation::Handover { .. }
            | Operation::Use { .. }
            | Operation::Dispose { .. }
            | Operation::LiftHold { .. }
            | Operation::Assign { .. }
            | Operation::OrderInspection { .. }
            | Operation::Test { .. }
            | Operation::Store { .. }
            | Operation::Waste { .. }
            | Operation::Lose { .. }
            | Operation::Derive { .. }
            | Operation::Pack { .. }
            | Operation::Unpack { .. }
            | Operation::Pause { .. }
            | Operation::Resume { .. }
            | Operation::Demand { .. }
            | Operation::Answer { .. }
            | Operation::Enact { .. }
            | Operation::Propose { .. }
            | Operation::Approve { .. }
            | Operation::Retract { .. }
            | Operation::AdvanceClock { .. } => None,
        }
    }
}

fn no_reason(reason: &Text<256>) -> Option<&'static str> {
    reason.as_str().trim().is_empty().then_some("reason")
}

fn no_port(port: &Text<16>) -> Option<&'static str> {
    (!place::is_port(port.as_str())).then_some("port")
}

fn of_application(application: &Application) -> Option<&'static str> {
    let Application { region, ports, .. } = application;
    if !place::is_region(region.as_str()) {
        return Some("region");
    }
    ports.iter().find_map(no_port)
}

fn of_note(note: &Note) -> Option<&'static str> {
    match note {
        Note::Telemetry { kind: Telemetry::Temperature, min, .. } => (*min < ABSOLUTE_ZERO).then_some("temperature"),
        Note::Telemetry { kind: Telemetry::Position, .. }
        | Note::SelfCheck { .. }
        | Note::Expert { .. }
        | Note::Document { .. } => None,
    }
}
