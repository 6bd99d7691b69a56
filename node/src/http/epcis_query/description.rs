//! What is served here, for the description of the interface.

use crate::http::openapi::{JSON, Route, get};
use api::paths;
use epcis::query;
use utoipa::openapi::{
    HttpMethod, Required,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Type},
};

/// An answer of EPCIS: the schemas are the standard's, and JSON-LD is given on request.
const fn list(path: &'static str, summary: &'static str) -> Route {
    Route { query: Some(page), ..get(path, summary, (JSON, None)) }
}

const fn one(path: &'static str, summary: &'static str) -> Route {
    get(path, summary, (JSON, None))
}

const fn events(path: &'static str, summary: &'static str) -> Route {
    Route { query: Some(simple), ..get(path, summary, (JSON, None)) }
}

/// Everything that is served here.
pub(in crate::http) const ROUTES: &[Route] = &[
    one(paths::EPCIS, "The resources of EPCIS"),
    events(paths::EPCIS_EVENTS, "Events, as an EPCISQueryDocument"),
    events(paths::EPCIS_EVENT, "An event, by eventID or as urn:hufu:event:{item}:{n}"),
    list(paths::EPCIS_EVENT_TYPES, "Types of events"),
    one(paths::EPCIS_EVENT_TYPE, "What there is of a type of event"),
    events(paths::EPCIS_EVENT_TYPE_EVENTS, "Events of a type"),
    list(paths::EPCIS_EPCS, "Names of things and classes"),
    one(paths::EPCIS_EPC, "What there is of a thing or class"),
    events(paths::EPCIS_EPC_EVENTS, "Events of a thing or class"),
    list(paths::EPCIS_BIZ_STEPS, "Business steps"),
    one(paths::EPCIS_BIZ_STEP, "What there is of a business step"),
    events(paths::EPCIS_BIZ_STEP_EVENTS, "Events of a business step"),
    list(paths::EPCIS_BIZ_LOCATIONS, "Business locations"),
    one(paths::EPCIS_BIZ_LOCATION, "What there is of a business location"),
    events(paths::EPCIS_BIZ_LOCATION_EVENTS, "Events of a business location"),
    list(paths::EPCIS_READ_POINTS, "Read points"),
    one(paths::EPCIS_READ_POINT, "What there is of a read point"),
    events(paths::EPCIS_READ_POINT_EVENTS, "Events of a read point"),
    list(paths::EPCIS_DISPOSITIONS, "Dispositions"),
    one(paths::EPCIS_DISPOSITION, "What there is of a disposition"),
    events(paths::EPCIS_DISPOSITION_EVENTS, "Events of a disposition"),
    one(paths::EPCIS_QUERIES, "The named queries of one's organisation"),
    Route {
        method: HttpMethod::Post,
        body: Some((JSON, None)),
        status: "201",
        answer: None,
        ..one(paths::EPCIS_QUERIES, "Keep a named query")
    },
    one(paths::EPCIS_QUERY, "A named query"),
    Route { method: HttpMethod::Delete, status: "204", answer: None, ..one(paths::EPCIS_QUERY, "End a named query") },
    events(paths::EPCIS_QUERY_EVENTS, "The events that a named query asks for"),
];

fn parameter(name: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
    parameter.required(Required::False).schema(Some(text)).build()
}

fn page() -> Vec<Parameter> {
    ["perPage", "nextPageToken"].map(parameter).into()
}

/// The parameters with a fixed name; those of extensions, types and units of measure have names without end.
fn simple() -> Vec<Parameter> {
    query::fixed_parameters().map(|name| parameter(&name)).collect()
}
