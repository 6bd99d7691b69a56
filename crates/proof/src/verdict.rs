//! The answer of `verify`, as `hufu verify --json` prints it.

use crate::readable::{ReadableField, ReadablePerson};
use serde::Serialize;

/// Schema of a verdict.
pub(crate) const VERDICT_SCHEMA: &str = "hufu.verdict/1";

/// What a bundle is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Everything holds, under the trust root given.
    Valid,
    /// Something does not hold; see [`Verdict::failure`].
    Invalid,
    /// Everything holds, but it is older than asked for.
    Stale,
    /// Consistent in itself, but no trust root says that this network is the right one, or it is a test network.
    Untrusted,
}

impl Standing {
    /// Exit code of the command line.
    pub fn exit_code(self) -> u8 {
        match self {
            Standing::Valid => 0,
            Standing::Invalid => 10,
            Standing::Stale | Standing::Untrusted => 11,
        }
    }
}

/// Signatures that were checked and hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Signatures {
    /// Precommits and transaction signatures, each once.
    pub checked: u64,
}

/// The point up to which the history is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// Height of the certified header.
    pub height: u64,
    /// Its time, RFC 3339.
    pub time: String,
}

/// Why the verdict is `invalid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Stable code, one of [`crate::CODES`].
    pub code: &'static str,
    /// Number of the event at fault.
    pub event: Option<u64>,
    /// Of which related item, hexadecimal; none where it is the item itself or no item's.
    pub item: Option<String>,
    /// What could not be done, in English; reads after "failed to".
    pub message: String,
}

/// Another item that the item's history rests on, or that was made out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelatedItem {
    /// The other item as a GS1 Digital Link.
    pub item: String,
    /// Its identity, hexadecimal.
    pub item_id: String,
    /// What it is to the item: `origin`, `unit` or `child`.
    pub r#as: &'static str,
    /// Identity of the organisation that holds it, hexadecimal; none where a unit around it tells that is not in the file.
    pub custodian: Option<String>,
    /// Its name.
    pub custodian_name: Option<String>,
    /// Where it stands now.
    pub state: &'static str,
    /// Quantity on hand now.
    pub on_hand: String,
    /// Whether a hold on it is in force.
    pub held: bool,
    /// Number of its events that are open here.
    pub events: u64,
    /// Number of its events.
    pub count: u64,
}

/// Something a reader should know that is no failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Stable word, such as `test-network`.
    pub id: &'static str,
    /// In English.
    pub message: String,
}

/// The verdict. Fields about the item are filled only with what was proved before a failure, if there was one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// `hufu.verdict/1`.
    pub schema: &'static str,
    /// What the bundle is worth.
    pub verdict: Standing,
    /// The item as a GS1 Digital Link.
    pub item: Option<String>,
    /// Identity of the item, hexadecimal.
    pub item_id: Option<String>,
    /// Identity of the organisation that holds it, hexadecimal; of a packed item, that holds the outermost unit around it.
    pub custodian: Option<String>,
    /// Its name.
    pub custodian_name: Option<String>,
    /// Where the item stands.
    pub state: Option<&'static str>,
    /// Quantity on hand.
    pub on_hand: Option<String>,
    /// Number of its events, all of them proved to be in the bundle.
    pub events: u64,
    /// The related items, all of them proved to be in the bundle.
    pub related: Vec<RelatedItem>,
    /// Signatures checked.
    pub signatures: Signatures,
    /// The point up to which this is known.
    pub as_of: Option<AsOf>,
    /// Identity of the network, hexadecimal.
    pub network: Option<String>,
    /// Whether it is a test network.
    pub test: bool,
    /// Agencies that certified the header: names of the trust root, else identities.
    pub certified_by: Vec<String>,
    /// Witnesses of the trust root that signed the header, by their names there.
    pub witnessed_by: Vec<String>,
    /// Fingerprint of the trust root that was given, hexadecimal.
    pub trust_root: Option<String>,
    /// Private fields that the holder opened; of a bundle in which nothing is wrong.
    pub fields: Vec<ReadableField>,
    /// Names that the holder opened; of a bundle in which nothing is wrong.
    pub persons: Vec<ReadablePerson>,
    /// Why it is invalid.
    pub failure: Option<Failure>,
    /// What else to know, and what the verdict covers.
    pub notices: Vec<Notice>,
}

impl Verdict {
    /// Exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        self.verdict.exit_code()
    }

    /// One line of JSON.
    pub fn to_json(&self) -> String {
        // Writing plain structs to memory fails for no value.
        serde_json::to_string(self).unwrap_or_default()
    }
}
