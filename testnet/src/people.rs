//! Organisations and people of a local network, and their key files.

use crate::files::KeyEntry;
use eyre::{Context, eyre};
use keys::{KdfCost, KeyFile, PersonKey, SecretString};
use ledger::{
    OrgId, Role, Text,
    record::{AgencyFunction, OrgIdentifier, OrgKind, OrgProfile, Roles},
};
use node::ceremony::{MadeKey, PersonRequest};
use std::{
    fs,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Passwords of local networks lie beside the keys: guessing them need not cost work.
pub const COST: KdfCost = KdfCost::Light;

/// The agencies of a local network, the four of the demo first.
const FUNCTIONS: [(AgencyFunction, &str); 8] = [
    (AgencyFunction::Customs, "海关 Customs"),
    (AgencyFunction::ScienceTechnology, "科创委 Science and Technology"),
    (AgencyFunction::Health, "卫生健康委 Health"),
    (AgencyFunction::Environment, "生态环境局 Environment"),
    (AgencyFunction::MarketRegulation, "市场监督管理局 Market Regulation"),
    (AgencyFunction::Commerce, "商务委 Commerce"),
    (AgencyFunction::Transport, "交通 Transport"),
    (AgencyFunction::PublicSecurity, "公安 Public Security"),
];

/// The agency in this place: its node's name and its public facts. From the ninth on functions repeat, with numbers.
pub fn agency(place: usize) -> eyre::Result<(String, OrgProfile)> {
    let (function, title) = FUNCTIONS[place % FUNCTIONS.len()];
    let (node, title) = match place / FUNCTIONS.len() {
        0 => (function.name().to_owned(), title.to_owned()),
        round => (format!("{}-{}", function.name(), round + 1), format!("{title} {}", round + 1)),
    };
    let profile = profile("agency", &node, &title, OrgKind::Agency(function))?;
    Ok((node, profile))
}

/// Public facts of an organisation.
pub fn profile(scheme: &str, value: &str, name: &str, kind: OrgKind) -> eyre::Result<OrgProfile> {
    let identifier = OrgIdentifier { scheme: Text::new(scheme)?, value: Text::new(value)? };
    Ok(OrgProfile { identifier, name: Text::new(name)?, kind })
}

/// A GLN under the demonstration prefix 952, for firm `number`.
pub fn gln(number: u64) -> String {
    let digits = 952_100_000_000 + number % 1_000_000;
    format!("{digits}{}", gs1::check_digit(digits))
}

/// The people of an agency: one who minds its keys, and one who acts.
pub fn agency_people(name: &str) -> Vec<PersonRequest> {
    let person = |what: &str, roles: &[Role]| PersonRequest {
        label: format!("{name}-{what}"),
        name: format!("{what} of {name}"),
        roles: Roles::of(roles),
    };
    vec![person("administrator", &[Role::Administrator]), person("officer", &[Role::Officer, Role::Countersigner])]
}

/// The people of a firm: one who minds its keys, and one who holds, receives and declares.
pub fn firm_people(name: &str) -> Vec<PersonRequest> {
    let person = |what: &str, roles: &[Role]| PersonRequest {
        label: format!("{name}-{what}"),
        name: format!("{what} of {name}"),
        roles: Roles::of(roles),
    };
    vec![
        person("administrator", &[Role::Administrator]),
        person("custodian", &[Role::Custodian, Role::Receiver, Role::Declarant]),
    ]
}

/// A new password: 128 random bits.
pub fn password() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

/// Writes a password beside its keys, for their owner alone.
pub fn write_password(path: &Path, password: &str) -> eyre::Result<()> {
    let write = || {
        use std::io::Write;
        let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
        writeln!(file, "{password}")
    };
    write().wrap_err_with(|| format!("write {}", path.display()))
}

/// The entries of key files that share a password.
pub fn entries(made: &[MadeKey], password_file: &Path) -> Vec<KeyEntry> {
    let entry = |key: &MadeKey| KeyEntry {
        org: key.org.to_string(),
        roles: key.roles.list().into_iter().map(|r| r.name().to_owned()).collect(),
        person: key.person.to_string(),
        file: key.file.clone(),
        password_file: password_file.to_owned(),
    };
    made.iter().map(entry).collect()
}

/// The first key of an organisation that signs in a capacity.
pub fn key_of<'a>(keys: &'a [KeyEntry], org: &str, role: &str) -> eyre::Result<&'a KeyEntry> {
    let found = keys.iter().find(|k| k.org == org && k.roles.iter().any(|r| r == role));
    found.ok_or_else(|| eyre!("organisation {org} has no key for the role {role} in testnet.json"))
}

/// Opens a key file with the password that lies beside it.
pub fn open(entry: &KeyEntry) -> eyre::Result<PersonKey> {
    let password =
        fs::read_to_string(&entry.password_file).wrap_err_with(|| format!("read {}", entry.password_file.display()))?;
    let password = SecretString::from(password.trim_end().to_owned());
    let opened = KeyFile::read(&entry.file).and_then(|file| file.open(&password));
    opened.wrap_err_with(|| format!("open {}", entry.file.display()))
}

/// Key files and their password.
pub struct Keyring {
    /// The folder.
    pub folder: PathBuf,
    /// The password.
    pub password: SecretString,
    /// The file that holds it.
    pub password_file: PathBuf,
}

impl Keyring {
    /// A new password for the keys of one organisation in a folder.
    pub fn create(folder: &Path, name: &str) -> eyre::Result<Keyring> {
        fs::create_dir_all(folder).wrap_err_with(|| format!("make {}", folder.display()))?;
        let (password, password_file) = (password(), folder.join(format!("{name}.password")));
        write_password(&password_file, &password)?;
        Ok(Keyring { folder: folder.to_owned(), password: SecretString::from(password), password_file })
    }
}

/// Identity of an organisation.
pub fn org_id(profile: &OrgProfile) -> OrgId {
    OrgId::of(&profile.identifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sixteen_agencies_differ() {
        let names: BTreeSet<String> = (0..16).map(|place| agency(place).unwrap().0).collect();
        assert_eq!(names.len(), 16);
        assert!(names.contains("customs") && names.contains("customs-2"));
    }

    #[test]
    fn glns_have_their_check_digit() {
        for number in [0, 1, 7, 999_999] {
            gln(number).parse::<gs1::Gln>().unwrap();
        }
    }
}
