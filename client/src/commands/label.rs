//! Labels: the symbol of a code, for whoever scans it, with the code under it for whoever reads.

use crate::{
    cli::{LabelCommand, LabelFormat, LabelPrint, LabelSymbol},
    failure::{Failure, Result},
    paper::label::{Label, Named, size},
    refs,
    session::Session,
};
use api::catalogue::exit;
use clap::ValueEnum;
use ledger::ItemId;
use serde::Serialize;

pub(crate) fn run(session: &Session, command: LabelCommand) -> Result<u8> {
    let LabelCommand::Print(args) = command;
    print(session, &args)
}

#[derive(Serialize)]
struct Printed {
    schema: &'static str,
    format: String,
    symbol: String,
    /// What the symbol holds; group separators are where FNC1 is.
    content: String,
    /// As it stands under the symbol.
    lines: Vec<String>,
    copies: u32,
    /// None where nothing was written.
    file: Option<String>,
    bytes: usize,
    /// The file itself, where it went to no other.
    text: Option<String>,
}

fn print(session: &Session, args: &LabelPrint) -> Result<u8> {
    let LabelPrint { item, format, symbol, out: to, copies, size: module, dpmm } = args;
    let is_text = matches!(format, LabelFormat::Svg | LabelFormat::Zpl);
    let module = size(module)?;
    if *copies > 1 && matches!(format, LabelFormat::Svg | LabelFormat::Png) {
        return Err(Failure::new("H1602", [("format", name(format))]));
    }
    if !matches!(dpmm, 6 | 8 | 12 | 24) {
        return Err(Failure::form(dpmm.to_string(), "6, 8, 12, 24"));
    }
    if to.is_none() && !is_text {
        return Err(Failure::missing(name(format), "--out"));
    }
    if let Some(to) = to {
        session.check_name(to)?;
    }
    let label = Label::of(&named(session, item)?, *symbol, module)?;
    let bytes = label.file(*format, *copies, *dpmm)?;
    let out = &session.out;
    if let Some(to) = to.as_ref().filter(|_| !session.dry_run) {
        session.write_named(to, &bytes)?;
    }
    let text = String::from_utf8_lossy(&bytes);
    if to.is_none() && !out.json && !session.dry_run {
        out.print_raw(&text);
        return Ok(exit::DONE);
    }
    let done = Printed {
        schema: "hufu.label/1",
        format: name(format),
        symbol: name(symbol),
        content: label.content.clone(),
        lines: label.lines.clone(),
        copies: *copies,
        file: to.as_ref().filter(|_| !session.dry_run).map(|to| to.display().to_string()),
        bytes: bytes.len(),
        text: to.is_none().then(|| text.into_owned()),
    };
    out.result(&done, |sheet| {
        match &done.file {
            Some(file) => sheet.line(format!("{}{file} ({} B)", out.pick("written: ", "已写入："), done.bytes)),
            None => sheet.line(out.pick("Nothing was written.", "未写入任何文件。")),
        }
        sheet.pair(out.pick("symbol", "码制"), symbol_name(*symbol, label.gs1));
        for line in &done.lines {
            sheet.pair(out.pick("reads", "内容"), line);
        }
    });
    Ok(exit::DONE)
}

/// What the label names: a code as it is given, or the code of an item that a node knows.
fn named(session: &Session, input: &str) -> Result<Named> {
    let word = input.trim();
    let is_known = word.parse::<ItemId>().is_ok();
    match Named::read(word) {
        Ok(named) if !is_known => Ok(named),
        Err(failure) if !is_known && !refs::is_prefix(word) => Err(failure),
        _ => Ok(Named::of(&session.item(word)?.record.code)?),
    }
}

/// The word of the command line.
fn name<T: ValueEnum>(value: &T) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn symbol_name(symbol: LabelSymbol, gs1: bool) -> &'static str {
    match symbol {
        LabelSymbol::Datamatrix if gs1 => "GS1 DataMatrix",
        LabelSymbol::Datamatrix => "DataMatrix",
        LabelSymbol::Qr => "QR",
    }
}
