//! The keys of one's own organisation to which documents are sealed: make one, publish it, end it.

use crate::{
    acts::{self, Act, slot},
    cli::{Life, SealCommand},
    failure::{Failure, Result, text},
    password::Password,
    session::{Session, key_files},
    storage,
};
use api::{catalogue::exit, paths, view::SealKeyView};
use keys::{KdfCost, KeyError, SealKey, SealKeyFile, seal::seal_key_id};
use ledger::{Operation, OrgId, Role, record::SealKeyRecord};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Stands on the ledger where there is no key any more.
const ENDED: [u8; 32] = [0; 32];

pub(super) fn run(session: &Session, command: SealCommand) -> Result<u8> {
    match command {
        SealCommand::New { label, light } => create(session, &label, light),
        SealCommand::Publish { life } => publish(session, &life),
        SealCommand::End { life } => end(session, &life),
    }
}

#[derive(Serialize)]
struct Shown {
    schema: &'static str,
    file: String,
    id: String,
    key: String,
    org: String,
    label: String,
}

impl Shown {
    fn of(path: &Path, file: &SealKeyFile) -> Shown {
        let header = file.header();
        Shown {
            schema: "hufu.seal-key-header/1",
            file: path.display().to_string(),
            id: header.id().to_string(),
            key: hex::encode(header.key),
            org: header.org.to_string(),
            label: header.label.to_string(),
        }
    }
}

fn create(session: &Session, label: &str, light: bool) -> Result<u8> {
    let org = session.key_header()?.org;
    let (path, label) = (free(&session.settings.keys), text("label", label)?);
    storage::folder(&session.settings.keys)?;
    let question = session.out.pick("new password for the key (8 characters or more)", "密钥的新密码（至少 8 个字符）");
    let password = Password::of_key(session).choose(question)?;
    let cost = if light { KdfCost::Light } else { KdfCost::Standard };
    let file = SealKeyFile::seal(&SealKey::random()?, org, label, &password, cost)?;
    file.write_new(&path)?;
    let (out, shown) = (&session.out, Shown::of(&path, &file));
    out.result(&shown, |sheet| {
        sheet.pair(out.pick("label", "标签"), &shown.label);
        sheet.pair(out.pick("key (fingerprint)", "密钥（指纹）"), &shown.id);
        sheet.pair(out.pick("public key", "公钥"), &shown.key);
        sheet.pair(out.pick("organisation", "机构"), &shown.org);
        sheet.pair(out.pick("file", "文件"), &shown.file);
        sheet.line(out.pick(
            "Next: give a copy to those who are to open documents, keep one elsewhere, then hufu key seal publish.",
            "下一步：将副本交给需要打开文件的人，另行保存一份，然后执行 hufu key seal publish。",
        ));
    });
    Ok(exit::DONE)
}

/// The next name that is free: the older keys stay, for what was sealed to them.
fn free(folder: &Path) -> PathBuf {
    let names = std::iter::once("seal.key.json".to_owned()).chain((2..).map(|n: u32| format!("seal-{n}.key.json")));
    let mut paths = names.map(|name| folder.join(name));
    paths.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| folder.join("seal.key.json"))
}

/// The seal keys in the keys folder, as they can be read.
pub(in crate::commands) fn all(session: &Session) -> Result<Vec<(PathBuf, SealKeyFile)>> {
    let mut found = Vec::new();
    for path in key_files(&session.settings.keys)? {
        match SealKeyFile::read(&path) {
            Ok(file) => found.push((path, file)),
            // A key that signs.
            Err(KeyError::Use { .. }) => {}
            Err(error) => session.out.warn(&Failure::from(error).text(session.out.lang)),
        }
    }
    Ok(found)
}

/// Opens one with its password.
pub(in crate::commands) fn open(session: &Session, path: &Path, file: &SealKeyFile) -> Result<SealKey> {
    let question = format!("{} {}", session.out.pick("password of", "密码："), path.display());
    Ok(file.open(&Password::of_key(session).get(&question)?)?)
}

/// The key of an organisation that is in force, as the node's record has it. Error: H2220 where there is none.
pub(in crate::commands) fn published(session: &Session, org: &OrgId) -> Result<[u8; 32]> {
    let none = || Failure::new("H2220", [("whose", org.to_string())]);
    let path = paths::fill(paths::ORG_SEAL_KEY, &org.to_string());
    let view: SealKeyView = match session.read(&path, &[]) {
        Err(failure) if failure.code == "H7004" => return Err(none()),
        other => other?,
    };
    let record: SealKeyRecord = session.record(&view.record)?;
    if SealKeyView::of(&record) != view {
        return Err(session.mismatch("seal key"));
    }
    match record.key {
        ENDED => Err(none()),
        key => Ok(key),
    }
}

/// The newest file of the own organisation: the one whose name counts highest.
fn newest(session: &Session, org: &OrgId) -> Result<(PathBuf, SealKeyFile)> {
    let number = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_prefix("seal-").and_then(|rest| rest.strip_suffix(".key.json"));
        number.and_then(|number| number.parse::<u32>().ok()).unwrap_or(1)
    };
    let own = all(session)?.into_iter().filter(|(_, file)| file.header().org == *org);
    let none = || Failure::new("H2220", [("whose", session.settings.keys.display().to_string())]);
    own.max_by_key(|(path, _)| number(path)).ok_or_else(none)
}

fn publish(session: &Session, life: &Life) -> Result<u8> {
    let header = session.key_header()?;
    let (path, file) = newest(session, &header.org)?;
    match published(session, &header.org) {
        Ok(key) if key == file.header().key => {
            return Err(Failure::new("H2223", [("file", path.display().to_string())]));
        }
        Ok(_) => {}
        Err(failure) if failure.code == "H2220" => {}
        Err(failure) => return Err(failure),
    }
    // A key that nobody can open is not published.
    let key = open(session, &path, &file)?;
    let operation = Operation::SetSealKey { org: header.org, key: *key.public() };
    let act = Act::new(operation, vec![slot(&header, Role::Administrator)], &life.expires);
    acts::perform(session, act.note(session.out.pick("file", "文件"), path.display().to_string()))
}

/// Needs no file: a lost key is ended too. Error: H2220 where none is in force.
fn end(session: &Session, life: &Life) -> Result<u8> {
    let header = session.key_header()?;
    let key = seal_key_id(&published(session, &header.org)?);
    let operation = Operation::SetSealKey { org: header.org, key: ENDED };
    let act = Act::new(operation, vec![slot(&header, Role::Administrator)], &life.expires);
    acts::perform(session, act.note(session.out.pick("key to end", "终止的密钥"), key.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_key_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["seal.key.json", "seal-2.key.json", "seal-3.key.json"];
        for name in names {
            assert_eq!(free(folder.path()), folder.path().join(name));
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
    }
}
