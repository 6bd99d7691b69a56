//! The outbox: signed transactions that have not been decided.

use crate::{acts, cli::OutboxCommand, failure::Result, outbox::Outbox, readable::Readable, session::Session};
use api::catalogue::exit;
use serde::Serialize;

pub(crate) fn run(session: &Session, command: OutboxCommand) -> Result<u8> {
    match command {
        OutboxCommand::List => list(session),
        OutboxCommand::Send => send(session),
    }
}

#[derive(Serialize)]
struct Waiting {
    id: String,
    readable: Readable,
}

fn list(session: &Session) -> Result<u8> {
    let drafts = Outbox::at(&session.settings.state).list()?;
    let waiting: Vec<Waiting> = drafts
        .iter()
        .map(|d| Waiting { id: d.id().to_string(), readable: Readable::of(&d.body, &d.entries) })
        .collect();
    let out = &session.out;
    out.result(&super::Listing { schema: "hufu.outbox/1", items: &waiting }, |sheet| {
        for tx in &waiting {
            sheet.row([
                tx.id.clone(),
                out.word(&tx.readable.act),
                format!("{} {}", out.pick("until", "至"), tx.readable.expires),
            ]);
        }
        sheet.line(format!("{}{}", out.pick("waiting: ", "待发送："), waiting.len()));
    });
    Ok(exit::DONE)
}

/// What became of one transaction of the outbox.
#[derive(Serialize)]
struct Sent {
    id: String,
    /// `committed`, `refused` or `failed`.
    status: String,
    code: Option<String>,
}

#[derive(Serialize)]
struct SentAll {
    schema: &'static str,
    sent: Vec<Sent>,
}

/// Sends what waits, the oldest first; one that cannot be sent does not stop the others, save for want of a node.
fn send(session: &Session) -> Result<u8> {
    let drafts = Outbox::at(&session.settings.state).list()?;
    let mut sent = Vec::new();
    let mut worst = exit::DONE;
    for draft in &drafts {
        let id = draft.id().to_string();
        match acts::deliver(session, draft) {
            Ok(status) => {
                let code = status.rejection.map(|r| r.code);
                let word = if code.is_some() { "refused" } else { "committed" };
                worst = if code.is_some() { exit::PARTLY } else { worst };
                sent.push(Sent { id, status: word.into(), code });
            }
            Err(failure) if failure.exit_code() == exit::UNREACHABLE => return Err(failure),
            Err(failure) => {
                worst = exit::PARTLY;
                session.out.warn(&failure.text(session.out.lang));
                sent.push(Sent { id, status: "failed".into(), code: Some(failure.code) });
            }
        }
    }
    let all = SentAll { schema: "hufu.outbox-sent/1", sent };
    session.out.result(&all, |sheet| {
        for tx in &all.sent {
            sheet.row([tx.id.clone(), session.out.word(&tx.status), tx.code.clone().unwrap_or_default()]);
        }
        sheet.line(format!("{}{}", session.out.pick("sent: ", "已发送："), all.sent.len()));
    });
    Ok(worst)
}
