//! Variants of honest files that say the same: every reader must take them, and say of them what he says of the original.

use super::base::{Base, Codes, Dice, Mutant, Source, sign};
use crate::world::later::asking;
use flate2::{Compression, GzBuilder};
use ledger::{Certificate, Timestamp, ValidatorSet, codec};
use proof::{Blob, Witnesses, judge};
use serde_json::Value;
use std::{fmt::Write as _, io::Write as _, sync::Arc};

/// How a file is written anew.
#[derive(Clone, Copy, Default)]
struct Style {
    shuffled: bool,
    blanks: bool,
    escapes: bool,
}

/// A variant, and the fields of the verdict in which it may differ from that of the original.
pub(crate) struct Variant {
    pub(crate) file: Mutant,
    pub(crate) source: &'static str,
    pub(crate) loose: Codes,
}

pub(crate) const KINDS: [&str; 8] =
    ["fields in other order", "blanks", "escapes", "fewer precommits", "gzip", "more witnesses", "no demands", "clock"];

pub(crate) fn variant(base: &'static Base, kind: usize, dice: &mut Dice) -> Option<Variant> {
    let source = base.source(dice)?;
    let all = Style { shuffled: dice.below(2) == 0, blanks: dice.below(2) == 0, escapes: dice.below(2) == 0 };
    let plain = Style::default();
    let none: Codes = &[];
    let (bytes, loose): (Vec<u8>, Codes) = match kind {
        0 => (written(&source.value, dice, Style { shuffled: true, ..plain }), none),
        1 => (written(&source.value, dice, Style { blanks: true, ..all }), none),
        2 => (written(&source.value, dice, Style { escapes: true, ..all }), none),
        3 => (fewer(source, dice)?, &["certified_by", "signatures"]),
        4 => (packed(&written(&source.value, dice, all), dice), none),
        5 => (witnessed(source, dice)?, &["signatures"]),
        6 => (written(&source.value, dice, all), &["trust_root", "witnessed_by"]),
        _ => (source.json.clone(), &["verdict", "notices", "trust_root", "certified_by", "witnessed_by"]),
    };
    let kind_name = *KINDS.get(kind)?;
    let mut file = Mutant {
        story: source.name.clone(),
        kind: kind_name.into(),
        place: kind_name.into(),
        bytes,
        trust: Some(source.trust.clone()),
        options: source.options,
        codes: none,
    };
    match kind {
        6 => file.trust = Some(Arc::new(other_demands(source, dice))),
        7 => clock(source, &mut file, dice),
        _ => {}
    }
    Some(Variant { file, source: &source.name, loose })
}

/// The verdict without these fields; that of an honest file has no failure whose message could differ.
pub(crate) fn without(verdict: &Value, loose: Codes) -> Value {
    let mut verdict = verdict.clone();
    if let Some(fields) = verdict.as_object_mut() {
        loose.iter().for_each(|name| drop(fields.remove(*name)));
    }
    verdict
}

/// With another trust file, which has other demands that the file meets, or none.
fn other_demands(source: &Source, dice: &mut Dice) -> proof::TrustRoot {
    let trust = (*source.trust).clone();
    let trust = trust.with_trusting_ms([None, Some(dice.number() >> 12)][dice.below(2)]);
    match dice.below(3) {
        0 => trust.with_witnesses(Witnesses::default()).unwrap(),
        1 => asking(&trust, 0, &[1, 2, 3, 90 + dice.below(100) as u8]),
        _ => {
            let Witnesses { keys, .. } = trust.witnesses().clone();
            trust.with_witnesses(Witnesses { needed: 0, keys }).unwrap()
        }
    }
}

/// A reader with a clock, who asks for a recent header, or holds no trust file.
fn clock(source: &Source, file: &mut Mutant, dice: &mut Dice) {
    let header = source.bundle.anchor.header().unwrap();
    let ahead = [0, 1, 599_999, 600_000][dice.below(4)];
    let later = dice.number() % 1_000_000_000_000;
    file.options.now = Some(match dice.below(3) {
        0 => Timestamp(header.time.0.saturating_sub(ahead)),
        _ => header.time.plus_ms(later),
    });
    file.options.max_age_ms = [None, Some(0), Some(later), Some(later.saturating_sub(1))][dice.below(4)];
    file.options.allow_test = dice.below(2) == 0;
    if dice.below(4) == 0 {
        file.trust = None;
    }
    file.place = format!("{:?}", file.options);
}

/// Precommits left out, but as many as a quorum kept.
fn fewer(source: &Source, dice: &mut Dice) -> Option<Vec<u8>> {
    let mut bundle = source.bundle.clone();
    let mut certificate: Certificate = codec::decode(&bundle.anchor.certificate, codec::MAX_INPUT).unwrap();
    let set: ValidatorSet = codec::decode(&bundle.anchor.validators, codec::MAX_INPUT).unwrap();
    let (found, needed) = (certificate.signatures.len(), set.quorum());
    if found <= needed {
        return None;
    }
    for _ in 0..1 + dice.below(found - needed) {
        certificate.signatures.remove(dice.below(certificate.signatures.len()));
    }
    bundle.anchor.certificate = Blob(codec::encode(&certificate));
    let value = serde_json::to_value(&bundle).unwrap();
    Some(written(&value, dice, Style { shuffled: true, ..Style::default() }))
}

/// Witnesses whom nobody knows, with signatures that hold.
fn witnessed(source: &Source, dice: &mut Dice) -> Option<Vec<u8>> {
    let mut bundle = source.bundle.clone();
    let message = judge(&bundle.anchor, None, source.options).ok()?.witness_message;
    for _ in 0..1 + dice.below(4) {
        let key = dice.key();
        bundle.anchor.add_witness(key.verifying_key().to_bytes(), &sign(&key, &message)).ok()?;
    }
    Some(bundle.to_json())
}

/// One member of gzip, of any level, with or without a name and a time in it.
fn packed(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut builder = GzBuilder::new();
    if dice.below(2) == 0 {
        builder = builder.filename(format!("bundle-{}.json", dice.below(1_000))).mtime(dice.number() as u32);
    }
    if dice.below(4) == 0 {
        builder = builder.comment("evidence").extra(dice.bytes(7));
    }
    let mut writer = builder.write(Vec::new(), Compression::new(dice.below(10) as u32));
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn written(value: &Value, dice: &mut Dice, style: Style) -> Vec<u8> {
    let mut out = String::new();
    write(value, dice, style, &mut out);
    blank(dice, style, &mut out);
    out.into_bytes()
}

fn blank(dice: &mut Dice, style: Style, out: &mut String) {
    if style.blanks && dice.below(3) == 0 {
        out.push_str([" ", "\n", "\t", "\r\n", "  "][dice.below(5)]);
    }
}

fn write(value: &Value, dice: &mut Dice, style: Style, out: &mut String) {
    blank(dice, style, out);
    match value {
        Value::String(text) => write_text(text, dice, style, out),
        Value::Array(list) => {
            out.push('[');
            for (index, element) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element, dice, style, out);
                blank(dice, style, out);
            }
            blank(dice, style, out);
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            if style.shuffled {
                dice.shuffle(&mut fields);
            }
            out.push('{');
            for (index, (name, element)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                blank(dice, style, out);
                write_text(name, dice, style, out);
                blank(dice, style, out);
                out.push(':');
                write(element, dice, style, out);
                blank(dice, style, out);
            }
            blank(dice, style, out);
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// Some characters as `\u` and four digits, large or small, those beyond U+FFFF as a pair.
fn write_text(text: &str, dice: &mut Dice, style: Style, out: &mut String) {
    let often = 1 + dice.below(64);
    out.push('"');
    for letter in text.chars() {
        if style.escapes && dice.below(often) == 0 {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let written = match dice.below(2) {
                    0 => write!(out, "\\u{unit:04x}"),
                    _ => write!(out, "\\u{unit:04X}"),
                };
                written.unwrap();
            }
            continue;
        }
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '/' if style.escapes => out.push_str("\\/"),
            '\u{0}'..='\u{1f}' => write!(out, "\\u{:04x}", u32::from(letter)).unwrap(),
            _ => out.push(letter),
        }
    }
    out.push('"');
}
