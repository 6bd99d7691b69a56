//! Golden vectors: one message of each variant, and lists and faults by their numbers.
//!
//! `HUFU_BLESS=1 cargo test -p access --test vectors` writes the file and the seeds of the fuzzer: do so only for a change of
//! the format that is meant. Variants are appended; what stands in the file stays.

use access::wire::{
    Certified3, DocumentRequest, DocumentResponse, Fault, Filed, Head, Link, Message, OwnList, PlacedTx, Proven,
    Refusal, Report, Request, Response, Stand, decode, encode,
};
use ledger::codec::{self, Canonical};
use ledger::tree::{StateProof, Terminal};
use ledger::{BlockId, DocumentId, Hash, ItemId, OrgId, StateKey, Text, Timestamp, TxId};
use serde_json::{Map, Value, json};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn h(n: u8) -> Hash {
    Hash([n; 32])
}

fn certified(n: u8) -> Certified3 {
    Certified3 { header: vec![n; 3], certificate: vec![n + 1; 2], validators: vec![n + 2] }
}

fn stand() -> Stand {
    Stand { head: certified(1), chain: vec![certified(4)] }
}

fn there() -> Proven {
    let proof = StateProof { siblings: vec![Some(h(0x21)), None], terminal: Terminal::Leaf };
    Proven { record: Some(vec![0xaa; 4]), proof }
}

fn absent() -> Proven {
    let other = Terminal::Other { key: h(0x22), value: h(0x23) };
    Proven { record: None, proof: StateProof { siblings: vec![], terminal: other } }
}

fn placed() -> PlacedTx {
    PlacedTx {
        tx: vec![1; 5],
        receipt: vec![2; 6],
        receipts: 300,
        in_results: vec![h(0x31)],
        in_txs: vec![h(0x32), h(0x33)],
        header: vec![3; 7],
        in_history: vec![],
    }
}

fn requests() -> Vec<(&'static str, Request)> {
    let keys = vec![StateKey::PackInForce, StateKey::Item(ItemId(h(2))), StateKey::Feed(OrgId(h(3)))];
    let detail = Text::new("two heads of one height").unwrap();
    let report = Report { peer: [8; 32], kind: Fault::Fork, height: 251, detail };
    vec![
        ("head", Request::Head { known: 7, block: BlockId(h(1)), links: 300, brief: true, wait_ms: 10_000 }),
        ("links", Request::Links { from: 1, limit: 500 }),
        ("records", Request::Records { keys }),
        ("list", Request::List { list: OwnList::Registry(3), after: Some(h(4)), limit: 1_000 }),
        ("txs", Request::Txs { at: 70_000, ids: vec![TxId(h(5)), TxId(h(6))] }),
        ("bundle", Request::Bundle { item: ItemId(h(2)), children: false }),
        ("absence", Request::Absence { code: vec![1, 2, 3] }),
        ("submit", Request::Submit { tx: vec![9; 300] }),
        ("judge", Request::Judge { draft: vec![] }),
        ("waiting", Request::Waiting { ids: vec![TxId(h(7))] }),
        ("report", Request::Report { report }),
    ]
}

fn responses() -> Vec<(&'static str, Response)> {
    let head = Head { stand: stand(), path: vec![h(0x11), h(0x12)], own: Some((there(), absent())) };
    let link = Link { height: 1 << 40, entries: vec![(vec![5; 2], Some(vec![6; 3])), (vec![7], None)] };
    vec![
        ("head", Response::Head(Box::new(head))),
        ("links", Response::Links { links: vec![link] }),
        ("records", Response::Records { stand: Stand::default(), records: vec![there(), absent()] }),
        ("list", Response::List { entries: vec![(h(0x13), h(0x14))], more: true }),
        ("txs", Response::Txs { txs: vec![None, Some(Box::new(placed()))] }),
        ("file", Response::File { bytes: vec![0x1f, 0x8b] }),
        ("submitted", Response::Submitted { id: TxId(h(5)), known: false }),
        ("judged", Response::Judged { outcome: vec![0] }),
        ("waiting", Response::Waiting { pending: vec![true, false] }),
        ("noted", Response::Noted),
        ("failure", Response::failure("H7123", "as much as it may", 250)),
    ]
}

fn document_requests() -> Vec<(&'static str, DocumentRequest)> {
    let id = DocumentId(h(0x41));
    vec![
        ("offer", DocumentRequest::Offer { id, length: 256 << 20, head: b"HUFUSEAL".to_vec() }),
        ("put", DocumentRequest::Put { id, piece: 1_023, bytes: vec![4; 9], path: vec![h(0x42)] }),
        ("missing", DocumentRequest::Missing { id, from: 251 }),
        ("for", DocumentRequest::For { after: None, about: Some(h(0x43)), limit: 250 }),
        ("get", DocumentRequest::Get { id, piece: 0 }),
        ("erase", DocumentRequest::Erase { id }),
        ("held", DocumentRequest::Held { ids: vec![id, DocumentId(h(0x44))] }),
    ]
}

fn document_responses() -> Vec<(&'static str, DocumentResponse)> {
    let filed = Filed {
        id: DocumentId(h(0x41)),
        by: OrgId(h(3)),
        length: 65_536,
        about: h(0x43),
        tx: TxId::default(),
        at: Timestamp(1_767_225_600_000),
    };
    vec![
        ("ready", DocumentResponse::Ready { have: 2 }),
        ("missing", DocumentResponse::Missing { pieces: vec![0, 250, 251] }),
        ("list", DocumentResponse::List { documents: vec![filed], more: false }),
        ("piece", DocumentResponse::Piece { bytes: vec![4; 9], path: vec![h(0x42), h(0x45)] }),
        ("erased", DocumentResponse::Erased),
        ("held", DocumentResponse::Held { held: vec![false, true] }),
        ("failure", DocumentResponse::failure("H7129", "", 500)),
    ]
}

fn lists() -> Vec<(&'static str, OwnList)> {
    vec![
        ("grants", OwnList::Grants),
        ("duties", OwnList::Duties),
        ("proposals", OwnList::Proposals),
        ("alerts", OwnList::Alerts),
        ("entries", OwnList::Entries),
        ("keys", OwnList::Keys),
        ("nodes", OwnList::Nodes),
        ("offered", OwnList::Offered),
        ("held", OwnList::Held),
        ("shared", OwnList::Shared),
        ("orgs", OwnList::Orgs),
        ("classes", OwnList::Classes),
        ("premises", OwnList::Premises),
        ("registry", OwnList::Registry(250)),
        ("agency-keys", OwnList::AgencyKeys(OrgId(h(3)))),
    ]
}

fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("stale", Fault::Stale),
        ("silent", Fault::Silent),
        ("feed", Fault::Feed),
        ("proof", Fault::Proof),
        ("fork", Fault::Fork),
    ]
}

/// Canonical bytes by name, each numbered by its place; what is made so is read again.
fn values<T: Canonical + Debug + PartialEq>(samples: &[(&str, T)]) -> Value {
    let bytes = samples.iter().enumerate().map(|(number, (name, sample))| {
        let bytes = codec::encode(sample);
        assert_eq!(usize::from(bytes[0]), number, "{name}");
        assert_eq!(codec::decode::<T>(&bytes, bytes.len()).as_ref(), Ok(sample), "{name}");
        ((*name).to_owned(), Value::from(hex::encode(bytes)))
    });
    Value::Object(bytes.collect::<Map<_, _>>())
}

/// The same of messages, which keep their bounds.
fn messages<M: Message + Debug + PartialEq>(samples: &[(&str, M)]) -> Value {
    for (name, sample) in samples {
        let bytes = encode(sample).unwrap();
        assert_eq!(decode::<M>(&bytes).as_ref(), Ok(sample), "{name}");
    }
    values(samples)
}

fn made() -> Value {
    json!({
        "requests": messages(&requests()),
        "responses": messages(&responses()),
        "document_requests": messages(&document_requests()),
        "document_responses": messages(&document_responses()),
        "lists": values(&lists()),
        "faults": values(&faults()),
    })
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Each message with the file from which the fuzzer begins.
fn seeds(made: &Value) -> Vec<(PathBuf, Vec<u8>)> {
    let kinds = [
        ("requests", "access_request"),
        ("document_requests", "access_request"),
        ("responses", "access_response"),
        ("document_responses", "access_response"),
    ];
    let of_kind = |(kind, target): (&str, &str)| {
        let folder = repository("tests/corpus").join(target);
        let messages = made[kind].as_object().unwrap().iter();
        let seed = |(name, bytes): (&String, &Value)| {
            (folder.join(format!("{kind}-{name}")), hex::decode(bytes.as_str().unwrap()).unwrap())
        };
        messages.map(seed).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

#[test]
fn every_message_has_its_bytes() {
    let made = made();
    let path = repository("docs/formats/vectors/access.json");
    if env::var_os("HUFU_BLESS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
        for (path, bytes) in seeds(&made) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        return;
    }
    let found: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(found.as_object().unwrap().len(), made.as_object().unwrap().len());
    for (kind, made) in made.as_object().unwrap() {
        let (found, made) = (found[kind].as_object().unwrap(), made.as_object().unwrap());
        assert_eq!(found.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>(), "{kind}");
        for (name, made) in made {
            assert_eq!(&found[name], made, "{kind}: {name}");
        }
    }
    for (path, bytes) in seeds(&made) {
        assert_eq!(fs::read(&path).ok(), Some(bytes), "{}", path.display());
    }
}
