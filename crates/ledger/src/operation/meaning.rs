//! Fields that must say something whatever the state: a reason of nothing, a port that cannot be, a reading colder than
//! anything is, a document of no bytes.

use super::{Application, Change, Motion, Note, Operation, Telemetry, Verdict};
use crate::{hash::Hash, place, text::Text};

/// Nothing is colder, in thousandths of a degree Celsius.
const ABSOLUTE_ZERO: i32 = -273_150;
/// A year has so many.
const QUARTERS: u8 = 4;
/// BLAKE3 of no bytes: a document that says nothing.
const NOTHING: Hash = Hash([
    0xaf, 0x13, 0x49, 0xb9, 0xf5, 0xf9, 0xa1, 0xa6, 0xa0, 0x40, 0x4d, 0xea, 0x36, 0xdc, 0xc9, 0x49, 0x9b, 0xcb, 0x25,
    0xc9, 0xad, 0xc1, 0x12, 0xb7, 0xcc, 0x9a, 0x93, 0xca, 0xe4, 0x1f, 0x32, 0x62,
]);

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
            Operation::Inspect { video, .. } => video.as_ref().and_then(|video| no_document(video, "video")),
            Operation::Test { report, .. } => no_document(report, "report"),
            Operation::Pause { grant: _, notice } => no_document(notice, "notice"),
            Operation::Enact { motion } | Operation::Propose { motion, until: _ } => of_motion(motion),
            Operation::Anchor { documents, count } => match count {
                0 => Some("count"),
                _ => no_document(documents, "documents"),
            },
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
            | Operation::Store { .. }
            | Operation::Waste { .. }
            | Operation::Lose { .. }
            | Operation::Derive { .. }
            | Operation::Pack { .. }
            | Operation::Unpack { .. }
            | Operation::Resume { .. }
            | Operation::Demand { .. }
            | Operation::Answer { .. }
            | Operation::Approve { .. }
            | Operation::Retract { .. }
            | Operation::AdvanceClock { .. }
            | Operation::Share { .. }
            | Operation::EndShare { .. }
            | Operation::SetSealKey { .. }
            | Operation::Depart { .. }
            | Operation::Land { .. } => None,
        }
    }
}

fn no_reason(reason: &Text<256>) -> Option<&'static str> {
    reason.as_str().trim().is_empty().then_some("reason")
}

fn no_document(document: &Hash, what: &'static str) -> Option<&'static str> {
    (*document == NOTHING).then_some(what)
}

fn of_motion(motion: &Motion) -> Option<&'static str> {
    motion.changes.iter().find_map(|change| {
        let documents = match change {
            Change::Enter(entry) => entry.documents,
            Change::End { documents, .. } => *documents,
            Change::InstallPack { .. }
            | Change::AddAgency { .. }
            | Change::RemoveAgency { .. }
            | Change::MoveSeat { .. }
            | Change::RecoverKey { .. }
            | Change::AdmitNetwork { .. } => None,
        };
        documents.and_then(|documents| no_document(&documents, "documents"))
    })
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
        Note::Telemetry { kind: Telemetry::Position, .. } => None,
        Note::SelfCheck { counted: _, report } | Note::Expert { report } => no_document(report, "report"),
        Note::Document { root } => no_document(root, "document"),
    }
}
