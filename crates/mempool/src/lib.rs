//! The pool of transactions that wait for a block.
//!
//! Purpose: to hold what was verified once, to say no when there is too much of it, and to choose what a block takes,
//! fair between organisations.
//!
//! Invariants:
//! - the pool never exceeds its [`Limits`]: what does not fit is refused, and pushes out only what is set aside;
//! - an organisation (that of the first signer) waits for its turn and not for the others': selection goes round, one
//!   transaction each, oldest first, and begins where the last one ended;
//! - transactions bound to the custody of one item are selected by ascending custody sequence, whoever submits them;
//! - what is set aside, because it builds on a custody not yet reached, and what waits behind it are a small share of what
//!   an organisation may have here;
//! - nothing else is lost: what was inserted is there until it is removed or expires;
//! - insertion, removal and each selected transaction cost O(log n); setting aside costs the number of organisations that
//!   wait for one item besides.
//!
//! Deliberately absent: verification (only [`ledger::VerifiedTx`] enters), the state (whoever selects checks what the
//! state allows and [`Pool::defer`]s what comes too early), clocks, threads and I/O.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod pool;
mod select;

#[cfg(test)]
mod tests;

pub use pool::{Limits, Pool, Refused};
