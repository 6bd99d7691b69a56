//! The harbour's network as the rules themselves make it, feeds included, and what other kinds of file are made of.
#![allow(dead_code)]

use crate::world::{
    Snapshot, World,
    stories::{Story, lot, told},
    text,
};
use custody::{BlockPosition, execute_block, genesis_state};
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::{
    BlockId, Certificate, CommitSignature, Event, Evidence, Hash, Header, ItemId, KeyId, Operation, OrgId, Proposal,
    Role, Signature, SignedProposal, SignedTx, SignedVote, StateKey, StateRead, ValidatorSet, VerifiedTx, Vote,
    VoteKind, block::FeedLink, operation::EntryBody, record::Stamp, state::MemoryState, tree::StateProof,
};
use proof::{
    Certified, Source, Standing,
    absence::{self, Absence},
    feed::{self, Feed, FeedSource},
};
use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

/// What a file is worth: the code of its failure, or the word of its verdict.
pub(crate) fn worth(verdict: &proof::FileVerdict) -> &'static str {
    match (verdict.standing(), verdict.failure()) {
        (Standing::Invalid, Some(failure)) => failure.code,
        (Standing::Invalid, None) => "invalid without a reason",
        (Standing::Valid, _) => "valid",
        (Standing::Stale, _) => "stale",
        (Standing::Untrusted, _) => "untrusted",
    }
}

/// A network with all its feeds.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) item: ItemId,
    pub(crate) feeds: BTreeMap<OrgId, Vec<FeedLink>>,
}

fn verified(world: &World, tx: &SignedTx) -> Arc<VerifiedTx> {
    let key = |id: &KeyId| {
        let record: Option<ledger::KeyRecord> = world.state.record(&StateKey::Key(*id)).unwrap();
        record.and_then(|r| r.public_key())
    };
    Arc::new(tx.clone().resolve(&world.network, key).unwrap().verify().unwrap())
}

impl Town {
    /// The story of the harbour in blocks 1 to 12; in block 14 the importer registers two lots at once, in block 15 it
    /// orders a hold, which is refused. The header is that of block 16.
    pub(crate) fn new(test: bool) -> Town {
        let Story { mut world, item, .. } = told("harbour", World::new(test, 0));
        let bodies = ["PAIR-1", "PAIR-2"].map(|name| EntryBody::Registration(lot(&world, name, "3 LTR"))).to_vec();
        world.act_list(bodies, |list| Operation::Register { list }, &[("importer", Role::Declarant)]);
        world.block(60_000);
        let hold = Operation::PlaceHold { item, reason: text("mine no more") };
        let tx = world.sign(hold, &[("importer", Role::Declarant)], Vec::new());
        world.executed.push((world.now, tx));
        world.block(5_000);
        let mut town = Town { world, item, feeds: BTreeMap::new() };
        town.execute();
        town
    }

    /// Everything once more, by the rules.
    fn execute(&mut self) {
        let world = &self.world;
        let mut state = MemoryState::default();
        state.apply(&genesis_state(&world.genesis).unwrap().writes);
        let mut blocks: BTreeMap<Stamp, Vec<Arc<VerifiedTx>>> = BTreeMap::new();
        for (at, tx) in &world.executed {
            blocks.entry(*at).or_default().push(verified(world, tx));
        }
        let mut events: BTreeMap<ItemId, Vec<Event>> = BTreeMap::new();
        for (Stamp { height, time }, txs) in blocks {
            let position = BlockPosition { network: world.network, height, time, parent: BlockId::default() };
            let done = execute_block(&state, position, &txs).unwrap();
            state.apply(&done.writes);
            for event in done.events {
                events.entry(event.item).or_default().push(event);
            }
            for link in done.feeds {
                self.feeds.entry(link.org).or_default().push(link);
            }
        }
        self.world.state = state;
        self.world.events = events;
    }

    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment { snapshot: self.world.snapshot(), town: self }
    }

    pub(crate) fn feed(&self, org: &str, from: u64, to: u64) -> Feed {
        feed::assemble(&self.moment(), &self.world.org(org), from, to).unwrap()
    }

    pub(crate) fn absence(&self, code: &str) -> Absence {
        absence::assemble(&self.moment(), &code_bytes(code)).unwrap()
    }
}

pub(crate) fn code_bytes(code: &str) -> Vec<u8> {
    ledger::codec::encode(&gs1::parse_code(code).unwrap())
}

/// What a store offers of one height.
pub(crate) struct Moment<'a> {
    pub(crate) snapshot: Snapshot<'a>,
    town: &'a Town,
}

impl Source for Moment<'_> {
    type Error = Infallible;

    fn certified(&self) -> Result<Certified, Infallible> {
        self.snapshot.certified()
    }
    fn validator_chain(&self) -> Result<Vec<Certified>, Infallible> {
        self.snapshot.validator_chain()
    }
    fn prove(&self, key: &StateKey) -> Result<(Option<Vec<u8>>, StateProof), Infallible> {
        self.snapshot.prove(key)
    }
    fn events(&self, item: &ItemId) -> Result<Vec<Event>, Infallible> {
        self.snapshot.events(item)
    }
    fn tx(&self, id: &ledger::TxId) -> Result<Option<SignedTx>, Infallible> {
        self.snapshot.tx(id)
    }
}

impl FeedSource for Moment<'_> {
    fn feed_links(&self, org: &OrgId, from: u64, limit: usize) -> Result<Vec<FeedLink>, Infallible> {
        let all = self.town.feeds.get(org).into_iter().flatten();
        Ok(all.filter(|link| link.count >= from).take(limit).cloned().collect())
    }
    fn event(&self, item: &ItemId, n: u64) -> Result<Option<Event>, Infallible> {
        Ok(self.town.world.events.get(item).and_then(|events| events.iter().find(|e| e.n == n)).cloned())
    }
}

// ------------------------------------------------------------------------------------------------------------- votes

/// The secret of the seat at this position of the set.
pub(crate) fn secret(world: &World, seat: usize) -> &SigningKey {
    let key = world.set.validators()[seat].key;
    world.agencies.iter().find(|secret| secret.verifying_key().as_bytes() == key.bytes()).unwrap()
}

fn sign(secret: &SigningKey, message: &Hash) -> Signature {
    Signature(secret.sign(&message.0).to_bytes())
}

pub(crate) fn vote(world: &World, seat: usize, height: u64, round: u32, block: Option<u8>) -> SignedVote {
    let signer = world.set.validators()[seat].key.id();
    let block = block.map(|n| BlockId(Hash([n; 32])));
    let vote = Vote { network: world.network, kind: VoteKind::Precommit, height, round, signer, block };
    signed_vote(world, seat, vote)
}

pub(crate) fn signed_vote(world: &World, seat: usize, vote: Vote) -> SignedVote {
    SignedVote { signature: sign(secret(world, seat), &vote.sign_hash()), vote }
}

pub(crate) fn proposal(world: &World, seat: usize, height: u64, round: u32, block: u8) -> SignedProposal {
    let signer = world.set.validators()[seat].key.id();
    let block = BlockId(Hash([block; 32]));
    let proposal = Proposal { network: world.network, height, round, pol_round: None, signer, block };
    SignedProposal { signature: sign(secret(world, seat), &proposal.sign_hash()), proposal }
}

/// Two votes of one seat at one step.
pub(crate) fn twice(world: &World, seat: usize, height: u64) -> Evidence {
    let of = |block| vote(world, seat, height, 2, Some(block));
    Evidence::Votes { first: of(1), second: of(2) }
}

/// A header certified in a round by these seats of the set.
pub(crate) fn certify(world: &World, header: Header, round: u32, seats: &[usize]) -> Certified {
    let mut certificate = Certificate { height: header.height, round, block: header.id(), signatures: Vec::new() };
    for seat in seats {
        let signer = world.set.validators()[*seat].key.id();
        let message = certificate.precommit(header.network, signer).sign_hash();
        certificate.signatures.push(CommitSignature { signer, signature: sign(secret(world, *seat), &message) });
    }
    Certified { header, certificate, validators: world.set.clone() }
}

/// Two headers of the world's height with different states.
pub(crate) fn rivals(world: &World) -> [Header; 2] {
    [1, 2].map(|n| world.header(Hash([n; 32]), &world.set))
}

/// The set without the seat at this position.
pub(crate) fn without(world: &World, seat: usize) -> ValidatorSet {
    let mut seats = world.set.validators().to_vec();
    seats.remove(seat);
    ValidatorSet::new(seats).unwrap()
}
