//! What became of a transaction that was signed before: asked of a node, and sent once more where that can help.
//!
//! Whoever signs anew must know that the first one is in no block and never will be. One node's word for it is not enough:
//! [`lost`] says whose is.

mod feed;

use crate::{
    acts,
    failure::{Failure, Result},
    session::Session,
};
use api::{
    catalogue::exit,
    paths,
    tx::{TxState, TxStatus},
};
use ledger::{SignedTx, Timestamp, TxId};

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is in the ledger, and done.
    Committed,
    /// It is in the ledger, and refused by a rule.
    Refused(Failure),
    /// It expired without being committed, and never can be.
    Void,
}

/// Learns how a transaction ended. `bytes` are sent again where the node does not know them and they can still be taken.
///
/// Errors: those of the node, H7007 while it is not decided, and H7018.
pub(crate) fn learn(
    session: &Session,
    id: &TxId,
    expires: Timestamp,
    bytes: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Fate> {
    let mut status = ask(session, id)?;
    if matches!(status.status, TxState::Unknown | TxState::Expired) {
        let bytes = bytes()?;
        if is_over(session, expires) {
            match lost(session, &SignedTx::from_bytes(&bytes)?)? {
                None => return Ok(Fate::Void),
                Some(found) => status = found,
            }
        } else {
            acts::post(session, &bytes)?;
        }
    }
    if !status.status.is_final() {
        status = acts::decision(session, id)?;
    }
    Ok(match &status.rejection {
        None => Fate::Committed,
        Some(rejection) => Fate::Refused(rejection.problem(rejection.params.clone(), session.out.lang).into()),
    })
}

fn ask(session: &Session, id: &TxId) -> Result<TxStatus> {
    session.read(&paths::fill(paths::TX_ONE, &id.to_string()), &[])
}

/// What became of a transaction whose time is over: none where it is in no block.
///
/// That it is in none is proved by the feed of one's own organisation, certified up to a block after its end, which lists
/// whatever the organisation signed. Where no such feed can be had, two nodes have to say so. Each is asked by itself, with
/// its own time: another may be behind.
///
/// Errors: H7018 where neither can be had; H7013 where the feed lists what all nodes hide; those of being without a node.
pub(crate) fn lost(session: &Session, tx: &SignedTx) -> Result<Option<TxStatus>> {
    let (id, org) = (tx.body.id(), session.key_header()?.org);
    // To those who did not sign it nodes may not show it, and no feed of theirs lists it.
    let is_own = tx.body.signers.iter().any(|slot| slot.org == org);
    let unsure = || Failure::new("H7018", [("id", id.to_string())]);
    let (mut silent, mut is_listed, mut away) = (0, false, Some(unsure()));
    for node in session.each_node() {
        let status = match ask(&node, &id) {
            Ok(status) => status,
            Err(failure) => {
                away = away.map(|_| failure);
                continue;
            }
        };
        away = None;
        match status.status {
            TxState::Committed | TxState::Refused => return Ok(Some(status)),
            TxState::Pending => return Err(undecided(&id)),
            TxState::Unknown | TxState::Expired if !is_own => {}
            TxState::Unknown | TxState::Expired => match feed::lists(&node, &org, tx) {
                Ok(false) => return Ok(None),
                Ok(true) => is_listed = true,
                Err(_) => silent += usize::from(is_over(&node, tx.body.expires)),
            },
        }
    }
    match (away, silent) {
        (Some(failure), _) => Err(failure),
        (None, _) if is_listed => Err(session.mismatch("transaction")),
        (None, 0 | 1) => Err(unsure()),
        (None, _) => Ok(None),
    }
}

/// Whether block time has passed an expiry.
fn is_over(session: &Session, expires: Timestamp) -> bool {
    session.network().is_ok_and(|n| api::time::parse(&n.as_of.time).is_ok_and(|now| now > expires))
}

/// A transaction that is not decided.
pub(crate) fn undecided(id: &TxId) -> Failure {
    Failure::new("H7007", [("id", id.to_string())])
}

/// Whether there is no use in asking about others: no node answers.
pub(crate) fn is_final(failure: &Failure) -> bool {
    failure.exit_code() == exit::UNREACHABLE && failure.code != "H7007"
}
