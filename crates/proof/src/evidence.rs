//! That agencies signed two things of which one may be signed (`docs/formats/evidence.md`).
//!
//! Two signed messages of one key for one step name that key; two certificates of one height name those that signed both
//! in one round, and prove of two rounds that more than a third broke the rules. Nobody else is ever named: what is
//! compared is under the signature.

mod compare;

use crate::{
    anchor::{Anchored, Certified, ChainLink},
    bounds::{MAX_CHAIN, MAX_EVIDENCE_BYTES},
    ground::{self, notice},
    json::{Blob, Digest, List},
    problem::Problem,
    standing::VerdictHead,
    trust::TrustRoot,
    verdict::{Notice, Standing},
    verify::{Options, light},
};
pub use compare::{Headers, contradiction};
use ledger::{
    BlockId, Certificate, Evidence, Hash, KeyId, NetworkId, ValidatorSet, codec,
    vote::{Proposal, Vote},
};
use serde::Serialize;

/// Schema of the file.
pub const EVIDENCE_SCHEMA: &str = "hufu.evidence/1";
const VERDICT_SCHEMA: &str = "hufu.evidence-verdict/1";

object! {
    /// The file as it is written.
    pub struct EvidenceFile {
        /// `hufu.evidence/1`.
        schema: String,
        /// Identity of the network.
        network: Digest,
        /// Canonical bytes of two signed messages of one key.
        double: Option<Blob>,
        /// Two certified headers of one height; exactly one of this and `double` is there.
        certificates: Option<List<ChainLink, 2>>,
        /// Canonical bytes of the validator set whose keys signed.
        validators: Blob,
        /// Certified headers at which the set changed, from the trust root to that set, by ascending height.
        chain: List<ChainLink, MAX_CHAIN>,
    }
}

impl EvidenceFile {
    /// Of two signed messages of one key. `chain`: the changes of the validator set on the way to `validators`.
    pub fn of_double(
        network: NetworkId,
        evidence: &Evidence,
        validators: &ValidatorSet,
        chain: &[Certified],
    ) -> EvidenceFile {
        EvidenceFile {
            schema: EVIDENCE_SCHEMA.into(),
            network: Digest(network.0),
            double: Some(Blob(codec::encode(evidence))),
            certificates: None,
            validators: Blob(codec::encode(validators)),
            chain: List(chain.iter().map(ground::link).collect()),
        }
    }

    /// Of two certified headers. `chain`: the changes of the validator set on the way to the one that signed them.
    pub fn of_certificates(first: &Certified, second: &Certified, chain: &[Certified]) -> EvidenceFile {
        EvidenceFile {
            schema: EVIDENCE_SCHEMA.into(),
            network: Digest(first.header.network.0),
            double: None,
            certificates: Some(List(vec![ground::link(first), ground::link(second)])),
            validators: Blob(codec::encode(&first.validators)),
            chain: List(chain.iter().map(ground::link).collect()),
        }
    }

    /// Reads the file; nothing is verified.
    pub fn from_json(bytes: &[u8]) -> Result<EvidenceFile, Problem> {
        ground::from_json(bytes, EVIDENCE_SCHEMA, |file: &EvidenceFile| &file.schema)
    }

    /// The file.
    pub fn to_json(&self) -> Vec<u8> {
        ground::to_json(self)
    }
}

/// Who is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accused {
    /// Identity of the consensus key, hexadecimal.
    pub key: String,
    /// Identity of the agency whose seat it is, hexadecimal.
    pub org: String,
    /// Its name, where the trust root knows it.
    pub name: Option<String>,
}

/// What the file is worth. What it proves is filled only once that is proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceVerdict {
    /// `hufu.evidence-verdict/1`.
    pub schema: &'static str,
    /// `double-sign`, `two-certificates` or `more-than-f`.
    pub proves: Option<&'static str>,
    /// Height at which it was signed.
    pub height: Option<u64>,
    /// Round; none where there are two.
    pub round: Option<u32>,
    /// Those named, by ascending key.
    pub accused: Vec<Accused>,
    /// What all verdicts say.
    #[serde(flatten)]
    pub head: VerdictHead,
}

/// What was proved.
struct Proved {
    what: &'static str,
    height: u64,
    round: Option<u32>,
    accused: Vec<KeyId>,
    /// Signatures that were checked for it.
    checked: u64,
    /// Test flag of the headers, where there are some.
    test: Option<bool>,
}

/// Judges the file; arguments as of [`crate::verify()`]. Of `options` the clock judges headers from the future alone: what
/// was signed twice does not grow old.
pub fn verify(bytes: &[u8], trust: Option<&TrustRoot>, options: Options) -> EvidenceVerdict {
    let mut verdict = blank(trust);
    if let Err(problem) = check(bytes, trust, options, &mut verdict) {
        verdict.head.fail(&problem);
    }
    verdict
}

/// The verdict before anything is proved.
fn blank(trust: Option<&TrustRoot>) -> EvidenceVerdict {
    EvidenceVerdict {
        schema: VERDICT_SCHEMA,
        proves: None,
        height: None,
        round: None,
        accused: Vec::new(),
        head: VerdictHead::new(trust),
    }
}

/// The file with its bytes decoded.
struct Decoded {
    network: NetworkId,
    what: What,
    set: ValidatorSet,
    set_hash: Hash,
    /// The last link of the chain, behind the others.
    chain: Option<Anchored>,
}

enum What {
    Double(Box<Evidence>),
    Certificates(Box<[Anchored; 2]>),
}

impl Decoded {
    fn of(file: &EvidenceFile, trust: Option<&TrustRoot>) -> Result<Decoded, Problem> {
        let (set, set_hash) = ground::validators(&file.validators, trust)?;
        let alone = |link: &ChainLink| Anchored::decode(&ground::anchor(link, &[]), trust);
        let what = match (&file.double, &file.certificates) {
            (Some(bytes), None) => What::Double(Box::new(read!("the evidence", bytes, MAX_EVIDENCE_BYTES)?)),
            (None, Some(pair)) => match &**pair {
                [first, second] => What::Certificates(Box::new([alone(first)?, alone(second)?])),
                _ => return Err(Problem::EvidenceVoid { detail: "it takes two certificates" }),
            },
            _ => return Err(Problem::EvidenceVoid { detail: "it is either two messages or two certificates" }),
        };
        let chain = match file.chain.split_last() {
            Some((last, before)) => Some(Anchored::decode(&ground::anchor(last, before), trust)?),
            None => None,
        };
        Ok(Decoded { network: NetworkId(file.network.0), what, set, set_hash, chain })
    }
}

fn check(
    bytes: &[u8],
    trust: Option<&TrustRoot>,
    options: Options,
    verdict: &mut EvidenceVerdict,
) -> Result<(), Problem> {
    let file = EvidenceFile::from_json(bytes)?;
    let parts = Decoded::of(&file, trust)?;
    let trust = trust.filter(|t| t.network() == parts.network);

    let seated = seated(&parts, trust, options)?;
    let Proved { what, height, round, accused, checked, test } = match &parts.what {
        What::Double(evidence) => double(evidence, &parts)?,
        What::Certificates(pair) => two(pair, &parts, options)?,
    };
    let mut flags = [trust.map(TrustRoot::is_test), seated.test, test].into_iter().flatten();
    let is_test = flags.next().unwrap_or(false);
    if flags.any(|flag| flag != is_test) {
        return Err(Problem::TestFlag);
    }
    let rooted = trust.is_some() && seated.rooted && seated.below.is_none_or(|link| link < height);
    let seat = |key: &KeyId| {
        let org = parts.set.by_key(key)?.org;
        Some(Accused { key: key.to_string(), org: org.to_string(), name: trust.and_then(|t| t.agency(&org)) })
    };
    verdict.accused = accused.iter().filter_map(seat).collect();
    (verdict.proves, verdict.height, verdict.round) = (Some(what), Some(height), round);
    let head = &mut verdict.head;
    (head.network, head.test) = (Some(parts.network.to_string()), is_test);
    head.signatures.checked = seated.checked.saturating_add(checked);
    head.notices = notices(what, is_test, trust.is_some(), rooted);
    head.verdict = match rooted && (!is_test || options.allow_test) {
        true => Standing::Valid,
        false => Standing::Untrusted,
    };
    Ok(())
}

fn notices(what: &str, test: bool, trusted: bool, rooted: bool) -> Vec<Notice> {
    let mut notices = ground::notices(test, trusted);
    if trusted && !rooted {
        let message = "the trust root does not lead to these validators: anyone can make such keys";
        notices.push(notice("seats-unrooted", message));
    }
    let covers = match what {
        DOUBLE => "two different messages of one key for one step: it names that key alone",
        TWO => "two blocks certified in one round: it names those that signed for both",
        _ => "two blocks certified at one height in two rounds: more than a third broke the rules; it names nobody",
    };
    notices.push(notice("evidence-covers", covers));
    notices
}

const DOUBLE: &str = "double-sign";
const TWO: &str = "two-certificates";
const MORE: &str = "more-than-f";

/// How the reader gets to the validators of the file.
struct Seated {
    checked: u64,
    /// Whether they follow from the trust root.
    rooted: bool,
    /// Height of the last link on the way: what they signed lies above it.
    below: Option<u64>,
    test: Option<bool>,
}

fn seated(parts: &Decoded, trust: Option<&TrustRoot>, options: Options) -> Result<Seated, Problem> {
    let Some(chain) = &parts.chain else {
        let rooted = trust.is_some_and(|t| t.set_hash() == parts.set_hash);
        return Ok(Seated { checked: 0, rooted, below: None, test: None });
    };
    let header = chain.header();
    // The light client takes the last of its headers for the one that is asked about; here it is a link like the others.
    if header.network != parts.network || header.next_validators == header.validators {
        return Err(Problem::ChainBroken { link: chain.chain.len() });
    }
    let ground = light::check(chain, trust, options)?;
    Ok(Seated {
        checked: ground.checked,
        rooted: ground.rooted && header.next_validators == parts.set_hash,
        below: Some(header.height),
        test: Some(header.test),
    })
}

/// Two messages of one key for one step.
fn double(evidence: &Evidence, parts: &Decoded) -> Result<Proved, Problem> {
    let void = |detail| Problem::EvidenceVoid { detail };
    let (network, same_step, differ, height, round, signer) = match evidence {
        Evidence::Votes { first, second } => {
            let (a, b) = (&first.vote, &second.vote);
            (a.network, step_of_vote(a) == step_of_vote(b), a.block != b.block, a.height, a.round, a.signer)
        }
        Evidence::Proposals { first, second } => {
            let (a, b) = (&first.proposal, &second.proposal);
            (a.network, step_of_proposal(a) == step_of_proposal(b), a != b, a.height, a.round, a.signer)
        }
    };
    if network != parts.network {
        return Err(void("the messages are of another network"));
    }
    if !same_step {
        return Err(void("the messages are not of one key, height, round and step"));
    }
    if !differ {
        return Err(void("the messages say the same"));
    }
    if parts.set.by_key(&signer).is_none() {
        return Err(Problem::EvidenceStranger { key: signer.to_string() });
    }
    match evidence.accused(parts.network, &parts.set) {
        Some(accused) => {
            let accused = vec![accused];
            Ok(Proved { what: DOUBLE, height, round: Some(round), accused, checked: 2, test: None })
        }
        None => Err(void("a signature does not hold")),
    }
}

fn step_of_vote(vote: &Vote) -> (NetworkId, ledger::VoteKind, u64, u32, KeyId) {
    (vote.network, vote.kind, vote.height, vote.round, vote.signer)
}

fn step_of_proposal(proposal: &Proposal) -> (NetworkId, u64, u32, KeyId) {
    (proposal.network, proposal.height, proposal.round, proposal.signer)
}

/// Two certified headers of one height.
fn two(pair: &[Anchored; 2], parts: &Decoded, options: Options) -> Result<Proved, Problem> {
    let void = |detail| Err(Problem::EvidenceVoid { detail });
    let mut checked = 0u64;
    for certified in pair {
        if certified.head.set_hash != parts.set_hash {
            return Err(Problem::ValidatorsOther);
        }
        // Whether the set is the right one is asked apart: here it is taken at its word.
        checked = checked.saturating_add(light::check(certified, None, options)?.checked);
    }
    let [first, second] = pair;
    let (a, b) = (first.header(), second.header());
    if a.network != parts.network || b.network != parts.network {
        return void("the certificates are of another network");
    }
    if a.test != b.test {
        return Err(Problem::TestFlag);
    }
    if a.height != b.height {
        return void("the certificates are of two heights");
    }
    if block_of(first) == block_of(second) {
        return void("the certificates are of one block");
    }
    let (one, other) = (&first.head.certificate, &second.head.certificate);
    let proved = |what, round, accused| Proved { what, height: a.height, round, accused, checked, test: Some(a.test) };
    Ok(match one.round == other.round {
        true => proved(TWO, Some(one.round), both(one, other)),
        false => proved(MORE, None, Vec::new()),
    })
}

fn block_of(certified: &Anchored) -> BlockId {
    certified.head.id
}

/// Those who signed both, by ascending key: signers of a certificate ascend.
fn both(one: &Certificate, other: &Certificate) -> Vec<KeyId> {
    let signed = |key: &KeyId| other.signatures.iter().any(|s| s.signer == *key);
    one.signatures.iter().map(|s| s.signer).filter(signed).collect()
}
