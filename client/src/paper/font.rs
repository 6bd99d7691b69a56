//! A font with Chinese and Latin letters: found on the system when it is needed, and never part of the project.

use super::POINTS;
use crate::{
    failure::{Failure, Result},
    storage,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use ttf_parser::Face;

/// Longest font file that is read, in bytes.
const MAX_FONT: usize = 128 * 1024 * 1024;

/// Where systems have such fonts, and which font of a collection it is.
const PLACES: &[(&str, u32)] = &[
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/wqy-microhei/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", 0),
    ("/System/Library/Fonts/STHeiti Light.ttc", 1),
];

/// A font that was read.
#[derive(Clone, Debug)]
pub(crate) struct Font {
    pub(crate) path: PathBuf,
    data: Arc<Vec<u8>>,
    index: u32,
}

impl Font {
    /// The font that a person named, `FILE` or `FILE#INDEX` of a collection, or one of the system, that has every letter of
    /// a text.
    ///
    /// Errors: H1610 where none is there, H1611, H1612.
    pub(crate) fn find(given: Option<&Path>, text: &str) -> Result<Font> {
        if let Some(given) = given {
            let (path, index) = split(given);
            return Font::open(&path, index)?.with_all_of(text);
        }
        let mut lacking = None;
        for (path, index) in PLACES {
            let path = Path::new(path);
            if !path.is_file() {
                continue;
            }
            match Font::open(path, *index).and_then(|font| font.with_all_of(text)) {
                Ok(font) => return Ok(font),
                Err(failure) => lacking = lacking.or(Some(failure)),
            }
        }
        Err(lacking.unwrap_or_else(|| Failure::plain("H1610")))
    }

    fn open(path: &Path, index: u32) -> Result<Font> {
        let font = Font { path: path.to_owned(), data: Arc::new(storage::read(path, MAX_FONT)?), index };
        match font.face().is_some() && font.pdf().is_some() {
            true => Ok(font),
            false => Err(Failure::new("H1611", [("file", path.display().to_string()), ("index", index.to_string())])),
        }
    }

    fn face(&self) -> Option<Face<'_>> {
        Face::parse(&self.data, self.index).ok()
    }

    /// For drawing.
    pub(super) fn pdf(&self) -> Option<krilla::text::Font> {
        krilla::text::Font::new(Arc::clone(&self.data).into(), self.index)
    }

    fn with_all_of(self, text: &str) -> Result<Font> {
        let lost = self.face().map(|face| text.chars().find(|c| face.glyph_index(*c).is_none()));
        let Some(letter) = lost.flatten() else { return Ok(self) };
        let letter = format!("{letter} (U+{:04X})", u32::from(letter));
        Err(Failure::new("H1612", [("file", self.path.display().to_string()), ("letter", letter)]))
    }

    /// Width of a line in millimetres, at a size in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let Some(face) = self.face() else { return 0.0 };
        let advance = |c: char| face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph));
        let units: f32 = text.chars().filter_map(advance).map(f32::from).sum();
        units / f32::from(face.units_per_em()) * size / POINTS
    }
}

/// A file, and which font of it.
fn split(given: &Path) -> (PathBuf, u32) {
    let text = given.to_string_lossy();
    let parts = text.rsplit_once('#').and_then(|(path, index)| Some((PathBuf::from(path), index.parse().ok()?)));
    parts.unwrap_or_else(|| (given.to_owned(), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_of_a_collection_is_named_by_its_number() {
        let check = |given: &str, path: &str, index: u32| {
            assert_eq!(split(Path::new(given)), (PathBuf::from(path), index), "{given}");
        };
        check("a.ttf", "a.ttf", 0);
        check("a.ttc#2", "a.ttc", 2);
        check("a#b.ttf", "a#b.ttf", 0);
        check("a#1#2", "a#1", 2);
    }

    #[test]
    fn what_is_no_font_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.ttf");
        assert_eq!(Font::find(Some(&path), "").unwrap_err().code, "H1403");
        std::fs::write(&path, b"no font").unwrap();
        assert_eq!(Font::find(Some(&path), "").unwrap_err().code, "H1611");
    }
}
