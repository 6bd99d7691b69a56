//! H15 EPCIS documents, H16 labels, certificates, the gateway and queries.

use super::{Row, row};

/// H1500 to H1529: documents as they are read.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const DOCUMENTS: &[Row] = &[
];

/// H1530 to H1559: rules that an event keeps.
#[rustfmt::skip] // one row, two lines: a table is read down its columns
pub(super) const EVENTS: &[Row] = &[
    row("H1530", 400, 2,
        ["a required field is missing", "EPCIS 2.0 asks for it in every event or document of this kind.", "Add the field.", "the field {field} is missing"],
        ["缺少必填字段", "EPCIS 2.0 要求此类事件或文档必须有该字段。", "请补上该字段。", "缺少字段 {field}"]),
    row("H1531", 400, 2,
        ["this value is of the wrong kind", "A number, a text, a list and an object are not the same, even where they look alike.", "Write it as the field asks; numbers stand without quotation marks.", "{expected} is expected here, and {found} was found"],
        ["值的类型错误", "数字、文本、列表与对象互不相同，即使看起来相似。", "请按该字段要求的类型书写；数字不加引号。", "此处应为 {expected}，实为 {found}"]),
    row("H1532", 400, 2,
        ["this field is not one of EPCIS and has no prefix", "The name is misspelt, stands in the wrong place, or is an extension without its prefix.", "Correct the name; give a field of your own a prefix that the context declares.", "the field {field} is not known here"],
        ["该字段不属于 EPCIS，也没有前缀", "名称拼写错误、位置错误，或是未加前缀的扩展字段。", "请更正名称；自有字段请使用上下文中声明的前缀。", "此处没有名为 {field} 的字段"]),
    row("H1533", 400, 2,
        ["the prefix of this field is not declared", "Without a namespace nobody knows what the field means, and the event has no hash.", "Declare the prefix in the @context of the document or of the event.", "the prefix {prefix} of the field {field} is not declared"],
        ["该字段的前缀未声明", "没有命名空间，就无人知道该字段的含义，事件也无法计算哈希。", "请在文档或事件的 @context 中声明该前缀。", "字段 {field} 的前缀 {prefix} 未声明"]),
    row("H1534", 400, 2,
        ["this is not a URI", "Identifiers are URIs: an EPC URI, a Digital Link, or a name with a prefix.", "Write it in full; encode blanks and characters outside ASCII with %.", ""],
        ["不是 URI", "标识均为 URI：EPC URI、Digital Link 或带前缀的名称。", "请写完整；空格和非 ASCII 字符请用 % 编码。", ""]),
    row("H1535", 400, 2,
        ["this is not a time with its zone", "Times have date, time and zone, as in 2026-03-01T08:00:00+08:00; a leap second ends a day of UTC.", "Add what is missing; the zone is Z or an offset.", ""],
        ["不是带时区的时间", "时间含日期、时刻和时区，如 2026-03-01T08:00:00+08:00；闰秒只在 UTC 日末。", "请补全；时区为 Z 或时差。", ""]),
    row("H1536", 400, 2,
        ["this is not an offset of a time zone", "The field takes a sign, two digits of hours and two of minutes, at most 14:00.", "Write +08:00 or its like.", ""],
        ["不是时区偏移", "该字段由符号、两位小时和两位分钟组成，最大 14:00。", "请写作 +08:00 这样的形式。", ""]),
    row("H1537", 400, 2,
        ["this is neither a word of the vocabulary nor a URI of another", "CBV 2.0 lists its words; a word of your own is a URI outside the namespaces of GS1.", "Look the word up in CBV 2.0, or write your own with a prefix that the context declares.", ""],
        ["既不是词汇表中的词，也不是其他词汇的 URI", "CBV 2.0 列出了全部用词；自定义的词应为 GS1 命名空间以外的 URI。", "请在 CBV 2.0 中查找该词，或使用上下文中声明的前缀书写自有的词。", ""]),
    row("H1538", 400, 2,
        ["a word of the vocabulary must be written bare", "URNs of the vocabulary belong to XML; the JSON of EPCIS 2.0 has the word alone.", "Write the bare word.", "{input} must be written {expected}"],
        ["词汇表中的词必须只写词本身", "词汇表的 URN 用于 XML；EPCIS 2.0 的 JSON 只写词本身。", "请只写该词。", "{input} 应写作 {expected}"]),
    row("H1539", 400, 2,
        ["this is none of the values that may stand here", "The field takes one of a few values, in capital letters.", "Choose one of them.", "{input} is none of {expected}"],
        ["不是此处允许的值", "该字段只接受少数几个大写的值。", "请从中选择。", "{input} 不在 {expected} 之中"]),
    row("H1540", 400, 2,
        ["this list is empty", "The field is there to say something, so its list has an element at least.", "Fill the list, or leave the field out.", ""],
        ["列表为空", "该字段应有内容，其列表至少要有一个元素。", "请填写列表，或去掉该字段。", ""]),
    row("H1541", 400, 2,
        ["this stands twice in the list", "The elements of this list differ from each other.", "Take one of them out.", ""],
        ["列表中有重复", "该列表的元素互不相同。", "请去掉其中一个。", ""]),
    row("H1542", 400, 2,
        ["master data of an instance may stand only where objects are added", "The field ilmd describes objects as they come into being, with the action ADD.", "Take ilmd out, or say ADD if the objects are new.", ""],
        ["实例主数据只能出现在新增物品的事件中", "字段 ilmd 描述新产生的物品，其动作为 ADD。", "请去掉 ilmd；若物品是新的，动作请写 ADD。", ""]),
    row("H1543", 400, 2,
        ["the event names no objects", "An event is about objects: identified one by one, or by class and quantity.", "Name them in one of these fields.", "the event needs {expected}"],
        ["事件没有指明物品", "事件总是关于物品的：逐个标识，或以类别加数量表示。", "请在这些字段之一中指明。", "事件需要 {expected}"]),
    row("H1544", 400, 2,
        ["this is not a unit code", "Units are codes of UN/ECE Recommendation 20: two or three capital letters or digits, as KGM.", "Look the unit up; a count has none.", ""],
        ["不是单位代码", "单位采用 UN/ECE 第 20 号建议书代码：两到三位大写字母或数字，如 KGM。", "请查找单位代码；计数不写单位。", ""]),
    row("H1545", 400, 2,
        ["this is not hexadecimal", "The field takes the digits 0-9 and the letters a-f, and at least one of them.", "Correct the value.", ""],
        ["不是十六进制", "该字段只含数字 0-9 和字母 a-f，且至少一位。", "请更正该值。", ""]),
    row("H1546", 400, 2,
        ["this is not a version", "Versions are numbers with points between them, as 2.0.", "Write 2.0.", ""],
        ["不是版本号", "版本号由数字和点组成，如 2.0。", "请写 2.0。", ""]),
    row("H1547", 400, 2,
        ["this is not a type of event", "EPCIS 2.0 has five: ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, AssociationEvent; others are URIs.", "Correct the type.", ""],
        ["不是事件类型", "EPCIS 2.0 有五种：ObjectEvent、AggregationEvent、TransactionEvent、TransformationEvent、AssociationEvent；其他类型为 URI。", "请更正类型。", ""]),
    row("H1548", 400, 2,
        ["the persistent disposition neither sets nor unsets", "It lists dispositions to set, to unset, or both.", "Add set or unset, or leave the field out.", ""],
        ["持久状态既未设置也未取消", "它应列出要设置 (set) 或取消 (unset) 的状态，或两者都列。", "请加上 set 或 unset，或去掉该字段。", ""]),
    row("H1549", 400, 2,
        ["there are more faults than are listed", "The list ends after a thousand.", "Mend those that are listed and check again.", ""],
        ["错误数量超过所列", "列表在一千条后截止。", "请先更正已列出的错误，再重新检查。", ""]),
    row("H1550", 200, 0,
        ["this cannot be read as a GS1 key", "It says that it is one, but its form or its check digit is wrong; such identifiers find nothing.", "Check where the identifier was made. The event is taken as it is.", "{input}: {detail}"],
        ["无法读作 GS1 标识", "它自称为 GS1 标识，但格式或校验位有误；这样的标识查不到任何物品。", "请检查该标识的来源。事件按原样接收。", "{input}：{detail}"]),
    row("H1551", 200, 0,
        ["the event names no parent", "EPCIS 2.0 lets the parent of an aggregation be left out of an observation only.", "Name the parent in parentID. The event is taken as it is.", "an aggregation with the action {action} names no parent"],
        ["事件没有指明父物品", "EPCIS 2.0 只允许观察 (OBSERVE) 类聚合事件省略父物品。", "请在 parentID 中写明父物品。事件按原样接收。", "动作为 {action} 的聚合事件没有指明父物品"]),
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
