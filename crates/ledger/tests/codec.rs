//! The codec: one value, one form. What does not encode again to the same bytes does not decode.

use crate::samples::*;
use gs1::{Quantity, Unit};
use ledger::{
    Act, CustodyPoint, Hash, Operation, SignedTx, Text, Timestamp,
    codec::{self, CodecError},
    event::Event,
    operation::{Entry, EntryBody},
    record::Roles,
};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

/// Made once for what is repeated many times.
static EVERYTHING: LazyLock<Vec<Coded>> = LazyLock::new(everything);

#[test]
fn everything_decodes_to_itself() {
    for sample in everything() {
        assert_eq!((sample.again)(&sample.bytes), Ok(sample.bytes), "{}", sample.name);
    }
}

#[test]
fn everything_is_refused_when_cut_at_any_byte() {
    for sample in everything() {
        // Long ones are cut everywhere near their ends and here and there between.
        let step = (sample.bytes.len() / 400).max(1);
        for length in (0..sample.bytes.len()).step_by(step) {
            let cut = &sample.bytes[..length];
            assert!((sample.again)(cut).is_err(), "{} cut at {length}", sample.name);
        }
    }
}

#[test]
fn everything_is_refused_with_a_byte_more() {
    for sample in everything() {
        for more in [&[0][..], &[0, 0], &[255; 9]] {
            let mut longer = sample.bytes.clone();
            longer.extend(more);
            let extra = more.len();
            assert_eq!((sample.again)(&longer), Err(CodecError::Trailing { extra }), "{}", sample.name);
        }
    }
}

/// A change of a few bytes: flips, prefixes of long integers, cuts, repeats.
fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>) {
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at] = [0, 1, 2, 250, 251, 252, 253, 254, 255][dice.below(9)],
            2 => bytes.truncate(at.max(1)),
            3 => bytes.insert(at, dice.next() as u8),
            4 => {
                // The same small number in a longer form.
                let small = bytes[at];
                bytes.splice(at..=at, [251, small, 0]);
            }
            _ => {
                let end = (at + 1 + dice.below(8)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
}

#[test]
fn whatever_decodes_encodes_to_the_same_bytes() {
    let mut dice = Dice(1);
    let (mut taken, mut refused) = (0u32, 0u32);
    for sample in everything() {
        let rounds = if sample.bytes.len() > 2_000 { 100 } else { 600 };
        for _ in 0..rounds {
            let mut bytes = sample.bytes.clone();
            mutate(&mut dice, &mut bytes);
            match (sample.again)(&bytes) {
                Ok(again) => {
                    assert_eq!(again, bytes, "{}", sample.name);
                    taken += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(taken > 1_000 && refused > 1_000, "{taken} taken, {refused} refused");
}

#[test]
fn small_numbers_in_long_forms_are_refused_wherever_they_stand() {
    // Every integer below 251 of a handover, stretched to three bytes: none decodes to the handover.
    let bytes = handover().to_bytes();
    for at in 0..bytes.len() {
        let mut stretched = bytes.clone();
        stretched.splice(at..=at, [251, bytes[at], 0]);
        if let Ok(tx) = codec::decode::<SignedTx>(&stretched, codec::MAX_INPUT) {
            assert_eq!(tx.to_bytes(), stretched);
        }
    }
    let point = CustodyPoint { seq: 5, trail: hash(1) };
    let bytes = codec::encode(&point);
    assert_eq!(bytes[0], 5);
    for long in [&[251, 5, 0][..], &[252, 5, 0, 0, 0], &[253, 5, 0, 0, 0, 0, 0, 0, 0]] {
        let mut stretched = long.to_vec();
        stretched.extend(&bytes[1..]);
        assert_eq!(codec::decode::<CustodyPoint>(&stretched, 100), Err(CodecError::NotCanonical));
    }
}

/// The samples of an enum are all of its variants: their numbers are 0 to the last, and the next one does not decode.
#[test]
fn every_variant_has_a_sample_and_no_other_decodes() {
    for Variants { name, samples } in variants() {
        let numbers: BTreeSet<u8> = samples.iter().map(|sample| sample.bytes[0]).collect();
        let next = numbers.len() as u8;
        let all: BTreeSet<u8> = (0..next).collect();
        assert_eq!(numbers, all, "{name}");
        let mut beyond = vec![next];
        beyond.resize(300, 0);
        let error = (samples[0].again)(&beyond).unwrap_err().to_string();
        let is_no_variant = error.contains("UnexpectedVariant") && error.contains(&format!("found: {next}"));
        assert!(is_no_variant, "{name} {next}: {error}");
    }
}

#[test]
fn variants_that_do_not_exist_are_refused() {
    let malformed = |error| matches!(error, Err(CodecError::Malformed { .. }));
    let first = Act::ALL.len() as u8;
    for number in first..=255 {
        let found = codec::decode::<Operation>(&[number; 9], 100);
        assert!(found.is_err(), "operation {number}");
    }
    // A set of roles: 12 bits, of which each stands for one.
    let roles = codec::encode(&0x0fff_u16);
    assert_eq!(codec::decode::<Roles>(&roles, 10), Ok(Roles::of(&ledger::Role::ALL)));
    for bit in 12..16 {
        assert!(malformed(codec::decode::<Roles>(&codec::encode(&(1u16 << bit)), 10).map(drop)), "{bit}");
    }
    assert!(malformed(codec::decode::<Option<u8>>(&[2, 0], 10).map(drop)));
    assert!(malformed(codec::decode::<bool>(&[2], 10).map(drop)));
    assert!(malformed(codec::decode::<Text<4>>(&[5, 97, 97, 97, 97, 97], 10).map(drop)));
}

#[test]
fn deeply_nested_bytes_end_at_once() {
    // 100,000 beginnings of a list within a list decode to nothing: no type here nests in itself.
    let nested = vec![1u8; 100_000];
    for sample in everything() {
        assert!((sample.again)(&nested).is_err(), "{}", sample.name);
    }
}

#[test]
fn the_callers_limit_is_kept() {
    let bytes = codec::encode(&vec![7u8; 10]);
    assert_eq!(bytes.len(), 11);
    assert!(codec::decode::<Vec<u8>>(&bytes, 11).is_ok());
    let (length, limit) = (11, 10);
    assert_eq!(codec::decode::<Vec<u8>>(&bytes, 10), Err(CodecError::TooLong { length, limit }));
}

prop_compose! {
    fn some_quantity()(amount in 0..=gs1::MAX_AMOUNT, unit in 0..200usize) -> Quantity {
        let units: Vec<Unit> = Unit::all().collect();
        Quantity::new(amount, units[unit % units.len()]).unwrap()
    }
}
prop_compose! {
    fn some_hash()(bytes in any::<[u8; 32]>()) -> Hash { Hash(bytes) }
}
prop_compose! {
    fn some_tx()(which in 0..Act::ALL.len(), nonce in any::<[u8; 16]>(), expires in any::<u64>(),
        network in some_hash(), at in any::<u64>(), trail in some_hash(), quantity in some_quantity(),
        private in proptest::option::of(some_hash()))
        -> SignedTx {
        let (mut tx, _) = transactions().remove(which);
        tx.body.nonce = nonce;
        tx.body.expires = Timestamp(expires);
        tx.body.network.0 = network;
        let point = CustodyPoint { seq: at, trail };
        match &mut tx.body.operation {
            Operation::Use { at, quantity: q, private: p, .. }
            | Operation::Dispose { at, quantity: q, private: p, .. }
            | Operation::Waste { at, quantity: q, private: p, .. }
            | Operation::Lose { at, quantity: q, private: p, .. } => {
                (*at, *q, *p) = (point, quantity, private);
            }
            Operation::Derive { inputs, .. } => (inputs[0].at, inputs[1].quantity) = (point, quantity),
            Operation::AdvanceClock { ms } => *ms = at,
            Operation::Offer { terms } | Operation::Handover { terms } => (terms.at, terms.private) = (point, private),
            Operation::LiftHold { placed, .. } => *placed = at,
            _ => {}
        }
        tx
    }
}

proptest! {
    #[test]
    fn transactions_decode_to_what_was_encoded(tx in some_tx()) {
        let bytes = tx.to_bytes();
        prop_assert_eq!(&codec::decode::<SignedTx>(&bytes, codec::MAX_INPUT).unwrap(), &tx);
        prop_assert_eq!(SignedTx::from_bytes(&bytes).unwrap(), tx);
    }

    #[test]
    fn events_and_entries_decode_to_what_was_encoded(which in 0..events().len(), n in any::<u64>(),
        salt in any::<[u8; 16]>(), item in some_hash()) {
        let mut event = events().remove(which);
        event.n = n;
        prop_assert_eq!(codec::decode::<Event>(&codec::encode(&event), codec::MAX_INPUT), Ok(event));
        let entry = Entry { salt, body: EntryBody::Item(ledger::ItemId(item)) };
        prop_assert_eq!(codec::decode::<Entry>(&codec::encode(&entry), codec::MAX_INPUT), Ok(entry));
    }

    #[test]
    fn texts_keep_to_their_bound(text in "\\PC{0,40}") {
        let taken = Text::<64>::new(text.clone());
        prop_assert_eq!(taken.is_ok(), text.len() <= 64);
        if let Ok(taken) = taken {
            let read: Text<64> = codec::decode(&codec::encode(&taken), 100).unwrap();
            prop_assert_eq!(read.as_str(), text);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for sample in EVERYTHING.iter() {
            if let Ok(again) = (sample.again)(&bytes) {
                prop_assert_eq!(again, bytes.clone());
            }
        }
    }
}
