//! The Python environment that `scripts/setup.sh` makes beside what cargo builds.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// The top of the repository.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The interpreter; without one a test ends, and says so.
///
/// Panics in continuous integration, where nothing is skipped.
pub fn python() -> Option<Python> {
    let program = env::current_exe().ok()?;
    let mut folders = program.ancestors().skip(1).take(4);
    let interpreter = folders.find_map(|folder| {
        let found = folder.join("python/bin/python3");
        // The last thing that is written: without it the installation broke off.
        (found.is_file() && folder.join("python/installed").is_file()).then_some(found)
    });
    if interpreter.is_none() {
        assert!(env::var("CI").as_deref() != Ok("true"), "no Python environment: scripts/test.sh makes it");
        // Past the harness, which shows nothing of a test that passes.
        let _ = writeln!(io::stderr(), "skipped: no Python environment");
    }
    interpreter.map(Python)
}

/// An interpreter with the packages of `tests/python/requirements.txt`, and the client in Python.
pub struct Python(PathBuf);

impl Python {
    /// The command that runs it in a folder.
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.0);
        let client = top().join("docs/examples/python");
        command
            .current_dir(folder)
            .env("PYTHONPATH", client)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUTF8", "1");
        command
    }
}
