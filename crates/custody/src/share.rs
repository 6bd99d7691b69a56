//! Shares: whom the holder of an item lets see it. They leave no event; the record says who, and until when.

use crate::{
    Judged, allowed,
    execute::{Act, Pack},
    items::effective_custodian,
    overlay::Overlay,
};
use ledger::{
    ItemId, ItemRecord, Lifecycle, Operation, OrgId, Rejection, Role, StateKey, StateRead, Timestamp,
    bounds::{MAX_SHARE_MS, MAX_SHARES},
    judge::{self, Signer, Target},
    record::{Share, SharesRecord},
    state::ReadError,
};

/// Judges sharing and its end; gives the organisations that it touches.
pub(crate) fn judge<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    pack: &Pack,
    act: Act<'_>,
    signers: &[Signer<'_>],
) -> Judged<Vec<OrgId>> {
    let operation = &act.tx.body.operation;
    let authority = allowed!(judge::authorise_under(&pack.pack, pack.hash, operation, signers, Target::default()));
    match operation {
        Operation::Share { item, with, until } => {
            let by = authority.principal;
            let share = Share { with: *with, by, from: overlay.at, until: *until, cause: act.id };
            share_item(overlay, *item, share)
        }
        Operation::EndShare { item, with } => {
            let receives = signers.iter().any(|signer| signer.slot.role == Role::Receiver);
            end_share(overlay, *item, *with, (authority.principal, receives))
        }
        other => Ok(Err(Rejection::SignersWrong { act: other.act() })),
    }
}

fn share_item<S: StateRead>(overlay: &mut Overlay<'_, S>, item: ItemId, share: Share) -> Judged<Vec<OrgId>> {
    let (record, custodian) = allowed!(held(overlay, item)?);
    if record.state == Lifecycle::Departed {
        return Ok(Err(Rejection::Departed { item }));
    }
    if share.by != custodian {
        return Ok(Err(Rejection::NotCustodian { item, custodian }));
    }
    if share.with == custodian {
        return Ok(Err(Rejection::ShareSelf));
    }
    if overlay.org(&share.with)?.is_none() {
        return Ok(Err(Rejection::OrgUnknown { org: share.with }));
    }
    let now = overlay.at.time;
    let latest = now.plus_ms(MAX_SHARE_MS);
    if share.until <= now || share.until > latest {
        return Ok(Err(Rejection::ShareTooLong { latest }));
    }
    let mut shares = in_force(overlay, item, custodian, now)?;
    shares.retain(|other| other.with != share.with);
    if shares.len() >= MAX_SHARES {
        return Ok(Err(Rejection::ShareFull { item }));
    }
    shares.push(share);
    shares.sort_by_key(|share| share.with);
    overlay.put(StateKey::Shares(item), &SharesRecord { shares });
    Ok(Ok(vec![share.with]))
}

/// `receives`: the principal signs as the one that the item is shared with, not as its holder.
fn end_share<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    item: ItemId,
    with: OrgId,
    (principal, receives): (OrgId, bool),
) -> Judged<Vec<OrgId>> {
    let (_, custodian) = allowed!(held(overlay, item)?);
    if principal != if receives { with } else { custodian } {
        return Ok(Err(Rejection::NotCustodian { item, custodian }));
    }
    let now = overlay.at.time;
    let mut shares = in_force(overlay, item, custodian, now)?;
    let before = shares.len();
    shares.retain(|share| share.with != with);
    if shares.len() == before {
        return Ok(Err(Rejection::ShareUnknown { item, with }));
    }
    match shares.is_empty() {
        true => overlay.remove(StateKey::Shares(item)),
        false => overlay.put(StateKey::Shares(item), &SharesRecord { shares }),
    }
    Ok(Ok(vec![with, custodian]))
}

/// An item, and who holds it.
fn held<S: StateRead>(overlay: &mut Overlay<'_, S>, item: ItemId) -> Judged<(ItemRecord, OrgId)> {
    let Some(record) = overlay.item(&item)? else {
        return Ok(Err(Rejection::ItemUnknown { item }));
    };
    let custodian = effective_custodian(overlay, &record)?;
    Ok(Ok((record, custodian)))
}

fn in_force<S: StateRead>(
    overlay: &Overlay<'_, S>,
    item: ItemId,
    custodian: OrgId,
    now: Timestamp,
) -> Result<Vec<Share>, ReadError> {
    let record: SharesRecord = overlay.record(&StateKey::Shares(item))?.unwrap_or_default();
    Ok(record.in_force(custodian, now).copied().collect())
}

/// The item has another custodian: the shares of all others end for good, and do not come back with the item.
pub(crate) fn moved<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    item: ItemId,
    custodian: OrgId,
) -> Result<(), ReadError> {
    let key = StateKey::Shares(item);
    let Some(SharesRecord { shares }) = overlay.record::<SharesRecord>(&key)? else {
        return Ok(());
    };
    let kept: Vec<Share> = shares.iter().filter(|share| share.by == custodian).copied().collect();
    match kept.len() {
        0 => overlay.remove(key),
        left if left < shares.len() => overlay.put(key, &SharesRecord { shares: kept }),
        _ => {}
    }
    Ok(())
}

/// Whom an item is shared with, before an event of it or after it.
pub(crate) fn shared_with<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    item: ItemId,
    records: [Option<&ItemRecord>; 2],
) -> Result<Vec<OrgId>, ReadError> {
    let Some(shares) = overlay.record::<SharesRecord>(&StateKey::Shares(item))? else {
        return Ok(Vec::new());
    };
    let now = overlay.at.time;
    let mut orgs = Vec::new();
    for record in records.into_iter().flatten() {
        let custodian = effective_custodian(overlay, record)?;
        orgs.extend(shares.in_force(custodian, now).map(|share| share.with));
    }
    Ok(orgs)
}
