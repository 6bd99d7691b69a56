//! Domain tags: one for every hash and every signature, unique across the workspace.
//!
//! A tag enters as the key of keyed BLAKE3 (`key = BLAKE3(tag)`), so that a 64-byte tree node still costs a single
//! compression and no bytes of one use can be taken for those of another.

use std::sync::LazyLock;

/// A domain tag with its derived key.
pub struct Tag {
    name: &'static str,
    key: LazyLock<[u8; 32]>,
}

impl Tag {
    /// The text of the tag, as `docs/formats/ledger.md` lists it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn key(&self) -> &[u8; 32] {
        &self.key
    }
}

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub static $name: Tag = Tag { name: $text, key: LazyLock::new(|| *blake3::hash($text.as_bytes()).as_bytes()) };)*
        /// All tags of the workspace, in the order of their declaration.
        pub static ALL: &[&Tag] = &[$(&$name),*];
    };
}

tags! {
    /// Identity of a network: its genesis bytes.
    NETWORK = "hufu/1/network";
    /// An agency's signature over a network identity at the genesis ceremony.
    GENESIS_COSIGN = "hufu/1/genesis-cosign";
    /// Identity of an organisation: its registered identifier.
    ORG_ID = "hufu/1/org-id";
    /// Identity of a public key.
    KEY_ID = "hufu/1/key-id";
    /// Proof that the holder of a person's key asks for its registration.
    KEY_POSSESSION = "hufu/1/key-possession";
    /// Proof that the holder of a consensus key brings it to a genesis.
    CONSENSUS_POSSESSION = "hufu/1/consensus-possession";
    /// Proof that the holder of a consensus key brings it to a network that runs.
    SEAT_POSSESSION = "hufu/1/seat-possession";
    /// Proof that the holder of a transport identity asks for its registration.
    PEER_POSSESSION = "hufu/1/peer-possession";
    /// Identity of an item class.
    CLASS_ID = "hufu/1/class-id";
    /// Identity of an item: network, registering transaction, index.
    ITEM_ID = "hufu/1/item-id";
    /// Key of the record of a code.
    CODE = "hufu/1/code";
    /// One link of the chain of registrations under a code.
    CODE_HEAD = "hufu/1/code-head";
    /// Transaction identity: its body.
    TX_ID = "hufu/1/tx-id";
    /// A signer's signature on a transaction.
    TX_SIGN = "hufu/1/tx-sign";
    /// Hash of the signatures of a transaction.
    TX_SIGNATURES = "hufu/1/tx-signatures";
    /// Hash of a whole signed transaction, entries included.
    TX_WHOLE = "hufu/1/tx-whole";
    /// A transaction's leaf in the transaction root.
    TX_LEAF = "hufu/1/tx-leaf";
    /// A salted entry of an operation over many items.
    ENTRY = "hufu/1/entry";
    /// The terms of one handover.
    HANDOVER_TERMS = "hufu/1/handover-terms";
    /// A salted private field.
    FIELD = "hufu/1/field";
    /// A salted person's name.
    PERSON_NAME = "hufu/1/person-name";
    /// An event.
    EVENT = "hufu/1/event";
    /// The head of an item's event chain.
    EVENT_HEAD = "hufu/1/event-head";
    /// The head of an item's event chain before its first event.
    EVENT_HEAD_ZERO = "hufu/1/event-head-zero";
    /// The trail of the acts that changed custody, quantity or identity.
    TRAIL = "hufu/1/trail";
    /// The trail before the first such act.
    TRAIL_ZERO = "hufu/1/trail-zero";
    /// The head of an organisation's feed.
    FEED_HEAD = "hufu/1/feed-head";
    /// One entry of an organisation's feed.
    FEED_LEAF = "hufu/1/feed-leaf";
    /// A receipt.
    RECEIPT = "hufu/1/receipt";
    /// Identity of a block: its header.
    BLOCK_ID = "hufu/1/block-id";
    /// The parts of a block body that are not transactions.
    BLOCK_REST = "hufu/1/block-rest";
    /// A validator set.
    VALIDATORS = "hufu/1/validators";
    /// A prevote or precommit.
    VOTE = "hufu/1/vote";
    /// A proposal.
    PROPOSAL = "hufu/1/proposal";
    /// The proposer's signature on a streamed block.
    PARTS_SEAL = "hufu/1/parts-seal";
    /// A policy pack.
    POLICY_PACK = "hufu/1/policy-pack";
    /// A leaf of a Merkle list.
    LIST_LEAF = "hufu/1/list-leaf";
    /// A node of a Merkle list.
    LIST_NODE = "hufu/1/list-node";
    /// The root of a Merkle list, bound to its length.
    LIST_ROOT = "hufu/1/list-root";
    /// Position of a record in the state tree.
    STATE_KEY = "hufu/1/state-key";
    /// Hash of a record.
    STATE_VALUE = "hufu/1/state-value";
    /// A leaf of the state tree.
    STATE_LEAF = "hufu/1/state-leaf";
    /// A node of the state tree.
    STATE_NODE = "hufu/1/state-node";
    /// An empty subtree of the state tree.
    STATE_EMPTY = "hufu/1/state-empty";
    /// The place of the entries of a registry about one subject.
    PLACE = "hufu/1/place";
    /// Identity of a grant.
    GRANT_ID = "hufu/1/grant-id";
    /// Identity of a duty.
    DUTY_ID = "hufu/1/duty-id";
    /// Identity of an alert.
    ALERT_ID = "hufu/1/alert-id";
    /// Identity of what becomes due.
    DUE = "hufu/1/due";
    /// A salted reading of a series.
    READING = "hufu/1/reading";
    /// A salted document of an anchor.
    DOCUMENT = "hufu/1/document";
    /// A login challenge.
    LOGIN = "hufu/1/login";
    /// The fingerprint of a trust root.
    TRUST_ROOT = "hufu/1/trust-root";
    /// A witness's signature on the block that it knows at a height.
    WITNESS = "hufu/1/witness";
    /// A piece of a sealed document.
    SEALED_PIECE = "hufu/1/sealed-piece";
    /// What a sealed document is bound to.
    SEAL = "hufu/1/seal";
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use std::collections::BTreeSet;

    #[test]
    fn tags_are_unique() {
        let names: BTreeSet<_> = ALL.iter().map(|t| t.name()).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
