//! What is sealed opens with its key and with no other, and not when anything in it was changed.

use super::*;
use ledger::{
    NetworkId, Text, TxId, list,
    sealed::{PIECE_BYTES, piece},
};
use serde_json::{Value, json};
use std::{env, fs, path::Path};

fn org(n: u8) -> OrgId {
    OrgId(Hash([n; 32]))
}

fn key(n: u8) -> SealKey {
    SealKey::from_secret(&[n; 32])
}

fn about() -> About {
    About { network: NetworkId(Hash([8; 32])), by: org(1), opens: Hash([9; 32]), tx: TxId(Hash([10; 32])) }
}

fn letter() -> Letter {
    Letter { salt: [5; 16], media: Text::new("text/plain").unwrap(), name: Text::new("报告.txt").unwrap() }
}

/// Randomness of the vectors: bytes of 1 at the first time, of 2 at the second, and so on.
fn counting() -> impl FnMut(&mut [u8]) -> Result<(), SealError> {
    let mut time = 0u8;
    move |bytes: &mut [u8]| {
        time += 1;
        bytes.fill(time);
        Ok(())
    }
}

fn sealed_for(keys: &[(OrgId, [u8; 32])], content: &[u8]) -> (DocumentId, Vec<u8>) {
    let mut out = Vec::new();
    let length = content.len() as u64;
    let id = seal_with(&mut counting(), &about(), keys, &letter(), length, content, &mut out).unwrap();
    (id, out)
}

fn sealed(content: &[u8]) -> (DocumentId, Vec<u8>) {
    sealed_for(&[(org(3), *key(3).public()), (org(2), *key(2).public())], content)
}

fn opened(mine: &[(OrgId, &SealKey)], bytes: &[u8]) -> Result<(Opened, Vec<u8>), &'static str> {
    let mut out = Vec::new();
    open(mine, bytes, &mut out).map(|opened| (opened, out)).map_err(|error| error.code())
}

/// Content with another byte at each place of a chunk.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

/// RFC 9180 appendix A.2.1: the suite is the one that the format names.
#[test]
fn the_suite_is_that_of_the_rfc() {
    let hex = |text: &str| hex::decode(text).unwrap();
    let info = hex("4f6465206f6e2061204772656369616e2055726e");
    let mut ephemeral = |bytes: &mut [u8]| {
        bytes.copy_from_slice(&hex("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b"));
        Ok::<(), SealError>(())
    };
    let secret: [u8; 32] = hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb").try_into().unwrap();
    let recipient = SealKey::from_secret(&secret);
    assert_eq!(hex::encode(recipient.public()), "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
    let to = PublicKey::from_bytes(recipient.public()).unwrap();
    let mut drawn = Drawn { draw: &mut ephemeral, failed: None };
    let (enc, ct) = single_shot_seal_with_rng::<WrapAead, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &to,
        &info,
        &hex("4265617574792069732074727574682c20747275746820626561757479"),
        &hex("436f756e742d30"),
        &mut drawn,
    )
    .unwrap();
    let mut encapped = [0u8; 32];
    enc.write_exact(&mut encapped);
    assert_eq!(hex::encode(encapped), "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    assert_eq!(
        hex::encode(ct),
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    );
}

#[test]
fn every_recipient_opens_what_was_sealed_whatever_its_length() {
    let begin = letter().bytes().len();
    let lengths = [
        0,
        1,
        CHUNK_BYTES - begin - 1,
        CHUNK_BYTES - begin,
        CHUNK_BYTES - begin + 1,
        2 * CHUNK_BYTES - begin,
        PIECE_BYTES,
        3 * PIECE_BYTES + 7,
    ];
    for length in lengths {
        let content = pattern(length);
        let (id, bytes) = sealed(&content);
        for n in [2, 3] {
            let (found, plain) = opened(&[(org(n), &key(n))], &bytes).unwrap();
            assert_eq!((found.letter, found.head.about), (letter(), about()));
            assert!(plain == content, "{length}");
            assert_eq!(found.head.sealed_bytes(), bytes.len() as u64);
        }
        let pieces: Vec<Hash> = bytes.chunks(PIECE_BYTES).map(piece).collect();
        assert_eq!(id, DocumentId::of(&pieces), "{length}");
    }
}

#[test]
fn two_seals_of_one_document_have_nothing_in_common() {
    let seal_once = || {
        let mut out = Vec::new();
        let keys = [(org(2), *key(2).public())];
        let id = seal(&about(), &keys, &letter(), 3, b"abc".as_slice(), &mut out).unwrap();
        (id, out)
    };
    let ((one, first), (two, second)) = (seal_once(), seal_once());
    assert_ne!(one, two);
    let (head, at) = Head::parse(&first).unwrap().unwrap();
    assert_ne!(head.recipients, Head::parse(&second).unwrap().unwrap().0.recipients);
    assert_ne!(first[at..], second[at..]);
    assert_eq!(opened(&[(org(2), &key(2))], &first).unwrap().1, b"abc");
}

#[test]
fn nobody_else_opens_it() {
    let (_, bytes) = sealed(b"secret");
    for (mine, code) in [
        // A stranger; the depositor, who is no recipient; a recipient with another key; the key of another recipient.
        ((org(4), key(4)), "H1427"),
        ((org(1), key(1)), "H1427"),
        ((org(2), key(4)), "H1427"),
        ((org(2), key(3)), "H1427"),
    ] {
        assert_eq!(opened(&[(mine.0, &mine.1)], &bytes).map(|_| ()), Err(code));
    }
    assert_eq!(opened(&[], &bytes).map(|_| ()), Err("H1427"));
    // An older key is tried beside the newer one.
    assert!(opened(&[(org(2), &key(4)), (org(2), &key(2))], &bytes).is_ok());
}

/// Each byte of a document of one chunk, and bytes of every chunk of a longer one.
#[test]
fn no_changed_byte_opens() {
    let (id, bytes) = sealed(b"short");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let pieces: Vec<Hash> = changed.chunks(PIECE_BYTES).map(piece).collect();
        assert_ne!(DocumentId::of(&pieces), id, "byte {at}");
        for n in [2, 3] {
            assert!(opened(&[(org(n), &key(n))], &changed).is_err(), "byte {at} for {n}");
        }
    }
    let (_, bytes) = sealed(&pattern(5 * CHUNK_BYTES));
    let (_, head) = Head::parse(&bytes).unwrap().unwrap();
    for at in (head..bytes.len()).step_by(CHUNK_BYTES / 3).chain([bytes.len() - 1]) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x80;
        assert_eq!(opened(&[(org(2), &key(2))], &changed).map(|_| ()), Err("H1428"), "byte {at}");
    }
}

#[test]
fn cut_longer_and_exchanged_chunks_do_not_open() {
    let content = pattern(3 * CHUNK_BYTES);
    let (_, bytes) = sealed(&content);
    let (_, head) = Head::parse(&bytes).unwrap().unwrap();
    let sealed_chunk = CHUNK_BYTES + TAG_BYTES;
    let mine = (org(2), key(2));
    let check = |bytes: &[u8], code: &str| {
        assert_eq!(opened(&[(mine.0, &mine.1)], bytes).map(|_| ()), Err(code));
    };
    check(&bytes[..bytes.len() - 1], "H1428");
    check(&bytes[..head + sealed_chunk], "H1428");
    check(&bytes[..head], "H1428");
    check(&bytes[..head - 1], "H1425");
    check(&bytes[..50], "H1425");
    check(&[], "H1425");
    check(&[&bytes[..], &[0]].concat(), "H1425");
    let chunk = |n: usize| &bytes[head + n * sealed_chunk..head + (n + 1) * sealed_chunk];
    let rest = &bytes[head + 2 * sealed_chunk..];
    check(&[&bytes[..head], chunk(1), chunk(0), rest].concat(), "H1428");
    check(&[&bytes[..head], chunk(0), chunk(0), rest].concat(), "H1428");
    // The chunks of another document under the head of this one, and a shorter length over the same chunks.
    let (_, other) = sealed_for(&[(org(2), *key(2).public())], &content);
    let (_, at) = Head::parse(&other).unwrap().unwrap();
    check(&[&bytes[..head], &other[at..]].concat(), "H1428");
    let mut shorter = bytes.clone();
    shorter[head - 8..head].copy_from_slice(&(CHUNK_BYTES as u64).to_le_bytes());
    check(&shorter[..head + sealed_chunk], "H1428");
}

/// A content key is good for one head: nobody can pass it on under another depositor, commitment or transaction.
#[test]
fn a_wrapped_key_does_not_open_under_another_head() {
    let (_, bytes) = sealed(b"text");
    for at in [10, 42, 74, 106] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert_eq!(opened(&[(org(2), &key(2))], &changed).map(|_| ()), Err("H1428"), "byte {at}");
    }
}

#[test]
fn keys_of_low_order_are_not_sealed_to() {
    // Zero, one, and a point of order eight (RFC 7748 section 6.1 asks for the check that refuses them).
    let eight = hex::decode("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800").unwrap();
    let mut one = [0u8; 32];
    one[0] = 1;
    for low in [[0u8; 32], one, eight.try_into().unwrap()] {
        let keys = [(org(2), *key(2).public()), (org(3), low)];
        let made = seal(&about(), &keys, &letter(), 0, io::empty(), io::sink());
        assert_eq!(made.map_err(|error| error.code()), Err("H2221"));
    }
}

#[test]
fn recipients_and_lengths_have_bounds() {
    let keys = |count: u8| (1..=count).map(|n| (org(n), *key(n).public())).collect::<Vec<_>>();
    let made = |keys: &[(OrgId, [u8; 32])], length: u64, content: &[u8]| {
        seal(&about(), keys, &letter(), length, content, io::sink()).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(made(&keys(16), 0, b""), Ok(()));
    assert_eq!(made(&keys(17), 0, b""), Err("H1425"));
    assert_eq!(made(&[], 0, b""), Err("H1425"));
    assert_eq!(made(&[keys(1), keys(1)].concat(), 0, b""), Err("H1425"));
    assert_eq!(made(&keys(1), MAX_BYTES, b""), Err("H1426"));
    assert_eq!(made(&keys(1), u64::MAX, b""), Err("H1426"));
    // What is read is as long as was said, or nothing was sealed.
    assert_eq!(made(&keys(1), 2, b"a"), Err("H1403"));
    assert_eq!(made(&keys(1), 2, b"abc"), Err("H1403"));
}

#[test]
fn the_longest_document_fits_and_one_byte_more_does_not() {
    let head = |plain: u64| {
        let recipients = vec![Recipient { org: org(2), key: Hash::default(), enc: [0; 32], wrapped: [0; 48] }];
        Head { about: about(), recipients, plain }
    };
    let longest = (1..=MAX_BYTES).rev().find(|plain| head(*plain).sealed_bytes() <= MAX_BYTES).unwrap();
    let code = |plain: u64| Head::parse(&head(plain).bytes()).map(|_| ()).map_err(|error| error.code());
    assert_eq!(code(longest), Ok(()));
    assert_eq!(code(longest + 1), Err("H1426"));
    assert_eq!(code(u64::MAX), Err("H1426"));
    assert_eq!(code(Letter::MIN_BYTES), Ok(()));
    assert_eq!(code(Letter::MIN_BYTES - 1), Err("H1425"));
}

#[test]
fn a_head_is_read_as_it_comes() {
    let (_, bytes) = sealed(b"text");
    let (head, at) = Head::parse(&bytes).unwrap().unwrap();
    assert_eq!(head.bytes(), &bytes[..at]);
    for end in 0..at {
        assert_eq!(Head::parse(&bytes[..end]).unwrap(), None, "{end}");
    }
    assert_eq!(Head::read(&mut bytes.as_slice()).unwrap(), head);
    let most = Head { recipients: vec![head.recipients[0]; MAX_RECIPIENTS], ..head };
    assert_eq!(most.bytes().len(), MAX_HEAD_BYTES);
}

/// Whoever has the key can make anything: what was sealed still has to be what the format says.
#[test]
fn a_plaintext_without_its_beginning_is_refused() {
    for wrong in [vec![0u8; 17], [&[0u8; 16][..], &[65; 66]].concat(), [&[0u8; 16][..], &[1, 7, 0]].concat()] {
        assert_eq!(Letter::read(&wrong).unwrap_err().code(), "H1425", "{wrong:?}");
    }
    let bytes = [letter().bytes(), b"rest".to_vec()].concat();
    assert_eq!(Letter::read(&bytes).unwrap(), (letter(), b"rest".as_slice()));
}

#[test]
fn failing_randomness_seals_nothing() {
    let mut times = 0;
    let mut failing = |bytes: &mut [u8]| {
        times += 1;
        bytes.fill(times);
        if times < 2 { Ok(()) } else { Err(SealError::Random(KeyError::Random)) }
    };
    let keys = [(org(2), *key(2).public())];
    let mut out = Vec::new();
    let made = seal_with(&mut failing, &about(), &keys, &letter(), 0, io::empty(), &mut out);
    assert_eq!((made.map_err(|error| error.code()), out.len()), (Err("H2207"), 0));
}

#[test]
fn pieces_are_hashed_however_they_are_written() {
    let bytes = pattern(2 * PIECE_BYTES + 5);
    let hashes: Vec<Hash> = bytes.chunks(PIECE_BYTES).map(piece).collect();
    for step in [1_000, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, bytes.len()] {
        let mut pieces = Pieces::new(Vec::new());
        for part in bytes.chunks(step) {
            pieces.write_all(part).unwrap();
        }
        let (id, found, out) = pieces.finish().unwrap();
        assert_eq!((id.0, &found), (list::root(&hashes), &hashes), "{step}");
        assert!(out == bytes);
    }
    let mut full = Pieces { out: io::sink(), piece: Vec::new(), hashes: Vec::new(), length: MAX_BYTES };
    assert!(full.write_all(&[0]).is_err());
}

#[test]
fn debug_shows_no_secret() {
    assert!(!format!("{:?}", key(7)).contains(&"07".repeat(8)));
}

/// `HUFU_BLESS=1 cargo test -p keys vectors` writes the file instead.
#[test]
fn the_vectors_are_as_they_were() {
    let (id, envelope) = sealed(b"tiger tally");
    let (long_id, long) = sealed(&pattern(200_000));
    let recipient = |n: u8| {
        let key = key(n);
        json!({
            "org": org(n).to_string(),
            "secret": hex::encode(key.secret()),
            "public": hex::encode(key.public()),
            "id": seal_key_id(key.public()).to_string(),
        })
    };
    let About { network, by, opens, tx } = about();
    let Letter { salt, media, name } = letter();
    let made = json!({
        "about": {
            "network": network.to_string(), "by": by.to_string(), "opens": opens.to_string(), "tx": tx.to_string(),
        },
        "recipients": [recipient(2), recipient(3)],
        "letter": { "salt": hex::encode(salt), "media": media.to_string(), "name": name.to_string() },
        "randomness": "the content key is 32 bytes of 01; HPKE derives its ephemeral keys from 32 bytes of 02 and of 03",
        "content": "tiger tally",
        "envelope": hex::encode(&envelope),
        "id": id.to_string(),
        "long": {
            "content": "200,000 bytes: byte n is n modulo 251",
            "bytes": long.len(),
            "pieces": long.chunks(PIECE_BYTES).map(|bytes| piece(bytes).to_string()).collect::<Vec<_>>(),
            "id": long_id.to_string(),
        },
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/vectors/sealed.json");
    if env::var_os("HUFU_BLESS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let found: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(found, made);
    // The file opens by itself as well.
    let envelope = hex::decode(found["envelope"].as_str().unwrap()).unwrap();
    assert_eq!(opened(&[(org(3), &key(3))], &envelope).unwrap().1, b"tiger tally");
}
