//! Who signs which height: the seats now, those that follow, and those of before.

use crate::{
    record::{SeatChangeRecord, ValidatorsRecord},
    state::{ReadError, StateKey, StateRead},
    vote::ValidatorSet,
};

/// A change of the seats by its number, from 1; none beyond the last.
pub fn change<S: StateRead>(state: &S, n: u32) -> Result<Option<SeatChangeRecord>, ReadError> {
    state.record(&StateKey::SeatChange(n))
}

/// The agencies that sign a height, as far as the state knows: those of then, of now, or of a change that is scheduled.
///
/// None for genesis, which nobody signs, and for a state without seats. It reads as many records as the number of changes
/// has bits.
pub fn set_at<S: StateRead>(state: &S, height: u64) -> Result<Option<ValidatorSet>, ReadError> {
    if height == 0 {
        return Ok(None);
    }
    let Some(seats) = state.record::<ValidatorsRecord>(&StateKey::Validators)? else { return Ok(None) };
    let ValidatorsRecord { set, from, previous: _, next, changes } = seats;
    if height >= from {
        let later = next.filter(|(_, from)| height >= *from).map(|(set, _)| set);
        return Ok(Some(later.unwrap_or(set)));
    }
    // The first change whose old set signed this height or a later one: heights ascend with the numbers.
    let (mut first, mut last) = (1u32, changes);
    let mut found = None;
    while first <= last {
        let middle = first.midpoint(last);
        let Some(SeatChangeRecord { height: until, signed }) = change(state, middle)? else { return Ok(None) };
        match height <= until {
            true => {
                found = Some(signed);
                last = middle.saturating_sub(1);
            }
            false => first = middle.saturating_add(1),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::PublicKey,
        hash::Hash,
        id::OrgId,
        state::{MemoryState, WriteSet},
        vote::Validator,
    };

    fn set(n: u8) -> ValidatorSet {
        let bytes = ed25519_dalek::SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes();
        let key = PublicKey::from_bytes(bytes).unwrap();
        ValidatorSet::new(vec![Validator { key, org: OrgId(Hash([n; 32])), peer: [n; 32] }]).unwrap()
    }

    /// The sets 1, 2, … signed until these heights, the next one signs from then on.
    fn state(until: &[u64], next: Option<u64>) -> MemoryState {
        let number = |n: usize| u8::try_from(n).unwrap();
        let mut writes = WriteSet::default();
        for (n, height) in (1u32..).zip(until) {
            let signed = set(u8::try_from(n).unwrap());
            writes.put(StateKey::SeatChange(n), &SeatChangeRecord { height: *height, signed });
        }
        let record = ValidatorsRecord {
            set: set(number(until.len() + 1)),
            from: until.last().map_or(1, |height| height + 1),
            previous: (!until.is_empty()).then(|| set(number(until.len()))),
            next: next.map(|from| (set(number(until.len() + 2)), from)),
            changes: u32::try_from(until.len()).unwrap(),
        };
        writes.put(StateKey::Validators, &record);
        let mut state = MemoryState::default();
        state.apply(&writes);
        state
    }

    #[test]
    fn the_seats_of_every_height_are_found() {
        let rows: [(&[u64], Option<u64>); 6] = [
            (&[], None),
            (&[], Some(9)),
            (&[4], None),
            (&[4, 5], Some(20)),
            (&[4, 5, 11], None),
            (&[1, 3, 6, 10, 15, 21, 28, 36], Some(50)),
        ];
        for (until, next) in rows {
            let state = state(until, next);
            for height in 1..60 {
                let past = until.iter().filter(|last| height > **last).count();
                let to_come = usize::from(next.is_some_and(|from| height >= from));
                let expected = set(u8::try_from(past + to_come + 1).unwrap());
                assert_eq!(set_at(&state, height).unwrap(), Some(expected), "{until:?} {next:?} {height}");
            }
            assert_eq!(set_at(&state, 0).unwrap(), None);
        }
        assert_eq!(set_at(&MemoryState::default(), 1).unwrap(), None);
    }
}
