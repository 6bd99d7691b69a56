//! Snapshots, pruning, archives and slices.

use super::{Row, row};

#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const ROWS: &[Row] = &[
    row("H8121", 410, 3,
        ["it is not kept here any more", "It lies below the lowest height that this node keeps, and no archive that has it is attached.", "Ask a node that keeps all heights, or attach the archive that has them.", "the node keeps what begins at height {floor}"],
        ["此处不再保存", "它低于本节点所保存的最低高度，且未附加含有它的归档。", "请询问保存全部高度的节点，或附加含有它的归档。", "本节点保存自高度 {floor} 起的内容"]),
    row("H8126", 500, 1,
        ["the archive does not fit", "It is of another network, lacks heights, or is damaged.", "Name the archive of this node in its configuration, or restore it from a copy.", ""],
        ["归档不符", "它属于其他网络、缺少高度或已损坏。", "请在配置中指明本节点的归档，或从副本恢复。", ""]),
];
