//! Every bound of `bounds.rs`, at its value and one above.
//!
//! Signers, entries and lives of transactions are in `shape.rs` too, where their codes are; what bounds a pack is in
//! `policy.rs`. What only the rules that execute can reach (`MAX_APPROVALS`, `MAX_DEPTH`, `MAX_IN_UNIT`,
//! `MAX_SHARES`, `MAX_SHARE_MS`, `MAX_ADVANCE_MS`, `MAX_READING_AHEAD_MS`, `MAX_DUES`, `MAX_GROUNDS`, `CASCADE_STEP`) is tested in `custody`.

use crate::samples::*;
use ledger::{
    Act, Block, CustodyPoint, Decision, Effect, Event, Evidence, Genesis, ItemRecord, Lifecycle, Operation, OrgId,
    PolicyPack, Rejection, Role, SignedTx, Text, TxBody, ValidatorSet,
    bounds::*,
    codec::{self, CodecError},
    event::{self, ApplyError, Link},
    field::{self, Field},
    genesis::GenesisError,
    id::{GrantId, KeyId},
    judge::{self, Authority, Beside},
    list,
    operation::{Application, Change, Entry, GrantKind, Motion, NewEntry},
    passage::Passage,
    policy::{Grade, PackError},
    record::{Hold, Marks},
    transaction::TxError,
    vote::ValidatorSetError,
};

/// What the shape of a transaction with this operation is refused for; "" is nothing.
fn refused(operation: Operation, entries: Vec<Entry>) -> &'static str {
    let body = TxBody { signers: vec![slot(9, 9, Role::Officer)], operation, ..handover().body };
    match signed(body, &[9], entries).check_shape() {
        Ok(()) => "",
        Err(TxError::Bounds { what }) => {
            assert_eq!(TxError::Bounds { what }.code(), "H1008");
            what
        }
        Err(TxError::Entries) => "entries",
        Err(other) => panic!("{other}"),
    }
}

/// One of each number.
fn many<T>(count: usize, one: fn(u8) -> T) -> Vec<T> {
    (1..=count as u8).map(one).collect()
}

#[test]
fn signed_transactions() {
    // No well-formed transaction is as long as may be read; bytes of that length are read and found malformed.
    let at = SignedTx::from_bytes(&vec![0; MAX_TX_BYTES]).unwrap_err();
    assert!(!matches!(at, TxError::Codec(CodecError::TooLong { .. })));
    let above = SignedTx::from_bytes(&vec![0; MAX_TX_BYTES + 1]).unwrap_err();
    let (length, limit) = (MAX_TX_BYTES + 1, MAX_TX_BYTES);
    assert_eq!(above, TxError::Codec(CodecError::TooLong { length, limit }));
    assert_eq!(above.code(), "H1002");
}

#[test]
fn the_longest_list_fits_a_transaction() {
    let mut longest = tx_of(Act::Register);
    let code = format!("hufu:{}/{}", "s".repeat(16), "v".repeat(64)).parse().unwrap();
    let mut entry = registrations().remove(0);
    if let ledger::operation::EntryBody::Registration(r) = &mut entry.body {
        (r.code, r.quantity) = (code, quantity("999999999999999999 H87"));
    }
    longest.entries = vec![entry; MAX_ENTRIES];
    longest.body.operation = Operation::Register { list: list_of(&longest.entries) };
    let bytes = longest.to_bytes();
    assert!(bytes.len() < MAX_TX_BYTES, "{} bytes", bytes.len());
    assert_eq!(SignedTx::from_bytes(&bytes), Ok(longest));
}

#[test]
fn blocks() {
    let with = |txs: usize, evidence: usize| {
        let mut block = block();
        block.txs = vec![Vec::new(); txs];
        block.evidence = vec![block.evidence[0].clone(); evidence];
        Block::from_bytes(&block.to_bytes()).is_ok()
    };
    assert!(with(MAX_BLOCK_TXS, MAX_EVIDENCE));
    assert!(!with(MAX_BLOCK_TXS + 1, 0));
    assert!(!with(0, MAX_EVIDENCE + 1));

    let mut block = block();
    block.txs = vec![vec![1; 100_000]];
    let around = block.to_bytes().len() - 100_000;
    block.txs[0] = vec![1; MAX_BLOCK_BYTES - around];
    assert_eq!(block.to_bytes().len(), MAX_BLOCK_BYTES);
    assert_eq!(Block::from_bytes(&block.to_bytes()), Ok(block.clone()));
    block.txs[0].push(1);
    let (length, limit) = (MAX_BLOCK_BYTES + 1, MAX_BLOCK_BYTES);
    assert_eq!(Block::from_bytes(&block.to_bytes()), Err(CodecError::TooLong { length, limit }));
}

/// A block whose network allows the least room takes the longest transaction, and all that it may hold besides.
#[test]
fn what_a_block_holds_besides_its_transactions() {
    let proposal = |pol_round| {
        let mut signed = signed_proposal(pol_round);
        (signed.proposal.height, signed.proposal.round) = (u64::MAX, u32::MAX);
        signed
    };
    let evidence = Evidence::Proposals { first: proposal(Some(u32::MAX)), second: proposal(Some(u32::MAX - 1)) };
    let mut block = block();
    block.evidence = vec![evidence; MAX_EVIDENCE];
    let certificate = block.certificate.as_mut().unwrap();
    certificate.signatures = vec![certificate.signatures[0].clone(); MAX_VALIDATORS];
    (certificate.height, certificate.round) = (u64::MAX, u32::MAX);
    let header = &mut block.header;
    (header.height, header.round, header.time.0) = (u64::MAX, u32::MAX, u64::MAX);
    block.txs = vec![vec![1; MAX_TX_BYTES]];
    assert!(block.to_bytes().len() <= MIN_BLOCK_BYTES);
    // Lengths weigh most where each takes three bytes and the transactions are as short as that allows.
    let room = MAX_BLOCK_BYTES - BLOCK_OVERHEAD;
    block.txs = vec![vec![1; 251]; room / 251];
    assert!(block.to_bytes().len() <= MAX_BLOCK_BYTES);
    assert!(Block::from_bytes(&block.to_bytes()).is_ok());
}

#[test]
fn one_transaction_of_a_block() {
    let mut block = block();
    block.txs.extend([Vec::new(), vec![7; 300]]);
    let bytes = block.to_bytes();
    for (tx, index) in block.txs.iter().zip(0u32..) {
        assert_eq!(Block::tx_bytes(&bytes, index), Ok(Some(tx.as_slice())));
    }
    for index in [4, 5, u32::MAX] {
        assert_eq!(Block::tx_bytes(&bytes, index), Ok(None));
    }
    // Only what stands before it is needed.
    let header = codec::encode(&block.header).len();
    let end = header + 1 + codec::encode(&block.txs[0]).len();
    assert_eq!(Block::tx_bytes(&bytes[..end], 0), Ok(Some(block.txs[0].as_slice())));
    for length in 0..end {
        assert!(Block::tx_bytes(&bytes[..length], 0).is_err(), "{length} bytes");
    }
    assert!(Block::tx_bytes(&bytes[..end], 1).is_err());
    // A length beyond the end, and more places than there are bytes.
    let mut torn = bytes[..header].to_vec();
    torn.extend(codec::encode(&(u64::MAX, u64::MAX)));
    assert!(Block::tx_bytes(&torn, 0).is_err() && Block::tx_bytes(&torn, u32::MAX).is_err());
    let (length, limit) = (MAX_BLOCK_BYTES + 1, MAX_BLOCK_BYTES);
    assert_eq!(Block::tx_bytes(&vec![0; length], 0), Err(CodecError::TooLong { length, limit }));
}

#[test]
fn genesis_bytes() {
    let mut bytes = vec![0; MAX_GENESIS_BYTES];
    let at = Genesis::from_bytes(&bytes).unwrap_err();
    assert!(!matches!(at, GenesisError::Codec(CodecError::TooLong { .. })));
    bytes.push(0);
    let (length, limit) = (MAX_GENESIS_BYTES + 1, MAX_GENESIS_BYTES);
    assert_eq!(Genesis::from_bytes(&bytes), Err(GenesisError::Codec(CodecError::TooLong { length, limit })));
    assert_eq!(codec::MAX_INPUT, MAX_GENESIS_BYTES, "nothing longer is read than a genesis");
}

#[test]
fn validators_of_a_network() {
    let most = MAX_VALIDATORS as u8;
    genesis_of(1).check().unwrap();
    genesis_of(most).check().unwrap();
    let count = |n| Err(GenesisError::Validators(ValidatorSetError::Count(n)));
    assert_eq!(genesis_of(0).check(), count(0));
    assert_eq!(genesis_of(most + 1).check(), count(MAX_VALIDATORS + 1));

    let seats = genesis_of(most).validators().unwrap().validators().to_vec();
    let mut bytes = codec::encode(&seats);
    assert!(codec::decode::<ValidatorSet>(&bytes, codec::MAX_INPUT).is_ok());
    bytes[0] += 1;
    bytes.extend(codec::encode(&seats[0]));
    assert!(codec::decode::<ValidatorSet>(&bytes, codec::MAX_INPUT).is_err());
}

fn holds(count: usize) -> Vec<Hold> {
    let hold = |placed| Hold { by: vec![org(7)], placed, reason: text("recall") };
    (1..=count as u64).map(hold).collect()
}

#[test]
fn holds_on_one_item() {
    let tx = tx_of(Act::PlaceHold);
    let authority = Authority { decision: decision(), principal: org(7), counterpart: None, orgs: vec![org(7)] };
    let with = |count| {
        let record = ItemRecord { holds: holds(count), ..item_record() };
        judge::effect(&network(), &tx.body, &authority, &item(1), &record, stamp(), &Beside::default())
    };
    assert!(matches!(with(MAX_HOLDS - 1), Ok(Some(Effect::HoldPlaced { .. }))));
    assert_eq!(with(MAX_HOLDS), Err(Rejection::HoldsFull { item: item(1) }));
}

/// What moves nothing stops first, what moves or uses goods later, and an item can always be held and ended.
#[test]
fn events_of_one_item() {
    let authority = Authority { decision: decision(), principal: org(1), counterpart: None, orgs: vec![org(1)] };
    let full = |act: Act, count: u64| {
        let record = ItemRecord {
            custodian: org(1),
            state: Lifecycle::Stored,
            marks: Marks::default(),
            holds: Vec::new(),
            container: None,
            inside: None,
            custody_seq: point().seq,
            trail: point().trail,
            offer: None,
            count,
            ..item_record()
        };
        let judged =
            judge::effect(&network(), &tx_of(act).body, &authority, &item(1), &record, stamp(), &Beside::default());
        matches!(judged, Err(Rejection::HistoryFull { .. }))
    };
    for act in [Act::Note, Act::Offer, Act::Withdraw, Act::Store, Act::Correct] {
        assert!(!full(act, MAX_IDLE_EVENTS - 1) && full(act, MAX_IDLE_EVENTS), "{act:?}");
    }
    for act in [Act::Assign, Act::Exit, Act::Handover, Act::Use, Act::Waste, Act::Lose, Act::Derive, Act::Pack] {
        assert!(!full(act, MAX_ITEM_EVENTS - 1) && full(act, MAX_ITEM_EVENTS), "{act:?}");
    }
    for act in [Act::PlaceHold, Act::LiftHold, Act::Dispose, Act::Depart] {
        assert!(!full(act, MAX_ITEM_EVENTS) && !full(act, u64::MAX - 1), "{act:?}");
    }
}

#[test]
fn links_of_one_event() {
    let link = Link { item: item(5), count: 1, head: hash(1) };
    let mut event: Event = events().remove(0);
    event.links = vec![link; MAX_LINKS];
    event::apply(&network(), None, &event).unwrap();
    event.links.push(event.links[0].clone());
    assert_eq!(event::apply(&network(), None, &event), Err(ApplyError::Effect { n: 1 }));
}

#[test]
fn private_fields() {
    let field: Field = fields().remove(0);
    let many = |count| field::root(&vec![field.clone(); count]);
    assert_eq!(many(0), None);
    assert!(many(1).is_some() && many(MAX_FIELDS).is_some());
    assert_eq!(many(MAX_FIELDS + 1), None);

    let longest: Text<MAX_FIELD_BYTES> = text(&"x".repeat(MAX_FIELD_BYTES));
    let field = Field { value: longest, ..field };
    let mut bytes = codec::encode(&field);
    assert!(codec::decode::<Field>(&bytes, codec::MAX_INPUT).is_ok());
    // The length is a two-byte number behind the salt and the name.
    let at = bytes.len() - MAX_FIELD_BYTES - 2;
    assert_eq!(bytes[at..at + 2], (MAX_FIELD_BYTES as u16).to_le_bytes());
    bytes[at] += 1;
    bytes.push(b'x');
    assert!(codec::decode::<Field>(&bytes, codec::MAX_INPUT).is_err());
}

#[test]
fn a_pack_of_as_many_bytes_as_fit() {
    let check = |length: usize| {
        let mut pack = pack();
        pack.name = text("own");
        let like = pack.grades[0].clone();
        let grade = |name: String| Grade { name: text(&name), ..like.clone() };
        let missing = |pack: &PolicyPack| length - codec::encode(pack).len();
        // More than 250, so that the length of the list takes its three bytes from the start.
        pack.grades.extend((0..260).map(|n| grade(format!("G{n:03}"))));
        // A grade takes 7 bytes beside its name of 1 to 8.
        while missing(&pack) > 22 {
            pack.grades.push(grade(format!("H{:07}", pack.grades.len())));
        }
        if missing(&pack) > 15 {
            pack.grades.push(grade("x".into()));
        }
        let rest = missing(&pack) - 7;
        pack.grades.push(grade("y".repeat(rest)));
        assert_eq!(codec::encode(&pack).len(), length);
        pack.check()
    };
    assert_eq!(check(MAX_PACK_BYTES), Ok(()));
    let length = MAX_PACK_BYTES + 1;
    assert_eq!(check(length), Err(PackError::TooLong { length }));
}

// ------------------------------------------------------------------------------------------- lists within operations

#[test]
fn what_goes_into_a_derivation() {
    let derive = |count: usize| {
        let Operation::Derive { kind, inputs: _, list } = tx_of(Act::Derive).body.operation else { panic!() };
        let operation = Operation::Derive { kind, inputs: inputs(count as u8), list };
        refused(operation, registrations()[..3].to_vec())
    };
    for (count, expect) in [(0, "inputs"), (1, ""), (MAX_INPUTS, ""), (MAX_INPUTS + 1, "inputs")] {
        assert_eq!(derive(count), expect, "{count}");
    }
}

#[test]
fn debtors_of_a_demand() {
    let demand = |debtors: Vec<OrgId>| {
        let (until, about) = (START, Some(item(1)));
        refused(Operation::Demand { debtors, until, about, private: None }, Vec::new())
    };
    for (count, expect) in [(0, "debtors"), (1, ""), (MAX_DEBTORS, ""), (MAX_DEBTORS + 1, "debtors")] {
        assert_eq!(demand(many(count, org)), expect, "{count}");
    }
    assert_eq!(demand(vec![org(1), org(2), org(1)]), "debtors");
}

#[test]
fn ports_and_grants_of_an_application() {
    let apply = |change: &dyn Fn(&mut Application)| {
        let mut application = application(GrantKind::Permit);
        change(&mut application);
        refused(Operation::Apply { application }, Vec::new())
    };
    fn port(n: u8) -> Text<16> {
        text(&format!("CNAA{}", char::from(b'A' + n)))
    }
    for (count, expect) in [(0, ""), (1, ""), (MAX_PORTS, ""), (MAX_PORTS + 1, "ports")] {
        assert_eq!(apply(&|a| a.ports = many(count, port)), expect, "{count}");
    }
    assert_eq!(apply(&|a| a.ports = vec![port(1), port(1)]), "ports");
    let rests = "grants it rests on";
    for (count, expect) in [(0, ""), (1, ""), (MAX_RESTS_ON, ""), (MAX_RESTS_ON + 1, rests)] {
        assert_eq!(apply(&|a| a.on = many(count, grant)), expect, "{count}");
    }
    let twice: Vec<GrantId> = vec![grant(1), grant(1)];
    assert_eq!(apply(&|a| a.on = twice.clone()), rests);
}

#[test]
fn links_and_bytes_of_a_passage() {
    let land = |passage: Passage| refused(Operation::Land { passage: Box::new(passage) }, Vec::new());
    let link = passage().chain[0].clone();
    for (count, expect) in [(0, ""), (MAX_PASSAGE_CHAIN, ""), (MAX_PASSAGE_CHAIN + 1, "links of the passage")] {
        assert_eq!(land(Passage { chain: vec![link.clone(); count], ..passage() }), expect, "{count}");
    }
    let length = |record: usize| {
        let passage = Passage { record: vec![0; record], ..passage() };
        (codec::encode(&passage).len(), passage)
    };
    let (empty, _) = length(1_000);
    let fits = MAX_PASSAGE_BYTES - empty + 1_000;
    let (at, passage_at) = length(fits);
    assert_eq!((at, land(passage_at)), (MAX_PASSAGE_BYTES, ""));
    let (above, passage_above) = length(fits + 1);
    assert_eq!((above, land(passage_above)), (MAX_PASSAGE_BYTES + 1, "bytes of the passage"));
}

#[test]
fn changes_of_a_motion() {
    let of = |count: usize| Motion { changes: vec![changes()[1].clone(); count] };
    for (count, expect) in [(0, "changes"), (1, ""), (MAX_CHANGES, ""), (MAX_CHANGES + 1, "changes")] {
        let propose = Operation::Propose { motion: of(count), until: START };
        assert_eq!(refused(propose, Vec::new()), expect, "propose {count}");
        assert_eq!(refused(Operation::Enact { motion: of(count) }, Vec::new()), expect, "enact {count}");
    }
}

#[test]
fn keys_that_a_ban_ends() {
    let ban = |ends_keys: Vec<KeyId>| {
        let entry = NewEntry { ends_keys, ..new_entries().remove(2) };
        let changes = vec![changes().remove(1), Change::Enter(entry)];
        refused(Operation::Enact { motion: Motion { changes } }, Vec::new())
    };
    for (count, expect) in [(0, ""), (1, ""), (MAX_BANNED_KEYS, ""), (MAX_BANNED_KEYS + 1, "keys")] {
        assert_eq!(ban(many(count, key_id)), expect, "{count}");
    }
    assert_eq!(ban(vec![key_id(1), key_id(1)]), "keys");
}

/// Entries of an act whose items are linked to one event: as many as that can hold.
#[test]
fn entries_that_are_linked_to_one_event() {
    let items: Vec<Entry> = item_entries((MAX_LINKS + 1) as u8);
    let made = vec![registrations().remove(0); MAX_LINKS + 1];
    let (unit, at) = (unit(), CustodyPoint::start(&unit()));
    for (count, expect) in [(1, ""), (MAX_LINKS, ""), (MAX_LINKS + 1, "entries")] {
        let (items, made) = (items[..count].to_vec(), made[..count].to_vec());
        let list = list_of(&items);
        assert_eq!(refused(Operation::Pack { unit, at, list }, items.clone()), expect, "pack {count}");
        assert_eq!(refused(Operation::Unpack { unit, at, list }, items.clone()), expect, "unpack {count}");
        let Operation::Derive { kind, inputs, list: _ } = tx_of(Act::Derive).body.operation else { panic!() };
        let derive = Operation::Derive { kind, inputs, list: list_of(&made) };
        assert_eq!(refused(derive, made), expect, "derive {count}");
        // Other lists may be longer.
        assert_eq!(refused(Operation::Release { list }, items), "", "release {count}");
    }
}

#[test]
fn paths_of_merkle_lists() {
    let root = list::root(&[hash(1)]);
    assert!(list::verify(&root, 1, 0, &hash(1), &[]));
    for length in [list::MAX_PATH, list::MAX_PATH + 1] {
        assert!(!list::verify(&root, u64::MAX, 0, &hash(1), &vec![hash(0); length]));
    }
    // A list of 2^40 equal halves: the deepest path that is read.
    let mut hash_so_far = ledger::Hash::of_bytes(&ledger::tag::LIST_LEAF, &hash(1).0);
    let siblings = vec![hash(0); list::MAX_PATH + 1];
    let mut roots = Vec::new();
    for sibling in &siblings {
        hash_so_far = ledger::Hash::of_pair(&ledger::tag::LIST_NODE, &hash_so_far, sibling);
        roots.push(hash_so_far);
    }
    for (length, expect) in [(list::MAX_PATH, true), (list::MAX_PATH + 1, false)] {
        let count = 1u64 << length;
        let mut bound = count.to_le_bytes().to_vec();
        bound.extend(roots[length - 1].0);
        let root = ledger::Hash::of_bytes(&ledger::tag::LIST_ROOT, &bound);
        assert_eq!(list::verify(&root, count, 0, &hash(1), &siblings[..length]), expect);
    }
}

#[test]
fn numbers_at_the_end_of_their_range() {
    // A point of custody or a time at the end of all numbers neither wraps nor panics.
    let last = CustodyPoint { seq: u64::MAX, trail: hash(1) };
    assert_eq!(last.after(&tx_id(1)).seq, u64::MAX);
    assert_eq!(ledger::Timestamp(u64::MAX).plus_ms(1).0, u64::MAX);
    assert_eq!(ledger::Timestamp(1).ms_since(ledger::Timestamp(2)), 0);
    let Decision { article, .. } = decision();
    assert!(article.as_str().len() <= 64);
}
