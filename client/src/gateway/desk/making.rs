//! From an act in words to a transaction that the rules would take now.

use crate::{
    act::{ActSpec, Built, Names},
    acts::{self, Act},
    commands::signers,
    draft::Draft,
    failure::{Failure, Result},
    gateway::names::Near,
    session::{Session, code},
};
use api::{paths, view::ItemView};
use ledger::{SignedTx, TxId, bounds::MAX_ENTRIES};

/// Codes, each with a quantity that an event says there is.
pub(in crate::gateway) type Stated = Vec<(String, String)>;

/// Why an act would not be done now; none where it would. Errors: those of making it, and of asking; H1411.
pub(in crate::gateway) fn objection(
    session: &Session,
    life: &str,
    spec: ActSpec,
    said: &[(String, String)],
) -> Result<Option<Failure>> {
    let draft = drafted(session, life, spec, said)?;
    let own = session.key_header()?.id();
    if draft.body.signers.iter().any(|slot| slot.key != own) {
        return draft.complete().map(|_| None);
    }
    Ok(acts::objection(session, &acts::judge(session, &draft)?))
}

/// The transaction of an act, which the rules would take now.
pub(super) fn signed(
    session: &Session,
    life: &str,
    spec: ActSpec,
    said: &[(String, String)],
) -> Result<(TxId, SignedTx)> {
    let mut draft = drafted(session, life, spec, said)?;
    acts::objection(session, &acts::judge(session, &draft)?).map_or(Ok(()), Err)?;
    sign(session, &mut draft)
}

/// Signs what nobody else has to sign. Errors: H1410, H1411.
pub(super) fn sign(session: &Session, draft: &mut Draft) -> Result<(TxId, SignedTx)> {
    if draft.sign(session.key()?) == 0 {
        let key = session.key()?.header().id().to_string();
        return Err(Failure::new("H1410", [("key", key)]));
    }
    // An act that others sign too is none for a gateway.
    let tx = draft.complete()?;
    Ok((draft.id(), tx))
}

fn drafted(session: &Session, life: &str, spec: ActSpec, said: &[(String, String)]) -> Result<Draft> {
    let is_answer = matches!(spec, ActSpec::Accept { .. } | ActSpec::Refuse { .. });
    let names = Near::new(session, session.key_header()?.org, is_answer, said);
    if let ActSpec::Register { items } = &spec {
        check_new(session, items.iter().map(|item| item.code.as_str()))?;
    }
    let Built { operation, entries } = whole(session, spec, &names)?.build(&names)?;
    let slots = signers::of(session, &operation, &[])?;
    let life = Some(life.to_owned());
    acts::draft(session, &Act { entries, ..Act::new(operation, slots, &life) })
}

/// What is held already is not registered once more. Errors: H1440; where no node says, none is signed.
fn check_new<'c>(session: &Session, codes: impl Iterator<Item = &'c str>) -> Result<()> {
    let org = session.key_header()?.org;
    for word in codes {
        let mut held = match session.items_of(&code(word)?) {
            Err(failure) if matches!(failure.code.as_str(), "H4301" | "H7004") => Vec::new(),
            other => other?,
        };
        held.retain(|item| item.record.custodian == org && !item.record.on_hand.is_zero());
        if !held.is_empty() {
            let list: Vec<String> = held.iter().map(|item| item.id.to_string()).collect();
            return Err(Failure::new("H1440", [("input", word.to_owned()), ("list", list.join(", "))]));
        }
    }
    Ok(())
}

/// Unpacking without a list is unpacking all.
fn whole(session: &Session, spec: ActSpec, names: &Near<'_>) -> Result<ActSpec> {
    match spec {
        ActSpec::Unpack { unit, items } if items.is_empty() => {
            let id = names.item(&unit)?.0.to_string();
            let inside: Vec<ItemView> = session.pages(paths::ITEMS, &[("unit", id.clone())], MAX_ENTRIES)?;
            Ok(ActSpec::Unpack { unit: id, items: inside.into_iter().map(|item| item.id).collect() })
        }
        other => Ok(other),
    }
}
