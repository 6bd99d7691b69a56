//! A label in ZPL II, the language of label printers: the printer draws the symbols itself.

use super::{glyphs, label::Label};
use crate::{cli::LabelSymbol, failure::Result, paper::matrix::Matrix};
use datamatrix::{DataMatrixBuilder, EncodationType, SymbolList};

/// `copies` labels, for a printer of so many `dots` in a millimetre.
pub(super) fn label(label: &Label, copies: u32, dots: u32) -> Result<String> {
    let module = (label.size * dots / 1_000).max(1);
    let at = label.layout_px(module);
    let mut zpl = String::from("^XA\n^CI28\n");
    let side = match label.symbol {
        LabelSymbol::Datamatrix => {
            let side = side_of(label)?;
            let data = field(&data_matrix(&label.content, label.gs1));
            // Quality 200, as many columns and rows, and what stands before FNC1.
            zpl.push_str(&format!("^FO{0},{0}^BXN,{module},200,{side},{side},,_,1{data}\n", at.quiet));
            side
        }
        LabelSymbol::Qr => {
            // The printer chooses the version: it is not above that of one segment of bytes.
            let data = field(&format!("MA,{}", label.content));
            zpl.push_str(&format!("^FO{0},{0}^BQN,2,{module}{data}\n", at.quiet));
            Matrix::qr_of_bytes(&label.content)?.width()
        }
    };
    let top = 2 * at.quiet + side * module;
    for (line, place) in label.lines.iter().zip(0u32..) {
        let y = top + place * at.pitch;
        let (height, width) = (at.text * glyphs::ROWS, at.text * glyphs::ADVANCE);
        zpl.push_str(&format!("^FO{},{y}^A0N,{height},{width}{}\n", at.quiet, field(line)));
    }
    zpl.push_str(&format!("^PQ{copies}\n^XZ\n"));
    Ok(zpl)
}

/// A field with this text. `^` and `~` would begin a command: they are written by their numbers, and so is the backslash,
/// which announces a number.
fn field(text: &str) -> String {
    let text = text.replace('\\', "\\5C").replace('^', "\\5E").replace('~', "\\7E");
    format!("^FH\\^FD{text}^FS")
}

/// What ^BX reads: `_1` is FNC1, before an element string and where one of its values ends; `__` is the underscore.
fn data_matrix(content: &str, fnc1: bool) -> String {
    let data = content.replace('_', "__").replace(gs1::element::FNC1, "_1");
    match fnc1 {
        true => format!("_1{data}"),
        false => data,
    }
}

/// Modules of a symbol that holds it however plainly the printer encodes it.
fn side_of(label: &Label) -> Result<u32> {
    let plain = DataMatrixBuilder::new().with_macros(false).with_fnc1_start(label.gs1);
    let plain = plain.with_encodation_types(EncodationType::Ascii);
    let symbol = plain.with_symbol_list(SymbolList::default().enforce_square()).encode(label.content.as_bytes());
    let width = symbol.ok().and_then(|symbol| u32::try_from(symbol.bitmap().width()).ok());
    Ok(width.unwrap_or_else(|| label.matrix.width()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::label::Named;

    fn zpl(input: &str, symbol: LabelSymbol) -> String {
        label(&Label::of(&Named::read(input).unwrap(), symbol, 500).unwrap(), 3, 8).unwrap()
    }

    #[test]
    fn fnc1_stands_before_the_elements_and_between_them() {
        let text = zpl("(01)09521234543213(10)A_1(21)S/2%", LabelSymbol::Datamatrix);
        assert!(text.contains("^BXN,4,200,20,20,,_,1^FH\\^FD_1010952123454321310A__1_121S/2%^FS"), "{text}");
        assert!(text.contains("^FD(01)09521234543213^FS\n"), "{text}");
        assert!(text.contains("^FD(10)A_1^FS\n^FO8,"), "{text}");
        assert!(text.starts_with("^XA\n^CI28\n^FO8,8^BX") && text.ends_with("^PQ3\n^XZ\n"), "{text}");
    }

    #[test]
    fn a_link_is_data_of_a_qr_code() {
        let text = zpl("(01)09521234543213(10)L1", LabelSymbol::Qr);
        assert!(text.contains("^FO16,16^BQN,2,4^FH\\^FDMA,https://id.gs1.org/01/09521234543213/10/L1^FS\n"), "{text}");
    }

    #[test]
    fn commands_are_not_made_of_data() {
        assert_eq!(field("a^b~c\\d_e"), "^FH\\^FDa\\5Eb\\7Ec\\5Cd_e^FS");
        assert_eq!(data_matrix("hufu:x/a_~b", false), "hufu:x/a__~b");
        assert!(zpl("hufu:x/a~b", LabelSymbol::Datamatrix).contains("^FDhufu:x/a\\7Eb^FS"));
    }
}
