//! Every effect, events of them, and lives of items that can be replayed.

use super::*;
use ledger::{
    Cause, Decision, Effect, Event, Lifecycle,
    event::{Ground, Link, Receiver},
    operation::{Bucket, DeriveKind, InspectionResult},
    policy::Rule,
    record::{Inside, Marks, Packed, PendingOffer},
};

pub(crate) fn decision() -> Decision {
    let entry = Ground::Entry { place: new_entries()[0].place(), n: 2 };
    Decision {
        pack: pack_hash(),
        version: 1,
        rule: Rule(13),
        article: text("art. 26"),
        grounds: vec![entry, Ground::Grant(grant(1))],
    }
}
pub(crate) fn offer() -> PendingOffer {
    PendingOffer {
        terms: terms(None).hash(),
        receiver: org(2),
        expires: START.plus_ms(3_600_000),
        purpose: Purpose::Research,
        premises: Some(gln()),
    }
}
pub(crate) fn inside() -> Inside {
    Inside { items: 3, depth: 1, held: 1, research_only: 2, hgr: 1, levels: [1, 0, 2, 0, 0] }
}
pub(crate) fn packed() -> Packed {
    Packed { unit: unit(), level: 2 }
}

/// The registration of code `n` of the samples.
pub(crate) fn registered(n: usize, amount: &str) -> Effect {
    let [gtin, other] = class_codes().map(|code| ClassId::of(&code));
    let classes = [gtin, gtin, other, ClassId::of(&unit_class())];
    Effect::Registered {
        class: classes[n],
        code: codes()[n].clone(),
        quantity: quantity(amount),
        custodian: org(1),
        previous: Some(item(9)),
        purpose: Purpose::Unstated,
        marks: Marks::default(),
        origin: None,
        place: None,
        grant: None,
        private: None,
    }
}
/// An item that was made of others.
pub(crate) fn born(amount: &str) -> Effect {
    let mut born = registered(0, amount);
    if let Effect::Registered { purpose, marks, origin, place, grant: under, private, .. } = &mut born {
        (*purpose, *marks) = (Purpose::Research, Marks { hgr: true, research_only: true });
        (*origin, *place, *under, *private) = (Some(DeriveKind::Split), Some(gln()), Some(grant(1)), Some(hash(0x77)));
    }
    born
}
pub(crate) fn moved(from: u8, to: u8, receiver: Receiver) -> Effect {
    let place = (receiver == Receiver::Holder).then(gln);
    Effect::Moved { from: org(from), to: org(to), terms: terms(None).hash(), receiver, place }
}
pub(crate) fn held(by: &[u8]) -> Effect {
    let mut by: Vec<OrgId> = by.iter().map(|n| org(*n)).collect();
    by.sort();
    Effect::HoldPlaced { by, reason: text("召回 recall") }
}
pub(crate) fn lifted(placed: u64) -> Effect {
    Effect::HoldLifted { by: vec![org(7)], placed }
}
pub(crate) fn used(amount: &str) -> Effect {
    Effect::Used { quantity: quantity(amount) }
}
pub(crate) fn wasted(amount: &str) -> Effect {
    Effect::Wasted { quantity: quantity(amount) }
}
pub(crate) fn lost(amount: &str) -> Effect {
    Effect::Lost { quantity: quantity(amount), theft: true }
}
pub(crate) fn derived(amount: &str) -> Effect {
    Effect::Derived { kind: DeriveKind::Manufacture, quantity: quantity(amount) }
}
pub(crate) fn disposed(amount: &str) -> Effect {
    Effect::Disposed { quantity: quantity(amount) }
}
pub(crate) fn corrected(bucket: Bucket, amount: &str) -> Effect {
    Effect::Corrected { event: 14, bucket, quantity: quantity(amount), reason: text("找到 found again") }
}
pub(crate) fn reported(used: &str, disposed: &str, last: bool) -> Effect {
    Effect::Reported { used: quantity(used), disposed: quantity(disposed), last }
}
pub(crate) fn inspected(result: InspectionResult) -> Effect {
    Effect::Inspected { result, video: Some(hash(0x34)) }
}
pub(crate) fn tested(passed: bool) -> Effect {
    Effect::Tested { passed, laboratory: org(10), report: hash(0x35) }
}
pub(crate) fn unpacked() -> Effect {
    Effect::Unpacked { unit: unit(), custodian: org(2), state: Lifecycle::Stored, place: Some(gln()) }
}
pub(crate) fn filled(more: bool, by: Inside) -> Effect {
    Effect::Filled { more, by }
}

/// Every effect, with the state that an event of it states.
pub(crate) fn effects() -> Vec<(Effect, Lifecycle)> {
    use Lifecycle::*;
    let terms = terms(None).hash();
    let reason = || text("申报不符 not as declared");
    let stored = Effect::Stored { premises: gln(), quarantine: true };
    let note = |n: usize, excursion| Effect::Noted { note: notes().remove(n), excursion };
    vec![
        (registered(0, "1000 H87"), Registered),
        (Effect::Declared { exempt: false, research_only: true }, Declared),
        (Effect::Declared { exempt: true, research_only: false }, DeclarationExempt),
        (inspected(InspectionResult::Passed), Inspected),
        (inspected(InspectionResult::TestPending), TestPending),
        (inspected(InspectionResult::Failed), Failed),
        (Effect::Inspected { result: InspectionResult::Exempt, video: None }, InspectionExempt),
        (Effect::Released { grant: Some(grant(1)) }, Released),
        (Effect::Offered { offer: offer() }, Stored),
        (moved(1, 2, Receiver::Holder), Stored),
        (moved(1, 2, Receiver::Carrier), InTransit),
        (moved(1, 2, Receiver::Disposer), WasteInTransit),
        (moved(1, 2, Receiver::Partner), ReceivedAbroad),
        (Effect::OfferRefused { terms }, Stored),
        (Effect::OfferWithdrawn { terms }, Stored),
        (used("380 H87"), InUse),
        (disposed("520 H87"), Disposed),
        (held(&[7, 9]), Stored),
        (lifted(4), Stored),
        (Effect::Assigned { grant: grant(1) }, Permitted),
        (Effect::Arrived { port: text("CNSZX") }, AtPort),
        (Effect::InspectionOrdered { premises: Some(gln()) }, Inspecting),
        (tested(true), Inspected),
        (tested(false), Failed),
        (Effect::Returned { reason: reason() }, Returned),
        (Effect::Destroyed { reason: reason() }, Destroyed),
        (Effect::Exited { port: text("CNSGH") }, Exited),
        (stored, Stored),
        (wasted("20 H87"), InUse),
        (lost("10 H87"), InUse),
        (corrected(Bucket::Used, "1 H87"), InUse),
        (corrected(Bucket::Wasted, "1 H87"), Stored),
        (corrected(Bucket::Lost, "10 H87"), Stored),
        (note(0, false), Stored),
        (note(1, true), InTransit),
        (note(2, false), Stored),
        (note(3, false), Stored),
        (derived("100 H87"), Derived),
        (Effect::Packed { into: packed() }, Stored),
        (unpacked(), Stored),
        (filled(true, inside()), Stored),
        (filled(false, Inside { held: 1, ..Inside::default() }), InTransit),
        (reported("120 H87", "0 H87", false), ReceivedAbroad),
        (reported("0 H87", "80 H87", true), FinalUseReported),
        (born("400 H87"), Stored),
        (Effect::Departed { to: other_network() }, Departed),
        (landed(), Stored),
    ]
}
/// The item of the sample passage, landed.
pub(crate) fn landed() -> Effect {
    ledger::passage::read(&passage(), network()).unwrap().effect(Some(item(9)), false)
}

pub(crate) fn events() -> Vec<Event> {
    let mut events: Vec<Event> = effects()
        .into_iter()
        .zip(1u64..)
        .map(|((effect, state), n)| Event {
            item: item(1),
            n,
            cause: Cause::Tx { id: tx_id(n as u8), index: 2 },
            at: stamp(),
            effect,
            state,
            decision: Some(decision()),
            links: Vec::new(),
        })
        .collect();
    let mut of_genesis = events[0].clone();
    of_genesis.cause = Cause::Genesis;
    of_genesis.state = Lifecycle::Released;
    of_genesis.decision = None;
    of_genesis.links = vec![Link { item: item(5), count: 3, head: hash(0x55) }];
    events.push(of_genesis);
    events
}

/// Lives of items, each from its registration on: what is imported and used up, what goes abroad, and a unit.
pub(crate) fn lives() -> Vec<(&'static str, ItemId, Vec<Effect>)> {
    let terms = terms(None).hash();
    let lot = vec![
        registered(0, "1000 H87"),
        Effect::Assigned { grant: grant(1) },
        Effect::Declared { exempt: false, research_only: false },
        Effect::Arrived { port: text("CNSZX") },
        Effect::InspectionOrdered { premises: Some(gln()) },
        inspected(InspectionResult::TestPending),
        tested(true),
        Effect::Released { grant: Some(grant(1)) },
        Effect::Offered { offer: offer() },
        Effect::OfferRefused { terms },
        Effect::Offered { offer: offer() },
        moved(1, 2, Receiver::Carrier),
        Effect::Stored { premises: gln(), quarantine: false },
        lost("10 H87"),
        corrected(Bucket::Lost, "10 H87"),
        used("380 H87"),
        wasted("20 H87"),
        derived("100 H87"),
        Effect::Noted { note: notes().remove(1), excursion: true },
        held(&[7, 9]),
        Effect::Stored { premises: gln(), quarantine: true },
        lifted(20),
        Effect::Packed { into: packed() },
        unpacked(),
        disposed("520 H87"),
    ];
    let abroad = vec![
        born("200 H87"),
        Effect::Assigned { grant: grant(1) },
        Effect::Declared { exempt: true, research_only: false },
        Effect::Released { grant: Some(grant(1)) },
        Effect::Exited { port: text("CNSGH") },
        moved(1, 12, Receiver::Partner),
        reported("120 H87", "0 H87", false),
        reported("0 H87", "80 H87", true),
    ];
    let of_unit = vec![
        registered(3, "1 EA"),
        filled(true, Inside { held: 0, ..inside() }),
        filled(true, Inside { held: 1, ..Inside::default() }),
        filled(false, Inside { held: 1, ..Inside::default() }),
        moved(1, 2, Receiver::Carrier),
        filled(false, Inside { held: 0, ..inside() }),
        disposed("1 EA"),
    ];
    let passing = vec![
        landed(),
        Effect::Offered { offer: offer() },
        moved(1, 2, Receiver::Holder),
        Effect::Departed { to: other_network() },
    ];
    vec![
        ("a lot", item(1), lot),
        ("a lot that goes abroad", item(2), abroad),
        ("a logistic unit", unit(), of_unit),
        ("a lot that lands and departs", item(3), passing),
    ]
}
