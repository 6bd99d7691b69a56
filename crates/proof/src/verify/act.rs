//! Every transaction is the one its event names, was signed by those who had to, and did what its event says.

use super::{Fault, history::Replayed, links, rule, subject};
use crate::{
    parts::{EventTx, History, Parts, Tx},
    problem::Problem,
};
use ledger::{
    Cause, Event, Hash, ItemId, ItemRecord, OrgRecord, PublicKey,
    bounds::MAX_SIGNERS,
    crypto::{Check, Suite, all_hold},
    judge::Signer,
    record::Stamp,
    tag,
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
    let mut due = Vec::new();
    let judged = parts.histories().zip(replayed).try_for_each(|(history, replayed)| {
        acts(parts, history, replayed, &mut due).map_err(|fault| fault.of(parts.other(history)))
    });
    // Each key of the file is one of these, so that all are points where all signatures hold.
    if judged.is_err() || !together(&due) {
        usable(parts)?;
        singly(&due)?;
    }
    judged?;
    Ok(u64::try_from(due.len()).unwrap_or(u64::MAX))
}

/// A signature that is still to be checked, and where it stands.
struct Due {
    check: Check,
    item: Option<ItemId>,
    n: u64,
    slot: usize,
}

/// Whether signatures hold, checked together.
fn together(due: &[Due]) -> bool {
    let checks: Vec<Check> = due.iter().map(|due| due.check).collect();
    // Whoever made the signatures cannot choose them by the coefficients, which follow from all that is checked.
    let parts = |c: &Check| [&c.key.bytes()[..], &c.message.0[..], &c.signature.0[..]].concat();
    let bytes: Vec<u8> = checks.iter().flat_map(parts).collect();
    checks.is_empty() || all_hold(&checks, Hash::of_bytes(&tag::TX_SIGNATURES, &bytes).0)
}

/// Names the first signature that does not hold: it stands before whatever ended the judgement.
fn singly(due: &[Due]) -> Result<(), Fault> {
    match due.iter().find(|due| !due.check.holds()) {
        Some(Due { check: _, item, n, slot }) => {
            Err(Fault::from(Problem::SignatureInvalid { n: *n, slot: *slot }).of(*item))
        }
        None => Ok(()),
    }
}

fn acts(parts: &Parts, history: &History, replayed: &Replayed, due: &mut Vec<Due>) -> Result<(), Fault> {
    for (step, before) in history.steps.iter().zip(&replayed.before) {
        let n = step.event.n;
        let EventTx { event, tx } = step;
        let at_fault = |problem| Fault { problem, event: Some(n), item: None };
        match (&event.cause, tx) {
            (Cause::Genesis, None) => genesis(event)?,
            (Cause::Tx { .. }, Some(tx)) => {
                act(parts, history, (event, tx), before.as_ref(), due).map_err(at_fault)?;
            }
            (Cause::Genesis, Some(_)) | (Cause::Tx { .. }, None) => return Err(Problem::TxPresence { n }.into()),
        }
    }
    Ok(())
}

/// Checks that each key is a point.
fn usable(parts: &Parts) -> Result<(), Problem> {
    match parts.keys.iter().find(|r| r.value.public_key().is_none()) {
        Some(r) => Err(Problem::RecordContradicts { what: "key", id: r.id.to_string() }),
        None => Ok(()),
    }
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
    history: &History,
    (event, tx): (&Event, &Tx),
    before: Option<&ItemRecord>,
    due: &mut Vec<Due>,
) -> Result<(), Problem> {
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
        publics.push(PublicKey::unparsed(key.key));
    }
    rule::check(parts, history, (event, tx), &signers, said, before)?;

    for (slot, (signer, (public, signature))) in signers.iter().zip(publics.iter().zip(&tx.signatures)).enumerate() {
        let message = tx.body.sign_hash(&tx.id, signer.slot);
        let check = Check { key: *public, message, signature: *signature };
        due.push(Due { check, item: parts.other(history), n, slot });
    }
    Ok(())
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
