//! Elements of lists left out, repeated, or in another order: lists of the JSON, and lists within byte strings.

use super::base::{Base, Codes, Dice, Mutant, Source, What};
use crate::world::blobs::blobs;
use ledger::{Event, Hash, Signature, codec, tree::JointProof};
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    Drop,
    Twice,
    Order,
}

impl Edit {
    fn apply<T: Clone>(self, list: &mut Vec<T>, dice: &mut Dice) -> Option<()> {
        let at = dice.below(list.len());
        match self {
            Edit::Drop if list.is_empty() => None,
            Edit::Drop => {
                list.remove(at);
                Some(())
            }
            Edit::Twice => {
                let copy = list.get(at)?.clone();
                let to = dice.below(list.len() + 1);
                list.insert(to, copy);
                Some(())
            }
            Edit::Order if list.len() < 2 => None,
            Edit::Order => {
                let to = dice.below(list.len());
                match dice.below(3) {
                    0 => list.reverse(),
                    1 => list.rotate_left(at),
                    _ => list.swap(at, to),
                }
                Some(())
            }
        }
    }
}

pub(crate) fn edited(base: &Base, dice: &mut Dice, edit: Edit) -> Option<Mutant> {
    let source = base.source(dice)?;
    match dice.below(8) {
        0 if edit == Edit::Drop => children(source),
        0..=3 => in_bytes(source, dice, edit),
        _ => {
            let place = source.place(dice, |p| p.what == What::List && codes_in_json(&p.kind, edit).is_some())?;
            let mut list: Vec<Value> = source.at(place).as_array()?.clone();
            edit.apply(&mut list, dice)?;
            source.replaced(place, Value::Array(list), codes_in_json(&place.kind, edit)?)
        }
    }
}

/// Says of a file with children that they are not there, and of one without that they are.
fn children(source: &Source) -> Option<Mutant> {
    let place = source.places.iter().find(|p| p.kind == "/children")?;
    let has = source.bundle.children;
    let derived = source.bundle.readable.events.iter().any(|event| event.kind == "derived");
    let codes: Codes = if has { &["H9008"] } else { &["H9060"] };
    derived.then(|| source.replaced(place, Value::Bool(!has), codes)).flatten()
}

/// None: the list is changed without harm, or elsewhere.
fn codes_in_json(kind: &str, edit: Edit) -> Option<Codes> {
    let codes: Codes = match (kind, edit) {
        (kind, _) if kind.starts_with("/readable/") => &["H9110"],
        ("/events" | "/related/*/events", Edit::Drop) => &["H9060"],
        ("/events" | "/related/*/events", _) => &["H9061"],
        ("/anchor/chain", _) => &["H9026", "H9027"],
        ("/anchor/witnesses", Edit::Drop) => return None,
        ("/anchor/witnesses", _) => &["H9006"],
        ("/disclosures/fields" | "/disclosures/persons", Edit::Drop) => &["H9110"],
        ("/disclosures/fields" | "/disclosures/persons", _) => &["H9006"],
        ("/classes" | "/packs" | "/keys" | "/orgs", Edit::Drop) => &["H9040"],
        ("/related", Edit::Drop) => &["H9060"],
        ("/classes" | "/packs" | "/keys" | "/orgs" | "/related", _) => &["H9006"],
        _ => return None,
    };
    Some(codes)
}

fn in_bytes(source: &Source, dice: &mut Dice, edit: Edit) -> Option<Mutant> {
    let mut bundle = source.bundle.clone();
    let mut all = blobs(&mut bundle);
    all.retain(|(kind, _)| codes_in_bytes(kind, edit).is_some());
    let kinds: BTreeSet<&str> = all.iter().map(|(kind, _)| *kind).collect();
    let kind = *dice.pick(&kinds.into_iter().collect::<Vec<_>>())?;
    all.retain(|(k, _)| *k == kind);
    let number = dice.below(all.len());
    let bytes = &mut all.swap_remove(number).1.0;
    *bytes = match kind {
        "signatures" => listed::<Signature>(bytes, dice, edit)?,
        "entry path" | "field path" | "history" => listed::<Hash>(bytes, dice, edit)?,
        "later" => {
            let mut hashes: Vec<&[u8]> = bytes.chunks(32).collect();
            edit.apply(&mut hashes, dice)?;
            hashes.concat()
        }
        "proof" => {
            let mut proof: JointProof = codec::decode(bytes, codec::MAX_INPUT).unwrap();
            match dice.below(3) {
                0 => edit.apply(&mut proof.depths, dice)?,
                _ => edit.apply(&mut proof.siblings, dice)?,
            }
            codec::encode(&proof)
        }
        _ => {
            let mut event: Event = codec::decode(bytes, codec::MAX_INPUT).unwrap();
            edit.apply(&mut event.links, dice)?;
            codec::encode(&event)
        }
    };
    let what = format!("element of {kind}");
    source.changed(&what, format!("{what} {number}"), &bundle, codes_in_bytes(kind, edit)?)
}

fn listed<T: Clone>(bytes: &[u8], dice: &mut Dice, edit: Edit) -> Option<Vec<u8>>
where
    Vec<T>: codec::Canonical,
{
    let mut list: Vec<T> = codec::decode(bytes, codec::MAX_INPUT).unwrap();
    edit.apply(&mut list, dice)?;
    Some(codec::encode(&list))
}

fn codes_in_bytes(kind: &str, edit: Edit) -> Option<Codes> {
    let codes: Codes = match (kind, edit) {
        ("signatures", Edit::Order) => &["H9087"],
        ("signatures", _) => &["H9083"],
        ("entry path", _) => &["H9085"],
        ("field path", _) => &["H9111"],
        ("history", _) => &["H9030"],
        ("proof", _) => &["H9040"],
        ("event", _) => &["H9064"],
        ("later", Edit::Drop) => &["H9060"],
        ("later", Edit::Twice) => &["H9061"],
        ("later", Edit::Order) => &["H9064"],
        _ => return None,
    };
    Some(codes)
}
