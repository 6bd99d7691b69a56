//! H15 EPCIS documents, H16 labels, certificates, the gateway and queries.

use super::{Row, row};

/// H1500 to H1529: documents as they are read.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const DOCUMENTS: &[Row] = &[
    row("H1500", 413, 2,
        ["this document is too long", "A document is read whole, and has at most 16 MiB.", "Split it into several documents.", "the document has {found} bytes, at most {max} are allowed"],
        ["文档过长", "文档须整体读取，最多 16 MiB。", "请拆分为多个文档。", "文档有 {found} 字节，最多允许 {max} 字节"]),
    row("H1501", 400, 2,
        ["this document is not UTF-8", "EPCIS documents are UTF-8; others, such as GB 18030 or UTF-16, are not guessed.", "Save the document as UTF-8.", "line {line}, column {column}: the bytes are not UTF-8"],
        ["文档不是 UTF-8", "EPCIS 文档采用 UTF-8；不会猜测 GB 18030、UTF-16 等其他编码。", "请将文档另存为 UTF-8。", "第 {line} 行第 {column} 列：字节不是 UTF-8"]),
    row("H1502", 400, 2,
        ["this document is nested too deeply", "Objects, arrays and elements stand at most 64 deep within each other.", "Check how the document was made; no event needs that depth.", "line {line}, column {column}: nested more than {max} deep"],
        ["文档嵌套过深", "对象、数组和元素最多嵌套 64 层。", "请检查文档的生成方式；任何事件都不需要这样的深度。", "第 {line} 行第 {column} 列：嵌套超过 {max} 层"]),
    row("H1503", 413, 2,
        ["this document holds too many parts", "Values, members of one object, attributes, namespaces and events are bounded.", "Split the document.", "line {line}, column {column}: more than {max} {what}"],
        ["文档的组成部分过多", "值、单个对象的成员、属性、命名空间和事件的数量都有上限。", "请拆分文档。", "第 {line} 行第 {column} 列：{what} 超过 {max}"]),
    row("H1504", 400, 2,
        ["this is not JSON", "The document breaks the grammar of JSON where it says.", "Mend the document at this place, or the program that writes it.", "line {line}, column {column}: {expected} is expected, and {found} stands there"],
        ["不是 JSON", "文档在所示位置不符合 JSON 语法。", "请在该处修正文档，或修正生成它的程序。", "第 {line} 行第 {column} 列：应为 {expected}，实为 {found}"]),
    row("H1505", 400, 2,
        ["a name stands twice in one object", "Programs differ in which of the two they take, so the document would say two things.", "Remove one of the two members.", "line {line}, column {column}: the name {found} stands twice in one object"],
        ["同一对象中名称重复", "不同程序会取不同的一个，同一文档便有两种含义。", "请删除其中一个成员。", "第 {line} 行第 {column} 列：名称 {found} 在同一对象中出现两次"]),
    row("H1506", 400, 2,
        ["a text holds a character that it may not", "Control characters must be escaped; NUL and half of a surrogate pair stand for nothing.", "Mend the text, or the program that writes it.", "line {line}, column {column}: {found} may not stand in a text"],
        ["文本含有不允许的字符", "控制字符须转义；NUL 和不成对的代理项没有意义。", "请修正该文本，或修正生成它的程序。", "第 {line} 行第 {column} 列：文本中不允许出现 {found}"]),
    row("H1510", 400, 2,
        ["this is not well-formed XML", "The document breaks the grammar of XML, or uses a prefix that it does not declare.", "Mend the document at this place, or the program that writes it.", "line {line}, column {column}: not well-formed XML: {found}"],
        ["不是格式良好的 XML", "文档不符合 XML 语法，或使用了未声明的前缀。", "请在该处修正文档，或修正生成它的程序。", "第 {line} 行第 {column} 列：不是格式良好的 XML：{found}"]),
    row("H1511", 400, 2,
        ["this document declares entities or names other files", "A document type declaration and its entities can hide what a document says, or make others fetch things.", "Leave out the declaration and write the text itself.", "line {line}, column {column}: {what} is not accepted"],
        ["文档声明了实体或引用了其他文件", "文档类型声明及其实体可能隐藏文档的内容，或使读取者去获取外部资源。", "请去掉声明，直接写出文本。", "第 {line} 行第 {column} 列：不接受 {what}"]),
    row("H1512", 400, 2,
        ["this document says that it is not UTF-8", "The XML declaration names another encoding.", "Save the document as UTF-8, and say so.", "the encoding {found} is not accepted"],
        ["文档声明的编码不是 UTF-8", "XML 声明中写的是其他编码。", "请将文档另存为 UTF-8，并如实声明。", "不接受编码 {found}"]),
    row("H1520", 400, 2,
        ["this is neither an EPCIS document nor an event", "Documents, query documents and single events are read; master data and the state of a capture are none of these.", "Send an EPCISDocument, an EPCISQueryDocument or an event.", "{found} is neither an EPCIS document, nor a query document, nor an event"],
        ["既不是 EPCIS 文档也不是事件", "可读取文档、查询文档和单个事件；主数据和采集任务的状态不在其中。", "请发送 EPCISDocument、EPCISQueryDocument 或事件。", "{found} 既不是 EPCIS 文档、查询文档，也不是事件"]),
    row("H1521", 400, 2,
        ["this version of EPCIS is not read", "JSON is read of EPCIS 2, XML of EPCIS 1 and 2.", "Write the document in EPCIS 2.0.", "EPCIS {found} is not read in this format"],
        ["不支持该 EPCIS 版本", "JSON 支持 EPCIS 2，XML 支持 EPCIS 1 和 2。", "请用 EPCIS 2.0 编写文档。", "此格式不支持 EPCIS {found}"]),
    row("H1522", 400, 2,
        ["this document has no list of events", "The events of a document stand in one list, which may be empty.", "Put the events into the list.", "there is no list of events at {at}"],
        ["文档没有事件列表", "文档的事件位于一个列表中，列表可以为空。", "请把事件放入列表。", "{at} 处没有事件列表"]),
    row("H1523", 400, 2,
        ["something in the list of events is no event", "Each event is an object.", "Remove it from the list.", "{at} is not an event"],
        ["事件列表中有非事件的内容", "每个事件都是一个对象。", "请将其从列表中删除。", "{at} 不是事件"]),
    row("H1524", 400, 2,
        ["the context of EPCIS is missing", "Without the context of GS1 the names in a document have no meaning.", "Add \"@context\": \"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\".", ""],
        ["缺少 EPCIS 的上下文", "没有 GS1 的上下文，文档中的名称就没有含义。", "请加上 \"@context\": \"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\"。", ""]),
    row("H1525", 400, 2,
        ["this context is not known", "Contexts are not fetched: those of GS1 are known, and prefixes may be declared in the document.", "Write the prefixes that are needed into the document itself.", "the context {found} is not known"],
        ["未知的上下文", "不会获取外部上下文：已知 GS1 的上下文，其他前缀可在文档中声明。", "请把所需前缀直接写入文档。", "未知的上下文 {found}"]),
    row("H1526", 400, 2,
        ["this definition in a context is not accepted", "A context may give a prefix a namespace, and a name with a prefix a type; it may not change what the words of GS1 mean.", "Use another prefix, and the full address of its namespace.", "the definition of {found} in the context is not accepted"],
        ["不接受上下文中的该定义", "上下文可以为前缀指定命名空间，为带前缀的名称指定类型；不得改变 GS1 词汇的含义。", "请改用其他前缀，并写出其命名空间的完整地址。", "不接受上下文中 {found} 的定义"]),
    row("H1527", 400, 2,
        ["a prefix is not declared", "A name with a prefix means something only with the namespace that the prefix stands for.", "Declare the prefix in the context.", "the prefix of {found} is not declared"],
        ["前缀未声明", "带前缀的名称只有在前缀对应命名空间时才有含义。", "请在上下文中声明该前缀。", "{found} 的前缀未声明"]),
    row("H1528", 400, 2,
        ["this event has no hash", "A field holds something else than its kind of value: a text, or a time with its offset.", "Mend the field.", "the field {field} has no value that can be hashed: {found}"],
        ["无法计算该事件的哈希", "某字段的值不是应有的类型：文本，或带时区偏移的时间。", "请修正该字段。", "字段 {field} 的值无法计入哈希：{found}"]),
    row("H1529", 413, 2,
        ["this event is too long for a hash", "Each name is hashed with its whole namespace, which makes the text longer than the event.", "Use shorter namespaces, or put less into one event.", "the text to be hashed is longer than {max} bytes"],
        ["事件过长，无法计算哈希", "每个名称都连同其完整命名空间计入哈希，所得文本比事件更长。", "请使用较短的命名空间，或减少单个事件的内容。", "待计算哈希的文本超过 {max} 字节"]),
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
    row("H1601", 400, 2,
        ["the width of a module is not one that is printed", "It is no number of millimetres from 0.2 to 2, with at most three decimals.", "Pass one that the tables of GS1 allow for these goods, such as --size 0.5.", ""],
        ["模块宽度不可打印", "它不是 0.2 至 2 的毫米数，或小数超过三位。", "请传入 GS1 规范表对此类货物允许的宽度，例如 --size 0.5。", ""]),
    row("H1602", 400, 2,
        ["this kind of file is of one label", "Only a printer language and a document say how many are to be printed.", "Leave out --copies, or ask for --format zpl or pdf.", "{format} holds one label"],
        ["此类文件只含一张标签", "只有打印机语言和文档能说明打印张数。", "请去掉 --copies，或使用 --format zpl 或 pdf。", "{format} 只含一张标签"]),
    row("H1604", 400, 1,
        ["no symbol holds this", "It is longer than the largest symbol of this kind, or has characters that none has.", "Leave out what need not stand on the label.", "{input}: {detail}"],
        ["没有码能容纳此内容", "它超出此类码的最大容量，或含有无法编码的字符。", "请去掉标签上不必要的内容。", "{input}：{detail}"]),
    row("H1605", 500, 1,
        ["the file cannot be made", "Something that the maker of the file does not do was asked of it.", "Try another format; report this with the command line.", "{format}: {detail}"],
        ["无法生成文件", "所要求的内容超出文件生成器的能力。", "请换用其他格式，并连同命令行上报此问题。", "{format}：{detail}"]),
    row("H1610", 404, 1,
        ["no font with Chinese letters is on this system", "A certificate is in both languages, and fonts are not part of this program.", "Install one, on Debian and Ubuntu the package fonts-wqy-microhei, or name a font file: --font FILE or HUFU_FONT.", ""],
        ["系统中没有中文字体", "证书为双语，而字体不属于本程序。", "请安装字体，Debian 和 Ubuntu 上为软件包 fonts-wqy-microhei，或指明字体文件：--font FILE 或 HUFU_FONT。", ""]),
    row("H1611", 400, 2,
        ["this is no font that can be used", "The file is no TrueType or OpenType font, or the collection has no font of this number.", "Name another one: --font FILE, of a collection FILE#INDEX, from 0.", "{file}#{index}"],
        ["此字体无法使用", "文件不是 TrueType 或 OpenType 字体，或字体集合中没有此序号。", "请指明其他字体：--font FILE，字体集合为 FILE#INDEX，自 0 起。", "{file}#{index}"]),
    row("H1612", 400, 1,
        ["the font lacks a letter", "A name on the certificate has a letter that this font does not have.", "Name a larger font: --font FILE; on Debian and Ubuntu the package fonts-noto-cjk has one.", "{file} has no {letter}"],
        ["字体缺字", "证书上的名称含有此字体没有的字。", "请指明更全的字体：--font FILE；Debian 和 Ubuntu 上可用软件包 fonts-noto-cjk。", "{file} 中没有 {letter}"]),
    row("H1613", 409, 1,
        ["the card is too long for one QR code", "It leads from the start of the trust file to now, and the agencies changed on the way.", "Make a trust file that starts later, hand it to those who are to read the paper, and print again: hufu trust advance --from BUNDLE.", "{length} characters, and one code holds {limit}; the trust file starts at height {start}"],
        ["持有卡超出一个二维码的容量", "它须从信任文件的起点引至现在，而其间机关有变更。", "请制作起点更晚的信任文件，交给将要读取的人，然后重新打印：hufu trust advance --from BUNDLE。", "共 {length} 个字符，而一个码最多 {limit} 个；信任文件始于高度 {start}"]),
    row("H1614", 409, 1,
        ["there are too many agencies for a card", "Their signatures and the proof are more than one QR code holds, wherever the trust file starts.", "Give the bundle itself: hufu bundle export ITEM.", "{length} characters, and one code holds {limit}; the trust file starts at height {start}"],
        ["机关过多，无法制卡", "无论信任文件始于何处，签名与证明都超出一个二维码的容量。", "请直接提供核验包：hufu bundle export ITEM。", "共 {length} 个字符，而一个码最多 {limit} 个；信任文件始于高度 {start}"]),
    row("H1615", 409, 11,
        ["no certificate is printed of this bundle", "It is consistent in itself, but the trust file does not vouch for it, or is too old.", "Take the trust file of this network, or lead it on: hufu trust advance. A bundle before its start: hufu bundle refresh.", "{detail}"],
        ["不为此核验包打印证书", "它自身一致，但信任文件未为其担保，或已过期。", "请使用此网络的信任文件，或推进它：hufu trust advance。起点之前的核验包：hufu bundle refresh。", "{detail}"]),
];

/// H1640 to H1669: the gateway.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const GATEWAY: &[Row] = &[
];

/// H1680 to H1699: queries.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const QUERIES: &[Row] = &[
];
