//! Snapshots, pruning, archives and slices.

use super::{Row, row};

#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const ROWS: &[Row] = &[
    row("H8119", 409, 1,
        ["this store holds a slice of the ledger", "A member's node keeps what concerns its organisation; only a whole ledger can prove its state, execute blocks or show its genesis.", "Ask an agency's node: it holds the whole ledger.", ""],
        ["此处只存有账本的一部分", "成员节点仅保存与本机构有关的内容；只有完整账本才能证明状态、执行区块或出示创世文件。", "请询问机关节点：它保存完整账本。", ""]),
    row("H8120", 500, 1,
        ["it does not continue the slice", "Links of the feed do not follow those that are here, or do not lead to the record of the feed.", "Ask for the feed again from the last link that is here, at another agency's node.", ""],
        ["与已有部分不相承", "名录各环不承接此处已有的各环，或推不出名录的记录。", "请向另一机关的节点，从此处最后一环起重新索取名录。", ""]),
    row("H8121", 410, 3,
        ["it is not kept here any more", "It lies below the lowest height that this node keeps, and no archive that has it is attached.", "Ask a node that keeps all heights, or attach the archive that has them.", "the node keeps what begins at height {floor}"],
        ["此处不再保存", "它低于本节点所保存的最低高度，且未附加含有它的归档。", "请询问保存全部高度的节点，或附加含有它的归档。", "本节点保存自高度 {floor} 起的内容"]),
    row("H8122", 400, 1,
        ["the manifest of a snapshot is damaged", "It was cut or changed, is of another network, or is none.", "Copy the folder again, whole; if it stays so, ask another agency for a snapshot.", ""],
        ["快照的清单已损坏", "它被截断或改动、属于其他网络或不是清单。", "请重新完整复制该文件夹；若仍如此，请向另一机关索取快照。", ""]),
    row("H8123", 400, 1,
        ["a chunk of a snapshot is damaged", "It is missing, was cut or changed, or is of another snapshot.", "Copy the folder again, whole; if it stays so, ask another agency for a snapshot.", ""],
        ["快照的分块已损坏", "它缺失、被截断或改动，或属于另一快照。", "请重新完整复制该文件夹；若仍如此，请向另一机关索取快照。", ""]),
    row("H8124", 400, 10,
        ["a snapshot is no certified state", "What is in it does not lead to the header that was certified.", "Do not use it; ask another agency for a snapshot.", ""],
        ["快照不是经认证的状态", "其内容不能归结到经认证的区块头。", "请勿使用；请向另一机关索取快照。", ""]),
    row("H8125", 400, 10,
        ["the header of a snapshot is not certified", "Too few agencies signed it, or none whom the trust root of this home leads to.", "Do not use it; compare fingerprints of trust.json, and ask another agency.", ""],
        ["快照的区块头未经认证", "签名的机关过少，或不是本节点的信任根所及的机关。", "请勿使用；请核对 trust.json 的指纹，并询问另一机关。", ""]),
    row("H8126", 500, 1,
        ["the archive does not fit", "It is of another network, lacks heights, or is damaged.", "Name the archive of this node in its configuration, or restore it from a copy.", ""],
        ["归档不符", "它属于其他网络、缺少高度或已损坏。", "请在配置中指明本节点的归档，或从副本恢复。", ""]),
    row("H8127", 409, 1,
        ["a snapshot is there already", "A snapshot is never written over.", "Name another folder.", ""],
        ["快照已存在", "快照从不被覆盖。", "请指定另一文件夹。", ""]),
    row("H8128", 409, 1,
        ["the slice is another organisation's", "The store in this home was made for another organisation, or holds a whole ledger.", "Start the node with the home of its own organisation, or give it an empty one.", ""],
        ["所存部分属于其他机构", "此目录中的存储是为其他机构建立的，或为完整账本。", "请以本机构的目录启动节点，或使用空目录。", ""]),
];
