//! A list in memory: what is known of each row, in few bytes, whatever its cells hold.
//!
//! The text stays in the file and is read again where it is needed. A row takes 512 bytes at most, with its place in the
//! index and what is wrong with it; what many rows share, such as a transaction or the lack of a class, is there once.

use super::{
    gtin::{self, Circulation},
    row::{Parsed, retired},
};
use crate::failure::{Failure, Result};
use gs1::{Gtin, HsCode, HsEdition, ItemCode, Quantity};
use ledger::{
    ClassId, SignedTx, TxId,
    operation::{EntryBody, Purpose},
    record::{ClassCode, ClassRecord},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most rows of a list.
pub(super) const MOST_ROWS: usize = 1_000_000;
/// Most bytes of a value that the failure of a row keeps.
const VALUE: usize = 48;

/// A failure in few bytes: its code, and names and values behind it, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Brief(Box<str>);

impl Brief {
    /// Keeps a failure; long values are cut.
    pub(super) fn of(failure: &Failure) -> Brief {
        let mut text = failure.code.clone();
        for (name, value) in failure.params.iter().filter(|(name, _)| !name.is_empty()) {
            let ends = value.char_indices().map(|(at, c)| at + c.len_utf8());
            let kept = &value[..ends.take_while(|end| *end <= VALUE).last().unwrap_or_default()];
            text.push('\n');
            text.push_str(name);
            text.push('\n');
            text.extend(kept.chars().map(|c| if c.is_control() { ' ' } else { c }));
            if kept.len() < value.len() {
                text.push('…');
            }
        }
        Brief(text.into_boxed_str())
    }

    /// The failure.
    pub(super) fn failure(&self) -> Failure {
        let mut lines = self.0.split('\n');
        let code = lines.next().unwrap_or_default();
        let mut values = Vec::new();
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            values.push((name, value));
        }
        Failure::new(code, values)
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Would be registered.
    Good,
    /// Cannot be registered, for a reason of its own.
    Bad(Brief),
    /// Cannot be registered, for a reason that it shares with others.
    Barred(u32),
    /// In a transaction, by its place in the journal.
    Sent(u32),
    /// Good, and not sent because others are bad or a node failed.
    Skipped,
}

/// What became of a transaction, and so of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Registered by this run.
    Registered,
    /// Registered by an earlier run.
    Already,
    /// Refused by a rule.
    Refused(Failure),
    /// Signed and not decided.
    Waiting(Failure),
    /// Refused or expired in an earlier run; its rows are free again.
    Over,
}

/// A transaction of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) id: TxId,
    pub(super) outcome: Outcome,
}

/// What a row registers, but for its code and its private fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    /// Its class, by its place among those of the list.
    class: u32,
    quantity: Quantity,
    purpose: Purpose,
    /// Edition and six digits of its HS code.
    hs: Option<(HsEdition, u32)>,
    /// The part of its code that names the item, where that is digits alone, and how many.
    digits: Option<(Part, u8)>,
}

/// The part of a code that names the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Lot,
    Serial,
}

/// Lots or serials of digits alone.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    longest: u8,
    /// Whether one of them begins with a zero: then the column was text.
    has_zero: bool,
}

/// A row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// As a spreadsheet shows it.
    pub(super) number: u32,
    /// Hash of its code; of a row that could not be read, zeros.
    key: Key,
    facts: Option<Facts>,
    pub(super) fate: Fate,
    warning: Option<Brief>,
}

/// Hash of a code.
type Key = [u8; 16];

fn key_of(code: &ItemCode) -> Key {
    let mut key = Key::default();
    key.iter_mut().zip(blake3::hash(code.to_string().as_bytes()).as_bytes()).for_each(|(to, from)| *to = *from);
    key
}

/// Edition and six digits of an HS code.
fn hs_of(code: &HsCode) -> (HsEdition, u32) {
    (code.edition(), code.hs6().parse().unwrap_or_default())
}

/// A class of the list.
#[derive(Clone, Debug)]
struct Class {
    gtin: Gtin,
    /// Its HS codes on the ledger; none where the ledger has no such class.
    hs: Option<Vec<HsCode>>,
}

/// A class that rows need and the ledger lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct MissingClass {
    pub(super) id: String,
    pub(super) gtin: String,
    pub(super) rows: usize,
}

/// What would be registered, together.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) rows: usize,
    /// Rows, and quantities of each unit, by GTIN.
    pub(super) classes: BTreeMap<Gtin, (usize, Vec<Quantity>)>,
    pub(super) purposes: BTreeMap<&'static str, usize>,
}

/// How many rows met which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) ok: usize,
    pub(super) bad: usize,
    pub(super) warnings: usize,
    pub(super) registered: usize,
    pub(super) already: usize,
    pub(super) refused: usize,
    pub(super) waiting: usize,
    pub(super) skipped: usize,
}

/// A list, read and judged.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) rows: Vec<Row>,
    /// Places of rows by the hashes of their codes.
    index: HashMap<Key, u32>,
    classes: Vec<Class>,
    /// Places of classes.
    places: BTreeMap<Gtin, u32>,
    lots: Numbers,
    serials: Numbers,
    /// Reasons that rows share.
    reasons: Vec<Failure>,
    /// Transactions of the journal, in its order.
    pub(super) sent: Vec<Sent>,
    /// Headings of columns that are left alone.
    pub(super) unknown: Vec<String>,
    /// Names of private fields that rows have.
    pub(super) private: BTreeSet<String>,
}

impl List {
    // Reading

    /// Adds a row that was read. Error: H1321 where there are too many.
    pub(super) fn push(&mut self, number: u64, read: Result<(Parsed, Option<Failure>)>) -> Result<()> {
        let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let too_many = || Failure::new("H1321", [("row", number.to_string()), ("most", MOST_ROWS.to_string())]);
        let number = u32::try_from(number).ok().filter(|_| self.rows.len() < MOST_ROWS).ok_or_else(too_many)?;
        let bad = |failure: &Failure| Row {
            number,
            key: Key::default(),
            facts: None,
            fate: Fate::Bad(Brief::of(failure)),
            warning: None,
        };
        let row = match read {
            Err(failure) => bad(&failure),
            Ok((parsed, warning)) => {
                let key = key_of(&parsed.code);
                match self.index.get(&key).and_then(|first| self.rows.get(*first as usize)) {
                    Some(first) => {
                        let values = [("input", parsed.code.to_string()), ("first", first.number.to_string())];
                        bad(&Failure::new("H1310", values))
                    }
                    None => {
                        self.index.insert(key, next);
                        let facts = Some(self.facts(&parsed));
                        Row { number, key, facts, fate: Fate::Good, warning: warning.as_ref().map(Brief::of) }
                    }
                }
            }
        };
        self.rows.push(row);
        Ok(())
    }

    fn facts(&mut self, parsed: &Parsed) -> Facts {
        let next = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        let class = *self.places.entry(parsed.gtin).or_insert(next);
        if class == next {
            self.classes.push(Class { gtin: parsed.gtin, hs: None });
        }
        for (name, _) in &parsed.private {
            if !self.private.contains(name.as_str()) {
                self.private.insert(name.to_string());
            }
        }
        let (part, text) = match &parsed.code {
            ItemCode::Lot { lot, .. } => (Part::Lot, lot.as_str()),
            ItemCode::Serial { serial, .. } => (Part::Serial, serial.as_str()),
            ItemCode::Other { .. } | ItemCode::Unit { .. } => (Part::Serial, ""),
        };
        let digits = super::clean::is_digits(text).then(|| (part, u8::try_from(text.len()).unwrap_or(u8::MAX)));
        if let Some((part, count)) = digits {
            let numbers = self.numbers(part);
            numbers.longest = numbers.longest.max(count);
            numbers.has_zero |= text.starts_with('0');
        }
        let hs = parsed.hs.as_ref().map(hs_of);
        Facts { class, quantity: parsed.quantity, purpose: parsed.purpose, hs, digits }
    }

    fn numbers(&mut self, part: Part) -> &mut Numbers {
        match part {
            Part::Lot => &mut self.lots,
            Part::Serial => &mut self.serials,
        }
    }

    /// Once all rows are there: warns of codes that may have lost their zeros, which nothing can tell for sure. That is
    /// so where codes of digits alone differ in length, and none begins with a zero.
    pub(super) fn complete(&mut self) {
        let (lots, serials) = (self.lots, self.serials);
        for row in &mut self.rows {
            let Some((part, found)) = row.facts.and_then(|facts| facts.digits) else { continue };
            let Numbers { longest, has_zero } = match part {
                Part::Lot => lots,
                Part::Serial => serials,
            };
            if !has_zero && found < longest && row.warning.is_none() {
                let values = [("found", found.to_string()), ("longest", longest.to_string())];
                row.warning = Some(Brief::of(&Failure::new("H1324", values)));
            }
        }
    }

    /// Whether a row that is read again is the one that was judged.
    pub(super) fn is_same(&self, row: &Row, parsed: &Parsed) -> bool {
        row.facts.is_some_and(|facts| {
            let is_alike = facts.quantity == parsed.quantity && facts.purpose == parsed.purpose;
            is_alike && facts.hs == parsed.hs.as_ref().map(hs_of) && row.key == key_of(&parsed.code)
        })
    }

    // Judging

    /// Takes in a class of the ledger, where rows are of it.
    pub(super) fn learn(&mut self, record: &ClassRecord) {
        let ClassCode::Gtin(gtin) = &record.code else { return };
        let place = self.places.get(gtin).and_then(|place| self.classes.get_mut(*place as usize));
        if let Some(class) = place {
            class.hs = Some(record.hs.iter().map(|assertion| assertion.hs.clone()).collect());
        }
    }

    /// Judges the rows by the classes of the ledger: unknown ones make a row bad, as does an HS code of an edition that is
    /// not in force; another HS code gives a warning. The classes that are missing.
    pub(super) fn judge(&mut self, in_force: HsEdition) -> Vec<MissingClass> {
        let List { rows, classes, reasons, .. } = self;
        let mut missing: BTreeMap<u32, (u32, MissingClass)> = BTreeMap::new();
        for row in rows.iter_mut().filter(|row| row.fate == Fate::Good) {
            let Some((facts, class)) = row.facts.and_then(|f| Some((f, classes.get(f.class as usize)?))) else {
                continue;
            };
            let Some(known) = &class.hs else {
                let (reason, missing) = missing.entry(facts.class).or_insert_with(|| {
                    let gtin = class.gtin.as_str14();
                    reasons.push(Failure::input("H5002", gtin.clone()));
                    let id = ClassId::of(&ClassCode::Gtin(class.gtin)).to_string();
                    (u32::try_from(reasons.len() - 1).unwrap_or(u32::MAX), MissingClass { id, gtin, rows: 0 })
                });
                missing.rows += 1;
                row.fate = Fate::Barred(*reason);
                continue;
            };
            let Some((edition, digits)) = facts.hs.map(|(edition, hs)| (edition, format!("{hs:06}"))) else { continue };
            if edition != in_force {
                row.fate = Fate::Bad(Brief::of(&retired(&digits, in_force)));
            } else if known.iter().all(|code| code.hs6() != digits) {
                let expected: Vec<String> = known.iter().map(ToString::to_string).collect();
                let failure = Failure::new("H1311", [("input", digits), ("expected", expected.join(", "))]);
                row.warning.get_or_insert_with(|| Brief::of(&failure));
            }
        }
        missing.into_values().map(|(_, missing)| missing).collect()
    }

    /// Points rows at a transaction of the journal that is committed or undecided. A row that says something else than
    /// what was registered is bad.
    pub(super) fn claim(&mut self, at: usize, tx: &SignedTx) {
        for entry in &tx.entries {
            let EntryBody::Registration(before) = &entry.body else { continue };
            let place = self.index.get(&key_of(&before.code)).and_then(|place| self.rows.get_mut(*place as usize));
            let Some((row, now)) = place.and_then(|row| row.facts.map(|facts| (row, facts))) else { continue };
            if (now.quantity, now.purpose) == (before.quantity, before.purpose) {
                row.fate = Fate::Sent(u32::try_from(at).unwrap_or(u32::MAX));
                continue;
            }
            let said = |quantity: Quantity, purpose: Purpose| format!("{quantity} {}", purpose.name());
            let values = [
                ("input", before.code.to_string()),
                ("registered", said(before.quantity, before.purpose)),
                ("stated", said(now.quantity, now.purpose)),
            ];
            row.fate = Fate::Bad(Brief::of(&Failure::new("H1318", values)));
        }
    }

    /// Refuses the row of a code that is held already, where there is one that would be registered.
    pub(super) fn refuse_held(&mut self, code: &ItemCode, held: String) {
        let place = self.index.get(&key_of(code)).and_then(|place| self.rows.get_mut(*place as usize));
        if let Some(row) = place.filter(|row| row.fate == Fate::Good) {
            row.fate = Fate::Bad(Brief::of(&Failure::new("H1440", [("input", code.to_string()), ("list", held)])));
        }
    }

    /// Refuses rows, by their places, for a reason that they share.
    pub(super) fn bar(&mut self, places: &[usize], reason: Failure) {
        let at = u32::try_from(self.reasons.len()).unwrap_or(u32::MAX);
        self.reasons.push(reason);
        self.put(places, &Fate::Barred(at));
    }

    /// Gives rows a fate, by their places.
    pub(super) fn put(&mut self, places: &[usize], fate: &Fate) {
        for place in places {
            if let Some(row) = self.rows.get_mut(*place) {
                row.fate = fate.clone();
            }
        }
    }

    /// Frees the rows of transactions that are over.
    pub(super) fn free(&mut self) {
        let List { rows, sent, .. } = self;
        for row in rows {
            let Fate::Sent(at) = &row.fate else { continue };
            if sent.get(*at as usize).is_some_and(|sent| sent.outcome == Outcome::Over) {
                row.fate = Fate::Good;
            }
        }
    }

    /// Says of the rows that are left that they were not sent.
    pub(super) fn skip_rest(&mut self) {
        self.rows.iter_mut().filter(|row| row.fate == Fate::Good).for_each(|row| row.fate = Fate::Skipped);
    }

    // Telling

    /// How many rows would be registered.
    pub(super) fn fresh(&self) -> usize {
        self.rows.iter().filter(|row| row.fate == Fate::Good).count()
    }

    /// The place of a row's class among those of the list.
    pub(super) fn class_of(&self, place: usize) -> Option<u32> {
        self.rows.get(place)?.facts.map(|facts| facts.class)
    }

    /// What would be registered, together.
    pub(super) fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for facts in self.rows.iter().filter(|row| row.fate == Fate::Good).filter_map(|row| row.facts) {
            let Some(class) = self.classes.get(facts.class as usize) else { continue };
            sums.rows += 1;
            *sums.purposes.entry(facts.purpose.name()).or_default() += 1;
            let (count, totals) = sums.classes.entry(class.gtin).or_default();
            *count += 1;
            match totals.iter_mut().find(|total| total.unit() == facts.quantity.unit()) {
                Some(total) => *total = total.checked_add(facts.quantity).unwrap_or(*total),
                None => totals.push(facts.quantity),
            }
        }
        sums
    }

    /// How many rows have a GTIN of demonstrations and examples.
    pub(super) fn demonstrations(&self) -> usize {
        let class = |row: &Row| row.facts.and_then(|facts| self.classes.get(facts.class as usize));
        let is_one = |class: &Class| gtin::circulation(class.gtin) == Circulation::Demonstration;
        self.rows.iter().filter_map(class).filter(|class| is_one(class)).count()
    }

    /// How many rows met which fate.
    pub(super) fn tally(&self) -> Tally {
        let mut tally =
            Tally { warnings: self.rows.iter().filter(|r| r.warning.is_some()).count(), ..Tally::default() };
        for row in &self.rows {
            let count = match (&row.fate, self.outcome(row)) {
                (Fate::Good, _) => &mut tally.ok,
                (Fate::Bad(_) | Fate::Barred(_), _) => &mut tally.bad,
                (Fate::Sent(_), Some(Outcome::Registered)) => &mut tally.registered,
                (Fate::Sent(_), Some(Outcome::Already)) => &mut tally.already,
                (Fate::Sent(_), Some(Outcome::Refused(_))) => &mut tally.refused,
                (Fate::Sent(_), Some(Outcome::Waiting(_))) => &mut tally.waiting,
                (Fate::Skipped, _) | (Fate::Sent(_), Some(Outcome::Over) | None) => &mut tally.skipped,
            };
            *count += 1;
        }
        tally
    }

    fn outcome(&self, row: &Row) -> Option<&Outcome> {
        self.sent_of(row).map(|sent| &sent.outcome)
    }

    /// The transaction of a row.
    pub(super) fn sent_of(&self, row: &Row) -> Option<&Sent> {
        match &row.fate {
            Fate::Sent(at) => self.sent.get(*at as usize),
            Fate::Good | Fate::Bad(_) | Fate::Barred(_) | Fate::Skipped => None,
        }
    }

    /// The word for the fate of a row.
    pub(super) fn word(&self, row: &Row) -> &'static str {
        match (&row.fate, self.outcome(row)) {
            (Fate::Good, _) if row.warning.is_some() => "warning",
            (Fate::Good, _) => "ok",
            (Fate::Bad(_) | Fate::Barred(_), _) => "error",
            (Fate::Sent(_), Some(Outcome::Registered)) => "registered",
            (Fate::Sent(_), Some(Outcome::Already)) => "already-registered",
            (Fate::Sent(_), Some(Outcome::Refused(_))) => "refused",
            (Fate::Sent(_), Some(Outcome::Waiting(_))) => "waiting",
            (Fate::Skipped, _) | (Fate::Sent(_), Some(Outcome::Over) | None) => "skipped",
        }
    }

    /// What is wrong with a row: it cannot be registered, or was refused.
    pub(super) fn fault(&self, row: &Row) -> Option<Failure> {
        match (&row.fate, self.outcome(row)) {
            (Fate::Bad(brief), _) => Some(brief.failure()),
            (Fate::Barred(reason), _) => self.reasons.get(*reason as usize).cloned(),
            (Fate::Sent(_), Some(Outcome::Refused(failure))) => Some(failure.clone()),
            (Fate::Good | Fate::Sent(_) | Fate::Skipped, _) => None,
        }
    }

    /// What there is to say of a row: what is wrong with it, why it waits, or what is worth a look.
    pub(super) fn remark(&self, row: &Row) -> Option<Failure> {
        let waits = || match self.outcome(row)? {
            Outcome::Waiting(failure) => Some(failure.clone()),
            Outcome::Registered | Outcome::Already | Outcome::Refused(_) | Outcome::Over => None,
        };
        self.fault(row).or_else(waits).or_else(|| row.warning.as_ref().map(Brief::failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_kept_in_few_bytes() {
        let failure = Failure::new("H1203", [("input", "06901234567893"), ("expected", "2"), ("found", "3")]);
        assert_eq!(Brief::of(&failure).failure(), failure);
        assert_eq!(Brief::of(&Failure::plain("H1405")).failure().code, "H1405");
        let long = Failure::input("H1211", format!("a\n{}", "批".repeat(200)));
        let brief = Brief::of(&long);
        assert!(brief.0.len() < 70, "{brief:?}");
        assert!(brief.failure().params["input"].starts_with("a 批批"), "{brief:?}");
        assert!(brief.failure().params["input"].ends_with('…'), "{brief:?}");
    }

    /// What a row takes: its record and its place in the index, each with the room that growing tables keep and leave, and
    /// a fault with three values.
    #[test]
    fn a_row_takes_no_more_than_the_bound() {
        let record = 2 * size_of::<Row>() + 2 * (size_of::<(Key, u32)>() + 1) * 8 / 7;
        let value = "\ncolumn\n".len() + VALUE + "…".len();
        let fault = "H1203".len() + 3 * value;
        assert!(record + fault <= 512, "{record} {fault}");
    }
}
