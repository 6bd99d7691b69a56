//! Every record stands in the certified state, makes sense, and is needed.

use super::Fault;
use crate::{
    parts::{Needs, Parts, Record},
    problem::Problem,
};
use ledger::{
    ClassId, Hash, ItemRecord, KeyId, OrgId, StateKey,
    record::{ClassCode, ClassRecord},
    tag,
};

/// Checks the proof of all records under the state root of the header, and that the quantities of each item add up.
pub(super) fn proved(parts: &Parts) -> Result<(), Fault> {
    if !parts.proof.proves(&parts.anchor.header().state, &leaves(parts)) {
        return Err(Problem::StateProof.into());
    }
    for history in parts.histories() {
        balanced(&history.item.value).map_err(|problem| Fault::from(problem).of(parts.other(history)))?;
    }
    Ok(())
}

/// Position and value of all records in the state tree, by ascending position.
pub(crate) fn leaves(parts: &Parts) -> Vec<(Hash, Hash)> {
    let mut leaves = vec![(StateKey::Code(parts.code.id).hash(), parts.code.value_hash)];
    leaves.extend(parts.histories().map(|history| (StateKey::Item(history.id()).hash(), history.item.value_hash)));
    leaves.extend(leaves_of(&parts.classes, |id| StateKey::Class(ClassId(id))));
    leaves.extend(leaves_of(&parts.packs, StateKey::Pack));
    leaves.extend(leaves_of(&parts.keys, |id| StateKey::Key(KeyId(id))));
    leaves.extend(leaves_of(&parts.orgs, |id| StateKey::Org(OrgId(id))));
    leaves.sort_unstable();
    leaves
}

fn leaves_of<T>(records: &[Record<T>], key: impl Fn(Hash) -> StateKey) -> impl Iterator<Item = (Hash, Hash)> {
    records.iter().map(move |r| (key(r.id).hash(), r.value_hash))
}

/// Checks that the records are those that the histories need, and what they say of each other.
///
/// The histories have been replayed and their transactions are bound, so what they refer to is certified.
pub(super) fn sound(parts: &Parts) -> Result<(), Problem> {
    needed(parts)?;
    sense(parts)
}

/// Exactly the records that the histories refer to: a bundle with more would show things that nobody judged.
fn needed(parts: &Parts) -> Result<(), Problem> {
    let mut needs = Needs::default();
    for history in parts.histories() {
        let steps = history.steps.iter().map(|s| (&s.event, s.tx.as_ref().map(|t| &t.body)));
        needs.add(&history.item.value, steps);
    }
    exactly("key", needs.keys.iter().map(|k| k.0), &parts.keys)?;
    exactly("organisation", needs.orgs.iter().map(|o| o.0), &parts.orgs)?;
    exactly("policy pack", needs.packs.iter().copied(), &parts.packs)?;
    exactly("class", needs.classes.iter().map(|c| c.0), &parts.classes)
}

/// Both sides ascend.
fn exactly<T>(what: &'static str, needed: impl Iterator<Item = Hash>, present: &[Record<T>]) -> Result<(), Problem> {
    let mut present = present.iter().map(|r| r.id).peekable();
    for id in needed {
        match present.next() {
            Some(found) if found == id => {}
            Some(found) if found < id => return Err(Problem::Surplus { what, id: found.to_string() }),
            _ => return Err(Problem::Missing { what, id: id.to_string() }),
        }
    }
    match present.next() {
        Some(found) => Err(Problem::Surplus { what, id: found.to_string() }),
        None => Ok(()),
    }
}

/// The state holds what agencies certified; that they certified sense is checked here, against a colluding majority.
fn sense(parts: &Parts) -> Result<(), Problem> {
    let contradicts = |what, id: &Hash| Err(Problem::RecordContradicts { what, id: id.to_string() });
    for r in &parts.packs {
        if r.value.check().is_err() {
            return contradicts("policy pack", &r.id);
        }
    }
    for history in parts.histories() {
        let item = &history.item.value;
        if !of_class(item, parts.class_of(item)?) {
            return contradicts("class", &item.class.0);
        }
    }
    let (item, code, this) = (&parts.main.item.value, &parts.code.value, parts.item_id());
    // Units are in units only so deep, and never in a circle; those around the item are all here.
    if parts.holder(item).is_none() {
        return contradicts("item", &this.0);
    }
    // Of a single registration the whole chain is known; of several, the others are their own bundles' business.
    let alone = code.count == 1 && code.head == Hash::of_pair(&tag::CODE_HEAD, &Hash::default(), &this.0);
    let first_and_last = item.previous.is_none() && code.latest == this;
    match alone == first_and_last && (alone || code.count > 1) {
        true => Ok(()),
        false => contradicts("code", &parts.code.id),
    }
}

/// A lot or serial carries the GTIN of its class; where there is none, the scheme of the class; a unit is of theirs.
fn of_class(item: &ItemRecord, class: &ClassRecord) -> bool {
    match (&class.code, item.code.gtin()) {
        (ClassCode::Gtin(gtin), Some(found)) => *gtin == found,
        // The history has been replayed: what holds items is what has the code of a unit.
        (ClassCode::Other { .. }, None) if item.inside.is_some() => class.code.is_of_units(),
        (ClassCode::Other { scheme, value: _ }, None) => item.code.to_string().starts_with(&format!("hufu:{scheme}/")),
        (ClassCode::Gtin(_), None) | (ClassCode::Other { .. }, Some(_)) => false,
    }
}

/// `registered = on_hand + used + derived + wasted + lost + disposed`, exactly.
pub(crate) fn balanced(item: &ItemRecord) -> Result<(), Problem> {
    let gone = [item.used, item.derived, item.wasted, item.lost, item.disposed];
    match gone.into_iter().try_fold(item.on_hand, |sum, part| sum.checked_add(part)) {
        Ok(sum) if sum == item.registered => Ok(()),
        _ => Err(Problem::Quantities),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fewer, more and other records than are needed, of which each is told by its identity.
    #[test]
    fn the_first_that_is_missing_or_too_many_is_named() {
        let id = |n: u8| Hash([n; 32]);
        let check = |needed: &[u8], present: &[u8], expect: Result<(), Problem>| {
            let record = |n: &u8| Record { id: id(*n), value: (), value_hash: Hash::default() };
            let present: Vec<Record<()>> = present.iter().map(record).collect();
            assert_eq!(exactly("key", needed.iter().map(|n| id(*n)), &present), expect);
        };
        let missing = |n: u8| Err(Problem::Missing { what: "key", id: id(n).to_string() });
        let surplus = |n: u8| Err(Problem::Surplus { what: "key", id: id(n).to_string() });
        check(&[], &[], Ok(()));
        check(&[1, 2], &[1, 2], Ok(()));
        check(&[1, 2], &[1], missing(2));
        check(&[1], &[1, 2], surplus(2));
        check(&[2], &[1, 2], surplus(1));
        check(&[1, 2], &[2], missing(1));
        check(&[2], &[1], surplus(1));
        check(&[1], &[2], missing(1));
    }
}
