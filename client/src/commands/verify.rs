//! Judging a file of any kind offline, and fetching one that holds.

use super::{bundle, file};
use crate::{
    cli::Verify,
    failure::{Failure, Result},
    output::Sheet,
    readable::short,
    session::Session,
    when,
};
use api::catalogue::exit;
use proof::{CardVerdict, FileVerdict, Options, evidence::EvidenceVerdict, feed::FeedVerdict, verify_file};
use serde::Serialize;
use std::path::Path;

/// Verifies a file offline. Exit 0, 10 or 11, as the verdict says.
pub(crate) fn run(session: &Session, args: &Verify) -> Result<u8> {
    let trust = session.trust_at(args.trust.as_deref())?;
    let max_age_ms = args.max_age.as_deref().map(when::span).transpose()?;
    let bytes = file::read_or_stdin(&args.file)?;
    // A test network keeps its own time: only somebody who asks for an age compares it with this clock.
    let now = file::clock(&bytes).or_else(|| max_age_ms.map(|_| when::now()));
    let allow_test = args.allow_test || session.settings.allow_test;
    let verdict = verify_file(&bytes, trust.as_ref(), Options { now, max_age_ms, allow_test });
    session.out.result(&verdict, |sheet| write(sheet, &verdict, session));
    Ok(verdict.exit_code())
}

/// The verdict of a file in which nothing is wrong, whoever vouches for it.
pub(super) fn sound(session: &Session, bytes: &[u8]) -> Result<FileVerdict> {
    let options = Options { allow_test: true, ..Options::default() };
    let verdict = verify_file(bytes, session.trust()?.as_ref(), options);
    match verdict.failure() {
        None => Ok(verdict),
        Some(failure) => Err(Failure::new(failure.code, [("detail", failure.message.clone())])),
    }
}

#[derive(Serialize)]
struct Written {
    schema: &'static str,
    file: String,
    bytes: usize,
    verdict: FileVerdict,
}

/// Writes a file that was fetched and holds, or prints it.
pub(super) fn deliver(session: &Session, bytes: &[u8], verdict: FileVerdict, to: Option<&Path>) -> Result<u8> {
    let out = &session.out;
    let Some(to) = to else {
        out.print_raw(&String::from_utf8_lossy(bytes));
        return Ok(exit::DONE);
    };
    let bytes = file::write(session, to, bytes)?;
    let file = to.display().to_string();
    let done = Written { schema: "hufu.file-written/1", file, bytes, verdict };
    out.result(&done, |sheet| {
        sheet.line(format!("{}{} ({} B)", out.pick("written: ", "已写入："), done.file, done.bytes));
        sheet.line(format!("{}hufu verify {} --trust trust.json", out.pick("Next: ", "下一步："), done.file));
    });
    Ok(exit::DONE)
}

/// A verdict, for people.
fn write(sheet: &mut Sheet, verdict: &FileVerdict, session: &Session) {
    match verdict {
        FileVerdict::Bundle(verdict) => bundle::write(sheet, verdict, session),
        FileVerdict::Absence(verdict) => bundle::write_head(sheet, &verdict.head, session, |sheet| {
            if let Some(code) = &verdict.code {
                sheet.pair(session.out.pick("not registered", "未登记"), code);
            }
        }),
        FileVerdict::Feed(verdict) => bundle::write_head(sheet, &verdict.head, session, |sheet| {
            write_feed(sheet, verdict, session);
        }),
        FileVerdict::Evidence(verdict) => bundle::write_head(sheet, &verdict.head, session, |sheet| {
            write_evidence(sheet, verdict, session);
        }),
        FileVerdict::Anchor(verdict) => bundle::write_head(sheet, &verdict.head, session, |sheet| {
            if let Some(block) = &verdict.block {
                sheet.pair(session.out.pick("block", "区块"), block);
            }
        }),
        FileVerdict::Card(verdict) => bundle::write_head(sheet, &verdict.head, session, |sheet| {
            write_card(sheet, verdict, session);
        }),
    }
}

fn write_card(sheet: &mut Sheet, verdict: &CardVerdict, session: &Session) {
    let out = &session.out;
    if let Some(item) = &verdict.item {
        sheet.pair(out.pick("item", "物品"), item);
    }
    if let Some(custodian) = &verdict.custodian {
        let name = verdict.custodian_name.as_deref().unwrap_or(out.pick("not named in the card", "卡中未列名称"));
        sheet.pair(out.pick("held by", "持有方"), format!("{name} ({custodian})"));
    }
    if let (Some(state), Some(on_hand)) = (verdict.state, &verdict.on_hand) {
        sheet.pair(out.pick("state", "状态"), format!("{} · {on_hand}", out.word(state)));
    }
    if let Some(head) = &verdict.event_head {
        sheet.pair(out.pick("events", "事件"), format!("{} ({})", verdict.events, short(head)));
    }
}

fn write_feed(sheet: &mut Sheet, verdict: &FeedVerdict, session: &Session) {
    let out = &session.out;
    if let (Some(org), Some(name)) = (&verdict.org, &verdict.org_name) {
        sheet.pair(out.pick("organisation", "机构"), format!("{name} ({})", short(org)));
    }
    if let (Some(from), Some(to)) = (verdict.from, verdict.to) {
        sheet.pair(out.pick("heights", "高度"), format!("{from} – {to}"));
        sheet.pair(out.pick("blocks that touched it", "涉及的区块"), verdict.links.to_string());
        sheet.pair(out.pick("entries", "条目"), verdict.entries.to_string());
        sheet.pair(out.pick("events", "事件"), verdict.events.to_string());
    }
}

/// What evidence proves, and of whom.
pub(super) fn write_evidence(sheet: &mut Sheet, verdict: &EvidenceVerdict, session: &Session) {
    let out = &session.out;
    let what = match verdict.proves {
        Some("double-sign") => out.pick("one key signed two different messages", "同一密钥签署了两条不同的消息"),
        Some("two-certificates") => out.pick("two blocks were certified in one round", "同一轮次认证了两个区块"),
        Some(_) => out.pick("more than a third broke the rules", "超过三分之一的机关违反规则"),
        None => return,
    };
    sheet.pair(out.pick("proves", "证明"), what);
    if let Some(height) = verdict.height {
        let round = verdict.round.map(|round| format!(" · {} {round}", out.pick("round", "轮次"))).unwrap_or_default();
        sheet.pair(out.pick("height", "高度"), format!("{height}{round}"));
    }
    for accused in &verdict.accused {
        let name = accused.name.clone().unwrap_or_else(|| short(&accused.org));
        sheet.pair(
            out.pick("accused", "被指证"),
            format!("{name} · {} {}", out.pick("key", "密钥"), short(&accused.key)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::bundle::notice_zh;
    use proof::Notice;

    #[test]
    fn every_notice_of_these_kinds_has_its_chinese() {
        let ids = [
            "test-network",
            "no-trust-root",
            "absence-covers",
            "absence-covers-not",
            "card-covers",
            "card-covers-not",
            "feed-empty",
            "feed-covers",
            "feed-covers-not",
            "seats-unrooted",
            "evidence-covers",
        ];
        for id in ids {
            let text = notice_zh(&Notice { id, message: "values".into() });
            assert!(text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{id}: {text}");
        }
    }
}
