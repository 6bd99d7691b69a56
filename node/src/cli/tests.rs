//! The operator's guide is true to the commands: every command line that it shows is one.

use super::{Cli, language, quoted};
use api::Lang;
use clap::Parser;
use std::path::Path;

/// Words of a command line: quotation marks hold words together, a backslash takes the next sign as it is, a hash begins a
/// comment.
pub(super) fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    let mut signs = line.chars();
    while let Some(c) = signs.next() {
        match c {
            '\'' => (quoted, begun) = (!quoted, true),
            '#' if !quoted && !begun => break,
            c if c.is_whitespace() && !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(if c == '\\' && !quoted { signs.next().unwrap_or(c) } else { c });
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

pub(super) fn is_understood(line: &str) -> Result<(), String> {
    Cli::try_parse_from(words(line)).map(drop).map_err(|error| format!("{line}\n{error}"))
}

#[test]
fn a_path_is_one_word_of_a_shown_command() {
    for (path, shown) in [
        ("/var/lib/hufud", "/var/lib/hufud"),
        ("/srv/深圳/hufud-2", "/srv/深圳/hufud-2"),
        ("/srv/two words", "'/srv/two words'"),
        ("/srv/it's $HOME;rm *", r"'/srv/it'\''s $HOME;rm *'"),
        ("", "''"),
    ] {
        assert_eq!(quoted(Path::new(path)), shown);
        assert_eq!(words(shown), [path]);
    }
}

#[test]
fn command_lines_of_the_guide_are_understood() {
    let guide = include_str!("../../../docs/guide/operator.md").replace("\\\n", " ");
    let (mut shown, mut is_code) = (0, false);
    for line in guide.lines().map(str::trim) {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code && line.starts_with("hufud ") {
            assert_eq!(is_understood(line), Ok(()));
            shown += 1;
        }
    }
    assert!(shown > 15, "{shown} command lines were found");
}

/// A node of an agency that joins is set up by its role, and in no second way.
#[test]
fn one_way_leads_into_a_network_that_runs() {
    let by_role = "hufud init --role agency --home h --genesis g.json --listen 127.0.0.1:1 --snapshot s";
    assert_eq!(is_understood(by_role), Ok(()));
    assert!(is_understood("hufud init follow --home h --genesis g.json --node n --listen 127.0.0.1:1").is_err());
}

/// Later invitations are taken with nothing that sets up a home.
#[test]
fn an_update_takes_invitations_alone() {
    let update = "hufud init --role member --home h --invitation i.json --update";
    assert_eq!(is_understood(update), Ok(()));
    assert!(is_understood("hufud init --role member --home h --update").is_err());
    for more in ["--from-now", "--node n", "--api 127.0.0.1:1", "--fingerprint f"] {
        assert!(is_understood(&format!("{update} {more}")).is_err(), "{more}");
    }
}

#[test]
fn a_language_that_there_is_not_is_refused() {
    let check = |asked: Option<&str>, expect: Result<Lang, &str>| {
        assert_eq!(language(asked, "zh_CN.UTF-8").map_err(|error| error.code), expect, "{asked:?}");
    };
    check(None, Ok(Lang::ZhHans));
    check(Some(""), Ok(Lang::ZhHans));
    check(Some("en"), Ok(Lang::En));
    check(Some("zh-Hans"), Ok(Lang::ZhHans));
    check(Some("fr"), Err("H1412"));
}
