//! What the bytes of a transaction say, for people: computed from the bytes alone, every time.

use crate::{
    draft::Draft,
    output::{Output, Sheet},
    private::{Private, roots},
};
use ledger::{
    Operation, TxBody,
    operation::{Entry, EntryBody, HandoverTerms, KeyClaim},
    record::{KeyEndReason, Roles},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

type Fields = Vec<(&'static str, String)>;

impl Readable {
    pub(crate) fn of(body: &TxBody, entries: &[Entry]) -> Readable {
        let owned = |fields: Fields| fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        Readable {
            act: body.operation.act().name().into(),
            network: body.network.to_string(),
            expires: api::time::rfc3339(body.expires),
            signers: body
                .signers
                .iter()
                .map(|s| ReadableSigner { org: s.org.to_string(), key: s.key.to_string(), role: s.role.name().into() })
                .collect(),
            fields: owned(fields(&body.operation)),
            entries: entries.iter().map(|e| owned(entry_fields(e))).collect(),
        }
    }
}

fn private(root: &Option<ledger::Hash>) -> Fields {
    root.iter().map(|r| ("private", r.to_string())).collect()
}

fn terms_fields(terms: &HandoverTerms) -> Fields {
    let mut fields = vec![
        ("item", terms.item.to_string()),
        ("giver", terms.giver.to_string()),
        ("receiver", terms.receiver.to_string()),
        ("until", api::time::rfc3339(terms.expires)),
        ("custody", format!("{}:{}", terms.at.seq, terms.at.trail)),
        ("terms", terms.hash().to_string()),
    ];
    fields.extend(private(&terms.private));
    fields
}

fn claim_fields(claim: &KeyClaim) -> Fields {
    vec![
        ("key", ledger::KeyId::of_ed25519(&claim.key).to_string()),
        ("person", claim.person.to_string()),
        ("roles", roles_text(claim.roles)),
    ]
}

/// Roles by their words.
pub(crate) fn roles_text(roles: Roles) -> String {
    roles.list().into_iter().map(|r| r.name()).collect::<Vec<_>>().join(", ")
}

fn reason_text(reason: KeyEndReason) -> String {
    match reason {
        KeyEndReason::Retired => "retired".into(),
        KeyEndReason::Compromised => "compromised".into(),
    }
}

/// The values of an operation, in the order in which a person wants to read them.
fn fields(operation: &Operation) -> Fields {
    match operation {
        Operation::RegisterOrg { profile } => vec![
            ("name", profile.name.to_string()),
            ("kind", profile.kind.name().into()),
            ("identifier", format!("{}:{}", profile.identifier.scheme, profile.identifier.value)),
        ],
        Operation::RegisterKey { org, claim } => [vec![("org", org.to_string())], claim_fields(claim)].concat(),
        Operation::RotateKey { old, claim } => [vec![("old", old.to_string())], claim_fields(claim)].concat(),
        Operation::EndKey { key, reason } => vec![("key", key.to_string()), ("reason", reason_text(*reason))],
        Operation::RegisterNode { org, peer, possession: _ } => {
            vec![("org", org.to_string()), ("peer", hex::encode(peer))]
        }
        Operation::EndNode { peer, reason } => vec![("peer", hex::encode(peer)), ("reason", reason_text(*reason))],
        Operation::RegisterClass { profile } => vec![
            ("code", api::view::class_code(&profile.code)),
            ("name", profile.name.to_string()),
            ("category", profile.category.name().into()),
            ("grade", profile.grade.to_string()),
            ("hgr", profile.hgr.to_string()),
            ("hs", profile.hs.to_string()),
        ],
        Operation::AssertHs { class, hs } => vec![("class", class.to_string()), ("hs", hs.to_string())],
        Operation::Register { list } | Operation::Release { list } => vec![("count", list.count.to_string())],
        Operation::Declare { list, private: root } => [vec![("count", list.count.to_string())], private(root)].concat(),
        Operation::Inspect { list, result, private: root } => {
            let result = result.name().to_owned();
            [vec![("count", list.count.to_string()), ("result", result)], private(root)].concat()
        }
        Operation::Offer { terms } | Operation::Handover { terms } => terms_fields(terms),
        Operation::Accept { item, terms, at } => vec![
            ("item", item.to_string()),
            ("terms", terms.to_string()),
            ("custody", format!("{}:{}", at.seq, at.trail)),
        ],
        Operation::Refuse { item, terms, reason } => {
            vec![("item", item.to_string()), ("terms", terms.to_string()), ("reason", reason.to_string())]
        }
        Operation::Withdraw { item, terms } => vec![("item", item.to_string()), ("terms", terms.to_string())],
        Operation::Use { item, at, quantity, private: root }
        | Operation::Dispose { item, at, quantity, private: root } => {
            let fields = vec![
                ("item", item.to_string()),
                ("quantity", quantity.to_string()),
                ("custody", format!("{}:{}", at.seq, at.trail)),
            ];
            [fields, private(root)].concat()
        }
        Operation::PlaceHold { item, reason } => vec![("item", item.to_string()), ("reason", reason.to_string())],
        Operation::LiftHold { item, placed } => vec![("item", item.to_string()), ("placed", placed.to_string())],
    }
}

fn entry_fields(entry: &Entry) -> Fields {
    match &entry.body {
        EntryBody::Item(item) => vec![("item", item.to_string())],
        EntryBody::Registration(r) => {
            let fields = vec![
                ("code", r.code.digital_link()),
                ("quantity", r.quantity.to_string()),
                ("class", r.class.to_string()),
            ];
            [fields, private(&r.private)].concat()
        }
    }
}

/// Fields that are put into words; the others keep their JSON names.
const LABELS: &[(&str, &str, &str)] = &[
    ("item", "item", "物品"),
    ("giver", "giver", "交付方"),
    ("receiver", "receiver", "接收方"),
    ("until", "until", "有效至"),
    ("custody", "custody", "交接序号"),
    ("terms", "terms", "条款"),
    ("private", "private fields", "保密字段"),
    ("key", "key", "密钥"),
    ("old", "old key", "旧密钥"),
    ("person", "person", "人员"),
    ("roles", "roles", "角色"),
    ("name", "name", "名称"),
    ("kind", "kind", "类型"),
    ("identifier", "identifier", "识别号"),
    ("org", "organisation", "机构"),
    ("reason", "reason", "原因"),
    ("peer", "node", "节点"),
    ("code", "code", "编码"),
    ("category", "category", "类别"),
    ("grade", "grade", "等级"),
    ("hgr", "human genetic resource", "人类遗传资源"),
    ("hs", "HS code", "HS 编码"),
    ("count", "entries", "条目数"),
    ("result", "result", "结果"),
    ("quantity", "quantity", "数量"),
    ("class", "class", "品类"),
    ("placed", "hold of event", "扣控事件"),
];

fn label(name: &str, out: &Output) -> String {
    match LABELS.iter().find(|(n, _, _)| *n == name) {
        Some((_, en, zh)) => out.pick(en, zh).to_owned(),
        None => name.to_owned(),
    }
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
    for (name, value) in fields(&body.operation) {
        sheet.pair(label(name, out), named(&value));
    }
    for entry in entries.iter().take(SHOWN_ENTRIES) {
        let line: Vec<String> = entry_fields(entry).iter().map(|(_, v)| named(v)).collect();
        sheet.line(format!("    - {}", line.join("  ")));
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
pub(crate) fn orgs(body: &TxBody) -> Vec<ledger::OrgId> {
    let mut orgs: Vec<ledger::OrgId> = body.signers.iter().map(|s| s.org).collect();
    match &body.operation {
        Operation::Offer { terms } | Operation::Handover { terms } => orgs.extend([terms.giver, terms.receiver]),
        Operation::RegisterKey { org, .. } | Operation::RegisterNode { org, .. } => orgs.push(*org),
        _ => {}
    }
    orgs.sort();
    orgs.dedup();
    orgs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_label() {
        let names = [
            "item",
            "giver",
            "receiver",
            "until",
            "custody",
            "terms",
            "private",
            "key",
            "old",
            "person",
            "roles",
            "name",
            "kind",
            "identifier",
            "org",
            "reason",
            "peer",
            "code",
            "category",
            "grade",
            "hgr",
            "hs",
            "count",
            "result",
            "quantity",
            "class",
            "placed",
        ];
        for name in names {
            assert!(LABELS.iter().any(|(n, _, _)| *n == name), "{name}");
        }
    }
}
