//! The trust root: what a stranger must hold, or have read aloud to him, before a file means anything.

mod file;

use crate::{
    anchor::Anchor,
    bounds::{MAX_TRUST_BYTES, MAX_WITNESSES},
    problem::Problem,
    standing,
    verdict::Standing,
    verify::Options,
};
use file::TRUST_SCHEMA;
use ledger::{
    BlockId, Genesis, Hash, Header, NetworkId, OrgId, PublicKey, Text, Timestamp, Validator, ValidatorSet,
    genesis::GenesisError, list, tag,
};
use std::fmt;

/// One agency that signs from the block after the start on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedValidator {
    /// Name of the agency.
    pub name: Text<128>,
    /// Its identity.
    pub org: OrgId,
    /// Its consensus key, 32 bytes of ed25519.
    pub key: [u8; 32],
    /// Transport identity of its node, 32 bytes of ed25519.
    pub peer: [u8; 32],
}

/// The block that a trust root starts at: the last one that is taken as given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Its height; 0 is genesis.
    pub height: u64,
    /// Its time; that of the ceremony for genesis.
    pub time: Timestamp,
    /// Its identity; the zero hash for genesis.
    pub block: BlockId,
    /// Merkle list of the identities of all blocks before it, as its header has it.
    pub history: Hash,
}

/// Somebody who is no agency and signs headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedWitness {
    /// Name, for people.
    pub name: Text<128>,
    /// Key, 32 bytes of ed25519.
    pub key: [u8; 32],
}

/// The witnesses that a reader knows, and how many of them must have signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnesses {
    /// How many signatures of theirs a header needs.
    pub needed: u32,
    /// The witnesses, by ascending key.
    pub keys: Vec<TrustedWitness>,
}

/// A network, the block that it is known from, and the agencies whose signatures count for it from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRoot {
    chain: Text<32>,
    network: NetworkId,
    test: bool,
    validators: Vec<TrustedValidator>,
    set: ValidatorSet,
    set_hash: Hash,
    start: Start,
    trusting_ms: Option<u64>,
    witnesses: Witnesses,
}

/// Hash over the content of a trust root. `Display` writes 16 groups of four digits, to be read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub Hash);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, digit) in self.0.to_string().chars().enumerate() {
            if position > 0 && position % 4 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// Why a trust file is not taken, or none is made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Over [`MAX_TRUST_BYTES`].
    #[error("read a trust file of {length} bytes: at most {MAX_TRUST_BYTES} are taken")]
    TooLarge {
        /// Bytes given.
        length: usize,
    },
    /// No JSON, or not of the shape of a trust file.
    #[error("read the trust file: {detail}")]
    Shape {
        /// What the reader found.
        detail: String,
    },
    /// Another schema.
    #[error("read a trust file of another schema than {TRUST_SCHEMA}")]
    Schema,
    /// A name that is too long, no agency, agencies or witnesses out of order, or a start that cannot be.
    #[error("take the {what} of the trust file")]
    Content {
        /// Which part.
        what: &'static str,
    },
    /// The file says another fingerprint than its content has.
    #[error("match the fingerprint: the file states {stated}, its content has {found}")]
    Fingerprint {
        /// As the file states it.
        stated: Hash,
        /// As it is computed.
        found: Hash,
    },
    /// The genesis is not usable.
    #[error("take the genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// No trust root can start at this header.
    #[error("start a trust root at height {height}: {why}")]
    Start {
        /// Height of the header.
        height: u64,
        /// Why not.
        why: &'static str,
    },
    /// The header does not hold.
    #[error("{0}")]
    Header(#[from] Problem),
}

impl TrustError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            TrustError::TooLarge { .. } => "H9190",
            TrustError::Shape { .. } => "H9191",
            TrustError::Schema => "H9192",
            TrustError::Content { .. } => "H9193",
            TrustError::Fingerprint { .. } => "H9194",
            TrustError::Genesis(_) => "H9195",
            TrustError::Start { .. } => "H9196",
            TrustError::Header(problem) => problem.code(),
        }
    }

    /// Every code with its meaning in a few words.
    pub const CODES: &'static [(&'static str, &'static str)] = &[
        ("H9190", "the trust file is too large"),
        ("H9191", "the file has not the shape of a trust file"),
        ("H9192", "the schema of the trust file is another one"),
        ("H9193", "a part of the trust file is not usable"),
        ("H9194", "the fingerprint is not that of the content"),
        ("H9195", "the genesis gives no trust root"),
        ("H9196", "no trust root can start at this header"),
    ];
}

/// Where two trust roots differ.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TrustDifference {
    /// The field, as the trust file names it.
    pub field: &'static str,
    /// What the one says; empty where it says nothing.
    pub one: String,
    /// What the other says.
    pub other: String,
}

impl TrustRoot {
    /// The trust root of a network that starts from this genesis.
    pub fn from_genesis(genesis: &Genesis) -> Result<TrustRoot, TrustError> {
        let set = genesis.validators()?;
        let name = |org: &OrgId| {
            let found = genesis.orgs.iter().find(|o| OrgId::of(&o.profile.identifier) == *org);
            found.map(|o| o.profile.name.clone()).unwrap_or_default()
        };
        Ok(TrustRoot {
            chain: genesis.chain.clone(),
            network: genesis.network(),
            test: genesis.test.is_some(),
            validators: set.validators().iter().map(|v| seat(v, name(&v.org))).collect(),
            set_hash: set.hash(),
            set,
            start: Start { height: 0, time: genesis.time, block: BlockId::default(), history: list::root(&[]) },
            trusting_ms: None,
            witnesses: Witnesses::default(),
        })
    }

    /// A trust root that starts at a later header, which this one leads to: nothing before it need be asked for again.
    ///
    /// The header must stand as `valid` under this one, test networks included. `names`: those of agencies that this one
    /// does not know. Errors: [`TrustError::Start`]; [`TrustError::Header`] when something in the anchor does not hold.
    pub fn advance(
        &self,
        anchor: &Anchor,
        options: Options,
        names: &dyn Fn(&OrgId) -> Option<Text<128>>,
    ) -> Result<TrustRoot, TrustError> {
        let judged = standing::judge(anchor, Some(self), Options { allow_test: true, max_age_ms: None, ..options })?;
        let Header { height, time, history, next_validators, .. } = judged.header;
        let fail = |why| Err(TrustError::Start { height, why });
        if !judged.rooted {
            return fail("it does not follow from the trust root at hand");
        }
        match judged.standing {
            Standing::Valid => {}
            Standing::Stale => return fail("the trust root at hand is too old to lead anywhere"),
            Standing::Untrusted | Standing::Invalid => return fail("too few of the needed witnesses signed it"),
        }
        if height <= self.start.height {
            return fail("the trust root at hand starts there or later");
        }
        if judged.validators.hash() != next_validators {
            return fail("the validators change behind this very block: take a file of a later one");
        }
        Ok(self.starting(Start { height, time, block: judged.block, history }, judged.validators, names))
    }

    /// The same, starting at a block that this one leads to; `set` signs the next one.
    pub(crate) fn starting(
        &self,
        start: Start,
        set: ValidatorSet,
        names: &dyn Fn(&OrgId) -> Option<Text<128>>,
    ) -> TrustRoot {
        let unknown = || Text::new("unknown").unwrap_or_default();
        let name = |org: &OrgId| {
            let known = self.validators.iter().find(|v| v.org == *org).map(|v| v.name.clone());
            known.or_else(|| names(org)).unwrap_or_else(unknown)
        };
        let validators = set.validators().iter().map(|v| seat(v, name(&v.org))).collect();
        TrustRoot { validators, set_hash: set.hash(), set, start, ..self.clone() }
    }

    /// The same with another time for which it may be led on from, in milliseconds; none for ever.
    pub fn with_trusting_ms(self, trusting_ms: Option<u64>) -> TrustRoot {
        TrustRoot { trusting_ms, ..self }
    }

    /// The same with other witnesses, in any order. Error: [`TrustError::Content`] for a key that is not usable or stands
    /// twice, for more than [`MAX_WITNESSES`], and when more are needed than there are.
    pub fn with_witnesses(self, mut witnesses: Witnesses) -> Result<TrustRoot, TrustError> {
        witnesses.keys.sort_by_key(|w| w.key);
        witnesses.check()?;
        Ok(TrustRoot { witnesses, ..self })
    }

    /// Hash over everything that a trust file says, in canonical bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        let seats: Vec<([u8; 32], [u8; 32], OrgId, Text<128>)> =
            self.validators.iter().map(|v| (v.key, v.peer, v.org, v.name.clone())).collect();
        let Start { height, time, block, history } = self.start;
        let Witnesses { needed, keys } = &self.witnesses;
        let witnesses: Vec<([u8; 32], Text<128>)> = keys.iter().map(|w| (w.key, w.name.clone())).collect();
        let network = (self.chain.clone(), self.network, self.test, seats);
        let start = (height, time, block, history);
        Fingerprint(Hash::of(&tag::TRUST_ROOT, &(network, start, self.trusting_ms, *needed, witnesses)))
    }

    /// Where two trust roots differ, in the order of the file; empty exactly when their fingerprints are equal.
    pub fn differences(&self, other: &TrustRoot) -> Vec<TrustDifference> {
        let mut found = Vec::new();
        let mut compare = |field, one: String, other: String| {
            if one != other {
                found.push(TrustDifference { field, one, other });
            }
        };
        compare("chain", self.chain.to_string(), other.chain.to_string());
        compare("network", self.network.to_string(), other.network.to_string());
        compare("test", self.test.to_string(), other.test.to_string());
        for (one, two) in paired(&self.validators, &other.validators, |v| v.key) {
            compare("validators", one.map_or_else(String::new, seat_text), two.map_or_else(String::new, seat_text));
        }
        let (one, two) = (self.start, other.start);
        compare("start.height", one.height.to_string(), two.height.to_string());
        compare("start.time", one.time.0.to_string(), two.time.0.to_string());
        compare("start.block", one.block.to_string(), two.block.to_string());
        compare("start.history", one.history.to_string(), two.history.to_string());
        let ms = |ms: Option<u64>| ms.map(|ms| ms.to_string()).unwrap_or_default();
        compare("trusting_ms", ms(self.trusting_ms), ms(other.trusting_ms));
        compare("witnesses.needed", self.witnesses.needed.to_string(), other.witnesses.needed.to_string());
        let text = |w: &TrustedWitness| format!("{} {}", w.name, Hash(w.key));
        for (one, two) in paired(&self.witnesses.keys, &other.witnesses.keys, |w| w.key) {
            compare("witnesses.keys", one.map_or_else(String::new, text), two.map_or_else(String::new, text));
        }
        found
    }

    /// The validator set that signs the block after the start. Its keys passed the full rule when the root was made.
    pub fn set(&self) -> &ValidatorSet {
        &self.set
    }

    /// Hash of that set.
    pub fn set_hash(&self) -> Hash {
        self.set_hash
    }

    /// Name of the chain.
    pub fn chain(&self) -> &str {
        self.chain.as_str()
    }

    /// Identity of the network.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// Whether it is a test network.
    pub fn is_test(&self) -> bool {
        self.test
    }

    /// The agencies, by ascending key identity.
    pub fn validators(&self) -> &[TrustedValidator] {
        &self.validators
    }

    /// Name of an agency, with its identity behind it where another agency has the same name; none of who has no seat.
    pub(crate) fn agency(&self, org: &OrgId) -> Option<String> {
        let name = &self.validators.iter().find(|v| v.org == *org)?.name;
        let is_shared = self.validators.iter().any(|v| v.org != *org && v.name == *name);
        Some(if is_shared { format!("{name} ({org})") } else { name.to_string() })
    }

    /// The block that it starts at.
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// For how many milliseconds after its start it leads to later headers; none for ever.
    pub fn trusting_ms(&self) -> Option<u64> {
        self.trusting_ms
    }

    /// The witnesses that it knows and asks for.
    pub fn witnesses(&self) -> &Witnesses {
        &self.witnesses
    }
}

impl Start {
    /// Genesis is no block and has none before it.
    fn check(&self) -> Result<(), TrustError> {
        let is_genesis = self.block == BlockId::default() && self.history == list::root(&[]);
        match self.height > 0 || is_genesis {
            true => Ok(()),
            false => Err(TrustError::Content { what: "start" }),
        }
    }
}

impl Witnesses {
    fn check(&self) -> Result<(), TrustError> {
        let fail = |what| Err(TrustError::Content { what });
        if self.keys.len() > MAX_WITNESSES {
            return fail("number of witnesses");
        }
        if !self.keys.windows(2).all(|w| matches!(w, [a, b] if a.key < b.key)) {
            return fail("witnesses: their keys do not ascend");
        }
        if self.keys.iter().any(|w| PublicKey::from_bytes(w.key).is_err()) {
            return fail("key of a witness");
        }
        match usize::try_from(self.needed).is_ok_and(|needed| needed <= self.keys.len()) {
            true => Ok(()),
            false => fail("number of witnesses that are needed"),
        }
    }
}

fn seat(validator: &Validator, name: Text<128>) -> TrustedValidator {
    TrustedValidator { name, org: validator.org, key: *validator.key.bytes(), peer: validator.peer }
}

fn seat_text(v: &TrustedValidator) -> String {
    format!("{} {} {} {}", v.name, v.org, Hash(v.key), Hash(v.peer))
}

/// The set of these agencies, whose keys must be usable and stand in ascending order of identity.
fn set_of(validators: &[TrustedValidator]) -> Option<ValidatorSet> {
    let seat =
        |v: &TrustedValidator| Some(Validator { key: PublicKey::from_bytes(v.key).ok()?, org: v.org, peer: v.peer });
    let set = ValidatorSet::new(validators.iter().map(seat).collect::<Option<_>>()?).ok()?;
    let ordered = set.validators().iter().zip(validators).all(|(sorted, given)| *sorted.key.bytes() == given.key);
    ordered.then_some(set)
}

/// Elements with the same key beside each other; those of one list alone beside nothing.
fn paired<'a, T>(one: &'a [T], other: &'a [T], key: impl Fn(&T) -> [u8; 32]) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let in_other = |t: &T| other.iter().find(|&o| key(o) == key(t));
    let only_other = other.iter().filter(|&o| one.iter().all(|t| key(t) != key(o)));
    one.iter().map(|t| (Some(t), in_other(t))).chain(only_other.map(|o| (None, Some(o)))).collect()
}
