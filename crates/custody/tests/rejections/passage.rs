//! Refusals of shares, seal keys and passages.

use super::*;
use ledger::{
    OrgId, Rejection as R, TxId,
    bounds::{MAX_SHARE_MS, MAX_SHARES},
    record::{NetworkRecord, Share, SharesRecord, Stamp},
};

/// Another world whose agencies are believed here, and a lot of firm A that departed from there to here.
fn arriving(w: &mut World) -> (World, ItemId) {
    let mut other = World::named("another world");
    w.admit_world(&other);
    other.admit_world(w);
    let item = other.released();
    other.accepted(other.depart_tx(A, item, w.network));
    (other, item)
}

const HOLDS: (Person, Role) = (A, Role::Custodian);

pub(super) const ROWS: &[Row] = &[
    ("SealKeyTaken", |w| {
        let publish = Operation::SetSealKey { org: Org::FirmA.id(), key: [9; 32] };
        let signer = [(A, Role::Administrator)];
        w.accepted(w.tx(publish.clone(), &signer));
        (w.tx(publish, &signer), R::SealKeyTaken)
    }),
    ("ShareSelf", |w| {
        let item = w.released();
        (w.share_tx(A, item, Org::FirmA, w.now.plus_ms(DAY_MS)), R::ShareSelf)
    }),
    ("NetworkUnknown", |w| {
        let item = w.released();
        (w.depart_tx(A, item, AFAR), R::NetworkUnknown { network: AFAR })
    }),
    ("LandingNotCustodian", |w| {
        let (other, item) = arriving(w);
        let tx = w.land_tx(other.passage(item), &[(B, Role::Custodian)]);
        (tx, R::LandingNotCustodian { custodian: Org::FirmA.id() })
    }),
    ("ShareFull", |w| {
        let item = w.released();
        let until = w.now.plus_ms(DAY_MS);
        let share = |n| Share {
            with: OrgId(Hash([n; 32])),
            by: Org::FirmA.id(),
            from: Stamp { height: w.height, time: w.now },
            until,
            cause: TxId::default(),
        };
        let shares = (1u8..).take(MAX_SHARES).map(share).collect();
        let mut writes = ledger::WriteSet::default();
        writes.put(StateKey::Shares(item), &SharesRecord { shares });
        w.state.apply(&writes);
        (w.share_tx(A, item, Org::FirmB, until), R::ShareFull { item })
    }),
    ("ShareUnknown", |w| {
        let item = w.released();
        (w.end_share_tx(HOLDS, item, Org::FirmB), R::ShareUnknown { item, with: Org::FirmB.id() })
    }),
    ("ShareTooLong", |w| {
        let item = w.released();
        let latest = w.next().time.plus_ms(MAX_SHARE_MS);
        (w.share_tx(A, item, Org::FirmB, latest.plus_ms(1)), R::ShareTooLong { latest })
    }),
    ("Departed", |w| {
        let item = w.released();
        w.know_afar();
        w.accepted(w.depart_tx(A, item, AFAR));
        (w.use_tx(item, pieces(1), A), R::Departed { item })
    }),
    ("DepartState", |w| {
        let state = Lifecycle::InUse;
        let item = w.lot_in(state);
        w.know_afar();
        (w.depart_tx(A, item, AFAR), R::DepartState { item, state })
    }),
    ("PassageInvalid", |w| {
        let (other, item) = arriving(w);
        let mut passage = other.passage(item);
        passage.item = unknown_item();
        (w.land_tx(passage, &[HOLDS]), R::PassageInvalid { what: text("record of the item") })
    }),
    ("LandedBefore", |w| {
        let (other, there) = arriving(w);
        let tx = w.accepted(w.land_tx(other.passage(there), &[HOLDS]));
        let item = ItemId::of(&w.network, &tx, 0);
        (w.land_tx(other.passage(there), &[HOLDS]), R::LandedBefore { item })
    }),
];

/// Which networks may be admitted, by all who sit here.
#[test]
fn a_network_is_admitted_from_a_later_block_on_than_it_is_known_from() {
    let mut world = World::default();
    let mut other = World::named("another world");
    let invalid = |what: &str| R::PassageInvalid { what: text(what) };
    let itself = World::admission(&world);
    let refused = world.refused(world.enact_tx(vec![itself], &SEATS));
    assert_eq!(refused, invalid("the network is this one"));
    let without_one = world.enact_tx(vec![World::admission(&other)], &SEATS[..3]);
    assert_eq!(world.refused(without_one).name(), "AgencyMissing");
    world.admit_world(&other);
    let again = world.enact_tx(vec![World::admission(&other)], &SEATS);
    assert_eq!(world.refused(again), invalid("it is known from a later block on"));
    other.block(&[]);
    world.admit_world(&other);
    let known: NetworkRecord = world.record(StateKey::Network(other.network)).expect("a network");
    assert_eq!((known.height, known.time, known.set), (other.height, other.now, other.seats()));
    assert_eq!(known.from, Stamp { height: world.height, time: world.now });
}
