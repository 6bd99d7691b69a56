//! Whose act an event asks for: the one rule of the gateway and of imports (`docs/epcis.md`, "Whose act it is").

use crate::{
    failure::{Failure, Result},
    session::Session,
    shown,
};
use epcis::intent::{Intent, Party, Who};
use gs1::Gln;
use ledger::{
    OrgId, Timestamp,
    operation::{Registry, Subject, Value},
    record::EntryRecord,
};
use std::collections::BTreeSet;

/// The premises of an organisation that are in force now, as a node shows them.
pub(crate) fn premises(session: &Session, org: &OrgId) -> Result<BTreeSet<Gln>> {
    // Of the network that is meant, or of none.
    session.network()?;
    let now = session.block_time();
    let lines = shown::lines(session, Registry::Premises)?;
    Ok(lines.iter().filter_map(|line| owned(&line.record, org, now)).collect())
}

/// The place of a line that is in force about premises of an organisation.
fn owned(record: &EntryRecord, org: &OrgId, now: Timestamp) -> Option<Gln> {
    match (&record.entry.subject, &record.entry.value) {
        (Subject::Place(place), Value::Level { org: of, level: _ }) if of == org && record.in_force(now) => {
            Some(*place)
        }
        _ => None,
    }
}

/// Whose act an event asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Whose {
    /// It names nobody.
    #[default]
    Nobodys,
    /// This organisation's.
    Ours,
    /// Another's, by the name in the event.
    Theirs(String),
    /// It names this organisation, and this one too.
    Both(String),
}

impl Whose {
    /// Whose it is where two things are said of it.
    pub(crate) fn and(self, other: Whose) -> Whose {
        match (self, other) {
            (Whose::Nobodys, known) | (known, Whose::Nobodys) => known,
            (Whose::Ours, Whose::Ours) => Whose::Ours,
            (Whose::Theirs(name), Whose::Theirs(_)) => Whose::Theirs(name),
            (Whose::Both(name), _)
            | (_, Whose::Both(name))
            | (Whose::Ours, Whose::Theirs(name))
            | (Whose::Theirs(name), Whose::Ours) => Whose::Both(name),
        }
    }
}

/// What becomes of the acts of an event. The event itself is kept and anchored in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They are signed.
    Sign,
    /// They are not signed, for the event does not say enough: H1570, H1571.
    Hold(Failure),
    /// They are another's: H1572.
    Leave(Failure),
}

/// The rule, for one organisation.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Who signs.
    pub(crate) org: OrgId,
    /// Its premises.
    pub(crate) premises: BTreeSet<Gln>,
    /// Whether an act that takes away or ends is signed only where the event names this organisation.
    pub(crate) own_only: bool,
}

impl Rule {
    /// Whose act it is: the party that is named decides, and where none is, the places.
    pub(crate) fn whose(&self, who: &Who) -> Whose {
        let Who { by, places } = who;
        match by.first() {
            // Of several who sign one act, each does it.
            Some(_) if by.iter().any(|party| self.is_own(party)) => Whose::Ours,
            Some(first) => Whose::Theirs(first.to_string()),
            None => places.iter().map(|place| self.of_place(*place)).fold(Whose::Nobodys, Whose::and),
        }
    }

    fn of_place(&self, place: Gln) -> Whose {
        match self.is_own(&Party::Gln(place)) {
            true => Whose::Ours,
            false => Whose::Theirs(place.to_string()),
        }
    }

    fn is_own(&self, party: &Party) -> bool {
        let is_here = match party {
            Party::Gln(gln) => self.premises.contains(gln),
            Party::Org(_) => false,
        };
        is_here || party.id() == self.org
    }

    /// What becomes of what an event asks for: all of it, or nothing.
    pub(crate) fn verdict(&self, whose: &Whose, intents: &[Intent]) -> Verdict {
        let Some(asked) = intents.iter().find(|intent| **intent != Intent::Anchor) else { return Verdict::Sign };
        let named = |code: &str, party: &str| {
            Failure::new(code, [("act", asked.act().name().to_owned()), ("party", party.to_owned())])
        };
        match whose {
            Whose::Ours => Verdict::Sign,
            Whose::Theirs(party) => Verdict::Leave(named("H1572", party)),
            Whose::Both(party) => Verdict::Hold(named("H1571", party)),
            Whose::Nobodys => match intents.iter().find(|intent| self.own_only && takes(intent)) {
                Some(taking) => Verdict::Hold(Failure::new("H1570", [("act", taking.act().name())])),
                None => Verdict::Sign,
            },
        }
    }
}

/// Whether an act gives away, takes away or ends something, so that doing it for another one is a loss. The others add
/// something, or answer an offer that the ledger knows.
fn takes(intent: &Intent) -> bool {
    match intent {
        Intent::Offer { .. }
        | Intent::Use { .. }
        | Intent::Waste { .. }
        | Intent::Dispose { .. }
        | Intent::Lose { .. }
        | Intent::Correct { .. }
        | Intent::Derive { .. }
        | Intent::Unpack { .. }
        | Intent::Return { .. }
        | Intent::Destroy { .. }
        | Intent::Exit { .. }
        | Intent::LiftHold { .. } => true,
        Intent::Register { .. }
        | Intent::Accept { .. }
        | Intent::Refuse { .. }
        | Intent::Withdraw { .. }
        | Intent::Store { .. }
        | Intent::Pack { .. }
        | Intent::Assign { .. }
        | Intent::Declare { .. }
        | Intent::Arrive { .. }
        | Intent::OrderInspection { .. }
        | Intent::Inspect { .. }
        | Intent::Test { .. }
        | Intent::Release { .. }
        | Intent::PlaceHold { .. }
        | Intent::Note { .. }
        | Intent::Anchor => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use epcis::{Document, Format, intent};

    /// The identity of the organisation, its premises, and a GLN of another one.
    const OWN: &str = "9521000000018";
    const PREMISES: &str = "9521001000017";
    const OTHER: &str = "9521000000025";

    fn gln(text: &str) -> Gln {
        text.parse().unwrap()
    }

    fn rule(own_only: bool) -> Rule {
        Rule { org: Party::Gln(gln(OWN)).id(), premises: BTreeSet::from([gln(PREMISES)]), own_only }
    }

    /// The code with which the acts of an event are not signed; none where they are.
    fn judged(own_only: bool, kind: &str, members: &str) -> Option<String> {
        let text = format!(
            r#"{{"@context": ["{}", {{"hufu": "urn:hufu:epcis:1:"}}], "type": "{kind}",
            "eventTime": "2026-11-21T16:00:00.000+08:00", "eventTimeZoneOffset": "+08:00", {members}}}"#,
            epcis::CONTEXT
        );
        let document = Document::read(text.as_bytes(), Format::Json).unwrap();
        let asked = intent::of(&document.events[0]).unwrap();
        assert_ne!(asked.intents, [Intent::Anchor], "{members}");
        let rule = rule(own_only);
        match rule.verdict(&rule.whose(&asked.who), &asked.intents) {
            Verdict::Sign => None,
            Verdict::Hold(failure) | Verdict::Leave(failure) => Some(failure.code),
        }
    }

    const THING: &str = "https://id.gs1.org/01/09521200000023/21/P001";

    /// An act on a thing, with what any act needs and what else is said.
    fn act(word: &str, more: &str) -> String {
        let hash = "43".repeat(32);
        format!(
            r#""epcList": ["{THING}"], "action": "OBSERVE", "hufu:act": "{word}", "hufu:reason": "seal broken",
            "hufu:result": "passed", "hufu:grant": "{hash}", "hufu:report": "{hash}", "hufu:note": "expert",
            "hufu:corrects": 5, "hufu:bucket": "used", "hufu:placed": 6, "hufu:port": "CNSZX"{more}"#
        )
    }

    /// The table of `docs/epcis.md`, "Whose act it is": what is signed where the event names nobody.
    #[test]
    fn where_nobody_is_named_what_takes_away_is_not_signed() {
        let to = format!(
            r#", "destinationList": [{{"type": "possessing_party", "destination": "https://id.gs1.org/417/{OTHER}"}}]"#
        );
        let table = [
            ("offer", true),
            ("use", true),
            ("waste", true),
            ("dispose", true),
            ("lose", true),
            ("correct", true),
            ("return", true),
            ("destroy", true),
            ("exit", true),
            ("lift-hold", true),
            ("accept", false),
            ("refuse", false),
            ("withdraw", false),
            ("assign", false),
            ("declare", false),
            ("arrive", false),
            ("order-inspection", false),
            ("inspect", false),
            ("test", false),
            ("release", false),
            ("place-hold", false),
            ("note", false),
        ];
        let unit = format!(r#""parentID": "https://id.gs1.org/00/195210000000000015", "childEPCs": ["{THING}"]"#);
        let made = format!(r#""inputEPCList": ["{THING}"], "outputEPCList": ["{THING}2"]"#);
        let others = [
            ("AggregationEvent", format!(r#"{unit}, "action": "ADD""#), false),
            ("AggregationEvent", format!(r#"{unit}, "action": "DELETE""#), true),
            ("TransformationEvent", made, true),
            ("ObjectEvent", format!(r#""epcList": ["{THING}"], "action": "ADD", "bizStep": "commissioning""#), false),
        ];
        let objects = table.map(|(word, is_held)| {
            let more = if word == "offer" { to.as_str() } else { "" };
            ("ObjectEvent", act(word, more), is_held)
        });
        for (kind, members, is_held) in objects.into_iter().chain(others) {
            assert_eq!(judged(true, kind, &members), is_held.then(|| "H1570".to_owned()), "{members}");
            assert_eq!(judged(false, kind, &members), None, "{members}");
        }
    }

    #[test]
    fn who_is_named_decides_and_else_where_it_is() {
        let held = Some("H1570");
        let (both, theirs) = (Some("H1571"), Some("H1572"));
        let by = |party: &str| format!(r#", "hufu:by": "{party}""#);
        let from = |uri: &str| format!(r#", "sourceList": [{{"type": "possessing_party", "source": "{uri}"}}]"#);
        let link = |gln: &str| format!("https://id.gs1.org/417/{gln}");
        let place = |name: &str, gln: &str| format!(r#", "{name}": {{"id": "https://id.gs1.org/414/{gln}"}}"#);
        let (here, there) = (place("readPoint", PREMISES), place("bizLocation", OTHER));
        for (more, expect) in [
            (String::new(), held),
            (by(OWN), None),
            (by(PREMISES), None),
            (by(&format!("urn:hufu:org:{}", rule(true).org)), None),
            (by(OTHER), theirs),
            (format!(r#", "hufu:by": ["{OTHER}", "{OWN}"]"#), None),
            (from(&link(OWN)), None),
            (from(&link(PREMISES)), None),
            (from(&link(OTHER)), theirs),
            (from("https://example.com/warehouse/7"), held),
            (here.clone(), None),
            (place("bizLocation", OWN), None),
            (there.clone(), theirs),
            (r#", "bizLocation": {"id": "geo:22.5,114.1"}"#.to_owned(), held),
            (format!("{here}{there}"), both),
            (format!("{here}{there}{}", by(OWN)), None),
            (format!("{here}{there}{}", from(&link(OTHER))), theirs),
            (format!("{there}{}", from(&link(OWN))), None),
        ] {
            assert_eq!(judged(true, "ObjectEvent", &act("use", &more)).as_deref(), expect, "{more}");
            // What is named holds whatever the setting says.
            let open = expect.filter(|code| *code != "H1570");
            assert_eq!(judged(false, "ObjectEvent", &act("use", &more)).as_deref(), open, "{more}");
        }
        // An acceptance is of the one who receives, storing of the one whose premises they are, and what is decided over
        // the goods of others is not of the one in whose premises they are.
        let to = |gln: &str| {
            let end = format!(r#"{{"type": "possessing_party", "destination": "https://id.gs1.org/417/{gln}"}}"#);
            format!(r#", "destinationList": [{end}]"#)
        };
        for (word, more, expect) in [
            ("accept", from(&link(OTHER)), None),
            ("accept", to(OTHER), theirs),
            ("accept", to(OWN), None),
            ("accept", format!("{here}{there}"), both),
            ("store", place("bizLocation", PREMISES), None),
            ("store", there.clone(), theirs),
            ("order-inspection", place("readPoint", OTHER), None),
            ("order-inspection", by(OTHER), theirs),
        ] {
            assert_eq!(judged(true, "ObjectEvent", &act(word, &more)).as_deref(), expect, "{word}{more}");
        }
    }

    #[test]
    fn what_only_anchors_is_nobodys_to_sign() {
        for whose in [Whose::Nobodys, Whose::Ours, Whose::Theirs(OTHER.to_owned()), Whose::Both(OTHER.to_owned())] {
            assert_eq!(rule(true).verdict(&whose, &[Intent::Anchor]), Verdict::Sign);
            assert_eq!(rule(true).verdict(&whose, &[]), Verdict::Sign);
        }
    }

    /// Parts of a transformation are told in several events.
    #[test]
    fn what_is_said_in_parts_is_of_one_or_of_both() {
        let theirs = || Whose::Theirs("a".to_owned());
        let both = || Whose::Both("a".to_owned());
        for (one, other, expect) in [
            (Whose::Nobodys, Whose::Nobodys, Whose::Nobodys),
            (Whose::Nobodys, Whose::Ours, Whose::Ours),
            (Whose::Nobodys, theirs(), theirs()),
            (Whose::Ours, Whose::Ours, Whose::Ours),
            (Whose::Ours, theirs(), both()),
            (theirs(), Whose::Theirs("a".to_owned()), theirs()),
            (both(), Whose::Ours, both()),
            (both(), theirs(), both()),
            (both(), Whose::Nobodys, both()),
        ] {
            assert_eq!(one.clone().and(other.clone()), expect);
            assert_eq!(other.and(one), expect);
        }
    }

    #[test]
    fn premises_are_those_in_force_of_the_organisation() {
        let (own, other) = (rule(true).org, Party::Gln(gln(OTHER)).id());
        let record = |org: OrgId, from: u64, to: Option<u64>| EntryRecord {
            entry: ledger::operation::NewEntry {
                registry: Registry::Premises,
                subject: Subject::Place(gln(PREMISES)),
                period: 0,
                value: Value::Level { org, level: 2 },
                from: Timestamp(from),
                to: to.map(Timestamp),
                ends_keys: Vec::new(),
                documents: None,
            },
            by: Vec::new(),
            at: ledger::record::Stamp::default(),
            decision: ledger::Decision::default(),
            end: None,
        };
        for (record, expect) in [
            (record(own, 5, None), true),
            (record(own, 5, Some(11)), true),
            (record(own, 5, Some(10)), false),
            (record(own, 11, None), false),
            (record(other, 5, None), false),
        ] {
            assert_eq!(owned(&record, &own, Timestamp(10)), expect.then(|| gln(PREMISES)), "{record:?}");
        }
    }
}
