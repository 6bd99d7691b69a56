//! The proof that an item has departed to another network, assembled from one view.

use super::{
    Server,
    bundle::Moment,
    failure::{Failure, code},
    sight::Seen,
};
use api::passage::PassageFile;
use ledger::{
    StateKey, StateRead, bounds::MAX_PASSAGE_CHAIN, codec, passage::Passage, record::DepartureRecord, tree::StateProof,
};
use proof::{Certified, Source};
use store::StoreError;

impl Server {
    /// The file: of an item that departed, under the last header. `known_at`: the height at which the other network
    /// knows this one; each change of the seats behind it adds a link. Without it the seats of now are taken to be known.
    /// It shows the item as it is now, so that only who sees that gets it.
    pub(super) fn passage(&self, seen: &Seen, known_at: Option<u64>) -> Result<PassageFile, Failure> {
        seen.must_be_present()?;
        let item = *seen.id();
        let gone = || Failure::not_found("departure of", item);
        let moment = Moment(self.handle.store.view().map_err(|e| Failure::fault("look at the store", e))?);
        let record = |key: StateKey| {
            let (record, proof) = moment.prove(&key).map_err(|e| Failure::fault("prove a record", e))?;
            record.map(|record| (record, proof)).ok_or_else(gone)
        };
        let departure: Option<DepartureRecord> =
            moment.0.record(&StateKey::Departure(item)).map_err(|e| Failure::fault("read a departure", e))?;
        let departure = departure.ok_or_else(gone)?;
        let (departure_bytes, departure_proof): (Vec<u8>, StateProof) = record(StateKey::Departure(item))?;
        let (record_bytes, record_proof) = record(StateKey::Item(item))?;
        let (class, class_proof) = record(StateKey::Class(seen.record().class))?;
        let fault = |e: StoreError| Failure::fault("assemble a passage", e);
        let Certified { header, certificate, validators } = moment.certified().map_err(fault)?;
        let links = match known_at {
            Some(height) => {
                let links = moment.validator_chain().map_err(fault)?.into_iter();
                links.filter(|link| link.header.height > height).collect()
            }
            None => Vec::new(),
        };
        if links.len() > MAX_PASSAGE_CHAIN {
            let detail =
                format!("{} changes of the seats since then: the other network admits this one anew", links.len());
            return Err(Failure::new(code::SEATS_CHANGED).with("detail", detail));
        }
        let link = |link: &Certified| {
            (codec::encode(&link.header), codec::encode(&link.certificate), codec::encode(&link.validators))
        };
        let chain = links.iter().map(link).collect();
        let passage = Passage {
            header: codec::encode(&header),
            certificate: codec::encode(&certificate),
            validators: codec::encode(&validators),
            chain,
            item,
            record: record_bytes,
            record_proof,
            departure: departure_bytes,
            departure_proof,
            class,
            class_proof,
        };
        PassageFile::of(&passage, departure.to).map_err(|e| Failure::fault("assemble a passage", e))
    }
}
