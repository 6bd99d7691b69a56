//! The deterministic rules: what a block of transactions does to the state.
//!
//! Purpose: [`execute_block`] is a pure function of state, block position and transactions. Proposer, validators and a
//! node that replays come to the same records, receipts and events, bit for bit.
//!
//! Invariants: a refused transaction changes nothing but its receipt and the feeds of its signers; an inadmissible one
//! never executes; the cost of an act does not depend on what else the ledger holds.
//!
//! Deliberately absent: signatures (checked before, see [`ledger::VerifiedTx`]), storage, clocks, hashing of the tree.
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

mod alert;
mod audit;
mod clock;
mod draft;
mod due;
mod duties;
mod entries;
mod execute;
mod genesis;
mod grants;
mod items;
mod lookup;
mod motion;
mod networks;
mod overlay;
mod registry;
mod seats;
mod share;
pub mod visibility;

/// A judgement: the inner error is the rule's refusal, the outer one the node's fault.
type Judged<T> = Result<Result<T, ledger::Rejection>, ledger::state::ReadError>;

/// `?` for the node's fault and an early return for the rule's refusal.
macro_rules! allowed {
    ($judged:expr) => {
        match $judged {
            Ok(value) => value,
            Err(rejection) => return Ok(Err(rejection)),
        }
    };
}
use allowed;

pub use draft::{Veiled, named};
pub use execute::{BlockPosition, ExecuteError, Execution, Selection, execute_block, judge_draft, select_and_execute};
pub use genesis::{GenesisState, genesis_state};
