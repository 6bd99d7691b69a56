//! The tests of the verifier, as one program: they share worlds, and one program is linked once.

mod absence;
mod against;
mod card;
mod collusion;
mod corpus;
mod edges;
mod evidence;
mod executed;
mod feed;
mod file_vectors;
mod files;
mod follow;
mod histories;
mod hostile;
mod light;
mod mutants;
mod names;
mod opening;
mod related;
mod roots;
mod stories;
mod tamper;
mod tampered;
mod town;
mod vectors;
mod world;
