//! The trust file: a trust root as JSON (`docs/formats/trust.md`).

use super::{Start, TrustError, TrustRoot, TrustedValidator, TrustedWitness, Witnesses, set_of};
use crate::{
    bounds::{MAX_TRUST_BYTES, MAX_WITNESSES},
    bundle::cut,
    json::{Digest, List},
};
use ledger::{BlockId, Hash, NetworkId, OrgId, Text, Timestamp, bounds::MAX_VALIDATORS};

/// Schema of a trust file.
pub(super) const TRUST_SCHEMA: &str = "hufu.trust/1";

object! {
    /// One agency of a trust file.
    struct FileValidator {
        /// Name of the agency, for people.
        name: String,
        /// Its identity.
        org: Digest,
        /// Its consensus key, ed25519.
        key: Digest,
        /// Transport identity of its node, ed25519.
        peer: Digest,
    }
}

object! {
    /// The block that a trust file starts at.
    struct FileStart {
        /// Its height; 0 is genesis.
        height: u64,
        /// Its time, milliseconds since 1970.
        time: u64,
        /// Its identity.
        block: Digest,
        /// Merkle list of the identities of all blocks before it.
        history: Digest,
    }
}

object! {
    /// One witness of a trust file.
    struct FileWitness {
        /// Its name, for people.
        name: String,
        /// Its key, ed25519.
        key: Digest,
    }
}

object! {
    /// The witnesses of a trust file.
    struct FileWitnesses {
        /// How many of them must have signed.
        needed: u32,
        /// The witnesses, by ascending key.
        keys: List<FileWitness, MAX_WITNESSES>,
    }
}

object! {
    /// A trust file as JSON; see `docs/formats/trust.md`.
    struct TrustFile {
        /// `hufu.trust/1`.
        schema: String,
        /// Name of the chain, for people.
        chain: String,
        /// Identity of the network: hash of its genesis.
        network: Digest,
        /// Whether it is a test network.
        test: bool,
        /// The agencies that sign the block after the start, by ascending key identity.
        validators: List<FileValidator, MAX_VALIDATORS>,
        /// The block that it starts at.
        start: FileStart,
        /// For how many milliseconds after its start it leads to later headers.
        trusting_ms: Option<u64>,
        /// The witnesses that it knows and asks for.
        witnesses: FileWitnesses,
        /// Hash of all of the above; recomputed when the file is read.
        fingerprint: Digest,
    }
}

impl TrustRoot {
    /// Reads a trust file and checks its fingerprint.
    pub fn from_json(bytes: &[u8]) -> Result<TrustRoot, TrustError> {
        if bytes.len() > MAX_TRUST_BYTES {
            return Err(TrustError::TooLarge { length: bytes.len() });
        }
        let file: TrustFile =
            serde_json::from_slice(bytes).map_err(|e| TrustError::Shape { detail: cut(&e.to_string()) })?;
        if file.schema != TRUST_SCHEMA {
            return Err(TrustError::Schema);
        }
        let seat = |v: FileValidator| {
            let name = Text::new(v.name).map_err(|_| TrustError::Content { what: "name of a validator" })?;
            Ok(TrustedValidator { name, org: OrgId(v.org.0), key: v.key.0.0, peer: v.peer.0.0 })
        };
        let validators = file.validators.0.into_iter().map(seat).collect::<Result<Vec<_>, TrustError>>()?;
        let set = set_of(&validators).ok_or(TrustError::Content { what: "validators" })?;
        let witness = |w: FileWitness| {
            let name = Text::new(w.name).map_err(|_| TrustError::Content { what: "name of a witness" })?;
            Ok(TrustedWitness { name, key: w.key.0.0 })
        };
        let keys = file.witnesses.keys.0.into_iter().map(witness).collect::<Result<Vec<_>, TrustError>>()?;
        let FileStart { height, time, block, history } = file.start;
        let root = TrustRoot {
            chain: Text::new(file.chain).map_err(|_| TrustError::Content { what: "chain" })?,
            network: NetworkId(file.network.0),
            test: file.test,
            validators,
            set_hash: set.hash(),
            set,
            start: Start { height, time: Timestamp(time), block: BlockId(block.0), history: history.0 },
            trusting_ms: file.trusting_ms,
            witnesses: Witnesses { needed: file.witnesses.needed, keys },
        };
        root.start.check()?;
        root.witnesses.check()?;
        let found = root.fingerprint().0;
        match found == file.fingerprint.0 {
            true => Ok(root),
            false => Err(TrustError::Fingerprint { stated: file.fingerprint.0, found }),
        }
    }

    /// The trust file, indented, with a line end.
    pub fn to_json(&self) -> Vec<u8> {
        let seat = |v: &TrustedValidator| FileValidator {
            name: v.name.to_string(),
            org: Digest(v.org.0),
            key: Digest(Hash(v.key)),
            peer: Digest(Hash(v.peer)),
        };
        let witness = |w: &TrustedWitness| FileWitness { name: w.name.to_string(), key: Digest(Hash(w.key)) };
        let Start { height, time, block, history } = self.start;
        let file = TrustFile {
            schema: TRUST_SCHEMA.into(),
            chain: self.chain.to_string(),
            network: Digest(self.network.0),
            test: self.test,
            validators: List(self.validators.iter().map(seat).collect()),
            start: FileStart { height, time: time.0, block: Digest(block.0), history: Digest(history) },
            trusting_ms: self.trusting_ms,
            witnesses: FileWitnesses {
                needed: self.witnesses.needed,
                keys: List(self.witnesses.keys.iter().map(witness).collect()),
            },
            fingerprint: Digest(self.fingerprint().0),
        };
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}
