//! What comes after a bundle: blocks on top of it, the trust root that starts at one of them, and witnesses.

use super::{
    World,
    stories::{Story, told},
};
use ed25519_dalek::{Signer, SigningKey};
use ledger::{Hash, Signature, list};
use proof::{Anchor, Bundle, Certified, Options, TrustRoot, TrustedWitness, Witnesses, judge};

/// Blocks between the header of the bundle and that of the checkpoint.
const BETWEEN: u64 = 9;

/// A bundle, and a trust root that starts behind its header.
pub(crate) struct Later {
    pub(crate) bundle: Bundle,
    pub(crate) genesis: TrustRoot,
    /// Starts where `checkpoint` is.
    pub(crate) trust: TrustRoot,
    pub(crate) checkpoint: Anchor,
    /// Identities of all blocks before the checkpoint.
    pub(crate) blocks: Vec<Hash>,
}

impl Later {
    pub(crate) fn new() -> Later {
        let Story { mut world, item, .. } = told("tested", World::new(false, 0));
        let bundle = world.export(&item);
        let height = bundle.anchor.header().unwrap().height;
        let start = height + BETWEEN;
        let mut blocks: Vec<Hash> = (1..start).map(|n| Hash::of(&ledger::tag::LOGIN, &n)).collect();
        blocks[height as usize - 1] = bundle.anchor.block().0;
        while world.now.height < start {
            world.block(1_000);
        }
        let head = certified(&world, &blocks);
        let checkpoint = Anchor::at(&head, &world.chain);
        let trust = world.trust.advance(&checkpoint, Options::default(), &|_| None).unwrap();
        Later { bundle, genesis: world.trust, trust, checkpoint, blocks }
    }

    /// The path of the bundle's header in the list of the first `size` blocks.
    pub(crate) fn path(&self, size: usize) -> Vec<Hash> {
        let height = self.bundle.anchor.header().unwrap().height;
        list::path(&self.blocks[..size], height as usize - 1).unwrap()
    }

    /// The bundle with the way into the history of the checkpoint.
    pub(crate) fn refreshed(&self) -> Bundle {
        let mut bundle = self.bundle.clone();
        bundle.anchor.set_history(self.blocks.len() as u64, &self.path(self.blocks.len()));
        bundle
    }
}

/// The header of the world's present block, after these others, certified by all of its validators.
pub(crate) fn certified(world: &World, blocks: &[Hash]) -> Certified {
    let mut header = world.header(Hash([9; 32]), &world.set);
    header.history = list::root(blocks);
    world.certify(header, world.set.validators().len())
}

pub(crate) fn witness(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// Adds the signature of a witness to a bundle.
pub(crate) fn cosign(bundle: &mut Bundle, key: &SigningKey) {
    let message = judge(&bundle.anchor, None, Options::default()).unwrap().witness_message;
    let signature = Signature(key.sign(&message.0).to_bytes());
    bundle.anchor.add_witness(key.verifying_key().to_bytes(), &signature).unwrap();
}

/// The trust root with the witnesses of these seeds.
pub(crate) fn asking(trust: &TrustRoot, needed: u32, seeds: &[u8]) -> TrustRoot {
    let name = |seed: &u8| ledger::Text::new(format!("Witness {seed}")).unwrap();
    let known = |seed: &u8| TrustedWitness { name: name(seed), key: witness(*seed).verifying_key().to_bytes() };
    trust.clone().with_witnesses(Witnesses { needed, keys: seeds.iter().map(known).collect() }).unwrap()
}
