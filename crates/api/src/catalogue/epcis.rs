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
    row("H1560", 400, 2,
        ["this event lacks a fact that its act needs", "EPCIS does not ask for the fact, the ledger does: a quantity of a lot, a receiver, a place, a reason.", "Have the system that makes the event add the field that is named; the mapping is in docs/epcis.md.", "the act {act} needs {at}, which the event does not say"],
        ["事件缺少操作所需的信息", "EPCIS 不要求该信息，但账本需要：批次的数量、接收方、地点、原因。", "请让生成事件的系统补充所指字段；对应关系见 docs/epcis.md。", "操作 {act} 需要 {at}，但事件没有给出"]),
    row("H1561", 400, 2,
        ["this is no act that an event can ask for", "hufu:act holds a word that is no act, or an act that several sign together or that is not about items.", "Use one of the acts of docs/epcis.md, or leave hufu:act out.", "{input} is no act that an event can ask for"],
        ["事件不能请求这一操作", "hufu:act 中的词不是操作，或者该操作须由多方共同签署，或与物品无关。", "请使用 docs/epcis.md 列出的操作，或去掉 hufu:act。", "{input} 不是事件可以请求的操作"]),
    row("H1562", 400, 2,
        ["a value of this event is not of its form", "A word, an identity, a number or a flag is written in another way than the ledger reads it.", "Write it as docs/epcis.md says.", "{at} is {input}, not {expected}"],
        ["事件中的某个值格式不对", "某个词、标识、数字或标记的写法与账本所读的不同。", "请按 docs/epcis.md 的写法填写。", "{at} 的值是 {input}，应为 {expected}"]),
    row("H1563", 400, 2,
        ["a code or quantity of this event cannot be read", "It looks like a GS1 key or a quantity, and is none; or it names a class where an item is needed.", "Correct it where the event is made; the reason has a code of its own.", "{at}: {reason}, {detail}"],
        ["无法读取事件中的编码或数量", "它看起来是 GS1 编码或数量，但并不正确；或者需要物品之处只写了品类。", "请在生成事件之处改正；原因另有错误代码。", "{at}：{reason}，{detail}"]),
    row("H1564", 400, 2,
        ["this act does not go with this type of event", "Packing is an AggregationEvent, a derivation a TransformationEvent, everything else an ObjectEvent.", "Send the act as an event of its type.", "the act {act} is not asked for by an event of type {kind}"],
        ["该操作与事件类型不符", "装入和取出用 AggregationEvent，衍生用 TransformationEvent，其余用 ObjectEvent。", "请用相应类型的事件表达该操作。", "{kind} 类型的事件不能请求操作 {act}"]),
    row("H1565", 400, 2,
        ["this transformation lacks its inputs or its outputs", "The parts of a transformation have one transformationID, and together they say what went in and what came out.", "Send all parts in one document.", "the transformation {id} lacks its {missing}"],
        ["该转换缺少投入或产出", "同一转换的各部分有相同的 transformationID，合起来须说明投入和产出。", "请把所有部分放在同一文件中发送。", "转换 {id} 缺少 {missing}"]),
    row("H1566", 400, 2,
        ["a party is named twice where one is needed", "An item is given by one and received by one.", "Name one possessing_party in each list.", "{at} names a second party"],
        ["只需一方之处写了两方", "物品由一方交出、由一方接收。", "每个列表中只写一个 possessing_party。", "{at} 写了第二方"]),
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
