//! Alphanumeric values: lot, serial, and the parts of a code that is not a GS1 key.
use std::fmt;
use std::str::FromStr;

use crate::codec::coded;
use crate::{CodeError, bounded};

/// Whether `c` is in GS1 character set 82 (General Specifications figure 7.11-1): ISO/IEC 646 letters, digits and
/// `! " % & ' ( ) * + , - . / : ; < = > ? _`.
#[must_use]
pub const fn is_set_82(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '!' | '"' | '%'..='/' | ':'..='?' | '_')
}

const fn is_scheme_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

const fn is_printable(c: char) -> bool {
    c.is_ascii_graphic() || c == ' '
}

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $max:literal, $allowed:expr, $length:ident, $character:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The longest value, in characters.
            pub const MAX: usize = $max;

            /// The characters.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = CodeError;

            /// Errors: a character that is not allowed, or not 1 to [`Self::MAX`] characters.
            fn from_str(input: &str) -> Result<Self, CodeError> {
                bounded(input)?;
                let allowed: fn(char) -> bool = $allowed;
                if let Some((position, found)) = input.char_indices().find(|(_, c)| !allowed(*c)) {
                    return Err(CodeError::$character { input: input.to_owned(), position, found });
                }
                if input.is_empty() || input.len() > Self::MAX {
                    return Err(CodeError::$length { input: input.to_owned(), found: input.len(), max: Self::MAX });
                }
                Ok(Self(input.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }

        coded!($name as str ..= $max);
    };
}

text_value! {
    /// Batch or lot number, AI (10): 1 to 20 characters of set 82 (General Specifications 3.4.1). Bytes: str.
    Lot, 20, is_set_82, LotLength, LotCharacter
}

text_value! {
    /// Serial number, AI (21): 1 to 20 characters of set 82 (General Specifications 3.5.2). Bytes: str.
    Serial, 20, is_set_82, SerialLength, SerialCharacter
}

text_value! {
    /// Name of a registered scheme other than GS1: 1 to 16 of `a-z 0-9 -`. Bytes: str.
    Scheme, 16, is_scheme_char, SchemeLength, SchemeCharacter
}

text_value! {
    /// A code in a registered scheme other than GS1: 1 to 64 printable ASCII characters, space included. Bytes: str.
    OtherValue, 64, is_printable, OtherValueLength, OtherValueCharacter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_82_has_82_characters() {
        assert_eq!((0..=255_u8).filter(|byte| is_set_82(char::from(*byte))).count(), 82);
        for c in "#$@[\\]^`{|}~ \u{1d}é".chars() {
            assert!(!is_set_82(c), "{c:?}");
        }
    }

    #[test]
    fn faults_have_their_own_codes() {
        fn check<T: FromStr<Err = CodeError> + fmt::Debug>(input: &str, expect: &str) {
            assert_eq!(input.parse::<T>().unwrap_err().code(), expect, "{input:?}");
        }
        check::<Lot>("", "H1210");
        check::<Lot>(&"A".repeat(21), "H1210");
        check::<Lot>("LOT 1", "H1211");
        check::<Lot>("批号1", "H1211");
        check::<Serial>("123456789012345678901", "H1212");
        check::<Serial>("12#", "H1213");
        check::<Scheme>("", "H1240");
        check::<Scheme>(&"a".repeat(17), "H1240");
        check::<Scheme>("ISBT", "H1241");
        check::<OtherValue>(&"a".repeat(65), "H1242");
        check::<OtherValue>("a\tb", "H1243");
        check::<Lot>(&"A".repeat(513), "H1101");
    }

    #[test]
    fn bounds_are_inclusive() {
        assert!("A".repeat(20).parse::<Lot>().is_ok());
        assert!("!\"%&'()*+,-./:;<=>?_".parse::<Serial>().is_ok());
        assert!("a-z09".parse::<Scheme>().is_ok());
        assert!(" ~".repeat(32).parse::<OtherValue>().is_ok());
    }
}
