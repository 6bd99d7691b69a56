//! Sealed documents: send, list, fetch and open, replicate, erase.

mod nodes;

use super::{Listing, key::seal};
use crate::{
    acts,
    cli::{DocumentCommand, DocumentGet, DocumentSend},
    disclosure::Disclosure,
    failure::{Failure, Result, text},
    readable::short,
    session::Session,
    storage,
};
use api::{catalogue::exit, paths};
use keys::{
    SealKey,
    seal::{About, Head, Letter, MAX_RECIPIENTS, Opened, Pieces, SealError},
};
use ledger::{
    DocumentId, Hash, OrgId, TxId,
    document::{self, Document},
    sealed::MAX_BYTES,
};
use nodes::Held;
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// Media type of a file with private fields.
const DISCLOSURE: &str = "application/vnd.hufu.disclosure+json";
const OCTETS: &str = "application/octet-stream";

pub(crate) fn run(session: &Session, command: DocumentCommand) -> Result<u8> {
    match command {
        DocumentCommand::Send(args) => send(session, &args),
        DocumentCommand::List { about } => list(session, about.as_deref()),
        DocumentCommand::Show { id } => show_one(session, &id),
        DocumentCommand::Get(args) => get(session, &args),
        DocumentCommand::Replicate { id } => replicate(session, &id),
        DocumentCommand::Erase { id } => erase(session, &id),
    }
}

/// Endings of files that go with their command: what is to be sent, and what was opened.
const SCRATCH: [&str; 2] = ["sealed", "open"];

/// A file of the program's own that goes with the command, and is locked as long. One that nobody holds was left by a
/// command that was broken off, perhaps in plain text: it goes with the next.
struct Scratch {
    path: PathBuf,
    file: File,
}

impl Scratch {
    fn new(folder: &Path, ending: &str) -> Result<Scratch> {
        let path = folder.join(format!("{}.{ending}", hex::encode(keys::random::<16>()?)));
        let make = || -> io::Result<File> {
            // One at a time: no file is seen between its beginning and its lock.
            let alone = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock"))?;
            alone.lock()?;
            clear(folder)?;
            let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        let file = make().map_err(|e| Failure::file(&path, &e))?;
        Ok(Scratch { path, file })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now goes with the next command.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what commands that were broken off have left.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_scratch = path.extension().is_some_and(|ending| SCRATCH.iter().any(|of| ending == *of));
        if is_scratch && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn folder(session: &Session) -> Result<PathBuf> {
    let folder = session.settings.state.join("documents");
    storage::folder(&folder)?;
    Ok(folder)
}

fn sealing(path: &Path) -> impl Fn(SealError) -> Failure {
    let path = path.to_owned();
    move |error| match error {
        SealError::Io(error) => Failure::file(&path, &error),
        other => Failure::new(other.code(), [("detail", other.to_string())]),
    }
}

/// What a file is a commitment's opening of, the salted one first; see `docs/formats/sealed.md`.
fn commitments(path: &Path, letter: &Letter) -> Result<Vec<Hash>> {
    let content = storage::content_hash(path)?;
    let document = Document { salt: letter.salt, content };
    let mut all = vec![document.hash(), content];
    all.extend(document::root(&[document]));
    if letter.media.as_str() == DISCLOSURE {
        all.extend(Disclosure::read(path)?.lists.iter().map(|kept| kept.private.root()));
    }
    Ok(all)
}

/// Error: H1424.
fn must_open(path: &Path, letter: &Letter, opens: &Hash) -> Result<()> {
    match commitments(path, letter)?.contains(opens) {
        true => Ok(()),
        false => Err(Failure::new("H1424", [("opens", opens.to_string())])),
    }
}

fn hash(input: &str) -> Result<Hash> {
    input.trim().parse().map_err(|_| Failure::input("H1409", input))
}

fn id(input: &str) -> Result<DocumentId> {
    hash(input).map(DocumentId)
}

// ----------------------------------------------------------------------------------------------------------- sending

fn letter(args: &DocumentSend) -> Result<Letter> {
    let salt = match &args.salt {
        Some(word) => {
            let mut salt = [0u8; 16];
            // What somebody mistyped is almost the salt: it is not shown.
            hex::decode_to_slice(word, &mut salt).map_err(|_| Failure::form("--salt", "32 hexadecimal digits"))?;
            salt
        }
        None => keys::random()?,
    };
    let is_disclosure = || args.media.is_none() && Disclosure::read(&args.file).is_ok();
    let media = match &args.media {
        Some(media) => media.as_str(),
        None if is_disclosure() => DISCLOSURE,
        None => OCTETS,
    };
    let name = args.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Ok(Letter { salt, media: text("media", media)?, name: text("name", name)? })
}

/// For whom it is, with the key of each.
fn recipients(session: &Session, words: &[String]) -> Result<Vec<(OrgId, [u8; 32])>> {
    let mut orgs = words.iter().map(|word| session.org_id(word)).collect::<Result<Vec<OrgId>>>()?;
    orgs.sort();
    orgs.dedup();
    if orgs.len() > MAX_RECIPIENTS {
        return Err(Failure::form(orgs.len().to_string(), format!("1 to {MAX_RECIPIENTS} organisations")));
    }
    orgs.into_iter().map(|org| Ok((org, seal::published(session, &org)?))).collect()
}

fn send(session: &Session, args: &DocumentSend) -> Result<u8> {
    let letter = letter(args)?;
    let opens = match &args.opens {
        Some(word) => hash(word)?,
        None => Document { salt: letter.salt, content: storage::content_hash(&args.file)? }.hash(),
    };
    must_open(&args.file, &letter, &opens)?;
    let tx = args.about_tx.as_deref().map(|word| session.tx_id(word)).transpose()?.unwrap_or_default();
    let about = About { network: session.network_id()?, by: session.key_header()?.org, opens, tx };
    let keys = recipients(session, &args.to)?;
    show(session, args, &about, &keys);
    let scratch = Scratch::new(&folder(session)?, "sealed")?;
    let id = sealed(args, &about, &keys, &letter, &scratch)?;
    if session.dry_run {
        return Ok(exit::DONE);
    }
    acts::ask(session, session.out.pick("Send it?", "发送吗？"))?;
    Ok(left(session, &nodes::leave(session, &id, &scratch.file)?))
}

/// Says where a document was left.
fn left(session: &Session, held: &Held) -> u8 {
    let out = &session.out;
    out.result(held, |sheet| {
        sheet.pair(out.pick("document", "文件"), &held.view.id);
        sheet.pair(out.pick("opens", "所开启的承诺"), &held.view.opens);
        held.nodes.iter().for_each(|node| sheet.pair(out.pick("at", "位于"), node));
    });
    exit::DONE
}

/// Brings a document of one's own from a node that has it to those that lack it. What was erased is not brought again.
fn replicate(session: &Session, word: &str) -> Result<u8> {
    let id = id(word)?;
    nodes::must_not_be_erased(session, &id)?;
    if session.dry_run {
        return Ok(exit::DONE);
    }
    let sealed = folder(session)?.join(format!("{id}.part"));
    nodes::first(session, |node| fetch(node, &id, &sealed))?;
    let file = File::open(&sealed).map_err(|e| Failure::file(&sealed, &e))?;
    let held = nodes::leave(session, &id, &file)?;
    // What was fetched is not needed any more; a name that stays does no harm.
    let _ = fs::remove_file(&sealed);
    Ok(left(session, &held))
}

/// Seals the file into `scratch`, and says its name.
fn sealed(
    args: &DocumentSend,
    about: &About,
    keys: &[(OrgId, [u8; 32])],
    letter: &Letter,
    scratch: &Scratch,
) -> Result<DocumentId> {
    let failed = |e: io::Error| Failure::file(&args.file, &e);
    let content = File::open(&args.file).map_err(failed)?;
    let length = content.metadata().map_err(failed)?.len();
    let out = BufWriter::new(&scratch.file);
    let id = keys::seal::seal(about, keys, letter, length, BufReader::new(content), out);
    id.map_err(sealing(&args.file))
}

fn show(session: &Session, args: &DocumentSend, about: &About, keys: &[(OrgId, [u8; 32])]) {
    let out = &session.out;
    let orgs: Vec<OrgId> = keys.iter().map(|(org, _)| *org).collect();
    let names = session.org_names(&orgs);
    let mut sheet = crate::output::Sheet::default();
    sheet.pair(out.pick("file", "文件"), args.file.display().to_string());
    sheet.pair(out.pick("opens", "所开启的承诺"), about.opens.to_string());
    for (org, key) in keys {
        let name = names.get(&org.to_string()).cloned().unwrap_or_else(|| org.to_string());
        // Whole: of a few digits another key is soon found that has the same.
        let key = keys::seal::seal_key_id(key);
        sheet.pair(out.pick("for", "收件机构"), format!("{name} · {} {key}", out.pick("seal key", "密封密钥")));
    }
    out.show(&sheet);
}

// ----------------------------------------------------------------------------------------------------------- reading

fn list(session: &Session, about: Option<&str>) -> Result<u8> {
    let query: Vec<(&str, String)> = match about {
        Some(word) => vec![("about", hash(word)?.to_string())],
        None => Vec::new(),
    };
    let all = nodes::list(session, &query)?;
    let out = &session.out;
    out.result(&Listing { schema: "hufu.document-list/1", items: &all }, |sheet| {
        let by: BTreeSet<OrgId> = all.iter().filter_map(|held| held.view.by.parse().ok()).collect();
        let names = session.org_names(&by.into_iter().collect::<Vec<_>>());
        let row = |Held { view, nodes }: &Held| {
            let by = names.get(&view.by).cloned().unwrap_or_else(|| short(&view.by));
            let at = match &view.has {
                Some(agencies) => format!("{} {}", agencies.len(), out.pick("agencies", "个机关")),
                None => format!("{} {}", nodes.len(), out.pick("nodes", "个节点")),
            };
            [view.id.clone(), by, view.bytes.to_string(), short(&view.opens), view.at.clone(), at]
        };
        let headings = [
            ("document", "文件"),
            ("from", "来自"),
            ("bytes", "字节"),
            ("opens", "承诺"),
            ("since", "时间"),
            ("at", "已送达"),
        ];
        sheet.table(out, headings, all.iter().map(row));
    });
    Ok(exit::DONE)
}

/// One document with every node that has it. Error: H7004.
fn show_one(session: &Session, word: &str) -> Result<u8> {
    let id = id(word)?.to_string();
    let found = nodes::list(session, &[])?.into_iter().find(|held| held.view.id == id);
    let held = found.ok_or_else(|| Failure::new("H7004", [("kind", "document".to_owned()), ("input", id)]))?;
    let (out, Held { view, nodes }) = (&session.out, &held);
    out.result(&held, |sheet| {
        let by: Option<OrgId> = view.by.parse().ok();
        let by = session.org_names(by.as_slice()).remove(&view.by).unwrap_or_else(|| view.by.clone());
        sheet.pair(out.pick("document", "文件"), &view.id);
        sheet.pair(out.pick("from", "来自"), by);
        sheet.pair(out.pick("bytes", "字节"), view.bytes.to_string());
        sheet.pair(out.pick("opens", "所开启的承诺"), &view.opens);
        view.tx.iter().for_each(|tx| sheet.pair(out.pick("transaction", "交易"), tx));
        sheet.pair(out.pick("since", "时间"), &view.at);
        nodes.iter().for_each(|node| sheet.pair(out.pick("at", "位于"), node));
        let agencies = view.has.iter().flatten();
        agencies.for_each(|node| sheet.pair(out.pick("at the agency's node", "位于机关节点"), node));
    });
    Ok(exit::DONE)
}

#[derive(Serialize)]
struct Fetched {
    schema: &'static str,
    id: String,
    by: String,
    opens: String,
    tx: Option<String>,
    media: String,
    name: String,
    file: Option<String>,
    kept: bool,
}

fn get(session: &Session, args: &DocumentGet) -> Result<u8> {
    let id = id(&args.id)?;
    if let Some(out) = &args.out {
        session.check_name(out)?;
    }
    let folder = folder(session)?;
    let sealed = folder.join(format!("{id}.part"));
    nodes::first(session, |node| fetch(node, &id, &sealed))?;
    let plain = Scratch::new(&folder, "open")?;
    let opened = open(session, &sealed, &plain)?;
    let Opened { head, letter } = &opened;
    if head.about.network != session.network_id()? {
        return Err(Failure::new("H1425", [("detail", "it is of another network")]));
    }
    must_open(&plain.path, letter, &head.about.opens)?;
    if args.keep {
        keep(session, letter, &plain.path)?;
    }
    if let Some(out) = args.out.as_ref().filter(|_| !session.dry_run) {
        let copy = |file: &mut dyn io::Write| io::copy(&mut File::open(&plain.path)?, file).map(|_| ());
        storage::replace_with(out, copy)?;
    }
    // What was fetched is not needed any more; a name that stays does no harm.
    let _ = fs::remove_file(&sealed);
    let fetched = Fetched {
        schema: "hufu.document-opened/1",
        id: id.to_string(),
        by: head.about.by.to_string(),
        opens: head.about.opens.to_string(),
        tx: (head.about.tx != TxId::default()).then(|| head.about.tx.to_string()),
        media: letter.media.to_string(),
        name: letter.name.to_string(),
        file: args.out.as_ref().map(|path| path.display().to_string()),
        kept: args.keep,
    };
    let out = &session.out;
    out.result(&fetched, |sheet| {
        sheet.pair(out.pick("from", "来自"), &fetched.by);
        sheet.pair(out.pick("name", "名称"), &fetched.name);
        sheet.pair(out.pick("media type", "类型"), &fetched.media);
        sheet.pair(out.pick("opens", "所开启的承诺"), &fetched.opens);
        fetched.tx.iter().for_each(|tx| sheet.pair(out.pick("transaction", "交易"), tx));
        fetched.file.iter().for_each(|file| sheet.pair(out.pick("written", "已写入"), file));
    });
    Ok(exit::DONE)
}

/// Brings a document here; one that was broken off goes on where it was. What has another name is thrown away (H1428), and
/// fetched once more where a part of it was here before: that may be of another node.
fn fetch(session: &Session, id: &DocumentId, path: &Path) -> Result<()> {
    let failed = |e: io::Error| Failure::file(path, &e);
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map_err(failed)?;
    loop {
        let here = file.metadata().map_err(failed)?.len();
        if here > 0 && name_of(&mut file).map_err(failed)? == *id {
            return Ok(());
        }
        let mut given = session.stream(&paths::fill(paths::DOCUMENT, &id.to_string()), here)?;
        let from = if given.goes_on { here } else { 0 };
        file.set_len(from).map_err(failed)?;
        take(&mut file, from, &mut given.body).map_err(failed)?;
        if name_of(&mut file).map_err(failed)? == *id {
            return Ok(());
        }
        // It would be wrong the next time as well.
        file.set_len(0).map_err(failed)?;
        if from == 0 {
            return Err(Failure::new("H1428", [("detail", format!("what was fetched is not {id}"))]));
        }
    }
}

/// Takes what comes behind what is here, but no more than a document may have: what is longer is none, and goes.
fn take(file: &mut File, here: u64, given: &mut impl io::Read) -> io::Result<()> {
    io::copy(&mut io::Read::take(given, MAX_BYTES.saturating_sub(here)), file)?;
    file.sync_all()
}

/// The name of the document that a file holds.
fn name_of(file: &mut File) -> io::Result<DocumentId> {
    file.seek(SeekFrom::Start(0))?;
    let mut pieces = Pieces::new(io::sink());
    io::copy(&mut BufReader::new(file), &mut pieces)?;
    Ok(pieces.finish()?.0)
}

/// Opens a document with the keys in the keys folder that it is sealed to.
fn open(session: &Session, path: &Path, plain: &Scratch) -> Result<Opened> {
    let failed = |e: io::Error| Failure::file(path, &e);
    let mut file = File::open(path).map_err(failed)?;
    let head = Head::read(&mut file).map_err(sealing(path))?;
    let mut mine: Vec<(OrgId, SealKey)> = Vec::new();
    for (of, key) in seal::all(session)? {
        let header = key.header();
        if head.recipients.iter().any(|recipient| recipient.org == header.org && recipient.key == header.id()) {
            mine.push((header.org, seal::open(session, &of, &key)?));
        }
    }
    let borrowed: Vec<(OrgId, &SealKey)> = mine.iter().map(|(org, key)| (*org, key)).collect();
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut out = BufWriter::new(&plain.file);
    let opened = keys::seal::open(&borrowed, BufReader::new(file), &mut out).map_err(sealing(path))?;
    out.flush().map_err(|e| Failure::file(&plain.path, &e))?;
    Ok(opened)
}

/// Keeps the private fields of a disclosure file. Error: H1419 for any other.
fn keep(session: &Session, letter: &Letter, path: &Path) -> Result<()> {
    if letter.media.as_str() != DISCLOSURE {
        let values = [("file", letter.name.to_string()), ("detail", format!("media type {}", letter.media))];
        return Err(Failure::new("H1419", values));
    }
    let found = Disclosure::read(path)?;
    let network = session.network_id()?;
    if found.network != network {
        return Err(session.other_network(&network, &found.network.to_string()));
    }
    if session.dry_run { Ok(()) } else { session.disclosures().keep(found) }
}

#[derive(Serialize)]
struct Erased {
    schema: &'static str,
    id: String,
    /// Where it was.
    nodes: Vec<String>,
    dry_run: bool,
}

fn erase(session: &Session, word: &str) -> Result<u8> {
    let id = id(word)?;
    let mut nodes = Vec::new();
    if !session.dry_run {
        acts::ask(session, session.out.pick("Erase it everywhere, for good?", "在所有节点永久删除吗？"))?;
        nodes = nodes::erase(session, &id)?;
    }
    let erased = Erased { schema: "hufu.document-erased/1", id: id.to_string(), nodes, dry_run: session.dry_run };
    let out = &session.out;
    out.result(&erased, |sheet| {
        sheet.pair(out.pick("erased", "已删除"), &erased.id);
        erased.nodes.iter().for_each(|node| sheet.pair(out.pick("at", "位于"), node));
    });
    Ok(exit::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Text;

    #[test]
    fn a_file_opens_the_commitments_that_the_format_names_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.pdf");
        fs::write(&path, b"abc").unwrap();
        let salt = [5; 16];
        let letter = |media: &str| Letter { salt, media: Text::new(media).unwrap(), name: Text::default() };
        let document = Document::of(salt, b"abc");
        let plain = letter(OCTETS);
        let root = document::root(&[document]).unwrap();
        for opens in [document.hash(), document.content, root] {
            assert_eq!(must_open(&path, &plain, &opens), Ok(()));
        }
        let other = Letter { salt: [6; 16], ..plain.clone() };
        assert_eq!(must_open(&path, &other, &document.content), Ok(()));
        for opens in [document.hash(), root, Hash::default()] {
            assert_eq!(must_open(&path, &other, &opens).unwrap_err().code, "H1424");
        }
        fs::write(&path, b"abd").unwrap();
        assert_eq!(must_open(&path, &plain, &root).unwrap_err().code, "H1424");
        // What says that it is a file of private fields has to be one.
        assert_eq!(must_open(&path, &letter(DISCLOSURE), &root).unwrap_err().code, "H1419");
    }

    #[test]
    fn what_a_broken_off_command_left_goes_with_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let left = ["0.open", "1.sealed"].map(|name| folder.path().join(name));
        left.iter().for_each(|path| fs::write(path, b"plain text").unwrap());
        let part = folder.path().join("2.part");
        fs::write(&part, b"sealed").unwrap();
        let one = Scratch::new(folder.path(), "open").unwrap();
        assert!(left.iter().all(|path| !path.exists()) && part.exists());
        let other = Scratch::new(folder.path(), "sealed").unwrap();
        assert!(one.path.exists() && other.path.exists(), "it is in use");
        let paths = [one.path.clone(), other.path.clone()];
        drop((one, other));
        assert!(paths.iter().all(|path| !path.exists()));
    }

    #[test]
    fn a_mistyped_salt_is_not_shown() {
        let word = "00112233445566778899aabbccddeef";
        let args = DocumentSend {
            file: PathBuf::from("f"),
            to: Vec::new(),
            opens: None,
            salt: Some(word.to_owned()),
            about_tx: None,
            media: None,
        };
        assert!(!format!("{:?}", letter(&args).unwrap_err()).contains(word));
    }

    /// A node may send more than was asked for: the file never gets too long to be looked at and thrown away.
    #[test]
    fn no_more_is_taken_than_a_document_may_have() {
        let mut file = tempfile::tempfile().unwrap();
        file.set_len(MAX_BYTES - 3).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        take(&mut file, MAX_BYTES - 3, &mut [7u8; 10].as_slice()).unwrap();
        assert_eq!(file.metadata().unwrap().len(), MAX_BYTES);
    }

    #[test]
    fn a_fetched_file_has_the_name_of_its_pieces() {
        let bytes = vec![7u8; ledger::sealed::PIECE_BYTES + 3];
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let hashes: Vec<Hash> = bytes.chunks(ledger::sealed::PIECE_BYTES).map(ledger::sealed::piece).collect();
        assert_eq!(name_of(&mut file).unwrap(), DocumentId::of(&hashes));
    }
}
