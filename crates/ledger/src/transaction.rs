//! Signed transactions: parsed once, verified once, and only then shown to a rule.
//!
//! bytes -> [`SignedTx`] -> [`Unverified`] -> [`VerifiedTx`]; only the last enters the pool or an execution.

use crate::{
    bounds::*,
    codec::{self, CodecError},
    crypto::{self, Check, PublicKey, Signature, Suite},
    hash::Hash,
    id::{KeyId, NetworkId, OrgId, TxId},
    list,
    operation::{Application, Change, Entry, Operation},
    policy::has_repetition,
    record::Role,
    tag,
    time::Timestamp,
};
use bincode::{Decode, Encode};

/// One required signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Slot {
    /// Signature suite.
    pub suite: Suite,
    /// For which organisation.
    pub org: OrgId,
    /// With which key.
    pub key: KeyId,
    /// In which capacity.
    pub role: Role,
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TxBody {
    /// The network; nothing signed for one is valid on another.
    pub network: NetworkId,
    /// 128 random bits.
    pub nonce: [u8; 16],
    /// Block time after which it is void: at most 24 h ahead, 72 h when bound to a custody sequence.
    pub expires: Timestamp,
    /// Every signer that must sign, no more and no fewer.
    pub signers: Vec<Slot>,
    /// What is asked for.
    pub operation: Operation,
}

impl TxBody {
    /// Identity of the transaction: signatures are no part of it.
    pub fn id(&self) -> TxId {
        TxId(Hash::of(&tag::TX_ID, self))
    }

    /// What the signer of a slot signs.
    pub fn sign_hash(&self, id: &TxId, slot: &Slot) -> Hash {
        Hash::of(&tag::TX_SIGN, &(self.network, id, slot))
    }

    /// Longest life in milliseconds that this transaction may have.
    pub fn longest_life_ms(&self) -> u64 {
        match self.operation.points().is_empty() {
            false => MAX_CUSTODY_EXPIRY_MS,
            true => MAX_EXPIRY_MS,
        }
    }

    /// Checks expiry against a block's time.
    pub fn check_time(&self, now: Timestamp) -> Result<(), TxError> {
        let expires = self.expires;
        let longest_ms = self.longest_life_ms();
        if expires <= now {
            return Err(TxError::Expired { expires, now });
        }
        match expires.ms_since(now) > longest_ms {
            true => Err(TxError::ExpiryTooFar { expires, longest_ms }),
            false => Ok(()),
        }
    }
}

/// A transaction as it travels: body, one signature for each slot in their order, and the entries of a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedTx {
    /// What is signed.
    pub body: TxBody,
    /// Signatures, in the order of the slots.
    pub signatures: Vec<Signature>,
    /// Entries that [`crate::operation::EntryList`] commits to; empty for other operations.
    pub entries: Vec<Entry>,
}

/// Why a transaction is inadmissible. It never enters a pool or a block, and uses up no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TxError {
    /// The bytes are no transaction.
    #[error("read the transaction: {0}")]
    Codec(#[from] CodecError),
    /// No signer, or too many.
    #[error("take a transaction with {found} signers: 1 to {MAX_SIGNERS} are possible")]
    SignerCount {
        /// Present.
        found: usize,
    },
    /// Two slots of one key, or a suite that is not in use.
    #[error("take a transaction with a repeated key or an unknown signature suite in slot {slot}")]
    Slot {
        /// Position, from 0.
        slot: usize,
    },
    /// Not one signature for each slot.
    #[error("take a transaction with {found} signatures for {needed} signers")]
    SignatureCount {
        /// Present.
        found: usize,
        /// Slots.
        needed: usize,
    },
    /// A list of the operation is empty or longer than it may be.
    #[error("take the operation: its {what} are none, too many, or repeated")]
    Bounds {
        /// Of what.
        what: &'static str,
    },
    /// A field of the operation says nothing, or what cannot be.
    #[error("take the operation: its {what} says nothing, or what cannot be")]
    Field {
        /// Which.
        what: &'static str,
    },
    /// The entries are not those that the body commits to.
    #[error("match the entries with the list that was signed")]
    Entries,
    /// A transaction of another network.
    #[error("take a transaction of network {found}")]
    Network {
        /// The network it was signed for.
        found: NetworkId,
    },
    /// The key of a slot is not registered.
    #[error("find the key {key} of slot {slot}")]
    KeyUnknown {
        /// Position, from 0.
        slot: usize,
        /// The key.
        key: KeyId,
    },
    /// The key of a slot is registered for another organisation than the slot names.
    #[error("take the key {key} for the organisation of slot {slot}")]
    KeyForeign {
        /// Position, from 0.
        slot: usize,
        /// The key.
        key: KeyId,
    },
    /// A signature does not hold.
    #[error("verify the signature of slot {slot}")]
    SignatureInvalid {
        /// Position, from 0.
        slot: usize,
    },
    /// The transaction expired.
    #[error("take a transaction that expired at {expires:?}, the time is {now:?}")]
    Expired {
        /// Its expiry.
        expires: Timestamp,
        /// Block time.
        now: Timestamp,
    },
    /// The expiry lies too far ahead.
    #[error("take a transaction that expires at {expires:?}: {longest_ms} ms from now is the longest")]
    ExpiryTooFar {
        /// Its expiry.
        expires: Timestamp,
        /// Longest life.
        longest_ms: u64,
    },
    /// The identity is in the ledger already.
    #[error("take a transaction that is in the ledger already")]
    Replayed,
    /// It builds on a point of custody that the item has not reached: it waits for the one before.
    #[error("take a transaction that builds on custody sequence {asked}, the item is at {found}")]
    CustodyAhead {
        /// Sequence it builds on.
        asked: u64,
        /// Sequence of the item.
        found: u64,
    },
}

impl TxError {
    /// Stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            TxError::Codec(CodecError::TooLong { .. }) => "H1002",
            TxError::Codec(_) => "H1001",
            TxError::SignerCount { .. } => "H2001",
            TxError::Slot { .. } => "H2002",
            TxError::SignatureCount { .. } => "H2003",
            TxError::Entries => "H1003",
            TxError::Bounds { .. } => "H1008",
            TxError::Field { .. } => "H1009",
            TxError::Network { .. } => "H3001",
            TxError::KeyUnknown { .. } => "H2004",
            TxError::SignatureInvalid { .. } => "H2005",
            TxError::KeyForeign { .. } => "H2006",
            TxError::Expired { .. } => "H1004",
            TxError::ExpiryTooFar { .. } => "H1005",
            TxError::Replayed => "H1006",
            TxError::CustodyAhead { .. } => "H1007",
        }
    }
}

impl SignedTx {
    /// Reads canonical bytes and checks everything that needs no state.
    pub fn from_bytes(bytes: &[u8]) -> Result<SignedTx, TxError> {
        let tx: SignedTx = codec::decode(bytes, MAX_TX_BYTES)?;
        tx.check_shape()?;
        Ok(tx)
    }

    /// Canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Hash of all signatures, bound by the block beside the identity.
    pub fn signatures_hash(&self) -> Hash {
        Hash::of(&tag::TX_SIGNATURES, &self.signatures)
    }

    /// Checks counts, slots, fields and entries.
    pub fn check_shape(&self) -> Result<(), TxError> {
        let slots = &self.body.signers;
        if slots.is_empty() || slots.len() > MAX_SIGNERS {
            return Err(TxError::SignerCount { found: slots.len() });
        }
        for (position, slot) in slots.iter().enumerate() {
            let repeated = slots.iter().take(position).any(|s| s.key == slot.key);
            if repeated || slot.suite != Suite::Ed25519 {
                return Err(TxError::Slot { slot: position });
            }
        }
        if self.signatures.len() != slots.len() {
            return Err(TxError::SignatureCount { found: self.signatures.len(), needed: slots.len() });
        }
        self.check_bounds()?;
        match self.body.operation.meaningless() {
            Some(what) => Err(TxError::Field { what }),
            None => self.check_entries(),
        }
    }

    /// Lists within the body, whose lengths nothing else bounds.
    fn check_bounds(&self) -> Result<(), TxError> {
        let fail = |what| Err(TxError::Bounds { what });
        match &self.body.operation {
            Operation::Derive { inputs, .. } if inputs.is_empty() || inputs.len() > MAX_INPUTS => fail("inputs"),
            Operation::Demand { debtors, .. }
                if debtors.is_empty() || debtors.len() > MAX_DEBTORS || has_repetition(debtors) =>
            {
                fail("debtors")
            }
            Operation::Apply { application } => match application {
                Application { ports, .. } if ports.len() > MAX_PORTS || has_repetition(ports) => fail("ports"),
                Application { on, .. } if on.len() > MAX_RESTS_ON || has_repetition(on) => fail("grants it rests on"),
                _ => Ok(()),
            },
            Operation::Enact { motion } | Operation::Propose { motion, .. } => {
                if motion.changes.is_empty() || motion.changes.len() > MAX_CHANGES {
                    return fail("changes");
                }
                let keys = |change: &Change| match change {
                    Change::Enter(entry) => entry.ends_keys.len() > MAX_BANNED_KEYS || has_repetition(&entry.ends_keys),
                    _ => false,
                };
                if motion.changes.iter().any(keys) { fail("keys") } else { Ok(()) }
            }
            Operation::Land { passage } if passage.chain.len() > MAX_PASSAGE_CHAIN => fail("links of the passage"),
            Operation::Land { passage } if codec::encode(passage).len() > MAX_PASSAGE_BYTES => {
                fail("bytes of the passage")
            }
            _ => Ok(()),
        }
    }

    fn check_entries(&self) -> Result<(), TxError> {
        let Some(list) = self.body.operation.list() else {
            return if self.entries.is_empty() { Ok(()) } else { Err(TxError::Entries) };
        };
        let operation = &self.body.operation;
        let kinds_fit = self.entries.iter().all(|e| operation.takes(&e.body));
        // What is linked to one event must fit one: children to a parent, items to their unit.
        let most = match operation {
            Operation::Derive { .. } | Operation::Pack { .. } | Operation::Unpack { .. } => MAX_LINKS,
            _ => MAX_ENTRIES,
        };
        let count_fits = !self.entries.is_empty()
            && self.entries.len() <= most
            && u32::try_from(self.entries.len()) == Ok(list.count);
        let hashes: Vec<Hash> = self.entries.iter().map(Entry::hash).collect();
        match kinds_fit && count_fits && list::root(&hashes) == list.root {
            true => Ok(()),
            false => Err(TxError::Entries),
        }
    }

    /// Binds the transaction to a network and to its signers' keys.
    pub fn resolve(
        self,
        network: &NetworkId,
        key: impl Fn(&KeyId) -> Option<PublicKey>,
    ) -> Result<Unverified, TxError> {
        if self.body.network != *network {
            return Err(TxError::Network { found: self.body.network });
        }
        let bytes = self.to_bytes();
        let id = self.body.id();
        let mut checks = Vec::with_capacity(self.signatures.len());
        for (position, (slot, signature)) in self.body.signers.iter().zip(&self.signatures).enumerate() {
            let key = key(&slot.key).ok_or(TxError::KeyUnknown { slot: position, key: slot.key })?;
            checks.push(Check { key, message: self.body.sign_hash(&id, slot), signature: *signature });
        }
        let whole = Hash::of_bytes(&tag::TX_WHOLE, &bytes);
        let leaf = leaf(&id, &self.signatures_hash());
        Ok(Unverified { tx: VerifiedTx { tx: self, id, whole, leaf, bytes }, checks })
    }
}

/// A transaction whose signatures are known but not yet checked.
#[derive(Clone, Debug)]
pub struct Unverified {
    tx: VerifiedTx,
    checks: Vec<Check>,
}

impl Unverified {
    /// Checks each signature alone.
    pub fn verify(self) -> Result<VerifiedTx, TxError> {
        match self.checks.iter().position(|c| !c.holds()) {
            Some(slot) => Err(TxError::SignatureInvalid { slot }),
            None => Ok(self.tx),
        }
    }

    /// Checks the signatures of many transactions together and falls back to singles when one fails.
    ///
    /// `seed`: 32 bytes that no signer could foresee.
    pub fn verify_all(many: Vec<Unverified>, seed: [u8; 32]) -> Vec<Result<VerifiedTx, TxError>> {
        let checks: Vec<Check> = many.iter().flat_map(|u| u.checks.iter().copied()).collect();
        match checks.len() > 1 && crypto::all_hold(&checks, seed) {
            true => many.into_iter().map(|u| Ok(u.tx)).collect(),
            false => many.into_iter().map(Unverified::verify).collect(),
        }
    }
}

/// A transaction all of whose signatures hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedTx {
    tx: SignedTx,
    id: TxId,
    whole: Hash,
    leaf: Hash,
    bytes: Vec<u8>,
}

impl VerifiedTx {
    /// The transaction.
    pub fn tx(&self) -> &SignedTx {
        &self.tx
    }
    /// Its identity.
    pub fn id(&self) -> TxId {
        self.id
    }
    /// Hash of the whole signed transaction; "verified once" is remembered under it.
    pub fn whole(&self) -> Hash {
        self.whole
    }
    /// Its canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Leaf of the transaction root: identity and signatures.
    pub fn leaf(&self) -> Hash {
        self.leaf
    }
}

/// Leaf of the transaction root.
pub fn leaf(id: &TxId, signatures: &Hash) -> Hash {
    Hash::of(&tag::TX_LEAF, &(id, signatures))
}
