//! What may stand where: the fields of EPCIS 2.0, as data.

use crate::vocabulary::Vocabulary;

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// A text.
    Text,
    /// A URI.
    Uri,
    /// A URI, or a list of them.
    Uris,
    /// A time with its zone.
    Time,
    /// An offset of a time zone.
    Offset,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Hexadecimal digits.
    Hex,
    /// A unit code.
    Unit,
    /// A version.
    Version,
    /// The value of an attribute of master data: a text, a number or an object.
    Attribute,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A bare word of a vocabulary, or a URI outside the namespaces of GS1.
    Word(Vocabulary),
    /// A list.
    List(&'static List),
    /// An object.
    Shape(&'static Shape),
    /// A context, or a list of different ones. What they say is read elsewhere.
    Contexts,
    /// A context: a URI or an object.
    Context,
    /// A list of events, which are judged one by one.
    Events,
}

/// A list and its elements.
#[derive(Debug)]
pub(super) struct List {
    /// What each element must be.
    pub(super) of: Rule,
    /// Whether there must be an element.
    pub(super) filled: bool,
    /// Whether all elements must differ.
    pub(super) once: bool,
}

/// An object and its fields.
#[derive(Debug)]
pub(super) struct Shape {
    /// Fields that are known, in groups.
    pub(super) fields: &'static [&'static [Field]],
    /// What is to be said of all others.
    pub(super) others: Others,
}

/// Fields beside the known ones.
#[derive(Clone, Copy, Debug)]
pub(super) enum Others {
    /// There may be none.
    None,
    /// Extensions: names that are URIs, mostly by a prefix.
    Extensions,
    /// Whatever there is.
    Any,
}

/// A field that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// Its name.
    pub(super) name: &'static str,
    /// What its value must be.
    pub(super) rule: Rule,
    /// Whether it must be there.
    pub(super) need: Need,
}

/// Whether a field must be there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    /// It may be absent.
    No,
    /// It must be there.
    Yes,
    /// It must be there in JSON; the XML schema of EPCIS 2.0 does without.
    InJson,
}

impl Shape {
    pub(super) fn known(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().flat_map(|group| group.iter())
    }
}

const fn must(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, need: Need::Yes }
}

const fn may(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, need: Need::No }
}

const fn in_json(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, need: Need::InJson }
}

/// The five types of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventType {
    Object,
    Aggregation,
    Association,
    Transaction,
    Transformation,
}

impl EventType {
    pub(super) fn named(name: &str) -> Option<EventType> {
        match name {
            "ObjectEvent" => Some(EventType::Object),
            "AggregationEvent" => Some(EventType::Aggregation),
            "AssociationEvent" => Some(EventType::Association),
            "TransactionEvent" => Some(EventType::Transaction),
            "TransformationEvent" => Some(EventType::Transformation),
            _ => None,
        }
    }

    pub(super) fn shape(self) -> &'static Shape {
        match self {
            EventType::Object => &OBJECT_EVENT,
            EventType::Aggregation => &AGGREGATION_EVENT,
            EventType::Association => &ASSOCIATION_EVENT,
            EventType::Transaction => &TRANSACTION_EVENT,
            EventType::Transformation => &TRANSFORMATION_EVENT,
        }
    }
}

/// EPCIS 2.0, section 7.4.2.
static OBJECT_EVENT: Shape = Shape {
    fields: &[
        COMMON,
        ACTION,
        CIRCUMSTANCES,
        BUSINESS,
        &[
            may("epcList", Rule::List(&DIFFERENT_URIS)),
            may("quantityList", Rule::List(&QUANTITIES)),
            may("ilmd", Rule::Shape(&ILMD)),
        ],
    ],
    others: Others::Extensions,
};

/// EPCIS 2.0, section 7.4.3.
static AGGREGATION_EVENT: Shape = Shape {
    fields: &[COMMON, ACTION, CIRCUMSTANCES, BUSINESS, CHILDREN, &[may("parentID", Rule::Uri)]],
    others: Others::Extensions,
};

/// EPCIS 2.0, section 7.4.6.
static ASSOCIATION_EVENT: Shape = Shape {
    fields: &[COMMON, ACTION, CIRCUMSTANCES, BUSINESS, CHILDREN, &[must("parentID", Rule::Uri)]],
    others: Others::Extensions,
};

/// EPCIS 2.0, section 7.4.4.
static TRANSACTION_EVENT: Shape = Shape {
    fields: &[
        COMMON,
        ACTION,
        CIRCUMSTANCES,
        &[
            must("bizTransactionList", Rule::List(&SOME_TRANSACTIONS)),
            may("parentID", Rule::Uri),
            may("epcList", Rule::List(&URIS)),
            may("quantityList", Rule::List(&QUANTITIES)),
        ],
    ],
    others: Others::Extensions,
};

/// EPCIS 2.0, section 7.4.5.
static TRANSFORMATION_EVENT: Shape = Shape {
    fields: &[
        COMMON,
        CIRCUMSTANCES,
        BUSINESS,
        &[
            may("inputEPCList", Rule::List(&DIFFERENT_URIS)),
            may("inputQuantityList", Rule::List(&QUANTITIES)),
            may("outputEPCList", Rule::List(&DIFFERENT_URIS)),
            may("outputQuantityList", Rule::List(&QUANTITIES)),
            may("transformationID", Rule::Uri),
            may("ilmd", Rule::Shape(&ILMD)),
        ],
    ],
    others: Others::Extensions,
};

/// An event of somebody's own type: only what all events have is known of it.
pub(super) static OTHER_EVENT: Shape = Shape { fields: &[COMMON], others: Others::Any };

const COMMON: &[Field] = &[
    must("type", Rule::Text),
    must("eventTime", Rule::Time),
    must("eventTimeZoneOffset", Rule::Offset),
    may("@context", Rule::Contexts),
    may("recordTime", Rule::Time),
    may("eventID", Rule::Uri),
    may("certificationInfo", Rule::Uris),
    may("errorDeclaration", Rule::Shape(&ERROR_DECLARATION)),
];

const ACTION: &[Field] = &[must("action", Rule::OneOf(&["OBSERVE", "ADD", "DELETE"]))];

const CIRCUMSTANCES: &[Field] = &[
    may("bizStep", Rule::Word(Vocabulary::BizStep)),
    may("disposition", Rule::Word(Vocabulary::Disposition)),
    may("persistentDisposition", Rule::Shape(&PERSISTENT_DISPOSITION)),
    may("readPoint", Rule::Shape(&PLACE)),
    may("bizLocation", Rule::Shape(&PLACE)),
    may("sourceList", Rule::List(&SOURCES)),
    may("destinationList", Rule::List(&DESTINATIONS)),
    may("sensorElementList", Rule::List(&SENSOR_ELEMENTS)),
];

const BUSINESS: &[Field] = &[may("bizTransactionList", Rule::List(&TRANSACTIONS))];

const CHILDREN: &[Field] = &[may("childEPCs", Rule::List(&URIS)), may("childQuantityList", Rule::List(&QUANTITIES))];

static ERROR_DECLARATION: Shape = Shape {
    fields: &[&[
        must("declarationTime", Rule::Time),
        may("reason", Rule::Word(Vocabulary::ErrorReason)),
        may("correctiveEventIDs", Rule::List(&URIS)),
    ]],
    others: Others::Extensions,
};

static PERSISTENT_DISPOSITION: Shape = Shape {
    fields: &[&[may("set", Rule::List(&DISPOSITIONS)), may("unset", Rule::List(&DISPOSITIONS))]],
    others: Others::None,
};

static PLACE: Shape = Shape { fields: &[&[must("id", Rule::Uri)]], others: Others::Any };

static QUANTITY: Shape = Shape {
    fields: &[&[must("epcClass", Rule::Uri), may("quantity", Rule::Number), may("uom", Rule::Unit)]],
    others: Others::None,
};

static TRANSACTION: Shape = Shape {
    fields: &[&[may("type", Rule::Word(Vocabulary::BusinessTransaction)), must("bizTransaction", Rule::Uri)]],
    others: Others::None,
};

static SOURCE: Shape = Shape {
    fields: &[&[must("type", Rule::Word(Vocabulary::SourceDestination)), must("source", Rule::Uri)]],
    others: Others::None,
};

static DESTINATION: Shape = Shape {
    fields: &[&[must("type", Rule::Word(Vocabulary::SourceDestination)), must("destination", Rule::Uri)]],
    others: Others::None,
};

static ILMD: Shape = Shape { fields: &[], others: Others::Extensions };

static SENSOR_ELEMENT: Shape = Shape {
    fields: &[&[
        may("sensorMetadata", Rule::Shape(&SENSOR_METADATA)),
        must("sensorReport", Rule::List(&SENSOR_REPORTS)),
    ]],
    others: Others::Extensions,
};

static SENSOR_METADATA: Shape = Shape {
    fields: &[DEVICE, &[may("startTime", Rule::Time), may("endTime", Rule::Time)]],
    others: Others::Extensions,
};

static SENSOR_REPORT: Shape = Shape { fields: &[DEVICE, REPORTED, VALUES], others: Others::Extensions };

const DEVICE: &[Field] = &[
    may("time", Rule::Time),
    may("deviceID", Rule::Uri),
    may("deviceMetadata", Rule::Uri),
    may("rawData", Rule::Uri),
    may("dataProcessingMethod", Rule::Uri),
    may("bizRules", Rule::Uri),
];

const REPORTED: &[Field] = &[
    in_json("type", Rule::Word(Vocabulary::Measurement)),
    may("exception", Rule::Word(Vocabulary::Alert)),
    may("component", Rule::Word(Vocabulary::Component)),
    may("microorganism", Rule::Uri),
    may("chemicalSubstance", Rule::Uri),
    may("coordinateReferenceSystem", Rule::Uri),
];

const VALUES: &[Field] = &[
    may("value", Rule::Number),
    may("minValue", Rule::Number),
    may("maxValue", Rule::Number),
    may("meanValue", Rule::Number),
    may("sDev", Rule::Number),
    may("percRank", Rule::Number),
    may("percValue", Rule::Number),
    may("uom", Rule::Text),
    may("stringValue", Rule::Text),
    may("booleanValue", Rule::Boolean),
    may("hexBinaryValue", Rule::Hex),
    may("uriValue", Rule::Uri),
];

/// A document of events.
pub(super) static DOCUMENT: Shape = Shape {
    fields: &[&[
        in_json("@context", Rule::Contexts),
        must("type", Rule::Text),
        must("schemaVersion", Rule::Version),
        must("creationDate", Rule::Time),
        must("epcisBody", Rule::Shape(&BODY)),
        may("id", Rule::Uri),
        may("instanceIdentifier", Rule::Text),
        may("sender", Rule::Text),
        may("receiver", Rule::Text),
        may("epcisHeader", Rule::Shape(&HEADER)),
    ]],
    others: Others::Extensions,
};

/// A document of answers to a query.
pub(super) static QUERY_DOCUMENT: Shape = Shape {
    fields: &[&[
        in_json("@context", Rule::Contexts),
        must("type", Rule::Text),
        must("epcisBody", Rule::Shape(&QUERY_BODY)),
        may("id", Rule::Uri),
        may("schemaVersion", Rule::Version),
        may("creationDate", Rule::Time),
    ]],
    others: Others::Extensions,
};

static BODY: Shape = Shape { fields: &[EVENTS], others: Others::Any };

const EVENTS: &[Field] = &[must("eventList", Rule::Events)];

static QUERY_BODY: Shape =
    Shape { fields: &[&[must("queryResults", Rule::Shape(&QUERY_RESULTS))]], others: Others::Extensions };

static QUERY_RESULTS: Shape = Shape {
    fields: &[&[
        must("queryName", Rule::Text),
        may("subscriptionID", Rule::Text),
        must("resultsBody", Rule::Shape(&RESULTS_BODY)),
    ]],
    others: Others::Extensions,
};

static RESULTS_BODY: Shape = Shape { fields: &[EVENTS, MASTER_DATA], others: Others::Extensions };

static HEADER: Shape =
    Shape { fields: &[&[may("epcisMasterData", Rule::Shape(&HEADER_DATA))]], others: Others::Extensions };

static HEADER_DATA: Shape = Shape { fields: &[MASTER_DATA], others: Others::Any };

const MASTER_DATA: &[Field] = &[may("vocabularyList", Rule::List(&VOCABULARIES))];

static MASTER_VOCABULARY: Shape = Shape {
    fields: &[&[must("type", Rule::Uri), may("vocabularyElementList", Rule::List(&ELEMENTS))]],
    others: Others::Any,
};

static ELEMENT: Shape = Shape {
    fields: &[&[must("id", Rule::Uri), may("attributes", Rule::List(&ATTRIBUTES)), may("children", Rule::List(&URIS))]],
    others: Others::Any,
};

static ATTRIBUTE: Shape =
    Shape { fields: &[&[must("id", Rule::Uri), may("attribute", Rule::Attribute)]], others: Others::Any };

pub(super) static URIS: List = list(Rule::Uri);
static DIFFERENT_URIS: List = List { of: Rule::Uri, filled: false, once: true };
pub(super) static CONTEXTS: List = List { of: Rule::Context, filled: false, once: true };
static QUANTITIES: List = list(Rule::Shape(&QUANTITY));
static TRANSACTIONS: List = list(Rule::Shape(&TRANSACTION));
static SOME_TRANSACTIONS: List = List { of: Rule::Shape(&TRANSACTION), filled: true, once: false };
static SOURCES: List = list(Rule::Shape(&SOURCE));
static DESTINATIONS: List = list(Rule::Shape(&DESTINATION));
static DISPOSITIONS: List = List { of: Rule::Word(Vocabulary::Disposition), filled: true, once: true };
static SENSOR_ELEMENTS: List = list(Rule::Shape(&SENSOR_ELEMENT));
static SENSOR_REPORTS: List = List { of: Rule::Shape(&SENSOR_REPORT), filled: true, once: false };
static VOCABULARIES: List = list(Rule::Shape(&MASTER_VOCABULARY));
static ELEMENTS: List = list(Rule::Shape(&ELEMENT));
static ATTRIBUTES: List = list(Rule::Shape(&ATTRIBUTE));

const fn list(of: Rule) -> List {
    List { of, filled: false, once: false }
}
