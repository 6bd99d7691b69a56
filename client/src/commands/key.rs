//! Keys of persons: their files here, their records on the ledger.

mod backup;
pub(super) mod seal;

use super::pubkey::PubKey;
use crate::{
    acts::{self, Act, slot},
    cli::{EndReason, KeyCommand, KeyNew, Life},
    failure::{Failure, Result},
    output::Sheet,
    password::Password,
    readable::roles_text,
    refs,
    session::{Session, key_files},
    storage,
};
use api::catalogue::exit;
use keys::{KdfCost, KeyError, KeyFile, KeyHeader, PersonKey};
use ledger::{KeyId, Operation, OrgId, Role, Slot, record::KeyEndReason};
use serde::Serialize;
use std::path::{Path, PathBuf};

pub(crate) fn run(session: &Session, command: KeyCommand) -> Result<u8> {
    match command {
        KeyCommand::New(new) => create(session, &new),
        KeyCommand::List => list(session),
        KeyCommand::Show { which } => show(session, which.as_deref()),
        KeyCommand::ExportPub { out } => export(session, out.as_deref()),
        KeyCommand::Rotate { out, life } => rotate(session, out, &life),
        KeyCommand::Backup(args) => backup::write(session, &args),
        KeyCommand::Restore(args) => backup::restore(session, &args),
        KeyCommand::Register { file, life } => register(session, &file, &life),
        KeyCommand::End { which, reason, life } => end(session, &which, reason, &life),
        KeyCommand::Seal(command) => seal::run(session, command),
    }
}

/// A key file without its secret.
#[derive(Serialize)]
struct KeyShown {
    schema: &'static str,
    file: String,
    id: String,
    key: String,
    org: String,
    person: String,
    roles: Vec<String>,
    label: String,
}

impl KeyShown {
    fn of(path: &Path, header: &KeyHeader) -> KeyShown {
        KeyShown {
            schema: "hufu.key-header/1",
            file: path.display().to_string(),
            id: header.id().to_string(),
            key: hex::encode(header.key),
            org: header.org.to_string(),
            person: header.person.to_string(),
            roles: header.roles.list().into_iter().map(|r| r.name().into()).collect(),
            label: header.label.to_string(),
        }
    }

    fn write(&self, sheet: &mut Sheet, session: &Session) {
        let out = &session.out;
        sheet.pair(out.pick("label", "标签"), &self.label);
        sheet.pair(out.pick("key (fingerprint)", "密钥（指纹）"), &self.id);
        sheet.pair(out.pick("public key", "公钥"), &self.key);
        sheet.pair(out.pick("organisation", "机构"), &self.org);
        sheet.pair(out.pick("person", "人员"), &self.person);
        let roles: Vec<String> = self.roles.iter().map(|r| out.word(r)).collect();
        sheet.pair(out.pick("roles", "角色"), roles.join(", "));
        sheet.pair(out.pick("file", "文件"), &self.file);
    }
}

fn create(session: &Session, new: &KeyNew) -> Result<u8> {
    let org = session.org_id(&new.org)?;
    let roles = refs::roles(&new.roles)?;
    let person = match &new.person {
        Some(id) => id.parse().map_err(|_| Failure::input("H1409", id.as_str()))?,
        None => PersonKey::pseudonym()?,
    };
    let key = PersonKey::random(org, person, &new.name, &new.label, roles)?;
    let cost = if new.light { KdfCost::Light } else { KdfCost::Standard };
    let path = lock(session, &key, new.out.clone(), cost)?;
    let shown = KeyShown::of(&path, key.header());
    session.out.result(&shown, |sheet| {
        shown.write(sheet, session);
        sheet.line(session.out.pick(
            "Next: hufu key export-pub, and have the key registered. Then hufu key backup: nobody else has a copy.",
            "下一步：hufu key export-pub 并登记密钥，然后 hufu key backup：除您之外无人持有副本。",
        ));
    });
    Ok(exit::DONE)
}

/// Encrypts a key under a new password and writes it: to `out`, or to its label within the keys folder.
fn lock(session: &Session, key: &PersonKey, out: Option<PathBuf>, cost: KdfCost) -> Result<PathBuf> {
    let path = out.unwrap_or_else(|| place(session, key.header()));
    check_free(&path)?;
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        storage::folder(folder)?;
    }
    let question = session.out.pick("new password for the key (8 characters or more)", "密钥的新密码（至少 8 个字符）");
    let password = Password::of_key(session).choose(question)?;
    KeyFile::seal(key, &password, cost)?.write_new(&path)?;
    Ok(path)
}

/// Where a key lies unless somebody names another file.
fn place(session: &Session, header: &KeyHeader) -> PathBuf {
    let label = header.label.as_str().chars();
    let name: String = label.map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    session.settings.keys.join(format!("{name}.key"))
}

/// Error: H2206, whatever `--force` says.
fn check_free(path: &Path) -> Result<()> {
    match path.symlink_metadata().is_ok() {
        true => Err(Failure::new("H2206", [("file", path.display().to_string())])),
        false => Ok(()),
    }
}

fn list(session: &Session) -> Result<u8> {
    let mut shown = Vec::new();
    for path in key_files(&session.settings.keys)? {
        match KeyFile::read(&path) {
            Ok(file) => shown.push(KeyShown::of(&path, file.header())),
            // A key that documents are sealed to, which signs nothing.
            Err(KeyError::Use { .. }) => {}
            Err(error) => session.out.warn(&Failure::from(error).text(session.out.lang)),
        }
    }
    session.out.result(&super::Listing { schema: "hufu.key-list/1", items: &shown }, |sheet| {
        let row = |key: &KeyShown| [key.label.clone(), key.id.clone(), key.roles.join(","), key.file.clone()];
        let headings = [("label", "标签"), ("key", "密钥"), ("roles", "角色"), ("file", "文件")];
        sheet.table(&session.out, headings, shown.iter().map(row));
    });
    Ok(exit::DONE)
}

/// The file of a key: by path or by name within the keys folder; the configured one if none is named.
fn path_of(session: &Session, key: Option<&str>) -> Result<PathBuf> {
    match key {
        None => session.key_path(),
        Some(word) => session.find_key(Path::new(word)),
    }
}

/// A file by path or name; a record by identity.
fn show(session: &Session, key: Option<&str>) -> Result<u8> {
    let path = path_of(session, key)?;
    if let (Some(id), false) = (key.and_then(|k| k.parse::<KeyId>().ok()), path.is_file()) {
        let (view, _) = session.key_record(&id)?;
        let out = &session.out;
        out.result(&view, |sheet| {
            sheet.pair(out.pick("key", "密钥"), &view.id);
            sheet.pair(out.pick("organisation", "机构"), &view.org);
            sheet.pair(out.pick("person", "人员"), &view.person);
            sheet.pair(out.pick("roles", "角色"), view.roles.join(", "));
            sheet.pair(out.pick("registered", "登记"), format!("{} · {}", view.from.height, view.from.time));
            if let Some(waits) = &view.waits {
                sheet.pair(out.pick("may sign from", "可签名自"), waits);
            }
            if let Some(end) = &view.end {
                sheet.pair(out.pick("ended", "终止"), format!("{} · {}", end.reason, end.at.time));
            }
        });
        return Ok(exit::DONE);
    }
    let file = KeyFile::read(&path)?;
    let shown = KeyShown::of(&path, file.header());
    session.out.result(&shown, |sheet| shown.write(sheet, session));
    Ok(exit::DONE)
}

fn export(session: &Session, out: Option<&Path>) -> Result<u8> {
    let network = session.network_id()?;
    let exported = PubKey::of(session.key()?, &network);
    // Writing plain structs to memory fails for no value.
    let mut bytes = serde_json::to_vec_pretty(&exported).unwrap_or_default();
    bytes.push(b'\n');
    match out {
        None if session.out.json => session.out.result(&exported, |_| {}),
        None => session.out.print_raw(&String::from_utf8_lossy(&bytes)),
        Some(path) => {
            session.write_named(path, &bytes)?;
            session.out.result(&exported, |sheet| {
                sheet.line(format!("{}{}", session.out.pick("written: ", "已写入："), path.display()));
            });
        }
    }
    Ok(exit::DONE)
}

/// The new key is on disk before the old one is retired, so that no moment leaves the person without a key.
fn rotate(session: &Session, out: Option<PathBuf>, life: &Life) -> Result<u8> {
    let old = session.key()?;
    let new = old.successor()?;
    let network = session.network_id()?;
    let operation = Operation::RotateKey { old: old.header().id(), claim: new.claim(&network) };
    let role = first_role(old.header());
    let act = Act::new(operation, vec![slot(old.header(), role)], &life.expires);
    if session.dry_run {
        return acts::perform(session, act);
    }
    let path = match out {
        Some(path) => path,
        None => {
            let stem = session.key_path()?;
            stem.with_extension(format!("{}.key", crate::readable::short(&new.header().id().to_string())))
        }
    };
    let path = lock(session, &new, Some(path), KdfCost::Standard)?;
    let note = session.out.pick("new key file", "新密钥文件");
    let exit = acts::perform(session, act.note(note, path.display().to_string()))?;
    let next = session.out.pick(
        "use it from now on, and back it up (hufu key backup): --key ",
        "此后请使用并备份（hufu key backup）：--key ",
    );
    session.out.progress(&format!("{next}{}", path.display()));
    Ok(exit)
}

/// Rotation is signed by the key itself, in any capacity that it has.
fn first_role(header: &KeyHeader) -> Role {
    header.roles.list().first().copied().unwrap_or(Role::Administrator)
}

/// Who changes an organisation's keys: its own administrator, or an officer of the competent agency.
pub(super) fn keeper(header: &KeyHeader, org: &OrgId) -> Slot {
    let is_own = header.org == *org;
    // Of one's own organisation it is the administrator who is missing, not an officer, where neither is there.
    let is_administrator = is_own && (header.roles.has(Role::Administrator) || !header.roles.has(Role::Officer));
    slot(header, if is_administrator { Role::Administrator } else { Role::Officer })
}

/// Why a key ended, as the ledger has it.
pub(super) fn ended(reason: EndReason) -> KeyEndReason {
    match reason {
        EndReason::Retired => KeyEndReason::Retired,
        EndReason::Compromised => KeyEndReason::Compromised,
    }
}

fn register(session: &Session, file: &Path, life: &Life) -> Result<u8> {
    let (exported, org, claim) = PubKey::read(file)?;
    let network = session.network_id()?;
    if exported.network != network.to_string() {
        return Err(Failure::new("H3002", [("expected", network.to_string()), ("found", exported.network)]));
    }
    let header = session.key_header()?;
    let roles = roles_text(claim.roles);
    let act = Act::new(Operation::RegisterKey { org, claim }, vec![keeper(&header, &org)], &life.expires);
    acts::perform(session, act.note(session.out.pick("roles granted", "授予角色"), roles))
}

fn end(session: &Session, key: &str, reason: EndReason, life: &Life) -> Result<u8> {
    let id: KeyId = key.parse().map_err(|_| Failure::input("H1409", key))?;
    let header = session.key_header()?;
    let slot = match header.id() == id {
        true => slot(&header, first_role(&header)),
        false => keeper(&header, &session.key_record(&id)?.1.org),
    };
    let operation = Operation::EndKey { key: id, reason: ended(reason) };
    acts::perform(session, Act::new(operation, vec![slot], &life.expires))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{PersonId, record::Roles};

    #[test]
    fn who_is_missing_is_whoever_keeps_the_keys() {
        let own = OrgId::default();
        let other = OrgId(ledger::Hash([1; 32]));
        let check = |roles: &[Role], org: &OrgId, expect: Role| {
            let key = PersonKey::from_seed(&[1; 32], own, PersonId::default(), "A", "a", Roles::of(roles)).unwrap();
            assert_eq!(keeper(key.header(), org).role, expect, "{roles:?}");
        };
        check(&[Role::Administrator, Role::Officer], &own, Role::Administrator);
        check(&[Role::Custodian], &own, Role::Administrator);
        check(&[Role::Officer], &own, Role::Officer);
        check(&[Role::Administrator], &other, Role::Officer);
    }
}
