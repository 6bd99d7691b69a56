//! What became of a transaction that was signed before: asked of a node, and sent once more where that can help.

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
use ledger::{Timestamp, TxId};

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
/// Errors: those of the node, and H7007 while it is not decided.
pub(crate) fn learn(
    session: &Session,
    id: &TxId,
    expires: Timestamp,
    bytes: impl FnOnce() -> Result<Vec<u8>>,
) -> Result<Fate> {
    let mut status: TxStatus = session.read(&paths::fill(paths::TX_ONE, &id.to_string()), &[])?;
    if status.status == TxState::Unknown {
        if is_over(session, expires) {
            // The ledger is past its expiry and does not have it: it can never be committed.
            return Ok(Fate::Void);
        }
        acts::post(session, &bytes()?)?;
    }
    if !status.status.is_final() {
        status = acts::decision(session, id)?;
    }
    Ok(match &status.rejection {
        None => Fate::Committed,
        Some(rejection) => Fate::Refused(rejection.problem(rejection.params.clone(), session.out.lang).into()),
    })
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
