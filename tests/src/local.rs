//! A local network of real processes, as tests use it.

use api::{network::StatusView, paths};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use testnet::{Seen, http::Node, process, running, wait_for};

/// Time for what should happen at once.
pub const SOON: Duration = Duration::from_secs(60);

/// The status of a node that answers.
pub fn status(api: &str) -> StatusView {
    Node::new(api).get(paths::STATUS).unwrap()
}

/// Waits for a height beyond this one.
pub fn goes_on(api: &str, beyond: u64) {
    wait_for("a further height", SOON, || match status(api).height {
        height if height > beyond => Seen::Yes(()),
        height => Seen::NotYet(format!("height {height}")),
    })
    .unwrap();
}

/// Ends the nodes of a folder also when a check fails.
pub struct Up<'a>(pub &'a Path);

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let _ = running::down(self.0, None);
    }
}

/// A node that a test starts by itself; it ends with the test.
pub struct Started(pub Child);

impl Started {
    /// Starts `hufud` in a home and keeps what it says.
    pub fn new(home: &Path) -> Started {
        let mut hufud = Command::new(process::beside("hufud").unwrap());
        let hufud = hufud.arg("start").arg("--home").arg(home).stdout(Stdio::null()).stderr(Stdio::piped());
        Started(hufud.spawn().unwrap())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Copies a folder and all in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}
