//! Invitations, and the homes that are made of them.

use super::*;
use crate::{
    ceremony,
    config::{MAX_ACCESS_NODES, PeerConfig},
};
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

/// A member's home by the invitation of the first agency, at 7777, and its path.
fn member(dir: &Path, agencies: &[Agency]) -> (PathBuf, Agreed) {
    let agreed = together(&[invited_by(&agencies[0], NodeRole::Member, Some(7777)).unwrap()]).unwrap();
    let (home, fingerprint) = (dir.join("member"), agreed.trust.fingerprint().to_string());
    let (name, api) = ("member".to_owned(), address(8009));
    let join = Join { home: &home, agreed: agreed.clone(), name, api, fingerprint: &fingerprint, from_now: true };
    ceremony::join(join).unwrap();
    (home, agreed)
}

#[test]
fn a_later_invitation_leads_on_the_agencies_nodes_and_nothing_else() {
    let dir = Folder::new();
    let (agencies, _) = network(dir.path());
    let (home, first) = member(dir.path(), &agencies);
    let file = Home::new(&home).config();
    // As operators do: a comment, another limit, and a table behind the nodes.
    let text = fs::read_to_string(&file).unwrap().replace("heartbeat_ms = 5000", "heartbeat_ms = 7000 # slow line");
    fs::write(&file, text + "# asked at night only\n").unwrap();
    let before = Config::load(&home).unwrap();
    assert_eq!(before.access.heartbeat_ms, 7_000);
    assert!(update(&home, &first).unwrap().is_empty(), "nothing is new");

    let later = |n: usize, port| invited_by(&agencies[n], NodeRole::Member, Some(port)).unwrap();
    let moved = together(&[later(0, 7778), later(1, 7779)]).unwrap();
    let taken = update(&home, &moved).unwrap();
    let [one, other] = [0, 1].map(|n| moved.nodes[n].as_peer());
    let expected = [(&one, Some(&before.access.nodes[0])), (&other, None)];
    assert_eq!(taken.iter().map(|t| (&t.now, t.before.as_ref())).collect::<Vec<_>>(), expected);
    let check = |nodes: &[&PeerConfig]| {
        let after = Config::load(&home).unwrap();
        assert_eq!(after.access.nodes.iter().collect::<Vec<_>>(), nodes);
        let mut rest = after.clone();
        rest.access.nodes.clone_from(&before.access.nodes);
        assert_eq!(rest, before, "what the operator set stays");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("# slow line") && text.contains("# asked at night only"), "{text}");
        assert!(!text.contains("\n\n\n"), "{text}");
    };
    check(&[&one, &other]);
    assert!(update(&home, &moved).unwrap().is_empty(), "the same again changes nothing");

    // Whoever invites may give any name and address: no node of another agency leaves for it, and what stands at the same
    // address is told.
    let mut other_keys = moved.clone();
    other_keys.nodes[0].peer = "ab".repeat(32);
    (other_keys.nodes[1].peer, other_keys.nodes[1].address) = ("cd".repeat(32), address(7780));
    let [rival, namesake] = [0, 1].map(|n| other_keys.nodes[n].as_peer());
    let new = |now: &PeerConfig, same_address: Option<&PeerConfig>| TakenNode {
        now: now.clone(),
        before: None,
        same_address: same_address.cloned(),
    };
    assert_eq!(update(&home, &other_keys).unwrap(), [new(&rival, Some(&one)), new(&namesake, None)]);
    check(&[&one, &other, &rival, &namesake]);
    assert!(update(&home, &other_keys).unwrap().is_empty());
}

#[test]
fn a_configuration_that_is_written_otherwise_keeps_its_values() {
    let dir = Folder::new();
    let (agencies, _) = network(dir.path());
    let (home, first) = member(dir.path(), &agencies);
    let (file, config) = (Home::new(&home).config(), Config::load(&home).unwrap());
    let node = &config.access.nodes[0];
    let inline = format!(
        "nodes = [{{ name = \"{}\", peer = \"{}\", address = \"{}\" }}]\n",
        node.name,
        node.peer,
        node.address.unwrap()
    );
    let text = fs::read_to_string(&file).unwrap();
    let at = text.find("[[access.nodes]]").unwrap();
    let end = text[at + 2..].find("\n[").map_or(text.len(), |next| at + 2 + next);
    let text = format!("{}{}", &text[..at], &text[end..]).replace("[access]\n", &format!("[access]\n{inline}"));
    fs::write(&file, text).unwrap();
    assert_eq!(Config::load(&home).unwrap(), config, "the same in other words");
    let mut moved = first;
    moved.nodes[0].address = address(7778);
    assert_eq!(update(&home, &moved).unwrap().len(), 1);
    let mut expected = config;
    expected.access.nodes = vec![moved.nodes[0].as_peer()];
    assert_eq!(Config::load(&home).unwrap(), expected);
}

#[test]
fn invitations_of_others_and_too_many_nodes_change_nothing() {
    let dir = Folder::new();
    let (agencies, _) = network(dir.path());
    let (home, agreed) = member(dir.path(), &agencies);
    let file = Home::new(&home).config();
    let before = fs::read(&file).unwrap();
    let check = |change: &dyn Fn(&mut Agreed), expected: &str| {
        let mut later = agreed.clone();
        later.nodes[0].address = address(7778);
        change(&mut later);
        assert_eq!(code(update(&home, &later)), expected);
        assert_eq!(fs::read(&file).unwrap() == before, expected != "done");
    };
    // An agency of another network that knows the organisation too.
    let elsewhere = Folder::new();
    let (others, _) = network(elsewhere.path());
    let other = together(&[invited_by(&others[0], NodeRole::Member, Some(7777)).unwrap()]).unwrap();
    assert_ne!(other.network, agreed.network);
    check(&|later| *later = other.clone(), "H3151");
    check(&|later| later.role = NodeRole::Partner, "H3151");
    check(&|later| later.org = OrgId::default(), "H3151");
    check(&|later| later.trust = other.trust.clone(), "H3151");
    check(&|later| later.test_clock = Some(InvitedClock { started: 1, origin: 1, rate: 1 }), "H3151");
    let fill = |later: &mut Agreed, count: usize| {
        let point = |n: usize| AccessPoint {
            name: format!("n{n}"),
            peer: format!("{n:064x}"),
            address: address(9_000 + u16::try_from(n).unwrap()),
        };
        later.nodes = (1..=count).map(point).collect();
    };
    check(&|later| fill(later, MAX_ACCESS_NODES), "H3107");
    assert_eq!(code(update(&agencies[0].home, &agreed)), "H3151", "an agency's home is no member's");
    check(&|later| fill(later, MAX_ACCESS_NODES - 1), "done");
    assert_eq!(Config::load(&home).unwrap().access.nodes.len(), MAX_ACCESS_NODES);
}
