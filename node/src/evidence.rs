//! Evidence as the files that strangers judge: beside the two messages the validators of their height, and the way to them.

use ledger::{
    Block, Evidence, StateKey, StateRead,
    codec::CodecError,
    record::{SeatChangeRecord, ValidatorsRecord},
    seats,
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

/// Evidence, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Height of the block that holds it; none while it waits for one.
    pub(crate) block: Option<u64>,
    /// Name of its file.
    pub(crate) name: String,
    pub(crate) evidence: Evidence,
}

/// All evidence in blocks, by height, and of what waits that which stands in none and accuses who has a seat at its height.
pub(crate) fn all(view: &View<'_>, waiting: Vec<Evidence>) -> Result<Vec<Found>, StoreError> {
    let mut found: Vec<Found> = Vec::new();
    for height in 1..=view.tip().height {
        // What was pruned and is in no archive is not here to be listed; other agencies have it.
        let (bytes, _) = match view.block(height) {
            Ok(Some(block)) => block,
            Ok(None) | Err(StoreError::Pruned { .. }) => continue,
            Err(error) => return Err(error),
        };
        let unfit = |e: CodecError| StoreError::Corrupt { what: format!("block {height}"), detail: e.to_string() };
        let block = Block::from_bytes(&bytes).map_err(unfit)?;
        found.extend((1u32..).zip(block.evidence).map(|(n, evidence)| Found {
            block: Some(height),
            name: format!("evidence-{height}-{n}.json"),
            evidence,
        }));
    }
    for (n, evidence) in (1u32..).zip(waiting) {
        let set = seats::set_at(view, evidence.height()).map_err(unread)?;
        let accuses = set.is_some_and(|set| evidence.accused(view.network(), &set).is_some());
        if accuses && found.iter().all(|known| known.evidence != evidence) {
            found.push(Found { block: None, name: format!("evidence-waiting-{n}.json"), evidence });
        }
    }
    Ok(found)
}

fn unread(error: ReadError) -> StoreError {
    StoreError::Corrupt { what: "a record of the seats".into(), detail: error.to_string() }
}
