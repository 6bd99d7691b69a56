//! Transactions: what is refused before any rule sees it, and with which code.

use crate::samples::*;
use ledger::{
    Act, Hash, NetworkId, Operation, PublicKey, Role, SignedTx, Text, Timestamp, TxBody, VerifiedTx,
    bounds::{MAX_CUSTODY_EXPIRY_MS, MAX_ENTRIES, MAX_EXPIRY_MS, MAX_SIGNERS},
    codec,
    crypto::Suite,
    id::KeyId,
    operation::{
        Change, EndWhy, Entry, EntryBody, EntryList, InspectionResult, Motion, NewEntry, Note, Telemetry, Verdict,
    },
    transaction::{TxError, Unverified},
};

/// Changes a well-formed transaction and says which code the change must meet; "" is none.
fn check(tx: &SignedTx, name: &str, expect: &str, change: impl FnOnce(&mut SignedTx)) {
    let mut changed = tx.clone();
    change(&mut changed);
    let found = SignedTx::from_bytes(&changed.to_bytes()).err();
    assert_eq!(found.as_ref().map_or("", TxError::code), expect, "{name}: {found:?}");
}

/// A transaction over items 0 to `count`.
fn listed(count: usize) -> SignedTx {
    let entry = |n: usize| Entry {
        salt: [(n % 251) as u8; 16],
        body: EntryBody::Item(ledger::ItemId(Hash::of(&ledger::tag::ITEM_ID, &(n as u64)))),
    };
    let entries: Vec<Entry> = (0..count).map(entry).collect();
    let list = list_of(&entries);
    let body = TxBody {
        network: network(),
        nonce: [1; 16],
        expires: START.plus_ms(60_000),
        signers: vec![slot(9, 9, Role::Officer)],
        operation: Operation::Release { list },
    };
    signed(body, &[9], entries)
}

/// A hold with as many signers as asked.
fn many_signers(count: usize) -> SignedTx {
    let seeds: Vec<u8> = (1..=count as u8).collect();
    let body = TxBody { signers: seeds.iter().map(|s| slot(*s, 1, Role::Officer)).collect(), ..hold().body };
    signed(body, &seeds, Vec::new())
}
fn hold() -> SignedTx {
    tx_of(Act::PlaceHold)
}

#[test]
fn signers_and_their_signatures() {
    let tx = handover();
    check(&tx, "as it is", "", |_| {});
    for (count, expect) in [(0, "H2001"), (1, ""), (MAX_SIGNERS, ""), (MAX_SIGNERS + 1, "H2001")] {
        check(&many_signers(count), &format!("{count} signers"), expect, |_| {});
    }
    check(&tx, "a key in two slots", "H2002", |t| t.body.signers[1].key = t.body.signers[0].key);
    check(&tx, "no suite", "H2002", |t| t.body.signers[1].suite = Suite::None);
    check(&tx, "a signature is missing", "H2003", |t| t.signatures.truncate(1));
    check(&tx, "a signature too many", "H2003", |t| t.signatures.push(t.signatures[0]));
    check(&tx, "no signature", "H2003", |t| t.signatures.clear());
    // Which signature is whose is found out by verifying.
    check(&tx, "swapped signatures", "", |t| t.signatures.swap(0, 1));
}

#[test]
fn an_unknown_suite_is_not_read() {
    let tx = handover();
    // The first slot begins after network, nonce, expiry and the count of slots.
    let at = codec::encode(&(tx.body.network, tx.body.nonce, tx.body.expires)).len() + 1;
    for suite in [2u8, 3, 250] {
        let mut bytes = tx.to_bytes();
        assert_eq!(bytes[at], 1);
        bytes[at] = suite;
        assert_eq!(SignedTx::from_bytes(&bytes).unwrap_err().code(), "H1001");
    }
}

#[test]
fn entries_are_those_that_were_signed() {
    let tx = listed(3);
    check(&tx, "as it is", "", |_| {});
    check(&tx, "one is missing", "H1003", |t| t.entries.truncate(2));
    check(&tx, "none", "H1003", |t| t.entries.clear());
    check(&tx, "one more", "H1003", |t| t.entries.push(t.entries[0].clone()));
    check(&tx, "another order", "H1003", |t| t.entries.swap(0, 1));
    check(&tx, "another salt", "H1003", |t| t.entries[1].salt[0] ^= 1);
    check(&tx, "another item", "H1003", |t| t.entries[1].body = EntryBody::Item(item(7)));
    check(&tx, "another kind", "H1003", |t| t.entries[1] = registrations().remove(0));
    check(&tx, "a count that is not theirs", "H1003", |t| {
        let Operation::Release { list } = &mut t.body.operation else { panic!() };
        list.count = 2;
    });
    check(&tx, "a root that is not theirs", "H1003", |t| {
        let Operation::Release { list } = &mut t.body.operation else { panic!() };
        list.root = hash(1);
    });
    check(&handover(), "entries without a list", "H1003", |t| t.entries = item_entries(1));
}

#[test]
fn entries_of_the_right_root_and_the_wrong_kind_are_refused() {
    let entries = registrations();
    let mut tx = listed(1);
    tx.body.operation = Operation::Release { list: list_of(&entries) };
    tx.entries = entries;
    assert_eq!(tx.check_shape(), Err(TxError::Entries));
    let entries = item_entries(2);
    tx.body.operation = Operation::Register { list: list_of(&entries) };
    tx.entries = entries;
    assert_eq!(tx.check_shape(), Err(TxError::Entries));
}

#[test]
fn lists_have_1_to_1000_entries() {
    let mut none = listed(1);
    none.body.operation = Operation::Release { list: EntryList { count: 0, root: ledger::list::root(&[]) } };
    none.entries.clear();
    assert_eq!(none.check_shape(), Err(TxError::Entries));
    for (count, expect) in [(1, ""), (MAX_ENTRIES, ""), (MAX_ENTRIES + 1, "H1003")] {
        check(&listed(count), &format!("{count} entries"), expect, |_| {});
    }
}

/// What says nothing, or what cannot be, is refused before it reaches a rule.
#[test]
fn fields_say_something() {
    let check = |act, name: &str, expect: &str, change: &dyn Fn(&mut Operation)| {
        check(&tx_of(act), name, expect, |tx| change(&mut tx.body.operation));
    };
    for (reason, expect) in [("", "H1009"), ("  ", "H1009"), ("\u{3000}", "H1009"), ("x", ""), (" 召回", "")] {
        for act in REASONED {
            check(act, &format!("{act:?} {reason:?}"), expect, &|operation| *reason_of(operation) = text(reason));
        }
    }
    for (port, expect) in [("CNSZX", ""), ("US2AB", ""), ("SZX", "H1009"), ("CNSHAXX", "H1009"), ("ZZABC", "H1009")] {
        for act in [Act::Arrive, Act::Exit] {
            check(act, port, expect, &|operation| match operation {
                Operation::Arrive { port: p, .. } | Operation::Exit { port: p, .. } => *p = text(port),
                other => panic!("{other:?}"),
            });
        }
        check(Act::Apply, port, expect, &|operation| {
            let Operation::Apply { application } = operation else { panic!() };
            application.ports = vec![text("CNSZX"), text("HKHKG")];
            application.ports[1] = if port == "CNSZX" { text("HKHKG") } else { text(port) };
        });
    }
    for (region, expect) in [("HK", ""), ("DE", ""), ("", "H1009"), ("ZZ", "H1009"), ("de", "H1009")] {
        check(Act::Apply, region, expect, &|operation| {
            let Operation::Apply { application } = operation else { panic!() };
            application.region = text(region);
        });
    }
    for (coldest, expect) in [(-273_150, ""), (-273_151, "H1009"), (i32::MIN, "H1009")] {
        for (kind, expect) in [(Telemetry::Temperature, expect), (Telemetry::Position, "")] {
            check(Act::Note, &format!("{kind:?} {coldest}"), expect, &|operation| {
                let Operation::Note { note: Note::Telemetry { kind: k, min, .. }, .. } = operation else { panic!() };
                (*k, *min) = (kind, coldest);
            });
        }
    }
    for (number, expect) in [(0, "H1009"), (1, ""), (4, ""), (5, "H1009"), (255, "H1009")] {
        check(Act::Report, &format!("quarter {number}"), expect, &|operation| {
            let Operation::Report { quarter, .. } = operation else { panic!() };
            *quarter = number;
        });
    }
}

/// Acts that say why. So does the refusal of an application.
const REASONED: [Act; 7] =
    [Act::Refuse, Act::PlaceHold, Act::Return, Act::Destroy, Act::Correct, Act::Cancel, Act::CloseAlert];

fn reason_of(operation: &mut Operation) -> &mut Text<256> {
    match operation {
        Operation::Refuse { reason, .. }
        | Operation::PlaceHold { reason, .. }
        | Operation::Return { reason, .. }
        | Operation::Destroy { reason, .. }
        | Operation::Correct { reason, .. }
        | Operation::Cancel { reason, .. }
        | Operation::CloseAlert { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_are_not_of_nothing() {
    let nothing = Hash(*blake3::hash(b"").as_bytes());
    let check = |name: &str, make: &dyn Fn(Hash) -> Operation| {
        assert_eq!((make(nothing).meaningless(), make(hash(1)).meaningless()), (Some(name), None));
    };
    let list = list_of(&item_entries(1));
    check("report", &|report| Operation::Test { list, passed: true, report });
    check("video", &|video| Operation::Inspect {
        list,
        result: InspectionResult::Passed,
        video: Some(video),
        private: None,
    });
    check("notice", &|notice| Operation::Pause { grant: grant(1), notice });
    check("report", &|report| Operation::Note { list, note: Note::Expert { report } });
    check("report", &|report| Operation::Note { list, note: Note::SelfCheck { counted: quantity("1 H87"), report } });
    check("document", &|root| Operation::Note { list, note: Note::Document { root } });
    let enact = |change| Operation::Enact { motion: Motion { changes: vec![change] } };
    check("documents", &|documents| {
        enact(Change::Enter(NewEntry { documents: Some(documents), ..new_entries().remove(0) }))
    });
    check("documents", &|documents| {
        enact(Change::End { place: hash(2), n: 1, why: EndWhy::Removed, documents: Some(documents) })
    });
}

#[test]
fn a_decision_has_a_number_or_says_why_it_is_none() {
    let refuse =
        |reason: &str| Operation::Decide { grant: grant(1), verdict: Verdict::Refuse { reason: text(reason) } };
    assert_eq!((refuse("").meaningless(), refuse("incomplete").meaningless()), (Some("reason"), None));
    for (number, expect) in [("", Some("number")), (" ", Some("number")), ("SZ-1", None)] {
        let verdict = Verdict::Grant { number: text(number), lane: None, from: START };
        assert_eq!(Operation::Decide { grant: grant(1), verdict }.meaningless(), expect, "{number:?}");
    }
}

// ------------------------------------------------------------------------------------------------------- verification

/// The keys of the samples.
fn known(id: &KeyId) -> Option<PublicKey> {
    (1..50).map(public).find(|key| key.id() == *id)
}
fn resolve(tx: &SignedTx) -> Result<Unverified, TxError> {
    tx.clone().resolve(&network(), known)
}
fn verify(tx: &SignedTx) -> Result<VerifiedTx, TxError> {
    resolve(tx)?.verify()
}

#[test]
fn every_sample_verifies_and_knows_its_bytes() {
    for (tx, _) in transactions() {
        let verified = verify(&tx).unwrap();
        assert_eq!(verified.id(), tx.body.id());
        assert_eq!(verified.bytes(), tx.to_bytes());
        assert_eq!(verified.whole(), Hash::of_bytes(&ledger::tag::TX_WHOLE, &tx.to_bytes()));
        assert_eq!(verified.leaf(), ledger::transaction::leaf(&tx.body.id(), &tx.signatures_hash()));
    }
}

#[test]
fn another_network_or_an_unknown_key_is_refused() {
    let tx = handover();
    let found = tx.body.network;
    let other = NetworkId(hash(1));
    let error = tx.clone().resolve(&other, known).unwrap_err();
    assert_eq!((error.code(), error), ("H3001", TxError::Network { found }));
    let (slot, key) = (0, tx.body.signers[0].key);
    let error = tx.clone().resolve(&network(), |_| None).unwrap_err();
    assert_eq!((error.code(), error), ("H2004", TxError::KeyUnknown { slot, key }));
}

#[test]
fn whatever_is_changed_no_signature_holds() {
    let tx = handover();
    let refused = |name: &str, slot: usize, change: &dyn Fn(&mut SignedTx)| {
        let mut changed = tx.clone();
        change(&mut changed);
        let error = verify(&changed).unwrap_err();
        assert_eq!((error.code(), error), ("H2005", TxError::SignatureInvalid { slot }), "{name}");
    };
    refused("swapped", 0, &|t| t.signatures.swap(0, 1));
    refused("the receiver's", 1, &|t| t.signatures[1].0[40] ^= 1);
    refused("nonce", 0, &|t| t.body.nonce[0] ^= 1);
    refused("expiry", 0, &|t| t.body.expires.0 += 1);
    refused("a role", 0, &|t| t.body.signers[1].role = Role::Officer);
    refused("an organisation", 0, &|t| t.body.signers[1].org = org(5));
    refused("the order of slots", 0, &|t| {
        t.body.signers.swap(0, 1);
        t.signatures.swap(0, 1);
    });
    refused("a slot less", 0, &|t| {
        t.body.signers.truncate(1);
        t.signatures.truncate(1);
    });
    refused("the terms", 0, &|t| {
        let Operation::Handover { terms } = &mut t.body.operation else { panic!() };
        terms.receiver = org(5);
    });
}

#[test]
fn many_are_verified_together_as_one_by_one() {
    let good: Vec<SignedTx> = transactions().into_iter().map(|(tx, _)| tx).collect();
    for broken in [None, Some(0), Some(7), Some(good.len() - 1)] {
        let mut txs = good.clone();
        if let Some(n) = broken {
            txs[n].signatures[0].0[0] ^= 1;
        }
        let singles: Vec<_> = txs.iter().map(verify).collect();
        let unverified: Vec<Unverified> = txs.iter().map(|tx| resolve(tx).unwrap()).collect();
        assert_eq!(Unverified::verify_all(unverified, [9; 32]), singles);
        assert_eq!(singles.iter().filter(|r| r.is_err()).count(), usize::from(broken.is_some()));
    }
    let one = vec![resolve(&good[0]).unwrap()];
    assert_eq!(Unverified::verify_all(one, [9; 32]).len(), 1);
    assert!(Unverified::verify_all(Vec::new(), [9; 32]).is_empty());
}

// ---------------------------------------------------------------------------------------------------------------- time

#[test]
fn expiry_is_open_at_its_end_and_bounded() {
    for (tx, _) in transactions() {
        let longest = match BOUND.contains(&tx.body.operation.act()) {
            true => MAX_CUSTODY_EXPIRY_MS,
            false => MAX_EXPIRY_MS,
        };
        assert_eq!(tx.body.longest_life_ms(), longest);
        let expires = tx.body.expires;
        for (now, expect) in [
            (expires.0 - longest - 1, "H1005"),
            (expires.0 - longest, ""),
            (expires.0 - 1, ""),
            (expires.0, "H1004"),
            (u64::MAX, "H1004"),
            (0, "H1005"),
        ] {
            let found = tx.body.check_time(Timestamp(now)).err();
            assert_eq!(found.as_ref().map_or("", TxError::code), expect, "{now}");
        }
    }
}

/// Acts that name the point of custody they build on.
const BOUND: [Act; 12] = [
    Act::Offer,
    Act::Accept,
    Act::Handover,
    Act::Use,
    Act::Dispose,
    Act::Waste,
    Act::Lose,
    Act::Correct,
    Act::Derive,
    Act::Pack,
    Act::Unpack,
    Act::Depart,
];

#[test]
fn acts_that_name_a_point_of_custody_live_longer() {
    let bodies: Vec<TxBody> = transactions().into_iter().map(|(tx, _)| tx.body).collect();
    let longer = bodies.iter().filter(|body| body.longest_life_ms() == MAX_CUSTODY_EXPIRY_MS);
    let bound: Vec<Act> = longer.map(|body| body.operation.act()).collect();
    assert_eq!(bound, BOUND);
    // All that they build on: each input of a derivation, and the unit, not what goes into it.
    for body in &bodies {
        let found: Vec<_> = body.operation.points().into_iter().map(|(item, _)| item).collect();
        let expect = match body.operation.act() {
            Act::Derive => vec![item(1), item(2)],
            Act::Pack | Act::Unpack => vec![unit()],
            act if BOUND.contains(&act) => vec![item(1)],
            _ => Vec::new(),
        };
        assert_eq!(found, expect, "{}", body.operation.act().name());
    }
}

/// What an operation says of itself, so that whoever shows or keeps it need not know each kind.
#[test]
fn lists_and_private_roots_of_operations() {
    for (tx, _) in transactions() {
        let operation = &tx.body.operation;
        let (act, is_listed) = (operation.act(), !tx.entries.is_empty());
        assert_eq!(operation.list().is_some(), is_listed, "{act:?}");
        // What lands is no item here before.
        let on_items = is_listed || operation.subject().is_some() || act == Act::Land;
        assert_eq!(operation.is_on_items(), on_items, "{act:?}");
        for entry in registrations().iter().take(1).chain(&item_entries(1)).chain(usage_entries().iter().take(1)) {
            let fits = match (&entry.body, act) {
                (EntryBody::Registration(_), Act::Register | Act::Derive) => true,
                (EntryBody::Usage(_), Act::Report) => true,
                (EntryBody::Item(_), Act::Register | Act::Derive | Act::Report) => false,
                (EntryBody::Item(_), _) => true,
                (EntryBody::Registration(_) | EntryBody::Usage(_), _) => false,
            };
            // Of an operation without a list nothing is asked.
            assert!(!is_listed || operation.takes(&entry.body) == fits, "{act:?}");
        }
    }
    let transactions = transactions();
    let private = transactions.iter().filter(|(tx, _)| tx.body.operation.private().is_some());
    let private: Vec<&str> = private.map(|(tx, _)| tx.body.operation.act().name()).collect();
    assert_eq!(private, ["inspect", "offer", "use", "waste", "apply", "demand", "report", "answer"]);
}
