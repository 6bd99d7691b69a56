//! What events ask of the ledger: an exported event for the act that caused it, an event of others for what it says.

use crate::samples::{FIRM, PREMISES, Sample, all, captured, carrier, firm};
use epcis::{
    Value,
    intent::{self, Fact, Intent, Party, Reading, Thing},
};
use gs1::{ItemCode, Quantity, Unit};
use ledger::{
    ClassId, Effect, OrgId, Text, Timestamp,
    operation::{DeriveKind, Note, Purpose, Registration},
    record::ClassCode,
};

/// The item of a sample, with the quantity that its event speaks of.
fn thing(sample: &Sample) -> Thing {
    let after = &sample.after;
    let there = after.on_hand.checked_add(after.wasted).unwrap();
    let quantity = match after.code {
        ItemCode::Lot { .. } | ItemCode::Other { .. } => Some(there).filter(|there| !there.is_zero()),
        ItemCode::Serial { .. } | ItemCode::Unit { .. } => None,
    };
    Thing { code: after.code.clone(), quantity }
}

/// The same where the event states the quantity itself, be it of a single thing.
fn stated(sample: &Sample, quantity: Quantity) -> Thing {
    Thing { code: sample.after.code.clone(), quantity: Some(quantity) }
}

fn party(org: OrgId) -> Party {
    if org == firm() { Party::Gln(FIRM.parse().unwrap()) } else { Party::Org(org) }
}

fn fact(note: &Note) -> Fact {
    match *note {
        Note::SelfCheck { counted, report } => Fact::SelfCheck { counted, report: Some(report) },
        Note::Telemetry { kind, root, count, from, to, min, max } => {
            Fact::Series { kind, root, count, from, to, min, max }
        }
        Note::Expert { report } => Fact::Expert { report },
        Note::Document { root } => Fact::Document { root },
    }
}

/// The act that causes such an event. For a unit's side of packing, the report of a quarter and a passage, an event cannot
/// ask.
fn caused(sample: &Sample) -> Intent {
    let (item, code) = (thing(sample), sample.after.code.clone());
    let items = vec![item.clone()];
    let unit = || "00/195210000000000015".parse().unwrap();
    let id = format!("urn:hufu:tx:{}", "7c".repeat(32));
    match sample.event.effect.clone() {
        Effect::Registered {
            class,
            code,
            quantity,
            custodian: _,
            previous: _,
            purpose,
            marks: _,
            origin,
            place: _,
            grant: _,
            private,
        } => {
            let made = vec![Registration { class, code, quantity, purpose, private }];
            match origin {
                None => Intent::Register { items: made },
                kind => Intent::Derive { id: Some(id), kind, inputs: Vec::new(), outputs: made },
            }
        }
        Effect::Derived { kind, quantity } => {
            let inputs = vec![stated(sample, quantity)];
            Intent::Derive { id: Some(id), kind: Some(kind), inputs, outputs: Vec::new() }
        }
        Effect::Declared { exempt, research_only: _ } => Intent::Declare { items, exempt },
        Effect::Inspected { result, video } => Intent::Inspect { items, result, video },
        Effect::Released { grant: _ } => Intent::Release { items },
        Effect::Assigned { grant } => Intent::Assign { items, grant },
        Effect::Arrived { port } => Intent::Arrive { items, port },
        Effect::Exited { port } => Intent::Exit { items, port },
        Effect::InspectionOrdered { premises } => Intent::OrderInspection { items, premises },
        Effect::Tested { passed, laboratory: _, report } => Intent::Test { items, passed, report },
        Effect::Returned { reason } => Intent::Return { items, reason },
        Effect::Destroyed { reason } => Intent::Destroy { items: vec![Thing { code, quantity: None }], reason },
        Effect::Offered { offer } => Intent::Offer {
            item,
            to: party(offer.receiver),
            until: Some(offer.expires),
            purpose: offer.purpose,
            premises: offer.premises,
        },
        Effect::Moved { .. } => Intent::Accept { item },
        Effect::OfferRefused { terms: _ } => Intent::Refuse { item, reason: None },
        Effect::OfferWithdrawn { terms: _ } => Intent::Withdraw { item },
        Effect::Used { quantity } => Intent::Use { item: code, quantity },
        Effect::Disposed { quantity } => Intent::Dispose { item: code, quantity },
        Effect::Wasted { quantity } => Intent::Waste { item: code, quantity },
        Effect::Lost { quantity, theft } => Intent::Lose { item: code, quantity, theft },
        Effect::Corrected { event, bucket, quantity, reason } => {
            Intent::Correct { item: code, event, bucket, quantity, reason }
        }
        Effect::HoldPlaced { by: _, reason } => Intent::PlaceHold { item, reason },
        Effect::HoldLifted { by: _, placed } => Intent::LiftHold { item, placed },
        Effect::Stored { premises, quarantine } => Intent::Store { items, premises, quarantine },
        Effect::Noted { note, excursion: _ } => {
            let counted = matches!(note, Note::SelfCheck { .. });
            let items = if counted { vec![Thing { code, quantity: None }] } else { items };
            Intent::Note { items, fact: fact(&note) }
        }
        Effect::Packed { .. } => Intent::Pack { unit: unit(), items },
        Effect::Unpacked { .. } => Intent::Unpack { unit: unit(), items },
        Effect::Filled { .. } | Effect::Reported { .. } | Effect::Departed { .. } | Effect::Landed { .. } => {
            Intent::Anchor
        }
    }
}

/// Whether the words of the standard say it all, without `hufu:act`.
fn is_plain(effect: &Effect) -> bool {
    match effect {
        Effect::Registered { .. }
        | Effect::Derived { .. }
        | Effect::Arrived { .. }
        | Effect::Exited { .. }
        | Effect::Offered { .. }
        | Effect::OfferWithdrawn { .. }
        | Effect::Moved { .. }
        | Effect::Stored { .. }
        | Effect::Used { .. }
        | Effect::Disposed { .. }
        | Effect::Packed { .. }
        | Effect::Unpacked { .. } => true,
        Effect::Lost { quantity: _, theft } => *theft,
        Effect::Noted { note, excursion: _ } => match note {
            Note::SelfCheck { .. } | Note::Telemetry { .. } => true,
            Note::Expert { .. } | Note::Document { .. } => false,
        },
        Effect::Declared { .. }
        | Effect::Inspected { .. }
        | Effect::Released { .. }
        | Effect::OfferRefused { .. }
        | Effect::HoldPlaced { .. }
        | Effect::HoldLifted { .. }
        | Effect::Assigned { .. }
        | Effect::InspectionOrdered { .. }
        | Effect::Tested { .. }
        | Effect::Returned { .. }
        | Effect::Destroyed { .. }
        | Effect::Wasted { .. }
        | Effect::Corrected { .. }
        | Effect::Filled { .. }
        | Effect::Reported { .. }
        | Effect::Departed { .. }
        | Effect::Landed { .. } => false,
    }
}

#[test]
fn an_exported_event_asks_for_the_act_that_caused_it() {
    for sample in all() {
        let event = sample.export();
        assert!(intent::is_told(&captured(&event)), "{}", sample.label());
        let found = intent::of(&captured(&event)).map(|asked| asked.intents).map_err(|error| error.to_string());
        assert_eq!(found, Ok(vec![caused(&sample)]), "{}\n{event}", sample.label());
    }
}

#[test]
fn the_words_of_the_standard_are_enough_where_they_say_it() {
    for sample in all() {
        let Value::Map(mut event) = sample.export() else { panic!("an event is an object") };
        event.remove("hufu:act");
        let found = intent::of(&captured(&event.into())).map(|asked| asked.intents);
        let expected = match &sample.event.effect {
            // What is destroyed without a quantity is no disposal that could be booked.
            Effect::Destroyed { .. } => continue,
            effect if is_plain(effect) => caused(&sample),
            _ => Intent::Anchor,
        };
        assert_eq!(found.map_err(|error| error.to_string()), Ok(vec![expected]), "{}", sample.label());
    }
}

const CONTEXT: &str =
    r#""@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"hufu": "urn:hufu:epcis:1:"}]"#;
const TIME: &str = r#""eventTime": "2026-11-21T16:00:00.000+08:00", "eventTimeZoneOffset": "+08:00""#;

fn read(kind: &str, members: &str) -> Result<Vec<Intent>, epcis::EpcisError> {
    let text = format!(r#"{{{CONTEXT}, "type": "{kind}", {TIME}, {members}}}"#);
    let document = epcis::Document::read(text.as_bytes(), epcis::Format::Json).unwrap();
    intent::of(&document.events[0]).map(|asked| asked.intents)
}

fn asks(kind: &str, members: &str, expect: &[Intent]) {
    assert_eq!(read(kind, members).map_err(|error| error.to_string()), Ok(expect.to_vec()), "{members}");
}

fn fails(kind: &str, members: &str, code: &str, values: &[(&str, &str)]) {
    let error = read(kind, members).unwrap_err();
    assert_eq!(error.code(), code, "{members}");
    for (name, value) in values {
        let found = error.params().into_iter().find(|(known, _)| known == name).map(|(_, found)| found);
        assert_eq!(found.as_deref(), Some(*value), "{members}");
    }
}

fn code(text: &str) -> ItemCode {
    text.parse().unwrap()
}

fn some(text: &str, quantity: &str) -> Thing {
    Thing { code: code(text), quantity: Some(quantity.parse().unwrap()) }
}

fn piece(text: &str) -> Thing {
    Thing { code: code(text), quantity: None }
}

const LOT: &str = "01/09521100000017/10/L1";
const TWO: &str = r#"
    "epcList": ["https://example.com/01/09521200000023/21/P001", "urn:epc:id:grai:4012345.00022.334455"],
    "quantityList": [{"epcClass": "https://id.gs1.org/01/09521100000017/10/L1", "quantity": 400}]"#;

#[test]
fn events_of_others_ask_by_the_words_of_the_standard() {
    let serial = || piece("01/09521200000023/21/P001");
    let lot = || some(LOT, "400 H87");
    asks(
        "ObjectEvent",
        &format!(r#"{TWO}, "action": "OBSERVE", "bizStep": "receiving""#),
        &[Intent::Accept { item: serial() }, Intent::Accept { item: lot() }],
    );
    let offer = |item| Intent::Offer {
        item,
        to: Party::Org(carrier()),
        until: None,
        purpose: Purpose::Research,
        premises: Some(PREMISES.parse().unwrap()),
    };
    asks(
        "ObjectEvent",
        &format!(
            r#"{TWO}, "action": "OBSERVE", "bizStep": "urn:epcglobal:cbv:bizstep:shipping",
            "sourceList": [{{"type": "possessing_party", "source": "https://example.com/warehouse/7"}}],
            "destinationList": [
                {{"type": "owning_party", "destination": "https://id.gs1.org/417/{FIRM}"}},
                {{"type": "location", "destination": "https://id.gs1.org/414/{PREMISES}"}},
                {{"type": "possessing_party", "destination": "urn:hufu:org:{}"}}
            ],
            "hufu:purpose": "research""#,
            carrier()
        ),
        &[offer(serial()), offer(lot())],
    );
    asks(
        "ObjectEvent",
        r#""quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L7", "quantity": 2.50, "uom": "MLT"}],
        "action": "DELETE", "bizStep": "dispensing""#,
        &[Intent::Use { item: code("01/04012345123456/10/L7"), quantity: "2.5 MLT".parse().unwrap() }],
    );
    let unit = || code("00/195210000000000015");
    let parent = r#""parentID": "https://id.gs1.org/00/195210000000000015""#;
    asks(
        "AggregationEvent",
        &format!(
            r#"{parent}, "childEPCs": ["https://id.gs1.org/01/09521200000023/21/P001"], "action": "ADD",
            "bizStep": "packing""#
        ),
        &[Intent::Pack { unit: unit(), items: vec![serial()] }],
    );
    asks(
        "AggregationEvent",
        &format!(r#"{parent}, "action": "DELETE", "bizStep": "unpacking""#),
        &[Intent::Unpack { unit: unit(), items: Vec::new() }],
    );
}

#[test]
fn what_an_item_is_registered_as_follows_from_its_code_or_is_said() {
    let registered = |members: &str, registration: Registration| {
        let members = format!(r#"{members}, "action": "ADD", "bizStep": "commissioning""#);
        asks("ObjectEvent", &members, &[Intent::Register { items: vec![registration] }]);
    };
    let one = Quantity::new(1, Unit::PIECE).unwrap();
    let of = |text: &str, class: ClassCode, quantity: Quantity| Registration {
        class: ClassId::of(&class),
        code: code(text),
        quantity,
        purpose: Purpose::Unstated,
        private: None,
    };
    let gtin = |text: &str| ClassCode::Gtin(text.parse().unwrap());
    registered(
        r#""epcList": ["https://id.gs1.org/01/09521200000023/21/P001"]"#,
        of("01/09521200000023/21/P001", gtin("09521200000023"), one),
    );
    registered(
        r#""epcList": ["urn:epc:id:sscc:4012345.3111111111"]"#,
        of("00/340123451111111111", ClassCode::of_units(), one),
    );
    let plasma = ClassCode::Other { scheme: Text::new("isbt128").unwrap(), value: Text::new("S1128").unwrap() };
    registered(
        r#""quantityList": [{"epcClass": "urn:hufu:code:isbt128/A9999", "quantity": 250, "uom": "MLT"}],
        "hufu:class": "isbt128:S1128""#,
        of("hufu:isbt128/A9999", plasma, "250 MLT".parse().unwrap()),
    );
}

#[test]
fn a_transformation_is_what_its_codes_say() {
    let output = |quantity: &str| Registration {
        class: ClassId::of(&ClassCode::Gtin("09521100000017".parse().unwrap())),
        code: code(LOT),
        quantity: quantity.parse().unwrap(),
        purpose: Purpose::Unstated,
        private: None,
    };
    let element = |quantity: u32| {
        format!(r#"{{"epcClass": "https://id.gs1.org/01/09521100000017/10/L1", "quantity": {quantity}}}"#)
    };
    let split = format!(
        r#""inputQuantityList": [{}], "outputQuantityList": [{}, {}]"#,
        element(400),
        element(100),
        element(300)
    );
    let derive = |id: Option<&str>, kind, inputs: &[&str], outputs: &[&str]| Intent::Derive {
        id: id.map(str::to_owned),
        kind,
        inputs: inputs.iter().map(|quantity| some(LOT, quantity)).collect(),
        outputs: outputs.iter().map(|quantity| output(quantity)).collect(),
    };
    let kind = Some(DeriveKind::Split);
    asks("TransformationEvent", &split, &[derive(None, kind, &["400 H87"], &["100 H87", "300 H87"])]);
    let said = format!(r#"{split}, "hufu:origin": "manufacture""#);
    let kind = Some(DeriveKind::Manufacture);
    asks("TransformationEvent", &said, &[derive(None, kind, &["400 H87"], &["100 H87", "300 H87"])]);

    // Parts with one identity are one.
    let id = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    let mut parts = Vec::new();
    for members in [
        format!(r#""inputQuantityList": [{}]"#, element(100)),
        format!(r#""inputQuantityList": [{}]"#, element(300)),
        format!(r#""outputQuantityList": [{}]"#, element(400)),
    ] {
        parts.extend(read("TransformationEvent", &format!(r#"{members}, "transformationID": "{id}""#)).unwrap());
        parts.push(Intent::Anchor);
    }
    let whole = derive(Some(id), Some(DeriveKind::Merge), &["100 H87", "300 H87"], &["400 H87"]);
    let anchor = || Intent::Anchor;
    assert_eq!(intent::join(parts.clone()).ok(), Some(vec![whole, anchor(), anchor(), anchor()]));
    parts.truncate(4);
    assert_eq!(intent::join(parts).unwrap_err().code(), "H1565");
}

#[test]
fn temperatures_are_noted_beside_what_else_is_asked() {
    let members = |reports: &str| {
        format!(
            r#""epcList": ["https://id.gs1.org/00/195210000000000015"], "action": "OBSERVE", "bizStep": "accepting",
            "sensorElementList": [
                {{"sensorMetadata": {{"time": "2026-11-21T08:10:00Z"}}, "sensorReport": [{reports}]}}
            ]"#
        )
    };
    let item = || piece("00/195210000000000015");
    let accept = || Intent::Accept { item: item() };
    let humid = r#"{"type": "RelativeHumidity", "value": 12.1, "uom": "A93"}"#;
    let cold = r#"{"type": "Temperature", "value": -150.5, "uom": "CEL"}"#;
    let early = r#"{"type": "Temperature", "value": 2, "uom": "CEL", "time": "2026-11-21T08:00:00Z"}"#;
    let readings = vec![
        Reading { at: Timestamp(1_795_248_000_000), value: 2_000 },
        Reading { at: Timestamp(1_795_248_600_000), value: -150_500 },
    ];
    let note = Intent::Note { items: vec![item()], fact: Fact::Readings(readings) };
    asks("ObjectEvent", &members(&format!("{humid}, {cold}, {early}")), &[accept(), note]);
    asks("ObjectEvent", &members(humid), &[accept()]);
    for other in
        [r#""value": -150.5005, "uom": "CEL""#, r#""value": 300, "uom": "KEL""#, r#""value": 1e1, "uom": "CEL""#]
    {
        asks("ObjectEvent", &members(&format!(r#"{cold}, {{"type": "Temperature", {other}}}"#)), &[accept()]);
    }
}

#[test]
fn what_changes_nothing_is_only_anchored() {
    let anchored = |kind: &str, members: &str| asks(kind, members, &[Intent::Anchor]);
    for (action, step) in [
        ("OBSERVE", "inspecting"),
        ("OBSERVE", "loading"),
        ("OBSERVE", "departing"),
        ("OBSERVE", "arriving"),
        ("OBSERVE", "holding"),
        ("ADD", "shipping"),
        ("DELETE", "decommissioning"),
        ("OBSERVE", "https://example.com/step"),
    ] {
        anchored("ObjectEvent", &format!(r#"{TWO}, "action": "{action}", "bizStep": "{step}""#));
    }
    anchored(
        "ObjectEvent",
        r#""epcList": ["urn:epc:id:grai:4012345.00022.334455"], "action": "OBSERVE", "bizStep": "receiving""#,
    );
    anchored(
        "ObjectEvent",
        &format!(
            r#"{TWO}, "action": "OBSERVE", "bizStep": "receiving",
            "errorDeclaration": {{"declarationTime": "2026-11-21T08:00:00Z", "reason": "did_not_occur"}}"#
        ),
    );
    anchored("ObjectEvent", &format!(r#"{TWO}, "action": "OBSERVE", "bizStep": "receiving", "hufu:act": "anchor""#));
    let child = r#""childEPCs": ["https://id.gs1.org/01/09521200000023/21/P001"]"#;
    let asset = r#""parentID": "urn:epc:id:grai:4012345.00022.334455""#;
    let unit = r#""parentID": "https://id.gs1.org/00/195210000000000015""#;
    anchored("AggregationEvent", &format!(r#"{asset}, {child}, "action": "ADD""#));
    anchored("AggregationEvent", &format!(r#"{unit}, {child}, "action": "OBSERVE""#));
    anchored("AssociationEvent", &format!(r#"{unit}, {child}, "action": "ADD""#));
    let foreign = r#""childEPCs": ["urn:epc:id:grai:4012345.00022.334455"]"#;
    anchored("AggregationEvent", &format!(r#"{unit}, {foreign}, "action": "DELETE""#));
    let order = r#""bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:1"}]"#;
    anchored("TransactionEvent", &format!(r#"{TWO}, {order}, "action": "ADD""#));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let object = |members: &str, code: &str, values: &[(&str, &str)]| {
        fails("ObjectEvent", &format!(r#"{members}, "action": "OBSERVE""#), code, values);
    };
    let bare_lot = r#""quantityList": [{"epcClass": "https://id.gs1.org/01/09521100000017/10/L1"}]"#;
    object(
        &format!(r#"{bare_lot}, "bizStep": "dispensing""#),
        "H1560",
        &[("act", "use"), ("at", "/quantityList/0/quantity")],
    );
    object(&format!(r#"{TWO}, "bizStep": "shipping""#), "H1560", &[("act", "offer"), ("at", "/destinationList")]);
    object(&format!(r#"{TWO}, "bizStep": "storing""#), "H1560", &[("act", "store"), ("at", "/bizLocation")]);
    object(&format!(r#"{TWO}, "hufu:act": "place-hold""#), "H1560", &[("at", "/hufu:reason")]);
    object(&format!(r#"{TWO}, "hufu:act": "urn:hufu:act:lift-hold""#), "H1560", &[("at", "/hufu:placed")]);
    object(&format!(r#"{TWO}, "hufu:act": "note""#), "H1560", &[("at", "/sensorElementList")]);
    fails(
        "ObjectEvent",
        r#""quantityList": [{"epcClass": "urn:hufu:code:isbt128/A9999", "quantity": 2}], "action": "ADD",
        "bizStep": "commissioning""#,
        "H1560",
        &[("act", "register"), ("at", "/hufu:class")],
    );
    object(&format!(r#"{TWO}, "hufu:act": "sell""#), "H1561", &[("input", "sell")]);
    object(&format!(r#"{TWO}, "hufu:act": "handover""#), "H1561", &[("input", "handover")]);
    object(&format!(r#"{TWO}, "hufu:act": 7"#), "H1562", &[("at", "/hufu:act"), ("input", "7")]);
    object(&format!(r#"{TWO}, "hufu:act": "exit", "hufu:port": "Shenzhen""#), "H1562", &[("input", "Shenzhen")]);
    object(&format!(r#"{TWO}, "hufu:act": "test", "hufu:result": "exempt""#), "H1562", &[("at", "/hufu:result")]);
    object(&format!(r#"{TWO}, "hufu:act": "declare", "hufu:exempt": "no""#), "H1562", &[("at", "/hufu:exempt")]);
    let no_lot = r#""quantityList": [{"epcClass": "urn:epc:idpat:sgtin:4012345.012345.*", "quantity": 2}]"#;
    object(
        &format!(r#"{no_lot}, "bizStep": "receiving""#),
        "H1563",
        &[("at", "/quantityList/0/epcClass"), ("reason", "H1122")],
    );
    let boxes =
        r#""quantityList": [{"epcClass": "https://id.gs1.org/01/09521100000017/10/L1", "quantity": 2, "uom": "XBX"}]"#;
    object(
        &format!(r#"{boxes}, "bizStep": "receiving""#),
        "H1563",
        &[("at", "/quantityList/0/quantity"), ("reason", "H1230")],
    );
    object(&format!(r#"{TWO}, "hufu:act": "pack""#), "H1564", &[("act", "pack"), ("kind", "ObjectEvent")]);
    let two = format!(
        r#""destinationList": [{{"type": "possessing_party", "destination": "https://id.gs1.org/417/{FIRM}"}},
        {{"type": "possessing_party", "destination": "https://id.gs1.org/417/9521000000025"}}]"#
    );
    let at = [("at", "/destinationList/1/destination")];
    object(&format!(r#"{TWO}, "bizStep": "shipping", {two}"#), "H1566", &at);
    let two = format!(
        r#""destinationList": [{{"type": "possessing_party", "destination": "https://id.gs1.org/417/{FIRM}"}},
        {{"type": "location", "destination": "https://id.gs1.org/414/{PREMISES}"}},
        {{"type": "location", "destination": "https://id.gs1.org/414/9521000000025"}}]"#
    );
    let at = [("at", "/destinationList/2/destination")];
    object(&format!(r#"{TWO}, "bizStep": "shipping", {two}"#), "H1566", &at);
}

#[test]
fn a_gln_names_the_organisation_that_is_registered_under_it() {
    assert_eq!(Party::Gln(FIRM.parse().unwrap()).id(), firm());
    assert_eq!(Party::Org(carrier()).id(), carrier());
}

/// Documents of others are read, or it is named what they lack; nothing else happens.
#[test]
fn documents_of_others_are_read_or_lack_something_that_is_named() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !fixtures.is_dir() {
        println!("skipped: no fixtures");
        return;
    }
    let (mut events, mut acts, mut lacking) = (0, 0, 0);
    let mut folders = vec![fixtures.join("epcis/gs1-examples/json"), fixtures.join("epcis/openepcis-valid/json")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // One of them has a name twice, and is refused before.
            let Ok(document) = epcis::Document::read(&std::fs::read(&path).unwrap(), epcis::Format::Json) else {
                continue;
            };
            for event in &document.events {
                events += 1;
                match intent::of(event) {
                    Ok(asked) => acts += asked.intents.iter().filter(|intent| **intent != Intent::Anchor).count(),
                    Err(error) => {
                        assert!(("H1560".."H1570").contains(&error.code()), "{}: {error}", path.display());
                        lacking += 1;
                    }
                }
            }
        }
    }
    println!("{events} events: {acts} acts are asked for, {lacking} events lack something");
    assert!(acts > 0 && lacking > 0);
}
