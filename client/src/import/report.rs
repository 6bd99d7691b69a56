//! The report of an import: a line for each row, as CSV.

use crate::{
    failure::{Failure, Result},
    storage,
};
use api::Lang;
use ledger::{ItemId, TxId};
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

/// The columns.
const HEADING: [&str; 7] = ["row", "status", "code", "message", "hint", "tx_id", "item"];

/// A report takes the place of an earlier one, and of no other file. Error: H1418.
pub(super) fn check_name(path: &Path, force: bool) -> Result<()> {
    let mut begin = Vec::new();
    let bound = u64::try_from(HEADING.join(",").len()).unwrap_or(u64::MAX);
    let is_report = File::open(path).and_then(|file| file.take(bound).read_to_end(&mut begin)).is_ok()
        && begin == HEADING.join(",").as_bytes();
    storage::check_name(path, force || is_report)
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Would be registered.
    Good,
    /// Cannot be registered.
    Bad(Failure),
    /// Registered.
    Registered(TxId, ItemId),
    /// Registered by an earlier run.
    Already(TxId, ItemId),
    /// Refused by a rule.
    Refused(TxId, Failure),
    /// Signed and not decided.
    Waiting(TxId, Failure),
    /// Good, and not sent because others are bad or a node failed.
    Skipped,
}

impl Fate {
    fn word(&self) -> &'static str {
        match self {
            Fate::Good => "ok",
            Fate::Bad(_) => "error",
            Fate::Registered(..) => "registered",
            Fate::Already(..) => "already-registered",
            Fate::Refused(..) => "refused",
            Fate::Waiting(..) => "waiting",
            Fate::Skipped => "skipped",
        }
    }

    fn tx(&self) -> Option<&TxId> {
        match self {
            Fate::Registered(tx, _) | Fate::Already(tx, _) | Fate::Refused(tx, _) | Fate::Waiting(tx, _) => Some(tx),
            Fate::Good | Fate::Bad(_) | Fate::Skipped => None,
        }
    }

    fn failure(&self) -> Option<&Failure> {
        match self {
            Fate::Bad(failure) | Fate::Refused(_, failure) | Fate::Waiting(_, failure) => Some(failure),
            Fate::Good | Fate::Registered(..) | Fate::Already(..) | Fate::Skipped => None,
        }
    }
}

/// Rows with their fates and warnings, by the number that a spreadsheet shows: the heading is row 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    pub(super) fates: BTreeMap<u64, Fate>,
    /// Not in the way of a registration, and worth a look.
    pub(super) warnings: BTreeMap<u64, Failure>,
}

impl Report {
    /// Rows whose fate is of a kind.
    pub(super) fn count(&self, is: impl Fn(&Fate) -> bool) -> usize {
        self.fates.values().filter(|f| is(f)).count()
    }

    /// Bad and refused rows with what is wrong, in order.
    pub(super) fn bad(&self) -> impl Iterator<Item = (u64, &Failure)> {
        self.fates.iter().filter_map(|(row, fate)| match fate {
            Fate::Bad(failure) | Fate::Refused(_, failure) => Some((*row, failure)),
            Fate::Good | Fate::Registered(..) | Fate::Already(..) | Fate::Waiting(..) | Fate::Skipped => None,
        })
    }

    /// The CSV: row, status, code, message, hint, tx_id, item.
    pub(super) fn csv(&self, lang: Lang) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut line = |cells: [String; 7]| {
            // Writing to memory fails for no value.
            let _ = writer.write_record(&cells);
        };
        line(HEADING.map(str::to_owned));
        for (row, fate) in &self.fates {
            let warning = self.warnings.get(row);
            let status = if warning.is_some() && matches!(fate, Fate::Good) { "warning" } else { fate.word() };
            let problem = fate.failure().or(warning).map(|f| f.problem(lang));
            let (code, message, hint) = problem.map(|p| (p.code, p.detail, p.hint)).unwrap_or_default();
            let tx = fate.tx().map(TxId::to_string).unwrap_or_default();
            let item = match fate {
                Fate::Registered(_, item) | Fate::Already(_, item) => item.to_string(),
                _ => String::new(),
            };
            line([row.to_string(), status.into(), code, message, hint, tx, item]);
        }
        writer.into_inner().unwrap_or_default()
    }

    /// Writes the CSV to a file. Error: H1418, as of [`check_name`].
    pub(super) fn write(&self, path: &Path, lang: Lang, force: bool) -> Result<()> {
        check_name(path, force)?;
        storage::replace(path, &self.csv(lang))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_takes_the_place_of_a_report_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.csv");
        let report = Report::default();
        report.write(&path, Lang::En, false).unwrap();
        report.write(&path, Lang::ZhHans, false).unwrap();
        std::fs::write(&path, "row").unwrap();
        assert_eq!(report.write(&path, Lang::En, false).unwrap_err().code, "H1418");
        report.write(&path, Lang::En, true).unwrap();
    }

    #[test]
    fn a_line_for_each_row() {
        let mut report = Report::default();
        report.fates.insert(2, Fate::Good);
        report.fates.insert(3, Fate::Bad(Failure::input("H1202", "12")));
        report.fates.insert(4, Fate::Registered(TxId::default(), ItemId::default()));
        report.fates.insert(5, Fate::Good);
        report.warnings.insert(5, Failure::new("H1311", [("input", "300251"), ("expected", "300190")]));
        let text = String::from_utf8(report.csv(Lang::En)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "row,status,code,message,hint,tx_id,item");
        assert_eq!(lines[1], "2,ok,,,,,");
        assert!(lines[2].starts_with("3,error,H1202,"), "{}", lines[2]);
        assert!(lines[3].starts_with("4,registered,,,,000"), "{}", lines[3]);
        assert!(lines[4].starts_with("5,warning,H1311,"), "{}", lines[4]);
        assert_eq!(report.bad().count(), 1);
    }
}
