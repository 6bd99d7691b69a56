//! What a stranger needs to judge an item offline: the bundle, the trust root, and `verify`.
//!
//! Purpose: from one file and the fingerprint of a network, without any connection, say whether the recorded history of
//! an item is whole, who signed what, whether each was competent, and as of which height and time that is known. Smaller
//! kinds of file say that nobody registered a code ([`absence`]), everything that touched an organisation ([`feed`]), that an
//! agency signed two things of which it may sign one ([`evidence`]), and on paper who held an item ([`card`]);
//! [`verify_file`] judges all. Who keeps what concerns him follows the network by its heads ([`follow()`]). The layouts are specified in `docs/formats`: `bundle.md`, `trust.md`, `absence.md`,
//! `feed.md`, `evidence.md`, `card.md`.
//!
//! Invariants:
//! - every byte that a verdict rests on is bound, through one state root and one certificate, to the trust root;
//! - the same bytes, trust root and options give the same verdict everywhere: no clock, disk, network or random source;
//! - no input makes this crate panic; time and memory stay in proportion to the input, and that is bounded ([`bounds`]);
//! - what a rule says is asked of `ledger::judge`, the very functions that executed the act, not of a copy; what those
//!   leave to records of other items, registries and grants is taken from the certified event, or held against what is
//!   here;
//! - the histories of other items that an item rests on are judged as its own is, as far as it rests on them.
//!
//! Deliberately absent: storage, networking and anything asynchronous; the wording of verdicts in other languages
//! (`api` translates by code); set changes beyond the chain that a file carries itself; asking anybody for a path or for
//! the signature of a witness.
#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

// First, for their macros.
#[macro_use]
mod json;
#[macro_use]
mod problem;

pub mod absence;
mod anchor;
mod anchor_file;
mod assemble;
pub mod bounds;
pub mod bundle;
pub mod card;
mod contents;
mod disclose;
pub mod evidence;
pub mod feed;
mod file;
mod follow;
mod ground;
mod gz;
mod inspect;
mod kind;
mod narrow;
mod parts;
mod readable;
pub mod snapshot;
mod standing;
pub mod tamper;
mod time;
mod trust;
mod verdict;
mod verify;

pub use anchor::{Anchor, Certified, ChainLink, HistoryPath, Witness};
pub use anchor_file::{ANCHOR_SCHEMA, AnchorFile, AnchorVerdict, anchor_of, schema_of, verify_anchor, with_anchor};
pub use assemble::{AssembleError, Disclosure, Source, assemble};
pub use bundle::{Bundle, Related};
pub use card::{CARD_PREFIX, CARD_SCHEMA, Card, CardVerdict};
pub use contents::{Contents, contents};
pub use disclose::{Committed, OpenFields, OpenName, PrivateRoot, committed, open};
pub use file::{FileVerdict, verify_file};
pub use follow::{FollowedLink, Known, Taken, TxPlace, continue_feed, follow, fork, no_older, placed, proven};
pub use gz::{compress, read_file};
pub use inspect::{Summary, inspect};
pub use json::{Blob, Digest, List};
pub use problem::{CODES, Problem};
pub use readable::{
    Readable, ReadableEvent, ReadableField, ReadableHold, ReadableInside, ReadableOffer, ReadablePerson,
    ReadableRelated, ReadableValue,
};
pub use standing::{Judged, VerdictHead, judge};
pub use time::rfc3339;
pub use trust::{
    Fingerprint, Start, TrustDifference, TrustError, TrustRoot, TrustedValidator, TrustedWitness, Witnesses,
};
pub use verdict::{AsOf, Failure, Notice, RelatedItem, Signatures, Standing, Verdict};
pub use verify::{Options, verify};
