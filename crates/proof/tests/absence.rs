//! That nobody registered a code: honest files, and every way to say so of a code that somebody did register.

use crate::town;

use ledger::{
    StateKey, codec,
    state::code_hash,
    tree::{StateProof, Terminal},
};
use proof::{
    Blob, Options, Source, Standing, TrustRoot,
    absence::{self, Absence, AbsenceError},
    bounds::{MAX_BUNDLE_BYTES, MAX_CODE_BYTES, MAX_STATE_PROOF_BYTES},
    compress, verify_file,
};
use town::{Town, code_bytes, worth};

const NEVER: &str = "01/09521234543213/10/NEVER";
const HARBOUR: &str = "01/09521234543213/10/HARBOUR-1";

fn code(file: &Absence, trust: Option<&TrustRoot>) -> &'static str {
    worth(&verify_file(&file.to_json(), trust, Options::default()))
}

#[test]
fn an_absent_code_is_proved_absent() {
    let town = Town::new(false);
    let trust = Some(&town.world.trust);
    for (absent, link) in [
        (NEVER, "https://id.gs1.org/01/09521234543213/10/NEVER"),
        ("hufu:isbt128/A9999", "hufu:isbt128/A9999"),
        ("01/09521234543213/21/HARBOUR-1", "https://id.gs1.org/01/09521234543213/21/HARBOUR-1"),
    ] {
        let file = town.absence(absent);
        let verdict = absence::verify(&file.to_json(), trust, Options::default());
        assert_eq!(verdict.head.verdict, Standing::Valid, "{absent}: {:?}", verdict.head.failure);
        assert_eq!(verdict.code.as_deref(), Some(link));
        let as_of = verdict.head.as_of.as_ref().unwrap();
        assert_eq!((as_of.height, verdict.head.signatures.checked, verdict.head.certified_by.len()), (16, 4, 4));
        assert_eq!(Absence::from_json(&file.to_json()), Ok(file));
    }
}

#[test]
fn trust_and_age_are_as_with_bundles() {
    let town = Town::new(false);
    let (file, trust) = (town.absence(NEVER), Some(&town.world.trust));
    let time = town.world.now.time;
    let judged = |trust, options| worth(&verify_file(&file.to_json(), trust, options));
    assert_eq!(judged(None, Options::default()), "untrusted");
    let aged = |ms| Options { now: Some(time.plus_ms(ms)), max_age_ms: Some(60_000), allow_test: false };
    assert_eq!(judged(trust, aged(60_000)), "valid");
    assert_eq!(judged(trust, aged(60_001)), "stale");
    assert_eq!(judged(None, aged(60_001)), "untrusted");
    let early = Options { now: Some(ledger::Timestamp(time.0 - 600_001)), ..Options::default() };
    assert_eq!(judged(trust, early), "H9029");
    let test = Town::new(true);
    let (file, trust) = (test.absence(NEVER), Some(&test.world.trust));
    let allowed = Options { allow_test: true, ..Options::default() };
    assert_eq!(worth(&verify_file(&file.to_json(), trust, Options::default())), "untrusted");
    assert_eq!(worth(&verify_file(&file.to_json(), trust, allowed)), "valid");
    // The trust root of another network vouches for nothing here.
    assert_eq!(worth(&verify_file(&file.to_json(), Some(&town.world.trust), allowed)), "untrusted");
}

#[test]
fn a_code_that_exists_is_never_absent() {
    let town = Town::new(false);
    let trust = Some(&town.world.trust);
    let moment = town.moment();
    assert_eq!(absence::assemble(&moment, &code_bytes(HARBOUR)), Err(AbsenceError::Registered));
    let honest = town.absence(NEVER);
    let key = StateKey::Code(code_hash(&gs1::parse_code(HARBOUR).unwrap()));
    let (record, present) = moment.prove(&key).unwrap();
    let value = ledger::tree::value(&record.unwrap());
    let other = moment.prove(&StateKey::Item(town.item)).unwrap().1;
    let claims = [
        ("the proof of another code", codec::decode(&honest.proof, 1 << 20).unwrap()),
        ("its own presence", present.clone()),
        ("an empty end", StateProof { terminal: Terminal::Empty, ..present.clone() }),
        ("itself as another", StateProof { terminal: Terminal::Other { key: key.hash(), value }, ..present }),
        ("the presence of something else", other),
        ("nothing at all", StateProof { siblings: Vec::new(), terminal: Terminal::Empty }),
        ("too deep", StateProof { siblings: vec![None; 257], terminal: Terminal::Empty }),
    ];
    for (what, proof) in claims {
        let mut forged = honest.clone();
        (forged.code, forged.proof) = (Blob(code_bytes(HARBOUR)), Blob(codec::encode(&proof)));
        assert_eq!(code(&forged, trust), "H9040", "{what}");
        assert_eq!(code(&forged, None), "H9040", "{what}");
    }
}

#[test]
fn a_proof_of_another_state_proves_nothing_here() {
    let mut town = Town::new(false);
    let honest = town.absence(NEVER);
    let trust = town.world.trust.clone();
    town.world.fill(500);
    let later = town.absence(NEVER);
    assert_eq!(code(&later, Some(&trust)), "valid");
    let mut mixed = honest.clone();
    mixed.proof = later.proof.clone();
    assert_eq!(code(&mixed, Some(&trust)), "H9040");
    let mut mixed = later;
    mixed.anchor.header = honest.anchor.header.clone();
    assert_eq!(code(&mixed, Some(&trust)), "H9021");
}

#[test]
fn what_is_no_such_file_is_named() {
    let town = Town::new(false);
    let honest = town.absence(NEVER);
    let trust = Some(&town.world.trust);
    let spoiled = |spoil: &dyn Fn(&mut Absence)| {
        let mut file = honest.clone();
        spoil(&mut file);
        code(&file, trust)
    };
    assert_eq!(spoiled(&|f| f.code.0.push(0)), "H9005");
    assert_eq!(spoiled(&|f| f.code.0.clear()), "H9005");
    assert_eq!(spoiled(&|f| f.code = Blob(vec![0; MAX_CODE_BYTES + 1])), "H9005");
    assert_eq!(spoiled(&|f| f.proof.0.push(0)), "H9005");
    assert_eq!(spoiled(&|f| f.proof = Blob(vec![0; MAX_STATE_PROOF_BYTES + 1])), "H9005");
    // Stated as another kind it is judged as that; directly, the schema is another one.
    assert_eq!(spoiled(&|f| f.schema = "hufu.absence/2".into()), "H9003");
    assert_eq!(spoiled(&|f| f.schema = "hufu.feed/1".into()), "H9003");
    let mut other = honest.clone();
    other.schema = "hufu.absence/2".into();
    let direct = |bytes: &[u8]| absence::verify(bytes, trust, Options::default()).head.failure.unwrap().code;
    assert_eq!(direct(&other.to_json()), "H9004");
    assert_eq!(direct(&vec![b' '; MAX_BUNDLE_BYTES]), "H9002");
    assert_eq!(direct(&vec![b' '; MAX_BUNDLE_BYTES + 1]), "H9001");
    let text = String::from_utf8(honest.to_json()).unwrap();
    assert_eq!(direct(text.replacen('{', r#"{"more":1,"#, 1).as_bytes()), "H9003");
    assert_eq!(direct(&text.as_bytes()[..text.len() - 1]), "H9002");
    let deepest = StateProof { siblings: vec![Some(ledger::Hash([9; 32])); 256], terminal: Terminal::Leaf };
    assert!(codec::encode(&deepest).len() + 64 <= MAX_STATE_PROOF_BYTES);
}

#[test]
fn a_file_is_judged_by_the_schema_that_it_states() {
    let town = Town::new(false);
    let trust = Some(&town.world.trust);
    let schema = |bytes: &[u8]| {
        let verdict: serde_json::Value =
            serde_json::from_str(&verify_file(bytes, trust, Options::default()).to_json()).unwrap();
        (verdict["schema"].as_str().unwrap().to_owned(), verdict["verdict"].as_str().unwrap().to_owned())
    };
    let pair = |schema: &str, verdict: &str| (schema.to_owned(), verdict.to_owned());
    assert_eq!(schema(&town.world.export(&town.item).to_json()), pair("hufu.verdict/1", "valid"));
    assert_eq!(schema(&town.absence(NEVER).to_json()), pair("hufu.absence-verdict/1", "valid"));
    assert_eq!(schema(&town.feed("importer", 1, 16).to_json()), pair("hufu.feed-verdict/1", "valid"));
    assert_eq!(schema(b"{}"), pair("hufu.verdict/1", "invalid"));
    assert_eq!(schema(b"nonsense"), pair("hufu.verdict/1", "invalid"));
}

/// A file that says twice what it is, is what it says first and not within; and that kind refuses the second.
#[test]
fn a_second_schema_hides_nothing() {
    let town = Town::new(false);
    let trust = Some(&town.world.trust);
    let honest = String::from_utf8(town.absence(NEVER).to_json()).unwrap();
    let judged = |text: &str| {
        let of = |bytes: &[u8]| verify_file(bytes, trust, Options::default());
        let (plain, packed) = (of(text.as_bytes()), of(&compress(text.as_bytes())));
        assert_eq!(plain, packed);
        let verdict: serde_json::Value = serde_json::from_str(&plain.to_json()).unwrap();
        (verdict["schema"].as_str().unwrap().to_owned(), worth(&plain))
    };
    let check = |text: &str, schema: &str, worth: &str| {
        assert_eq!(judged(text), (schema.to_owned(), worth), "{text:.99}");
    };
    let (bundle, absence, feed) = ("hufu.verdict/1", "hufu.absence-verdict/1", "hufu.feed-verdict/1");
    check(&honest, absence, "valid");
    let before = |member: &str| honest.replacen('{', &format!("{{{member},"), 1);
    check(&before(r#""schema":"hufu.bundle/1""#), bundle, "H9003");
    check(&before(r#""schema":"hufu.feed/1""#), feed, "H9003");
    check(&before(r#""sch\u0065ma":"hufu.feed/1""#), feed, "H9003");
    check(&before(r#""schema":null"#), bundle, "H9003");
    check(&before(r#""x":{"schema":"hufu.feed/1"}"#), absence, "H9003");
    check(&before(r#""x":"\"schema\":\"hufu.feed/1\"""#), absence, "H9003");
    let behind = |more: &str| format!("{}{more}", &honest[..honest.len() - 1]);
    check(&behind(r#","schema":"hufu.feed/1"}"#), absence, "H9003");
    check(&behind(""), absence, "H9002");
    check(&format!("\u{feff}{honest}"), bundle, "H9002");
    // To the byte that a file may have, and one more.
    let long = |bytes: usize| format!("{honest}{}", " ".repeat(bytes - honest.len()));
    check(&long(MAX_BUNDLE_BYTES), absence, "valid");
    check(&long(MAX_BUNDLE_BYTES + 1), bundle, "H9001");
}
