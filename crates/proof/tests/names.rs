//! Names are no identities: where two organisations of one file share one, each is shown with what tells it apart.

use crate::town;
use crate::world;

use ledger::{OrgRecord, StateKey};
use proof::{Options, Standing, TrustError, TrustRoot, Verdict, evidence::EvidenceFile, verify};
use serde_json::{Value, json};
use town::twice;
use world::{
    World,
    stories::{Story, story},
    text,
};

fn rename(w: &mut World, org: &str, name: &str) {
    let id = w.org(org);
    let mut record: OrgRecord = w.org_record(&id);
    record.profile.name = text(name);
    w.put(|writes| writes.put(StateKey::Org(id), &record));
}

fn valid(w: &World, trust: &TrustRoot, item: &ledger::ItemId) -> Verdict {
    let verdict = verify(&w.export(item).to_json(), Some(trust), Options::default());
    assert_eq!(verdict.verdict, Standing::Valid, "{:?}", verdict.failure);
    verdict
}

#[test]
fn organisations_that_share_a_name_are_told_apart() {
    let Story { mut world, item, .. } = story("split");
    let trust = world.trust.clone();
    rename(&mut world, "hospital", "Harbour Bio Ltd");
    let verdict = valid(&world, &trust, &item);
    assert_eq!(verdict.custodian_name.as_deref(), Some("Harbour Bio Ltd (uscc:hospital)"));
    assert_eq!(verdict.related[0].custodian_name.as_deref(), Some("Harbour Bio Ltd (uscc:importer)"));
    let readable = world.export(&item).readable;
    assert_eq!(readable.registrant, "Harbour Bio Ltd (uscc:importer)");
    let moved = &readable.events[1];
    assert_eq!(moved.actors.0, ["Harbour Bio Ltd (uscc:importer)", "Harbour Bio Ltd (uscc:hospital)"]);
    assert_eq!(moved.to.as_deref(), Some("Harbour Bio Ltd (uscc:hospital)"));
    assert_eq!(moved.values[0].value, "Harbour Bio Ltd (uscc:importer)");
    // Who is not in the file confuses nobody.
    rename(&mut world, "hospital", "Delta Hospital");
    rename(&mut world, "lab", "Delta Hospital");
    assert_eq!(valid(&world, &trust, &item).custodian_name.as_deref(), Some("Delta Hospital"));
    // A name is its bytes: what only looks the same is another.
    rename(&mut world, "hospital", "Harbour\u{a0}Bio Ltd");
    assert_eq!(valid(&world, &trust, &item).custodian_name.as_deref(), Some("Harbour\u{a0}Bio Ltd"));
}

/// The trust root with other names of these seats.
fn renamed(trust: &TrustRoot, seats: &[usize], name: &str) -> TrustRoot {
    let mut file: Value = serde_json::from_slice(&trust.to_json()).unwrap();
    for seat in seats {
        file["validators"][*seat]["name"] = json!(name);
    }
    match TrustRoot::from_json(file.to_string().as_bytes()) {
        Err(TrustError::Fingerprint { found, .. }) => file["fingerprint"] = json!(found.to_string()),
        other => panic!("{other:?}"),
    }
    TrustRoot::from_json(file.to_string().as_bytes()).unwrap()
}

#[test]
fn agencies_that_share_a_name_are_told_apart() {
    let Story { world, item, .. } = story("harbour");
    let trust = renamed(&world.trust, &[1, 3], "Customs");
    let seats = trust.validators();
    let told = |seat: usize| match seat {
        1 | 3 => format!("Customs ({})", seats[seat].org),
        _ => seats[seat].name.to_string(),
    };
    assert_eq!(valid(&world, &trust, &item).certified_by, [0, 1, 2, 3].map(told));
    for seat in 0..4 {
        let file = EvidenceFile::of_double(world.network, &twice(&world, seat, 9), &world.set, &[]);
        let verdict = proof::evidence::verify(&file.to_json(), Some(&trust), Options::default());
        assert_eq!(verdict.accused[0].name, Some(told(seat)));
    }
    let trust = renamed(&world.trust, &[0], "Alone");
    assert_eq!(valid(&world, &trust, &item).certified_by[0], "Alone");
}
