//! Packs as text: those that come with the program, their vectors, and what is refused.

use api::pack::{self, BY_GENESIS, SHIPPED};
use ledger::{
    PolicyPack,
    bounds::MAX_PACK_BYTES,
    codec,
    policy::{Orientation, Rule},
};
use serde_json::{Value, json};
use std::{env, fs, path::Path};

fn text(name: &str) -> &'static str {
    pack::shipped(name).unwrap()
}

fn draft() -> &'static str {
    text("shenzhen-draft")
}

/// Every pack that comes with the program, in each orientation that it leaves open.
fn shipped() -> Vec<PolicyPack> {
    let mut packs = Vec::new();
    for (name, text) in SHIPPED {
        let open = text.contains(&format!("orientation = {BY_GENESIS:?}"));
        let orientations = if open { Orientation::ALL.map(Some).to_vec() } else { vec![None] };
        for orientation in orientations {
            let pack = pack::read(text, orientation).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert_eq!(pack.name.as_str(), name);
            packs.push(pack);
        }
    }
    packs
}

/// `HUFU_BLESS=1 cargo test -p api --test packs` writes the vectors; the crates below this one take their packs from them.
#[test]
fn the_packs_are_those_of_the_vectors() {
    let vector = |pack: &PolicyPack| {
        let bytes = codec::encode(pack);
        assert!(bytes.len() <= MAX_PACK_BYTES, "{} bytes", bytes.len());
        assert_eq!(codec::decode::<PolicyPack>(&bytes, MAX_PACK_BYTES).unwrap(), *pack);
        json!({
            "name": pack.name.as_str(),
            "version": pack.version,
            "orientation": pack.orientation.name(),
            "bytes": hex::encode(bytes),
            "hash": pack.hash().to_string(),
        })
    };
    let made = json!({"packs": shipped().iter().map(vector).collect::<Vec<_>>()});
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/packs.json");
    if env::var_os("HUFU_BLESS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let found: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(found, made);
}

#[test]
fn what_is_written_is_read_again() {
    for pack in shipped() {
        let text = pack::write(&pack);
        assert_eq!(pack::read(&text, None).unwrap(), pack, "{text}");
        assert_eq!(pack::read(&text, Some(pack.orientation)).unwrap(), pack);
    }
}

/// The text with one change is refused: at this line and column (0 for any), with these words.
#[track_caller]
fn refused(from: &str, to: &str, at: (usize, usize), words: &str) {
    assert!(draft().contains(from), "{from}");
    let changed = draft().replacen(from, to, 1);
    let faults = pack::read(&changed, Some(Orientation::FirstIsLowest)).unwrap_err();
    let [fault] = faults.as_slice() else { panic!("{from} -> {to}: {faults:?}") };
    assert!(fault.what.contains(words), "{from} -> {to}: {fault}");
    if at != (0, 0) {
        assert_eq!((fault.line, fault.column), at, "{fault}");
    }
}

fn line_of(part: &str) -> usize {
    draft().lines().position(|line| line.contains(part)).unwrap() + 1
}

#[test]
fn faults_are_told_where_they_stand() {
    let at = |part: &str, column| (line_of(part), column);
    refused("\"officer@science-technology\"", "\"officer@science\"", at("officer@science", 13), "no organisation");
    refused("\"officer@science-technology\"", "\"official@customs\"", at("officer@science", 13), "no capacity");
    refused("\"officer@science-technology\"", "\"customs\"", at("officer@science", 13), "capacity@organisation");
    refused("\"hufu.pack/1\"", "\"hufu.pack/9\"", at("hufu.pack/1", 10), "hufu.pack/1");
    refused("R33 = ", "R34 = ", at("R33 = ", 7), "R1 to R33");
    refused("R33 = ", "R033 = ", at("R33 = ", 8), "R1 to R33");
    refused("name = \"release\"", "name = \"releese\"", at("name = \"release\"", 8), "releese");
    refused("name = \"release\"", "name = \"inspect\"", at("name = \"release\"", 8), "inspect stands twice");
    refused("\"$genesis\"", "\"upwards\"", at("$genesis", 15), "no orientation");
    refused("\"$genesis\"", "\"first-is-highest\"", at("$genesis", 15), "first-is-lowest is asked for");
    refused("[\"1\", \"2\", \"3\", \"4\"]", "[\"1\", \"2\", \"3\", \"2\"]", at("grades =", 10), "differ");
    refused("[\"1\", \"2\", \"3\", \"4\"]", "[\"1\", \"2\", \"3\", \"123456789\"]", at("grades =", 26), "at most 8");
    refused("version = 1", "version = -1", at("version = 1", 11), "invalid value");
    refused("version = 1", "version = 1\ncolour = 1", (0, 0), "unknown field");
    refused("name = \"shenzhen-draft\"\n", "", (0, 0), "missing field `name`");
    refused("[articles]", "[articles", (0, 0), "unclosed");
}

#[test]
fn a_pack_cannot_take_away_what_is_fixed() {
    let handover = "[[\"custodian@principal\", \"receiver@counterpart\"]]";
    refused(handover, "[[\"custodian@principal\"]]", (0, 0), "two halves");
    let dispose = "[[\"custodian@principal\", \"countersigner@environment\"]]";
    refused(dispose, "[[\"custodian@principal\"]]", (0, 0), "and an agency (officer");
    refused(dispose, "[[\"countersigner@environment\"]]", (0, 0), "custodian@principal");
    refused(dispose, "[[\"custodian@principal\", \"custodian@principal\", \"officer@health\"]]", (0, 0), "twice");
    refused(dispose, "[[]]", (0, 0), "1 to 8 signers");
    refused(dispose, "[]", (0, 0), "1 to 4 alternatives");
    refused("article = \"art. 39\"", "rule = \"R30\"", (0, 0), "needs an article");
    refused("signers = []", "signers = [[\"officer@customs\"]]", (0, 0), "none for rotate-key");
    let keys = "signers = [[\"administrator@principal\"], [\"officer@customs\"]]";
    refused(keys, "signers = [[\"administrator@principal\"]]", (0, 0), "one or more of agencies alone");
    refused(keys, "signers = [[\"officer@customs\"]]", (0, 0), "the alternative administrator@principal");
    refused(keys, "signers = [[\"administrator@principal\"], [\"receiver@customs\"]]", (0, 0), "as officer");
    refused(
        "signers = [[\"declarant@principal\"]]",
        "signers = [[\"officer@customs\"]]",
        (0, 0),
        "declarant@principal",
    );
    refused("signers = [[\"officer@customs\"]]", "signers = [[\"custodian@principal\"]]", (0, 0), "agencies sign it");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let changed = draft().replacen("officer@science-technology", "officer@science", 1).replacen("R33", "R99", 1);
    let faults = pack::read(&changed, None).unwrap_err();
    let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [line_of("$genesis"), line_of("R33 = "), line_of("officer@science")], "{faults:?}");
    // Then what does not fit.
    let changed = draft().replace("[\"custodian@principal\"", "[\"receiver@principal\"");
    let faults = pack::read(&changed, Some(Orientation::FirstIsLowest)).unwrap_err();
    let acts = ["offer", "withdraw", "handover", "use", "dispose"].map(|act| line_of(&format!("name = \"{act}\"")));
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), acts, "{faults:?}");
}

/// Without a row an act is not possible, and the pack is one all the same.
#[test]
fn a_pack_need_not_know_every_act() {
    let (upto, _) = draft().split_once("[[act]]\nname = \"register-node\"").unwrap();
    let pack = pack::read(upto, Some(Orientation::FirstIsHighest)).unwrap();
    assert_eq!(pack.acts.len(), 4);
    assert_eq!(pack.article(Rule(13)).unwrap().as_str(), "art. 26");
    // Neither is the pack of its name that comes with the program.
    assert!(pack::is_impostor(&pack) && !pack::is_shipped(&pack));
    for pack in shipped() {
        assert!(pack::is_shipped(&pack) && !pack::is_impostor(&pack));
        let other = PolicyPack { version: 2, ..pack };
        assert!(!pack::is_shipped(&other) && !pack::is_impostor(&other));
    }
}

/// What is quoted from a stranger's text does not speak to the terminal.
#[test]
fn control_characters_are_escaped() {
    let changed = draft().replace("version = 1", "version = 1\n\"col\\u001b[31mour\" = 1");
    let faults = pack::read(&changed, None).unwrap_err();
    assert!(faults.iter().all(|fault| !fault.to_string().contains('\u{1b}')), "{faults:?}");
}

#[test]
fn a_text_that_is_too_long_is_refused() {
    let long = format!("{}{}", draft(), "# more\n".repeat(40_000));
    assert!(pack::read(&long, None).unwrap_err()[0].what.contains("at most"));
}
