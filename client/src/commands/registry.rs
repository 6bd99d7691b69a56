//! Registries: enter and end lines, look at them.

use super::{Listing, deed::perform};
use crate::{
    act::{ActSpec, ChangeSpec, Names, subject, word},
    cli::{About, EndArgs, EntryArgs, RegistryCommand},
    failure::Result,
    output::Sheet,
    readable::{self, short},
    session::Session,
    shown::{self, Line},
};
use api::{catalogue::exit, view::EntryView};
use ledger::{
    operation::{NewEntry, Registry, Subject, Value},
    record::Signed,
};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn run(session: &Session, command: RegistryCommand) -> Result<u8> {
    match command {
        RegistryCommand::Enter { entry, signing } => {
            perform(session, ActSpec::Enact { changes: vec![enter(entry)] }, &signing)
        }
        RegistryCommand::End { end: args, signing } => {
            perform(session, ActSpec::Enact { changes: vec![end(args)] }, &signing)
        }
        RegistryCommand::List { registry, all } => list(session, &registry, all),
        RegistryCommand::Show(about) => show(session, &about),
    }
}

/// A new line, as a change of a motion.
pub(super) fn enter(args: EntryArgs) -> ChangeSpec {
    let EntryArgs { about, value, from, to, ends_key, documents } = args;
    let About { registry, org, class, person, place, period } = about;
    ChangeSpec::Enter { registry, org, class, person, place, period, value, from, to, ends_keys: ends_key, documents }
}

/// The end of a line, as a change of a motion.
pub(super) fn end(args: EndArgs) -> ChangeSpec {
    let EndArgs { about, why, documents } = args;
    let About { registry, org, class, person, place, period } = about;
    ChangeSpec::End { registry, org, class, person, place, period, why, documents }
}

fn registry(input: &str) -> Result<Registry> {
    word(input, Registry::of_name(input), &Registry::ALL.map(Registry::name))
}

/// Where a line stands: in force, to come, past, or how it ended.
fn standing(line: &Line, session: &Session) -> String {
    let (record, now, out) = (&line.record, session.block_time(), &session.out);
    match &record.end {
        Some(end) => format!("{} {}", out.word(end.why.name()), api::time::rfc3339(end.at.time)),
        None if record.in_force(now) => out.pick("in force", "有效").to_owned(),
        None if record.entry.from > now => out.pick("to come", "尚未生效").to_owned(),
        None => out.pick("past", "已过期").to_owned(),
    }
}

/// Names of what some entries are about, asked for once each.
pub(super) fn names<'e>(
    entries: impl IntoIterator<Item = &'e NewEntry>,
    session: &Session,
) -> BTreeMap<String, String> {
    let (mut orgs, mut classes) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        orgs.extend(readable::orgs_of_entry(entry));
        classes.extend(readable::class_of_entry(entry));
    }
    session.names(&orgs.into_iter().collect::<Vec<_>>(), &classes.into_iter().collect::<Vec<_>>())
}

fn named(id: String, names: &BTreeMap<String, String>) -> String {
    names.get(&id).cloned().unwrap_or_else(|| short(&id))
}

/// What a line is about, in few words.
pub(super) fn about(entry: &NewEntry, names: &BTreeMap<String, String>) -> String {
    let about = match &entry.subject {
        Subject::Org(of) => named(of.to_string(), names),
        Subject::Class(class) => named(class.to_string(), names),
        Subject::Person(person) => person.0.short(),
        Subject::Place(place) => place.to_string(),
        Subject::OrgClass(of, class) => {
            format!("{} × {}", named(of.to_string(), names), named(class.to_string(), names))
        }
    };
    if entry.period == 0 { about } else { format!("{about} {}", entry.period) }
}

/// What a line is about, and what it says, in few words.
fn words(line: &Line, names: &BTreeMap<String, String>) -> [String; 2] {
    let entry = &line.record.entry;
    let about = about(entry, names);
    let says = match &entry.value {
        Value::None => String::new(),
        Value::Rating(rating) => rating.to_string(),
        Value::Level { org: of, level } => format!("BSL-{level} · {}", named(of.to_string(), names)),
        Value::Grade(grade) => grade.to_string(),
        Value::Field(field) => field.to_string(),
    };
    [about, says]
}

fn list(session: &Session, input: &str, all: bool) -> Result<u8> {
    let registry = registry(input)?;
    let now = session.block_time();
    let mut lines = shown::lines(session, registry)?;
    lines.retain(|line| all || line.record.in_force(now));
    let views: Vec<&EntryView> = lines.iter().map(|line| &line.view).collect();
    session.out.result(&Listing { schema: "hufu.entry-list/1", items: &views }, |sheet| {
        let names = names(lines.iter().map(|line| &line.record.entry), session);
        let row = |line: &Line| {
            let [about, says] = words(line, &names);
            let entry = &line.record.entry;
            let to = entry.to.map(api::time::rfc3339).unwrap_or_default();
            let dates = format!("{} – {to}", api::time::rfc3339(entry.from));
            [about, says, dates, standing(line, session)]
        };
        let headings = [("about", "对象"), ("says", "内容"), ("from – to", "起止"), ("standing", "状态")];
        sheet.table(&session.out, headings, lines.iter().map(row));
    });
    Ok(exit::DONE)
}

fn show(session: &Session, about: &About) -> Result<u8> {
    let registry = registry(&about.registry)?;
    let known = super::known::Known::new(session);
    let words = [about.org.as_deref(), about.class.as_deref(), about.person.as_deref(), about.place.as_deref()];
    let subject = subject(&known as &dyn Names, registry, words)?;
    let lines = shown::lines_about(session, registry, &subject, about.period)?;
    let views: Vec<&EntryView> = lines.iter().map(|line| &line.view).collect();
    session.out.result(&Listing { schema: "hufu.entry-list/1", items: &views }, |sheet| {
        if lines.is_empty() {
            sheet.line(session.out.pick("none", "无"));
        }
        for line in &lines {
            write(sheet, line, session);
        }
    });
    Ok(if lines.is_empty() { exit::NOT_FOUND } else { exit::DONE })
}

/// A line, for people.
fn write(sheet: &mut Sheet, line: &Line, session: &Session) {
    let (record, out) = (&line.record, &session.out);
    let mut orgs = readable::orgs_of_entry(&record.entry);
    orgs.extend(record.by.iter().map(|signed| signed.org));
    orgs.extend(record.end.iter().flat_map(|end| &end.by).map(|signed| signed.org));
    let classes: Vec<_> = readable::class_of_entry(&record.entry).into_iter().collect();
    let names = session.names(&orgs, &classes);
    let named = |id: String| match names.get(&id) {
        Some(name) => format!("{name} ({})", short(&id)),
        None => id,
    };
    let signer = |signed: &Signed| format!("{} · {}", named(signed.org.to_string()), out.word(signed.role.name()));
    sheet.line(format!("{} {} · {}", out.pick("line", "条目"), line.n, standing(line, session)));
    for (label, value) in readable::entry_pairs(&record.entry, out) {
        sheet.pair(label, named(value));
    }
    for signed in &record.by {
        sheet.pair(out.pick("entered by", "列入签署"), signer(signed));
    }
    let law = format!("{} {}", record.decision.rule, record.decision.article);
    sheet.pair(out.pick("under", "依据"), law.trim());
    let at = format!("{} · {}", record.at.height, api::time::rfc3339(record.at.time));
    sheet.pair(out.pick("entered", "列入"), at);
    for signed in record.end.iter().flat_map(|end| &end.by) {
        sheet.pair(out.pick("ended by", "终止签署"), signer(signed));
    }
}
