//! Places where a test may end the process as if its power had gone.
//!
//! `HUFU_FAILPOINT=name` aborts at the first hit of that name, `name:N` at the N-th. The variable is read once; without
//! it a hit costs one load. Nothing else in this crate looks at the environment.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The variable that arms a fail point.
pub const VARIABLE: &str = "HUFU_FAILPOINT";

/// Every name that [`hit`] is called with.
pub const NAMES: &[&str] = &[
    SIGN_STATE_BEFORE_FSYNC,
    SIGN_STATE_BEFORE_RENAME,
    SIGN_STATE_BEFORE_DIR_FSYNC,
    SIGN_STATE_AFTER_DIR_FSYNC,
    JOURNAL_BEFORE_APPEND,
    JOURNAL_BEFORE_FSYNC,
    JOURNAL_AFTER_FSYNC,
    DRIVER_BEFORE_COMMIT,
    DRIVER_AFTER_COMMIT,
    DRIVER_AFTER_RESET,
    DRIVER_AFTER_FINALIZED,
    DRIVER_AFTER_PROPOSE,
];

/// The new sign-state is written, not synced.
pub const SIGN_STATE_BEFORE_FSYNC: &str = "sign_state.before_fsync";
/// The new sign-state is synced under its temporary name.
pub const SIGN_STATE_BEFORE_RENAME: &str = "sign_state.before_rename";
/// The new sign-state has its name, the folder is not synced.
pub const SIGN_STATE_BEFORE_DIR_FSYNC: &str = "sign_state.before_dir_fsync";
/// The new sign-state is durable, its signature is not released.
pub const SIGN_STATE_AFTER_DIR_FSYNC: &str = "sign_state.after_dir_fsync";
/// A block is about to be journalled.
pub const JOURNAL_BEFORE_APPEND: &str = "journal.before_append";
/// A block is written to the journal, not synced.
pub const JOURNAL_BEFORE_FSYNC: &str = "journal.before_fsync";
/// A block is durable in the journal, the engine does not know.
pub const JOURNAL_AFTER_FSYNC: &str = "journal.after_fsync";
/// A block was built and journalled, its seal is not signed.
pub const DRIVER_AFTER_PROPOSE: &str = "driver.after_propose";
/// A block is decided, the application does not know.
pub const DRIVER_BEFORE_COMMIT: &str = "driver.before_commit";
/// The application committed, the journal still holds the height.
pub const DRIVER_AFTER_COMMIT: &str = "driver.after_commit";
/// The journal is emptied, the engine was not told of the commit.
pub const DRIVER_AFTER_RESET: &str = "driver.after_reset";
/// The application finalized, the next height is not started.
pub const DRIVER_AFTER_FINALIZED: &str = "driver.after_finalized";

struct Armed {
    name: String,
    left: AtomicU64,
}

fn armed() -> Option<&'static Armed> {
    static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
    ARMED.get_or_init(|| parse(&std::env::var(VARIABLE).ok()?)).as_ref()
}

fn parse(setting: &str) -> Option<Armed> {
    let (name, count) = match setting.rsplit_once(':') {
        Some((name, count)) => (name, count.parse::<u64>().ok()?),
        None => (setting, 1),
    };
    Some(Armed { name: name.to_owned(), left: AtomicU64::new(count.max(1)) })
}

/// Ends the process here if the environment says so. For crash tests; other crates may add names of their own.
pub fn hit(name: &str) {
    let Some(armed) = armed() else { return };
    if armed.name == name && armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read() {
        let check = |setting: &str, expect: Option<(&str, u64)>| {
            let found = parse(setting).map(|a| (a.name, a.left.into_inner()));
            assert_eq!(found, expect.map(|(n, c)| (n.to_owned(), c)), "{setting}");
        };
        check("a.b", Some(("a.b", 1)));
        check("a.b:7", Some(("a.b", 7)));
        check("a.b:0", Some(("a.b", 1)));
        check("a.b:x", None);
    }

    #[test]
    fn names_are_distinct() {
        let distinct: std::collections::BTreeSet<_> = NAMES.iter().collect();
        assert_eq!(distinct.len(), NAMES.len());
    }

    #[test]
    fn unarmed_hits_pass() {
        NAMES.iter().for_each(|name| hit(name));
    }
}
