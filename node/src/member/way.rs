//! The way of a transaction from a member's node: kept here, brought to an agency; and what people ask that only an agency
//! can answer.

use super::{
    Following,
    agencies::{Agencies, Unanswered, Wrong},
    fetch::Fetch,
    outbox::{Outbox, OutboxError},
};
use crate::{
    config::NodeRole,
    handle::Submitted,
    ingress::{SubmitError, known_key, own_keys, slot_keys},
};
use ::access::{PeerKey, Request, Response};
use ledger::{
    KeyId, KeyRecord, NetworkId, OrgId, Outcome, SignedTx, Timestamp, TxId, bounds::MAX_TX_BYTES, codec,
    state::MAX_RECORD_BYTES, transaction::TxError,
};
use std::{collections::BTreeSet, sync::Arc};
use store::Store;
use tokio::sync::{Notify, watch};

/// What only a member's node has.
#[derive(Clone)]
pub(crate) struct MemberWay {
    /// Whether it is a member's or a partner's.
    pub(crate) role: NodeRole,
    /// Whose it is.
    pub(crate) org: OrgId,
    /// What waits to be brought to an agency.
    pub(crate) outbox: Outbox,
    /// The agencies' nodes.
    pub(crate) agencies: Agencies,
    /// What is asked of them when somebody needs it.
    pub(crate) fetch: Fetch,
    /// Where the node stands.
    pub(crate) state: watch::Receiver<Following>,
    /// Called when something entered the outbox.
    pub(crate) new: Arc<Notify>,
}

impl MemberWay {
    /// Agencies' nodes that are connected.
    pub(crate) fn connected(&self) -> BTreeSet<PeerKey> {
        self.agencies.connected().into_iter().collect()
    }

    /// Checks transactions as far as the slice allows, and keeps them. It waits for the disk.
    pub(crate) fn keep(
        &self,
        store: &Store,
        network: NetworkId,
        now: Timestamp,
        many: Vec<Vec<u8>>,
    ) -> Vec<Result<Submitted, SubmitError>> {
        let kept = many.iter().map(|bytes| self.keep_one(store, network, now, bytes)).collect();
        self.new.notify_one();
        kept
    }

    fn keep_one(
        &self,
        store: &Store,
        network: NetworkId,
        now: Timestamp,
        bytes: &[u8],
    ) -> Result<Submitted, SubmitError> {
        let unavailable = |detail: String| SubmitError::Unavailable { detail };
        if bytes.len() > MAX_TX_BYTES {
            let error = codec::CodecError::TooLong { length: bytes.len(), limit: MAX_TX_BYTES };
            return Err(SubmitError::Inadmissible(TxError::Codec(error)));
        }
        let tx = SignedTx::from_bytes(bytes).map_err(SubmitError::Inadmissible)?;
        let id = tx.body.id();
        let is_known = self.outbox.has_copy(&id, bytes);
        if is_known || store.tx(&id).map_err(|e| unavailable(e.to_string()))?.is_some() {
            return Ok(Submitted::Known(id));
        }
        if tx.body.network != network {
            return Err(SubmitError::Inadmissible(TxError::Network { found: tx.body.network }));
        }
        tx.body.check_time(now).map_err(SubmitError::Inadmissible)?;
        let keys = slot_keys(store, &tx).map_err(|e| unavailable(e.to_string()))?;
        own_keys(&tx, &keys).map_err(SubmitError::Inadmissible)?;
        signed_here(&tx, &id, &keys, &self.org).map_err(SubmitError::Inadmissible)?;
        match self.outbox.keep(&tx, bytes, now) {
            Ok(true) => Ok(Submitted::Taken(id)),
            Ok(false) => Ok(Submitted::Known(id)),
            Err(OutboxError::Full) => Err(SubmitError::OutboxFull),
            Err(error @ OutboxError::Io { .. }) => Err(unavailable(error.to_string())),
        }
    }

    /// Has a draft judged by an agency, against its state of now. It waits for the answer: call it on a thread that may.
    pub(crate) fn judge(&self, draft: &SignedTx) -> Result<Outcome, SubmitError> {
        let request = Request::Judge { draft: draft.to_bytes() };
        let answered = self.agencies.first(request, |response| match response {
            Response::Judged { outcome } => codec::decode(&outcome, MAX_RECORD_BYTES)
                .map_err(|e| Wrong::shape(format!("the judgement of a draft: {e}"))),
            _ => Err(Wrong::shape("another answer than a judgement")),
        });
        tokio::runtime::Handle::current().block_on(answered).map_err(|why| match why {
            Unanswered::Offline => SubmitError::Offline,
            Unanswered::Refused { code, detail } => SubmitError::Refused { code, detail },
        })
    }
}

/// Checks what is signed with keys that are here; keys of others are not, and an agency checks what they signed: until then
/// a copy that somebody spoiled there waits beside the true one. One
/// signature at least is the organisation's own, with a key that has not ended: sending needs no token, and strangers would
/// fill its outbox.
fn signed_here(tx: &SignedTx, id: &TxId, keys: &[(KeyId, KeyRecord)], org: &OrgId) -> Result<(), TxError> {
    let mut is_own = false;
    for (position, (slot, signature)) in tx.body.signers.iter().zip(&tx.signatures).enumerate() {
        let Some(key) = known_key(keys, &slot.key) else { continue };
        if !key.verify(&tx.body.sign_hash(id, slot), signature) {
            return Err(TxError::SignatureInvalid { slot: position });
        }
        let is_live = keys.iter().any(|(known, record)| *known == slot.key && record.end.is_none());
        is_own |= is_live && slot.org == *org;
    }
    let slot = tx.body.signers.iter().position(|slot| slot.org == *org).unwrap_or(0);
    match tx.body.signers.get(slot) {
        Some(missing) if !is_own => Err(TxError::KeyUnknown { slot, key: missing.key }),
        Some(_) | None => Ok(()),
    }
}
