//! The user guide is true to the commands: every command line that it shows is one.

/// Words of a command line: quotation marks hold words together, a hash begins a comment.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && word.is_empty() => break,
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[test]
fn command_lines_of_the_guide_are_understood() {
    let guide = [include_str!("../../docs/guide/client.md"), include_str!("../../docs/guide/gateway.md")].join("\n");
    let mut shown = 0;
    let mut is_code = false;
    for line in guide.lines().map(str::trim) {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code && line.starts_with("hufu ") {
            let parsed = client::command().try_get_matches_from(words(line));
            assert!(parsed.is_ok(), "{line}\n{}", parsed.unwrap_err());
            shown += 1;
        }
    }
    assert!(shown > 25, "{shown} command lines were found");
}
