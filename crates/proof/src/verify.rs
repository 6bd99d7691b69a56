//! `verify`: from bytes to a verdict, in the order size, shape, bytes, header, records, histories, acts, openings, readable
//! part.
//!
//! What is cheap comes first, and everything that one root binds is bound before any signature on a transaction is
//! looked at. Each step may rely on those before it and on nothing else in the file.

mod act;
mod disclosure;
mod history;
pub(crate) mod light;
mod links;
pub(crate) mod record;
mod related;
mod rule;
mod subject;
pub(crate) mod told;

use crate::{
    bounds::MAX_BUNDLE_BYTES,
    bundle::Bundle,
    gz::read_file,
    parts::Parts,
    problem::Problem,
    readable::{self, Readable},
    standing,
    time::rfc3339,
    trust::TrustRoot,
    verdict::{AsOf, Failure, Notice, Signatures, Standing, VERDICT_SCHEMA, Verdict},
};
use ledger::{ItemId, KeyRecord, Timestamp, record::KeyEndReason};

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

/// A problem, the number of the event at fault, and of which related item it is.
pub(crate) struct Fault {
    pub(crate) problem: Problem,
    pub(crate) event: Option<u64>,
    pub(crate) item: Option<ItemId>,
}

impl Fault {
    /// The same, in the history of a related item, or of the item itself (none).
    pub(crate) fn of(self, item: Option<ItemId>) -> Fault {
        Fault { item, ..self }
    }
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
            | Problem::LinkBroken { n }
            | Problem::DerivationUnbalanced { n }
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
        Fault { problem, event, item: None }
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
        related: Vec::new(),
        signatures: Signatures::default(),
        as_of: None,
        network: None,
        test: false,
        certified_by: Vec::new(),
        witnessed_by: Vec::new(),
        trust_root: trust.map(|t| t.fingerprint().0.to_string()),
        fields: Vec::new(),
        persons: Vec::new(),
        failure: None,
        notices: Vec::new(),
    };
    match check(bytes, trust, options, &mut verdict) {
        Ok(standing) => verdict.verdict = standing,
        Err(Fault { problem, event, item }) => {
            let (code, message) = (problem.code(), problem.to_string());
            verdict.failure = Some(Failure { code, event, item: item.map(|item| item.to_string()), message });
        }
    }
    verdict
}

fn check(bytes: &[u8], trust: Option<&TrustRoot>, options: Options, verdict: &mut Verdict) -> Result<Standing, Fault> {
    let bundle = Bundle::from_json(&read_file(bytes, MAX_BUNDLE_BYTES)?)?;
    let parts = Parts::decode(&bundle, trust)?;
    let header = parts.anchor.header();

    let ground = light::check(&parts.anchor, trust, options)?;
    verdict.signatures.checked = ground.checked;
    verdict.network = Some(header.network.to_string());
    verdict.test = header.test;
    verdict.as_of = Some(AsOf { height: header.height, time: rfc3339(header.time) });
    verdict.certified_by = standing::certifiers(&parts.anchor, trust);
    verdict.witnessed_by = standing::witnesses(&parts.anchor, trust, &ground);

    related::present(&parts)?;
    record::proved(&parts)?;
    let mut replayed = Vec::new();
    for history in parts.histories() {
        let one = history::replay(&parts, history);
        replayed.push(one.map_err(|problem| Fault::from(problem).of(parts.other(history)))?);
    }
    related::check(&parts, &replayed)?;
    for history in parts.histories() {
        act::bound(history).map_err(|problem| Fault::from(problem).of(parts.other(history)))?;
    }
    record::sound(&parts)?;
    let item = &parts.main.item.value;
    verdict.item = Some(item.code.digital_link());
    verdict.item_id = Some(parts.item_id().to_string());
    if let Some(holder) = parts.holder(item) {
        verdict.custodian = Some(holder.to_string());
        verdict.custodian_name = Some(readable::name(&parts, &holder)?);
    }
    verdict.state = Some(item.state.name());
    verdict.on_hand = Some(item.on_hand.to_string());

    verdict.events = item.count;
    verdict.related = told::related(&parts)?;

    let signatures = act::check(&parts, &replayed)?;
    verdict.signatures.checked = verdict.signatures.checked.saturating_add(signatures);
    related::balances(&parts, &replayed)?;
    disclosure::check(&parts)?;
    if let Some(field) = readable::difference(&bundle.readable, &readable::of(&parts)?) {
        return Err(Problem::ReadableDiffers { field }.into());
    }
    let Readable { fields, persons, .. } = bundle.readable;
    (verdict.fields, verdict.persons) = (fields.0, persons.0);
    verdict.notices = standing::notices(&parts.anchor, trust, &ground, options);
    verdict.notices.extend(notices(&parts));
    Ok(standing::standing(&parts.anchor, trust, &ground, options))
}

fn notices(parts: &Parts) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut say = |id, message: String| notices.push(Notice { id, message });
    let header = parts.anchor.header();
    let registrations = parts.code.value.count;
    if registrations > 1 {
        say("code-shared", format!("{registrations} registrations carry this code; this is one of them"));
    }
    let item = &parts.main.item.value;
    told::origins(parts, &mut say);
    let units: Vec<_> = parts.units_around(item).0.into_iter().map(|unit| (unit.id(), &unit.item.value)).collect();
    told::item(item, &units, &mut say);
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
