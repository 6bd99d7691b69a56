//! How the engine signs and verifies: by the ledger's statements and rule, through the sign-state.

use crate::context::{Hufu, Proposal, Sig, Value, Vote};
use crate::halt::{Halt, HaltReason};
use crate::polka::Polkas;
use crate::sign_state::{Position, SignError, SignState, Slot, Statement};
use async_trait::async_trait;
use keys::Signer;
use ledger::{BlockId, Hash, KeyId, NetworkId, PartsSeal, PublicKey, Signature, VoteKind};
use malachite::app::types::core::{NilOrVal, SignedMessage, ValidatorProof, VoteExtensionScope};
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

    /// Signs a vote, or gives the vote that takes its place.
    ///
    /// Where this node voted before, that vote stands: it is already the world's, and sending it again helps the round to
    /// end. Against the lock, nil may always be voted. Both happen only when the engine lost what it knew.
    fn vote(&self, vote: Vote) -> Result<SignedMessage<Hufu, Vote>, SignError> {
        match self.sign_vote(&vote) {
            Ok(signature) => Ok(SignedMessage::new(vote, Sig(signature))),
            Err(SignError::Conflict { old, .. }) => {
                let value = old.statement.block.map_or(NilOrVal::Nil, |block| NilOrVal::Val(Value(block)));
                Ok(SignedMessage::new(Vote { value, ..vote }, Sig(old.signature)))
            }
            Err(SignError::Locked { .. }) => {
                let nil = Vote { value: NilOrVal::Nil, ..vote };
                let signature = self.sign_vote(&nil)?;
                Ok(SignedMessage::new(nil, Sig(signature)))
            }
            Err(error) if error.is_refusal() => Ok(SignedMessage::new(vote, WITHHELD)),
            Err(error) => Err(error),
        }
    }

    fn sign_vote(&self, vote: &Vote) -> Result<Signature, SignError> {
        let statement = vote.statement(self.network).ok_or(SignError::NoRound)?;
        let slot = match statement.kind {
            VoteKind::Prevote => Slot::Prevote,
            VoteKind::Precommit => Slot::Precommit,
        };
        let at = Position { height: statement.height, round: statement.round, slot };
        self.sign(statement.signer, at, Statement { hash: statement.sign_hash(), block: statement.block })
    }

    fn proposal(&self, proposal: Proposal) -> Result<SignedMessage<Hufu, Proposal>, SignError> {
        match self.sign_proposal(&proposal) {
            Ok(signature) => Ok(SignedMessage::new(proposal, Sig(signature))),
            Err(error) if error.is_refusal() => Ok(SignedMessage::new(proposal, WITHHELD)),
            Err(error) => Err(error),
        }
    }

    fn sign_proposal(&self, proposal: &Proposal) -> Result<Signature, SignError> {
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
    /// What contradicts earlier statements is answered by [`WITHHELD`] or by what was signed before, and the engine goes
    /// on. A record that cannot be kept ends the engine.
    async fn run<M, F>(&self, message: M, sign: F) -> Result<SignedMessage<Hufu, M>, engine::Error>
    where
        M: Send + 'static,
        F: FnOnce(&Guard, M) -> Result<SignedMessage<Hufu, M>, SignError> + Send + 'static,
    {
        let guard = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            sign(&guard, message)
                .inspect_err(|error| guard.halt.declare(HaltReason::of(error, HaltReason::SigningFailed)))
        });
        match done.await {
            Ok(Ok(signed)) => Ok(signed),
            Ok(Err(failed)) => Err(engine::Error::from_source(failed)),
            Err(panicked) => Err(engine::Error::from_source(panicked)),
        }
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
    use crate::context::{Address, Height};
    use ed25519_dalek::Signer as _;
    use malachite::app::types::core::{Round, VoteType};

    const NETWORK: NetworkId = NetworkId(Hash([6; 32]));

    struct Pen(ed25519_dalek::SigningKey);

    impl Signer for Pen {
        fn public_key(&self) -> PublicKey {
            PublicKey::from_bytes(self.0.verifying_key().to_bytes()).unwrap()
        }
        fn sign(&self, message: &Hash) -> Signature {
            Signature(self.0.sign(&message.0).to_bytes())
        }
    }

    fn pen(n: u8) -> Pen {
        Pen(ed25519_dalek::SigningKey::from_bytes(&[n; 32]))
    }

    #[test]
    fn what_is_withheld_verifies_under_no_key() {
        for n in 1..=8 {
            assert!(!pen(n).public_key().verify(&Hash([n; 32]), &WITHHELD.0));
        }
    }

    #[test]
    fn what_takes_the_place_of_a_refused_vote() {
        let dir = tempfile::tempdir().unwrap();
        let me = pen(1).public_key();
        let state = SignState::create(&dir.path().join("sign-state"), NETWORK, me.id(), 1).unwrap();
        let polkas = Arc::<Polkas>::default();
        polkas.start(1, 3);
        let halt = Halt::new(0);
        let guard = Guard::new(NETWORK, Box::new(pen(1)), state, Arc::clone(&polkas), halt.clone());
        let vote = |kind, height, round, block: Option<u8>| Vote {
            kind,
            height: Height(height),
            round: Round::new(round),
            value: block.map_or(NilOrVal::Nil, |n| NilOrVal::Val(Value(BlockId(Hash([n; 32]))))),
            address: Address(me.id()),
        };
        let check = |asked: Vote, expect: Option<Vote>, withheld: u64| {
            let signed = guard.vote(asked.clone()).unwrap();
            assert_eq!(signed.message, expect.clone().unwrap_or(asked));
            let hash = signed.message.statement(NETWORK).unwrap().sign_hash();
            assert_eq!(me.verify(&hash, &signed.signature.0), expect.is_some());
            assert_eq!(signed.signature == WITHHELD, expect.is_none());
            assert_eq!(halt.subscribe().borrow().withheld, withheld);
        };
        use VoteType::{Precommit, Prevote};
        let own = |v: Vote| (v.clone(), Some(v));
        let (asked, same) = own(vote(Prevote, 1, 0, Some(1)));
        check(asked.clone(), same.clone(), 0);
        check(asked, same.clone(), 0);
        check(vote(Prevote, 1, 0, Some(2)), same.clone(), 1);
        check(vote(Prevote, 1, 0, None), same, 2);
        let (asked, same) = own(vote(Precommit, 1, 0, Some(1)));
        check(asked, same, 2);
        // Locked on block 1: nil in place of block 2.
        check(vote(Prevote, 1, 1, Some(2)), Some(vote(Prevote, 1, 1, None)), 3);
        // A vote that was never given, for a place that has passed.
        let (asked, same) = own(vote(Prevote, 2, 0, None));
        check(asked, same, 3);
        check(vote(Prevote, 1, 2, None), None, 4);
        // A halted node signs nothing at all.
        halt.declare(HaltReason::Fault("test".into()));
        assert!(matches!(guard.vote(vote(Prevote, 3, 0, None)), Err(SignError::Halted)));
    }

    #[test]
    fn nobody_else_is_signed_for() {
        let dir = tempfile::tempdir().unwrap();
        let id = pen(1).public_key().id();
        let state = SignState::create(&dir.path().join("sign-state"), NETWORK, id, 1).unwrap();
        let guard = Guard::new(NETWORK, Box::new(pen(1)), state, Arc::default(), Halt::new(0));
        let address = Address(pen(2).public_key().id());
        let (height, round) = (Height(1), Round::new(0));
        let vote = Vote { kind: VoteType::Prevote, height, round, value: NilOrVal::Nil, address };
        assert!(matches!(guard.vote(vote), Err(SignError::WrongSigner { .. })));
    }
}
