//! What a line says by itself, in whatever form it was scanned or written. Nobody is asked.

use crate::failure::Failure;
use gs1::{
    CodeError, Elements, Gtin, ItemCode, digital_link,
    element::FNC1,
    epc,
    prefix::PrefixTable,
    scan::{self, Data, Symbology, Wedge},
};
use ledger::ItemId;
use serde::Serialize;

/// FNC1 as some scanners type it.
const TYPED: &str = "^]";

/// What is asked of a line.
pub(super) struct Asked<'a> {
    pub(super) wedge: Wedge,
    /// Whether the elements must be those that may stand together.
    pub(super) check: bool,
    /// By which table the EPC URI is told, if it is.
    pub(super) epc: Option<&'a PrefixTable>,
}

/// An element with its title.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    pub(super) ai: String,
    pub(super) title: &'static str,
    pub(super) value: String,
}

/// What is wrong with a line, and at which byte of it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) failure: Failure,
    pub(super) position: Option<usize>,
    /// Whether it would be none, were the scanner known to send separators.
    pub(super) is_of_wedge: bool,
}

/// What a line says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) symbology: Option<&'static str>,
    pub(super) elements: Vec<Told>,
    pub(super) code: Option<ItemCode>,
    /// The canonical Digital Link of all elements, where there is one.
    pub(super) link: Option<String>,
    pub(super) epc: Option<String>,
    /// The item itself, by its identity.
    pub(super) item: Option<ItemId>,
    /// Why it is not read, or names nothing, or is not as it was asked to be.
    pub(super) faults: Vec<Fault>,
}

/// What stands on a line.
enum Body {
    Elements(Elements),
    Link { text: String, elements: Elements },
    Epc { uri: String, link: String, elements: Elements },
    Other(ItemCode),
    Item(ItemId),
}

/// Reads a line without blanks around it.
pub(super) fn of(line: &str, asked: &Asked<'_>) -> Said {
    let mut said = Said::default();
    match read(line, asked.wedge) {
        Ok((symbology, body)) => {
            said.symbology = symbology.map(Symbology::name);
            said.tell(line, body, asked);
        }
        Err(error) => {
            let is_of_wedge = matches!(error, CodeError::SeparatorLost { .. })
                && asked.wedge == Wedge::DropsSeparators
                && read(line, Wedge::TypesSeparators).is_ok();
            said.faults.push(Fault { is_of_wedge, ..Fault::of(line, &error) });
        }
    }
    said
}

/// Whether a separator stands on a line: then the scanner sends them.
pub(super) fn has_separator(line: &str) -> bool {
    line.contains(FNC1) || line.contains(TYPED)
}

/// A line as it may be shown: `^` for FNC1, `?` for what would move the cursor.
pub(super) fn visible(line: &str) -> String {
    let shown = |c: char| match c {
        FNC1 => '^',
        c if c.is_control() => '?',
        c => c,
    };
    line.chars().map(shown).collect()
}

impl Said {
    fn tell(&mut self, line: &str, body: Body, asked: &Asked<'_>) {
        let (elements, link, uri) = match body {
            Body::Item(id) => {
                self.item = Some(id);
                return;
            }
            Body::Other(code) => {
                if asked.epc.is_some() {
                    self.fail(line, &CodeError::EpcNone { input: code.digital_link() });
                }
                self.code = Some(code);
                return;
            }
            Body::Elements(elements) => {
                let link = digital_link::format(&elements);
                (elements, link, None)
            }
            Body::Link { text, elements } => (elements, digital_link::canonicalise(&text), None),
            Body::Epc { uri, link, elements } => (elements, digital_link::canonicalise(&link), Some(uri)),
        };
        let told = elements.iter().map(|element| Told {
            ai: element.ai().to_owned(),
            title: element.rule().title,
            value: element.value().to_owned(),
        });
        self.elements = told.collect();
        if asked.check
            && let Err(error) = elements.check()
        {
            self.fail(line, &error);
        }
        match ItemCode::try_from(&elements) {
            Ok(code) => self.code = Some(code),
            Err(error) => self.fail(line, &error),
        }
        if let Some(table) = asked.epc {
            let made = || link.clone().and_then(|link| epc::from_digital_link(&link, table));
            match uri.map_or_else(made, Ok) {
                Ok(epc) => self.epc = Some(epc),
                Err(error) => self.fail(line, &error),
            }
        }
        self.link = link.ok();
    }

    fn fail(&mut self, line: &str, error: &CodeError) {
        self.faults.push(Fault::of(line, error));
    }
}

impl Fault {
    /// A fault that is not of the text.
    pub(super) fn other(failure: Failure) -> Fault {
        Fault { failure, position: None, is_of_wedge: false }
    }

    /// The whole line is shown, where the fault can be found on it; else the value at fault.
    fn of(line: &str, error: &CodeError) -> Fault {
        let mut failure = Failure::from(error.clone());
        let position = error.caret().and_then(|(part, position)| place(line, part, position));
        let excerpt = match (position, failure.excerpt.as_slice()) {
            (Some(position), [_, below]) => {
                vec![visible(line), format!("{}{}", " ".repeat(position), below.trim_start())]
            }
            (_, lines) => lines.iter().map(|line| visible(line)).collect(),
        };
        failure.excerpt = excerpt;
        for value in failure.params.values_mut() {
            *value = visible(value);
        }
        Fault { failure, position, is_of_wedge: false }
    }
}

/// Where in a line an offset in a part of it is; none where the part stands there twice, or in another spelling. What was
/// read has one character for each separator that was typed.
fn place(line: &str, part: &str, offset: usize) -> Option<usize> {
    let single = |text: &str| text.replace(TYPED, "\u{1d}");
    let (whole, part) = (single(line), single(part));
    let mut found = whole.match_indices(&part).map(|(at, _)| at);
    let at = found.next()?.checked_add(offset)?;
    if found.next().is_some() {
        return None;
    }
    let typed = line.match_indices(TYPED).enumerate();
    let before = typed.filter(|(earlier, (start, _))| start.saturating_sub(*earlier) < at).count();
    at.checked_add(before)
}

fn read(line: &str, wedge: Wedge) -> Result<(Option<Symbology>, Body), CodeError> {
    if let Some(body) = written(line)? {
        return Ok((None, body));
    }
    let scan = scan::read_typed(line, wedge)?;
    let symbology = scan.symbology;
    let body = match scan.data {
        Data::Digits { .. } => Body::Elements(scan.elements()?),
        Data::Elements(elements) => Body::Elements(elements),
        Data::Link { text, elements } => Body::Link { text, elements },
        Data::Text(text) => match (named(&text)?, symbology) {
            (Some(body), _) => body,
            (None, Some(_)) => return Err(CodeError::NoGs1Data { input: text }),
            (None, None) => return Err(unknown(text)),
        },
    };
    Ok((symbology, body))
}

/// Text of no known form; a letter of an input method looks like one of ours and is told.
fn unknown(input: String) -> CodeError {
    match input.char_indices().find(|(_, c)| !c.is_ascii()) {
        Some((position, found)) => CodeError::NotAscii { input, position, found },
        None => CodeError::UnknownForm { input },
    }
}

/// What people write and no scanner sends; none where the line is none of it.
fn written(line: &str) -> Result<Option<Body>, CodeError> {
    let is_gtin = matches!(line.len(), 8 | 12..=14) && line.bytes().all(|byte| byte.is_ascii_digit());
    let elements = if is_gtin {
        let gtin: Gtin = line.parse()?;
        Elements::from_pairs([("01", gtin.as_str14().as_str())])?
    } else if line.starts_with('(') {
        Elements::parse_bracketed(line)?
    } else if line.starts_with("01/") || line.starts_with("00/") {
        digital_link::parse_short_path(line)?
    } else if line.starts_with('^') && !line.starts_with(TYPED) {
        Elements::parse_caret(line)?
    } else {
        return named(line);
    };
    Ok(Some(Body::Elements(elements)))
}

/// Text that names something and is no GS1 data by itself, alone or in a symbol; none where it is no such text.
fn named(text: &str) -> Result<Option<Body>, CodeError> {
    if let Ok(id) = text.parse() {
        return Ok(Some(Body::Item(id)));
    }
    if text.starts_with("hufu:") {
        return Ok(Some(Body::Other(gs1::parse_code(text)?)));
    }
    if text.starts_with("urn:epc:") {
        let link = epc::to_digital_link(text)?;
        let elements = digital_link::parse(&link)?;
        return Ok(Some(Body::Epc { uri: text.to_owned(), link, elements }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str, wedge: Wedge) -> Said {
        of(line, &Asked { wedge, check: false, epc: None })
    }

    fn bracketed(said: &Said) -> String {
        said.elements.iter().map(|told| format!("({}){}", told.ai, told.value)).collect()
    }

    #[test]
    fn every_form_is_read() {
        let gtin = "(01)09521234543213";
        let check = |line: &str, symbology: Option<&str>, elements: &str, code: Option<&str>| {
            let said = said(line, Wedge::TypesSeparators);
            let found = (said.symbology, bracketed(&said), said.code.as_ref().map(ToString::to_string));
            assert_eq!(found, (symbology, elements.to_owned(), code.map(str::to_owned)), "{line}");
            assert_eq!(said.code.is_none() && said.item.is_none(), !said.faults.is_empty(), "{line}");
        };
        let (lot, path) = (format!("{gtin}(10)L1"), Some("01/09521234543213/10/L1"));
        for (line, symbology) in [
            ("]d2010952123454321310L1", Some("Data Matrix")),
            ("]d2\u{1d}010952123454321310L1\u{1d}", Some("Data Matrix")),
            ("]Q3010952123454321310L1", Some("QR Code")),
            ("]J1010952123454321310L1", Some("DotCode")),
            ("]C1010952123454321310L1", Some("GS1-128")),
            ("]e0010952123454321310L1", Some("GS1 DataBar Expanded")),
            ("]Q1https://example.com/a/01/09521234543213/10/L1", Some("QR Code")),
            ("]d1urn:epc:class:lgtin:9521234.054321.L1", Some("Data Matrix")),
            ("]E09521234543213|]e010L1", Some("EAN-13")),
            ("010952123454321310L1", None),
            ("^]010952123454321310L1^]", None),
            ("^010952123454321310L1", None),
            ("(01)09521234543213(10)L1", None),
            ("01/09521234543213/10/L1", None),
            ("HTTPS://example.com/01/09521234543213/10/L1", None),
            ("urn:epc:class:lgtin:9521234.054321.L1", None),
        ] {
            check(line, symbology, &lot, path);
        }
        check("]E09521234543213", Some("EAN-13"), gtin, None);
        check("]E402345673", Some("EAN-8"), "(01)00000002345673", None);
        check("]I109521234543213", Some("ITF-14"), gtin, None);
        check("9521234543213", None, gtin, None);
        check("urn:epc:idpat:sgtin:9521234.054321.*", None, gtin, None);
        check("hufu:isbt128/A9999", None, "", Some("hufu:isbt128/A9999"));
        check("]Q1hufu:isbt128/A9999", Some("QR Code"), "", Some("hufu:isbt128/A9999"));
        check(&"ab".repeat(32), None, "", None);
        check("]C100006141411234567890", Some("GS1-128"), "(00)006141411234567890", Some("00/006141411234567890"));
    }

    #[test]
    fn faults_have_a_code_and_their_place_on_the_line() {
        let check = |line: &str, code: &str, position: Option<usize>| {
            let said = said(line, Wedge::DropsSeparators);
            let found = said.faults.first().map(|fault| (fault.failure.code.as_str(), fault.position));
            assert_eq!(found, Some((code, position)), "{line:?}");
        };
        check("", "H1102", None);
        check("hello", "H1103", None);
        check("L１", "H1104", Some(1));
        check("]Q1hello", "H1129", None);
        check("]A0123", "H1116", None);
        check("]d2010952123454321410L1", "H1203", Some(18));
        check("]d210L１", "H1104", Some(6));
        check("]d210L1\u{1d}89X", "H1110", Some(8));
        check("]d210L1^]89X", "H1110", Some(9));
        check("^]10L1^]^]217", "H1117", Some(8));
        check("^10L1^^217", "H1117", Some(6));
        check("]d210L 1", "H1211", Some(6));
        check("(01)09521234543213(17)271331", "H1115", Some(24));
        check("]E09521234543214", "H1203", Some(15));
        check("]E0952123454321", "H1128", None);
        check("https://a/01/09521234543213/10/%4", "H1133", Some(31));
        check("010952123454321310L117270131", "H1126", Some(18));
        check("(10)L1", "H1121", None);
        check("urn:epc:id:sgtin:9521234.054321", "H1173", None);
        // The value at fault stands there twice.
        check("(01)09521234543214(02)09521234543214", "H1203", None);
    }

    #[test]
    fn the_whole_line_is_shown_with_a_caret_below_the_fault() {
        let fault = |line: &str| said(line, Wedge::TypesSeparators).faults.remove(0).failure.excerpt;
        assert_eq!(
            fault("]d2010952123454321410L1"),
            ["]d2010952123454321410L1", "                  ^ expected 3, found 4"]
        );
        assert_eq!(fault("]d210L1\u{1d}89X"), ["]d210L1^89X", "        ^"]);
        assert_eq!(fault("]d210L1^]89X"), ["]d210L1^]89X", "         ^"]);
        assert_eq!(fault("(10)A\u{1b}[2J(01)1"), ["(10)A?[2J(01)1", "     ^"]);
    }

    #[test]
    fn a_lost_separator_is_a_fault_unless_the_scanner_sends_them() {
        let line = "010952123454321310L117270131";
        let lost = said(line, Wedge::DropsSeparators);
        assert!(lost.code.is_none() && lost.faults[0].is_of_wedge);
        assert_eq!(bracketed(&said(line, Wedge::TypesSeparators)), "(01)09521234543213(10)L117270131");
        // A lot of 25 characters, whatever the scanner does.
        for wedge in [Wedge::TypesSeparators, Wedge::DropsSeparators] {
            let said = said("10ABCDEFGHIJKLMNOPQ217ZYXWV", wedge);
            assert_eq!((said.faults[0].failure.code.as_str(), said.faults[0].is_of_wedge), ("H1126", false));
        }
        assert!(has_separator("]d210L1\u{1d}217") && has_separator("10L1^]217") && !has_separator("^10L1^217"));
    }

    #[test]
    fn what_is_asked_besides_is_told_or_a_fault() {
        let table = PrefixTable::read("prefix,gcp_length\n9521234,7\n").unwrap();
        let told = |line: &str| {
            let said = of(line, &Asked { wedge: Wedge::TypesSeparators, check: true, epc: Some(&table) });
            let codes: Vec<String> = said.faults.iter().map(|fault| fault.failure.code.clone()).collect();
            (said.link, said.epc, codes.join(" "))
        };
        let check = |line: &str, link: Option<&str>, epc: Option<&str>, codes: &str| {
            assert_eq!(told(line), (link.map(str::to_owned), epc.map(str::to_owned), codes.to_owned()), "{line}");
        };
        check(
            "(01)09521234543213(17)270131(10)L1(21)S/1",
            Some("https://id.gs1.org/01/09521234543213/10/L1/21/S%2F1?17=270131"),
            Some("urn:epc:id:sgtin:9521234.054321.S%2F1"),
            "",
        );
        let (class, sgtin) = ("https://id.gs1.org/01/09521234543213", "urn:epc:idpat:sgtin:9521234.054321.*");
        check("]E09521234543213", Some(class), Some(sgtin), "H1122");
        check("(01)09521234543213(37)5", Some(&format!("{class}?37=5")), Some(sgtin), "H1124 H1122");
        check("(10)L1", None, None, "H1123 H1121 H1134");
        check("(00)006141411234567890", Some("https://id.gs1.org/00/006141411234567890"), None, "H1175");
        check("hufu:a/b", None, None, "H1174");
        let foreign = "urn:epc:id:sscc:0614141.1234567890";
        check(foreign, Some("https://id.gs1.org/00/106141412345678908"), Some(foreign), "");
    }
}
