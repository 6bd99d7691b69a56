//! Agencies that signed twice, as files that strangers judge.

use super::verify;
use crate::{cli::EvidenceCommand, failure::Result, session::Session, storage};
use api::{catalogue::exit, network::EvidenceView, paths};
use proof::{FileVerdict, evidence::EvidenceVerdict};
use serde::Serialize;
use std::path::Path;

/// Most pieces of evidence that are asked for.
const MOST: usize = 10_000;

pub(crate) fn run(session: &Session, command: EvidenceCommand) -> Result<u8> {
    let EvidenceCommand::Export { out } = command;
    export(session, &out)
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
    let written = Written { schema: "hufu.evidence-written/1", items };
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
