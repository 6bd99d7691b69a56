//! Changes of the JSON: forms of texts and numbers, parts of other files, fields, values that people read, nesting.

use super::base::{Base, Codes, Dice, HERE, Mutant, Place, Source, What};
use serde_json::{Value, json};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Bytes or hexadecimal digits, written as they must not be.
pub(crate) fn text(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let is_bytes = |p: &Place| p.what == What::Text && !p.is_readable() && p.kind != "/schema";
    let is_hex = |p: &Place| p.what == What::Hex && !p.kind.ends_with("/value");
    let place = source.place(dice, |p| is_bytes(p) || is_hex(p))?;
    let text = source.text(place);
    let at = dice.below(text.len() + 1);
    let inserted = |what: &str| [&text[..at], what, &text[at..]].concat();
    let changed = match (place.what, dice.below(6)) {
        (_, 0) => inserted([" ", "\n", "\t", "\u{a0}", "%"][dice.below(5)]),
        (What::Hex, 1) => text.to_uppercase(),
        (What::Hex, 2) => format!("0x{text}"),
        (What::Hex, 3) => text[1..].to_owned(),
        (What::Hex, 4) => inserted("a"),
        (What::Hex, _) => format!("{}g", &text[..63]),
        (_, 1) => format!("{text}{}", ["====", "=", "==", "="][text.len() % 4]),
        (_, 2) => text.replacen('-', "+", 1).replacen('_', "/", 1),
        (_, 3) if text.len().is_multiple_of(4) => format!("{text}A"),
        (_, 4) => inserted(["+", "/", "=", ".", "é"][dice.below(5)]),
        _ => unused_bits(text, dice)?,
    };
    source.replaced(place, json!(changed), &["H9003"])
}

fn unused_bits(text: &str, dice: &mut Dice) -> Option<String> {
    let unused = match text.len() % 4 {
        2 => 15,
        3 => 3,
        _ => return None,
    };
    let last = ALPHABET.iter().position(|letter| Some(letter) == text.as_bytes().last())?;
    let other = ALPHABET[last | (1 + dice.below(unused))];
    Some(format!("{}{}", &text[..text.len() - 1], char::from(other)))
}

/// A number in another form, or one that is no number of this format.
pub(crate) fn form(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let place = source.place(dice, |p| p.what == What::Number)?;
    let n = source.at(place).as_u64()?;
    let zeros = "0".repeat(1 + dice.below(9));
    let (text, codes): (String, Codes) = match dice.below(14) {
        0 => (format!("{n}.{zeros}"), &["H9003"]),
        1 => (format!("{n}e{zeros}"), &["H9003"]),
        2 => (format!("{n}E+{}", 1 + dice.below(99)), &["H9003"]),
        3 => (format!("{n}e3"), &["H9003"]),
        4 => (format!("-{n}"), &["H9003"]),
        5 => (["18446744073709551616", "99999999999999999999", "1e300"][dice.below(3)].into(), &["H9003"]),
        6 => (format!("\"{n}\""), &["H9003"]),
        7 => (format!("{n}.{}", 1 + dice.below(99)), &["H9003"]),
        8 => (format!("1e{}", 400 + dice.below(10_000)), &["H9002"]),
        9 => (format!("{zeros}{n}"), &["H9002"]),
        10 => (format!("+{n}"), &["H9002"]),
        11 => (format!("{n}."), &["H9002"]),
        12 => (format!("0x{n:x}"), &["H9002", "H9003"]),
        _ => (["NaN", "Infinity", "-Infinity", "undefined", "1_0", ""][dice.below(6)].into(), &["H9002", "H9003"]),
    };
    source.raw(place, &text, codes)
}

/// A component with that of another valid file, or one element of a list with another of the same file.
pub(crate) fn swapped(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    let place = source.place(dice, |p| swap_codes(&p.kind).is_some())?;
    let donor = if dice.below(4) == 0 { source } else { base.donor(dice)? };
    let theirs: Vec<&Place> = donor.places.iter().filter(|p| p.kind == place.kind).collect();
    let from = *dice.pick(&theirs)?;
    let value = donor.at(from);
    // A header's witnesses may be left out or be others, under the same header.
    let witnesses = place.kind.starts_with("/anchor/witnesses") || place.kind == "/anchor";
    if witnesses && (source.is_under(donor) || value.as_array().is_some_and(Vec::is_empty)) {
        return None;
    }
    let mut mutant = source.replaced(place, value.clone(), swap_codes(&place.kind)?)?;
    mutant.place = format!("{} from {} of {}", place.pointer, from.pointer, donor.name);
    Some(mutant)
}

/// None: it is never swapped.
fn swap_codes(kind: &str) -> Option<Codes> {
    let step = kind.strip_prefix("/related/*/events").or_else(|| kind.strip_prefix("/events"));
    let codes: Codes = match kind {
        _ if kind.starts_with("/readable") => &["H9110"],
        _ if kind.starts_with("/disclosures") => &["H9006", "H9110", "H9111", "H9112"],
        // A later head over an unchanged state: the proof holds, what is written for people does not.
        "/anchor" => &["H9026", "H9027", "H9030", "H9040", "H9110"],
        "/anchor/header" | "/anchor/certificate" => &["H9021"],
        "/anchor/chain/*/header" | "/anchor/chain/*/certificate" => &["H9021"],
        "/anchor/validators" | "/anchor/chain/*/validators" => &["H9022"],
        "/anchor/chain" | "/anchor/chain/*" => &["H9026", "H9027"],
        "/anchor/witnesses" | "/anchor/witnesses/*/signature" => &["H9031"],
        "/anchor/witnesses/*" | "/anchor/witnesses/*/key" => &["H9006", "H9031"],
        "/proof" | "/item_id" | "/item" | "/code" => &["H9040"],
        "/classes" | "/packs" | "/keys" | "/orgs" | "/related/*/item" => &["H9040"],
        "/related" => &["H9040", "H9060"],
        "/classes/*" | "/packs/*" | "/keys/*" | "/orgs/*" => &["H9006", "H9040"],
        "/related/*" | "/related/*/item_id" => &["H9006", "H9040", "H9060"],
        "/related/*/later" => &["H9060", "H9061", "H9064"],
        _ => match step? {
            "" => &["H9060", "H9061", "H9062"],
            "/*" | "/*/event" => &["H9060", "H9061", "H9062"],
            // With that of a related item's event, which may be the same one, comes another entry.
            "/*/tx" => &["H9080", "H9081", "H9085"],
            "/*/tx/body" => &["H9081"],
            "/*/tx/signatures" => &["H9083", "H9087"],
            "/*/tx/entry" | "/*/tx/entry/index" | "/*/tx/entry/bytes" | "/*/tx/entry/path" => &["H9085"],
            _ => return None,
        },
    };
    Some(codes)
}

/// Fields that may be null.
const NULLABLE: [&str; 14] = [
    "tx",
    "entry",
    "history",
    "place",
    "grant",
    "unit",
    "inside",
    "offer",
    "to",
    "quantity",
    "note",
    "decision",
    "premises",
    "custodian",
];

/// A field that is missing, unknown, there twice, null, or of another type.
pub(crate) fn field(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    let place = source.place(dice, |p| p.what == What::Object)?;
    let Value::Object(mut fields) = source.at(place).clone() else { return None };
    let names: Vec<String> = fields.keys().cloned().collect();
    let name = dice.pick(&names)?.clone();
    let shape: Codes = &["H9003"];
    let pointer = format!("{}/{name}", place.pointer);
    let child = source.places.iter().find(|p| p.pointer == pointer)?;
    match dice.below(7) {
        0 => {
            fields.remove(&name);
            source.replaced(place, Value::Object(fields), shape)
        }
        1 => {
            let more = format!("{name}{}", dice.below(10));
            let odd = ["more", "", "__proto__", "constructor", "toString", "schema\u{0}", "Item", &more];
            fields.insert((*dice.pick(&odd)?).to_owned(), [Value::Null, json!(1), json!({})][dice.below(3)].clone());
            source.replaced(place, Value::Object(fields), shape)
        }
        2 => {
            let again = serde_json::to_string(&fields[&name]).ok()?;
            fields.insert(HERE.to_owned(), Value::Null);
            let object = serde_json::to_string(&fields).ok()?;
            let object = object.replacen(&format!("\"{HERE}\":null"), &format!("\"{name}\":{again}"), 1);
            source.raw(place, &object, shape)
        }
        3 if !NULLABLE.contains(&name.as_str()) => source.replaced(child, Value::Null, shape),
        4 => source.replaced(place, Value::Array(fields.into_iter().map(|(_, value)| value).collect()), shape),
        5 if name == "schema" => {
            let other = ["hufu.bundle/2", "hufu.anchor/1", "", "HUFU.BUNDLE/1", "hufu.bundle/1 "][dice.below(5)];
            source.replaced(child, json!(other), &["H9004"])
        }
        _ => source.replaced(child, other_type(child.what, dice), shape),
    }
}

/// A value of a type that is not taken where one of this type stands.
fn other_type(what: What, dice: &mut Dice) -> Value {
    let choice = dice.below(3);
    let number = dice.number() >> 11;
    match what {
        What::Null | What::Hex | What::Text => [json!(number), json!(true), json!([[number]])][choice].clone(),
        What::Flag => [json!(number), json!("true"), json!([])][choice].clone(),
        What::Number => [json!(number.to_string()), json!(false), json!([number])][choice].clone(),
        What::List => [json!({}), json!("AA"), json!(number)][choice].clone(),
        What::Object => [json!([]), json!("AA"), json!(number)][choice].clone(),
    }
}

pub(crate) fn number(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    if dice.below(2) == 0 {
        return super::bytes::number(source, dice);
    }
    let place = source.place(dice, |p| p.what == What::Number)?;
    let n = source.at(place).as_u64()?;
    let changed = match dice.below(6) {
        0 => n.wrapping_add(1),
        1 => n.wrapping_sub(1),
        2 => [0, u64::from(u32::MAX), 1 << 32, (1 << 53) + 1, u64::MAX][dice.below(5)],
        3 => n ^ (1 << dice.below(64)),
        _ => dice.number() >> dice.below(60),
    };
    let narrow = changed <= u64::from(u32::MAX);
    let codes: Codes = match place.kind.as_str() {
        kind if kind.starts_with("/readable/") => &["H9110"],
        kind if kind.ends_with("/tx/entry/index") && narrow => &["H9085"],
        "/disclosures/fields/*/event" => &["H9006", "H9111"],
        "/disclosures/fields/*/index" if narrow => &["H9006", "H9111"],
        "/disclosures/fields/*/count" if narrow => &["H9111"],
        "/anchor/history/size" => {
            // In a list of another size, in which such a path has its place too, the header is only not rooted.
            let header = source.bundle.anchor.header().ok()?;
            let elsewhere = if dice.below(2) == 0 { changed % header.height } else { changed | 1 << 50 };
            return source.replaced(place, json!(elsewhere), &["H9030"]);
        }
        _ => &["H9003"],
    };
    source.replaced(place, json!(changed), codes)
}

/// What people read, changed into something of the same type.
pub(crate) fn readable(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    let place = source.place(dice, |p| p.is_readable() && !matches!(p.what, What::List | What::Object))?;
    let digits = hex::encode(dice.bytes(32));
    let nullable = NULLABLE.contains(&place.name()) && place.kind != "/readable/custodian";
    let changed = match place.what {
        What::Null if place.name() == "inside" => {
            json!({"items": 1, "depth": 0, "held": 0, "research_only": 0, "hgr": 0, "level": dice.below(5)})
        }
        What::Null if place.name() == "offer" => {
            json!({"receiver": "Nobody", "expires": digits, "purpose": "unstated", "premises": null})
        }
        What::Null => json!(digits),
        What::Hex if nullable && dice.below(4) == 0 => Value::Null,
        What::Hex => json!(digits),
        What::Flag => json!(!source.at(place).as_bool()?),
        What::Number => json!(dice.number() >> dice.below(64)),
        _ if nullable && dice.below(4) == 0 => Value::Null,
        _ => json!(other_text(source.text(place), dice)),
    };
    source.replaced(place, changed, &["H9110"])
}

/// Looks the same, or nearly.
fn other_text(text: &str, dice: &mut Dice) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = dice.below(letters.len() + 1);
    let odd = [' ', '0', 'x', '\u{200b}', '\u{0}', '\u{301}', '\u{202e}', '\n', '物'];
    let (before, behind): (String, String) = (letters[..at].iter().collect(), letters[at..].iter().collect());
    match dice.below(6) {
        0 => text.to_uppercase(),
        1 => letters.iter().take(at).collect(),
        2 => text.replacen('a', "а", 1),
        3 => format!("{text} "),
        4 => format!("{behind}{before}"),
        _ => format!("{before}{}{behind}", odd[dice.below(odd.len())]),
    }
}

/// Lists or objects in each other, deeper than any of the format, in the place of any value.
pub(crate) fn nested(source: &Source, dice: &mut Dice) -> Option<Mutant> {
    let place = source.place(dice, |_| true)?;
    let depth = [2, 3, 10, 64, 126, 127, 128, 129, 1_000, 10_000, 50_000][dice.below(11)] + dice.below(3);
    let (open, inner, close) = [("[", "", "]"), ("{\"a\":", "1", "}"), ("[", "", "")][dice.below(3)];
    let text = [open.repeat(depth), inner.to_owned(), close.repeat(depth)].concat();
    source.raw(place, &text, &["H9002", "H9003"])
}

/// Proofs, paths and JSON of absurd depth.
pub(crate) fn depth(base: &Base, dice: &mut Dice) -> Option<Mutant> {
    let source = base.source(dice)?;
    match dice.below(2) {
        0 => nested(source, dice),
        _ => super::bytes::absurd(source, dice),
    }
}
