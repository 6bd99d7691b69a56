//! Who signed twice: honest evidence of every kind, and that nobody else can ever be named.

use crate::town;
use crate::world;

use ledger::{BlockId, Evidence, Hash, Header, KeyId, ValidatorSet, Vote, VoteKind, codec};
use proof::{
    Anchor, AnchorFile, Blob, Certified, Digest, List, Options, Standing, TrustRoot,
    bounds::{MAX_CHAIN, MAX_EVIDENCE_BYTES},
    evidence::{self, EvidenceFile, EvidenceVerdict, Headers, contradiction},
    verify_file,
};
use town::{Town, certify, proposal, rivals, secret, signed_vote, twice, vote, without, worth};
use world::{
    World,
    stories::{story, told},
};

const HEIGHT: u64 = 9;

fn world() -> World {
    story("newborn").world
}

fn judge(file: &EvidenceFile, trust: Option<&TrustRoot>) -> EvidenceVerdict {
    evidence::verify(&file.to_json(), trust, Options::default())
}

fn code(file: &EvidenceFile, trust: &TrustRoot) -> &'static str {
    worth(&verify_file(&file.to_json(), Some(trust), Options::default()))
}

fn key(world: &World, seat: usize) -> KeyId {
    world.set.validators()[seat].key.id()
}

fn double(world: &World, evidence: &Evidence) -> EvidenceFile {
    EvidenceFile::of_double(world.network, evidence, &world.set, &world.chain)
}

/// Two blocks of one height, each certified in its round by these seats.
fn pair(world: &World, rounds: [u32; 2], seats: [&[usize]; 2]) -> EvidenceFile {
    let [first, second] = rivals(world);
    let first = certify(world, first, rounds[0], seats[0]);
    let second = certify(world, second, rounds[1], seats[1]);
    EvidenceFile::of_certificates(&first, &second, &world.chain)
}

#[test]
fn two_messages_of_one_key_name_it() {
    let world = world();
    let nil = vote(&world, 1, HEIGHT, 0, None);
    let (first, second) = (proposal(&world, 1, HEIGHT, 0, 1), proposal(&world, 1, HEIGHT, 0, 2));
    let mut again = ledger::Proposal { pol_round: Some(3), round: 4, ..first.proposal.clone() };
    let resigned = |proposal: ledger::Proposal| {
        use ed25519_dalek::Signer as _;
        let signature = secret(&world, 1).sign(&proposal.sign_hash().0).to_bytes();
        ledger::SignedProposal { proposal, signature: ledger::Signature(signature) }
    };
    let one = resigned(again.clone());
    again.pol_round = None;
    let other = resigned(again);
    for (evidence, round) in [
        (twice(&world, 1, HEIGHT), 2),
        (Evidence::Votes { first: nil.clone(), second: vote(&world, 1, HEIGHT, 0, Some(1)) }, 0),
        (Evidence::Proposals { first, second }, 0),
        (Evidence::Proposals { first: one, second: other }, 4),
    ] {
        let file = double(&world, &evidence);
        let verdict = judge(&file, Some(&world.trust));
        assert_eq!(verdict.head.verdict, Standing::Valid, "{:?}", verdict.head.failure);
        assert_eq!((verdict.proves, verdict.height, verdict.round), (Some("double-sign"), Some(HEIGHT), Some(round)));
        let seat = &world.trust.validators()[1];
        let [accused] = verdict.accused.as_slice() else { panic!("{:?}", verdict.accused) };
        assert_eq!((&accused.key, &accused.org), (&key(&world, 1).to_string(), &seat.org.to_string()));
        assert_eq!((accused.name.as_deref(), verdict.head.signatures.checked), (Some(seat.name.as_str()), 2));
        assert_eq!(worth(&verify_file(&file.to_json(), None, Options::default())), "untrusted");
        assert_eq!(EvidenceFile::from_json(&file.to_json()), Ok(file));
    }
}

#[test]
fn messages_that_do_not_contradict_each_other_name_nobody() {
    let world = world();
    let check = |expect: &str, what: &str, evidence: Evidence| {
        let verdict = judge(&double(&world, &evidence), Some(&world.trust));
        assert_eq!(verdict.head.failure.as_ref().map(|f| f.code), Some(expect), "{what}");
        assert_eq!((verdict.proves, verdict.accused.len()), (None, 0), "{what}");
    };
    let votes = |first, second| Evidence::Votes { first, second };
    let one = vote(&world, 1, HEIGHT, 0, Some(1));
    let other = |change: fn(&mut Vote)| {
        let mut vote = vote(&world, 1, HEIGHT, 0, Some(2)).vote;
        change(&mut vote);
        signed_vote(&world, 1, vote)
    };
    check("H9140", "equal messages", votes(one.clone(), one.clone()));
    check("H9140", "messages of two keys", votes(one.clone(), vote(&world, 2, HEIGHT, 0, Some(2))));
    check("H9140", "another round", votes(one.clone(), other(|v| v.round = 1)));
    check("H9140", "another height", votes(one.clone(), other(|v| v.height += 1)));
    check("H9140", "another step", votes(one.clone(), other(|v| v.kind = VoteKind::Prevote)));
    check("H9140", "another network in one", votes(one.clone(), other(|v| v.network.0.0[0] ^= 1)));
    let foreign = |block: u8| {
        let mut vote = vote(&world, 1, HEIGHT, 0, Some(block)).vote;
        vote.network.0.0[0] ^= 1;
        signed_vote(&world, 1, vote)
    };
    check("H9140", "another network in both", votes(foreign(1), foreign(2)));
    let mut forged = vote(&world, 1, HEIGHT, 0, Some(2));
    forged.signature.0[0] ^= 1;
    check("H9140", "a signature that does not hold", votes(one.clone(), forged.clone()));
    check("H9140", "the first one's signature", votes(forged, one.clone()));
    // What another agency signed, under the name of this one.
    let mut framed = vote(&world, 2, HEIGHT, 0, Some(2)).vote;
    framed.signer = key(&world, 1);
    check("H9140", "a vote that another signed", votes(one, signed_vote(&world, 2, framed)));
    let (first, second) = (proposal(&world, 1, HEIGHT, 0, 1), proposal(&world, 1, HEIGHT, 0, 1));
    check("H9140", "a proposal twice", Evidence::Proposals { first, second });
    let (first, second) = (proposal(&world, 1, HEIGHT, 0, 1), proposal(&world, 3, HEIGHT, 0, 2));
    check("H9140", "proposals of two keys", Evidence::Proposals { first, second });
    let (first, second) = (proposal(&world, 1, HEIGHT, 0, 1), proposal(&world, 1, HEIGHT, 1, 2));
    check("H9140", "proposals of two rounds", Evidence::Proposals { first, second });
}

#[test]
fn why_messages_prove_nothing_is_said() {
    let world = world();
    let check = |reason: &str, evidence: Evidence| {
        let failure = judge(&double(&world, &evidence), Some(&world.trust)).head.failure.unwrap();
        assert!(failure.code == "H9140" && failure.message.ends_with(reason), "{reason}: {}", failure.message);
    };
    let step = "the messages are not of one key, height, round and step";
    let proposals = |first, second| Evidence::Proposals { first, second };
    let one = proposal(&world, 1, HEIGHT, 0, 1);
    check(step, proposals(one.clone(), proposal(&world, 3, HEIGHT, 0, 2)));
    check(step, proposals(one.clone(), proposal(&world, 1, HEIGHT, 1, 2)));
    check(step, proposals(one.clone(), proposal(&world, 1, HEIGHT + 1, 0, 2)));
    check("the messages say the same", proposals(one.clone(), one.clone()));
    let mut forged = proposal(&world, 1, HEIGHT, 0, 2);
    forged.signature.0[0] ^= 1;
    check("a signature does not hold", proposals(one, forged));
    let (vote, other) = (vote(&world, 1, HEIGHT, 0, Some(1)), vote(&world, 1, HEIGHT, 1, Some(2)));
    check(step, Evidence::Votes { first: vote.clone(), second: other });
    check("the messages say the same", Evidence::Votes { first: vote.clone(), second: vote });
}

#[test]
fn a_signer_without_a_seat_is_nobody() {
    let world = world();
    let mut file = double(&world, &twice(&world, 1, HEIGHT));
    file.validators = Blob(codec::encode(&without(&world, 1)));
    assert_eq!(code(&file, &world.trust), "H9141");
    file.validators = Blob(codec::encode(&without(&world, 2)));
    assert_eq!(code(&file, &world.trust), "untrusted");
}

#[test]
fn two_certificates_name_those_that_signed_both_and_nobody_else() {
    let world = world();
    let of_round: [(&[usize], &[usize], &[usize]); 3] =
        [(&[0, 1, 2], &[1, 2, 3], &[1, 2]), (&[0, 1, 2], &[0, 1, 3], &[0, 1]), (&[0, 1, 2, 3], &[0, 2, 3], &[0, 2, 3])];
    for (first, second, accused) in of_round {
        let file = pair(&world, [1, 1], [first, second]);
        let verdict = judge(&file, Some(&world.trust));
        assert_eq!(verdict.head.verdict, Standing::Valid, "{:?}", verdict.head.failure);
        assert_eq!((verdict.proves, verdict.round), (Some("two-certificates"), Some(1)));
        assert_eq!(verdict.height, Some(world.now.height));
        let named: Vec<&str> = verdict.accused.iter().map(|a| a.key.as_str()).collect();
        assert_eq!(named, accused.iter().map(|seat| key(&world, *seat).to_string()).collect::<Vec<_>>());
        assert_eq!(verdict.head.signatures.checked, (first.len() + second.len()) as u64);
    }
    // In two rounds nobody need have signed twice, and yet somebody broke the rules.
    let verdict = judge(&pair(&world, [1, 2], [&[0, 1, 2], &[1, 2, 3]]), Some(&world.trust));
    assert_eq!((verdict.head.verdict, verdict.proves), (Standing::Valid, Some("more-than-f")));
    assert_eq!((verdict.round, verdict.accused.len()), (None, 0));
}

#[test]
fn certificates_that_do_not_contradict_each_other_prove_nothing() {
    let world = world();
    let quorum: [&[usize]; 2] = [&[0, 1, 2], &[1, 2, 3]];
    let honest = pair(&world, [1, 1], quorum);
    let check = |expect: &str, what: &str, spoil: &dyn Fn(&mut Vec<proof::ChainLink>)| {
        let mut file = honest.clone();
        spoil(&mut file.certificates.as_mut().unwrap().0);
        let verdict = judge(&file, Some(&world.trust));
        assert_eq!(verdict.head.failure.as_ref().map(|f| f.code), Some(expect), "{what}");
        assert_eq!(verdict.accused, []);
    };
    let link = |certified: &Certified| {
        let anchor = proof::Anchor::at(certified, &[]);
        proof::ChainLink { header: anchor.header, certificate: anchor.certificate, validators: anchor.validators }
    };
    let [first, second] = rivals(&world);
    check("H9140", "one block twice", &|pair| pair[1] = pair[0].clone());
    let again = link(&certify(&world, first.clone(), 2, &[1, 2, 3]));
    check("H9140", "one block in two rounds", &|pair| pair[1] = again.clone());
    check("H9140", "one alone", &|pair| drop(pair.pop()));
    check("H9140", "none", &|pair| pair.clear());
    check("H9003", "three", &|pair| pair.push(pair[0].clone()));
    let mut higher = second.clone();
    higher.height += 1;
    let higher = link(&certify(&world, higher, 1, &[1, 2, 3]));
    check("H9140", "two heights", &|pair| pair[1] = higher.clone());
    let few = link(&certify(&world, second.clone(), 1, &[1, 2]));
    check("H9025", "too few", &|pair| pair[1] = few.clone());
    let mut forged = certify(&world, second.clone(), 1, &[1, 2, 3]);
    forged.certificate.signatures[2].signature.0[0] ^= 1;
    check("H9024", "a signature that does not hold", &|pair| pair[1] = link(&forged));
    check("H9021", "the other's certificate", &|pair| pair[1].certificate = pair[0].certificate.clone());
    let mut foreign = second.clone();
    foreign.network.0.0[0] ^= 1;
    let foreign = link(&certify(&world, foreign, 1, &[1, 2, 3]));
    check("H9140", "another network", &|pair| pair[1] = foreign.clone());
    let mut test = second;
    test.test = true;
    let test = link(&certify(&world, test, 1, &[1, 2, 3]));
    check("H9028", "a test network", &|pair| pair[1] = test.clone());
    check("H9028", "both of a test network", &|pair| {
        let mut header = first.clone();
        header.test = true;
        (pair[0], pair[1]) = (link(&certify(&world, header, 1, &[0, 1, 2])), test.clone());
    });
    // Other validators than the file's, though these certificates are theirs.
    let mut file = honest.clone();
    file.validators = Blob(codec::encode(&without(&world, 0)));
    assert_eq!(code(&file, &world.trust), "H9022");
}

#[test]
fn it_is_one_kind_or_the_other() {
    let world = world();
    let (one, two) = (double(&world, &twice(&world, 1, HEIGHT)), pair(&world, [1, 1], [&[0, 1, 2], &[1, 2, 3]]));
    let both = EvidenceFile { certificates: two.certificates.clone(), ..one.clone() };
    assert_eq!(code(&both, &world.trust), "H9140");
    let neither = EvidenceFile { double: None, ..one.clone() };
    assert_eq!(code(&neither, &world.trust), "H9140");
    let other = EvidenceFile { network: Digest(Hash([1; 32])), ..one.clone() };
    assert_eq!(code(&other, &world.trust), "H9140");
    let long = EvidenceFile { double: Some(Blob(vec![0; MAX_EVIDENCE_BYTES + 1])), ..one.clone() };
    assert_eq!(code(&long, &world.trust), "H9005");
    let spoilt = EvidenceFile { validators: Blob(vec![0]), ..one.clone() };
    assert_eq!(code(&spoilt, &world.trust), "H9005");
    let link = two.certificates.as_ref().unwrap()[0].clone();
    let crowded = EvidenceFile { chain: List(vec![link; MAX_CHAIN + 1]), ..one };
    assert_eq!(code(&crowded, &world.trust), "H9003");
}

/// Whoever makes keys of his own can sign with them what he likes: that proves nothing of the agencies.
#[test]
fn validators_without_a_root_are_not_trusted() {
    let mut world = world();
    let rogue = ValidatorSet::new(world.set.validators()[1..].to_vec()).unwrap();
    let trust = world.trust.clone();
    world.set = rogue;
    let file = double(&world, &twice(&world, 0, HEIGHT));
    let verdict = judge(&file, Some(&trust));
    assert_eq!((verdict.head.verdict, verdict.proves), (Standing::Untrusted, Some("double-sign")));
    assert!(verdict.head.notices.iter().any(|notice| notice.id == "seats-unrooted"));
    let file = pair(&world, [1, 1], [&[0, 1, 2], &[0, 1, 2]]);
    assert_eq!(code(&file, &trust), "untrusted");
}

#[test]
fn the_chain_leads_to_the_validators_that_signed() {
    let world = story("validators").world;
    let trust = &world.trust;
    let last = world.chain.last().unwrap().header.height;
    let file = double(&world, &twice(&world, 0, last + 1));
    let verdict = judge(&file, Some(trust));
    assert_eq!(verdict.head.verdict, Standing::Valid, "{:?}", verdict.head.failure);
    let of_chain: usize = world.chain.iter().map(|link| link.certificate.signatures.len()).sum();
    assert_eq!(verdict.head.signatures.checked, of_chain as u64 + 2);
    // What they signed at or below the height at which they took their seats, they did not sign as validators.
    assert_eq!(code(&double(&world, &twice(&world, 0, last)), trust), "untrusted");
    let spoilt = |spoil: &dyn Fn(&mut EvidenceFile)| {
        let mut file = file.clone();
        spoil(&mut file);
        code(&file, trust)
    };
    assert_eq!(spoilt(&|f| f.chain.0.clear()), "untrusted");
    assert_eq!(spoilt(&|f| drop(f.chain.0.pop())), "untrusted");
    assert_eq!(spoilt(&|f| drop(f.chain.0.remove(0))), "H9026");
    assert_eq!(spoilt(&|f| f.chain.0.swap(0, 1)), "H9026");
    assert_eq!(spoilt(&|f| f.network = Digest(Hash([1; 32]))), "H9027");
    // Without a trust root the chain must hold in itself all the same.
    let mut swapped = file.clone();
    swapped.chain.0.swap(0, 1);
    assert_eq!(worth(&verify_file(&swapped.to_json(), None, Options::default())), "H9027");
    assert_eq!(worth(&verify_file(&file.to_json(), None, Options::default())), "untrusted");
    // A last link that changes nothing leads nowhere.
    let mut idle = world.header(Hash([9; 32]), &world.set);
    idle.height = last + 1;
    let idle = certify(&world, idle, 0, &(0..world.set.validators().len()).collect::<Vec<_>>());
    let chain = [world.chain.clone(), vec![idle]].concat();
    let file = EvidenceFile::of_double(world.network, &twice(&world, 0, last + 2), &world.set, &chain);
    assert_eq!(code(&file, trust), "H9027");
}

#[test]
fn of_a_test_network_it_counts_where_that_is_allowed() {
    let town = Town::new(true);
    let world = &town.world;
    let file = double(world, &twice(world, 1, HEIGHT));
    let judged = |options| worth(&verify_file(&file.to_json(), Some(&world.trust), options));
    assert_eq!(judged(Options::default()), "untrusted");
    let allowed = Options { allow_test: true, ..Options::default() };
    assert_eq!(judged(allowed), "valid");
    // It does not grow old.
    let now = world.now.time.plus_ms(1_000_000_000);
    assert_eq!(judged(Options { now: Some(now), max_age_ms: Some(1), ..allowed }), "valid");
}

/// Whatever an agency signs that keeps to the rules, one message for each step, no pair of it is evidence.
#[test]
fn an_honest_agency_is_never_named() {
    let world = world();
    let mut votes = Vec::new();
    for (height, round) in [(9, 0), (9, 1), (10, 0)] {
        for kind in [VoteKind::Prevote, VoteKind::Precommit] {
            let block = (round == 0).then_some(BlockId(Hash([height as u8; 32])));
            let vote = Vote { network: world.network, kind, height, round, signer: key(&world, 1), block };
            votes.push(signed_vote(&world, 1, vote));
        }
    }
    for first in &votes {
        for second in &votes {
            let evidence = Evidence::Votes { first: first.clone(), second: second.clone() };
            assert_eq!(code(&double(&world, &evidence), &world.trust), "H9140");
        }
    }
}

// ---------------------------------------------------------------------------------------------- two files of one height

fn headers(head: &Certified, chain: &[Certified]) -> Headers {
    Headers::of(&AnchorFile::of(Anchor::at(head, chain)).to_json()).unwrap()
}

/// The seats of a quorum, the first ones and the last ones.
fn quorums(world: &World) -> [Vec<usize>; 2] {
    let (seats, quorum) = (world.set.validators().len(), world.set.quorum());
    [(0..quorum).collect(), (seats - quorum..seats).collect()]
}

#[test]
fn two_files_that_contradict_each_other_are_evidence() {
    let world = story("validators").world;
    let ([first, second], [low, high]) = (rivals(&world), quorums(&world));
    let (one, other) = (certify(&world, first, 1, &low), certify(&world, second.clone(), 1, &high));
    let whole = [headers(&one, &world.chain), headers(&other, &world.chain)];
    let file = contradiction(&whole[0], &whole[1], Some(&world.trust)).unwrap();
    assert_eq!(file, EvidenceFile::of_certificates(&one, &other, &world.chain));
    let verdict = judge(&file, Some(&world.trust));
    assert_eq!(verdict.head.verdict, Standing::Valid, "{:?}", verdict.head.failure);
    let both: Vec<String> =
        low.iter().filter(|seat| high.contains(seat)).map(|seat| key(&world, *seat).to_string()).collect();
    assert_eq!(verdict.accused.iter().map(|a| a.key.clone()).collect::<Vec<_>>(), both);

    // The way to the validators may stand in either file. Without any, and without a trust root, it is evidence still.
    let bare = headers(&other, &[]);
    for pair in [[&whole[0], &bare], [&bare, &whole[0]]] {
        let file = contradiction(pair[0], pair[1], Some(&world.trust)).unwrap();
        assert_eq!(code(&file, &world.trust), "valid");
    }
    let file = contradiction(&headers(&one, &[]), &bare, Some(&world.trust)).unwrap();
    assert_eq!(code(&file, &world.trust), "untrusted");
    let file = contradiction(&whole[0], &whole[1], None).unwrap();
    assert_eq!(code(&file, &world.trust), "valid");

    // Of two rounds it names nobody.
    let third = Header { results: Hash([3; 32]), ..second.clone() };
    let late = certify(&world, second, 2, &high);
    let file = contradiction(&whole[0], &headers(&late, &world.chain), Some(&world.trust)).unwrap();
    let verdict = judge(&file, Some(&world.trust));
    assert_eq!((verdict.proves, verdict.accused.len()), (Some("more-than-f"), 0));
    // Evidence contradicts whatever one of its blocks does; what names somebody goes first.
    let file = contradiction(&Headers::of(&file.to_json()).unwrap(), &whole[1], Some(&world.trust)).unwrap();
    assert_eq!(judge(&file, Some(&world.trust)).proves, Some("two-certificates"));
    // Whichever stands first in the files.
    let third = certify(&world, third, 1, &low);
    for pair in [[&late, &third], [&third, &late]] {
        let file = Headers::of(&EvidenceFile::of_certificates(pair[0], pair[1], &world.chain).to_json()).unwrap();
        let file = contradiction(&file, &whole[0], Some(&world.trust)).unwrap();
        assert_eq!(judge(&file, Some(&world.trust)).proves, Some("two-certificates"));
    }
}

#[test]
fn a_trust_root_above_the_changes_leads_to_the_validators_by_itself() {
    let world = story("validators").world;
    let [low, high] = quorums(&world);
    let start = certify(&world, world.header(Hash([9; 32]), &world.set), 0, &low);
    let later = world.trust.advance(&Anchor::at(&start, &world.chain), Options::default(), &|_| None).unwrap();
    let above = |header: Header| Header { height: header.height + 1, time: header.time.plus_ms(1_000), ..header };
    let [first, second] = rivals(&world).map(above);
    let (one, other) = (certify(&world, first, 0, &low), certify(&world, second, 0, &high));
    let [one, other] = [one, other].map(|head| headers(&head, &world.chain));
    for trust in [&world.trust, &later] {
        let file = contradiction(&one, &other, Some(trust)).unwrap();
        assert_eq!(code(&file, trust), "valid");
    }
}

#[test]
fn files_that_do_not_contradict_each_other_are_none() {
    let world = world();
    let ([first, second], [low, high]) = (rivals(&world), quorums(&world));
    let one = headers(&certify(&world, first.clone(), 1, &low), &world.chain);
    let none = |what: &str, other: &Headers| {
        assert_eq!(contradiction(&one, other, Some(&world.trust)), None, "{what}");
        assert_eq!(contradiction(other, &one, None), None, "{what}");
    };
    none("the same file", &one);
    none("the same block in another round", &headers(&certify(&world, first, 2, &high), &world.chain));
    let changed = |change: &dyn Fn(&mut Header)| {
        let mut header = second.clone();
        change(&mut header);
        headers(&certify(&world, header, 1, &high), &[])
    };
    none("another height", &changed(&|h| h.height += 1));
    none("another network", &changed(&|h| h.network.0.0[0] ^= 1));
    none("a test network", &changed(&|h| h.test = true));
    none("two messages", &Headers::of(&double(&world, &twice(&world, 1, HEIGHT)).to_json()).unwrap());

    // What does not hold in itself is compared with nothing.
    let fault = |bytes: &[u8]| Headers::of(bytes).err().map(|problem| problem.code());
    let few = certify(&world, second.clone(), 1, &low[1..]);
    assert_eq!(fault(&AnchorFile::of(Anchor::at(&few, &world.chain)).to_json()), Some("H9025"));
    let mut void = pair(&world, [1, 1], [&low, &high]);
    void.certificates.as_mut().unwrap().0.pop();
    assert_eq!(fault(&void.to_json()), Some("H9140"));
    assert_eq!(fault(b"{\"schema\":\"hufu.trust/1\"}"), Some("H9003"));
    assert_eq!(fault(b"no file"), Some("H9002"));
}

/// A lower contradiction of validators that nobody knows does not stand before that of the agencies.
#[test]
fn a_contradiction_that_the_trust_root_leads_to_goes_first() {
    let mut world = world();
    let agencies = world.set.clone();
    world.set = without(&world, 0);
    let links = [1, 2].map(|n| certify(&world, world.header(Hash([n; 32]), &agencies), 0, &[0, 1, 2]));
    world.set = agencies;
    world.block(1_000);
    let heads = rivals(&world).map(|header| certify(&world, header, 0, &[0, 1, 2]));
    let [one, other] = [0, 1].map(|n| headers(&heads[n], &links[n..=n]));
    let file = contradiction(&one, &other, Some(&world.trust)).unwrap();
    assert_eq!(code(&file, &world.trust), "valid");
    // Who holds no trust root takes the lowest.
    let file = contradiction(&one, &other, None).unwrap();
    assert_eq!(code(&file, &world.trust), "untrusted");
}

#[test]
fn the_way_to_the_validators_of_a_test_network_is_found_too() {
    let world = told("validators", World::new(true, 0)).world;
    let ([first, second], [low, high]) = (rivals(&world), quorums(&world));
    let (one, other) = (certify(&world, first, 1, &low), certify(&world, second, 1, &high));
    let file = contradiction(&headers(&one, &[]), &headers(&other, &world.chain), Some(&world.trust)).unwrap();
    let allowed = Options { allow_test: true, ..Options::default() };
    assert_eq!(worth(&verify_file(&file.to_json(), Some(&world.trust), allowed)), "valid");
}
