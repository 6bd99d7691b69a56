//! What the corpus is made from: honest files with the reader who takes them, the places in them, keys, and dice.

use crate::world::{
    World,
    later::{Later, asking, cosign, witness},
    stories::{NAMES, Story, handover, relative, released, story, told},
};
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::{Hash, KeyId, OrgId, Signature};
use proof::{Bundle, Options, Standing, TrustRoot, verify};
use serde_json::{Map, Value};
use std::sync::{Arc, OnceLock};

/// Codes that a verdict may have.
pub(crate) type Codes = &'static [&'static str];

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `sides`, or 0 for none.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        (self.number() % sides.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = self.below(list.len());
        list.get(at)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.number() as u8).collect()
    }

    pub(crate) fn hash(&mut self) -> Hash {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&self.bytes(32));
        Hash(bytes)
    }

    pub(crate) fn key(&mut self) -> SigningKey {
        SigningKey::from_bytes(&self.hash().0)
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

pub(crate) fn sign(key: &SigningKey, message: &Hash) -> Signature {
    Signature(key.sign(&message.0).to_bytes())
}

/// A file changed on purpose, who reads it, and what he may be told.
pub(crate) struct Mutant {
    pub(crate) story: String,
    /// The sort of place, the same for all elements of a list.
    pub(crate) kind: String,
    pub(crate) place: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) trust: Option<Arc<TrustRoot>>,
    pub(crate) options: Options,
    pub(crate) codes: Codes,
}

/// What stands at a place of the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Null,
    Flag,
    Number,
    Hex,
    Text,
    List,
    Object,
}

/// A place of the JSON.
pub(crate) struct Place {
    /// The pointer with `*` for each number.
    pub(crate) kind: String,
    pub(crate) pointer: String,
    pub(crate) what: What,
}

impl Place {
    pub(crate) fn is_readable(&self) -> bool {
        self.kind.starts_with("/readable/")
    }

    /// Name of the field, or `*`.
    pub(crate) fn name(&self) -> &str {
        self.kind.rsplit('/').next().unwrap_or_default()
    }
}

/// An honest file, which its reader takes as `valid`.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) bundle: Bundle,
    pub(crate) json: Vec<u8>,
    pub(crate) value: Value,
    pub(crate) places: Vec<Place>,
    pub(crate) trust: Arc<TrustRoot>,
    pub(crate) options: Options,
    /// The verdict.
    pub(crate) honest: Value,
}

impl Source {
    fn new(name: &str, bundle: Bundle, trust: &TrustRoot, allow_test: bool) -> Source {
        let json = bundle.to_json();
        let value: Value = serde_json::from_slice(&json).unwrap();
        let options = Options { allow_test, ..Options::default() };
        let verdict = verify(&json, Some(trust), options);
        assert_eq!(verdict.verdict, Standing::Valid, "{name}: {:?}", verdict.failure);
        let honest = serde_json::from_str(&verdict.to_json()).unwrap();
        let mut places = Vec::new();
        walk(&value, "", "", &mut places);
        Source { name: name.to_owned(), bundle, json, value, places, trust: Arc::new(trust.clone()), options, honest }
    }

    /// A place that fits: a kind first, so that what is rare is chosen as often as what is not.
    pub(crate) fn place(&self, dice: &mut Dice, fits: impl Fn(&Place) -> bool) -> Option<&Place> {
        let fitting: Vec<&Place> = self.places.iter().filter(|place| fits(place)).collect();
        let mut kinds: Vec<&str> = fitting.iter().map(|place| place.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let kind = *dice.pick(&kinds)?;
        let of_kind: Vec<&Place> = fitting.into_iter().filter(|place| place.kind == kind).collect();
        dice.pick(&of_kind).copied()
    }

    pub(crate) fn at(&self, place: &Place) -> &Value {
        self.value.pointer(&place.pointer).unwrap()
    }

    pub(crate) fn text(&self, place: &Place) -> &str {
        self.at(place).as_str().unwrap()
    }

    /// Whether the headers are the same.
    pub(crate) fn is_under(&self, other: &Source) -> bool {
        self.bundle.anchor.header == other.bundle.anchor.header
    }

    pub(crate) fn file(&self, kind: &str, place: impl Into<String>, bytes: Vec<u8>, codes: Codes) -> Option<Mutant> {
        (bytes != self.json).then(|| Mutant {
            story: self.name.clone(),
            kind: kind.to_owned(),
            place: place.into(),
            bytes,
            trust: Some(self.trust.clone()),
            options: self.options,
            codes,
        })
    }

    /// None where nothing was changed.
    pub(crate) fn changed(
        &self,
        kind: &str,
        place: impl Into<String>,
        bundle: &Bundle,
        codes: Codes,
    ) -> Option<Mutant> {
        self.file(kind, place, bundle.to_json(), codes)
    }

    /// With another value at a place; none where it is the same.
    pub(crate) fn replaced(&self, place: &Place, value: Value, codes: Codes) -> Option<Mutant> {
        if *self.at(place) == value {
            return None;
        }
        let mut changed = self.value.clone();
        *changed.pointer_mut(&place.pointer).unwrap() = value;
        self.file(&place.kind, &place.pointer, serde_json::to_vec(&changed).unwrap(), codes)
    }

    /// With this text, which may be no JSON, as the value at a place.
    pub(crate) fn raw(&self, place: &Place, text: &str, codes: Codes) -> Option<Mutant> {
        let mut changed = self.value.clone();
        *changed.pointer_mut(&place.pointer).unwrap() = Value::String(HERE.into());
        let bytes = serde_json::to_string(&changed).unwrap().replacen(&format!("\"{HERE}\""), text, 1).into_bytes();
        self.file(&place.kind, format!("{} {text:.40}", place.pointer), bytes, codes)
    }
}

/// Stands for what no JSON value can say.
pub(crate) const HERE: &str = "@@here@@";

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn walk(value: &Value, pointer: &str, kind: &str, out: &mut Vec<Place>) {
    let what = match value {
        Value::Null => What::Null,
        Value::Bool(_) => What::Flag,
        Value::Number(_) => What::Number,
        Value::String(text) if is_hex(text) => What::Hex,
        Value::String(_) => What::Text,
        Value::Array(_) => What::List,
        Value::Object(_) => What::Object,
    };
    out.push(Place { kind: kind.to_owned(), pointer: pointer.to_owned(), what });
    match value {
        Value::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                walk(element, &format!("{pointer}/{index}"), &format!("{kind}/*"), out);
            }
        }
        Value::Object(fields) => of_fields(fields, pointer, kind, out),
        _ => {}
    }
}

/// No name of a field has a character that a pointer escapes.
fn of_fields(fields: &Map<String, Value>, pointer: &str, kind: &str, out: &mut Vec<Place>) {
    for (name, element) in fields {
        walk(element, &format!("{pointer}/{name}"), &format!("{kind}/{name}"), out);
    }
}

/// Somebody who can sign.
pub(crate) struct Holder {
    pub(crate) key: KeyId,
    pub(crate) org: OrgId,
    pub(crate) secret: SigningKey,
}

pub(crate) struct Base {
    /// What is changed.
    pub(crate) sources: Vec<Source>,
    /// Further valid files, whose parts are put in the place of others.
    pub(crate) donors: Vec<Source>,
    pub(crate) people: Vec<Holder>,
    pub(crate) agencies: Vec<SigningKey>,
}

/// Made once.
pub(crate) fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(Base::new)
}

impl Base {
    fn new() -> Base {
        let of = |name: &str, Story { world, item, .. }: &Story| {
            Source::new(name, world.export(item), &world.trust, world.test)
        };
        let mut sources: Vec<Source> = NAMES.into_iter().map(|name| of(name, &story(name))).collect();
        for name in ["split", "pallet"] {
            let story = story(name);
            let bundle = story.world.export(&relative(&story));
            sources.push(Source::new(&format!("relative of {name}"), bundle, &story.world.trust, false));
        }
        sources.push(of("test network", &told("harbour", World::new(true, 0))));
        sources.push(of("another network", &told("serial", World::new(false, 3))));
        sources.extend(anchored());
        let mut donors = vec![
            of("validators elsewhere", &told("validators", World::new(false, 3))),
            of("children elsewhere", &told("children", World::new(false, 3))),
        ];
        let mut later = story("harbour");
        later.world.block(1_000);
        donors.push(of("harbour later", &later));
        let mut both = World::new(false, 0);
        let [one, other] = ["ONE", "OTHER"].map(|n| released(&mut both, n, "5 LTR"));
        handover(&mut both, one, "importer", "hospital");
        handover(&mut both, other, "importer", "lab");
        both.block(1_000);
        for (name, item) in [("one of two", one), ("held by another", other)] {
            donors.push(Source::new(name, both.export(&item), &both.trust, false));
        }
        let people = both.people.values();
        let people = people.map(|p| Holder { key: p.key, org: p.org, secret: p.secret.clone() }).collect();
        Base { sources, donors, people, agencies: both.agencies }
    }

    pub(crate) fn source(&self, dice: &mut Dice) -> Option<&Source> {
        dice.pick(&self.sources)
    }

    /// Any valid file.
    pub(crate) fn donor(&self, dice: &mut Dice) -> Option<&Source> {
        let at = dice.below(self.sources.len() + self.donors.len());
        self.sources.iter().chain(&self.donors).nth(at)
    }
}

/// Files with witnesses, and with the way into the history of a later start.
fn anchored() -> Vec<Source> {
    let later = Later::new();
    let (mut witnessed, mut both) = (later.bundle.clone(), later.refreshed());
    [1, 7, 3].iter().for_each(|seed| cosign(&mut witnessed, &witness(*seed)));
    [1, 2].iter().for_each(|seed| cosign(&mut both, &witness(*seed)));
    let trust = asking(&later.genesis, 2, &[1, 2, 3]).with_trusting_ms(Some(86_400_000));
    vec![
        Source::new("witnessed", witnessed, &trust, false),
        Source::new("refreshed", later.refreshed(), &later.trust, false),
        Source::new("refreshed and witnessed", both, &asking(&later.trust, 2, &[1, 2, 3]), false),
    ]
}
