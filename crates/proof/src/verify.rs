//! `verify`: from bytes to a verdict, in the order size, shape, bytes, header, records, history, acts, openings, readable part.
//!
//! What is cheap comes first, and everything that one root binds is bound before any signature on a transaction is
//! looked at. Each step may rely on those before it and on nothing else in the file.

mod act;
mod disclosure;
mod history;
mod light;
mod links;
mod record;
mod rule;
mod subject;

use crate::{
    bundle::Bundle,
    parts::Parts,
    problem::Problem,
    readable::{self, Readable},
    time::rfc3339,
    trust::TrustRoot,
    verdict::{AsOf, Failure, Notice, Signatures, Standing, VERDICT_SCHEMA, Verdict},
};
use ledger::{Effect, KeyRecord, Timestamp, record::KeyEndReason};

pub(crate) use disclosure::closed;

/// Events whose closed fields a notice names; of more, they are counted.
const SHOWN: usize = 8;

/// What the reader asks for. The default asks nothing: no clock, no greatest age, no test networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The reader's clock; without it nothing is stale and nothing comes from the future.
    pub now: Option<Timestamp>,
    /// Greatest age of the header in milliseconds.
    pub max_age_ms: Option<u64>,
    /// Whether a test network may be `valid`.
    pub allow_test: bool,
}

/// A problem and the number of the event at fault.
pub(crate) struct Fault {
    pub(crate) problem: Problem,
    pub(crate) event: Option<u64>,
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        let event = match &problem {
            Problem::Incomplete { n, .. }
            | Problem::EventOrder { n }
            | Problem::EventForeign { n }
            | Problem::EventUnfit { n, .. }
            | Problem::EventTime { n }
            | Problem::EventLinks { n }
            | Problem::CauseRepeated { n }
            | Problem::TxPresence { n }
            | Problem::TxOther { n }
            | Problem::TxNetwork { n }
            | Problem::TxShape { n, .. }
            | Problem::TxTime { n }
            | Problem::TxEntry { n }
            | Problem::TxSubject { n }
            | Problem::SignatureInvalid { n, .. }
            | Problem::KeyRefused { n, .. }
            | Problem::NotCompetent { n, .. }
            | Problem::Forbidden { n, .. }
            | Problem::EffectDiffers { n }
            | Problem::DecisionDiffers { n }
            | Problem::FieldDiffers { n } => Some(*n),
            _ => None,
        };
        Fault { problem, event }
    }
}

/// Judges a bundle.
///
/// `bytes`: the file. `trust`: the trust root the reader holds; without one, or when it is of another network, the best
/// verdict is `untrusted`. Time is in proportion to the size of the file, at most that of its signatures twice over.
pub fn verify(bytes: &[u8], trust: Option<&TrustRoot>, options: Options) -> Verdict {
    let mut verdict = Verdict {
        schema: VERDICT_SCHEMA,
        verdict: Standing::Invalid,
        item: None,
        item_id: None,
        custodian: None,
        custodian_name: None,
        state: None,
        on_hand: None,
        events: 0,
        signatures: Signatures::default(),
        as_of: None,
        network: None,
        test: false,
        certified_by: Vec::new(),
        trust_root: trust.map(|t| t.fingerprint().0.to_string()),
        fields: Vec::new(),
        persons: Vec::new(),
        failure: None,
        notices: Vec::new(),
    };
    match check(bytes, trust, options, &mut verdict) {
        Ok(standing) => verdict.verdict = standing,
        Err(Fault { problem, event }) => {
            verdict.failure = Some(Failure { code: problem.code(), event, message: problem.to_string() });
        }
    }
    verdict
}

fn check(bytes: &[u8], trust: Option<&TrustRoot>, options: Options, verdict: &mut Verdict) -> Result<Standing, Fault> {
    let bundle = Bundle::from_json(bytes)?;
    let parts = Parts::decode(&bundle, trust)?;
    let header = parts.anchor.header();
    let trust = trust.filter(|t| t.network() == header.network);

    verdict.signatures.checked = light::check(&parts.anchor, trust, options)?;
    verdict.network = Some(header.network.to_string());
    verdict.test = header.test;
    verdict.as_of = Some(AsOf { height: header.height, time: rfc3339(header.time) });
    verdict.certified_by = certifiers(&parts, trust);

    record::proved(&parts)?;
    let before = history::replay(&parts)?;
    act::bound(&parts)?;
    record::sound(&parts)?;
    let item = &parts.item.value;
    verdict.item = Some(item.code.digital_link());
    verdict.item_id = Some(parts.item_id().to_string());
    // Of a packed item the unit around it tells who holds it, and that unit is not here.
    if item.container.is_none() {
        verdict.custodian = Some(item.custodian.to_string());
        verdict.custodian_name = Some(readable::name(&parts, &item.custodian)?);
    }
    verdict.state = Some(item.state.name());
    verdict.on_hand = Some(item.on_hand.to_string());

    verdict.events = item.count;

    let signatures = act::check(&parts, &before)?;
    verdict.signatures.checked = verdict.signatures.checked.saturating_add(signatures);
    disclosure::check(&parts)?;
    if let Some(field) = readable::difference(&bundle.readable, &readable::of(&parts)?) {
        return Err(Problem::ReadableDiffers { field }.into());
    }
    let Readable { fields, persons, .. } = bundle.readable;
    (verdict.fields, verdict.persons) = (fields.0, persons.0);
    verdict.notices = notices(&parts, trust.is_some());
    Ok(standing(&parts, trust.is_some(), options))
}

/// What the light client says of the anchor of a file of another kind, see [`crate::ground`].
pub(crate) fn certified(
    anchor: &crate::anchor::Anchored,
    trust: Option<&TrustRoot>,
    options: Options,
) -> Result<u64, Problem> {
    light::check(anchor, trust, options).map_err(|fault| fault.problem)
}

/// Trust weighs more than age: who does not know the network need not be told that its header is old.
fn standing(parts: &Parts, trusted: bool, options: Options) -> Standing {
    let header = parts.anchor.header();
    let stale = match (options.now, options.max_age_ms) {
        (Some(now), Some(max_age_ms)) => now.ms_since(header.time) > max_age_ms,
        _ => false,
    };
    match (trusted && (!header.test || options.allow_test), stale) {
        (false, _) => Standing::Untrusted,
        (true, true) => Standing::Stale,
        (true, false) => Standing::Valid,
    }
}

fn certifiers(parts: &Parts, trust: Option<&TrustRoot>) -> Vec<String> {
    let name = |org: &ledger::OrgId| {
        let known = trust.and_then(|t| t.validators().iter().find(|v| v.org == *org));
        known.map_or_else(|| org.to_string(), |v| v.name.to_string())
    };
    let signers = parts.anchor.head.certificate.signatures.iter();
    signers.filter_map(|s| parts.anchor.head.set.by_key(&s.signer)).map(|v| name(&v.org)).collect()
}

fn notices(parts: &Parts, trusted: bool) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut say = |id, message: String| notices.push(Notice { id, message });
    let header = parts.anchor.header();
    if header.test {
        say("test-network", "this is a test network: its items do not exist".into());
    }
    if !trusted {
        say("no-trust-root", "no trust root of this network was given: anyone can make such a network".into());
    }
    let registrations = parts.code.value.count;
    if registrations > 1 {
        say("code-shared", format!("{registrations} registrations carry this code; this is one of them"));
    }
    let item = &parts.item.value;
    match made_of(parts) {
        None => {}
        Some(1) => say("derived", "made out of 1 other item; its history is not in this file".into()),
        Some(n) => say("derived", format!("made out of {n} other items; their histories are not in this file")),
    }
    if let Some(packed) = &item.container {
        let told = "the custodian is that of the unit around it, which this file does not tell";
        say("packed-in", format!("packed in unit {}: {told}", packed.unit));
    }
    if item.marks.research_only {
        say("research-only", "for research only: no other use is allowed, nor of what is made of it".into());
    }
    for hold in &item.holds {
        say("held", format!("held since event {}: {}", hold.placed, hold.reason));
    }
    if let Some(offer) = &item.offer {
        say("offer-pending", format!("an offer waits for its answer until {}", rfc3339(offer.expires)));
    }
    for key in &parts.keys {
        let KeyRecord { waits, end, .. } = &key.value;
        if let Some(from) = waits.map(rfc3339) {
            say("recovered-key", format!("key {} was given by vote of other agencies, to sign from {from} on", key.id));
        }
        if let Some(end) = end.as_ref().filter(|e| e.reason == KeyEndReason::Compromised) {
            say("key-compromised", format!("key {} was reported compromised at height {}", key.id, end.at.height));
        }
    }
    let closed = closed(parts);
    if !closed.is_empty() {
        let more = closed.len().saturating_sub(SHOWN);
        let shown = closed.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        say("fields-closed", format!("closed: {shown}{rest}"));
    }
    say("covers", format!("covers every recorded event of this registration up to height {}", header.height));
    say(
        "covers-not",
        "does not cover refused attempts, other registrations, or whether the thing at hand is this item".into(),
    );
    notices
}

/// Of how many other items this one was made, if it was.
fn made_of(parts: &Parts) -> Option<usize> {
    let event = &parts.steps.first()?.event;
    matches!(event.effect, Effect::Registered { origin: Some(_), .. }).then_some(event.links.len())
}
