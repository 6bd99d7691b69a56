//! Transactions as files that people pass on and sign one after another: `hufu.tx-draft/1`.
//!
//! What is signed travels as its canonical bytes. The readable part is recomputed when a file is read, signatures that
//! are there are checked, and a file that says anything else than its bytes is refused. Private fields may travel beside
//! it in the clear: those that do not give the roots that are signed are refused too.

use crate::{
    failure::{Failure, Result},
    private::{Flaw, LeafJson, Private, roots},
    readable::Readable,
    storage,
};
use keys::{PersonKey, Signer};
use ledger::{
    KeyId, PublicKey, Signature, SignedTx, TxBody, TxId, bounds::MAX_TX_BYTES, codec::decode, operation::Entry,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Value of `schema`.
pub(crate) const SCHEMA: &str = "hufu.tx-draft/1";
/// Largest draft file, in bytes: a full list of entries, its readable form, and private fields.
pub(crate) const MAX_DRAFT_BYTES: usize = 8 * 1024 * 1024;

/// A transaction with the signatures it has so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) body: TxBody,
    pub(crate) entries: Vec<Entry>,
    /// Private fields that are known here; no part of what is signed, and never sent to a node.
    pub(crate) private: Vec<Private>,
    /// One for each slot, in their order.
    signed: Vec<Option<Signed>>,
}

/// A signature with the key under which it holds, so that it can be checked without a network.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signed {
    key: [u8; 32],
    signature: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftJson {
    schema: String,
    id: String,
    body: String,
    entries: Vec<String>,
    signatures: Vec<Option<SignedJson>>,
    readable: Readable,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    private: Vec<PrivateJson>,
}

/// Private fields under one root.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrivateJson {
    root: String,
    fields: Vec<LeafJson>,
}

impl PrivateJson {
    pub(crate) fn of(private: &Private) -> PrivateJson {
        PrivateJson { root: private.root().to_string(), fields: private.json() }
    }

    fn read(self) -> Result<Private> {
        Private::read(&self.root, self.fields).map_err(|flaw| match flaw {
            Flaw::Shape(detail) => damaged(detail),
            Flaw::Root => foreign(&self.root),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedJson {
    key: String,
    signature: String,
}

fn damaged(detail: impl Into<String>) -> Failure {
    Failure::new("H1404", [("detail", detail.into())])
}

/// Private fields that the transaction does not commit to.
fn foreign(root: &str) -> Failure {
    Failure::new("H1420", [("file", "hufu.tx-draft/1"), ("what", root)])
}

impl Draft {
    /// A draft that nobody has signed.
    pub(crate) fn new(body: TxBody, entries: Vec<Entry>) -> Draft {
        let signed = body.signers.iter().map(|_| None).collect();
        Draft { body, entries, private: Vec::new(), signed }
    }

    /// The same with private fields, or without.
    pub(crate) fn with(self, private: Vec<Private>) -> Draft {
        Draft { private, ..self }
    }

    pub(crate) fn id(&self) -> TxId {
        self.body.id()
    }

    /// Slots without a signature.
    pub(crate) fn missing(&self) -> Vec<usize> {
        self.signed.iter().enumerate().filter(|(_, s)| s.is_none()).map(|(i, _)| i).collect()
    }

    /// Whether a slot has its signature.
    pub(crate) fn is_signed(&self, slot: usize) -> bool {
        self.signed.get(slot).is_some_and(Option::is_some)
    }

    /// Signs every slot of the key that has no signature yet; how many those were.
    pub(crate) fn sign(&mut self, key: &PersonKey) -> usize {
        let id = self.id();
        let mut count = 0;
        for (slot, signed) in self.body.signers.iter().zip(&mut self.signed) {
            if signed.is_none() && slot.key == key.key_id() {
                let signature = key.sign(&self.body.sign_hash(&id, slot));
                *signed = Some(Signed { key: *key.public_key().bytes(), signature });
                count += 1;
            }
        }
        count
    }

    /// The signed transaction. Error: H1411 while a signature is missing.
    pub(crate) fn complete(&self) -> Result<SignedTx> {
        let signatures: Vec<Signature> = self.signed.iter().flatten().map(|s| s.signature).collect();
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(SignedTx { body: self.body.clone(), signatures, entries: self.entries.clone() });
        }
        let list: Vec<String> = missing
            .iter()
            .filter_map(|i| self.body.signers.get(*i))
            .map(|s| format!("{} {}", s.role.name(), s.key))
            .collect();
        let values = [
            ("missing", missing.len().to_string()),
            ("needed", self.signed.len().to_string()),
            ("list", list.join(", ")),
        ];
        Err(Failure::new("H1411", values))
    }

    /// The transaction as it is given to a node to judge for the holder of a key: with the signatures of others, who show by
    /// them what they see, and with zeros for his own and for what is missing, so that it is worth nothing.
    pub(crate) fn judged(&self, own: Option<KeyId>) -> SignedTx {
        let of_others = self.body.signers.iter().zip(&self.signed).map(|(slot, signed)| match signed {
            Some(signed) if Some(slot.key) != own => Some(signed.signature),
            Some(_) | None => None,
        });
        let of_others: Vec<Option<Signature>> = of_others.collect();
        let unsigned = self.unsigned();
        if of_others.iter().all(Option::is_some) {
            return unsigned;
        }
        let signatures = of_others.into_iter().zip(unsigned.signatures).map(|(known, none)| known.unwrap_or(none));
        SignedTx { signatures: signatures.collect(), body: unsigned.body, entries: unsigned.entries }
    }

    /// The transaction with zeros for signatures.
    pub(crate) fn unsigned(&self) -> SignedTx {
        let signatures = vec![Signature([0; 64]); self.signed.len()];
        SignedTx { body: self.body.clone(), signatures, entries: self.entries.clone() }
    }

    /// The file.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let file = DraftJson {
            schema: SCHEMA.into(),
            id: self.id().to_string(),
            body: api::bytes::of(&self.body),
            entries: self.entries.iter().map(api::bytes::of).collect(),
            signatures: self
                .signed
                .iter()
                .map(|s| {
                    s.as_ref()
                        .map(|s| SignedJson { key: hex::encode(s.key), signature: api::bytes::encode(&s.signature.0) })
                })
                .collect(),
            readable: Readable::of(&self.body, &self.entries),
            private: self.private.iter().map(PrivateJson::of).collect(),
        };
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a file and checks everything that can be checked without a network. Errors: H1404, H1420, H2005, and those
    /// of a transaction's shape.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Draft> {
        let file: DraftJson = serde_json::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
        if file.schema != SCHEMA {
            return Err(damaged(format!("schema {}", file.schema.chars().take(80).collect::<String>())));
        }
        let raw = |text: &str| api::bytes::decode(text).map_err(|e| damaged(e.to_string()));
        let body: TxBody = decode(&raw(&file.body)?, MAX_TX_BYTES).map_err(|e| damaged(e.to_string()))?;
        let mut entries = Vec::with_capacity(file.entries.len());
        for entry in &file.entries {
            entries.push(decode(&raw(entry)?, MAX_TX_BYTES).map_err(|e| damaged(e.to_string()))?);
        }
        let mut draft = Draft::new(body, entries);
        draft.unsigned().check_shape()?;
        if draft.id().to_string() != file.id || Readable::of(&draft.body, &draft.entries) != file.readable {
            return Err(damaged("what it shows is not what its bytes say"));
        }
        if file.signatures.len() != draft.signed.len() {
            return Err(damaged("not one place for each signature"));
        }
        for (slot, signed) in file.signatures.iter().enumerate() {
            if let Some(signed) = signed {
                draft.signed[slot] = Some(draft.checked(slot, signed)?);
            }
        }
        draft.private = draft.committed(file.private)?;
        Ok(draft)
    }

    /// Private fields that were read: each list under a root of its own that the transaction names.
    fn committed(&self, lists: Vec<PrivateJson>) -> Result<Vec<Private>> {
        let mut named: Vec<_> = roots(&self.body, &self.entries).into_iter().map(|(root, _)| root).collect();
        let mut read = Vec::with_capacity(lists.len());
        for list in lists {
            let private = list.read()?;
            let place = named.iter().position(|root| *root == private.root());
            named.swap_remove(place.ok_or_else(|| foreign(&private.root().to_string()))?);
            read.push(private);
        }
        Ok(read)
    }

    fn checked(&self, slot: usize, signed: &SignedJson) -> Result<Signed> {
        let key: ledger::Hash = signed.key.parse().map_err(|_| damaged("key"))?;
        let signature = api::bytes::decode(&signed.signature).ok().and_then(|b| <[u8; 64]>::try_from(b).ok());
        let signature = Signature(signature.ok_or_else(|| damaged("signature"))?);
        let holds = self.body.signers.get(slot).is_some_and(|s| {
            let message = self.body.sign_hash(&self.id(), s);
            KeyId::of_ed25519(&key.0) == s.key
                && PublicKey::from_bytes(key.0).is_ok_and(|k| k.verify(&message, &signature))
        });
        match holds {
            true => Ok(Signed { key: key.0, signature }),
            false => Err(Failure::new("H2005", [("slot", slot.to_string())])),
        }
    }

    /// Reads a file of at most [`MAX_DRAFT_BYTES`].
    pub(crate) fn read(path: &Path) -> Result<Draft> {
        Draft::from_json(&storage::read(path, MAX_DRAFT_BYTES)?)
    }

    /// Writes it back to the file that it was read from, or to one of the program's own; whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        storage::replace(path, &self.to_json())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::private::tests::fields;
    use ledger::{
        Hash, ItemId, NetworkId, Operation, OrgId, PersonId, Role, Slot, Timestamp,
        crypto::Suite,
        operation::{CustodyPoint, HandoverTerms, Purpose},
        record::Roles,
    };

    pub(crate) fn person(seed: u8) -> PersonKey {
        let roles = Roles::of(&Role::ALL);
        PersonKey::from_seed(&[seed; 32], OrgId(Hash([seed; 32])), PersonId::default(), "A", "a", roles).unwrap()
    }

    fn slot(key: &PersonKey, role: Role) -> Slot {
        Slot { suite: Suite::Ed25519, org: key.header().org, key: key.key_id(), role }
    }

    /// A handover from person 1 to person 2.
    pub(crate) fn handover() -> Draft {
        handover_with(None)
    }

    /// The same with private terms.
    pub(crate) fn handover_with(private: Option<Private>) -> Draft {
        let (giver, receiver) = (person(1), person(2));
        let item = ItemId(Hash([9; 32]));
        let network = NetworkId(Hash([8; 32]));
        let expires = Timestamp(1_000_000);
        let terms = HandoverTerms {
            network,
            item,
            at: CustodyPoint::start(&item),
            giver: giver.header().org,
            receiver: receiver.header().org,
            expires,
            purpose: Purpose::Unstated,
            premises: None,
            private: private.as_ref().map(Private::root),
        };
        let signers = vec![slot(&giver, Role::Custodian), slot(&receiver, Role::Receiver)];
        let operation = Operation::Handover { terms };
        let body = TxBody { network, nonce: [5; 16], expires, signers, operation };
        Draft::new(body, Vec::new()).with(private.into_iter().collect())
    }

    #[test]
    fn two_halves_make_a_transaction() {
        let mut draft = handover();
        assert_eq!(draft.missing(), [0, 1]);
        assert_eq!(draft.complete().unwrap_err().code, "H1411");
        assert_eq!(draft.sign(&person(3)), 0);
        assert_eq!(draft.sign(&person(1)), 1);
        let mut draft = Draft::from_json(&draft.to_json()).unwrap();
        assert_eq!(draft.missing(), [1]);
        assert_eq!(draft.sign(&person(2)), 1);
        let tx = Draft::from_json(&draft.to_json()).unwrap().complete().unwrap();
        assert!(SignedTx::from_bytes(&tx.to_bytes()).is_ok());
        let key = |id: &KeyId| [person(1), person(2)].iter().find(|p| p.key_id() == *id).map(|p| p.public_key());
        assert!(tx.resolve(&NetworkId(Hash([8; 32])), key).unwrap().verify().is_ok());
    }

    #[test]
    fn a_changed_file_is_refused() {
        let mut draft = handover();
        draft.sign(&person(1));
        let json = String::from_utf8(draft.to_json()).unwrap();
        let code = |text: &str| Draft::from_json(text.as_bytes()).unwrap_err().code;
        assert_eq!(code("{}"), "H1404");
        assert_eq!(code(&json.replace("tx-draft/1", "tx-draft/2")), "H1404");
        assert_eq!(code(&json.replace("\"act\": \"handover\"", "\"act\": \"offer\"")), "H1404");
        assert_eq!(code(&json.replace(&draft.id().to_string(), &"0".repeat(64))), "H1404");
        // The signature of one slot in the place of another, and one of another key.
        let mut other = handover();
        other.sign(&person(2));
        let mut swapped = draft.clone();
        swapped.signed.swap(0, 1);
        assert_eq!(code(&String::from_utf8(swapped.to_json()).unwrap()), "H2005");
        let mut foreign = draft.clone();
        foreign.signed[0] = other.signed[1].clone();
        assert_eq!(code(&String::from_utf8(foreign.to_json()).unwrap()), "H2005");
    }

    #[test]
    fn private_terms_are_those_that_are_signed() {
        let private = fields(&[("price", "120"), ("place", "X")]);
        let draft = handover_with(Some(private.clone()));
        let json = String::from_utf8(draft.to_json()).unwrap();
        let code = |text: &str| Draft::from_json(text.as_bytes()).unwrap_err().code;
        assert_eq!(Draft::from_json(json.as_bytes()), Ok(draft.clone()));
        assert_eq!(code(&json.replace("\"120\"", "\"121\"")), "H1420");
        // Fields of another act, and the same twice.
        let other = fields(&[("price", "121")]);
        assert_eq!(code(&String::from_utf8(draft.clone().with(vec![other]).to_json()).unwrap()), "H1420");
        let twice = draft.clone().with(vec![private.clone(), private.clone()]);
        assert_eq!(code(&String::from_utf8(twice.to_json()).unwrap()), "H1420");
        // Who may not know a field gets its commitment; who may know none gets nothing.
        for private in [vec![private.closing(|f| f.name.as_str() == "place")], Vec::new()] {
            let draft = draft.clone().with(private);
            assert_eq!(Draft::from_json(&draft.to_json()), Ok(draft));
        }
        let plain = String::from_utf8(handover().to_json()).unwrap();
        assert!(!plain.contains("private"), "{plain}");
    }

    #[test]
    fn every_changed_character_is_noticed_or_means_the_same() {
        let mut draft = handover_with(Some(fields(&[("price", "120"), ("place", "X")])));
        draft.sign(&person(1));
        let json = draft.to_json();
        for at in 0..json.len() {
            let mut changed = json.clone();
            changed[at] ^= 1;
            if let Ok(read) = Draft::from_json(&changed) {
                assert_eq!(read, draft, "byte {at}");
            }
        }
    }

    #[test]
    fn a_node_that_judges_gets_the_signatures_of_others_and_never_a_whole_transaction() {
        let (one, two) = (person(1), person(2));
        let zero = Signature([0; 64]);
        let mut draft = handover();
        assert_eq!(draft.judged(Some(two.key_id())).signatures, [zero, zero]);
        draft.sign(&one);
        let given = draft.signed[0].as_ref().unwrap().signature;
        assert_eq!(draft.judged(Some(two.key_id())).signatures, [given, zero]);
        assert_eq!(draft.judged(None).signatures, [given, zero]);
        assert_eq!(draft.judged(Some(one.key_id())).signatures, [zero, zero], "one's own");
        draft.sign(&two);
        assert_eq!(draft.judged(Some(two.key_id())).signatures, [given, zero]);
        assert_eq!(draft.judged(None).signatures, [zero, zero], "what is whole");
    }

    #[test]
    fn zeros_in_place_of_signatures_have_the_right_shape() {
        let tx = handover().unsigned();
        assert!(tx.check_shape().is_ok());
        assert_eq!(tx.body.id(), handover().id());
    }
}
