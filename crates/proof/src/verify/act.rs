//! Every transaction is the one its event names, was signed by those who had to, and did what its event says.

use super::Fault;
use crate::{
    parts::{EventTx, Parts, Tx},
    problem::Problem,
};
use ledger::{
    Cause, Effect, Event, ItemId, ItemRecord, Operation, PublicKey, Rejection,
    bounds::{MAX_ENTRIES, MAX_SIGNERS},
    crypto::Suite,
    judge::{self, Authority, Moment, Signer, Target},
    list,
    operation::{EntryBody, Registration},
};

/// Checks that every event has the very transaction that it names.
pub(super) fn bound(parts: &Parts) -> Result<(), Problem> {
    for EventTx { event, tx } in &parts.steps {
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

/// Checks every event against its transaction; gives the number of signatures checked.
///
/// `before`: the record before each event, as the replay gave it.
pub(super) fn check(parts: &Parts, before: &[Option<ItemRecord>]) -> Result<u64, Fault> {
    let keys = public_keys(parts)?;
    let mut checked = 0u64;
    for (step, before) in parts.steps.iter().zip(before) {
        let n = step.event.n;
        let EventTx { event, tx } = step;
        match (&event.cause, tx) {
            (Cause::Genesis, None) => genesis(event)?,
            (Cause::Tx { .. }, Some(tx)) => {
                let one = act(parts, &keys, event, tx, before.as_ref())
                    .map_err(|problem| Fault { problem, event: Some(n) })?;
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

/// The network's own start vouches for such an item; no rule was applied to it.
fn genesis(event: &Event) -> Result<(), Problem> {
    match event.decision {
        None => Ok(()),
        Some(_) => Err(Problem::DecisionDiffers { n: event.n }),
    }
}

fn act(parts: &Parts, keys: &[PublicKey], event: &Event, tx: &Tx, before: Option<&ItemRecord>) -> Result<u64, Problem> {
    let n = event.n;
    if tx.body.network != parts.head.header.network {
        return Err(Problem::TxNetwork { n });
    }
    shape(tx, n)?;
    lifetime(event, tx)?;
    let item = subject(parts, event, tx)?;

    let mut signers = Vec::with_capacity(tx.body.signers.len());
    let mut publics = Vec::with_capacity(tx.body.signers.len());
    for slot in &tx.body.signers {
        let missing = || Problem::Missing { what: "key", id: slot.key.to_string() };
        let position = parts.key_position(&slot.key)?;
        let key = &parts.keys.get(position).ok_or_else(missing)?.value;
        signers.push(Signer { slot, key, org: parts.org(&slot.org)? });
        publics.push(keys.get(position).ok_or_else(missing)?);
    }
    rule(parts, event, tx, &signers, item, before)?;

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

/// As `SignedTx::check_shape` asks it; the other entries of a list are not here.
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
    match tx.signatures.len() == slots.len() {
        true => Ok(()),
        false => wrong("one signature for each is needed"),
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

/// What the transaction says of this item: a registration, or only that it is about it.
fn subject<'a>(parts: &Parts, event: &Event, tx: &'a Tx) -> Result<Option<&'a Registration>, Problem> {
    let n = event.n;
    let index = match event.cause {
        Cause::Tx { id: _, index } => index,
        Cause::Genesis => return Err(Problem::TxPresence { n }),
    };
    let Some(list) = tx.body.operation.list() else {
        if tx.entry.is_some() || index != 0 {
            return Err(Problem::TxEntry { n });
        }
        return match tx.body.operation.subject() {
            Some((item, _)) if item == parts.item_id() => Ok(None),
            _ => Err(Problem::TxSubject { n }),
        };
    };
    let Some(open) = &tx.entry else { return Err(Problem::TxEntry { n }) };
    let bounded = list.count >= 1 && usize::try_from(list.count).is_ok_and(|count| count <= MAX_ENTRIES);
    let stands = open.index == index
        && list::verify(&list.root, u64::from(list.count), u64::from(index), &open.entry.hash(), &open.path);
    if !bounded || !stands {
        return Err(Problem::TxEntry { n });
    }
    let registers = matches!(tx.body.operation, Operation::Register { .. });
    match &open.entry.body {
        EntryBody::Registration(registration) if registers => {
            match ItemId::of(&parts.head.header.network, &tx.id, index) == parts.item_id() {
                true => Ok(Some(registration)),
                false => Err(Problem::TxSubject { n }),
            }
        }
        EntryBody::Item(item) if !registers && *item == parts.item_id() => Ok(None),
        EntryBody::Registration(_) | EntryBody::Item(_) => Err(Problem::TxSubject { n }),
    }
}

/// Keys, competence and effect, by the functions that executed the act.
fn rule(
    parts: &Parts,
    event: &Event,
    tx: &Tx,
    signers: &[Signer<'_>],
    registration: Option<&Registration>,
    before: Option<&ItemRecord>,
) -> Result<(), Problem> {
    let n = event.n;
    let Some(decision) = &event.decision else { return Err(Problem::DecisionDiffers { n }) };
    let pack = parts.pack(&decision.pack)?;
    judge::check_keys(signers, tx.body.expires, event.at, Moment::Replaying).map_err(|r| Problem::KeyRefused {
        n,
        code: r.code(),
        name: r.name(),
    })?;
    let authority = judge::authorise(pack, &tx.body.operation, signers, Target::default())
        .map_err(|r| Problem::NotCompetent { n, code: r.code(), name: r.name() })?;
    if authority.decision != *decision {
        return Err(Problem::DecisionDiffers { n });
    }
    let forbidden = |r: Rejection| Problem::Forbidden { n, code: r.code(), name: r.name() };
    let expected = match (registration, before) {
        (Some(registration), None) => registered(registration, &authority, event).map_err(forbidden)?,
        (None, Some(before)) => {
            let network = &parts.head.header.network;
            judge::effect(network, &tx.body, &authority, &parts.item_id(), before, event.at).map_err(forbidden)?
        }
        (Some(_), Some(_)) | (None, None) => None,
    };
    match expected.as_ref() == Some(&event.effect) {
        true => Ok(()),
        false => Err(Problem::EffectDiffers { n }),
    }
}

/// The effect of a registration. Which registration came before under the code is the ledger's to say: the record of
/// the item, certified, repeats it.
fn registered(registration: &Registration, authority: &Authority, event: &Event) -> Result<Option<Effect>, Rejection> {
    let Registration { class, code, quantity, private } = registration;
    judge::check_quantity(code, quantity)?;
    let Effect::Registered { previous, .. } = &event.effect else { return Ok(None) };
    Ok(Some(Effect::Registered {
        class: *class,
        code: code.clone(),
        quantity: *quantity,
        custodian: authority.principal,
        previous: *previous,
        private: *private,
    }))
}
