//! The description of the interface, OpenAPI 3.1, made from the types that are answered.

use super::epcis_query;
use api::{
    Problem,
    login::{ChallengeRequest, LoginChallenge, LoginRequest, LoginToken, WhoAmI},
    network::{
        BlockEvent, BlockView, EvidenceView, HistoryQuery, HistoryView, NetworkView, PackDocument, ReadyView,
        StatusView, ValidatorsView, VersionView,
    },
    paths,
    tx::{BatchAccepted, DryRun, SubmitQuery, TxAccepted, TxStatus, WaitQuery},
    view::{
        AlertView, AlertsQuery, AuditQuery, AuditView, BundleQuery, ClassView, DocumentView, DocumentsQuery,
        DutiesQuery, DutyView, EntryView, EventView, FeedQuery, GrantView, HoldOnItem, ItemView, ItemsQuery, KeyView,
        OrgView, Page, PageQuery, PassageQuery, PermitsQuery, ProposalView, RegistryQuery, SealKeyView,
    },
};
use utoipa::{
    IntoParams, OpenApi, ToSchema,
    openapi::{
        ContentBuilder, HttpMethod, InfoBuilder, Ref, RefOr, Required, ResponseBuilder, ResponsesBuilder,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, Paths},
        request_body::RequestBodyBuilder,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

/// Name of the security scheme.
const TOKEN: &str = "token";
pub(super) const JSON: &str = "application/json";
const TEXT: &str = "text/plain";
const HTML: &str = "text/html";

#[derive(OpenApi)]
#[openapi(components(schemas(
    Problem, ChallengeRequest, LoginChallenge, LoginRequest, LoginToken, WhoAmI, BlockEvent, BlockView, HistoryView,
    NetworkView, ReadyView, StatusView, ValidatorsView, VersionView, BatchAccepted, DryRun, TxAccepted, TxStatus,
    ItemView, OrgView, KeyView, ClassView, GrantView, ProposalView, PackDocument, Page<ItemView>, Page<EventView>,
    Page<OrgView>, Page<KeyView>, Page<ClassView>, Page<HoldOnItem>, Page<EvidenceView>, Page<GrantView>,
    Page<EntryView>, Page<DutyView>, Page<ProposalView>, Page<AlertView>, Page<AuditView>, DocumentView,
    Page<DocumentView>, SealKeyView,
)))]
struct Schemas;

/// Content: media type, and the schema where it is JSON.
pub(super) type Content = (&'static str, Option<fn() -> String>);

/// One thing that can be asked.
pub(super) struct Route {
    pub(super) method: HttpMethod,
    /// As OpenAPI writes it.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) token: bool,
    pub(super) query: Option<fn() -> Vec<Parameter>>,
    pub(super) body: Option<Content>,
    pub(super) status: &'static str,
    pub(super) answer: Option<Content>,
    /// What is answered under another status, and is no problem.
    pub(super) others: &'static [(&'static str, Content)],
}

impl Route {
    /// The method, in small letters.
    pub(super) fn method_word(&self) -> &'static str {
        match self.method {
            HttpMethod::Post => "post",
            HttpMethod::Delete => "delete",
            _ => "get",
        }
    }
}

/// Several registrations carry the code: they are listed instead.
const SEVERAL: &[(&str, Content)] = &[("300", json(page::<ItemView>))];

fn query<T: IntoParams>() -> Vec<Parameter> {
    T::into_params(|| Some(ParameterIn::Query))
}

fn name<T: ToSchema>() -> String {
    T::name().into_owned()
}

/// The name under which a page of something stands among the schemas.
fn page<T: ToSchema>() -> String {
    format!("Page_{}", T::name())
}

pub(super) const fn get(path: &'static str, summary: &'static str, answer: Content) -> Route {
    Route {
        method: HttpMethod::Get,
        path,
        summary,
        token: true,
        query: None,
        body: None,
        status: "200",
        answer: Some(answer),
        others: &[],
    }
}

const fn post(path: &'static str, summary: &'static str, body: Content, answer: Content) -> Route {
    Route { method: HttpMethod::Post, body: Some(body), token: false, ..get(path, summary, answer) }
}

const fn open(route: Route) -> Route {
    Route { token: false, ..route }
}

const fn json(schema: fn() -> String) -> Content {
    (JSON, Some(schema))
}

/// Everything that is served, but for EPCIS.
const ROUTES: &[Route] = &[
    Route {
        query: Some(query::<SubmitQuery>),
        status: "202",
        others: &[("200", json(name::<DryRun>))],
        ..post(
            paths::TX,
            "Send a signed transaction, or judge a draft",
            (paths::OCTETS, None),
            json(name::<TxAccepted>),
        )
    },
    post(paths::TX_BATCH, "Send many signed transactions", (paths::OCTETS, None), json(name::<BatchAccepted>)),
    Route {
        query: Some(query::<WaitQuery>),
        ..get(paths::TX_ONE, "What became of a transaction", json(name::<TxStatus>))
    },
    Route { query: Some(query::<ItemsQuery>), ..get(paths::ITEMS, "Items", json(page::<ItemView>)) },
    Route {
        query: Some(query::<PageQuery>),
        others: SEVERAL,
        ..get("/v1/items/{key}", "An item, by identity or code", json(name::<ItemView>))
    },
    Route {
        query: Some(query::<PageQuery>),
        others: SEVERAL,
        ..get("/v1/items/{key}/events", "The events of an item", json(page::<EventView>))
    },
    Route {
        query: Some(query::<BundleQuery>),
        others: SEVERAL,
        ..get("/v1/items/{key}/bundle", "The bundle of an item, for verification offline", (JSON, None))
    },
    Route {
        query: Some(query::<PassageQuery>),
        others: SEVERAL,
        ..get("/v1/items/{key}/passage", "That an item has departed to another network", (JSON, None))
    },
    Route { query: Some(query::<PageQuery>), ..get(paths::ORGS, "Organisations", json(page::<OrgView>)) },
    get(paths::ORG, "An organisation", json(name::<OrgView>)),
    Route {
        query: Some(query::<PageQuery>),
        ..get(paths::ORG_KEYS, "The keys of an organisation", json(page::<KeyView>))
    },
    Route {
        query: Some(query::<FeedQuery>),
        ..get(paths::ORG_FEED, "All that touched an organisation, for verification offline", (JSON, None))
    },
    get(paths::ORG_SEAL_KEY, "The key to which documents for an organisation are sealed", json(name::<SealKeyView>)),
    get("/v1/codes/{key}/absence", "That nobody registered a code, for verification offline", (JSON, None)),
    get(paths::KEY, "A key", json(name::<KeyView>)),
    Route { query: Some(query::<PageQuery>), ..get(paths::CLASSES, "Item classes", json(page::<ClassView>)) },
    get(paths::CLASS, "An item class, by identity or GTIN", json(name::<ClassView>)),
    Route { query: Some(query::<PageQuery>), ..get(paths::HOLDS, "Holds in force", json(page::<HoldOnItem>)) },
    Route {
        query: Some(query::<PermitsQuery>),
        ..get(paths::PERMITS, "Grants: permits, plans, clearance proofs, filings", json(page::<GrantView>))
    },
    get(paths::PERMIT, "A grant", json(name::<GrantView>)),
    Route {
        query: Some(query::<RegistryQuery>),
        ..get(paths::REGISTRY, "The entries of a registry", json(page::<EntryView>))
    },
    Route { query: Some(query::<DutiesQuery>), ..get(paths::DUTIES, "Duties to report", json(page::<DutyView>)) },
    Route {
        query: Some(query::<PageQuery>),
        ..get(paths::PROPOSALS, "Changes put to those who must sign them", json(page::<ProposalView>))
    },
    get(paths::PROPOSAL, "A proposal", json(name::<ProposalView>)),
    Route { query: Some(query::<AlertsQuery>), ..get(paths::ALERTS, "Alerts", json(page::<AlertView>)) },
    Route { query: Some(query::<AuditQuery>), ..get(paths::AUDIT, "The audit trail", json(page::<AuditView>)) },
    get(paths::PACK, "A policy pack with its text", json(name::<PackDocument>)),
    Route {
        query: Some(query::<DocumentsQuery>),
        ..get(paths::DOCUMENTS, "Sealed documents for the caller's organisation, or of it", json(page::<DocumentView>))
    },
    Route {
        token: true,
        status: "201",
        ..post(
            paths::DOCUMENTS,
            "Leave a sealed document for its recipients",
            (paths::OCTETS, None),
            json(name::<DocumentView>),
        )
    },
    Route {
        others: &[("206", (paths::OCTETS, None))],
        ..get(paths::DOCUMENT, "A sealed document, or a range of its bytes", (paths::OCTETS, None))
    },
    Route {
        method: HttpMethod::Delete,
        status: "204",
        answer: None,
        ..get(paths::DOCUMENT, "Erase a document for good, as its depositor", (JSON, None))
    },
    get(paths::BLOCK, "A block, or the latest", json(name::<BlockView>)),
    Route {
        query: Some(query::<HistoryQuery>),
        ..get(paths::BLOCK_HISTORY, "The place of a block in the list of the first blocks", json(name::<HistoryView>))
    },
    get(paths::VALIDATORS, "The agencies that vote now, next and before", json(name::<ValidatorsView>)),
    Route {
        query: Some(query::<PageQuery>),
        ..get(paths::EVIDENCE, "Evidence of double signing", json(page::<EvidenceView>))
    },
    open(get(paths::NETWORK, "The network", json(name::<NetworkView>))),
    get(
        paths::GENESIS,
        "The genesis, canonical bytes; the trust file, where it tells of what the reader may not see",
        (paths::OCTETS, None),
    ),
    post(
        paths::LOGIN_CHALLENGE,
        "A challenge for a key to sign",
        json(name::<ChallengeRequest>),
        json(name::<LoginChallenge>),
    ),
    post(paths::LOGIN, "A token for an answered challenge", json(name::<LoginRequest>), json(name::<LoginToken>)),
    Route {
        method: HttpMethod::Post,
        status: "204",
        answer: None,
        ..get(paths::LOGOUT, "End the token", (JSON, None))
    },
    get(paths::WHOAMI, "Who the token stands for", json(name::<WhoAmI>)),
    get(paths::STREAM, "Blocks as they become durable; Last-Event-ID continues", ("text/event-stream", None)),
    open(get(paths::STATUS, "How the node is", json(name::<StatusView>))),
    open(get(paths::LIVEZ, "Whether the process lives", (TEXT, None))),
    Route {
        others: &[("503", json(name::<ReadyView>))],
        ..open(get(
            paths::READYZ,
            "Whether the node can serve and vote; ?verbose lists the checks",
            json(name::<ReadyView>),
        ))
    },
    open(get(paths::METRICS, "Figures, OpenMetrics text", (TEXT, None))),
    open(get(paths::VERSION, "The version", json(name::<VersionView>))),
    open(get(paths::OPENAPI, "This description", (JSON, None))),
    open(get(paths::DOCS, "This description as a page for people", (HTML, None))),
];

/// Everything that is served.
pub(super) fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().chain(epcis_query::ROUTES)
}

/// The description as JSON.
pub(super) fn document() -> Result<Vec<u8>, serde_json::Error> {
    let mut document = Schemas::openapi();
    document.info = InfoBuilder::new()
        .title("Hufu node")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Errors are RFC 9457 problem details with a stable code; `lang` chooses their language."))
        .build();
    if let Some(components) = document.components.as_mut() {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.security_schemes.insert(TOKEN.into(), SecurityScheme::Http(scheme));
    }
    let mut paths = Paths::new();
    for route in routes() {
        paths.add_path_operation(route.path, vec![route.method.clone()], operation(route));
    }
    document.paths = paths;
    serde_json::to_vec(&document)
}

fn operation(route: &Route) -> utoipa::openapi::path::Operation {
    let problem = ContentBuilder::new().schema(Some(reference(&name::<Problem>()))).build();
    let failure = ResponseBuilder::new().description("A problem").content(paths::PROBLEM_JSON, problem).build();
    let mut answer = ResponseBuilder::new().description(route.summary);
    if let Some(of) = &route.answer {
        answer = answer.content(of.0, content(of));
    }
    let mut responses = ResponsesBuilder::new().response(route.status, answer.build()).response("default", failure);
    for (status, of) in route.others {
        let other = ResponseBuilder::new().description(route.summary).content(of.0, content(of));
        responses = responses.response(*status, other.build());
    }
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(route)))
        .summary(Some(route.summary))
        .responses(responses.build());
    for segment in route.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')) {
        let parameter = ParameterBuilder::new()
            .name(segment)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()));
        operation = operation.parameter(parameter.build());
    }
    for parameter in route.query.map(|query| query()).unwrap_or_default() {
        operation = operation.parameter(parameter);
    }
    if let Some(of) = &route.body {
        let body = RequestBodyBuilder::new().content(of.0, content(of)).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    if route.token {
        operation = operation.security(SecurityRequirement::new(TOKEN, Vec::<String>::new()));
    }
    operation.build()
}

fn reference(schema: &str) -> Ref {
    Ref::from_schema_name(schema)
}

/// Content with a schema of its own, or with the type that a generator needs to know; of JSON that a page or a standard
/// describes nothing is said.
fn content(of: &Content) -> utoipa::openapi::Content {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let schema: Option<RefOr<Schema>> = match *of {
        (_, Some(name)) => Some(reference(&name()).into()),
        (JSON, None) => None,
        (paths::OCTETS, None) => Some(text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).into()),
        (_, None) => Some(text.into()),
    };
    ContentBuilder::new().schema(schema).build()
}

/// The name under which programs know a request: method and path, as `getItemsByKeyEvents`.
fn operation_id(route: &Route) -> String {
    let mut id = route.method_word().to_owned();
    for segment in route.path.split('/').filter(|segment| !matches!(*segment, "" | "v1")) {
        let (by, segment) = match segment.strip_prefix('{') {
            Some(parameter) => ("By", parameter.trim_end_matches('}')),
            None => ("", segment),
        };
        id.push_str(by);
        for word in segment.split(['-', '.', '_']) {
            let mut letters = word.chars();
            id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            id.push_str(letters.as_str());
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::gate::gate;
    use custody::visibility::{Reader, visible};
    use serde_json::Value;
    use std::{collections::BTreeSet, env, fs, path::Path};

    fn json_document() -> Value {
        serde_json::from_slice(&document().unwrap()).unwrap()
    }

    #[test]
    fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
        let document = json_document();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let text = document.to_string();
        for reference in text.split("\"#/components/schemas/").skip(1).filter_map(|r| r.split('"').next()) {
            assert!(document["components"]["schemas"].get(reference).is_some(), "{reference}");
        }
    }

    #[test]
    fn what_needs_no_token_is_what_was_decided() {
        let open: Vec<_> = routes().filter(|r| !r.token).map(|r| r.path).collect();
        let expected = [
            paths::TX,
            paths::TX_BATCH,
            paths::NETWORK,
            paths::LOGIN_CHALLENGE,
            paths::LOGIN,
            paths::STATUS,
            paths::LIVEZ,
            paths::READYZ,
            paths::METRICS,
            paths::VERSION,
            paths::OPENAPI,
            paths::DOCS,
        ];
        assert_eq!(open, expected);
        for route in routes() {
            assert_eq!(route.token, !visible(&Reader::Stranger, &gate(route.path)), "{}", route.path);
        }
    }

    #[test]
    fn every_path_is_described_once() {
        let document = json_document();
        let described = document["paths"].as_object().unwrap();
        let methods: usize = described.values().map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(methods, routes().count());
        assert_eq!(described.len(), routes().map(|route| route.path).collect::<BTreeSet<_>>().len());
        assert_eq!(document["paths"]["/epcis/v2/queries/{id}"]["delete"]["security"][0]["token"], Value::Array(vec![]));
        assert_eq!(document["paths"]["/v1/tx/{id}"]["get"]["parameters"][0]["in"], "path");
        assert_eq!(document["paths"]["/v1/items"]["get"]["security"][0]["token"], Value::Array(vec![]));
    }

    /// `HUFU_BLESS=1 cargo test -p node openapi` writes the file instead.
    #[test]
    fn the_file_says_what_is_served() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
        let served = json_document();
        if env::var_os("HUFU_BLESS").is_some() {
            fs::write(&file, serde_json::to_string_pretty(&served).unwrap() + "\n").unwrap();
        }
        let written: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for part in ["paths", "components"] {
            assert_eq!(written[part].as_object().map(|m| m.len()), served[part].as_object().map(|m| m.len()), "{part}");
            for (name, value) in served[part].as_object().unwrap() {
                assert_eq!(&written[part][name], value, "{part} {name} of docs/openapi.json");
            }
        }
        assert_eq!(written, served);
    }

    #[test]
    fn every_request_has_a_name_of_its_own_and_all_content_a_type() {
        let names: BTreeSet<String> = routes().map(operation_id).collect();
        assert_eq!(names.len(), routes().count());
        for (route, name) in [(0, "postTx"), (2, "getTxById"), (5, "getItemsByKeyEvents"), (9, "getOrgsById")] {
            assert_eq!(operation_id(&ROUTES[route]), name);
        }
        let document = json_document();
        let typed = |content: &Value| {
            let mut contents = content.as_object().into_iter().flatten();
            contents.all(|(media, content)| {
                [JSON, paths::PROBLEM_JSON].contains(&media.as_str()) || content["schema"]["type"] == "string"
            })
        };
        for (path, methods) in document["paths"].as_object().unwrap() {
            for operation in methods.as_object().unwrap().values() {
                assert!(typed(&operation["requestBody"]["content"]), "{path}");
                let answers = operation["responses"].as_object().unwrap().values();
                assert!(answers.map(|answer| &answer["content"]).all(typed), "{path}");
            }
        }
    }

    /// The other way round, [`crate::http::tests`] asks for everything that is described.
    #[test]
    fn everything_served_is_described() {
        let described: BTreeSet<&str> = routes().map(|route| route.path).collect();
        let (served, epcis) = (include_str!("../http.rs"), include_str!("epcis_query.rs"));
        let tables = [include_str!("openapi.rs"), include_str!("epcis_query/description.rs")].concat();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let ends = |rest: &str| rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let own = served.split(".route(paths::").skip(1);
        let names: BTreeSet<&str> =
            own.chain(epcis.split("paths::EPCIS").skip(1)).map(|rest| &rest[..ends(rest)]).collect();
        assert!(names.len() > 60, "the routes were not found");
        // What takes the rest of a path is described by what may stand there; what no node does is answered 501.
        let apart = ["ITEM", "CODE", "_SUBSCRIPTIONS", "_SUBSCRIPTION", "_PAGE_TOKEN", "_CAPTURE", "_CAPTURE_JOB"];
        for name in names.iter().filter(|name| !apart.contains(name)) {
            let told = ["paths::", "paths::EPCIS"].iter().any(|start| tables.contains(&format!("{start}{name},")));
            assert!(told, "{name} is served and not described");
        }
        for path in [
            "/v1/items/{key}",
            "/v1/items/{key}/events",
            "/v1/items/{key}/bundle",
            "/v1/items/{key}/passage",
            "/v1/codes/{key}/absence",
        ] {
            assert!(described.contains(path), "{path}");
        }
    }
}
