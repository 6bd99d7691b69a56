//! What the words of an act stand for: labels first, then the words of the file, then identities and codes.

use super::{cast::Cast, series::AllSeries, stage::Stage};
use client::{
    Failure,
    act::{self, Names, Result},
};
use keys::Signer;
use ledger::{
    ClassId, DutyId, GrantId, Hash, ItemId, ItemRecord, KeyId, NetworkId, OrgId, PersonId, Timestamp, TxId,
    operation::{Registry, Subject, place},
    tag,
};
use std::collections::BTreeMap;

/// What an act made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Item(ItemId),
    Grant(GrantId),
    Proposal(TxId),
    Duty(DutyId),
}

/// What labels stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels(BTreeMap<String, Made>);

impl Labels {
    pub(super) fn put(&mut self, label: &str, made: Made) {
        self.0.insert(label.to_owned(), made);
    }

    /// What `@label` stands for.
    pub(super) fn get(&self, word: &str) -> Option<Made> {
        self.0.get(word.strip_prefix('@')?).copied()
    }

    /// The item of a label or identity.
    pub(super) fn item(&self, word: &str) -> Option<ItemId> {
        match self.get(word) {
            Some(Made::Item(id)) => Some(id),
            Some(_) => None,
            None => word.parse().ok(),
        }
    }

    /// The grant of a label or identity.
    pub(super) fn grant(&self, word: &str) -> Option<GrantId> {
        match self.get(word) {
            Some(Made::Grant(id)) => Some(id),
            Some(_) => None,
            None => word.parse().ok(),
        }
    }

    /// The proposal of a label or identity.
    pub(super) fn proposal(&self, word: &str) -> Option<TxId> {
        match self.get(word) {
            Some(Made::Proposal(id)) => Some(id),
            Some(_) => None,
            None => word.parse().ok(),
        }
    }
}

/// Everything that has a name, at one moment.
pub(super) struct Known<'a> {
    pub(super) stage: &'a dyn Stage,
    pub(super) cast: &'a Cast,
    pub(super) labels: &'a Labels,
    pub(super) series: &'a AllSeries,
    pub(super) now: Timestamp,
}

fn unknown(kind: &str, word: &str) -> Failure {
    Failure::new("H1431", [("what", kind), ("name", word)])
}

fn unread(error: &eyre::Report) -> Failure {
    Failure::new("H1430", [("detail", format!("{error:#}"))])
}

impl Names for Known<'_> {
    fn network(&self) -> Result<NetworkId> {
        Ok(self.stage.network())
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn org(&self, word: &str) -> Result<OrgId> {
        match self.cast.company(word) {
            Some(company) => Ok(company.id),
            None => act::org_id(word).map_err(|_| unknown("organisation", word)),
        }
    }

    fn class(&self, word: &str) -> Result<ClassId> {
        match self.cast.class(word) {
            Some(class) => Ok(class),
            None => act::class_id(word).map_err(|_| unknown("class", word)),
        }
    }

    fn item(&self, word: &str) -> Result<(ItemId, ItemRecord)> {
        let id = self.labels.item(word).ok_or_else(|| unknown("item", word))?;
        let record = self.stage.item(&id).map_err(|error| unread(&error))?;
        record.map(|record| (id, record)).ok_or_else(|| unknown("item", word))
    }

    fn grant(&self, word: &str) -> Result<GrantId> {
        self.labels.grant(word).ok_or_else(|| unknown("grant", word))
    }

    fn tx(&self, word: &str) -> Result<TxId> {
        self.labels.proposal(word).ok_or_else(|| unknown("transaction", word))
    }

    fn person(&self, word: &str) -> Result<PersonId> {
        let person = self.cast.person(word).map(|key| key.header().person);
        person.or_else(|| word.parse().ok()).ok_or_else(|| unknown("person", word))
    }

    fn key(&self, word: &str) -> Result<KeyId> {
        let key = self.cast.person(word).map(Signer::key_id);
        key.or_else(|| word.parse().ok()).ok_or_else(|| unknown("key", word))
    }

    fn last_entry(&self, registry: Registry, subject: &Subject, period: u16) -> Result<u64> {
        let entries = self.stage.entries(registry, &place(registry, subject, period));
        let count = entries.map_err(|error| unread(&error))?.len();
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// There are no documents: a word stands for one.
    fn document(&self, word: &str) -> Result<Hash> {
        let hash = self.series.named(word).or_else(|| word.parse().ok());
        Ok(hash.unwrap_or_else(|| Hash::of_bytes(&tag::FIELD, word.as_bytes())))
    }

    fn salt(&self) -> Result<[u8; 16]> {
        Ok(keys::random()?)
    }
}
