//! The server without consensus: a store with a genesis behind it.
