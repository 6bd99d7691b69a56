//! Contexts: what the prefixes of a document stand for.
//!
//! The profile is closed, so that nothing is fetched and nothing that somebody publishes elsewhere changes what a
//! document says: the contexts of GS1 are known by their addresses, and a document may add prefixes with their
//! namespaces, and types for names that have a prefix. Any other address or definition is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{EpcisError, shown};
use crate::source::MAX_MEMBERS;
use crate::value::{Map, Value};

/// The context that documents of our own name.
pub const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// The addresses under which GS1 publishes the context of EPCIS 2.0.
pub const GS1_CONTEXTS: [&str; 4] = [
    CONTEXT,
    "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld",
    "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    "https://gs1.github.io/EPCIS/epcis-context.jsonld",
];

/// The prefixes that the context of GS1 declares.
const GS1_PREFIXES: [(&str, &str); 8] = [
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("gs1", "https://gs1.org/voc/"),
    ("cbvmda", "urn:epcglobal:cbv:mda:"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("dcterms", "http://purl.org/dc/terms/"),
];

/// How many of these carry the words of the standard, and keep their meaning in every document.
const FIXED: usize = 3;

/// Prefixes that are beginnings of identifiers, which a definition would turn into others.
const SCHEMES: [&str; 3] = ["http", "https", "urn"];

/// The longest prefix, in bytes.
const MAX_PREFIX: usize = 64;

/// The longest namespace, in bytes.
pub const MAX_NAMESPACE: usize = 512;

/// What the prefixes of a document, or of an event in it, stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context(Arc<Scope>);

#[derive(Debug, PartialEq, Eq)]
struct Scope {
    prefixes: BTreeMap<String, String>,
    /// The context around this one: that of the document, where this is an event's.
    outer: Option<Context>,
    /// Whether a value such as `example:x` is short for another. It is in JSON-LD. In XML it is a URI as it stands, and
    /// only the prefixes of the standard's words are understood there.
    compact: bool,
}

impl Context {
    /// The context of GS1, and nothing beside it.
    #[must_use]
    pub fn gs1() -> Context {
        Context::new(BTreeMap::new(), None, true)
    }

    /// Reads the `@context` of a document, which must name a context of GS1.
    ///
    /// Errors: [`EpcisError::ContextMissing`], and those of [`Context::within`].
    pub fn read(context: &Value) -> Result<Context, EpcisError> {
        Context::of_document(context, true)
    }

    pub(crate) fn of_document(context: &Value, compact: bool) -> Result<Context, EpcisError> {
        let mut prefixes = BTreeMap::new();
        if !read(context, &mut prefixes)? {
            return Err(EpcisError::ContextMissing);
        }
        Ok(Context::new(prefixes, None, compact))
    }

    /// Reads the `@context` of an event within a document of this context.
    ///
    /// Errors: [`EpcisError::ContextUnknown`], [`EpcisError::ContextTerm`].
    pub fn within(&self, context: &Value) -> Result<Context, EpcisError> {
        let mut prefixes = BTreeMap::new();
        read(context, &mut prefixes)?;
        Ok(Context::new(prefixes, Some(self.clone()), self.0.compact))
    }

    fn new(prefixes: BTreeMap<String, String>, outer: Option<Context>, compact: bool) -> Context {
        Context(Arc::new(Scope { prefixes, outer, compact }))
    }

    /// What a prefix stands for.
    #[must_use]
    pub fn namespace(&self, prefix: &str) -> Option<&str> {
        match (self.0.prefixes.get(prefix), &self.0.outer) {
            (Some(namespace), _) => Some(namespace.as_str()),
            (None, Some(outer)) => outer.namespace(prefix),
            (None, None) => of_gs1(prefix),
        }
    }

    /// The full name of a member: `{namespace}local` of one that has a prefix or is a URI, and the name itself of any
    /// other, which then is one of the standard's.
    ///
    /// Errors: [`EpcisError::PrefixUnknown`].
    pub fn full_name(&self, member: &str) -> Result<String, EpcisError> {
        let Some((prefix, local)) = member.split_once(':') else {
            return Ok(member.to_owned());
        };
        let is_uri = local.starts_with("//") || prefix == "urn";
        if is_uri && member.len() <= MAX_NAMESPACE {
            let cut = member.rfind(['/', '#', ':']).map_or(0, |at| at + 1);
            let (namespace, local) = member.split_at_checked(cut).unwrap_or((member, ""));
            return Ok(format!("{{{namespace}}}{local}"));
        }
        match self.namespace(prefix).filter(|_| !is_uri) {
            Some(namespace) => Ok(format!("{{{namespace}}}{local}")),
            None => Err(EpcisError::PrefixUnknown { found: shown(member) }),
        }
    }

    /// The full URI of a value such as `cbv:BizStep-shipping`; `None` of any other value.
    #[must_use]
    pub fn expand(&self, value: &str) -> Option<String> {
        let (prefix, rest) = value.split_once(':')?;
        if rest.starts_with("//") || value.contains(char::is_whitespace) {
            return None;
        }
        let namespace = if self.0.compact { self.namespace(prefix) } else { fixed(prefix) };
        namespace.map(|namespace| format!("{namespace}{rest}"))
    }
}

/// Whether a document may give this namespace to this prefix.
pub(crate) fn may_define(prefix: &str, namespace: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=MAX_PREFIX).contains(&prefix.len())
        && prefix.chars().all(is_name)
        && !SCHEMES.contains(&prefix)
        && namespace.len() <= MAX_NAMESPACE
        && !namespace.is_empty()
        && !namespace.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}'))
        && fixed(prefix).is_none_or(|known| known == namespace)
}

fn of_gs1(prefix: &str) -> Option<&'static str> {
    GS1_PREFIXES.iter().find(|(known, _)| *known == prefix).map(|(_, namespace)| *namespace)
}

fn fixed(prefix: &str) -> Option<&'static str> {
    GS1_PREFIXES.iter().take(FIXED).find(|(known, _)| *known == prefix).map(|(_, namespace)| *namespace)
}

/// Reads a context, and says whether it names one of GS1.
fn read(context: &Value, prefixes: &mut BTreeMap<String, String>) -> Result<bool, EpcisError> {
    match context {
        Value::Text(address) if GS1_CONTEXTS.contains(&address.as_str()) => Ok(true),
        Value::Map(definitions) => define(definitions, prefixes).map(|()| false),
        Value::List(list) => {
            let mut named = false;
            for part in list {
                if matches!(part, Value::List(_)) {
                    return Err(EpcisError::ContextUnknown { found: "[".to_owned() });
                }
                named |= read(part, prefixes)?;
            }
            Ok(named)
        }
        Value::Text(address) => Err(EpcisError::ContextUnknown { found: shown(address) }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            Err(EpcisError::ContextUnknown { found: shown(&context.to_string()) })
        }
    }
}

fn define(definitions: &Map, prefixes: &mut BTreeMap<String, String>) -> Result<(), EpcisError> {
    for (name, definition) in definitions.iter() {
        let refused = || EpcisError::ContextTerm { found: shown(name) };
        match definition {
            Value::Text(namespace) if may_define(name, namespace) && namespace.contains(':') => {
                prefixes.insert(name.to_owned(), namespace.clone());
            }
            // Of which type the values of a name are changes nothing here.
            Value::Map(term) if name.contains(':') && is_type(term) => {}
            Value::Text(_) | Value::Map(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) => {
                return Err(refused());
            }
        }
        if prefixes.len() > MAX_MEMBERS {
            return Err(refused());
        }
    }
    Ok(())
}

fn is_type(term: &Map) -> bool {
    term.iter().all(|(name, value)| name == "@type" && value.as_text().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(text: &str) -> Result<Context, EpcisError> {
        Context::read(&crate::json::parse(text.as_bytes()).unwrap())
    }

    fn with(definitions: &str) -> Result<Context, EpcisError> {
        context(&format!("[\"{CONTEXT}\", {definitions}]"))
    }

    fn code(found: Result<Context, EpcisError>) -> &'static str {
        found.map_or_else(|error| error.code(), |_| "read")
    }

    #[test]
    fn contexts_of_the_profile_are_read() {
        for address in GS1_CONTEXTS {
            assert_eq!(code(context(&format!("\"{address}\""))), "read");
        }
        let read = with(r#"{"ex": "https://a.example/"}, {"ex": "https://b.example/", "rail": "urn:r:"}"#).unwrap();
        assert_eq!(read.namespace("ex"), Some("https://b.example/"));
        assert_eq!(read.namespace("cbvmda"), Some("urn:epcglobal:cbv:mda:"));
        assert_eq!(read.namespace("other"), None);
        assert_eq!(code(with(r#"{"rail": "urn:r:", "rail:count": {"@type": "xsd:integer"}}"#)), "read");
        assert_eq!(code(with(r#"{"gs1": "https://gs1.org/voc/", "cbvmda": "https://a.example/"}"#)), "read");
    }

    #[test]
    fn other_contexts_are_refused() {
        assert_eq!(code(context(r#"{"ex": "https://a.example/"}"#)), "H1524");
        assert_eq!(code(context("[]")), "H1524");
        for foreign in [
            "\"https://schema.org/\"",
            "null",
            "7",
            "[[]]",
            "\"http://ref.gs1.org/standards/epcis/epcis-context.jsonld\"",
        ] {
            assert_eq!(code(context(foreign)), "H1525", "{foreign}");
        }
        for term in [
            r#"{"@vocab": "https://a.example/"}"#,
            r#"{"gs1": "https://a.example/"}"#,
            r#"{"urn": "https://a.example/"}"#,
            r#"{"ex": "no uri"}"#,
            r#"{"ex": "relative"}"#,
            r#"{"ex": ""}"#,
            r#"{"": "https://a.example/"}"#,
            r#"{"a:b": "https://a.example/"}"#,
            r#"{"ex": null}"#,
            r#"{"ex": {"@id": "https://a.example/"}}"#,
            r#"{"ex:a": {"@id": "https://a.example/"}}"#,
            r#"{"ex": "https://a.example/}x{"}"#,
        ] {
            assert_eq!(code(with(term)), "H1526", "{term}");
        }
        let namespace = |length: usize| format!("{{\"ex\": \"a:{}\"}}", "x".repeat(length - 2));
        assert_eq!(code(with(&namespace(MAX_NAMESPACE))), "read");
        assert_eq!(code(with(&namespace(MAX_NAMESPACE + 1))), "H1526");
    }

    #[test]
    fn names_and_values_are_expanded() {
        let outer = with(r#"{"ex": "https://a.example/", "rail": "urn:r:"}"#).unwrap();
        let inner = crate::json::parse(br#"{"ex": "https://b.example/"}"#).unwrap();
        let inner = outer.within(&inner).unwrap();
        for (context, member, expected) in [
            (&outer, "eventTime", "eventTime"),
            (&outer, "ex:f", "{https://a.example/}f"),
            (&inner, "ex:f", "{https://b.example/}f"),
            (&inner, "rail:f", "{urn:r:}f"),
            (&inner, "cbvmda:lotNumber", "{urn:epcglobal:cbv:mda:}lotNumber"),
            (&inner, "https://c.example/x#f", "{https://c.example/x#}f"),
            (&inner, "urn:c:f", "{urn:c:}f"),
        ] {
            assert_eq!(context.full_name(member).as_deref(), Ok(expected));
        }
        assert_eq!(inner.full_name("ey:f"), Err(EpcisError::PrefixUnknown { found: "ey:f".to_owned() }));

        let expand = |value: &str| inner.expand(value);
        assert_eq!(expand("ex:f").as_deref(), Some("https://b.example/f"));
        assert_eq!(expand("gs1:Temperature").as_deref(), Some("https://gs1.org/voc/Temperature"));
        for value in ["ex", "ex: f", "geo:1,2", "urn:epc:id:sscc:1.2", "https://a.example/", "ex://a"] {
            assert_eq!(expand(value), None, "{value}");
        }
    }

    #[test]
    fn in_xml_only_the_prefixes_of_the_standard_stand_in_values() {
        let definitions = crate::json::parse(format!("[\"{CONTEXT}\", {{\"ex\": \"a:\"}}]").as_bytes()).unwrap();
        let context = Context::of_document(&definitions, false).unwrap();
        assert_eq!(context.full_name("ex:f").as_deref(), Ok("{a:}f"));
        assert_eq!(context.expand("ex:f"), None);
        assert_eq!(context.expand("cbv:Comp-x").as_deref(), Some("https://ref.gs1.org/cbv/Comp-x"));
    }
}
