//! A ledger that is made without consensus: blocks by the rules, each certified with the key of the only validator.

use custody::{BlockPosition, Execution, execute_block};
use keys::{NodeKey, Signer};
use ledger::{
    Block, Certificate, CommitSignature, Hash, Header, KeyId, KeyRecord, NetworkId, Outcome, Receipt, SignedTx,
    StateKey, StateRead, Timestamp, VerifiedTx, block::PROTOCOL_VERSION, list, record::ValidatorsRecord,
};
use node::{ceremony::load_genesis, config::Home};
use std::{fs, path::Path, sync::Arc};
use store::{Commit, Options, Store};

/// The ledger in the home of a node that does not run.
pub struct Chain {
    home: Home,
    store: Store,
    key: NodeKey,
    network: NetworkId,
    is_test: bool,
    validators: Hash,
    time: Timestamp,
    last: Option<Certificate>,
}

impl Chain {
    /// Opens the ledger, to go on behind its last block.
    pub fn open(home: &Path) -> Chain {
        let home = Home::new(home);
        let genesis = load_genesis(&home.genesis()).unwrap();
        // It is made again where the machine fails.
        let store = Store::open(&home.store(), Options { sync: false, ..Options::default() }).unwrap();
        let seats: ValidatorsRecord = store.record(&StateKey::Validators).unwrap().unwrap();
        let key = NodeKey::read(&home.node_key()).unwrap();
        assert_eq!(seats.set.validators().len(), 1);
        let tip = store.tip();
        let last = if tip.height > 0 { store.certificate(tip.height).unwrap() } else { None };
        Chain {
            home,
            store,
            key,
            network: genesis.network,
            is_test: genesis.genesis.test.is_some(),
            validators: seats.set.hash(),
            time: tip.header.map_or(genesis.genesis.time, |header| header.time),
            last,
        }
    }

    /// Time of the last block, and what has passed since.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// Lets so many milliseconds pass before the next block, which comes one later.
    pub fn pass(&mut self, ms: u64) {
        self.time = self.time.plus_ms(ms);
    }

    fn verified(&self, tx: &SignedTx) -> Arc<VerifiedTx> {
        let key = |id: &KeyId| {
            let record: Option<KeyRecord> = self.store.record(&StateKey::Key(*id)).unwrap();
            record.and_then(|record| record.public_key())
        };
        Arc::new(tx.clone().resolve(&self.network, key).unwrap().verify().unwrap())
    }

    /// Adds a block of these transactions, all of which must be done.
    pub fn block(&mut self, txs: &[SignedTx]) {
        let tip = self.store.tip();
        let (height, time) = (tip.height + 1, self.time.plus_ms(1));
        let txs: Vec<Arc<VerifiedTx>> = txs.iter().map(|tx| self.verified(tx)).collect();
        let position = BlockPosition { network: self.network, height, time, parent: tip.block };
        let Execution { writes, receipts, events, feeds, history, next_validators } =
            execute_block(&self.store, position, &txs).unwrap();
        let are_done = receipts.iter().all(|receipt| matches!(receipt.outcome, Outcome::Accepted { .. }));
        assert!(are_done, "{receipts:?}");
        let candidate = self.store.candidate(&writes).unwrap();
        let header = Header {
            version: PROTOCOL_VERSION,
            network: self.network,
            test: self.is_test,
            height,
            round: 0,
            builder: self.key.consensus.key_id(),
            time,
            parent: tip.block,
            txs: list::root(&txs.iter().map(|tx| tx.leaf()).collect::<Vec<_>>()),
            results: list::root(&receipts.iter().map(Receipt::hash).collect::<Vec<_>>()),
            rest: Block::rest_hash(&[], &self.last),
            state: candidate.root(),
            history,
            validators: self.validators,
            next_validators,
        };
        let certificate = self.certificate(&header);
        let bodies = txs.iter().map(|tx| tx.bytes().to_vec()).collect();
        let block = Block { header: header.clone(), txs: bodies, evidence: Vec::new(), certificate: self.last.take() };
        let (block, candidate) = (block.to_bytes(), Some(candidate));
        let last = certificate.clone();
        let commit = Commit { block: &block, header, certificate, receipts, events, feeds, writes, candidate };
        self.store.commit(commit).unwrap();
        (self.time, self.last) = (time, Some(last));
    }

    fn certificate(&self, header: &Header) -> Certificate {
        let (height, round, block) = (header.height, header.round, header.id());
        let mut certificate = Certificate { height, round, block, signatures: Vec::new() };
        let signer = self.key.consensus.key_id();
        let signature = self.key.consensus.sign(&certificate.precommit(self.network, signer).sign_hash());
        certificate.signatures.push(CommitSignature { signer, signature });
        certificate
    }

    /// Closes the ledger, so that its node goes on from there. What its key may have signed above nobody has.
    pub fn end(self) {
        let Chain { home, store, key, network, .. } = self;
        let next = store.tip().height + 1;
        drop(store);
        let folder = home.consensus();
        for file in [consensus::SIGN_STATE_FILE, consensus::JOURNAL_FILE, consensus::WAL_FILE] {
            let path = folder.join(file);
            if path.exists() {
                fs::remove_file(path).unwrap();
            }
        }
        let path = folder.join(consensus::SIGN_STATE_FILE);
        consensus::SignState::create(&path, network, key.consensus.key_id(), next).unwrap();
    }
}
