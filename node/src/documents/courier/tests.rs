//! A member's node in front of agencies that keep, lie, are away, and come back from a backup.

use super::*;
use crate::documents::{
    Bounds, Shelf, answer,
    shelf::tests::{Folder, NETWORK, org, reader, sealed},
};
use ::access::wire::Refusal as _;
use futures::FutureExt as _;
use ledger::sealed::PIECE_BYTES;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

const NOW: Timestamp = Timestamp(1_000_000);
const ME: u8 = 1;

/// An agency's node.
struct Agency {
    folder: Folder,
    shelf: Mutex<Shelf>,
    away: AtomicBool,
    /// Changes a byte of each piece that it gives.
    lies: AtomicBool,
    /// Requests that it answers before it is away.
    patience: AtomicUsize,
    /// Requests for which it asks to come again.
    busy: AtomicUsize,
    /// After how long, in milliseconds.
    pause: AtomicU32,
    /// Says that it erased whatever it is told to.
    claims: AtomicBool,
    /// Answers nothing.
    hangs: AtomicBool,
}

impl Agency {
    fn new() -> Agency {
        let folder = Folder::new();
        let shelf = Mutex::new(Shelf::open(folder.path(), NETWORK, Bounds::default()).unwrap());
        let patience = AtomicUsize::new(usize::MAX);
        let [away, lies, claims, hangs] = [(); 4].map(|()| AtomicBool::new(false));
        let (busy, pause) = (AtomicUsize::new(0), AtomicU32::new(700));
        Agency { folder, shelf, away, lies, patience, busy, pause, claims, hangs }
    }

    fn has(&self, id: &DocumentId) -> bool {
        self.shelf.lock().unwrap().find(&reader(ME), id).is_ok()
    }
}

/// The network of a member's node.
struct Network(Vec<Agency>);

fn node(n: usize) -> PeerKey {
    PeerKey([n as u8 + 1; 32])
}

impl Ask for Network {
    fn connected(&self) -> Vec<PeerKey> {
        let here = self.0.iter().enumerate().filter(|(_, agency)| !agency.away.load(Ordering::SeqCst));
        here.map(|(n, _)| node(n)).collect()
    }

    fn document(&self, of: PeerKey, request: DocumentRequest) -> BoxFuture<'_, Result<DocumentResponse, AskError>> {
        let agency = &self.0[usize::from(of.0[0]) - 1];
        let left = agency.patience.load(Ordering::SeqCst);
        if agency.away.load(Ordering::SeqCst) || left == 0 {
            return std::future::ready(Err(AskError::NotConnected)).boxed();
        }
        agency.patience.store(left - 1, Ordering::SeqCst);
        if let Some(busy) = agency.busy.load(Ordering::SeqCst).checked_sub(1) {
            agency.busy.store(busy, Ordering::SeqCst);
            let pause = agency.pause.load(Ordering::SeqCst);
            return std::future::ready(Ok(DocumentResponse::failure("H7123", "", pause))).boxed();
        }
        if agency.hangs.load(Ordering::SeqCst) {
            return std::future::pending().boxed();
        }
        if matches!(request, DocumentRequest::Erase { .. }) && agency.claims.load(Ordering::SeqCst) {
            return std::future::ready(Ok(DocumentResponse::Erased)).boxed();
        }
        let mut response = answer(&agency.shelf.lock().unwrap(), &reader(ME), request, NOW);
        if let (DocumentResponse::Piece { bytes, .. }, true) = (&mut response, agency.lies.load(Ordering::SeqCst)) {
            bytes[100] ^= 1;
        }
        // Something else gets its turn before it comes.
        async move {
            tokio::task::yield_now().await;
            Ok(response)
        }
        .boxed()
    }
}

fn courier(folder: &Folder, network: &Arc<Network>) -> Courier {
    let nodes = (0..network.0.len()).map(node).collect();
    Courier::open(folder.path(), NETWORK, org(ME), nodes, network.clone()).unwrap()
}

fn agencies(count: usize) -> Arc<Network> {
    Arc::new(Network((0..count).map(|_| Agency::new()).collect()))
}

fn bring(courier: &Courier, bytes: &[u8]) -> Result<Shown, &'static str> {
    let mut arrival = courier.arrival(org(ME)).map_err(|e| e.code())?;
    arrival.push(bytes).map_err(|e| e.code())?;
    courier.keep(arrival.finish().map_err(|e| e.code())?, NOW).map_err(|e| e.code())
}

/// Somebody else's document for this organisation, at one agency.
fn foreign(agency: &Agency) -> DocumentId {
    let (id, bytes) = sealed(2, &[ME], b"of another");
    let shelf = agency.shelf.lock().unwrap();
    let mut arrival = shelf.arrival(org(2)).unwrap();
    arrival.push(&bytes).unwrap();
    shelf.keep(arrival.finish().unwrap(), NOW).unwrap();
    id
}

fn content() -> Vec<u8> {
    (0..2 * PIECE_BYTES).map(|at| (at % 251) as u8).collect()
}

#[tokio::test]
async fn a_document_is_brought_to_every_agency_and_then_kept_by_them_alone() {
    let (folder, network) = (Folder::new(), agencies(3));
    network.0[2].away.store(true, Ordering::SeqCst);
    let courier = courier(&folder, &network);
    let (id, bytes) = sealed(ME, &[2], &content());
    assert_eq!(bring(&courier, &bytes).unwrap().has, Some(vec![]));
    courier.round().await;
    let (list, more) = courier.list(None, None, 10).await.unwrap();
    assert_eq!((list.len(), more), (1, false));
    assert_eq!(list[0].has, Some(vec![node(0), node(1)]));
    assert_eq!(network.0.iter().map(|agency| agency.has(&id)).collect::<Vec<_>>(), [true, true, false]);
    // The third comes late, in front of a node that was started again.
    drop(courier);
    network.0[2].away.store(false, Ordering::SeqCst);
    let courier = self::courier(&folder, &network);
    courier.round().await;
    assert!(network.0[2].has(&id));
    // Who has it is what each says of itself.
    let list = courier.list(None, None, 10).await.unwrap().0;
    assert_eq!((list.len(), list[0].has.clone()), (1, Some((0..3).map(node).collect())));
    assert!(files::list(&folder.path()).unwrap().is_empty(), "what all have is not kept here");
}

#[tokio::test]
async fn a_transfer_goes_on_at_whichever_piece_it_was_broken_off() {
    let (id, bytes) = sealed(ME, &[2], &content());
    // Held is not asked where nothing was erased: offer, missing and three pieces.
    for answered in 0..5 {
        let (folder, network) = (Folder::new(), agencies(1));
        let courier = courier(&folder, &network);
        bring(&courier, &bytes).unwrap();
        network.0[0].patience.store(answered, Ordering::SeqCst);
        courier.round().await;
        assert!(!network.0[0].has(&id), "{answered}");
        // Announced again, asked what is missing, and brought what is: no piece goes twice.
        let left = 5 - answered.saturating_sub(2);
        network.0[0].patience.store(left, Ordering::SeqCst);
        courier.round().await;
        assert!(network.0[0].has(&id), "{answered}");
        assert_eq!(network.0[0].patience.load(Ordering::SeqCst), 0, "{answered}");
    }
}

#[tokio::test]
async fn a_wrong_piece_is_noticed_and_taken_from_the_next_agency() {
    let (folder, network) = (Folder::new(), agencies(2));
    let courier = courier(&folder, &network);
    let (id, bytes) = sealed(ME, &[2], &content());
    bring(&courier, &bytes).unwrap();
    courier.round().await;
    network.0[0].lies.store(true, Ordering::SeqCst);
    let length = courier.length(&id).await.unwrap();
    assert_eq!(length, bytes.len() as u64);
    let mut read = Vec::new();
    for number in 0..sealed::pieces(length).unwrap() {
        read.extend(courier.piece(&id, length, number).await.unwrap());
    }
    assert!(read == bytes);
    network.0[1].lies.store(true, Ordering::SeqCst);
    assert!(courier.piece(&id, length, 0).await.is_err());
    assert!(courier.length(&id).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_agency_that_asks_for_patience_gets_it_for_a_while() {
    let (folder, network) = (Folder::new(), agencies(1));
    let courier = courier(&folder, &network);
    let (id, bytes) = sealed(ME, &[2], b"x");
    bring(&courier, &bytes).unwrap();
    courier.round().await;
    network.0[0].busy.store(MAX_TRIES - 1, Ordering::SeqCst);
    assert_eq!(courier.length(&id).await.unwrap(), bytes.len() as u64);
    network.0[0].busy.store(MAX_TRIES, Ordering::SeqCst);
    assert_eq!(courier.length(&id).await.unwrap_err().code(), "H7122");
    // One that asks for much is not waited for again and again.
    network.0[0].pause.store(60_000, Ordering::SeqCst);
    network.0[0].busy.store(3, Ordering::SeqCst);
    let begun = tokio::time::Instant::now();
    assert_eq!(courier.length(&id).await.unwrap_err().code(), "H7122");
    assert_eq!(begun.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn an_agency_that_asks_for_patience_gets_the_document_in_the_same_visit() {
    let (folder, network) = (Folder::new(), agencies(1));
    let courier = courier(&folder, &network);
    let (id, bytes) = sealed(ME, &[2], &content());
    bring(&courier, &bytes).unwrap();
    network.0[0].busy.store(3, Ordering::SeqCst);
    courier.round().await;
    assert!(network.0[0].has(&id));
}

#[tokio::test(start_paused = true)]
async fn what_an_agency_refuses_is_offered_to_it_ever_more_rarely() {
    let (folder, network) = (Folder::new(), agencies(1));
    let courier = courier(&folder, &network);
    let full = Bounds { of_org: 0, ..Bounds::default() };
    *network.0[0].shelf.lock().unwrap() = Shelf::open(network.0[0].folder.path(), NETWORK, full).unwrap();
    bring(&courier, &sealed(ME, &[2], b"x").1).unwrap();
    let (begun, mut offered) = (Instant::now(), Vec::new());
    for _ in 0..12 {
        let before = network.0[0].patience.load(Ordering::SeqCst);
        courier.round().await;
        if network.0[0].patience.load(Ordering::SeqCst) < before {
            offered.push(begun.elapsed().as_secs());
        }
        tokio::time::advance(ROUND).await;
    }
    assert_eq!(offered, [0, 5, 15, 35]);
    // What was brought since does not wait for it.
    let before = network.0[0].patience.load(Ordering::SeqCst);
    bring(&courier, &sealed(ME, &[2], b"y").1).unwrap();
    courier.round().await;
    assert_eq!(before - network.0[0].patience.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn one_agency_that_does_not_answer_holds_up_neither_the_others_nor_a_list() {
    let (folder, network) = (Folder::new(), agencies(2));
    let courier = courier(&folder, &network);
    network.0[0].hangs.store(true, Ordering::SeqCst);
    let (id, bytes) = sealed(ME, &[2], b"x");
    bring(&courier, &bytes).unwrap();
    tokio::time::timeout(2 * VISIT, courier.round()).await.unwrap();
    assert!(network.0[1].has(&id));
    let other = foreign(&network.0[1]);
    let listed = tokio::time::timeout(2 * LISTED, courier.list(None, None, 10)).await.unwrap();
    assert!(listed.unwrap().0.iter().any(|shown| shown.filed.id == other));
}

#[tokio::test]
async fn what_one_agency_does_not_list_another_does() {
    let (folder, network) = (Folder::new(), agencies(2));
    let courier = courier(&folder, &network);
    let mut all = vec![foreign(&network.0[0]), foreign(&network.0[1]), foreign(&network.0[1])];
    all.sort();
    let (mut found, mut after) = (Vec::new(), None);
    for is_last in [false, false, true] {
        let (page, more) = courier.list(None, after, 1).await.unwrap();
        assert!(page.iter().all(|shown| shown.has.as_ref().is_some_and(|has| has.len() == 1)));
        found.extend(page.iter().map(|shown| shown.filed.id));
        after = found.last().copied();
        assert_eq!(more, !is_last);
    }
    assert_eq!(found, all);
}

/// An agency that says it erased whatever it is told to makes nobody hunt for what is another's.
#[tokio::test]
async fn only_what_is_proven_to_be_ones_own_is_erased() {
    let (folder, network) = (Folder::new(), agencies(2));
    let courier = courier(&folder, &network);
    let id = foreign(&network.0[0]);
    network.0[0].claims.store(true, Ordering::SeqCst);
    assert_eq!(courier.erase(id, NOW).await.unwrap_err().code(), "H4302");
    assert!(courier.books().erased.is_empty());
}

#[tokio::test]
async fn what_stands_in_the_way_of_one_document_does_not_stand_in_the_way_of_others() {
    let (folder, network) = (Folder::new(), agencies(1));
    let courier = courier(&folder, &network);
    let mut ids = [b"1", b"2"].map(|content| bring(&courier, &sealed(ME, &[2], content).1).unwrap().filed.id);
    ids.sort();
    // The first one cannot be read any more, and something that an agency refuses to erase is on the list.
    fs::write(courier.path(&ids[0], "pieces"), b"other").unwrap();
    let refused = foreign(&network.0[0]);
    courier.books().erased.insert(refused);
    courier.round().await;
    assert_eq!(ids.map(|id| network.0[0].has(&id)), [false, true]);
}

/// What is erased while a node is asked whether it has older ones is asked for as well, and not ten minutes later.
#[tokio::test]
async fn what_is_erased_while_a_node_is_asked_is_asked_for_in_the_next_round() {
    let (folder, network) = (Folder::new(), agencies(2));
    let courier = courier(&folder, &network);
    network.0[1].away.store(true, Ordering::SeqCst);
    let [first, second] = [b"1", b"2"].map(|content| bring(&courier, &sealed(ME, &[2], content).1).unwrap().filed.id);
    courier.erase(first, NOW).await.unwrap();
    let (asked, erased) = tokio::join!(courier.erase_again(node(0)), courier.erase(second, NOW));
    asked.and(erased).unwrap();
    assert!(courier.books().checked.is_empty());
    courier.round().await;
    assert!(courier.books().checked.contains_key(&node(0)));
}

#[tokio::test]
async fn what_nobody_was_told_is_kept_goes_at_the_start() {
    let (folder, network) = (Folder::new(), agencies(1));
    let (id, bytes) = sealed(ME, &[2], b"x");
    {
        let courier = courier(&folder, &network);
        bring(&courier, &bytes).unwrap();
        // The node ended before the note was written.
        files::remove(&courier.path(&id, "json")).unwrap();
    }
    let courier = courier(&folder, &network);
    assert!(files::list(&folder.path()).unwrap().is_empty());
    assert!(bring(&courier, &bytes).is_ok());
}

#[tokio::test]
async fn nobody_but_agencies_is_asked_and_without_them_nothing_is_found() {
    let (folder, network) = (Folder::new(), agencies(1));
    let courier = courier(&folder, &network);
    let unknown = DocumentId(Hash([7; 32]));
    assert_eq!(courier.length(&unknown).await.unwrap_err().code(), "H7004");
    assert_eq!(courier.erase(unknown, NOW).await.unwrap_err().code(), "H7004");
    network.0[0].away.store(true, Ordering::SeqCst);
    assert_eq!(courier.length(&unknown).await.unwrap_err().code(), "H7122");
    assert_eq!(courier.list(None, None, 10).await.unwrap_err().code(), "H7122");
    assert_eq!(courier.must_be_own(Some(&org(2))).unwrap_err().code(), "H4302");
    assert_eq!(courier.arrival(org(2)).unwrap_err().code(), "H4302");
    // What waits here is shown all the same.
    bring(&courier, &sealed(ME, &[2], b"x").1).unwrap();
    assert_eq!(courier.list(None, None, 10).await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn what_is_erased_is_erased_everywhere_and_at_agencies_that_come_back_with_it() {
    let (folder, network) = (Folder::new(), agencies(3));
    let courier = courier(&folder, &network);
    let (id, bytes) = sealed(ME, &[2], &content());
    bring(&courier, &bytes).unwrap();
    courier.round().await;
    // One agency is away; another is set back later to the backup that is made now.
    network.0[2].away.store(true, Ordering::SeqCst);
    let backup: Vec<(PathBuf, Vec<u8>)> = files_of(&network.0[1].folder.path());
    courier.erase(id, NOW).await.unwrap();
    courier.round().await;
    assert_eq!(network.0.iter().map(|agency| agency.has(&id)).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(courier.length(&id).await.unwrap_err().code(), "H7022");
    assert_eq!(bring(&courier, &bytes), Err("H4304"));
    network.0[2].away.store(false, Ordering::SeqCst);
    courier.round().await;
    assert!(!network.0[2].has(&id));
    // Set back: the sign of erasure is gone, the bytes are there again.
    let agency = &network.0[1];
    agency.away.store(true, Ordering::SeqCst);
    courier.round().await;
    fs::remove_dir_all(agency.folder.path()).unwrap();
    for (path, content) in backup {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    *agency.shelf.lock().unwrap() = Shelf::open(agency.folder.path(), NETWORK, Bounds::default()).unwrap();
    assert!(agency.has(&id));
    agency.away.store(false, Ordering::SeqCst);
    // The node of the depositor was started again as well: the list of what was erased is on its disk.
    drop(courier);
    let courier = self::courier(&folder, &network);
    courier.round().await;
    assert!(network.0.iter().all(|agency| !agency.has(&id)));
}

/// An agency that was away when the document was erased may have some pieces of it: these go as well.
#[tokio::test]
async fn what_is_erased_while_it_is_brought_leaves_no_piece_behind() {
    let (folder, network) = (Folder::new(), agencies(1));
    let courier = courier(&folder, &network);
    let (id, bytes) = sealed(ME, &[2], &content());
    bring(&courier, &bytes).unwrap();
    // Offer, missing, and one piece of three.
    network.0[0].patience.store(3, Ordering::SeqCst);
    courier.round().await;
    let parts = || {
        let files = files::list(&network.0[0].folder.path().join("parts")).unwrap();
        files.iter().filter(|path| path.extension().is_some_and(|ending| ending != "erased")).count()
    };
    assert_eq!(parts(), 3);
    courier.erase(id, NOW).await.unwrap();
    network.0[0].patience.store(usize::MAX, Ordering::SeqCst);
    courier.round().await;
    assert_eq!(parts(), 0);
}

#[tokio::test]
async fn what_waits_has_a_bound() {
    let (folder, network) = (Folder::new(), agencies(1));
    let courier = courier(&folder, &network);
    assert!(courier.has_room(MAX_OUT_BYTES).is_ok());
    assert_eq!(courier.has_room(MAX_OUT_BYTES + 1).unwrap_err().code(), "H1426");
    let filed = Filed {
        id: DocumentId::default(),
        by: org(ME),
        length: 1,
        about: Hash::default(),
        tx: ledger::TxId::default(),
        at: NOW,
    };
    let out = Outgoing::new(filed, BTreeSet::new());
    for n in 0..MAX_OUT {
        assert!(courier.has_room(1).is_ok());
        courier.books().out.insert(DocumentId(Hash::of(&ledger::tag::SEAL, &(n as u64))), out.clone());
    }
    assert_eq!(courier.has_room(1).unwrap_err().code(), "H1426");
}

fn files_of(folder: &std::path::Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for path in files::list(folder).unwrap() {
        match path.is_dir() {
            true => found.extend(files_of(&path)),
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found
}
