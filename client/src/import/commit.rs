//! Signing, keeping, sending, and finding out: the part of an import that touches the ledger.

use super::{
    decode::Source,
    journal::{Decided, Journal, Signed},
    list::{Fate, List, Outcome, Sent},
    mapping::Mapping,
    row::Parsed,
    rows::{GROUP, Group, Groups},
};
use crate::{
    acts::{self, Act, entries, slot},
    cli::Life,
    draft::Draft,
    failure::{Failure, Result},
    fate,
    private::Private,
    session::Session,
};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::{Operation, Role, operation::EntryBody};
use std::collections::{BTreeMap, VecDeque};

/// Most transactions that are sent and not decided: enough that no block waits for one, few enough that a pool has room.
const IN_FLIGHT: usize = 16;

/// A list with all that is needed to read it again.
pub(super) struct Reading<'a> {
    pub(super) source: &'a Source,
    pub(super) mapping: &'a Mapping,
}

/// Registers the good rows. `list` learns the fate of each.
pub(super) fn run(
    session: &Session,
    reading: &Reading<'_>,
    list: &mut List,
    journal: &mut Journal,
    life: &Life,
) -> Result<()> {
    // What became of transactions of earlier runs; what is undecided is sent again, the very same bytes.
    for index in 0..journal.signed().len() {
        settle(session, journal, index, list, true)?;
    }
    list.free();
    let fresh = list.fresh();
    if fresh == 0 {
        return Ok(());
    }
    agree(session, list)?;
    let bar = progress(session, fresh);
    let mut flight: VecDeque<usize> = VecDeque::new();
    let mut groups = Groups::of(reading.source, reading.mapping)?;
    while let Some(group) = groups.gather(list)? {
        if flight.len() >= IN_FLIGHT
            && let Some(first) = flight.pop_front()
        {
            settle(session, journal, first, list, false)?;
            bar.inc(u64::try_from(journal.signed()[first].rows).unwrap_or(0));
        }
        let (index, bytes) = sign(session, journal, list, &group, life)?;
        flight.push_back(index);
        // A node that fails now is asked again when the transaction is settled.
        if let Err(failure) = acts::post(session, &bytes) {
            list.sent[index].outcome = Outcome::Waiting(failure.clone());
            if failure.is_unheard() {
                return Err(failure);
            }
            session.out.warn(&failure.text(session.out.lang));
        }
    }
    for index in flight {
        settle(session, journal, index, list, false)?;
        bar.inc(u64::try_from(journal.signed()[index].rows).unwrap_or(0));
    }
    bar.finish_and_clear();
    Ok(())
}

/// A bar, where somebody looks at it.
pub(super) fn progress(session: &Session, length: usize) -> ProgressBar {
    if !session.out.is_interactive() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(u64::try_from(length).unwrap_or(0)).with_style(style)
}

/// Shows the sums of what is about to be registered, and asks.
fn agree(session: &Session, list: &List) -> Result<()> {
    let sums = list.sums();
    let out = &session.out;
    let header = session.key_header()?;
    let mut sheet = crate::output::Sheet::default();
    sheet.line(format!("{}{}", out.pick("What is signed: registration of items: ", "签名内容：登记物品："), sums.rows));
    for (gtin, (count, totals)) in &sums.classes {
        let totals: Vec<String> = totals.iter().map(ToString::to_string).collect();
        sheet.pair(gtin.as_str14(), format!("{count} {} · {}", out.pick("items", "件"), totals.join(" + ")));
    }
    if !list.private.is_empty() {
        let names = list.private.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let kept = out.pick("kept here, not on the ledger", "存于本机，不上账本");
        sheet.pair(out.pick("private fields", "保密字段"), format!("{names} ({kept})"));
    }
    let purposes: Vec<String> =
        sums.purposes.iter().map(|(purpose, count)| format!("{} {count}", out.word(purpose))).collect();
    sheet.pair(out.pick("purposes", "用途"), purposes.join(" · "));
    sheet.pair(out.pick("transactions", "交易数"), sums.rows.div_ceil(GROUP).to_string());
    sheet.pair(
        out.pick("signer", "签名人"),
        format!("{} · {} {}", out.word(Role::Declarant.name()), header.label, header.id()),
    );
    out.show(&sheet);
    acts::ask(session, out.pick("Sign this?", "签名吗？"))
}

/// Points rows at the transactions of earlier runs, and says what became of those, as far as the journal knows.
pub(super) fn recall(list: &mut List, journal: &Journal) -> Result<()> {
    for (index, signed) in journal.signed().iter().enumerate() {
        let outcome = match signed.decided {
            Some(Decided::Committed) => Outcome::Already,
            Some(Decided::Refused | Decided::Void) => Outcome::Over,
            None => Outcome::Waiting(fate::undecided(&signed.id)),
        };
        list.sent.push(Sent { id: signed.id, outcome });
        if signed.is_live() {
            list.claim(index, &journal.tx(index)?);
        }
    }
    Ok(())
}

/// Lets the node judge the good rows, in the transactions in which they would be sent. Where it refuses one, each class of
/// it is judged by itself, for refusals go by class.
pub(super) fn preview(session: &Session, reading: &Reading<'_>, list: &mut List, life: &Life) -> Result<()> {
    let bar = progress(session, list.fresh());
    let mut groups = Groups::of(reading.source, reading.mapping)?;
    while let Some(group) = groups.gather(list)? {
        if let Some(failure) = objection(session, &group.rows, life)? {
            let mut classes: BTreeMap<Option<u32>, Group> = BTreeMap::new();
            for (place, row) in group.places.iter().zip(&group.rows) {
                let empty = || Group { places: Vec::new(), rows: Vec::new() };
                let part = classes.entry(list.class_of(*place)).or_insert_with(empty);
                part.places.push(*place);
                part.rows.push(row.clone());
            }
            let mut refused = Vec::new();
            for part in classes.values().filter(|_| classes.len() > 1) {
                refused.extend(objection(session, &part.rows, life)?.map(|failure| (&part.places, failure)));
            }
            match refused.is_empty() {
                true => list.bar(&group.places, failure),
                false => refused.into_iter().for_each(|(places, failure)| list.bar(places, failure)),
            }
        }
        bar.inc(u64::try_from(group.places.len()).unwrap_or(0));
    }
    bar.finish_and_clear();
    Ok(())
}

fn objection(session: &Session, rows: &[Parsed], life: &Life) -> Result<Option<Failure>> {
    Ok(acts::objection(session, &acts::judge(session, &drafted(session, rows, life)?)?))
}

/// Signs a group of rows and keeps it in the journal; what is private of them is kept first. Its place there, and the
/// bytes to send.
fn sign(
    session: &Session,
    journal: &mut Journal,
    list: &mut List,
    group: &Group,
    life: &Life,
) -> Result<(usize, Vec<u8>)> {
    let mut draft = drafted(session, &group.rows, life)?;
    session.disclosures().keep_draft(&draft)?;
    draft.sign(session.key()?);
    let (id, tx) = (draft.id(), draft.complete()?);
    let numbers = group.places.iter().map(|place| u64::from(list.rows[*place].number)).collect();
    let index = journal.add(&tx, numbers)?;
    list.sent.push(Sent { id, outcome: Outcome::Waiting(fate::undecided(&id)) });
    list.put(&group.places, &Fate::Sent(u32::try_from(index).unwrap_or(u32::MAX)));
    Ok((index, tx.to_bytes()))
}

/// The registration of a group of rows, not signed.
fn drafted(session: &Session, rows: &[Parsed], life: &Life) -> Result<Draft> {
    let mut bodies = Vec::with_capacity(rows.len());
    let mut private = Vec::new();
    for parsed in rows {
        let fields = Private::new(parsed.private.clone())?;
        bodies.push(EntryBody::Registration(parsed.registration(fields.as_ref().map(Private::root))));
        private.extend(fields);
    }
    let (list, entries) = entries(bodies)?;
    let slots = vec![slot(&session.key_header()?, Role::Declarant)];
    acts::draft(session, &Act { entries, private, ..Act::new(Operation::Register { list }, slots, &life.expires) })
}

/// Learns the fate of one transaction, sending it once more where that can help. `earlier`: it was signed by an earlier
/// run. One whose fate cannot be learnt waits, and others may go on unless no node answers.
fn settle(session: &Session, journal: &mut Journal, index: usize, list: &mut List, earlier: bool) -> Result<()> {
    if journal.signed()[index].decided.is_some() {
        return Ok(());
    }
    let Signed { id, expires, .. } = journal.signed()[index].clone();
    match fate::learn(session, &id, expires, || Ok(journal.tx(index)?.to_bytes())) {
        Ok(fate) => {
            let (decided, outcome) = match fate {
                fate::Fate::Committed if earlier => (Decided::Committed, Outcome::Already),
                fate::Fate::Committed => (Decided::Committed, Outcome::Registered),
                fate::Fate::Refused(_) if earlier => (Decided::Refused, Outcome::Over),
                fate::Fate::Refused(failure) => (Decided::Refused, Outcome::Refused(failure)),
                fate::Fate::Void => (Decided::Void, Outcome::Over),
            };
            journal.decide(index, decided)?;
            list.sent[index].outcome = outcome;
            Ok(())
        }
        Err(failure) => {
            list.sent[index].outcome = Outcome::Waiting(failure.clone());
            match fate::is_final(&failure) {
                true => Err(failure),
                false => Ok(()),
            }
        }
    }
}
