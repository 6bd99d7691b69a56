use super::*;
use crate::context::{CONTEXT, MAX_NAMESPACE};
use crate::document::{Document as Epcis, Format};
use crate::source::{MAX_DEPTH, MAX_EVENTS, MAX_MEMBERS};
use proptest::prelude::*;

const EX: &str = "xmlns:ex=\"https://ns.example.com/epcis/\"";

/// The members of an object event that holds these elements.
fn check(elements: &str, expected: &str) {
    let value = parse(format!("<ObjectEvent {EX}>{elements}</ObjectEvent>").as_bytes()).unwrap();
    let Value::Map(mut map) = value else { panic!("{elements}") };
    assert_eq!(map.remove("type"), Some("ObjectEvent".into()));
    assert!(map.remove("@context").is_some());
    assert_eq!(Value::Map(map).to_string(), expected, "{elements}");
}

fn code(text: &str) -> &'static str {
    parse(text.as_bytes()).map_or_else(|error| error.code(), |_| "read")
}

#[test]
fn fields_of_the_standard_have_the_shape_of_json() {
    for (elements, expected) in [
        ("<eventTime> 2020-03-04T11:00:30Z\n</eventTime>", r#"{"eventTime":"2020-03-04T11:00:30Z"}"#),
        ("<epcList><epc>a</epc><!-- c --><epc> b </epc></epcList>", r#"{"epcList":["a","b"]}"#),
        ("<epcList/><childEPCs></childEPCs>", r#"{"epcList":[],"childEPCs":[]}"#),
        (
            "<quantityList><quantityElement><epcClass>c</epcClass><quantity>+029.50</quantity><uom>KGM</uom>\
             </quantityElement></quantityList>",
            r#"{"quantityList":[{"epcClass":"c","quantity":29.50,"uom":"KGM"}]}"#,
        ),
        (
            "<quantityList><quantityElement><epcClass>c</epcClass><quantity \
             xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/></quantityElement></quantityList>",
            r#"{"quantityList":[{"epcClass":"c"}]}"#,
        ),
        (
            "<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep><disposition>cbv:Disp-damaged</disposition>",
            r#"{"bizStep":"shipping","disposition":"damaged"}"#,
        ),
        ("<bizStep>https://ns.example.com/step</bizStep>", r#"{"bizStep":"https://ns.example.com/step"}"#),
        (
            "<persistentDisposition><unset>urn:epcglobal:cbv:disp:recalled</unset><set>x:y</set>\
             </persistentDisposition>",
            r#"{"persistentDisposition":{"set":["x:y"],"unset":["recalled"]}}"#,
        ),
        (
            "<readPoint><id>r</id><ex:f>1</ex:f></readPoint><bizLocation><id>l</id></bizLocation>",
            r#"{"readPoint":{"id":"r","ex:f":"1"},"bizLocation":{"id":"l"}}"#,
        ),
        (
            "<bizTransactionList><bizTransaction ex:type='x' type='urn:epcglobal:cbv:btt:po'>\n b </bizTransaction>\
             <bizTransaction>c</bizTransaction></bizTransactionList>",
            r#"{"bizTransactionList":[{"type":"po","bizTransaction":"b"},{"bizTransaction":"c"}]}"#,
        ),
        (
            "<sourceList><source type='urn:epcglobal:cbv:sdt:location'>s</source></sourceList>",
            r#"{"sourceList":[{"type":"location","source":"s"}]}"#,
        ),
        (
            "<errorDeclaration><declarationTime>t</declarationTime><reason>urn:epcglobal:cbv:er:did_not_occur</reason>\
             <correctiveEventIDs><correctiveEventID>i</correctiveEventID></correctiveEventIDs><ex:f/>\
             </errorDeclaration>",
            concat!(
                r#"{"errorDeclaration":{"declarationTime":"t","reason":"did_not_occur","#,
                r#""correctiveEventIDs":["i"],"ex:f":""}}"#
            ),
        ),
        ("<certificationInfo>a</certificationInfo>", r#"{"certificationInfo":"a"}"#),
        (
            "<certificationInfo>a</certificationInfo><certificationInfo>b</certificationInfo>",
            r#"{"certificationInfo":["a","b"]}"#,
        ),
    ] {
        check(elements, expected);
    }
}

#[test]
fn sensor_elements_have_the_shape_of_json() {
    check(
        "<sensorElementList><sensorElement><sensorMetadata time='t' ex:m='1'/>\
         <sensorReport type='gs1:Temperature' value='26.0' booleanValue='1' component='cbv:Comp-x' ex:q='2'/>\
         <sensorReport type='ex:Own' exception='gs1:ALARM_CONDITION' maxValue='.5' stringValue='007'/>\
         <ex:top><ex:k>v</ex:k></ex:top></sensorElement></sensorElementList>",
        concat!(
            r#"{"sensorElementList":[{"sensorMetadata":{"time":"t","ex:m":"1"},"ex:top":{"ex:k":"v"},"sensorReport":["#,
            r#"{"type":"Temperature","value":26.0,"booleanValue":true,"component":"x","ex:q":"2"},"#,
            r#"{"type":"ex:Own","exception":"ALARM_CONDITION","maxValue":0.5,"stringValue":"007"}]}]}"#
        ),
    );
}

#[test]
fn extensions_are_kept() {
    check(
        "<ex:a ex:z='1' b='2'>v</ex:a><ex:l>1</ex:l><ex:l>2</ex:l><ex:l><ex:m/></ex:l><ex:t> <![CDATA[x < y]]> &amp; z\
         </ex:t><ex:d>a<!-- c -->b</ex:d><plain>p</plain>",
        concat!(
            r##"{"ex:a":{"ex:z":"1","b":"2","#text":"v"},"ex:l":["1","2",{"ex:m":""}],"##,
            r#""ex:t":"x < y & z","ex:d":"ab","plain":"p"}"#
        ),
    );
    check(
        "<ex:a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='xsd:string'>v</ex:a>",
        r#"{"ex:a":"v"}"#,
    );
    check("<ilmd><ex:b>1</ex:b></ilmd>", r#"{"ilmd":{"ex:b":"1"}}"#);
}

#[test]
fn what_older_versions_nest_is_opened() {
    check(
        "<baseExtension><eventID>i</eventID></baseExtension><extension><quantityList/><extension><ex:f>1</ex:f>\
         </extension></extension>",
        r#"{"eventID":"i","quantityList":[],"ex:f":"1"}"#,
    );
    let text = "<e:EPCISDocument xmlns:e='urn:epcglobal:epcis:xsd:1' schemaVersion='1.2'><EPCISBody><EventList>\
                <ObjectEvent/><extension><TransformationEvent/></extension></EventList></EPCISBody></e:EPCISDocument>";
    let document = Epcis::read(text.as_bytes(), Format::Xml).unwrap();
    let bytes: Vec<&[u8]> = document.events.iter().map(|event| event.bytes.as_slice()).collect();
    assert_eq!(bytes, [b"<ObjectEvent/>".as_slice(), b"<TransformationEvent/>".as_slice()]);
}

#[test]
fn prefixes_are_those_of_the_document_where_they_can_be() {
    let context = |text: &str| {
        let value = parse(text.as_bytes()).unwrap();
        (value.get("@context").unwrap().to_string(), value.to_string())
    };
    let (found, _) = context("<ObjectEvent xmlns:ex='https://a.example/'/>");
    assert_eq!(found, format!("\"{CONTEXT}\""));
    let declared = |definitions: &str| format!("[\"{CONTEXT}\",{{{definitions}}}]");
    // Two prefixes for one namespace, one of which begins addresses.
    let (found, _) =
        context("<ObjectEvent xmlns:https='https://a.example/' xmlns:ex='https://a.example/'><ex:f/></ObjectEvent>");
    assert_eq!(found, declared(r#""ex":"https://a.example/""#));
    // One prefix for two namespaces, and none for a third.
    let (found, value) = context(
        "<ObjectEvent><x:f xmlns:x='urn:a:'/><x:f xmlns:x='urn:b:'/><f xmlns='urn:c:'/><gs1:f xmlns:gs1='urn:d:'/>\
         </ObjectEvent>",
    );
    assert_eq!(found, declared(r#""x":"urn:a:","ns1":"urn:b:","ns2":"urn:c:","ns3":"urn:d:""#));
    assert!(value.contains(r#""x:f":"","ns1:f":"","ns2:f":"","ns3:f":"""#), "{value}");
}

#[test]
fn documents_are_read_whole() {
    let events = ["<ObjectEvent>\r\n<ex:f>血</ex:f></ObjectEvent >", "<e:AggregationEvent/>"];
    let declared = format!("xmlns:e='urn:epcglobal:epcis:xsd:2' xmlns:q='urn:epcglobal:epcis-query:xsd:1' {EX}");
    let list = format!("<EventList> {}<!-- > -->{}</EventList>", events[0], events[1]);
    for text in [
        format!("<e:EPCISDocument {declared} schemaVersion='2.0'><EPCISBody>{list}</EPCISBody></e:EPCISDocument>"),
        format!(
            "\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE project>\n<q:EPCISQueryDocument {declared}>\
             <EPCISBody><q:QueryResults><queryName>n</queryName><resultsBody>{list}</resultsBody></q:QueryResults>\
             </EPCISBody></q:EPCISQueryDocument>"
        ),
    ] {
        let document = Epcis::read(text.as_bytes(), Format::Xml).unwrap();
        let bytes: Vec<&[u8]> = document.events.iter().map(|event| event.bytes.as_slice()).collect();
        assert_eq!(bytes, events.map(str::as_bytes));
        let first = &document.events[0];
        assert_eq!(first.value.get("ex:f").and_then(Value::as_text), Some("血"));
        assert_eq!(first.context.namespace("ex"), Some("https://ns.example.com/epcis/"));
    }
}

#[test]
fn what_is_no_document_is_refused() {
    for (text, expected) in [
        ("", "H1510"),
        ("<a", "H1510"),
        ("<ObjectEvent></b>", "H1510"),
        ("<ObjectEvent>&#0;</ObjectEvent>", "H1510"),
        ("<ObjectEvent>\u{1}</ObjectEvent>", "H1510"),
        ("<ObjectEvent a='1' a='2'/>", "H1510"),
        ("<x:ObjectEvent/>", "H1510"),
        ("<ObjectEvent/><ObjectEvent/>", "H1510"),
        ("<other/>", "H1520"),
        ("<ObjectEvent xmlns='urn:other:'/>", "H1520"),
        ("<EPCISMasterDataDocument xmlns='urn:epcglobal:epcis-masterdata:xsd:2'/>", "H1520"),
        ("<ObjectEvent><f xmlns='no uri'/></ObjectEvent>", "H1526"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
    assert_eq!(parse(b"<ObjectEvent>\0</ObjectEvent>").map_err(|error| error.code()), Err("H1510"));
    assert_eq!(parse(b"<ObjectEvent>\xFF</ObjectEvent>").map_err(|error| error.code()), Err("H1501"));
    let missing = Epcis::read(b"<EPCISDocument><EPCISBody/></EPCISDocument>", Format::Xml);
    assert_eq!(missing.map_err(|error| error.code()), Err("H1522"));
}

#[test]
fn nothing_may_be_declared() {
    let event = "<ObjectEvent/>";
    assert_eq!(code(&format!("<!DOCTYPE project>{event}")), "read");
    for declared in [
        "<!DOCTYPE a [<!ENTITY x 'y'>]>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE a PUBLIC '-//A//B' 'http://a.example/b.dtd'>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'http://a.example/'>]>",
        "<!DOCTYPE a [",
        "<!DOCTYPE a><!DOCTYPE b>",
        "<!DOCTYPE>",
        "<!ENTITY x 'y'>",
    ] {
        assert_eq!(code(&format!("{declared}{event}")), "H1511", "{declared}");
    }
    assert_eq!(code("<ObjectEvent>&x;</ObjectEvent>"), "H1511");
    assert_eq!(code("<ObjectEvent><a b='&x;'/></ObjectEvent>"), "H1511");
    assert_eq!(code("<ObjectEvent>&lt;&gt;&amp;&apos;&quot;&#x8840;</ObjectEvent>"), "read");
    assert_eq!(code("<ObjectEvent><!-- <!DOCTYPE a [> --><a><![CDATA[<!DOCTYPE]]></a></ObjectEvent>"), "read");
}

#[test]
fn the_encoding_is_utf_8() {
    for (encoding, expected) in [("UTF-8", "read"), ("utf8", "read"), ("US-ASCII", "read"), ("ISO-8859-1", "H1512")] {
        for quote in ['"', '\''] {
            let text = format!("<?xml version='1.0' encoding = {quote}{encoding}{quote} ?><ObjectEvent/>");
            assert_eq!(code(&text), expected, "{text}");
        }
    }
    assert_eq!(parse(b"\xFF\xFE<\0a\0/\0>\0").map_err(|error| error.code()), Err("H1501"));
}

#[test]
fn bounds_hold_at_their_value_and_not_one_past_it() {
    let nested = |depth: usize| format!("<ObjectEvent>{}{}</ObjectEvent>", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(code(&nested(MAX_DEPTH - 1)), "read");
    assert_eq!(code(&nested(MAX_DEPTH)), "H1502");
    assert_eq!(code(&nested(10_000)), "H1502");
    assert_eq!(code(&"<a>".repeat(10_000)), "H1502");

    let attributes = |count: usize| {
        let attributes: String = (0..count).map(|n| format!(" a{n} = '='")).collect();
        format!("<ObjectEvent><a{attributes}/></ObjectEvent>")
    };
    assert_eq!(code(&attributes(MAX_MEMBERS)), "read");
    assert_eq!(code(&attributes(MAX_MEMBERS + 1)), "H1503");

    let children = |count: usize| {
        let children: String = (0..count).map(|n| format!("<a{n}/>")).collect();
        format!("<ObjectEvent><a>{children}</a></ObjectEvent>")
    };
    assert_eq!(code(&children(MAX_MEMBERS)), "read");
    assert_eq!(code(&children(MAX_MEMBERS + 1)), "H1503");

    let namespaces = |outer: usize, inner: usize| {
        let declared = |from: usize, count: usize| -> String {
            (from..from + count).map(|n| format!(" xmlns:n{n} = 'urn:{n}'")).collect()
        };
        format!(
            "<ObjectEvent{}><a{}/><a{}/></ObjectEvent>",
            declared(0, outer),
            declared(100, inner),
            declared(200, inner)
        )
    };
    assert_eq!(code(&namespaces(scan::MAX_NAMESPACES - 1, 1)), "read");
    assert_eq!(code(&namespaces(scan::MAX_NAMESPACES - 1, 2)), "H1503");

    let events = |count: usize| {
        format!("<EPCISDocument><EPCISBody><EventList>{}</EventList></EPCISBody></EPCISDocument>", "<a/>".repeat(count))
    };
    assert_eq!(code(&events(MAX_EVENTS)), "read");
    assert_eq!(code(&events(MAX_EVENTS + 1)), "H1503");

    let signs = |count: usize| format!("<ObjectEvent>{}</ObjectEvent>", "=".repeat(count));
    assert_eq!(code(&signs(MAX_VALUES)), "read");
    assert_eq!(code(&signs(MAX_VALUES + 1)), "H1503");

    let namespace = |length: usize| format!("<ObjectEvent><f xmlns='a:{}'/></ObjectEvent>", "x".repeat(length - 2));
    assert_eq!(code(&namespace(MAX_NAMESPACE)), "read");
    assert_eq!(code(&namespace(MAX_NAMESPACE + 1)), "H1526");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn nothing_that_looks_like_xml_panics(parts in proptest::collection::vec(
        prop::sample::select(vec![
            "<", ">", "/", "a", ":", "=", "'", "\"", "&", ";", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE", "?", " ",
            "xmlns", "<ObjectEvent", "</ObjectEvent>", "\u{8840}",
        ]), 0..40)) {
        let _ = parse(parts.concat().as_bytes());
    }

    /// Any elements within an event, of the standard and of others.
    #[test]
    fn no_event_panics(parts in proptest::collection::vec(
        prop::sample::select(vec![
            "<sensorElementList>", "</sensorElementList>", "<sensorElement>", "</sensorElement>", "<extension>",
            "</extension>", "<ex:a b='1' ex:c='2'>", "</ex:a>", "<epcList>", "</epcList>", "text", "<bizStep/>",
            "<quantityElement>", "</quantityElement>", "<quantity>1.</quantity>", "<sensorReport value='x' type=''/>",
        ]), 0..30)) {
        let _ = parse(format!("<ObjectEvent {EX}>{}</ObjectEvent>", parts.concat()).as_bytes());
    }
}
