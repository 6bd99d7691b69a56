//! Invitations, and the homes that are made of them.

use super::*;
use crate::ceremony;
use api::join::NodeClaimFile;
use keys::{NodeKey, Signer as _};

/// A genesis with the cosignature of every agency.
fn cosigned(agencies: &[Agency], time: u64) -> GenesisFile {
    let claims: Vec<ClaimFile> = agencies.iter().map(|a| a.claim.clone()).collect();
    let assembly = Assembly::new(Text::new(CHAIN).unwrap(), Timestamp(time), pack());
    let agreed = assemble(&claims, assembly).unwrap();
    let sign = |agency: &Agency| cosign(&agreed, &agency.administrator, None, None).unwrap().cosignature;
    GenesisFile { cosignatures: agencies.iter().map(sign).collect(), ..agreed.clone() }
}

/// Three agencies with their homes set up, and their genesis.
fn network(dir: &Path) -> (Vec<Agency>, GenesisFile) {
    let agencies = agencies(dir);
    let genesis = cosigned(&agencies, 1_795_000_000_000);
    for (agency, port) in agencies.iter().zip(8001..) {
        let (home, genesis) = (agency.home.as_path(), genesis.clone());
        finish(Finish { home, genesis, cosignatures: vec![], api: address(port), listen: None }).unwrap();
    }
    (agencies, genesis)
}

fn invited_by(agency: &Agency, role: NodeRole, port: Option<u16>) -> Result<Invitation, CeremonyError> {
    let org = OrgIdentifier { scheme: Text::new("gln").unwrap(), value: Text::new("9521000000018").unwrap() };
    invite(Invite { home: &agency.home, org, name: "A B".into(), role, address: port.map(address) })
}

/// What invitations say together.
fn together(invitations: &[Invitation]) -> Result<Agreed, CeremonyError> {
    let named: Vec<(&Path, Invitation)> = invitations.iter().map(|one| (Path::new("i.json"), one.clone())).collect();
    ceremony::agree(&named)
}

#[test]
fn an_observer_follows_by_its_invitations_and_claims_its_node() {
    let dir = Folder::new();
    let (agencies, genesis) = network(dir.path());
    let ask = |n: usize, port| invited_by(&agencies[n], NodeRole::Observer, port).unwrap();
    let agreed = together(&[ask(0, None), ask(1, Some(7777))]).unwrap();
    let fingerprint = agreed.trust.fingerprint().to_string();
    let home = dir.path().join("observer");
    let set_up = |genesis: &GenesisFile, fingerprint: &str| {
        let (genesis, name, observer) = (genesis.clone(), "observer".to_owned(), Some((agreed.clone(), fingerprint)));
        let (api, listen) = (address(8009), address(7009));
        follow(Follow { home: &home, genesis, name, observer, api, listen, snapshot: None })
    };
    assert_eq!(code(set_up(&genesis, &"0".repeat(64))), "H3152");
    assert_eq!(code(set_up(&cosigned(&agencies, 1_795_000_000_001), &fingerprint)), "H3151");
    assert!(!home.exists(), "nothing is made of what was refused");
    let finished = set_up(&genesis, &fingerprint).unwrap();
    let config = Config::load(&home).unwrap();
    assert_eq!((config.role, &config), (NodeRole::Observer, &finished.config));
    // An invitation is newer than the genesis; who wrote none is called where the genesis has it.
    let called: Vec<_> = config.peers.iter().filter_map(|peer| peer.address).collect();
    assert_eq!(called, [address(7001), address(7777), address(7003)]);
    let claim = finished.claim.unwrap();
    assert_eq!(claim, own_node_claim(&home));
    let claim = NodeClaimFile::read(&fs::read(claim).unwrap()).unwrap();
    let key = NodeKey::read(&Home::new(&home).node_key()).unwrap();
    let peer = *key.transport.public_key().bytes();
    assert_eq!((claim.network, claim.org, claim.peer), (genesis.network, agreed.org, peer));
    assert_eq!(code(set_up(&genesis, &fingerprint)), "H3116");
}

#[test]
fn invitations_say_the_same_or_are_refused() {
    let dir = Folder::new();
    let (agencies, _) = network(dir.path());
    assert_eq!(code(invited_by(&agencies[0], NodeRole::Member, None)), "H3107", "it lets no member in");
    let [one, other] = [0, 1].map(|n| invited_by(&agencies[n], NodeRole::Member, Some(7777)).unwrap());
    let check = |change: &dyn Fn(&mut Invitation), expected: &str| {
        let mut changed = other.clone();
        change(&mut changed);
        assert_eq!(code(together(&[one.clone(), changed])), expected);
    };
    check(&|_| {}, "done");
    check(&|i| i.org.role = NodeRole::Partner, "H3151");
    check(&|i| i.org.role = NodeRole::Agency, "H3106");
    check(&|i| i.org.value = "9521000000025".into(), "H3106");
    check(&|i| i.network = "0".repeat(64), "H3106");
    check(&|i| i.nodes.clear(), "H3103");
    check(&|i| i.nodes = vec![i.nodes[0].clone(); 2], "H3103");
    assert_eq!(code(together(&[])), "H3107");
}
