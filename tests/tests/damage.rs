//! A node over damaged files does not start and says why, or goes on; it never gives a wrong answer.

use api::{
    Problem, paths,
    view::{EventView, ItemView, Page},
};
use proof::{Options, TrustRoot};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};
use testnet::{
    Seen,
    files::{Folder, Plan},
    http::Node,
    init::{self, InitOptions},
    load::{self, LoadOptions, Rate},
    people, running, wait_for,
};
use tests::local::{SOON, Started, Up, copy, status};

/// What happens to a file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    /// A bit in its middle is turned.
    Flip,
    /// The second half is gone.
    Cut,
    /// All of it is gone.
    Gone,
    /// It is the one of an earlier day.
    Old,
    /// It is the one of another network.
    Foreign,
    /// The first digit of this value is another one.
    Digit(&'static str),
}
use Damage::{Cut, Digit, Flip, Foreign, Gone, Old};

/// What the node does.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// Refuses to start, with a code that begins so.
    Refuses(&'static str),
    /// Goes on as if nothing had been.
    GoesOn,
    /// Either: it depends on what the damaged place held. What it then says is right, or an error.
    Either(&'static str),
}
use Then::{Either, GoesOn, Refuses};

const CASES: &[(&str, Damage, Then)] = &[
    ("hufud.toml", Gone, Refuses("H3140")),
    ("hufud.toml", Cut, Refuses("H3142")),
    ("genesis.json", Gone, Refuses("H3117")),
    ("genesis.json", Cut, Refuses("H3103")),
    ("genesis.json", Flip, Refuses("H3")),
    ("genesis.json", Foreign, Refuses("H3150")),
    ("node.key.json", Gone, Refuses("H2205")),
    ("node.key.json", Cut, Refuses("H2202")),
    // A key that the ledger does not know may get a seat; the sign-state tells that it is not this home's.
    ("node.key.json", Foreign, Refuses("H7112")),
    ("node.key.json", Digit("consensus"), Refuses("H3150")),
    ("node.key.json", Digit("transport"), Refuses("H3150")),
    ("data/consensus/sign-state", Gone, Refuses("H7112")),
    ("data/consensus/sign-state", Cut, Refuses("H7112")),
    ("data/consensus/sign-state", Flip, Refuses("H7112")),
    ("data/consensus/sign-state", Old, Refuses("H7112")),
    ("data/consensus/sign-state", Foreign, Refuses("H7112")),
    ("data/consensus/journal", Flip, Refuses("H7113")),
    ("data/consensus/journal", Foreign, Refuses("H7113")),
    // At rest it holds no block that would be missed, and the sign-state knows what was signed.
    ("data/consensus/journal", Cut, GoesOn),
    ("data/consensus/journal", Gone, GoesOn),
    ("data/consensus/consensus.wal", Flip, GoesOn),
    ("data/consensus/consensus.wal", Cut, GoesOn),
    ("data/consensus/consensus.wal", Gone, GoesOn),
    ("data/store", Gone, Refuses("H8102")),
    ("data/store", Foreign, Refuses("H3150")),
    ("data/store/marker", Gone, Refuses("H8109")),
    // One of its two halves is enough.
    ("data/store/marker", Cut, GoesOn),
    ("data/store/db/CURRENT", Gone, Refuses("H81")),
    ("data/store/db/CURRENT", Flip, Refuses("H8106")),
];

/// Files of the storage, by the end of their name.
const TABLES: &[(&str, Damage, Then)] = &[
    (".log", Flip, Refuses("H8106")),
    (".log", Cut, Refuses("H8108")),
    (".log", Gone, Refuses("H8108")),
    (".sst", Flip, Either("H8106")),
    (".sst", Cut, Refuses("H8106")),
    (".sst", Gone, Refuses("H8106")),
    (".blob", Flip, Either("H8106")),
    (".blob", Cut, Either("H8106")),
    (".blob", Gone, Either("H8106")),
];

/// A network of one agency that has stopped, and what it answered before.
struct Scene {
    sound: PathBuf,
    old: PathBuf,
    foreign: PathBuf,
    copy: PathBuf,
    plan: Plan,
    trust: TrustRoot,
    items: Vec<String>,
    height: u64,
    answers: Vec<(String, Vec<u8>)>,
}

impl Scene {
    fn new(dir: &Path) -> Scene {
        let (net, old, other) = (dir.join("net"), dir.join("old"), dir.join("other"));
        let options = InitOptions { validators: 1, items: 300, ..Default::default() };
        let plan = init::init(&net, &options).unwrap();
        let folder = Folder::open(&net).unwrap();
        let _up = Up(&net);
        running::up(&net, None).unwrap();
        let load = |seconds| LoadOptions {
            seconds,
            rate: Rate::PerSecond(60),
            clients: 1,
            in_flight: load::DEFAULT_IN_FLIGHT,
            journal: None,
            progress: false,
        };
        load::run(&net, load(2)).unwrap();
        running::down(&net, None).unwrap();
        let sound = folder.home(&plan.nodes[0].name);
        copy(&sound, &old);
        // From here on the blocks of before are in tables; those of now are in the log.
        let network = running::up(&net, None).unwrap();
        load::run(&net, load(1)).unwrap();
        let trust = TrustRoot::from_json(&fs::read(folder.path().join("trust.json")).unwrap()).unwrap();
        let foreign = init::init(&other, &options).unwrap();
        let _other = Up(&other);
        running::up(&other, None).unwrap();
        running::down(&other, None).unwrap();
        let mut scene = Scene {
            foreign: other.join(&foreign.nodes[0].name),
            copy: dir.join("copy"),
            height: status(&network.nodes[0].api).height,
            items: Vec::new(),
            answers: Vec::new(),
            sound,
            old,
            plan,
            trust,
        };
        let node = scene.node();
        let page: Page<ItemView> = node.get(&format!("{}?limit=1000", paths::ITEMS)).unwrap();
        scene.items = page.items.iter().filter(|i| i.count > 1).map(|i| i.id.clone()).step_by(10).collect();
        assert!(scene.items.len() > 5);
        let events = scene.items.iter().map(|id| format!("{}/{id}/{}", paths::ITEMS, paths::EVENTS));
        let blocks = (1..=scene.height).map(|height| paths::fill(paths::BLOCK, &height.to_string()));
        let answer = |path: String| {
            let (status, body) = node.get_raw(&path).unwrap();
            assert_eq!(status, 200, "{path}");
            (path, body)
        };
        scene.answers = blocks.chain(events).map(answer).collect();
        let _: Page<EventView> = serde_json::from_slice(&scene.answers.last().unwrap().1).unwrap();
        running::down(&net, None).unwrap();
        scene
    }

    fn api(&self) -> String {
        format!("http://{}", self.plan.nodes[0].api)
    }

    fn node(&self) -> Node {
        let entry = people::key_of(&self.plan.keys, &self.plan.nodes[0].org, "officer").unwrap();
        let signer = people::open(entry).unwrap();
        Node::new(&self.api()).login(&self.plan.network.parse().unwrap(), &signer).unwrap().0
    }

    fn damage(&self, file: &str, damage: Damage) {
        let at = self.copy.join(file);
        let write = |bytes: &[u8]| fs::write(&at, bytes).unwrap();
        let replace = |by: &Path| {
            fs::remove_dir_all(&at).or_else(|_| fs::remove_file(&at)).unwrap();
            match by.is_dir() {
                true => copy(by, &at),
                false => drop(fs::copy(by, &at).unwrap()),
            }
        };
        match damage {
            Flip => {
                let mut bytes = fs::read(&at).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                write(&bytes);
            }
            Cut => {
                let bytes = fs::read(&at).unwrap();
                write(&bytes[..bytes.len() / 2]);
            }
            Gone => fs::remove_dir_all(&at).or_else(|_| fs::remove_file(&at)).unwrap(),
            Old => replace(&self.old.join(file)),
            Foreign => replace(&self.foreign.join(file)),
            Digit(field) => {
                let mut bytes = fs::read(&at).unwrap();
                let value = format!("\"{field}\": \"");
                let start = bytes.windows(value.len()).position(|w| w == value.as_bytes()).unwrap() + value.len();
                bytes[start] = if bytes[start] == b'0' { b'1' } else { b'0' };
                write(&bytes);
            }
        }
    }

    /// What a node says that does not start; nothing once it has gone on, or stopped itself.
    fn start(&self, hufud: &mut Started) -> Option<String> {
        let ended = wait_for("hufud to refuse or to go on", SOON, || {
            if hufud.0.try_wait().unwrap().is_some() {
                return Seen::Yes(true);
            }
            match Node::new(&self.api()).get::<api::network::StatusView>(paths::STATUS) {
                Ok(status) if status.height > self.height || status.safety == "H7011" => Seen::Yes(false),
                Ok(status) => Seen::NotYet(format!("{status:?}")),
                Err(error) => Seen::NotYet(error.to_string()),
            }
        });
        ended.unwrap().then(|| {
            let mut said = String::new();
            hufud.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            said
        })
    }

    /// Whether every answer is the right one. Otherwise all that are not say that the node is at fault.
    fn answers(&self, name: &str) -> bool {
        let node = self.node();
        let mut all = true;
        let mut fault = |path: &str, status: u16, body: &[u8]| {
            let problem: Problem = serde_json::from_slice(body).unwrap();
            assert_eq!((status, problem.code.as_str()), (500, "H7009"), "{name}: {path}: {}", problem.detail);
            all = false;
        };
        for (path, right) in &self.answers {
            match node.get_raw(path).unwrap() {
                (200, body) => assert_eq!(String::from_utf8_lossy(&body), String::from_utf8_lossy(right), "{name}"),
                (status, body) => fault(path, status, &body),
            }
        }
        for item in &self.items {
            let path = format!("{}/{item}/{}", paths::ITEMS, paths::BUNDLE);
            let options = Options { now: None, max_age_ms: None, allow_test: true };
            match node.get_raw(&path).unwrap() {
                (200, body) => assert_eq!(proof::verify(&body, Some(&self.trust), options).exit_code(), 0, "{name}"),
                (status, body) => fault(&path, status, &body),
            }
        }
        all
    }

    fn check(&self, file: &str, damage: Damage, then: Then) {
        let name = format!("{file}: {damage:?}");
        let _ = fs::remove_dir_all(&self.copy);
        copy(&self.sound, &self.copy);
        self.damage(file, damage);
        let mut hufud = Started::new(&self.copy);
        let said = self.start(&mut hufud);
        match (said, then) {
            (Some(said), Refuses(code) | Either(code)) => {
                assert!(said.contains(&format!("error[{code}")), "{name}: {said}");
            }
            (None, GoesOn) => assert!(self.answers(&name), "{name}"),
            (None, Either(_)) => drop(self.answers(&name)),
            (said, _) => panic!("{name}: expected {then:?}, it says {said:?}"),
        }
    }
}

#[test]
fn damage_is_refused_with_its_code_or_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new(dir.path());
    for (file, damage, then) in CASES {
        scene.check(file, *damage, *then);
    }
    let db = scene.sound.join("data/store/db");
    let names: Vec<String> =
        fs::read_dir(&db).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    for (end, damage, then) in TABLES {
        let files: Vec<_> = names.iter().filter(|n| n.ends_with(end)).collect();
        assert!(!files.is_empty(), "{end}");
        for file in files {
            scene.check(&format!("data/store/db/{file}"), *damage, *then);
        }
    }
}
