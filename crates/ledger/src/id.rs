//! Identities: newtypes over [`crate::hash::Hash`], so that one kind cannot be taken for another.

use crate::{
    hash::{Hash, HashTextError},
    record::{ClassCode, OrgIdentifier},
    tag,
};
use bincode::{Decode, Encode};
use std::{fmt, str::FromStr};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub struct $name(pub crate::hash::Hash);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.0, f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}({})", stringify!($name), self.0.short()) }
        }
        impl FromStr for $name {
            type Err = HashTextError;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map($name) }
        }
    )*};
}

ids! {
    /// A network: hash of its genesis bytes.
    NetworkId;
    /// An organisation: hash of its registered identifier, the same on every network.
    OrgId;
    /// A public key.
    KeyId;
    /// A person: 32 random bytes chosen by the organisation, a pseudonym; the name is a salted commitment.
    PersonId;
    /// An item class: hash of its code.
    ClassId;
    /// An item: hash of network, registering transaction and index.
    ItemId;
    /// A transaction: hash of its body.
    TxId;
    /// A block: hash of its header.
    BlockId;
    /// A grant: hash of network and application.
    GrantId;
    /// A duty to report: hash of what it is about.
    DutyId;
    /// An alert: hash of its kind and subject.
    AlertId;
    /// A sealed document: root over its pieces, see [`crate::sealed`].
    DocumentId;
}

impl OrgId {
    /// Identity of the organisation with this identifier.
    pub fn of(identifier: &OrgIdentifier) -> OrgId {
        OrgId(Hash::of(&tag::ORG_ID, identifier))
    }
}

impl KeyId {
    /// Identity of an ed25519 key with these 32 bytes.
    pub fn of_ed25519(key: &[u8; 32]) -> KeyId {
        KeyId(Hash::of_bytes(&tag::KEY_ID, key))
    }
}

impl ClassId {
    /// Identity of the class with this code.
    pub fn of(code: &ClassCode) -> ClassId {
        ClassId(Hash::of(&tag::CLASS_ID, code))
    }
}

impl GrantId {
    /// Identity of what transaction `tx` applies for.
    pub fn of(network: &NetworkId, tx: &TxId) -> GrantId {
        GrantId(Hash::of(&tag::GRANT_ID, &(network, tx)))
    }
}

impl ItemId {
    /// Identity of the item that entry `index` of transaction `tx` registers.
    pub fn of(network: &NetworkId, tx: &TxId, index: u32) -> ItemId {
        ItemId(Hash::of(&tag::ITEM_ID, &(network, tx, index)))
    }
}
