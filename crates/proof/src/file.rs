//! Judging a file of any kind, by the schema that it states, and a card by how it begins.

use crate::{
    absence::{self, ABSENCE_SCHEMA, AbsenceVerdict},
    anchor_file::{ANCHOR_SCHEMA, AnchorVerdict, verify_anchor},
    bounds::MAX_BUNDLE_BYTES,
    card::{self, CardVerdict},
    evidence::{self, EVIDENCE_SCHEMA, EvidenceVerdict},
    feed::{self, FEED_SCHEMA, FeedVerdict},
    gz::read_file,
    kind,
    trust::TrustRoot,
    verdict::{Failure, Standing, Verdict},
    verify::{Options, verify},
};
use serde::Serialize;

/// The verdict of a file, written as the object of its kind.
// It lives for the length of one answer.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FileVerdict {
    /// Of a bundle, and of whatever states no schema that is known.
    Bundle(Verdict),
    /// Of an absence.
    Absence(AbsenceVerdict),
    /// Of an organisation's feed.
    Feed(FeedVerdict),
    /// Of evidence.
    Evidence(EvidenceVerdict),
    /// Of an anchor alone.
    Anchor(AnchorVerdict),
    /// Of a card.
    Card(CardVerdict),
}

impl FileVerdict {
    /// What the file is worth.
    pub fn standing(&self) -> Standing {
        match self {
            FileVerdict::Bundle(verdict) => verdict.verdict,
            FileVerdict::Absence(verdict) => verdict.head.verdict,
            FileVerdict::Feed(verdict) => verdict.head.verdict,
            FileVerdict::Evidence(verdict) => verdict.head.verdict,
            FileVerdict::Anchor(verdict) => verdict.head.verdict,
            FileVerdict::Card(verdict) => verdict.head.verdict,
        }
    }

    /// Why it is invalid.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            FileVerdict::Bundle(verdict) => verdict.failure.as_ref(),
            FileVerdict::Absence(verdict) => verdict.head.failure.as_ref(),
            FileVerdict::Feed(verdict) => verdict.head.failure.as_ref(),
            FileVerdict::Evidence(verdict) => verdict.head.failure.as_ref(),
            FileVerdict::Anchor(verdict) => verdict.head.failure.as_ref(),
            FileVerdict::Card(verdict) => verdict.head.failure.as_ref(),
        }
    }

    /// Whether it is of a test network, as far as that was found out.
    pub fn is_test(&self) -> bool {
        match self {
            FileVerdict::Bundle(verdict) => verdict.test,
            FileVerdict::Absence(verdict) => verdict.head.test,
            FileVerdict::Feed(verdict) => verdict.head.test,
            FileVerdict::Evidence(verdict) => verdict.head.test,
            FileVerdict::Anchor(verdict) => verdict.head.test,
            FileVerdict::Card(verdict) => verdict.head.test,
        }
    }

    /// Exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        self.standing().exit_code()
    }

    /// One line of JSON.
    pub fn to_json(&self) -> String {
        // Writing plain structs to memory fails for no value.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Judges a file of whichever kind it says that it is; one that says nothing that is known is judged as a bundle.
///
/// Arguments and time as of [`verify`].
pub fn verify_file(bytes: &[u8], trust: Option<&TrustRoot>, options: Options) -> FileVerdict {
    if card::is_card(bytes) {
        return FileVerdict::Card(card::verify(bytes, trust, options));
    }
    // What is too long or cannot be decompressed says nothing, and the reader of bundles refuses it.
    let plain = read_file(bytes, MAX_BUNDLE_BYTES).ok().filter(|plain| plain.len() <= MAX_BUNDLE_BYTES);
    match plain.and_then(|plain| kind::schema(&plain)).as_deref() {
        Some(ABSENCE_SCHEMA) => FileVerdict::Absence(absence::verify(bytes, trust, options)),
        Some(FEED_SCHEMA) => FileVerdict::Feed(feed::verify(bytes, trust, options)),
        Some(EVIDENCE_SCHEMA) => FileVerdict::Evidence(evidence::verify(bytes, trust, options)),
        Some(ANCHOR_SCHEMA) => FileVerdict::Anchor(verify_anchor(bytes, trust, options)),
        _ => FileVerdict::Bundle(verify(bytes, trust, options)),
    }
}
