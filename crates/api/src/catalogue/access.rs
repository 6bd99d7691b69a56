//! The access network, nodes of members and partners, and joining.

use super::Row;

pub(super) const ROWS: &[Row] = &[];
