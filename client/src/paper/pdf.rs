//! PDF: modules and letters as one path, and a label as a page of its size for each copy.

use super::{POINTS, glyphs, label::Label, matrix::Run};
use crate::failure::{Failure, Result};
use krilla::{
    Document,
    geom::{Path, PathBuilder, Rect},
    page::PageSettings,
};

pub(super) fn label(label: &Label, copies: u32) -> Result<Vec<u8>> {
    let at = label.layout_um();
    let mut dark = PathBuilder::new();
    squares(&mut dark, &label.matrix.runs(), points(at.module), (points(at.quiet), points(at.quiet)));
    for (line, place) in label.lines.iter().zip(0u32..) {
        let top = points(at.top + place * at.pitch);
        squares(&mut dark, &glyphs::line(line), points(at.text), (points(at.quiet), top));
    }
    let dark = dark.finish().ok_or_else(|| failed("nothing to draw"))?;
    let mut document = Document::new();
    for _ in 0..copies {
        let size = PageSettings::from_wh(points(at.width), points(at.height));
        let mut page = document.start_page_with(size.ok_or_else(|| failed("a page without extent"))?);
        let mut surface = page.surface();
        surface.draw_path(&dark);
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| failed(&error.to_string()))
}

/// A symbol whose modules are so many points wide.
pub(super) fn symbol(runs: &[Run], module: f32, from: (f32, f32)) -> Option<Path> {
    let mut dark = PathBuilder::new();
    squares(&mut dark, runs, module, from);
    dark.finish()
}

/// Adds runs of modules to a path: rows touch each other, so that no light comes in between.
fn squares(path: &mut PathBuilder, runs: &[Run], module: f32, from: (f32, f32)) {
    for run in runs {
        let (left, top) = (from.0 + run.x as f32 * module, from.1 + run.y as f32 * module);
        if let Some(rect) = Rect::from_xywh(left, top, run.length as f32 * module, module) {
            path.push_rect(rect);
        }
    }
}

pub(super) fn failed(detail: &str) -> Failure {
    Failure::new("H1605", [("format", "PDF"), ("detail", detail)])
}

/// Micrometres in points.
fn points(micrometres: u32) -> f32 {
    micrometres as f32 / 1_000.0 * POINTS
}
