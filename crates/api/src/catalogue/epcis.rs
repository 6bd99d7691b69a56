//! H15 EPCIS documents, H16 labels, certificates, the gateway and queries.

use super::{Row, row};

/// H1500 to H1529: documents as they are read.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const DOCUMENTS: &[Row] = &[
];

/// H1530 to H1559: rules that an event keeps.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const EVENTS: &[Row] = &[
];

/// H1560 to H1579: what an event asks of the ledger.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const ASKED: &[Row] = &[
];

/// H1600 to H1629: labels and certificates.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const PAPER: &[Row] = &[
];

/// H1640 to H1669: the gateway.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const GATEWAY: &[Row] = &[
];

/// H1680 to H1699: queries.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const QUERIES: &[Row] = &[
];
