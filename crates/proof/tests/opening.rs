//! Opening private values in a bundle that was made without them.

use crate::world;

use ledger::field::Field;
use proof::{Disclosure, OpenFields, OpenName, Options, Standing, committed, open, verify};
use world::stories::{Story, story};

/// What the story opens, as whoever holds the plain values knows it.
fn openings(all: &[Disclosure]) -> (Vec<OpenFields>, Vec<OpenName>) {
    let (mut fields, mut names) = (Vec::new(), Vec::new());
    for disclosure in all {
        match disclosure {
            Disclosure::Fields { event, all, open } => fields.push(OpenFields {
                event: *event,
                hashes: all.iter().map(Field::hash).collect(),
                open: open.iter().map(|i| (*i, all[*i as usize].clone())).collect(),
            }),
            Disclosure::Person { key, salt, name } => {
                names.push(OpenName { key: *key, salt: *salt, name: name.clone() });
            }
        }
    }
    (fields, names)
}

#[test]
fn what_is_opened_later_is_what_the_ledger_would_have_opened() {
    let Story { world, item, .. } = story("private");
    let (fields, names) = openings(&world.open);
    let opened = world.export(&item);
    let closed = proof::assemble(&world.snapshot(), &item, &[], false).unwrap();
    assert_ne!(opened, closed);
    assert_eq!(open(closed.clone(), &fields, &names), Ok(opened.clone()));
    assert_eq!(open(opened.clone(), &fields, &names), Ok(opened.clone()), "nothing is opened twice");
    let half = open(closed.clone(), &fields[..1], &[]).unwrap();
    assert_eq!(open(half, &fields[1..], &names), Ok(opened));
    assert_eq!(open(closed.clone(), &[], &[]), Ok(closed));
}

#[test]
fn commitments_are_found_with_their_transactions() {
    let Story { world, item, .. } = story("private");
    let found = committed(&proof::assemble(&world.snapshot(), &item, &[], false).unwrap()).unwrap();
    assert_eq!(found.fields.iter().map(|f| f.event).collect::<Vec<_>>(), [1, 2, 5]);
    assert!(found.fields.iter().all(|f| f.tx.is_some_and(|tx| world.txs.contains_key(&tx))));
    assert_eq!(Some(found.fields[0].root), world.record(&item).private);
    let importer = &world.people["importer"];
    let name = ledger::field::person_name(&importer.salt, &world::text(importer.name));
    assert!(found.names.contains(&(importer.key, name)));
    let Story { world, item, .. } = story("genesis");
    assert_eq!(committed(&world.export(&item)).unwrap().fields, []);
}

#[test]
fn what_was_not_committed_to_is_found_out() {
    let Story { world, item, .. } = story("private");
    let closed = proof::assemble(&world.snapshot(), &item, &[], false).unwrap();
    let check = |fields: &[OpenFields], names: &[OpenName]| {
        let bundle = open(closed.clone(), fields, names).map_err(|p| p.code())?;
        let verdict = verify(&bundle.to_json(), Some(&world.trust), Options::default());
        verdict.failure.map_or(Ok(verdict.verdict), |f| Err(f.code))
    };
    let (honest, names) = openings(&world.open);
    assert_eq!(check(&honest, &names), Ok(Standing::Valid));
    let changed = |change: fn(&mut OpenFields)| {
        let mut fields = honest.clone();
        change(&mut fields[0]);
        check(&fields, &[])
    };
    assert_eq!(changed(|f| f.open[0].1.value = world::text("Shekou")), Err("H9111"));
    assert_eq!(changed(|f| f.open[0].1.salt = [0; 16]), Err("H9111"));
    assert_eq!(changed(|f| f.open[0].0 = 0), Err("H9111"));
    assert_eq!(changed(|f| f.open[0].0 = 2), Err("H9111"), "there is no third");
    assert_eq!(changed(|f| f.hashes.swap(0, 1)), Err("H9111"));
    assert_eq!(changed(|f| f.event = 3), Err("H9111"), "an event without private fields");
    assert_eq!(changed(|f| f.event = 99), Err("H9111"));
    let wrong = OpenName { name: world::text("Somebody Else"), ..names[0].clone() };
    assert_eq!(check(&[], &[wrong]), Err("H9112"));
}
