//! What the targets in `src/bin` run: each parser with all that holds of it, and under the feature `canary` a bug
//! behind it.

pub mod access;
pub mod api;
// What the file of a passage names of its crate, at the place where it names it.
#[path = "../../../crates/api/src/bytes.rs"]
pub mod bytes;
#[cfg(feature = "canary")]
mod canary;
pub mod card;
#[path = "../../src/parsers.rs"]
pub mod parsers;
#[path = "../../../crates/api/src/time.rs"]
pub mod time;

/// Gives bytes to the parser of a name.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = parsers::ALL.iter().find(|(known, _)| *known == name).expect("a target");
    target(bytes);
    #[cfg(feature = "canary")]
    canary::sing(name, bytes);
}

/// The program that fuzzes the parser of a name.
#[macro_export]
macro_rules! fuzz {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::run($name, bytes));
    };
}
