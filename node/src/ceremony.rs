//! The genesis ceremony: how agencies that trust no one of them come to one network.
//!
//! Purpose: five steps over files. Each agency makes its own keys ([`claim`]); someone puts the claims together
//! ([`assemble`]); every agency reads the result ([`show`]), compares its fingerprint with the others by telephone, and
//! signs it with its administrator's key ([`cosign`]); with all cosignatures each sets up its node ([`finish`]). The files
//! are specified in `docs/formats/genesis.md`.
//!
//! Invariants:
//! - secret keys never leave the machine on which they were made;
//! - what is hashed and signed are canonical bytes; everything readable beside them is recomputed, and a difference is an
//!   error, so that nobody signs something else than what they read;
//! - a node starts from a genesis only with the cosignature of every agency in it.
//!
//! A network that runs takes nodes that were not in its genesis: each begins at the genesis ([`follow`]) and claims a seat
//! ([`claim_seat`], [`claim_new_seat`]), which the agencies vote on.
//!
//! Members and partners join by the invitations of agencies ([`invite`], [`agree`], [`join`]); observers follow by them, with
//! the genesis. Later invitations lead on which nodes a member's or partner's node asks ([`update`]).
//!
//! Deliberately absent: a network. The files travel as the agencies see fit, none of them is secret but the keys.

mod agreement;
mod claim;
mod cosignature;
mod error;
mod file;
mod finish;
mod invitation;
mod seat;
mod summary;
mod update;

pub use agreement::{Assembly, GenesisFile, NodeAddress, assemble, show};
pub(crate) use claim::own_claim;
pub use claim::{ClaimFile, ClaimRequest, MadeKey, PersonRequest, claim, make_keys};
pub use cosignature::{Cosignature, CosignatureFile, cosign};
pub use error::CeremonyError;
pub use finish::{Finish, Finished, Follow, finish, follow, load_genesis};
pub use invitation::{
    AccessPoint, Agreed, INVITATION_SCHEMA, Invitation, Invite, Invited, InvitedClock, Join, Joined,
    MAX_INVITATION_BYTES, agree, invite, join,
};
pub(crate) use invitation::{own_node_claim, unwitnessed};
pub use seat::{NewAgency, claim_new_seat, claim_seat, own_seat_claim, save_seat_claim};
pub use summary::{GenesisSummary, KeySummary, NodeSummary, OrgSummary, groups_of_four};
pub use update::{TakenNode, update};

/// Value of `schema` in a claim.
pub const CLAIM_SCHEMA: &str = "hufu.claim/1";
/// Value of `schema` in a genesis file.
pub const GENESIS_SCHEMA: &str = "hufu.genesis/1";
/// Value of `schema` in a cosignature.
pub const COSIGNATURE_SCHEMA: &str = "hufu.cosignature/1";
/// Largest claim, in bytes.
pub const MAX_CLAIM_BYTES: u64 = 1024 * 1024;
/// Largest genesis file, in bytes: the largest genesis as base64, and what is readable beside it.
pub const MAX_GENESIS_FILE_BYTES: u64 = 192 * 1024 * 1024;
/// Largest cosignature file, in bytes.
pub const MAX_COSIGNATURE_BYTES: u64 = 64 * 1024;
/// Keys of one claim.
pub const MAX_CLAIM_KEYS: usize = 64;

#[cfg(test)]
mod tests;
