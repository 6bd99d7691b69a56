//! Which blocks of the current height have a quorum of prevotes (a polka).
//!
//! Whoever streams a block again because it had a polka says so, but a proposer could say it of a fresh block to have its
//! time accepted unjudged. And a node that precommitted one block may prevote another only if that had a polka since. The
//! engine does not tell what it knows, so the verifier counts the prevotes that it found to hold.

use crate::context::{Value, Vote};
use ledger::{BlockId, KeyId};
use malachite::app::types::core::{NilOrVal, VoteType};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Rounds and blocks whose votes are counted at one time. Two blocks a round can be voted for by honest validators'
/// doing; what is beyond is the work of validators that vote for everything.
const MAX_COUNTS: usize = 1_024;

#[derive(Debug, Default)]
struct Counts {
    height: u64,
    quorum: usize,
    votes: BTreeMap<(u32, BlockId), BTreeSet<KeyId>>,
    reached: BTreeSet<(BlockId, u32)>,
}

/// The counter, shared between verifier, signer and driver.
#[derive(Debug, Default)]
pub(crate) struct Polkas(Mutex<Counts>);

impl Polkas {
    /// Starts a height with the number of prevotes that make a polka.
    pub(crate) fn start(&self, height: u64, quorum: usize) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts = Counts { height, quorum, ..Counts::default() };
    }

    /// Counts a vote whose signature holds under the key of a validator of its height.
    pub(crate) fn record(&self, vote: &Vote) {
        let (VoteType::Prevote, NilOrVal::Val(Value(block)), Some(round)) =
            (vote.kind, vote.value, vote.round.as_u32())
        else {
            return;
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if vote.height.0 != counts.height || counts.reached.contains(&(block, round)) {
            return;
        }
        if counts.votes.len() >= MAX_COUNTS && !counts.votes.contains_key(&(round, block)) {
            // The oldest round goes; a certificate that is proposed again is verified, and so counted, again.
            counts.votes.pop_first();
        }
        let quorum = counts.quorum;
        let voters = counts.votes.entry((round, block)).or_default();
        voters.insert(vote.address.0);
        if voters.len() >= quorum {
            counts.votes.remove(&(round, block));
            counts.reached.insert((block, round));
        }
    }

    /// Whether the block had a polka in any round of the current height.
    pub(crate) fn has(&self, height: u64, block: &BlockId) -> bool {
        self.has_in(height, 0..u32::MAX, block)
    }

    /// Whether the block had a polka in one of these rounds of the current height.
    pub(crate) fn has_in(&self, height: u64, rounds: Range<u32>, block: &BlockId) -> bool {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // An empty range has no end to start from.
        !rounds.is_empty()
            && counts.height == height
            && counts.reached.range((*block, rounds.start)..(*block, rounds.end)).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Address, Height};
    use ledger::Hash;
    use malachite::app::types::core::Round;

    fn vote(kind: VoteType, height: u64, round: u32, block: u8, voter: u8) -> Vote {
        Vote {
            kind,
            height: Height(height),
            round: Round::new(round),
            value: NilOrVal::Val(Value(BlockId(Hash([block; 32])))),
            address: Address(KeyId(Hash([voter; 32]))),
        }
    }

    #[test]
    fn only_a_quorum_of_prevotes_of_one_round_counts() {
        let polkas = Polkas::default();
        let block = BlockId(Hash([1; 32]));
        polkas.start(5, 3);
        let record = |kind, height, round, voter| polkas.record(&vote(kind, height, round, 1, voter));
        record(VoteType::Prevote, 5, 0, 1);
        record(VoteType::Prevote, 5, 0, 1);
        record(VoteType::Prevote, 5, 0, 2);
        record(VoteType::Prevote, 5, 1, 3);
        record(VoteType::Prevote, 4, 0, 3);
        record(VoteType::Precommit, 5, 0, 3);
        assert!(!polkas.has(5, &block));
        record(VoteType::Prevote, 5, 0, 3);
        assert!(polkas.has(5, &block));
        assert!(!polkas.has(6, &block));
        assert!(polkas.has_in(5, 0..1, &block));
        assert!(!polkas.has_in(5, 1..9, &block) && !polkas.has_in(5, 0..0, &block));
        polkas.start(6, 3);
        assert!(!polkas.has(5, &block));
    }

    #[test]
    fn the_number_of_counts_is_bounded() {
        let polkas = Polkas::default();
        polkas.start(1, 3);
        for round in 0..2 * MAX_COUNTS as u32 {
            polkas.record(&vote(VoteType::Prevote, 1, round, 1, 1));
        }
        assert_eq!(polkas.0.lock().unwrap().votes.len(), MAX_COUNTS);
    }
}
