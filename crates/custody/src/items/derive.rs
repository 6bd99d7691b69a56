//! Items made out of items: split, merge, manufacture. Quantities add up exactly, and what sticks to the parents sticks to
//! the children.

use super::{Court, Plan, class_of, code_after, effect, link, registered, step};
use crate::{Judged, allowed, overlay::Overlay};
use ledger::{
    Cause, Effect, ItemId, ItemRecord, Rejection, StateKey, StateRead,
    event::Link,
    judge::{self, Beside, Inherited},
    operation::{DeriveKind, EntryBody, Input, Purpose, Registration},
    record::{CodeRecord, Marks},
    state::code_hash,
};
use std::collections::BTreeSet;

/// Plans the children first, linked to the parents as they were; then the parents, linked to the children as they are: no
/// link goes in a circle.
pub(super) fn plan_derivation<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    kind: DeriveKind,
    inputs: &[Input],
) -> Judged<()> {
    let parents = allowed!(parents(overlay, court, inputs)?);
    let outputs: Vec<&Registration> = court
        .act
        .tx
        .entries
        .iter()
        .filter_map(|entry| match &entry.body {
            EntryBody::Registration(registration) => Some(registration),
            EntryBody::Item(_) | EntryBody::Usage(_) => None,
        })
        .collect();
    allowed!(balances(kind, inputs, &parents, &outputs));
    allowed!(children(overlay, court, plan, kind, &parents, &outputs)?);
    let born: Vec<Link> = plan.items.iter().map(|planned| link(planned.event.item, &planned.after)).collect();
    for (index, (input, (before, change))) in (0u32..).zip(inputs.iter().zip(parents)) {
        let cause = Cause::Tx { id: court.act.id, index };
        let planned =
            allowed!(step(overlay, court, input.item, Some(before), change, (cause, Vec::new(), born.clone())));
        plan.items.push(planned);
    }
    Ok(Ok(()))
}

/// The parents, each of which allows it.
fn parents<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    inputs: &[Input],
) -> Judged<Vec<(ItemRecord, Effect)>> {
    let mut seen = BTreeSet::new();
    let mut parents = Vec::with_capacity(inputs.len());
    for (index, input) in (0u32..).zip(inputs) {
        if !seen.insert(input.item) {
            return Ok(Err(Rejection::EntryRepeated { index }));
        }
        let Some(before) = overlay.item(&input.item)? else {
            return Ok(Err(Rejection::ItemUnknown { item: input.item }));
        };
        let change = allowed!(effect(overlay, court, &input.item, &before, &Beside::default()));
        parents.push((before, change));
    }
    Ok(Ok(parents))
}

/// Split and merge keep class, code, unit and amount; a manufacture books what goes in.
fn balances(
    kind: DeriveKind,
    inputs: &[Input],
    parents: &[(ItemRecord, Effect)],
    outputs: &[&Registration],
) -> Result<(), Rejection> {
    let Some((first, item)) = parents.first().zip(inputs.first()).map(|((first, _), input)| (first, input.item)) else {
        return Err(Rejection::ItemUnknown { item: ItemId::default() });
    };
    if !kind.joins(inputs.len(), outputs.len()) {
        return Err(Rejection::ParentsDiffer { item });
    }
    if kind == DeriveKind::Manufacture {
        return Ok(());
    }
    for ((parent, _), input) in parents.iter().zip(inputs) {
        let alike = parent.class == first.class
            && parent.code == first.code
            && parent.on_hand.unit() == first.on_hand.unit()
            && parent.grant == first.grant;
        if !alike || !judge::takes_enough(kind, &input.quantity, parent) {
            return Err(Rejection::ParentsDiffer { item: input.item });
        }
    }
    for output in outputs {
        let alike =
            output.class == first.class && output.code == first.code && output.quantity.unit() == first.on_hand.unit();
        if !alike {
            return Err(Rejection::ParentsDiffer { item });
        }
    }
    let total = |amounts: &mut dyn Iterator<Item = u64>| amounts.fold(0u64, u64::saturating_add);
    let (inputs, outputs) = (
        total(&mut inputs.iter().map(|input| input.quantity.amount())),
        total(&mut outputs.iter().map(|output| output.quantity.amount())),
    );
    match inputs == outputs {
        true => Ok(()),
        false => Err(Rejection::BalanceDiffers { inputs, outputs }),
    }
}

fn children<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    court: &Court<'_>,
    plan: &mut Plan,
    kind: DeriveKind,
    parents: &[(ItemRecord, Effect)],
    outputs: &[&Registration],
) -> Judged<()> {
    let records: Vec<&ItemRecord> = parents.iter().map(|(parent, _)| parent).collect();
    let Inherited { marks, place, grant } = judge::inherited(kind, &records);
    let operation = &court.act.tx.body.operation;
    let ledger::Operation::Derive { inputs, .. } = operation else { return Ok(Ok(())) };
    let from: Vec<Link> = inputs.iter().zip(parents).map(|(input, (parent, _))| link(input.item, parent)).collect();
    for (index, output) in (0u32..).zip(outputs) {
        let class = allowed!(class_of(overlay, output)?);
        if matches!(output.code, gs1::ItemCode::Unit { .. }) {
            return Ok(Err(Rejection::CodeNotOfClass));
        }
        let item = ItemId::of(&overlay.network, &court.act.id, index);
        if marks.research_only && !output.purpose.fits_research() {
            return Ok(Err(Rejection::PurposeForbidden { item, purpose: output.purpose }));
        }
        let key = code_hash(&output.code);
        let code: Option<CodeRecord> = match plan.codes.get(&key) {
            Some(code) => Some(code.clone()),
            None => overlay.record(&StateKey::Code(key))?,
        };
        let marks = marks.and(Marks { hgr: class.hgr, research_only: false });
        let mut made = registered(output, court.authority.principal, code.as_ref(), marks);
        if let Effect::Registered { origin, place: at, grant: under, purpose, .. } = &mut made {
            *origin = Some(kind);
            *at = place;
            *under = grant;
            if marks.research_only {
                *purpose = Purpose::Research;
            }
        }
        plan.codes.insert(key, code_after(code, item));
        let cause = Cause::Tx { id: court.act.id, index };
        plan.items.push(allowed!(step(overlay, court, item, None, made, (cause, Vec::new(), from.clone()))));
    }
    Ok(Ok(()))
}
