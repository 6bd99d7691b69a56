//! Judging a file of any kind offline, and fetching one that holds.

use super::bundle;
use crate::{
    cli::Verify,
    failure::{Failure, Result},
    output::Sheet,
    readable::short,
    session::Session,
    storage, when,
};
use api::{Lang, catalogue::exit, words};
use proof::{
    FileVerdict, Notice, Options, TrustRoot, VerdictHead,
    bounds::{MAX_BUNDLE_BYTES, MAX_TRUST_BYTES},
    evidence::EvidenceVerdict,
    feed::FeedVerdict,
    verify_file,
};
use serde::Serialize;
use std::path::Path;

/// Verifies a file offline. Exit 0, 10 or 11, as the verdict says.
pub(crate) fn run(session: &Session, args: &Verify) -> Result<u8> {
    let trust = match &args.trust {
        Some(path) => Some(TrustRoot::from_json(&storage::read(path, MAX_TRUST_BYTES)?)?),
        None => session.trust()?,
    };
    let max_age_ms = args.max_age.as_deref().map(when::span).transpose()?;
    let bytes = storage::read(&args.file, MAX_BUNDLE_BYTES)?;
    // A test network keeps its own time: only somebody who asks for an age compares it with this clock.
    let now = (!is_test(&bytes, trust.as_ref()) || max_age_ms.is_some()).then(when::now);
    let allow_test = args.allow_test || session.settings.allow_test;
    let verdict = verify_file(&bytes, trust.as_ref(), Options { now, max_age_ms, allow_test });
    session.out.result(&verdict, |sheet| write(sheet, &verdict, session));
    Ok(verdict.exit_code())
}

/// Whether the file is of a test network. A bundle says so itself; the others are small enough to be judged twice.
fn is_test(bytes: &[u8], trust: Option<&TrustRoot>) -> bool {
    match proof::inspect(bytes) {
        Ok(summary) => summary.readable.test,
        Err(_) => verify_file(bytes, trust, Options::default()).is_test(),
    }
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
pub(super) fn deliver(session: &Session, bytes: &[u8], verdict: FileVerdict, file: Option<&Path>) -> Result<u8> {
    let out = &session.out;
    let Some(file) = file else {
        out.print_raw(&String::from_utf8_lossy(bytes));
        return Ok(exit::DONE);
    };
    storage::replace(file, bytes)?;
    let file = file.display().to_string();
    let done = Written { schema: "hufu.file-written/1", file, bytes: bytes.len(), verdict };
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
        FileVerdict::Absence(verdict) => write_head(sheet, &verdict.head, session, |sheet| {
            if let Some(code) = &verdict.code {
                sheet.pair(session.out.pick("not registered", "未登记"), code);
            }
        }),
        FileVerdict::Feed(verdict) => write_head(sheet, &verdict.head, session, |sheet| {
            write_feed(sheet, verdict, session);
        }),
        FileVerdict::Evidence(verdict) => write_head(sheet, &verdict.head, session, |sheet| {
            write_evidence(sheet, verdict, session);
        }),
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

/// What the verdict of any kind of file says, for people; `own`: what this kind says, behind the standing.
fn write_head(sheet: &mut Sheet, head: &VerdictHead, session: &Session, own: impl FnOnce(&mut Sheet)) {
    let out = &session.out;
    let word = serde_json::to_value(head.verdict).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    sheet.line(words::verdict(&word, out.lang));
    if let Some(failure) = &head.failure {
        bundle::write_failure(sheet, failure, session);
    }
    own(sheet);
    if let Some(as_of) = &head.as_of {
        sheet.pair(out.pick("known up to", "截至"), format!("{} · {}", as_of.height, as_of.time));
    }
    sheet.pair(out.pick("signatures", "签名"), head.signatures.checked.to_string());
    if !head.certified_by.is_empty() {
        sheet.pair(out.pick("certified by", "认证机关"), head.certified_by.join(", "));
    }
    if !head.witnessed_by.is_empty() {
        sheet.pair(out.pick("witnessed by", "见证人"), head.witnessed_by.join(", "));
    }
    let root = head.trust_root.as_deref().unwrap_or(out.pick("none given", "未提供"));
    sheet.pair(out.pick("trust root", "信任根"), root);
    for notice in &head.notices {
        let text = match out.lang {
            Lang::En => notice.message.clone(),
            Lang::ZhHans => notice_zh(notice),
        };
        sheet.line(format!("  - {text}"));
    }
}

/// A notice in Chinese, by its stable word; what has values keeps the verifier's own text behind it.
fn notice_zh(notice: &Notice) -> String {
    let (text, has_values) = match notice.id {
        "absence-covers" => ("截至该高度无人登记此编码", true),
        "absence-covers-not" => ("不涵盖其他网络，也不涵盖此编码是否用于某件实物", false),
        "feed-empty" => ("从未涉及该机构", true),
        "feed-covers" => ("涵盖所列高度内涉及该机构的全部事件、行为、拒绝与警示", true),
        "feed-covers-not" => ("不涵盖他人手中物品的变动，也不涵盖禁入警示", false),
        "seats-unrooted" => ("信任根不能通向这些验证人：任何人都能造出这样的密钥", false),
        "evidence-covers" => ("证据只指证其所载签名的密钥", true),
        _ => return bundle::notice_zh(notice),
    };
    match has_values {
        true => format!("{text}（{}）", notice.message),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_of_these_kinds_has_its_chinese() {
        let ids = [
            "test-network",
            "no-trust-root",
            "absence-covers",
            "absence-covers-not",
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
