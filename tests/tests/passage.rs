//! An item passes from one network of real nodes to another. Whenever one looks, and whichever side has just been killed, it
//! is open in exactly one of them; what has closed stays closed, and a proof that is not the whole truth opens nothing.

use api::{
    network::BlockView,
    passage::PassageFile,
    paths,
    tx::{DryRun, TxAccepted},
    view::{ItemView, Page},
};
use ledger::{
    CustodyPoint, Header, ItemId, ItemRecord, NetworkId, Operation, OrgId, PublicKey, Role, SignedTx, Text, Validator,
    ValidatorSet, codec,
    genesis::GenesisOrg,
    operation::{Change, InspectionResult},
    passage::Passage,
    record::OrgKind,
};
use node::ceremony::GenesisFile;
use std::path::{Path, PathBuf};
use testnet::{
    clerk::{self, Clerk},
    files::Folder,
    goods,
    http::Node,
    init::{self, InitOptions},
    people, running,
};
use tests::local::{Up, goes_on, status};

/// Copies of a passage with one bit changed.
const CHANGED: usize = 200;
/// Longest record.
const MAX: usize = 1 << 20;
/// Refusals of a landing: another proof than one of this, and a second one.
const INVALID: &str = "H5118";
const LANDED: &str = "H5119";

/// One of the networks. `O` is its first member, the same organisation everywhere.
struct Side {
    net: PathBuf,
    network: NetworkId,
    org: String,
    agencies: Vec<String>,
}

impl Side {
    fn new(net: &Path, chain: &str, validators: usize) -> Side {
        let options = InitOptions { validators, members: 1, chain: chain.into(), ..InitOptions::default() };
        let plan = init::init(net, &options).unwrap();
        running::up(net, None).unwrap();
        let profile = people::profile("gln", &people::gln(1), "", OrgKind::Enterprise).unwrap();
        Side {
            net: net.to_owned(),
            network: plan.network.parse().unwrap(),
            org: people::org_id(&profile).to_string(),
            agencies: plan.nodes.into_iter().map(|node| node.org).collect(),
        }
    }

    fn clerk(&self) -> Clerk {
        Clerk::open(&Folder::open(&self.net).unwrap()).unwrap()
    }

    /// A connection of O.
    fn desk(&self) -> Node {
        self.clerk().desk(&self.org, Role::Custodian).unwrap()
    }

    fn kill(&self) {
        let network = Folder::open(&self.net).unwrap().network().unwrap();
        network.nodes.iter().for_each(|node| node.process().kill().unwrap());
    }

    fn start(&self) {
        running::up(&self.net, None).unwrap();
    }

    /// What of this network others admit: its seats, as of its last block.
    fn as_known(&self) -> Change {
        let reader = self.clerk().desk(&self.agencies[0], Role::Officer).unwrap();
        let height = status(reader.base()).height;
        let view: BlockView = reader.get(&paths::fill(paths::BLOCK, &height.to_string())).unwrap();
        let header: Header = codec::decode(&api::bytes::decode(&view.record).unwrap(), MAX).unwrap();
        let genesis = GenesisFile::load(&self.net.join("genesis.json")).unwrap().genesis;
        let seat = |org: &GenesisOrg| {
            let node = org.node.as_ref()?;
            let key = PublicKey::from_bytes(node.key).unwrap();
            Some(Validator { key, org: OrgId::of(&org.profile.identifier), peer: node.peer })
        };
        let set = ValidatorSet::new(genesis.orgs.iter().filter_map(seat).collect()).unwrap();
        assert_eq!(set.hash(), header.next_validators);
        Change::AdmitNetwork {
            network: self.network,
            chain: Text::new(genesis.chain.to_string()).unwrap(),
            set,
            height,
            block: header.id(),
            time: header.time,
        }
    }

    fn admit(&self, other: &Side) {
        self.clerk().vote(vec![other.as_known()], Some(self.agencies.len())).unwrap();
    }

    /// An item of O that is released.
    fn released(&self, lot: &str) -> ItemId {
        let clerk = self.clerk();
        let customs = self.agencies[0].as_str();
        let own = [(self.org.as_str(), Role::Declarant)];
        let tx = clerk.done(goods::registration(lot, "10 H87").unwrap(), &own).unwrap();
        let item = ItemId::of(&self.network, &tx, 0);
        let declare = goods::about(item, |list| Operation::Declare { list, exempt: false, private: None });
        clerk.done(declare.unwrap(), &own).unwrap();
        let officer = [(customs, Role::Officer)];
        let result = InspectionResult::Passed;
        let inspect = goods::about(item, |list| Operation::Inspect { list, result, video: None, private: None });
        clerk.done(inspect.unwrap(), &officer).unwrap();
        let release = goods::about(item, |list| Operation::Release { list });
        clerk.done(release.unwrap(), &officer).unwrap();
        item
    }

    /// An act of O as custodian, for the block after the last one.
    fn own(&self, operation: Operation) -> SignedTx {
        let now = clerk::now(&self.desk()).unwrap();
        self.clerk().sign((operation, Vec::new()), &[(self.org.as_str(), Role::Custodian)], now).unwrap()
    }

    fn record(&self, item: &ItemId) -> Option<ItemRecord> {
        let (status, bytes) = self.desk().get_raw(&format!("{}/{item}", paths::ITEMS)).unwrap();
        (status == 200).then(|| {
            let view: ItemView = serde_json::from_slice(&bytes).unwrap();
            codec::decode(&api::bytes::decode(&view.record).unwrap(), MAX).unwrap()
        })
    }

    fn judged(&self, operation: Operation) -> DryRun {
        clerk::dry_run(&self.desk(), &self.own(operation)).unwrap()
    }

    /// Whether an item is open here: somebody may use it.
    fn takes_use(&self, item: &ItemId) -> bool {
        let record = self.record(item).unwrap();
        let (at, quantity) = (point(&record), "1 H87".parse().unwrap());
        self.judged(Operation::Use { item: *item, at, quantity, private: None }).accepted
    }

    /// The item here that has landed with this code.
    fn landed(&self, lot: &str) -> Option<ItemId> {
        let page: Page<ItemView> = self.desk().get(&format!("{}?limit=100", paths::ITEMS)).unwrap();
        let found = page.items.iter().find(|item| item.code.ends_with(&format!("/{lot}")));
        found.map(|item| item.id.parse().unwrap())
    }

    /// The proof that an item has departed, if it has.
    fn passage(&self, item: &ItemId) -> Option<Passage> {
        let path = format!("{}/{item}/{}", paths::ITEMS, paths::PASSAGE);
        let (status, bytes) = self.desk().get_raw(&path).unwrap();
        (status == 200).then(|| PassageFile::read(&bytes).unwrap().1)
    }

    fn sends(&self, tx: &SignedTx) {
        let _: TxAccepted = self.desk().post(paths::TX, paths::OCTETS, &tx.to_bytes()).unwrap();
    }

    /// Sends it again, whatever became of it before.
    fn done(&self, tx: &SignedTx) {
        let status = clerk::send(&self.desk(), tx).unwrap();
        assert!(status.rejection.is_none(), "{status:?}");
    }
}

fn point(record: &ItemRecord) -> CustodyPoint {
    CustodyPoint { seq: record.custody_seq, trail: record.trail }
}

fn land(passage: &Passage) -> Operation {
    Operation::Land { passage: Box::new(passage.clone()) }
}

fn code(judged: &DryRun) -> &str {
    assert!(!judged.accepted);
    judged.rejection.as_ref().map_or("", |rejection| &rejection.code)
}

/// An item on its way.
struct Journey<'a> {
    from: &'a Side,
    to: &'a Side,
    item: ItemId,
    lot: &'a str,
    /// What has left the first network as a file.
    exported: Option<Passage>,
}

impl Journey<'_> {
    fn open_in_first(&self) -> bool {
        self.from.takes_use(&self.item)
    }

    /// Whether the second one takes an act on it: landing is one. `passage`: what can be shown there.
    fn open_in_second(&self, passage: Option<&Passage>) -> bool {
        match self.to.landed(self.lot) {
            Some(item) => self.to.takes_use(&item),
            None if passage.is_some_and(|passage| self.to.judged(land(passage)).accepted) => true,
            // It may have landed meanwhile.
            None => self.to.landed(self.lot).is_some_and(|item| self.to.takes_use(&item)),
        }
    }

    /// Looks at both.
    fn look(&self, moment: &str) -> (bool, bool) {
        let first = self.open_in_first();
        let passage = self.from.passage(&self.item);
        // It may have departed between the two looks.
        let first = first && (passage.is_none() || self.open_in_first());
        let second = self.open_in_second(passage.as_ref());
        assert!(first != second, "{moment}: open in the first {first}, in the second {second}");
        (first, second)
    }

    /// Kills each side in turn, looks at the other meanwhile, and at both when all are there again.
    fn shake(&self, moment: &str) {
        self.from.kill();
        let second = self.open_in_second(self.exported.as_ref());
        self.from.start();
        let seen = self.look(&format!("{moment}, the first was killed"));
        assert!(!second || seen.1, "{moment}: what was open in the second has closed");
        self.to.kill();
        let first = self.open_in_first();
        self.to.start();
        let seen = self.look(&format!("{moment}, the second was killed"));
        assert!(first || !seen.0, "{moment}: what was closed in the first has opened");
    }
}

#[test]
fn an_item_is_open_in_exactly_one_of_two_networks_whoever_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let (east, west) = (dir.path().join("east"), dir.path().join("west"));
    let _ups = (Up(&east), Up(&west));
    let (first, second) = (Side::new(&east, "east", 4), Side::new(&west, "west", 4));
    let item = first.released("P1");
    let mut journey = Journey { from: &first, to: &second, item, lot: "P1", exported: None };
    first.admit(&second);
    second.admit(&first);
    journey.shake("admitted");

    let at = point(&first.record(&item).unwrap());
    let depart = first.own(Operation::Depart { item, at, to: second.network });
    first.sends(&depart);
    journey.shake("departure sent");
    first.done(&depart);
    journey.shake("departed");
    let passage = first.passage(&item).unwrap();
    journey.exported = Some(passage.clone());
    journey.shake("exported");
    let landing = second.own(land(&passage));
    second.sends(&landing);
    journey.shake("landing sent");
    second.done(&landing);
    journey.shake("landed");
    assert_eq!(journey.look("at the end"), (false, true));
    assert_eq!(code(&second.judged(land(&passage))), LANDED);
}

#[test]
fn a_proof_of_a_departure_opens_nothing_where_it_is_not_whole_old_or_of_another_way() {
    let dir = tempfile::tempdir().unwrap();
    let folders = ["east", "west", "north"].map(|chain| dir.path().join(chain));
    let _ups = folders.each_ref().map(|folder| Up(folder));
    let [first, second, third] = ["east", "west", "north"].map(|chain| Side::new(&dir.path().join(chain), chain, 1));
    first.admit(&second);
    third.admit(&first);
    let item = first.released("P2");
    let at = point(&first.record(&item).unwrap());
    let depart = Operation::Depart { item, at, to: second.network };
    first.done(&first.own(depart));
    let passage = first.passage(&item).unwrap();
    // The second one does not know the first yet, and then only from a later block on.
    assert_eq!(code(&second.judged(land(&passage))), "H4124");
    second.admit(&first);
    assert_eq!(code(&second.judged(land(&passage))), INVALID);
    assert_eq!(code(&third.judged(land(&passage))), INVALID);

    let desk = first.desk();
    goes_on(desk.base(), status(desk.base()).height);
    let passage = first.passage(&item).unwrap();
    let bytes = codec::encode(&passage);
    let (desk, clerk) = (second.desk(), second.clerk());
    let now = clerk::now(&desk).unwrap();
    let mut read = 0;
    for n in 0..CHANGED {
        let mut changed = bytes.clone();
        changed[n * bytes.len() / CHANGED] ^= 1 << (n % 8);
        // What is no passage any more cannot even be sent.
        let Ok(changed) = codec::decode::<Passage>(&changed, MAX) else { continue };
        read += 1;
        let signers = [(second.org.as_str(), Role::Custodian)];
        let tx = clerk.sign((land(&changed), Vec::new()), &signers, now).unwrap();
        let taken = clerk::dry_run(&desk, &tx).is_ok_and(|judged| judged.accepted);
        assert!(!taken, "bit {} of byte {}", n % 8, n * bytes.len() / CHANGED);
    }
    assert!(read > 0, "no changed copy was a passage");
    assert!(second.judged(land(&passage)).accepted);
    second.done(&second.own(land(&passage)));
    assert_eq!(code(&second.judged(land(&passage))), LANDED);
}
