//! Backups of keys: key files under a password of their own, to be kept where the key is not.

use super::{KeyShown, check_free, lock, path_of, place};
use crate::{
    cli::{KeyBackup, KeyRestore},
    failure::{Failure, Result},
    output::Sheet,
    password::Password,
    session::{Session, key_files},
};
use api::catalogue::exit;
use keys::{KdfCost, KeyFile};
use ledger::KeyId;
use serde::Serialize;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// What was written, or by a dry run would be.
#[derive(Serialize)]
struct Copied {
    #[serde(flatten)]
    key: KeyShown,
    dry_run: bool,
    /// Where the key lies already: a dry run alone gets so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    present: Option<String>,
}

impl Copied {
    fn of(session: &Session, key: KeyShown) -> Copied {
        Copied { key, dry_run: session.dry_run, present: None }
    }

    fn say(&self, session: &Session, more: impl FnOnce(&mut Sheet)) -> Result<u8> {
        session.out.result(self, |sheet| {
            self.key.write(sheet, session);
            more(sheet);
        });
        Ok(exit::DONE)
    }
}

/// Always at full cost, whatever the key's own file takes: a backup is where nobody watches it.
pub(super) fn write(session: &Session, args: &KeyBackup) -> Result<u8> {
    let out = &session.out;
    let path = source(session, args.which.as_deref())?;
    session.check_name(&args.out)?;
    let key = session.open_key(&path)?;
    if is_same(&path, &args.out) || is_of_another(&args.out, &key.header().id()) {
        check_free(&args.out)?;
    }
    let question = out.pick("new password for the backup (8 characters or more)", "备份的新密码（至少 8 个字符）");
    let password = Password::of_backup(session, args.backup_password_file.as_deref()).choose(question)?;
    let file = KeyFile::seal(&key, &password, KdfCost::Standard)?;
    if !session.dry_run {
        file.write_backup(&args.out, &password, session.force)?;
    }
    let shown = KeyShown { schema: "hufu.key-backup/1", ..KeyShown::of(&args.out, key.header()) };
    Copied::of(session, shown).say(session, |sheet| match session.dry_run {
        true => sheet.line(out.pick("The key opens. Nothing was written.", "密钥可以打开。未写入任何文件。")),
        false => {
            let name = args.out.display();
            sheet.line(out.pick(
                "It was read back from there, and opens with the backup's password.",
                "已从该处读回，并能用备份密码打开。",
            ));
            sheet.line(out.pick(
                "Keep it apart from this computer, and the password apart from both: who has the two can sign as you.",
                "请与本机分开保管，密码另放一处：两者皆得者即可以您的名义签名。",
            ));
            sheet.line(format!(
                "{} hufu key restore {name}",
                out.pick("To restore it, here or on another computer:", "在本机或其他计算机上恢复：")
            ));
            sheet.line(format!(
                "{} hufu key restore {name} --dry-run",
                out.pick("To try it out, writing nothing:", "试行（不写入任何文件）：")
            ));
        }
    })
}

/// The key gets a password of this computer: that of the backup stays with the backup.
pub(super) fn restore(session: &Session, args: &KeyRestore) -> Result<u8> {
    let out = &session.out;
    let backup = KeyFile::read_backup(&args.file)?;
    let question = format!("{} {}", out.pick("password of the backup", "备份的密码："), args.file.display());
    let key = backup.open(&Password::of_backup(session, args.backup_password_file.as_deref()).get(&question)?)?;
    let path = match &args.name {
        Some(name) => named(session, name)?,
        None => place(session, key.header()),
    };
    let present = holder(session, &key.header().id())?;
    match &present {
        // A backup is tried out while its key is still here: then this is told, and is no failure.
        Some(_) if session.dry_run => {}
        Some(held) => return Err(Failure::new("H2213", [("file", held.display().to_string())])),
        None if session.dry_run => check_free(&path)?,
        None => {
            lock(session, &key, Some(path.clone()), KdfCost::Standard)?;
        }
    }
    let shown = KeyShown { schema: "hufu.key-restored/1", ..KeyShown::of(&path, key.header()) };
    let present = present.map(|held| held.display().to_string());
    let copied = Copied { present, ..Copied::of(session, shown) };
    copied.say(session, |sheet| match (&copied.present, session.dry_run) {
        (Some(held), _) => sheet.line(format!(
            "{}{held}",
            out.pick(
                "The backup opens. Nothing was written, nor would be: the key is here in ",
                "备份可以打开。未写入任何文件，也无须写入：密钥已在 "
            )
        )),
        (None, true) => {
            sheet.line(out.pick("The backup opens. Nothing was written.", "备份可以打开。未写入任何文件。"))
        }
        (None, false) => {
            let name = path.display();
            sheet.line(format!("{} hufu doctor --key {name}", out.pick("Next:", "下一步：")));
            sheet.line(format!(
                "{} hufu key show {}",
                out.pick("Whether it was rotated or ended since the backup:", "备份之后是否已轮换或终止："),
                copied.key.id
            ));
        }
    })
}

/// The file to back up: as everywhere, or by the key's identity, which tells files of one label apart.
fn source(session: &Session, key: Option<&str>) -> Result<PathBuf> {
    let path = path_of(session, key)?;
    match key.and_then(|word| word.parse::<KeyId>().ok()) {
        Some(id) if !path.is_file() => Ok(holder(session, &id)?.unwrap_or(path)),
        _ => Ok(path),
    }
}

/// The file of the keys folder that holds a key.
fn holder(session: &Session, id: &KeyId) -> Result<Option<PathBuf>> {
    let holds = |path: &PathBuf| KeyFile::read(path).is_ok_and(|file| file.header().id() == *id);
    Ok(key_files(&session.settings.keys)?.into_iter().find(holds))
}

/// A name that somebody chose, within the keys folder. Error: H1444 for a path.
fn named(session: &Session, name: &str) -> Result<PathBuf> {
    let stem = name.strip_suffix(".key").unwrap_or(name);
    match Path::new(stem).file_name() == Some(OsStr::new(stem)) {
        true => Ok(session.settings.keys.join(format!("{stem}.key"))),
        false => Err(Failure::form(name, session.out.pick("a name without a folder", "不含目录的名称"))),
    }
}

/// Whether two names are those of one file. `--force` is no leave to put a key under the password of its backup.
fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

/// Whether a file holds another key, which may be the last copy of it. `--force` replaces an earlier backup of this one.
fn is_of_another(file: &Path, id: &KeyId) -> bool {
    KeyFile::read_backup(file).is_ok_and(|file| file.header().id() != *id)
}
