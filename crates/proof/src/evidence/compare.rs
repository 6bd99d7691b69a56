//! Two files of which at most one can be true, and what they prove together: that those who signed both broke the rules.

use super::{Decoded, EVIDENCE_SCHEMA, EvidenceFile, What, blank, check, verify};
use crate::{
    anchor::{Anchor, Anchored, Certified, SignedHeader},
    anchor_file::{anchor_of, schema_of},
    problem::Problem,
    trust::TrustRoot,
    verdict::Standing,
    verify::{Options, light},
};

/// Contradictions that are looked at for one to which the trust root leads: each costs up to five judgements.
const MAX_TRIED: usize = 16;

/// The certified headers of a file, with the way to each. Every certificate holds under the set that is said to have signed
/// it, and the links follow from each other; whether these are the agencies is another question.
pub struct Headers {
    /// Headers at which the set changed, by ascending height.
    chain: Vec<SignedHeader>,
    /// Those that the chain leads to: one of a file with an anchor, those of evidence.
    heads: Vec<SignedHeader>,
}

/// A certified header and the changes of the validator set below it.
#[derive(Clone, Copy)]
struct Seen<'a> {
    at: &'a SignedHeader,
    way: &'a [SignedHeader],
}

impl Headers {
    /// The certified headers of evidence, or of a file of any other kind that has an anchor; of the rest nothing is looked at.
    ///
    /// Errors: those of the light client without a trust root, and of evidence all that it can have.
    pub fn of(bytes: &[u8]) -> Result<Headers, Problem> {
        match schema_of(bytes)?.as_deref() {
            Some(EVIDENCE_SCHEMA) => Headers::of_evidence(bytes),
            Some(_) | None => Headers::anchored(&anchor_of(bytes)?),
        }
    }

    /// A certified header and the changes of the validator set on the way to it. Errors: those of the light client without a
    /// trust root.
    pub fn at(head: &Certified, chain: &[Certified]) -> Result<Headers, Problem> {
        Headers::anchored(&Anchor::at(head, chain))
    }

    fn anchored(anchor: &Anchor) -> Result<Headers, Problem> {
        let anchored = Anchored::decode(anchor, None)?;
        light::check(&anchored, None, Options::default())?;
        Ok(Headers { chain: anchored.chain, heads: vec![anchored.head] })
    }

    fn of_evidence(bytes: &[u8]) -> Result<Headers, Problem> {
        check(bytes, None, Options::default(), &mut blank(None))?;
        let Decoded { what, chain, .. } = Decoded::of(&EvidenceFile::from_json(bytes)?, None)?;
        let heads = match what {
            What::Double(_) => Vec::new(),
            What::Certificates(pair) => {
                let [first, second] = *pair;
                vec![first.head, second.head]
            }
        };
        let chain = chain.map(|Anchored { head, mut chain, .. }| {
            chain.push(head);
            chain
        });
        Ok(Headers { chain: chain.unwrap_or_default(), heads })
    }

    fn seen(&self) -> impl Iterator<Item = Seen<'_>> {
        let links = self.chain.iter().enumerate();
        let links = links.map(move |(n, at)| Seen { at, way: self.chain.get(..n).unwrap_or_default() });
        links.chain(self.heads.iter().map(move |at| Seen { at, way: &self.chain }))
    }
}

/// The evidence that lies in two files whose headers contradict each other: two blocks of one height, certified by one set.
/// None where they do not.
///
/// Of several contradictions those are taken first that name somebody, and then the lowest; but before all others one to
/// whose validators the trust root leads.
pub fn contradiction(one: &Headers, other: &Headers, trust: Option<&TrustRoot>) -> Option<EvidenceFile> {
    let others: Vec<Seen<'_>> = other.seen().collect();
    let pairs = one.seen().flat_map(|a| {
        let contradicts = others.iter().filter(move |b| contradict(a.at, b.at));
        contradicts.map(move |b| (a, *b))
    });
    let mut pairs: Vec<(Seen<'_>, Seen<'_>)> = pairs.collect();
    pairs.sort_by_key(|(a, b)| (a.at.certificate.round != b.at.certificate.round, a.at.header.height));
    let trust = trust.filter(|t| pairs.iter().all(|(a, _)| a.at.header.network == t.network()));
    let (mut sound, mut unsound) = (None, None);
    for (a, b) in pairs.into_iter().take(MAX_TRIED) {
        for way in ways(a, b, trust) {
            let file = EvidenceFile::of_certificates(&a.at.certified(), &b.at.certified(), &way);
            let options = Options { allow_test: true, ..Options::default() };
            match verify(&file.to_json(), trust, options).head.verdict {
                Standing::Valid => return Some(file),
                Standing::Untrusted | Standing::Stale => sound = sound.or(Some(file)),
                Standing::Invalid => unsound = unsound.or(Some(file)),
            }
        }
        if trust.is_none() && sound.is_some() {
            break;
        }
    }
    sound.or(unsound)
}

/// Two blocks at one height of one network, certified by one set.
fn contradict(a: &SignedHeader, b: &SignedHeader) -> bool {
    let place = |s: &SignedHeader| (s.header.network, s.header.test, s.header.height, s.set_hash);
    place(a) == place(b) && a.id != b.id
}

/// How a reader may get to the set that signed both: by the changes that either file has, all of them or those above the
/// start of the trust root; and by none, where it is the set of the trust root itself.
fn ways(a: Seen<'_>, b: Seen<'_>, trust: Option<&TrustRoot>) -> Vec<Vec<Certified>> {
    let start = trust.map_or(0, |t| t.start().height);
    let above = |way: &[SignedHeader], height: u64| -> Vec<Certified> {
        way.iter().filter(|link| link.header.height > height).map(SignedHeader::certified).collect()
    };
    let mut ways = vec![above(a.way, 0), above(b.way, 0), above(a.way, start), above(b.way, start), Vec::new()];
    ways.dedup();
    ways
}
