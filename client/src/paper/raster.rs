//! A label as PNG, which says how large it is to be printed.

use super::{glyphs, label::Label, matrix::Run};
use crate::failure::{Failure, Result};

/// Pixels of a millimetre, about: a module has a whole number of them. 610 to the inch.
const PIXELS: u32 = 24;
/// Pixels of the narrowest module.
const NARROWEST: u32 = 4;

pub(super) fn label(label: &Label) -> Result<Vec<u8>> {
    let module = (label.size * PIXELS).div_ceil(1_000).max(NARROWEST);
    let at = label.layout_px(module);
    let mut image = Image { width: at.width, luma: vec![0xff; at.width as usize * at.height as usize] };
    for run in label.matrix.runs() {
        image.fill(run, at.module, (at.quiet, at.quiet));
    }
    for (line, place) in label.lines.iter().zip(0u32..) {
        for run in glyphs::line(line) {
            image.fill(run, at.text, (at.quiet, at.top + place * at.pitch));
        }
    }
    // As many modules fit a metre as there are widths of one.
    let density = module * 1_000_000 / label.size;
    written(&image, at.height, density)
        .map_err(|error| Failure::new("H1605", [("format", "PNG".to_owned()), ("detail", error.to_string())]))
}

fn written(image: &Image, height: u32, density: u32) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: density, yppu: density, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&image.luma)?;
    writer.finish()?;
    Ok(bytes)
}

struct Image {
    width: u32,
    luma: Vec<u8>,
}

impl Image {
    /// Makes a run dark, each of its modules so many pixels wide, the first module of all at `from`.
    fn fill(&mut self, run: Run, module: u32, from: (u32, u32)) {
        let (left, top) = (from.0 + run.x * module, from.1 + run.y * module);
        for y in top..top + module {
            let start = y as usize * self.width as usize + left as usize;
            let end = start + (run.length * module) as usize;
            if let Some(row) = self.luma.get_mut(start..end) {
                row.fill(0);
            }
        }
    }
}
