//! What is kept is what was brought, for whom it is, and gone when it is erased; whatever ends the node on the way.

use super::*;
use keys::{
    SealKey,
    seal::{About, Letter},
};
use ledger::{
    Text, TxId,
    sealed::{PIECE_BYTES, piece},
};
use std::io::Read as _;

pub(in crate::documents) const NETWORK: NetworkId = NetworkId(Hash([8; 32]));
const NOW: Timestamp = Timestamp(1_000_000);
const TEXT: &[u8] = b"the plain words of the report";
const SALT: [u8; 16] = *b"salt of the text";

/// A folder of the system's temporary one, gone with the test.
pub(in crate::documents) struct Folder(PathBuf);

impl Folder {
    pub(in crate::documents) fn new() -> Folder {
        Folder(std::env::temp_dir().join(format!("hufu-documents-{}", hex::encode(keys::random::<8>().unwrap()))))
    }

    pub(in crate::documents) fn path(&self) -> PathBuf {
        self.0.clone()
    }

    /// All bytes of all files, with their names.
    fn everything(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for path in files::list(&folder).unwrap() {
                bytes.extend_from_slice(path.to_string_lossy().as_bytes());
                match path.is_dir() {
                    true => folders.push(path),
                    false => bytes.extend(fs::read(path).unwrap()),
                }
            }
        }
        bytes
    }

    fn holds(&self, needle: &[u8]) -> bool {
        self.everything().windows(needle.len()).any(|window| window == needle)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the system.
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(in crate::documents) fn org(n: u8) -> OrgId {
    OrgId(Hash([n; 32]))
}

/// A firm that asks.
pub(in crate::documents) fn reader(n: u8) -> Reader {
    Reader::Member(org(n))
}

/// A document of an organisation for others.
pub(in crate::documents) fn sealed(by: u8, to: &[u8], content: &[u8]) -> (DocumentId, Vec<u8>) {
    let about = About { network: NETWORK, by: org(by), opens: Hash([9; 32]), tx: TxId::default() };
    let keys: Vec<_> = to.iter().map(|n| (org(*n), *SealKey::from_secret(&[*n; 32]).public())).collect();
    let letter = Letter { salt: SALT, media: Text::new("text/plain").unwrap(), name: Text::default() };
    let mut out = Vec::new();
    let id = keys::seal::seal(&about, &keys, &letter, content.len() as u64, content, &mut out).unwrap();
    (id, out)
}

fn shelf(folder: &Folder) -> Shelf {
    Shelf::open(folder.path(), NETWORK, Bounds::default()).unwrap()
}

fn head(bytes: &[u8]) -> Vec<u8> {
    let (_, length) = Head::parse(bytes).unwrap().unwrap();
    bytes[..length].to_vec()
}

/// Brings a document as a stream.
fn bring(shelf: &Shelf, by: u8, bytes: &[u8]) -> Result<Filed, &'static str> {
    let mut arrival = shelf.arrival(org(by)).map_err(|e| e.code())?;
    for part in bytes.chunks(1_000) {
        arrival.push(part).map_err(|e| e.code())?;
    }
    let arrived = arrival.finish().map_err(|e| e.code())?;
    shelf.keep(arrived, NOW).map_err(|e| e.code())
}

struct Brought {
    id: DocumentId,
    bytes: Vec<u8>,
    hashes: Vec<Hash>,
}

impl Brought {
    fn new(by: u8, pieces: usize) -> Brought {
        let (id, bytes) = sealed(by, &[2], &vec![7; (pieces - 1) * PIECE_BYTES]);
        let hashes = bytes.chunks(PIECE_BYTES).map(piece).collect::<Vec<_>>();
        assert_eq!(hashes.len(), pieces);
        Brought { id, bytes, hashes }
    }

    fn offer(&self, shelf: &Shelf, by: u8) -> Result<u32, &'static str> {
        let length = self.bytes.len() as u64;
        shelf.offer(&org(by), &self.id, length, &head(&self.bytes), NOW).map_err(|e| e.code())
    }

    fn piece(&self, number: usize) -> (&[u8], Vec<Hash>) {
        let bytes = self.bytes.chunks(PIECE_BYTES).nth(number).unwrap();
        (bytes, list::path(&self.hashes, number).unwrap())
    }

    fn put(&self, shelf: &Shelf, number: usize) -> Result<u32, &'static str> {
        let (bytes, path) = self.piece(number);
        shelf.put(&org(1), &self.id, number as u32, bytes, &path, NOW).map_err(|e| e.code())
    }
}

#[test]
fn a_document_is_given_to_its_depositor_and_its_recipients_alone() {
    let folder = Folder::new();
    let shelf = shelf(&folder);
    let (id, bytes) = sealed(1, &[2, 3], TEXT);
    let filed = bring(&shelf, 1, &bytes).unwrap();
    assert_eq!((filed.id, filed.by, filed.length, filed.at), (id, org(1), bytes.len() as u64, NOW));
    for of in [1, 2, 3] {
        let (_, mut file) = shelf.read(&reader(of), &id).unwrap();
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
        assert_eq!(shelf.list(&reader(of), None, None, 10), (vec![filed.clone()], false));
    }
    assert_eq!(shelf.find(&reader(4), &id).unwrap_err().code(), "H7004");
    assert_eq!(shelf.list(&reader(4), None, None, 10), (vec![], false));
    assert_eq!(shelf.list(&reader(2), Some(&Hash([1; 32])), None, 10), (vec![], false));
    assert_eq!(shelf.list(&reader(2), Some(&filed.about), None, 10).0.len(), 1);
    // The same one again is the same, and nobody brings it in another's name.
    assert_eq!(bring(&shelf, 1, &bytes), Ok(filed));
    assert_eq!(bring(&shelf, 2, &bytes), Err("H4302"));
    assert!(!folder.holds(TEXT) && !folder.holds(&SALT), "a node has the plain text");
}

#[test]
fn lists_have_pages() {
    let folder = Folder::new();
    let shelf = shelf(&folder);
    let mut ids: Vec<DocumentId> = (0..5u8).map(|n| bring(&shelf, 1, &sealed(1, &[2], &[n]).1).unwrap().id).collect();
    ids.sort();
    let names = |after, limit| {
        let (list, more) = shelf.list(&reader(2), None, after, limit);
        (list.iter().map(|filed| filed.id).collect::<Vec<_>>(), more)
    };
    assert_eq!(names(None, 2), (ids[..2].to_vec(), true));
    assert_eq!(names(Some(ids[1]), 3), (ids[2..].to_vec(), false));
    assert_eq!(names(Some(ids[4]), 3), (vec![], false));
}

#[test]
fn what_is_none_is_not_taken() {
    let folder = Folder::new();
    let shelf = shelf(&folder);
    let (_, bytes) = sealed(1, &[2], TEXT);
    let mut foreign = bytes.clone();
    foreign[10] ^= 1;
    let mut longer = bytes.clone();
    longer.push(0);
    for (wrong, code) in [
        (&bytes[..bytes.len() - 1], "H1425"),
        (&bytes[..100], "H1425"),
        (b"".as_slice(), "H1425"),
        (b"nothing of the kind".as_slice(), "H1425"),
        (foreign.as_slice(), "H1425"),
        (longer.as_slice(), "H1425"),
    ] {
        assert_eq!(bring(&shelf, 1, wrong), Err(code));
    }
    assert!(files::list(&shelf.incoming()).unwrap().is_empty(), "something stayed");
}

#[test]
fn pieces_come_in_any_order_and_across_restarts() {
    let folder = Folder::new();
    let made = Brought::new(1, 4);
    assert_eq!(made.put(&shelf(&folder), 0), Err("H7004"));
    for (at, number) in [0, 2, 3, 1].into_iter().enumerate() {
        // Each time from the files of the node before.
        let shelf = shelf(&folder);
        assert_eq!(made.offer(&shelf, 1), Ok(at as u32));
        let missing = shelf.missing(&org(1), &made.id, 0).unwrap();
        assert_eq!(missing.len(), 4 - at);
        assert!(missing.contains(&(number as u32)));
        assert_eq!(shelf.find(&reader(2), &made.id).unwrap_err().code(), "H7004");
        assert_eq!(made.put(&shelf, number), Ok(at as u32 + 1));
        // Once more does no harm.
        assert_eq!(made.put(&shelf, number), Ok(at as u32 + 1));
    }
    let shelf = shelf(&folder);
    for number in 0..4 {
        let (bytes, path) = shelf.piece(&reader(2), &made.id, number).unwrap();
        assert_eq!((bytes.as_slice(), path), made.piece(number as usize));
    }
    assert_eq!(shelf.piece(&reader(2), &made.id, 4).unwrap_err().code(), "H1428");
    assert_eq!(made.offer(&shelf, 1), Ok(4));
    assert!(shelf.missing(&org(1), &made.id, 0).unwrap().is_empty());
    assert!(files::list(&folder.path().join("parts")).unwrap().is_empty());
}

#[test]
fn a_piece_that_is_changed_cut_exchanged_or_of_another_document_is_refused() {
    let folder = Folder::new();
    let shelf = shelf(&folder);
    let (made, other) = (Brought::new(1, 3), Brought::new(1, 3));
    made.offer(&shelf, 1).unwrap();
    let put = |number: u32, bytes: &[u8], path: &[Hash]| {
        shelf.put(&org(1), &made.id, number, bytes, path, NOW).map_err(|e| e.code())
    };
    let (bytes, path) = made.piece(1);
    for at in [0, 1_000, PIECE_BYTES - 1] {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        assert_eq!(put(1, &changed, &path), Err("H1428"));
    }
    assert_eq!(put(1, &bytes[1..], &path), Err("H1428"));
    assert_eq!(put(1, &[bytes, &[0]].concat(), &path), Err("H1428"));
    assert_eq!(put(0, bytes, &path), Err("H1428"));
    assert_eq!(put(2, bytes, &path), Err("H1428"));
    assert_eq!(put(3, bytes, &path), Err("H1428"));
    assert_eq!(put(u32::MAX, bytes, &path), Err("H1428"));
    assert_eq!(put(1, bytes, &path[..1]), Err("H1428"));
    assert_eq!(put(1, bytes, &[]), Err("H1428"));
    let (foreign, theirs) = other.piece(1);
    assert_eq!(put(1, foreign, &theirs), Err("H1428"));
    assert_eq!(put(1, foreign, &path), Err("H1428"));
    assert_eq!(made.offer(&shelf, 1), Ok(0), "nothing was taken");
    assert_eq!(put(1, bytes, &path), Err("H1425"), "before the first one");
    assert_eq!((made.put(&shelf, 0), put(1, bytes, &path)), (Ok(1), Ok(2)));
}

#[test]
fn an_offer_is_held_against_its_head_and_its_depositor() {
    let folder = Folder::new();
    let shelf = shelf(&folder);
    let made = Brought::new(1, 2);
    let length = made.bytes.len() as u64;
    let offer =
        |by: u8, length: u64, head: &[u8]| shelf.offer(&org(by), &made.id, length, head, NOW).map_err(|e| e.code());
    let right = head(&made.bytes);
    assert_eq!(offer(2, length, &right), Err("H4302"));
    assert_eq!(offer(1, length - 1, &right), Err("H1425"));
    assert_eq!(offer(1, length, &right[..right.len() - 1]), Err("H1425"));
    assert_eq!(offer(1, length, &[&right[..], &[0]].concat()), Err("H1425"));
    // Somebody announces the document of another as his own: he gets no further, and is in nobody's way.
    let (_, theirs) = sealed(3, &[4], &vec![1; PIECE_BYTES]);
    let claimed = head(&theirs);
    let claimed_length = Head::parse(&claimed).unwrap().unwrap().0.sealed_bytes();
    assert_eq!(offer(3, claimed_length, &claimed), Ok(0));
    let (bytes, path) = made.piece(0);
    let squat = || shelf.put(&org(3), &made.id, 0, bytes, &path, NOW).map_err(|e| e.code());
    assert_eq!(squat(), Err("H1425"));
    assert_eq!(offer(1, length, &right), Ok(0));
    assert_eq!((made.put(&shelf, 0), made.put(&shelf, 1)), (Ok(1), Ok(2)));
}

/// Who knows the name of a document that is none of his learns nothing by it, and brings no byte of it to the disk.
#[test]
fn whether_a_document_is_here_was_or_never_was_is_the_same_to_a_stranger() {
    let folder = Folder::new();
    let shelf = shelf(&folder);
    let made = Brought::new(1, 2);
    let told = |what: &str, stranger: u8| {
        let own = head(&sealed(stranger, &[9], &vec![1; PIECE_BYTES]).1);
        let length = Head::parse(&own).unwrap().unwrap().0.sealed_bytes();
        let by = org(stranger);
        let code = |refused: Refused| refused.code();
        let offer = || shelf.offer(&by, &made.id, length, &own, NOW).map_err(code);
        let put = |number: usize| {
            let (bytes, path) = made.piece(number);
            shelf.put(&by, &made.id, number as u32, bytes, &path, NOW).map_err(code)
        };
        let answers = [
            shelf.find(&reader(stranger), &made.id).map(|_| 0).map_err(code),
            offer(),
            put(1),
            put(0),
            shelf.erase(&reader(stranger), &made.id, NOW).map(|()| 0).map_err(code),
            offer(),
        ];
        let never = [Err("H7004"), Ok(0), Err("H1425"), Err("H1425"), Err("H7004"), Err("H4304")];
        assert_eq!(answers, never, "{what}");
    };
    told("never here", 3);
    made.offer(&shelf, 1).unwrap();
    made.put(&shelf, 0).unwrap();
    told("being brought", 4);
    assert_eq!([1, 2, 4].map(|of| shelf.held(&reader(of), &[made.id])[0]), [true, false, false]);
    made.put(&shelf, 1).unwrap();
    told("here", 5);
    shelf.erase(&reader(1), &made.id, NOW).unwrap();
    told("erased", 6);
    assert_eq!(shelf.find(&reader(2), &made.id).unwrap_err().code(), "H7022");
    assert_eq!(made.offer(&shelf, 1), Err("H4304"));
    assert!(!folder.holds(&made.bytes[..1_000]) && !folder.holds(&made.bytes[PIECE_BYTES..]));
}

/// A node of the organisation that was not told of it comes later. Whose word it is counts: nobody erases for another.
#[test]
fn what_was_erased_before_it_came_is_not_taken() {
    let folder = Folder::new();
    let (mine, late) = (Brought::new(1, 2), Brought::new(1, 2));
    {
        let shelf = shelf(&folder);
        assert_eq!(shelf.erase(&reader(3), &mine.id, NOW).unwrap_err().code(), "H7004");
        assert_eq!(shelf.erase(&reader(1), &late.id, NOW).unwrap_err().code(), "H7004");
        assert_eq!((mine.offer(&shelf, 1), mine.put(&shelf, 0), mine.put(&shelf, 1)), (Ok(0), Ok(1), Ok(2)));
    }
    let shelf = shelf(&folder);
    assert!(shelf.find(&reader(2), &mine.id).is_ok(), "a stranger's word is kept and bars him alone");
    assert_eq!(late.offer(&shelf, 1), Err("H4304"));
    assert_eq!(bring(&shelf, 1, &late.bytes), Err("H4304"));
}

/// The table of `custody` decides and nothing beside it: an observer reads what is sealed to it, not what it left.
#[test]
fn the_table_says_who_has_a_document() {
    let folder = Folder::new();
    let shelf = shelf(&folder);
    let (id, bytes) = sealed(1, &[2], TEXT);
    bring(&shelf, 1, &bytes).unwrap();
    let kinds: [fn(OrgId) -> Reader; 6] =
        [Reader::Agency, Reader::Observer, Reader::Mechanism, Reader::Member, Reader::Laboratory, Reader::Partner];
    let asked = [1, 2, 3].into_iter().flat_map(|n| kinds.map(|kind| kind(org(n)))).chain([Reader::Stranger]);
    for asks in asked {
        let may = visible(&asks, &Resource::Document { recipients: &[org(2)], depositor: &org(1) });
        assert_eq!(shelf.find(&asks, &id).is_ok(), may, "{asks:?}");
        assert_eq!(shelf.piece(&asks, &id, 0).is_ok(), may, "{asks:?}");
        assert_eq!(shelf.list(&asks, None, None, 10).0.len(), usize::from(may), "{asks:?}");
        assert_eq!(shelf.held(&asks, &[id]), [may], "{asks:?}");
    }
    assert!(shelf.find(&Reader::Observer(org(1)), &id).is_err() && shelf.find(&Reader::Observer(org(2)), &id).is_ok());
}

/// A machine that lost its power keeps files that say more than was written.
#[test]
fn bits_that_promise_too_much_are_not_believed() {
    let folder = Folder::new();
    let made = Brought::new(1, 3);
    {
        let shelf = shelf(&folder);
        made.offer(&shelf, 1).unwrap();
        made.put(&shelf, 0).unwrap();
    }
    let bits = files::list(&folder.path().join("parts")).unwrap();
    let bits = bits.iter().find(|path| path.extension().is_some_and(|e| e == "bits")).unwrap();
    fs::write(bits, [0b011u8]).unwrap();
    let shelf = shelf(&folder);
    assert_eq!(made.offer(&shelf, 1), Ok(2));
    assert_eq!(made.put(&shelf, 2), Ok(0), "the second piece is not there");
    assert_eq!(shelf.find(&reader(2), &made.id).unwrap_err().code(), "H7004");
    for number in 0..3 {
        made.put(&shelf, number).unwrap();
    }
    assert!(shelf.find(&reader(2), &made.id).is_ok());
}

#[test]
fn what_was_erased_stays_erased() {
    let folder = Folder::new();
    let (id, bytes) = sealed(1, &[2], TEXT);
    let made = Brought::new(1, 2);
    {
        let shelf = shelf(&folder);
        bring(&shelf, 1, &bytes).unwrap();
        assert!(folder.holds(&bytes));
        assert_eq!(shelf.erase(&reader(2), &id, NOW).unwrap_err().code(), "H4302");
        assert_eq!(shelf.erase(&reader(3), &id, NOW).unwrap_err().code(), "H7004");
        shelf.erase(&reader(1), &id, NOW).unwrap();
        shelf.erase(&reader(1), &id, NOW).unwrap();
        made.offer(&shelf, 1).unwrap();
        made.put(&shelf, 0).unwrap();
        shelf.erase(&reader(1), &made.id, NOW).unwrap();
    }
    // No byte of text or salt, and of the sealed document nothing but its name.
    let tail = &bytes[head(&bytes).len()..];
    for gone in [TEXT, SALT.as_slice(), tail, head(&bytes).as_slice(), &made.bytes[..1_000]] {
        assert!(!folder.holds(gone));
    }
    assert!(folder.holds(id.to_string().as_bytes()));
    let shelf = shelf(&folder);
    for of in [1, 2] {
        assert_eq!(shelf.find(&reader(of), &id).unwrap_err().code(), "H7022");
    }
    assert_eq!(bring(&shelf, 1, &bytes), Err("H4304"));
    let offered = shelf.offer(&org(1), &id, bytes.len() as u64, &head(&bytes), NOW);
    assert_eq!(offered.unwrap_err().code(), "H4304");
    assert!(files::list(&shelf.incoming()).unwrap().is_empty());
    // Nor what was never whole: another node of the organisation may not know of it.
    assert_eq!(made.offer(&shelf, 1), Err("H4304"));
}

/// The sign is written first, so a crash leaves it beside the bytes; and what got its name without its note was not told of.
#[test]
fn what_a_crash_leaves_half_done_is_ended_at_the_start() {
    let folder = Folder::new();
    let (id, bytes) = sealed(1, &[2], TEXT);
    let (other, others) = sealed(1, &[2], b"other");
    {
        let shelf = shelf(&folder);
        bring(&shelf, 1, &bytes).unwrap();
        bring(&shelf, 1, &others).unwrap();
        Note::new(&org(1), NOW).with_recipients(&[org(2)]).write(&shelf.path(&id, "erased")).unwrap();
        files::remove(&shelf.path(&other, "json")).unwrap();
        fs::write(shelf.incoming().join("half.tmp"), b"half a document").unwrap();
    }
    let shelf = shelf(&folder);
    assert_eq!(shelf.find(&reader(2), &id).unwrap_err().code(), "H7022");
    assert_eq!(shelf.find(&reader(2), &other).unwrap_err().code(), "H7004");
    for gone in [&bytes, &others, &b"half a document".to_vec()] {
        assert!(!folder.holds(gone));
    }
    assert_eq!(bring(&shelf, 1, &others).map(|filed| filed.id), Ok(other));
}

#[test]
fn a_document_whose_note_is_damaged_is_given_and_erased() {
    let folder = Folder::new();
    let (id, bytes) = sealed(1, &[2], TEXT);
    {
        let shelf = shelf(&folder);
        bring(&shelf, 1, &bytes).unwrap();
        fs::write(shelf.path(&id, "json"), b"{").unwrap();
    }
    let shelf = shelf(&folder);
    assert!(shelf.find(&reader(2), &id).is_ok());
    shelf.erase(&reader(1), &id, NOW).unwrap();
    assert!(!folder.holds(&bytes));
}

#[test]
fn each_depositor_has_a_share() {
    let folder = Folder::new();
    let (_, one) = sealed(1, &[2], b"1");
    let length = one.len() as u64;
    let bytes_of_org = 3 * length + SIGN_BYTES;
    let bounds = Bounds { of_org: 2, bytes_of_org, of_all: 3, least_of_org: 1, ..Bounds::default() };
    let shelf = Shelf::open(folder.path(), NETWORK, bounds).unwrap();
    let first = bring(&shelf, 1, &one).unwrap();
    bring(&shelf, 1, &sealed(1, &[2], b"2").1).unwrap();
    assert_eq!(bring(&shelf, 1, &sealed(1, &[2], b"3").1), Err("H1426"));
    assert_eq!(shelf.has_room(&org(1), 1).unwrap_err().code(), "H1426");
    // One that is being brought counts as well, and so do its bytes.
    let large = Brought::new(3, 2);
    assert_eq!(large.offer(&shelf, 3), Err("H1426"));
    shelf.erase(&reader(1), &first.id, NOW).unwrap();
    bring(&shelf, 1, &sealed(1, &[2], b"3").1).unwrap();
    bring(&shelf, 3, &sealed(3, &[2], b"4").1).unwrap();
    assert_eq!(bring(&shelf, 3, &sealed(3, &[2], b"5").1), Err("H1426"), "of all");
    // What is counted is what is there, after a restart too.
    drop(shelf);
    let shelf = Shelf::open(folder.path(), NETWORK, bounds).unwrap();
    assert_eq!(bring(&shelf, 1, &sealed(1, &[2], b"6").1), Err("H1426"));
}

/// Ten that have all that one may have use up what all may have together, and are in nobody's way.
#[test]
fn those_who_have_much_leave_room_to_those_who_have_little() {
    let folder = Folder::new();
    let bounds = Bounds { of_org: 3, of_all: 30, least_of_org: 2, ..Bounds::default() };
    let shelf = Shelf::open(folder.path(), NETWORK, bounds).unwrap();
    let mut kept = Vec::new();
    for by in 11..=20u8 {
        kept.extend((0..3u8).map(|n| bring(&shelf, by, &sealed(by, &[2], &[n]).1).unwrap()));
    }
    let offered = Brought::new(1, 2);
    assert_eq!(offered.offer(&shelf, 1), Ok(0));
    for by in [1, 3, 4] {
        assert!(shelf.has_room(&org(by), 1).is_ok());
        assert!(bring(&shelf, by, &sealed(by, &[2], b"first").1).is_ok());
    }
    // No more than the least of anybody, one that is being brought counted in.
    assert_eq!(bring(&shelf, 1, &sealed(1, &[2], b"third").1), Err("H1426"));
    assert!(bring(&shelf, 3, &sealed(3, &[2], b"second").1).is_ok());
    assert_eq!(bring(&shelf, 3, &sealed(3, &[2], b"third").1), Err("H1426"));
    // Nor of those who have much, until they have little.
    let (_, next) = sealed(11, &[2], b"next");
    for (filed, taken) in kept[..2].iter().zip([false, true]) {
        shelf.erase(&reader(11), &filed.id, NOW).unwrap();
        assert_eq!(bring(&shelf, 11, &next).is_ok(), taken);
    }
}

/// Who brings and erases without end fills the disk with the signs of it, were they not counted.
#[test]
fn what_is_remembered_of_erased_documents_is_counted() {
    let folder = Folder::new();
    let bounds = Bounds { bytes_of_org: 3 * SIGN_BYTES, ..Bounds::default() };
    let open = || Shelf::open(folder.path(), NETWORK, bounds).unwrap();
    let shelf = open();
    for n in 0..3u8 {
        let filed = bring(&shelf, 1, &sealed(1, &[2], &[n]).1).unwrap();
        // Twice is once.
        for _ in 0..2 {
            shelf.erase(&reader(1), &filed.id, NOW).unwrap();
        }
    }
    let (_, next) = sealed(1, &[2], b"next");
    assert_eq!(bring(&shelf, 1, &next), Err("H1426"));
    // Nor is anything remembered of what never was here.
    assert_eq!(shelf.erase(&reader(1), &DocumentId::default(), NOW).unwrap_err().code(), "H7004");
    assert!(files::list(&folder.path().join("parts")).unwrap().is_empty());
    assert!(bring(&shelf, 3, &sealed(3, &[2], b"another's").1).is_ok());
    drop(shelf);
    assert_eq!(bring(&open(), 1, &next), Err("H1426"), "after a restart too");
}

/// A ledger whose disk is full stands still: documents leave it room, also those that were announced before.
#[test]
fn documents_do_not_fill_the_disk() {
    let folder = Folder::new();
    let made = Brought::new(1, 2);
    made.offer(&shelf(&folder), 1).unwrap();
    let full = Shelf::open(folder.path(), NETWORK, Bounds { free: u64::MAX, ..Bounds::default() }).unwrap();
    assert_eq!(full.has_room(&org(1), 1).unwrap_err().code(), "H1426");
    assert_eq!(Brought::new(1, 2).offer(&full, 1), Err("H1426"));
    assert_eq!(made.offer(&full, 1), Ok(0));
    assert_eq!(made.put(&full, 0), Err("H1426"));
    // Of several that come at a time each was told that there is room: what is left counts.
    assert_eq!(bring(&full, 1, &made.bytes), Err("H1426"));
    assert!(files::list(&full.incoming()).unwrap().is_empty());
}

/// What is left of a disk that is nearly full is for those who have little, whichever way they bring it.
#[test]
fn those_who_have_much_leave_the_disk_to_those_who_have_little() {
    let folder = Folder::new();
    let (much, little) = (Brought::new(1, 3), Brought::new(1, 2));
    let least = 2 * PIECE_BYTES as u64;
    assert!(much.bytes.len() as u64 > least);
    let open = |spare| {
        let bounds = Bounds { spare, least_bytes_of_org: least, ..Bounds::default() };
        Shelf::open(folder.path(), NETWORK, bounds).unwrap()
    };
    let wide = open(1);
    assert_eq!((much.offer(&wide, 1), much.put(&wide, 0)), (Ok(0), Ok(1)));
    let left = [least, least + 1].map(|length| wide.has_room(&org(3), length).unwrap());
    assert_eq!(left, [files::FREE, files::FREE + 1]);
    drop(wide);
    let full = open(u64::MAX);
    assert_eq!(much.put(&full, 1), Err("H1426"), "what was announced before");
    assert_eq!(little.offer(&full, 1), Err("H1426"));
    assert!(full.has_room(&org(3), least).is_ok());
    assert_eq!(full.has_room(&org(3), least + 1).unwrap_err().code(), "H1426");
    assert!(bring(&full, 3, &sealed(3, &[2], TEXT).1).is_ok());
    assert_eq!(full.has_room(&org(3), least).unwrap_err().code(), "H1426", "with what is here");
    // A stream leaves free what is asked of it once its head is known.
    let mut arrival = full.arrival(org(4)).unwrap();
    arrival.push(b"H").unwrap();
    arrival.leave(u64::MAX);
    assert_eq!(arrival.push(b"U").unwrap_err().code(), "H1426");
    // Who has little again is taken more.
    full.erase(&reader(1), &much.id, NOW).unwrap();
    assert_eq!((little.offer(&full, 1), little.put(&full, 0), little.put(&full, 1)), (Ok(0), Ok(1), Ok(2)));
}

#[test]
fn pieces_wait_seven_days_for_the_others() {
    let folder = Folder::new();
    let (made, next) = (Brought::new(1, 2), Brought::new(1, 2));
    let shelf = shelf(&folder);
    made.offer(&shelf, 1).unwrap();
    made.put(&shelf, 0).unwrap();
    let later = |ms: u64| {
        let length = next.bytes.len() as u64;
        shelf.offer(&org(1), &next.id, length, &head(&next.bytes), NOW.plus_ms(ms)).unwrap()
    };
    later(parts::PATIENCE_MS);
    assert_eq!(shelf.missing(&org(1), &made.id, 0).unwrap(), [1]);
    later(parts::PATIENCE_MS + 1);
    assert_eq!(shelf.missing(&org(1), &made.id, 0).unwrap_err().code(), "H7004");
    assert!(!folder.holds(&made.bytes[..1_000]));
    // Where nobody brings anything they go as well.
    let last = NOW.plus_ms(2 * (parts::PATIENCE_MS + 1));
    shelf.forget_late(last).unwrap();
    assert_eq!(shelf.missing(&org(1), &next.id, 0).unwrap_err().code(), "H7004");
}
