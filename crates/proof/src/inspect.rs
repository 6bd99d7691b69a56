//! What a bundle says, for people, without judging it.

use crate::{bundle::Bundle, parts::Parts, problem::Problem, readable, readable::Readable, verify::closed};
use serde::Serialize;

/// The content of a bundle. Nothing here is verified: it is what the file claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// `hufu.bundle/1`.
    pub schema: String,
    /// Bytes of the file.
    pub bytes: usize,
    /// Identity of the item, hexadecimal.
    pub item_id: String,
    /// Identity of the certified block, hexadecimal.
    pub block: String,
    /// Root of the state after it, hexadecimal.
    pub state_root: String,
    /// Validators of the set that signs.
    pub validators: usize,
    /// Precommits in the certificate.
    pub precommits: usize,
    /// Changes of the validator set that the bundle leads through.
    pub set_changes: usize,
    /// Keys that signed.
    pub keys: usize,
    /// Organisations that are named.
    pub orgs: usize,
    /// Signatures on transactions, of the related items too.
    pub signatures: usize,
    /// Private fields that stay closed, event by event.
    pub closed: Vec<String>,
    /// Whether the readable part is the one that the signed objects give.
    pub readable_agrees: bool,
    /// The readable part, computed from the signed objects.
    pub readable: Readable,
}

/// Reads and decodes a bundle without verifying it.
pub fn inspect(bytes: &[u8]) -> Result<Summary, Problem> {
    let bundle = Bundle::from_json(bytes)?;
    let parts = Parts::decode(&bundle, None)?;
    let readable = readable::of(&parts)?;
    let txs = parts.histories().flat_map(|history| &history.steps).filter_map(|step| step.tx.as_ref());
    Ok(Summary {
        schema: bundle.schema.clone(),
        bytes: bytes.len(),
        item_id: parts.item_id().to_string(),
        block: parts.anchor.head.id.to_string(),
        state_root: parts.anchor.header().state.to_string(),
        validators: parts.anchor.head.set.validators().len(),
        precommits: parts.anchor.head.certificate.signatures.len(),
        set_changes: parts.anchor.chain.len(),
        keys: parts.keys.len(),
        orgs: parts.orgs.len(),
        signatures: txs.map(|tx| tx.signatures.len()).sum(),
        closed: closed(&parts),
        readable_agrees: readable::difference(&bundle.readable, &readable).is_none(),
        readable,
    })
}
