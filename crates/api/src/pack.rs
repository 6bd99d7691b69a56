//! Policy packs as text: TOML that a lawyer reads, and the packs that come with the program (`docs/formats/policy.md`).

mod diff;
mod place;
mod reader;
mod shape;
mod words;
mod writer;

pub use diff::{Comparison, Competence, Difference, compare};
use ledger::{
    PolicyPack,
    policy::{Orientation, PackError},
};
use std::{fmt, ops::Range};
pub use words::{need_word, set_words};
pub use writer::{PARTS, Row, rows, write};

/// Value of `schema` in a pack.
pub const PACK_SCHEMA: &str = "hufu.pack/1";
/// The orientation of a pack that leaves it to the genesis of each network.
pub const BY_GENESIS: &str = "$genesis";
/// The packs that come with the program, by name.
pub const SHIPPED: [(&str, &str); 3] = [
    ("shenzhen-draft", include_str!("../packs/shenzhen-draft.toml")),
    ("gacc-281", include_str!("../packs/gacc-281.toml")),
    ("plain", include_str!("../packs/plain.toml")),
];
/// Bytes of a pack's text.
pub const MAX_TEXT: usize = 256 * 1024;

/// What is wrong in a pack, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl Fault {
    fn at(text: &str, place: &Range<usize>, what: impl AsRef<str>) -> Fault {
        let before = text.get(..place.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        // What is quoted from the text must not speak to the terminal.
        let plain = |c: char| if c.is_control() { c.escape_default().collect() } else { vec![c] };
        Fault { line, column, what: what.as_ref().chars().flat_map(plain).collect() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

/// Whether a pack is one that comes with the program, byte for byte.
pub fn is_shipped(pack: &PolicyPack) -> bool {
    let same = |text: &str| read(text, Some(pack.orientation)).is_ok_and(|shipped| shipped == *pack);
    shipped(pack.name.as_str()).is_some_and(same)
}

/// Whether a pack bears name and version of one that comes with the program, and is another.
pub fn is_impostor(pack: &PolicyPack) -> bool {
    let named = |text: &str| {
        let of = |orientation| read(text, Some(orientation)).ok();
        Orientation::ALL.into_iter().find_map(of).is_some_and(|shipped| shipped.version == pack.version)
    };
    shipped(pack.name.as_str()).is_some_and(named) && !is_shipped(pack)
}

/// The text of a pack that comes with the program.
pub fn shipped(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(of, _)| *of == name).map(|(_, text)| *text)
}

/// Reads a pack. `orientation` is what the genesis says: needed where the pack leaves it to it, and refused where it
/// says another one. Error: everything that is wrong, in the order of the text: first of what cannot be read, then of
/// what does not fit; where the text is no TOML of this shape, the first alone.
pub fn read(text: &str, orientation: Option<Orientation>) -> Result<PolicyPack, Vec<Fault>> {
    if text.len() > MAX_TEXT {
        let what = format!("the text has {} bytes: at most {MAX_TEXT} fit", text.len());
        return Err(vec![Fault { line: 1, column: 1, what }]);
    }
    let file: shape::File = toml::from_str(text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        vec![Fault::at(text, &at, error.message())]
    })?;
    let mut reader = reader::Reader::new(text);
    let pack = reader.pack(&file, orientation);
    let mut faults = reader.faults;
    // What could not be read has its fault already, and would be missed a second time.
    if faults.is_empty() {
        let fault = |error: &PackError| Fault::at(text, &place::of(&file, &pack, error), error.to_string());
        faults.extend(pack.errors().iter().map(fault));
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    if faults.is_empty() { Ok(pack) } else { Err(faults) }
}
