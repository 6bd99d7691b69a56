//! One event of each kind, and each parameter both ways: once it holds, once it does not.

use super::*;
use crate::Map;

fn text(text: &str) -> Value {
    text.into()
}

fn list<const N: usize>(values: [Value; N]) -> Value {
    Value::List(values.into())
}

fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    members.into_iter().collect::<Map>().into()
}

fn number(text: &str) -> Value {
    Value::Number(text.into())
}

/// A shipment, with all that an object event may hold.
fn object() -> Value {
    let inner = map([("ex:level", number("3")), ("ex:when", text("2026-01-02T00:00:00Z"))]);
    map([
        ("@context", list([text("https://gs1.example/context"), map([("ex", text("https://ns.example.com/epcis/"))])])),
        ("type", text("ObjectEvent")),
        ("eventID", text("ni:///sha-256;00?ver=CBV2.0")),
        ("eventTime", text("2026-11-21T16:00:00.000+08:00")),
        ("recordTime", text("2026-11-21T09:00:00Z")),
        ("epcList", list([text("urn:epc:id:sgtin:0614141.812345.6789")])),
        ("quantityList", list([quantity("urn:epc:class:lgtin:4012345.012345.Lot987", "20.50", Some("KGM"))])),
        ("action", text("OBSERVE")),
        ("bizStep", text("shipping")),
        ("disposition", text("https://ref.gs1.org/cbv/Disp-in_transit")),
        ("persistentDisposition", map([("set", list([text("unavailable")])), ("unset", list([text("available")]))])),
        ("readPoint", map([("id", text("urn:epc:id:sgln:4012345.00005.0")), ("ex:door", text("7"))])),
        ("bizLocation", map([("id", text("https://id.gs1.org/414/4012345000054"))])),
        ("bizTransactionList", list([map([("type", text("po")), ("bizTransaction", text("urn:x:po:1"))])])),
        (
            "sourceList",
            list([map([("type", text("possessing_party")), ("source", text("urn:epc:id:pgln:4012345.00005"))])]),
        ),
        ("destinationList", list([map([("type", text("location")), ("destination", text("urn:x:place:9"))])])),
        ("sensorElementList", list([sensor()])),
        ("ilmd", map([("ex:grade", text("A")), ("ex:origin", inner.clone())])),
        (
            "errorDeclaration",
            map([
                ("declarationTime", text("2026-11-22T00:00:00Z")),
                ("reason", text("incorrect_data")),
                ("correctiveEventIDs", list([text("urn:uuid:1")])),
                ("ex:by", text("me")),
            ]),
        ),
        ("ex:note", text("cold")),
        ("ex:count", number("12")),
        ("ex:parts", list([inner])),
    ])
}

fn sensor() -> Value {
    map([
        (
            "sensorMetadata",
            map([
                ("startTime", text("2026-11-21T00:00:00Z")),
                ("endTime", text("2026-11-21T08:00:00Z")),
                ("deviceID", text("https://id.gs1.org/8004/4000001111")),
                ("bizRules", text("urn:x:rule:1")),
            ]),
        ),
        (
            "sensorReport",
            list([
                map([
                    ("type", text("Temperature")),
                    ("time", text("2026-11-21T07:00:00Z")),
                    ("minValue", number("2.0")),
                    ("maxValue", number("7.5")),
                    ("uom", text("CEL")),
                    ("dataProcessingMethod", text("urn:x:method:1")),
                ]),
                map([
                    ("type", text("Speed")),
                    ("value", number("80")),
                    ("uom", text("KMH")),
                    ("percRank", number("50")),
                    ("booleanValue", Value::Bool(true)),
                    ("stringValue", text("fine")),
                    ("hexBinaryValue", text("F0F0")),
                    ("uriValue", text("urn:x:uri:1")),
                    ("microorganism", text("urn:x:germ:1")),
                    ("chemicalSubstance", text("urn:x:gas:1")),
                ]),
            ]),
        ),
    ])
}

fn quantity(class: &str, amount: &str, unit: Option<&str>) -> Value {
    let mut members = Map::default();
    members.insert("epcClass", class);
    members.insert("quantity", number(amount));
    if let Some(unit) = unit {
        members.insert("uom", unit);
    }
    members.into()
}

fn aggregation() -> Value {
    map([
        ("type", text("AggregationEvent")),
        ("eventTime", text("2026-11-23T00:00:00Z")),
        ("parentID", text("urn:epc:id:sscc:4012345.3111111111")),
        ("childEPCs", list([text("https://example.com/01/80614141123458/21/6789")])),
        ("childQuantityList", list([quantity("https://id.gs1.org/01/04012345123456", "3", None)])),
        ("action", text("ADD")),
        ("bizStep", text("urn:x:step:own")),
    ])
}

fn transformation() -> Value {
    map([
        ("type", text("TransformationEvent")),
        ("eventTime", text("2026-11-24T00:00:00Z")),
        ("transformationID", text("urn:hufu:tx:1")),
        ("inputEPCList", list([text("urn:epc:id:sgtin:0614141.812345.1")])),
        ("inputQuantityList", list([quantity("urn:epc:class:lgtin:4012345.012345.In", "5", None)])),
        ("outputEPCList", list([text("urn:epc:id:sgtin:0614141.812345.2")])),
        ("outputQuantityList", list([quantity("urn:epc:class:lgtin:4012345.012345.Out", "5", None)])),
    ])
}

fn query(pairs: &[(&str, &str)]) -> Result<Query, QueryError> {
    let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Query::read(&pairs)
}

/// Parameters, a value that holds of the event, and one that does not.
fn check(event: &Value, table: &[(&str, &str, &str)]) {
    for &(name, holds, fails) in table {
        assert!(query(&[(name, holds)]).unwrap().matches(event), "{name}={holds}");
        assert!(!query(&[(name, fails)]).unwrap().matches(event), "{name}={fails}");
        // Everything must hold.
        let beside = if name == "GE_eventTime" { "GE_recordTime" } else { "GE_eventTime" };
        assert!(!query(&[(beside, "2000-01-01T00:00:00Z"), (name, fails)]).unwrap().matches(event), "{name}");
    }
}

#[test]
fn what_happened_when_and_where() {
    check(
        &object(),
        &[
            ("eventType", "AggregationEvent|ObjectEvent", "AggregationEvent"),
            ("GE_eventTime", "2026-11-21T08:00:00Z", "2026-11-21T08:00:00.001Z"),
            ("LT_eventTime", "2026-11-21T08:00:00.001Z", "2026-11-21T08:00:00Z"),
            ("GE_recordTime", "2026-11-21T09:00:00Z", "2026-11-21T09:00:01Z"),
            ("LT_recordTime", "2026-11-21T17:00:01+08:00", "2026-11-21T17:00:00+08:00"),
            ("EQ_action", "OBSERVE|ADD", "DELETE"),
            ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:shipping", "receiving"),
            ("EQ_bizStep", "shipping|receiving", "https://example.com/shipping"),
            ("EQ_disposition", "in_transit", "in_progress"),
            ("EQ_persistentDisposition_set", "unavailable", "available"),
            ("EQ_persistentDisposition_unset", "urn:epcglobal:cbv:disp:available", "unavailable"),
            ("EQ_readPoint", "https://id.gs1.org/414/4012345000054", "urn:epc:id:sgln:4012345.00006.0"),
            ("WD_readPoint", "urn:epc:id:sgln:4012345.00005.0", "urn:x:place"),
            ("EQ_bizLocation", "urn:epc:id:sgln:4012345.00005.0", "urn:epc:id:sgln:4012345.00006.0"),
            ("WD_bizLocation", "https://example.com/414/4012345000054", "urn:x:place"),
            ("EQ_eventID", "ni:///sha-256;00?ver=CBV2.0", "ni:///sha-256;01?ver=CBV2.0"),
        ],
    );
    check(&aggregation(), &[("EQ_bizStep", "urn:x:step:own", "shipping")]);
    assert!(!query(&[("EXISTS_errorDeclaration", "")]).unwrap().matches(&aggregation()));
    assert!(query(&[("EXISTS_errorDeclaration", "false")]).unwrap().matches(&aggregation()));
    assert!(query(&[("EXISTS_errorDeclaration", "")]).unwrap().matches(&object()));
}

#[test]
fn things_by_whichever_of_their_names() {
    check(
        &object(),
        &[
            ("MATCH_epc", "https://id.gs1.org/01/80614141123458/21/6789", "urn:epc:id:sgtin:0614141.812345.6780"),
            ("MATCH_epc", "urn:epc:idpat:sgtin:0614141.*.*", "urn:epc:idpat:sgtin:0614142.*.*"),
            ("MATCH_anyEPC", "urn:epc:id:sgtin:0614141.812345.6789", "urn:epc:class:lgtin:4012345.012345.Lot987"),
            (
                "MATCH_epcClass",
                "https://id.gs1.org/01/04012345123456/10/Lot987",
                "https://id.gs1.org/01/04012345123456",
            ),
            ("MATCH_anyEPCClass", "urn:epc:class:lgtin:4012345.012345.Lot987", "urn:epc:class:lgtin:4012345.012345.X"),
            ("EQ_quantity", "20.5", "20"),
            ("GT_quantity", "20", "20.5"),
            ("GE_quantity", "20.5", "21"),
            ("LT_quantity", "21", "20.5"),
            ("LE_quantity", "20.5", "20"),
            ("GE_quantity_KGM", "20", "21"),
            ("EQ_quantity_KGM", "20.5", "1"),
            ("EQ_bizTransaction_po", "urn:x:po:1", "urn:x:po:2"),
            ("EQ_source_possessing_party", "https://id.gs1.org/417/4012345000054", "urn:x:nobody"),
            ("EQ_destination_location", "urn:x:place:9", "urn:x:place:8"),
        ],
    );
    for (name, value) in
        [("GE_quantity_GRM", "0"), ("EQ_bizTransaction_inv", "urn:x:po:1"), ("MATCH_parentID", "urn:x:1")]
    {
        assert!(!query(&[(name, value)]).unwrap().matches(&object()), "{name}");
    }
    check(
        &aggregation(),
        &[
            ("MATCH_parentID", "https://id.gs1.org/00/340123451111111111", "urn:epc:id:sgtin:0614141.812345.6789"),
            ("MATCH_epc", "urn:epc:id:sgtin:0614141.812345.6789", "urn:epc:id:sscc:4012345.3111111111"),
            ("MATCH_anyEPC", "urn:epc:id:sscc:4012345.3111111111", "urn:epc:id:sscc:4012345.3111111112"),
            ("MATCH_epcClass", "urn:epc:idpat:sgtin:4012345.012345.*", "urn:epc:idpat:sgtin:4012345.012346.*"),
        ],
    );
    check(
        &transformation(),
        &[
            ("EQ_transformationID", "urn:hufu:tx:1", "urn:hufu:tx:2"),
            ("MATCH_inputEPC", "urn:epc:id:sgtin:0614141.812345.1", "urn:epc:id:sgtin:0614141.812345.2"),
            ("MATCH_outputEPC", "urn:epc:id:sgtin:0614141.812345.2", "urn:epc:id:sgtin:0614141.812345.1"),
            ("MATCH_anyEPC", "urn:epc:id:sgtin:0614141.812345.1", "urn:epc:id:sgtin:0614141.812345.3"),
            ("MATCH_inputEPCClass", "urn:epc:class:lgtin:4012345.012345.In", "urn:epc:class:lgtin:4012345.012345.Out"),
            ("MATCH_outputEPCClass", "urn:epc:class:lgtin:4012345.012345.Out", "urn:epc:class:lgtin:4012345.012345.In"),
            ("MATCH_anyEPCClass", "urn:epc:class:lgtin:4012345.012345.In", "urn:epc:class:lgtin:4012345.012345.No"),
        ],
    );
}

#[test]
fn sensors_errors_and_extensions() {
    check(
        &object(),
        &[
            ("GE_errorDeclarationTime", "2026-11-22T00:00:00Z", "2026-11-22T00:00:01Z"),
            ("LT_errorDeclarationTime", "2026-11-22T00:00:01Z", "2026-11-22T00:00:00Z"),
            ("EQ_errorReason", "urn:epcglobal:cbv:er:incorrect_data", "did_not_occur"),
            ("EQ_correctiveEventID", "urn:uuid:1", "urn:uuid:2"),
            ("EQ_type", "Temperature", "Pressure"),
            ("EQ_type", "gs1:Speed", "gs1:Length"),
            ("EQ_deviceID", "https://id.gs1.org/8004/4000001111", "urn:x:device"),
            ("EQ_dataProcessingMethod", "urn:x:method:1", "urn:x:method:2"),
            ("EQ_microorganism", "urn:x:germ:1", "urn:x:germ:2"),
            ("EQ_chemicalSubstance", "urn:x:gas:1", "urn:x:gas:2"),
            ("EQ_bizRules", "urn:x:rule:1", "urn:x:rule:2"),
            ("EQ_stringValue", "fine", "Fine"),
            ("EQ_hexBinaryValue", "F0F0", "F0"),
            ("EQ_uriValue", "urn:x:uri:1", "urn:x:uri:2"),
            ("EQ_booleanValue", "true", "false"),
            ("GE_time", "2026-11-21T07:00:00Z", "2026-11-21T07:00:01Z"),
            ("GE_startTime", "2026-11-21T00:00:00Z", "2026-11-21T00:00:01Z"),
            ("LT_startTime", "2026-11-21T00:00:01Z", "2026-11-21T00:00:00Z"),
            ("GE_endTime", "2026-11-21T08:00:00Z", "2026-11-21T08:00:01Z"),
            ("LT_endTime", "2026-11-21T08:00:01Z", "2026-11-21T08:00:00Z"),
            ("GE_percRank", "50", "51"),
            ("EQ_value_KMH", "80.0", "81"),
            ("GT_maxValue_CEL", "7", "7.5"),
            ("LE_minValue_CEL", "2", "1.9"),
            ("EQ_ex:note", "cold", "warm"),
            ("EQ_https://ns.example.com/epcis/note", "cold", "warm"),
            ("EQ_https://ns.example.com/epcis/#note", "cold", "warm"),
            ("EQ_ex:count", "12.0", "13"),
            ("GT_ex:count", "11", "12"),
            ("EQ_INNER_ex:level", "3", "4"),
            ("LT_INNER_ex:when", "2026-01-03T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("EQ_ILMD_ex:grade", "A", "B"),
            ("EQ_INNER_ILMD_ex:level", "3", "4"),
            ("EQ_ERROR_DECLARATION_ex:by", "me", "you"),
            ("EQ_readPoint_ex:door", "7", "8"),
        ],
    );
    for (name, expect) in [
        ("EXISTS_ex:note", true),
        ("EXISTS_ex:none", false),
        ("EXISTS_ILMD_ex:grade", true),
        ("EXISTS_ILMD_ex:level", false),
        ("EXISTS_INNER_ILMD_ex:level", true),
        ("EXISTS_INNER_ex:level", true),
        ("EXISTS_ex:level", false),
        ("EXISTS_INNER_ex:note", false),
        ("EXISTS_sensorElementList", true),
        ("EXISTS_SENSORREPORT_ex:note", false),
        ("EXISTS_other:note", false),
    ] {
        assert_eq!(query(&[(name, "")]).unwrap().matches(&object()), expect, "{name}");
    }
    assert!(!query(&[("GE_maxValue_FAH", "0")]).unwrap().matches(&object()), "nothing is converted");
}

#[test]
fn what_is_no_query_has_a_code() {
    let long = "x".repeat(MAX_VALUE_BYTES + 1);
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("colour", "red")], "H1680"),
        (&[("EQ_colour", "red")], "H1680"),
        (&[("XX_ex:a", "1")], "H1680"),
        (&[("EQ_bizTransaction_", "urn:x:1")], "H1680"),
        (&[("EQ_eventTime", "2026-11-21T08:00:00Z")], "H1680"),
        (&[("GE_quantity_kg", "1")], "H1680"),
        (&[("GE_eventTime", "2026-11-21")], "H1681"),
        (&[("GE_eventTime", "2026-11-21T08:00:00")], "H1681"),
        (&[("EQ_action", "add")], "H1681"),
        (&[("GT_quantity", "inf")], "H1681"),
        (&[("EXISTS_ex:a", "maybe")], "H1681"),
        (&[("MATCH_epc", "urn:epc:idpat:sgtin")], "H1681"),
        (&[("orderBy", "colour")], "H1681"),
        (&[("orderBy", "eventTime"), ("orderDirection", "UP")], "H1681"),
        (&[("perPage", "0")], "H1681"),
        (&[("perPage", "1001")], "H1681"),
        (&[("GE_eventTime", "2026-11-21T08:00:00Z|2026-11-21T08:00:00Z")], "H1682"),
        (&[("perPage", "1"), ("perPage", "2")], "H1682"),
        (&[("eventCountLimit", "1"), ("orderBy", "eventTime"), ("maxEventCount", "1")], "H1683"),
        (&[("eventCountLimit", "1")], "H1683"),
        (&[("HASATTR_bizLocation", "x")], "H1684"),
        (&[("EQATTR_bizLocation_x", "y")], "H1684"),
        (&[("EQ_ex:a", long.as_str())], "H1685"),
    ];
    for (pairs, code) in table {
        let error = query(pairs).unwrap_err();
        assert_eq!(error.code(), *code, "{pairs:?} {error}");
        assert!(!error.params().is_empty());
    }
    let many: Vec<(String, String)> = (0..=MAX_PARAMETERS).map(|n| (format!("EQ_ex:a{n}"), "1".into())).collect();
    assert_eq!(Query::read(&many).unwrap_err().code(), "H1685");
    let wide = vec!["1"; MAX_QUERY_VALUES + 1].join("|");
    assert_eq!(query(&[("EQ_ex:a", &wide)]).unwrap_err().code(), "H1685");
}

#[test]
fn a_query_of_json_is_the_same_query() {
    let json = map([
        ("@context", map([("my", text("https://ns.example.com/epcis/"))])),
        ("eventType", list([text("ObjectEvent"), text("AggregationEvent")])),
        ("GE_quantity", number("20")),
        ("EQ_my:note", list([text("cold"), text("a|b")])),
        ("EXISTS_errorDeclaration", Value::Null),
        ("orderBy", text("my:note")),
    ]);
    let query = Query::read_json(&json).unwrap();
    assert!(query.matches(&object()) && !query.matches(&aggregation()) && query.asks_for_all());
    for wrong in [list([]), map([("GE_quantity", map([]))]), map([("EQ_ex:a", list([list([])]))])] {
        assert_eq!(Query::read_json(&wrong).unwrap_err().code(), "H1686");
    }
}

#[test]
fn results_are_ordered_and_paged_as_asked() {
    let (early, late) = (object(), aggregation());
    let table: &[(&[(&str, &str)], Ordering)] = &[
        (&[], Ordering::Equal),
        (&[("orderBy", "eventTime")], Ordering::Greater),
        (&[("orderBy", "eventTime"), ("orderDirection", "DESC")], Ordering::Greater),
        (&[("orderBy", "eventTime"), ("orderDirection", "ASC")], Ordering::Less),
        (&[("orderBy", "ex:count"), ("orderDirection", "ASC")], Ordering::Greater),
    ];
    for (pairs, expect) in table {
        assert_eq!(query(pairs).unwrap().compare(&early, &late), *expect, "{pairs:?}");
    }
    let page = query(&[("perPage", "7"), ("nextPageToken", "abc")]).unwrap();
    assert_eq!((page.per_page(), page.next_page_token(), page.is_narrow()), (7, Some("abc"), false));
    assert_eq!(Query::default().per_page(), PER_PAGE);
    let named = query(&[("eventCountLimit", "5"), ("orderBy", "eventTime")]).unwrap();
    let both = named.and(query(&[("maxEventCount", "5"), ("perPage", "2")]).unwrap());
    assert_eq!(both.unwrap_err().code(), "H1683");
    let named = query(&[("EQ_bizStep", "shipping"), ("nextPageToken", "old")]).unwrap();
    let both = named.and(query(&[("EQ_action", "ADD"), ("perPage", "2")]).unwrap()).unwrap();
    assert_eq!((both.per_page(), both.next_page_token(), both.matches(&object())), (2, None, false));
}

#[test]
fn names_tell_where_to_look() {
    let scope = |pairs: &[(&str, &str)]| query(pairs).unwrap().scope();
    let codes = |paths: &[&str]| paths.iter().map(|path| path.parse().unwrap()).collect::<Vec<ItemCode>>();
    let lot = ("MATCH_epcClass", "urn:epc:class:lgtin:4012345.012345.Lot987");
    assert_eq!(scope(&[("EQ_bizStep", "shipping")]), Scope::All);
    assert_eq!(scope(&[lot]), Scope::Carriers(codes(&["01/04012345123456/10/Lot987"])));
    let unit = ("MATCH_anyEPC", "https://id.gs1.org/00/340123450000000000");
    let unit_code = codes(&["00/340123450000000000"]);
    assert_eq!(scope(&[unit]), Scope::CarriersAndContents(unit_code));
    assert_eq!(scope(&[("MATCH_parentID", "urn:hufu:item:ab|https://id.gs1.org/00/340123450000000000")]), Scope::All);
    assert_eq!(scope(&[unit, lot]), Scope::Carriers(codes(&["01/04012345123456/10/Lot987"])));
    assert_eq!(scope(&[("MATCH_epc", "urn:epc:idpat:sgtin:0614141.*.*")]), Scope::All);
    assert_eq!(scope(&[("MATCH_epc", "urn:x:unknown")]), Scope::Carriers(Vec::new()));
    assert_eq!(parameter_of("urn:epc:class:lgtin:4012345.012345.Lot987"), "MATCH_anyEPCClass");
    assert_eq!(parameter_of("urn:x:unknown"), "MATCH_anyEPC");
    assert_eq!(held(&object(), Held::ReadPoints), ["https://id.gs1.org/414/4012345000054"]);
    assert_eq!(held(&aggregation(), Held::Epcs).len(), 3);
}

/// Those of the published interface, and the ones that the published schema of queries has besides.
#[test]
fn all_fixed_parameters_of_the_standard_are_read() {
    let known: Vec<String> = fixed_parameters().collect();
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/epcis/schema");
    if !fixtures.is_dir() {
        println!("skipped: no fixtures");
        return;
    }
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(fixtures.join(name)).unwrap()).unwrap()
    };
    let interface = read("openapi-2.0.0.json");
    let named = interface["paths"]["/events"]["get"]["parameters"].as_array().unwrap().iter();
    let named = named.filter_map(|parameter| parameter["$ref"].as_str()?.rsplit('/').next());
    let schema = read("query-schema-2.0.0.json");
    let queried = schema["definitions"]["EPCIS-Query"]["properties"].as_object().unwrap().keys().map(String::as_str);
    let mut count = 0;
    for name in named.chain(queried).filter(|name| !name.starts_with("GS1-") && *name != "@context") {
        let name = match name {
            "PerPage" => "perPage",
            "NextPageToken" => "nextPageToken",
            name => name,
        };
        let written = name.replace("errorDeclaration_Time", "errorDeclarationTime");
        assert!(known.contains(&written), "{name}");
        count += 1;
    }
    println!("{count} parameters are read");
}
