//! Backups of keys: they restore the very key, under passwords of their own, or nothing.

use keys::{KdfCost, KeyFile, PersonKey, SecretString, Signer};
use ledger::{OrgId, PersonId, Role, record::Roles};
use std::{
    ffi::OsStr,
    fs,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::PathBuf,
    process::{Command, Output},
};

const HERE: &str = "password of this desk";
const BACKUP: &str = "password of the backup";

/// A computer: its keys folder, the passwords, and what is plugged in.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(desk.path("keys")).unwrap();
        desk.write("config.toml", "key = 'keys/wang.key'\nkey_password_file = 'here'\nlang = 'en'\n");
        desk.write("here", format!("{HERE}\n"));
        desk.write("there", format!("{BACKUP}\n"));
        desk
    }

    /// With the key, under the password of this desk.
    fn with_key() -> Desk {
        let desk = Desk::new();
        sealed(&wang(), HERE).write_new(&desk.path("keys/wang.key")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// The names in a folder.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("HOME", self.folder.path());
        for variable in ["HUFU_KEY", "HUFU_KEYS", "HUFU_KEY_PASSWORD_FILE", "HUFU_BACKUP_PASSWORD_FILE", "HUFU_LANG"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs a command line in the folder of the desk; what it told, or the code of its failure.
    fn hufu(&self, line: &str) -> Result<serde_json::Value, String> {
        told(&self.command(env!("CARGO_BIN_EXE_hufu")).args(words(line)).output().unwrap(), line)
    }

    /// The same until it has written 512 bytes to a file: there the system kills it.
    fn killed(&self, line: &str) {
        let limited = "ulimit -c 0 && ulimit -f 1 && exec \"$@\"";
        let mut shell = self.command("sh");
        shell.args(["-c", limited, "sh", env!("CARGO_BIN_EXE_hufu")]).args(words(line));
        let output = shell.output().unwrap();
        assert!(output.status.signal().is_some(), "{line}: {output:?}");
    }
}

fn words(line: &str) -> Vec<&str> {
    ["--json", "--no-input", "--config", "config.toml"].into_iter().chain(line.split(' ')).collect()
}

fn told(output: &Output, line: &str) -> Result<serde_json::Value, String> {
    let json = |bytes: &[u8]| -> serde_json::Value {
        serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{line}: {error}: {output:?}"))
    };
    match output.status.success() {
        true => Ok(json(&output.stdout)),
        false => Err(json(&output.stderr)["code"].as_str().unwrap().to_owned()),
    }
}

fn key_of(seed: u8) -> PersonKey {
    let roles = Roles::of(&[Role::Custodian, Role::Receiver]);
    PersonKey::from_seed(&[seed; 32], OrgId::default(), PersonId::default(), "王芳", "wang", roles).unwrap()
}

fn wang() -> PersonKey {
    key_of(1)
}

fn sealed(key: &PersonKey, password: &str) -> KeyFile {
    KeyFile::seal(key, &SecretString::from(password), KdfCost::Light).unwrap()
}

fn opened(file: &KeyFile, password: &str) -> Result<PersonKey, &'static str> {
    file.open(&SecretString::from(password)).map_err(|error| error.code())
}

const WRITE: &str = "key backup wang --out wang.backup --backup-password-file there";
const RESTORE: &str = "key restore wang.backup --backup-password-file there";

#[test]
fn a_backup_brings_the_key_to_another_computer() {
    let (here, there) = (Desk::with_key(), Desk::new());
    there.write("here", "password of another desk\n");
    let id = wang().key_id().to_string();
    let done = here.hufu(WRITE).unwrap();
    assert_eq!((done["schema"].as_str(), done["file"].as_str()), (Some("hufu.key-backup/1"), Some("wang.backup")));
    assert_eq!((done["id"].as_str(), done["dry_run"].as_bool()), (Some(id.as_str()), Some(false)));
    assert_eq!(done["org"].as_str(), Some(OrgId::default().to_string().as_str()));
    assert_eq!(done["roles"], serde_json::json!(["custodian", "receiver"]));
    assert_eq!(fs::metadata(here.path("wang.backup")).unwrap().permissions().mode() & 0o7777, 0o600);
    // A key file like another, at full cost, that the key's own password does not open.
    let backup = KeyFile::read(&here.path("wang.backup")).unwrap();
    assert_eq!(opened(&backup, HERE).map(|_| ()), Err("H2201"));
    assert_eq!(opened(&backup, BACKUP).unwrap().name_commitment(), key_at(&here, "wang", HERE).name_commitment());
    let text = fs::read_to_string(here.path("wang.backup")).unwrap();
    assert!(text.contains("\"m_kib\": 65536"), "{text}");

    fs::copy(here.path("wang.backup"), there.path("wang.backup")).unwrap();
    // A stick knows no owner.
    fs::set_permissions(there.path("wang.backup"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(there.hufu(&format!("{RESTORE} --dry-run")).unwrap()["dry_run"], true);
    assert_eq!(there.names("keys"), [""; 0]);
    let done = there.hufu(RESTORE).unwrap();
    assert_eq!((done["schema"].as_str(), done["id"].as_str()), (Some("hufu.key-restored/1"), Some(id.as_str())));
    assert_eq!(there.names("keys"), ["wang.key"]);
    let key = key_at(&there, "wang", "password of another desk");
    assert_eq!((key.header(), key.pair().seed()), (wang().header(), wang().pair().seed()));
    assert_eq!(key.name_commitment(), key_at(&here, "wang", HERE).name_commitment());
    assert_eq!(fs::metadata(there.path("keys/wang.key")).unwrap().permissions().mode() & 0o7777, 0o600);
}

fn key_at(desk: &Desk, name: &str, password: &str) -> PersonKey {
    opened(&KeyFile::read(&desk.path(&format!("keys/{name}.key"))).unwrap(), password).unwrap()
}

#[test]
fn which_key_is_meant_is_said_by_file_name_or_identity() {
    let desk = Desk::with_key();
    let write = |key: &str| {
        let line = format!("key backup {key}--out wang.backup --backup-password-file there --dry-run");
        desk.hufu(&line).map(|done| done["id"].as_str().unwrap().to_owned())
    };
    let id = wang().key_id().to_string();
    for key in ["".to_owned(), "wang ".to_owned(), "keys/wang.key ".to_owned(), format!("{id} ")] {
        assert_eq!(write(&key), Ok(id.clone()), "{key}");
    }
    assert_eq!(write("li "), Err("H2205".to_owned()));
    assert!(!desk.path("wang.backup").exists());
}

#[test]
fn passwords_are_asked_for_or_read_and_never_guessed() {
    let desk = Desk::with_key();
    let fails = |line: &str, code: &str| assert_eq!(desk.hufu(line), Err(code.to_owned()), "{line}");
    // That of the key is no substitute.
    fails("key backup wang --out wang.backup", "H1405");
    fails("key backup wang --out wang.backup --backup-password-file none", "H1403");
    fails("key backup wang --out wang.backup --backup-password-file there --key-password-file there", "H2201");
    desk.write("short", "1234567\n");
    fails("key backup wang --out wang.backup --backup-password-file short", "H2209");
    assert!(!desk.path("wang.backup").exists());

    desk.hufu(WRITE).unwrap();
    fs::remove_file(desk.path("keys/wang.key")).unwrap();
    fails("key restore wang.backup", "H1405");
    fails("key restore wang.backup --backup-password-file here", "H2201");
    fails("key restore wang.backup --backup-password-file there --key-password-file short", "H2209");
    assert_eq!(desk.names("keys"), [""; 0]);
    // The flag goes before the variable.
    let run = |file: &str, line: &str| {
        let mut command = desk.command(env!("CARGO_BIN_EXE_hufu"));
        told(&command.env("HUFU_BACKUP_PASSWORD_FILE", file).args(words(line)).output().unwrap(), line)
    };
    assert_eq!(run("here", "key restore wang.backup"), Err("H2201".to_owned()));
    assert!(run("here", &format!("{RESTORE} --dry-run")).is_ok());
    assert!(run("there", "key restore wang.backup").is_ok());
}

#[test]
fn no_key_and_no_file_is_overwritten_unasked() {
    let desk = Desk::with_key();
    let fails = |line: &str, code: &str| assert_eq!(desk.hufu(line), Err(code.to_owned()), "{line}");
    let (key, other) = (fs::read(desk.path("keys/wang.key")).unwrap(), sealed(&key_of(2), HERE));
    other.write_new(&desk.path("li.backup")).unwrap();
    desk.hufu(WRITE).unwrap();
    let first = fs::read(desk.path("wang.backup")).unwrap();
    fails(WRITE, "H1418");
    fails(&format!("{WRITE} --dry-run"), "H1418");
    assert_eq!(fs::read(desk.path("wang.backup")).unwrap(), first);
    desk.hufu(&format!("{WRITE} --force")).unwrap();
    assert_ne!(fs::read(desk.path("wang.backup")).unwrap(), first);
    // Not the key itself, and no other's.
    fails("key backup wang --out keys/../keys/wang.key --backup-password-file there --force", "H2206");
    fails("key backup wang --out li.backup --backup-password-file there --force", "H2206");
    assert_eq!(fs::read(desk.path("keys/wang.key")).unwrap(), key);
    assert_eq!(fs::read(desk.path("li.backup")).unwrap(), other.to_json());

    // The key is here; whether its backup opens can be seen all the same.
    fails(RESTORE, "H2213");
    fails(&format!("{RESTORE} --as wang-2 --force"), "H2213");
    let tried = desk.hufu(&format!("{RESTORE} --dry-run")).unwrap();
    assert!(tried["present"].as_str().unwrap().ends_with("wang.key"), "{tried}");
    // Another key has the name.
    fs::rename(desk.path("li.backup"), desk.path("keys/wang.key")).unwrap();
    fails(&format!("{RESTORE} --force"), "H2206");
    fails(&format!("{RESTORE} --dry-run"), "H2206");
    for name in ["", "..", "../wang", "a/b"] {
        fails(&format!("{RESTORE} --as={name}"), "H1444");
    }
    assert_eq!(desk.names("keys"), ["wang.key"]);
    assert_eq!(fs::read(desk.path("keys/wang.key")).unwrap(), other.to_json());
    desk.hufu(&format!("{RESTORE} --as wang-2.key")).unwrap();
    assert_eq!(key_at(&desk, "wang-2", HERE).header(), wang().header());
}

#[test]
fn a_damaged_backup_restores_nothing() {
    let desk = Desk::new();
    let whole = sealed(&wang(), BACKUP).to_json();
    let check = |bytes: &[u8], what: &str| {
        desk.write("wang.backup", bytes);
        let code = desk.hufu(RESTORE).expect_err(what);
        assert!(["H2201", "H2202", "H2203", "H2208"].contains(&code.as_str()), "{what}: {code}");
        assert_eq!(desk.names("keys"), [""; 0], "{what}");
    };
    for at in (0..whole.len()).step_by(64) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        check(&changed, &format!("changed at {at}"));
        changed[at] = 0xff;
        check(&changed, &format!("no text at {at}"));
        check(&whole[..at], &format!("cut at {at}"));
    }
    check(&vec![b' '; keys::MAX_FILE_BYTES + 1], "too long");
    desk.write("wang.backup", whole);
    desk.hufu(RESTORE).unwrap();
}

#[test]
fn what_was_killed_leaves_nothing_half() {
    let desk = Desk::with_key();
    desk.killed(WRITE);
    assert!(!desk.path("wang.backup").exists());
    desk.hufu(WRITE).unwrap();
    let first = fs::read(desk.path("wang.backup")).unwrap();
    desk.killed(&format!("{WRITE} --force"));
    assert_eq!(fs::read(desk.path("wang.backup")).unwrap(), first);

    fs::remove_file(desk.path("keys/wang.key")).unwrap();
    desk.killed(RESTORE);
    assert!(!desk.path("keys/wang.key").exists());
    assert_eq!(desk.hufu("key list").unwrap()["items"], serde_json::json!([]));
    desk.hufu(RESTORE).unwrap();
    assert_eq!(key_at(&desk, "wang", HERE).header(), wang().header());
}
