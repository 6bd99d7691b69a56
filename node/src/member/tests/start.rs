//! By which trust files a member's node starts.

use super::{Folder, World};
use crate::{
    ceremony::{AccessPoint, CeremonyError, INVITATION_SCHEMA, Invitation, Invited, InvitedClock, agree},
    config::{AccessConfig, Config, Home, NodeRole},
    http::tests::world::{Who, text},
    member::runtime::read_trust,
    runtime::RunError,
};
use keys::{KeyPair, Signer as _};
use proof::{TrustRoot, TrustedWitness, Witnesses};
use std::path::Path;

/// The same trust root with a witness, of whom so many must have signed.
fn asking(trust: &TrustRoot, needed: u32) -> TrustRoot {
    let key = *KeyPair::from_seed(&[77; 32]).public_key().bytes();
    let keys = vec![TrustedWitness { name: text("chamber"), key }];
    trust.clone().with_witnesses(Witnesses { needed, keys }).unwrap()
}

fn invitation(trust: &TrustRoot) -> Invitation {
    let (org, network) = (Who::A.org(), trust.network());
    Invitation {
        schema: INVITATION_SCHEMA.into(),
        chain: trust.chain().into(),
        network: network.to_string(),
        trust: serde_json::from_slice(&trust.to_json()).unwrap(),
        test_clock: Some(InvitedClock { started: 0, origin: 0, rate: 1 }),
        org: Invited {
            id: org.to_string(),
            scheme: "test".into(),
            value: "A".into(),
            name: "A".into(),
            role: NodeRole::Member,
        },
        nodes: vec![AccessPoint {
            name: "agency".into(),
            peer: hex::encode([7; 32]),
            address: "127.0.0.1:7660".parse().unwrap(),
        }],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trust_file_that_needs_witnesses_is_refused_before_the_node_follows() {
    let world = World::start().await;
    let trust = TrustRoot::from_genesis(&world.genesis).unwrap();
    let (plain, named, needing) = (trust.clone(), asking(&trust, 0), asking(&trust, 1));
    let folder = Folder::new();
    let access = AccessConfig { org: Some(Who::A.org().to_string()), ..AccessConfig::default() };
    let config = Config::member(folder.path(), "member", "127.0.0.1:8000".parse().unwrap(), NodeRole::Member, access);
    let home = Home::new(folder.path());
    std::fs::create_dir_all(home.data()).unwrap();
    // The trust file, what was made of an earlier one, and whether the node starts by them.
    let table = [(&plain, &plain, true), (&named, &plain, true), (&needing, &plain, false), (&plain, &needing, false)];
    for (n, (trust, checkpoint, starts)) in table.into_iter().enumerate() {
        std::fs::write(home.trust(), trust.to_json()).unwrap();
        std::fs::write(home.checkpoint(), checkpoint.to_json()).unwrap();
        let read = read_trust(&config);
        let code = read.as_ref().err().map(RunError::code);
        assert_eq!(code, (!starts).then_some("H3156"), "{n}");
    }
    for (trust, joins) in [(&plain, true), (&named, true), (&needing, false)] {
        let agreed = agree(&[(Path::new("invitation.json"), invitation(trust))]);
        assert_eq!(agreed.as_ref().err().map(CeremonyError::code), (!joins).then_some("H3156"));
    }
    world.end().await;
}
