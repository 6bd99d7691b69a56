//! Named queries: an organisation keeps some on a node, and a restart loses none. They are no part of the ledger, and not
//! known to other nodes.

use super::{SIMPLE, answer::Asked, pairs, refused, told};
use crate::http::{
    Server, Shared, body,
    failure::{Failure, code, shown},
    login::Caller,
};
use api::paths;
use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use epcis::{Map, Value, json, query::Query};
use ledger::OrgId;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path as FilePath, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Most queries of an organisation.
const MAX_OF_ORG: usize = 32;
/// Most queries of a node.
const MAX_QUERIES: usize = 512;
/// Longest definition, in bytes.
const MAX_DEFINITION: usize = 8 * 1024;
/// Longest name, in characters.
const MAX_NAME: usize = 64;
/// Longest file: all queries as texts within a text, and what stands around them.
const MAX_FILE_BYTES: usize = MAX_QUERIES * (2 * MAX_DEFINITION + 512);
const SCHEMA: &str = "hufu.queries/1";

/// Queries by organisation and name.
type Queries = BTreeMap<(OrgId, String), Value>;

/// The named queries of this node.
pub(in crate::http) struct Named {
    file: Option<PathBuf>,
    queries: Mutex<Queries>,
}

impl Named {
    /// What the file holds, and none where there is no file. One that cannot be read is put aside under another name: a
    /// query is soon written again, and nothing rests on it.
    pub(in crate::http) fn open(file: Option<PathBuf>) -> io::Result<Named> {
        let queries = match &file {
            None => Queries::default(),
            Some(path) => match content(path)?.map(|bytes| read(&bytes)) {
                None => Queries::default(),
                Some(Some(queries)) => queries,
                Some(None) => {
                    let aside = path.with_extension("damaged");
                    fs::rename(path, &aside)?;
                    tracing::error!(aside = %aside.display(), "named queries cannot be read and are put aside");
                    Queries::default()
                }
            },
        };
        Ok(Named { file, queries: Mutex::new(queries) })
    }

    fn queries(&self) -> MutexGuard<'_, Queries> {
        self.queries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(&self, org: &OrgId) -> Vec<Value> {
        let queries = self.queries();
        queries.iter().filter(|((of, _), _)| of == org).map(|((_, name), query)| definition(name, query)).collect()
    }

    fn get(&self, org: &OrgId, name: &str) -> Option<Value> {
        self.queries().get(&(*org, name.to_owned())).cloned()
    }

    /// Keeps a query; it is durable when this returns.
    fn add(&self, org: OrgId, name: &str, query: &Value) -> Result<(), Failure> {
        let mut queries = self.queries();
        let key = (org, name.to_owned());
        if queries.contains_key(&key) {
            return Err(Failure::new(code::QUERY_TAKEN).with("name", shown(name)));
        }
        let own = queries.keys().filter(|(of, _)| *of == org).count();
        if own >= MAX_OF_ORG {
            return Err(Failure::new(code::QUERIES_SHARE).with("max", MAX_OF_ORG.to_string()));
        }
        if queries.len() >= MAX_QUERIES {
            return Err(Failure::new(code::QUERIES_FULL).with("max", MAX_QUERIES.to_string()));
        }
        let mut changed = queries.clone();
        changed.insert(key, query.clone());
        self.keep(changed, &mut queries)
    }

    /// Ends a query; false where there is none.
    fn end(&self, org: OrgId, name: &str) -> Result<bool, Failure> {
        let mut queries = self.queries();
        let mut changed = queries.clone();
        if changed.remove(&(org, name.to_owned())).is_none() {
            return Ok(false);
        }
        self.keep(changed, &mut queries).map(|()| true)
    }

    fn keep(&self, changed: Queries, queries: &mut Queries) -> Result<(), Failure> {
        if let Some(path) = &self.file {
            write(path, &changed).map_err(|error| Failure::fault("keep a named query", error))?;
        }
        *queries = changed;
        Ok(())
    }
}

/// The bytes of a file; none where there is no file. Beyond the bound they are none that were written here.
fn content(path: &FilePath) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn read(bytes: &[u8]) -> Option<Queries> {
    let document = json::parse(bytes).ok().filter(|_| bytes.len() <= MAX_FILE_BYTES)?;
    document.get("schema").and_then(Value::as_text).filter(|schema| *schema == SCHEMA)?;
    let list = document.get("queries")?.as_list()?;
    let entry = |entry: &Value| {
        let org = entry.get("org")?.as_text()?.parse().ok()?;
        let name = entry.get("name")?.as_text()?.to_owned();
        let query = json::parse(entry.get("query")?.as_text()?.as_bytes()).ok()?;
        Some(((org, name), query))
    };
    list.iter().map(entry).collect()
}

/// Replaces the file as a whole: whatever ends this on the way leaves the old one as it was.
fn write(path: &FilePath, queries: &Queries) -> io::Result<()> {
    let entry = |((org, name), query): (&(OrgId, String), &Value)| {
        let members = [("org", org.to_string()), ("name", name.clone()), ("query", query.to_string())];
        Value::Map(members.into_iter().collect())
    };
    let list: Vec<Value> = queries.iter().map(entry).collect();
    let document: Map = [("schema", Value::from(SCHEMA)), ("queries", list.into())].into_iter().collect();
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(Value::Map(document).to_string().as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(path.parent().unwrap_or(FilePath::new(".")))?.sync_all()
}

/// A query as it is shown.
fn definition(name: &str, query: &Value) -> Value {
    let members = [("name", Value::from(name)), ("query", query.clone())];
    Value::Map(members.into_iter().collect())
}

/// Name and query of a definition, which says nothing else.
fn defined(bytes: &[u8]) -> Result<(String, Value), Failure> {
    let document = json::parse(bytes).map_err(|error| Failure::said(error.code(), error.params()))?;
    let wrong = |at: &str| Failure::new(code::QUERY_BODY).with("at", shown(at));
    let members = document.as_map().ok_or_else(|| wrong("the definition"))?;
    if let Some((other, _)) = members.iter().find(|(name, _)| !["name", "query"].contains(name)) {
        return Err(wrong(other));
    }
    let name = members.get("name").and_then(Value::as_text).ok_or_else(|| wrong("name"))?;
    let is_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_char) || name == SIMPLE {
        return Err(Failure::new(code::QUERY_NAME).with("input", shown(name)));
    }
    let query = members.get("query").ok_or_else(|| wrong("query"))?;
    Query::read_json(query).map_err(refused)?;
    Ok((name.to_owned(), query.clone()))
}

impl Server {
    fn query(&self, org: &OrgId, name: &str) -> Result<Value, Failure> {
        self.queries.get(org, name).ok_or_else(|| Failure::not_found("named query", name))
    }
}

/// `GET /epcis/v2/queries`.
pub(super) async fn list(State(server): State<Shared>, caller: Caller, asked: Asked) -> Response {
    asked.page(&server.queries.list(&caller.session.org).into(), None)
}

/// `POST /epcis/v2/queries`.
pub(super) async fn create(
    State(server): State<Shared>,
    caller: Caller,
    _: Asked,
    request: Request,
) -> Result<Response, Failure> {
    let media = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    let is_json = |media: &str| {
        let media = media.split(';').next().unwrap_or_default().trim();
        ["application/json", "application/ld+json"].iter().any(|known| media.eq_ignore_ascii_case(known))
    };
    if media.is_some_and(|media| !is_json(media)) {
        return Err(Failure::new(code::MEDIA));
    }
    let bytes = body::read(request.into_body(), MAX_DEFINITION).await?;
    let (name, query) = defined(&bytes)?;
    let location = format!("{}/{name}", paths::EPCIS_QUERIES);
    let org = caller.session.org;
    server.blocking(move |server| server.queries.add(org, &name, &query)).await?;
    let mut response = StatusCode::CREATED.into_response();
    // A name is of characters that may stand in a header.
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `GET /epcis/v2/queries/{id}`.
pub(super) async fn one(
    State(server): State<Shared>,
    caller: Caller,
    asked: Asked,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let query = server.query(&caller.session.org, &name)?;
    Ok(asked.page(&definition(&name, &query), None))
}

/// `DELETE /epcis/v2/queries/{id}`.
pub(super) async fn remove(
    State(server): State<Shared>,
    caller: Caller,
    _: Asked,
    Path(name): Path<String>,
) -> Result<StatusCode, Failure> {
    let org = caller.session.org;
    let missing = Failure::not_found("named query", &name);
    match server.blocking(move |server| server.queries.end(org, &name)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(missing),
    }
}

/// `GET /epcis/v2/queries/{id}/events`. The URL says which page, and may ask for more.
pub(super) async fn events(
    State(server): State<Shared>,
    caller: Caller,
    asked: Asked,
    uri: Uri,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let kept = server.query(&caller.session.org, &name)?;
    let own = Query::read_json(&kept).map_err(refused)?;
    let query = own.and(Query::read(&pairs(&uri)?).map_err(refused)?).map_err(refused)?;
    told(server, caller, asked, &uri, (&name, query, Some(&kept))).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::catalogue::http_status;
    use ledger::Hash;

    const ORG: OrgId = OrgId(Hash([1; 32]));
    const OTHER: OrgId = OrgId(Hash([2; 32]));

    fn query() -> Value {
        json::parse(br#"{"EQ_bizStep":["shipping"]}"#).unwrap()
    }

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("hufu-queries-{}", hex::encode(keys::random::<8>().unwrap())));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_query_outlives_the_process_and_is_its_organisations_own() {
        let folder = folder();
        let file = Some(folder.join("queries.json"));
        let named = Named::open(file.clone()).unwrap();
        named.add(ORG, "mine", &query()).unwrap();
        assert_eq!(named.add(ORG, "mine", &query()).unwrap_err().code(), code::QUERY_TAKEN);
        named.add(OTHER, "mine", &query()).unwrap();
        let again = Named::open(file.clone()).unwrap();
        assert_eq!((again.get(&ORG, "mine"), again.list(&ORG).len()), (Some(query()), 1));
        assert_eq!(again.end(ORG, "mine"), Ok(true));
        assert_eq!(again.end(ORG, "mine"), Ok(false));
        let again = Named::open(file.clone()).unwrap();
        assert_eq!((again.get(&ORG, "mine"), again.get(&OTHER, "mine")), (None, Some(query())));
        fs::write(folder.join("queries.json"), "{").unwrap();
        assert!(Named::open(file).unwrap().list(&OTHER).is_empty());
        assert!(folder.join("queries.damaged").exists());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_organisation_keeps_so_many_and_a_node_so_many() {
        let named = Named::open(None).unwrap();
        let refused = |org, code, status| {
            let failure = named.add(org, "more", &query()).unwrap_err();
            assert_eq!((failure.code(), http_status(failure.code())), (code, status));
        };
        let orgs = (1u8..).map(|n| OrgId(Hash([n; 32]))).take(MAX_QUERIES / MAX_OF_ORG);
        for org in orgs {
            for n in 0..MAX_OF_ORG {
                assert_eq!(named.add(org, &n.to_string(), &query()), Ok(()));
            }
            refused(org, code::QUERIES_SHARE, 429);
        }
        let last = OrgId(Hash([255; 32]));
        refused(last, code::QUERIES_FULL, 503);
        assert_eq!(named.end(ORG, "0"), Ok(true));
        assert_eq!(named.add(last, "more", &query()), Ok(()));
    }

    #[test]
    fn what_cannot_be_written_changes_nothing() {
        let folder = folder();
        let (path, new) = (folder.join("queries.json"), folder.join("queries.new"));
        let named = Named::open(Some(path.clone())).unwrap();
        named.add(ORG, "kept", &query()).unwrap();
        let before = fs::read(&path).unwrap();
        fs::create_dir(&new).unwrap();
        assert_eq!(named.add(ORG, "more", &query()).unwrap_err().code(), code::FAULT);
        assert_eq!(named.end(ORG, "kept").unwrap_err().code(), code::FAULT);
        assert_eq!((named.list(&ORG).len(), fs::read(&path).unwrap()), (1, before));
        // What a process left that ended while it wrote is no part of it, and in nobody's way.
        fs::remove_dir(&new).unwrap();
        fs::write(&new, r#"{"schema":"#).unwrap();
        let again = Named::open(Some(path.clone())).unwrap();
        assert_eq!(again.list(&ORG).len(), 1);
        again.add(ORG, "more", &query()).unwrap();
        assert_eq!(Named::open(Some(path)).unwrap().list(&ORG).len(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }

    /// What is written can be read again, however long it is.
    #[test]
    fn a_full_file_is_within_its_bound() {
        let folder = folder();
        let path = folder.join("queries.json");
        // Each of these characters takes two in a text, and four in a text within a text.
        let long = Value::from("\\".repeat(MAX_DEFINITION / 2 - 100));
        let query: Map = [("@context", long)].into_iter().collect();
        let entry = |n: usize| ((ORG, format!("{n:064}")), Value::Map(query.clone()));
        let queries: Queries = (0..MAX_QUERIES).map(entry).collect();
        write(&path, &queries).unwrap();
        assert!(fs::metadata(&path).unwrap().len() > (MAX_QUERIES * MAX_DEFINITION) as u64);
        let again = Named::open(Some(path)).unwrap();
        assert_eq!(*again.queries(), queries);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_definition_is_a_name_and_a_query() {
        let check = |text: &str, expect: Result<&str, &str>| {
            let found = defined(text.as_bytes()).map(|(name, _)| name);
            assert_eq!(found.as_deref().map_err(Failure::code), expect, "{text}");
        };
        check(r#"{"name":"my-1","query":{"EQ_action":["ADD"]}}"#, Ok("my-1"));
        check(r#"{"name":"a/b","query":{}}"#, Err(code::QUERY_NAME));
        check(r#"{"name":"SimpleEventQuery","query":{}}"#, Err(code::QUERY_NAME));
        check(r#"{"name":"a","query":{"EQ_action":["add"]}}"#, Err("H1681"));
        check(r#"{"name":"a","query":{},"stream":true}"#, Err(code::QUERY_BODY));
        check(r#"{"name":"a","name":"b","query":{}}"#, Err("H1505"));
        check(r#"[]"#, Err(code::QUERY_BODY));
        check(r#"{"query":{}}"#, Err(code::QUERY_BODY));
    }
}
