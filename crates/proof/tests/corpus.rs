//! Hostile files by the thousand, made by a mutator that knows the format, and harmless ones that must be taken.
//!
//! Each mutant is a function of its number, so that it can be made again. Each has the codes that its class and place
//! allow; both verifiers, which were written apart from each other, must come to the same verdict on every file.

pub(crate) mod base;
pub(crate) mod bytes;
pub(crate) mod harmless;
pub(crate) mod json;
pub(crate) mod lists;
pub(crate) mod second;
pub(crate) mod signed;
pub(crate) mod told;

use self::{
    base::{Base, Dice, Mutant, base},
    harmless::{KINDS, Variant},
    lists::Edit,
};
use proof::{Standing, Verdict, verify};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
    thread,
};

/// Makes a mutant of a class; none where the dice fell on something that the file has not.
type Make = fn(&Base, &mut Dice) -> Option<Mutant>;

/// The classes, how many there are of each, and who makes them.
const CLASSES: [(&str, usize, Make); 16] = [
    ("bit", 2_700, bytes::bit),
    ("truncated", 1_000, bytes::truncated),
    ("longer", 1_000, bytes::longer),
    ("re-encoded", 1_500, bytes::recoded),
    ("swapped", 2_500, json::swapped),
    ("dropped", 1_200, |base, dice| lists::edited(base, dice, Edit::Drop)),
    ("duplicated", 1_000, |base, dice| lists::edited(base, dice, Edit::Twice)),
    ("reordered", 1_000, |base, dice| lists::edited(base, dice, Edit::Order)),
    ("resigned", 1_500, signed::resigned),
    ("requorum", 1_000, signed::requorum),
    ("field", 1_500, json::field),
    ("number", 1_000, json::number),
    ("readable", 1_200, json::readable),
    ("time", 800, told::time),
    ("keys", 500, told::keys),
    ("depth", 600, json::depth),
];
const HOSTILE: usize = 20_000;
const HARMLESS: usize = 2_000;
/// Fewer than these of one class that are different files, and it is not worth its name.
const DIFFERENT: usize = 500;

/// Position of the class of a mutant, and its number within.
fn class_of(number: usize) -> (usize, usize) {
    let mut within = number;
    for (class, (_, count, _)) in CLASSES.iter().enumerate() {
        if within < *count {
            return (class, within);
        }
        within -= count;
    }
    panic!("there is no mutant {number}");
}

fn hostile(number: usize) -> (usize, Mutant) {
    let (class, _) = class_of(number);
    let (name, _, make) = CLASSES[class];
    for attempt in 0..1_000u64 {
        let mut dice = Dice(((number as u64) << 20) | attempt);
        if let Some(mut mutant) = make(base(), &mut dice) {
            // What is wrong in a file is wrong in it when it comes compressed.
            if dice.below(25) == 0 && !mutant.bytes.starts_with(&[0x1f]) {
                mutant.bytes = proof::compress(&mutant.bytes);
            }
            return (class, mutant);
        }
    }
    panic!("no mutant {number} of the class {name}");
}

fn variant(number: usize) -> Variant {
    for attempt in 0..1_000u64 {
        let mut dice = Dice((1 << 60) | ((number as u64) << 20) | attempt);
        if let Some(variant) = harmless::variant(base(), number % KINDS.len(), &mut dice) {
            return variant;
        }
    }
    panic!("no variant {number}");
}

fn judged(file: &Mutant) -> Verdict {
    verify(&file.bytes, file.trust.as_deref(), file.options)
}

fn told_by(verdict: &Verdict) -> Value {
    serde_json::from_str(&verdict.to_json()).unwrap()
}

/// What came of the mutants of a class.
#[derive(Default)]
struct Tally {
    count: usize,
    different: BTreeSet<u64>,
    codes: BTreeMap<&'static str, usize>,
    /// Of a sort of place, the code that nobody expected: how often, and one of them.
    unexpected: BTreeMap<(String, &'static str), (usize, String)>,
}

impl Tally {
    fn add(&mut self, mutant: &Mutant, verdict: &Verdict) {
        let mut hasher = DefaultHasher::new();
        (&mutant.bytes, mutant.options.now, mutant.options.max_age_ms, mutant.trust.is_some()).hash(&mut hasher);
        self.count += 1;
        self.different.insert(hasher.finish());
        let code = verdict.failure.as_ref().map_or("none", |failure| failure.code);
        *self.codes.entry(code).or_default() += 1;
        if verdict.verdict != Standing::Invalid || !mutant.codes.contains(&code) {
            let example = format!("{}, {}, expected {:?}", mutant.story, mutant.place, mutant.codes);
            self.unexpected.entry((mutant.kind.clone(), code)).or_insert((0, example)).0 += 1;
        }
    }

    fn join(&mut self, other: Tally) {
        self.count += other.count;
        self.different.extend(other.different);
        for (code, count) in other.codes {
            *self.codes.entry(code).or_default() += count;
        }
        for (key, (count, example)) in other.unexpected {
            self.unexpected.entry(key).or_insert((0, example)).0 += count;
        }
    }
}

/// Two threads, each for every other number.
fn by_two<T: Send>(count: usize, each: impl Fn(&mut T, usize) + Sync, new: impl Fn() -> T + Sync) -> [T; 2] {
    let run = |first: usize| {
        let mut all = new();
        (first..count).step_by(2).for_each(|number| each(&mut all, number));
        all
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| run(1));
        let one = run(0);
        [one, other.join().unwrap()]
    })
}

#[test]
fn every_mutant_is_refused_for_its_reason() {
    assert_eq!(CLASSES.iter().map(|(_, count, _)| count).sum::<usize>(), HOSTILE);
    let each = |tallies: &mut BTreeMap<usize, Tally>, number: usize| {
        let (class, mutant) = hostile(number);
        tallies.entry(class).or_default().add(&mutant, &judged(&mutant));
    };
    let [mut tallies, other] = by_two(HOSTILE, each, BTreeMap::new);
    for (class, tally) in other {
        tallies.entry(class).or_default().join(tally);
    }
    let mut wrong = Vec::new();
    for (class, tally) in &tallies {
        let (name, ..) = CLASSES[*class];
        println!("{name:<11} {:>5}, {:>5} different, {:?}", tally.count, tally.different.len(), tally.codes);
        for ((kind, code), (count, example)) in &tally.unexpected {
            wrong.push(format!("{name} {kind}: {code} {count} times, as in {example}"));
        }
        if tally.different.len() < DIFFERENT {
            wrong.push(format!("{name}: only {} different files", tally.different.len()));
        }
    }
    assert!(wrong.is_empty(), "{} surprises:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_harmless_variant_is_taken_as_the_original() {
    let each = |wrong: &mut Vec<String>, number: usize| {
        let Variant { file, loose, source } = variant(number);
        let verdict = judged(&file);
        let honest = &base().sources.iter().find(|s| s.name == source).unwrap().honest;
        let same = harmless::without(&told_by(&verdict), loose) == harmless::without(honest, loose);
        if verdict.verdict == Standing::Invalid || !same {
            wrong.push(format!("{} {source} {}: {:?}", file.kind, file.place, verdict.failure));
        }
    };
    let wrong = by_two(HARMLESS, each, Vec::new).concat();
    assert!(wrong.is_empty(), "{} surprises:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

#[test]
fn both_verifiers_agree() {
    // Behind the hostile ones stand the harmless ones.
    let numbers: Vec<usize> = (0..HOSTILE + HARMLESS).collect();
    let make = |number: usize| {
        let (class, file) = match number < HOSTILE {
            true => {
                let (class, mutant) = hostile(number);
                (CLASSES[class].0, mutant)
            }
            false => ("harmless", variant(number - HOSTILE).file),
        };
        let what = format!("{class} {number}, {}, {}: {}", file.story, file.kind, file.place);
        let verdict = told_by(&judged(&file));
        (file, what, verdict)
    };
    let (one, other): (Vec<usize>, Vec<usize>) = numbers.iter().partition(|number| **number % 2 == 0);
    let [(few, mut found), (more, others)] = thread::scope(|scope| {
        let other = scope.spawn(|| second::ask(&other, &make));
        let one = second::ask(&one, &make);
        [one, other.join().unwrap()]
    });
    println!("{} files, {} of them harmless", few + more, numbers.iter().filter(|n| **n >= HOSTILE).count());
    found.extend(others);
    let shown = found.len().min(second::SHOWN);
    assert!(found.is_empty(), "{} disagreements or more:\n{}", found.len(), found[..shown].join("\n"));
    assert_eq!(few + more, numbers.len());
}
