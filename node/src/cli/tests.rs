//! The operator's guide is true to the commands: every command line that it shows is one.

use super::Cli;
use clap::Parser;

/// Words of a command line: quotation marks hold words together, a hash begins a comment.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
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
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

fn is_understood(line: &str) -> Result<(), String> {
    Cli::try_parse_from(words(line)).map(drop).map_err(|error| format!("{line}\n{error}"))
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
