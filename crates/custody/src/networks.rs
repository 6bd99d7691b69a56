//! Other networks that are admitted: what their agencies certify of their items is believed here.

use crate::{Judged, overlay::Overlay};
use ledger::{
    NetworkId, Rejection, StateKey, StateRead, Text, operation::Change, record::NetworkRecord, state::ReadError,
};

/// What is known here of a network; none where it is not admitted.
pub(crate) fn known<S: StateRead>(
    overlay: &Overlay<'_, S>,
    network: NetworkId,
) -> Result<Option<NetworkRecord>, ReadError> {
    overlay.record(&StateKey::Network(network))
}

/// Whether a network may be admitted: another one, and from a later block on than it is known from.
pub(crate) fn check<S: StateRead>(overlay: &Overlay<'_, S>, network: NetworkId, height: u64) -> Judged<()> {
    let invalid = |what: &str| Ok(Err(Rejection::PassageInvalid { what: Text::new(what).unwrap_or_default() }));
    if network == overlay.network {
        return invalid("the network is this one");
    }
    match known(overlay, network)? {
        Some(record) if height <= record.height => invalid("it is known from a later block on"),
        Some(_) | None => Ok(Ok(())),
    }
}

/// Admits it, or renews from where on it is known.
pub(crate) fn admit<S: StateRead>(overlay: &mut Overlay<'_, S>, change: &Change) {
    if let Change::AdmitNetwork { network, chain, set, height, block, time } = change {
        let record = NetworkRecord {
            chain: chain.clone(),
            set: set.clone(),
            height: *height,
            block: *block,
            time: *time,
            from: overlay.at,
        };
        overlay.put(StateKey::Network(*network), &record);
    }
}
