//! A thousand items live thirteen lives on a running network, and the program `hufu` verifies the bundle of each.

use api::{
    paths,
    tx::{TxAccepted, TxState, TxStatus},
};
use keys::{KeyPair, Signer};
use ledger::{
    ClassId, CustodyPoint, HandoverTerms, Hash, ItemId, NetworkId, Operation, OrgId, PersonId, Role, SignedTx, Slot,
    Text, Timestamp, TxBody,
    crypto::Suite,
    field::{self, Field},
    list,
    operation::{Entry, EntryBody, EntryList, InspectionResult, Purpose, Registration},
    record::{Category, ClassCode, ClassProfile, KeyEndReason, OrgKind, Roles},
};
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};
use testnet::{
    files::{Plan, RunningNode},
    http::Node,
    init::{self, InitOptions},
    people, process, running,
};
use tests::local::Up;

/// Of each story, with codes of their own.
const OF_EACH: usize = 77;
/// Class of `testnet init`.
const GTIN: &str = "09521100000017";
/// Work for one core each.
const HANDS: usize = 2;

type Story = fn(&mut Life<'_>);

const STORIES: [(&str, Story); 13] = [
    ("newborn", |life| life.register("2 LTR")),
    ("declared", |life| {
        life.register("2 LTR");
        life.declare(None);
    }),
    ("harbour", harbour),
    ("tested", |life| {
        life.register("1 KGM");
        life.declare(None);
        life.inspect(InspectionResult::TestPending);
        life.inspect(InspectionResult::Passed);
        life.release();
    }),
    ("failed", |life| {
        life.register("20 GRM");
        life.declare(None);
        life.inspect(InspectionResult::Failed);
        life.dispose("importer", "5 GRM");
        life.dispose("importer", "15 GRM");
    }),
    ("offers", offers),
    ("van", |life| {
        life.released("7 LTR");
        life.handover("importer", "carrier");
        life.handover("carrier", "hospital");
    }),
    ("held", |life| {
        life.released("5 LTR");
        life.hold("customs");
        life.hold("health");
        life.lift("customs", 5);
    }),
    ("serial", |life| {
        life.code = format!("01/{GTIN}/21/{}", life.mark);
        life.released("1 H87");
        life.handover("importer", "hospital");
        life.consume("hospital", "1 H87");
    }),
    ("keys", keys),
    ("donation", |life| {
        (life.class, life.code) = (ClassId::of(&blood()), format!("hufu:isbt128/A9999{}", life.mark));
        life.register("450 MLT");
        life.declare(None);
    }),
    ("twins", |life| {
        life.released("5 LTR");
        let (item, point) = (life.item, life.point);
        life.register("6 LTR");
        (life.item, life.point) = (item, point);
    }),
    ("pending", |life| {
        life.bystanders = 2;
        life.private = true;
        life.released("5 LTR");
        life.offer("importer", "hospital");
        life.hold("science-technology");
    }),
];

/// Port to disposal in twelve events.
fn harbour(life: &mut Life<'_>) {
    life.released("12.5 MLT");
    let terms = life.offer("importer", "carrier");
    life.accept("carrier", terms);
    life.handover("carrier", "hospital");
    life.consume("hospital", "4 MLT");
    life.hold("health");
    life.lift("health", 9);
    life.handover("hospital", "laboratory");
    life.dispose("laboratory", "8.5 MLT");
}

fn offers(life: &mut Life<'_>) {
    life.released("2 LTR");
    let (item, reason) = (life.item, text("the box is warm 箱温过高"));
    let terms = life.offer("importer", "hospital");
    life.act(Operation::Refuse { item, terms, reason }, &[("hospital", Role::Receiver)]);
    let terms = life.offer("importer", "carrier");
    life.act(Operation::Withdraw { item, terms }, &[("importer", Role::Custodian)]);
    let terms = life.offer("importer", "laboratory");
    life.accept("laboratory", terms);
}

/// A key of its own receives and uses the item; then it is reported compromised.
fn keys(life: &mut Life<'_>) {
    life.released("5 LTR");
    let (pair, org) = (KeyPair::random().unwrap(), life.town.people["hospital"].org);
    let (key, roles) = (pair.key_id(), Roles::of(&[Role::Custodian, Role::Receiver]));
    let claim =
        keys::claim(&pair, &life.town.network, &org, PersonId(Hash(keys::random().unwrap())), Hash([1; 32]), roles);
    life.own = Some(Person { pair, org });
    life.act(Operation::RegisterKey { org, claim }, &[("customs", Role::Officer)]);
    life.handover("importer", "own");
    life.consume("own", "1 LTR");
    let reason = KeyEndReason::Compromised;
    life.act(Operation::EndKey { key, reason }, &[("customs", Role::Officer)]);
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn blood() -> ClassCode {
    ClassCode::Other { scheme: text("isbt128"), value: text("A9999") }
}

struct Person {
    pair: KeyPair,
    org: OrgId,
}

/// A network and everybody on it.
struct Town {
    network: NetworkId,
    people: BTreeMap<&'static str, Person>,
    expires: Timestamp,
}

/// The life of an item, signed beforehand: what each of its acts builds on follows from the acts before.
struct Life<'a> {
    town: &'a Town,
    mark: String,
    class: ClassId,
    code: String,
    /// Items registered and declared together with it.
    bystanders: u32,
    /// Whether its registration and declaration carry private fields.
    private: bool,
    own: Option<Person>,
    item: ItemId,
    together: Vec<ItemId>,
    point: CustodyPoint,
    txs: Vec<SignedTx>,
}

impl<'a> Life<'a> {
    fn new(town: &'a Town, story: &'static str, number: usize) -> Life<'a> {
        let (mark, item) = (format!("{story}-{number}"), ItemId::default());
        Life {
            town,
            class: ClassId::of(&ClassCode::Gtin(GTIN.parse().unwrap())),
            code: format!("01/{GTIN}/10/{mark}"),
            mark,
            bystanders: 0,
            private: false,
            own: None,
            item,
            together: vec![item],
            point: CustodyPoint::start(&item),
            txs: Vec::new(),
        }
    }

    fn person(&self, name: &str) -> &Person {
        match name {
            "own" => self.own.as_ref().unwrap(),
            _ => &self.town.people[name],
        }
    }

    fn signed(&mut self, operation: Operation, signers: &[(&str, Role)], entries: Vec<Entry>) -> ledger::TxId {
        let people: Vec<(&Person, Role)> = signers.iter().map(|(name, role)| (self.person(name), *role)).collect();
        let tx = self.town.sign(operation, &people, entries);
        let id = tx.body.id();
        self.txs.push(tx);
        id
    }

    fn act(&mut self, operation: Operation, signers: &[(&str, Role)]) {
        self.signed(operation, signers, Vec::new());
    }

    /// An act after which custody stands at another point.
    fn custody(&mut self, operation: Operation, signers: &[(&str, Role)]) {
        let id = self.signed(operation, signers, Vec::new());
        self.point = self.point.after(&id);
    }

    fn listed(
        &mut self,
        bodies: Vec<EntryBody>,
        of: impl FnOnce(EntryList) -> Operation,
        by: (&str, Role),
    ) -> ledger::TxId {
        let entries: Vec<Entry> =
            bodies.into_iter().map(|body| Entry { salt: keys::random().unwrap(), body }).collect();
        let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
        let list = EntryList { count: entries.len() as u32, root: list::root(&hashes) };
        self.signed(of(list), &[by], entries)
    }

    fn items(&self) -> Vec<EntryBody> {
        self.together.iter().map(|item| EntryBody::Item(*item)).collect()
    }

    fn fields(&self) -> Option<Hash> {
        let field =
            |name: &str, value: &str| Field { salt: keys::random().unwrap(), name: text(name), value: text(value) };
        field::root(&[field("origin", "Hong Kong 香港"), field("price", "120000 CNY")]).filter(|_| self.private)
    }

    fn register(&mut self, quantity: &str) {
        let registration = |number: u32| Registration {
            class: self.class,
            code: match number {
                0 => self.code.parse().unwrap(),
                _ => format!("{}-{number}", self.code).parse().unwrap(),
            },
            quantity: quantity.parse().unwrap(),
            purpose: Purpose::Unstated,
            private: self.fields(),
        };
        let bodies = (0..=self.bystanders).map(|number| EntryBody::Registration(registration(number))).collect();
        let id = self.listed(bodies, |list| Operation::Register { list }, ("importer", Role::Declarant));
        self.together = (0..=self.bystanders).map(|index| ItemId::of(&self.town.network, &id, index)).collect();
        self.item = self.together[0];
        self.point = CustodyPoint::start(&self.item);
    }

    fn declare(&mut self, private: Option<Hash>) {
        self.listed(
            self.items(),
            |list| Operation::Declare { list, exempt: false, private },
            ("importer", Role::Declarant),
        );
    }

    fn inspect(&mut self, result: InspectionResult) {
        let of = |list| Operation::Inspect { list, result, video: None, private: None };
        self.listed(self.items(), of, ("customs", Role::Officer));
    }

    fn release(&mut self) {
        self.listed(self.items(), |list| Operation::Release { list }, ("customs", Role::Officer));
    }

    /// Four events.
    fn released(&mut self, quantity: &str) {
        self.register(quantity);
        self.declare(self.fields());
        self.inspect(InspectionResult::Passed);
        self.release();
    }

    fn terms(&self, giver: &str, receiver: &str) -> HandoverTerms {
        HandoverTerms {
            network: self.town.network,
            item: self.item,
            at: self.point,
            giver: self.person(giver).org,
            receiver: self.person(receiver).org,
            expires: self.town.expires,
            purpose: Purpose::Unstated,
            premises: None,
            private: self.fields(),
        }
    }

    fn handover(&mut self, giver: &str, receiver: &str) {
        let terms = self.terms(giver, receiver);
        self.custody(Operation::Handover { terms }, &[(giver, Role::Custodian), (receiver, Role::Receiver)]);
    }

    fn offer(&mut self, giver: &str, receiver: &str) -> Hash {
        let terms = self.terms(giver, receiver);
        let hash = terms.hash();
        self.act(Operation::Offer { terms }, &[(giver, Role::Custodian)]);
        hash
    }

    fn accept(&mut self, receiver: &str, terms: Hash) {
        let (item, at) = (self.item, self.point);
        self.custody(Operation::Accept { item, terms, at }, &[(receiver, Role::Receiver)]);
    }

    fn consume(&mut self, who: &str, quantity: &str) {
        let (item, at, quantity) = (self.item, self.point, quantity.parse().unwrap());
        let private = self.fields();
        self.custody(Operation::Use { item, at, quantity, private }, &[(who, Role::Custodian)]);
    }

    fn dispose(&mut self, who: &str, quantity: &str) {
        let (item, at, quantity) = (self.item, self.point, quantity.parse().unwrap());
        let operation = Operation::Dispose { item, at, quantity, private: None };
        self.custody(operation, &[(who, Role::Custodian), ("environment", Role::Countersigner)]);
    }

    fn hold(&mut self, agency: &str) {
        let (item, reason) = (self.item, text("recall 召回"));
        self.act(Operation::PlaceHold { item, reason }, &[(agency, Role::Officer)]);
    }

    fn lift(&mut self, agency: &str, placed: u64) {
        self.act(Operation::LiftHold { item: self.item, placed }, &[(agency, Role::Officer)]);
    }
}

impl Town {
    fn sign(&self, operation: Operation, signers: &[(&Person, Role)], entries: Vec<Entry>) -> SignedTx {
        let slot = |(person, role): &(&Person, Role)| Slot {
            suite: Suite::Ed25519,
            org: person.org,
            key: person.pair.key_id(),
            role: *role,
        };
        let body = TxBody {
            network: self.network,
            nonce: keys::random().unwrap(),
            expires: self.expires,
            signers: signers.iter().map(slot).collect(),
            operation,
        };
        let id = body.id();
        let sign = |((person, _), slot): (&(&Person, Role), &Slot)| person.pair.sign(&body.sign_hash(&id, slot));
        let signatures = signers.iter().zip(&body.signers).map(sign).collect();
        SignedTx { body, signatures, entries }
    }
}

/// Those who act: an officer of each agency, and one person of each firm.
fn gather(plan: &Plan) -> Town {
    let person = |org: &str, role| {
        let key = people::open(people::key_of(&plan.keys, org, role).unwrap()).unwrap();
        Person { pair: key.pair().clone(), org: org.parse().unwrap() }
    };
    let firm = |number| people::org_id(&people::profile("gln", &people::gln(number), "", OrgKind::Enterprise).unwrap());
    let agency = |name| plan.nodes.iter().find(|node| node.name == name).unwrap().org.as_str();
    let mut all: BTreeMap<_, _> = ["customs", "science-technology", "health", "environment"]
        .map(|name| (name, person(agency(name), "officer")))
        .into();
    let firms = [("importer", 1), ("carrier", 2), ("hospital", 3), ("laboratory", 4)];
    all.extend(firms.map(|(name, number)| (name, person(&firm(number).to_string(), "custodian"))));
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let expires = Timestamp(since.as_millis() as u64).plus_ms(3_600_000);
    Town { network: plan.network.parse().unwrap(), people: all, expires }
}

/// The class of donations, which no GTIN names.
fn donations(town: &Town) -> SignedTx {
    let profile = ClassProfile {
        code: blood(),
        name: text("Whole blood 全血"),
        category: Category::Blood,
        grade: text("2"),
        hgr: true,
        hs: "HS2022-CN-3002120090".parse().unwrap(),
    };
    town.sign(Operation::RegisterClass { profile }, &[(&town.people["science-technology"], Role::Officer)], Vec::new())
}

/// Each on its node: takes the transactions in, then waits for each.
fn commit(nodes: &[Node], txs: &[(&str, &SignedTx)]) {
    let share = txs.len().div_ceil(nodes.len()).max(1);
    std::thread::scope(|scope| {
        for (node, txs) in nodes.iter().zip(txs.chunks(share)) {
            scope.spawn(move || {
                let send = |(_, tx): &(&str, &SignedTx)| {
                    node.post::<TxAccepted>(paths::TX, paths::OCTETS, &tx.to_bytes()).unwrap().id
                };
                let sent: Vec<String> = txs.iter().map(send).collect();
                for (id, (mark, tx)) in sent.iter().zip(txs) {
                    let path = format!("{}?wait=committed", paths::fill(paths::TX_ONE, id));
                    let seen: TxStatus = node.get(&path).unwrap();
                    assert_eq!(seen.status, TxState::Committed, "{mark}: {:?} {seen:?}", tx.body.operation.act());
                }
            });
        }
    });
}

/// Gets the bundle of an item and has the program verify it.
fn verify(hufu: &Path, trust: &Path, folder: &Path, node: &Node, life: &Life<'_>) {
    let (status, bundle) = node.get_raw(&format!("{}/{}/{}", paths::ITEMS, life.item, paths::BUNDLE)).unwrap();
    assert_eq!(status, 200, "{}", life.mark);
    let file = folder.join(format!("{}.hufu", life.mark));
    fs::write(&file, bundle).unwrap();
    let mut command = Command::new(hufu);
    command.args(["--json", "verify"]).arg(&file).arg("--trust").arg(trust).current_dir(folder);
    let said = command.env_clear().stdin(Stdio::null()).output().unwrap();
    let verdict: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap_or_default();
    assert_eq!(said.status.code(), Some(0), "{}: {verdict}", life.mark);
    assert_eq!(verdict["verdict"], "valid", "{}: {verdict}", life.mark);
    assert!(verdict["events"].as_u64().unwrap() > 0, "{}: {verdict}", life.mark);
}

#[test]
fn a_thousand_honest_bundles_are_valid() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    let plan = init::init(&net, &InitOptions { members: 4, ..Default::default() }).unwrap();
    let _up = Up(&net);
    let network = running::up(&net, None).unwrap();
    let town = gather(&plan);
    let officer = |node: &RunningNode| people::open(people::key_of(&plan.keys, &node.org, "officer").unwrap()).unwrap();
    let log_in = |node: &RunningNode| Node::new(&node.api).login(&town.network, &officer(node)).unwrap().0;
    let nodes: Vec<Node> = network.nodes.iter().map(log_in).collect();
    commit(&nodes, &[("donations", &donations(&town))]);

    let lives = (0..OF_EACH).flat_map(|number| {
        STORIES.map(|(story, tell)| {
            let mut life = Life::new(&town, story, number);
            tell(&mut life);
            life
        })
    });
    let lives: Vec<Life<'_>> = lives.collect();
    assert!(lives.len() >= 1_000);
    let longest = lives.iter().map(|life| life.txs.len()).max().unwrap();
    for act in 0..longest {
        let txs = lives.iter().filter_map(|life| Some((life.mark.as_str(), life.txs.get(act)?)));
        commit(&nodes, &txs.collect::<Vec<_>>());
    }

    let (hufu, trust) = (process::beside("hufu").unwrap(), net.join("trust.json"));
    std::thread::scope(|scope| {
        for (hand, lives) in lives.chunks(lives.len().div_ceil(HANDS)).enumerate() {
            let (hufu, trust, folder, node) = (&hufu, &trust, dir.path(), &nodes[hand]);
            scope.spawn(move || lives.iter().for_each(|life| verify(hufu, trust, folder, node, life)));
        }
    });
}
