//! What names stand for in the acts of a gateway: as on the ledger, but no word of a request is the name of a file here.

use crate::{
    act::{Names, Result},
    capture::check_whole,
    commands::known::Known,
    failure::Failure,
    session::{Session, code},
};
use gs1::Quantity;
use ledger::{
    ClassId, GrantId, Hash, ItemId, ItemRecord, KeyId, NetworkId, OrgId, PersonId, Timestamp, TxId,
    operation::{Registry, Subject},
};

/// Names for one act.
pub(super) struct Near<'s> {
    session: &'s Session,
    known: Known<'s>,
    own: OrgId,
    /// Whether the act is about what was offered to the organisation, and not about what it holds.
    is_answer: bool,
    /// Codes, each with a quantity that the event says there is.
    said: &'s [(String, String)],
}

impl<'s> Near<'s> {
    pub(super) fn new(session: &'s Session, own: OrgId, is_answer: bool, said: &'s [(String, String)]) -> Near<'s> {
        Near { session, known: Known::new(session), own, is_answer, said }
    }

    /// That the event speaks of all of an item, where it says how much it speaks of. Error: H1567.
    fn check(&self, word: &str, record: &ItemRecord) -> Result<()> {
        let said = self.said.iter().filter(|(code, _)| code == word);
        let said: Vec<Quantity> = said.map(|(_, quantity)| Ok(quantity.parse()?)).collect::<Result<_>>()?;
        check_whole(&record.code, &said, record.on_hand, record.wasted)
    }

    /// Of several items that carry a code the one that is meant: what the organisation holds, or was offered.
    fn meant(&self, word: &str, several: Failure) -> Result<(ItemId, ItemRecord)> {
        let mut items = self.session.items_of(&code(word)?)?;
        items.retain(|item| match self.is_answer {
            true => item.record.offer.as_ref().is_some_and(|offer| offer.receiver == self.own),
            false => item.record.custodian == self.own && !item.record.on_hand.is_zero(),
        });
        match (items.pop(), items.is_empty()) {
            (Some(one), true) => Ok((one.id, one.record)),
            _ => Err(several),
        }
    }
}

impl Names for Near<'_> {
    fn network(&self) -> Result<NetworkId> {
        self.known.network()
    }

    fn now(&self) -> Timestamp {
        self.known.now()
    }

    fn org(&self, word: &str) -> Result<OrgId> {
        self.known.org(word)
    }

    fn class(&self, word: &str) -> Result<ClassId> {
        self.known.class(word)
    }

    fn item(&self, word: &str) -> Result<(ItemId, ItemRecord)> {
        let found = match self.known.item(word) {
            Err(failure) if failure.code == "H1407" => self.meant(word, failure),
            other => other,
        }?;
        self.check(word, &found.1)?;
        Ok(found)
    }

    fn grant(&self, word: &str) -> Result<GrantId> {
        self.known.grant(word)
    }

    fn tx(&self, word: &str) -> Result<TxId> {
        self.known.tx(word)
    }

    fn person(&self, word: &str) -> Result<PersonId> {
        self.known.person(word)
    }

    fn key(&self, word: &str) -> Result<KeyId> {
        word.trim().parse().map_err(|_| Failure::input("H1409", word))
    }

    fn last_entry(&self, registry: Registry, subject: &Subject, period: u16) -> Result<u64> {
        self.known.last_entry(registry, subject, period)
    }

    fn document(&self, word: &str) -> Result<Hash> {
        word.trim().parse().map_err(|_| Failure::input("H1409", word))
    }

    fn salt(&self) -> Result<[u8; 16]> {
        self.known.salt()
    }
}
