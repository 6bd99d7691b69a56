//! The bundle of an item, assembled from one view: header, certificate, records and events of one height, whatever is
//! committed meanwhile.

use super::{
    Server,
    failure::{Failure, code},
    sight::Seen,
};
use ledger::{
    Event, ItemId, SignedTx, StateKey, StateRead, TxId,
    record::{SeatChangeRecord, ValidatorsRecord},
    tree::StateProof,
};
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
        let header = self.0.tip().header.clone().ok_or_else(|| corrupt("the last header", "it is missing"))?;
        let certificate = self.0.tip_certificate()?;
        let certificate = certificate.ok_or_else(|| corrupt("the last certificate", "it is missing"))?;
        let record: Option<ValidatorsRecord> =
            self.0.record(&StateKey::Validators).map_err(|e| corrupt("the validators", e))?;
        let ValidatorsRecord { set, previous, .. } =
            record.ok_or_else(|| corrupt("the validators", "it is missing"))?;
        // The record names the set of the next block: of this one too, unless the seats have just changed.
        let sets = [Some(set), previous].into_iter().flatten();
        match sets.into_iter().find(|set| set.hash() == header.validators) {
            Some(validators) => Ok(Certified { header, certificate, validators }),
            None => Err(corrupt("the validators", "they are not those that sign the last header")),
        }
    }

    /// For each change of the seats the last header that the old ones signed: it names the new ones.
    fn validator_chain(&self) -> Result<Vec<Certified>, StoreError> {
        let unread = |e| corrupt("a change of the seats", e);
        let record: Option<ValidatorsRecord> = self.0.record(&StateKey::Validators).map_err(unread)?;
        let mut links = Vec::new();
        for n in 1..=record.map_or(0, |record| record.changes) {
            let change: Option<SeatChangeRecord> = self.0.record(&StateKey::SeatChange(n)).map_err(unread)?;
            let SeatChangeRecord { height, signed } =
                change.ok_or_else(|| corrupt("a change of the seats", "it is missing"))?;
            // That of the last height is the header of the bundle itself.
            if height >= self.0.tip().height {
                continue;
            }
            let lost = || corrupt("a header", format!("that of height {height} is missing"));
            let header = self.0.header(height)?.ok_or_else(lost)?;
            let certificate = self.0.certificate(height)?.ok_or_else(lost)?;
            links.push(Certified { header, certificate, validators: signed });
        }
        Ok(links)
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
    /// The file; `children`: with the items that were made out of this one. It proves the item as it is now, so that only
    /// who sees that gets it.
    pub(super) fn bundle(&self, seen: &Seen, children: bool) -> Result<Vec<u8>, Failure> {
        seen.must_be_present()?;
        let view = self.handle.store.view().map_err(|e| Failure::fault("look at the store", e))?;
        if view.tip().height == 0 {
            // Nothing is certified before the first block.
            return Err(Failure::new(code::NOT_READY));
        }
        let too_large = |detail: String| Failure::new(code::BUNDLE).with("detail", detail);
        match proof::assemble(&Moment(view), seen.id(), &[], children) {
            Ok(bundle) => match bundle.to_json() {
                bytes if bytes.len() > MAX_BUNDLE_BYTES => Err(too_large(format!("{} bytes", bytes.len()))),
                bytes => Ok(bytes),
            },
            Err(AssembleError::ItemUnknown(id)) => Err(Failure::not_found("item", id)),
            Err(error @ AssembleError::TooLarge { .. }) => Err(too_large(error.to_string())),
            Err(AssembleError::Source(error)) => Err(Failure::fault("assemble a bundle", error)),
            Err(error) => Err(Failure::fault("assemble a bundle", error)),
        }
    }
}
