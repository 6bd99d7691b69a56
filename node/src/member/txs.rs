//! What became of transactions. That a node shows none proves nothing: it may be behind, may not keep the height any more,
//! or lie. One that is shown proves itself, so the nodes are asked one after the other until none is missing.

use super::{
    agencies::{Agencies, Wrong},
    proven::{self, End},
};
use ::access::{PeerKey, Request, Response};
use ledger::{Header, TxId};
use proof::Known;
use store::OwnTx;

/// Those transactions, of as many as one request may name, that some node shows in the history of a head, with the headers
/// of their blocks. `node`: that gave the head. Its errors are those here; what others answer wrongly is told to the watch.
pub(crate) async fn find(
    agencies: &Agencies,
    node: PeerKey,
    head: &Known,
    ids: &[TxId],
) -> Result<Vec<(Header, OwnTx)>, End> {
    let mut found = shown(agencies, node, head, ids).await?;
    for other in agencies.order().into_iter().filter(|other| *other != node) {
        let is_missing = |id: &TxId| found.iter().all(|(_, tx)| tx.receipt.tx != *id);
        let missing: Vec<TxId> = ids.iter().copied().filter(is_missing).collect();
        if missing.is_empty() {
            break;
        }
        match shown(agencies, other, head, &missing).await {
            Ok(more) => found.extend(more),
            Err(End::Wrong(wrong)) => agencies.tell_wrong(other, head.height, wrong),
            // It is away, or has not come to this head.
            Err(_) => {}
        }
    }
    Ok(found)
}

/// Those of them that one node shows.
async fn shown(agencies: &Agencies, node: PeerKey, head: &Known, ids: &[TxId]) -> Result<Vec<(Header, OwnTx)>, End> {
    let txs = match agencies.ask(node, Request::Txs { at: head.height, ids: ids.to_vec() }).await? {
        Response::Txs { txs } if txs.len() == ids.len() => txs,
        _ => return Err(Wrong::shape("another answer than transactions").into()),
    };
    let mut shown = Vec::new();
    for (id, placed) in ids.iter().zip(txs) {
        let Some(placed) = placed else { continue };
        let (header, tx) = proven::tx(head, *placed)?;
        if tx.receipt.tx != *id {
            return Err(Wrong::shape("another transaction than was asked for").into());
        }
        shown.push((header, tx));
    }
    Ok(shown)
}
