//! Transactions as files: draft any act, show, cosign, submit.

use super::{deed::Deed, gov, signers::Named};
use crate::{
    act,
    acts::{self, Aside},
    cli::{
        AgencyCommand, AlertCommand, ClassCommand, Cli, Command, GovCommand, HandoverCommand, HoldCommand, ItemCommand,
        KeyCommand, PartyCommand, PassageCommand, PermitCommand, RegistryCommand, ReportCommand, Signing,
        TelemetryCommand, TxCommand, TxDraft,
    },
    draft::{Draft, PrivateJson},
    failure::{Failure, Result},
    law,
    outbox::Outbox,
    readable::Readable,
    session::{Drafting, Session},
};
use api::{
    catalogue::exit,
    paths,
    tx::{TxState, TxStatus},
};
use clap::Parser;
use ledger::TxId;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Largest file of an act, in bytes: a thousand registrations, or a pack.
const MAX_ACT_BYTES: usize = 1024 * 1024;

pub(crate) fn run(session: &Session, command: TxCommand) -> Result<u8> {
    match command {
        TxCommand::Draft(TxDraft { out, unsigned, act_file, by, expires, line }) => {
            if session.drafting.set(Drafting { out, unsigned, expires }).is_err() {
                return Err(Failure::new("H1416", [("detail", "tx draft -- tx draft")]));
            }
            match act_file {
                Some(file) => draft_file(session, &file, &by),
                None => draft(session, line),
            }
        }
        TxCommand::Show { tx } => show(session, &tx),
        TxCommand::Cosign { file, .. } if session.dry_run => {
            acts::perform_draft(session, Draft::read(&file)?, Aside::default())
        }
        TxCommand::Cosign { file, out } => {
            // The draft itself is what grows; another file is a new one.
            match out.filter(|out| *out != file) {
                Some(out) => {
                    session.check_name(&out)?;
                    acts::write_draft(session, &cosigned(session, &file)?, &out)
                }
                None => {
                    let draft = cosigned(session, &file)?;
                    draft.write(&file)?;
                    acts::say_written(session, &draft, &file)
                }
            }
        }
        TxCommand::Submit { files } => submit(session, &files),
    }
}

/// Runs another command line with its act going to a file.
fn draft(session: &Session, act: Vec<String>) -> Result<u8> {
    let line = std::iter::once("hufu".to_owned()).chain(act);
    let inner = Cli::try_parse_from(line).map_err(|e| Failure::new("H1416", [("detail", e.to_string())]))?;
    match is_act(&inner.command) {
        true => super::dispatch(session, inner.command),
        false => Err(Failure::plain("H1449")),
    }
}

/// Whether a command makes an act: what looks something up or sends what is signed already leaves no draft.
fn is_act(command: &Command) -> bool {
    match command {
        Command::Key(command) => {
            matches!(command, KeyCommand::Rotate { .. } | KeyCommand::Register { .. } | KeyCommand::End { .. })
        }
        Command::Item(command) => {
            !matches!(command, ItemCommand::Show { .. } | ItemCommand::History { .. } | ItemCommand::List { .. })
        }
        Command::Handover(command) => !matches!(command, HandoverCommand::Pending),
        Command::Hold(command) => !matches!(command, HoldCommand::List),
        Command::Agency(command) => !matches!(command, AgencyCommand::Countersign { .. }),
        Command::Permit(command) => !matches!(command, PermitCommand::Show { .. } | PermitCommand::List { .. }),
        Command::Registry(command) => !matches!(command, RegistryCommand::Show(_) | RegistryCommand::List { .. }),
        Command::Gov(command) => !matches!(command, GovCommand::Show { .. } | GovCommand::List { .. }),
        Command::Report(command) => !matches!(command, ReportCommand::Overdue { .. }),
        Command::Alert(command) => matches!(command, AlertCommand::Close { .. }),
        Command::Telemetry(command) => matches!(command, TelemetryCommand::Anchor { .. }),
        Command::Class(command) => !matches!(command, ClassCommand::List),
        Command::Party(command) => matches!(command, PartyCommand::Register { .. }),
        Command::Node(_) | Command::Passage(PassageCommand::Land { .. }) => true,
        _ => false,
    }
}

/// Drafts the act of a file, with the signers that are named, or those that the rules ask for.
fn draft_file(session: &Session, file: &Path, by: &[String]) -> Result<u8> {
    let spec = act::read(&gov::text_of(file, MAX_ACT_BYTES)?)?;
    let signing = Signing::default();
    Deed::new(spec, &signing).by(Named::all(by)?).perform(session)
}

/// A draft with one's signature added, after it was shown and agreed to.
fn cosigned(session: &Session, file: &Path) -> Result<Draft> {
    let mut draft = Draft::read(file)?;
    let network = session.network_id()?;
    if draft.body.network != network {
        return Err(Failure::new("H3001", [("found", draft.body.network.to_string())]));
    }
    let mine = session.key_header()?.id();
    let signable = draft.missing().iter().filter_map(|i| draft.body.signers.get(*i)).any(|s| s.key == mine);
    if !signable {
        return Err(Failure::new("H1410", [("key", mine.to_string())]));
    }
    let mut notes = law::items_told(session, &draft);
    notes.extend(law::told(session, &draft.body.operation));
    notes.push(acts::foreseen(session, &draft)?);
    acts::confirm(session, &draft, &notes, &acts::names(session, &draft))?;
    // Who signs private terms keeps them: one day he may want to show them.
    session.disclosures().keep_draft(&draft)?;
    draft.sign(session.key()?);
    Ok(draft)
}

/// Signs a draft, writes it back, and sends it when nobody else has to sign.
pub(super) fn cosign_and_send(session: &Session, file: &Path) -> Result<u8> {
    if session.dry_run {
        return acts::perform_draft(session, Draft::read(file)?, Aside::default());
    }
    let draft = cosigned(session, file)?;
    draft.write(file)?;
    match draft.missing().is_empty() {
        true => acts::send(session, &draft),
        false => acts::say_written(session, &draft, file),
    }
}

#[derive(Serialize)]
struct DraftShown {
    schema: &'static str,
    id: String,
    readable: Readable,
    /// Private fields in the clear.
    private: Vec<PrivateJson>,
    /// Whether each slot has its signature.
    signed: Vec<bool>,
    /// Where it stands, as far as a node tells.
    status: Option<TxState>,
}

/// A draft by its file, or the fate of a transaction by its identity.
fn show(session: &Session, tx: &str) -> Result<u8> {
    let path = Path::new(tx);
    if path.exists() {
        return show_draft(session, &Draft::read(path)?);
    }
    let id = session.tx_id(tx)?;
    let status: TxStatus = session.read(&paths::fill(paths::TX_ONE, &id.to_string()), &[])?;
    session.out.result(&status, |sheet| acts::write_status(sheet, &status, session));
    match status.status {
        TxState::Unknown | TxState::Expired => Ok(exit::NOT_FOUND),
        TxState::Refused => Ok(exit::REFUSED),
        TxState::Pending | TxState::Committed => Ok(exit::DONE),
    }
}

/// What a node knows of a transaction.
pub(super) fn status(session: &Session, id: &TxId) -> Option<TxStatus> {
    session.read(&paths::fill(paths::TX_ONE, &id.to_string()), &[]).ok()
}

fn show_draft(session: &Session, draft: &Draft) -> Result<u8> {
    let signed: Vec<bool> = (0..draft.body.signers.len()).map(|i| draft.is_signed(i)).collect();
    let shown = DraftShown {
        schema: "hufu.draft/1",
        id: draft.id().to_string(),
        readable: Readable::of(&draft.body, &draft.entries),
        private: draft.private.iter().map(PrivateJson::of).collect(),
        signed: signed.clone(),
        status: status(session, &draft.id()).map(|status| status.status),
    };
    let out = &session.out;
    out.result(&shown, |sheet| {
        // What is shown stands in the bytes; what a node knows of the items stands below.
        let notes = law::items_told(session, draft);
        let mut text = acts::sheet(session, draft, &notes, &acts::names(session, draft));
        for (slot, signed) in draft.body.signers.iter().zip(&signed) {
            let word = if *signed { out.pick("signed", "已签名") } else { out.pick("not signed yet", "未签名") };
            text.pair(out.word(slot.role.name()), word);
        }
        let status = match shown.status {
            Some(TxState::Committed) => out.pick("in the ledger", "已入账"),
            Some(TxState::Refused) => out.pick("refused by the ledger", "被账本拒绝"),
            Some(TxState::Pending) => out.pick("sent, not decided", "已发送，未裁定"),
            Some(TxState::Unknown) => out.pick("not sent, or not known to this node", "未发送，或本节点未知"),
            Some(TxState::Expired) => out.pick("expired before a block took it", "入账前已过期"),
            None => out.pick("no node was asked", "未询问节点"),
        };
        text.pair(out.pick("status", "状态"), status);
        *sheet = text;
    });
    Ok(exit::DONE)
}

/// Sends drafts in their order, each when the one before is decided: a chain lands link by link.
fn submit(session: &Session, files: &[PathBuf]) -> Result<u8> {
    let drafts: Vec<Draft> = files.iter().map(|f| Draft::read(f)).collect::<Result<_>>()?;
    for draft in &drafts {
        draft.complete()?;
        if draft.body.network != session.network_id()? {
            return Err(Failure::new("H3001", [("found", draft.body.network.to_string())]));
        }
    }
    for draft in &drafts {
        if session.dry_run {
            acts::perform_draft(session, draft.clone(), Aside::default())?;
            continue;
        }
        let notes = law::items_told(session, draft);
        session.out.show(&acts::sheet(session, draft, &notes, &acts::names(session, draft)));
    }
    if session.dry_run {
        return Ok(exit::DONE);
    }
    acts::ask(session, session.out.pick("Send this?", "发送吗？"))?;
    // All are kept before the first is sent: a chain that breaks on the way goes on from the outbox.
    let outbox = Outbox::at(&session.settings.state);
    for draft in &drafts {
        outbox.put(draft)?;
    }
    let mut last = exit::DONE;
    for draft in &drafts {
        last = acts::send(session, draft)?;
    }
    Ok(last)
}
