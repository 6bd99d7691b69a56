//! Items of the class that a local network knows from the start, and acts on one of them.

use crate::clerk::Deed;
use ledger::{
    ClassId, ItemId, Operation, list,
    operation::{Entry, EntryBody, EntryList, Purpose, Registration},
    record::ClassCode,
};

/// Class of `testnet init`.
pub const GTIN: &str = "09521100000017";

/// The registration of one lot.
pub fn registration(lot: &str, quantity: &str) -> eyre::Result<Deed> {
    let registration = Registration {
        class: ClassId::of(&ClassCode::Gtin(GTIN.parse()?)),
        code: format!("01/{GTIN}/10/{lot}").parse()?,
        quantity: quantity.parse()?,
        purpose: Purpose::Unstated,
        private: None,
    };
    listed(EntryBody::Registration(registration), |list| Operation::Register { list })
}

/// An act on one item that takes a list.
pub fn about(item: ItemId, of: impl FnOnce(EntryList) -> Operation) -> eyre::Result<Deed> {
    listed(EntryBody::Item(item), of)
}

fn listed(body: EntryBody, of: impl FnOnce(EntryList) -> Operation) -> eyre::Result<Deed> {
    let entry = Entry { salt: keys::random()?, body };
    Ok((of(EntryList { count: 1, root: list::root(&[entry.hash()]) }), vec![entry]))
}
