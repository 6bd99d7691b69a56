//! `scan`: what was scanned is read, named and looked up, line by line; at a receiving dock it is accepted.

mod dock;
mod reading;

use crate::{
    cli::{Scan, Separators},
    failure::{Failure, Result},
    output::Sheet,
    readable::short,
    session::{Item, Session},
    storage,
};
use api::{Lang, Problem, catalogue::exit, view::ItemView};
use dock::{Dock, Turn};
use gs1::{
    ItemCode,
    prefix::{self, PrefixTable},
    scan::Wedge,
};
use reading::{Asked, Fault, Said, Told};
use serde::Serialize;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::Path,
};

/// What is kept of a line, in bytes; a code is far shorter.
const MAX_LINE: usize = 2 * gs1::MAX_INPUT;

/// Runs `scan`. Error: H6001 where some lines failed and some did not; where all did, the exit code is that of the first.
pub(crate) fn run(session: &Session, args: &Scan) -> Result<u8> {
    let prefixes = args.prefixes.as_deref().map(table).transpose()?;
    if args.lookup || args.accept {
        // Without a node no line could be answered.
        session.network()?;
    }
    let wedge = match args.wedge {
        Separators::Sends => Wedge::TypesSeparators,
        Separators::Drops | Separators::Unknown => Wedge::DropsSeparators,
    };
    let dock = args.accept.then(|| Dock::open(session)).transpose()?;
    let mut desk = Desk { session, args, prefixes, wedge, dock, lines: 0, failed: Vec::new() };
    if args.text.is_empty() {
        desk.stdin()?;
    } else {
        args.text.iter().for_each(|text| desk.line(text));
    }
    desk.end()
}

fn table(path: &Path) -> Result<PrefixTable> {
    let bytes = storage::read(path, prefix::MAX_TABLE)?;
    Ok(PrefixTable::read(&String::from_utf8_lossy(&bytes))?)
}

/// Where things are scanned.
struct Desk<'a> {
    session: &'a Session,
    args: &'a Scan,
    prefixes: Option<PrefixTable>,
    wedge: Wedge,
    dock: Option<Dock>,
    lines: usize,
    /// The exit code of each line that failed.
    failed: Vec<u8>,
}

/// A line as JSON.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    input: &'a str,
    symbology: Option<&'static str>,
    elements: &'a [Told],
    code: Option<String>,
    link: Option<&'a str>,
    epc: Option<&'a str>,
    item: Option<String>,
    /// None where no node was asked.
    items: Option<Vec<&'a ItemView>>,
    accept: Option<&'static str>,
    failure: Option<Failed>,
}

/// Why a line failed.
#[derive(Serialize)]
struct Failed {
    code: String,
    message: String,
    hint: String,
    /// Byte of the input.
    position: Option<usize>,
}

impl Failed {
    fn of(fault: &Fault, lang: Lang) -> Failed {
        let Problem { code, detail, hint, .. } = fault.failure.problem(lang);
        Failed { code, message: detail, hint, position: fault.position }
    }
}

impl Desk<'_> {
    /// Reads stdin to its end. Error: H1443 where nobody types and `--no-input` says that nobody will.
    fn stdin(&mut self) -> Result<()> {
        let (session, stdin) = (self.session, io::stdin());
        let is_terminal = stdin.is_terminal();
        if is_terminal && session.settings.no_input {
            return Err(Failure::missing("text", "TEXT"));
        }
        let prompts = is_terminal && !session.out.quiet;
        loop {
            if prompts {
                eprint!("{} ", session.out.pick("scan:", "扫描："));
                // A prompt that cannot be flushed is still answered.
                let _ = io::stderr().flush();
            }
            let read = next_line(&mut stdin.lock()).map_err(|e| Failure::file(Path::new("/dev/stdin"), &e))?;
            let Some(line) = read else { break };
            if !trimmed(&line).is_empty() {
                self.line(&line);
            }
        }
        if prompts {
            eprintln!();
        }
        Ok(())
    }

    /// Says what a line says. Nothing that is wrong with it keeps the next one from being read.
    fn line(&mut self, text: &str) {
        let (session, input) = (self.session, trimmed(text));
        let epc = self.prefixes.as_ref().filter(|_| self.args.epc);
        let mut said = reading::of(input, &Asked { wedge: self.wedge, check: self.args.check, epc });
        if self.args.wedge == Separators::Unknown && reading::has_separator(input) {
            self.wedge = Wedge::TypesSeparators;
        }
        let items = self.look_up(&mut said);
        let turn = self.take(input, &mut said, items.as_deref().unwrap_or_default());
        self.print(input, &said, items.as_deref(), turn);
        self.lines += 1;
        self.failed.extend(said.faults.first().map(|fault| fault.failure.exit_code()));
        if session.yes && turn == Some(Turn::Taken) {
            let settled = self.settle();
            self.failed.extend(settled.err().map(|failure| session.out.failure(&failure)));
        }
    }

    /// Asks the node for the items of a line, where that is wanted.
    fn look_up(&self, said: &mut Said) -> Option<Vec<Item>> {
        if !self.args.lookup && !self.args.accept {
            return None;
        }
        let items = dock::items(self.session, said).unwrap_or_else(|failure| {
            said.faults.push(Fault::other(failure));
            Vec::new()
        });
        if let [one] = items.as_slice() {
            said.item = Some(one.id);
            if said.code.is_none() {
                let code = &one.record.code;
                said.link = (!matches!(code, ItemCode::Other { .. })).then(|| code.digital_link());
                said.code = Some(code.clone());
            }
        }
        Some(items)
    }

    /// Takes the item of a line to be accepted. A label that is wrong in any way is not taken.
    fn take(&mut self, input: &str, said: &mut Said, items: &[Item]) -> Option<Turn> {
        let dock = self.dock.as_mut().filter(|_| said.faults.is_empty())?;
        match dock.take(self.session, items, &self.args.life, &reading::visible(input)) {
            Ok(turn) => Some(turn),
            Err(failure) => {
                said.faults.push(Fault::other(failure));
                None
            }
        }
    }

    fn print(&self, input: &str, said: &Said, items: Option<&[Item]>, turn: Option<Turn>) {
        let out = &self.session.out;
        let line = Line {
            schema: "hufu.scan/1",
            input,
            symbology: said.symbology,
            elements: &said.elements,
            code: said.code.as_ref().map(ItemCode::digital_link),
            link: said.link.as_deref(),
            epc: said.epc.as_deref(),
            item: said.item.map(|id| id.to_string()),
            items: items.map(|items| items.iter().map(|item| &item.view).collect()),
            accept: turn.map(Turn::word),
            failure: said.faults.first().map(|fault| Failed::of(fault, out.lang)),
        };
        let is_read = !line.elements.is_empty() || line.code.is_some() || line.item.is_some();
        if out.json || is_read {
            out.result(&line, |sheet| self.write(sheet, &line, items.unwrap_or_default(), turn));
        }
        if out.json {
            return;
        }
        for fault in &said.faults {
            out.failure(&fault.failure);
            if fault.is_of_wedge && self.args.wedge == Separators::Unknown {
                out.progress(out.pick(
                    "  If the scanner does send FNC1 already: --wedge sends",
                    "  若扫描枪已会发送 FNC1：--wedge sends",
                ));
            }
        }
    }

    /// A line, for people.
    fn write(&self, sheet: &mut Sheet, line: &Line<'_>, items: &[Item], turn: Option<Turn>) {
        let out = &self.session.out;
        if turn == Some(Turn::Again) {
            let code = line.code.as_deref().unwrap_or_default();
            return sheet.line(format!("{}{code}", out.pick("scanned before: ", "此前已扫描：")));
        }
        sheet.line(reading::visible(line.input));
        if let Some(symbology) = line.symbology {
            sheet.pair(out.pick("symbol", "码制"), symbology);
        }
        for Told { ai, title, value } in line.elements {
            sheet.pair(format!("({ai}) {title}").trim_end(), value);
        }
        if let Some(code) = &line.code {
            sheet.pair(out.pick("code", "编码"), code);
        }
        if let Some(link) = line.link.filter(|link| line.code.as_deref() != Some(*link)) {
            sheet.pair(out.pick("link", "链接"), link);
        }
        if let Some(epc) = line.epc {
            sheet.pair("EPC", epc);
        }
        if let (Some(item), []) = (&line.item, items) {
            sheet.pair(out.pick("item", "物品"), item);
        }
        for item in items {
            let label = format!("{} {}", out.pick("item", "物品"), short(&item.view.id));
            sheet.pair(label, dock::brief(self.session, item));
        }
        if let (Some(Turn::Taken), Some(dock)) = (turn, &self.dock) {
            sheet.pair(out.pick("taken so far", "已收件数"), dock.count().to_string());
        }
    }

    /// Accepts what waits at the dock.
    fn settle(&mut self) -> Result<()> {
        let Some(dock) = &mut self.dock else { return Ok(()) };
        let out = &self.session.out;
        for (code, failure) in dock.settle(self.session)? {
            out.warn(&format!("{}{code}", out.pick("not accepted: ", "未接收：")));
            self.failed.push(out.failure(&failure));
        }
        Ok(())
    }

    fn end(mut self) -> Result<u8> {
        self.settle()?;
        let failed = self.failed.len();
        match (self.failed.first(), self.lines.saturating_sub(failed)) {
            (None, _) => Ok(exit::DONE),
            (Some(first), 0) => Ok(*first),
            (Some(_), done) => Err(Failure::new("H6001", [("done", done.to_string()), ("failed", failed.to_string())])),
        }
    }
}

/// A line without the blanks around it; a separator at its beginning or end is none.
fn trimmed(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_ascii_whitespace())
}

/// The next line, however it ends; none at the end of input. Of a line that is too long the rest is dropped.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut is_there = false;
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = chunk.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let taken = end.map_or(chunk.len(), |end| end + 1);
        let kept = taken.min(MAX_LINE.saturating_sub(line.len()));
        line.extend_from_slice(&chunk[..kept]);
        let is_last = end.is_some() || chunk.is_empty();
        is_there |= !chunk.is_empty();
        input.consume(taken);
        if is_last {
            return Ok(is_there.then(|| String::from_utf8_lossy(&line).into_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_scanners_end_them_and_are_bounded() {
        let long = "x".repeat(3 * MAX_LINE);
        let text = format!("a\r\nb\rc\n{long}\n\u{1d}d");
        for capacity in [1, 7, 8192] {
            let mut input = io::BufReader::with_capacity(capacity, text.as_bytes());
            let mut lines = Vec::new();
            while let Some(line) = next_line(&mut input).unwrap() {
                lines.push(trimmed(&line).to_owned());
            }
            assert_eq!(lines, ["a", "", "b", "c", &long[..MAX_LINE], "\u{1d}d"], "{capacity}");
        }
        assert_eq!(next_line(&mut io::empty()).unwrap(), None);
    }
}
