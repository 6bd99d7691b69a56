//! Events of every kind, made by hand: a kind that is not here does not compile.

use epcis::{
    Captured, Document, Format, Value,
    export::{self, Known, Told},
};
use gs1::{Gln, ItemCode, Quantity};
use ledger::{
    Cause, ClassId, Decision, Effect, Event, GrantId, Hash, ItemId, ItemRecord, Lifecycle, NetworkId, OrgId, Text,
    Timestamp, TxId,
    event::{EventKind, Ground, Link, Receiver},
    operation::{Bucket, DeriveKind, InspectionResult, Note, Purpose, Telemetry},
    policy::Rule,
    record::{
        Category, ClassCode, ClassRecord, HsAssertion, Inside, Marks, OrgIdentifier, Packed, PendingOffer, Stamp,
    },
};

/// An event with the record after it.
pub(crate) struct Sample {
    pub(crate) event: Event,
    pub(crate) after: ItemRecord,
}

impl Sample {
    /// The EPCIS event.
    pub(crate) fn export(&self) -> Value {
        let class = class();
        export::event(&Told { event: &self.event, after: &self.after, class: Some(&class), known: &Book })
    }

    /// What it is, for messages of tests.
    pub(crate) fn label(&self) -> String {
        format!("{} of {}, {}", self.event.effect.name(), self.after.code, self.event.state.name())
    }
}

/// The firm has a GLN, nobody else has; the unit's code is known, no other.
pub(crate) struct Book;

impl Known for Book {
    fn code(&self, item: &ItemId) -> Option<ItemCode> {
        (*item == unit()).then(|| code(UNIT))
    }

    fn gln(&self, org: &OrgId) -> Option<Gln> {
        (*org == firm()).then(|| FIRM.parse().unwrap())
    }
}

/// The event as it is read from its text.
pub(crate) fn captured(event: &Value) -> Captured {
    let document = Document::read(event.to_string().as_bytes(), Format::Json).unwrap();
    document.events.into_iter().next().unwrap()
}

pub(crate) const FIRM: &str = "9521000000018";
pub(crate) const PREMISES: &str = "9521001000017";
const LOT: &str = "01/09521100000017/10/L%2F1";
const SERIAL: &str = "01/09521200000023/21/P001";
const OTHER: &str = "hufu:isbt128/A9999%2017";
const UNIT: &str = "00/195210000000000015";

fn code(text: &str) -> ItemCode {
    text.parse().unwrap()
}

/// How much of each: single things are one piece.
fn quantity(code: &ItemCode) -> Quantity {
    let text = match code {
        ItemCode::Lot { .. } => "400 H87",
        ItemCode::Serial { .. } => "1 EA",
        ItemCode::Other { .. } => "12.5 MLT",
        ItemCode::Unit { .. } => "1 H87",
    };
    text.parse().unwrap()
}

fn hash(byte: u8) -> Hash {
    Hash([byte; 32])
}

pub(crate) fn firm() -> OrgId {
    let identifier = OrgIdentifier { scheme: Text::new("gln").unwrap(), value: Text::new(FIRM).unwrap() };
    OrgId::of(&identifier)
}

pub(crate) fn carrier() -> OrgId {
    OrgId(hash(0xca))
}

fn unit() -> ItemId {
    ItemId(hash(0x1d))
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn class() -> ClassRecord {
    let at = |height| Stamp { height, time: Timestamp(0) };
    let asserted = |hs: &str, height| HsAssertion { hs: hs.parse().unwrap(), at: at(height), cause: None };
    ClassRecord {
        code: ClassCode::Other { scheme: text("isbt128"), value: text("S1128") },
        name: text("血浆 plasma"),
        category: Category::Blood,
        grade: text("2"),
        hgr: true,
        hs: vec![asserted("HS2022-WCO-300215", 1), asserted("HS2022-WCO-300290", 99)],
        from: at(1),
        cause: None,
    }
}

fn after(code: &ItemCode, state: Lifecycle) -> ItemRecord {
    let some = quantity(code);
    let none = Quantity::zero(some.unit());
    ItemRecord {
        class: ClassId(hash(0xc1)),
        code: code.clone(),
        registrant: firm(),
        custodian: firm(),
        state,
        registered: some,
        on_hand: some,
        used: none,
        derived: none,
        wasted: none,
        lost: none,
        disposed: none,
        purpose: Purpose::Research,
        marks: Marks::default(),
        place: Some(PREMISES.parse().unwrap()),
        quarantined: false,
        grant: None,
        excursions: 0,
        holds: Vec::new(),
        container: None,
        inside: None,
        count: 7,
        head: hash(0x4e),
        custody_seq: 2,
        trail: hash(0x74),
        offer: None,
        previous: None,
        private: None,
    }
}

fn sample(code: &ItemCode, effect: Effect, state: Lifecycle) -> Sample {
    let event = Event {
        item: ItemId(hash(0x17)),
        n: 7,
        cause: Cause::Tx { id: TxId(hash(0x7c)), index: 3 },
        at: Stamp { height: 42, time: Timestamp(1_795_248_000_120) },
        effect,
        state,
        decision: Some(Decision {
            pack: hash(0x9a),
            version: 3,
            rule: Rule(13),
            article: text("art. 26"),
            grounds: vec![Ground::Entry { place: hash(0x91), n: 2 }, Ground::Grant(GrantId(hash(0x96)))],
        }),
        links: vec![Link { item: unit(), count: 1, head: hash(0x11) }],
    };
    let mut after = after(code, state);
    if let Effect::Packed { into } = &event.effect {
        after.container = Some(*into);
    }
    Sample { event, after }
}

/// Every kind of every code, every state, and an event of genesis.
pub(crate) fn all() -> Vec<Sample> {
    let codes = [LOT, SERIAL, OTHER, UNIT].map(code);
    let mut samples = Vec::new();
    for code in &codes {
        for (effect, state) in EventKind::ALL.into_iter().flat_map(|kind| effects(kind, code)) {
            samples.push(sample(code, effect, state));
        }
    }
    let document = || Effect::Noted { note: Note::Document { root: hash(0xd0) }, excursion: false };
    samples.extend(Lifecycle::ALL.map(|state| sample(&codes[0], document(), state)));

    let mut genesis = sample(&codes[0], registered(&codes[0], None), Lifecycle::Released);
    genesis.event.cause = Cause::Genesis;
    genesis.event.decision = None;
    genesis.event.links.clear();
    samples.push(genesis);

    let mut waste = sample(&codes[0], document(), Lifecycle::Waste);
    waste.after.wasted = waste.after.on_hand;
    waste.after.on_hand = Quantity::zero(waste.after.on_hand.unit());
    samples.push(waste);

    let mut gone = sample(&codes[0], document(), Lifecycle::Consumed);
    gone.after.on_hand = Quantity::zero(gone.after.on_hand.unit());
    samples.push(gone);
    samples
}

fn registered(code: &ItemCode, origin: Option<DeriveKind>) -> Effect {
    Effect::Registered {
        class: ClassId(hash(0xc1)),
        code: code.clone(),
        quantity: quantity(code),
        custodian: firm(),
        previous: Some(ItemId(hash(0x16))),
        purpose: Purpose::Research,
        marks: Marks { hgr: true, research_only: true },
        origin,
        place: None,
        grant: Some(GrantId(hash(0x96))),
        private: Some(hash(0x93)),
    }
}

fn effects(kind: EventKind, code: &ItemCode) -> Vec<(Effect, Lifecycle)> {
    let quantity = quantity(code);
    let premises: Gln = PREMISES.parse().unwrap();
    let reason = || text::<256>("封条破损: seal \"7\" broken");
    let noted = |note| (Effect::Noted { note, excursion: true }, Lifecycle::InTransit);
    match kind {
        EventKind::Registered => {
            let origins = DeriveKind::ALL.map(Some).into_iter().chain([None]);
            origins.map(|origin| (registered(code, origin), Lifecycle::Registered)).collect()
        }
        EventKind::Declared => vec![
            (Effect::Declared { exempt: false, research_only: true }, Lifecycle::Declared),
            (Effect::Declared { exempt: true, research_only: false }, Lifecycle::DeclarationExempt),
        ],
        EventKind::Inspected => {
            let video = Some(hash(0x51));
            let inspected = |result| (Effect::Inspected { result, video }, Lifecycle::Inspected);
            InspectionResult::ALL.map(inspected).into()
        }
        EventKind::Released => vec![(Effect::Released { grant: Some(GrantId(hash(0x96))) }, Lifecycle::Released)],
        EventKind::Offered => {
            let expires = Timestamp(1_795_334_400_000);
            let offer =
                |receiver, purpose, premises| PendingOffer { terms: hash(0x7e), receiver, expires, purpose, premises };
            vec![
                (Effect::Offered { offer: offer(carrier(), Purpose::Unstated, None) }, Lifecycle::Released),
                (Effect::Offered { offer: offer(firm(), Purpose::Medical, Some(premises)) }, Lifecycle::Stored),
            ]
        }
        EventKind::Moved => {
            let (from, to, terms) = (firm(), carrier(), hash(0x7e));
            let moved = |receiver| Effect::Moved { from, to, terms, receiver, place: Some(premises) };
            Receiver::ALL.map(|receiver| (moved(receiver), Lifecycle::InTransit)).into()
        }
        EventKind::OfferRefused => vec![(Effect::OfferRefused { terms: hash(0x7e) }, Lifecycle::Released)],
        EventKind::OfferWithdrawn => vec![(Effect::OfferWithdrawn { terms: hash(0x7e) }, Lifecycle::Released)],
        EventKind::Used => {
            vec![(Effect::Used { quantity }, Lifecycle::InUse), (Effect::Used { quantity }, Lifecycle::Consumed)]
        }
        EventKind::Disposed => vec![(Effect::Disposed { quantity }, Lifecycle::Disposed)],
        EventKind::HoldPlaced => {
            vec![(Effect::HoldPlaced { by: vec![firm(), carrier()], reason: reason() }, Lifecycle::Stored)]
        }
        EventKind::HoldLifted => vec![(Effect::HoldLifted { by: vec![carrier()], placed: 6 }, Lifecycle::Stored)],
        EventKind::Assigned => vec![(Effect::Assigned { grant: GrantId(hash(0x96)) }, Lifecycle::Permitted)],
        EventKind::Arrived => vec![(Effect::Arrived { port: text("CNSZX") }, Lifecycle::AtPort)],
        EventKind::InspectionOrdered => vec![
            (Effect::InspectionOrdered { premises: Some(premises) }, Lifecycle::Inspecting),
            (Effect::InspectionOrdered { premises: None }, Lifecycle::Inspecting),
        ],
        EventKind::Tested => {
            let tested = |passed| Effect::Tested { passed, laboratory: carrier(), report: hash(0x43) };
            vec![(tested(true), Lifecycle::Inspected), (tested(false), Lifecycle::Failed)]
        }
        EventKind::Returned => vec![(Effect::Returned { reason: reason() }, Lifecycle::Returned)],
        EventKind::Destroyed => vec![(Effect::Destroyed { reason: reason() }, Lifecycle::Destroyed)],
        EventKind::Exited => vec![(Effect::Exited { port: text("HKHKG") }, Lifecycle::Exited)],
        EventKind::Stored => {
            let stored = |quarantine| (Effect::Stored { premises, quarantine }, Lifecycle::Stored);
            [false, true].map(stored).into()
        }
        EventKind::Wasted => vec![(Effect::Wasted { quantity }, Lifecycle::Waste)],
        EventKind::Lost => {
            let lost = |theft| (Effect::Lost { quantity, theft }, Lifecycle::Lost);
            [false, true].map(lost).into()
        }
        EventKind::Corrected => {
            let corrected = |bucket| Effect::Corrected { event: 5, bucket, quantity, reason: reason() };
            Bucket::ALL.map(|bucket| (corrected(bucket), Lifecycle::Stored)).into()
        }
        EventKind::Noted => {
            let (root, from, to) = (hash(0x40), Timestamp(1_795_240_000_000), Timestamp(1_795_247_999_999));
            let series = |kind, min, max| Note::Telemetry { kind, root, count: 144, from, to, min, max };
            let report = hash(0x43);
            vec![
                noted(Note::SelfCheck { counted: quantity, report }),
                noted(Note::SelfCheck { counted: Quantity::zero(quantity.unit()), report }),
                noted(series(Telemetry::Temperature, -150_500, -149_000)),
                noted(series(Telemetry::Position, 0, 0)),
                noted(Note::Expert { report }),
                noted(Note::Document { root }),
            ]
        }
        EventKind::Derived => {
            DeriveKind::ALL.map(|kind| (Effect::Derived { kind, quantity }, Lifecycle::Derived)).into()
        }
        EventKind::Packed => vec![(Effect::Packed { into: Packed { unit: unit(), level: 2 } }, Lifecycle::Stored)],
        EventKind::Unpacked => {
            let (custodian, state, place) = (carrier(), Lifecycle::Stored, Some(premises));
            vec![(Effect::Unpacked { unit: unit(), custodian, state, place }, state)]
        }
        EventKind::Filled => {
            let by = Inside { items: 3, depth: 1, held: 0, research_only: 2, hgr: 1, levels: [3, 0, 0, 0, 0] };
            let held = Inside { held: 1, ..Inside::default() };
            let filled = |(more, by)| (Effect::Filled { more, by }, Lifecycle::Stored);
            [(true, by), (false, by), (true, held), (false, held)].map(filled).into()
        }
        EventKind::Reported => {
            let reported = |last| Effect::Reported { used: quantity, disposed: Quantity::zero(quantity.unit()), last };
            vec![(reported(false), Lifecycle::ReceivedAbroad), (reported(true), Lifecycle::FinalUseReported)]
        }
        EventKind::Departed => vec![(Effect::Departed { to: NetworkId(hash(0x4e)) }, Lifecycle::Departed)],
        EventKind::Landed => landed(code),
    }
}

/// From another network: with all that can be said of it, and with nothing that can be left out.
fn landed(code: &ItemCode) -> Vec<(Effect, Lifecycle)> {
    let landed = |(previous, purpose, marks)| Effect::Landed {
        from: NetworkId(hash(0x4e)),
        item: ItemId(hash(0x18)),
        count: 9,
        head: hash(0x19),
        class: ClassId(hash(0xc1)),
        code: code.clone(),
        quantity: quantity(code),
        custodian: firm(),
        previous,
        purpose,
        marks,
        state: Lifecycle::Stored,
    };
    let marks = Marks { hgr: true, research_only: true };
    let all = (Some(ItemId(hash(0x16))), Purpose::Research, marks);
    let none = (None, Purpose::Unstated, Marks::default());
    [all, none].map(|stated| (landed(stated), Lifecycle::Stored)).into()
}
