//! Keys: whose they are, for what, and whether they have ended.

use super::{Moment, Signer};
use crate::{
    bounds::MAX_CUSTODY_EXPIRY_MS,
    crypto::PublicKey,
    record::{KeyEndReason, Stamp},
    rejection::Rejection,
    time::Timestamp,
};

/// Checks every signer's key: whose it is, for what, and whether it has ended.
pub fn check_keys(signers: &[Signer<'_>], expires: Timestamp, at: Stamp, moment: Moment) -> Result<(), Rejection> {
    for Signer { slot, key, org: _ } in signers {
        if key.org != slot.org {
            return Err(Rejection::KeyForeign { key: slot.key, org: slot.org });
        }
        if key.from.height > at.height {
            return Err(Rejection::KeyUnknown { key: slot.key });
        }
        if let Some(end) = &key.end {
            let ended = match moment {
                Moment::Executing => true,
                Moment::Replaying => at.height > end.at.height,
            };
            match end.reason {
                KeyEndReason::Compromised if ended => return Err(Rejection::KeyCompromised { key: slot.key }),
                KeyEndReason::Retired if ended && expires > end.at.time.plus_ms(MAX_CUSTODY_EXPIRY_MS) => {
                    return Err(Rejection::KeyRetired { key: slot.key });
                }
                KeyEndReason::Banned if ended => return Err(Rejection::KeyBanned { key: slot.key }),
                KeyEndReason::Compromised | KeyEndReason::Retired | KeyEndReason::Banned => {}
            }
        }
        if let Some(until) = key.waits.filter(|until| at.time < *until) {
            return Err(Rejection::KeyWaiting { key: slot.key, until });
        }
        if !key.roles.has(slot.role) {
            return Err(Rejection::RoleNotHeld { key: slot.key, role: slot.role });
        }
    }
    Ok(())
}

/// Whether a key can be registered at all.
pub fn usable_key(key: &[u8; 32]) -> Result<PublicKey, Rejection> {
    PublicKey::from_bytes(*key).map_err(|_| Rejection::KeyUnusable)
}
