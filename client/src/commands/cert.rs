//! Certificates of custody: read off a bundle that was verified, and written beside it.

use super::file;
use crate::{
    cli::{CertCommand, CertPrint},
    failure::{Failure, Result},
    paper::certificate::{self, Facts},
    session::Session,
};
use api::{catalogue::exit, paths};
use proof::{Bundle, Card, Options, Problem, Standing, TrustRoot, Verdict, bounds::MAX_BUNDLE_BYTES, card};
use serde::Serialize;
use std::path::{Path, PathBuf};

pub(crate) fn run(session: &Session, command: CertCommand) -> Result<u8> {
    let CertCommand::Print(args) = command;
    print(session, &args)
}

#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    item: String,
    /// None where nothing was written.
    file: Option<String>,
    pages: usize,
    bytes: usize,
    bundle: Evidence,
    /// Text of the card.
    card: String,
    verdict: Verdict,
}

#[derive(Serialize)]
struct Evidence {
    file: String,
    bytes: usize,
    /// Of the bytes of the file, hexadecimal.
    blake3: String,
}

fn print(session: &Session, args: &CertPrint) -> Result<u8> {
    let trust = session.needed_trust(args.trust.as_deref())?;
    let bytes = match (&args.from, &args.item) {
        (Some(from), _) => file::read(from)?,
        (None, item) => exported(session, item.as_deref().unwrap_or_default())?,
    };
    let (bundle, verdict) = valid(&bytes, &trust)?;
    let item = bundle.item_id.0.to_string();
    let short: String = item.chars().take(16).collect();
    let pdf = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("certificate-{short}.pdf")));
    let beside = args.from.clone().unwrap_or_else(|| pdf.with_extension("hufu"));
    session.check_name(&pdf)?;
    if args.from.is_none() {
        session.check_name(&beside)?;
    }
    let card = card_of(&bundle, &trust)?;
    let text = card.text()?;
    let evidence =
        Evidence { file: file_name(&beside), bytes: bytes.len(), blake3: blake3::hash(&bytes).to_hex().to_string() };
    let facts = Facts {
        lang: session.out.lang,
        verdict: &verdict,
        readable: &bundle.readable,
        card: &card,
        text: &text,
        trust: &trust,
        bundle: (evidence.file.as_str(), evidence.blake3.as_str()),
    };
    let font = args.font.clone().or_else(|| std::env::var_os("HUFU_FONT").filter(|f| !f.is_empty()).map(PathBuf::from));
    let made = certificate::make(&facts, font.as_deref())?;
    if !session.dry_run {
        // The evidence first: paper without it would name a file that is not there.
        if args.from.is_none() {
            session.write_named(&beside, &bytes)?;
        }
        session.write_named(&pdf, &made.bytes)?;
    }
    let file = (!session.dry_run).then(|| pdf.display().to_string());
    let (pages, bytes) = (made.pages, made.bytes.len());
    let done =
        Printed { schema: "hufu.certificate/1", item, file, pages, bytes, bundle: evidence, card: text, verdict };
    say(session, &done, &beside);
    Ok(exit::DONE)
}

fn say(session: &Session, done: &Printed, beside: &Path) {
    let out = &session.out;
    out.result(done, |sheet| {
        match &done.file {
            Some(file) => {
                sheet.line(format!("{}{file} ({} B)", out.pick("written: ", "已写入："), done.bytes));
                sheet.pair(out.pick("evidence", "证据"), beside.display().to_string());
            }
            None => sheet.line(out.pick("Nothing was written.", "未写入任何文件。")),
        }
        sheet.pair("BLAKE3", &done.bundle.blake3);
        sheet.pair(out.pick("pages", "页数"), done.pages.to_string());
        sheet.pair(out.pick("card", "持有卡"), format!("{} {}", done.card.len(), out.pick("characters", "个字符")));
        if done.verdict.test {
            sheet.line(out.pick("This is a test network: the item does not exist.", "这是测试网络：该物品并不存在。"));
        }
    });
}

/// The bundle of an item, as a node gives it now.
fn exported(session: &Session, word: &str) -> Result<Vec<u8>> {
    let item = session.item(word)?;
    let path = format!("{}/{}", paths::fill(paths::ITEM, &item.id.to_string()), paths::BUNDLE);
    let bytes = session.get(&path, &[])?.body;
    match Bundle::from_json(&bytes)?.item_id.0 == item.id.0 {
        true => Ok(bytes),
        false => Err(session.mismatch("bundle")),
    }
}

/// A bundle that is valid under the trust root, test networks included: of any other no paper is printed.
fn valid(bytes: &[u8], trust: &TrustRoot) -> Result<(Bundle, Verdict)> {
    let options = Options { now: file::clock(bytes), allow_test: true, ..Options::default() };
    let verdict = proof::verify(bytes, Some(trust), options);
    if let Some(failure) = &verdict.failure {
        return Err(Failure::new(failure.code, [("detail", failure.message.clone())]));
    }
    if verdict.verdict != Standing::Valid {
        let why: Vec<&str> = verdict.notices.iter().map(|notice| notice.message.as_str()).collect();
        return Err(Failure::new("H1615", [("detail", why.join("; "))]));
    }
    Ok((Bundle::from_json(&proof::read_file(bytes, MAX_BUNDLE_BYTES)?)?, verdict))
}

/// Its card, which holds under the same trust root. Errors: H1613, H1614.
fn card_of(bundle: &Bundle, trust: &TrustRoot) -> Result<Card> {
    let made = match Card::of(bundle, Some(trust)) {
        Err(Problem::CardTooLong { length, limit }) => {
            let start = trust.start().height;
            let changes = bundle.anchor.chain.len();
            let code = if changes > 0 { "H1613" } else { "H1614" };
            let values = [("length", length.to_string()), ("limit", limit.to_string()), ("start", start.to_string())];
            return Err(Failure::new(code, values));
        }
        other => other?,
    };
    let options = Options { allow_test: true, ..Options::default() };
    match card::verify(made.text()?.as_bytes(), Some(trust), options).head.failure {
        None => Ok(made),
        Some(failure) => Err(Failure::new(failure.code, [("detail", failure.message)])),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
