//! The light client: from the trust root through the chain of validator sets to the certified header.

use super::Options;
use crate::{
    anchor::{Anchored, Place, SignedHeader},
    bounds::MAX_AHEAD_MS,
    problem::Problem,
    trust::TrustRoot,
};
use ledger::{Hash, Header, PublicKey, Signature, block::PROTOCOL_VERSION, list, vote::CertificateError};

/// What a certified header stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ground {
    /// Signatures that were checked and hold: precommits of all certificates, and those of witnesses.
    pub(crate) checked: u64,
    /// Whether the trust root leads to the header, forward by its validators or back by its history.
    pub(crate) rooted: bool,
    /// Which witnesses of the trust root signed: their positions in it, ascending.
    pub(crate) witnessed: Vec<usize>,
}

/// Checks all headers, certificates and witnesses, and the way from the trust root to the last header.
///
/// A trust root of another network counts as none. Without one, the first validator set is taken at its word.
pub(crate) fn check(anchor: &Anchored, trust: Option<&TrustRoot>, options: Options) -> Result<Ground, Problem> {
    let trust = anchor.known(trust);
    for signed in anchor.chain.iter().chain([&anchor.head]) {
        bound(signed)?;
    }
    let certificates = chain(anchor, trust)?;
    let witnessed = witnesses(anchor, trust)?;
    let is_past = history(anchor, trust)?;
    let header = anchor.header();
    if trust.is_some_and(|t| t.is_test() != header.test) {
        return Err(Problem::TestFlag);
    }
    // The clock of a test network may run ahead of everybody's on purpose.
    match options.now.map(|now| header.time.ms_since(now)) {
        Some(ms) if ms > MAX_AHEAD_MS && !header.test => return Err(Problem::Future { ms }),
        _ => {}
    }
    let signatures = u64::try_from(anchor.witnesses.len()).unwrap_or(u64::MAX);
    Ok(Ground {
        checked: certificates.saturating_add(signatures),
        rooted: trust.is_some_and(|t| header.height >= t.start().height) || is_past,
        witnessed,
    })
}

/// Header, certificate and set belong together. Cheap, and done for all before any signature.
fn bound(signed: &SignedHeader) -> Result<(), Problem> {
    let SignedHeader { header, id, certificate, set: _, set_hash } = signed;
    // A block may be decided in a later round than it was built in, never in an earlier one.
    if certificate.block != *id || certificate.height != header.height || certificate.round < header.round {
        return Err(Problem::CertificateOther);
    }
    if header.version != PROTOCOL_VERSION {
        return Err(Problem::Version { found: header.version });
    }
    match header.validators == *set_hash {
        true => Ok(()),
        false => Err(Problem::ValidatorsOther),
    }
}

/// Links and head follow from each other and from the trust root; gives the number of precommits.
fn chain(anchor: &Anchored, trust: Option<&TrustRoot>) -> Result<u64, Problem> {
    let head = &anchor.head;
    let mut checked = 0u64;
    let mut before: Option<&Header> = None;
    for (position, signed) in anchor.chain.iter().chain([head]).enumerate() {
        let header = &signed.header;
        let later = before.is_none_or(|b| b.height < header.height && b.time < header.time);
        let same = header.network == head.header.network && header.test == head.header.test;
        // A link that changes nothing proves nothing; without this rule a file could be padded with them.
        let changes = position >= anchor.chain.len() || header.next_validators != header.validators;
        if !later || !same || !changes {
            return Err(Problem::ChainBroken { link: position });
        }
        if let Some(trust) = trust {
            at_start(trust, signed, before)?;
        }
        if before.is_some_and(|b| b.next_validators != header.validators) {
            return Err(Problem::ChainBroken { link: position });
        }
        checked = checked.saturating_add(signatures(signed)?);
        before = Some(header);
    }
    Ok(checked)
}

/// What the trust root says of a header, whatever its certificate says: which block stands at the start, and who signs the
/// first one above it. So keys that signed below the start, and were lost since, make no other history.
fn at_start(trust: &TrustRoot, signed: &SignedHeader, before: Option<&Header>) -> Result<(), Problem> {
    let (start, height) = (trust.start(), signed.header.height);
    if height == start.height && signed.id != start.block {
        return Err(Problem::HistoryBroken { detail: "another block stands at the height of its start" });
    }
    let is_first = height > start.height && before.is_none_or(|b| b.height <= start.height);
    match is_first && signed.header.validators != trust.set_hash() {
        true => Err(Problem::TrustBroken),
        false => Ok(()),
    }
}

fn signatures(signed: &SignedHeader) -> Result<u64, Problem> {
    let certificate = &signed.certificate;
    match certificate.verify(signed.header.network, &signed.set) {
        Ok(()) => Ok(u64::try_from(certificate.signatures.len()).unwrap_or(u64::MAX)),
        Err(CertificateError::Order) => {
            Err(Problem::CertificateSigners { detail: "they are repeated or out of order".into() })
        }
        Err(CertificateError::Unknown(key)) => {
            Err(Problem::CertificateSigners { detail: format!("{key} is not in the validator set") })
        }
        Err(error @ CertificateError::Signature(_)) => Err(Problem::CertificateSignature { detail: error.to_string() }),
        Err(CertificateError::TooFew { found, needed }) => Err(Problem::CertificateTooFew { found, needed }),
    }
}

/// Every signature of a witness holds, whoever knows the witness; gives those that the trust root knows.
fn witnesses(anchor: &Anchored, trust: Option<&TrustRoot>) -> Result<Vec<usize>, Problem> {
    let message = anchor.witness_message();
    let holds = |key: &[u8; 32], signature: &Signature| {
        PublicKey::from_bytes(*key).is_ok_and(|key| key.verify(&message, signature))
    };
    if let Some((key, _)) = anchor.witnesses.iter().find(|(key, signature)| !holds(key, signature)) {
        return Err(Problem::WitnessInvalid { key: Hash(*key).to_string() });
    }
    let known = trust.map(|t| t.witnesses().keys.as_slice()).unwrap_or_default().iter().enumerate();
    let signed = |key: &[u8; 32]| anchor.witnesses.binary_search_by(|(k, _)| k.cmp(key)).is_ok();
    Ok(known.filter(|(_, w)| signed(&w.key)).map(|(position, _)| position).collect())
}

/// Whether the header is one of the blocks before the start of the trust root.
///
/// The path must lead somewhere for every reader; where it leads counts for one whose trust root starts right behind the
/// list that it is of.
fn history(anchor: &Anchored, trust: Option<&TrustRoot>) -> Result<bool, Problem> {
    let Some(Place { size, path }) = &anchor.history else { return Ok(false) };
    let height = anchor.head.header.height;
    let broken = |detail| Err(Problem::HistoryBroken { detail });
    let Some(index) = height.checked_sub(1) else { return broken("no list of blocks has genesis in it") };
    let Some(root) = list::root_of_path(*size, index, &anchor.head.id.0, path) else {
        return broken("the path is not that of its place");
    };
    // The list is of `size` blocks, so the header lies before such a start.
    match trust.map(TrustRoot::start).filter(|start| start.height.checked_sub(1) == Some(*size)) {
        None => Ok(false),
        Some(start) if start.history == root => Ok(true),
        Some(_) => broken("the path leads to another history"),
    }
}
