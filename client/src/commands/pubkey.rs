//! Public keys as files: `hufu.pubkey/1`, what others need to register a key or to name it as a signer.

use crate::{
    failure::{Failure, Result},
    refs,
    session::Session,
    storage,
};
use keys::PersonKey;
use ledger::{
    KeyId, NetworkId, OrgId, PublicKey, Role, Signature, Slot,
    crypto::{Suite, possession_message},
    operation::KeyClaim,
    record::Roles,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

const SCHEMA: &str = "hufu.pubkey/1";

/// A public key with the claim by which it is registered on one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PubKey {
    schema: String,
    pub(crate) id: String,
    key: String,
    pub(crate) org: String,
    person: String,
    name: String,
    pub(crate) roles: Vec<String>,
    label: String,
    pub(crate) network: String,
    possession: String,
}

impl PubKey {
    pub(crate) fn of(key: &PersonKey, network: &NetworkId) -> PubKey {
        let claim = key.claim(network);
        let header = key.header();
        PubKey {
            schema: SCHEMA.into(),
            id: header.id().to_string(),
            key: hex::encode(claim.key),
            org: header.org.to_string(),
            person: claim.person.to_string(),
            name: claim.name.to_string(),
            roles: header.roles.list().into_iter().map(|r| r.name().into()).collect(),
            label: header.label.to_string(),
            network: network.to_string(),
            possession: api::bytes::encode(&claim.possession.0),
        }
    }

    /// Reads a file and checks the proof of possession.
    pub(crate) fn read(path: &Path) -> Result<(PubKey, OrgId, KeyClaim)> {
        let damaged =
            |detail: String| Failure::new("H2202", [("file", path.display().to_string()), ("detail", detail)]);
        let file: PubKey =
            serde_json::from_slice(&storage::read(path, 16 * 1024)?).map_err(|e| damaged(e.to_string()))?;
        if file.schema != SCHEMA {
            return Err(Failure::new("H2203", [("file", path.display().to_string()), ("found", file.schema)]));
        }
        let (org, network, claim) = file.claim().ok_or_else(|| damaged("a field cannot be read".into()))?;
        let key = PublicKey::from_bytes(claim.key).map_err(|_| Failure::plain("H2106"))?;
        let message = possession_message(&network, &org, &claim.person, &claim.key);
        match key.verify(&message, &claim.possession) && key.id().to_string() == file.id {
            true => Ok((file, org, claim)),
            false => Err(Failure::plain("H2107")),
        }
    }

    fn claim(&self) -> Option<(OrgId, NetworkId, KeyClaim)> {
        let words: Vec<Role> =
            self.roles.iter().map(|w| Role::ALL.into_iter().find(|r| r.name() == w)).collect::<Option<_>>()?;
        let possession = <[u8; 64]>::try_from(api::bytes::decode(&self.possession).ok()?).ok()?;
        let claim = KeyClaim {
            key: self.key.parse::<ledger::Hash>().ok()?.0,
            person: self.person.parse().ok()?,
            name: self.name.parse().ok()?,
            roles: Roles::of(&words),
            possession: Signature(possession),
        };
        Some((self.org.parse().ok()?, self.network.parse().ok()?, claim))
    }
}

/// Somebody else's slot: by an exported key file, by the identity of a key, or found on the ledger.
///
/// `org`: the organisation that must sign, where it is known. Errors: H1443 where the key cannot be told, H1447 where
/// there is none, H1407 where several keys could sign.
pub(crate) fn other_slot(session: &Session, given: Option<&str>, org: Option<OrgId>, role: Role) -> Result<Slot> {
    let slot = |org: OrgId, key: KeyId| Slot { suite: Suite::Ed25519, org, key, role };
    let found = match given {
        Some(word) if Path::new(word).is_file() => {
            let (_, of, claim) = PubKey::read(Path::new(word))?;
            slot(of, KeyId::of_ed25519(&claim.key))
        }
        Some(word) => {
            let key: KeyId = word.parse().map_err(|_| Failure::input("H1409", word))?;
            match org {
                // The identity of a key says nothing of its organisation: offline, the caller's word stands.
                Some(org) => slot(org, key),
                None => slot(session.key_record(&key)?.1.org, key),
            }
        }
        None => {
            let org = org.ok_or_else(|| Failure::missing(session.out.pick("receiver", "接收方"), "--to"))?;
            found_slot(session, org, role, &[])?
        }
    };
    match org {
        Some(org) if org != found.org => {
            Err(Failure::new("H2103", [("key", found.key.to_string()), ("org", org.to_string())]))
        }
        _ => Ok(found),
    }
}

/// The slot of the one key in force of an organisation that has the role and is not `taken`: a key signs once.
pub(crate) fn found_slot(session: &Session, org: OrgId, role: Role, taken: &[KeyId]) -> Result<Slot> {
    Ok(Slot { suite: Suite::Ed25519, org, key: only_key(session, &org, role, taken)?, role })
}

fn only_key(session: &Session, org: &OrgId, role: Role, taken: &[KeyId]) -> Result<KeyId> {
    let keys = session.org_keys(org).map_err(|failure| match failure.code.as_str() {
        // Keys are shown to their own organisation and to agencies: others exchange them as files.
        "H4301" | "H4302" | "H7004" => {
            let setting = format!(
                "{} ({})",
                session.out.pick("the other signer's key", "对方密钥"),
                session.out.word(role.name())
            );
            Failure::missing(setting, &format!("--with {}@FILE", role.name()))
        }
        _ => failure,
    })?;
    let able: Vec<String> = keys
        .iter()
        .filter(|(_, record)| record.end.is_none() && record.roles.has(role))
        .filter(|(_, record)| !taken.contains(&KeyId::of_ed25519(&record.key)))
        .map(|(view, _)| view.id.clone())
        .collect();
    match able.as_slice() {
        [one] => one.parse().map_err(|_| Failure::input("H1409", one.as_str())),
        [] => {
            let org = session.org_names(&[*org]).remove(&org.to_string()).unwrap_or_else(|| org.to_string());
            Err(Failure::new("H1447", [("org", org), ("role", role.name().to_owned())]))
        }
        many => Err(refs::several(&org.to_string(), many.len(), many)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tests::person;
    use ledger::Hash;

    #[test]
    fn an_exported_key_proves_its_possession() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.json");
        let key = person(1);
        let exported = PubKey::of(&key, &NetworkId(Hash([4; 32])));
        let write = |file: &PubKey| std::fs::write(&path, serde_json::to_vec(file).unwrap()).unwrap();
        write(&exported);
        let (read, org, claim) = PubKey::read(&path).unwrap();
        assert_eq!((&read, org, claim), (&exported, key.header().org, key.claim(&NetworkId(Hash([4; 32])))));
        write(&PubKey { network: Hash([5; 32]).to_string(), ..exported.clone() });
        assert_eq!(PubKey::read(&path).unwrap_err().code, "H2107");
        write(&PubKey { id: Hash([5; 32]).to_string(), ..exported.clone() });
        assert_eq!(PubKey::read(&path).unwrap_err().code, "H2107");
        write(&PubKey { schema: "x".into(), ..exported });
        assert_eq!(PubKey::read(&path).unwrap_err().code, "H2203");
    }
}
