//! The tests of the client, as one program: they share a node that only remembers, and one program is linked once.

mod backup;
mod book;
mod caveats;
mod documents;
mod drafts;
mod faults;
mod gate;
mod gateway;
mod guide;
mod hooks;
mod lists;
mod node;
mod nodes;
mod office;
mod pipes;
mod scan;
mod tls;
mod told;
mod trust;
mod whose;
