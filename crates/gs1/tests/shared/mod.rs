//! The shared fixtures, which stay outside the project: where they are absent a test says so and passes.
#![allow(dead_code, reason = "each test binary uses its part")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn fixture(path: &str) -> Option<String> {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !root.is_dir() {
        println!("skipped: no fixtures");
        return None;
    }
    Some(fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("failed to read {path}: {error}")))
}

pub(crate) fn cases(path: &str) -> Option<Vec<Value>> {
    Some(serde_json::from_str(&fixture(path)?).unwrap())
}

pub(crate) fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_default()
}
