//! The parameters of the simple event query (EPCIS 2.0, 8.2.7.1): what each looks at, and how it compares.

use super::{
    error::QueryError,
    extension::{Extension, Field},
    name::Name,
    value::{Form, Operand, Relation, Test},
};
use crate::vocabulary::Vocabulary;

/// Members to walk through from an event on; lists are walked through on the way.
pub(super) type Path = &'static [&'static str];

/// Something that must hold of an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// One of the values at the paths passes.
    Field { paths: &'static [Path], test: Test },
    /// One of the objects at the paths is of the kind, and its member passes.
    Part { paths: &'static [Path], kind: Kind, member: &'static str, test: Test },
    /// A value of an extension passes.
    Extension(Extension),
}

/// What an object must be for its value to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// The member that says it.
    pub(super) member: &'static str,
    /// How it is read.
    pub(super) form: Form,
    /// What it must say.
    pub(super) value: String,
}

/// A parameter with a fixed name.
struct Row {
    name: &'static str,
    form: Form,
    paths: &'static [Path],
}

const fn row(name: &'static str, form: Form, paths: &'static [Path]) -> Row {
    Row { name, form, paths }
}

const EPCS: &[Path] = &[&["epcList"], &["childEPCs"]];
const CLASSES: &[Path] = &[&["quantityList", "epcClass"], &["childQuantityList", "epcClass"]];
const ANY_EPCS: &[Path] = &[&["epcList"], &["childEPCs"], &["parentID"], &["inputEPCList"], &["outputEPCList"]];
const ANY_CLASSES: &[Path] = &[
    &["quantityList", "epcClass"],
    &["childQuantityList", "epcClass"],
    &["inputQuantityList", "epcClass"],
    &["outputQuantityList", "epcClass"],
];
const QUANTITY_LISTS: &[Path] =
    &[&["quantityList"], &["childQuantityList"], &["inputQuantityList"], &["outputQuantityList"]];
const QUANTITIES: &[Path] = &[
    &["quantityList", "quantity"],
    &["childQuantityList", "quantity"],
    &["inputQuantityList", "quantity"],
    &["outputQuantityList", "quantity"],
];
const REPORTS: &[Path] = &[&["sensorElementList", "sensorReport"]];
const READ_POINT: &[Path] = &[&["readPoint", "id"]];
const BIZ_LOCATION: &[Path] = &[&["bizLocation", "id"]];
const SENSOR_TIMES: &[Path] =
    &[&["sensorElementList", "sensorMetadata", "time"], &["sensorElementList", "sensorReport", "time"]];
const DEVICES: &[Path] =
    &[&["sensorElementList", "sensorMetadata", "deviceID"], &["sensorElementList", "sensorReport", "deviceID"]];
const METHODS: &[Path] = &[
    &["sensorElementList", "sensorMetadata", "dataProcessingMethod"],
    &["sensorElementList", "sensorReport", "dataProcessingMethod"],
];

/// Parameters that name values, one of which must stand there. Descendants are a matter of master data: without it
/// nothing but a place itself is below it, and `WD_` asks what `EQ_` asks.
const AMONG: &[Row] = &[
    row("eventType", Form::Plain, &[&["type"]]),
    row("EQ_action", Form::Action, &[&["action"]]),
    row("EQ_bizStep", Form::Word(Vocabulary::BizStep), &[&["bizStep"]]),
    row("EQ_disposition", Form::Word(Vocabulary::Disposition), &[&["disposition"]]),
    row("EQ_persistentDisposition_set", Form::Word(Vocabulary::Disposition), &[&["persistentDisposition", "set"]]),
    row("EQ_persistentDisposition_unset", Form::Word(Vocabulary::Disposition), &[&["persistentDisposition", "unset"]]),
    row("EQ_readPoint", Form::Name, READ_POINT),
    row("WD_readPoint", Form::Name, READ_POINT),
    row("EQ_bizLocation", Form::Name, BIZ_LOCATION),
    row("WD_bizLocation", Form::Name, BIZ_LOCATION),
    row("EQ_transformationID", Form::Name, &[&["transformationID"]]),
    row("MATCH_epc", Form::Pattern, EPCS),
    row("MATCH_parentID", Form::Pattern, &[&["parentID"]]),
    row("MATCH_inputEPC", Form::Pattern, &[&["inputEPCList"]]),
    row("MATCH_outputEPC", Form::Pattern, &[&["outputEPCList"]]),
    row("MATCH_anyEPC", Form::Pattern, ANY_EPCS),
    row("MATCH_epcClass", Form::Pattern, CLASSES),
    row("MATCH_inputEPCClass", Form::Pattern, &[&["inputQuantityList", "epcClass"]]),
    row("MATCH_outputEPCClass", Form::Pattern, &[&["outputQuantityList", "epcClass"]]),
    row("MATCH_anyEPCClass", Form::Pattern, ANY_CLASSES),
    row("EQ_quantity", Form::Number, QUANTITIES),
    row("EQ_eventID", Form::Plain, &[&["eventID"]]),
    row("EQ_errorReason", Form::Word(Vocabulary::ErrorReason), &[&["errorDeclaration", "reason"]]),
    row("EQ_correctiveEventID", Form::Plain, &[&["errorDeclaration", "correctiveEventIDs"]]),
    row("EQ_type", Form::Word(Vocabulary::Measurement), &[&["sensorElementList", "sensorReport", "type"]]),
    row("EQ_deviceID", Form::Name, DEVICES),
    row("EQ_dataProcessingMethod", Form::Name, METHODS),
    row("EQ_microorganism", Form::Name, &[&["sensorElementList", "sensorReport", "microorganism"]]),
    row("EQ_chemicalSubstance", Form::Name, &[&["sensorElementList", "sensorReport", "chemicalSubstance"]]),
    row("EQ_bizRules", Form::Name, &[&["sensorElementList", "sensorMetadata", "bizRules"]]),
    row("EQ_stringValue", Form::Plain, &[&["sensorElementList", "sensorReport", "stringValue"]]),
    row("EQ_hexBinaryValue", Form::Plain, &[&["sensorElementList", "sensorReport", "hexBinaryValue"]]),
    row("EQ_uriValue", Form::Name, &[&["sensorElementList", "sensorReport", "uriValue"]]),
    row("EQ_booleanValue", Form::Flag, &[&["sensorElementList", "sensorReport", "booleanValue"]]),
];

/// Fields that are compared with one value, without the relation in front.
const AGAINST: &[Row] = &[
    row("eventTime", Form::Time, &[&["eventTime"]]),
    row("recordTime", Form::Time, &[&["recordTime"]]),
    row("errorDeclarationTime", Form::Time, &[&["errorDeclaration", "declarationTime"]]),
    // As the published schema of queries writes it.
    row("errorDeclaration_Time", Form::Time, &[&["errorDeclaration", "declarationTime"]]),
    row("time", Form::Time, SENSOR_TIMES),
    row("startTime", Form::Time, &[&["sensorElementList", "sensorMetadata", "startTime"]]),
    row("endTime", Form::Time, &[&["sensorElementList", "sensorMetadata", "endTime"]]),
    row("quantity", Form::Number, QUANTITIES),
    row("percRank", Form::Number, &[&["sensorElementList", "sensorReport", "percRank"]]),
];

/// What may be asked to be there at all.
const EXISTS: [(&str, &[Path]); 2] =
    [("errorDeclaration", &[&["errorDeclaration"]]), ("sensorElementList", &[&["sensorElementList"]])];

/// Typed lists: the prefix of the parameter, the list, the words of its types, and the member that is compared.
const TYPED: [(&str, &[Path], Vocabulary, &str); 3] = [
    ("bizTransaction_", &[&["bizTransactionList"]], Vocabulary::BusinessTransaction, "bizTransaction"),
    ("source_", &[&["sourceList"]], Vocabulary::SourceDestination, "source"),
    ("destination_", &[&["destinationList"]], Vocabulary::SourceDestination, "destination"),
];

/// Members whose unit of measure ends the parameter's name.
const MEASURED: [(&str, &[Path]); 7] = [
    ("quantity", QUANTITY_LISTS),
    ("value", REPORTS),
    ("minValue", REPORTS),
    ("maxValue", REPORTS),
    ("meanValue", REPORTS),
    ("sDev", REPORTS),
    ("percValue", REPORTS),
];

/// Beginnings of parameters that ask for attributes of master data.
const MASTER_DATA: [&str; 3] = ["HASATTR_", "EQATTR_", "EQ_ATTR_"];

impl Condition {
    /// Reads a parameter; none where it asks nothing.
    pub(super) fn read(name: &str, values: &[String]) -> Result<Option<Condition>, QueryError> {
        if MASTER_DATA.iter().any(|start| name.starts_with(start)) {
            return Err(QueryError::MasterData { name: super::error::shown(name) });
        }
        if let Some(row) = AMONG.iter().find(|row| row.name == name) {
            return Ok(Some(Condition::Field { paths: row.paths, test: Test::among(name, row.form, values)? }));
        }
        let (word, rest) = name.split_once('_').ok_or_else(|| QueryError::unknown(name))?;
        if word == "EXISTS" {
            return existing(name, rest, values);
        }
        let relation = Relation::read(word).ok_or_else(|| QueryError::unknown(name))?;
        if let Some(row) = AGAINST.iter().find(|row| row.name == rest && relation != Relation::Equal) {
            let operand = Operand::read(name, row.form, one(name, values)?)?;
            return Ok(Some(Condition::Field { paths: row.paths, test: Test::Against(relation, operand) }));
        }
        let part = match typed(name, relation, rest, values)? {
            Some(part) => Some(part),
            None => measured(name, relation, rest, values)?,
        };
        match part {
            Some(part) => Ok(Some(part)),
            None => {
                let test = match relation {
                    Relation::Equal => Test::among(name, Form::Any, values)?,
                    Relation::Greater | Relation::AtLeast | Relation::Less | Relation::AtMost => {
                        Test::Against(relation, Operand::read(name, Form::Any, one(name, values)?)?)
                    }
                };
                Extension::read(name, rest, test).map(Condition::Extension).map(Some)
            }
        }
    }
}

/// The parameters whose names are fixed.
pub(super) fn fixed() -> impl Iterator<Item = String> {
    let among = AMONG.iter().map(|row| row.name.to_owned());
    let against = AGAINST.iter().filter(|row| !row.name.contains('_')).flat_map(|row| {
        let relations: &'static [&'static str] =
            if row.form == Form::Number { &["GT", "GE", "LT", "LE"] } else { &["GE", "LT"] };
        relations.iter().map(move |relation| format!("{relation}_{}", row.name))
    });
    let exists = EXISTS.iter().map(|(name, _)| format!("EXISTS_{name}"));
    among.chain(against).chain(exists)
}

/// The one value of a parameter that takes one.
pub(super) fn one<'v>(name: &str, values: &'v [String]) -> Result<&'v str, QueryError> {
    match values {
        [value] => Ok(value),
        [] | [_, _, ..] => Err(QueryError::Several { name: super::error::shown(name) }),
    }
}

/// Whether a parameter that asks whether something is there is set: it may have no value.
pub(super) fn flag(name: &str, text: &str) -> Result<bool, QueryError> {
    match text {
        "" | "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(QueryError::value(name, text, "true or false")),
    }
}

fn existing(name: &str, rest: &str, values: &[String]) -> Result<Option<Condition>, QueryError> {
    let condition = match EXISTS.iter().find(|(known, _)| *known == rest) {
        Some((_, paths)) => Condition::Field { paths, test: Test::Exists },
        None => Condition::Extension(Extension::read(name, rest, Test::Exists)?),
    };
    Ok(flag(name, one(name, values)?)?.then_some(condition))
}

fn typed(name: &str, relation: Relation, rest: &str, values: &[String]) -> Result<Option<Condition>, QueryError> {
    let found = TYPED.iter().find_map(|row| Some((row, rest.strip_prefix(row.0)?)));
    let Some(((_, paths, words, member), kind)) = found.filter(|_| relation == Relation::Equal) else {
        return Ok(None);
    };
    if kind.is_empty() {
        return Err(QueryError::unknown(name));
    }
    let form = Form::Word(*words);
    let kind = Kind { member: "type", form, value: form.normal(kind) };
    let test = Test::among(name, Form::Name, values)?;
    Ok(Some(Condition::Part { paths, kind, member, test }))
}

fn measured(name: &str, relation: Relation, rest: &str, values: &[String]) -> Result<Option<Condition>, QueryError> {
    let is_unit = |text: &str| {
        (2..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let found = MEASURED.iter().find_map(|row| Some((row, rest.strip_prefix(row.0)?.strip_prefix('_')?)));
    let Some(((member, paths), unit)) = found.filter(|(_, unit)| is_unit(unit)) else { return Ok(None) };
    let kind = Kind { member: "uom", form: Form::Plain, value: unit.to_owned() };
    let test = match relation {
        Relation::Equal => Test::among(name, Form::Number, values)?,
        Relation::Greater | Relation::AtLeast | Relation::Less | Relation::AtMost => {
            Test::Against(relation, Operand::read(name, Form::Number, one(name, values)?)?)
        }
    };
    Ok(Some(Condition::Part { paths, kind, member, test }))
}

/// The names that a condition asks the things of an event to have, and whether a parent counts among them.
pub(super) fn names(condition: &Condition) -> Option<(&[Name], bool)> {
    let Condition::Field { paths, test: Test::Names(names) } = condition else { return None };
    let is_parent = |path: &Path| *path == ["parentID"];
    Some((names.as_slice(), paths.iter().any(is_parent)))
}

/// The extension field that results are ordered by.
pub(super) fn order_field(name: &str) -> Result<Field, QueryError> {
    Field::read(name).ok_or_else(|| QueryError::value("orderBy", name, "eventTime, recordTime or an extension field"))
}
