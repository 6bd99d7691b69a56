//! Bundles: export, inspect, verify.

use crate::{
    cli::{BundleCommand, Verify},
    failure::{Failure, Result},
    output::Sheet,
    readable::short,
    session::{Item, Session},
    storage, when,
};
use api::{
    catalogue::{self, exit},
    paths,
    view::{ItemParts, ItemView},
    words,
};
use ledger::{ItemId, ItemRecord, record::Stamp};
use proof::{Bundle, Options, TrustRoot, Verdict};
use serde::Serialize;
use std::path::Path;

pub(crate) fn run(session: &Session, command: BundleCommand) -> Result<u8> {
    match command {
        BundleCommand::Export { item, open, out } => export(session, &item, &open, out.as_deref()),
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
fn export(session: &Session, word: &str, open: &[String], out: Option<&Path>) -> Result<u8> {
    let item = session.item(word)?;
    let path = format!("{}/{}", paths::fill(paths::ITEM, &item.id.to_string()), paths::BUNDLE);
    let mut bytes = session.get(&path, &[])?.body;
    let mut verdict = sound(session, &bytes)?;
    if !open.is_empty() {
        let bundle = Bundle::from_json(&bytes).map_err(|p| Failure::new(p.code(), [("detail", p.to_string())]))?;
        bytes = super::opening::open(session, bundle, open)?.to_json();
        verdict = sound(session, &bytes)?;
    }
    let Some(file) = out else {
        session.out.print_raw(&String::from_utf8_lossy(&bytes));
        return Ok(exit::DONE);
    };
    session.write_named(file, &bytes)?;
    let done = Exported {
        schema: "hufu.bundle-written/1",
        file: file.display().to_string(),
        bytes: bytes.len(),
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

fn read(file: &Path) -> Result<Vec<u8>> {
    storage::read(file, proof::bounds::MAX_BUNDLE_BYTES)
}

fn inspect(session: &Session, file: &Path) -> Result<u8> {
    let summary = proof::inspect(&read(file)?).map_err(|p| Failure::new(p.code(), [("detail", p.to_string())]))?;
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

/// Label of an opened field.
fn opened(field: &proof::ReadableField, session: &Session) -> String {
    format!("{} ({} {})", field.name, session.out.pick("event", "事件"), field.event)
}

/// Label of an opened name.
fn named(person: &proof::ReadablePerson, session: &Session) -> String {
    format!("{} {}", session.out.pick("holder of key", "密钥持有人"), short(&person.key.0.to_string()))
}

/// Verifies a bundle offline. Exit 0, 10 or 11, as the verdict says.
pub(crate) fn verify(session: &Session, args: &Verify) -> Result<u8> {
    let trust = match &args.trust {
        Some(path) => Some(TrustRoot::from_json(&storage::read(path, proof::bounds::MAX_TRUST_BYTES)?)?),
        None => session.trust()?,
    };
    let max_age_ms = args.max_age.as_deref().map(when::span).transpose()?;
    let bytes = read(&args.file)?;
    // A test network keeps its own time: only somebody who asks for an age compares it with this clock.
    let is_test = proof::inspect(&bytes).is_ok_and(|s| s.readable.test);
    let now = (!is_test || max_age_ms.is_some()).then(when::now);
    let allow_test = args.allow_test || session.settings.allow_test;
    let verdict = proof::verify(&bytes, trust.as_ref(), Options { now, max_age_ms, allow_test });
    session.out.result(&verdict, |sheet| write(sheet, &verdict, session));
    Ok(verdict.exit_code())
}

/// A verdict, for people.
fn write(sheet: &mut Sheet, verdict: &Verdict, session: &Session) {
    let out = &session.out;
    let word =
        serde_json::to_value(verdict.verdict).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    sheet.line(words::verdict(&word, out.lang));
    if let Some(failure) = &verdict.failure {
        write_failure(sheet, failure, session);
    }
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
    sheet.pair(out.pick("signatures", "签名"), verdict.signatures.checked.to_string());
    if !verdict.certified_by.is_empty() {
        sheet.pair(out.pick("certified by", "认证机关"), verdict.certified_by.join(", "));
    }
    match &verdict.trust_root {
        Some(root) => sheet.pair(out.pick("trust root", "信任根"), root),
        None => sheet.pair(out.pick("trust root", "信任根"), out.pick("none given", "未提供")),
    }
    for field in &verdict.fields {
        sheet.pair(opened(field, session), &field.value);
    }
    for person in &verdict.persons {
        sheet.pair(named(person, session), &person.name);
    }
    for notice in &verdict.notices {
        let text = match out.lang {
            api::Lang::En => notice.message.clone(),
            api::Lang::ZhHans => notice_zh(notice),
        };
        sheet.line(format!("  - {text}"));
    }
}

fn write_failure(sheet: &mut Sheet, failure: &proof::Failure, session: &Session) {
    let out = &session.out;
    let event = failure.event.map(|n| format!(" ({} {n})", out.pick("event", "事件"))).unwrap_or_default();
    let explanation = catalogue::explain(failure.code, out.lang);
    let title = explanation.map_or("", |e| e.title);
    sheet.pair(failure.code, format!("{title}{event}"));
    sheet.pair("", &failure.message);
    if let Some(e) = explanation {
        sheet.pair(out.pick("help", "建议"), e.cure);
    }
}

/// A notice of the verifier in Chinese, by its stable word; what has values keeps the verifier's own text behind it.
fn notice_zh(notice: &proof::Notice) -> String {
    let (text, has_values) = match notice.id {
        "test-network" => ("这是测试网络：其上的物品并不存在", false),
        "no-trust-root" => ("未提供该网络的信任根：任何人都能造出这样的网络", false),
        "code-shared" => ("同一编码有多次登记，此为其一", true),
        "derived" => ("由其他物品制成，其历史不在此文件中", true),
        "packed-in" => ("已包装在物流单元中，由单元的持有方持有", true),
        "research-only" => ("仅限科研：不得作其他用途，由其制成的物品亦同", false),
        "recovered-key" => ("有签名密钥系由其他机关表决恢复", true),
        "held" => ("物品被扣控", true),
        "offer-pending" => ("有交付尚待答复", true),
        "key-compromised" => ("有签名密钥其后被报告泄露", true),
        "fields-closed" => ("有事件的保密字段未公开", true),
        "covers" => ("涵盖本次登记的全部入账事件", true),
        "covers-not" => ("不涵盖被拒绝的尝试、其他登记，也不涵盖手中实物是否就是此物品", false),
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
