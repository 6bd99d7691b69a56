//! What a file is worth to this reader, once nothing in it is wrong: by what he trusts, by witnesses, and by age. The same
//! for every kind of file.

use crate::{
    anchor::{Anchor, Anchored},
    problem::Problem,
    time::rfc3339,
    trust::TrustRoot,
    verdict::{AsOf, Failure, Notice, Signatures, Standing},
    verify::{
        Options,
        light::{self, Ground},
    },
};
use ledger::{BlockId, Header, OrgId, ValidatorSet};
use serde::Serialize;

/// What the verdict of every kind of file says, beside what is its own; in JSON the fields stand among the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictHead {
    /// What the file is worth.
    pub verdict: Standing,
    /// The point up to which this is known.
    pub as_of: Option<AsOf>,
    /// Identity of the network, hexadecimal.
    pub network: Option<String>,
    /// Whether it is a test network.
    pub test: bool,
    /// Agencies that certified the header: names of the trust root, else identities.
    pub certified_by: Vec<String>,
    /// Witnesses of the trust root that signed the header, by their names there.
    pub witnessed_by: Vec<String>,
    /// Signatures checked.
    pub signatures: Signatures,
    /// Fingerprint of the trust root that was given, hexadecimal.
    pub trust_root: Option<String>,
    /// Why it is invalid.
    pub failure: Option<Failure>,
    /// What else to know.
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
        let ground = light::check(anchor, trust, options)?;
        let header = anchor.header();
        self.signatures.checked = ground.checked;
        self.network = Some(header.network.to_string());
        self.test = header.test;
        self.as_of = Some(AsOf { height: header.height, time: rfc3339(header.time) });
        self.certified_by = certifiers(anchor, trust);
        self.witnessed_by = witnesses(anchor, trust, &ground);
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
        self.notices = notices(anchor, trust, ground, options);
        self.notices.extend(own);
        self.verdict = standing(anchor, trust, ground, options);
    }

    /// The end of a judgement in which something was wrong.
    pub(crate) fn fail(&mut self, problem: &Problem) {
        self.failure = Some(Failure { code: problem.code(), event: None, item: None, message: problem.to_string() });
    }

    /// Exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        self.verdict.exit_code()
    }
}

/// Trust weighs more than age: who does not know the network need not be told that its header is old.
pub(crate) fn standing(anchor: &Anchored, trust: Option<&TrustRoot>, ground: &Ground, options: Options) -> Standing {
    let header = anchor.header();
    let old = match (options.now, options.max_age_ms) {
        (Some(now), Some(max_age_ms)) => now.ms_since(header.time) > max_age_ms,
        _ => false,
    };
    match anchor.known(trust) {
        None => Standing::Untrusted,
        Some(_) if header.test && !options.allow_test => Standing::Untrusted,
        Some(_) if !ground.rooted => Standing::Untrusted,
        Some(trust) if !is_witnessed(trust, ground) => Standing::Untrusted,
        Some(trust) if old || is_expired(header, trust, options) => Standing::Stale,
        Some(_) => Standing::Valid,
    }
}

fn is_witnessed(trust: &TrustRoot, ground: &Ground) -> bool {
    usize::try_from(trust.witnesses().needed).is_ok_and(|needed| ground.witnessed.len() >= needed)
}

/// Whether the trust root is too old to lead forward: those who signed at its start may have left long ago, and their keys
/// with them. What lies at or before the start needs no such key.
pub(crate) fn is_expired(header: &Header, trust: &TrustRoot, options: Options) -> bool {
    let (Some(now), Some(trusting_ms)) = (options.now, trust.trusting_ms()) else { return false };
    header.height > trust.start().height && now.ms_since(trust.start().time) > trusting_ms
}

/// Who certified the header: names of the trust root, else identities.
pub(crate) fn certifiers(anchor: &Anchored, trust: Option<&TrustRoot>) -> Vec<String> {
    let trust = anchor.known(trust);
    let name = |org: &OrgId| trust.and_then(|t| t.agency(org)).unwrap_or_else(|| org.to_string());
    let signers = anchor.head.certificate.signatures.iter();
    signers.filter_map(|s| anchor.head.set.by_key(&s.signer)).map(|v| name(&v.org)).collect()
}

/// Which witnesses of the trust root signed the header, by their names.
pub(crate) fn witnesses(anchor: &Anchored, trust: Option<&TrustRoot>, ground: &Ground) -> Vec<String> {
    let known = anchor.known(trust).map(|t| t.witnesses().keys.as_slice()).unwrap_or_default();
    ground.witnessed.iter().filter_map(|position| known.get(*position)).map(|w| w.name.to_string()).collect()
}

/// What there is to say of the anchor.
pub(crate) fn notices(anchor: &Anchored, trust: Option<&TrustRoot>, ground: &Ground, options: Options) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut say = |id, message: String| notices.push(Notice { id, message });
    let header = anchor.header();
    if header.test {
        say("test-network", "this is a test network: its items do not exist".into());
    }
    let Some(trust) = anchor.known(trust) else {
        say("no-trust-root", "no trust root of this network was given: anyone can make such a network".into());
        return notices;
    };
    let start = trust.start();
    if !ground.rooted {
        let cure = "no path in this file leads from there back to it: hufu bundle refresh asks a node for one";
        say("before-start", format!("the trust root starts at height {}, behind this header; {cure}", start.height));
    }
    if !is_witnessed(trust, ground) {
        let (found, needed) = (ground.witnessed.len(), trust.witnesses().needed);
        say("witnesses-missing", format!("{found} of the {needed} witnesses that are needed signed this header"));
    }
    if is_expired(header, trust, options) {
        let cure = "take a new trust root, or lead it on in time: hufu trust advance";
        say("trust-expired", format!("the trust root starts at {}, too long ago; {cure}", rfc3339(start.time)));
    }
    notices
}

/// An anchor that holds, judged under a trust root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The certified header.
    pub header: Header,
    /// Identity of its block.
    pub block: BlockId,
    /// The validators that signed it.
    pub validators: ValidatorSet,
    /// Whether the trust root leads to it.
    pub rooted: bool,
    /// Whether the trust root is too old to lead to it.
    pub expired: bool,
    /// What a file under it is worth.
    pub standing: Standing,
    /// What a witness of it signs.
    pub witness_message: ledger::Hash,
}

/// Judges an anchor by itself, for whoever is about to sign it or to trust it further. Never [`Standing::Invalid`]: what
/// does not hold is an error.
pub fn judge(anchor: &Anchor, trust: Option<&TrustRoot>, options: Options) -> Result<Judged, Problem> {
    let anchor = Anchored::decode(anchor, trust)?;
    let ground = light::check(&anchor, trust, options)?;
    Ok(Judged {
        rooted: ground.rooted,
        expired: anchor.known(trust).is_some_and(|t| is_expired(anchor.header(), t, options)),
        standing: standing(&anchor, trust, &ground, options),
        witness_message: anchor.witness_message(),
        block: anchor.head.id,
        header: anchor.head.header,
        validators: anchor.head.set,
    })
}
