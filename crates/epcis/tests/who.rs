//! Who acts, as far as an event says, and what it must not say in two ways.

use crate::samples::{FIRM, PREMISES, Sample, all, captured, carrier, firm};
use epcis::{
    Document, Format,
    intent::{self, Asked, Party, Who},
};
use gs1::Gln;
use ledger::{Effect, OrgId};

/// A place of somebody else.
const ELSEWHERE: &str = "9521000000025";
const ITEM: &str = r#""epcList": ["https://id.gs1.org/01/09521200000023/21/P001"]"#;
const TIME: &str = r#""eventTime": "2026-11-21T16:00:00.000+08:00", "eventTimeZoneOffset": "+08:00""#;

/// What an event asks for. Both `hufu` and `h` stand for the extension.
fn asked(kind: &str, members: &str) -> Result<Asked, epcis::EpcisError> {
    let text = format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {{"hufu": "urn:hufu:epcis:1:", "h": "urn:hufu:epcis:1:"}}], "type": "{kind}", {TIME}, {members}}}"#
    );
    let document = Document::read(text.as_bytes(), Format::Json).unwrap();
    intent::of(&document.events[0])
}

/// What an act needs, whichever it is, but for who acts.
const NEEDS: &str = r#""action": "OBSERVE", "hufu:quantity": "1 EA", "hufu:reason": "seal broken",
    "hufu:grant": "9696969696969696969696969696969696969696969696969696969696969696",
    "hufu:report": "4343434343434343434343434343434343434343434343434343434343434343",
    "hufu:result": "passed", "hufu:corrects": 5, "hufu:bucket": "used", "hufu:placed": 6, "hufu:note": "expert", "hufu:port": "CNSZX""#;

/// An event that names the firm as source, the carrier as destination, and four places.
fn transfer(act: &str) -> String {
    format!(
        r#"{ITEM}, {NEEDS}, "hufu:act": "{act}",
        "sourceList": [
            {{"type": "owning_party", "source": "https://id.gs1.org/417/{ELSEWHERE}"}},
            {{"type": "possessing_party", "source": "https://id.gs1.org/417/{FIRM}"}},
            {{"type": "location", "source": "https://id.gs1.org/414/{PREMISES}"}}],
        "destinationList": [
            {{"type": "possessing_party", "destination": "urn:hufu:org:{}"}},
            {{"type": "location", "destination": "https://id.gs1.org/414/{ELSEWHERE}"}}],
        "readPoint": {{"id": "https://id.gs1.org/414/{PREMISES}/254/7"}},
        "bizLocation": {{"id": "urn:epc:id:sgln:952100000.002.0"}}"#,
        carrier()
    )
}

fn gln(text: &str) -> Gln {
    text.parse().unwrap()
}

fn gave() -> Who {
    Who { by: vec![Party::Gln(gln(FIRM))], places: vec![gln(PREMISES), gln(PREMISES), gln(ELSEWHERE)] }
}

fn received() -> Who {
    Who { by: vec![Party::Org(carrier())], places: vec![gln(ELSEWHERE), gln(PREMISES), gln(ELSEWHERE)] }
}

fn held() -> Who {
    Who { by: Vec::new(), places: vec![gln(PREMISES), gln(ELSEWHERE)] }
}

/// The table of `docs/epcis.md`, "Whose act it is".
#[test]
fn each_act_is_of_the_side_that_does_it() {
    let table: [(&str, fn() -> Who); 23] = [
        ("offer", gave),
        ("withdraw", gave),
        ("use", gave),
        ("waste", gave),
        ("dispose", gave),
        ("lose", gave),
        ("accept", received),
        ("refuse", received),
        ("store", received),
        ("correct", held),
        ("assign", held),
        ("declare", held),
        ("note", held),
        ("arrive", Who::default),
        ("order-inspection", Who::default),
        ("inspect", Who::default),
        ("test", Who::default),
        ("release", Who::default),
        ("return", Who::default),
        ("destroy", Who::default),
        ("exit", Who::default),
        ("place-hold", Who::default),
        ("lift-hold", Who::default),
    ];
    for (act, expect) in table {
        let found = asked("ObjectEvent", &transfer(act)).map_err(|error| error.to_string());
        let found = found.unwrap_or_else(|error| panic!("{act}: {error}"));
        assert_eq!((found.intents[0].act().name(), found.who), (act, expect()));
        // What is said outright goes before what a list of sources says.
        let by = format!(r#"{}, "hufu:by": "{FIRM}""#, transfer(act));
        assert_eq!(asked("ObjectEvent", &by).unwrap().who.by, [Party::Gln(gln(FIRM))], "{act}");
    }
    let place = format!(r#""bizLocation": {{"id": "https://id.gs1.org/414/{PREMISES}"}}"#);
    let expect = Who { by: Vec::new(), places: vec![gln(PREMISES)] };
    let unit = format!(
        r#""parentID": "https://id.gs1.org/00/195210000000000015",
        "childEPCs": ["https://id.gs1.org/01/09521200000023/21/P001"], {place}"#
    );
    let made = format!(
        r#""inputEPCList": ["https://id.gs1.org/01/09521200000023/21/P001"],
        "outputEPCList": ["https://id.gs1.org/01/09521200000023/21/P002"], {place}"#
    );
    for (kind, members) in [
        ("ObjectEvent", format!(r#"{ITEM}, "action": "ADD", "bizStep": "commissioning", {place}"#)),
        ("AggregationEvent", format!(r#"{unit}, "action": "ADD""#)),
        ("AggregationEvent", format!(r#"{unit}, "action": "DELETE""#)),
        ("TransformationEvent", made),
    ] {
        assert_eq!(asked(kind, &members).unwrap().who, expect, "{members}");
    }
}

#[test]
fn an_event_that_only_anchors_names_nobody() {
    let members = transfer("anchor");
    assert_eq!(asked("ObjectEvent", &members).unwrap().who, Who::default());
}

#[test]
fn a_party_is_named_outright_in_every_form() {
    let by = |value: &str| {
        let members = format!(r#"{ITEM}, "action": "OBSERVE", "bizStep": "dispensing", "hufu:by": {value}"#);
        asked("ObjectEvent", &members).map(|asked| asked.who.by).map_err(|error| error.code())
    };
    let (one, other) = (Party::Gln(gln(FIRM)), Party::Org(carrier()));
    assert_eq!(by(&format!(r#""https://id.gs1.org/417/{FIRM}""#)), Ok(vec![one]));
    assert_eq!(by(r#""urn:epc:id:pgln:952100000.001""#), Ok(vec![one]));
    assert_eq!(by(&format!(r#""{FIRM}""#)), Ok(vec![one]));
    assert_eq!(by(&format!(r#""{other}""#)), Ok(vec![other]));
    assert_eq!(by(&format!(r#""{}""#, carrier())), Ok(vec![other]));
    assert_eq!(by(&format!(r#"["{FIRM}", "{other}"]"#)), Ok(vec![one, other]));
    for wrong in [r#""the warehouse""#, "7", r#"["the warehouse"]"#] {
        assert_eq!(by(wrong), Err("H1562"), "{wrong}");
    }
    assert_eq!(by(r#""https://id.gs1.org/417/9521000000019""#), Err("H1563"));
}

/// Either of two values would be a guess.
#[test]
fn what_is_said_in_two_ways_is_told_and_not_guessed() {
    let check = |members: &str, expect: Result<(), (&str, &str)>| {
        let found = asked("ObjectEvent", &format!("{ITEM}, {members}")).map(|_| ()).map_err(|error| {
            let at = error.params().into_iter().find(|(name, _)| *name == "at").map(|(_, at)| at);
            (error.code(), at.unwrap_or_default())
        });
        assert_eq!(found, expect.map_err(|(code, at)| (code, at.to_owned())), "{members}");
    };
    let observe = r#""action": "OBSERVE""#;
    let port = r#""hufu:act": "exit", "readPoint": {"id": "urn:hufu:port:CNSZX"}"#;
    check(&format!(r#"{observe}, "hufu:act": "waste", "h:act": "waste""#), Ok(()));
    check(&format!(r#"{observe}, "hufu:act": "waste", "h:act": "use""#), Err(("H1569", "/hufu:act")));
    check(&format!(r#"{observe}, "urn:hufu:epcis:1:act": "use", "h:act": "waste""#), Err(("H1569", "/hufu:act")));
    let two = format!(r#""hufu:by": "{FIRM}", "h:by": "{ELSEWHERE}""#);
    check(&format!(r#"{observe}, "bizStep": "dispensing", {two}"#), Err(("H1569", "/hufu:by")));
    check(&format!(r#"{observe}, {port}, "hufu:port": "CNSZX""#), Ok(()));
    check(&format!(r#"{observe}, {port}, "hufu:port": "CNSHA""#), Err(("H1569", "/hufu:port")));
    let stolen = r#""hufu:act": "lose", "disposition": "stolen""#;
    check(&format!(r#"{observe}, {stolen}, "hufu:theft": true"#), Ok(()));
    check(&format!(r#"{observe}, {stolen}, "hufu:theft": false"#), Err(("H1569", "/hufu:theft")));
    // One quantity apart from the lists is that of one thing.
    let lot = |quantity: &str| format!(r#"{{"epcClass": "https://id.gs1.org/01/09521100000017/10/L1"{quantity}}}"#);
    let both = format!(r#"{observe}, "bizStep": "dispensing", "quantityList": [{}]"#, lot(""));
    check(&format!(r#"{both}, "hufu:quantity": "1 EA""#), Err(("H1569", "/hufu:quantity")));
    let giver = |gln: &str| format!(r#"{{"type": "possessing_party", "source": "https://id.gs1.org/417/{gln}"}}"#);
    let givers = format!(r#""sourceList": [{}, {}]"#, giver(FIRM), giver(ELSEWHERE));
    check(&format!(r#"{observe}, "bizStep": "dispensing", {givers}"#), Err(("H1566", "/sourceList/1/source")));
    let series = r#"{"sensorMetadata": {"rawData": "urn:hufu:readings:00"}, "sensorReport": [{}]}"#;
    let two = format!(r#"{observe}, "sensorElementList": [{series}, {series}]"#);
    check(&two, Err(("H1569", "/sensorElementList")));
    let one = format!(r#""quantityList": [{}], {observe}, "bizStep": "dispensing""#, lot(r#", "quantity": 400"#));
    let alone = |apart: &str| asked("ObjectEvent", &format!(r#"{one}, "hufu:quantity": "{apart}""#)).map(|_| ());
    assert_eq!(alone("400 H87").map_err(|error| error.code()), Ok(()));
    assert_eq!(alone("5 H87").map_err(|error| error.code()), Err("H1569"));
}

/// Who acts, by the ledger: whoever is named in the event itself.
fn named(sample: &Sample) -> Vec<OrgId> {
    match &sample.event.effect {
        Effect::Offered { .. } => vec![firm()],
        Effect::Moved { to, .. } => vec![*to],
        Effect::HoldPlaced { by, .. } | Effect::HoldLifted { by, .. } => by.clone(),
        _ => Vec::new(),
    }
}

/// An exported event is told, and so is nobody's to do; what it names beside that is of one meaning.
#[test]
fn an_exported_event_is_told_and_names_no_two_who_act() {
    let premises = gln(PREMISES);
    for sample in all() {
        let event = captured(&sample.export());
        assert!(intent::is_told(&event), "{}", sample.label());
        let who = intent::of(&event).unwrap().who;
        assert_eq!(who.by.iter().map(Party::id).collect::<Vec<_>>(), named(&sample), "{}", sample.label());
        assert!(who.places.iter().all(|place| *place == premises), "{}: {:?}", sample.label(), who.places);
    }
}
