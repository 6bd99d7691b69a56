//! A reader that has seen enough closes the pipe: that is no failure of the program.

use std::process::{Command, Stdio};

/// The exit code of the program whose output nobody reads.
fn unread(line: &[&str]) -> Option<i32> {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_hufu"))
        .args(line)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("HUFU_CONFIG")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.wait().unwrap().code()
}

#[test]
fn what_is_made_for_another_program_may_be_cut_short() {
    for line in ["completions bash", "completions fish", "man", "explain", "--json completions zsh", "--json man"] {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(unread(&words), Some(0), "{line}");
    }
}

/// What a command prints.
fn printed(line: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    let output = command.args(line).current_dir(folder.path()).env("HOME", folder.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn scripts_get_one_object() {
    let text = printed(&["completions", "bash"]);
    let json: serde_json::Value = serde_json::from_str(&printed(&["--json", "completions", "bash"])).unwrap();
    assert_eq!((json["schema"].as_str(), json["text"].as_str()), (Some("hufu.completions/1"), Some(text.as_str())));
    let json: serde_json::Value = serde_json::from_str(&printed(&["--json", "man"])).unwrap();
    assert!(json["text"].as_str().unwrap().contains("hufu"), "{json}");
}
