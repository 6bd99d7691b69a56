//! Strict JSON: objects that take each of their fields exactly once and no other, bytes as base64url, bounded lists.
//!
//! serde's derive would also take an object written as an array, and a missing field for `null`. A second verifier
//! would have to copy such habits, so [`object!`] leaves them out. Values are never held as a tree.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ledger::Hash;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};
use std::{fmt, marker::PhantomData, ops::Deref};

/// Defines a struct that is a JSON object with exactly these fields, written in this order, read in any.
macro_rules! object {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        $vis struct $name { $($(#[$fmeta])* $vis $field: $ty,)* }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("the object ", stringify!($name)))
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        use serde::de::Error;
                        $(let mut $field: Option<$ty> = None;)*
                        while let Some(name) = map.next_key::<String>()? {
                            match name.as_str() {
                                $(known if known == $crate::json::word(stringify!($field)) => {
                                    if $field.is_some() {
                                        return Err(A::Error::duplicate_field($crate::json::word(stringify!($field))));
                                    }
                                    $field = Some(map.next_value()?);
                                })*
                                other => return Err($crate::json::unknown(other)),
                            }
                        }
                        let missing = |field| A::Error::missing_field($crate::json::word(field));
                        Ok($name { $($field: $field.ok_or_else(|| missing(stringify!($field)))?,)* })
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }
    };
}

/// The name of a field in JSON: some are words that Rust keeps for itself.
pub(crate) fn word(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// An error for a field that the object does not have; its name may be as long as the file, so it is cut.
pub(crate) fn unknown<E: Error>(name: &str) -> E {
    let shown: String = name.chars().take(40).collect();
    E::custom(format_args!("unknown field {shown:?}"))
}

/// Bytes, in JSON as base64url without padding (RFC 4648 section 5); one byte string has one text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl Deref for Blob {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;
        impl Visitor<'_> for Base64 {
            type Value = Blob;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes as base64url without padding")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Blob, E> {
                URL_SAFE_NO_PAD.decode(text).map(Blob).map_err(|e| E::custom(format_args!("no base64url: {e}")))
            }
        }
        deserializer.deserialize_str(Base64)
    }
}

/// A 32-byte hash, identity or key, in JSON as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(pub Hash);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hex;
        impl Visitor<'_> for Hex {
            type Value = Digest;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 lower-case hexadecimal digits")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Digest, E> {
                text.parse().map(Digest).map_err(|_| E::custom("no 64 lower-case hexadecimal digits"))
            }
        }
        deserializer.deserialize_str(Hex)
    }
}

/// A list of at most `MAX` elements; reading stops at the first one beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T, const MAX: usize>(pub Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T, const MAX: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Elements<T, MAX> {
            type Value = List<T, MAX>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {MAX} elements")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = seq.next_element()? {
                    if list.len() >= MAX {
                        return Err(A::Error::custom(format_args!("more than {MAX} elements")));
                    }
                    list.push(element);
                }
                Ok(List(list))
            }
        }
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    object! {
        /// For the tests.
        struct Pair {
            /// One.
            one: u64,
            /// The other, or none.
            other: Option<u64>,
        }
    }

    object! {
        /// For the tests.
        struct Kept {
            /// A word that Rust keeps for itself.
            r#as: String,
        }
    }

    #[test]
    fn a_field_may_have_a_name_that_is_a_word_of_rust() {
        let kept = Kept { r#as: "unit".into() };
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(text, r#"{"as":"unit"}"#);
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
        assert!(serde_json::from_str::<Kept>(r##"{"r#as":"unit"}"##).is_err());
        assert!(serde_json::from_str::<Kept>("{}").unwrap_err().to_string().contains("`as`"));
    }

    #[test]
    fn an_object_takes_each_of_its_fields_once_and_no_other() {
        let read = |text: &str| serde_json::from_str::<Pair>(text).map_err(|e| e.to_string());
        assert_eq!(read(r#"{"other":null,"one":1}"#), Ok(Pair { one: 1, other: None }));
        assert_eq!(serde_json::to_string(&Pair { one: 1, other: None }).unwrap(), r#"{"one":1,"other":null}"#);
        for wrong in [
            r#"{"one":1}"#,
            r#"{"one":1,"one":1,"other":2}"#,
            r#"{"one":1,"other":2,"more":3}"#,
            r#"[1,2]"#,
            r#"{"one":1.0,"other":2}"#,
            r#"{"one":-1,"other":2}"#,
            r#"{"one":"1","other":2}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_have_one_text() {
        let read = |text: &str| serde_json::from_str::<Blob>(text).map(|b| b.0).ok();
        assert_eq!(read(r#""_-8""#), Some(vec![0xff, 0xef]));
        for wrong in [r#""_-9""#, r#""_-8=""#, r#""/+8""#, r#""_""#, r#""_-8 ""#, "[255]", "null"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let upper = format!("{:?}", "AB".repeat(32));
        assert!(serde_json::from_str::<Digest>(&upper).is_err());
        assert!(serde_json::from_str::<Digest>(&upper.to_lowercase()).is_ok());
    }

    #[test]
    fn what_was_expected_is_said() {
        fn said<T: serde::de::DeserializeOwned + fmt::Debug>() -> String {
            serde_json::from_str::<T>("1").unwrap_err().to_string()
        }
        assert!(said::<Blob>().contains("expected bytes as base64url without padding"));
        assert!(said::<Digest>().contains("expected 64 lower-case hexadecimal digits"));
        assert!(said::<List<u8, 3>>().contains("expected a list of at most 3 elements"));
        assert!(said::<Pair>().contains("expected the object Pair"));
        assert_eq!(format!("{:?}", Blob(vec![1, 2])), "Blob(2 bytes)");
        assert_eq!(format!("{:?}", Digest(Hash([0xab; 32]))), "ab".repeat(32));
    }

    #[test]
    fn a_list_ends_at_its_bound() {
        assert!(serde_json::from_str::<List<u8, 3>>("[1,2,3]").is_ok());
        assert!(serde_json::from_str::<List<u8, 3>>("[1,2,3,4]").is_err());
        assert!(serde_json::from_str::<List<u8, 3>>("{}").is_err());
    }

    #[test]
    fn a_value_of_another_kind_is_told_what_should_stand_there() {
        let told = |error: Option<serde_json::Error>| error.map(|e| e.to_string()).unwrap_or_default();
        for (error, should) in [
            (serde_json::from_str::<Blob>("7").err(), "expected bytes as base64url without padding"),
            (serde_json::from_str::<Digest>("7").err(), "expected 64 lower-case hexadecimal digits"),
            (serde_json::from_str::<List<u8, 3>>("7").err(), "expected a list of at most 3 elements"),
            (serde_json::from_str::<Pair>("7").err(), "expected the object Pair"),
        ] {
            let text = told(error);
            assert!(text.contains(should), "{text}");
        }
    }

    #[test]
    fn traces_show_a_length_for_bytes_and_digits_for_a_hash() {
        assert_eq!(format!("{:?}", Blob(vec![1, 2, 3])), "Blob(3 bytes)");
        assert_eq!(format!("{:?}", Digest::default()), "0".repeat(64));
    }
}
