//! A label as SVG, in micrometres: the modules as one path, the letters as text.

use super::{glyphs, label::Label};
use std::fmt::Write;

pub(super) fn label(label: &Label) -> String {
    let at = label.layout_um();
    let (width, height) = (at.width, at.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" viewBox=\"0 0 {width} {height}\">\n",
        millimetres(width),
        millimetres(height)
    );
    svg.push_str(&format!("<title>{}</title>\n", escaped(&label.lines.join(" "))));
    svg.push_str(&format!("<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"));
    svg.push_str("<path shape-rendering=\"crispEdges\" d=\"");
    for run in label.matrix.runs() {
        let (x, y) = (at.quiet + run.x * at.module, at.quiet + run.y * at.module);
        // Writing to a string does not fail.
        let _ = write!(svg, "M{x} {y}h{}v{}h-{0}z", run.length * at.module, at.module);
    }
    svg.push_str("\"/>\n");
    // The letters of a monospaced font are three fifths as wide as it is high, and its capitals seven tenths as high.
    let size = at.text * glyphs::ADVANCE * 5 / 3;
    for (line, place) in label.lines.iter().zip(0u32..) {
        let foot = at.top + place * at.pitch + glyphs::CAPITAL * at.text;
        let length = line.chars().count() * (at.text * glyphs::ADVANCE) as usize;
        svg.push_str(&format!(
            "<text x=\"{}\" y=\"{foot}\" font-family=\"monospace\" font-size=\"{size}\" textLength=\"{length}\" \
             lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>\n",
            at.quiet,
            escaped(line)
        ));
    }
    svg.push_str("</svg>\n");
    svg
}

fn millimetres(micrometres: u32) -> String {
    format!("{}.{:03}", micrometres / 1_000, micrometres % 1_000)
}

/// Text of XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::LabelSymbol, paper::label::Named};

    #[test]
    fn a_label_is_as_large_as_it_says_and_its_text_is_escaped() {
        let named = Named::read("(01)09521234543213(10)A<B>&\"'").unwrap();
        let label = Label::of(&named, LabelSymbol::Datamatrix, 500).unwrap();
        let svg = super::label(&label);
        let at = label.layout_um();
        let head = format!("width=\"{}mm\" height=\"{}mm\"", millimetres(at.width), millimetres(at.height));
        assert!(svg.contains(&head), "{svg}");
        assert!(svg.contains(">(10)A&lt;B&gt;&amp;&quot;'</text>"), "{svg}");
        assert_eq!(millimetres(12_050), "12.050");
    }
}
