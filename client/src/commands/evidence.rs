//! Agencies that signed twice, as files that strangers judge: those that nodes saw, and those that two files convict.

use super::{bundle, file, verify};
use crate::{
    cli::{CompareFiles, EvidenceCommand},
    failure::{Failure, Result},
    output::Sheet,
    session::Session,
    storage,
};
use api::{catalogue::exit, network::EvidenceView, paths};
use proof::{
    FileVerdict, Options,
    evidence::{self, EvidenceVerdict, Headers},
};
use serde::Serialize;
use std::path::Path;

/// Most pieces of evidence that are asked for.
const MOST: usize = 10_000;
const WRITTEN_SCHEMA: &str = "hufu.evidence-written/1";

pub(crate) fn run(session: &Session, command: EvidenceCommand) -> Result<u8> {
    match command {
        EvidenceCommand::Export { out } => export(session, &out),
        EvidenceCommand::Compare(args) => compare(session, &args),
    }
}

#[derive(Serialize)]
struct Written {
    schema: &'static str,
    items: Vec<One>,
}

#[derive(Serialize)]
struct One {
    file: String,
    verdict: EvidenceVerdict,
}

fn export(session: &Session, folder: &Path) -> Result<u8> {
    let views: Vec<EvidenceView> = session.pages(paths::EVIDENCE, &[], MOST)?;
    storage::folder(folder)?;
    let mut items = Vec::new();
    for (n, view) in (1u32..).zip(&views) {
        // A key without a seat at that height convicts nobody: there is no file of it.
        let Some(file) = &view.file else { continue };
        // Writing a JSON value to memory fails for no value.
        let bytes = serde_json::to_vec(file).unwrap_or_default();
        let verdict = match verify::sound(session, &bytes)? {
            FileVerdict::Evidence(verdict) if verdict.accused.iter().any(|a| a.key == view.accused) => verdict,
            _ => return Err(session.mismatch("evidence")),
        };
        let path = folder.join(format!("evidence-{}-{n}.json", view.height));
        session.write_named(&path, &bytes)?;
        items.push(One { file: path.display().to_string(), verdict });
    }
    let out = &session.out;
    let written = Written { schema: WRITTEN_SCHEMA, items };
    out.result(&written, |sheet| {
        for one in &written.items {
            sheet.line(format!("{}{}", out.pick("written: ", "已写入："), one.file));
            verify::write_evidence(sheet, &one.verdict, session);
        }
        if written.items.is_empty() {
            sheet.line(out.pick("no evidence of double signing", "没有重复签名的证据"));
        }
    });
    Ok(exit::DONE)
}

/// Two files that contradict each other, as one that says who is to blame, where that can be told. Nobody is asked.
fn compare(session: &Session, args: &CompareFiles) -> Result<u8> {
    let CompareFiles { one, other, trust, out: to } = args;
    let trust = session.trust_at(trust.as_deref())?;
    if let Some(to) = to {
        session.check_name(to)?;
    }
    let (first, second) = (headers(one)?, headers(other)?);
    let Some(found) = evidence::contradiction(&first, &second, trust.as_ref()) else {
        return Err(Failure::new("H9160", [("one", one), ("other", other)].map(|(n, p)| (n, p.display().to_string()))));
    };
    let bytes = found.to_json();
    let options = Options { allow_test: session.settings.allow_test, ..Options::default() };
    let verdict = evidence::verify(&bytes, trust.as_ref(), options);
    if let Some(failure) = &verdict.head.failure {
        return Err(Failure::new(failure.code, [("detail", failure.message.clone())]));
    }
    let out = &session.out;
    let Some(to) = to else {
        let mut sheet = Sheet::default();
        write(&mut sheet, &verdict, session);
        out.show(&sheet);
        out.print_raw(&String::from_utf8_lossy(&bytes));
        return Ok(exit::DONE);
    };
    file::write(session, to, &bytes)?;
    let items = vec![One { file: to.display().to_string(), verdict }];
    let written = Written { schema: WRITTEN_SCHEMA, items };
    out.result(&written, |sheet| {
        for one in &written.items {
            sheet.line(format!("{}{}", out.pick("written: ", "已写入："), one.file));
            write(sheet, &one.verdict, session);
        }
    });
    Ok(exit::DONE)
}

/// The certified headers of a file.
fn headers(path: &Path) -> Result<Headers> {
    let unfit =
        |problem: proof::Problem| Failure::new(problem.code(), [("detail", format!("{}: {problem}", path.display()))]);
    Headers::of(&file::read(path)?).map_err(unfit)
}

/// A verdict as `hufu verify` shows it.
fn write(sheet: &mut Sheet, verdict: &EvidenceVerdict, session: &Session) {
    bundle::write_head(sheet, &verdict.head, session, |sheet| verify::write_evidence(sheet, verdict, session));
}
