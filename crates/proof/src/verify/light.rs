//! The light client: from the trust root through the chain of validator sets to the certified header.

use super::{Fault, Options};
use crate::{
    anchor::{Anchored, SignedHeader},
    bounds::MAX_AHEAD_MS,
    problem::Problem,
    trust::TrustRoot,
};
use ledger::{Hash, block::PROTOCOL_VERSION, vote::CertificateError};

/// Checks all headers and certificates; gives the number of signatures checked.
///
/// `trust` is of the network of the header, or none: then the first set of the bundle is taken at its word.
pub(super) fn check(anchor: &Anchored, trust: Option<&TrustRoot>, options: Options) -> Result<u64, Fault> {
    let head = &anchor.head;
    for signed in anchor.chain.iter().chain([head]) {
        bound(signed)?;
    }
    let mut checked = 0u64;
    let mut follows: Option<Hash> = trust.map(TrustRoot::set_hash);
    let mut before: Option<&SignedHeader> = None;
    for (position, signed) in anchor.chain.iter().chain([head]).enumerate() {
        let header = &signed.header;
        let later = before.is_none_or(|b| b.header.height < header.height && b.header.time < header.time);
        let same = header.network == head.header.network && header.test == head.header.test;
        // A link that changes nothing proves nothing; without this rule a bundle could be padded with them.
        let changes = position >= anchor.chain.len() || header.next_validators != header.validators;
        if !later || !same || !changes {
            return Err(Problem::ChainBroken { link: position }.into());
        }
        if follows.is_some_and(|set| set != header.validators) {
            return Err(match before {
                None => Problem::TrustBroken.into(),
                Some(_) => Problem::ChainBroken { link: position }.into(),
            });
        }
        checked = checked.saturating_add(signatures(signed)?);
        follows = Some(header.next_validators);
        before = Some(signed);
    }
    let header = &head.header;
    if trust.is_some_and(|t| t.is_test() != header.test) {
        return Err(Problem::TestFlag.into());
    }
    // The clock of a test network may run ahead of everybody's on purpose.
    match options.now.map(|now| header.time.ms_since(now)) {
        Some(ms) if ms > MAX_AHEAD_MS && !header.test => Err(Problem::Future { ms }.into()),
        _ => Ok(checked),
    }
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
