//! A day of business through the nodes of three members and a partner: each has its own part, whole, and nothing of what it
//! was never a party of, neither on its disk nor in its answers.

use api::{
    paths,
    view::{ItemView, Page},
};
use ledger::{Event, ItemId, ItemRecord, Role, StateKey, StateRead, codec};
use node::config::Home;
use proof::TrustRoot;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use store::Store;
use testnet::{
    clerk::Clerk,
    files::{Folder, RunningNode},
    http::Node,
    running, scenario,
};
use tests::{local::Up, whole::is_whole};

/// Which nodes may know of items whose code begins so. The hospital has the cells in the proof of what was made of them.
const KNOWN_TO: [(&str, &[&str]); 4] = [
    ("01/09521100000017", &["cro"]),
    ("01/09521200000016", &["maker", "hospital"]),
    ("01/09521200000023", &["maker", "hospital"]),
    ("01/09521400000014", &["firm"]),
];
/// Lists that a node answers with.
const LISTS: [&str; 8] = [
    paths::ITEMS,
    paths::HOLDS,
    paths::PERMITS,
    paths::DUTIES,
    paths::PROPOSALS,
    paths::ALERTS,
    paths::EPCIS_EVENTS,
    paths::EPCIS_EPCS,
];
/// Longest record.
const MAX: usize = 1 << 20;

/// What stands for an item wherever it is written.
fn marks(item: &ItemView) -> Vec<(String, Vec<u8>)> {
    let id: ItemId = item.id.parse().unwrap();
    let record: ItemRecord = codec::decode(&api::bytes::decode(&item.record).unwrap(), MAX).unwrap();
    let of = |what: &str, bytes: Vec<u8>| (format!("{what} of {}", item.code), bytes);
    vec![
        of("the identity", id.0.0.to_vec()),
        of("the name of the identity", item.id.clone().into_bytes()),
        of("the code", codec::encode(&record.code)),
        of("the text of the code", item.code.clone().into_bytes()),
        of("the name of the class", item.class.name.clone().into_bytes()),
    ]
}

fn may_know(node: &str, item: &ItemView) -> bool {
    let row = KNOWN_TO.iter().find(|(begins, _)| item.code.contains(begins));
    row.unwrap_or_else(|| panic!("{} is in no story", item.code)).1.contains(&node)
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

/// All files of a folder with their bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                // A node may remove a file while it is looked at.
                false => found.extend(fs::read(&path).ok().map(|bytes| (path, bytes))),
            }
        }
    }
    found
}

/// The files that hold what stands for some of the items.
fn found<'a>(files: &[(PathBuf, Vec<u8>)], items: impl Iterator<Item = &'a ItemView>) -> Vec<String> {
    let marks: Vec<(String, Vec<u8>)> = items.flat_map(marks).collect();
    let mut found = Vec::new();
    for (path, bytes) in files {
        let here = marks.iter().filter(|(_, mark)| holds(bytes, mark));
        found.extend(here.map(|(what, _)| format!("{what} in {}", path.display())));
    }
    found
}

/// All items, as somebody sees them.
fn items(node: &Node) -> Vec<ItemView> {
    let page: Page<ItemView> = node.get(&format!("{}?limit={}", paths::ITEMS, paths::MAX_LIMIT)).unwrap();
    assert!(page.next.is_none());
    page.items
}

/// Its disk and its log hold its own items and nothing of others'.
fn check_disk(member: &RunningNode, items: &[ItemView]) {
    let mut all = files(&member.home);
    all.push((member.log.clone(), fs::read(&member.log).unwrap()));
    let (own, others): (Vec<&ItemView>, Vec<&ItemView>) = items.iter().partition(|item| may_know(&member.name, item));
    assert_eq!(found(&all, others.iter().copied()), Vec::<String>::new(), "{}", member.name);
    // The search finds what is there: its own, and anything that somebody puts beside it.
    let here = found(&all, own.iter().copied());
    assert!(here.iter().any(|what| what.starts_with("the identity")), "{}: {here:?}", member.name);
    assert!(here.iter().any(|what| what.starts_with("the code")), "{}: {here:?}", member.name);
    let stranger = marks(others.first().unwrap()).swap_remove(0).1;
    all.push(("planted".into(), [&[7; 100][..], &stranger, &[7; 100]].concat()));
    assert_eq!(found(&all, others.iter().copied()).len(), 1, "{}", member.name);
}

/// Its answers tell of its own items, as an agency's do, and of no others.
fn check_answers(own: &Node, member: &RunningNode, items: &[ItemView]) {
    let (known, others): (Vec<&ItemView>, Vec<&ItemView>) = items.iter().partition(|item| may_know(&member.name, item));
    for list in LISTS {
        let (_, body) = own.get_raw(list).unwrap();
        let told = others.iter().filter(|item| holds(&body, item.id.as_bytes()) || holds(&body, item.code.as_bytes()));
        assert_eq!(told.map(|item| item.code.as_str()).collect::<Vec<_>>(), Vec::<&str>::new(), "{list}");
    }
    for item in others {
        let path = format!("{}/{}", paths::ITEMS, item.id);
        for of in [path.clone(), format!("{path}/{}", paths::EVENTS), format!("{path}/{}", paths::BUNDLE)] {
            let (status, _) = own.get_raw(&of).unwrap();
            assert!((400..500).contains(&status), "{}: {of} gives {status}", member.name);
        }
    }
    let mut held = 0;
    for item in known.iter().filter(|item| item.custodian.id == member.org) {
        let here: ItemView = own.get(&format!("{}/{}", paths::ITEMS, item.id)).unwrap();
        assert_eq!(here.record, item.record, "{}: {}", member.name, item.code);
        held += 1;
    }
    assert!(held > 0 || member.name == "firm", "{} holds nothing", member.name);
}

/// What stands in its ledger, read as a ledger: records and events of its own items alone.
fn check_slice(member: &RunningNode, items: &[ItemView]) {
    let org = member.org.parse().unwrap();
    let slice = Store::open_slice(&Home::new(&member.home).slice(), store::Options::default(), org).unwrap();
    let view = slice.view().unwrap();
    let mut held = BTreeSet::new();
    for item in items {
        let id: ItemId = item.id.parse().unwrap();
        let record: Option<ItemRecord> = view.record(&StateKey::Item(id)).unwrap();
        let events: Vec<Event> = view.events(&id, 1, 100).unwrap();
        if record.is_some() || !events.is_empty() || view.file(&id).unwrap().is_some() {
            held.insert(item.code.clone());
        }
        assert!(may_know(&member.name, item) || !held.contains(&item.code), "{}: {}", member.name, item.code);
    }
    assert!(!held.is_empty(), "{}", member.name);
}

#[test]
fn a_day_of_business_leaves_each_members_node_its_own_part_whole_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    scenario::init_day(&net).unwrap();
    let _up = Up(&net);
    let network = running::up(&net, None).unwrap();
    scenario::day(&net, true).unwrap();

    let trust = TrustRoot::from_json(&fs::read(net.join("trust.json")).unwrap()).unwrap();
    let clerk = Clerk::open(&Folder::open(&net).unwrap()).unwrap();
    let agency = clerk.desk(&network.nodes[0].org, Role::Officer).unwrap();
    let items = items(&agency);
    assert_eq!(network.members().count(), 4);
    assert!(KNOWN_TO.iter().all(|(begins, _)| items.iter().any(|item| item.code.contains(begins))));
    let members: Vec<(&RunningNode, Node)> = network
        .members()
        .map(|member| (member, clerk.desk_at(member, &member.org, Role::Custodian).unwrap()))
        .collect();
    for (member, own) in &members {
        assert!(is_whole(own, &agency, &member.org, &trust).events > 0, "{}", member.name);
    }
    // Before anybody asks them anything about others.
    for (member, _) in &members {
        check_disk(member, &items);
    }
    for (member, own) in &members {
        check_answers(own, member, &items);
    }
    running::down(&net, None).unwrap();
    for (member, _) in &members {
        check_slice(member, &items);
    }
}
