//! The access network, nodes of members and partners, and joining.

use super::{Row, row};

#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const ROWS: &[Row] = &[
    row("H7120", 500, 1,
        ["members cannot reach this node", "The address of the access network cannot be listened on: another process uses it, or it is not of this machine.", "Choose another address under [access] listen.", "{detail}"],
        ["成员无法连接此节点", "接入网络的地址无法监听：被其他进程占用，或不属于本机。", "请在 [access] listen 下换一个地址。", "{detail}"]),
    row("H7121", 403, 4,
        ["an agency does not let this node in", "Its ledger names no such node, or the node's record or its organisation's membership has ended.", "An administrator of the organisation registers it: hufu node register node.claim.json.", "{detail}"],
        ["机关不接受此节点", "其账本中没有此节点，或节点记录、机构成员资格已终止。", "请由本机构管理员登记：hufu node register node.claim.json。", "{detail}"]),
    row("H7122", 503, 7,
        ["no agency is reachable", "None of the agencies' nodes that this node knows is connected.", "What was sent waits in the outbox. hufud doctor says what stands in the way.", ""],
        ["无法连接任何机关", "本节点所知的机关节点均未连接。", "已提交的内容保留在发件箱。hufud doctor 会说明障碍所在。", ""]),
    row("H7123", 429, 7,
        ["your organisation asks too much", "An agency's node serves each organisation a quota of requests, bytes and transactions.", "Wait as long as it says; a member's node does so by itself.", "{detail}"],
        ["贵机构请求过多", "机关节点对每个机构的请求、字节和交易都有配额。", "请按所示时间等待；成员节点会自行等待。", "{detail}"]),
    row("H7124", 413, 1,
        ["the answer is too large for the access network", "An answer has at most 4 MiB.", "Ask for less, or ask an agency over HTTP.", "{detail}"],
        ["应答超出接入网络的限度", "每个应答最多 4 MiB。", "请缩小请求，或通过 HTTP 向机关索取。", "{detail}"]),
    row("H7125", 410, 1,
        ["the height is gone", "Proofs lead to one of the last 4,096 heads of a node.", "Ask for its head, and again with that height.", "height {height}"],
        ["该高度已不可用", "证明只能归结到节点最近 4,096 个区块头之一。", "请先取其区块头，再以该高度重新请求。", "高度 {height}"]),
    row("H7126", 507, 7,
        ["the outbox is full", "It holds at most 10,000 transactions and 256 MiB that no block has taken yet.", "Connect the node to an agency: hufud doctor. Send again when some are committed.", ""],
        ["发件箱已满", "它最多容纳一万笔尚未入块的交易、256 MiB。", "请使节点连接到机关：hufud doctor。待部分入账后再发。", ""]),
    row("H7127", 503, 7,
        ["every agency is behind what this node has seen", "All of them show a lower height than one that was proven: they were restored from old copies, or withhold.", "Do not rely on what they show; ask the agencies.", "{detail}"],
        ["所有机关都落后于本节点所见", "它们显示的高度都低于已证明的高度：可能由旧副本恢复，或有所隐瞒。", "不要依赖其所示内容；请询问各机关。", "{detail}"]),
    row("H7128", 502, 1,
        ["an agency's node is not understood", "What it answers is no message of this protocol, or not to what was asked.", "Check the versions: hufud doctor. Another node is asked meanwhile.", "{detail}"],
        ["无法理解机关节点的应答", "其应答不是本协议的消息，或答非所问。", "请检查版本：hufud doctor。其间会改问其他节点。", "{detail}"]),
    row("H7129", 503, 7,
        ["the agency's node is busy", "It makes a bounded number of answers at a time.", "Ask again in a moment, or another node.", "{detail}"],
        ["机关节点繁忙", "它同时处理的应答数量有限。", "请稍后重试，或改问其他节点。", "{detail}"]),
];
