//! What the answers are read from. Single records are point reads and are done where they are needed; whatever reads a
//! block or walks a list goes to the blocking threads ([`Server::blocking`]).

use super::{Server, Shared, failure::Failure, page::Window};
use ledger::{
    AlertId, Block, Certificate, ClassId, DutyId, Event, Evidence, GrantId, Hash, ItemId, KeyId, OrgId, Receipt,
    SignedTx, StateKey, StateRead, Timestamp, TxId, codec::Canonical, operation::Registry, record::Stamp,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use store::StoreError;

/// Blocks whose signers are remembered.
const MAX_SIGNED: usize = 16;
/// Members of a list that are looked at for one page; a reader who sees few of them gets short pages and their cursors.
pub(super) const MAX_SCAN: usize = 5_000;
/// Records, events and members of lists that are read for one page. Beyond that a page ends the step that it is at, and one
/// that goes on finds its way back to where the one before ended: each reads the histories of one item and its unit, the
/// first twice at most. `ledger` bounds a history, but for what agencies must be able to do.
pub(super) const MAX_READS: usize = 20_000;
/// Members that are read from a list at a time.
pub(super) const STRIDE: usize = 250;
/// Blocks that are looked at for one page of evidence.
const MAX_EVIDENCE_SCAN: u64 = 500;

/// Which list of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemList {
    All,
    HeldBy(OrgId),
    OfferedTo(OrgId),
    /// Packed in a unit.
    In(ItemId),
    /// With a hold in force.
    Held,
}

/// A block with everything beside it.
pub(super) struct StoredBlock {
    pub(super) block: Block,
    pub(super) certificate: Certificate,
    pub(super) receipts: Vec<Receipt>,
}

/// Who signed the transactions of a block.
pub(super) struct SignedBlock {
    pub(super) time: Timestamp,
    pub(super) txs: Vec<Signed>,
}

/// A transaction with the organisations that signed it.
pub(super) struct Signed {
    pub(super) receipt: Receipt,
    pub(super) signers: Vec<OrgId>,
}

/// Signers of the last blocks asked for. Everyone who follows or waits asks for the same ones.
#[derive(Default)]
pub(super) struct SignedBlocks(Mutex<BTreeMap<u64, Arc<SignedBlock>>>);

fn fault(doing: &'static str) -> impl Fn(StoreError) -> Failure {
    move |error| Failure::store(doing, &error)
}

impl Server {
    /// Does work that may wait for the disk on a thread that may wait. The number of such works is bounded, and one that
    /// nobody waits for any more still holds its place.
    pub(super) async fn blocking<T, F>(self: &Shared, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Server) -> Result<T, Failure> + Send + 'static,
    {
        let place = self.places.read().await?;
        let server = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&server)
        });
        done.await.unwrap_or_else(|error| Err(Failure::fault("finish a read", error)))
    }

    /// A record of the last state.
    pub(super) fn record<T: Canonical>(&self, key: &StateKey) -> Result<Option<T>, Failure> {
        self.handle.store.record(key).map_err(|e| Failure::fault("read a record", e))
    }

    /// Height and time of the last block.
    pub(super) fn stamp(&self) -> Stamp {
        let tip = self.handle.store.tip();
        Stamp { height: tip.height, time: tip.header.map_or(self.handle.frame.time, |h| h.time) }
    }

    /// Events of an item from number `from` on.
    pub(super) fn events(&self, item: &ItemId, from: u64, limit: usize) -> Result<Vec<Event>, Failure> {
        self.handle.store.events(item, from, limit).map_err(fault("read events"))
    }

    /// Members of a list of items behind one.
    pub(super) fn items(&self, list: &ItemList, after: Option<ItemId>, limit: usize) -> Result<Vec<ItemId>, Failure> {
        let store = &self.handle.store;
        let found = match list {
            ItemList::All => store.items(after, limit),
            ItemList::HeldBy(org) => store.items_by_custodian(org, after, limit),
            ItemList::OfferedTo(org) => store.items_with_offer_to(org, after, limit),
            ItemList::In(unit) => store.items_in(unit, after, limit),
            ItemList::Held => store.items_held(after, limit),
        };
        found.map_err(fault("list items"))
    }

    pub(super) fn org_ids(&self, after: Option<OrgId>, limit: usize) -> Result<Vec<OrgId>, Failure> {
        self.handle.store.orgs(after, limit).map_err(fault("list organisations"))
    }

    pub(super) fn key_ids(&self, org: &OrgId, after: Option<KeyId>, limit: usize) -> Result<Vec<KeyId>, Failure> {
        self.handle.store.keys_of(org, after, limit).map_err(fault("list keys"))
    }

    pub(super) fn class_ids(&self, after: Option<ClassId>, limit: usize) -> Result<Vec<ClassId>, Failure> {
        self.handle.store.classes(after, limit).map_err(fault("list classes"))
    }

    /// Grants: all of them, or those that an organisation holds or is the counterpart of.
    pub(super) fn grant_ids(
        &self,
        of: Option<&OrgId>,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<GrantId>, Failure> {
        let store = &self.handle.store;
        let found = match of {
            Some(org) => store.grants_of(org, after, limit),
            None => store.grants(after, limit),
        };
        found.map_err(fault("list grants"))
    }

    /// Duties: all of them, or those of an organisation.
    pub(super) fn duty_ids(
        &self,
        of: Option<&OrgId>,
        after: Option<DutyId>,
        limit: usize,
    ) -> Result<Vec<DutyId>, Failure> {
        let store = &self.handle.store;
        let found = match of {
            Some(org) => store.duties_of(org, after, limit),
            None => store.duties(after, limit),
        };
        found.map_err(fault("list duties"))
    }

    pub(super) fn proposal_ids(&self, after: Option<TxId>, limit: usize) -> Result<Vec<TxId>, Failure> {
        self.handle.store.proposals(after, limit).map_err(fault("list proposals"))
    }

    pub(super) fn alert_ids(&self, after: Option<AlertId>, limit: usize) -> Result<Vec<AlertId>, Failure> {
        self.handle.store.alerts(after, limit).map_err(fault("list alerts"))
    }

    /// Places of a registry.
    pub(super) fn places_of(
        &self,
        registry: Registry,
        after: Option<Hash>,
        limit: usize,
    ) -> Result<Vec<Hash>, Failure> {
        self.handle.store.registers(registry, after, limit).map_err(fault("list the places of a registry"))
    }

    /// Places of all registries about an organisation, class or person.
    pub(super) fn places_about(&self, subject: &Hash, after: Option<Hash>, limit: usize) -> Result<Vec<Hash>, Failure> {
        self.handle.store.registers_about(subject, after, limit).map_err(fault("list the places about a subject"))
    }

    /// A block; none for genesis and for heights beyond the last.
    pub(super) fn block(&self, height: u64) -> Result<Option<StoredBlock>, Failure> {
        let store = &self.handle.store;
        let Some((bytes, certificate)) = store.block(height).map_err(fault("read a block"))? else { return Ok(None) };
        let block = Block::from_bytes(&bytes).map_err(|e| Failure::fault("read a block", e))?;
        let receipts = store.receipts(height).map_err(fault("read receipts"))?;
        Ok(Some(StoredBlock { block, certificate, receipts }))
    }

    /// Who signed the transactions of a block; none where there is no block.
    pub(super) fn signed(&self, height: u64) -> Result<Option<Arc<SignedBlock>>, Failure> {
        // The lock is held while a block is read: whoever comes for the same one gets it for nothing.
        let mut blocks = self.signed_blocks.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = blocks.get(&height) {
            return Ok(Some(found.clone()));
        }
        let Some(StoredBlock { block, certificate: _, receipts }) = self.block(height)? else { return Ok(None) };
        let mut txs = Vec::with_capacity(block.txs.len());
        for (bytes, receipt) in block.txs.iter().zip(receipts) {
            let tx = SignedTx::from_bytes(bytes).map_err(|e| Failure::fault("read a transaction of a block", e))?;
            let mut signers: Vec<OrgId> = tx.body.signers.iter().map(|s| s.org).collect();
            signers.dedup();
            txs.push(Signed { receipt, signers });
        }
        let signed = Arc::new(SignedBlock { time: block.header.time, txs });
        blocks.insert(height, signed.clone());
        while blocks.len() > MAX_SIGNED {
            // The oldest goes, even if it is the one just asked for: the newest are asked for most.
            blocks.pop_first();
        }
        Ok(Some(signed))
    }

    /// The organisations that signed a transaction of a block.
    pub(super) fn signers(&self, height: u64, receipt: &Receipt) -> Result<Vec<OrgId>, Failure> {
        if self.handle.member().is_some() {
            return self.signers_kept(height, receipt);
        }
        let position = usize::try_from(receipt.index).unwrap_or(usize::MAX);
        let block = self.signed(height)?;
        let found = block.as_ref().and_then(|b| b.txs.get(position)).filter(|tx| tx.receipt.tx == receipt.tx);
        match found {
            Some(tx) => Ok(tx.signers.clone()),
            None => Err(Failure::fault("find a transaction in its block", receipt.tx)),
        }
    }

    /// The same of one that a member's node keeps without its block.
    fn signers_kept(&self, height: u64, receipt: &Receipt) -> Result<Vec<OrgId>, Failure> {
        let doing = "find a transaction that is kept";
        let bytes = self.handle.store.tx_bytes(height, receipt.index).map_err(fault(doing))?;
        let bytes = bytes.ok_or_else(|| Failure::fault(doing, receipt.tx))?;
        let tx = SignedTx::from_bytes(&bytes).map_err(|e| Failure::fault(doing, e))?;
        Ok(tx.body.signers.iter().map(|slot| slot.org).collect())
    }

    /// Evidence in blocks, by height. Pages are of whole blocks, so that a height is a cursor; one may be short or up to a
    /// block's evidence too long.
    pub(super) fn evidence(&self, window: Window<u64>) -> Result<(Vec<(u64, Evidence)>, Option<u64>), Failure> {
        let tip = self.handle.store.tip().height;
        // What was pruned and is in no archive is not here to be listed.
        let kept = self.handle.store.first_height().map_err(fault("read the lowest height"))?;
        let first = window.after.unwrap_or(0).saturating_add(1).max(kept);
        let last = tip.min(first.saturating_add(MAX_EVIDENCE_SCAN - 1));
        let mut found = Vec::new();
        for height in first..=last {
            let Some(stored) = self.block(height)? else { break };
            found.extend(stored.block.evidence.into_iter().map(|e| (height, e)));
            if found.len() >= window.limit {
                return Ok((found, Some(height).filter(|h| *h < tip)));
            }
        }
        Ok((found, Some(last).filter(|h| *h < tip)))
    }
}

/// A part of a list, and whether more follows.
pub(super) fn part<K: Copy>(
    window: &Window<K>,
    list: impl Fn(Option<K>, usize) -> Result<Vec<K>, Failure>,
) -> Result<(Vec<K>, bool), Failure> {
    let ids = list(window.after, window.limit)?;
    let has_more = match ids.last() {
        Some(last) if ids.len() >= window.limit => !list(Some(*last), 1)?.is_empty(),
        _ => false,
    };
    Ok((ids, has_more))
}

/// What a list shows of its members: goes on until the page is full, the list ends, or enough was looked at. The cursor
/// is the last member that was looked at.
pub(super) fn sift<K: Copy, V, S: IntoIterator<Item = V>>(
    window: &Window<K>,
    list: impl Fn(Option<K>, usize) -> Result<Vec<K>, Failure>,
    show: impl FnMut(K) -> Result<S, Failure>,
) -> Result<(Vec<V>, Option<K>), Failure> {
    sift_until(window, || false, list, show)
}

/// The same where looking at a member may take much: goes on until that is spent, but looks at one at least.
pub(super) fn sift_until<K: Copy, V, S: IntoIterator<Item = V>>(
    window: &Window<K>,
    is_spent: impl Fn() -> bool,
    list: impl Fn(Option<K>, usize) -> Result<Vec<K>, Failure>,
    mut show: impl FnMut(K) -> Result<S, Failure>,
) -> Result<(Vec<V>, Option<K>), Failure> {
    let (mut after, mut is_first) = (window.after, true);
    let mut shown = Vec::new();
    for _ in 0..MAX_SCAN.div_ceil(STRIDE) {
        let ids = list(after, STRIDE)?;
        for id in &ids {
            if shown.len() >= window.limit || (!is_first && is_spent()) {
                return Ok((shown, after));
            }
            (after, is_first) = (Some(*id), false);
            shown.extend(show(*id)?);
        }
        if ids.len() < STRIDE {
            return Ok((shown, None));
        }
    }
    Ok((shown, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sifted_page_by_page() {
        let list = |after: Option<u32>, limit: usize| Ok((after.map_or(0, |a| a + 1)..600).take(limit).collect());
        let even = |n: u32| Ok(n.is_multiple_of(2).then_some(n));
        let page = |after, limit| sift(&Window { limit, after }, list, even).unwrap();
        assert_eq!(page(None, 2), (vec![0, 2], Some(2)));
        assert_eq!(page(Some(2), 2), (vec![4, 6], Some(6)));
        let (all, next) = page(None, 1_000);
        assert_eq!((all.len(), next), (300, None));
        // The last page may be empty, and has no cursor.
        assert_eq!(page(Some(598), 2), (vec![], None));
        let endless = |after: Option<u32>, limit: usize| Ok((after.map_or(0, |a| a + 1)..).take(limit).collect());
        let none = |_: u32| Ok(None::<u32>);
        let (shown, next) = sift(&Window { limit: 1, after: None }, endless, none).unwrap();
        assert_eq!((shown, next), (vec![], Some(MAX_SCAN as u32 - 1)));
    }

    #[test]
    fn a_list_is_sifted_until_enough_was_read_and_always_gets_on() {
        let list = |after: Option<u32>, limit: usize| Ok((after.map_or(0, |a| a + 1)..10).take(limit).collect());
        let reads = std::cell::Cell::new(0);
        let show = |n: u32| {
            reads.set(reads.get() + 3);
            Ok(Some(n))
        };
        let page = |after, most| {
            reads.set(0);
            sift_until(&Window { limit: 100, after }, || reads.get() >= most, list, show).unwrap()
        };
        assert_eq!(page(None, 7), (vec![0, 1, 2], Some(2)));
        assert_eq!(page(Some(2), 6), (vec![3, 4], Some(4)));
        assert_eq!(page(Some(4), 0), (vec![5], Some(5)));
        assert_eq!(page(Some(8), 0), (vec![9], None));
    }

    #[test]
    fn a_part_knows_whether_more_follows() {
        let list = |after: Option<u32>, limit: usize| Ok((after.map_or(0, |a| a + 1)..5).take(limit).collect());
        let check = |after, limit, expect: (Vec<u32>, bool)| {
            assert_eq!(part(&Window { limit, after }, list), Ok(expect));
        };
        check(None, 2, (vec![0, 1], true));
        check(Some(1), 3, (vec![2, 3, 4], false));
        check(Some(3), 3, (vec![4], false));
        check(Some(4), 3, (vec![], false));
    }
}
