//! Golden vectors: bytes, hashes, identities, signatures and proofs of fixed values.
//!
//! Each test makes the vectors of one file and compares. `HUFU_BLESS=1 cargo test -p ledger --test all vectors::` writes
//! the files instead: do so only for a change of the format that is meant, and say it in the changelog.

use crate::samples::*;
use gs1::HsCode;
use ledger::{
    Act, Block, BlockId, Cause, ClassId, GrantId, Hash, KeyId, Operation, OrgId, Rejection, Role, Signature, SignedTx,
    Text, TxBody, VoteKind,
    block::feed_head,
    codec::{self, Canonical},
    crypto::{peer_possession, possession_message},
    document::{self, Document},
    event::{self, Event, head_after, head_zero},
    field,
    genesis::{Genesis, consensus_possession, seat_possession},
    id::ItemId,
    list,
    operation::{CustodyPoint, Entry, EntryBody, HandoverTerms, NewEntry},
    record::{AlertKind, AlertSubject, ClassCode, Roles, alert_id},
    state::code_hash,
    tag,
    transaction::leaf,
    tree::{self, JointProof},
};
use serde_json::{Value, json};
use std::{env, fs, path::Path};

/// Compares with a file, or writes it.
#[track_caller]
fn check(file: &str, made: Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors").join(file);
    if env::var_os("HUFU_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&made).unwrap();
        fs::write(&path, text + "\n").unwrap();
        return;
    }
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("failed to read {file}: {error}"));
    let found: Value = serde_json::from_str(&text).unwrap();
    let (Some(found), Some(made)) = (found.as_object(), made.as_object()) else {
        panic!("{file} is not an object");
    };
    assert_eq!(found.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>(), "{file}");
    for (key, made) in made {
        let (Some(f), Some(m)) = (found[key].as_array(), made.as_array()) else {
            assert_eq!(&found[key], made, "{file}: {key}");
            continue;
        };
        assert_eq!(f.len(), m.len(), "{file}: {key}");
        for (place, (f, m)) in f.iter().zip(m).enumerate() {
            assert_eq!(f, m, "{file}: {key}[{place}]");
        }
    }
}

fn hex_of<T: Canonical>(value: &T) -> String {
    let bytes = codec::encode(value);
    let read: T = codec::decode(&bytes, codec::MAX_INPUT).expect("what was encoded decodes");
    assert_eq!(codec::encode(&read), bytes);
    hex::encode(bytes)
}
fn h(hash: impl std::fmt::Display) -> String {
    hash.to_string()
}
fn signature(signature: &Signature) -> String {
    format!("{signature:?}")
}

#[test]
fn tags() {
    let tag = |t: &&tag::Tag| {
        json!({
            "tag": t.name(),
            "key": hex::encode(blake3::hash(t.name().as_bytes()).as_bytes()),
            "hash_of_nothing": h(Hash::of_bytes(t, b"")),
            "hash_of_abc": h(Hash::of_bytes(t, b"abc")),
        })
    };
    check("ledger-tags.json", json!({ "tags": tag::ALL.iter().map(tag).collect::<Vec<_>>() }));
}

#[test]
fn codec() {
    let integers = [0, 1, 250, 251, 252, 65_535, 65_536, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX];
    let integers = integers.map(|n| json!({ "value": n.to_string(), "bytes": hex_of(&n) }));
    let texts = ["", "a", "虎符", &"x".repeat(251)].map(|t| {
        let text: Text<256> = text(t);
        json!({ "value": t, "bytes": hex_of(&text) })
    });
    let options = [None, Some(300u64)].map(|o| json!({ "value": o, "bytes": hex_of(&o) }));
    let signed = [0i32, -1, 1, -125, 125, -126, 126, i32::MIN, i32::MAX];
    let signed = signed.map(|n| json!({ "value": n, "bytes": hex_of(&n) }));
    let levels = json!({ "value": inside().levels, "bytes": hex_of(&inside().levels) });
    let roles = Role::ALL.map(|r| json!({ "value": r.name(), "bytes": hex_of(&r), "set": hex_of(&Roles::of(&[r])) }));
    let item_codes = codes().map(|c| json!({ "value": c.to_string(), "bytes": hex_of(&c) }));
    let quantities = ["0 H87", "12.5 MLT", "999999999999999999 H87"].map(quantity);
    let quantities = quantities.map(|q| json!({ "value": q.to_string(), "bytes": hex_of(&q) }));
    let hs: HsCode = "HS2022-CN-3002150000".parse().unwrap();
    let hs = json!({ "value": hs.to_string(), "bytes": hex_of(&hs) });
    let refused = [
        ("u64", "fbfa00", "a number below 251 in the two-byte form"),
        ("u64", "fcffff0000", "a number below 65536 in the four-byte form"),
        ("u64", "fdffffffff00000000", "a number below 2^32 in the eight-byte form"),
        ("u64", "fe00000000000000000100000000000000", "sixteen bytes"),
        ("u64", "ff", "an unused prefix"),
        ("u64", "", "nothing"),
        ("u64", "0000", "one byte is left over"),
        ("option", "02", "neither 0 nor 1"),
        ("role", "0c", "no such variant"),
        ("roles", "fb0010", "a bit that stands for no role"),
        ("bool", "02", "neither 0 nor 1"),
        ("text", "01ff", "not UTF-8"),
        ("text", "010a", "a control character"),
        ("text", "02c285", "a control character of two bytes"),
        ("text", "03e280ae", "a character that turns the direction of what follows"),
        ("text", "03e2808b", "a blank of no width"),
        ("text", "04f3a08081", "a tag, which nothing shows"),
        ("text", "fb0101", "257 bytes where 256 fit"),
    ];
    for (kind, bytes, why) in refused {
        let bytes = hex::decode(bytes).unwrap();
        let error = match kind {
            "u64" => codec::decode::<u64>(&bytes, 100).err(),
            "option" => codec::decode::<Option<u64>>(&bytes, 100).err(),
            "role" => codec::decode::<Role>(&bytes, 100).err(),
            "roles" => codec::decode::<Roles>(&bytes, 100).err(),
            "bool" => codec::decode::<bool>(&bytes, 100).err(),
            _ => codec::decode::<Text<256>>(&bytes, 100).err(),
        };
        assert!(error.is_some(), "{kind} {why}");
    }
    let refused = refused.map(|(kind, bytes, why)| json!({ "type": kind, "bytes": bytes, "why": why }));
    check(
        "ledger-codec.json",
        json!({
            "integers": integers, "signed": signed, "array": levels, "texts": texts, "options": options,
            "roles": roles, "item_codes": item_codes, "quantities": quantities, "hs": hs, "refused": refused,
        }),
    );
}

#[test]
fn identities_and_commitments() {
    let (network, firm, p) = (network(), org(1), person(1));
    let start = CustodyPoint::start(&item(1));
    let after = start.after(&tx_id(1));
    let point = |p: &CustodyPoint| json!({ "seq": p.seq, "trail": h(p.trail), "bytes": hex_of(p) });
    let possession = possession_message(&network, &firm, &p, &key(1));
    let chain: Text<32> = text("samples");
    let consensus = consensus_possession(&chain, &firm, &key(1), &key(2));
    let peer = peer_possession(&network, &firm, &key(2));
    let seat = seat_possession(&network, &firm, &key(1), &key(2));
    let fields = fields();
    let field_of = |f: &field::Field| {
        json!({ "salt": hex::encode(f.salt), "name": f.name.as_str(),
        "value": f.value.as_str(), "bytes": hex_of(f), "hash": h(f.hash()) })
    };
    let terms = [terms(None), terms(Some(hash(0x33)))];
    let entries: Vec<Entry> = registrations().into_iter().chain(item_entries(2)).chain(usage_entries()).collect();
    let classes: Vec<_> = class_codes().into_iter().chain([unit_class()]).collect();
    let class_of = |c: &ClassCode| json!({ "code": hex_of(c), "id": h(ClassId::of(c)) });
    let place_of = |e: &NewEntry| {
        let (registry, subject) = (e.registry.name(), hex_of(&e.subject));
        json!({ "registry": registry, "subject": subject, "period": e.period, "place": h(e.place()) })
    };
    let alert_of = |subject: &AlertSubject| {
        let kind = AlertKind::Balance;
        json!({ "kind": kind.name(), "subject": hex_of(subject), "id": h(alert_id(kind, subject)) })
    };
    let code_heads = list_of_code_heads();
    let items = [0u32, 1, 999]
        .map(|index| json!({ "tx": h(tx_id(1)), "index": index, "id": h(ItemId::of(&network, &tx_id(1), index)) }));
    check(
        "ledger-ids.json",
        json!({
            "network": h(network),
            "org": { "identifier": hex_of(&identifier(1)), "id": h(firm) },
            "key": { "seed": hex::encode([1; 32]), "key": hex::encode(key(1)), "id": h(key_id(1)) },
            "classes": classes.iter().map(class_of).collect::<Vec<_>>(),
            "items": items,
            "grant": { "tx": h(tx_id(1)), "id": h(GrantId::of(&network, &tx_id(1))) },
            "places": new_entries().iter().map(place_of).collect::<Vec<_>>(),
            "duties": duty_kinds().map(|kind| json!({ "kind": hex_of(&kind), "id": h(kind.id()) })),
            "alerts": alert_subjects().iter().map(alert_of).collect::<Vec<_>>(),
            "dues": dues().map(|due| json!({ "due": hex_of(&due), "id": h(due.id()) })),
            "codes": codes().map(|c| json!({ "code": c.to_string(), "key": h(code_hash(&c)) })),
            "code_heads": code_heads,
            "custody_points": [point(&start), point(&after), point(&after.after(&tx_id(2)))],
            "terms": terms.map(|t| json!({ "bytes": hex_of(&t), "hash": h(t.hash()) })),
            "entries": entries.iter().map(|e| json!({ "bytes": hex_of(e), "hash": h(e.hash()) })).collect::<Vec<_>>(),
            "possession": { "org": h(firm), "person": h(p), "key": hex::encode(key(1)), "message": h(possession),
                "signature": signature(&sign(1, &possession)) },
            "consensus_possession": { "chain": "samples", "org": h(firm), "key": hex::encode(key(1)),
                "peer": hex::encode(key(2)), "message": h(consensus), "signature": signature(&sign(1, &consensus)) },
            "seat_possession": { "org": h(firm), "key": hex::encode(key(1)), "peer": hex::encode(key(2)),
                "message": h(seat), "signature": signature(&sign(1, &seat)) },
            "peer_possession": { "org": h(firm), "peer": hex::encode(key(2)), "message": h(peer),
                "signature": signature(&sign(2, &peer)) },
            "cosign": { "message": h(Genesis::cosign_message(&network, &firm)) },
            "person_name": { "salt": hex::encode([1; 16]), "name": "王芳",
                "hash": h(field::person_name(&[1; 16], &text("王芳"))) },
            "fields": fields.iter().map(field_of).collect::<Vec<_>>(),
            "fields_root": field::root(&fields).map(h),
        }),
    );
}

/// Heads of the chain of registrations under one code.
fn list_of_code_heads() -> Vec<Value> {
    let mut head = Hash::default();
    (1u8..=3)
        .map(|n| {
            head = Hash::of_pair(&tag::CODE_HEAD, &head, &item(n).0);
            json!({ "item": h(item(n)), "head": h(head) })
        })
        .collect()
}

#[test]
fn transactions_of_every_kind() {
    let transactions: Vec<Value> = transactions()
        .iter()
        .map(|(tx, seeds)| {
            let id = tx.body.id();
            tx.check_shape().unwrap();
            let slots = tx.body.signers.iter().zip(seeds).zip(&tx.signatures);
            let signers: Vec<Value> = slots
                .map(|((slot, seed), made)| {
                    let sign_hash = tx.body.sign_hash(&id, slot);
                    assert!(public(*seed).verify(&sign_hash, made));
                    json!({ "seed": hex::encode([*seed; 32]), "org": h(slot.org), "key": h(slot.key),
                        "role": slot.role.name(), "sign_hash": h(sign_hash), "signature": signature(made) })
                })
                .collect();
            let bytes = tx.to_bytes();
            json!({
                "act": tx.body.operation.act().name(), "operation": hex_of(&tx.body.operation),
                "body": hex_of(&tx.body), "id": h(id), "signers": signers, "bytes": hex_of(tx),
                "signatures_hash": h(tx.signatures_hash()), "whole": h(Hash::of_bytes(&tag::TX_WHOLE, &bytes)),
                "leaf": h(leaf(&id, &tx.signatures_hash())),
            })
        })
        .collect();
    assert_eq!(transactions.len(), ledger::Act::ALL.len());
    check("ledger-transactions.json", json!({ "transactions": transactions }));
}

/// Documents of an anchor: their salts and bytes.
const DOCUMENTS: [([u8; 16], &str); 3] = [([1; 16], "{\"type\":\"ObjectEvent\"}"), ([2; 16], "收货单"), ([3; 16], "")];

fn documents() -> [Document; 3] {
    DOCUMENTS.map(|(salt, text)| Document::of(salt, text.as_bytes()))
}

/// The acts that a program in another language starts with.
fn first_acts() -> Vec<(SignedTx, Vec<u8>)> {
    let wanted = [Act::Register, Act::Offer, Act::Accept, Act::Handover, Act::Use];
    let mut acts: Vec<_> =
        transactions().into_iter().filter(|(tx, _)| wanted.contains(&tx.body.operation.act())).collect();
    let documents = document::root(&documents()).unwrap();
    let body = TxBody {
        network: network(),
        nonce: [0xaa; 16],
        expires: START.plus_ms(3_600_000),
        signers: vec![slot(1, 1, Role::Custodian)],
        operation: Operation::Anchor { documents, count: 3 },
    };
    acts.push((signed(body, &[1], Vec::new()), vec![1]));
    acts
}

fn said_point(at: &CustodyPoint) -> Value {
    json!({ "seq": at.seq, "trail": h(at.trail) })
}

fn said_terms(terms: &HandoverTerms) -> Value {
    json!({
        "network": h(terms.network), "item": h(terms.item), "at": said_point(&terms.at), "giver": h(terms.giver),
        "receiver": h(terms.receiver), "expires": terms.expires.0, "purpose": terms.purpose.name(),
        "premises": terms.premises.map(h), "private": terms.private.map(h),
    })
}

fn said_operation(operation: &Operation) -> Value {
    match operation {
        Operation::Register { list } => json!({ "count": list.count, "root": h(list.root) }),
        Operation::Offer { terms } | Operation::Handover { terms } => json!({ "terms": said_terms(terms) }),
        Operation::Accept { item, terms, at } => {
            json!({ "item": h(item), "terms": h(terms), "at": said_point(at) })
        }
        Operation::Use { item, at, quantity, private } => json!({
            "item": h(item), "at": said_point(at), "quantity": h(quantity), "private": private.map(h),
        }),
        Operation::Anchor { documents, count } => json!({ "documents": h(documents), "count": count }),
        other => panic!("{} is none of the first acts", other.act().name()),
    }
}

fn said_entry(entry: &Entry) -> Value {
    let EntryBody::Registration(body) = &entry.body else { panic!("an entry of a registration") };
    json!({
        "salt": hex::encode(entry.salt), "class": h(body.class), "code": h(&body.code), "quantity": h(body.quantity),
        "purpose": body.purpose.name(), "private": body.private.map(h), "bytes": hex_of(entry), "hash": h(entry.hash()),
    })
}

fn said_tx(tx: &SignedTx, seeds: &[u8]) -> Value {
    tx.check_shape().unwrap();
    let (body, id) = (&tx.body, tx.body.id());
    let slots = body.signers.iter().zip(seeds).zip(&tx.signatures);
    let signers: Vec<Value> = slots
        .map(|((slot, seed), made)| {
            let message = body.sign_hash(&id, slot);
            assert!(public(*seed).verify(&message, made));
            json!({
                "seed": hex::encode([*seed; 32]), "public": hex::encode(key(*seed)), "suite": "ed25519",
                "org": h(slot.org), "key": h(slot.key), "role": slot.role.name(), "slot": hex_of(slot),
                "message": h(message), "signature": signature(made),
            })
        })
        .collect();
    json!({
        "act": body.operation.act().name(), "network": h(body.network), "nonce": hex::encode(body.nonce),
        "expires": body.expires.0, "signers": signers, "fields": said_operation(&body.operation),
        "entries": tx.entries.iter().map(said_entry).collect::<Vec<_>>(),
        "operation": hex_of(&body.operation), "body": hex_of(body), "id": h(id), "bytes": hex_of(tx),
    })
}

/// What `docs/formats/signing.md` describes, from the fields to the signature: for programs in other languages.
#[test]
fn signing() {
    let acts = first_acts();
    assert_eq!(acts.len(), 6);
    // The page takes the last one to pieces.
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/signing.md")).unwrap();
    let body = &acts.last().unwrap().0.body;
    let (Operation::Anchor { documents: root, .. }, [slot]) = (&body.operation, body.signers.as_slice()) else {
        panic!("the last act is an anchor of one signer");
    };
    let message = body.sign_hash(&body.id(), slot);
    for shown in [h(body.id()), h(message), h(root), h(slot.org), h(slot.key)] {
        assert!(page.contains(&shown), "docs/formats/signing.md lacks {shown}");
    }
    let (network, firm, p, challenge) = (network(), org(1), person(1), [0xc5; 32]);
    let login = Hash::of(&tag::LOGIN, &(network, key_id(1), challenge));
    let possession = possession_message(&network, &firm, &p, &key(1));
    let start = CustodyPoint::start(&item(1));
    let anchored = documents().map(|d| json!({ "content": h(d.content), "bytes": hex_of(&d), "hash": h(d.hash()) }));
    let anchored: Vec<Value> = anchored
        .into_iter()
        .zip(DOCUMENTS)
        .map(|(mut said, (salt, text))| {
            said["salt"] = hex::encode(salt).into();
            said["text"] = text.into();
            said
        })
        .collect();
    let fields = fields();
    let private = fields.iter().map(|f| {
        json!({ "salt": hex::encode(f.salt), "name": f.name.as_str(), "value": f.value.as_str(), "hash": h(f.hash()) })
    });
    let terms = [terms(None), terms(Some(hash(0x33)))];
    let terms = terms.map(|t| json!({ "fields": said_terms(&t), "bytes": hex_of(&t), "hash": h(t.hash()) }));
    check(
        "signing.json",
        json!({
            "transactions": acts.iter().map(|(tx, seeds)| said_tx(tx, seeds)).collect::<Vec<_>>(),
            "terms": terms,
            "points": { "item": h(item(1)), "start": said_point(&start), "tx": h(tx_id(1)),
                "after": said_point(&start.after(&tx_id(1))) },
            "documents": { "list": anchored, "root": document::root(&documents()).map(h) },
            "private": { "fields": private.collect::<Vec<_>>(), "root": field::root(&fields).map(h) },
            "item": { "network": h(network), "tx": h(tx_id(1)), "index": 999,
                "id": h(ItemId::of(&network, &tx_id(1), 999)) },
            "class": { "gtin": "09521100000017", "id": h(ClassId::of(&class_codes()[0])) },
            "org": { "scheme": "gln", "value": "organisation 1", "id": h(firm) },
            "possession": { "network": h(network), "org": h(firm), "person": h(p), "seed": hex::encode([1; 32]),
                "message": h(possession), "signature": signature(&sign(1, &possession)) },
            "login": { "network": h(network), "seed": hex::encode([1; 32]), "key": h(key_id(1)),
                "challenge": hex::encode(challenge), "message": h(login), "signature": signature(&sign(1, &login)) },
        }),
    );
}

#[test]
fn events_of_every_effect() {
    let mut head = head_zero(&network(), &item(1));
    let events: Vec<Value> = events()
        .iter()
        .map(|event| {
            head = head_after(&head, &event.hash());
            json!({ "effect": hex_of(&event.effect), "state": event.state.name(), "bytes": hex_of(event),
                "hash": h(event.hash()), "head": h(head) })
        })
        .collect();
    let zero = head_zero(&network(), &item(1));
    check("ledger-events.json", json!({ "head_zero": h(zero), "events": events, "replay": replay() }));
}

/// Lives that `event::apply` replays: the record after each event.
fn replay() -> Vec<Value> {
    let mut replayed = Vec::new();
    for (life, item, effects) in lives() {
        let mut record = None;
        for (n, effect) in (1u64..).zip(effects) {
            let mut event = Event {
                item,
                n,
                cause: Cause::Tx { id: tx_id(n as u8), index: 0 },
                at: stamp(),
                effect,
                state: ledger::Lifecycle::Registered,
                decision: Some(decision()),
                links: Vec::new(),
            };
            event.state = event::state_after(record.as_ref(), &event);
            let after = event::apply(&network(), record.as_ref(), &event).expect("an event that follows");
            replayed.push(json!({ "life": life, "event": hex_of(&event), "record": hex_of(&after) }));
            record = Some(after);
        }
    }
    replayed
}

#[test]
fn records_of_every_kind() {
    let records: Vec<Value> = records()
        .iter()
        .map(|Record { key, coded }| {
            let Coded { name, bytes, again } = coded;
            assert_eq!(again(bytes).as_ref(), Ok(bytes), "{name}");
            json!({ "name": name, "key": hex_of(key), "key_hash": h(key.hash()), "bytes": hex::encode(bytes),
                "value_hash": h(tree::value(bytes)), "leaf": h(tree::leaf(&key.hash(), &tree::value(bytes))) })
        })
        .collect();
    check("ledger-records.json", json!({ "records": records }));
}

/// Enums whose samples stand in a file of their own.
const ELSEWHERE: [&str; 4] = ["Effect", "Operation", "Rejection", "StateKey"];

#[test]
fn variants_of_every_enum() {
    let sample = |s: &Coded| json!({ "name": s.name, "bytes": hex::encode(&s.bytes) });
    let of = |v: &Variants| {
        let samples: Vec<Value> = v.samples.iter().map(sample).collect();
        (v.name.to_owned(), Value::from(samples))
    };
    let enums: serde_json::Map<String, Value> =
        variants().iter().filter(|v| !ELSEWHERE.contains(&v.name)).map(of).collect();
    check("ledger-variants.json", Value::Object(enums));
}

#[test]
fn refusals() {
    let rejections = rejections();
    assert_eq!(rejections.len(), Rejection::ALL.len());
    let rejections: Vec<Value> = rejections
        .iter()
        .map(|r| json!({ "code": r.code(), "name": r.name(), "rule": r.rule().0, "bytes": hex_of(r), "params": r.params() }))
        .collect();
    check("ledger-rejections.json", json!({ "rejections": rejections }));
}

#[test]
fn blocks_and_receipts() {
    let block = block();
    let evidence = &block.evidence;
    let txs: Vec<Hash> = transactions().iter().take(2).map(|(t, _)| leaf(&t.body.id(), &t.signatures_hash())).collect();
    let receipts = receipts();
    let results: Vec<Hash> = receipts.iter().map(|r| r.hash()).collect();
    let entries = feed_entries();
    let hashes: Vec<Hash> = entries.iter().map(|e| e.hash()).collect();
    let feed = feed_head(&org(1), 1, &Hash::default(), 7, &list::root(&hashes));
    let next = feed_head(&org(1), 2, &feed, 8, &list::root(&hashes[..1]));
    check(
        "ledger-blocks.json",
        json!({
            "header": { "bytes": hex_of(&block.header), "id": h(block.header.id()) },
            "block": { "bytes": hex_of(&block) },
            "rest": [
                { "evidence": 0, "certificate": false, "hash": h(Block::rest_hash(&[], &None)) },
                { "evidence": evidence.len(), "certificate": true, "hash": h(block.header.rest) },
            ],
            "txs": { "leaves": txs.iter().map(h).collect::<Vec<_>>(), "root": h(list::root(&txs)) },
            "receipts": receipts.iter().map(|r| json!({ "bytes": hex_of(r), "hash": h(r.hash()) })).collect::<Vec<_>>(),
            "results": h(list::root(&results)),
            "feed": {
                "org": h(org(1)),
                "entries": entries.iter().map(|e| json!({ "bytes": hex_of(e), "hash": h(e.hash()) })).collect::<Vec<_>>(),
                "heads": [
                    { "count": 1, "height": 7, "entries": entries.len(), "head": h(feed) },
                    { "count": 2, "height": 8, "entries": 1, "head": h(next) },
                ],
            },
        }),
    );
}

#[test]
fn votes_certificates_and_evidence() {
    let block = Some(BlockId(hash(0x51)));
    let votes = [
        (VoteKind::Prevote, None),
        (VoteKind::Prevote, block),
        (VoteKind::Precommit, None),
        (VoteKind::Precommit, block),
    ];
    let votes = votes.map(|(kind, block)| {
        let v = signed_vote(kind, block);
        json!({ "bytes": hex_of(&v.vote), "sign_hash": h(v.vote.sign_hash()), "signed": hex_of(&v) })
    });
    let proposals = [None, Some(0), Some(300)].map(|pol_round| {
        let p = signed_proposal(pol_round);
        json!({ "bytes": hex_of(&p.proposal), "sign_hash": h(p.proposal.sign_hash()), "signed": hex_of(&p) })
    });
    let certificate = certificate(BlockId(hash(0x51)), &[30, 31, 33]);
    certificate.verify(network(), &validators()).unwrap();
    let evidence = evidence().map(|e| {
        assert_eq!(e.accused(network(), &validators()), Some(key_id(30)));
        hex_of(&e)
    });
    check(
        "ledger-votes.json",
        json!({
            "network": h(network()), "signer_seed": hex::encode([30; 32]), "votes": votes, "proposals": proposals,
            "seal": { "bytes": hex_of(&seal()), "sign_hash": h(seal().sign_hash()),
                "signature": signature(&sign(30, &seal().sign_hash())) },
            "validators": { "bytes": hex_of(&validators()), "hash": h(validators().hash()),
                "quorum": validators().quorum() },
            "certificate": hex_of(&certificate), "evidence": evidence,
        }),
    );
}

#[test]
fn merkle_lists() {
    let lists: Vec<Value> = (0..=9u8)
        .map(|count| {
            let items: Vec<Hash> = (0..count).map(hash).collect();
            let root = list::root(&items);
            let paths: Vec<Value> = (0..items.len())
                .map(|index| {
                    let path = list::path(&items, index).unwrap();
                    assert!(list::verify(&root, u64::from(count), index as u64, &items[index], &path));
                    json!(path.iter().map(h).collect::<Vec<_>>())
                })
                .collect();
            json!({ "items": items.iter().map(h).collect::<Vec<_>>(), "root": h(root), "paths": paths,
                "accumulator": hex_of(&accumulator(count)) })
        })
        .collect();
    check("ledger-lists.json", json!({ "lists": lists }));
}

#[test]
fn state_trees() {
    // Keys that part at the first bit, deep down, and not before the last bit.
    let mut keys: Vec<Hash> = (0..16u8).map(|n| Hash::of_bytes(&tag::STATE_KEY, &[n])).collect();
    let mut deep = keys[0];
    deep.0[31] ^= 1;
    keys.push(deep);
    let trees: Vec<Value> = [0usize, 1, 2, 5, 17].map(|count| tree_of(&keys[keys.len() - count..])).into();
    let refused = refused_joint(&keys[keys.len() - 5..]);
    check("ledger-state-tree.json", json!({ "empty": h(tree::empty()), "trees": trees, "refused_joint": refused }));
}

fn tree_of(keys: &[Hash]) -> Value {
    let value = |key: &Hash| tree::value(&key.0[..4]);
    let mut leaves: Vec<(Hash, Hash)> = keys.iter().map(|k| (*k, value(k))).collect();
    leaves.sort();
    let root = tree::root_of(&leaves, 0);
    let absent = [hash(0), hash(0xff), Hash::of_bytes(&tag::STATE_KEY, b"absent")];
    let prove = |key: &Hash, value: Option<Hash>| {
        let proof = tree::prove_in(&leaves, 0, key);
        assert!(proof.proves(&root, key, value.as_ref()));
        json!({ "key": h(key), "value": value.map(h), "proof": hex_of(&proof) })
    };
    let present = leaves.iter().map(|(key, value)| prove(key, Some(*value)));
    let proofs: Vec<Value> = present.chain(absent.iter().map(|key| prove(key, None))).collect();
    let count = leaves.len();
    // Each alone, neighbours, every third, all but the first, and all.
    let mut sets: Vec<Vec<usize>> = (0..count).map(|n| vec![n]).collect();
    sets.extend((1..count).map(|n| vec![n - 1, n]));
    sets.extend([(0..count).step_by(3).collect(), (1..count).collect(), (0..count).collect()]);
    sets.retain(|set| !set.is_empty());
    sets.sort();
    sets.dedup();
    let joint: Vec<Value> = sets
        .iter()
        .map(|set| {
            let wanted: Vec<(Hash, Hash)> = set.iter().map(|n| leaves[*n]).collect();
            let joint = joined(&leaves, &wanted);
            assert!(joint.proves(&root, &wanted));
            json!({ "leaves": set, "proof": hex_of(&joint) })
        })
        .collect();
    json!({
        "leaves": leaves.iter().map(|(k, v)| json!([h(k), h(v)])).collect::<Vec<_>>(),
        "root": h(root), "proofs": proofs, "joint": joint,
    })
}

fn joined(leaves: &[(Hash, Hash)], wanted: &[(Hash, Hash)]) -> JointProof {
    let single: Vec<_> = wanted.iter().map(|(key, _)| (*key, tree::prove_in(leaves, 0, key))).collect();
    JointProof::join(&single).unwrap()
}

/// Joint proofs that decode and prove nothing, of the leaves 1 and 3 of a tree of five.
fn refused_joint(keys: &[Hash]) -> Vec<Value> {
    let mut leaves: Vec<(Hash, Hash)> = keys.iter().map(|k| (*k, tree::value(&k.0[..4]))).collect();
    leaves.sort();
    let (root, wanted) = (tree::root_of(&leaves, 0), [leaves[1], leaves[3]]);
    let honest = joined(&leaves, &wanted);
    let refused = |why: &str, change: &dyn Fn(&mut JointProof)| {
        let mut proof = honest.clone();
        change(&mut proof);
        assert!(proof != honest && !proof.proves(&root, &wanted), "{why}");
        json!({ "why": why, "proof": hex_of(&proof) })
    };
    let none = honest.siblings.iter().position(Option::is_none).expect("an empty subtree");
    vec![
        refused("a sibling is missing", &|p| p.siblings.truncate(p.siblings.len() - 1)),
        refused("a sibling is left over", &|p| p.siblings.push(None)),
        refused("two siblings in each other's place", &|p| p.siblings.rotate_left(1)),
        refused("the hash of an empty subtree is written out", &|p| p.siblings[none] = Some(tree::empty())),
        refused("a depth is missing", &|p| p.depths.truncate(1)),
        refused("a depth is left over", &|p| p.depths.push(1)),
        refused("a leaf stands too high", &|p| p.depths[0] -= 1),
        refused("a leaf stands too deep", &|p| p.depths[1] += 1),
        refused("a leaf stands deeper than a position is long", &|p| p.depths[1] = 257),
    ]
}

#[test]
fn geneses() {
    let geneses = [("small", genesis_of(1)), ("test", test_genesis())].map(|(name, genesis)| {
        genesis.check().unwrap();
        let set = genesis.validators().unwrap();
        let cosign = Genesis::cosign_message(&genesis.network(), &org(0));
        json!({ "name": name, "bytes": hex_of(&genesis), "network": h(genesis.network()),
            "pack": h(genesis.pack.hash()), "validators": h(set.hash()),
            "cosign": { "org": h(org(0)), "seed": hex::encode([50; 32]), "message": h(cosign),
                "signature": signature(&sign(50, &cosign)) } })
    });
    check("ledger-genesis.json", json!({ "geneses": geneses }));
}

#[test]
fn identities_of_different_kinds_differ_for_the_same_bytes() {
    let ids = [
        OrgId::of(&identifier(1)).0,
        KeyId::of_ed25519(&key(1)).0,
        Hash::of(&tag::CLASS_ID, &identifier(1)),
        Hash::of_bytes(&tag::ORG_ID, &key(1)),
    ];
    for (n, id) in ids.iter().enumerate() {
        assert!(ids[..n].iter().all(|other| other != id));
    }
}
