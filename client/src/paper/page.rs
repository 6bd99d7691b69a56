//! Pages of millimetres: what stands where, before there is a PDF of it.

use super::{POINTS, font::Font, matrix::Matrix, pdf};
use crate::failure::Result;
use krilla::{
    Document,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    page::PageSettings,
    surface::Surface,
    text::TextDirection,
};

/// A4.
pub(super) const WIDTH: f32 = 210.0;
/// A4.
pub(super) const HEIGHT: f32 = 297.0;

/// Something on a page, all lengths in millimetres from the top left, sizes of letters in points.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// Letters, from the left on a line.
    Text { x: f32, y: f32, size: f32, text: String },
    /// A symbol without its quiet zone.
    Symbol { x: f32, y: f32, module: f32, matrix: Matrix },
    /// A line from left to right.
    Rule { x: f32, y: f32, length: f32 },
}

/// What a page shows.
pub(super) type Page = Vec<Mark>;

/// Thickness of a line.
const RULE: f32 = 0.2;

/// The file. Error: H1605.
pub(super) fn document(pages: &[Page], font: &Font, title: &str, made: Option<DateTime>) -> Result<Vec<u8>> {
    let letters = font.pdf().ok_or_else(|| pdf::failed("the font"))?;
    let mut document = Document::new();
    let metadata = Metadata::new().title(title.to_owned()).creator("hufu".to_owned());
    document.set_metadata(match made {
        Some(made) => metadata.creation_date(made),
        None => metadata,
    });
    for marks in pages {
        let size = PageSettings::from_wh(WIDTH * POINTS, HEIGHT * POINTS);
        let mut page = document.start_page_with(size.ok_or_else(|| pdf::failed("a page without extent"))?);
        let mut surface = page.surface();
        marks.iter().for_each(|mark| draw(&mut surface, mark, &letters));
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| pdf::failed(&error.to_string()))
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, letters: &krilla::text::Font) {
    match mark {
        Mark::Text { x, y, size, text } => {
            let start = Point::from_xy(x * POINTS, y * POINTS);
            surface.draw_text(start, letters.clone(), *size, text, false, TextDirection::LeftToRight);
        }
        Mark::Symbol { x, y, module, matrix } => {
            if let Some(path) = pdf::symbol(&matrix.runs(), module * POINTS, (x * POINTS, y * POINTS)) {
                surface.draw_path(&path);
            }
        }
        Mark::Rule { x, y, length } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(x * POINTS, y * POINTS, length * POINTS, RULE * POINTS) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

/// The lines of a text, each of which `fits`. A word that fits no line is cut.
pub(super) fn wrapped(text: &str, fits: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in pieces(text) {
        let last = lines.last().map_or("", String::as_str);
        if fits(format!("{last}{piece}").trim_end()) {
            if let Some(last) = lines.last_mut() {
                last.push_str(piece);
            }
            continue;
        }
        let mut next = String::new();
        for letter in piece.chars() {
            if !next.is_empty() && !fits(format!("{next}{letter}").trim_end()) {
                lines.push(std::mem::take(&mut next));
            }
            next.push(letter);
        }
        lines.push(next);
    }
    lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Where a line may end: behind a blank, and beside a Chinese character unless a mark follows that closes something.
fn pieces(text: &str) -> Vec<&str> {
    let is_wide = |c: char| c >= '\u{2e80}';
    let mut pieces = Vec::new();
    let (mut start, mut before) = (0, None);
    for (at, c) in text.char_indices() {
        let may_end = before.is_some_and(|b: char| b == ' ' || ((is_wide(b) || is_wide(c)) && !closes(c)));
        if may_end {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(c);
    }
    pieces.push(&text[start..]);
    pieces
}

fn closes(c: char) -> bool {
    "，。；：、）》」』！？,.;:)]%·".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_words_do() {
        let check = |text: &str, expect: &[&str]| {
            let fits = |line: &str| line.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum::<usize>() <= 10;
            assert_eq!(wrapped(text, &fits), expect, "{text}");
        };
        check("", &[]);
        check("one two three four", &["one two", "three four"]);
        check("0123456789abcdef01", &["0123456789", "abcdef01"]);
        check("一二三四五六七", &["一二三四五", "六七"]);
        check("一二三四，五六", &["一二三四，", "五六"]);
        check("一二三四五，六", &["一二三四", "五，六"]);
        check("张江 Zhangjiang 生物", &["张江", "Zhangjiang", "生物"]);
    }
}
