//! A small file system for tests of a full disk: a tmpfs in a mount namespace, which the system takes away with the last
//! process in it, however that ends.
#![allow(unreachable_pub)] // `store` has this file too, within its tests

use std::{
    env,
    ffi::OsStr,
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
    process::Command,
};

/// Where the file system is, for the test that was started again within its namespace.
const DISK: &str = "HUFU_TEST_SMALL_DISK";
/// Twice what a node's storage takes ahead for its log, and more: both logs are there for a moment.
const MOUNT: &str = r#"mount -t tmpfs -o size=256m hufu "$HUFU_TEST_SMALL_DISK" && exec "$@""#;

/// Runs the body of a test with a folder on a small file system.
///
/// `test` is the test's own name with its modules: its program is started again, in the namespace, for this test alone.
/// A namespace takes root, or a system that gives user namespaces; without either the test is skipped, and says so.
pub fn on_small_disk(test: &str, body: impl FnOnce(&Path)) {
    if let Some(disk) = env::var_os(DISK) {
        return body(Path::new(&disk));
    }
    let folder = tempfile::tempdir().unwrap();
    let inside = |flags: &str, program: &[&OsStr]| {
        let mut command = Command::new("unshare");
        command.arg(flags).args(["sh", "-c", MOUNT, "sh"]).args(program).env(DISK, folder.path()).output()
    };
    let can = |flags: &&str| inside(flags, &["true".as_ref()]).is_ok_and(|done| done.status.success());
    let Some(flags) = ["-m", "-rm"].into_iter().find(can) else {
        // Past the harness, which shows nothing of a test that passes.
        let _ = writeln!(
            io::stderr(),
            "skipped: {test}: no mount namespace for a small disk, it takes root or unshare -rm"
        );
        return;
    };
    let program = env::current_exe().unwrap();
    let done = inside(flags, &[program.as_ref(), test.as_ref(), "--exact".as_ref(), "--nocapture".as_ref()]).unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{test} on a small disk: {}\n{said}{}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Takes all the room that is left.
pub fn fill(file: &Path) {
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    let full = std::iter::repeat_with(|| file.write_all(&[7; 4096])).find_map(Result::err);
    assert_eq!(full.map(|e| e.kind()), Some(io::ErrorKind::StorageFull));
}
