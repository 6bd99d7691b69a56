//! What names stand for, looked up on the ledger through a node; and what was looked up, to be shown beside the bytes.

use super::{item::about, pubkey::PubKey};
use crate::{
    act::{self, Names},
    acts::Act,
    failure::{Failure, Result},
    session::{Item, Session},
    shown, storage,
};
use ledger::{
    ClassId, GrantId, Hash, ItemId, ItemRecord, KeyId, NetworkId, OrgId, PersonId, Timestamp, TxId,
    operation::{Registry, Subject},
};
use std::{cell::RefCell, path::Path};

/// Names on the network of a session.
pub(crate) struct Known<'s> {
    session: &'s Session,
    items: RefCell<Vec<Item>>,
    grants: RefCell<Vec<shown::Grant>>,
}

impl<'s> Known<'s> {
    pub(crate) fn new(session: &'s Session) -> Known<'s> {
        Known { session, items: RefCell::default(), grants: RefCell::default() }
    }

    /// Shows beside the bytes what was looked up for them.
    pub(super) fn about(&self, act: Act) -> Act {
        let out = &self.session.out;
        let items = self.items.borrow();
        let act = match items.as_slice() {
            [one] => about(act, one, self.session),
            several => several.iter().fold(act, |act, item| {
                let (class, record) = (&item.view.class.name, &item.record);
                let value = format!("{class} · {} · {}", record.on_hand, out.word(record.state.name()));
                act.note(&record.code.to_string(), value)
            }),
        };
        self.grants.borrow().iter().fold(act, |act, grant| {
            let of = &grant.record.application;
            let state = out.word(grant.record.state.name());
            let value = format!("{} · {} · {state}", out.word(of.kind.name()), of.quantity);
            act.note(out.pick("grant", "批件"), format!("{} {value}", grant.record.number).trim_start().to_owned())
        })
    }
}

impl Names for Known<'_> {
    fn network(&self) -> Result<NetworkId> {
        self.session.network_id()
    }

    fn now(&self) -> Timestamp {
        self.session.block_time()
    }

    fn org(&self, word: &str) -> Result<OrgId> {
        self.session.org_id(word)
    }

    fn class(&self, word: &str) -> Result<ClassId> {
        match word.trim().parse() {
            Ok(id) => Ok(id),
            Err(_) => act::class_id(word.trim()),
        }
    }

    fn item(&self, word: &str) -> Result<(ItemId, ItemRecord)> {
        let item = self.session.item(word)?;
        let found = (item.id, item.record.clone());
        let mut items = self.items.borrow_mut();
        if !items.iter().any(|known| known.id == item.id) {
            items.push(item);
        }
        Ok(found)
    }

    fn grant(&self, word: &str) -> Result<GrantId> {
        let grant = shown::grant(self.session, word)?;
        let id = grant.id;
        self.grants.borrow_mut().push(grant);
        Ok(id)
    }

    fn tx(&self, word: &str) -> Result<TxId> {
        self.session.tx_id(word)
    }

    fn person(&self, word: &str) -> Result<PersonId> {
        word.trim().parse().map_err(|_| Failure::input("H1409", word))
    }

    fn key(&self, word: &str) -> Result<KeyId> {
        match Path::new(word).is_file() {
            true => Ok(KeyId::of_ed25519(&PubKey::read(Path::new(word))?.2.key)),
            false => word.trim().parse().map_err(|_| Failure::input("H1409", word)),
        }
    }

    /// Error: H5501 where nothing stands about the subject.
    fn last_entry(&self, registry: Registry, subject: &Subject, period: u16) -> Result<u64> {
        let lines = shown::lines_about(self.session, registry, subject, period)?;
        let last = lines.last().ok_or(ledger::Rejection::EntryUnknown)?;
        Ok(last.n)
    }

    fn document(&self, word: &str) -> Result<Hash> {
        match word.parse() {
            Ok(hash) => Ok(hash),
            Err(_) => storage::content_hash(Path::new(word)),
        }
    }

    fn salt(&self) -> Result<[u8; 16]> {
        Ok(keys::random()?)
    }
}
