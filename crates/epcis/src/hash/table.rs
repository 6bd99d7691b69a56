//! The order of fields, and the form of each.

use crate::vocabulary::Vocabulary;

/// How a value of a field is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// As any value is.
    Text,
    /// In UTC, with milliseconds.
    Time,
    /// A word of a list, by its web URI.
    Word(Vocabulary),
}

/// A field and its form.
pub(super) type Field = (&'static str, Form);

/// What is in a field of an event.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// A value or several.
    Plain(Form),
    /// A list, in which each is an `epc`.
    Epcs,
    /// A list, in which each is a `quantityElement`.
    Quantities,
    /// An object with these fields.
    Group(&'static [Field]),
    /// A list, in which each is a `sensorElement`.
    Sensors,
}

use Form::{Text, Time, Word};

/// The fields of an event. What is not here stands behind, in the order of the bytes.
pub(super) const EVENT: &[(&str, Shape)] = &[
    ("eventTime", Shape::Plain(Time)),
    ("eventTimeZoneOffset", Shape::Plain(Text)),
    ("certificationInfo", Shape::Plain(Text)),
    ("parentID", Shape::Plain(Text)),
    ("epcList", Shape::Epcs),
    ("inputEPCList", Shape::Epcs),
    ("childEPCs", Shape::Epcs),
    ("quantityList", Shape::Quantities),
    ("childQuantityList", Shape::Quantities),
    ("inputQuantityList", Shape::Quantities),
    ("outputEPCList", Shape::Epcs),
    ("outputQuantityList", Shape::Quantities),
    ("action", Shape::Plain(Text)),
    ("transformationID", Shape::Plain(Text)),
    ("bizStep", Shape::Plain(Word(Vocabulary::BizStep))),
    ("disposition", Shape::Plain(Word(Vocabulary::Disposition))),
    ("persistentDisposition", Shape::Group(PERSISTENT)),
    ("readPoint", Shape::Group(PLACE)),
    ("bizLocation", Shape::Group(PLACE)),
    ("sensorElementList", Shape::Sensors),
];

/// What others say of an event, and what is no part of it.
pub(super) const LEFT_OUT: &[&str] = &["type", "eventID", "recordTime", "errorDeclaration", CONTEXT];

/// A comment of RDF says nothing to machines, wherever it stands.
pub(super) const COMMENT: &str = "{http://www.w3.org/2000/01/rdf-schema#}comment";

/// Where the prefixes of an object are declared.
pub(super) const CONTEXT: &str = "@context";

/// The text of an element that has attributes or children too.
pub(super) const TEXT: &str = "#text";

pub(super) const QUANTITY: &[Field] = &[("epcClass", Text), ("quantity", Text), ("uom", Text)];

const PLACE: &[Field] = &[("id", Text)];

const PERSISTENT: &[Field] = &[("set", Word(Vocabulary::Disposition)), ("unset", Word(Vocabulary::Disposition))];

/// The parts of a sensor element.
pub(super) const SENSOR: &[(&str, &[Field])] = &[("sensorMetadata", METADATA), ("sensorReport", REPORT)];

const METADATA: &[Field] = &[
    ("time", Time),
    ("startTime", Time),
    ("endTime", Time),
    ("deviceID", Text),
    ("deviceMetadata", Text),
    ("rawData", Text),
    ("dataProcessingMethod", Text),
    ("bizRules", Text),
];

const REPORT: &[Field] = &[
    ("type", Word(Vocabulary::Measurement)),
    ("exception", Word(Vocabulary::Alert)),
    ("deviceID", Text),
    ("deviceMetadata", Text),
    ("rawData", Text),
    ("dataProcessingMethod", Text),
    ("time", Time),
    ("microorganism", Text),
    ("chemicalSubstance", Text),
    ("value", Text),
    ("component", Word(Vocabulary::Component)),
    ("stringValue", Text),
    ("booleanValue", Text),
    ("hexBinaryValue", Text),
    ("uriValue", Text),
    ("minValue", Text),
    ("maxValue", Text),
    ("meanValue", Text),
    ("sDev", Text),
    ("percRank", Text),
    ("percValue", Text),
    ("uom", Text),
    ("coordinateReferenceSystem", Text),
];

/// The fields of what is in a list whose elements have a type.
pub(super) fn typed(name: &str) -> Option<&'static [Field]> {
    match name {
        "bizTransactionList" => Some(&[("type", Word(Vocabulary::BusinessTransaction)), ("bizTransaction", Text)]),
        "sourceList" => Some(&[("type", Word(Vocabulary::SourceDestination)), ("source", Text)]),
        "destinationList" => Some(&[("type", Word(Vocabulary::SourceDestination)), ("destination", Text)]),
        _ => None,
    }
}

/// Whether a field of an event has a place in the order.
pub(super) fn is_ordered(name: &str) -> bool {
    EVENT.iter().any(|(known, _)| *known == name)
}
