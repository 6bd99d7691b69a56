//! Life stories of items, each an honest history with its bundle.

use super::{
    World,
    people::{GTIN, UNIT},
    text,
};
use ledger::{
    Cause, Effect, Hash, ItemId, NetworkId, Operation, StateKey, TxId, ValidatorSet, codec,
    field::{self, Field},
    operation::{DeriveKind, EntryBody, Input, InspectionResult, Purpose, Registration},
    passage::Passage,
    record::{DepartureRecord, KeyEndReason, Marks, Role},
};
use proof::{Certified, Disclosure, Source};

pub(crate) struct Story {
    pub(crate) name: &'static str,
    pub(crate) world: World,
    pub(crate) item: ItemId,
}

impl Story {
    pub(crate) fn json(&self) -> Vec<u8> {
        self.world.export(&self.item).to_json()
    }
}

pub(crate) const NAMES: [&str; 24] = [
    "harbour",
    "newborn",
    "tested",
    "failed",
    "offers",
    "van",
    "held",
    "shipment",
    "serial",
    "keys",
    "genesis",
    "private",
    "validators",
    "twins",
    "donation",
    "pending",
    "split",
    "pallet",
    "merge",
    "packed",
    "parent",
    "children",
    "departed",
    "landed",
];

/// The story of this name on a network that is not a test network, unless it begins with an item of genesis.
pub(crate) fn story(name: &'static str) -> Story {
    told(name, World::new(name == "genesis", 0))
}

pub(crate) fn all() -> Vec<Story> {
    NAMES.into_iter().map(story).collect()
}

pub(crate) fn told(name: &'static str, mut world: World) -> Story {
    let tell = match name {
        "harbour" => harbour,
        "newborn" => newborn,
        "tested" => tested,
        "failed" => failed,
        "offers" => offers,
        "van" => van,
        "held" => held,
        "shipment" => shipment,
        "serial" => serial,
        "keys" => keys,
        "genesis" => genesis,
        "private" => private,
        "validators" => validators,
        "twins" => twins,
        "donation" => donation,
        "pending" => pending,
        "split" => split,
        "pallet" => pallet,
        "merge" => merge,
        "packed" => packed,
        "parent" => parent,
        "children" => children,
        "departed" => departed,
        "landed" => landed,
        other => panic!("no story {other}"),
    };
    let item = tell(&mut world);
    world.block(5_000);
    Story { name, world, item }
}

pub(crate) fn lot(w: &World, lot: &str, quantity: &str) -> Registration {
    Registration {
        class: w.class(GTIN),
        code: format!("01/{GTIN}/10/{lot}").parse().unwrap(),
        quantity: quantity.parse().unwrap(),
        purpose: Purpose::Unstated,
        private: None,
    }
}

pub(crate) fn register(w: &mut World, registration: Registration) -> ItemId {
    let bodies = vec![EntryBody::Registration(registration)];
    let tx = w.act_list(bodies, |list| Operation::Register { list }, &[("importer", Role::Declarant)]);
    ItemId::of(&w.network, &tx, 0)
}

pub(crate) fn declare(w: &mut World, items: &[ItemId], private: Option<Hash>) {
    let bodies = items.iter().map(|i| EntryBody::Item(*i)).collect();
    let operation = |list| Operation::Declare { list, exempt: false, private };
    w.act_list(bodies, operation, &[("importer", Role::Declarant)]);
}

pub(crate) fn inspect(w: &mut World, items: &[ItemId], result: InspectionResult) {
    let bodies = items.iter().map(|i| EntryBody::Item(*i)).collect();
    let operation = |list| Operation::Inspect { list, result, video: None, private: None };
    w.act_list(bodies, operation, &[("customs", Role::Officer)]);
}

pub(crate) fn release(w: &mut World, items: &[ItemId]) {
    let bodies = items.iter().map(|i| EntryBody::Item(*i)).collect();
    w.act_list(bodies, |list| Operation::Release { list }, &[("customs", Role::Officer)]);
}

/// Four events.
pub(crate) fn released(w: &mut World, name: &str, quantity: &str) -> ItemId {
    let registration = lot(w, name, quantity);
    let item = register(w, registration);
    declare(w, &[item], None);
    inspect(w, &[item], InspectionResult::Passed);
    release(w, &[item]);
    item
}

pub(crate) fn handover(w: &mut World, item: ItemId, giver: &str, receiver: &str) {
    let terms = w.terms(&item, giver, receiver);
    w.act(Operation::Handover { terms }, &[(giver, Role::Custodian), (receiver, Role::Receiver)]);
}

pub(crate) fn offer(w: &mut World, item: ItemId, giver: &str, receiver: &str) -> Hash {
    let terms = w.terms(&item, giver, receiver);
    let hash = terms.hash();
    w.act(Operation::Offer { terms }, &[(giver, Role::Custodian)]);
    hash
}

pub(crate) fn accept(w: &mut World, item: ItemId, terms: Hash, receiver: &str) {
    let at = w.point(&item);
    w.act(Operation::Accept { item, terms, at }, &[(receiver, Role::Receiver)]);
}

pub(crate) fn consume(w: &mut World, item: ItemId, who: &str, quantity: &str) {
    let (at, quantity) = (w.point(&item), quantity.parse().unwrap());
    w.act(Operation::Use { item, at, quantity, private: None }, &[(who, Role::Custodian)]);
}

pub(crate) fn dispose(w: &mut World, item: ItemId, who: &str, quantity: &str) {
    let (at, quantity) = (w.point(&item), quantity.parse().unwrap());
    let operation = Operation::Dispose { item, at, quantity, private: None };
    w.act(operation, &[(who, Role::Custodian), ("env", Role::Countersigner)]);
}

/// Makes items out of items; gives them in the order of the registrations.
pub(crate) fn derive(
    w: &mut World,
    kind: DeriveKind,
    from: &[(ItemId, &str)],
    into: Vec<Registration>,
    who: &str,
) -> Vec<ItemId> {
    let input = |(item, quantity): &(ItemId, &str)| Input {
        item: *item,
        at: w.point(item),
        quantity: quantity.parse().unwrap(),
    };
    let inputs: Vec<Input> = from.iter().map(input).collect();
    let count = into.len() as u32;
    let bodies = into.into_iter().map(EntryBody::Registration).collect();
    let operation = |list| Operation::Derive { kind, inputs: inputs.clone(), list };
    let tx = w.act_list(bodies, operation, &[(who, Role::Custodian)]);
    (0..count).map(|index| ItemId::of(&w.network, &tx, index)).collect()
}

/// A logistic unit of the importer.
pub(crate) fn unit(w: &mut World, sscc: &str) -> ItemId {
    let registration = Registration {
        class: w.class(UNIT),
        code: format!("00/{sscc}").parse().unwrap(),
        quantity: "1 EA".parse().unwrap(),
        purpose: Purpose::Unstated,
        private: None,
    };
    register(w, registration)
}

pub(crate) fn pack(w: &mut World, unit: ItemId, items: &[ItemId], who: &str) {
    let (at, bodies) = (w.point(&unit), items.iter().map(|i| EntryBody::Item(*i)).collect());
    w.act_list(bodies, |list| Operation::Pack { unit, at, list }, &[(who, Role::Custodian)]);
}

pub(crate) fn unpack(w: &mut World, unit: ItemId, items: &[ItemId], who: &str) {
    let (at, bodies) = (w.point(&unit), items.iter().map(|i| EntryBody::Item(*i)).collect());
    w.act_list(bodies, |list| Operation::Unpack { unit, at, list }, &[(who, Role::Custodian)]);
}

pub(crate) fn hold(w: &mut World, item: ItemId, who: &str) {
    w.act(Operation::PlaceHold { item, reason: text("recall 8") }, &[(who, Role::Officer)]);
}

pub(crate) fn lift(w: &mut World, item: ItemId, who: &str) {
    let placed = w.record(&item).holds[0].placed;
    w.act(Operation::LiftHold { item, placed }, &[(who, Role::Officer)]);
}

/// Port to disposal in twelve events, every kind of signer among them.
fn harbour(w: &mut World) -> ItemId {
    let item = released(w, "HARBOUR-1", "12.5 MLT");
    let terms = offer(w, item, "importer", "carrier");
    accept(w, item, terms, "carrier");
    handover(w, item, "carrier", "hospital");
    consume(w, item, "hospital", "4 MLT");
    w.act(Operation::PlaceHold { item, reason: text("recall 7") }, &[("health", Role::Officer)]);
    w.act(Operation::LiftHold { item, placed: 9 }, &[("health", Role::Officer)]);
    handover(w, item, "hospital", "lab");
    dispose(w, item, "lab", "8.5 MLT");
    item
}

fn newborn(w: &mut World) -> ItemId {
    let registration = lot(w, "NEW", "3 LTR");
    register(w, registration)
}

fn tested(w: &mut World) -> ItemId {
    let registration = lot(w, "TESTED", "1 KGM");
    let item = register(w, registration);
    declare(w, &[item], None);
    inspect(w, &[item], InspectionResult::TestPending);
    inspect(w, &[item], InspectionResult::Passed);
    release(w, &[item]);
    item
}

fn failed(w: &mut World) -> ItemId {
    let registration = lot(w, "FAILED", "20 GRM");
    let item = register(w, registration);
    declare(w, &[item], None);
    inspect(w, &[item], InspectionResult::Failed);
    dispose(w, item, "importer", "5 GRM");
    dispose(w, item, "importer", "15 GRM");
    item
}

fn offers(w: &mut World) -> ItemId {
    let item = released(w, "OFFERS", "2 LTR");
    let terms = offer(w, item, "importer", "hospital");
    w.act(Operation::Refuse { item, terms, reason: text("box is warm") }, &[("hospital", Role::Receiver)]);
    let terms = offer(w, item, "importer", "carrier");
    w.act(Operation::Withdraw { item, terms }, &[("importer", Role::Custodian)]);
    offer(w, item, "importer", "lab");
    w.block(3_600_000);
    let terms = offer(w, item, "importer", "lab");
    accept(w, item, terms, "lab");
    item
}

/// A -> B -> C signed without a network, anchored later in one block.
fn van(w: &mut World) -> ItemId {
    let item = released(w, "VAN", "7 LTR");
    w.block(60_000);
    for (giver, receiver) in [("importer", "carrier"), ("carrier", "hospital")] {
        let terms = w.terms(&item, giver, receiver);
        let tx = w.sign(Operation::Handover { terms }, &[(giver, Role::Custodian), (receiver, Role::Receiver)], vec![]);
        w.execute(tx);
    }
    item
}

fn held(w: &mut World) -> ItemId {
    let item = released(w, "HELD", "5 LTR");
    w.act(Operation::PlaceHold { item, reason: text("cold chain broken") }, &[("customs", Role::Officer)]);
    w.act(Operation::PlaceHold { item, reason: text("召回 recall") }, &[("health", Role::Officer)]);
    w.act(Operation::LiftHold { item, placed: 5 }, &[("customs", Role::Officer)]);
    dispose(w, item, "importer", "1 LTR");
    item
}

/// One of five items of one list, released together with three of them.
fn shipment(w: &mut World) -> ItemId {
    let bodies = (0..5).map(|n| EntryBody::Registration(lot(w, &format!("SHIP-{n}"), "10 LTR"))).collect();
    let tx = w.act_list(bodies, |list| Operation::Register { list }, &[("importer", Role::Declarant)]);
    let items: Vec<ItemId> = (0..5).map(|n| ItemId::of(&w.network, &tx, n)).collect();
    declare(w, &items, None);
    inspect(w, &items[1..], InspectionResult::Passed);
    release(w, &items[2..]);
    handover(w, items[3], "importer", "hospital");
    items[3]
}

fn serial(w: &mut World) -> ItemId {
    let registration = Registration {
        class: w.class(GTIN),
        code: format!("01/{GTIN}/21/S-0001").parse().unwrap(),
        quantity: "1 H87".parse().unwrap(),
        purpose: Purpose::Unstated,
        private: None,
    };
    let item = register(w, registration);
    declare(w, &[item], None);
    inspect(w, &[item], InspectionResult::Passed);
    release(w, &[item]);
    handover(w, item, "importer", "hospital");
    consume(w, item, "hospital", "1 H87");
    item
}

/// A key that retired after its last signature, and one that was reported compromised later.
fn keys(w: &mut World) -> ItemId {
    let item = released(w, "KEYS", "5 LTR");
    handover(w, item, "importer", "hospital");
    w.end_key("hospital", KeyEndReason::Retired);
    w.new_key("hospital", 60, &[Role::Custodian, Role::Receiver]);
    consume(w, item, "hospital", "1 LTR");
    handover(w, item, "hospital", "carrier");
    handover(w, item, "carrier", "lab");
    w.end_key("carrier", KeyEndReason::Compromised);
    item
}

/// An item of genesis, which only test networks have.
pub(crate) fn genesis(w: &mut World) -> ItemId {
    let code: gs1::ItemCode = format!("01/{GTIN}/10/GENESIS").parse().unwrap();
    let item = ItemId::of(&w.network, &TxId::default(), 0);
    let previous = w.enter_code(&code, item);
    let effect = Effect::Registered {
        class: w.class(GTIN),
        code,
        quantity: "9 LTR".parse().unwrap(),
        custodian: w.org("importer"),
        previous,
        purpose: Purpose::Unstated,
        marks: Marks::default(),
        origin: None,
        place: None,
        grant: None,
        private: None,
    };
    w.write(item, Cause::Genesis, effect, None);
    handover(w, item, "importer", "hospital");
    item
}

fn fields(w: &mut World, values: &[(&str, &str)]) -> Vec<Field> {
    values.iter().map(|(name, value)| Field { salt: w.random(), name: text(name), value: text(value) }).collect()
}

/// Private fields, some of them opened, and a name.
fn private(w: &mut World) -> ItemId {
    let of_registration = fields(w, &[("origin", "Hong Kong"), ("price", "120000 CNY"), ("捐献者批次", "B-77")]);
    let mut registration = lot(w, "PRIVATE", "5 LTR");
    registration.private = field::root(&of_registration);
    let item = register(w, registration);
    let of_declaration = fields(w, &[("declaration", "5304-2026-1"), ("port", "Huanggang")]);
    declare(w, &[item], field::root(&of_declaration));
    inspect(w, &[item], InspectionResult::Passed);
    release(w, &[item]);
    let of_use = fields(w, &[("project", "P-9")]);
    let (at, quantity) = (w.point(&item), "1 LTR".parse().unwrap());
    let operation = Operation::Use { item, at, quantity, private: field::root(&of_use) };
    w.act(operation, &[("importer", Role::Custodian)]);
    let importer = &w.people["importer"];
    let person = Disclosure::Person { key: importer.key, salt: importer.salt, name: text(importer.name) };
    w.open = vec![
        Disclosure::Fields { event: 2, all: of_declaration, open: vec![1] },
        Disclosure::Fields { event: 1, all: of_registration, open: vec![2, 0] },
        person,
    ];
    item
}

/// Two changes of the validator set, and a certificate without surplus.
fn validators(w: &mut World) -> ItemId {
    let item = released(w, "VALIDATORS", "5 LTR");
    for leaves in [0, 1] {
        let kept = w.set.validators().iter().enumerate().filter(|(i, _)| *i != leaves).map(|(_, v)| v.clone());
        let next = ValidatorSet::new(kept.collect()).unwrap();
        w.block(1_000);
        let link = w.certify(w.header(Hash([9; 32]), &next), w.set.quorum());
        w.chain.push(link);
        w.set = next;
    }
    handover(w, item, "importer", "hospital");
    w.signed_by = w.set.quorum();
    item
}

/// Two registrations under one code.
fn twins(w: &mut World) -> ItemId {
    let item = released(w, "TWIN", "5 LTR");
    let second = lot(w, "TWIN", "6 LTR");
    register(w, second);
    item
}

/// A code without a GTIN, certified by three of four.
fn donation(w: &mut World) -> ItemId {
    let registration = Registration {
        class: w.class("blood"),
        code: "hufu:isbt128/%3DA9999%2017".parse().unwrap(),
        quantity: "450 MLT".parse().unwrap(),
        purpose: Purpose::Unstated,
        private: None,
    };
    w.signed_by = 3;
    let item = register(w, registration);
    declare(w, &[item], None);
    item
}

/// An offer waits, and a hold is in force.
fn pending(w: &mut World) -> ItemId {
    let item = released(w, "PENDING", "5 LTR");
    offer(w, item, "importer", "hospital");
    w.act(Operation::PlaceHold { item, reason: text("papers") }, &[("st", Role::Officer)]);
    item
}

/// A lot split in two, one part of which goes on; the lot it was made of is [`relative`].
fn split(w: &mut World) -> ItemId {
    let item = released(w, "SPLIT", "10 LTR");
    let parts = vec![lot(w, "SPLIT", "4 LTR"), lot(w, "SPLIT", "6 LTR")];
    let parts = derive(w, DeriveKind::Split, &[(item, "10 LTR")], parts, "importer");
    handover(w, parts[0], "importer", "hospital");
    consume(w, parts[0], "hospital", "1 LTR");
    parts[0]
}

/// Two lots on a pallet that is handed over twice; one of them is held on its way, and taken off in the end. The other
/// one, which stays on it, is [`relative`].
fn pallet(w: &mut World) -> ItemId {
    let lots = [released(w, "PALLET-1", "5 LTR"), released(w, "PALLET-2", "8 LTR")];
    let pallet = unit(w, "340123450000000000");
    pack(w, pallet, &lots, "importer");
    handover(w, pallet, "importer", "carrier");
    hold(w, lots[0], "health");
    lift(w, lots[0], "health");
    handover(w, pallet, "carrier", "hospital");
    unpack(w, pallet, &lots[..1], "hospital");
    pallet
}

/// Two lots that became one, which goes on.
fn merge(w: &mut World) -> ItemId {
    let lots = [released(w, "MERGE", "5 LTR"), released(w, "MERGE", "2 LTR")];
    let whole = vec![lot(w, "MERGE", "7 LTR")];
    let whole = derive(w, DeriveKind::Merge, &[(lots[0], "5 LTR"), (lots[1], "2 LTR")], whole, "importer");
    handover(w, whole[0], "importer", "hospital");
    whole[0]
}

/// A lot that was in one box and is in another, on a pallet that was handed over, is offered to the next and is held.
fn packed(w: &mut World) -> ItemId {
    let item = released(w, "PACKED", "5 LTR");
    let [first, inner, outer] =
        ["340123450000000000", "340123450000000017", "340123450000000024"].map(|sscc| unit(w, sscc));
    pack(w, first, &[item], "importer");
    unpack(w, first, &[item], "importer");
    pack(w, inner, &[item], "importer");
    pack(w, outer, &[inner], "importer");
    handover(w, outer, "importer", "carrier");
    offer(w, outer, "carrier", "hospital");
    hold(w, outer, "health");
    item
}

/// A lot of which a part was made into another, without that.
fn parent(w: &mut World) -> ItemId {
    let item = released(w, "PARENT", "10 LTR");
    let part = vec![lot(w, "PARENT", "4 LTR")];
    derive(w, DeriveKind::Split, &[(item, "4 LTR")], part, "importer");
    consume(w, item, "importer", "1 LTR");
    item
}

/// A lot with all that it was split into.
fn children(w: &mut World) -> ItemId {
    w.children = true;
    let item = released(w, "CHILDREN", "10 LTR");
    let parts = vec![lot(w, "CHILDREN", "4 LTR"), lot(w, "CHILDREN", "6 LTR")];
    let parts = derive(w, DeriveKind::Split, &[(item, "10 LTR")], parts, "importer");
    handover(w, parts[0], "importer", "hospital");
    consume(w, parts[0], "hospital", "1 LTR");
    item
}

/// The network that items depart to and land from; it has the same people.
pub(crate) fn elsewhere() -> World {
    World::new(false, 7)
}

/// Closes an item for another network.
pub(crate) fn depart(w: &mut World, item: ItemId, who: &str, to: NetworkId) {
    let (at, by, state) = (w.point(&item), w.org(who), w.record(&item).state);
    let cause = w.act(Operation::Depart { item, at, to }, &[(who, Role::Custodian)]);
    let record = DepartureRecord { to, by, state, at: w.now, cause };
    w.put(|writes| writes.put(StateKey::Departure(item), &record));
}

/// The proof that an item has departed, under the state as it is.
pub(crate) fn passage(w: &World, item: ItemId) -> Passage {
    let snapshot = w.snapshot();
    let prove = |key: StateKey| {
        let (record, proof) = snapshot.prove(&key).unwrap();
        (record.unwrap_or_default(), proof)
    };
    let Certified { header, certificate, validators } = &snapshot.head;
    let (record, record_proof) = prove(StateKey::Item(item));
    let (departure, departure_proof) = prove(StateKey::Departure(item));
    let (class, class_proof) = prove(StateKey::Class(w.record(&item).class));
    Passage {
        header: codec::encode(header),
        certificate: codec::encode(certificate),
        validators: codec::encode(validators),
        chain: Vec::new(),
        item,
        record,
        record_proof,
        departure,
        departure_proof,
        class,
        class_proof,
    }
}

/// Opens here what has departed from elsewhere.
pub(crate) fn land(w: &mut World, passage: Passage, signer: (&str, Role)) -> ItemId {
    let tx = w.act(Operation::Land { passage: Box::new(passage) }, &[signer]);
    ItemId::of(&w.network, &tx, 0)
}

/// A lot that went on to another network.
fn departed(w: &mut World) -> ItemId {
    let item = released(w, "DEPARTED", "5 LTR");
    handover(w, item, "importer", "hospital");
    depart(w, item, "hospital", elsewhere().network);
    item
}

/// A lot that came from another network, and is used here.
fn landed(w: &mut World) -> ItemId {
    let mut there = elsewhere();
    let item = released(&mut there, "LANDED", "5 LTR");
    handover(&mut there, item, "importer", "hospital");
    depart(&mut there, item, "hospital", w.network);
    there.block(5_000);
    let item = land(w, passage(&there, item), ("hospital", Role::Custodian));
    consume(w, item, "hospital", "1 LTR");
    item
}

/// The other item of a story of two.
pub(crate) fn relative(story: &Story) -> ItemId {
    let steps = &story.world.events[&story.item];
    let links: Vec<ItemId> = steps.iter().flat_map(|event| &event.links).map(|link| link.item).collect();
    // The parent of a split; of what was packed, the second.
    *links.get(1).unwrap_or(&links[0])
}
