//! Changes of byte strings: a bit, shorter, longer, integers in a longer form, other numbers, proofs of absurd depth.

use super::base::{Base, Codes, Dice, Mutant, Source, What};
use crate::world::blobs::{blobs, expected};
use ledger::{
    Certificate, Event, Hash, Header, ItemRecord, KeyRecord, Timestamp, TxBody, codec, list::MAX_PATH,
    record::CodeRecord, tree::JointProof,
};
use proof::bounds::MAX_LATER_BYTES;
use serde_json::json;
use std::collections::BTreeSet;

/// A byte string of a source, changed: a kind first, then one of it.
fn edited(
    source: &Source,
    dice: &mut Dice,
    codes: impl Fn(&str) -> Codes,
    edit: impl FnOnce(&str, &mut Vec<u8>, &mut Dice) -> Option<()>,
) -> Option<Mutant> {
    let mut bundle = source.bundle.clone();
    let mut all = blobs(&mut bundle);
    let kinds: BTreeSet<&str> = all.iter().map(|(kind, _)| *kind).collect();
    let kind = *dice.pick(&kinds.into_iter().collect::<Vec<_>>())?;
    all.retain(|(k, _)| *k == kind);
    let number = dice.below(all.len());
    edit(kind, &mut all.swap_remove(number).1.0, dice)?;
    source.changed(kind, format!("{kind} {number}"), &bundle, codes(kind))
}

pub(crate) fn bit(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    if dice.below(8) == 0 {
        return digest(source, dice);
    }
    edited(source, dice, expected, |_, bytes, dice| flip(bytes, dice))
}

fn flip(bytes: &mut [u8], dice: &mut Dice) -> Option<()> {
    let at = dice.below(bytes.len());
    *bytes.get_mut(at)? ^= 1u8 << dice.below(8);
    Some(())
}

/// A bit of an identity or key that the JSON has in hexadecimal digits.
fn digest(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let place = source.place(dice, |p| p.what == What::Hex)?;
    let mut bytes = hex::decode(source.text(place)).ok()?;
    flip(&mut bytes, dice)?;
    let codes: Codes = match place.kind.as_str() {
        "/item_id" => &["H9040"],
        "/related/*/item_id" => &["H9006", "H9040", "H9060"],
        "/anchor/witnesses/*/key" => &["H9006", "H9031"],
        "/disclosures/persons/*/key" => &["H9006", "H9112"],
        _ => &["H9110"],
    };
    source.replaced(place, json!(hex::encode(bytes)), codes)
}

pub(crate) fn truncated(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    if dice.below(5) == 0 {
        let packed = dice.below(3) == 0;
        let whole = if packed { proof::compress(&source.json) } else { source.json.clone() };
        let end = dice.below(whole.len());
        return source.file("file", format!("file at {end}"), whole[..end].to_vec(), &["H9002"]);
    }
    let codes = |kind: &str| -> Codes { if kind == "later" { &["H9005", "H9060"] } else { &["H9005"] } };
    edited(source, dice, codes, |_, bytes, dice| {
        let whole = bytes.len();
        bytes.truncate(dice.below(whole));
        (bytes.len() < whole).then_some(())
    })
}

pub(crate) fn longer(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    let count = 1 + dice.below(64);
    match dice.below(10) {
        0 => longer_file(source, dice),
        // Within: what stands behind is read as something else.
        1 | 2 => edited(source, dice, within, |_, bytes, dice| {
            let at = dice.below(bytes.len());
            let more = dice.bytes(count);
            drop(bytes.splice(at..at, more));
            Some(())
        }),
        _ => edited(source, dice, behind, |_, bytes, dice| {
            // Of hashes side by side, whole ones are another matter.
            let more = if dice.below(2) == 0 { count.next_multiple_of(32) } else { count };
            bytes.extend(dice.bytes(more));
            Some(())
        }),
    }
}

fn behind(kind: &str) -> Codes {
    if kind == "later" { &["H9005", "H9061"] } else { &["H9005"] }
}

fn within(kind: &str) -> Codes {
    if kind == "later" { &["H9005", "H9061"] } else { expected(kind) }
}

fn longer_file(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let json = source.json.as_slice();
    let packed = proof::compress(json);
    let letter = [b'a' + dice.below(26) as u8];
    let (bytes, codes): (Vec<u8>, Codes) = match dice.below(7) {
        0 => ([json, b"]"].concat(), &["H9002"]),
        1 => ([json, &letter].concat(), &["H9002"]),
        2 => ([json, json].concat(), &["H9002"]),
        3 => ([&b"\xef\xbb\xbf"[..], json].concat(), &["H9002"]),
        4 => ([&b"["[..], json, b"]"].concat(), &["H9003"]),
        5 => ([packed.as_slice(), &letter].concat(), &["H9002"]),
        _ => ([packed.as_slice(), &packed].concat(), &["H9002"]),
    };
    source.file("file", "file", bytes, codes)
}

/// An integer in a longer form than it needs.
pub(crate) fn integer(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    edited(
        source,
        dice,
        |_| &["H9005"],
        |kind, bytes, dice| {
            // Where the first integer of each stands.
            let at = match kind {
                "later" | "witness" => return None,
                "item" | "event" => 32,
                "key" => 128,
                "body" => 48,
                "entry" | "field" | "name" => 16,
                _ => 0,
            };
            let first = *bytes.get(at)?;
            let (held, marks): (usize, &[(u8, usize)]) = match first {
                0..=250 => (0, &[(251, 2), (252, 4), (253, 8), (254, 16)]),
                251 => (2, &[(252, 4), (253, 8)]),
                252 => (4, &[(253, 8)]),
                _ => (8, &[(254, 16)]),
            };
            let (mark, room) = *dice.pick(marks)?;
            let value = match held {
                0 => vec![first],
                _ => bytes.get(at + 1..at + 1 + held)?.to_vec(),
            };
            let mut form = vec![mark];
            form.extend(&value);
            form.resize(1 + room, 0);
            drop(bytes.splice(at..at + 1 + held, form));
            Some(())
        },
    )
}

/// A number within a byte string, changed, in canonical bytes again.
pub(crate) fn number(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let by = 1 + dice.number() % 1_000_000;
    edited(source, dice, number_codes, |kind, bytes, dice| {
        let up = |number: &mut u64| *number = number.wrapping_add(by);
        let max = codec::MAX_INPUT;
        *bytes = match kind {
            "header" => {
                let mut header: Header = codec::decode(bytes, max).unwrap();
                match dice.below(4) {
                    0 => header.version = header.version.wrapping_add(by as u16 | 1),
                    1 => up(&mut header.height),
                    2 => header.round = header.round.wrapping_add(by as u32),
                    _ => up(&mut header.time.0),
                }
                codec::encode(&header)
            }
            "certificate" => {
                let mut certificate: Certificate = codec::decode(bytes, max).unwrap();
                match dice.below(2) {
                    0 => up(&mut certificate.height),
                    _ => certificate.round = certificate.round.wrapping_add(by as u32),
                }
                codec::encode(&certificate)
            }
            "event" => {
                let mut event: Event = codec::decode(bytes, max).unwrap();
                match dice.below(3) {
                    0 => event.n = dice.below(30) as u64,
                    1 => up(&mut event.at.height),
                    _ => event.at.time = Timestamp(event.at.time.0.wrapping_sub(by)),
                }
                codec::encode(&event)
            }
            "body" => {
                let mut body: TxBody = codec::decode(bytes, max).unwrap();
                up(&mut body.expires.0);
                codec::encode(&body)
            }
            "item" => {
                let mut item: ItemRecord = codec::decode(bytes, max).unwrap();
                match dice.below(3) {
                    0 => up(&mut item.count),
                    1 => up(&mut item.custody_seq),
                    _ => item.excursions = item.excursions.wrapping_add(by as u32),
                }
                codec::encode(&item)
            }
            "code" => {
                let mut code: CodeRecord = codec::decode(bytes, max).unwrap();
                up(&mut code.count);
                codec::encode(&code)
            }
            "key" => {
                let mut key: KeyRecord = codec::decode(bytes, max).unwrap();
                match dice.below(2) {
                    0 => up(&mut key.from.height),
                    _ => key.waits = Some(Timestamp(by)),
                }
                codec::encode(&key)
            }
            "proof" => {
                let mut proof: JointProof = codec::decode(bytes, max).unwrap();
                let at = dice.below(proof.depths.len());
                *proof.depths.get_mut(at)? ^= 1 + (by % 255) as u16;
                codec::encode(&proof)
            }
            _ => return None,
        };
        Some(())
    })
}

fn number_codes(kind: &str) -> Codes {
    match kind {
        "header" => &["H9021"],
        "certificate" => &["H9021", "H9024"],
        "event" => &["H9060", "H9061", "H9064"],
        "body" => &["H9081"],
        _ => &["H9040"],
    }
}

/// Proofs and paths that are longer or deeper than any tree.
pub(crate) fn absurd(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let mut bundle = source.bundle.clone();
    let mut all = blobs(&mut bundle);
    all.retain(|(kind, _)| matches!(*kind, "proof" | "entry path" | "field path" | "history" | "later"));
    let kinds: BTreeSet<&str> = all.iter().map(|(kind, _)| *kind).collect();
    let kind = *dice.pick(&kinds.into_iter().collect::<Vec<_>>())?;
    all.retain(|(k, _)| *k == kind);
    let number = dice.below(all.len());
    let bytes = &mut all.swap_remove(number).1.0;
    let (changed, codes): (Vec<u8>, Codes) = match kind {
        "proof" => (absurd_proof(bytes, dice), &["H9040"]),
        "later" => {
            let count = MAX_LATER_BYTES / 32 + 10 - dice.below(2_000).min(MAX_LATER_BYTES / 32);
            let hashes = vec![dice.number() as u8; 32 * count];
            let codes: Codes = if hashes.len() > MAX_LATER_BYTES { &["H9005"] } else { &["H9061"] };
            (hashes, codes)
        }
        path => {
            let honest: Vec<Hash> = codec::decode(bytes, codec::MAX_INPUT).unwrap();
            let count = honest.len() + 1 + dice.below(60);
            let codes: Codes = match path {
                _ if count > MAX_PATH => &["H9005"],
                "entry path" => &["H9085"],
                "field path" => &["H9111"],
                _ => &["H9030"],
            };
            (codec::encode(&(0..count).map(|_| dice.hash()).collect::<Vec<Hash>>()), codes)
        }
    };
    *bytes = changed;
    source.changed(kind, format!("{kind} {number}"), &bundle, codes)
}

fn absurd_proof(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut proof: JointProof = codec::decode(bytes, codec::MAX_INPUT).unwrap();
    let depths = [0, 1, 2, 254, 255, 256, 257, 1_000, u16::MAX];
    match dice.below(3) {
        0 => {
            let depth = depths[dice.below(depths.len())];
            proof.depths.fill(depth);
        }
        1 => proof.depths.fill_with(|| dice.number() as u16),
        _ => {
            let count = dice.below(1 << 12);
            proof.depths = (0..count).map(|_| depths[dice.below(depths.len())]).collect();
        }
    }
    let count = [0, 1, 256, 256 * proof.depths.len().min(64), 1 + dice.below(1 << 14)][dice.below(5)];
    match dice.below(3) {
        0 => proof.siblings = vec![None; count],
        1 => proof.siblings = vec![Some(dice.hash()); count],
        _ => proof.siblings.extend(vec![Some(ledger::tree::empty()); count]),
    }
    codec::encode(&proof)
}

/// An integer of the JSON or of bytes, bytes, or hexadecimal digits, in a form that is not the one they have.
pub(crate) fn recoded(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    match dice.below(3) {
        0 => integer(source, dice),
        1 => super::json::text(source, dice),
        _ => super::json::form(source, dice),
    }
}
