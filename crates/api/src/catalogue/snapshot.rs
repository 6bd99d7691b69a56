//! Snapshots, pruning, archives and slices.

use super::Row;

pub(super) const ROWS: &[Row] = &[];
