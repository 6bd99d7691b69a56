//! How the engine signs and verifies: by the ledger's statements and rule, through the sign-state.

use crate::context::{Hufu, Proposal, Sig, Vote};
use crate::halt::{Halt, HaltReason};
use crate::polka::Polkas;
use crate::sign_state::{Position, SignError, SignState, Slot, Statement};
use async_trait::async_trait;
use keys::Signer;
use ledger::{BlockId, Hash, KeyId, NetworkId, PartsSeal, PublicKey, Signature, VoteKind};
use malachite::app::types::core::{SignedMessage, ValidatorProof, VoteExtensionScope};
use malachite_signing::{self as engine, VerificationResult};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// The key, behind the sign-state: the only place in a node where its consensus key signs.
pub(crate) struct Guard {
    network: NetworkId,
    id: KeyId,
    key: Box<dyn Signer + Send + Sync>,
    state: Mutex<SignState>,
    polkas: Arc<Polkas>,
    halt: Halt,
}

/// Stands where a signature was refused. It verifies under no key (its scalar is out of range), so the engine does not
/// count the message, and the network does not send it: the node abstains.
pub(crate) const WITHHELD: Sig = Sig(Signature([0xff; 64]));

impl Guard {
    pub(crate) fn new(
        network: NetworkId,
        key: Box<dyn Signer + Send + Sync>,
        state: SignState,
        polkas: Arc<Polkas>,
        halt: Halt,
    ) -> Guard {
        Guard { network, id: key.public_key().id(), key, state: Mutex::new(state), polkas, halt }
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    /// The seal on a block that this node streams as the proposer of a round.
    pub(crate) fn seal(&self, height: u64, round: u32, block: BlockId) -> Result<Signature, SignError> {
        let seal = PartsSeal { network: self.network, height, round, signer: self.id, block };
        let statement = Statement { hash: seal.sign_hash(), block: Some(block) };
        self.sign(self.id, Position { height, round, slot: Slot::Seal }, statement)
    }

    fn vote(&self, vote: &Vote) -> Result<Signature, SignError> {
        let statement = vote.statement(self.network).ok_or(SignError::NoRound)?;
        let slot = match statement.kind {
            VoteKind::Prevote => Slot::Prevote,
            VoteKind::Precommit => Slot::Precommit,
        };
        let at = Position { height: statement.height, round: statement.round, slot };
        self.sign(statement.signer, at, Statement { hash: statement.sign_hash(), block: statement.block })
    }

    fn proposal(&self, proposal: &Proposal) -> Result<Signature, SignError> {
        let statement = proposal.statement(self.network).ok_or(SignError::NoRound)?;
        let at = Position { height: statement.height, round: statement.round, slot: Slot::Proposal };
        self.sign(statement.signer, at, Statement { hash: statement.sign_hash(), block: Some(statement.block) })
    }

    fn sign(&self, signer: KeyId, at: Position, statement: Statement) -> Result<Signature, SignError> {
        if signer != self.id {
            return Err(SignError::WrongSigner { asked: signer, own: self.id });
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the lock: once a halt is declared, no signature is released.
        if self.halt.is_halted() {
            return Err(SignError::Halted);
        }
        let had_polka = |rounds: Range<u32>, block: &BlockId| self.polkas.has_in(at.height, rounds, block);
        let signed = state.sign(at, statement, had_polka, |hash: &Hash| self.key.sign(hash));
        if let Err(error) = &signed
            && error.is_refusal()
        {
            tracing::error!(%error, "a signature is withheld");
            self.halt.update(|status| status.withheld = status.withheld.saturating_add(1));
        }
        signed
    }

    /// Makes the sign-state at least as high as a decided height.
    pub(crate) fn cover(&self, height: u64) -> std::io::Result<()> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).cover(height)
    }
}

/// The engine's signer.
pub(crate) struct EngineSigner(pub(crate) Arc<Guard>);

impl EngineSigner {
    /// Signing waits for the disk, so it leaves the thread that serves the network.
    ///
    /// A statement against what was signed before is answered by [`WITHHELD`], which lets the engine go on without this
    /// node's voice. A record that cannot be kept ends the engine.
    async fn run<M, F>(&self, message: M, sign: F) -> Result<SignedMessage<Hufu, M>, engine::Error>
    where
        M: Send + 'static,
        F: FnOnce(&Guard, &M) -> Result<Signature, SignError> + Send + 'static,
    {
        let guard = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || match sign(&guard, &message) {
            Ok(signature) => Ok(SignedMessage::new(message, Sig(signature))),
            Err(error) if error.is_refusal() => Ok(SignedMessage::new(message, WITHHELD)),
            Err(error) => {
                guard.halt.declare(HaltReason::SigningFailed(describe(&error)));
                Err(error)
            }
        });
        match done.await {
            Ok(Ok(signed)) => Ok(signed),
            Ok(Err(failed)) => Err(engine::Error::from_source(failed)),
            Err(panicked) => Err(engine::Error::from_source(panicked)),
        }
    }
}

fn describe(error: &SignError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[async_trait]
impl engine::Signer<Hufu> for EngineSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<Hufu, Vote>, engine::Error> {
        let signed = self.run(vote, Guard::vote).await?;
        if signed.signature != WITHHELD {
            self.0.polkas.record(&signed.message);
        }
        Ok(signed)
    }

    async fn sign_proposal(&self, proposal: Proposal) -> Result<SignedMessage<Hufu, Proposal>, engine::Error> {
        self.run(proposal, Guard::proposal).await
    }

    async fn sign_vote_extension(
        &self,
        _: VoteExtensionScope<Hufu>,
        _: (),
    ) -> Result<SignedMessage<Hufu, ()>, engine::Error> {
        Err(engine::Error::new())
    }

    // Our network actor knows its peers by the ledger and asks for no proofs.
    async fn sign_validator_proof(&self, _: Vec<u8>, _: Vec<u8>) -> Result<ValidatorProof<Hufu>, engine::Error> {
        Err(engine::Error::new())
    }
}

/// The engine's verifier: the ledger's rule (ZIP 215) over the ledger's statements. Prevotes that hold are counted, also
/// those inside certificates, which the engine verifies one by one.
pub(crate) struct EngineVerifier {
    pub(crate) network: NetworkId,
    pub(crate) polkas: Arc<Polkas>,
}

#[async_trait]
impl engine::Verifier<Hufu> for EngineVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Sig,
        key: &PublicKey,
    ) -> Result<VerificationResult, engine::Error> {
        let holds = vote.statement(self.network).is_some_and(|s| key.verify(&s.sign_hash(), &signature.0));
        if holds {
            self.polkas.record(vote);
        }
        Ok(VerificationResult::from_bool(holds))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Sig,
        key: &PublicKey,
    ) -> Result<VerificationResult, engine::Error> {
        let holds = proposal.statement(self.network).is_some_and(|s| key.verify(&s.sign_hash(), &signature.0));
        Ok(VerificationResult::from_bool(holds))
    }

    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<Hufu>,
        _: &(),
        _: &Sig,
        _: &PublicKey,
    ) -> Result<VerificationResult, engine::Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(&self, _: &ValidatorProof<Hufu>) -> Result<VerificationResult, engine::Error> {
        Ok(VerificationResult::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_withheld_verifies_under_no_key() {
        for n in 1..=8 {
            let key = ed25519_dalek::SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes();
            let key = PublicKey::from_bytes(key).unwrap();
            assert!(!key.verify(&Hash([n; 32]), &WITHHELD.0));
        }
    }
}
