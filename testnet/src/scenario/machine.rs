//! The state machine alone: the rules over a state in memory, one block for each act, no processes.

use super::{
    cast::{self, Cast},
    file::Scenario,
    stage::{Answer, Stage},
};
use api::{Lang, tx::RejectionView};
use custody::{BlockPosition, Execution, execute_block, genesis_state};
use eyre::{Context, ensure, eyre};
use keys::NodeKey;
use ledger::{
    AlertId, BlockId, ChainParams, Event, Genesis, GrantId, Hash, ItemId, ItemRecord, KeyId, KeyRecord, NetworkId,
    Outcome, Receipt, Role, SignedTx, StateKey, StateRead, Text, Timestamp, TxId, VerifiedTx,
    genesis::TestClock,
    operation::Registry,
    record::{AlertRecord, EntryRecord, GrantRecord, ProposalRecord, RegisterRecord, Stamp},
    state::MemoryState,
    tag,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Milliseconds between blocks.
const BLOCK_MS: u64 = 1_000;
/// People of an agency, as `testnet init` makes them.
const OFFICIALS: [(&str, &[Role]); 2] =
    [("administrator", &[Role::Administrator]), ("officer", &[Role::Officer, Role::Countersigner])];

/// Blocks so far, each with its transactions.
type Blocks = Vec<(BlockPosition, Vec<Arc<VerifiedTx>>)>;

/// A ledger in memory.
pub(super) struct Machine {
    genesis: Genesis,
    network: NetworkId,
    state: MemoryState,
    tip: Stamp,
    parent: BlockId,
    /// By how much block time is ahead of its origin so far.
    ahead_ms: u64,
    blocks: Blocks,
    events: BTreeMap<ItemId, Vec<Event>>,
    alerts: BTreeSet<AlertId>,
}

impl Machine {
    /// Sets up the network of a scenario.
    pub(super) fn start(scenario: &Scenario) -> eyre::Result<(Machine, Cast)> {
        let mut cast = Cast::of(scenario)?;
        let chain: Text<32> = Text::new(scenario.name.clone())?;
        let mut orgs = Vec::new();
        for (word, profile) in cast::agencies(&scenario.network.agencies)? {
            let id = crate::people::org_id(&profile);
            let official = |(name, roles): &(&str, &[Role])| {
                Ok(((*name).to_owned(), cast::person(&scenario.name, &word, name, id, roles)?))
            };
            let people = OFFICIALS.iter().map(official).collect::<eyre::Result<Vec<_>>>()?;
            let seed = |what: &str| cast::seed(&scenario.name, &format!("{what} {word}"));
            let node = NodeKey::from_seeds(&seed("consensus"), &seed("transport")).claim(&chain, &id);
            cast.add_agency(&word, profile, people);
            let agency = cast.company(&word).ok_or_else(|| eyre!("{word} is not there"))?;
            orgs.push(agency.genesis(Some(node)));
        }
        orgs.extend(cast.genesis_orgs());
        let origin = api::time::parse(&scenario.network.clock.origin)?;
        let genesis = Genesis {
            chain,
            time: origin,
            test: Some(TestClock { origin, rate: scenario.network.clock.rate }),
            params: ChainParams::default(),
            pack: cast::pack(&scenario.network.pack, scenario)?,
            orgs,
            classes: cast.genesis_classes(),
            items: Vec::new(),
        };
        let made = genesis_state(&genesis).wrap_err("make the genesis")?;
        let mut state = MemoryState::default();
        state.apply(&made.writes);
        let machine = Machine {
            network: made.network,
            state,
            tip: Stamp { height: 0, time: genesis.time },
            parent: BlockId::default(),
            ahead_ms: 0,
            blocks: Vec::new(),
            events: BTreeMap::new(),
            alerts: BTreeSet::new(),
            genesis,
        };
        Ok((machine, cast))
    }

    fn record<T: ledger::codec::Canonical>(&self, key: &StateKey) -> eyre::Result<Option<T>> {
        Ok(self.state.record(key)?)
    }

    /// Executes a block of these transactions, and takes it over.
    fn execute(&mut self, txs: Vec<Arc<VerifiedTx>>) -> eyre::Result<Vec<Receipt>> {
        let ahead_ms: u64 = self.record(&StateKey::TestClock)?.unwrap_or_default();
        let jump_ms = ahead_ms.saturating_sub(self.ahead_ms);
        let time: Timestamp = self.tip.time.plus_ms(BLOCK_MS).plus_ms(jump_ms);
        let height = self.tip.height.saturating_add(1);
        let position = BlockPosition { network: self.network, height, time, parent: self.parent };
        let Execution { writes, receipts, events, .. } = execute_block(&self.state, position, &txs)?;
        self.state.apply(&writes);
        for (key, _) in writes.changes() {
            if let StateKey::Alert(id) = key {
                self.alerts.insert(*id);
            }
        }
        for event in events {
            self.events.entry(event.item).or_default().push(event);
        }
        self.ahead_ms = ahead_ms;
        self.tip = Stamp { height, time };
        // A block's identity is its header's hash; here any number that differs will do.
        self.parent = BlockId(Hash::of(&tag::BLOCK_ID, &height));
        self.blocks.push((position, txs));
        Ok(receipts)
    }
}

impl Stage for Machine {
    fn network(&self) -> NetworkId {
        self.network
    }

    fn tip(&self) -> eyre::Result<Stamp> {
        Ok(self.tip)
    }

    fn perform(&mut self, tx: &SignedTx) -> eyre::Result<Answer> {
        // The whole way of a transaction: bytes, reading, keys of the ledger, signatures.
        let read = SignedTx::from_bytes(&tx.to_bytes())?;
        let key = |id: &KeyId| {
            let record: Option<KeyRecord> = self.state.record(&StateKey::Key(*id)).ok().flatten();
            record.and_then(|record| record.public_key())
        };
        let verified = read.resolve(&self.network, key)?.verify()?;
        let receipt = self.execute(vec![Arc::new(verified)])?.into_iter().next();
        match receipt.map(|receipt| receipt.outcome) {
            Some(Outcome::Accepted { events: _ }) => Ok(Answer::Done),
            Some(Outcome::Rejected { rejection, decision }) => {
                Ok(Answer::Refused(Box::new(RejectionView::of(&rejection, &decision, Lang::En))))
            }
            None => Err(eyre!("the block has no receipt")),
        }
    }

    fn block(&mut self) -> eyre::Result<()> {
        self.execute(Vec::new()).map(|_| ())
    }

    fn item(&self, id: &ItemId) -> eyre::Result<Option<ItemRecord>> {
        self.record(&StateKey::Item(*id))
    }

    fn events(&self, id: &ItemId) -> eyre::Result<Vec<Event>> {
        Ok(self.events.get(id).cloned().unwrap_or_default())
    }

    fn grant(&self, id: &GrantId) -> eyre::Result<Option<GrantRecord>> {
        self.record(&StateKey::Grant(*id))
    }

    fn proposal(&self, tx: &TxId) -> eyre::Result<Option<ProposalRecord>> {
        self.record(&StateKey::Proposal(*tx))
    }

    fn entries(&self, _: Registry, place: &Hash) -> eyre::Result<Vec<EntryRecord>> {
        let head: Option<RegisterRecord> = self.record(&StateKey::Register(*place))?;
        let mut entries = Vec::new();
        for n in 1..=head.map_or(0, |head| head.count) {
            entries.extend(self.record::<EntryRecord>(&StateKey::Entry { place: *place, n })?);
        }
        Ok(entries)
    }

    fn alerts(&self) -> eyre::Result<Vec<AlertRecord>> {
        let mut alerts = Vec::new();
        for id in &self.alerts {
            alerts.extend(self.record::<AlertRecord>(&StateKey::Alert(*id))?);
        }
        Ok(alerts)
    }

    /// There is one state; so the whole history is executed once more, from genesis.
    fn same_roots(&mut self) -> eyre::Result<String> {
        let mut again = MemoryState::default();
        again.apply(&genesis_state(&self.genesis)?.writes);
        for (position, txs) in &self.blocks {
            let execution = execute_block(&again, *position, txs)?;
            again.apply(&execution.writes);
        }
        let (root, found) = (self.state.root(), again.root());
        ensure!(root == found, "executed once more, the history leads to the state {found}, not to {root}");
        Ok(format!(
            "executed once more from genesis, {} blocks lead to the same state {}",
            self.tip.height,
            root.short()
        ))
    }
}
