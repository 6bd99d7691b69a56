//! Transactions: sending, asking what became of them, judging without sending.

use crate::{
    Lang, Problem, bytes, catalogue, time,
    view::{AsOf, DecisionView},
};
use ledger::{Outcome, Receipt, Rejection, TxId, event::Decision, record::Stamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Value of `schema` in [`TxStatus`] and [`TxAccepted`].
pub const SCHEMA: &str = "hufu.tx/1";

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TxState {
    /// Waits in the pool.
    Pending,
    /// In a block, and done.
    Committed,
    /// In a block, and refused by a rule.
    Refused,
    /// Not known to this node: never sent, expired, or not arrived yet.
    Unknown,
    /// Kept by this member's node until no block could hold it, and given up.
    Expired,
}

impl TxState {
    /// Whether it is decided.
    pub fn is_final(self) -> bool {
        matches!(self, TxState::Committed | TxState::Refused)
    }
}

/// Query of [`crate::paths::TX`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SubmitQuery {
    /// `1`: judge, do not send.
    pub dry_run: Option<u8>,
}

/// Query of [`crate::paths::TX_ONE`].
#[derive(Clone, Debug, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitQuery {
    /// `committed`: answer when it is decided.
    pub wait: Option<String>,
    /// Longest wait in milliseconds, at most [`crate::paths::MAX_WAIT_MS`].
    pub timeout_ms: Option<u64>,
}

/// Answer to a transaction that was taken: 202 with `Location`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TxAccepted {
    /// [`SCHEMA`].
    pub schema: String,
    /// Identity, 64 hexadecimal digits.
    pub id: String,
    /// Pending; or committed or refused when it was sent before.
    pub status: TxState,
}

/// A refusal by a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectionView {
    /// Stable code.
    pub code: String,
    /// Name of the rejection.
    pub name: String,
    /// Its values by name.
    pub params: BTreeMap<String, String>,
    /// What happened, in the language asked for.
    pub message: String,
    /// By which rule.
    pub decision: DecisionView,
}

impl RejectionView {
    /// The view of a rejection.
    pub fn of(rejection: &Rejection, decision: &Decision, lang: Lang) -> RejectionView {
        let params: BTreeMap<String, String> = rejection.params().into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        RejectionView {
            code: rejection.code().into(),
            name: rejection.name().into(),
            message: catalogue::render(rejection.code(), &params, lang),
            params,
            decision: DecisionView::of(decision),
        }
    }
}

impl RejectionView {
    /// Rule and article, such as `R12, art. 25`; empty where the pack has no words for the act.
    pub fn law(&self) -> String {
        let DecisionView { rule, article, pack: _, version: _, grounds: _ } = &self.decision;
        let words: Vec<&str> =
            rule.iter().chain([article]).map(String::as_str).filter(|word| !word.is_empty()).collect();
        words.join(", ")
    }

    /// The refusal as a problem that cites its law, with these values in place of its own.
    pub fn problem(&self, mut params: BTreeMap<String, String>, lang: Lang) -> Problem {
        let law = self.law();
        params.insert("law".into(), law.clone());
        let problem = Problem::new(&self.code, params, lang);
        match law.is_empty() {
            true => problem,
            false => Problem { detail: format!("{} ({law})", problem.detail), ..problem },
        }
    }
}

/// An event as a receipt names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventRefView {
    /// The item.
    pub item: String,
    /// Number of the event.
    pub n: u64,
    /// Hash of the event.
    pub hash: String,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TxStatus {
    /// [`SCHEMA`].
    pub schema: String,
    /// Identity, 64 hexadecimal digits.
    pub id: String,
    /// Where it stands.
    pub status: TxState,
    /// Height of its block.
    pub height: Option<u64>,
    /// Position in the block.
    pub index: Option<u32>,
    /// Time of its block.
    pub time: Option<String>,
    /// Why it was refused.
    pub rejection: Option<RejectionView>,
    /// Events it caused, in order.
    #[serde(default)]
    pub events: Vec<EventRefView>,
    /// Canonical bytes of the [`Receipt`], base64url.
    #[serde(default)]
    pub record: Option<String>,
}

impl TxStatus {
    /// A transaction in no block.
    pub fn undecided(id: &TxId, status: TxState) -> TxStatus {
        TxStatus {
            schema: SCHEMA.into(),
            id: id.to_string(),
            status,
            height: None,
            index: None,
            time: None,
            rejection: None,
            events: Vec::new(),
            record: None,
        }
    }

    /// A transaction in a block.
    pub fn decided(receipt: &Receipt, at: Stamp, lang: Lang) -> TxStatus {
        let (status, rejection, events) = match &receipt.outcome {
            Outcome::Accepted { events } => (TxState::Committed, None, events.as_slice()),
            Outcome::Rejected { rejection, decision } => {
                (TxState::Refused, Some(RejectionView::of(rejection, decision, lang)), &[][..])
            }
        };
        let events = events
            .iter()
            .map(|e| EventRefView { item: e.item.to_string(), n: e.n, hash: e.hash.to_string() })
            .collect();
        TxStatus {
            height: Some(at.height),
            index: Some(receipt.index),
            time: Some(time::rfc3339(at.time)),
            rejection,
            events,
            record: Some(bytes::of(receipt)),
            ..TxStatus::undecided(&receipt.tx, status)
        }
    }
}

/// Answer to `?dry_run=1`: what the rules would say now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DryRun {
    /// `hufu.dry-run/1`.
    pub schema: String,
    /// Identity of the transaction.
    pub id: String,
    /// Whether it would be done.
    pub accepted: bool,
    /// Why not, if a rule refuses it.
    pub rejection: Option<RejectionView>,
    /// Why not, if it is inadmissible.
    pub problem: Option<Problem>,
    /// Events it would cause: item, number and kind.
    #[serde(default)]
    pub events: Vec<EventKindView>,
    /// State it was judged against.
    pub as_of: AsOf,
}

/// Value of `schema` in [`DryRun`].
pub const DRY_RUN_SCHEMA: &str = "hufu.dry-run/1";

/// An event that would be caused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventKindView {
    /// The item.
    pub item: String,
    /// Number of the event.
    pub n: u64,
    /// Its kind, see [`ledger::Effect::name`].
    pub kind: String,
}

/// Answer to [`crate::paths::TX_BATCH`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchAccepted {
    /// `hufu.tx-batch/1`.
    pub schema: String,
    /// How many were taken.
    pub taken: u32,
    /// How many were not.
    pub failed: u32,
    /// An answer for each, in the order sent.
    pub answers: Vec<BatchAnswer>,
}

/// Value of `schema` in [`BatchAccepted`].
pub const BATCH_SCHEMA: &str = "hufu.tx-batch/1";

/// Answer to one transaction of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchAnswer {
    /// Identity; none where the bytes could not be read.
    pub id: Option<String>,
    /// Where it stands, when it was taken.
    pub status: Option<TxState>,
    /// Why it was not taken.
    pub problem: Option<Problem>,
}

/// Why a batch body was not taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The body ends within a length or a transaction.
    #[error("read a batch that ends within transaction {index}")]
    CutOff {
        /// Position of the transaction.
        index: usize,
    },
    /// More bytes or transactions than one batch holds.
    #[error("read a batch of more bytes or transactions than one holds")]
    TooMany,
}

impl BatchError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            BatchError::CutOff { .. } => "H6002",
            BatchError::TooMany => "H6003",
        }
    }
}

/// Puts signed transactions one behind another, each behind its length (u32, little-endian).
pub fn join_batch<'a>(transactions: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for transaction in transactions {
        // A signed transaction is at most 256 KiB; a longer one is refused by its length at the other end.
        body.extend(u32::try_from(transaction.len()).unwrap_or(u32::MAX).to_le_bytes());
        body.extend(transaction);
    }
    body
}

/// Takes a batch body apart without copying.
pub fn split_batch(mut body: &[u8]) -> Result<Vec<&[u8]>, BatchError> {
    if body.len() > crate::paths::MAX_BATCH_BYTES {
        return Err(BatchError::TooMany);
    }
    let mut list = Vec::new();
    while !body.is_empty() {
        let index = list.len();
        if index == crate::paths::MAX_BATCH_TXS {
            return Err(BatchError::TooMany);
        }
        let cut = BatchError::CutOff { index };
        let (length, rest) = body.split_first_chunk::<4>().ok_or(cut)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| cut)?;
        let (transaction, rest) = rest.split_at_checked(length).ok_or(cut)?;
        list.push(transaction);
        body = rest;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::policy::Rule;

    #[test]
    fn a_refusal_cites_its_law() {
        let problem = |decision: &Decision| {
            let view = RejectionView::of(&Rejection::QuantityZero, decision, Lang::En);
            (view.law(), view.problem(view.params.clone(), Lang::En))
        };
        let article = ledger::Text::new("art. 25").unwrap();
        let (law, cited) = problem(&Decision { rule: Rule(12), article: article.clone(), ..Decision::default() });
        assert!(
            law == "R12, art. 25" && cited.detail.ends_with("(R12, art. 25)") && cited.params["law"] == law,
            "{cited:?}"
        );
        assert_eq!(problem(&Decision { article, ..Decision::default() }).0, "art. 25");
        let (law, silent) = problem(&Decision::default());
        assert!(law.is_empty() && !silent.detail.ends_with(')'), "{silent:?}");
    }

    #[test]
    fn batches_come_apart_as_they_were_joined() {
        let parts: [&[u8]; 3] = [b"one", b"", b"three"];
        let body = join_batch(parts);
        assert_eq!(split_batch(&body), Ok(parts.to_vec()));
        assert_eq!(split_batch(&[]), Ok(vec![]));
        assert_eq!(split_batch(&body[..body.len() - 1]), Err(BatchError::CutOff { index: 2 }));
        assert_eq!(split_batch(&[1, 0, 0]), Err(BatchError::CutOff { index: 0 }));
        assert_eq!(split_batch(&[255; 4]), Err(BatchError::CutOff { index: 0 }));
    }

    #[test]
    fn bounds_of_a_batch() {
        let full = vec![0u8; 4 * crate::paths::MAX_BATCH_TXS];
        assert_eq!(split_batch(&full).map(|l| l.len()), Ok(crate::paths::MAX_BATCH_TXS));
        assert_eq!(split_batch(&[full, vec![0; 4]].concat()), Err(BatchError::TooMany));
        assert_eq!(split_batch(&vec![0; crate::paths::MAX_BATCH_BYTES + 1]), Err(BatchError::TooMany));
    }
}
