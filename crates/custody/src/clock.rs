//! The clock of a test network: years pass by an act, so that a scenario need not wait for them.

use crate::{Judged, overlay::Overlay};
use ledger::{Rejection, StateKey, StateRead, bounds::MAX_ADVANCE_MS};

/// Advances the clock. Only a test network has one to advance.
pub(crate) fn advance<S: StateRead>(overlay: &mut Overlay<'_, S>, ms: u64) -> Judged<()> {
    let Some(ahead) = overlay.record::<u64>(&StateKey::TestClock)? else {
        return Ok(Err(Rejection::NotTestNetwork));
    };
    let step = ms.min(MAX_ADVANCE_MS);
    overlay.put(StateKey::TestClock, &ahead.saturating_add(step));
    Ok(Ok(()))
}
