//! The audit trail: acts on organisations, keys, nodes, registries, packs and seats, numbered.

use crate::{execute::Act, overlay::Overlay};
use ledger::{OrgId, StateKey, StateRead, Text, judge::Signer, record::AuditRecord, state::ReadError};

/// Appends a line. `what` is cut to what fits.
pub(crate) fn record<S: StateRead>(
    overlay: &mut Overlay<'_, S>,
    act: Act<'_>,
    signers: &[Signer<'_>],
    what: &str,
) -> Result<(), ReadError> {
    let before: u64 = overlay.record(&StateKey::Audits)?.unwrap_or(0);
    let n = before.saturating_add(1);
    let mut by: Vec<OrgId> = signers.iter().map(|signer| signer.slot.org).collect();
    by.sort();
    by.dedup();
    let what: String = what.chars().filter(|c| !c.is_control()).take(40).collect();
    let line = AuditRecord {
        at: overlay.at,
        tx: act.id,
        act: act.tx.body.operation.act(),
        by,
        what: Text::new(what).unwrap_or_default(),
    };
    overlay.put(StateKey::Audit(n), &line);
    overlay.put(StateKey::Audits, &n);
    Ok(())
}
