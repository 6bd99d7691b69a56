//! Bundles changed on purpose, for tests: each change alters the meaning of at least one value.
//!
//! A change is a function of the bundle and a seed. It keeps the file well-formed where its kind is about content, so
//! that the verifier is reached beyond its reader; whether it then fails for the right reason is what [`Kind::codes`]
//! says. What changes no meaning (a surplus precommit left out, JSON keys in another order) is never done here.

use crate::{
    bundle::{Bundle, OpenedField, OpenedPerson, Related, Step, StepTx},
    json::{Blob, Digest, List},
    problem::Problem,
    readable::ReadableValue,
};
use ledger::{Certificate, Effect, Event, Hash, KeyId, KeyRecord, Signature, ValidatorSet, codec, tree::JointProof};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal, [$($code:literal),* $(,)?];)*) => {
        /// What is changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// All kinds; seed `s` chooses kind `s % 25`, or the next one that the bundle has something for.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            /// A stable word.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$name => $word,)* }
            }

            /// The codes that a verifier which holds the trust root may answer with.
            pub fn codes(self) -> &'static [&'static str] {
                match self { $(Kind::$name => &[$($code),*],)* }
            }
        }
    };
}

kinds! {
    /// A bit of the header.
    Header = "header", ["H9005", "H9021"];
    /// A bit of the certificate.
    Certificate = "certificate", ["H9005", "H9021", "H9023", "H9024"];
    /// Precommits left out until there is no quorum.
    Quorum = "quorum", ["H9025"];
    /// A bit of the validator set, of the head or of a link.
    Validators = "validators", ["H9005", "H9022"];
    /// A bit of the item record, or its identity.
    Item = "item", ["H9005", "H9040"];
    /// A bit of the proof of the records, a sibling left out or added, or the depth of a leaf.
    StateProof = "state-proof", ["H9005", "H9040"];
    /// A bit of an event.
    Event = "event", ["H9005", "H9060", "H9061", "H9062", "H9063", "H9064"];
    /// An event left out.
    EventDropped = "event-dropped", ["H9060"];
    /// An event twice, or two in each other's place.
    EventOrder = "event-order", ["H9061"];
    /// A bit of the body of a transaction.
    Body = "body", ["H9005", "H9081"];
    /// A transaction left out, or in another's place.
    Transaction = "transaction", ["H9080", "H9081"];
    /// A bit of a signature.
    Signature = "signature", ["H9005", "H9087"];
    /// A signature left out, added, or in another's place.
    Signatures = "signatures", ["H9083", "H9087"];
    /// A bit of an entry or its path, its index, or an entry where none belongs.
    Entry = "entry", ["H9005", "H9085"];
    /// A key record changed, left out, or repeated.
    Key = "key", ["H9005", "H9006", "H9040"];
    /// The record of an organisation, likewise.
    Org = "organisation", ["H9005", "H9006", "H9040"];
    /// The class, policy pack or code record, likewise.
    Rule = "rule", ["H9005", "H9006", "H9040"];
    /// The history of another item left out.
    Related = "related", ["H9060"];
    /// The record of another item changed, or its history twice.
    RelatedItem = "related-item", ["H9005", "H9006", "H9040", "H9060"];
    /// An event of another item left out.
    RelatedEvent = "related-event", ["H9060"];
    /// The hash of a later event of another item changed, left out or added.
    Later = "later", ["H9060", "H9061", "H9064"];
    /// Whether the items that were made out of this one are here.
    Children = "children", ["H9008", "H9060"];
    /// A readable field.
    Readable = "readable", ["H9110"];
    /// An opening changed, or made up.
    Disclosure = "disclosure", ["H9005", "H9111", "H9112"];
    /// The JSON itself: cut off, a field too many, missing or twice, another schema.
    Shape = "shape", ["H9002", "H9003", "H9004"];
}

/// A changed bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tampered {
    /// The file.
    pub bytes: Vec<u8>,
    /// What was changed.
    pub kind: Kind,
    /// The codes of [`Kind::codes`].
    pub codes: &'static [&'static str],
}

/// Changes the meaning of at least one value of a bundle. The same bytes and seed give the same outcome.
///
/// Error: as [`Bundle::from_json`], when the bytes are no bundle to begin with.
pub fn tamper(bundle_json: &[u8], seed: u64) -> Result<Tampered, Problem> {
    let bundle = Bundle::from_json(bundle_json)?;
    let kinds = Kind::ALL.len();
    let first = below(seed, kinds);
    // `Kind::Shape` fits every bundle, so the search ends.
    for kind in Kind::ALL.iter().cycle().skip(first).take(kinds) {
        let mut dice = Dice(seed);
        if *kind == Kind::Shape {
            return Ok(Tampered { bytes: shape(bundle_json, &mut dice), kind: *kind, codes: kind.codes() });
        }
        let mut changed = bundle.clone();
        if change(&mut changed, *kind, &mut dice).is_some() && changed != bundle {
            return Ok(Tampered { bytes: changed.to_json(), kind: *kind, codes: kind.codes() });
        }
    }
    Ok(Tampered { bytes: shape(bundle_json, &mut Dice(seed)), kind: Kind::Shape, codes: Kind::Shape.codes() })
}

/// The remainder, or 0 where there is none.
fn below(number: u64, sides: usize) -> usize {
    let remainder = u64::try_from(sides).ok().and_then(|sides| number.checked_rem(sides));
    remainder.and_then(|r| usize::try_from(r).ok()).unwrap_or(0)
}

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `sides`, or 0 for none.
    fn below(&mut self, sides: usize) -> usize {
        below(self.next(), sides)
    }

    fn pick<'a, T>(&mut self, list: &'a mut [T]) -> Option<&'a mut T> {
        let position = self.below(list.len());
        list.get_mut(position)
    }

    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes());
        }
        bytes
    }

    fn flip(&mut self, blob: &mut Blob) -> Option<()> {
        let bit = self.below(8);
        let byte = self.pick(&mut blob.0)?;
        *byte ^= 1u8 << (bit % 8);
        Some(())
    }

    fn flip_digest(&mut self, digest: &mut Digest) -> Option<()> {
        let bit = self.below(8);
        *self.pick(&mut digest.0.0)? ^= 1u8 << (bit % 8);
        Some(())
    }
}

/// `None`: the bundle has nothing of that kind.
fn change(bundle: &mut Bundle, kind: Kind, dice: &mut Dice) -> Option<()> {
    match kind {
        Kind::Header => match (dice.below(2), dice.pick(&mut bundle.anchor.chain.0)) {
            (0, Some(link)) => dice.flip(&mut link.header),
            _ => dice.flip(&mut bundle.anchor.header),
        },
        Kind::Certificate => match (dice.below(2), dice.pick(&mut bundle.anchor.chain.0)) {
            (0, Some(link)) => dice.flip(&mut link.certificate),
            _ => dice.flip(&mut bundle.anchor.certificate),
        },
        Kind::Quorum => quorum(bundle, dice),
        Kind::Validators => match (dice.below(2), dice.pick(&mut bundle.anchor.chain.0)) {
            (0, Some(link)) => dice.flip(&mut link.validators),
            _ => dice.flip(&mut bundle.anchor.validators),
        },
        Kind::Item => match dice.below(4) {
            0 => dice.flip_digest(&mut bundle.item_id),
            _ => dice.flip(&mut bundle.item),
        },
        Kind::StateProof => state_proof(bundle, dice),
        Kind::Event => dice.pick(&mut bundle.events.0).and_then(|step| dice.flip(&mut step.event)),
        Kind::EventDropped => {
            let position = dice.below(bundle.events.len());
            (position < bundle.events.len()).then(|| bundle.events.0.remove(position)).map(drop)
        }
        Kind::EventOrder => event_order(bundle, dice),
        Kind::Body => tx(bundle, dice).and_then(|tx| dice.flip(&mut tx.body)),
        Kind::Transaction => transaction(bundle, dice),
        Kind::Signature => tx(bundle, dice).and_then(|tx| dice.flip(&mut tx.signatures)),
        Kind::Signatures => signatures(bundle, dice),
        Kind::Entry => entry(bundle, dice),
        Kind::Key => records(&mut bundle.keys.0, dice),
        Kind::Org => records(&mut bundle.orgs.0, dice),
        Kind::Rule => match dice.below(3) {
            0 => records(&mut bundle.classes.0, dice),
            1 if !bundle.packs.is_empty() => records(&mut bundle.packs.0, dice),
            _ => dice.flip(&mut bundle.code),
        },
        Kind::Related => {
            let position = dice.below(bundle.related.len());
            (position < bundle.related.len()).then(|| bundle.related.0.remove(position)).map(drop)
        }
        Kind::RelatedItem => related_item(&mut bundle.related.0, dice),
        Kind::RelatedEvent => dice.pick(&mut bundle.related.0).and_then(|related| {
            let position = dice.below(related.events.len());
            (position < related.events.len()).then(|| related.events.0.remove(position)).map(drop)
        }),
        Kind::Later => later(&mut bundle.related.0, dice),
        Kind::Children => children(bundle),
        Kind::Readable => readable(bundle, dice),
        Kind::Disclosure => disclosure(bundle, dice),
        Kind::Shape => None,
    }
}

fn tx<'a>(bundle: &'a mut Bundle, dice: &mut Dice) -> Option<&'a mut StepTx> {
    let mut txs: Vec<&mut StepTx> = bundle.events.0.iter_mut().filter_map(|s| s.tx.as_mut()).collect();
    let position = dice.below(txs.len());
    (position < txs.len()).then(|| txs.swap_remove(position))
}

fn quorum(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let mut certificate: Certificate = codec::decode(&bundle.anchor.certificate, codec::MAX_INPUT).ok()?;
    let set: ValidatorSet = codec::decode(&bundle.anchor.validators, codec::MAX_INPUT).ok()?;
    let keep = dice.below(set.quorum());
    while certificate.signatures.len() > keep {
        let position = dice.below(certificate.signatures.len());
        certificate.signatures.remove(position);
    }
    bundle.anchor.certificate = Blob(codec::encode(&certificate));
    Some(())
}

fn state_proof(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let choice = dice.below(4);
    if choice == 0 {
        return dice.flip(&mut bundle.proof);
    }
    let mut proof: JointProof = codec::decode(&bundle.proof, codec::MAX_INPUT).ok()?;
    let position = dice.below(proof.siblings.len());
    let sibling = *proof.siblings.get(position)?;
    match choice {
        1 => drop(proof.siblings.drain(position..=position)),
        2 => proof.siblings.insert(position, sibling),
        _ => *dice.pick(&mut proof.depths)? ^= 1,
    }
    bundle.proof = Blob(codec::encode(&proof));
    Some(())
}

fn event_order(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let events = &mut bundle.events.0;
    let (one, other) = (dice.below(events.len()), dice.below(events.len()));
    match one == other || dice.below(2) == 0 {
        true => {
            let copy = events.get(one)?.clone();
            events.insert(other.min(events.len()), copy);
        }
        false => events.swap(one, other),
    }
    Some(())
}

fn transaction(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let events = &mut bundle.events.0;
    let (one, other) = (dice.below(events.len()), dice.below(events.len()));
    let taken = events.get(one)?.tx.clone();
    let given = match dice.below(2) {
        0 => None,
        _ => events.get(other)?.tx.clone(),
    };
    let slot = &mut events.get_mut(one)?.tx;
    *slot = match (taken, given) {
        (None, None) => return None,
        (None, Some(tx)) => Some(tx),
        // A transaction in its own place would change nothing.
        (Some(tx), Some(found)) if tx == found => None,
        (Some(_), given) => given,
    };
    Some(())
}

fn signatures(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let choice = dice.below(3);
    let tx = tx(bundle, dice)?;
    let mut list: Vec<Signature> = codec::decode(&tx.signatures, codec::MAX_INPUT).ok()?;
    match choice {
        0 => drop(list.pop()?),
        1 if list.len() > 1 => list.rotate_left(1),
        1 => *list.first_mut()? = random_signature(dice),
        _ => list.push(*list.first()?),
    }
    tx.signatures = Blob(codec::encode(&list));
    Some(())
}

/// 64 random bytes are a valid signature for nobody, save with probability 2^-252.
fn random_signature(dice: &mut Dice) -> Signature {
    let mut bytes = [0; 64];
    let (left, right) = bytes.split_at_mut(32);
    left.copy_from_slice(&dice.bytes());
    right.copy_from_slice(&dice.bytes());
    Signature(bytes)
}

fn entry(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let choice = dice.below(4);
    let mut with: Vec<&mut StepTx> =
        bundle.events.0.iter_mut().filter_map(|s| s.tx.as_mut()).filter(|t| t.entry.is_some()).collect();
    let position = dice.below(with.len());
    let tx = with.get_mut(position)?;
    if choice == 0 {
        tx.entry = None;
        return Some(());
    }
    let entry = tx.entry.as_mut()?;
    match choice {
        1 => dice.flip(&mut entry.bytes),
        2 => dice.flip(&mut entry.path),
        _ => {
            entry.index = entry.index.wrapping_add(1);
            Some(())
        }
    }
}

fn records(list: &mut Vec<Blob>, dice: &mut Dice) -> Option<()> {
    let position = dice.below(list.len());
    let copy = list.get(position)?.clone();
    match dice.below(4) {
        0 => drop(list.remove(position)),
        1 => list.insert(position, copy),
        _ => dice.flip(list.get_mut(position)?)?,
    }
    Some(())
}

fn related_item(list: &mut Vec<Related>, dice: &mut Dice) -> Option<()> {
    let position = dice.below(list.len());
    match dice.below(4) {
        0 => dice.flip_digest(&mut list.get_mut(position)?.item_id),
        1 => {
            let copy = list.get(position)?.clone();
            list.insert(position, copy);
            Some(())
        }
        _ => dice.flip(&mut list.get_mut(position)?.item),
    }
}

/// Of a history that has later events: one of their hashes changed, the last left out, or one added.
fn later(list: &mut [Related], dice: &mut Dice) -> Option<()> {
    let mut with: Vec<&mut Blob> = list.iter_mut().map(|r| &mut r.later).filter(|later| !later.is_empty()).collect();
    let position = dice.below(with.len());
    let later = with.get_mut(position)?;
    let kept = later.len().saturating_sub(32);
    match dice.below(3) {
        0 => dice.flip(later)?,
        1 => later.0.truncate(kept),
        _ => later.0.extend(dice.bytes()),
    }
    Some(())
}

/// Only where something was made out of the item: elsewhere it changes nothing.
fn children(bundle: &mut Bundle) -> Option<()> {
    let derived = |step: &Step| {
        let event = codec::decode::<Event>(&step.event, codec::MAX_INPUT);
        event.is_ok_and(|event| matches!(event.effect, Effect::Derived { .. }))
    };
    if !bundle.events.iter().any(derived) {
        return None;
    }
    bundle.children = !bundle.children;
    Some(())
}

fn readable(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let all = &mut bundle.readable;
    let longer = |text: &mut String| text.push('!');
    match dice.below(23) {
        0 => dice.flip_digest(&mut all.network)?,
        1 => all.test = !all.test,
        2 => all.height = all.height.wrapping_add(1),
        3 => longer(&mut all.item),
        4 => longer(&mut all.time),
        5 => all.registrations = all.registrations.wrapping_add(1),
        6 => longer(&mut all.class),
        7 => longer(all.hs.0.first_mut()?),
        8 => longer(&mut all.custodian),
        9 => longer(&mut all.state),
        10 => longer(&mut all.on_hand),
        11 => all.hgr = !all.hgr,
        12 => dice.pick(&mut all.events.0).map(|e| longer(&mut e.kind))?,
        13 => dice.pick(&mut all.events.0).map(|e| e.n = e.n.wrapping_add(1))?,
        14 => dice.pick(&mut all.events.0).map(|e| e.actors.0.push("Nobody".into()))?,
        15 => all.research_only = !all.research_only,
        16 => longer(&mut all.wasted),
        17 => all.unit = if all.unit.is_some() { None } else { Some(Digest::default()) },
        18 => dice.pick(&mut all.events.0).map(|e| e.links.0.push(Digest::default()))?,
        19 => dice.pick(&mut all.events.0).map(|e| e.values.0.push(value("from", "Nobody")))?,
        20 => {
            if all.related.0.pop().is_none() {
                longer(&mut all.purpose);
            }
        }
        21 => match dice.pick(&mut all.related.0) {
            Some(related) => longer(&mut related.on_hand),
            None => longer(&mut all.registrant),
        },
        _ => drop(all.events.0.pop()?),
    }
    Some(())
}

fn value(name: &str, value: &str) -> ReadableValue {
    ReadableValue { name: name.into(), value: value.into() }
}

fn disclosure(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let opened = &mut bundle.disclosures;
    match dice.below(3) {
        0 => match dice.pick(&mut opened.persons.0) {
            Some(person) => dice.flip(&mut person.name),
            None => {
                let key = bundle.keys.first().and_then(key_of).unwrap_or_else(|| Digest(Hash(dice.bytes())));
                let name = (dice.bytes().first_chunk::<16>().copied()?, ledger::Text::<128>::new("Nobody").ok()?);
                opened.persons = List(vec![OpenedPerson { key, name: Blob(codec::encode(&name)) }]);
                Some(())
            }
        },
        choice => match dice.pick(&mut opened.fields.0) {
            Some(field) if choice == 1 => dice.flip(&mut field.field),
            Some(field) => {
                field.count = field.count.wrapping_add(1);
                Some(())
            }
            None => invent_field(bundle, dice),
        },
    }
}

/// Identity of the key that a record is of.
fn key_of(record: &Blob) -> Option<Digest> {
    let record: KeyRecord = codec::decode(record, codec::MAX_INPUT).ok()?;
    Some(Digest(KeyId::of_ed25519(&record.key).0))
}

fn invent_field(bundle: &mut Bundle, dice: &mut Dice) -> Option<()> {
    let field = ledger::field::Field {
        salt: dice.bytes().first_chunk::<16>().copied()?,
        name: ledger::Text::new("origin").ok()?,
        value: ledger::Text::new("nowhere").ok()?,
    };
    let event = u64::try_from(dice.below(bundle.events.len())).ok()?.wrapping_add(1);
    bundle.disclosures.fields = List(vec![OpenedField {
        event,
        index: 0,
        count: 1,
        field: Blob(codec::encode(&field)),
        path: Blob(codec::encode(&Vec::<Hash>::new())),
    }]);
    Some(())
}

/// Works on the text: what it makes no writer of bundles would write.
fn shape(json: &[u8], dice: &mut Dice) -> Vec<u8> {
    let text = String::from_utf8_lossy(json).into_owned();
    let inside = |extra: &str| text.replacen('{', &format!("{{{extra}"), 1).into_bytes();
    match dice.below(7) {
        0 => text.replacen("hufu.bundle/1", "hufu.bundle/2", 1).into_bytes(),
        1 => inside("\"extra\":null,"),
        2 => inside("\"schema\":\"hufu.bundle/1\","),
        3 => text.replacen("\"orgs\":", "\"firms\":", 1).into_bytes(),
        4 => {
            let end = json.len().saturating_sub(dice.below(json.len() / 2).saturating_add(1));
            json.get(..end).unwrap_or_default().to_vec()
        }
        5 => [json, b"]"].concat(),
        _ => [b"[", json, b"]"].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dice_are_split_mix_64() {
        // What its reference implementation gives for the seed 0.
        let first: [u64; 4] =
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec];
        let mut dice = Dice(0);
        assert_eq!([dice.next(), dice.next(), dice.next(), dice.next()], first);
        let mut dice = Dice(0);
        assert_eq!([dice.below(10), dice.below(10), dice.below(10), dice.below(10)], [5, 0, 9, 4]);
        assert_eq!((below(7, 3), below(7, 0)), (1, 0));
        let bytes: Vec<u8> = first.iter().flat_map(|number| number.to_le_bytes()).collect();
        assert_eq!(Dice(0).bytes().as_slice(), bytes.as_slice());
        let Signature(signature) = random_signature(&mut Dice(0));
        assert_eq!(&signature[..32], bytes.as_slice());
        assert_ne!(&signature[..32], &signature[32..]);
    }

    #[test]
    fn any_bit_may_be_flipped() {
        for start in [0, u8::MAX] {
            let (mut bits, mut of_digest) = (0, 0);
            for seed in 0..200 {
                let mut blob = Blob(vec![start]);
                assert_eq!(Dice(seed).flip(&mut blob), Some(()));
                let mut digest = Digest(Hash([start; 32]));
                assert_eq!(Dice(seed).flip_digest(&mut digest), Some(()));
                let changed: Vec<u8> = digest.0.0.iter().map(|byte| byte ^ start).filter(|byte| *byte != 0).collect();
                assert_eq!((changed.len(), changed[0].count_ones(), (blob.0[0] ^ start).count_ones()), (1, 1, 1));
                (bits, of_digest) = (bits | (blob.0[0] ^ start), of_digest | changed[0]);
            }
            assert_eq!((bits, of_digest), (u8::MAX, u8::MAX));
        }
        assert_eq!(Dice(0).flip(&mut Blob(Vec::new())), None);
    }
}
