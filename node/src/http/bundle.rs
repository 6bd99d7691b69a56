//! The bundle of an item, assembled from one view: header, certificate, records and events of one height, whatever is
//! committed meanwhile.

use super::{
    Server,
    failure::{Failure, code},
    fetch::not_had,
    sight::Seen,
};
use crate::member::{MemberWay, Wanted};
use ledger::{Event, ItemId, SignedTx, StateKey, TxId, tree::StateProof};
use proof::{AssembleError, Certified, Source, bounds::MAX_BUNDLE_BYTES};
use store::{MAX_PAGE, StoreError, View};

/// What a view offers to the assembly.
pub(crate) struct Moment<'a>(pub(crate) View<'a>);

fn corrupt(what: &str, detail: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { what: what.into(), detail: detail.to_string() }
}

impl Source for Moment<'_> {
    type Error = StoreError;

    fn certified(&self) -> Result<Certified, StoreError> {
        self.0.head()
    }

    fn validator_chain(&self) -> Result<Vec<Certified>, StoreError> {
        self.0.seat_changes()
    }

    fn prove(&self, key: &StateKey) -> Result<(Option<Vec<u8>>, StateProof), StoreError> {
        self.0.prove(key).map(|proved| (proved.value, proved.proof))
    }

    fn events(&self, item: &ItemId) -> Result<Vec<Event>, StoreError> {
        let mut events = Vec::new();
        loop {
            let from = events.last().map_or(1, |e: &Event| e.n.saturating_add(1));
            let part = self.0.events(item, from, MAX_PAGE)?;
            // Assembling refuses an item with more before it asks for its events.
            let is_last = part.len() < MAX_PAGE || events.len() > proof::bounds::MAX_EVENTS;
            events.extend(part);
            if is_last {
                return Ok(events);
            }
        }
    }

    fn tx(&self, id: &TxId) -> Result<Option<SignedTx>, StoreError> {
        let Some(location) = self.0.tx(id)? else { return Ok(None) };
        let Some(bytes) = self.0.tx_bytes(location.height, location.index)? else { return Ok(None) };
        SignedTx::from_bytes(&bytes).map(Some).map_err(|e| corrupt("a transaction of a block", e))
    }
}

impl Server {
    /// The file, and on a member's node the height that it is of; `children`: with the items that were made out of this one.
    /// It proves the item as it is now, so that only who sees that gets it.
    pub(super) fn bundle(&self, seen: &Seen, children: bool) -> Result<(Vec<u8>, Option<u64>), Failure> {
        seen.must_be_present()?;
        if let Some(way) = self.handle.member() {
            return Server::bundle_kept(way, seen, children).map(|(height, file)| (file, Some(height)));
        }
        let view = self.handle.store.view().map_err(|e| Failure::fault("look at the store", e))?;
        if view.tip().height == 0 {
            // Nothing is certified before the first block.
            return Err(Failure::new(code::NOT_READY));
        }
        let too_large = |detail: String| Failure::new(code::BUNDLE).with("detail", detail);
        match proof::assemble(&Moment(view), seen.id(), &[], children) {
            Ok(bundle) => match bundle.to_json() {
                bytes if bytes.len() > MAX_BUNDLE_BYTES => Err(too_large(format!("{} bytes", bytes.len()))),
                bytes => Ok((bytes, None)),
            },
            Err(AssembleError::ItemUnknown(id)) => Err(Failure::not_found("item", id)),
            Err(error @ AssembleError::TooLarge { .. }) => Err(too_large(error.to_string())),
            Err(AssembleError::Source(error)) => Err(Failure::store("assemble a bundle", &error)),
            Err(error) => Err(Failure::fault("assemble a bundle", error)),
        }
    }

    /// The same on a member's node, which proves nothing by itself: the file as an agency gave it, a new one where one can be
    /// had.
    fn bundle_kept(way: &MemberWay, seen: &Seen, children: bool) -> Result<(u64, Vec<u8>), Failure> {
        let runtime = tokio::runtime::Handle::current();
        if children {
            return runtime.block_on(way.fetch.with_children(*seen.id())).map_err(not_had);
        }
        runtime.block_on(way.fetch.ensure(&[Wanted::Bundle(*seen.id())])).map_err(not_had)?;
        let kept = way.fetch.bundle(seen.id()).map_err(not_had)?;
        kept.ok_or_else(|| Failure::new(code::OFFLINE))
    }
}
