//! Enums whose variants each have a word in JSON, in packs and on the command line.

/// Makes such an enum, with `ALL` and `name`.
#[macro_export]
macro_rules! words {
    ($(#[$whole:meta])* pub enum $enum:ident { $( $(#[$about:meta])* $word:literal $name:ident, )+ }) => {
        $(#[$whole])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, bincode::Encode, bincode::Decode)]
        pub enum $enum { $( $(#[$about])* $name, )+ }

        impl $enum {
            /// All of them, in the order of their numbers.
            pub const ALL: [$enum; [$( $word ),+].len()] = [$( $enum::$name ),+];

            /// The word used in JSON, in packs and on the command line.
            pub fn name(self) -> &'static str {
                match self { $( $enum::$name => $word, )+ }
            }

            /// The one with this word.
            pub fn of_name(word: &str) -> Option<$enum> {
                Self::ALL.into_iter().find(|one| one.name() == word)
            }
        }
    };
}
