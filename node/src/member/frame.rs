//! What every slice has of the common frame: parameters, the packs in force, the seats and who sits on them, and the records
//! of its own organisation that no list names.

use crate::handle::Clock;
use ledger::{
    ChainParams, Header, OrgId, StateKey, StateRead, ValidatorSet,
    record::{PackInForce, ValidatorsRecord},
    state::ReadError,
};

/// Records of the frame that are asked for again now and then: they change without touching anybody's feed.
pub(crate) fn renewed(org: OrgId, is_test: bool) -> Vec<StateKey> {
    let mut keys =
        vec![StateKey::Params, StateKey::PackInForce, StateKey::Validators, StateKey::Org(org), StateKey::SealKey(org)];
    keys.extend(is_test.then_some(StateKey::TestClock));
    keys
}

/// Whether a head says that they have changed since: other seats, or a clock that was advanced.
pub(crate) fn has_changed(state: &impl StateRead, head: &Header, clock: &Clock) -> Result<bool, ReadError> {
    let Some(ValidatorsRecord { set, next, .. }) = state.record(&StateKey::Validators)? else { return Ok(true) };
    let known = [Some(set.hash()), next.map(|(set, _)| set.hash())];
    Ok(!known.contains(&Some(head.next_validators)) || head.time > clock.now().plus_ms(5_000))
}

/// Records of the frame that the others name and that are not here yet.
pub(crate) fn missing(state: &impl StateRead) -> Result<Vec<StateKey>, ReadError> {
    let mut keys = Vec::new();
    if let Some(PackInForce { pack, next, .. }) = state.record(&StateKey::PackInForce)? {
        keys.push(StateKey::Pack(pack));
        keys.extend(next.map(|(pack, _)| StateKey::Pack(pack)));
    }
    if let Some(ValidatorsRecord { set, next, changes, .. }) = state.record(&StateKey::Validators)? {
        keys.extend((1..=changes).map(StateKey::SeatChange));
        let sets = [Some(set), next.map(|(set, _)| set)];
        let seats = sets.iter().flatten().flat_map(ValidatorSet::validators);
        keys.extend(seats.map(|seat| StateKey::Org(seat.org)));
    }
    keys.sort();
    keys.dedup();
    let mut missing = Vec::new();
    for key in keys {
        if state.read(&key)?.is_none() {
            missing.push(key);
        }
    }
    Ok(missing)
}

/// The parameters of the network, once they are here.
pub(crate) fn params(state: &impl StateRead) -> Result<Option<ChainParams>, ReadError> {
    state.record(&StateKey::Params)
}
