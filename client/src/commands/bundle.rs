//! Bundles: export, inspect, and what a verdict says of one.

use super::file;
use crate::{
    cli::BundleCommand,
    failure::{Failure, Result},
    output::Sheet,
    readable::short,
    session::{Item, Session},
};
use api::{
    catalogue::{self, exit},
    paths,
    view::{ItemParts, ItemView},
    words,
};
use ledger::{ItemId, ItemRecord, record::Stamp};
use proof::{Bundle, Options, Standing, Verdict};
use serde::Serialize;
use std::path::Path;

pub(crate) fn run(session: &Session, command: BundleCommand) -> Result<u8> {
    match command {
        BundleCommand::Export { item, open, children, out } => export(session, &item, &open, children, out.as_deref()),
        BundleCommand::Refresh { file, trust, out } => refresh(session, &file, trust.as_deref(), &out),
        BundleCommand::Inspect { file } => inspect(session, &file),
    }
}

#[derive(Serialize)]
struct Exported {
    schema: &'static str,
    file: String,
    bytes: usize,
    item: String,
    verdict: Verdict,
}

/// Fetches a bundle, opens in it what was chosen, and verifies it before anybody relies on it.
fn export(session: &Session, word: &str, open: &[String], children: bool, out: Option<&Path>) -> Result<u8> {
    let item = session.item(word)?;
    let path = format!("{}/{}", paths::fill(paths::ITEM, &item.id.to_string()), paths::BUNDLE);
    let query = if children { vec![("children", "1".to_owned())] } else { Vec::new() };
    let mut bytes = session.get(&path, &query)?.body;
    let mut verdict = sound(session, &bytes)?;
    if !open.is_empty() {
        let bundle = Bundle::from_json(&bytes)?;
        bytes = super::opening::open(session, bundle, open)?.to_json();
        verdict = sound(session, &bytes)?;
    }
    let Some(file) = out else {
        session.out.print_raw(&String::from_utf8_lossy(&bytes));
        return Ok(exit::DONE);
    };
    let done = Exported {
        schema: "hufu.bundle-written/1",
        bytes: file::write(session, file, &bytes)?,
        file: file.display().to_string(),
        item: item.id.to_string(),
        verdict,
    };
    let say = &session.out;
    say.result(&done, |sheet| {
        sheet.line(format!("{}{} ({} B)", say.pick("written: ", "已写入："), done.file, done.bytes));
        sheet.line(format!("{}hufu verify {} --trust trust.json", say.pick("Next: ", "下一步："), done.file));
    });
    Ok(exit::DONE)
}

/// The verdict of a bundle in which nothing is wrong, whoever vouches for it.
fn sound(session: &Session, bytes: &[u8]) -> Result<Verdict> {
    let options = Options { allow_test: true, ..Options::default() };
    let verdict = proof::verify(bytes, session.trust()?.as_ref(), options);
    match &verdict.failure {
        None => Ok(verdict),
        Some(failure) => Err(Failure::new(failure.code, [("detail", failure.message.clone())])),
    }
}

#[derive(Serialize)]
struct Refreshed {
    schema: &'static str,
    file: String,
    bytes: usize,
    height: u64,
    /// Height of the block whose history the header is found in; none where it needs none.
    start: Option<u64>,
}

/// Puts into a file the way from its header to the start of a trust root, which a node tells and nobody has to believe.
fn refresh(session: &Session, from: &Path, trust: Option<&Path>, to: &Path) -> Result<u8> {
    let bytes = file::plain(from)?;
    let mut anchor = proof::anchor_of(&bytes)?;
    let trust = session.needed_trust(trust)?;
    // A path that is there is another reader's.
    anchor.history = None;
    let options = Options { allow_test: true, ..Options::default() };
    let judged = proof::judge(&anchor, Some(&trust), options)?;
    let (network, height) = (trust.network(), judged.header.height);
    if judged.header.network != network {
        return Err(session.other_network(&network, &judged.header.network.to_string()));
    }
    let start = trust.start();
    let size = start.height.checked_sub(1).filter(|_| !judged.rooted);
    if let Some(size) = size {
        let path = file::history(session, height, size)?;
        if file::root(height, &judged.block, size, &path) != Some(start.history) {
            return Err(Failure::new("H9030", [("detail", format!("{} ({height})", judged.block))]));
        }
        anchor.set_history(size, &path);
    }
    let bytes = proof::with_anchor(&bytes, &anchor)?;
    if proof::schema_of(&bytes)?.as_deref() == Some(proof::bundle::BUNDLE_SCHEMA) {
        sound(session, &bytes)?;
    }
    let done = Refreshed {
        schema: "hufu.refreshed/1",
        bytes: file::write(session, to, &bytes)?,
        file: to.display().to_string(),
        height,
        start: size.map(|_| start.height),
    };
    let out = &session.out;
    out.result(&done, |sheet| {
        sheet.line(format!("{}{} ({} B)", out.pick("written: ", "已写入："), done.file, done.bytes));
        match done.start {
            Some(start) => sheet.pair(out.pick("leads from height", "起始高度"), format!("{start} → {height}")),
            None => sheet.line(out.pick(
                "The trust file leads to this header by itself: no path is needed.",
                "信任文件本身已通向此区块头：无须路径。",
            )),
        }
    });
    Ok(exit::DONE)
}

fn inspect(session: &Session, file: &Path) -> Result<u8> {
    let summary = proof::inspect(&file::plain(file)?)?;
    let out = &session.out;
    #[derive(Serialize)]
    struct Inspected<'a> {
        schema: &'static str,
        bundle: &'a proof::Summary,
    }
    out.result(&Inspected { schema: "hufu.bundle-summary/1", bundle: &summary }, |sheet| {
        sheet.line(out.pick("What the file claims; nothing of it is verified.", "以下为文件自述，未经核验。"));
        let r = &summary.readable;
        sheet.pair(out.pick("item", "物品"), &r.item);
        sheet.pair(
            out.pick("class", "品类"),
            format!("{} · {} · {} {}", r.class, out.word(&r.category), out.pick("grade", "等级"), r.grade),
        );
        sheet.pair(out.pick("held by", "持有方"), &r.custodian);
        sheet.pair(out.pick("state", "状态"), format!("{} · {}", out.word(&r.state), r.on_hand));
        sheet.pair(out.pick("as of", "截至"), format!("{} · {}", r.height, r.time));
        sheet.pair(out.pick("events", "事件"), r.events.len().to_string());
        for other in r.related.iter() {
            let events = (u64::try_from(other.events.len()).unwrap_or(u64::MAX), other.count);
            let holder = other.custodian.as_deref();
            sheet.pair(tie(&other.r#as, session), of_other(&other.item, holder, &other.state, events, session));
        }
        sheet.pair(out.pick("signatures", "签名"), format!("{} + {}", summary.signatures, summary.precommits));
        for field in r.fields.iter() {
            sheet.pair(opened(field, session), &field.value);
        }
        for person in r.persons.iter() {
            sheet.pair(named(person, session), &person.name);
        }
        for closed in &summary.closed {
            sheet.pair(out.pick("closed", "未公开"), closed);
        }
        sheet.pair(out.pick("network", "网络"), r.network.0.to_string());
        sheet.pair(out.pick("file", "文件"), format!("{} B", summary.bytes));
    });
    Ok(exit::DONE)
}

/// Label of a related item.
fn tie<'a>(tie: &'a str, session: &Session) -> &'a str {
    let out = &session.out;
    match tie {
        "origin" => out.pick("made of", "原料"),
        "unit" => out.pick("packed in", "包装单元"),
        "child" => out.pick("made into", "产物"),
        other => other,
    }
}

/// A related item in one line; `events`: those that are open, of all.
fn of_other(item: &str, holder: Option<&str>, state: &str, events: (u64, u64), session: &Session) -> String {
    let out = &session.out;
    let holder = holder.map(|holder| format!(" · {holder}")).unwrap_or_default();
    let (open, count) = events;
    format!("{item} · {}{holder} · {} {open}/{count}", out.word(state), out.pick("events", "事件"))
}

/// Label of an opened field.
fn opened(field: &proof::ReadableField, session: &Session) -> String {
    format!("{} ({} {})", field.name, session.out.pick("event", "事件"), field.event)
}

/// Label of an opened name.
fn named(person: &proof::ReadablePerson, session: &Session) -> String {
    format!("{} {}", session.out.pick("holder of key", "密钥持有人"), short(&person.key.0.to_string()))
}

/// The verdict of a bundle, for people.
pub(super) fn write(sheet: &mut Sheet, verdict: &Verdict, session: &Session) {
    let out = &session.out;
    write_standing(sheet, verdict.verdict, verdict.failure.as_ref(), session);
    if let Some(item) = &verdict.item {
        sheet.pair(out.pick("item", "物品"), item);
    }
    if let Some(custodian) = &verdict.custodian {
        let name = verdict.custodian_name.as_deref().unwrap_or_default();
        sheet.pair(out.pick("held by", "持有方"), format!("{name} ({})", short(custodian)));
    }
    if let (Some(state), Some(on_hand)) = (verdict.state, &verdict.on_hand) {
        sheet.pair(out.pick("state", "状态"), format!("{} · {on_hand}", out.word(state)));
    }
    if let Some(as_of) = &verdict.as_of {
        sheet.pair(out.pick("known up to", "截至"), format!("{} · {}", as_of.height, as_of.time));
    }
    sheet.pair(out.pick("events", "事件"), verdict.events.to_string());
    for other in &verdict.related {
        let (holder, events) = (other.custodian_name.as_deref(), (other.events, other.count));
        sheet.pair(tie(other.r#as, session), of_other(&other.item, holder, other.state, events, session));
    }
    sheet.pair(out.pick("signatures", "签名"), verdict.signatures.checked.to_string());
    write_signers(sheet, &verdict.certified_by, &verdict.witnessed_by, verdict.trust_root.as_deref(), session);
    for field in &verdict.fields {
        sheet.pair(opened(field, session), &field.value);
    }
    for person in &verdict.persons {
        sheet.pair(named(person, session), &person.name);
    }
    write_notices(sheet, &verdict.notices, session);
}

/// What the verdict of any kind of file says, for people; `own`: what this kind says, behind the standing.
pub(super) fn write_head(
    sheet: &mut Sheet,
    head: &proof::VerdictHead,
    session: &Session,
    own: impl FnOnce(&mut Sheet),
) {
    let out = &session.out;
    write_standing(sheet, head.verdict, head.failure.as_ref(), session);
    own(sheet);
    if let Some(as_of) = &head.as_of {
        sheet.pair(out.pick("known up to", "截至"), format!("{} · {}", as_of.height, as_of.time));
    }
    sheet.pair(out.pick("signatures", "签名"), head.signatures.checked.to_string());
    write_signers(sheet, &head.certified_by, &head.witnessed_by, head.trust_root.as_deref(), session);
    write_notices(sheet, &head.notices, session);
}

fn write_standing(sheet: &mut Sheet, standing: Standing, failure: Option<&proof::Failure>, session: &Session) {
    let word = serde_json::to_value(standing).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    sheet.line(words::verdict(&word, session.out.lang));
    if let Some(failure) = failure {
        write_failure(sheet, failure, session);
    }
}

fn write_signers(sheet: &mut Sheet, agencies: &[String], witnesses: &[String], root: Option<&str>, session: &Session) {
    let out = &session.out;
    if !agencies.is_empty() {
        sheet.pair(out.pick("certified by", "认证机关"), agencies.join(", "));
    }
    if !witnesses.is_empty() {
        sheet.pair(out.pick("witnessed by", "见证人"), witnesses.join(", "));
    }
    sheet.pair(out.pick("trust root", "信任根"), root.unwrap_or(out.pick("none given", "未提供")));
}

fn write_notices(sheet: &mut Sheet, notices: &[proof::Notice], session: &Session) {
    for notice in notices {
        let text = match session.out.lang {
            api::Lang::En => notice.message.clone(),
            api::Lang::ZhHans => notice_zh(notice),
        };
        sheet.line(format!("  - {text}"));
    }
}

pub(super) fn write_failure(sheet: &mut Sheet, failure: &proof::Failure, session: &Session) {
    let out = &session.out;
    let event = failure.event.map(|n| format!(" ({} {n})", out.pick("event", "事件"))).unwrap_or_default();
    let explanation = catalogue::explain(failure.code, out.lang);
    let title = explanation.map_or("", |e| e.title);
    sheet.pair(failure.code, format!("{title}{event}"));
    if let Some(item) = &failure.item {
        sheet.pair(out.pick("of item", "所属物品"), item);
    }
    sheet.pair("", &failure.message);
    if let Some(e) = explanation {
        sheet.pair(out.pick("help", "建议"), e.cure);
    }
}

/// A notice of the verifier in Chinese, by its stable word; what has values keeps the verifier's own text behind it.
pub(super) fn notice_zh(notice: &proof::Notice) -> String {
    let (text, has_values) = match notice.id {
        "test-network" => ("这是测试网络：其上的物品并不存在", false),
        "no-trust-root" => ("未提供该网络的信任根：任何人都能造出这样的网络", false),
        "before-start" => ("信任文件的起点晚于此区块头，且文件中没有由彼至此的路径：hufu bundle refresh", true),
        "witnesses-missing" => ("签名的见证人不足", true),
        "trust-expired" => ("信任文件已过其信任期限：请换用新的，或及时推进：hufu trust advance", true),
        "code-shared" => ("同一编码有多次登记，此为其一", true),
        "derived" => ("由其他物品制成，其制成前的历史在此文件中", true),
        "origin-held" => ("制成此物品的物品被扣控", true),
        "packed-in" => ("已包装在物流单元中，由最外层单元的持有方持有", true),
        "unit-held" => ("所在物流单元被扣控", true),
        "unit-offered" => ("所在物流单元有交付尚待答复", true),
        "research-only" => ("仅限科研：不得作其他用途，由其制成的物品亦同", false),
        "recovered-key" => ("有签名密钥系由其他机关表决恢复", true),
        "held" => ("物品被扣控", true),
        "offer-pending" => ("有交付尚待答复", true),
        "key-compromised" => ("有签名密钥其后被报告泄露", true),
        "fields-closed" => ("有事件的保密字段未公开", true),
        "covers" => ("涵盖本次登记的全部入账事件", true),
        "covers-not" => ("不涵盖被拒绝的尝试、其他登记，也不涵盖手中实物是否就是此物品", false),
        "absence-covers" => ("截至该高度无人登记此编码", true),
        "absence-covers-not" => ("不涵盖其他网络，也不涵盖此编码是否用于某件实物", false),
        "card-covers" => ("涵盖截至该高度物品由谁持有及当时的事件数", true),
        "card-covers-not" => {
            ("不涵盖这些事件的内容与签名人、其后发生的事，也不涵盖手中实物是否就是此物品：证据是核验包", false)
        }
        "feed-empty" => ("从未涉及该机构", true),
        "feed-covers" => ("涵盖所列高度内涉及该机构的全部事件、行为、拒绝与警示", true),
        "feed-covers-not" => ("不涵盖他人手中物品的变动，也不涵盖禁入警示", false),
        "seats-unrooted" => ("信任根不能通向这些验证人：任何人都能造出这样的密钥", false),
        "evidence-covers" => ("证据只指证其所载签名的密钥", true),
        _ => return notice.message.clone(),
    };
    match has_values {
        true => format!("{text}（{}）", notice.message),
        false => text.to_owned(),
    }
}

/// The item of a bundle whose verdict found nothing wrong.
pub(super) fn item_of(session: &Session, bundle: &Bundle, verdict: &Verdict) -> Result<Item> {
    let damaged = |detail: &str| Failure::new("H9005", [("detail", detail)]);
    let id = ItemId(bundle.item_id.0);
    let record: ItemRecord =
        ledger::codec::decode(&bundle.item, ledger::state::MAX_RECORD_BYTES).map_err(|e| damaged(&e.to_string()))?;
    let as_of = verdict.as_of.as_ref().ok_or_else(|| damaged("as_of"))?;
    let stamp =
        Stamp { height: as_of.height, time: api::time::parse(&as_of.time).map_err(|e| damaged(&e.to_string()))? };
    let parts = ItemParts { id: &id, item: &record, class: None, custodian: None, registrant: None, as_of: stamp };
    session.checked_item(ItemView::of(parts))
}
