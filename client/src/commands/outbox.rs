//! The outbox: signed transactions that have not been decided.

use crate::{
    acts::{self, Aside},
    cli::OutboxCommand,
    failure::{Failure, Result},
    outbox::{Outbox, Waiting},
    output::Sheet,
    readable::Readable,
    session::Session,
};
use api::catalogue::exit;
use serde::Serialize;

pub(crate) fn run(session: &Session, command: OutboxCommand) -> Result<u8> {
    match command {
        OutboxCommand::List => list(session),
        OutboxCommand::Send if session.dry_run => judge(session),
        OutboxCommand::Send => send(session),
    }
}

#[derive(Serialize)]
struct Listed {
    id: String,
    readable: Readable,
}

#[derive(Serialize)]
struct ListedAll {
    schema: &'static str,
    items: Vec<Listed>,
    damaged: Vec<Damaged>,
}

/// A file that is no signed transaction.
#[derive(Serialize)]
struct Damaged {
    file: String,
    code: String,
}

impl Damaged {
    fn of(failures: &[Failure]) -> Vec<Damaged> {
        let file = |failure: &Failure| failure.params.get("file").cloned().unwrap_or_default();
        failures.iter().map(|failure| Damaged { file: file(failure), code: failure.code.clone() }).collect()
    }

    fn write(all: &[Damaged], sheet: &mut Sheet, session: &Session) {
        for one in all {
            sheet.row([one.file.clone(), session.out.pick("damaged", "已损坏").to_owned(), one.code.clone()]);
        }
    }
}

/// What waits, in the order in which it is sent, and what is damaged.
fn list(session: &Session) -> Result<u8> {
    let Waiting { drafts, damaged } = Outbox::at(&session.settings.state).list()?;
    let items: Vec<Listed> =
        drafts.iter().map(|d| Listed { id: d.id().to_string(), readable: Readable::of(&d.body, &d.entries) }).collect();
    let all = ListedAll { schema: "hufu.outbox/1", items, damaged: Damaged::of(&damaged) };
    let out = &session.out;
    out.result(&all, |sheet| {
        for tx in &all.items {
            sheet.row([
                tx.id.clone(),
                out.word(&tx.readable.act),
                format!("{} {}", out.pick("until", "至"), tx.readable.expires),
            ]);
        }
        Damaged::write(&all.damaged, sheet, session);
        sheet.line(format!("{}{}", out.pick("waiting: ", "待发送："), all.items.len()));
    });
    Ok(exit::DONE)
}

/// What the ledger would do with each now: an answer for each, and nothing is sent. One that it would refuse does not keep
/// the others from being judged.
fn judge(session: &Session) -> Result<u8> {
    let Waiting { drafts, damaged } = Outbox::at(&session.settings.state).list()?;
    let mut worst = exit::DONE;
    let refused = drafts.into_iter().filter_map(|draft| acts::perform_draft(session, draft, Aside::default()).err());
    for failure in refused.chain(damaged) {
        if failure.exit_code() == exit::UNREACHABLE {
            return Err(failure);
        }
        worst = exit::PARTLY;
        session.out.warn(&failure.text(session.out.lang));
    }
    Ok(worst)
}

/// What became of one transaction of the outbox.
#[derive(Serialize)]
struct Sent {
    id: String,
    /// `committed`, `refused`, `undecided` or `failed`.
    status: String,
    code: Option<String>,
}

#[derive(Serialize)]
struct SentAll {
    schema: &'static str,
    sent: Vec<Sent>,
    damaged: Vec<Damaged>,
}

/// Sends what waits, the first one first; one that cannot be sent or is not decided in time does not stop the others,
/// save for want of a node.
fn send(session: &Session) -> Result<u8> {
    let Waiting { drafts, damaged } = Outbox::at(&session.settings.state).list()?;
    let mut sent = Vec::new();
    let mut worst = if damaged.is_empty() { exit::DONE } else { exit::PARTLY };
    for draft in &drafts {
        let id = draft.id().to_string();
        match acts::deliver(session, draft) {
            Ok(status) => {
                let code = status.rejection.map(|r| r.code);
                let word = if code.is_some() { "refused" } else { "committed" };
                worst = if code.is_some() { worst.max(exit::PARTLY) } else { worst };
                sent.push(Sent { id, status: word.into(), code });
            }
            Err(failure) if failure.code == "H7007" => {
                // It waits on: perhaps for one that is on another desk.
                worst = exit::UNREACHABLE;
                session.out.warn(&failure.text(session.out.lang));
                sent.push(Sent { id, status: "undecided".into(), code: Some(failure.code) });
            }
            Err(failure) if failure.exit_code() == exit::UNREACHABLE => return Err(failure),
            Err(failure) => {
                worst = worst.max(exit::PARTLY);
                session.out.warn(&failure.text(session.out.lang));
                sent.push(Sent { id, status: "failed".into(), code: Some(failure.code) });
            }
        }
    }
    let all = SentAll { schema: "hufu.outbox-sent/1", sent, damaged: Damaged::of(&damaged) };
    session.out.result(&all, |sheet| {
        for tx in &all.sent {
            let status = match tx.status.as_str() {
                "undecided" => session.out.pick("undecided", "尚未裁定").to_owned(),
                "failed" => session.out.pick("failed", "发送失败").to_owned(),
                decided => session.out.word(decided),
            };
            sheet.row([tx.id.clone(), status, tx.code.clone().unwrap_or_default()]);
        }
        Damaged::write(&all.damaged, sheet, session);
        sheet.line(format!("{}{}", session.out.pick("sent: ", "已发送："), all.sent.len()));
    });
    Ok(worst)
}
