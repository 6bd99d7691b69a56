//! The tests of the rules, as one program: they share a world, and one program is compiled and linked once.

mod alerts;
mod atomic;
mod blocks;
mod classes;
mod derive;
mod dues;
mod governance;
mod grants;
mod handover;
mod hgr;
mod keys;
mod lives;
mod matrix;
mod matrix_law;
mod model;
mod passage;
mod registries;
mod rejections;
mod reviewed;
mod roles;
mod share;
mod units;
mod vectors;
mod visibility;
mod world;
