//! The user guide and the cures of the catalogue are true to the commands: every command line that they show is one.

use api::{Lang, catalogue};
use std::collections::BTreeSet;

/// Flags of `hufud` that cures name, and the one that every command has.
const OTHERS: [&str; 3] = ["--home", "--role", "--help"];

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

/// The long flags of a command and of all below it.
fn flags(command: &clap::Command) -> BTreeSet<String> {
    let own = command.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}"));
    own.chain(command.get_subcommands().flat_map(flags)).collect()
}

/// Why the words behind `hufu` name no command, if they do not.
fn is_no_command(hufu: &clap::Command, words: &[&str]) -> bool {
    let [first, rest @ ..] = words else { return true };
    let Some(command) = hufu.find_subcommand(first) else { return *first != "help" };
    command.has_subcommands() && rest.first().is_none_or(|second| command.find_subcommand(second).is_none())
}

#[test]
fn commands_and_flags_that_cures_name_exist() {
    let hufu = client::command();
    let mut known = flags(&hufu);
    known.extend(OTHERS.map(str::to_owned));
    let (mut shown, mut wrong) = (0, Vec::new());
    for code in catalogue::codes() {
        let explained = catalogue::explain(code, Lang::En).unwrap();
        let text = [explained.cause, explained.cure].join(" ");
        // `hufu:by` is a word of events.
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | ':'));
        let words: Vec<&str> = words.map(|word| word.trim_end_matches(':')).collect();
        for (place, word) in words.iter().enumerate() {
            let is_flag = word.len() > 2 && word.starts_with("--");
            if is_flag && !known.contains(*word) {
                wrong.push(format!("{code}: {word}"));
            }
            if *word == "hufu" {
                shown += 1;
                if is_no_command(&hufu, &words[place + 1..]) {
                    wrong.push(format!("{code}: {text}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(shown > 50, "{shown} commands were found");
}
