use super::*;
use crate::document::{Document, Format};

const BEGINNING: &str = "eventType=ObjectEventeventTime=2020-03-04T10:00:30.000ZeventTimeZoneOffset=+01:00";

/// An event with further members, in a document that declares `ex` and `rdfs`.
fn captured(members: &str) -> Captured {
    let text = format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {{"ex": "https://ns.example.com/epcis/"}}], "type": "EPCISDocument", "schemaVersion": "2.0",
            "epcisBody": {{"eventList": [{{"type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30+01:00",
            "eventTimeZoneOffset": "+01:00", {members}}}]}}}}"#
    );
    Document::read(text.as_bytes(), Format::Json).unwrap().events.remove(0)
}

/// What the members add to the beginning of the pre-hash string; `EX` stands for the namespace of `ex`.
fn check(members: &str, expected: &str) {
    let text = pre_hash(&captured(members)).unwrap();
    let expected = expected.replace("EX", "{https://ns.example.com/epcis/}");
    assert_eq!(text.strip_prefix(BEGINNING), Some(expected.as_str()), "{members}");
}

fn code(members: &str) -> &'static str {
    pre_hash(&captured(members)).map_or_else(|error| error.code(), |_| "hashed")
}

#[test]
fn what_others_say_of_an_event_is_left_out() {
    check(
        r#""eventID": "urn:uuid:1", "recordTime": "2020-03-04T12:00:00Z", "rdfs:comment": "x", "action": "ADD",
           "errorDeclaration": {"declarationTime": "2020-03-05T12:00:00Z", "ex:a": "b"},
           "ex:a": {"rdfs:comment": "x", "ex:b": "1"}"#,
        "action=ADDEXaEXb=1",
    );
}

#[test]
fn lists_are_in_the_order_of_their_texts_and_named_once() {
    check(
        r#""epcList": ["urn:x:b", "urn:x:a", " urn:x:a "], "inputEPCList": [], "childEPCs": [null]"#,
        "epcListepc=urn:x:aepc=urn:x:aepc=urn:x:b",
    );
    check(
        r#""quantityList": [{"uom": "KGM", "quantity": 200.10, "epcClass": "urn:x:b"}, {"epcClass": "urn:x:a"}]"#,
        "quantityListquantityElementepcClass=urn:x:aquantityElementepcClass=urn:x:bquantity=200.1uom=KGM",
    );
    check(
        r#""persistentDisposition": {"unset": ["recalled", "damaged"], "set": ["active"]}"#,
        "persistentDispositionset=https://ref.gs1.org/cbv/Disp-active\
         unset=https://ref.gs1.org/cbv/Disp-damagedunset=https://ref.gs1.org/cbv/Disp-recalled",
    );
    check(
        r#""certificationInfo": ["https://b.example/", "https://a.example/"]"#,
        "certificationInfo=https://a.example/certificationInfo=https://b.example/",
    );
}

#[test]
fn what_the_order_does_not_know_stands_behind() {
    check(
        r#""sourceList": [{"source": "urn:x:s", "type": "location"}], "ilmd": {"ex:b": "2", "ex:a": "1"}, "ex:z": "9",
           "destinationList": [{"destination": "urn:x:d", "type": "location"}], "bizStep": "shipping",
           "bizTransactionList": [{"bizTransaction": "urn:x:2"}, {"bizTransaction": "urn:x:1", "type": "po"}]"#,
        "bizStep=https://ref.gs1.org/cbv/BizStep-shipping\
         bizTransactionListbizTransaction=urn:x:2type=https://ref.gs1.org/cbv/BTT-pobizTransaction=urn:x:1\
         destinationListtype=https://ref.gs1.org/cbv/SDT-locationdestination=urn:x:d\
         ilmdEXa=1EXb=2\
         sourceListtype=https://ref.gs1.org/cbv/SDT-locationsource=urn:x:s\
         EXz=9",
    );
    check(r#""parentID": "urn:x:p", "epcList": ["urn:x:e"]"#, "parentID=urn:x:pepcListepc=urn:x:e");
}

#[test]
fn extensions_stand_where_they_are_made() {
    check(
        r#""readPoint": {"ex:f": "1", "id": "urn:x:r"}, "bizLocation": {"id": "urn:x:l"}"#,
        "readPointid=urn:x:rEXf=1bizLocationid=urn:x:l",
    );
    check(
        r#""sensorElementList": [
            {"ex:top": {"ex:k": "v"}, "sensorReport": [
                {"value": 26.0, "type": "gs1:Temperature", "ex:q": "2", "booleanValue": false},
                {"type": "Speed", "component": "cbv:Comp-x", "exception": "ALARM_CONDITION", "bizRules": "urn:x:b"}]},
            {"sensorMetadata": {"endTime": "2020-03-04T11:00:30.9996Z", "ex:m": "1"}, "sensorReport": [{"value": 1}]}]"#,
        "sensorElementListsensorElementsensorMetadataendTime=2020-03-04T11:00:31.000ZEXm=1sensorReportvalue=1\
         sensorElementsensorReporttype=https://gs1.org/voc/Speedexception=https://gs1.org/voc/ALARM_CONDITION\
         component=https://ref.gs1.org/cbv/Comp-x\
         sensorReporttype=https://gs1.org/voc/Temperaturevalue=26booleanValue=falseEXq=2EXtopEXk=v\
         sensorElementListsensorElementsensorReportbizRules=urn:x:b",
    );
}

#[test]
fn extensions_hold_anything() {
    check(
        r##""ex:l": ["b", "a", {"ex:z": "1", "ex:a": "2"}, ["q", null, 1.50]], "ex:e": {}, "ex:n": null, "ex:v": "",
           "ex:t": {"#text": " x ", "ex:u": true}, "ex:x": "ex:y", "ex:i": "urn:epc:id:sscc:4012345.0000000333""##,
        "EXeEXi=https://id.gs1.org/00/040123450000003338\
         EXl=1.5EXl=aEXl=bEXl=qEXlEXa=2EXz=1EXt=xEXu=trueEXvEXx=https://ns.example.com/epcis/y",
    );
}

#[test]
fn contexts_of_events_count() {
    check(
        r#""@context": {"own": "https://own.example/", "ex": "https://ex.example/"}, "own:a": "1", "ex:a": "2""#,
        "{https://ex.example/}a=2{https://own.example/}a=1",
    );
    assert_eq!(code(r#""own:a": "1""#), "H1527");
}

#[test]
fn what_cannot_be_hashed_is_said() {
    for members in [
        r#""bizStep": {"id": "x"}"#,
        r#""epcList": [{"id": "x"}]"#,
        r#""readPoint": "urn:x:r""#,
        r#""quantityList": ["x"]"#,
        r#""sensorElementList": [{"sensorReport": [7]}]"#,
        r#""sensorElementList": [{"sensorMetadata": {"time": "yesterday"}}]"#,
        r##""ex:a": {"#text": {}}"##,
    ] {
        assert_eq!(code(members), "H1528", "{members}");
    }
    let bare = Captured { bytes: Vec::new(), value: Value::Null, context: Context::gs1() };
    assert_eq!(hash(&bare).map_err(|error| error.code()), Err("H1528"));
}

/// A short prefix may stand for a long namespace: the text is longer than the event, and bounded by itself.
#[test]
fn the_text_is_bounded() {
    let namespace = format!("https://{}/", "x".repeat(crate::MAX_NAMESPACE - 9));
    let member = |n: usize| format!("\"e:{n}\": [{}]", vec!["0"; 200].join(","));
    let members: Vec<String> = (0..200).map(member).collect();
    let members = format!(r#""@context": {{"e": "{namespace}"}}, {}"#, members.join(","));
    assert_eq!(code(&members), "H1529");
}

#[test]
fn the_hash_is_that_of_the_text() {
    let event = captured(r#""action": "OBSERVE""#);
    let text = pre_hash(&event).unwrap();
    let expected = format!("ni:///sha-256;{}?ver=CBV2.0", hex::encode(Sha256::digest(text)));
    assert_eq!(hash(&event), Ok(expected));
}
