//! What agencies decide together: proposals and their approvals, and motions that all sign at once.

use super::{
    Listing,
    deed::perform,
    registry::{self, end, enter},
    signers,
};
use crate::{
    act::{self, ActSpec, ChangeSpec},
    cli::{ChangeCommand, GovCommand, MotionArgs},
    failure::{Failure, Result},
    law,
    output::Sheet,
    session::Session,
    shown::{self, Proposal},
    storage,
};
use api::{
    catalogue::exit,
    seat::{MAX_SEAT_CLAIM_BYTES, SeatClaim, SeatClaimError},
    view::ProposalView,
};
use ledger::{
    OrgId, Text,
    operation::{Change, NewEntry},
    record::ProposalState,
};
use proof::TrustRoot;
use std::path::Path;

pub(crate) fn run(session: &Session, command: GovCommand) -> Result<u8> {
    match command {
        GovCommand::Propose(change) => {
            let (changes, MotionArgs { until, signing }) = changes(session, change)?;
            perform(session, ActSpec::Propose { changes, until }, &signing)
        }
        GovCommand::Enact(change) => {
            let (changes, MotionArgs { until, signing }) = changes(session, change)?;
            match until {
                None => perform(session, ActSpec::Enact { changes }, &signing),
                Some(_) => Err(Failure::new("H1416", [("detail", "--until is of proposals")])),
            }
        }
        GovCommand::Approve { proposal, signing } => perform(session, ActSpec::Approve { proposal }, &signing),
        GovCommand::Retract { proposal, signing } => perform(session, ActSpec::Retract { proposal }, &signing),
        GovCommand::Show { proposal } => show(session, &proposal),
        GovCommand::List { all } => list(session, all),
    }
}

/// The changes that a command describes, and how they are put.
fn changes(session: &Session, command: ChangeCommand) -> Result<(Vec<ChangeSpec>, MotionArgs)> {
    Ok(match command {
        ChangeCommand::Entry { entry, motion } => (vec![enter(entry)], motion),
        ChangeCommand::End { end: args, motion } => (vec![end(args)], motion),
        ChangeCommand::Pack { pack, from, orientation, motion } => {
            let change = ChangeSpec::InstallPack { pack: pack_text(pack)?, orientation, from };
            (vec![change], motion)
        }
        ChangeCommand::AddAgency { claim, from, motion } => {
            (vec![claimed(session, &claim, "add-agency", from)?], motion)
        }
        ChangeCommand::MoveSeat { claim, from, motion } => (vec![claimed(session, &claim, "move-seat", from)?], motion),
        ChangeCommand::RemoveAgency { org, from, motion } => (vec![ChangeSpec::RemoveAgency { org, from }], motion),
        ChangeCommand::AdmitNetwork { file, motion } => (vec![bytes_of(&admission(&session.trust_of(&file)?))], motion),
        ChangeCommand::File { file, motion } => (act::read_changes(&text_of(&file, api::pack::MAX_TEXT)?)?, motion),
    })
}

/// The change that a claim to a seat asks for, from a height on.
fn claimed(session: &Session, file: &Path, change: &str, from: u64) -> Result<ChangeSpec> {
    let unusable =
        |error: SeatClaimError| Failure::new(error.code(), [("detail", format!("{}: {error}", file.display()))]);
    let claim = SeatClaim::read(&storage::read(file, MAX_SEAT_CLAIM_BYTES)?).map_err(unusable)?;
    let other = |detail: String| Failure::new("H1430", [("detail", format!("{}: {detail}", file.display()))]);
    if claim.change != change {
        return Err(other(format!("it asks for {}", claim.change)));
    }
    // Its proofs of possession would not hold here.
    if claim.network != session.network_id()?.to_string() {
        return Err(other(format!("it was made for the network {}", claim.network)));
    }
    Ok(bytes_of(&claim.starting(from).map_err(unusable)?))
}

fn bytes_of(change: &Change) -> ChangeSpec {
    ChangeSpec::Bytes { bytes: hex::encode(ledger::codec::encode(change)) }
}

/// The admission of another network, known from the block on that its trust root starts at.
fn admission(trust: &TrustRoot) -> Change {
    let start = trust.start();
    Change::AdmitNetwork {
        network: trust.network(),
        chain: Text::new(trust.chain()).unwrap_or_default(),
        set: trust.set().clone(),
        height: start.height,
        block: start.block,
        time: start.time,
    }
}

/// The name of a pack that comes with the program, or the text of a file.
fn pack_text(word: String) -> Result<String> {
    match api::pack::shipped(&word).is_some() {
        true => Ok(word),
        false => text_of(Path::new(&word), api::pack::MAX_TEXT),
    }
}

/// A file of text.
pub(super) fn text_of(path: &Path, limit: usize) -> Result<String> {
    let unreadable = || Failure::new("H1430", [("detail", format!("{}: not UTF-8", path.display()))]);
    String::from_utf8(storage::read(path, limit)?).map_err(|_| unreadable())
}

fn show(session: &Session, word: &str) -> Result<u8> {
    let proposal = shown::proposal(session, &session.tx_id(word)?)?;
    session.out.result(&proposal.view, |sheet| write(sheet, &proposal, session));
    Ok(exit::DONE)
}

/// A proposal, for people: every change, and who approved.
fn write(sheet: &mut Sheet, proposal: &Proposal, session: &Session) {
    let (record, out) = (&proposal.record, &session.out);
    let orgs: Vec<_> = record.approvals.iter().map(|signed| signed.org).chain([record.by]).collect();
    let names = session.org_names(&orgs);
    let named = |org: ledger::OrgId| names.get(&org.to_string()).cloned().unwrap_or_else(|| org.0.short());
    sheet.line(format!("{} {}", out.pick("proposal", "提案"), proposal.id));
    sheet.pair(out.pick("state", "状态"), out.word(record.state.name()));
    sheet.pair(out.pick("by", "提出方"), named(record.by));
    sheet.pair(out.pick("until", "有效至"), api::time::rfc3339(record.until));
    for (label, value) in law::proposed(session, &record.motion) {
        sheet.pair(label, value);
    }
    for signed in &record.approvals {
        let who = format!("{} · {}", named(signed.org), out.word(signed.role.name()));
        sheet.pair(out.pick("approved", "已批准"), who);
    }
    if record.state == ProposalState::Open {
        let missing = match signers::missing(session, &record.motion, &record.approvals) {
            Ok(missing) => missing,
            Err(_) => vec![out.pick("cannot be told here", "此处无法得知").to_owned()],
        };
        for (index, line) in missing.into_iter().enumerate() {
            let label = match index {
                0 => out.pick("still to approve", "尚待批准"),
                _ => out.pick("or", "或"),
            };
            sheet.pair(label, line);
        }
    }
}

/// A change in few words: what it does, to which registry or pack, about whom.
fn summary(change: &Change, session: &Session) -> String {
    let out = &session.out;
    let entered = |entry: &NewEntry| {
        let about = registry::about(entry, &registry::names([entry], session));
        format!("{} · {about}", out.word(entry.registry.name()))
    };
    let org = |org: &OrgId| session.org_names(&[*org]).into_values().next().unwrap_or_else(|| org.0.short());
    let what = match change {
        Change::Enter(entry) => entered(entry),
        Change::End { place, n, .. } => shown::line_at(session, place, *n).map_or_else(
            || out.pick("a line that is not shown", "未显示的条目").to_owned(),
            |line| entered(&line.record.entry),
        ),
        Change::InstallPack { pack, from } => format!("{} {} · {from}", pack.name, pack.version),
        Change::AddAgency { org, .. } => org.profile.name.to_string(),
        Change::RemoveAgency { org: of, .. }
        | Change::MoveSeat { org: of, .. }
        | Change::RecoverKey { org: of, .. } => org(of),
        Change::AdmitNetwork { chain, height, .. } => format!("{chain} · {height}"),
    };
    format!("{} {what}", out.word(change.name()))
}

fn list(session: &Session, all: bool) -> Result<u8> {
    let mut proposals = shown::proposals(session)?;
    proposals.retain(|proposal| all || proposal.record.state == ProposalState::Open);
    let views: Vec<&ProposalView> = proposals.iter().map(|proposal| &proposal.view).collect();
    let out = &session.out;
    out.result(&Listing { schema: "hufu.proposal-list/1", items: &views }, |sheet| {
        let row = |proposal: &Proposal| {
            let record = &proposal.record;
            let changes: Vec<String> = record.motion.changes.iter().map(|change| summary(change, session)).collect();
            let approvals = record.approvals.len().to_string();
            let until = api::time::rfc3339(record.until);
            [out.word(record.state.name()), changes.join(", "), approvals, until, proposal.id.to_string()]
        };
        let headings =
            [("state", "状态"), ("changes", "变更"), ("approvals", "批准"), ("until", "有效至"), ("identity", "标识")];
        sheet.table(out, headings, proposals.iter().map(row));
    });
    Ok(exit::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;

    #[test]
    fn a_network_is_admitted_by_its_trust_file() {
        let line = "hufu gov propose admit-network trust.json";
        assert!(Cli::try_parse_from(line.split(' ')).is_ok());
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formats/vectors/bundle-trust-later.json");
        let trust = TrustRoot::from_json(&std::fs::read(file).unwrap()).unwrap();
        let Change::AdmitNetwork { network, chain, set, height, block, time } = admission(&trust) else {
            panic!("another change")
        };
        assert_eq!((network, chain.as_str(), set.hash()), (trust.network(), trust.chain(), trust.set_hash()));
        let start = trust.start();
        assert_eq!((height, block, time), (start.height, start.block, start.time));
        assert!(height > 0);
    }
}
