//! H9: why a bundle, a trust file or a series of readings proves nothing. The codes are those of `proof::CODES` and
//! `proof::TrustError`; H9120, H9150 to H9153 and H9160 are the client's.

use super::{Row, row};

const EXPORT: [&str; 2] =
    ["Export the bundle again: hufu bundle export ITEM.", "请重新导出：hufu bundle export ITEM。"];
const UPDATE: [&str; 2] = ["Use a newer version of the program.", "请使用更新版本的程序。"];
const TAMPERED: [&str; 2] = [
    "Do not rely on the file: it was changed or badly made. Ask the holder or an agency for a fresh one.",
    "不要信赖此文件：它被改动或制作有误。请向持有人或机关索取新的。",
];
const CARD: [&str; 2] = [
    "Read the code again, all of it, with a scanner that types as the computer's keyboard layout expects; else ask for the bundle.",
    "请用与计算机键盘布局一致的扫描枪重新完整读取；否则请索取核验包。",
];
const OTHER_ROOT: [&str; 2] = [
    "Check that bundle and trust file are of the same network; compare the fingerprint with an agency.",
    "请检查核验包与信任文件是否属于同一网络，并与机关核对指纹。",
];
const OTHER_PAST: [&str; 2] = [
    "Ask for the file again, refreshed for your trust file: hufu bundle refresh. If it stays so, one of the two is of another past: compare the trust file's fingerprint with several agencies.",
    "请索取按您的信任文件更新的文件：hufu bundle refresh。若仍如此，二者之一出自另一种历史：请与多家机关核对信任文件指纹。",
];
const CLOCK: [&str; 2] = [
    "Set this computer's clock; if it is right, do not rely on the file.",
    "请校准本机时钟；若时钟无误，不要信赖此文件。",
];
const FEED: [&str; 2] = [
    "Do not rely on the file: it leaves something out or was changed. Ask an agency to export it again: hufu audit export ORG.",
    "不要信赖此文件：它有遗漏或被改动。请机关重新导出：hufu audit export ORG。",
];
const FOLLOW: [&str; 2] = [
    "Ask the node of another agency; if this one stays so, tell whoever runs it.",
    "请改问另一机关的节点；若此节点持续如此，请告知其运营者。",
];
const EVIDENCE: [&str; 2] = [
    "It accuses nobody. Ask whoever gave it for the file that a node wrote: hufu evidence export.",
    "它不能指证任何人。请向提供者索取节点写出的文件：hufu evidence export。",
];
const TRUST_FILE: [&str; 2] = [
    "Get the trust file from an agency again, and compare its fingerprint by telephone.",
    "请向机关重新索取信任文件，并电话核对指纹。",
];

#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const ROWS: &[Row] = &[
    row("H9001", 422, 10, ["the file is too large", "A bundle has at most 32 MiB.", EXPORT[0], ""], ["文件过大", "核验包最多 32 MiB。", EXPORT[1], ""]),
    row("H9002", 422, 10, ["the file is no JSON", "It was cut off, changed, or is another kind of file.", EXPORT[0], ""], ["文件不是 JSON", "它不完整、被改动或是其他类型的文件。", EXPORT[1], ""]),
    row("H9003", 422, 10, ["the JSON has not the shape of a bundle", "A field is unknown, missing, repeated, or has a wrong type.", EXPORT[0], ""], ["JSON 不符合核验包结构", "有字段未知、缺少、重复或类型错误。", EXPORT[1], ""]),
    row("H9004", 422, 10, ["the schema is another one", "The file is of another version, or no bundle.", UPDATE[0], ""], ["版本标识不符", "文件属于其他版本或不是核验包。", UPDATE[1], ""]),
    row("H9005", 422, 10, ["bytes do not decode", "A signed object is not in its canonical bytes.", TAMPERED[0], ""], ["字节无法解码", "签名对象不是规范字节。", TAMPERED[1], ""]),
    row("H9006", 422, 10, ["a list is out of order or repeats itself", "Every list of a bundle has one order.", TAMPERED[0], ""], ["列表次序错误或有重复", "核验包的列表有唯一次序。", TAMPERED[1], ""]),
    row("H9007", 422, 10, ["a record that is needed is missing", "The judgement rests on a record that the bundle does not hold.", TAMPERED[0], ""], ["缺少所需记录", "判断所依据的记录不在包中。", TAMPERED[1], ""]),
    row("H9008", 422, 10, ["a record belongs to nothing in the bundle", "Something was added that nothing refers to.", TAMPERED[0], ""], ["包中有无关记录", "加入了没有任何引用的内容。", TAMPERED[1], ""]),
    row("H9020", 422, 10, ["the protocol version is unknown", "The block was made by newer rules than this verifier knows.", UPDATE[0], ""], ["协议版本未知", "区块按更新的规则生成。", UPDATE[1], ""]),
    row("H9021", 422, 10, ["the certificate is one of another block", "Header and certificate do not belong together.", TAMPERED[0], ""], ["证书属于另一区块", "区块头与证书不匹配。", TAMPERED[1], ""]),
    row("H9022", 422, 10, ["the validator set is not the one that the header names", "The set was exchanged.", TAMPERED[0], ""], ["验证人集合与区块头不符", "集合被替换。", TAMPERED[1], ""]),
    row("H9023", 422, 10, ["the certificate has wrong signers", "A signer is repeated, out of order, or no validator.", TAMPERED[0], ""], ["证书签名人有误", "签名人重复、乱序或不是验证人。", TAMPERED[1], ""]),
    row("H9024", 422, 10, ["a precommit of the certificate does not hold", "A signature of an agency is wrong.", TAMPERED[0], ""], ["证书中的机关签名无效", "有机关的签名错误。", TAMPERED[1], ""]),
    row("H9025", 422, 10, ["the certificate has too few signatures", "Fewer than more than two thirds of the agencies signed.", TAMPERED[0], ""], ["证书签名不足", "签名机关未超过三分之二。", TAMPERED[1], ""]),
    row("H9026", 422, 10, ["the validator set does not follow from the trust root", "The bundle is of another network, or forged.", OTHER_ROOT[0], ""], ["验证人集合与信任根不相承", "核验包属于另一网络或系伪造。", OTHER_ROOT[1], ""]),
    row("H9027", 422, 10, ["the chain of validator sets is broken", "A change of the validators is not certified by those before.", TAMPERED[0], ""], ["验证人集合链断裂", "验证人变更未经前任集合认证。", TAMPERED[1], ""]),
    row("H9028", 422, 10, ["the test flag is not that of the trust root", "One of the two is of a test network.", OTHER_ROOT[0], ""], ["测试标志与信任根不符", "二者之一属于测试网络。", OTHER_ROOT[1], ""]),
    row("H9029", 422, 10, ["the header is from the future", "Its time is ahead of this computer's clock by more than ten minutes.", CLOCK[0], ""], ["区块头时间在未来", "其时间超前本机时钟十分钟以上。", CLOCK[1], ""]),
    row("H9030", 422, 10, ["the header is not in the history of the trust root", "The file gives a path into a history, and it leads elsewhere or nowhere; or another block stands at the height where the trust file starts.", OTHER_PAST[0], ""], ["区块头不在信任根的历史中", "文件给出通往历史的路径，但它通向别处或不成立；或在信任文件起始高度上是另一个区块。", OTHER_PAST[1], ""]),
    row("H9031", 422, 10, ["the signature of a witness does not hold", "A witness's key is not usable, or he signed another header.", TAMPERED[0], ""], ["见证人的签名无效", "见证人的密钥不可用，或所签为另一区块头。", TAMPERED[1], ""]),
    row("H9040", 422, 10, ["the records are not in the certified state", "A record was changed, left out or added, or the proof is of another state.", TAMPERED[0], ""], ["各项记录不在经认证的状态中", "有记录被改动、略去或添加，或证明属于其他状态。", TAMPERED[1], ""]),
    row("H9046", 422, 10, ["a record contradicts itself or another", "Records of the bundle do not fit each other.", TAMPERED[0], ""], ["记录自相矛盾或与其他记录矛盾", "包中的记录互不相符。", TAMPERED[1], ""]),
    row("H9060", 422, 10, ["an event is missing", "The item, or another one that it rests on, has events that the bundle does not hold: something was left out.", TAMPERED[0], ""], ["缺少事件", "该物品或其所依据的其他物品有事件不在包中：有内容被略去。", TAMPERED[1], ""]),
    row("H9061", 422, 10, ["an event is repeated or out of order", "Events stand in the order of their numbers, each once.", TAMPERED[0], ""], ["事件重复或乱序", "事件须按编号排列，各一次。", TAMPERED[1], ""]),
    row("H9062", 422, 10, ["an event is one of another item", "It was taken from another history.", TAMPERED[0], ""], ["事件属于另一物品", "它取自另一物品的历史。", TAMPERED[1], ""]),
    row("H9063", 422, 10, ["an event does not follow from the one before", "The history has been changed.", TAMPERED[0], ""], ["事件与前一事件不相承", "历史被改动。", TAMPERED[1], ""]),
    row("H9064", 422, 10, ["the events do not yield the certified record", "The history has been changed.", TAMPERED[0], ""], ["事件推不出经认证的记录", "历史被改动。", TAMPERED[1], ""]),
    row("H9065", 422, 10, ["time or height of an event is impossible", "Times and heights run forward and end at the header, and only a test network begins with items.", TAMPERED[0], ""], ["事件的时间或高度不可能", "时间和高度只会向前，且不超过区块头；只有测试网络以物品为开端。", TAMPERED[1], ""]),
    row("H9066", 422, 10, ["quantities do not add up", "Registered is not what is on hand, used, made into others, waste, lost and disposed of together.", TAMPERED[0], ""], ["数量不平衡", "登记量不等于现有、使用、转化、废弃、灭失与处置之和。", TAMPERED[1], ""]),
    row("H9067", 422, 10, ["an event has links that no rule explains", "The event was changed.", TAMPERED[0], ""], ["事件含有规则无法解释的关联", "事件被改动。", TAMPERED[1], ""]),
    row("H9068", 422, 10, ["one transaction caused two events of the item", "A signature was used twice.", TAMPERED[0], ""], ["一笔交易引起两个事件", "签名被重复使用。", TAMPERED[1], ""]),
    row("H9069", 422, 10, ["a link does not lead to the event of the other item", "What the two histories say of each other differs.", TAMPERED[0], ""], ["关联未指向另一物品的相应事件", "两段历史的相互记载不一致。", TAMPERED[1], ""]),
    row("H9070", 422, 10, ["what was made is not what went in", "A split or merge made more, less or something else than went into it, or what was made lacks what sticks to its parents.", TAMPERED[0], ""], ["所制成者与所投入者不符", "拆分或合并的产出与投入不一致，或所制成者缺少应随其来源的标记、地点或许可。", TAMPERED[1], ""]),
    row("H9080", 422, 10, ["a transaction is missing or too many", "Every event but those of genesis has its transaction.", TAMPERED[0], ""], ["交易缺少或多余", "除创世事件外，每个事件都有其交易。", TAMPERED[1], ""]),
    row("H9081", 422, 10, ["a transaction is not the one that caused the event", "It was exchanged or changed.", TAMPERED[0], ""], ["交易与引起事件者不符", "交易被替换或改动。", TAMPERED[1], ""]),
    row("H9082", 422, 10, ["a transaction was signed for another network", "Its signatures count elsewhere only.", TAMPERED[0], ""], ["交易为另一网络签名", "其签名只在别处有效。", TAMPERED[1], ""]),
    row("H9083", 422, 10, ["signers or signatures of a transaction are wrong in number", "A signature is missing or too many.", TAMPERED[0], ""], ["交易签名人或签名数量有误", "签名缺少或多余。", TAMPERED[1], ""]),
    row("H9084", 422, 10, ["a transaction had expired or reached too far", "It could not have been executed at that time.", TAMPERED[0], ""], ["交易当时已过期或有效期过长", "它在当时不可能被执行。", TAMPERED[1], ""]),
    row("H9085", 422, 10, ["an entry is not in the list that was signed", "The entry was exchanged or changed, or the act joins more or fewer items than it can.", TAMPERED[0], ""], ["条目不在所签清单中", "条目被替换或改动，或该行为所涉物品的数目不可能。", TAMPERED[1], ""]),
    row("H9086", 422, 10, ["a transaction is about another item", "It was taken from another history.", TAMPERED[0], ""], ["交易关乎另一物品", "它取自另一物品的历史。", TAMPERED[1], ""]),
    row("H9087", 422, 10, ["a signature does not hold", "What the person signed is not what stands here.", TAMPERED[0], ""], ["签名无效", "所签内容与此处不同。", TAMPERED[1], ""]),
    row("H9088", 422, 10, ["a key could not sign this at that time", "It was not registered yet, had ended, or is of another organisation or role.", TAMPERED[0], ""], ["该密钥当时不能签署", "它尚未登记、已终止，或属于其他机构或角色。", TAMPERED[1], ""]),
    row("H9089", 422, 10, ["the signers were not competent for the act", "The rules in force asked for other signers.", TAMPERED[0], ""], ["签名人无此职权", "当时的规则要求其他签名人。", TAMPERED[1], ""]),
    row("H9090", 422, 10, ["the item did not allow the act", "Its state, a hold, or quantities forbade it.", TAMPERED[0], ""], ["物品不允许此行为", "其状态、扣控或数量不允许。", TAMPERED[1], ""]),
    row("H9091", 422, 10, ["the effect is not what was signed", "The event says something else than its transaction.", TAMPERED[0], ""], ["效果与所签内容不符", "事件与其交易所述不同。", TAMPERED[1], ""]),
    row("H9092", 422, 10, ["the decision does not name the rule applied", "Pack, version or article differ.", TAMPERED[0], ""], ["决定未指明所用规则", "规则包、版本或条款不同。", TAMPERED[1], ""]),
    row("H9110", 422, 10, ["a readable field is not what the signed objects say", "The text for people was changed.", TAMPERED[0], ""], ["可读字段与签名对象不符", "供人阅读的文字被改动。", TAMPERED[1], ""]),
    row("H9111", 422, 10, ["an opened field is not what was committed to", "Salt or value was changed.", TAMPERED[0], ""], ["公开字段与其承诺不符", "盐值或内容被改动。", TAMPERED[1], ""]),
    row("H9112", 422, 10, ["an opened name is not what was committed to", "Salt or name was changed.", TAMPERED[0], ""], ["公开姓名与其承诺不符", "盐值或姓名被改动。", TAMPERED[1], ""]),
    row("H9120", 422, 10, ["a reading is not the one that was anchored", "A reading was changed, left out or added after the carrier anchored the series.", "Do not rely on the readings. Ask the carrier for the file that was anchored.", "reading {index} is not the one that was anchored"], ["读数与存证时不符", "承运人存证之后，有读数被改动、略去或添加。", "不要信赖这些读数。请向承运人索取存证时的文件。", "读数 {index} 与存证时不符"]),
    row("H9130", 422, 10, ["the links of the feed do not lead to the certified record", "A block that touched the organisation was left out, exchanged or changed.", FEED[0], ""], ["名录各环推不出经认证的记录", "涉及该机构的某个区块被略去、替换或改动。", FEED[1], ""]),
    row("H9131", 422, 10, ["an event is not the one that the feed names", "It is missing, of another item, or was changed.", FEED[0], ""], ["事件与名录所列不符", "它缺失、属于另一物品或被改动。", FEED[1], ""]),
    row("H9132", 422, 10, ["the heights of the feed are wrong", "A link lies outside of the heights that the file covers, or they end above its header.", FEED[0], ""], ["名录的高度有误", "有环节在文件所涵盖的高度之外，或其高度超过区块头。", FEED[1], ""]),
    row("H9140", 422, 10, ["the evidence proves nothing", "The two messages or certificates do not contradict each other, or a signature does not hold.", EVIDENCE[0], ""], ["证据不能证明任何事", "两条消息或两份证书并不矛盾，或签名无效。", EVIDENCE[1], ""]),
    row("H9141", 422, 10, ["the signer has no seat among the validators", "Anyone can sign twice with a key of his own.", EVIDENCE[0], ""], ["签名人不在验证人之列", "任何人都可用自己的密钥签两次。", EVIDENCE[1], ""]),
    row("H9150", 409, 10, ["this header contradicts what this witness signed", "He signed another block at the same height, or this one does not continue what he signed: there are two histories.", "Sign neither. Keep both headers: the agencies' signatures on them are evidence. Tell the other witnesses.", "height {height}: {detail}"], ["此区块头与该见证人已签内容矛盾", "他在同一高度签过另一区块，或此区块不承接他所签：存在两种历史。", "两者都不要签。请保存两个区块头：其上的机关签名即为证据，并告知其他见证人。", "高度 {height}：{detail}"]),
    row("H9151", 409, 10, ["this header cannot be signed", "It does not follow from the trust file at hand, or that file is too old.", "Take a trust file that leads to it; for a header before its start: hufu bundle refresh.", "{detail}"], ["无法为此区块头签名", "它与现有信任文件不相承，或该信任文件已过期。", "请使用与之相承的信任文件；起始之前的区块头：hufu bundle refresh。", "{detail}"]),
    row("H9152", 409, 10, ["the signatures are those of another header", "Witnesses signed a header, and the other file has another one.", "Take the file that they signed: hufu witness extract.", "{found}, not {expected}"], ["签名属于另一区块头", "见证人所签的区块头与另一文件中的不同。", "请使用他们所签的文件：hufu witness extract。", "{found}，而非 {expected}"]),
    row("H9153", 500, 1, ["the witness's log cannot be read", "It is damaged, of another network, or of another version.", "Take it from the backup. Sign nothing without it: it holds what was signed.", "{file}: {detail}"], ["无法读取见证记录", "它已损坏，或属于其他网络或版本。", "请从备份恢复。没有它就不要签名：其中记着已签的内容。", "{file}：{detail}"]),
    row("H9160", 404, 3, ["the two files do not contradict each other", "There is no height at which both have a certified header of one validator set, or at each of these it is the same block.", "Take files of the same height, one from each side. Headers of two networks, or of two sets of agencies, contradict nothing.", "{one} and {other} do not contradict each other"], ["两个文件并不矛盾", "没有一个高度是两者都有同一验证人集合所认证的区块头，或者在这些高度上区块相同。", "请从双方各取同一高度的文件。不同网络或不同机关集合的区块头不构成矛盾。", "{one} 与 {other} 并不矛盾"]),
    row("H9161", 422, 10, ["the head is older than one that is known", "The node behind it is behind, or holds something back.", FOLLOW[0], ""], ["区块头早于已知的区块头", "其节点落后，或有所隐瞒。", FOLLOW[1], ""]),
    row("H9162", 422, 10, ["the head does not extend the one that is known", "Another block stands at a height that is known, or the known block is not in the history of the head: there may be two histories.", "Keep both heads: the agencies' signatures on them are evidence. Ask another agency's node, and tell the agencies.", ""], ["区块头不承接已知的区块头", "已知高度上是另一区块，或已知区块不在该区块头的历史中：可能存在两种历史。", "请保存两个区块头：其上的机关签名即为证据。请改问另一机关的节点并告知各机关。", ""]),
    row("H9163", 422, 10, ["the feed is shorter than it was, or another", "A feed only grows; its certified record does not come behind one that was proven earlier.", FOLLOW[0], ""], ["名录比以前短或不同", "名录只增不减；其经认证的记录并不承接先前已证明的记录。", FOLLOW[1], ""]),
    row("H9164", 422, 10, ["the transaction is not in that block, or the block not in that history", "Transaction, receipt, block or path was exchanged or changed.", FOLLOW[0], ""], ["交易不在该区块中，或区块不在该历史中", "交易、回执、区块或路径被替换或改动。", FOLLOW[1], ""]),
    row("H9165", 409, 11, ["the trust root is too old to lead to this head", "The node was away for longer than its trust file may be led on from: the keys of those who signed then may be lost.", "Take a newer trust file from an agency, compare its fingerprint by telephone, and put it in the place of the old one.", ""], ["信任根过旧，无法推至该区块头", "节点离线时间超过信任文件的有效期：当时签名者的密钥可能已经泄露。", "请向机关索取较新的信任文件，电话核对指纹后替换旧文件。", ""]),
    row("H9190", 400, 2, ["the trust file is too large", "A trust file has at most 256 KiB.", TRUST_FILE[0], ""], ["信任文件过大", "信任文件最多 256 KiB。", TRUST_FILE[1], ""]),
    row("H9191", 400, 2, ["the file has not the shape of a trust file", "It is another kind of file, or was cut off.", TRUST_FILE[0], ""], ["文件不符合信任文件结构", "它是其他类型的文件或不完整。", TRUST_FILE[1], ""]),
    row("H9192", 400, 2, ["the schema of the trust file is another one", "It is of another version.", TRUST_FILE[0], ""], ["信任文件版本不符", "它属于其他版本。", TRUST_FILE[1], ""]),
    row("H9193", 400, 2, ["a part of the trust file is not usable", "A key or a name in it cannot be taken.", TRUST_FILE[0], ""], ["信任文件有不可用部分", "其中的密钥或名称无法使用。", TRUST_FILE[1], ""]),
    row("H9194", 400, 2, ["the fingerprint is not that of the content", "The file was changed after it was made.", TRUST_FILE[0], ""], ["指纹与内容不符", "文件生成后被改动。", TRUST_FILE[1], ""]),
    row("H9195", 400, 1, ["the genesis gives no trust root", "Its agencies make no validator set.", TRUST_FILE[0], ""], ["创世文件给不出信任根", "其机关不构成验证人集合。", TRUST_FILE[1], ""]),
    row("H9196", 409, 1, ["no trust root can start at this header", "It must be valid under the trust file at hand, above its start, and the agencies must not change behind it.", "Take another file: a later one, one that its witnesses signed, or one of this network.", ""], ["信任根不能始于此区块头", "它须在现有信任文件下有效、高于其起点，且其后机关不变更。", "请换用其他文件：更晚的、经见证人签名的或属于本网络的。", ""]),
    row("H9200", 422, 10, ["the text is too long for a card", "A card is what one QR code holds: 4,296 characters.", CARD[0], ""], ["文本超出持有卡的长度", "持有卡以一个二维码为限：4,296 个字符。", CARD[1], ""]),
    row("H9201", 422, 10, ["the text is no card", "It was cut short or mistyped, or the scanner's keyboard layout is not that of the computer.", CARD[0], ""], ["文本不是持有卡", "它不完整或有误，或扫描枪与计算机的键盘布局不一致。", CARD[1], ""]),
    row("H9202", 422, 10, ["the bytes of the card do not decode", "They were changed, cut short or written by another version.", CARD[0], ""], ["持有卡的字节无法解码", "字节被改动、不完整，或由其他版本写入。", CARD[1], ""]),
    row("H9203", 422, 10, ["the units of the card are not those around the item", "A logistic unit was left out or exchanged, so who holds the item cannot be told.", TAMPERED[0], ""], ["卡中的物流单元与物品所在单元不符", "有物流单元被略去或替换，无法得知物品由谁持有。", TAMPERED[1], ""]),
    row("H9204", 422, 10, ["the organisation of the card does not hold the item", "The name of another organisation was put in.", TAMPERED[0], ""], ["卡中的机构并非物品持有方", "其中放入了其他机构的名称。", TAMPERED[1], ""]),
];
