//! What the bytes of a transaction say, for people: computed from the bytes alone, every time.

mod fields;
mod labels;

use crate::{
    draft::Draft,
    output::{Output, Sheet},
    private::{Private, roots},
};
use fields::Fields;
pub(crate) use fields::roles_text;
use labels::LABELS;
use ledger::{
    ClassId, ItemId, Operation, OrgId, TxBody,
    operation::{Application, Change, Entry, EntryBody, Motion, NewEntry, Subject, Value},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Entries that are shown one by one; of more, the rest is counted.
const SHOWN_ENTRIES: usize = 20;

/// A transaction as text, the `readable` of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Readable {
    pub(crate) act: String,
    pub(crate) network: String,
    pub(crate) expires: String,
    pub(crate) signers: Vec<ReadableSigner>,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) entries: Vec<BTreeMap<String, String>>,
}

/// A required signer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadableSigner {
    pub(crate) org: String,
    pub(crate) key: String,
    pub(crate) role: String,
}

impl Readable {
    pub(crate) fn of(body: &TxBody, entries: &[Entry]) -> Readable {
        let owned = |fields: Fields| fields.0.into_iter().collect();
        Readable {
            act: body.operation.act().name().into(),
            network: body.network.to_string(),
            expires: api::time::rfc3339(body.expires),
            signers: body
                .signers
                .iter()
                .map(|s| ReadableSigner { org: s.org.to_string(), key: s.key.to_string(), role: s.role.name().into() })
                .collect(),
            fields: owned(fields::of(&body.operation)),
            entries: entries.iter().map(|e| owned(fields::of_entry(e))).collect(),
        }
    }
}

/// The label of a field, with the numbers before its name: `2.item` is the item of the second of several.
fn label(name: &str, out: &Output) -> String {
    let (numbers, bare) = match name.rsplit_once('.') {
        Some((numbers, bare)) => (Some(numbers), bare),
        None => (None, name),
    };
    let words = match LABELS.iter().find(|(n, _, _)| *n == bare) {
        Some((_, en, zh)) => out.pick(en, zh),
        None => bare,
    };
    match numbers {
        Some(numbers) => format!("{numbers} · {words}"),
        None => words.to_owned(),
    }
}

/// A value, in words where it is a word of the ledger.
fn shown(name: &str, value: &str, out: &Output) -> String {
    let bare = name.rsplit_once('.').map_or(name, |(_, bare)| bare);
    if fields::is_word(bare) { out.word(value) } else { value.to_owned() }
}

/// Every change of a motion, by label and value.
pub(crate) fn motion_pairs(motion: &Motion, out: &Output) -> Vec<(String, String)> {
    pairs(fields::motion(motion), out)
}

/// A line of a registry, by label and value.
pub(crate) fn entry_pairs(entry: &NewEntry, out: &Output) -> Vec<(String, String)> {
    pairs(fields::new_entry(entry), out)
}

/// What is applied for, by label and value.
pub(crate) fn application_pairs(application: &Application, out: &Output) -> Vec<(String, String)> {
    pairs(fields::application(application), out)
}

fn pairs(fields: Fields, out: &Output) -> Vec<(String, String)> {
    fields.0.into_iter().map(|(name, value)| (label(&name, out), shown(&name, &value, out))).collect()
}

/// Writes what is signed onto a sheet: a draft's bytes, and private fields in the clear, which give the very roots.
/// `names` gives the names of identities that are known.
pub(crate) fn write(sheet: &mut Sheet, draft: &Draft, names: &BTreeMap<String, String>, out: &Output) {
    let Draft { body, entries, private, .. } = draft;
    let named = |value: &str| match names.get(value) {
        Some(name) => format!("{name}  ({})", short(value)),
        None => value.to_owned(),
    };
    let title = out.pick("What is signed: ", "签名内容：");
    sheet.line(format!("{title}{}", out.word(body.operation.act().name())));
    for (name, value) in fields::of(&body.operation).0 {
        sheet.pair(label(&name, out), named(&shown(&name, &value, out)));
    }
    for entry in entries.iter().take(SHOWN_ENTRIES) {
        sheet.line(format!("    - {}", entry_line(entry, &named, out)));
    }
    if let Some(more @ 1..) = entries.len().checked_sub(SHOWN_ENTRIES) {
        sheet.line(format!("    … {more} {}", out.pick("more", "条未列出")));
    }
    write_private(sheet, &roots(body, entries), private, out);
    for slot in &body.signers {
        let signer = format!("{} · {}", out.word(slot.role.name()), named(&slot.org.to_string()));
        sheet.pair(
            out.pick("signer", "签名人"),
            format!("{signer} · {} {}", out.pick("key", "密钥"), short(&slot.key.to_string())),
        );
    }
    sheet.pair(out.pick("expires", "过期时间"), api::time::rfc3339(body.expires));
    sheet.pair(out.pick("network", "网络"), short(&body.network.to_string()));
    sheet.pair(out.pick("transaction", "交易"), body.id().to_string());
}

/// An entry in a line. An item stands for itself; of several values each has its label.
fn entry_line(entry: &Entry, named: &impl Fn(&str) -> String, out: &Output) -> String {
    let fields = fields::of_entry(entry).0;
    let words: Vec<String> = match fields.as_slice() {
        [(_, item)] => vec![named(item)],
        several => several
            .iter()
            .map(|(name, value)| format!("{} {}", label(name, out), named(&shown(name, value, out))))
            .collect(),
    };
    words.join(" · ")
}

/// Private fields of a few roots one by one; of more, they are counted.
fn write_private(sheet: &mut Sheet, roots: &[(ledger::Hash, Vec<ledger::ItemId>)], known: &[Private], out: &Output) {
    if roots.len() > SHOWN_ENTRIES {
        let text = format!("{} / {}", known.len(), roots.len());
        return sheet.pair(out.pick("private fields known", "已知保密字段"), text);
    }
    for (root, _) in roots {
        match known.iter().find(|p| p.root() == *root) {
            Some(private) => private_pairs(private, out).into_iter().for_each(|(l, v)| sheet.pair(l, v)),
            None => {
                let closed = out.pick("closed: have them shown to you before you sign", "未公开：签名前请对方出示");
                sheet.pair(label("private", out), format!("{closed}  ({})", short(&root.to_string())));
            }
        }
    }
}

/// Private fields by name and value; those that are closed are counted.
pub(crate) fn private_pairs(private: &Private, out: &Output) -> Vec<(String, String)> {
    let label = |name: &str| format!("{}{name}", out.pick("private ", "保密·"));
    let mut pairs: Vec<_> = private.open().map(|f| (label(f.name.as_str()), f.value.to_string())).collect();
    if let Some(closed @ 1..) = private.leaves().len().checked_sub(pairs.len()) {
        pairs.push((out.pick("private, closed", "保密，未公开").to_owned(), closed.to_string()));
    }
    pairs
}

/// The first eight characters of an identity.
pub(crate) fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// Every organisation that a transaction names.
pub(crate) fn orgs(body: &TxBody) -> Vec<OrgId> {
    let mut orgs: Vec<OrgId> = body.signers.iter().map(|s| s.org).collect();
    match &body.operation {
        Operation::Offer { terms } | Operation::Handover { terms } => orgs.extend([terms.giver, terms.receiver]),
        Operation::RegisterKey { org, .. }
        | Operation::RegisterNode { org, .. }
        | Operation::SetSealKey { org, .. }
        | Operation::Share { with: org, .. }
        | Operation::EndShare { with: org, .. } => orgs.push(*org),
        Operation::Apply { application } => orgs.extend(application.counterpart),
        Operation::Demand { debtors, .. } => orgs.extend(debtors),
        Operation::Enact { motion } | Operation::Propose { motion, .. } => orgs.extend(orgs_of_motion(motion)),
        _ => {}
    }
    orgs.sort();
    orgs.dedup();
    orgs
}

/// Every class that a transaction names.
pub(crate) fn classes(body: &TxBody, entries: &[Entry]) -> Vec<ClassId> {
    let mut classes: Vec<ClassId> = Vec::new();
    match &body.operation {
        Operation::AssertHs { class, .. } => classes.push(*class),
        Operation::Apply { application } => classes.push(application.class),
        Operation::Enact { motion } | Operation::Propose { motion, .. } => classes.extend(classes_of_motion(motion)),
        _ => {}
    }
    // Of more entries the rest is counted.
    classes.extend(entries.iter().take(SHOWN_ENTRIES).filter_map(|entry| match &entry.body {
        EntryBody::Registration(registration) => Some(registration.class),
        EntryBody::Item(_) | EntryBody::Usage(_) => None,
    }));
    classes.sort();
    classes.dedup();
    classes
}

/// Every class that a motion names.
pub(crate) fn classes_of_motion(motion: &Motion) -> Vec<ClassId> {
    let class = |change: &Change| match change {
        Change::Enter(entry) => class_of_entry(entry),
        Change::End { .. }
        | Change::InstallPack { .. }
        | Change::AddAgency { .. }
        | Change::RemoveAgency { .. }
        | Change::MoveSeat { .. }
        | Change::RecoverKey { .. }
        | Change::AdmitNetwork { .. } => None,
    };
    motion.changes.iter().filter_map(class).collect()
}

/// The class that a line of a registry names.
pub(crate) fn class_of_entry(entry: &NewEntry) -> Option<ClassId> {
    match entry.subject {
        Subject::Class(class) | Subject::OrgClass(_, class) => Some(class),
        Subject::Org(_) | Subject::Person(_) | Subject::Place(_) => None,
    }
}

/// The items that a transaction is about, as far as they are shown one by one.
pub(crate) fn items(body: &TxBody, entries: &[Entry]) -> Vec<ItemId> {
    let mut items: Vec<ItemId> = body.operation.subject().map(|(item, _)| item).into_iter().collect();
    items.extend(body.operation.points().into_iter().map(|(item, _)| item));
    if let Operation::Demand { about: Some(item), .. }
    | Operation::Share { item, .. }
    | Operation::EndShare { item, .. } = &body.operation
    {
        items.push(*item);
    }
    items.extend(entries.iter().filter_map(|entry| match &entry.body {
        EntryBody::Item(item) => Some(*item),
        EntryBody::Usage(usage) => Some(usage.item),
        EntryBody::Registration(_) => None,
    }));
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(*item));
    items.truncate(SHOWN_ENTRIES);
    items
}

/// Every organisation that a motion names.
pub(crate) fn orgs_of_motion(motion: &Motion) -> Vec<OrgId> {
    let mut orgs = Vec::new();
    for change in &motion.changes {
        match change {
            Change::Enter(entry) => orgs.extend(orgs_of_entry(entry)),
            Change::RemoveAgency { org, .. } | Change::MoveSeat { org, .. } | Change::RecoverKey { org, .. } => {
                orgs.push(*org);
            }
            Change::End { .. }
            | Change::InstallPack { .. }
            | Change::AddAgency { .. }
            | Change::AdmitNetwork { .. } => {}
        }
    }
    orgs
}

/// Every organisation that a line of a registry names.
pub(crate) fn orgs_of_entry(entry: &NewEntry) -> Vec<OrgId> {
    let about = match entry.subject {
        Subject::Org(org) | Subject::OrgClass(org, _) => Some(org),
        Subject::Class(_) | Subject::Person(_) | Subject::Place(_) => None,
    };
    let whose = match entry.value {
        Value::Level { org, .. } => Some(org),
        Value::None | Value::Rating(_) | Value::Grade(_) | Value::Field(_) => None,
    };
    about.into_iter().chain(whose).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::tests::{samples, world};

    /// The samples hold every act that a file can say; keys and nodes have no others.
    #[test]
    fn every_field_has_a_label() {
        let mut names: BTreeSet<String> = ["old", "key", "person", "roles", "peer", "consensus-key", "name-commitment"]
            .map(str::to_owned)
            .into_iter()
            .collect();
        for spec in samples() {
            let built = spec.build(&world()).unwrap();
            names.extend(fields::of(&built.operation).0.into_iter().map(|(name, _)| name));
            names.extend(built.entries.iter().flat_map(|e| fields::of_entry(e).0).map(|(name, _)| name));
        }
        for name in &names {
            let bare = name.rsplit_once('.').map_or(name.as_str(), |(_, bare)| bare);
            assert!(LABELS.iter().any(|(n, _, _)| *n == bare), "{name}");
        }
    }

    #[test]
    fn no_label_stands_twice() {
        let names: BTreeSet<&str> = LABELS.iter().map(|(name, _, _)| *name).collect();
        assert_eq!(names.len(), LABELS.len());
    }

    /// A field that two names share in JSON would hide one of them.
    #[test]
    fn no_value_is_lost_in_json() {
        for spec in samples() {
            let built = spec.build(&world()).unwrap();
            let fields = fields::of(&built.operation).0;
            let names: BTreeSet<&String> = fields.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), fields.len(), "{fields:?}");
        }
    }
}
