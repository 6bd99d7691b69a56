//! Every transaction is the one its event names, was signed by those who had to, and did what its event says.

use super::{Fault, history::Replayed, links, rule, subject};
use crate::{
    parts::{EventTx, History, Parts, Tx},
    problem::Problem,
};
use ledger::{
    Cause, Event, ItemRecord, OrgRecord, PublicKey, bounds::MAX_SIGNERS, crypto::Suite, judge::Signer, record::Stamp,
};
use std::borrow::Cow;

/// Checks that every event of a history has the very transaction that it names.
pub(super) fn bound(history: &History) -> Result<(), Problem> {
    for EventTx { event, tx } in &history.steps {
        let n = event.n;
        match (event.cause, tx) {
            (Cause::Genesis, None) => {}
            (Cause::Tx { id, index: _ }, Some(tx)) if id == tx.id => {}
            (Cause::Tx { .. }, Some(_)) => return Err(Problem::TxOther { n }),
            (Cause::Genesis, Some(_)) | (Cause::Tx { .. }, None) => return Err(Problem::TxPresence { n }),
        }
    }
    Ok(())
}

/// Checks every event of every history against its transaction; gives the number of signatures checked.
///
/// `replayed`: the records before the events, in the order of [`Parts::histories`].
pub(super) fn check(parts: &Parts, replayed: &[Replayed]) -> Result<u64, Fault> {
    let keys = public_keys(parts)?;
    let mut checked = 0u64;
    for (history, replayed) in parts.histories().zip(replayed) {
        let signatures = acts(parts, &keys, history, replayed).map_err(|fault| fault.of(parts.other(history)))?;
        checked = checked.saturating_add(signatures);
    }
    Ok(checked)
}

fn acts(parts: &Parts, keys: &[PublicKey], history: &History, replayed: &Replayed) -> Result<u64, Fault> {
    let mut checked = 0u64;
    for (step, before) in history.steps.iter().zip(&replayed.before) {
        let n = step.event.n;
        let EventTx { event, tx } = step;
        let at_fault = |problem| Fault { problem, event: Some(n), item: None };
        match (&event.cause, tx) {
            (Cause::Genesis, None) => genesis(event)?,
            (Cause::Tx { .. }, Some(tx)) => {
                let one = act(parts, keys, history, event, tx, before.as_ref()).map_err(at_fault)?;
                checked = checked.saturating_add(one);
            }
            (Cause::Genesis, Some(_)) | (Cause::Tx { .. }, None) => return Err(Problem::TxPresence { n }.into()),
        }
    }
    Ok(checked)
}

/// Each key is parsed once, whatever it signed.
fn public_keys(parts: &Parts) -> Result<Vec<PublicKey>, Problem> {
    let parse = |r: &crate::parts::Record<ledger::KeyRecord>| {
        r.value.public_key().ok_or_else(|| Problem::RecordContradicts { what: "key", id: r.id.to_string() })
    };
    parts.keys.iter().map(parse).collect()
}

/// The network's own start vouches for such an item; no rule was applied to it, and it was made of nothing.
fn genesis(event: &Event) -> Result<(), Problem> {
    let n = event.n;
    match (&event.decision, event.links.is_empty()) {
        (None, true) => Ok(()),
        (Some(_), _) => Err(Problem::DecisionDiffers { n }),
        (None, false) => Err(Problem::EventLinks { n }),
    }
}

fn act(
    parts: &Parts,
    keys: &[PublicKey],
    history: &History,
    event: &Event,
    tx: &Tx,
    before: Option<&ItemRecord>,
) -> Result<u64, Problem> {
    let n = event.n;
    if tx.body.network != parts.anchor.header().network {
        return Err(Problem::TxNetwork { n });
    }
    shape(tx, n)?;
    lifetime(event, tx)?;
    let said = subject::of(parts, event, tx)?;
    links::check(&parts.anchor.header().network, event, tx)?;

    let mut orgs = Vec::with_capacity(tx.body.signers.len());
    for slot in &tx.body.signers {
        orgs.push(as_it_was(parts.org(&slot.org)?, event.at));
    }
    let mut signers = Vec::with_capacity(tx.body.signers.len());
    let mut publics = Vec::with_capacity(tx.body.signers.len());
    for (slot, org) in tx.body.signers.iter().zip(&orgs) {
        let missing = || Problem::Missing { what: "key", id: slot.key.to_string() };
        let position = parts.key_position(&slot.key)?;
        let key = &parts.keys.get(position).ok_or_else(missing)?.value;
        signers.push(Signer { slot, key, org: org.as_ref() });
        publics.push(keys.get(position).ok_or_else(missing)?);
    }
    rule::check(parts, history, (event, tx), &signers, said, before)?;

    let mut checked = 0u64;
    for (position, (signer, (public, signature))) in signers.iter().zip(publics.iter().zip(&tx.signatures)).enumerate()
    {
        if !public.verify(&tx.body.sign_hash(&tx.id, signer.slot), signature) {
            return Err(Problem::SignatureInvalid { n, slot: position });
        }
        checked = checked.saturating_add(1);
    }
    Ok(checked)
}

/// The record of an organisation as of an event: an agency that left at its height or later had not left before it.
fn as_it_was(org: &OrgRecord, at: Stamp) -> Cow<'_, OrgRecord> {
    match org.left {
        Some(left) if at.height <= left.height => Cow::Owned(OrgRecord { left: None, ..org.clone() }),
        Some(_) | None => Cow::Borrowed(org),
    }
}

/// As `SignedTx::check_shape` asks it.
fn shape(tx: &Tx, n: u64) -> Result<(), Problem> {
    let wrong = |detail: &str| Err(Problem::TxShape { n, detail: detail.into() });
    let slots = &tx.body.signers;
    if slots.is_empty() || slots.len() > MAX_SIGNERS {
        return wrong("1 to 8 can sign");
    }
    for (position, slot) in slots.iter().enumerate() {
        if slot.suite != Suite::Ed25519 || slots.iter().take(position).any(|s| s.key == slot.key) {
            return wrong("a key is repeated or its suite is unknown");
        }
    }
    if tx.signatures.len() != slots.len() {
        return wrong("one signature for each is needed");
    }
    match tx.body.operation.meaningless() {
        Some(_) => wrong("a field says nothing, or what cannot be"),
        None => Ok(()),
    }
}

/// Not expired when it was executed, and not signed for longer than its kind may live.
fn lifetime(event: &Event, tx: &Tx) -> Result<(), Problem> {
    let (expires, at) = (tx.body.expires, event.at.time);
    match expires > at && expires.ms_since(at) <= tx.body.longest_life_ms() {
        true => Ok(()),
        false => Err(Problem::TxTime { n: event.n }),
    }
}
