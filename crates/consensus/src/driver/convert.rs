//! Between the engine's types and the ledger's.

use crate::application::{Timeouts, Tip};
use crate::context::{Address, Height, Hufu, Proposal, Sig, Validators, Value, Vote};
use ledger::{Certificate, CommitSignature, Evidence, NetworkId, SignedProposal, SignedVote};
use malachite::app::consensus::MisbehaviorEvidence;
use malachite::app::engine::host::HeightParams;
use malachite::app::types::core::{
    CommitCertificate, ExtendedCommitCertificate, ExtendedCommitSignature, LinearTimeouts, Round, SignedMessage,
};

/// A certificate of the ledger: signers in ascending order, each once. `None` without a round, which does not happen.
pub(super) fn certificate(from: &CommitCertificate<Hufu>) -> Option<Certificate> {
    let mut signatures: Vec<_> = from
        .commit_signatures
        .iter()
        .map(|s| CommitSignature { signer: s.address.0, signature: s.signature.0 })
        .collect();
    signatures.sort_by_key(|s| s.signer);
    signatures.dedup_by_key(|s| s.signer);
    Some(Certificate { height: from.height.0, round: from.round.as_u32()?, block: from.value_id.0, signatures })
}

/// A certificate for a peer that syncs.
pub(super) fn extended(from: &Certificate) -> ExtendedCommitCertificate<Hufu> {
    let signatures = from.signatures.iter();
    ExtendedCommitCertificate {
        height: Height(from.height),
        round: Round::new(from.round),
        value_id: Value(from.block),
        commit_signatures: signatures
            .map(|s| ExtendedCommitSignature::new(Address(s.signer), Sig(s.signature), None))
            .collect(),
    }
}

/// The pairs of conflicting messages that the engine saw, with their signatures.
pub(super) fn evidence(network: NetworkId, from: &MisbehaviorEvidence<Hufu>) -> Vec<Evidence> {
    let vote = |m: &SignedMessage<Hufu, Vote>| {
        Some(SignedVote { vote: m.message.statement(network)?, signature: m.signature.0 })
    };
    let proposal = |m: &SignedMessage<Hufu, Proposal>| {
        Some(SignedProposal { proposal: m.message.statement(network)?, signature: m.signature.0 })
    };
    let votes = from.votes.iter().flat_map(|(_, pairs)| pairs);
    let proposals = from.proposals.iter().flat_map(|(_, pairs)| pairs);
    let votes = votes.filter_map(|(a, b)| Some(Evidence::Votes { first: vote(a)?, second: vote(b)? }));
    let proposals =
        proposals.filter_map(|(a, b)| Some(Evidence::Proposals { first: proposal(a)?, second: proposal(b)? }));
    votes.chain(proposals).collect()
}

/// How the engine is to run the height after the tip.
pub(super) fn params(tip: &Tip) -> HeightParams<Hufu> {
    HeightParams::new(Validators::of(&tip.validators), timeouts(&tip.timeouts), Some(tip.pacing.busy_interval))
}

fn timeouts(from: &Timeouts) -> LinearTimeouts {
    let Timeouts { propose, propose_delta, prevote, prevote_delta, precommit, precommit_delta, rebroadcast, max } =
        *from;
    LinearTimeouts {
        propose,
        propose_delta,
        prevote,
        prevote_delta,
        precommit,
        precommit_delta,
        rebroadcast,
        max_timeout: max,
    }
}
