//! Who takes part: agencies and organisations, their people and keys, and the classes they speak of.

use super::file::{Agencies, ClassSpec, OrgSpec, Scenario, Words};
use crate::people;
use eyre::{Context, ensure, eyre};
use gs1::Gln;
use keys::{PersonKey, Signer};
use ledger::{
    ClassId, Hash, NetworkId, Operation, OrgId, PersonId, Role, SignedTx, Slot, Text, Timestamp, TxBody,
    crypto::Suite,
    genesis::GenesisOrg,
    operation::Entry,
    policy::PolicyPack,
    record::{Category, ClassCode, ClassProfile, Mechanism, OrgKind, OrgProfile, Roles},
    tag,
};
use std::collections::BTreeMap;

/// Agencies that there can be.
const AGENCIES: usize = 8;
/// Kinds of organisations that a file can name.
const KINDS: [OrgKind; 8] = [
    OrgKind::Enterprise,
    OrgKind::Carrier,
    OrgKind::Laboratory,
    OrgKind::Disposer,
    OrgKind::Partner,
    OrgKind::Observer,
    OrgKind::Mechanism(Mechanism::District),
    OrgKind::Mechanism(Mechanism::Joint),
];
/// Life of a transaction, counted from the last block, in milliseconds.
const LIFE_MS: u64 = 6 * 3_600_000;

/// An organisation with its people.
pub(super) struct Company {
    pub(super) id: OrgId,
    pub(super) profile: OrgProfile,
    pub(super) name: Words,
    /// Each with a key; the first that has a role signs in it where nobody is named.
    pub(super) people: Vec<(String, PersonKey)>,
}

/// Everybody.
pub(super) struct Cast {
    companies: BTreeMap<String, Company>,
    classes: BTreeMap<String, ClassProfile>,
    agencies: Vec<String>,
}

/// 32 bytes that follow from words: the people of a scenario sign for nobody else.
pub(super) fn seed(scenario: &str, words: &str) -> [u8; 32] {
    Hash::of_bytes(&tag::PERSON_NAME, format!("{scenario} {words}").as_bytes()).0
}

/// The agencies of a file, each with the word for it.
pub(super) fn agencies(spec: &Agencies) -> eyre::Result<Vec<(String, OrgProfile)>> {
    match spec {
        Agencies::First(count) => {
            ensure!((1..=AGENCIES).contains(count), "a scenario has 1 to {AGENCIES} agencies");
            (0..*count).map(people::agency).collect()
        }
        Agencies::Named(words) => {
            let named = |word: &String| {
                let mut all = (0..AGENCIES).filter_map(|place| people::agency(place).ok());
                let found = all.find(|(node, _)| node == word);
                found.ok_or_else(|| eyre!("there is no agency {word:?}"))
            };
            words.iter().map(named).collect()
        }
    }
}

/// The pack of this name; the orientation counts where the pack leaves it to the genesis.
pub(super) fn pack(name: &str, scenario: &Scenario) -> eyre::Result<PolicyPack> {
    let text = api::pack::shipped(name).ok_or_else(|| eyre!("no pack {name:?} comes with the program"))?;
    let orientation = scenario.orientation()?;
    let read = api::pack::read(text, orientation).or_else(|_| api::pack::read(text, None));
    read.map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        eyre!("read the pack {name}: {}", faults.join("; "))
    })
}

impl Cast {
    /// The organisations and classes of a file; agencies come with [`Cast::add_agency`].
    pub(super) fn of(scenario: &Scenario) -> eyre::Result<Cast> {
        let mut cast = Cast { companies: BTreeMap::new(), classes: BTreeMap::new(), agencies: Vec::new() };
        for spec in &scenario.orgs {
            let company = company(&scenario.name, spec).wrap_err_with(|| format!("take organisation {}", spec.key))?;
            cast.companies.insert(spec.key.clone(), company);
        }
        for spec in &scenario.classes {
            let class = class(spec).wrap_err_with(|| format!("take class {}", spec.key))?;
            cast.classes.insert(spec.key.clone(), class);
        }
        Ok(cast)
    }

    /// An agency with the keys of its people.
    pub(super) fn add_agency(&mut self, word: &str, profile: OrgProfile, people: Vec<(String, PersonKey)>) {
        let title = profile.name.to_string();
        let (zh, en) = title.split_once(' ').unwrap_or((title.as_str(), title.as_str()));
        let name = Words { en: en.to_owned(), zh: zh.to_owned() };
        let company = Company { id: people::org_id(&profile), profile, name, people };
        self.agencies.push(word.to_owned());
        self.companies.insert(word.to_owned(), company);
    }

    /// The words for the agencies.
    pub(super) fn agencies(&self) -> &[String] {
        &self.agencies
    }

    /// An organisation by the word for it.
    pub(super) fn company(&self, word: &str) -> Option<&Company> {
        self.companies.get(word)
    }

    /// The word for an organisation; its identity where there is none.
    pub(super) fn word_of(&self, id: &OrgId) -> String {
        let found = self.companies.iter().find(|(_, company)| company.id == *id);
        found.map_or_else(|| id.to_string(), |(word, _)| word.clone())
    }

    /// A class by the word for it.
    pub(super) fn class(&self, word: &str) -> Option<ClassId> {
        self.classes.get(word).map(|class| ClassId::of(&class.code))
    }

    /// The key of `org.person`.
    pub(super) fn person(&self, word: &str) -> Option<&PersonKey> {
        let (org, person) = word.split_once('.')?;
        self.companies.get(org)?.people.iter().find(|(name, _)| name == person).map(|(_, key)| key)
    }

    /// Who signs: `org.person:role`, or `org:role` for the first of its people who may.
    pub(super) fn signer(&self, word: &str) -> eyre::Result<(&Company, &PersonKey, Role)> {
        let (who, role) = word.rsplit_once(':').ok_or_else(|| eyre!("{word:?} is not `org.person:role`"))?;
        let role = Role::of_name(role).ok_or_else(|| eyre!("there is no role {role:?}"))?;
        let (org, person) = match who.split_once('.') {
            Some((org, person)) => (org, Some(person)),
            None => (who, None),
        };
        let company = self.companies.get(org).ok_or_else(|| eyre!("there is no organisation {org:?}"))?;
        let fits = |(name, key): &&(String, PersonKey)| match person {
            Some(person) => name == person,
            None => key.header().roles.has(role),
        };
        let found = company.people.iter().find(fits);
        let (_, key) = found.ok_or_else(|| eyre!("nobody of {org} signs as {word:?}"))?;
        Ok((company, key, role))
    }

    /// What genesis holds of the organisations that are no agencies.
    pub(super) fn genesis_orgs(&self) -> Vec<GenesisOrg> {
        let others = self.companies.iter().filter(|(word, _)| !self.agencies.contains(word));
        others.map(|(_, company)| company.genesis(None)).collect()
    }

    /// The classes that genesis holds.
    pub(super) fn genesis_classes(&self) -> Vec<ClassProfile> {
        self.classes.values().cloned().collect()
    }
}

impl Company {
    /// What genesis holds of it.
    pub(super) fn genesis(&self, node: Option<ledger::genesis::NodeClaim>) -> GenesisOrg {
        // The network does not exist yet; whoever cosigns the genesis binds the keys to it.
        let keys = self.people.iter().map(|(_, key)| key.claim(&NetworkId::default())).collect();
        GenesisOrg { profile: self.profile.clone(), keys, node }
    }
}

fn company(scenario: &str, spec: &OrgSpec) -> eyre::Result<Company> {
    let (scheme, value) = spec.id.split_once(':').ok_or_else(|| eyre!("{:?} is not `scheme:value`", spec.id))?;
    if scheme == "gln" {
        value.parse::<Gln>()?;
    }
    let kind = KINDS.into_iter().find(|kind| kind.name() == spec.kind);
    let kind = kind.ok_or_else(|| eyre!("there is no kind {:?}", spec.kind))?;
    let profile = people::profile(scheme, value, &spec.name.to_string(), kind)?;
    let id = people::org_id(&profile);
    let mut list = Vec::with_capacity(spec.people.len());
    for (name, words) in &spec.people {
        let role = |word: &String| Role::of_name(word).ok_or_else(|| eyre!("{name} has no role {word:?}"));
        let roles = words.iter().map(role).collect::<eyre::Result<Vec<Role>>>()?;
        list.push((name.clone(), person(scenario, &spec.key, name, id, &roles)?));
    }
    Ok(Company { id, profile, name: spec.name.clone(), people: list })
}

/// The key of a person, which follows from names.
pub(super) fn person(scenario: &str, org: &str, name: &str, id: OrgId, roles: &[Role]) -> eyre::Result<PersonKey> {
    let label = format!("{org}.{name}");
    let pseudonym = PersonId(Hash(seed(scenario, &format!("pseudonym {label}"))));
    Ok(PersonKey::from_seed(&seed(scenario, &label), id, pseudonym, name, &label, Roles::of(roles))?)
}

fn class(spec: &ClassSpec) -> eyre::Result<ClassProfile> {
    let code = match spec.code.split_once(':') {
        None => ClassCode::Gtin(spec.code.parse()?),
        Some((scheme, value)) => ClassCode::Other { scheme: Text::new(scheme)?, value: Text::new(value)? },
    };
    let category = Category::of_name(&spec.category);
    Ok(ClassProfile {
        code,
        name: Text::new(spec.name.to_string())?,
        category: category.ok_or_else(|| eyre!("there is no category {:?}", spec.category))?,
        grade: Text::new(spec.grade.clone())?,
        hgr: spec.hgr,
        hs: spec.hs.parse()?,
    })
}

/// Signs an act: one slot for each signer, in their order.
pub(super) fn sign(
    network: NetworkId,
    now: Timestamp,
    (operation, entries): (Operation, Vec<Entry>),
    signers: &[(&PersonKey, Role)],
) -> eyre::Result<SignedTx> {
    let slot = |(key, role): &(&PersonKey, Role)| Slot {
        suite: Suite::Ed25519,
        org: key.header().org,
        key: key.key_id(),
        role: *role,
    };
    let body = TxBody {
        network,
        nonce: keys::random()?,
        expires: now.plus_ms(LIFE_MS),
        signers: signers.iter().map(slot).collect(),
        operation,
    };
    let id = body.id();
    let signatures = body.signers.iter().zip(signers);
    let signatures = signatures.map(|(slot, (key, _))| key.sign(&body.sign_hash(&id, slot))).collect();
    Ok(SignedTx { body, signatures, entries })
}
