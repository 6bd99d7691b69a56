//! The door: what lies behind a path at the least.

use api::paths;
use custody::visibility::Resource;

/// What lies behind a path, given as its template, at the least: whoever may not see this is asked for a token before
/// anything else happens. A path that is not named here is closed to strangers.
pub(super) fn gate(template: &str) -> Resource<'static> {
    match template {
        paths::TX
        | paths::TX_BATCH
        | paths::NETWORK
        | paths::LOGIN_CHALLENGE
        | paths::LOGIN
        | paths::STATUS
        | paths::LIVEZ
        | paths::READYZ
        | paths::METRICS
        | paths::VERSION
        | paths::OPENAPI
        | paths::DOCS => Resource::Node,
        _ => Resource::Frame,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use custody::visibility::{Reader, visible};

    #[test]
    fn a_path_is_closed_to_strangers_unless_it_is_named() {
        for open in [paths::TX, paths::NETWORK, paths::LOGIN, paths::READYZ, paths::METRICS] {
            assert!(visible(&Reader::Stranger, &gate(open)), "{open}");
        }
        for closed in [paths::TX_ONE, paths::ITEM, paths::STREAM, paths::WHOAMI, paths::GENESIS, "/v1/next"] {
            assert!(!visible(&Reader::Stranger, &gate(closed)), "{closed}");
        }
    }
}
