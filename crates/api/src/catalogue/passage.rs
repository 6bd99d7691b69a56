//! Items that pass from one ledger to another, and shares.

use super::{Row, row};

#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const ROWS: &[Row] = &[
    row("H4123", 422, 4,
        ["an item is shared with another organisation", "Whoever holds an item sees it anyway.", "Name the organisation that is to see it.", ""],
        ["物品须与其他机构共享", "持有方本来就能查看该物品。", "请指定要让其查看的机构。", ""]),
    row("H4124", 403, 4,
        ["the network is not admitted here", "Items depart to networks, and land from networks, that all agencies of this one have admitted.", "Ask the agencies to admit it: a motion with the change admit-network.", "network {network}"],
        ["该网络未获本网准入", "物品只能转往或转自经本网全体机关准入的网络。", "请由各机关提案准入（变更 admit-network）。", "网络 {network}"]),
    row("H4125", 403, 4,
        ["it is not yours to land", "An item lands by the organisation that held it when it departed, or by an agency of this network.", "Let that organisation sign, or an agency.", "organisation {custodian} held it when it departed"],
        ["您无权转入此物品", "物品由离网时的持有方转入，或由本网机关代为转入。", "请由该机构或机关签名。", "离网时的持有方为机构 {custodian}"]),
    row("H5113", 409, 5,
        ["the item is shared with as many as it can be", "An item is shared with 16 organisations at most.", "End a share first: hufu item unshare.", "item {item}"],
        ["物品的共享已达上限", "一件物品最多与 16 个机构共享。", "请先终止一项共享：hufu item unshare。", "物品 {item}"]),
    row("H5114", 404, 5,
        ["the item is not shared with this organisation", "It never was, the share has ended by its date, or the item has changed hands since.", "Nothing need be done: it does not see the item by a share.", "item {item}, organisation {with}"],
        ["物品未与该机构共享", "从未共享、共享已到期，或物品其后已易手。", "无须操作：该机构已不能凭共享查看此物品。", "物品 {item}，机构 {with}"]),
    row("H5115", 422, 5,
        ["the share would last too long, or is over already", "A share ends after now, and within 366 days.", "Name another --until. A share can be made again when it ends.", "it may last until {latest} at the latest"],
        ["共享期限过长或已过", "共享须在当前时间之后、366 天之内结束。", "请另行指定 --until。共享到期后可再次共享。", "最迟至 {latest}"]),
    row("H5116", 409, 5,
        ["the item has departed", "It was closed here for another network; what happens to it happens there.", "hufu item show CODE names the network. Land it there, and act on it there.", "item {item}"],
        ["物品已转往他网", "它已为转往他网而在本网关闭，其后的行为在他网进行。", "hufu item show CODE 可查去往的网络。请在该网转入后再行操作。", "物品 {item}"]),
    row("H5117", 409, 5,
        ["the item cannot depart as it stands", "An item departs released, in transit or stored: not at the border, in use or in quarantine, and with no waste that waits.", "Store it out of quarantine, and dispose of its waste first.", "item {item} is in the state {state}"],
        ["物品目前状态不能转往他网", "物品须为已放行、运输中或已入库：不得在口岸、使用中、隔离中，也不得有待处置的废物。", "请先解除隔离入库，并处置其废物。", "物品 {item} 的状态为 {state}"]),
    row("H5118", 422, 5,
        ["the passage does not prove that the item has departed to here", "A part of it does not hold, is for another network, or its agencies are not those that are known here.", "Export it again: hufu passage export. Where the agencies there have changed often, those here admit the network anew.", "{what}"],
        ["转网证明不能证明物品已转往本网", "证明的某部分不成立、去往其他网络，或其签署机关非本网所知。", "请重新导出：hufu passage export。若对方机关多次变更，请本网机关重新准入。", "{what}"]),
    row("H5119", 409, 5,
        ["the item has landed here before", "An item that departs lands once.", "Nothing need be done: hufu item show ITEM shows what it became.", "it is item {item} here"],
        ["物品此前已转入本网", "转网的物品只转入一次。", "无须操作：hufu item show ITEM 可查转入后的物品。", "其在本网为物品 {item}"]),
];
