//! The anchor of a file: the certified header that everything else in it is proved under, and how a reader gets there from
//! what he trusts (`docs/formats/bundle.md`, "Anchor"). Every kind of file has one, and one light client judges it.

use crate::{
    bounds::{MAX_CERTIFIED_BYTES, MAX_CHAIN},
    json::{Blob, List},
    problem::Problem,
    trust::TrustRoot,
};
use ledger::{BlockId, Certificate, Hash, Header, ValidatorSet, codec, tag};

object! {
    /// A certified header, and the way to it.
    pub struct Anchor {
        /// Canonical bytes of the certified header.
        header: Blob,
        /// Canonical bytes of its certificate.
        certificate: Blob,
        /// Canonical bytes of the validator set that signs it.
        validators: Blob,
        /// Certified headers at which the validator set changed, from the trust root on, by ascending height.
        chain: List<ChainLink, MAX_CHAIN>,
    }
}

object! {
    /// A change of the validator set: the header whose `next_validators` differs, and who signed it.
    pub struct ChainLink {
        /// Canonical bytes of the header.
        header: Blob,
        /// Canonical bytes of its certificate.
        certificate: Blob,
        /// Canonical bytes of the validator set that signs it.
        validators: Blob,
    }
}

/// A certified header with the set that signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The header.
    pub header: Header,
    /// Its certificate.
    pub certificate: Certificate,
    /// The validator set that signs it.
    pub validators: ValidatorSet,
}

impl Anchor {
    /// The anchor at a certified header; `chain`: the changes of the validator set on the way to it, by ascending height.
    pub fn at(head: &Certified, chain: &[Certified]) -> Anchor {
        let ChainLink { header, certificate, validators } = link(head);
        Anchor { header, certificate, validators, chain: List(chain.iter().map(link).collect()) }
    }
}

fn link(certified: &Certified) -> ChainLink {
    ChainLink {
        header: Blob(codec::encode(&certified.header)),
        certificate: Blob(codec::encode(&certified.certificate)),
        validators: Blob(codec::encode(&certified.validators)),
    }
}

/// A header with those who are said to have signed it.
pub(crate) struct SignedHeader {
    pub(crate) header: Header,
    pub(crate) id: BlockId,
    pub(crate) certificate: Certificate,
    pub(crate) set: ValidatorSet,
    pub(crate) set_hash: Hash,
}

/// An anchor with its bytes decoded, but nothing verified yet.
pub(crate) struct Anchored {
    pub(crate) head: SignedHeader,
    pub(crate) chain: Vec<SignedHeader>,
}

impl Anchored {
    /// Decodes it, canonically.
    ///
    /// A validator set that is the trust root's is taken from there: its keys were checked when the root was read, and
    /// checking a key costs as much as two signatures.
    pub(crate) fn decode(anchor: &Anchor, trust: Option<&TrustRoot>) -> Result<Anchored, Problem> {
        let chain = anchor.chain.iter().map(|l| signed_header(&l.header, &l.certificate, &l.validators, trust));
        Ok(Anchored {
            head: signed_header(&anchor.header, &anchor.certificate, &anchor.validators, trust)?,
            chain: chain.collect::<Result<_, _>>()?,
        })
    }

    /// The header that everything is proved under.
    pub(crate) fn header(&self) -> &Header {
        &self.head.header
    }
}

fn signed_header(
    header: &Blob,
    certificate: &Blob,
    validators: &Blob,
    trust: Option<&TrustRoot>,
) -> Result<SignedHeader, Problem> {
    let set_hash = Hash::of_bytes(&tag::VALIDATORS, validators);
    Ok(SignedHeader {
        header: read!("the header", header, MAX_CERTIFIED_BYTES)?,
        id: BlockId(Hash::of_bytes(&tag::BLOCK_ID, header)),
        certificate: read!("the certificate", certificate, MAX_CERTIFIED_BYTES)?,
        set: match trust.filter(|t| t.set_hash() == set_hash) {
            Some(trust) => trust.set().clone(),
            None => read!("the validator set", validators, MAX_CERTIFIED_BYTES)?,
        },
        set_hash,
    })
}
