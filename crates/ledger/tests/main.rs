//! The tests of the formats, as one program: they share samples, and one program is compiled and linked once.

mod apply;
mod bounds;
mod codec;
mod document;
mod ed25519;
mod genesis;
mod judge;
mod passage;
mod policy;
mod samples;
mod shape;
mod vectors;
mod votes;
