//! Series of readings, `hufu.readings/1` (`docs/formats/readings.md`): the carrier keeps them with their salts, the ledger
//! has the root of their list.
//!
//! The hash of a reading is that of salt, time and value under [`ledger::tag::READING`]: whoever has the file can show
//! any single reading, nobody can guess one from its hash, and one that was altered is told from the others.

use crate::{
    failure::{Failure, Result},
    private::read_salt,
    storage,
};
use ledger::{Hash, Timestamp, list, operation::Telemetry, tag};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Value of `schema`.
pub(crate) const SCHEMA: &str = "hufu.readings/1";
/// Most readings of one series.
const MAX_READINGS: usize = 200_000;
/// Largest list or file, in bytes.
const MAX_FILE: usize = 64 * 1024 * 1024;
/// Decimals of a temperature in degrees Celsius, and of degrees of latitude and longitude.
const TEMPERATURE_DECIMALS: u32 = 3;
const POSITION_DECIMALS: u32 = 6;

/// What a reading says, in thousandths of a degree Celsius or millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Temperature(i32),
    Position { latitude: i32, longitude: i32 },
}

impl Value {
    fn kind(self) -> Telemetry {
        match self {
            Value::Temperature(_) => Telemetry::Temperature,
            Value::Position { .. } => Telemetry::Position,
        }
    }
}

/// A reading with its salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    salt: [u8; 16],
    at: Timestamp,
    value: Value,
}

impl Reading {
    /// The leaf of the list that is anchored.
    fn hash(&self) -> Hash {
        match self.value {
            Value::Temperature(value) => Hash::of(&tag::READING, &(self.salt, self.at, value)),
            Value::Position { latitude, longitude } => {
                Hash::of(&tag::READING, &(self.salt, self.at, latitude, longitude))
            }
        }
    }
}

/// What is anchored of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) kind: Telemetry,
    pub(crate) root: Hash,
    pub(crate) count: u32,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Least and greatest temperature; 0 of positions.
    pub(crate) min: i32,
    pub(crate) max: i32,
}

/// A series: readings of one kind by ascending time, one at least, each with the hash that stands in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Series {
    kind: Telemetry,
    readings: Vec<(Reading, Hash)>,
}

impl Series {
    /// The readings of a list with fresh salts. Errors: H1302 for a missing column, H1444 for a value that is none or
    /// out of its order, H1317 for a list without readings.
    pub(crate) fn of_csv(path: &Path) -> Result<Series> {
        let bytes = storage::read(path, MAX_FILE)?;
        let values = read_csv(&bytes).map_err(|flaw| flaw.at(path))?;
        Series::of(values)?.ok_or_else(|| Failure::new("H1317", [("file", path.display().to_string())]))
    }

    /// Readings of one kind by ascending time, with fresh salts; none for no reading.
    pub(crate) fn of(values: Vec<(Timestamp, Value)>) -> Result<Option<Series>> {
        let mut readings = Vec::with_capacity(values.len());
        for (at, value) in values {
            let reading = Reading { salt: keys::random()?, at, value };
            readings.push((reading, reading.hash()));
        }
        let kind = readings.first().map(|(first, _)| first.value.kind());
        Ok(kind.map(|kind| Series { kind, readings }))
    }

    /// Whether times and values are the same, whatever the salts.
    pub(crate) fn says_the_same(&self, other: &Series) -> bool {
        let said = |series: &Series| series.readings.iter().map(|(r, _)| (r.at, r.value)).collect::<Vec<_>>();
        said(self) == said(other)
    }

    /// What is anchored.
    pub(crate) fn anchor(&self) -> Anchor {
        let hashes: Vec<Hash> = self.readings.iter().map(|(_, hash)| *hash).collect();
        let times = || self.readings.iter().map(|(reading, _)| reading.at);
        let temperatures = || {
            self.readings.iter().filter_map(|(reading, _)| match reading.value {
                Value::Temperature(value) => Some(value),
                Value::Position { .. } => None,
            })
        };
        Anchor {
            kind: self.kind,
            root: list::root(&hashes),
            count: u32::try_from(hashes.len()).unwrap_or(u32::MAX),
            from: times().min().unwrap_or_default(),
            to: times().max().unwrap_or_default(),
            min: temperatures().min().unwrap_or_default(),
            max: temperatures().max().unwrap_or_default(),
        }
    }

    /// Checks every reading against the root that was anchored. Error: H9120 with the place of the first, from 1, that
    /// is another one; with all places where something was left out, added, or hidden by another hash.
    pub(crate) fn check(&self, root: &Hash) -> Result<()> {
        let altered = |index: String| Failure::new("H9120", [("index", index)]);
        let place = self.readings.iter().position(|(reading, stated)| reading.hash() != *stated);
        match place {
            Some(place) => Err(altered((place + 1).to_string())),
            None if self.anchor().root == *root => Ok(()),
            None => Err(altered(format!("1–{}", self.readings.len()))),
        }
    }

    /// The file.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let file = FileJson {
            schema: SCHEMA.into(),
            kind: self.kind.name().into(),
            root: self.anchor().root.to_string(),
            readings: self.readings.iter().map(ReadingJson::of).collect(),
        };
        // Writing plain structs to memory fails for no value.
        let mut bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a file; whether its readings are those that were anchored is for [`Series::check`]. Errors: H1442; H1403.
    pub(crate) fn read(path: &Path) -> Result<Series> {
        let bytes = storage::read(path, MAX_FILE)?;
        let name = path.display().to_string();
        let damaged = |detail: String| Failure::new("H1442", [("file", name.clone()), ("detail", detail)]);
        let file: FileJson = serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
        if file.schema != SCHEMA || file.readings.is_empty() || file.readings.len() > MAX_READINGS {
            return Err(damaged(format!("not {SCHEMA} with 1 to {MAX_READINGS} readings")));
        }
        let kind = Telemetry::of_name(&file.kind).ok_or_else(|| damaged(file.kind.clone()))?;
        let mut readings = Vec::with_capacity(file.readings.len());
        for (index, reading) in file.readings.iter().enumerate() {
            let read = reading.read().filter(|(reading, _)| reading.value.kind() == kind);
            readings.push(read.ok_or_else(|| damaged(format!("reading {}", index + 1)))?);
        }
        Ok(Series { kind, readings })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson {
    schema: String,
    kind: String,
    root: String,
    readings: Vec<ReadingJson>,
}

/// Values are decimal numbers, as texts: what is hashed is exact.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadingJson {
    at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    temperature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latitude: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    longitude: Option<String>,
    salt: String,
    hash: String,
}

impl ReadingJson {
    fn of((reading, hash): &(Reading, Hash)) -> ReadingJson {
        let degrees = |value| Some(decimal(value, POSITION_DECIMALS));
        let (temperature, latitude, longitude) = match reading.value {
            Value::Temperature(value) => (Some(decimal(value, TEMPERATURE_DECIMALS)), None, None),
            Value::Position { latitude, longitude } => (None, degrees(latitude), degrees(longitude)),
        };
        ReadingJson {
            at: api::time::rfc3339(reading.at),
            temperature,
            latitude,
            longitude,
            salt: api::bytes::encode(&reading.salt),
            hash: hash.to_string(),
        }
    }

    fn read(&self) -> Option<(Reading, Hash)> {
        let value = match (&self.temperature, &self.latitude, &self.longitude) {
            (Some(text), None, None) => Value::Temperature(fixed(text, TEMPERATURE_DECIMALS)?),
            (None, Some(latitude), Some(longitude)) => position(latitude, longitude)?,
            _ => return None,
        };
        let reading = Reading { salt: read_salt(&self.salt)?, at: api::time::parse(&self.at).ok()?, value };
        Some((reading, self.hash.parse().ok()?))
    }
}

fn position(latitude: &str, longitude: &str) -> Option<Value> {
    let (latitude, longitude) = (fixed(latitude, POSITION_DECIMALS)?, fixed(longitude, POSITION_DECIMALS)?);
    let within = latitude.unsigned_abs() <= 90_000_000 && longitude.unsigned_abs() <= 180_000_000;
    within.then_some(Value::Position { latitude, longitude })
}

/// A decimal number as a whole one of its last decimal; nothing is rounded.
fn fixed(text: &str, decimals: u32) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['-', '−']) {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let width = usize::try_from(decimals).ok()?;
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > width {
        return None;
    }
    let all: i64 = format!("{whole}{fraction:0<width$}").parse().ok()?;
    i32::try_from(sign * all).ok()
}

fn decimal(value: i32, decimals: u32) -> String {
    let (unit, whole) = (10u32.pow(decimals), value.unsigned_abs());
    let sign = if value < 0 { "-" } else { "" };
    let width = usize::try_from(decimals).unwrap_or_default();
    format!("{sign}{}.{:0width$}", whole / unit, whole % unit)
}

/// What is wrong in a list.
enum Flaw {
    /// No column of this meaning, among these.
    Column { field: &'static str, found: String },
    /// A cell that is not what its column needs.
    Cell { row: usize, input: String, expected: &'static str },
}

impl Flaw {
    fn at(self, path: &Path) -> Failure {
        let file = path.display();
        match self {
            Flaw::Column { field, found } => Failure::new("H1302", [("field", field.to_owned()), ("found", found)]),
            Flaw::Cell { row, input, expected } => {
                let input = format!("{file}, row {row}: {}", input.chars().take(80).collect::<String>());
                Failure::form(input, expected)
            }
        }
    }
}

/// Headings of the columns.
const TIME: &[&str] = &["time", "时间"];
const TEMPERATURE: &[&str] = &["temperature", "温度"];
const LATITUDE: &[&str] = &["latitude", "纬度"];
const LONGITUDE: &[&str] = &["longitude", "经度"];

fn read_csv(bytes: &[u8]) -> std::result::Result<Vec<(Timestamp, Value)>, Flaw> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let mut rows = reader.records().enumerate();
    let row = |(index, record): (usize, csv::Result<csv::StringRecord>)| match record {
        Ok(record) => Ok((index + 1, record)),
        Err(error) => Err(Flaw::Cell { row: index + 1, input: error.to_string(), expected: "CSV in UTF-8" }),
    };
    let headings = match rows.next().map(row).transpose()? {
        Some((_, headings)) => headings,
        None => return Ok(Vec::new()),
    };
    let column = |names: &[&str]| headings.iter().position(|h| names.contains(&h.to_lowercase().as_str()));
    let missing = |field| Flaw::Column { field, found: headings.iter().collect::<Vec<_>>().join(", ") };
    let time = column(TIME).ok_or_else(|| missing("time"))?;
    let (temperature, latitude, longitude) = (column(TEMPERATURE), column(LATITUDE), column(LONGITUDE));
    let mut values: Vec<(Timestamp, Value)> = Vec::new();
    for next in rows {
        let (row, record) = row(next)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let flaw = |input: &str, expected| Flaw::Cell { row, input: input.to_owned(), expected };
        let at = api::time::parse(cell(time)).map_err(|_| flaw(cell(time), "2026-11-21T08:00:00Z"))?;
        if values.last().is_some_and(|(before, _)| *before > at) || values.len() >= MAX_READINGS {
            return Err(flaw(cell(time), "times in ascending order, at most 200000 of them"));
        }
        let value = match (temperature, latitude, longitude) {
            (Some(column), _, _) => {
                let read = fixed(cell(column), TEMPERATURE_DECIMALS).map(Value::Temperature);
                read.ok_or_else(|| flaw(cell(column), "degrees Celsius, at most 3 decimals"))?
            }
            (None, Some(latitude), Some(longitude)) => {
                let read = position(cell(latitude), cell(longitude));
                read.ok_or_else(|| flaw(cell(latitude), "degrees of latitude and longitude, at most 6 decimals"))?
            }
            (None, _, _) => return Err(missing("temperature")),
        };
        values.push((at, value));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VAN: &str = "Time,Temperature,note\n2025-03-03T01:00:00Z,-150.5,\n2025-03-03T01:10:00Z,-149,door\n\
        2025-03-03T01:20:00Z,-151.25,\n";

    fn of(text: &str) -> Result<Series> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Series::of_csv(file.path())
    }

    fn file(text: &str) -> Result<Series> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Series::read(file.path())
    }

    #[test]
    fn a_list_is_anchored_by_root_count_dates_and_limits() {
        let anchor = of(VAN).unwrap().anchor();
        assert_eq!((anchor.kind, anchor.count), (Telemetry::Temperature, 3));
        assert_eq!((anchor.min, anchor.max), (-151_250, -149_000));
        assert_eq!(anchor.to.ms_since(anchor.from), 1_200_000);
        let positions = of("\u{feff}时间,经度,纬度\n2025-03-03T01:00:00Z,121.473701,31.230416\n").unwrap().anchor();
        assert_eq!((positions.kind, positions.count, positions.min, positions.max), (Telemetry::Position, 1, 0, 0));
    }

    #[test]
    fn salts_differ_and_values_do_not() {
        let (a, b) = (of(VAN).unwrap(), of(VAN).unwrap());
        assert_ne!(a.anchor().root, b.anchor().root);
        assert!(a.says_the_same(&b));
        assert!(!a.says_the_same(&of(&VAN.replace("-149", "-148")).unwrap()));
    }

    /// The leaf is the one of `testnet`'s series: salt, time, value.
    #[test]
    fn the_leaf_is_salt_time_and_value() {
        let reading = Reading { salt: [7; 16], at: Timestamp(9), value: Value::Temperature(-5) };
        assert_eq!(reading.hash(), Hash::of(&tag::READING, &([7u8; 16], Timestamp(9), -5i32)));
    }

    #[test]
    fn one_altered_reading_fails() {
        let series = of(VAN).unwrap();
        let root = series.anchor().root;
        let json = String::from_utf8(series.to_json()).unwrap();
        let read = file(&json).unwrap();
        assert_eq!(read, series);
        assert_eq!(read.check(&root), Ok(()));
        let index = |text: &str| {
            let failure = file(text).unwrap().check(&root).unwrap_err();
            assert_eq!((failure.code.as_str(), failure.exit_code()), ("H9120", 10));
            failure.params["index"].clone()
        };
        assert_eq!(index(&json.replace("-149.000", "-149.001")), "2");
        assert_eq!(index(&json.replace("01:20:00.000Z", "01:20:00.001Z")), "3");
        // A whole new series with hashes of its own, and one reading less.
        assert_eq!(index(&String::from_utf8(of(VAN).unwrap().to_json()).unwrap()), "1–3");
        let shorter = Series { readings: series.readings[..2].to_vec(), ..series.clone() };
        assert_eq!(index(&String::from_utf8(shorter.to_json()).unwrap()), "1–2");
    }

    #[test]
    fn what_is_no_series_is_refused_with_its_code() {
        let code = |text: &str| of(text).unwrap_err().code;
        assert_eq!(code(""), "H1317");
        assert_eq!(code("time,temperature\n"), "H1317");
        assert_eq!(code("when,temperature\n2025-03-03T01:00:00Z,1\n"), "H1302");
        assert_eq!(code("time,humidity\n2025-03-03T01:00:00Z,1\n"), "H1302");
        for cell in ["", "x", "1.2345", "1e3", "--1", ".5", "9999999"] {
            assert_eq!(code(&format!("time,temperature\n2025-03-03T01:00:00Z,{cell}\n")), "H1444", "{cell}");
        }
        assert_eq!(code("time,temperature\n2025-03-03,1\n"), "H1444");
        assert_eq!(code("time,temperature\n2025-03-03T01:00:01Z,1\n2025-03-03T01:00:00Z,1\n"), "H1444");
        assert_eq!(code("time,latitude,longitude\n2025-03-03T01:00:00Z,91,0\n"), "H1444");
        let other = r#"{"schema":"hufu.readings/2","kind":"temperature","root":"","readings":[]}"#;
        for text in ["", "{}", other] {
            assert_eq!(file(text).unwrap_err().code, "H1442", "{text}");
        }
    }

    #[test]
    fn decimals_are_exact_both_ways() {
        for (text, value) in [("0", 0), ("-0.001", -1), ("8", 8_000), ("+2.5", 2_500), ("-196.0", -196_000)] {
            assert_eq!(fixed(text, 3), Some(value), "{text}");
            assert_eq!(fixed(&decimal(value, 3), 3), Some(value));
        }
        assert_eq!(decimal(-1, 3), "-0.001");
        assert_eq!(decimal(121_473_701, 6), "121.473701");
    }
}
