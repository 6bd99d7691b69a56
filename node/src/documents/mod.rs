//! Sealed documents on a node: agencies keep them, a member's node passes them on (`docs/formats/sealed.md`).
//!
//! Invariants:
//! - a node never has the key to what it keeps, and looks into nothing but the head;
//! - what is kept under a name has that name: the root over its pieces was computed from what is on the disk;
//! - a document is given to its depositor and to those for whom it is, and for anybody else it is not there;
//! - only its depositor, whom the head names, puts it here and erases it, and what was erased is taken no more;
//! - that it is kept, or erased, is said once it is on the disk.

mod answer;
mod arrival;
mod courier;
mod error;
mod files;
mod library;
mod shelf;

pub(crate) use answer::answer;
pub(crate) use arrival::{Arrival, Arrived};
pub(crate) use courier::Courier;
pub(crate) use error::Refused;
pub(crate) use library::{Library, Shown};
pub(crate) use shelf::{Bounds, Shelf};
