//! Private fields that are kept here: list, show, give to others, take from others, erase.

use crate::{
    acts,
    cli::DisclosureCommand,
    disclosure::{Disclosure, Kept, PersonName},
    failure::{Failure, Result},
    output::Sheet,
    readable::{private_pairs, short},
    session::Session,
};
use api::{catalogue::exit, tx::TxState};
use keys::Signer;
use ledger::{Hash, ItemId, KeyId, TxId, field::Field};
use serde::Serialize;
use std::path::{Path, PathBuf};

pub(crate) fn run(session: &Session, command: DisclosureCommand) -> Result<u8> {
    match command {
        DisclosureCommand::List => list(session),
        DisclosureCommand::Show { of } => show(session, &of),
        DisclosureCommand::Export { of, open, person, out } => export(session, &of, &open, person, out.as_deref()),
        DisclosureCommand::Import { file } => import(session, &file),
        DisclosureCommand::Erase { of, field } => erase(session, &of, &field),
    }
}

/// Files of this network that can be read; the others are warned of.
fn files(session: &Session) -> Result<Vec<(PathBuf, Disclosure)>> {
    let mut files = Vec::new();
    for (path, read) in session.disclosures().all(&session.network_id()?)? {
        match read {
            Ok(disclosure) => files.push((path, disclosure)),
            Err(failure) => session.out.warn(&failure.text(session.out.lang)),
        }
    }
    Ok(files)
}

/// The lists that are kept here and meant.
pub(super) fn about(session: &Session, is_meant: impl Fn(&Kept) -> bool) -> Result<Vec<Kept>> {
    let lists = files(session)?.into_iter().flat_map(|(_, disclosure)| disclosure.lists);
    Ok(lists.filter(|kept| is_meant(kept)).collect())
}

/// What a word names: a transaction, an item or the key of a person by its identity, or an item by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Subject(Hash);

impl Subject {
    fn of(session: &Session, word: &str) -> Result<Subject> {
        if let Ok(identity) = word.trim().parse() {
            return Ok(Subject(identity));
        }
        match session.tx_id(word) {
            Ok(tx) => Ok(Subject(tx.0)),
            Err(failure) if failure.code == "H1407" => Err(failure),
            Err(_) => Ok(Subject(session.item(word)?.id.0)),
        }
    }

    fn is(&self, kept: &Kept) -> bool {
        kept.tx == TxId(self.0) || kept.items.contains(&ItemId(self.0))
    }

    fn holds(&self, person: &PersonName) -> bool {
        person.key == KeyId(self.0)
    }

    /// Whether a file has anything of it.
    fn is_in(&self, disclosure: &Disclosure) -> bool {
        disclosure.lists.iter().any(|kept| self.is(kept)) || disclosure.persons.iter().any(|p| self.holds(p))
    }
}

/// Nothing is kept of what was named.
fn unknown(field: &str) -> Failure {
    Failure::new("H1421", [("field", field)])
}

/// A root, without values.
#[derive(Serialize)]
struct Listed {
    tx: String,
    act: String,
    /// What became of the act, as far as a node tells: the fields of a refused one mean nothing.
    status: Option<TxState>,
    items: Vec<String>,
    root: String,
    /// Names of the fields in the clear.
    open: Vec<String>,
    /// How many are known by their commitments alone.
    closed: usize,
}

#[derive(Serialize)]
struct ListedAll {
    schema: &'static str,
    items: Vec<Listed>,
    /// Keys whose holders' names are kept.
    persons: Vec<String>,
}

fn list(session: &Session) -> Result<u8> {
    let mut all = ListedAll { schema: "hufu.disclosure-list/1", items: Vec::new(), persons: Vec::new() };
    // A node that does not answer once is not asked again.
    let mut answers = true;
    for (_, disclosure) in files(session)? {
        let of_file = disclosure.lists.first().filter(|_| answers).map(|kept| super::tx::status(session, &kept.tx));
        answers &= !matches!(of_file, Some(None));
        // All lists of a file are of one transaction.
        let status = of_file.flatten().map(|status| status.status);
        all.items.extend(disclosure.lists.iter().map(|kept| {
            let open: Vec<String> = kept.private.open().map(|f| f.name.to_string()).collect();
            Listed {
                tx: kept.tx.to_string(),
                act: kept.act.to_string(),
                status,
                items: kept.items.iter().map(ItemId::to_string).collect(),
                root: kept.private.root().to_string(),
                closed: kept.private.leaves().len() - open.len(),
                open,
            }
        }));
        all.persons.extend(disclosure.persons.iter().map(|p| p.key.to_string()));
    }
    let out = &session.out;
    out.result(&all, |sheet| {
        let row = |kept: &Listed| {
            let items: Vec<String> = kept.items.iter().take(3).map(|i| short(i)).collect();
            let more = if kept.items.len() > 3 { " …" } else { "" };
            let closed = match kept.closed {
                0 => String::new(),
                n => format!(" (+{n} {})", out.pick("closed", "未公开")),
            };
            let fields = format!("{}{closed}", kept.open.join(", "));
            let status = match kept.status {
                Some(TxState::Committed) => out.pick("in the ledger", "已入账"),
                Some(TxState::Refused) => out.pick("REFUSED", "被拒绝"),
                Some(TxState::Pending) => out.pick("not decided", "未裁定"),
                Some(TxState::Unknown) => out.pick("not sent", "未发送"),
                Some(TxState::Expired) => out.pick("expired", "已过期"),
                None => "?",
            };
            let act = out.word(&kept.act);
            [act, status.to_owned(), format!("{}{more}", items.join(" ")), fields, kept.tx.clone()]
        };
        let name = |key: &String| {
            [out.pick("name", "姓名").to_owned(), String::new(), String::new(), String::new(), key.clone()]
        };
        let headings = [("act", "行为"), ("standing", "状态"), ("items", "物品"), ("fields", "字段"), ("of", "所属")];
        sheet.table(out, headings, all.items.iter().map(row).chain(all.persons.iter().map(name)));
    });
    Ok(exit::DONE)
}

/// Everything that is kept of what some words name. Error: H1421 for a word of which nothing is.
fn gather(session: &Session, words: &[String]) -> Result<Disclosure> {
    let subjects: Vec<Subject> = words.iter().map(|w| Subject::of(session, w)).collect::<Result<_>>()?;
    let mut all = Disclosure::new(session.network_id()?);
    for (_, Disclosure { lists, persons, .. }) in files(session)? {
        all.lists.extend(lists.into_iter().filter(|kept| subjects.iter().any(|s| s.is(kept))));
        all.persons.extend(persons.into_iter().filter(|person| subjects.iter().any(|s| s.holds(person))));
    }
    match subjects.iter().zip(words).find(|(subject, _)| !subject.is_in(&all)) {
        Some((_, word)) => Err(unknown(word)),
        None => Ok(all),
    }
}

fn show(session: &Session, word: &str) -> Result<u8> {
    let disclosure = gather(session, &[word.to_owned()])?;
    session.out.result(&disclosure.json(), |sheet| write(sheet, &disclosure, session));
    Ok(exit::DONE)
}

/// Private fields, for people.
fn write(sheet: &mut Sheet, disclosure: &Disclosure, session: &Session) {
    let out = &session.out;
    for kept in &disclosure.lists {
        sheet.line(format!("{} · {} {}", out.word(kept.act.as_str()), out.pick("transaction", "交易"), kept.tx));
        private_pairs(&kept.private, out).into_iter().for_each(|(label, value)| sheet.pair(label, value));
    }
    for person in &disclosure.persons {
        let label = format!("{} · {} {}", out.pick("name", "姓名"), out.pick("key", "密钥"), person.key);
        sheet.line(label);
        sheet.pair(out.pick("private name", "保密·姓名"), person.name.to_string());
    }
}

fn export(session: &Session, words: &[String], open: &[String], person: bool, out: Option<&Path>) -> Result<u8> {
    let mut disclosure = gather(session, words)?;
    if !open.is_empty() {
        keep_open(&mut disclosure, open)?;
    }
    if person {
        let key = session.key()?;
        let (salt, name) = (*key.name_salt(), key.name().clone());
        disclosure.persons.push(PersonName { key: key.key_id(), salt, name });
    }
    let Some(path) = out else {
        match session.out.json {
            // It is a file that others read: nothing is added to it. Writing plain structs to memory fails for no value.
            true => session.out.print(&serde_json::to_string(&disclosure.json()).unwrap_or_default()),
            false => session.out.print_raw(&String::from_utf8_lossy(&disclosure.to_json())),
        }
        return Ok(exit::DONE);
    };
    session.write_named(path, &disclosure.to_json())?;
    let say = &session.out;
    report(session, &Counted::of("hufu.disclosure-written/1", path, &disclosure), |sheet| {
        sheet.line(format!("{}{}", say.pick("written: ", "已写入："), path.display()));
        sheet.line(say.pick("Whoever has this file can read it.", "持有此文件者即可阅读其内容。"));
    })
}

/// Leaves in the clear what was chosen, and takes out the lists of which nothing was.
fn keep_open(disclosure: &mut Disclosure, names: &[String]) -> Result<()> {
    let has = |kept: &Kept, name: &String| kept.private.open().any(|f| f.name.as_str() == name);
    if let Some(name) = names.iter().find(|name| !disclosure.lists.iter().any(|kept| has(kept, name))) {
        return Err(unknown(name));
    }
    disclosure.lists.retain(|kept| names.iter().any(|name| has(kept, name)));
    for kept in &mut disclosure.lists {
        kept.private = kept.private.closing(|f| names.iter().any(|name| f.name.as_str() == name));
    }
    Ok(())
}

/// What was written, kept or erased.
#[derive(Serialize)]
struct Counted {
    schema: &'static str,
    /// The file; of what was erased, the word that names it.
    of: String,
    /// Acts, by their private fields.
    lists: usize,
    /// Fields in the clear.
    fields: usize,
    /// Names of persons.
    persons: usize,
}

impl Counted {
    fn of(schema: &'static str, path: &Path, disclosure: &Disclosure) -> Counted {
        Counted {
            schema,
            of: path.display().to_string(),
            lists: disclosure.lists.len(),
            fields: disclosure.lists.iter().map(|kept| kept.private.open().count()).sum(),
            persons: disclosure.persons.len(),
        }
    }
}

fn report(session: &Session, counted: &Counted, more: impl FnOnce(&mut Sheet)) -> Result<u8> {
    let out = &session.out;
    out.result(counted, |sheet| {
        more(sheet);
        sheet.pair(out.pick("acts", "行为"), counted.lists.to_string());
        sheet.pair(out.pick("fields", "字段"), counted.fields.to_string());
        sheet.pair(out.pick("names", "姓名"), counted.persons.to_string());
    });
    Ok(exit::DONE)
}

fn import(session: &Session, path: &Path) -> Result<u8> {
    let disclosure = Disclosure::read(path)?;
    let network = session.network_id()?;
    if disclosure.network != network {
        let values = [("expected", network.to_string()), ("found", disclosure.network.to_string())];
        return Err(Failure::new("H3002", values));
    }
    let counted = Counted::of("hufu.disclosure-kept/1", path, &disclosure);
    let mut shown = Sheet::default();
    write(&mut shown, &disclosure, session);
    session.out.show(&shown);
    if !session.dry_run {
        session.disclosures().keep(disclosure)?;
    }
    report(session, &counted, |_| {})
}

/// Destroys what was named, in the files that are kept here. Copies elsewhere are beyond this program.
fn erase(session: &Session, word: &str, names: &[String]) -> Result<u8> {
    let subject = Subject::of(session, word)?;
    let goes = |field: &Field| names.is_empty() || names.iter().any(|name| field.name.as_str() == name);
    let mut going = gather(session, &[word.to_owned()])?;
    if !names.is_empty() {
        keep_open(&mut going, names)?;
        going.persons.clear();
    }
    let counted = Counted::of("hufu.disclosure-erased/1", Path::new(word), &going);
    let mut shown = Sheet::default();
    write(&mut shown, &going, session);
    session.out.show(&shown);
    if !session.dry_run {
        acts::ask(session, session.out.pick("Erase this for good?", "永久删除以上内容吗？"))?;
        for (path, mut left) in files(session)?.into_iter().filter(|(_, disclosure)| subject.is_in(disclosure)) {
            for kept in left.lists.iter_mut().filter(|kept| subject.is(kept)) {
                kept.private = kept.private.closing(|field| !goes(field));
            }
            left.lists.retain(|kept| kept.private.open().next().is_some());
            left.persons.retain(|person| !names.is_empty() || !subject.holds(person));
            session.disclosures().leave(&path, &left)?;
        }
    }
    report(session, &counted, |_| {})
}
