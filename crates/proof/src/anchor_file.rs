//! The anchor of a file of any kind, and the anchor as a file of its own: what witnesses sign and holders pass around.

use crate::{
    anchor::{Anchor, Anchored},
    bounds::MAX_BUNDLE_BYTES,
    bundle::cut,
    card::{self, CARD_SCHEMA, Card},
    gz::read_file,
    problem::Problem,
    standing::VerdictHead,
    trust::TrustRoot,
    verify::Options,
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// Schema of an anchor file.
pub const ANCHOR_SCHEMA: &str = "hufu.anchor/1";
/// Schema of its verdict.
const ANCHOR_VERDICT_SCHEMA: &str = "hufu.anchor-verdict/1";

object! {
    /// An anchor file.
    pub struct AnchorFile {
        /// `hufu.anchor/1`.
        schema: String,
        /// The anchor.
        anchor: Anchor,
    }
}

impl AnchorFile {
    /// The file of an anchor.
    pub fn of(anchor: Anchor) -> AnchorFile {
        AnchorFile { schema: ANCHOR_SCHEMA.into(), anchor }
    }

    /// Reads an anchor file: size, JSON, shape and schema; nothing is verified. It may be compressed.
    ///
    /// Errors: [`Problem::TooLarge`], [`Problem::NotJson`], [`Problem::Shape`], [`Problem::Schema`].
    pub fn from_json(bytes: &[u8]) -> Result<AnchorFile, Problem> {
        let bytes = within(bytes)?;
        let file: AnchorFile = serde_json::from_slice(&bytes).map_err(|e| sort(&e))?;
        match file.schema == ANCHOR_SCHEMA {
            true => Ok(file),
            false => Err(Problem::Schema { found: cut(&file.schema) }),
        }
    }

    /// The file.
    pub fn to_json(&self) -> Vec<u8> {
        // Writing plain structs to memory fails for no value.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The answer about an anchor file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnchorVerdict {
    /// `hufu.anchor-verdict/1`.
    pub schema: &'static str,
    /// Identity of the certified block, hexadecimal; none until it is proved.
    pub block: Option<String>,
    /// What every verdict says.
    #[serde(flatten)]
    pub head: VerdictHead,
}

impl AnchorVerdict {
    /// One line of JSON.
    pub fn to_json(&self) -> String {
        // Writing plain structs to memory fails for no value.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Judges an anchor file, as `verify` judges a bundle.
pub fn verify_anchor(bytes: &[u8], trust: Option<&TrustRoot>, options: Options) -> AnchorVerdict {
    let mut verdict = AnchorVerdict { schema: ANCHOR_VERDICT_SCHEMA, block: None, head: VerdictHead::new(trust) };
    if let Err(problem) = check(bytes, trust, options, &mut verdict) {
        verdict.head.fail(&problem);
    }
    verdict
}

fn check(
    bytes: &[u8],
    trust: Option<&TrustRoot>,
    options: Options,
    verdict: &mut AnchorVerdict,
) -> Result<(), Problem> {
    let file = AnchorFile::from_json(bytes)?;
    let anchor = Anchored::decode(&file.anchor, trust)?;
    let ground = verdict.head.anchored(&anchor, trust, options)?;
    verdict.block = Some(anchor.head.id.to_string());
    verdict.head.conclude(&anchor, trust, &ground, options, Vec::new());
    Ok(())
}

/// What kind of file it is, by its word: `hufu.bundle/1` and the like. None for what has no such word. It may be compressed.
///
/// Errors: [`Problem::TooLarge`], [`Problem::NotJson`].
pub fn schema_of(bytes: &[u8]) -> Result<Option<String>, Problem> {
    if card::is_card(bytes) {
        return Ok(Some(CARD_SCHEMA.into()));
    }
    let bytes = within(bytes)?;
    match serde_json::from_slice::<Outer<IgnoredAny>>(&bytes) {
        Ok(outer) => Ok(outer.schema),
        Err(error) => match sort(&error) {
            Problem::Shape { .. } => Ok(None),
            problem => Err(problem),
        },
    }
}

/// The anchor of a file of any kind; of the rest nothing is looked at, and nothing is verified. It may be compressed.
///
/// Errors: [`Problem::TooLarge`], [`Problem::NotJson`], [`Problem::Shape`]; of a card those of [`Card::read`].
pub fn anchor_of(bytes: &[u8]) -> Result<Anchor, Problem> {
    if card::is_card(bytes) {
        return Card::read(bytes).map(|card| card.anchor);
    }
    let bytes = within(bytes)?;
    let outer: Outer<Anchor> = serde_json::from_slice(&bytes).map_err(|e| sort(&e))?;
    outer.anchor.ok_or_else(|| Problem::Shape { detail: "there is no anchor in it".into() })
}

/// The same file, uncompressed, with another anchor: every other byte stays as it is.
///
/// Errors as [`anchor_of`]; [`Problem::CardTooLong`] for a card that has no room for it.
pub fn with_anchor(bytes: &[u8], anchor: &Anchor) -> Result<Vec<u8>, Problem> {
    if card::is_card(bytes) {
        let card = Card { anchor: anchor.clone(), ..Card::read(bytes)? };
        return card.text().map(String::into_bytes);
    }
    anchor_of(bytes)?;
    let bytes = within(bytes)?;
    let lost = || Problem::Shape { detail: "there is no anchor in it".into() };
    let (start, end) = value_of(&bytes, "anchor").ok_or_else(lost)?;
    let (before, after) = (bytes.get(..start).ok_or_else(lost)?, bytes.get(end..).ok_or_else(lost)?);
    // Writing plain structs to memory fails for no value.
    let own = serde_json::to_vec(anchor).unwrap_or_default();
    let file = [before, own.as_slice(), after].concat();
    match file.len() > MAX_BUNDLE_BYTES {
        true => Err(Problem::TooLarge { length: file.len(), limit: MAX_BUNDLE_BYTES }),
        false => Ok(file),
    }
}

/// The file without compression, if it is not longer than any file may be.
fn within(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Problem> {
    let bytes = read_file(bytes, MAX_BUNDLE_BYTES)?;
    match bytes.len() > MAX_BUNDLE_BYTES {
        true => Err(Problem::TooLarge { length: bytes.len(), limit: MAX_BUNDLE_BYTES }),
        false => Ok(bytes),
    }
}

/// An error of the reader as a problem of the file.
fn sort(error: &serde_json::Error) -> Problem {
    let detail = cut(&error.to_string());
    match error.classify() {
        serde_json::error::Category::Data => Problem::Shape { detail },
        _ => Problem::NotJson { detail },
    }
}

/// Any object, with its schema and anchor where it has them.
struct Outer<A> {
    schema: Option<String>,
    anchor: Option<A>,
}

impl<'de, A: Deserialize<'de>> Deserialize<'de> for Outer<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<A>(PhantomData<A>);
        impl<'de, A: Deserialize<'de>> Visitor<'de> for Fields<A> {
            type Value = Outer<A>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an anchor")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Outer<A>, M::Error> {
                let mut outer = Outer { schema: None, anchor: None };
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "schema" if outer.schema.is_some() => return Err(M::Error::duplicate_field("schema")),
                        "anchor" if outer.anchor.is_some() => return Err(M::Error::duplicate_field("anchor")),
                        "schema" => outer.schema = Some(map.next_value()?),
                        "anchor" => outer.anchor = Some(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(outer)
            }
        }
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// Where the value of a field of the outermost object begins and ends, in a text that is known to be JSON.
fn value_of(json: &[u8], field: &str) -> Option<(usize, usize)> {
    let mut depth = 0usize;
    let mut name: Option<String> = None;
    let mut begin: Option<usize> = None;
    let mut at = 0usize;
    while let Some(byte) = json.get(at) {
        let next = match byte {
            b'"' => string_end(json, at)?,
            _ => at.saturating_add(1),
        };
        let is_value = depth == 1 && begin.is_none() && name.is_some();
        match byte {
            b'"' if depth == 1 && name.is_none() => name = serde_json::from_slice(json.get(at..next)?).ok(),
            b',' | b'}' if depth == 1 => {
                if name.as_deref() == Some(field) {
                    return Some((begin?, at));
                }
                (name, begin) = (None, None);
            }
            b':' | b' ' | b'\n' | b'\r' | b'\t' => {}
            _ if is_value => begin = Some(at),
            _ => {}
        }
        match byte {
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at = next;
    }
    None
}

/// The place behind a string that begins here.
fn string_end(json: &[u8], begin: usize) -> Option<usize> {
    let mut at = begin.saturating_add(1);
    loop {
        match json.get(at)? {
            b'"' => return Some(at.saturating_add(1)),
            b'\\' => at = at.saturating_add(2),
            _ => at = at.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[test]
    fn the_value_of_a_field_is_found_in_any_json() {
        let check = |json: &str, expect: Option<&str>| {
            let found = value_of(json.as_bytes(), "anchor").map(|(start, end)| json[start..end].trim_end());
            assert_eq!(found, expect, "{json}");
        };
        check(r#"{"anchor":{"a":[1,{"anchor":2}]},"b":3}"#, Some(r#"{"a":[1,{"anchor":2}]}"#));
        check(r#"{"b":{"anchor":1},"anchor" : "x,}\"{" }"#, Some(r#""x,}\"{""#));
        check("{\n \"a\": [\"anchor\", 1],\n \"anchor\": -12\n}\n", Some("-12"));
        check(r#"{"\u0061nchor":null}"#, Some("null"));
        check(r#"{"a":"anchor","anchors":1}"#, None);
        check(r#"["anchor",1]"#, None);
        check("{}", None);
    }
}
