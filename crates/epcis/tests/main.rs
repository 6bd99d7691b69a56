//! The tests of EPCIS, as one program: they share samples, and one program is compiled and linked once.

mod documents;
mod export;
mod hash;
mod intent;
mod mutants;
mod rules;
mod samples;
mod schema;
mod vocabulary;
mod who;
