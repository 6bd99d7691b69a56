//! Signing, keeping, sending, and finding out: the part of an import that touches the ledger.

use super::{
    GROUP,
    journal::{Decided, Journal},
    report::{Fate, Report},
    row::Parsed,
};
use crate::{
    acts::{self, Act, entries, slot},
    cli::Life,
    draft::Draft,
    failure::{Failure, Result},
    private::Private,
    session::Session,
};
use api::{
    catalogue::exit,
    paths,
    tx::{TxState, TxStatus},
};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::{ItemId, Operation, Role, TxId, operation::EntryBody};
use std::collections::{BTreeMap, BTreeSet};

/// Registers the good rows that the journal does not have. `report` learns the fate of each.
pub(super) fn run(
    session: &Session,
    journal: &mut Journal,
    good: &BTreeMap<u64, Parsed>,
    report: &mut Report,
    life: &Life,
) -> Result<()> {
    for number in good.keys() {
        report.fates.insert(*number, Fate::Skipped);
    }
    let before = journal.signed().len();
    resume(session, journal, report)?;
    let taken = journal.taken();
    let fresh: Vec<(u64, &Parsed)> =
        good.iter().filter(|(n, _)| !taken.contains_key(n)).map(|(n, p)| (*n, p)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    agree(session, &fresh)?;
    let bar = progress(session, fresh.len());
    for group in fresh.chunks(GROUP) {
        let index = sign(session, journal, group, life)?;
        let id = journal.signed()[index].id.to_string();
        mark_waiting(journal, index, report, &Failure::new("H7007", [("id", id)]));
        // Sending goes on while nodes decide; a node that fails now is asked again below.
        if let Err(failure) = acts::post(session, &journal.signed()[index].tx.to_bytes()) {
            if failure.code == "H7001" {
                mark_waiting(journal, index, report, &failure);
                return Err(failure);
            }
            session.out.warn(&failure.text(session.out.lang));
        }
    }
    for index in before..journal.signed().len() {
        settle(session, journal, index, report, false)?;
        bar.inc(u64::try_from(journal.signed()[index].rows.len()).unwrap_or(0));
    }
    bar.finish_and_clear();
    Ok(())
}

fn progress(session: &Session, length: usize) -> ProgressBar {
    if !session.out.is_interactive() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(u64::try_from(length).unwrap_or(0)).with_style(style)
}

/// Shows the sums of what is about to be registered, and asks.
fn agree(session: &Session, fresh: &[(u64, &Parsed)]) -> Result<()> {
    let mut sums: BTreeMap<String, (usize, Vec<gs1::Quantity>)> = BTreeMap::new();
    for (_, parsed) in fresh {
        let gtin = parsed.code.gtin().map(|g| g.as_str14()).unwrap_or_default();
        let (count, totals) = sums.entry(gtin).or_default();
        *count += 1;
        let total = totals.iter_mut().find(|t| t.unit() == parsed.quantity.unit());
        match total {
            Some(total) => *total = total.checked_add(parsed.quantity).unwrap_or(*total),
            None => totals.push(parsed.quantity),
        }
    }
    let out = &session.out;
    let header = session.key_header()?;
    let mut sheet = crate::output::Sheet::default();
    sheet.line(format!(
        "{}{}",
        out.pick("What is signed: registration of items: ", "签名内容：登记物品："),
        fresh.len()
    ));
    for (gtin, (count, totals)) in &sums {
        let totals: Vec<String> = totals.iter().map(ToString::to_string).collect();
        sheet.pair(gtin, format!("{count} {} · {}", out.pick("items", "件"), totals.join(" + ")));
    }
    let names: BTreeSet<&str> = fresh.iter().flat_map(|(_, p)| &p.private).map(|(name, _)| name.as_str()).collect();
    if !names.is_empty() {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let kept = out.pick("kept here, not on the ledger", "存于本机，不上账本");
        sheet.pair(out.pick("private fields", "保密字段"), format!("{names} ({kept})"));
    }
    let mut purposes: BTreeMap<&str, usize> = BTreeMap::new();
    fresh.iter().for_each(|(_, parsed)| *purposes.entry(parsed.purpose.name()).or_default() += 1);
    let purposes: Vec<String> =
        purposes.iter().map(|(purpose, count)| format!("{} {count}", out.word(purpose))).collect();
    sheet.pair(out.pick("purposes", "用途"), purposes.join(" · "));
    sheet.pair(out.pick("transactions", "交易数"), fresh.len().div_ceil(GROUP).to_string());
    sheet.pair(
        out.pick("signer", "签名人"),
        format!("{} · {} {}", out.word(Role::Declarant.name()), header.label, header.id()),
    );
    out.show(&sheet);
    acts::ask(session, out.pick("Sign this?", "签名吗？"))
}

/// Says what became of the rows of earlier runs, as far as the journal knows.
pub(super) fn recall(session: &Session, journal: &Journal, report: &mut Report) -> Result<()> {
    for (index, signed) in journal.signed().iter().enumerate() {
        match signed.decided {
            Some(Decided::Committed) => mark_committed(session, journal, index, report, true)?,
            Some(Decided::Refused | Decided::Void) => {}
            None => mark_waiting(journal, index, report, &Failure::new("H7007", [("id", signed.id.to_string())])),
        }
    }
    Ok(())
}

/// Lets the node judge the good rows that the journal does not have, in the transactions in which they would be sent.
pub(super) fn preview(
    session: &Session,
    journal: Option<&Journal>,
    good: &BTreeMap<u64, Parsed>,
    report: &mut Report,
    life: &Life,
) -> Result<()> {
    let taken = journal.map(Journal::taken).unwrap_or_default();
    let fresh: Vec<(u64, &Parsed)> =
        good.iter().filter(|(n, _)| !taken.contains_key(n)).map(|(n, p)| (*n, p)).collect();
    for group in fresh.chunks(GROUP) {
        if let Some(failure) = acts::objection(session, &acts::judge(session, &drafted(session, group, life)?)?) {
            report.fates.extend(group.iter().map(|(row, _)| (*row, Fate::Bad(failure.clone()))));
        }
    }
    Ok(())
}

/// Signs a group of rows and keeps it in the journal; what is private of them is kept first.
fn sign(session: &Session, journal: &mut Journal, group: &[(u64, &Parsed)], life: &Life) -> Result<usize> {
    let mut draft = drafted(session, group, life)?;
    session.disclosures().keep_draft(&draft)?;
    draft.sign(session.key()?);
    journal.add(draft.complete()?, group.iter().map(|(n, _)| *n).collect())
}

/// The registration of a group of rows, not signed.
fn drafted(session: &Session, group: &[(u64, &Parsed)], life: &Life) -> Result<Draft> {
    let mut bodies = Vec::with_capacity(group.len());
    let mut private = Vec::new();
    for (_, parsed) in group {
        let fields = Private::new(parsed.private.clone())?;
        bodies.push(EntryBody::Registration(parsed.registration(fields.as_ref().map(Private::root))));
        private.extend(fields);
    }
    let (list, entries) = entries(bodies)?;
    let slots = vec![slot(&session.key_header()?, Role::Declarant)];
    acts::draft(session, &Act { entries, private, ..Act::new(Operation::Register { list }, slots, &life.expires) })
}

/// Finds out what became of transactions of earlier runs; what is undecided is sent again, the very same bytes.
fn resume(session: &Session, journal: &mut Journal, report: &mut Report) -> Result<()> {
    for index in 0..journal.signed().len() {
        settle(session, journal, index, report, true)?;
    }
    Ok(())
}

/// Learns the fate of one transaction, sending it once more where that can help. `earlier`: it was signed by an earlier
/// run.
fn settle(session: &Session, journal: &mut Journal, index: usize, report: &mut Report, earlier: bool) -> Result<()> {
    match journal.signed()[index].decided {
        Some(Decided::Committed) => {
            mark_committed(session, journal, index, report, earlier)?;
            return Ok(());
        }
        Some(Decided::Refused | Decided::Void) => return Ok(()),
        None => {}
    }
    let id = journal.signed()[index].id;
    let mut status = ask(session, &id)?;
    if status.status == TxState::Unknown {
        if is_over(session, journal, index) {
            // The ledger is past its expiry and does not have it: it can never be committed.
            return journal.decide(index, Decided::Void);
        }
        if let Err(failure) = acts::post(session, &journal.signed()[index].tx.to_bytes()) {
            return undecided(journal, index, report, failure);
        }
    }
    if !status.status.is_final() {
        status = match acts::wait(session, &id) {
            Ok(status) => status,
            Err(failure) => return undecided(journal, index, report, failure),
        };
    }
    match &status.rejection {
        None => {
            journal.decide(index, Decided::Committed)?;
            mark_committed(session, journal, index, report, earlier)
        }
        Some(rejection) => {
            journal.decide(index, Decided::Refused)?;
            let failure: Failure = rejection.problem(rejection.params.clone(), session.out.lang).into();
            for row in journal.signed()[index].rows.iter().flatten() {
                report.fates.insert(*row, Fate::Refused(id, failure.clone()));
            }
            Ok(())
        }
    }
}

/// A transaction whose fate could not be learnt: its rows wait, and other transactions may go on unless no node answers.
fn undecided(journal: &Journal, index: usize, report: &mut Report, failure: Failure) -> Result<()> {
    mark_waiting(journal, index, report, &failure);
    match failure.exit_code() == exit::UNREACHABLE && failure.code != "H7007" {
        true => Err(failure),
        false => Ok(()),
    }
}

fn ask(session: &Session, id: &TxId) -> Result<TxStatus> {
    session.read(&paths::fill(paths::TX_ONE, &id.to_string()), &[])
}

/// Whether block time has passed the expiry.
fn is_over(session: &Session, journal: &Journal, index: usize) -> bool {
    let expires = journal.signed()[index].tx.body.expires;
    session.network().is_ok_and(|n| api::time::parse(&n.as_of.time).is_ok_and(|now| now > expires))
}

fn mark_waiting(journal: &Journal, index: usize, report: &mut Report, failure: &Failure) {
    let signed = &journal.signed()[index];
    for row in signed.rows.iter().flatten() {
        report.fates.insert(*row, Fate::Waiting(signed.id, failure.clone()));
    }
}

fn mark_committed(
    session: &Session,
    journal: &Journal,
    index: usize,
    report: &mut Report,
    earlier: bool,
) -> Result<()> {
    let signed = &journal.signed()[index];
    let network = session.network_id()?;
    for (entry, row) in signed.rows.iter().enumerate() {
        let item = ItemId::of(&network, &signed.id, u32::try_from(entry).unwrap_or(u32::MAX));
        let fate = if earlier { Fate::Already(signed.id, item) } else { Fate::Registered(signed.id, item) };
        report.fates.extend(row.map(|row| (row, fate)));
    }
    Ok(())
}
