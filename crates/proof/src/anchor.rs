//! The anchor of a file: the certified header that everything else in it is proved under, and how a reader gets there from
//! what he trusts (`docs/formats/bundle.md`, "Anchor"). Every kind of file has one, and one light client judges it.

use crate::{
    bounds::{MAX_CERTIFIED_BYTES, MAX_CHAIN, MAX_PATH_BYTES, MAX_SIGNATURE_BYTES, MAX_WITNESSES},
    json::{Blob, Digest, List},
    problem::Problem,
    trust::TrustRoot,
};
use ledger::{
    BlockId, Certificate, Hash, Header, NetworkId, Signature, ValidatorSet, block::witness_message, codec, tag,
};

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
        /// Those who are no agencies and sign that they know of this header, by ascending key.
        witnesses: List<Witness, MAX_WITNESSES>,
        /// The way of a header that is older than what a reader trusts into the history that he trusts.
        history: Option<HistoryPath>,
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

object! {
    /// The signature of a witness on the header.
    pub struct Witness {
        /// Its key, ed25519.
        key: Digest,
        /// The 64 bytes of the signature.
        signature: Blob,
    }
}

object! {
    /// The place of the header in the list of the first blocks.
    pub struct HistoryPath {
        /// How many blocks the list has.
        size: u64,
        /// Canonical bytes of the path of the header in it.
        path: Blob,
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
        let chain = List(chain.iter().map(link).collect());
        Anchor { header, certificate, validators, chain, witnesses: List::default(), history: None }
    }

    /// The header, decoded but not verified. Error: H9005.
    pub fn header(&self) -> Result<Header, Problem> {
        read!("the header", &self.header, MAX_CERTIFIED_BYTES)
    }

    /// Identity of the block.
    pub fn block(&self) -> BlockId {
        block_id(&self.header)
    }

    /// Puts a witness's signature in its place; one of the same key gives way. Error: H9003 when there is no room.
    pub fn add_witness(&mut self, key: [u8; 32], signature: &Signature) -> Result<(), Problem> {
        let witness = Witness { key: Digest(Hash(key)), signature: Blob(codec::encode(signature)) };
        match self.witnesses.0.binary_search_by(|w| w.key.cmp(&witness.key)) {
            Ok(known) => {
                if let Some(place) = self.witnesses.0.get_mut(known) {
                    *place = witness;
                }
            }
            Err(_) if self.witnesses.len() >= MAX_WITNESSES => {
                return Err(Problem::Shape { detail: format!("more than {MAX_WITNESSES} witnesses") });
            }
            Err(place) => self.witnesses.0.insert(place, witness),
        }
        Ok(())
    }

    /// Says where in the list of the first `size` blocks the header is.
    pub fn set_history(&mut self, size: u64, path: &[Hash]) {
        self.history = Some(HistoryPath { size, path: Blob(codec::encode(&path.to_vec())) });
    }
}

fn link(certified: &Certified) -> ChainLink {
    ChainLink {
        header: Blob(codec::encode(&certified.header)),
        certificate: Blob(codec::encode(&certified.certificate)),
        validators: Blob(codec::encode(&certified.validators)),
    }
}

fn block_id(header: &Blob) -> BlockId {
    // The bytes are the canonical encoding of the header, so hashing them is hashing the header.
    BlockId(Hash::of_bytes(&tag::BLOCK_ID, header))
}

/// A header with those who are said to have signed it.
pub(crate) struct SignedHeader {
    pub(crate) header: Header,
    pub(crate) id: BlockId,
    pub(crate) certificate: Certificate,
    pub(crate) set: ValidatorSet,
    pub(crate) set_hash: Hash,
}

impl SignedHeader {
    /// The header with its signatures alone.
    pub(crate) fn certified(&self) -> Certified {
        let SignedHeader { header, id: _, certificate, set, set_hash: _ } = self;
        Certified { header: header.clone(), certificate: certificate.clone(), validators: set.clone() }
    }
}

/// A place in the list of the first `size` blocks.
pub(crate) struct Place {
    pub(crate) size: u64,
    pub(crate) path: Vec<Hash>,
}

/// An anchor with its bytes decoded, but nothing verified yet.
pub(crate) struct Anchored {
    pub(crate) head: SignedHeader,
    pub(crate) chain: Vec<SignedHeader>,
    /// Keys and signatures of the witnesses, by ascending key.
    pub(crate) witnesses: Vec<([u8; 32], Signature)>,
    pub(crate) history: Option<Place>,
}

impl Anchored {
    /// Decodes it, canonically, in the order of its fields; the links before the witnesses, their order after them.
    ///
    /// A validator set that is the trust root's is taken from there: its keys were checked when the root was read, and
    /// checking a key costs as much as two signatures.
    pub(crate) fn decode(anchor: &Anchor, trust: Option<&TrustRoot>) -> Result<Anchored, Problem> {
        let head = signed_header(&anchor.header, &anchor.certificate, &anchor.validators, trust)?;
        let chain = anchor.chain.iter().map(|l| signed_header(&l.header, &l.certificate, &l.validators, trust));
        let chain = chain.collect::<Result<_, _>>()?;
        let witness = |w: &Witness| -> Result<([u8; 32], Signature), Problem> {
            Ok((w.key.0.0, read!("the signature of a witness", &w.signature, MAX_SIGNATURE_BYTES)?))
        };
        let witnesses: Vec<_> = anchor.witnesses.iter().map(witness).collect::<Result<_, _>>()?;
        if !witnesses.windows(2).all(|w| matches!(w, [a, b] if a.0 < b.0)) {
            return Err(Problem::ListOrder { what: "witnesses" });
        }
        let history = match &anchor.history {
            None => None,
            Some(HistoryPath { size, path }) => {
                Some(Place { size: *size, path: read!("the path in the history", path, MAX_PATH_BYTES)? })
            }
        };
        Ok(Anchored { head, chain, witnesses, history })
    }

    /// The header that everything is proved under.
    pub(crate) fn header(&self) -> &Header {
        &self.head.header
    }

    /// The trust root, if it is of this network.
    pub(crate) fn known<'t>(&self, trust: Option<&'t TrustRoot>) -> Option<&'t TrustRoot> {
        let network: NetworkId = self.head.header.network;
        trust.filter(|t| t.network() == network)
    }

    /// What a witness of this header signs.
    pub(crate) fn witness_message(&self) -> Hash {
        let Header { network, height, .. } = &self.head.header;
        witness_message(network, *height, &self.head.id)
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
        id: block_id(header),
        certificate: read!("the certificate", certificate, MAX_CERTIFIED_BYTES)?,
        set: match trust.filter(|t| t.set_hash() == set_hash) {
            Some(trust) => trust.set().clone(),
            None => read!("the validator set", validators, MAX_CERTIFIED_BYTES)?,
        },
        set_hash,
    })
}
