//! Everything that is hashed, signed or looked up by key.
//!
//! Purpose: one crate that a verifier, a node and a client share, so that the bytes on which people's signatures stand
//! have a single definition. The layouts are specified in `docs/formats/ledger.md`; golden vectors hold the code to it.
//!
//! Invariants:
//! - encoding is canonical: bytes decode only if they encode again to the same bytes ([`codec`]);
//! - every hash and signature has a domain tag of its own ([`tag`]);
//! - a signature is valid if and only if ZIP 215 says so, under a key that passed [`crypto::PublicKey::from_bytes`];
//! - nothing here reads a clock, a disk, a network or a random source.
//!
//! Deliberately absent: the rules that change state (`custody`), storage (`store`), JSON (`proof`, `api`).
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

pub mod block;
pub mod bounds;
pub mod calendar;
pub mod codec;
pub mod crypto;
pub mod document;
pub mod event;
pub mod field;
pub mod genesis;
pub mod hash;
pub mod id;
pub mod judge;
pub mod list;
pub mod operation;
pub mod passage;
pub mod place;
pub mod policy;
pub mod record;
pub mod rejection;
pub mod sealed;
pub mod seats;
pub mod state;
pub mod tag;
pub mod text;
pub mod time;
pub mod transaction;
pub mod tree;
pub mod vote;
pub mod words;

pub use block::{Block, Header, Outcome, Receipt};
pub use crypto::{PublicKey, Signature};
pub use event::{Cause, Decision, Effect, Event};
pub use genesis::{ChainParams, Genesis};
pub use hash::Hash;
pub use id::{AlertId, BlockId, ClassId, DocumentId, DutyId, GrantId, ItemId, KeyId, NetworkId, OrgId, PersonId, TxId};
pub use operation::{Act, CustodyPoint, HandoverTerms, Operation};
pub use policy::PolicyPack;
pub use record::{ItemRecord, KeyRecord, Lifecycle, OrgRecord, Role};
pub use rejection::Rejection;
pub use state::{StateKey, StateRead, WriteSet};
pub use text::Text;
pub use time::Timestamp;
pub use transaction::{SignedTx, Slot, TxBody, VerifiedTx};
pub use vote::{
    Certificate, CommitSignature, Evidence, PartsSeal, Proposal, SignedProposal, SignedVote, Validator, ValidatorSet,
    Vote, VoteKind,
};
