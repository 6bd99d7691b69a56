//! The repository as data: its files, its Rust sources with and without tests, and what cargo says of it.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand};

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_path_buf()
}

/// Paths of the files that are, or would be, in version control: relative to the top, with `/`, sorted.
pub(crate) fn files() -> Vec<String> {
    let mut files = match listed_by_git() {
        Some(files) => files,
        None => walk(&root()),
    };
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    assert!(!files.is_empty(), "the repository has no files");
    files
}

fn listed_by_git() -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()?;
    let listing = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(listing.split('\0').filter(|file| !file.is_empty()).map(str::to_owned).collect())
}

/// For a source archive, where there is no git.
fn walk(top: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![top.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("read a folder").map(|entry| entry.expect("read a folder")) {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_file() {
                let relative = path.strip_prefix(top).expect("walked from the top");
                files.push(relative.to_str().expect("file names are UTF-8").to_owned());
            } else if path.is_dir() && name != ".git" && name != "target" {
                folders.push(path);
            }
        }
    }
    files
}

/// The text of a file, or `None` where it is not UTF-8.
pub(crate) fn text(file: &str) -> Option<String> {
    let bytes = fs::read(root().join(file)).unwrap_or_else(|error| panic!("failed to read {file}: {error}"));
    String::from_utf8(bytes).ok()
}

/// Rust files with their text.
pub(crate) fn rust_files() -> Vec<(String, String)> {
    let rust = files().into_iter().filter(|file| file.ends_with(".rs"));
    rust.map(|file| {
        let text = text(&file).unwrap_or_else(|| panic!("{file} is not UTF-8"));
        (file, text)
    })
    .collect()
}

/// Is the whole file test code, by where it lies?
pub(crate) fn is_test_file(file: &str) -> bool {
    let mut parts = file.split('/');
    parts.any(|part| part == "tests" || part == "benches" || part == "fuzz" || part == "tests.rs")
}

/// Splits a Rust file into (what ships, what only tests compile), each with its line numbers.
///
/// Formatted code closes a module at the indentation that opened it; formatting is checked before the tests.
pub(crate) fn split_tests<'a>(file: &str, text: &'a str) -> (Vec<Line<'a>>, Vec<Line<'a>>) {
    let lines = text.lines().enumerate().map(|(index, text)| Line { number: index + 1, text });
    if is_test_file(file) {
        return (Vec::new(), lines.collect());
    }
    let (mut shipped, mut tests) = (Vec::new(), Vec::new());
    let mut region = Region::Shipped;
    for line in lines {
        region = match region {
            Region::Shipped if line.text.trim_start().starts_with("#[cfg(test)]") => {
                Region::Marked { indent: indent(line.text) }
            }
            Region::Marked { indent } if line.text.trim_start().starts_with("#[") => Region::Marked { indent },
            Region::Marked { indent } if line.text.trim_end().ends_with(['}', ';']) => Region::Last { indent },
            Region::Marked { indent } => Region::Inside { indent },
            Region::Inside { indent: at } if indent(line.text) == at && line.text.trim_start().starts_with('}') => {
                Region::Last { indent: at }
            }
            Region::Last { .. } if line.text.trim_start().starts_with("#[cfg(test)]") => {
                Region::Marked { indent: indent(line.text) }
            }
            Region::Last { .. } => Region::Shipped,
            Region::Shipped | Region::Inside { .. } => region,
        };
        match region {
            Region::Shipped => shipped.push(line),
            Region::Marked { .. } | Region::Inside { .. } | Region::Last { .. } => tests.push(line),
        }
    }
    (shipped, tests)
}

/// One line of a file and its number, from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) number: usize,
    pub(crate) text: &'a str,
}

#[derive(Clone, Copy)]
enum Region {
    Shipped,
    /// After `#[cfg(test)]`, before the line that opens the item.
    Marked {
        indent: usize,
    },
    Inside {
        indent: usize,
    },
    Last {
        indent: usize,
    },
}

pub(crate) fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What cargo says of the workspace and of the packages it takes to build it on this kind of machine.
///
/// Restricted to this platform: a build downloads no other's packages, and a test should not either.
pub(crate) fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--locked".to_owned(), "--filter-platform".to_owned(), host()])
        .exec()
        .unwrap_or_else(|error| panic!("cargo metadata failed: {error}"))
}

/// The target triple that this machine builds for.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("run rustc");
    let version = String::from_utf8(output.stdout).expect("rustc speaks UTF-8");
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

/// Fails with one line per finding; `rule` says what should hold and what to do.
#[track_caller]
pub(crate) fn report(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n  {}\n", findings.join("\n  "));
}
