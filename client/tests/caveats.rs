//! What a member's node says of the age and the proof of what it shows reaches whoever reads it.

use crate::node::Node;
use serde_json::{Value, json};
use std::process::Command;

/// What a command printed, what it wrote to stderr, and its exit code.
fn hufu(node: &Node, line: &[&str]) -> (String, String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.toml"), format!("nodes = ['{}']\n", node.url)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    command.env("HUFU_LANG", "en").arg("--config").arg(folder.path().join("c.toml"));
    let output = command.args(line).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// A node that says this of its classes.
fn saying(headers: &str) -> Node {
    let node = Node::start();
    node.with(|state| {
        state.headers.insert("/v1/classes".to_owned(), headers.to_owned());
    });
    node
}

const OLD: &str = "Hufu-As-Of: 120\r\n";
const LIST: &str = "Hufu-List: unproven\r\n";

#[test]
fn people_are_told_in_one_line_beside_the_result() {
    let (plain, none, exit) = hufu(&saying(""), &["class", "list"]);
    assert_eq!((none.as_str(), exit), ("", Some(0)));
    let old = "as of height 120: no agency shows anything newer now";
    let list = "each record of a list is proven, that none is missing is not";
    let cases = [
        (OLD.to_owned(), format!("note: {old}\n")),
        (LIST.to_owned(), format!("note: {list}\n")),
        (format!("{OLD}{LIST}"), format!("note: {old}; {list}\n")),
        // What is no such header says nothing.
        ("Hufu-As-Of: soon\r\nHufu-List: whole\r\n".to_owned(), String::new()),
    ];
    for (headers, expected) in cases {
        let told = hufu(&saying(&headers), &["class", "list"]);
        assert_eq!(told, (plain.clone(), expected, Some(0)), "{headers}");
    }
    let (_, told, _) = hufu(&saying(OLD), &["--lang", "zh-Hans", "class", "list"]);
    assert_eq!(told, "注意：截至高度 120：目前没有机关给出更新的内容\n");
}

#[test]
fn programs_are_told_by_a_field_beside_the_others() {
    let read = |headers: &str| {
        let (printed, told, exit) = hufu(&saying(headers), &["--json", "class", "list"]);
        assert_eq!((told.as_str(), exit), ("", Some(0)), "{headers}");
        serde_json::from_str::<Value>(&printed).unwrap()
    };
    let plain = read("");
    assert_eq!(plain.get("caveats"), None);
    for (headers, caveats) in [
        (OLD.to_owned(), json!({ "as_of": 120, "unproven_list": false })),
        (format!("{OLD}{LIST}"), json!({ "as_of": 120, "unproven_list": true })),
    ] {
        let mut expected = plain.clone();
        expected["caveats"] = caveats;
        assert_eq!(read(&headers), expected, "{headers}");
    }
}

#[test]
fn that_something_is_not_found_may_be_old_too() {
    let node = Node::start();
    let id = "ab".repeat(32);
    node.with(|state| {
        state.headers.insert(format!("/v1/items/{id}"), OLD.to_owned());
    });
    let (printed, told, exit) = hufu(&node, &["item", "show", &id]);
    assert_eq!((printed.as_str(), exit), ("", Some(3)));
    assert!(told.starts_with("note: as of height 120: ") && told.contains("error[H7004]"), "{told}");
}
