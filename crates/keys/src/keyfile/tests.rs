use super::*;
use std::{fs, os::unix::fs::PermissionsExt};

fn password(text: &str) -> SecretString {
    SecretString::from(text)
}

fn person() -> PersonKey {
    let roles = Roles::of(&[Role::Custodian, Role::Receiver]);
    PersonKey::from_seed(&[7; 32], OrgId::default(), PersonId(Hash([3; 32])), "王芳", "warehouse", roles).unwrap()
}

fn sealed() -> KeyFile {
    KeyFile::seal(&person(), &password("correct horse"), KdfCost::Light).unwrap()
}

#[test]
fn what_is_sealed_opens_again() {
    let file = KeyFile::from_json(&sealed().to_json(), Path::new("k")).unwrap();
    let key = file.open(&password("correct horse")).unwrap();
    assert_eq!(key.public_key(), person().public_key());
    assert_eq!((key.name().as_str(), key.header().label.as_str()), ("王芳", "warehouse"));
    assert_eq!(file.header(), person().header());
    assert_eq!(file.open(&password("wrong horse")).unwrap_err().code(), "H2201");
}

#[test]
fn the_salt_of_the_name_is_kept() {
    let key = person();
    let file = KeyFile::seal(&key, &password("correct horse"), KdfCost::Light).unwrap();
    assert_eq!(file.open(&password("correct horse")).unwrap().name_commitment(), key.name_commitment());
}

/// The file is there for other programs; what opens it must not change.
#[test]
fn the_file_of_the_vectors_opens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/keystore.json");
    let vector: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let text = |name: &str| vector[name].as_str().unwrap().to_owned();
    let file = KeyFile::from_json(vector["file"].to_string().as_bytes(), Path::new("k")).unwrap();
    let key = file.open(&password(&text("password"))).unwrap();
    assert_eq!(hex::encode(*key.pair().seed()), text("seed"));
    assert_eq!(key.name().as_str(), text("name"));
}

#[test]
fn short_passwords_are_refused() {
    let seal = |p: &str| KeyFile::seal(&person(), &password(p), KdfCost::Light).map(|_| ()).map_err(|e| e.code());
    assert_eq!(seal("1234567"), Err("H2209"));
    assert_eq!(seal("一二三四五六七八"), Ok(()));
}

#[test]
fn the_header_is_bound() {
    let json = String::from_utf8(sealed().to_json()).unwrap();
    for (from, to) in [("warehouse", "warehousf"), ("custodian", "officer"), ("\"t\": 1", "\"t\": 2")] {
        assert!(json.contains(from), "{from}");
        let changed = KeyFile::from_json(json.replace(from, to).as_bytes(), Path::new("k")).unwrap();
        assert_eq!(changed.open(&password("correct horse")).unwrap_err().code(), "H2201", "{from}");
    }
}

#[test]
fn damage_and_versions_have_their_codes() {
    let json = String::from_utf8(sealed().to_json()).unwrap();
    let check = |text: &str, code: &str| {
        assert_eq!(KeyFile::from_json(text.as_bytes(), Path::new("k")).unwrap_err().code(), code, "{text}");
    };
    check("", "H2202");
    check("{}", "H2202");
    check(&json[..json.len() / 2], "H2202");
    check(&json.replace("hufu.key/1", "hufu.key/2"), "H2203");
    check(&json.replace("argon2id-19", "scrypt"), "H2203");
    check(&json.replace("\"m_kib\": 1024", "\"m_kib\": 4194304"), "H2208");
    check(&json.replace("\"m_kib\": 1024", "\"m_kib\": 1"), "H2208");
    check(&json.replace("\"label\"", "\"lable\""), "H2202");
    check(&json.replace("custodian", "owner"), "H2202");
    let id = person().header().id().to_string();
    check(&json.replace(&id, &"0".repeat(64)), "H2202");
}

#[test]
fn every_changed_byte_of_the_ciphertext_is_noticed() {
    let file = sealed();
    for at in 0..file.lock.text.len() {
        let mut changed = file.clone();
        changed.lock.text[at] ^= 1;
        assert_eq!(changed.open(&password("correct horse")).unwrap_err().code(), "H2201");
    }
}

#[test]
fn no_changed_byte_of_the_file_gives_a_key() {
    let json = sealed().to_json();
    for at in 0..json.len() {
        let mut changed = json.clone();
        changed[at] ^= 1;
        let read = KeyFile::from_json(&changed, Path::new("k"));
        assert!(read.and_then(|file| file.open(&password("correct horse"))).is_err(), "byte {at}");
    }
}

/// Whoever knows the password can make such a file; nobody is to sign with a key that the header does not name.
#[test]
fn a_secret_that_belongs_to_another_public_key_is_refused() {
    let (key, other) = (person(), KeyPair::from_seed(&[8; 32]));
    let mixed = PersonKey::from_parts(key.header().clone(), other, key.name().clone(), *key.name_salt());
    let file = KeyFile::seal(&mixed, &password("correct horse"), KdfCost::Light).unwrap();
    assert_eq!(file.open(&password("correct horse")).unwrap_err().code(), "H2202");
}

#[test]
fn files_are_new_private_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.key");
    sealed().write_new(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the temporary file stayed");
    let before = fs::read(&path).unwrap();
    assert_eq!(sealed().write_new(&path).unwrap_err().code(), "H2206");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(KeyFile::read(&path).is_ok());

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(KeyFile::read(&path).unwrap_err().code(), "H2204");
    assert_eq!(KeyFile::read(&folder.path().join("none")).unwrap_err().code(), "H2205");
    assert_eq!(sealed().write_new(&folder.path().join("no/such")).unwrap_err().code(), "H2205");
}

#[test]
fn a_backup_gets_its_name_only_after_it_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.backup");
    let (right, wrong) = (password("correct horse"), password("wrong horse"));
    let write =
        |password: &SecretString, replace| sealed().write_backup(&path, password, replace).map_err(|e| e.code());
    let files = || fs::read_dir(folder.path()).unwrap().count();
    // A wrong password stands for a medium that gives back other bytes.
    assert_eq!((write(&wrong, false), files()), (Err("H2211"), 0));
    assert_eq!((write(&right, false), files()), (Ok(()), 1));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let before = fs::read(&path).unwrap();
    assert_eq!((write(&right, false), write(&wrong, true), files()), (Err("H2206"), Err("H2211"), 1));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!((write(&right, true), files()), (Ok(()), 1));
    assert_ne!(fs::read(&path).unwrap(), before);
    // A stick knows no owner.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(KeyFile::read_backup(&path).unwrap().open(&right).is_ok());
}

#[test]
fn what_is_checked_is_whole_and_has_no_name_yet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.backup");
    for (bytes, before) in [(b"first", None), (b"later", Some(b"first".to_vec()))] {
        let check = |written: &Path| {
            assert_eq!((fs::read(written).unwrap(), fs::read(&path).ok()), (bytes.to_vec(), before));
            Ok(())
        };
        disk::write_checked(&path, bytes, true, check).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn long_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.key");
    for (length, code) in [(MAX_FILE_BYTES, "H2202"), (MAX_FILE_BYTES + 1, "H2202")] {
        fs::write(&path, vec![b' '; length]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(KeyFile::read(&path).unwrap_err().code(), code);
    }
}
