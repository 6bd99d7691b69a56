//! Texts cut to what people read of them.

/// The text with identities of 64 digits cut to their first eight.
pub(crate) fn short(text: &str) -> String {
    let mut cut = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_hexdigit()) {
        match (part.get(..8), part.get(64..)) {
            (Some(start), Some(rest)) if rest.chars().count() <= 1 => cut.extend([start, "…", rest]),
            _ => cut.push_str(part),
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn identities_are_cut() {
        let id = "0123456789abcdef".repeat(4);
        assert_eq!(short(&format!("item {id} is held by {id}")), "item 01234567… is held by 01234567…");
        assert_eq!(short(&format!("item {id}, by {id}")), "item 01234567…, by 01234567…");
        assert_eq!(short("1 of 3 precommits, grade 2"), "1 of 3 precommits, grade 2");
    }
}
