//! Who signs: the node's key pair, or whatever stands in for it.

pub use keys::Signer;
