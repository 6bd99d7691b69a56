//! What a member's node keeps beside its slice, as what a file of its feed is made of: the last head with the two records
//! under it and the whole way to it, and the links and events of the slice.

use super::{keeper::Keeper, proven};
use ::access::wire::{Head, Proven};
use ledger::{Event, ItemId, OrgId, SignedTx, StateKey, TxId, block::FeedLink, tree::StateProof};
use proof::{Certified, Source, feed::FeedSource};
use std::sync::Arc;
use store::{MAX_PAGE, StoreError, View};

/// A source of feed files.
pub(crate) struct Kept<'a> {
    /// The last head.
    pub(crate) certified: Certified,
    chain: Vec<Certified>,
    head: Arc<Head>,
    org: OrgId,
    view: View<'a>,
}

impl<'a> Kept<'a> {
    /// What is kept now; none before the first head was taken.
    pub(crate) fn of(keeper: &'a Keeper) -> Result<Option<Kept<'a>>, StoreError> {
        let Some(head) = keeper.ground().head else { return Ok(None) };
        let (certified, chain) = proven::stand(&head.stand).map_err(|wrong| corrupt(wrong.detail))?;
        Ok(Some(Kept { certified, chain, head, org: keeper.org(), view: keeper.store().view()? }))
    }
}

impl Kept<'_> {
    /// Height of the last head.
    pub(crate) fn height(&self) -> u64 {
        self.certified.header.height
    }

    /// The first height that a file of the feed can begin at: 1 where the first link is here. Of a feed that was begun later
    /// the head before the first link here is not known, so that link can stand before no other in a file; the second can.
    pub(crate) fn begins(&self) -> Result<u64, StoreError> {
        let links = self.view.feed_links(&self.org, 1, 2)?;
        let is_whole = match links.first() {
            Some(first) => first.count == 1,
            None => self.view.upto()?.is_none_or(|upto| upto.count == 0),
        };
        let above = match (is_whole, links.get(1)) {
            (true, _) => 0,
            (false, Some(second)) => second.height,
            (false, None) => self.height(),
        };
        Ok(above.saturating_add(1))
    }
}

fn corrupt(detail: String) -> StoreError {
    StoreError::Corrupt { what: "the head that is kept".into(), detail }
}

impl Source for Kept<'_> {
    type Error = StoreError;

    fn certified(&self) -> Result<Certified, StoreError> {
        Ok(self.certified.clone())
    }

    fn validator_chain(&self) -> Result<Vec<Certified>, StoreError> {
        // That of the head is the header of the file itself.
        let height = self.certified.header.height;
        Ok(self.chain.iter().filter(|link| link.header.height < height).cloned().collect())
    }

    fn prove(&self, key: &StateKey) -> Result<(Option<Vec<u8>>, StateProof), StoreError> {
        let own = self.head.own.as_ref().ok_or_else(|| corrupt("it is without its records".into()))?;
        let given = |proven: &Proven| (proven.record.clone(), proven.proof.clone());
        match key {
            StateKey::Org(org) if *org == self.org => Ok(given(&own.0)),
            StateKey::Feed(org) if *org == self.org => Ok(given(&own.1)),
            _ => Err(StoreError::Slice { doing: "prove another record than those of its organisation and feed" }),
        }
    }

    fn events(&self, item: &ItemId) -> Result<Vec<Event>, StoreError> {
        self.view.events(item, 1, MAX_PAGE)
    }

    fn tx(&self, id: &TxId) -> Result<Option<SignedTx>, StoreError> {
        let Some(location) = self.view.tx(id)? else { return Ok(None) };
        let Some(bytes) = self.view.tx_bytes(location.height, location.index)? else { return Ok(None) };
        SignedTx::from_bytes(&bytes).map(Some).map_err(|e| corrupt(e.to_string()))
    }
}

impl FeedSource for Kept<'_> {
    fn feed_links(&self, org: &OrgId, from: u64, limit: usize) -> Result<Vec<FeedLink>, StoreError> {
        self.view.feed_links(org, from, limit)
    }

    fn event(&self, item: &ItemId, n: u64) -> Result<Option<Event>, StoreError> {
        Ok(self.view.events(item, n, 1)?.pop().filter(|event| event.n == n))
    }
}
