//! The audit trail: acts on organisations, keys, nodes, registries, packs and seats. And the feed of one organisation.

use super::verify;
use crate::{cli::AuditCommand, failure::Result, session::Session, shown};
use api::{catalogue::exit, paths, view::AuditView};
use proof::{FileVerdict, feed::FeedVerdict};
use serde::Serialize;
use std::path::Path;

pub(crate) fn run(session: &Session, command: AuditCommand) -> Result<u8> {
    match command {
        AuditCommand::Export { org: None, from, to, out } => export(session, from, to, out.as_deref()),
        AuditCommand::Export { org: Some(org), from, to, out } => export_feed(session, &org, from, to, out.as_deref()),
    }
}

/// All that touched an organisation in some heights, as a file that strangers judge.
fn export_feed(session: &Session, word: &str, from: u64, to: Option<u64>, file: Option<&Path>) -> Result<u8> {
    let org = session.org_id(word)?;
    let mut query = vec![("from", from.to_string())];
    query.extend(to.map(|to| ("to", to.to_string())));
    let bytes = session.get(&paths::fill(paths::ORG_FEED, &org.to_string()), &query)?.body;
    let asked = |feed: &FeedVerdict| {
        feed.org == Some(org.to_string()) && feed.from == Some(from) && to.is_none_or(|to| feed.to == Some(to))
    };
    match verify::sound(session, &bytes)? {
        FileVerdict::Feed(feed) if asked(&feed) => verify::deliver(session, &bytes, FileVerdict::Feed(feed), file),
        _ => Err(session.mismatch("feed")),
    }
}

/// Lines of the trail, as the node gives them.
#[derive(Serialize)]
struct Trail<'a> {
    schema: &'static str,
    network: String,
    from: u64,
    to: u64,
    items: Vec<&'a AuditView>,
}

#[derive(Serialize)]
struct Written {
    schema: &'static str,
    file: String,
    lines: usize,
}

fn export(session: &Session, from: u64, to: Option<u64>, file: Option<&Path>) -> Result<u8> {
    // The last height before anything is read: what comes later is another export's.
    let to = to.unwrap_or(session.network()?.as_of.height);
    let lines = shown::audit(session, from, to)?;
    let network = session.network_id()?.to_string();
    let items = lines.iter().map(|(view, _)| view).collect();
    let trail = Trail { schema: "hufu.audit-trail/1", network, from, to, items };
    let out = &session.out;
    let Some(file) = file else {
        out.result(&trail, |sheet| {
            for (_, record) in &lines {
                let by: Vec<String> = record.by.iter().map(|org| org.0.short()).collect();
                sheet.row([
                    record.at.height.to_string(),
                    api::time::rfc3339(record.at.time),
                    out.word(record.act.name()),
                    record.what.to_string(),
                    by.join(", "),
                    record.tx.0.short(),
                ]);
            }
        });
        return Ok(exit::DONE);
    };
    // Writing plain structs to memory fails for no value.
    let mut bytes = serde_json::to_vec_pretty(&trail).unwrap_or_default();
    bytes.push(b'\n');
    session.write_named(file, &bytes)?;
    let written = Written { schema: "hufu.audit-written/1", file: file.display().to_string(), lines: lines.len() };
    out.result(&written, |sheet| {
        sheet.line(format!("{}{} ({})", out.pick("written: ", "已写入："), written.file, written.lines));
    });
    Ok(exit::DONE)
}
