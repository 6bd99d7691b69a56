//! Items of the class that a local network knows from the start, and acts on one of them.

use ledger::{
    ClassId, ItemId, Operation, list,
    operation::{Entry, EntryBody, EntryList, Purpose, Registration},
    record::ClassCode,
};
use testnet::clerk::Deed;

/// Class of `testnet init`.
pub const GTIN: &str = "09521100000017";

/// The registration of one lot.
pub fn registration(lot: &str, quantity: &str) -> Deed {
    let registration = Registration {
        class: ClassId::of(&ClassCode::Gtin(GTIN.parse().unwrap())),
        code: format!("01/{GTIN}/10/{lot}").parse().unwrap(),
        quantity: quantity.parse().unwrap(),
        purpose: Purpose::Unstated,
        private: None,
    };
    listed(EntryBody::Registration(registration), |list| Operation::Register { list })
}

/// An act on one item that takes a list.
pub fn about(item: ItemId, of: impl FnOnce(EntryList) -> Operation) -> Deed {
    listed(EntryBody::Item(item), of)
}

fn listed(body: EntryBody, of: impl FnOnce(EntryList) -> Operation) -> Deed {
    let entry = Entry { salt: keys::random().unwrap(), body };
    (of(EntryList { count: 1, root: list::root(&[entry.hash()]) }), vec![entry])
}
