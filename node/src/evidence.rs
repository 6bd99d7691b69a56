//! Evidence as the files that strangers judge: beside the two messages the validators of their height, and the way to them.

use ledger::{
    Evidence, StateKey, StateRead,
    record::{SeatChangeRecord, ValidatorsRecord},
    state::ReadError,
};
use proof::{Certified, evidence::EvidenceFile};
use store::{StoreError, View};

/// The file of some evidence; none where its key had no seat at its height, for then it convicts nobody.
pub(crate) fn file(view: &View<'_>, evidence: &Evidence) -> Result<Option<EvidenceFile>, StoreError> {
    let lost = |what: &str| StoreError::Corrupt { what: what.into(), detail: "it is missing".into() };
    let record: Option<ValidatorsRecord> = view.record(&StateKey::Validators).map_err(unread)?;
    let ValidatorsRecord { mut set, changes, .. } = record.ok_or_else(|| lost("the validators"))?;
    let (height, signer) = (evidence.height(), evidence.signer());
    let mut chain = Vec::new();
    for n in 1..=changes {
        let change: Option<SeatChangeRecord> = view.record(&StateKey::SeatChange(n)).map_err(unread)?;
        let SeatChangeRecord { height: last, signed } = change.ok_or_else(|| lost("a change of the seats"))?;
        // The first change at or above the height tells who had the seats before it.
        if last >= height {
            set = signed;
            break;
        }
        let header = view.header(last)?.ok_or_else(|| lost("a header"))?;
        let certificate = view.certificate(last)?.ok_or_else(|| lost("a certificate"))?;
        chain.push(Certified { header, certificate, validators: signed });
    }
    let has_seat = set.by_key(&signer).is_some();
    Ok(has_seat.then(|| EvidenceFile::of_double(view.network(), evidence, &set, &chain)))
}

fn unread(error: ReadError) -> StoreError {
    StoreError::Corrupt { what: "a record of the seats".into(), detail: error.to_string() }
}
