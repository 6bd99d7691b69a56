//! The ground that a file stands on, and the part of its verdict that tells of it: alike for every kind but the bundle.
//!
//! What the light client knows is asked for here and nowhere else.

use crate::{
    anchor::{Anchor, Anchored, Certified, ChainLink, SignedHeader},
    bounds::{MAX_BUNDLE_BYTES, MAX_CERTIFIED_BYTES},
    bundle::cut,
    json::{Blob, List},
    problem::Problem,
    time::rfc3339,
    trust::TrustRoot,
    verdict::{AsOf, Failure, Notice, Signatures, Standing},
    verify::{self, Options},
};
use ledger::{Hash, Header, OrgId, ValidatorSet, codec, tag};
use serde::{Serialize, de::DeserializeOwned};

/// What the verdicts of all kinds but the bundle say alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictHead {
    /// What the file is worth.
    pub verdict: Standing,
    /// The point up to which this is known; none where the file has no certified header of its own.
    pub as_of: Option<AsOf>,
    /// Identity of the network, hexadecimal.
    pub network: Option<String>,
    /// Whether it is a test network.
    pub test: bool,
    /// Agencies that certified the header: names of the trust root, else identities.
    pub certified_by: Vec<String>,
    /// Witnesses of the trust root that signed.
    pub witnessed_by: Vec<String>,
    /// Signatures checked.
    pub signatures: Signatures,
    /// Fingerprint of the trust root that was given, hexadecimal.
    pub trust_root: Option<String>,
    /// Why it is invalid.
    pub failure: Option<Failure>,
    /// What else to know, and what the verdict covers.
    pub notices: Vec<Notice>,
}

impl VerdictHead {
    /// Nothing is known yet: invalid until [`VerdictHead::conclude`].
    pub(crate) fn new(trust: Option<&TrustRoot>) -> VerdictHead {
        VerdictHead {
            verdict: Standing::Invalid,
            as_of: None,
            network: None,
            test: false,
            certified_by: Vec::new(),
            witnessed_by: Vec::new(),
            signatures: Signatures::default(),
            trust_root: trust.map(|t| t.fingerprint().0.to_string()),
            failure: None,
            notices: Vec::new(),
        }
    }

    /// Checks the anchor, and says what it proves by itself.
    pub(crate) fn anchored(
        &mut self,
        anchor: &Anchored,
        trust: Option<&TrustRoot>,
        options: Options,
    ) -> Result<Ground, Problem> {
        let ground = check(anchor, trust, options)?;
        let header = anchor.header();
        self.signatures.checked = ground.checked;
        self.network = Some(header.network.to_string());
        self.test = header.test;
        self.as_of = Some(AsOf { height: header.height, time: rfc3339(header.time) });
        self.certified_by = certifiers(&anchor.head, known(header, trust));
        Ok(ground)
    }

    /// The end of a judgement in which nothing was wrong: the notices of the anchor, then those that are the kind's own.
    pub(crate) fn conclude(
        &mut self,
        anchor: &Anchored,
        trust: Option<&TrustRoot>,
        ground: &Ground,
        options: Options,
        own: Vec<Notice>,
    ) {
        let header = anchor.header();
        self.notices = notices(header.test, known(header, trust).is_some());
        self.notices.extend(own);
        self.verdict = standing(header, ground, options);
    }

    /// The end of a judgement in which something was wrong.
    pub(crate) fn fail(&mut self, problem: &Problem) {
        self.failure = Some(Failure { code: problem.code(), event: None, message: problem.to_string() });
    }

    /// Exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        self.verdict.exit_code()
    }
}

/// What the light client found.
pub(crate) struct Ground {
    /// Signatures that were checked and hold.
    pub(crate) checked: u64,
    /// Whether the header follows from the reader's trust root.
    pub(crate) rooted: bool,
}

/// The trust root, if it is of the network of this header.
fn known<'t>(header: &Header, trust: Option<&'t TrustRoot>) -> Option<&'t TrustRoot> {
    trust.filter(|t| t.network() == header.network)
}

/// Checks headers and certificates. A trust root of another network counts as none.
pub(crate) fn check(anchor: &Anchored, trust: Option<&TrustRoot>, options: Options) -> Result<Ground, Problem> {
    let trust = known(anchor.header(), trust);
    Ok(Ground { checked: verify::certified(anchor, trust, options)?, rooted: trust.is_some() })
}

/// Trust weighs more than age: who does not know the network need not be told that its header is old.
fn standing(header: &Header, ground: &Ground, options: Options) -> Standing {
    let stale = match (options.now, options.max_age_ms) {
        (Some(now), Some(max_age_ms)) => now.ms_since(header.time) > max_age_ms,
        _ => false,
    };
    match (ground.rooted && (!header.test || options.allow_test), stale) {
        (false, _) => Standing::Untrusted,
        (true, true) => Standing::Stale,
        (true, false) => Standing::Valid,
    }
}

/// A notice of a kind of file.
pub(crate) fn notice(id: &'static str, message: impl Into<String>) -> Notice {
    Notice { id, message: message.into() }
}

/// What every verdict tells of its network; `trusted`: whether a trust root of it was given.
pub(crate) fn notices(test: bool, trusted: bool) -> Vec<Notice> {
    let mut notices = Vec::new();
    if test {
        notices.push(notice("test-network", "this is a test network: its items do not exist"));
    }
    if !trusted {
        let message = "no trust root of this network was given: anyone can make such a network";
        notices.push(notice("no-trust-root", message));
    }
    notices
}

/// Name of an agency by the trust root, which is of its network.
pub(crate) fn agency(org: &OrgId, trust: Option<&TrustRoot>) -> Option<String> {
    let known = trust.and_then(|t| t.validators().iter().find(|v| v.org == *org));
    known.map(|v| v.name.to_string())
}

fn certifiers(head: &SignedHeader, trust: Option<&TrustRoot>) -> Vec<String> {
    let seats = head.certificate.signatures.iter().filter_map(|s| head.set.by_key(&s.signer));
    seats.map(|seat| agency(&seat.org, trust).unwrap_or_else(|| seat.org.to_string())).collect()
}

/// A validator set with its hash; that of the trust root is taken from there, for its keys were checked.
pub(crate) fn validators(bytes: &Blob, trust: Option<&TrustRoot>) -> Result<(ValidatorSet, Hash), Problem> {
    let hash = Hash::of_bytes(&tag::VALIDATORS, bytes);
    match trust.filter(|t| t.set_hash() == hash) {
        Some(trust) => Ok((trust.set().clone(), hash)),
        None => Ok((read!("the validator set", bytes, MAX_CERTIFIED_BYTES)?, hash)),
    }
}

/// An anchor at one certified header, behind others.
pub(crate) fn anchor(head: &ChainLink, chain: &[ChainLink]) -> Anchor {
    let ChainLink { header, certificate, validators } = head.clone();
    Anchor { header, certificate, validators, chain: List(chain.to_vec()) }
}

/// A certified header as a link.
pub(crate) fn link(certified: &Certified) -> ChainLink {
    ChainLink {
        header: Blob(codec::encode(&certified.header)),
        certificate: Blob(codec::encode(&certified.certificate)),
        validators: Blob(codec::encode(&certified.validators)),
    }
}

/// Reads a file: size, JSON, shape, bounds and schema; nothing is verified.
pub(crate) fn from_json<T: DeserializeOwned>(
    bytes: &[u8],
    schema: &str,
    stated: impl Fn(&T) -> &str,
) -> Result<T, Problem> {
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(Problem::TooLarge { length: bytes.len(), limit: MAX_BUNDLE_BYTES });
    }
    let file: T = serde_json::from_slice(bytes).map_err(|error| {
        let detail = cut(&error.to_string());
        match error.classify() {
            serde_json::error::Category::Data => Problem::Shape { detail },
            _ => Problem::NotJson { detail },
        }
    })?;
    match stated(&file) == schema {
        true => Ok(file),
        false => Err(Problem::Schema { found: cut(stated(&file)) }),
    }
}

/// The file.
pub(crate) fn to_json<T: Serialize>(file: &T) -> Vec<u8> {
    // Writing plain structs to memory fails for no value.
    serde_json::to_vec(file).unwrap_or_default()
}
