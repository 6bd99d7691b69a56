//! Passage: an item closes here for another network, or opens here once another one has closed it.

use super::{Court, Plan, code_after, serial_twice, step};
use crate::{Judged, allowed, networks, overlay::Overlay};
use ledger::{
    Cause, ClassId, ItemId, ItemRecord, NetworkId, Rejection, Role, StateKey, StateRead, Text,
    event::Ground,
    passage::{Passage, PassageError, check, read},
    record::{ClassRecord, CodeRecord, DepartureRecord, HsAssertion},
    state::code_hash,
};

/// What landing writes beside the item.
pub(super) struct Landing {
    pub(super) network: NetworkId,
    /// The item there.
    pub(super) there: ItemId,
    /// The item here.
    pub(super) here: ItemId,
    /// Its class, where it is not registered here.
    pub(super) class: Option<(ClassId, ClassRecord)>,
}

/// An item departs only to a network that is admitted, for from there alone it can come back.
pub(super) fn departs<S: StateRead>(
    overlay: &Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    (item, before): (ItemId, &ItemRecord),
    to: NetworkId,
) -> Judged<Vec<Ground>> {
    if networks::known(overlay, to)?.is_none() {
        return Ok(Err(Rejection::NetworkUnknown { network: to }));
    }
    let (by, state) = (before.custodian, before.state);
    plan.departures.push((item, DepartureRecord { to, by, state, at: overlay.at, cause: court.act.id }));
    Ok(Ok(Vec::new()))
}

/// The cheap questions first: the signatures of another network's agencies cost most.
pub(super) fn plan_landing<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    passage: &Passage,
) -> Judged<()> {
    let here = overlay.network;
    let arrived = allowed!(read(passage, here).map_err(|error| invalid(&error)));
    let (network, there) = (arrived.network, arrived.item);
    let Some(known) = networks::known(overlay, network)? else {
        return Ok(Err(Rejection::NetworkUnknown { network }));
    };
    let custodian = arrived.departure.by;
    let by_custodian = court.signers.iter().any(|signer| signer.slot.role == Role::Custodian);
    if by_custodian && court.authority.principal != custodian {
        return Ok(Err(Rejection::LandingNotCustodian { custodian }));
    }
    if overlay.org(&custodian)?.is_none() {
        return Ok(Err(Rejection::OrgUnknown { org: custodian }));
    }
    // What it became is for those who may land it to know.
    if let Some(item) = overlay.record::<ItemId>(&StateKey::Landed(network, there))? {
        return Ok(Err(Rejection::LandedBefore { item }));
    }
    let arrived = allowed!(check(passage, &known, here).map_err(|error| invalid(&error)));

    let item = ItemId::of(&here, &court.act.id, 0);
    let key = code_hash(&arrived.record.code);
    let before: Option<CodeRecord> = overlay.record(&StateKey::Code(key))?;
    serial_twice(overlay, plan, (&arrived.record.code, before.as_ref()), item, custodian)?;
    let id = arrived.record.class;
    let class_here = overlay.class(&id)?;
    // The class is what it is here: a human genetic resource of this network is one wherever it comes from.
    let hgr = class_here.as_ref().map_or(arrived.class.hgr, |class| class.hgr);
    let effect = arrived.effect(before.as_ref().map(|code| code.latest), hgr);
    plan.codes.insert(key, code_after(before, item));
    let class = match class_here {
        Some(_) => None,
        None => Some((id, registered_here(overlay, court, arrived.class))),
    };
    plan.landings.push(Landing { network, there, here: item, class });
    let cause = Cause::Tx { id: court.act.id, index: 0 };
    plan.items.push(allowed!(step(overlay, court, item, None, effect, (cause, Vec::new(), Vec::new()))));
    Ok(Ok(()))
}

fn invalid(error: &PassageError) -> Rejection {
    Rejection::PassageInvalid { what: Text::new(error.what()).unwrap_or_default() }
}

/// The class as it stands there, registered by this act.
fn registered_here<S: StateRead>(overlay: &Overlay<'_, S>, court: &Court<'_>, class: ClassRecord) -> ClassRecord {
    let (at, cause) = (overlay.at, Some(court.act.id));
    let hs = class.hs.into_iter().map(|assertion| HsAssertion { hs: assertion.hs, at, cause }).collect();
    ClassRecord { hs, from: at, cause, ..class }
}
