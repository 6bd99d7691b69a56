//! Where requests come in: what stands between a socket and a router, for the node and for the gateway.
//!
//! Purpose: to serve HTTP/1.1 so that no client holds for ever what others need.
//!
//! Invariants:
//! - there is a bounded number of connections; more wait in the system's queue;
//! - a connection ends when the head of a request does not come in time, when nothing moves on it, and when its answer
//!   is taken too slowly ([`Bounds`]): bytes that drip in or out hold no place;
//! - when [`serve`] returns, no request is going on;
//! - no body is held beyond its bound ([`body`]).
//!
//! Deliberately absent: TLS, HTTP/2, who may ask, and how long an answer may take to be made: that is the router's.

pub mod body;
mod connection;
mod server;

#[cfg(test)]
mod tests;

pub use server::{Bounds, End, serve};
