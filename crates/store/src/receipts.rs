//! The receipts of a block as one value: `count (4) || end of each (4 each) || canonical receipts`, integers big endian,
//! ends counted from behind the ends.
//!
//! One value a block, because a key for each receipt was an eighth of all puts of a commit; with the ends before them,
//! because "what became of my transaction" shall decode one receipt and not two thousand.

use crate::StoreError;
use ledger::{
    Receipt,
    codec::{self, CodecError},
};

const WORD: usize = 4;
/// Bytes of the longest receipt that is read.
const MAX_RECEIPT_BYTES: usize = 256 * 1024;

/// Errors: [`StoreError::Record`] when they are more or longer than 32 bits count.
pub(crate) fn pack(receipts: &[Receipt]) -> Result<Vec<u8>, StoreError> {
    let (mut ends, mut bodies) = (Vec::with_capacity(WORD * receipts.len()), Vec::new());
    for receipt in receipts {
        bodies.extend(codec::encode(receipt));
        ends.extend(word(bodies.len())?);
    }
    let mut bytes = word(receipts.len())?.to_vec();
    bytes.append(&mut ends);
    bytes.append(&mut bodies);
    Ok(bytes)
}

fn word(number: usize) -> Result<[u8; WORD], StoreError> {
    let refuse = |_| StoreError::Record { key: "receipts".into(), detail: format!("{number} is over 32 bits") };
    u32::try_from(number).map(u32::to_be_bytes).map_err(refuse)
}

/// What is wrong with a value that no commit wrote.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Damage {
    #[error("the receipts are cut short")]
    Short,
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// The receipt at a position; none behind the last.
pub(crate) fn one(bytes: &[u8], index: u32) -> Result<Option<Receipt>, Damage> {
    let packed = Packed::of(bytes)?;
    let index = usize::try_from(index).map_err(|_| Damage::Short)?;
    (index < packed.count).then(|| packed.receipt(index)).transpose()
}

/// All of them, by position.
pub(crate) fn all(bytes: &[u8]) -> Result<Vec<Receipt>, Damage> {
    let packed = Packed::of(bytes)?;
    let whole = if packed.count == 0 { 0 } else { packed.end(packed.count - 1)? };
    match whole == packed.bodies.len() {
        true => (0..packed.count).map(|index| packed.receipt(index)).collect(),
        false => Err(Damage::Short),
    }
}

struct Packed<'a> {
    count: usize,
    ends: &'a [u8],
    bodies: &'a [u8],
}

impl<'a> Packed<'a> {
    fn of(bytes: &'a [u8]) -> Result<Packed<'a>, Damage> {
        let (count, rest) = bytes.split_first_chunk::<WORD>().ok_or(Damage::Short)?;
        let count = usize::try_from(u32::from_be_bytes(*count)).map_err(|_| Damage::Short)?;
        let length = count.checked_mul(WORD).ok_or(Damage::Short)?;
        let (ends, bodies) = rest.split_at_checked(length).ok_or(Damage::Short)?;
        Ok(Packed { count, ends, bodies })
    }

    fn end(&self, index: usize) -> Result<usize, Damage> {
        let (ends, _) = self.ends.as_chunks::<WORD>();
        let end = ends.get(index).map(|end| u32::from_be_bytes(*end)).ok_or(Damage::Short)?;
        usize::try_from(end).map_err(|_| Damage::Short)
    }

    fn receipt(&self, index: usize) -> Result<Receipt, Damage> {
        let start = if index == 0 { 0 } else { self.end(index - 1)? };
        let body = self.bodies.get(start..self.end(index)?).ok_or(Damage::Short)?;
        Ok(codec::decode(body, MAX_RECEIPT_BYTES)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Outcome, Rejection, TxId, event::Decision};

    fn receipts(count: u32) -> Vec<Receipt> {
        let receipt = |index: u32| {
            let tx = TxId(ledger::tree::value(&index.to_be_bytes()));
            let outcome = match index % 2 {
                0 => Outcome::Accepted { events: Vec::new() },
                _ => Outcome::Rejected { rejection: Rejection::QuantityZero, decision: Decision::default() },
            };
            Receipt { index, tx, outcome }
        };
        (0..count).map(receipt).collect()
    }

    #[test]
    fn receipts_are_found_by_position_and_all_together() {
        for count in [0, 1, 2, 7] {
            let many = receipts(count);
            let bytes = pack(&many).unwrap();
            assert_eq!(all(&bytes).unwrap(), many);
            for (index, receipt) in (0u32..).zip(&many) {
                assert_eq!(one(&bytes, index).unwrap().as_ref(), Some(receipt));
            }
            assert_eq!(one(&bytes, count).unwrap(), None);
        }
    }

    #[test]
    fn every_cut_and_every_flip_is_told_or_harmless() {
        let many = receipts(5);
        let bytes = pack(&many).unwrap();
        for cut in 0..bytes.len() {
            assert!(all(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert_ne!(all(&flipped).ok().as_ref(), Some(&many), "bit {at}");
        }
        assert!(all(&[&bytes[..], &[0]].concat()).is_err());
    }
}
