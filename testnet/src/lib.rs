//! Local networks of real processes: setting them up, running them, loading them, and showing the whole path.
//!
//! Purpose: what a person tries first, and what tests and measurements stand on. [`init`](mod@init) runs the real genesis ceremony in
//! the place of every agency, [`running`] starts real nodes, [`load`] measures them, [`demo`] walks one shipment from the
//! port to its disposal, [`scenario`] plays lives of goods under the whole regulation.
//!
//! Invariants: ends only processes that it started, told by their start time; waits only with a deadline ([`wait`]).
//!
//! Deliberately absent: any short cut that users do not have. Keys whose passwords lie beside them, and keys made from a
//! seed, are for local networks alone.

mod brief;
pub mod chaos;
pub mod clerk;
pub mod cli;
pub mod demo;
pub mod files;
pub mod goods;
pub mod http;
pub mod init;
pub mod load;
pub mod measure;
mod members;
pub mod people;
pub mod ports;
pub mod process;
pub mod running;
pub mod scale;
pub mod scenario;
pub mod seats;
pub mod stock;
pub mod tamper;
pub mod wait;

pub use wait::{NotInTime, Seen, wait_for};
