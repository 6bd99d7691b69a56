//! Who certified what a view shows: its last header, and the headers at which the seats changed.

use crate::{StoreError, View};
use ledger::{
    StateKey, StateRead,
    record::{SeatChangeRecord, ValidatorsRecord},
    state::ReadError,
};
use proof::Certified;

fn unread(error: ReadError) -> StoreError {
    StoreError::corrupt("a record of the seats", error.to_string())
}

impl View<'_> {
    /// The last header with its certificate and the set that signed it.
    ///
    /// Errors: [`StoreError::Corrupt`] when one of them is missing, as all are before the first block, or is of others.
    pub fn head(&self) -> Result<Certified, StoreError> {
        let missing = |what: &str| StoreError::corrupt(what, "it is missing");
        let header = self.tip().header.clone().ok_or_else(|| missing("the last header"))?;
        let certificate = self.tip_certificate()?.ok_or_else(|| missing("the last certificate"))?;
        let record: Option<ValidatorsRecord> = self.record(&StateKey::Validators).map_err(unread)?;
        let ValidatorsRecord { set, previous, .. } = record.ok_or_else(|| missing("the validators"))?;
        // The record names the set of the next block: of this one too, unless the seats have just changed.
        let sets = [Some(set), previous].into_iter().flatten();
        match sets.into_iter().find(|set| set.hash() == header.validators) {
            Some(validators) => Ok(Certified { header, certificate, validators }),
            None => Err(StoreError::corrupt("the validators", "they are not those that sign the last header")),
        }
    }

    /// For each change of the seats below this height the last header that the old ones signed, by ascending height.
    ///
    /// Errors: [`StoreError::Corrupt`] when one is missing: they are never pruned.
    pub fn seat_changes(&self) -> Result<Vec<Certified>, StoreError> {
        let record: Option<ValidatorsRecord> = self.record(&StateKey::Validators).map_err(unread)?;
        let mut changes = Vec::new();
        for n in 1..=record.map_or(0, |record| record.changes) {
            let change: Option<SeatChangeRecord> = self.record(&StateKey::SeatChange(n)).map_err(unread)?;
            let missing = |what: String| StoreError::corrupt(what, "it is missing");
            let SeatChangeRecord { height, signed } =
                change.ok_or_else(|| missing(format!("change {n} of the seats")))?;
            // That of the last height is the head itself.
            if height >= self.tip().height {
                continue;
            }
            let header = self.header(height)?.ok_or_else(|| missing(format!("the header of height {height}")))?;
            let certificate = self.certificate(height)?;
            let certificate = certificate.ok_or_else(|| missing(format!("the certificate of height {height}")))?;
            changes.push(Certified { header, certificate, validators: signed });
        }
        Ok(changes)
    }
}
