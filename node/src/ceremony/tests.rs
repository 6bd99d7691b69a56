use super::*;
use crate::config::{Config, Home, NodeRole};
use keys::{KdfCost, KeyFile, PersonKey, SecretString};
use ledger::{
    Act, ChainParams, OrgId, PolicyPack, Role, Text, Timestamp,
    operation::Change,
    policy::{Orientation, Who},
    record::{AgencyFunction, OrgIdentifier, OrgKind, OrgProfile, Roles},
};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

mod joining;

const CHAIN: &str = "test-chain";

/// A folder of one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let name = format!("hufu-ceremony-{}", hex::encode(keys::random::<8>().unwrap()));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn password() -> SecretString {
    SecretString::from("correct horse".to_owned())
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn profile(function: AgencyFunction) -> OrgProfile {
    let identifier = OrgIdentifier { scheme: Text::new("agency").unwrap(), value: Text::new(function.name()).unwrap() };
    OrgProfile { identifier, name: Text::new(function.name()).unwrap(), kind: OrgKind::Agency(function) }
}

/// One agency that has made its claim.
struct Agency {
    home: PathBuf,
    claim: ClaimFile,
    administrator: PersonKey,
}

fn person(label: &str, roles: &[Role]) -> PersonRequest {
    PersonRequest { label: label.into(), name: "A B".into(), roles: Roles::of(roles) }
}

fn try_claim(dir: &Path, function: AgencyFunction, chain: &str, port: u16) -> Result<Agency, CeremonyError> {
    let home = dir.join(function.name());
    let keys = home.join("keys");
    let request = ClaimRequest {
        home: &home,
        keys: &keys,
        password: &password(),
        cost: KdfCost::Light,
        chain: Text::new(chain).unwrap(),
        profile: profile(function),
        persons: vec![person("administrator", &[Role::Administrator]), person("officer", &[Role::Officer])],
        name: function.name().into(),
        address: address(port),
    };
    let (claim, made) = claim(request)?;
    let administrator = KeyFile::read(&made[0].file).unwrap().open(&password()).unwrap();
    Ok(Agency { home, claim, administrator })
}

fn agencies(dir: &Path) -> Vec<Agency> {
    let four = [AgencyFunction::Customs, AgencyFunction::ScienceTechnology, AgencyFunction::Health];
    four.iter().zip(7001..).map(|(f, port)| try_claim(dir, *f, CHAIN, port).unwrap()).collect()
}

fn pack() -> PolicyPack {
    api::pack::read(api::pack::shipped("shenzhen-draft").unwrap(), Some(Orientation::FirstIsLowest)).unwrap()
}

fn assembly() -> Assembly {
    Assembly::new(Text::new(CHAIN).unwrap(), Timestamp(1_795_000_000_000), pack())
}

fn agree(agencies: &[Agency]) -> GenesisFile {
    let claims: Vec<ClaimFile> = agencies.iter().map(|a| ClaimFile::load(&own_claim(&a.home)).unwrap()).collect();
    assemble(&claims, assembly()).unwrap()
}

fn code<T>(result: Result<T, CeremonyError>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(error) => error.code(),
    }
}

#[test]
fn three_agencies_come_to_one_network() {
    let dir = Folder::new();
    let agencies = agencies(dir.path());
    let file = dir.path().join("genesis.json");
    agree(&agencies).save(&file).unwrap();
    let genesis = GenesisFile::load(&file).unwrap();
    assert_eq!(genesis.missing().unwrap(), ["customs", "science-technology", "health"]);
    let fingerprint = groups_of_four(&genesis.network);
    assert_eq!(fingerprint.split(' ').count(), 16);
    let sign = |a: &Agency| cosign(&genesis, &a.administrator, Some(&fingerprint), Some(&a.claim)).unwrap();
    let cosignatures: Vec<CosignatureFile> = agencies.iter().map(sign).collect();
    for (agency, port) in agencies.iter().zip(8001..) {
        let (home, cosignatures) = (agency.home.as_path(), cosignatures.clone());
        let setup = Finish { home, genesis: genesis.clone(), cosignatures, api: address(port), listen: None };
        let finished = finish(setup).unwrap();
        assert_eq!(finished.network, genesis.network);
        let config = Config::load(home).unwrap();
        assert_eq!(config, finished.config);
        assert_eq!(config.peers.len(), 2);
        assert_eq!(config.p2p.as_ref().map(|p| p.listen), Some(agency.claim.address));
        let loaded = load_genesis(&Home::new(home).genesis()).unwrap();
        assert_eq!(loaded.genesis, genesis.genesis);
        let store = store::Store::open(&Home::new(home).store(), store::Options::default()).unwrap();
        assert_eq!((store.network(), store.tip().height), (genesis.network, 0));
        let again = Finish { home, genesis: genesis.clone(), cosignatures: vec![], api: address(port), listen: None };
        assert_eq!(code(finish(again)), "H3116");
    }
    let trust = fs::read(Home::new(&agencies[0].home).trust()).unwrap();
    assert_eq!(proof::TrustRoot::from_json(&trust).unwrap().network(), genesis.network);
}

#[test]
fn a_node_joins_a_network_that_runs_and_claims_a_seat() {
    let dir = Folder::new();
    let agencies = agencies(dir.path());
    let agreed = agree(&agencies);
    let home = dir.path().join("fifth");
    let join = |genesis: &GenesisFile| {
        let (genesis, name, observer) = (genesis.clone(), "fifth".to_owned(), None);
        let (api, listen) = (address(8001), address(7009));
        follow(Follow { home: &home, genesis, name, observer, api, listen, snapshot: None })
    };
    assert_eq!(code(join(&agreed)), "H3005");
    let mut genesis = agreed.clone();
    for agency in &agencies {
        let file = cosign(&agreed, &agency.administrator, None, None).unwrap();
        genesis.cosignatures.push(file.cosignature);
    }
    let finished = join(&genesis).unwrap();
    assert_eq!(code(join(&genesis)), "H3116");
    let listens = finished.config.p2p.as_ref().map(|p| p.listen);
    assert_eq!((finished.config.peers.len(), listens), (3, Some(address(7009))));
    assert_eq!(Config::load(&home).unwrap(), finished.config);
    assert_eq!((finished.config.role, finished.claim), (NodeRole::Agency, None));
    assert!(Home::new(&home).consensus().join(consensus::SIGN_STATE_FILE).is_file());
    // The keys of an agency at genesis have their place there.
    let (home_of_genesis, name) = (agencies[0].home.as_path(), "own".to_owned());
    let (api, listen) = (address(8002), address(7010));
    let observer = None;
    let own = Follow { home: home_of_genesis, genesis: genesis.clone(), name, observer, api, listen, snapshot: None };
    assert_eq!(code(follow(own)), "H3107");

    let keys = keys::NodeKey::read(&Home::new(&home).node_key()).unwrap();
    let org = OrgId::of(&profile(AgencyFunction::Customs).identifier);
    let moved = claim_seat(&home, org, Some(address(7777))).unwrap();
    let node = keys.claim_seat(&genesis.network, &org);
    assert_eq!(moved.starting(90).unwrap(), Change::MoveSeat { org, node, from: 90 });
    assert_eq!((moved.name.as_str(), moved.address), ("fifth", address(7777)));

    let (folder, secret) = (home.join("keys"), password());
    let ask = |function, persons| {
        let (keys, password, profile) = (folder.as_path(), &secret, profile(function));
        claim_new_seat(NewAgency { home: &home, address: None, keys, password, cost: KdfCost::Light, profile, persons })
    };
    let people = || vec![person("administrator", &[Role::Administrator]), person("officer", &[Role::Officer])];
    assert_eq!(code(ask(AgencyFunction::Transport, people().split_off(1))), "H3107");
    assert_eq!(code(ask(AgencyFunction::Transport, (0..9).flat_map(|_| people()).collect())), "H3107");
    let (added, made) = ask(AgencyFunction::Transport, people()).unwrap();
    assert_eq!((made.len(), added.address), (2, address(7009)));
    let Change::AddAgency { org, from: 7 } = added.starting(7).unwrap() else { panic!("another change") };
    for claim in &org.keys {
        let id = OrgId::of(&org.profile.identifier);
        let message = ledger::crypto::possession_message(&genesis.network, &id, &claim.person, &claim.key);
        assert!(ledger::PublicKey::from_bytes(claim.key).unwrap().verify(&message, &claim.possession));
    }
    let file = own_seat_claim(&home);
    save_seat_claim(&added, &file).unwrap();
    assert_eq!(api::seat::SeatClaim::read(&fs::read(file).unwrap()).unwrap(), added);
}

#[test]
fn nobody_starts_without_every_cosignature() {
    let dir = Folder::new();
    let agencies = agencies(dir.path());
    let genesis = agree(&agencies);
    let sign = |a: &Agency| cosign(&genesis, &a.administrator, None, None).unwrap();
    let home = agencies[0].home.as_path();
    let with = |cosignatures: Vec<CosignatureFile>| {
        finish(Finish { home, genesis: genesis.clone(), cosignatures, api: address(8001), listen: None })
    };
    assert_eq!(code(with(vec![])), "H3005");
    let some: Vec<CosignatureFile> = agencies[..2].iter().map(sign).collect();
    match with(some.clone()) {
        Err(CeremonyError::NotCosigned { orgs }) => assert_eq!(orgs, ["health"]),
        other => panic!("{other:?}"),
    }
    let mut forged = sign(&agencies[2]);
    forged.cosignature.signature.clone_from(&some[0].cosignature.signature);
    assert_eq!(code(with(vec![some[0].clone(), some[1].clone(), forged])), "H3112");
    let mut stranger = sign(&agencies[2]);
    stranger.cosignature.org = OrgId::default().to_string();
    assert_eq!(code(with(vec![stranger])), "H3112");
    let mut other = sign(&agencies[2]);
    other.network = "0".repeat(64);
    assert_eq!(code(with(vec![other])), "H3111");
    assert!(!Home::new(home).data().exists());
}

#[test]
fn a_cosigner_signs_what_was_agreed_or_nothing() {
    let dir = Folder::new();
    let agencies = agencies(dir.path());
    let genesis = agree(&agencies);
    let own = &agencies[0];
    let check =
        |expected: Option<&str>, claim: Option<&ClaimFile>| code(cosign(&genesis, &own.administrator, expected, claim));
    assert_eq!(check(Some(&groups_of_four(&genesis.network).to_uppercase()), Some(&own.claim)), "done");
    assert_eq!(check(Some(&genesis.network.to_string()), None), "done");
    assert_eq!(check(Some(&"0".repeat(64)), None), "H3114");
    let moved = ClaimFile { address: address(1), ..own.claim.clone() };
    assert_eq!(check(None, Some(&moved)), "H3115");
    assert_eq!(check(None, Some(&agencies[1].claim)), "H3115");
    let officer = KeyFile::read(&own.home.join("keys/officer.key.json")).unwrap().open(&password()).unwrap();
    assert_eq!(code(cosign(&genesis, &officer, None, None)), "H3113");
}

#[test]
fn claims_that_do_not_fit_together_are_named() {
    let dir = Folder::new();
    let agencies = agencies(dir.path());
    let claims: Vec<ClaimFile> = agencies.iter().map(|a| a.claim.clone()).collect();
    let check = |claims: &[ClaimFile], expected: &str| assert_eq!(code(assemble(claims, assembly())), expected);
    check(&claims, "done");
    check(&[], "H3110");
    check(&vec![claims[0].clone(); 17], "H3110");
    check(&[claims[0].clone(), claims[0].clone()], "H3109");
    let neighbour = ClaimFile { address: claims[0].address, ..claims[1].clone() };
    check(&[claims[0].clone(), neighbour], "H3109");
    let other = try_claim(&dir.path().join("other"), AgencyFunction::Environment, "other-chain", 7009).unwrap();
    check(&[claims[0].clone(), other.claim], "H3108");
    let mut stolen = claims[1].clone();
    stolen.org.node.clone_from(&claims[0].org.node);
    stolen.name = "another".into();
    stolen.address = address(7010);
    check(&[claims[0].clone(), stolen], "H3003");
}

#[test]
fn a_claim_is_made_once_and_by_agencies_with_an_administrator() {
    let dir = Folder::new();
    try_claim(dir.path(), AgencyFunction::Customs, CHAIN, 7001).unwrap();
    assert_eq!(code(try_claim(dir.path(), AgencyFunction::Customs, CHAIN, 7001)), "H3116");
    assert_eq!(code(try_claim(dir.path(), AgencyFunction::Health, CHAIN, 0)), "H3107");
    let with = |kind: OrgKind, roles: &[Role]| {
        let home = dir.path().join("x");
        let request = ClaimRequest {
            home: &home,
            keys: &home,
            password: &password(),
            cost: KdfCost::Light,
            chain: Text::new(CHAIN).unwrap(),
            profile: OrgProfile { kind, ..profile(AgencyFunction::Health) },
            persons: vec![person("a", roles)],
            name: "x".into(),
            address: address(7002),
        };
        let made = code(claim(request));
        assert!(!home.exists());
        made
    };
    assert_eq!(with(OrgKind::Carrier, &[Role::Administrator]), "H3107");
    assert_eq!(with(OrgKind::Agency(AgencyFunction::Health), &[Role::Officer]), "H3107");
}

#[test]
fn a_claim_proves_both_keys_of_its_node() {
    let dir = Folder::new();
    let [one, other] = [(AgencyFunction::Customs, 7001), (AgencyFunction::Health, 7002)]
        .map(|(function, port)| try_claim(dir.path(), function, CHAIN, port).unwrap().claim);
    let path = dir.path().join("claim.json");
    let load = |claim: &ClaimFile| {
        claim.save(&path).unwrap();
        code(ClaimFile::load(&path))
    };
    assert_eq!(load(&one), "done");
    let theirs = other.org.node.unwrap();
    let with = |change: &dyn Fn(&mut ledger::genesis::NodeClaim)| {
        let mut claim = one.clone();
        change(claim.org.node.as_mut().unwrap());
        load(&claim)
    };
    assert_eq!(with(&|node| node.peer_possession = theirs.peer_possession), "H3003");
    assert_eq!(with(&|node| node.possession = theirs.possession), "H3003");
    assert_eq!(with(&|node| node.peer_possession = node.possession), "H3003");
}

/// What no agency's claim is to blame for is refused by whoever assembles, and by every reader of a file that was
/// assembled otherwise: to cosign, to set up, and to start.
#[test]
fn rules_and_parameters_that_cannot_work_are_refused() {
    let dir = Folder::new();
    let agencies = agencies(dir.path());
    let claims: Vec<ClaimFile> = agencies.iter().map(|a| a.claim.clone()).collect();
    let standard = ChainParams::default;
    let rows = [
        (standard(), "done"),
        (ChainParams { block_bytes: 262_144, ..standard() }, "H3009"),
        (ChainParams { block_txs: 0, ..standard() }, "H3009"),
        (ChainParams { clock_drift_ms: 0, ..standard() }, "H3009"),
        (ChainParams { busy_interval_ms: 0, ..standard() }, "H3009"),
        (ChainParams { idle_interval_ms: u32::MAX, ..standard() }, "H3009"),
    ];
    let path = dir.path().join("genesis.json");
    for (params, expected) in rows {
        let assembly = Assembly { params: params.clone(), ..assembly() };
        assert_eq!(code(assemble(&claims, assembly)), expected, "{params:?}");
        let mut genesis = agree(&agencies);
        genesis.genesis.params = params;
        genesis.network = genesis.genesis.network();
        genesis.save(&path).unwrap();
        assert_eq!(code(GenesisFile::load(&path)), expected);
        assert_eq!(code(load_genesis(&path)), if expected == "done" { "H3005" } else { expected });
    }
    let mut genesis = agree(&agencies);
    for row in &mut genesis.genesis.pack.acts {
        row.any.clear();
    }
    genesis.network = genesis.genesis.network();
    genesis.save(&path).unwrap();
    assert_eq!(code(load_genesis(&path)), "H3008");
}

/// Changes of one file, and the code with which each is refused.
fn check_changes(path: &Path, load: &dyn Fn(&Path) -> &'static str, changes: &[(&str, &str, &str)]) {
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(load(path), "done");
    let changed = path.with_extension("changed");
    for (from, to, expected) in changes {
        assert!(text.contains(from), "{from} is not in {}", path.display());
        fs::write(&changed, text.replacen(from, to, 1)).unwrap();
        assert_eq!(load(&changed), *expected, "{from} -> {to}");
    }
    for (bytes, expected) in [("", "H3103"), ("{}", "H3103"), ("[1]", "H3103"), ("{\"schema\":\"x\"}", "H3104")] {
        fs::write(&changed, bytes).unwrap();
        assert_eq!(load(&changed), expected, "{bytes}");
    }
    assert_eq!(load(Path::new("/nonexistent")), "H3101");
}

#[test]
fn a_changed_claim_is_refused() {
    let dir = Folder::new();
    let agency = try_claim(dir.path(), AgencyFunction::Customs, CHAIN, 7001).unwrap();
    let load = |path: &Path| code(ClaimFile::load(path));
    let path = own_claim(&agency.home);
    let changes = [
        ("hufu.claim/1", "hufu.claim/2", "H3104"),
        ("\"org\": {", "\"organisation\": {", "H3103"),
        ("\"kind\": \"agency\"", "\"kind\": \"carrier\"", "H3106"),
        ("\"officer\"", "\"custodian\"", "H3106"),
        ("\"record\": \"", "\"record\": \"=", "H3105"),
        ("\"record\": \"", "\"record\": \"AAAA", "H3105"),
        // The possession binds the chain, the readable part does not.
        (CHAIN, "test-chaim", "H3003"),
        ("127.0.0.1:7001", "127.0.0.1:0", "H3107"),
    ];
    check_changes(&path, &load, &changes);
    fs::write(&path, vec![b' '; usize::try_from(MAX_CLAIM_BYTES).unwrap() + 1]).unwrap();
    assert_eq!(load(&path), "H3102");
}

#[test]
fn a_changed_genesis_is_refused() {
    let dir = Folder::new();
    let genesis = agree(&agencies(dir.path()));
    let path = dir.path().join("genesis.json");
    genesis.save(&path).unwrap();
    let load = |path: &Path| code(GenesisFile::load(path));
    let network = genesis.network.to_string();
    let changes = [
        ("hufu.genesis/1", "hufu.claim/1", "H3104"),
        (network.as_str(), "00", "H3106"),
        ("first-is-lowest", "first-is-highest", "H3106"),
        ("\"fingerprint\": \"", "\"fingerprint\": \"0", "H3106"),
        ("\"block_txs\": 2000", "\"block_txs\": 2001", "H3106"),
        ("\"member_count\": 0", "\"member_count\": 1", "H3106"),
        ("\"genesis\": \"", "\"genesis\": \"AA", "H3105"),
        ("\"cosignatures\": []", "\"cosignatures\": {}", "H3103"),
        ("\"test\": null", "\"test\": null, \"note\": 1", "H3103"),
    ];
    check_changes(&path, &load, &changes);
    match GenesisFile::load(&dir.path().join("genesis.json")) {
        Ok(loaded) => assert_eq!(loaded.genesis, genesis.genesis),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_first_difference_is_named() {
    let dir = Folder::new();
    let genesis = agree(&agencies(dir.path()));
    let path = dir.path().join("genesis.json");
    genesis.save(&path).unwrap();
    let text =
        fs::read_to_string(&path).unwrap().replacen("\"grades\": [\n        \"1\"", "\"grades\": [\n        \"9\"", 1);
    fs::write(&path, text).unwrap();
    match GenesisFile::load(&path) {
        Err(CeremonyError::Readable { field, .. }) => assert_eq!(field, "summary.pack.grades.0"),
        other => panic!("{:?}", other.map(|_| ())),
    }
}

/// Nobody cosigns rules that he is not shown.
#[test]
fn rules_that_are_not_the_programs_are_shown_word_for_word() {
    let dir = Folder::new();
    let agencies = agencies(dir.path());
    let claims: Vec<ClaimFile> = agencies.iter().map(|a| ClaimFile::load(&own_claim(&a.home)).unwrap()).collect();
    let shown = |change: fn(&mut PolicyPack)| {
        let mut assembly = assembly();
        change(&mut assembly.pack);
        show(&assemble(&claims, assembly).unwrap())
    };
    let text = shown(|_| {});
    assert!(text.contains("hufud pack show shenzhen-draft") && !text.contains("signers"), "{text}");
    let other = |pack: &mut PolicyPack| {
        let dispose = pack.acts.iter_mut().find(|row| row.act == Act::Dispose).unwrap();
        // The second alternative, where no disposer signs.
        dispose.any[1][1].who = Who::AnyAgency;
    };
    let text = shown(other);
    assert!(text.contains("WARNING") && text.contains("countersigner@any-agency"), "{text}");
    let text = shown(|pack| pack.version = 2);
    assert!(!text.contains("WARNING") && text.contains("countersigner@environment"), "{text}");
}
