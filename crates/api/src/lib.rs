//! What programs say to each other over HTTP, and what they say to people.
//!
//! Purpose: one definition of the JSON that a node answers and a client reads ([`tx`], [`view`], [`network`], [`login`],
//! [`problem`]), of where it is found ([`paths`]), and of every stable code with its cause and cure in two languages
//! ([`catalogue`], [`words`]). The layouts are described for users in `docs/formats/http.md`.
//!
//! Invariants:
//! - JSON is for reading: what is signed or hashed stands beside it as canonical bytes (`record`, base64url without
//!   padding), so that a client recomputes what it relies on;
//! - a code, once given, keeps its meaning; both languages have every code (tested);
//! - unknown fields of a request are refused, unknown fields of an answer are ignored.
//!
//! Deliberately absent: HTTP itself, and anything that reads a clock or a disk.
#![deny(missing_docs)]

pub mod bytes;
pub mod catalogue;
pub mod join;
pub mod lang;
pub mod login;
pub mod network;
pub mod pack;
pub mod passage;
pub mod paths;
pub mod problem;
pub mod seat;
pub mod time;
pub mod tx;
pub mod view;
pub mod words;

pub use lang::Lang;
pub use problem::Problem;
