//! Changed copies of valid documents: the same for the same seed.

use serde_json::Value;
use std::sync::LazyLock;

/// A valid document, or an event of one.
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) document: Value,
}

/// What mutants are made with: `values` that fit somewhere or nearly, `names` of EPCIS, of extensions and of neither,
/// and `telling` values under one name.
static POOL: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("pool.json")).expect("the pool"));

fn pool(kind: &str) -> &'static [Value] {
    POOL[kind].as_array().expect("a list")
}

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A document with one to three changes, and the name of what it was made of.
pub(crate) fn mutant(dice: &mut Dice, seeds: &[Seed]) -> (String, Value) {
    let seed = dice.pick(seeds);
    let mut document = seed.document.clone();
    for _ in 0..*dice.pick(&[1, 1, 1, 2, 3]) {
        change(dice, &mut document, seeds);
    }
    (seed.name.clone(), document)
}

fn change(dice: &mut Dice, document: &mut Value, seeds: &[Seed]) {
    let all = pointers(document);
    if all.is_empty() {
        return;
    }
    let at = dice.pick(&all);
    let (parent, step) = split(at);
    match dice.below(10) {
        0 => {
            take(document, parent, step);
        }
        // Contexts are a profile of ours, which the schema does not know: they are taken out, but not changed.
        _ if step == "@context" => {}
        1 => {
            let name = pool_name(dice);
            if document.pointer(parent).is_some_and(Value::is_object)
                && let Some(value) = take(document, parent, step)
            {
                put(document, parent, &name, value);
            }
        }
        2 | 3 => set(document, at, dice.pick(pool("values")).clone()),
        4 => swap(document, at, dice.pick::<String>(&all).as_str()),
        5 => {
            let (name, value) = (pool_name(dice), dice.pick(pool("values")).clone());
            add(dice, document, &all, &name, value);
        }
        6 => blur(dice, document, at),
        7 => graft(dice, document, at, seeds),
        8 => {
            let donor = &dice.pick(seeds).document;
            let from = dice.pick(&pointers(donor)).clone();
            let (_, name) = split(&from);
            if let (Some(value), false) = (donor.pointer(&from), name == "@context") {
                add(dice, document, &all, name, value.clone());
            }
        }
        _ => tell(dice, document, &all),
    }
}

/// Pointers to all values but the document itself; nothing within a context.
fn pointers(document: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, into: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(name, value)| (escaped(name), value)).collect(),
            Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        for (step, child) in children {
            let pointer = format!("{at}/{step}");
            if step != "@context" {
                walk(child, &pointer, into);
            }
            into.push(pointer);
        }
    }
    let mut into = Vec::new();
    walk(document, "", &mut into);
    into
}

fn split(pointer: &str) -> (&str, &str) {
    pointer.rsplit_once('/').expect("a pointer has a slash")
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn pool_name(dice: &mut Dice) -> String {
    escaped(dice.pick(pool("names")).as_str().expect("a name"))
}

fn set(document: &mut Value, at: &str, value: Value) {
    if let Some(place) = document.pointer_mut(at) {
        *place = value;
    }
}

fn take(document: &mut Value, parent: &str, step: &str) -> Option<Value> {
    match document.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&unescaped(step)),
        Value::Array(list) => step.parse().ok().filter(|index| *index < list.len()).map(|index| list.remove(index)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Makes a value a member of an object.
fn put(document: &mut Value, object: &str, step: &str, value: Value) {
    if let Some(Value::Object(map)) = document.pointer_mut(object) {
        map.insert(unescaped(step), value);
    }
}

/// Makes a value a member of any object.
fn add(dice: &mut Dice, document: &mut Value, all: &[String], step: &str, value: Value) {
    let is_object = |at: &&String| document.pointer(at).is_some_and(Value::is_object);
    let mut objects: Vec<String> = all.iter().filter(is_object).cloned().collect();
    objects.push(String::new());
    put(document, dice.pick::<String>(&objects).as_str(), step, value);
}

/// Changes the places of two values of which neither holds the other.
fn swap(document: &mut Value, one: &str, other: &str) {
    let holds = |outer: &str, inner: &str| inner == outer || inner.starts_with(&format!("{outer}/"));
    if holds(one, other) || holds(other, one) || other.ends_with("/@context") {
        return;
    }
    let (first, second) = (document.pointer(one).cloned(), document.pointer(other).cloned());
    if let (Some(first), Some(second)) = (first, second) {
        set(document, one, second);
        set(document, other, first);
    }
}

/// Repeats an element of a list, or takes a character from a text, adds or changes one.
fn blur(dice: &mut Dice, document: &mut Value, at: &str) {
    match document.pointer_mut(at) {
        Some(Value::Array(list)) if !list.is_empty() => {
            let element = dice.pick(list).clone();
            list.push(element);
        }
        Some(Value::String(text)) if !text.is_empty() => {
            let mut letters: Vec<char> = text.chars().collect();
            let place = dice.below(letters.len());
            let letter = *dice.pick(&[' ', '%', '^', ':', '/', '#', '?', '[', ']', '@', 'é', '\n', '0', 'Z', '-']);
            match dice.below(3) {
                0 => {
                    letters.remove(place);
                }
                1 => letters.insert(place, letter),
                _ => letters[place] = letter,
            }
            *text = letters.into_iter().collect();
        }
        _ => {}
    }
}

/// Puts a value of another document where one of the same name stands.
fn graft(dice: &mut Dice, document: &mut Value, at: &str, seeds: &[Seed]) {
    let donor = &dice.pick(seeds).document;
    let (_, step) = split(at);
    let same: Vec<String> = pointers(donor).into_iter().filter(|from| split(from).1 == step).collect();
    if !same.is_empty()
        && let Some(value) = donor.pointer(dice.pick::<String>(&same).as_str())
    {
        set(document, at, value.clone());
    }
}

/// Sets a member to a value that tells something, or gives it to an event.
fn tell(dice: &mut Dice, document: &mut Value, all: &[String]) {
    let told = dice.pick(pool("telling"));
    let (name, value) = (told[0].as_str().expect("a name"), told[1].clone());
    let same: Vec<&String> = all.iter().filter(|at| split(at).1 == name).collect();
    if !same.is_empty() {
        let at = (*dice.pick(&same)).clone();
        return set(document, &at, value);
    }
    let is_event = |at: &&String| document.pointer(at).is_some_and(|value| value.get("eventTime").is_some());
    let mut events: Vec<String> = all.iter().filter(is_event).cloned().collect();
    if events.is_empty() {
        events.push(String::new());
    }
    put(document, dice.pick::<String>(&events).as_str(), name, value);
}
