//! What a passage proves, and that nothing else passes for one.

use crate::samples::*;
use ledger::{
    Certificate, ClassId, Effect, Header, ItemRecord, Lifecycle, NetworkId,
    bounds::MAX_PASSAGE_CHAIN,
    codec,
    passage::{Arrived, Passage, PassageError, check, read},
    record::{ClassRecord, DepartureRecord, Marks, NetworkRecord},
};

fn judged(passage: &Passage) -> Result<(), PassageError> {
    check(passage, &known(), network()).map(drop)
}

#[test]
fn an_honest_passage_says_what_the_item_is() {
    let honest = Journey::honest();
    let expect = Arrived {
        network: other_network(),
        item: item(1),
        record: departed(),
        departure: departure(),
        class: class_there(),
    };
    let passage = honest.passage();
    assert_eq!(check(&passage, &known(), network()), Ok(expect.clone()));
    assert_eq!(read(&passage, network()), Ok(expect.clone()));
    let record = departed();
    let landed = Effect::Landed {
        from: other_network(),
        item: item(1),
        count: record.count,
        head: record.head,
        class: record.class,
        code: record.code,
        quantity: record.on_hand,
        custodian: org(1),
        previous: Some(item(9)),
        purpose: record.purpose,
        marks: record.marks,
        state: Lifecycle::Stored,
    };
    assert_eq!(expect.effect(Some(item(9)), false), landed);
    // What its class is here sticks to it as well.
    for hgr in [false, true] {
        let record = ItemRecord { marks: Marks::default(), ..departed() };
        let plain = Arrived { record, ..expect.clone() };
        let Effect::Landed { marks, .. } = plain.effect(None, hgr) else { panic!("another effect") };
        assert_eq!(marks, Marks { hgr, research_only: false });
    }
}

/// With any number of changes of the seats up to the bound, and one more.
#[test]
fn a_passage_leads_over_changes_of_the_seats() {
    for changes in 0..=MAX_PASSAGE_CHAIN + 1 {
        let changes = u8::try_from(changes).unwrap();
        let passage = Journey { changes, ..Journey::honest() }.passage();
        let expect = if usize::from(changes) <= MAX_PASSAGE_CHAIN { Ok(()) } else { Err(PassageError::Chain) };
        assert_eq!(judged(&passage), expect, "{changes}");
    }
}

/// What its agencies did not say, though everything is signed.
#[test]
fn what_is_said_must_be_that_it_departed_to_here() {
    let honest = Journey::honest;
    let here = Journey { head: Header { network: network(), ..honest().head }, ..honest() };
    let mut rows = vec![
        (
            Journey { departure: DepartureRecord { to: NetworkId(hash(0x13)), ..departure() }, ..honest() },
            PassageError::Elsewhere,
        ),
        (here, PassageError::Elsewhere),
        (Journey { departure: DepartureRecord { by: org(2), ..departure() }, ..honest() }, PassageError::Records),
    ];
    for state in Lifecycle::ALL.into_iter().filter(|state| *state != Lifecycle::Departed) {
        let record = ItemRecord { state, ..departed() };
        rows.push((Journey { record, ..honest() }, PassageError::NotDeparted));
    }
    let lands_in = [Lifecycle::Released, Lifecycle::InTransit, Lifecycle::Stored];
    for state in Lifecycle::ALL.into_iter().filter(|state| !lands_in.contains(state)) {
        let departure = DepartureRecord { state, ..departure() };
        rows.push((Journey { departure, ..honest() }, PassageError::Records));
    }
    let [_, other] = class_codes();
    let class = ClassRecord { code: other.clone(), ..class_there() };
    rows.push((Journey { class, ..honest() }, PassageError::Records));
    assert_ne!(ClassId::of(&other), departed().class);
    for (journey, expect) in rows {
        assert_eq!(judged(&journey.passage()), Err(expect.clone()));
        assert_eq!(read(&journey.passage(), network()), Err(expect));
    }
}

/// Who signed, and since when it counts.
#[test]
fn the_seats_that_are_known_must_lead_to_it() {
    let honest = passage();
    let under = |known: NetworkRecord| check(&honest, &known, network()).map(drop);
    assert_eq!(under(NetworkRecord { set: seats_after(1), ..known() }), Err(PassageError::Seats));
    for (height, expect) in [(19, Ok(())), (20, Err(PassageError::Old)), (500, Err(PassageError::Old))] {
        assert_eq!(under(NetworkRecord { height, ..known() }), expect, "{height}");
    }
    let time = START.plus_ms(20_000);
    assert_eq!(under(NetworkRecord { time, ..known() }), Err(PassageError::Old));
    // Admitted again behind the change, a chain is needed no more.
    let later = NetworkRecord { set: seats_after(1), height: 30, ..known() };
    let short = Passage { chain: Vec::new(), ..honest.clone() };
    assert_eq!(check(&short, &later, network()).map(drop), Ok(()));
    assert_eq!(judged(&short), Err(PassageError::Seats));
}

/// Each part is that of its place.
#[test]
fn parts_of_different_passages_do_not_mix() {
    let honest = passage();
    let other = Journey { changes: 2, ..Journey::honest() }.passage();
    type Change = fn(&mut Passage, Passage);
    let rows: [(Change, PassageError); 9] = [
        (|p, o| p.header = o.header, PassageError::Unbound),
        (|p, o| p.certificate = o.certificate, PassageError::Unbound),
        (|p, o| p.validators = o.validators, PassageError::Unbound),
        (|p, o| p.chain = o.chain, PassageError::Chain),
        (|p, _| p.chain = vec![p.chain[0].clone(); 2], PassageError::Chain),
        (|p, _| p.chain.clear(), PassageError::Seats),
        (|p, _| p.item = item(2), PassageError::Unproven("record of the item")),
        (|p, _| p.departure_proof = p.record_proof.clone(), PassageError::Unproven("departure")),
        (|p, _| p.class_proof.siblings.push(None), PassageError::Unproven("class")),
    ];
    for (number, (change, expect)) in rows.into_iter().enumerate() {
        let mut changed = honest.clone();
        change(&mut changed, other.clone());
        assert_eq!(judged(&changed), Err(expect), "{number}");
    }
    // Too few signatures, and one that is another's.
    let too_few = |c: &mut Certificate| {
        c.signatures.pop();
    };
    let of_another = |c: &mut Certificate| c.signatures[1].signature = c.signatures[0].signature;
    for (number, change) in [too_few as fn(&mut Certificate), of_another].into_iter().enumerate() {
        let mut certificate: Certificate = codec::decode(&honest.certificate, codec::MAX_INPUT).unwrap();
        change(&mut certificate);
        let changed = Passage { certificate: codec::encode(&certificate), ..honest.clone() };
        assert_eq!(judged(&changed), Err(PassageError::Certificate), "{number}");
        // Whoever replays does not ask who signed.
        assert!(read(&changed, network()).is_ok());
    }
}

/// One bit changed at every place of it.
#[test]
fn no_other_bytes_are_a_passage() {
    let honest = codec::encode(&passage());
    for place in 0..honest.len() {
        let mut bytes = honest.clone();
        bytes[place] ^= 1 << (place % 8);
        if let Ok(changed) = codec::decode::<Passage>(&bytes, codec::MAX_INPUT) {
            let judged = judged(&changed);
            assert!(judged.is_err(), "byte {place}");
            // Said in few enough words to stand in a rejection.
            let words = judged.map_err(|error| error.what().len());
            assert!(words.is_err_and(|length| (1..=64).contains(&length)), "byte {place}");
        }
    }
}
