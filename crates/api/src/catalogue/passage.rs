//! Items that pass from one ledger to another, and shares.

use super::Row;

pub(super) const ROWS: &[Row] = &[];
