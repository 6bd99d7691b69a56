//! What the kinds of file share beside the light client: reading and writing, anchors made of links, names and notices.

use crate::{
    anchor::{Anchor, Certified, ChainLink},
    bounds::{MAX_BUNDLE_BYTES, MAX_CERTIFIED_BYTES},
    bundle::cut,
    gz::read_file,
    json::{Blob, List},
    problem::Problem,
    trust::TrustRoot,
    verdict::Notice,
};
use ledger::{Hash, ValidatorSet, codec, tag};
use serde::{Serialize, de::DeserializeOwned};

/// A notice of a kind of file.
pub(crate) fn notice(id: &'static str, message: impl Into<String>) -> Notice {
    Notice { id, message: message.into() }
}

/// What every verdict tells of its network; `trusted`: whether a trust root of it was given.
pub(crate) fn notices(test: bool, trusted: bool) -> Vec<Notice> {
    let mut notices = Vec::new();
    if test {
        notices.push(notice("test-network", "this is a test network: its items do not exist"));
    }
    if !trusted {
        let message = "no trust root of this network was given: anyone can make such a network";
        notices.push(notice("no-trust-root", message));
    }
    notices
}

/// A validator set with its hash; that of the trust root is taken from there, for its keys were checked.
pub(crate) fn validators(bytes: &Blob, trust: Option<&TrustRoot>) -> Result<(ValidatorSet, Hash), Problem> {
    let hash = Hash::of_bytes(&tag::VALIDATORS, bytes);
    match trust.filter(|t| t.set_hash() == hash) {
        Some(trust) => Ok((trust.set().clone(), hash)),
        None => Ok((read!("the validator set", bytes, MAX_CERTIFIED_BYTES)?, hash)),
    }
}

/// An anchor at one certified header, behind others.
pub(crate) fn anchor(head: &ChainLink, chain: &[ChainLink]) -> Anchor {
    let ChainLink { header, certificate, validators } = head.clone();
    Anchor { header, certificate, validators, chain: List(chain.to_vec()), witnesses: List::default(), history: None }
}

/// A certified header as a link.
pub(crate) fn link(certified: &Certified) -> ChainLink {
    ChainLink {
        header: Blob(codec::encode(&certified.header)),
        certificate: Blob(codec::encode(&certified.certificate)),
        validators: Blob(codec::encode(&certified.validators)),
    }
}

/// Reads a file, compressed or not: size, JSON, shape, bounds and schema; nothing is verified.
pub(crate) fn from_json<T: DeserializeOwned>(
    bytes: &[u8],
    schema: &str,
    stated: impl Fn(&T) -> &str,
) -> Result<T, Problem> {
    let bytes = read_file(bytes, MAX_BUNDLE_BYTES)?;
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(Problem::TooLarge { length: bytes.len(), limit: MAX_BUNDLE_BYTES });
    }
    let file: T = serde_json::from_slice(&bytes).map_err(|error| {
        let detail = cut(&error.to_string());
        match error.classify() {
            serde_json::error::Category::Data => Problem::Shape { detail },
            _ => Problem::NotJson { detail },
        }
    })?;
    match stated(&file) == schema {
        true => Ok(file),
        false => Err(Problem::Schema { found: cut(stated(&file)) }),
    }
}

/// The file.
pub(crate) fn to_json<T: Serialize>(file: &T) -> Vec<u8> {
    // Writing plain structs to memory fails for no value.
    serde_json::to_vec(file).unwrap_or_default()
}
