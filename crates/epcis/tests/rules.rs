//! Each rule with an event or a document that breaks it, and where the fault is said to be.

use epcis::check::{self, MAX_FAULTS};
use epcis::{Document, Format};
use serde_json::{Value, json};

fn event(kind: &str, own: Value) -> Value {
    let mut event = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"ex": "https://example.com/ns/"}],
        "type": kind,
        "eventTime": "2026-03-01T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
    });
    for (name, value) in own.as_object().expect("an object") {
        event[name] = value.clone();
    }
    event
}

fn object() -> Value {
    event("ObjectEvent", json!({"action": "ADD", "epcList": ["https://id.gs1.org/01/09521100000017/21/1"]}))
}

fn aggregation() -> Value {
    event("AggregationEvent", json!({"action": "ADD", "parentID": "urn:a:p", "childEPCs": ["urn:a:c"]}))
}

fn transaction() -> Value {
    let own = json!({"action": "ADD", "bizTransactionList": [{"bizTransaction": "urn:a:t"}], "epcList": []});
    event("TransactionEvent", own)
}

fn transformation() -> Value {
    event("TransformationEvent", json!({"inputEPCList": ["urn:a:i"], "outputEPCList": ["urn:a:o"]}))
}

fn sensor(report: Value) -> Value {
    with(object(), "/sensorElementList", json!([{"sensorReport": [report]}]))
}

fn document() -> Value {
    let mut event = object();
    let context = event.as_object_mut().and_then(|event| event.remove("@context")).expect("a context");
    json!({
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T08:00:00+08:00",
        "epcisBody": {"eventList": [event]},
    })
}

fn query() -> Value {
    let mut answer = document();
    let body = json!({"queryResults": {"queryName": "all", "resultsBody": answer["epcisBody"].clone()}});
    answer["type"] = json!("EPCISQueryDocument");
    answer["epcisBody"] = body;
    answer
}

/// The value with a member set; `null` takes it out.
fn with(mut value: Value, at: &str, member: Value) -> Value {
    let (parent, name) = at.rsplit_once('/').expect("a pointer");
    let parent = value.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match member {
        Value::Null => parent.remove(name),
        member => parent.insert(name.to_owned(), member),
    };
    value
}

fn read(value: &Value) -> Document {
    Document::read(value.to_string().as_bytes(), Format::Json).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn faults(value: &Value) -> Vec<(String, &'static str)> {
    check::document(&read(value)).into_iter().map(|fault| (fault.at, fault.code)).collect()
}

fn doubts(value: &Value) -> Vec<(String, &'static str)> {
    let document = read(value);
    let doubts = document.events.iter().flat_map(check::doubts);
    doubts.map(|fault| (fault.at, fault.code)).collect()
}

fn assert_none(found: &[(String, &str)], value: &Value) {
    assert!(found.is_empty(), "{value}: {found:?}");
}

fn assert_valid(value: Value) {
    assert_none(&faults(&value), &value);
}

/// The value breaks one rule, at one place.
fn assert_fault(value: Value, at: &str, code: &str) {
    assert_eq!(faults(&value), [(at.to_owned(), code)], "{value}");
}

#[test]
fn what_the_cases_start_from_is_valid() {
    for value in [object(), aggregation(), transaction(), transformation(), document(), query()] {
        assert_none(&doubts(&value), &value);
        assert_valid(value);
    }
}

#[test]
fn fields_are_there_and_of_their_kind() {
    for (value, at, member, place, code) in [
        (object(), "/eventTime", Value::Null, "", "H1530"),
        (object(), "/eventTimeZoneOffset", Value::Null, "", "H1530"),
        (object(), "/action", Value::Null, "", "H1530"),
        (event("AssociationEvent", json!({"action": "DELETE"})), "/x", Value::Null, "", "H1530"),
        (object(), "/readPoint", json!({}), "/readPoint", "H1530"),
        (object(), "/quantityList", json!([{"quantity": 1}]), "/quantityList/0", "H1530"),
        (object(), "/sourceList", json!([{"source": "urn:a:s"}]), "/sourceList/0", "H1530"),
        (object(), "/errorDeclaration", json!({}), "/errorDeclaration", "H1530"),
        (
            object(),
            "/quantityList",
            json!([{"epcClass": "urn:a:c", "quantity": "1"}]),
            "/quantityList/0/quantity",
            "H1531",
        ),
        (object(), "/bizLocation", json!("urn:a:l"), "/bizLocation", "H1531"),
        (object(), "/sensorElementList", json!({}), "/sensorElementList", "H1531"),
        (object(), "/eventID", json!(7), "/eventID", "H1531"),
        (object(), "/bizstep", json!("shipping"), "/bizstep", "H1532"),
        (object(), "/a~1b", json!(1), "/a~01b", "H1532"),
        (object(), "/quantityList", json!([{"epcClass": "urn:a:c", "ex:x": 1}]), "/quantityList/0/ex:x", "H1532"),
        (object(), "/ey:field", json!(1), "/ey:field", "H1533"),
        (object(), "/ex:field", json!([{"ey:within": 1}]), "/ex:field/0/ey:within", "H1533"),
        (object(), "/ilmd", json!({"lot": 1}), "/ilmd/lot", "H1532"),
    ] {
        assert_fault(with(value, at, member), place, code);
    }
    assert_valid(with(object(), "/ex:field", json!({"plain": null, "https://example.com/x": [1]})));
    assert_valid(with(object(), "/ilmd", json!({"ex:lot": "1", "cbvmda:lotNumber": "1"})));
    assert_valid(with(object(), "/certificationInfo", json!(["urn:a:1", "urn:a:2"])));
}

#[test]
fn texts_have_their_forms() {
    for (at, member, place, code) in [
        ("/eventID", json!("1"), "/eventID", "H1534"),
        ("/epcList", json!(["urn:a:b", "urn:a b"]), "/epcList/1", "H1534"),
        ("/certificationInfo", json!(["urn:a:b", "x"]), "/certificationInfo/1", "H1534"),
        ("/eventTime", json!("2026-03-01T08:00:00"), "/eventTime", "H1535"),
        ("/eventTimeZoneOffset", json!("+8:00"), "/eventTimeZoneOffset", "H1536"),
        ("/bizStep", json!("Shipping"), "/bizStep", "H1537"),
        ("/bizStep", json!("recalled"), "/bizStep", "H1537"),
        ("/disposition", json!("urn:epcglobal:cbv:disp:misplaced"), "/disposition", "H1537"),
        ("/bizStep", json!("urn:epcglobal:cbv:bizstep:shipping"), "/bizStep", "H1538"),
        ("/action", json!("add"), "/action", "H1539"),
        ("/quantityList", json!([{"epcClass": "urn:a:c", "uom": "kg"}]), "/quantityList/0/uom", "H1544"),
    ] {
        assert_fault(with(object(), at, member), place, code);
    }
    for word in ["shipping", "cbv:BizStep-shipping", "https://ref.gs1.org/cbv/BizStep-shipping", "ex:curing"] {
        assert_valid(with(object(), "/bizStep", json!(word)));
    }
}

#[test]
fn sensors_report_by_the_book() {
    let report = "/sensorElementList/0/sensorReport/0";
    for (value, step, code) in [
        (json!({"value": 1}), "", "H1530"),
        (json!({"type": "Temperature", "value": "1"}), "/value", "H1531"),
        (json!({"type": "Temperature", "booleanValue": 1}), "/booleanValue", "H1531"),
        (json!({"type": "Temperature", "celsius": 1}), "/celsius", "H1532"),
        (json!({"type": "temperature"}), "/type", "H1537"),
        (json!({"type": "https://gs1.org/voc/Temperature"}), "/type", "H1538"),
        (json!({"type": "Temperature", "exception": "Alarm"}), "/exception", "H1537"),
        (json!({"type": "Angle", "component": "urn:epcglobal:cbv:comp:x"}), "/component", "H1537"),
        (json!({"type": "Temperature", "hexBinaryValue": "0g"}), "/hexBinaryValue", "H1545"),
        (json!({"type": "Temperature", "time": "noon"}), "/time", "H1535"),
    ] {
        assert_fault(sensor(value), &format!("{report}{step}"), code);
    }
    assert_fault(
        with(object(), "/sensorElementList", json!([{"sensorReport": []}])),
        "/sensorElementList/0/sensorReport",
        "H1540",
    );
    let full = json!({
        "type": "gs1:Temperature", "exception": "ALARM_CONDITION", "deviceID": "urn:a:d", "deviceMetadata": "urn:a:m",
        "rawData": "urn:a:r", "dataProcessingMethod": "urn:a:p", "bizRules": "urn:a:b", "component": "x",
        "time": "2026-03-01T00:00:00Z", "microorganism": "urn:a:o", "chemicalSubstance": "urn:a:c", "value": -18.5,
        "coordinateReferenceSystem": "urn:a:s", "stringValue": "cold", "booleanValue": false, "hexBinaryValue": "0F",
        "uriValue": "urn:a:u", "minValue": 1, "maxValue": 1, "meanValue": 1, "sDev": 0, "percRank": 50, "percValue": 1,
        "uom": "CEL", "ex:own": {"a": 1},
    });
    assert_valid(sensor(full));
}

#[test]
fn an_event_names_its_objects() {
    let none = Value::Null;
    for (value, at, member) in [
        (object(), "/epcList", none.clone()),
        (aggregation(), "/childEPCs", json!([])),
        (transaction(), "/epcList", none.clone()),
        (transformation(), "/outputEPCList", none.clone()),
        (transformation(), "/inputEPCList", none),
    ] {
        assert_fault(with(value, at, member), "", "H1543");
    }
    let observed = json!({"action": "OBSERVE", "sensorElementList": [{"sensorReport": [{"type": "Speed"}]}]});
    let observed = event("ObjectEvent", observed);
    assert_fault(observed.clone(), "", "H1543");
    assert_valid(with(observed, "/readPoint", json!({"id": "urn:a:r"})));
    assert_valid(with(with(transformation(), "/inputEPCList", Value::Null), "/transformationID", json!("urn:a:t")));
    for all in [aggregation(), transaction()] {
        let list = if all.get("childEPCs").is_some() { "/childEPCs" } else { "/epcList" };
        assert_valid(with(with(all, list, Value::Null), "/action", json!("DELETE")));
    }
}

#[test]
fn lists_and_pairs_of_fields() {
    assert_fault(with(transaction(), "/bizTransactionList", json!([])), "/bizTransactionList", "H1540");
    assert_fault(with(object(), "/epcList", json!(["urn:a:b", "urn:a:c", "urn:a:b"])), "/epcList/2", "H1541");
    assert_valid(with(transaction(), "/epcList", json!(["urn:a:b", "urn:a:b"])));
    let observed = with(object(), "/action", json!("OBSERVE"));
    assert_fault(with(observed, "/ilmd", json!({})), "/ilmd", "H1542");
    for event in [object(), aggregation(), transaction(), transformation()] {
        let changed = |value: Value| with(event.clone(), "/persistentDisposition", value);
        assert_fault(changed(json!({})), "/persistentDisposition", "H1548");
        assert_fault(changed(json!({"set": []})), "/persistentDisposition/set", "H1540");
        assert_fault(changed(json!({"set": ["active", "active"]})), "/persistentDisposition/set/1", "H1541");
        assert_fault(changed(json!("active")), "/persistentDisposition", "H1531");
        assert_valid(changed(json!({"set": ["active"], "unset": ["expired"]})));
    }
}

#[test]
fn documents_have_their_fields() {
    for (at, member, place, code) in [
        ("/schemaVersion", Value::Null, "", "H1530"),
        ("/creationDate", Value::Null, "", "H1530"),
        ("/creationDate", json!("today"), "/creationDate", "H1535"),
        ("/sender", json!(1), "/sender", "H1531"),
        ("/author", json!("x"), "/author", "H1532"),
        ("/ey:author", json!("x"), "/ey:author", "H1533"),
        ("/epcisHeader", json!({"sender": "x"}), "/epcisHeader/sender", "H1532"),
    ] {
        assert_fault(with(document(), at, member), place, code);
    }
    let list = |element: Value| json!({"vocabularyList": [{"type": "urn:a:t", "vocabularyElementList": [element]}]});
    let header = |element: Value| with(document(), "/epcisHeader", json!({"epcisMasterData": list(element)}));
    let at = "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0";
    assert_fault(header(json!({})), at, "H1530");
    assert_fault(header(json!({"id": "urn:a:i", "children": ["x"]})), &format!("{at}/children/0"), "H1534");
    let attribute =
        |value: Value| header(json!({"id": "urn:a:i", "attributes": [{"id": "urn:a:a", "attribute": value}]}));
    assert_fault(attribute(json!(true)), &format!("{at}/attributes/0/attribute"), "H1531");
    assert_valid(attribute(json!({"a": 1})));
    assert_fault(with(document(), "/epcisBody/eventList/0/action", Value::Null), "/epcisBody/eventList/0", "H1530");
    let at = "/epcisBody/queryResults/resultsBody/eventList/0";
    assert_fault(with(query(), &format!("{at}/bizStep"), json!("x")), &format!("{at}/bizStep"), "H1537");
    assert_fault(with(query(), "/epcisBody/queryResults/queryName", Value::Null), "/epcisBody/queryResults", "H1530");
    assert_fault(with(query(), "/sender", json!("x")), "/sender", "H1532");
}

#[test]
fn an_event_is_judged_alike_by_itself_and_in_its_document() {
    let broken = with(document(), "/epcisBody/eventList/0/bizStep", json!("x"));
    let document = read(&broken);
    let found = check::check(&document.events[0]);
    assert_eq!(found.iter().map(|fault| fault.at.as_str()).collect::<Vec<_>>(), ["/bizStep"]);
    assert_eq!(check::document(&document)[0].at, "/epcisBody/eventList/0/bizStep");
    assert_eq!(check::document(&document)[0].params, found[0].params);
    assert_eq!(found[0].params, [("input", "x".to_owned())]);
}

#[test]
fn xml_has_its_own_ways() {
    let event = |report: &str| {
        format!(
            r#"<ObjectEvent xmlns:ex_1="https://example.com/ns/"><eventTime>2026-03-01T08:00:00+08:00</eventTime>
            <eventTimeZoneOffset>+08:00</eventTimeZoneOffset><epcList><epc>urn:a:b</epc></epcList>
            <action>OBSERVE</action><bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>
            <sensorElementList><sensorElement><sensorReport {report}/></sensorElement></sensorElementList>
            <ex_1:批号>1</ex_1:批号></ObjectEvent>"#
        )
    };
    let found = |report: &str| {
        let document = Document::read(event(report).as_bytes(), Format::Xml).expect("an event");
        assert_eq!(check::document(&document), check::check(&document.events[0]));
        check::document(&document).into_iter().map(|fault| (fault.at, fault.code)).collect::<Vec<_>>()
    };
    assert!(found("exception=\"gs1:ALARM_CONDITION\"").is_empty(), "no type is needed, nor a name in ASCII");
    let at = "/sensorElementList/0/sensorReport/0";
    assert_eq!(found("exception=\"Alarm\""), [(format!("{at}/exception"), "H1537")]);
    assert_eq!(found("type=\"gs1:Speed\" value=\"fast\""), [(format!("{at}/value"), "H1531")]);
}

#[test]
fn faults_without_end_are_not_listed_without_end() {
    let epcs = |count: usize| (0..count).map(|number| format!("no uri {number}")).collect::<Vec<_>>();
    let found = faults(&with(object(), "/epcList", json!(epcs(MAX_FAULTS))));
    assert_eq!((found.len(), found[MAX_FAULTS - 1].1), (MAX_FAULTS, "H1534"));
    let found = faults(&with(object(), "/epcList", json!(epcs(MAX_FAULTS + 2))));
    assert_eq!((found.len(), found[MAX_FAULTS].1), (MAX_FAULTS + 1, "H1549"));
}

#[test]
fn doubts_refuse_nothing() {
    for (value, at, member, place, code) in [
        (object(), "/epcList", json!(["https://id.gs1.org/01/09521100000016/21/1"]), "/epcList/0", "H1550"),
        (object(), "/readPoint", json!({"id": "urn:epc:id:sgln:9521100.0001.0"}), "/readPoint/id", "H1550"),
        (aggregation(), "/parentID", Value::Null, "", "H1551"),
    ] {
        let value = with(value, at, member);
        assert_eq!(doubts(&value), [(place.to_owned(), code)], "{value}");
        assert_valid(value);
    }
    for (at, member) in [
        ("/epcList", json!(["urn:epc:id:sgtin:9521100.000001.1", "https://example.com/01/09521100000016"])),
        ("/epcList", json!(["urn:epc:id:bic:CSQU3054383"])),
        ("/readPoint", json!({"id": "urn:epc:id:sgln:9521100.00001.0"})),
    ] {
        let value = with(object(), at, member);
        assert_none(&doubts(&value), &value);
    }
    let observed = with(with(aggregation(), "/parentID", Value::Null), "/action", json!("OBSERVE"));
    assert_none(&doubts(&observed), &observed);
}
