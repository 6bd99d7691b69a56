//! Organisations.

use crate::{
    acts::{self, Act, slot},
    cli::PartyCommand,
    failure::{Failure, Result, text},
    refs,
    session::Session,
    shown,
};
use api::{
    catalogue::exit,
    paths,
    view::{KeyView, OrgView},
};
use ledger::{
    Operation, Role,
    operation::{Registry, Value},
    record::OrgProfile,
};
use serde::Serialize;
use std::collections::BTreeSet;

pub(crate) fn run(session: &Session, command: PartyCommand) -> Result<u8> {
    match command {
        PartyCommand::Register { identifier, name, kind, life } => {
            let profile = OrgProfile {
                identifier: refs::org_identifier(&identifier)?,
                name: text("name", &name)?,
                kind: refs::org_kind(&kind)?,
            };
            let slots = vec![slot(&session.key_header()?, Role::Officer)];
            acts::perform(session, Act::new(Operation::RegisterOrg { profile }, slots, &life.expires))
        }
        PartyCommand::Show { org } => show(session, &org),
        PartyCommand::List { kind, accredited } => list(session, kind.as_deref(), accredited.as_deref()),
    }
}

#[derive(Serialize)]
struct Party {
    #[serde(flatten)]
    org: OrgView,
    keys: Vec<KeyView>,
}

fn show(session: &Session, word: &str) -> Result<u8> {
    let id = session.org_id(word)?;
    let (org, _) = session.org(&id)?;
    let keys = session.org_keys(&id)?.into_iter().map(|(view, _)| view).collect();
    let party = Party { org, keys };
    let out = &session.out;
    out.result(&party, |sheet| {
        let kind = party.org.function.as_deref().unwrap_or(&party.org.kind);
        sheet.line(format!("{} · {}", party.org.name, out.word(kind)));
        sheet.pair(out.pick("identifier", "识别号"), format!("{}:{}", party.org.scheme, party.org.value));
        sheet.pair(out.pick("identity", "标识"), &party.org.id);
        if let Some(ban) = &party.org.ban {
            let to = ban.to.as_deref().unwrap_or(out.pick("open", "无期限"));
            sheet.pair(out.pick("BANNED", "禁入"), format!("{} – {to}", ban.from));
        }
        if let Some(left) = &party.org.left {
            sheet.pair(out.pick("left", "已退出"), format!("{} · {}", left.height, left.time));
        }
        for key in &party.keys {
            let end = key.end.as_ref().map(|e| format!(" · {} {}", e.reason, e.at.time)).unwrap_or_default();
            sheet.pair(out.pick("key", "密钥"), format!("{} · {}{end}", key.id, key.roles.join(",")));
        }
    });
    Ok(exit::DONE)
}

/// A biosafety level. Error: H1444.
fn level(word: &str) -> Result<u8> {
    let lower = word.trim().to_ascii_lowercase();
    let digits = lower.strip_prefix("bsl").map_or(lower.as_str(), |rest| rest.trim_start_matches('-'));
    match digits.parse() {
        Ok(level @ 1..=4) => Ok(level),
        Ok(_) | Err(_) => Err(Failure::form(word, "1 – 4, bsl1 – bsl4")),
    }
}

/// The organisations with premises of a level, or of a higher one, in force.
fn accredited(session: &Session, needed: u8) -> Result<BTreeSet<String>> {
    let now = session.block_time();
    let mut lines = shown::lines(session, Registry::Premises)?;
    lines.retain(|line| line.record.in_force(now));
    let able = lines.iter().filter_map(|line| match &line.record.entry.value {
        Value::Level { org, level } if *level >= needed => Some(org.to_string()),
        _ => None,
    });
    Ok(able.collect())
}

fn list(session: &Session, kind: Option<&str>, needed: Option<&str>) -> Result<u8> {
    let needed = needed.map(level).transpose()?;
    let mut orgs: Vec<OrgView> = session.pages(paths::ORGS, &[], 100_000)?;
    orgs.retain(|o| kind.is_none_or(|k| o.kind == k || o.function.as_deref() == Some(k)));
    if let Some(needed) = needed {
        let able = accredited(session, needed)?;
        orgs.retain(|org| able.contains(&org.id));
    }
    let out = &session.out;
    out.result(&super::Listing { schema: "hufu.org-list/1", items: &orgs }, |sheet| {
        let row = |org: &OrgView| {
            let kind = out.word(org.function.as_deref().unwrap_or(&org.kind));
            [org.name.clone(), kind, format!("{}:{}", org.scheme, org.value), crate::readable::short(&org.id)]
        };
        let headings = [("name", "名称"), ("kind", "类型"), ("identifier", "识别号"), ("identity", "标识")];
        sheet.table(out, headings, orgs.iter().map(row));
    });
    Ok(exit::DONE)
}
