//! The rows of a list, read from its file as often as they are needed: once to be judged, once to be registered.

use super::{
    cells::{Cells, Met},
    decode::{Source, Text},
    list::{Fate, List},
    mapping::{Columns, Mapping},
    row::{Parsed, parse},
};
use crate::failure::{Failure, Result};
use std::{fs::File, io::BufReader};

/// Most rows of one transaction.
pub(super) const GROUP: usize = 200;
/// Most bytes of private values of the rows of one transaction, but for the last of them.
const GROUP_BYTES: usize = 1024 * 1024;

/// A row with its number: what it registers, with what is worth a look, or what is wrong with it.
type Numbered = (u64, Result<(Parsed, Option<Failure>)>);

/// The rows below the headings.
pub(super) struct Rows<'s> {
    source: &'s Source,
    cells: Cells<Text<BufReader<&'s File>>>,
    columns: Columns,
    mapping: &'s Mapping,
    record: csv::StringRecord,
    is_broken: bool,
}

impl<'s> Rows<'s> {
    /// Reads as far as the headings. Errors: H1317 where there are none, and those of [`Columns::of`].
    pub(super) fn of(source: &'s Source, mapping: &'s Mapping) -> Result<Rows<'s>> {
        let (mut cells, mut record) = (source.rows()?, csv::StringRecord::new());
        loop {
            match cells.read(&mut record)? {
                Met::Row if cells.number() < mapping.heading() || is_empty(&record) => {}
                Met::Row => {
                    let columns = Columns::of(record.iter().map(|h| h.trim().to_owned()).collect(), mapping)?;
                    return Ok(Rows { source, cells, columns, mapping, record, is_broken: false });
                }
                Met::Broken(failure) => return Err(failure),
                Met::End => return Err(Failure::new("H1317", [("file", source.path().display().to_string())])),
            }
        }
    }

    /// The columns.
    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next row that is not empty. One that never ends is the last.
    pub(super) fn read(&mut self) -> Result<Option<Numbered>> {
        while !self.is_broken {
            match self.cells.read(&mut self.record)? {
                Met::Row if is_empty(&self.record) => {}
                Met::Row => {
                    let read = parse(&self.record, &self.columns, self.mapping);
                    return Ok(Some((self.cells.number(), read)));
                }
                Met::Broken(failure) => {
                    self.is_broken = true;
                    return Ok(Some((self.cells.number(), Err(failure))));
                }
                Met::End => break,
            }
        }
        Ok(None)
    }
}

fn is_empty(record: &csv::StringRecord) -> bool {
    record.iter().all(|cell| cell.trim().is_empty())
}

/// Rows that go into one transaction.
pub(super) struct Group {
    /// Their places in the list.
    pub(super) places: Vec<usize>,
    pub(super) rows: Vec<Parsed>,
}

/// The rows that would be registered, in groups.
pub(super) struct Groups<'s> {
    rows: Rows<'s>,
    /// Place of the next row.
    place: usize,
}

impl<'s> Groups<'s> {
    /// Begins at the first row.
    pub(super) fn of(source: &'s Source, mapping: &'s Mapping) -> Result<Groups<'s>> {
        Ok(Groups { rows: Rows::of(source, mapping)?, place: 0 })
    }

    /// The next group; none at the end. Error: H1336 where the file is not what was judged.
    pub(super) fn gather(&mut self, list: &List) -> Result<Option<Group>> {
        let changed = |file: &Source| Failure::new("H1336", [("file", file.path().display().to_string())]);
        let mut group = Group { places: Vec::new(), rows: Vec::new() };
        let mut size = 0;
        while group.places.len() < GROUP && size < GROUP_BYTES {
            let Some((number, read)) = self.rows.read()? else {
                if self.place < list.rows.len() {
                    return Err(changed(self.rows.source));
                }
                break;
            };
            let row = list.rows.get(self.place).filter(|row| u64::from(row.number) == number);
            let row = row.ok_or_else(|| changed(self.rows.source))?;
            if row.fate == Fate::Good {
                let parsed = read.ok().map(|(parsed, _)| parsed).filter(|parsed| list.is_same(row, parsed));
                let parsed = parsed.ok_or_else(|| changed(self.rows.source))?;
                size += parsed
                    .private
                    .iter()
                    .map(|(name, value)| name.as_str().len() + value.as_str().len())
                    .sum::<usize>();
                group.places.push(self.place);
                group.rows.push(parsed);
            }
            self.place += 1;
        }
        Ok((!group.places.is_empty()).then_some(group))
    }
}
