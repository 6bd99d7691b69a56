//! An agency's signature on the genesis, by the key of its administrator.

use super::{COSIGNATURE_SCHEMA, CeremonyError, ClaimFile, GenesisFile, MAX_COSIGNATURE_BYTES, file, groups_of_four};
use keys::Signer;
use ledger::{Genesis, OrgId, PublicKey, Role, Signature, genesis::GenesisOrg};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One agency's signature over [`Genesis::cosign_message`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cosignature {
    /// Identity of the agency.
    pub org: String,
    /// Identity of its administrator's key.
    pub key: String,
    /// The signature, base64url.
    pub signature: String,
}

/// A cosignature on its way to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CosignatureFile {
    /// `hufu.cosignature/1`.
    pub schema: String,
    /// Identity of the network that was signed.
    pub network: String,
    /// Name of the agency, for people.
    pub name: String,
    /// The cosignature.
    pub cosignature: Cosignature,
}

impl CosignatureFile {
    /// Reads the file; whether it holds is judged against a genesis.
    pub fn load(path: &Path) -> Result<CosignatureFile, CeremonyError> {
        file::read_json(path, MAX_COSIGNATURE_BYTES, COSIGNATURE_SCHEMA)
    }

    /// Writes the file, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), CeremonyError> {
        file::write_json(path, self)
    }

    /// The cosignature, if it is of this genesis and holds.
    pub fn of(self, genesis: &GenesisFile) -> Result<Cosignature, CeremonyError> {
        if self.network != genesis.network.to_string() {
            return Err(CeremonyError::OtherNetwork {
                org: self.name,
                found: self.network,
                network: genesis.network.to_string(),
            });
        }
        self.cosignature.check(genesis)?;
        Ok(self.cosignature)
    }
}

impl Cosignature {
    /// Whether it is a signature of an administrator of an agency that votes in this genesis.
    pub fn check(&self, file: &GenesisFile) -> Result<(), CeremonyError> {
        let org_id = self.org.parse::<OrgId>().ok();
        let org = org_id.and_then(|id| file.org(&id)).filter(|o| o.node.is_some());
        let (Some(id), Some(org)) = (org_id, org) else {
            let org = self.org.chars().take(64).collect();
            return Err(CeremonyError::Cosignature { org, problem: "no agency of this genesis has that identity" });
        };
        let fail = |problem| CeremonyError::Cosignature { org: org.profile.name.to_string(), problem };
        let key = administrators(org).find(|k| k.id().to_string() == self.key);
        let key = key.ok_or_else(|| fail("its key is not that of an administrator of the agency"))?;
        let signature = api::bytes::decode(&self.signature).ok().and_then(|b| b.try_into().ok()).map(Signature);
        let signature = signature.ok_or_else(|| fail("it has no signature of 64 bytes"))?;
        match key.verify(&Genesis::cosign_message(&file.network, &id), &signature) {
            true => Ok(()),
            false => Err(fail("the signature does not hold")),
        }
    }
}

fn administrators(org: &GenesisOrg) -> impl Iterator<Item = PublicKey> {
    let keys = org.keys.iter().filter(|k| k.roles.has(Role::Administrator));
    keys.filter_map(|k| PublicKey::from_bytes(k.key).ok())
}

/// Signs a genesis for the agency whose administrator holds the key.
///
/// `expected`: the fingerprint that the operator compared with the others, with or without blanks; `own`: the claim that
/// this agency made. Whatever is given must agree.
pub fn cosign(
    file: &GenesisFile,
    signer: &dyn Signer,
    expected: Option<&str>,
    own: Option<&ClaimFile>,
) -> Result<CosignatureFile, CeremonyError> {
    let key = signer.public_key().id();
    let org = file.agencies().find(|o| administrators(o).any(|k| k.id() == key));
    let org = org.ok_or_else(|| CeremonyError::NotAdministrator { key: key.to_string() })?;
    if let Some(expected) = expected {
        let digits: String = expected.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.to_ascii_lowercase() != file.network.to_string() {
            let expected = expected.chars().take(100).collect();
            return Err(CeremonyError::Fingerprint { found: groups_of_four(&file.network), expected });
        }
    }
    if let Some(own) = own {
        check_own(file, org, own)?;
    }
    let id = OrgId::of(&org.profile.identifier);
    let signature = signer.sign(&Genesis::cosign_message(&file.network, &id));
    let cosignature =
        Cosignature { org: id.to_string(), key: key.to_string(), signature: api::bytes::encode(&signature.0) };
    cosignature.check(file)?;
    Ok(CosignatureFile {
        schema: COSIGNATURE_SCHEMA.into(),
        network: file.network.to_string(),
        name: org.profile.name.to_string(),
        cosignature,
    })
}

fn check_own(file: &GenesisFile, org: &GenesisOrg, own: &ClaimFile) -> Result<(), CeremonyError> {
    let fail = |problem| Err(CeremonyError::OwnClaim { problem });
    if own.chain != file.genesis.chain {
        return fail("it was made for another chain");
    }
    if own.org != *org {
        return fail("names, keys or node of this agency are not those of its claim");
    }
    let peer = own.org.node.as_ref().map(|n| hex::encode(n.peer)).unwrap_or_default();
    let stands = file.addresses.iter().any(|a| a.peer == peer && a.address == own.address && a.name == own.name);
    match stands {
        true => Ok(()),
        false => fail("name or address of its node are not those of its claim"),
    }
}
