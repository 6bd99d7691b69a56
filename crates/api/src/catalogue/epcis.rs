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
