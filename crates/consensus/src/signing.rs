//! How the engine signs and verifies: by the ledger's statements and rule, through the sign-state.

use crate::context::{Hufu, Proposal, Sig, Vote};
use crate::halt::Halt;
use crate::polka::Polkas;
use crate::sign_state::{Position, SignError, SignState, Slot};
use async_trait::async_trait;
use keys::Signer;
use ledger::{BlockId, Hash, KeyId, NetworkId, PartsSeal, PublicKey, Signature, VoteKind};
use malachite::app::types::core::{SignedMessage, ValidatorProof, VoteExtensionScope};
use malachite_signing::{self as engine, VerificationResult};
use std::sync::{Arc, Mutex, PoisonError};

/// The key, behind the sign-state: the only place in a node where its consensus key signs.
pub(crate) struct Guard {
    network: NetworkId,
    id: KeyId,
    key: Box<dyn Signer + Send + Sync>,
    state: Mutex<SignState>,
    halt: Halt,
}

impl Guard {
    pub(crate) fn new(network: NetworkId, key: Box<dyn Signer + Send + Sync>, state: SignState, halt: Halt) -> Guard {
        Guard { network, id: key.public_key().id(), key, state: Mutex::new(state), halt }
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    /// The seal on a block that this node streams as the proposer of a round.
    pub(crate) fn seal(&self, height: u64, round: u32, block: BlockId) -> Result<Signature, SignError> {
        let seal = PartsSeal { network: self.network, height, round, signer: self.id, block };
        self.sign(self.id, Position { height, round, slot: Slot::Seal }, seal.sign_hash())
    }

    fn vote(&self, vote: &Vote) -> Result<Signature, SignError> {
        let statement = vote.statement(self.network).ok_or(SignError::NoRound)?;
        let slot = match statement.kind {
            VoteKind::Prevote => Slot::Prevote,
            VoteKind::Precommit => Slot::Precommit,
        };
        let at = Position { height: statement.height, round: statement.round, slot };
        self.sign(statement.signer, at, statement.sign_hash())
    }

    fn proposal(&self, proposal: &Proposal) -> Result<Signature, SignError> {
        let statement = proposal.statement(self.network).ok_or(SignError::NoRound)?;
        let at = Position { height: statement.height, round: statement.round, slot: Slot::Proposal };
        self.sign(statement.signer, at, statement.sign_hash())
    }

    fn sign(&self, signer: KeyId, at: Position, hash: Hash) -> Result<Signature, SignError> {
        if signer != self.id {
            return Err(SignError::WrongSigner { asked: signer, own: self.id });
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the lock: once a halt is declared, no signature is released.
        if self.halt.is_halted() {
            return Err(SignError::Halted);
        }
        state.sign(at, &hash, |h| self.key.sign(h))
    }

    /// Makes the sign-state at least as high as a decided height.
    pub(crate) fn cover(&self, height: u64) -> std::io::Result<()> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).cover(height)
    }
}

/// The engine's signer.
pub(crate) struct EngineSigner {
    pub(crate) guard: Arc<Guard>,
    pub(crate) polkas: Arc<Polkas>,
}

impl EngineSigner {
    /// Signing waits for the disk, so it leaves the thread that serves the network. A refusal ends the engine: to go on
    /// without the signature would be a guess.
    async fn run<M, F>(&self, message: M, sign: F) -> Result<SignedMessage<Hufu, M>, engine::Error>
    where
        M: Send + 'static,
        F: FnOnce(&Guard, &M) -> Result<Signature, SignError> + Send + 'static,
    {
        let guard = Arc::clone(&self.guard);
        let done = tokio::task::spawn_blocking(move || {
            let signature = sign(&guard, &message);
            if let Err(error) = &signature {
                guard.halt.declare(crate::halt::HaltReason::SigningRefused(describe(error)));
            }
            signature.map(|s| SignedMessage::new(message, Sig(s)))
        });
        match done.await {
            Ok(Ok(signed)) => Ok(signed),
            Ok(Err(refused)) => Err(engine::Error::from_source(refused)),
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
        self.polkas.record(&signed.message);
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
