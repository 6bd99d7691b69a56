//! Items of the class that a local network knows from the start.

use ledger::{
    ClassId, Operation, list,
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
    let entry = Entry { salt: keys::random().unwrap(), body: EntryBody::Registration(registration) };
    let list = EntryList { count: 1, root: list::root(&[entry.hash()]) };
    (Operation::Register { list }, vec![entry])
}
