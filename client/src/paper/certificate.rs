//! The certificate of custody: what a verified bundle says of an item, in both languages, with a card that holds by itself.

use super::{
    font::Font,
    label::Named,
    matrix::Matrix,
    page::{self, HEIGHT, Mark, Page, WIDTH, wrapped},
};
use crate::failure::Result;
use api::{Lang, words::word};
use krilla::metadata::DateTime;
use proof::{Card, Readable, ReadableEvent, TrustRoot, Verdict};

const MARGIN: f32 = 15.0;
const RIGHT: f32 = WIDTH - MARGIN;
const BOTTOM: f32 = HEIGHT - 20.0;
/// Sizes of letters in points.
const TITLE: f32 = 17.0;
const HEADING: f32 = 11.0;
const BODY: f32 = 9.0;
const SMALL: f32 = 7.5;
/// From one line to the next, in millimetres for a point of size.
const LEADING: f32 = 0.5;
/// Width of a module: of the card, which any scanner and most telephones read from paper, and of the link.
const CARD_MODULE: f32 = 0.42;
const LINK_MODULE: f32 = 0.5;
/// Left edges of the columns of events, and the right one of the last.
const COLUMNS: [f32; 5] = [MARGIN, 24.0, 54.0, 132.0, RIGHT];

/// What stands on a certificate.
pub(crate) struct Facts<'a> {
    /// The language that stands first.
    pub(crate) lang: Lang,
    /// Of the bundle, which is valid.
    pub(crate) verdict: &'a Verdict,
    /// Of the same bundle.
    pub(crate) readable: &'a Readable,
    pub(crate) card: &'a Card,
    /// The card's text.
    pub(crate) text: &'a str,
    pub(crate) trust: &'a TrustRoot,
    /// Name of the bundle's file, and the BLAKE3 hash of its bytes.
    pub(crate) bundle: (&'a str, &'a str),
}

/// A certificate that was laid out.
pub(crate) struct Certificate {
    pub(crate) pages: usize,
    pub(crate) bytes: Vec<u8>,
}

/// Lays a certificate out and makes a PDF of it.
pub(crate) fn make(facts: &Facts<'_>, font: Option<&std::path::Path>) -> Result<Certificate> {
    // All letters of the longest form: where lines end changes none of them.
    let all = Writer::new(facts.lang, None).certificate(facts)?;
    let font = Font::find(font, &letters(&all))?;
    let pages = Writer::new(facts.lang, Some(&font)).certificate(facts)?;
    let title = format!("Hufu {} · {}", both(facts.lang, "certificate of custody", "保管证书"), facts.readable.item);
    let bytes = page::document(&pages, &font, &title, day(&facts.readable.time))?;
    Ok(Certificate { pages: pages.len(), bytes })
}

fn letters(pages: &[Page]) -> String {
    let texts = pages.iter().flatten().filter_map(|mark| match mark {
        Mark::Text { text, .. } => Some(text.as_str()),
        Mark::Symbol { .. } | Mark::Rule { .. } => None,
    });
    texts.collect()
}

/// The day of a time as the ledger writes it: a certificate of one bundle is one file, whenever it is printed.
fn day(time: &str) -> Option<DateTime> {
    let mut parts = time.get(..10)?.split('-');
    let date = DateTime::new(parts.next()?.parse().ok()?);
    Some(date.month(parts.next()?.parse().ok()?).day(parts.next()?.parse().ok()?))
}

/// Both languages, the reader's first.
fn both(lang: Lang, en: &str, zh: &str) -> String {
    match lang {
        _ if en == zh => en.to_owned(),
        Lang::En => format!("{en} {zh}"),
        Lang::ZhHans => format!("{zh} {en}"),
    }
}

/// A word of the ledger in both languages.
fn both_words(lang: Lang, of: &str) -> String {
    both(lang, &word(of, Lang::En), &word(of, Lang::ZhHans))
}

/// A time to the minute.
fn minute(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute}Z"),
        _ => time.to_owned(),
    }
}

/// What happened, with how much, to whom and why.
fn what(lang: Lang, event: &ReadableEvent) -> String {
    let mut parts = vec![both_words(lang, &event.kind)];
    parts.extend(event.quantity.clone());
    parts.extend(event.to.iter().map(|to| format!("→ {to}")));
    parts.extend(event.note.iter().map(|note| match event.kind.as_str() {
        // A word of the ledger; all others are a person's.
        "inspected" | "tested" | "noted" => both_words(lang, note),
        _ => note.clone(),
    }));
    parts.join(" · ")
}

/// Writes from the top to the bottom of page after page.
struct Writer<'a> {
    lang: Lang,
    /// None where the letters alone are asked for.
    font: Option<&'a Font>,
    pages: Vec<Page>,
    y: f32,
}

impl<'a> Writer<'a> {
    fn new(lang: Lang, font: Option<&'a Font>) -> Writer<'a> {
        Writer { lang, font, pages: vec![Vec::new()], y: MARGIN }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn text(&mut self, x: f32, y: f32, size: f32, text: &str) {
        self.mark(Mark::Text { x, y, size, text: text.to_owned() });
    }

    fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        wrapped(text, &|line| self.font.is_none_or(|font| font.width(line, size) <= width))
    }

    /// A text between two edges from a line on; the line behind it.
    fn paragraph(&mut self, edges: (f32, f32), y: f32, size: f32, text: &str) -> f32 {
        let lines = self.lines(text, size, edges.1 - edges.0);
        let mut y = y;
        for line in &lines {
            self.text(edges.0, y, size, line);
            y += size * LEADING;
        }
        y
    }

    /// A new page, unless so much has room on this one.
    fn room(&mut self, height: f32) -> bool {
        let is_new = self.y + height > BOTTOM;
        if is_new {
            self.pages.push(Vec::new());
            self.y = MARGIN + BODY * LEADING;
        }
        is_new
    }

    fn certificate(mut self, facts: &Facts<'_>) -> Result<Vec<Page>> {
        self.head(facts)?;
        self.facts(facts);
        self.card(facts)?;
        self.events(&facts.readable.events);
        self.feet(&facts.readable.item);
        Ok(self.pages)
    }

    fn head(&mut self, facts: &Facts<'_>) -> Result<()> {
        let title = both(self.lang, "Certificate of custody", "保管证书");
        self.y += TITLE * LEADING;
        self.text(MARGIN, self.y, TITLE, &title);
        self.y += TITLE * LEADING;
        if facts.readable.test {
            let banner = both(self.lang, "TEST NETWORK: this item does not exist", "测试网络：此物品并不存在");
            self.text(MARGIN, self.y, HEADING, &banner);
            self.y += HEADING * LEADING * 1.4;
        }
        let code = &facts.card.item.code;
        let matrix = Matrix::qr(&Named::of(code)?.link()?)?;
        let side = matrix.width() as f32 * LINK_MODULE;
        self.mark(Mark::Symbol { x: RIGHT - side, y: MARGIN, module: LINK_MODULE, matrix });
        Ok(())
    }

    /// What is so, line by line, left of the link.
    fn facts(&mut self, facts: &Facts<'_>) {
        let (lang, readable, verdict) = (self.lang, facts.readable, facts.verdict);
        let code = Named::of(&facts.card.item.code).map(|named| named.lines().join(" ")).unwrap_or_default();
        let held = verdict.custodian.as_deref().unwrap_or_default();
        let kind = both_words(lang, &readable.category);
        let mut pairs = vec![
            (("item", "物品"), code),
            (("code", "编码"), readable.item.clone()),
            (("class", "品类"), format!("{} · {kind} · {}", readable.class, readable.grade)),
            (("quantity on hand", "现有数量"), format!("{} / {}", readable.on_hand, readable.registered)),
            (("state", "状态"), both_words(lang, &readable.state)),
            (("held by", "持有方"), readable.custodian.clone()),
            (("holder's identity", "持有方标识"), held.to_owned()),
            (("as of height", "截至高度"), format!("{} · {}", readable.height, minute(&readable.time))),
            (("events", "事件数"), verdict.events.to_string()),
            (("certified by", "认证机关"), verdict.certified_by.join(", ")),
            (("trust root", "信任根"), facts.trust.fingerprint().to_string()),
        ];
        if readable.research_only {
            pairs.push((("mark", "标记"), both(lang, "for research only", "仅限科研")));
        }
        for hold in readable.holds.iter() {
            pairs.push((("held since event", "扣控始于事件"), format!("{} · {}", hold.placed, hold.reason)));
        }
        for ((en, zh), value) in &pairs {
            self.text(MARGIN, self.y, SMALL, &both(lang, en, zh));
            let next = self.y + BODY * LEADING;
            self.y = self.paragraph((MARGIN + 40.0, RIGHT - 26.0), self.y, BODY, value).max(next);
        }
        self.y += 2.0;
    }

    /// The card, and beside it what it is and what the evidence is.
    fn card(&mut self, facts: &Facts<'_>) -> Result<()> {
        let matrix = Matrix::card(facts.text)?;
        let side = matrix.width() as f32 * CARD_MODULE;
        let quiet = 4.0 * CARD_MODULE;
        self.room(side + 2.0 * quiet);
        let top = self.y + quiet;
        self.mark(Mark::Symbol { x: MARGIN + quiet, y: top, module: CARD_MODULE, matrix });
        let edges = (MARGIN + side + 2.0 * quiet + 4.0, RIGHT);
        let (file, hash) = facts.bundle;
        let en = "This paper is a convenience; the evidence is the bundle named below. Verify it with a trust file \
                  whose fingerprint you have compared. The code beside this text is a card: read with a scanner, it \
                  proves by itself who held the item at the height above, whoever printed it. It says nothing of \
                  what happened later.";
        let zh = "本纸仅为便利之用，证据是下列核验包：请使用已核对指纹的信任文件加以核验。旁边的二维码是持有卡：\
                  用扫描枪读取后，无论由谁打印，它自身即可证明在上述高度物品由谁持有。它不说明其后发生的事。";
        let (first, second) = match self.lang {
            Lang::En => (en, zh),
            Lang::ZhHans => (zh, en),
        };
        let mut y = top + BODY * LEADING;
        for text in [first, second] {
            y = self.paragraph(edges, y, BODY, text) + 2.0;
        }
        for text in [
            format!("{}: {file}", both(self.lang, "bundle", "核验包")),
            format!("BLAKE3: {hash}"),
            format!("hufu verify {file} --trust trust.json"),
            "hufu verify - --trust trust.json".to_owned(),
        ] {
            y = self.paragraph(edges, y, SMALL, &text);
        }
        self.y = y.max(top + side + quiet) + 2.0;
        Ok(())
    }

    fn events(&mut self, events: &[ReadableEvent]) {
        self.room(4.0 * BODY * LEADING);
        self.columns();
        for event in events {
            let by = event.actors.join(", ");
            let cells = [event.n.to_string(), minute(&event.time), what(self.lang, event), by];
            let wide = |n: usize| COLUMNS[n + 1] - COLUMNS[n] - 2.0;
            let rows: Vec<_> = cells.iter().enumerate().map(|(n, cell)| self.lines(cell, BODY, wide(n))).collect();
            let height = rows.iter().map(Vec::len).max().unwrap_or(1) as f32 * BODY * LEADING;
            if self.room(height) {
                self.columns();
            }
            for (n, lines) in rows.iter().enumerate() {
                for (line, down) in lines.iter().zip(0u8..) {
                    self.text(COLUMNS[n], self.y + f32::from(down) * BODY * LEADING, BODY, line);
                }
            }
            self.y += height + 0.6;
        }
    }

    /// The headings of the columns.
    fn columns(&mut self) {
        let heads = [("#", "号"), ("time", "时间"), ("what", "事项"), ("by whom", "行为方")];
        self.y += BODY * LEADING;
        for ((en, zh), x) in heads.iter().zip(COLUMNS) {
            self.text(x, self.y, SMALL, &both(self.lang, en, zh));
        }
        self.mark(Mark::Rule { x: MARGIN, y: self.y + 1.2, length: RIGHT - MARGIN });
        self.y += BODY * LEADING * 1.5;
    }

    /// Item and number at the foot of each page.
    fn feet(&mut self, item: &str) {
        let count = self.pages.len();
        for (page, n) in self.pages.iter_mut().zip(1u32..) {
            let text = format!("{item} · {n} / {count}");
            page.push(Mark::Text { x: MARGIN, y: HEIGHT - 10.0, size: SMALL, text });
        }
    }
}
