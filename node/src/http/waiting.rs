//! Those who wait for a transaction to be decided: one look-up for each receipt of a block, however many they are.

use crate::handle::Committed;
use ledger::{Header, Receipt, TxId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

type Waiting = HashMap<TxId, Vec<oneshot::Sender<Decided>>>;

/// A transaction in a block that has just become durable.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) header: Arc<Header>,
    pub(super) receipt: Receipt,
}

/// Who waits for what.
#[derive(Clone, Default)]
pub(super) struct WaitingRoom(Arc<Mutex<Waiting>>);

impl WaitingRoom {
    /// Waits from now on. Look up the transaction after this, or a block in between is missed.
    pub(super) fn enter(&self, id: TxId) -> Ticket {
        let (sender, receiver) = oneshot::channel();
        self.lock().entry(id).or_default().push(sender);
        Ticket { room: self.clone(), id, receiver }
    }

    /// Calls those whose transactions stand in a block.
    pub(super) fn call(&self, committed: &Committed) {
        let mut waiting = self.lock();
        if waiting.is_empty() {
            return;
        }
        let header = Arc::new(committed.header.clone());
        for receipt in committed.receipts.iter() {
            for sender in waiting.remove(&receipt.tx).unwrap_or_default() {
                // Whoever waited may have gone.
                let _ = sender.send(Decided { header: header.clone(), receipt: receipt.clone() });
            }
        }
    }

    /// Sends everyone to look again, after blocks were missed.
    pub(super) fn call_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A map of senders is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits; gone when dropped.
pub(super) struct Ticket {
    room: WaitingRoom,
    id: TxId,
    receiver: oneshot::Receiver<Decided>,
}

impl Ticket {
    /// The block's word on the transaction; none when blocks were missed and it has to be looked up again.
    pub(super) async fn decided(&mut self) -> Option<Decided> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.receiver.close();
        let mut waiting = self.room.lock();
        if let Some(senders) = waiting.get_mut(&self.id) {
            senders.retain(|s| !s.is_closed());
            if senders.is_empty() {
                waiting.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{BlockId, Hash, KeyId, NetworkId, Outcome, Timestamp};

    fn committed(txs: &[TxId]) -> Committed {
        let header = Header {
            version: 1,
            network: NetworkId::default(),
            test: true,
            height: 7,
            round: 0,
            builder: KeyId::default(),
            time: Timestamp(1),
            parent: BlockId::default(),
            txs: Hash::default(),
            results: Hash::default(),
            rest: Hash::default(),
            state: Hash::default(),
            history: Hash::default(),
            validators: Hash::default(),
            next_validators: Hash::default(),
        };
        let receipts =
            txs.iter().map(|tx| Receipt { index: 0, tx: *tx, outcome: Outcome::Accepted { events: Vec::new() } });
        let receipts = Arc::new(receipts.collect());
        Committed { id: header.id(), header, receipts, nodes: false, orgs: false, touched: Arc::default() }
    }

    #[tokio::test]
    async fn everyone_who_waits_is_called_once_and_nobody_stays_behind() {
        let room = WaitingRoom::default();
        let (mine, other) = (TxId(Hash([1; 32])), TxId(Hash([2; 32])));
        let (mut first, mut second, mut third) = (room.enter(mine), room.enter(mine), room.enter(other));
        drop(room.enter(mine));
        room.call(&committed(&[mine]));
        for ticket in [&mut first, &mut second] {
            let decided = ticket.decided().await.unwrap();
            assert_eq!((decided.receipt.tx, decided.header.height), (mine, 7));
        }
        assert_eq!(room.lock().len(), 1);
        room.call_all();
        assert!(third.decided().await.is_none());
        drop(room.enter(other));
        assert!(room.lock().is_empty());
    }
}
