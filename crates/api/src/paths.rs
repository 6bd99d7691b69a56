//! Where things are found. Templates are as axum and OpenAPI write them: `{name}` stands for one segment.

/// POST: canonical bytes of a [`ledger::SignedTx`] as `application/octet-stream` -> 202, `Location`, and a
/// [`crate::tx::TxAccepted`]. Idempotent by identity. With `?dry_run=1` the transaction is judged against the state
/// of now and nothing is sent: 200 and a [`crate::tx::DryRun`]. A dry run does not check signatures: the client puts
/// zeros in their place, so that nothing usable leaves it before a person has agreed.
pub const TX: &str = "/v1/tx";
/// POST: many signed transactions, each behind its length as a little-endian u32, together at most
/// [`MAX_BATCH_BYTES`] -> 200 and a [`crate::tx::BatchAccepted`] with an answer for each, in order.
pub const TX_BATCH: &str = "/v1/tx/batch";
/// GET: a [`crate::tx::TxStatus`]; `?wait=committed&timeout_ms=N` answers when it is decided, or after the time.
pub const TX_ONE: &str = "/v1/tx/{id}";
/// GET: a page of [`crate::view::ItemView`], see [`crate::view::ItemsQuery`].
pub const ITEMS: &str = "/v1/items";
/// GET, under [`ITEMS`]: everything that begins with an item. The rest of the path is an item identity or a GS1 Digital
/// Link path such as `01/09521100000017/10/L1`, and behind it nothing, `/events` or `/bundle`. Where several
/// registrations carry the code: 300 and a page of them.
pub const ITEM: &str = "/v1/items/{*key}";
/// Ends [`ITEM`]: a page of [`crate::view::EventView`].
pub const EVENTS: &str = "events";
/// Ends [`ITEM`]: the bundle, `application/json`, as `hufu verify` reads it.
pub const BUNDLE: &str = "bundle";
/// Ends [`ITEM`]: a [`crate::passage::PassageFile`], of an item that has departed to another network.
pub const PASSAGE: &str = "passage";
/// GET: a page of [`crate::view::OrgView`].
pub const ORGS: &str = "/v1/orgs";
/// GET: a [`crate::view::OrgView`].
pub const ORG: &str = "/v1/orgs/{id}";
/// GET: a page of [`crate::view::KeyView`].
pub const ORG_KEYS: &str = "/v1/orgs/{id}/keys";
/// GET: a [`crate::view::SealKeyView`]: the key to which documents for an organisation are sealed.
pub const ORG_SEAL_KEY: &str = "/v1/orgs/{id}/seal-key";
/// GET: what touched an organisation, as `hufu verify` reads it; see [`crate::view::FeedQuery`].
pub const ORG_FEED: &str = "/v1/orgs/{id}/feed";
/// GET, with [`ABSENCE`] behind the path of a GS1 Digital Link or `hufu:{scheme}/{value}`.
pub const CODE: &str = "/v1/codes/{*key}";
/// Ends [`CODE`]: the proof that nobody registered the code, as `hufu verify` reads it. 409 where somebody did.
pub const ABSENCE: &str = "absence";
/// GET: a [`crate::view::KeyView`].
pub const KEY: &str = "/v1/keys/{id}";
/// GET: a page of [`crate::view::ClassView`].
pub const CLASSES: &str = "/v1/classes";
/// GET: a [`crate::view::ClassView`], by class identity or GTIN.
pub const CLASS: &str = "/v1/classes/{id}";
/// GET: a page of [`crate::view::HoldOnItem`].
pub const HOLDS: &str = "/v1/holds";
/// GET: a page of [`crate::view::GrantView`], grants of all kinds; see [`crate::view::PermitsQuery`].
pub const PERMITS: &str = "/v1/permits";
/// GET: a [`crate::view::GrantView`].
pub const PERMIT: &str = "/v1/permits/{id}";
/// GET: a page of [`crate::view::EntryView`], by the word of a registry; see [`crate::view::RegistryQuery`].
pub const REGISTRY: &str = "/v1/registries/{registry}";
/// GET: a page of [`crate::view::DutyView`], see [`crate::view::DutiesQuery`].
pub const DUTIES: &str = "/v1/duties";
/// GET: a page of [`crate::view::ProposalView`].
pub const PROPOSALS: &str = "/v1/proposals";
/// GET: a [`crate::view::ProposalView`], by its transaction.
pub const PROPOSAL: &str = "/v1/proposals/{id}";
/// GET: a page of [`crate::view::AlertView`], see [`crate::view::AlertsQuery`].
pub const ALERTS: &str = "/v1/alerts";
/// GET: a page of [`crate::view::AuditView`], by number; see [`crate::view::AuditQuery`].
pub const AUDIT: &str = "/v1/audit";
/// GET: a [`crate::network::PackDocument`].
pub const PACK: &str = "/v1/packs/{hash}";
/// GET: a page of [`crate::view::DocumentView`], see [`crate::view::DocumentsQuery`]. POST: a sealed document as
/// `application/octet-stream`, at most [`ledger::sealed::MAX_BYTES`] -> 201, `Location`, a [`crate::view::DocumentView`].
pub const DOCUMENTS: &str = "/v1/documents";
/// GET: the bytes of a sealed document; `Range` gives a part. DELETE, by its depositor: erases it -> 204.
pub const DOCUMENT: &str = "/v1/documents/{id}";
/// GET: a [`crate::network::BlockView`]; `latest` stands for the last height.
pub const BLOCK: &str = "/v1/blocks/{height}";
/// GET: a [`crate::network::HistoryView`], see [`crate::network::HistoryQuery`].
pub const BLOCK_HISTORY: &str = "/v1/blocks/{height}/history";
/// GET: a [`crate::network::ValidatorsView`].
pub const VALIDATORS: &str = "/v1/validators";
/// GET: a page of [`crate::network::EvidenceView`].
pub const EVIDENCE: &str = "/v1/evidence";
/// GET: a [`crate::network::NetworkView`]. Needs no token.
pub const NETWORK: &str = "/v1/network";
/// GET: the canonical bytes of the genesis, `application/octet-stream`; to who may not see all that is in them the trust
/// file, `application/json`.
pub const GENESIS: &str = "/v1/genesis";
/// POST: a [`crate::login::ChallengeRequest`] -> a [`crate::login::LoginChallenge`]. Needs no token.
pub const LOGIN_CHALLENGE: &str = "/v1/login/challenge";
/// POST: a [`crate::login::LoginRequest`] -> a [`crate::login::LoginToken`]. Needs no token.
pub const LOGIN: &str = "/v1/login";
/// POST: ends the token it is sent with -> 204.
pub const LOGOUT: &str = "/v1/logout";
/// GET: a [`crate::login::WhoAmI`].
pub const WHOAMI: &str = "/v1/whoami";
/// GET: server-sent events; `block` with a [`crate::network::BlockEvent`], the event's id is the height, and
/// `Last-Event-ID` continues behind it.
pub const STREAM: &str = "/v1/stream";
/// GET: a [`crate::network::StatusView`].
pub const STATUS: &str = "/v1/status";
/// GET: 200 while the process lives.
pub const LIVEZ: &str = "/livez";
/// GET: 200 when the node can serve and vote; `?verbose` lists the checks.
pub const READYZ: &str = "/readyz";
/// GET: Prometheus text.
pub const METRICS: &str = "/metrics";
/// GET: a [`crate::network::VersionView`].
pub const VERSION: &str = "/version";
/// GET: the OpenAPI description.
pub const OPENAPI: &str = "/openapi.json";
/// GET: the same as a page for people, `text/html`.
pub const DOCS: &str = "/docs";

/// The query side of the REST binding of EPCIS 2.0 begins here. GET: the collection of its resources.
pub const EPCIS: &str = "/epcis/v2";
/// GET: events, by the parameters of the simple event query.
pub const EPCIS_EVENTS: &str = "/epcis/v2/events";
/// GET: one event, by `eventID`, or as `urn:hufu:event:{item}:{n}`.
pub const EPCIS_EVENT: &str = "/epcis/v2/events/{id}";
/// GET: types of events.
pub const EPCIS_EVENT_TYPES: &str = "/epcis/v2/eventTypes";
/// GET: what there is of a type of event.
pub const EPCIS_EVENT_TYPE: &str = "/epcis/v2/eventTypes/{id}";
/// GET: events of a type.
pub const EPCIS_EVENT_TYPE_EVENTS: &str = "/epcis/v2/eventTypes/{id}/events";
/// GET: names of things and classes.
pub const EPCIS_EPCS: &str = "/epcis/v2/epcs";
/// GET: what there is of a thing or class.
pub const EPCIS_EPC: &str = "/epcis/v2/epcs/{id}";
/// GET: events of a thing or class.
pub const EPCIS_EPC_EVENTS: &str = "/epcis/v2/epcs/{id}/events";
/// GET: business steps.
pub const EPCIS_BIZ_STEPS: &str = "/epcis/v2/bizSteps";
/// GET: what there is of a business step.
pub const EPCIS_BIZ_STEP: &str = "/epcis/v2/bizSteps/{id}";
/// GET: events of a business step.
pub const EPCIS_BIZ_STEP_EVENTS: &str = "/epcis/v2/bizSteps/{id}/events";
/// GET: business locations.
pub const EPCIS_BIZ_LOCATIONS: &str = "/epcis/v2/bizLocations";
/// GET: what there is of a business location.
pub const EPCIS_BIZ_LOCATION: &str = "/epcis/v2/bizLocations/{id}";
/// GET: events of a business location.
pub const EPCIS_BIZ_LOCATION_EVENTS: &str = "/epcis/v2/bizLocations/{id}/events";
/// GET: read points.
pub const EPCIS_READ_POINTS: &str = "/epcis/v2/readPoints";
/// GET: what there is of a read point.
pub const EPCIS_READ_POINT: &str = "/epcis/v2/readPoints/{id}";
/// GET: events of a read point.
pub const EPCIS_READ_POINT_EVENTS: &str = "/epcis/v2/readPoints/{id}/events";
/// GET: dispositions.
pub const EPCIS_DISPOSITIONS: &str = "/epcis/v2/dispositions";
/// GET: what there is of a disposition.
pub const EPCIS_DISPOSITION: &str = "/epcis/v2/dispositions/{id}";
/// GET: events of a disposition.
pub const EPCIS_DISPOSITION_EVENTS: &str = "/epcis/v2/dispositions/{id}/events";
/// GET: the named queries of the caller's organisation. POST: a new one -> 201, `Location`.
pub const EPCIS_QUERIES: &str = "/epcis/v2/queries";
/// GET: a named query. DELETE: ends it -> 204.
pub const EPCIS_QUERY: &str = "/epcis/v2/queries/{id}";
/// GET: the events that a named query asks for.
pub const EPCIS_QUERY_EVENTS: &str = "/epcis/v2/queries/{id}/events";
/// 501: subscriptions are the gateway's.
pub const EPCIS_SUBSCRIPTIONS: &str = "/epcis/v2/queries/{id}/subscriptions";
/// 501, likewise.
pub const EPCIS_SUBSCRIPTION: &str = "/epcis/v2/queries/{id}/subscriptions/{subscription}";
/// 501: nothing is kept for the token of a page.
pub const EPCIS_PAGE_TOKEN: &str = "/epcis/v2/nextPageToken/{id}";
/// 501: events are captured at the gateway.
pub const EPCIS_CAPTURE: &str = "/epcis/v2/capture";
/// 501, likewise.
pub const EPCIS_CAPTURE_JOB: &str = "/epcis/v2/capture/{id}";

/// Media type of canonical bytes.
pub const OCTETS: &str = "application/octet-stream";
/// Media type of a [`crate::Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Most bytes of a body at [`TX_BATCH`].
pub const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Most transactions in one body at [`TX_BATCH`].
pub const MAX_BATCH_TXS: usize = 10_000;
/// Longest `timeout_ms` at [`TX_ONE`], in milliseconds.
pub const MAX_WAIT_MS: u64 = 60_000;
/// Entries of a page that is not told otherwise.
pub const DEFAULT_LIMIT: u32 = 100;
/// Most entries of a page.
pub const MAX_LIMIT: u32 = 1_000;

/// Fills the one `{…}` of a template.
pub fn fill(template: &str, value: &str) -> String {
    match (template.find('{'), template.find('}')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{value}{}", &template[..open], &template[close + 1..])
        }
        _ => template.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled() {
        assert_eq!(fill(ORG_KEYS, "ab"), "/v1/orgs/ab/keys");
        assert_eq!(fill(ITEM, "01/09521100000017/10/L1"), "/v1/items/01/09521100000017/10/L1");
        assert_eq!(fill(CODE, "01/09521100000017/10/L1/absence"), "/v1/codes/01/09521100000017/10/L1/absence");
        assert_eq!(fill(ITEMS, "x"), "/v1/items");
        assert_eq!(fill(REGISTRY, "white-list"), "/v1/registries/white-list");
    }
}
