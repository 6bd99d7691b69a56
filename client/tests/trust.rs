//! Trust files and witnesses on the command line, over a network of three agencies whose blocks are made here.

use keys::{KdfCost, KeyFile, KeyPair, PersonKey, SecretString, Signer};
use ledger::{
    BlockId, Certificate, CommitSignature, Genesis, Hash, Header, KeyId, NetworkId, OrgId, PersonId, PolicyPack,
    Signature, Text, Timestamp, ValidatorSet,
    block::PROTOCOL_VERSION,
    codec,
    genesis::{ChainParams, GenesisOrg, NodeClaim, TestClock},
    list,
    record::{AgencyFunction, OrgIdentifier, OrgKind, OrgProfile, Roles},
};
use proof::{Anchor, AnchorFile, Certified, Options, TrustRoot};
use std::{ffi::OsString, fs, path::PathBuf};

const AGENCIES: [u8; 3] = [1, 2, 3];
/// Where the second history leaves the first.
const FORK: u64 = 6;
const TIME: Timestamp = Timestamp(1_700_000_000_000);

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn pack() -> PolicyPack {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/vectors/packs.json");
    let packs: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let bytes = hex::decode(packs["packs"][0]["bytes"].as_str().unwrap()).unwrap();
    codec::decode(&bytes, ledger::bounds::MAX_PACK_BYTES).unwrap()
}

/// A genesis of which the verifier needs the agencies alone.
fn genesis() -> Genesis {
    let org = |seed: u8| GenesisOrg {
        profile: OrgProfile {
            identifier: OrgIdentifier { scheme: text("test"), value: text(&seed.to_string()) },
            name: text(&format!("Agency {seed}")),
            kind: OrgKind::Agency(AgencyFunction::Customs),
        },
        keys: Vec::new(),
        node: Some(NodeClaim {
            key: *KeyPair::from_seed(&[seed; 32]).public_key().bytes(),
            peer: [seed; 32],
            possession: Signature([0; 64]),
            peer_possession: Signature([0; 64]),
        }),
    };
    Genesis {
        chain: text("three agencies"),
        time: TIME,
        test: Some(TestClock { origin: TIME, rate: 1 }),
        params: ChainParams::default(),
        pack: pack(),
        orgs: AGENCIES.map(org).to_vec(),
        classes: Vec::new(),
        items: Vec::new(),
    }
}

/// Twelve blocks that agree with each other.
struct Chain {
    blocks: Vec<Certified>,
    ids: Vec<Hash>,
}

impl Chain {
    fn new(network: NetworkId, set: &ValidatorSet, is_fork: bool) -> Chain {
        let mut chain = Chain { blocks: Vec::new(), ids: Vec::new() };
        for height in 1..=12 {
            let header = Header {
                version: PROTOCOL_VERSION,
                network,
                test: true,
                height,
                round: 0,
                builder: KeyId::default(),
                time: TIME.plus_ms(height * 1_000),
                parent: BlockId(chain.ids.last().copied().unwrap_or_default()),
                txs: Hash::default(),
                results: Hash::default(),
                rest: Hash::default(),
                state: Hash([u8::from(is_fork && height > FORK); 32]),
                history: list::root(&chain.ids),
                validators: set.hash(),
                next_validators: set.hash(),
            };
            chain.ids.push(header.id().0);
            chain.blocks.push(certified(header, set, 0));
        }
        chain
    }

    fn anchor(&self, height: usize) -> Vec<u8> {
        AnchorFile::of(Anchor::at(&self.blocks[height - 1], &[])).to_json()
    }

    /// What a node answers about a block in the list of the first `size` ones.
    fn history(&self, height: usize, size: usize) -> String {
        let path = list::path(&self.ids[..size], height - 1).unwrap();
        serde_json::json!({
            "schema": "hufu.history/1",
            "height": height,
            "block": self.ids[height - 1].to_string(),
            "size": size,
            "path": api::bytes::encode(&codec::encode(&path)),
        })
        .to_string()
    }
}

fn certified(header: Header, set: &ValidatorSet, round: u32) -> Certified {
    let mut certificate = Certificate { height: header.height, round, block: header.id(), signatures: Vec::new() };
    for validator in set.validators() {
        let pair = AGENCIES.iter().map(|seed| KeyPair::from_seed(&[*seed; 32]));
        let pair = pair.into_iter().find(|pair| pair.key_id() == validator.key.id()).unwrap();
        let signer = pair.key_id();
        let signature = pair.sign(&certificate.precommit(header.network, signer).sign_hash());
        certificate.signatures.push(CommitSignature { signer, signature });
    }
    Certified { header, certificate, validators: set.clone() }
}

/// A folder with the files of a reader and a witness.
struct Desk {
    folder: tempfile::TempDir,
    chain: Chain,
    fork: Chain,
}

impl Desk {
    fn new() -> Desk {
        let genesis = genesis();
        let (network, set) = (genesis.network(), genesis.validators().unwrap());
        let [chain, fork] = [false, true].map(|is_fork| Chain::new(network, &set, is_fork));
        let desk = Desk { folder: tempfile::tempdir().unwrap(), chain, fork };
        desk.write("config.toml", "key_password_file = 'password'\nlang = 'en'\n");
        desk.write("password", "password\n");
        let sealed = KeyFile::seal(&witness(), &SecretString::from("password"), KdfCost::Light).unwrap();
        sealed.write_new(&desk.path("witness.key")).unwrap();
        desk.write("trust.json", TrustRoot::from_genesis(&genesis).unwrap().to_json());
        for height in [5, 9, 12] {
            desk.write(&format!("head-{height}.json"), desk.chain.anchor(height));
            desk.write(&format!("fork-{height}.json"), desk.fork.anchor(height));
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Runs a command line in which words with a dot before their end are files of the desk; its exit code.
    fn hufu(&self, line: &str) -> u8 {
        let is_file = |word: &str| [".json", ".gz"].iter().any(|end| word.ends_with(end));
        let word = |word: &str| match is_file(word) {
            true => self.path(word).into_os_string(),
            false => OsString::from(word),
        };
        let flags = ["hufu", "--yes", "--quiet", "--no-input", "--config"].map(OsString::from);
        let files = [self.path("config.toml").into(), "--key".into(), self.path("witness.key").into()];
        client::run(flags.into_iter().chain(files).chain(line.split(' ').map(word)))
    }

    #[track_caller]
    fn check(&self, line: &str, exit: u8) {
        assert_eq!(self.hufu(line), exit, "hufu {line}");
    }
}

fn witness() -> PersonKey {
    PersonKey::from_seed(&[77; 32], OrgId::default(), PersonId::default(), "W", "w", Roles::of(&[])).unwrap()
}

#[test]
fn a_trust_file_is_led_on_and_compared() {
    let desk = Desk::new();
    desk.check("trust show trust.json", 0);
    desk.check("trust compare trust.json trust.json", 0);
    desk.check("verify head-5.json --trust trust.json --allow-test", 0);
    desk.check("verify head-5.json --trust trust.json", 11);
    desk.check("verify head-5.json", 11);
    desk.check("trust advance --trust trust.json --from head-9.json --trusting-days 30 --out later.json", 0);
    desk.check("trust compare trust.json later.json", 10);
    desk.check("--json trust compare trust.json later.json", 10);
    let later = TrustRoot::from_json(&fs::read(desk.path("later.json")).unwrap()).unwrap();
    assert_eq!((later.start().height, later.trusting_ms()), (9, Some(30 * 86_400_000)));
    assert_eq!(later.validators()[0].name.as_str().split(' ').next(), Some("Agency"));
    desk.check("verify head-12.json --trust later.json --allow-test", 0);
    desk.check("verify head-9.json --trust later.json --allow-test", 0);
    desk.check("verify fork-9.json --trust later.json --allow-test", 10);
    desk.check("verify head-5.json --trust later.json --allow-test", 11);
    // Nowhere to go back to, and nobody to lead it there.
    desk.check("trust advance --trust later.json --from head-5.json", 1);
    desk.check("trust advance --from head-5.json", 2);
    desk.check("bundle refresh head-12.json --trust later.json --out same.json.gz", 0);
    assert_eq!(fs::read(desk.path("same.json.gz")).unwrap()[..2], [0x1f, 0x8b]);
    desk.check("verify same.json.gz --trust later.json --allow-test", 0);
    // A path is needed, and no node is there to tell it.
    desk.check("bundle refresh head-5.json --trust later.json --out none.json", 2);
    let mut anchor = proof::anchor_of(&desk.chain.anchor(5)).unwrap();
    anchor.set_history(8, &list::path(&desk.chain.ids[..8], 4).unwrap());
    desk.write("refreshed.json", AnchorFile::of(anchor).to_json());
    desk.check("verify refreshed.json --trust later.json --allow-test", 0);
}

#[test]
fn a_witness_signs_one_history() {
    let desk = Desk::new();
    let key = Hash(*witness().public_key().bytes()).to_string();
    desk.check(&format!("trust witnesses trust.json --add W={key} --needed 1 --out asking.json"), 0);
    desk.check("trust witnesses trust.json --needed 2 --out none.json", 2);
    desk.check("trust witnesses asking.json --remove X", 3);
    desk.check("verify head-9.json --trust asking.json --allow-test", 11);
    desk.check("witness extract head-9.json --out given.json.gz", 0);
    desk.check("--dry-run witness cosign given.json.gz --trust asking.json", 0);
    desk.check("verify given.json.gz --trust asking.json --allow-test", 11);
    desk.check("witness cosign given.json.gz --trust asking.json", 0);
    desk.check("verify given.json.gz --trust asking.json --allow-test", 0);
    desk.check("witness attach head-5.json given.json.gz", 10);
    desk.check("witness attach head-9.json given.json.gz", 0);
    desk.check("verify head-9.json --trust asking.json --allow-test", 0);
    // The same again does no harm; the same height with another block is refused, whatever the agencies signed.
    desk.check("witness cosign head-9.json --trust asking.json", 0);
    desk.check("verify fork-9.json --trust trust.json --allow-test", 0);
    desk.check("witness cosign fork-9.json --trust trust.json", 10);
    // A later one continues what was signed: a node says how, or a file that it wrote.
    desk.check("witness cosign head-12.json --trust trust.json", 2);
    desk.write("path.json", desk.chain.history(9, 11));
    desk.check("witness cosign fork-12.json --trust trust.json --history path.json", 10);
    desk.check("witness cosign head-12.json --trust trust.json --history path.json", 0);
    desk.write("path.json", desk.fork.history(9, 11));
    desk.check("witness cosign fork-12.json --trust trust.json --history path.json", 10);
    // One that was not signed yet is in the history of what was.
    desk.write("path.json", desk.chain.history(5, 8));
    desk.check("witness cosign head-5.json --trust trust.json --history path.json --out old.json", 0);
    desk.check("verify old.json --trust asking.json --allow-test", 0);
    // A witness signs nothing that his own trust file does not lead to.
    desk.check("trust advance --trust asking.json --from head-9.json --out later.json", 0);
    desk.check("witness cosign old.json --trust later.json", 10);
    desk.check("witness cosign old.json", 2);
}

#[test]
fn two_files_that_contradict_each_other_convict() {
    let desk = Desk::new();
    let judged = |name: &str| {
        let trust = TrustRoot::from_json(&fs::read(desk.path("trust.json")).unwrap()).unwrap();
        let options = Options { allow_test: true, ..Options::default() };
        let verdict = proof::evidence::verify(&fs::read(desk.path(name)).unwrap(), Some(&trust), options);
        (verdict.proves, verdict.height, verdict.accused.len())
    };
    desk.check("evidence compare head-9.json fork-9.json --trust trust.json --out both.json", 0);
    assert_eq!(judged("both.json"), (Some("two-certificates"), Some(9), AGENCIES.len()));
    desk.check("verify both.json --trust trust.json --allow-test", 0);
    desk.check("verify both.json --trust trust.json", 11);
    // What is there is kept, unless somebody says otherwise.
    desk.check("evidence compare fork-9.json head-9.json --out both.json", 1);
    desk.check("--force --json evidence compare fork-9.json head-9.json --out both.json", 0);
    desk.check("--lang zh-Hans evidence compare fork-12.json head-12.json --out late.json.gz", 0);
    assert_eq!(judged("late.json.gz"), (Some("two-certificates"), Some(12), AGENCIES.len()));
    desk.check("evidence compare both.json head-9.json", 0);
    // In two rounds it names nobody.
    let Certified { header, validators, .. } = desk.fork.blocks[8].clone();
    let later = certified(header, &validators, 1);
    desk.write("round-1.json", AnchorFile::of(Anchor::at(&later, &[])).to_json());
    desk.check("evidence compare head-9.json round-1.json --trust trust.json --out rounds.json", 0);
    assert_eq!(judged("rounds.json"), (Some("more-than-f"), Some(9), 0));
    desk.check("verify rounds.json --trust trust.json --allow-test", 0);
    // The histories part above height 6; files of two heights say nothing of each other.
    for (one, other) in [("head-5", "fork-5"), ("head-9", "head-9"), ("head-9", "fork-12"), ("both", "head-12")] {
        desk.check(&format!("evidence compare {one}.json {other}.json --trust trust.json --out none.json"), 3);
        assert!(!desk.path("none.json").exists());
    }
    // What is no such file, or does not hold, is not compared.
    desk.check("evidence compare head-9.json trust.json", 10);
    let mut forged = desk.fork.blocks[8].clone();
    forged.certificate.signatures[0].signature.0[0] ^= 1;
    desk.write("forged.json", AnchorFile::of(Anchor::at(&forged, &[])).to_json());
    desk.check("evidence compare head-9.json forged.json --out none.json", 10);
    assert!(!desk.path("none.json").exists());
}
