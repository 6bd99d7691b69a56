//! A label: a symbol, and under it what it says, for people (HRI, GS1 General Specifications 4.14).

use super::{glyphs, matrix::Matrix, pdf, raster, svg, zpl};
use crate::{
    cli::{LabelFormat, LabelSymbol},
    failure::{Failure, Result},
    session,
};
use gs1::{Elements, ItemCode, digital_link};

/// Width of a module in micrometres that is taken.
const SIZES: std::ops::RangeInclusive<u32> = 200..=2_000;
/// Width of a module in millimetres where none is given.
pub(crate) const SIZE: &str = "0.5";
/// Width of a pixel of the letters, in micrometres: capitals are 2.1 mm high.
const TEXT: u32 = 300;

/// What a label names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// By GS1 elements, in the order in which they were given.
    Elements(Elements),
    /// By a code of another scheme, `hufu:{scheme}/{value}`.
    Other(String),
}

impl Named {
    /// Reads a code in any form, with whatever else stands beside it, such as a date. What may not stand together is not
    /// printed: the errors are those of the code and of [`Elements::check`].
    pub(crate) fn read(input: &str) -> Result<Named> {
        let code = session::code(input)?;
        let input = input.trim();
        if matches!(code, ItemCode::Other { .. }) {
            return Ok(Named::of(&code)?);
        }
        // A scanner says of a link which symbol it was in.
        let behind = input.get(3..).filter(|link| input.starts_with(']') && digital_link::is_web_uri(link));
        let input = behind.unwrap_or(input);
        let elements = if digital_link::is_web_uri(input) {
            digital_link::parse(input)
        } else if input.starts_with("01/") || input.starts_with("00/") {
            digital_link::parse_short_path(input)
        } else {
            Elements::parse(input)
        };
        let elements = elements?;
        elements.check()?;
        Ok(Named::Elements(elements))
    }

    /// The label of an item that is registered: its code and nothing else.
    pub(crate) fn of(code: &ItemCode) -> std::result::Result<Named, gs1::CodeError> {
        let pairs = match code {
            ItemCode::Lot { gtin, lot } => vec![("01", gtin.to_string()), ("10", lot.as_str().to_owned())],
            ItemCode::Serial { gtin, serial } => vec![("01", gtin.to_string()), ("21", serial.as_str().to_owned())],
            ItemCode::Unit { sscc } => vec![("00", sscc.to_string())],
            ItemCode::Other { .. } => return Ok(Named::Other(code.digital_link())),
        };
        let pairs = pairs.iter().map(|(ai, value)| (*ai, value.as_str()));
        Ok(Named::Elements(Elements::from_pairs(pairs)?))
    }

    /// As it stands under a symbol: an identifier in brackets with its value on each line.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Named::Elements(elements) => elements.iter().map(|e| format!("({}){}", e.ai(), e.value())).collect(),
            Named::Other(link) => vec![link.clone()],
        }
    }

    /// The GS1 Digital Link, or the code of another scheme.
    pub(crate) fn link(&self) -> Result<String> {
        match self {
            Named::Elements(elements) => Ok(digital_link::format(elements)?),
            Named::Other(link) => Ok(link.clone()),
        }
    }

    /// What a DataMatrix holds, and whether FNC1 stands before it.
    fn scan(&self) -> (String, bool) {
        match self {
            Named::Elements(elements) => (elements.to_scan(), true),
            Named::Other(link) => (link.clone(), false),
        }
    }
}

/// Reads the width of a module, in millimetres; gives micrometres. Error: H1601.
pub(crate) fn size(input: &str) -> Result<u32> {
    let wrong = || Failure::input("H1601", input);
    let (whole, part) = input.trim().split_once('.').unwrap_or((input.trim(), ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || whole.is_empty() || whole.len() > 3 || part.len() > 3 {
        return Err(wrong());
    }
    let micrometres = format!("{whole}{part:0<3}").parse().ok();
    micrometres.filter(|size| SIZES.contains(size)).ok_or_else(wrong)
}

/// A label, ready to be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) symbol: LabelSymbol,
    pub(crate) matrix: Matrix,
    /// What the symbol holds.
    pub(crate) content: String,
    /// Whether that is an element string, which FNC1 stands before.
    pub(crate) gs1: bool,
    pub(crate) lines: Vec<String>,
    /// Width of a module in micrometres.
    pub(crate) size: u32,
}

/// Where things are on a label, in one unit: micrometres, or pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Width of a module.
    pub(crate) module: u32,
    /// Width of a pixel of the letters.
    pub(crate) text: u32,
    /// Width of the quiet zone, which is also where everything begins on the left.
    pub(crate) quiet: u32,
    /// Top of the first line.
    pub(crate) top: u32,
    /// From one line to the next.
    pub(crate) pitch: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Label {
    pub(crate) fn of(named: &Named, symbol: LabelSymbol, size: u32) -> Result<Label> {
        let ((content, gs1), lines) = match symbol {
            LabelSymbol::Datamatrix => (named.scan(), named.lines()),
            LabelSymbol::Qr => ((named.link()?, false), named.lines()),
        };
        let matrix = match symbol {
            LabelSymbol::Datamatrix => Matrix::data_matrix(&content, gs1)?,
            LabelSymbol::Qr => Matrix::qr(&content)?,
        };
        Ok(Label { symbol, matrix, content, gs1, lines, size })
    }

    /// Modules of the quiet zone: four of a QR code (ISO/IEC 18004), and two of a DataMatrix, of which one may be cut off
    /// (ISO/IEC 16022).
    pub(crate) fn quiet(&self) -> u32 {
        match self.symbol {
            LabelSymbol::Datamatrix => 2,
            LabelSymbol::Qr => 4,
        }
    }

    /// The letters stand below the quiet zone.
    pub(crate) fn layout(&self, module: u32, text: u32) -> Layout {
        let (quiet, side) = (self.quiet() * module, self.matrix.width() * module);
        let longest = self.lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let letters = u32::try_from(longest).unwrap_or(u32::MAX).saturating_mul(glyphs::ADVANCE * text);
        let pitch = (glyphs::ROWS + 2) * text;
        let top = 2 * quiet + side;
        let lines = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        Layout {
            module,
            text,
            quiet,
            top,
            pitch,
            width: side.max(letters).saturating_add(2 * quiet),
            height: top.saturating_add(pitch.saturating_mul(lines)).saturating_add(quiet),
        }
    }

    /// The layout in micrometres.
    pub(crate) fn layout_um(&self) -> Layout {
        self.layout(self.size, TEXT)
    }

    /// The layout in pixels, where a module is so many wide.
    pub(crate) fn layout_px(&self, module: u32) -> Layout {
        self.layout(module, (TEXT * module / self.size).max(1))
    }

    /// The file. `copies`: of ZPL and PDF, which say so themselves; `dots`: of ZPL, in a millimetre.
    pub(crate) fn file(&self, format: LabelFormat, copies: u32, dots: u32) -> Result<Vec<u8>> {
        match format {
            LabelFormat::Svg => Ok(svg::label(self).into_bytes()),
            LabelFormat::Png => raster::label(self),
            LabelFormat::Zpl => Ok(zpl::label(self, copies, dots)?.into_bytes()),
            LabelFormat::Pdf => pdf::label(self, copies),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_millimetres_with_three_decimals() {
        for (input, expect) in [("0.5", 500), ("1", 1_000), ("0.254", 254), (" 2.0 ", 2_000), ("0.2", 200)] {
            assert_eq!(size(input), Ok(expect), "{input}");
        }
        for wrong in ["", ".5", "0.199", "2.001", "0.2545", "-1", "1e0", "1,0", "0.5mm", "9999999999", "½"] {
            assert_eq!(size(wrong).unwrap_err().code, "H1601", "{wrong}");
        }
    }

    #[test]
    fn all_that_stands_on_a_label_is_kept_in_its_order() {
        let check = |input: &str, lines: &[&str], link: &str| {
            let named = Named::read(input).unwrap();
            assert_eq!(named.lines(), lines, "{input}");
            assert_eq!(named.link().unwrap(), link, "{input}");
        };
        let lot = ["(01)09521234543213", "(10)L1"];
        let link = "https://id.gs1.org/01/09521234543213/10/L1";
        for form in ["(01)09521234543213(10)L1", "01/09521234543213/10/L1", "010952123454321310L1", link] {
            check(form, &lot, link);
        }
        check(&format!("]Q1{link}"), &lot, link);
        check(
            "(01)09521234543213(17)270131(10)L1(21)S/2",
            &["(01)09521234543213", "(17)270131", "(10)L1", "(21)S/2"],
            "https://id.gs1.org/01/09521234543213/10/L1/21/S%2F2?17=270131",
        );
        check("00/006141411234567890", &["(00)006141411234567890"], "https://id.gs1.org/00/006141411234567890");
        check("hufu:isbt128/A9999", &["hufu:isbt128/A9999"], "hufu:isbt128/A9999");
        assert_eq!(Named::read("09521234543213").unwrap_err().code, "H1122");
    }

    #[test]
    fn what_may_not_stand_together_is_not_printed() {
        for (beside, code) in [("(254)X", "H1123"), ("(37)5", "H1124"), ("(422)999", "H1153"), ("(422)156", "")] {
            let read = Named::read(&format!("(01)09521234543213(21)S1{beside}"));
            assert_eq!(read.map_or_else(|failure| failure.code, |_| String::new()), code, "{beside}");
        }
    }

    #[test]
    fn a_registered_item_has_the_label_of_its_code() {
        for code in ["(01)09521234543213(10)L(1", "01/09521234543213/21/S", "00/006141411234567890", "hufu:a/b"] {
            let parsed = gs1::parse_code(&code.replace("L(1", "L\\(1")).unwrap();
            assert_eq!(Named::of(&parsed).unwrap(), Named::read(&parsed.digital_link()).unwrap(), "{code}");
        }
    }

    #[test]
    fn the_quiet_zone_is_around_the_symbol_and_the_letters_are_outside() {
        let named = Named::read("(01)09521234543213(10)L1").unwrap();
        for (symbol, quiet) in [(LabelSymbol::Datamatrix, 2), (LabelSymbol::Qr, 4)] {
            let label = Label::of(&named, symbol, 400).unwrap();
            let layout = label.layout_um();
            assert_eq!(layout.quiet, quiet * 400);
            assert!(layout.width >= (label.matrix.width() + 2 * quiet) * 400);
            assert_eq!(layout.top, (label.matrix.width() + 2 * quiet) * 400);
            assert_eq!(layout.height, layout.top + 2 * 11 * 300 + layout.quiet);
        }
    }
}
