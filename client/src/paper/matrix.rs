//! Symbols as modules, dark and light: GS1 DataMatrix and QR codes.

use crate::failure::{Failure, Result};
use datamatrix::{DataMatrixBuilder, SymbolList};
use qrcode::{Color, EcLevel, QrCode, QrResult, Version, bits::Bits};
use std::fmt;

/// The modules of a symbol, without its quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matrix {
    width: u32,
    dark: Vec<bool>,
}

/// Dark modules side by side in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) length: u32,
}

impl Matrix {
    /// A square DataMatrix, ECC 200; of an element string with FNC1 in front, which makes it a GS1 DataMatrix.
    pub(crate) fn data_matrix(content: &str, gs1: bool) -> Result<Matrix> {
        let builder = DataMatrixBuilder::new().with_macros(false).with_fnc1_start(gs1);
        let symbol = builder.with_symbol_list(SymbolList::default().enforce_square()).encode(content.as_bytes());
        let map = symbol.map_err(|error| unfit(content, &error))?.bitmap();
        Matrix::of(map.width(), map.bits().iter().copied())
    }

    /// A QR code of error correction level M, in whichever modes are shortest.
    pub(crate) fn qr(content: &str) -> Result<Matrix> {
        let code = QrCode::with_error_correction_level(content, EcLevel::M).map_err(|e| unfit(content, &e))?;
        Matrix::of_qr(code)
    }

    /// The same in one segment of bytes, which no printer needs more room for.
    pub(crate) fn qr_of_bytes(content: &str) -> Result<Matrix> {
        Matrix::of_segment(content, EcLevel::M, |bits| bits.push_byte_data(content.as_bytes()))
    }

    /// A QR code of error correction level L and one segment in the alphanumeric mode: of 4,296 characters and no more.
    pub(crate) fn card(text: &str) -> Result<Matrix> {
        Matrix::of_segment(text, EcLevel::L, |bits| bits.push_alphanumeric_data(text.as_bytes()))
    }

    /// The smallest QR code that holds what is pushed.
    fn of_segment(content: &str, level: EcLevel, push: impl Fn(&mut Bits) -> QrResult<()>) -> Result<Matrix> {
        let code = (1..=40).find_map(|version| {
            let mut bits = Bits::new(Version::Normal(version));
            push(&mut bits).ok()?;
            bits.push_terminator(level).ok()?;
            QrCode::with_bits(bits, level).ok()
        });
        Matrix::of_qr(code.ok_or_else(|| unfit(content, &"more than one symbol holds"))?)
    }

    fn of_qr(code: QrCode) -> Result<Matrix> {
        let width = code.width();
        Matrix::of(width, code.into_colors().into_iter().map(|color| color == Color::Dark))
    }

    fn of(width: usize, dark: impl Iterator<Item = bool>) -> Result<Matrix> {
        let width = u32::try_from(width).map_err(|error| unfit("", &error))?;
        Ok(Matrix { width, dark: dark.collect() })
    }

    /// Modules in a row; both kinds of symbol are square.
    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    /// All runs of dark modules, row by row.
    pub(crate) fn runs(&self) -> Vec<Run> {
        let rows = self.dark.chunks(self.width.max(1) as usize);
        rows.zip(0..).flat_map(|(row, y)| runs(row.iter().copied(), y)).collect()
    }
}

/// The runs of one row.
pub(crate) fn runs(row: impl Iterator<Item = bool>, y: u32) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (x, _) in (0..).zip(row).filter(|(_, dark)| *dark) {
        match runs.last_mut() {
            Some(last) if last.x + last.length == x => last.length += 1,
            _ => runs.push(Run { x, y, length: 1 }),
        }
    }
    runs
}

fn unfit(content: &str, why: &dyn fmt::Debug) -> Failure {
    let start: String = content.chars().take(60).collect();
    Failure::new("H1604", [("input", start), ("detail", format!("{why:?}"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_those_of_the_row() {
        let found = runs("##.#..###".chars().map(|c| c == '#'), 7);
        let expect = [(0, 2), (3, 1), (6, 3)].map(|(x, length)| Run { x, y: 7, length });
        assert_eq!(found, expect);
        assert!(runs([false; 4].into_iter(), 0).is_empty());
    }

    #[test]
    fn a_card_has_as_many_characters_as_the_standard_says() {
        let symbol = |length: usize| Matrix::card(&"A".repeat(length)).map(|matrix| matrix.width());
        // ISO/IEC 18004, table 7: 25 characters in version 1, 4,296 in version 40.
        assert_eq!(symbol(25), Ok(21));
        assert_eq!(symbol(26), Ok(25));
        assert_eq!(symbol(4_296), Ok(177));
        assert_eq!(symbol(4_297).unwrap_err().code, "H1604");
    }

    #[test]
    fn what_no_symbol_holds_is_refused() {
        assert_eq!(Matrix::qr(&"x".repeat(3_000)).unwrap_err().code, "H1604");
        assert_eq!(Matrix::data_matrix(&"x".repeat(3_000), true).unwrap_err().code, "H1604");
    }
}
