//! Series of readings: the carrier keeps them, the ledger has the root of their list.

use super::file::{Scenario, SeriesSpec};
use eyre::eyre;
use ledger::{Hash, Timestamp, list, tag};
use std::collections::BTreeMap;

/// A document of this name is the root of a series.
const PREFIX: &str = "series:";

/// A series as it was measured.
#[derive(Clone, Debug)]
pub(super) struct Series {
    readings: Vec<Reading>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    salt: [u8; 16],
    at: Timestamp,
    value: i32,
}

impl Reading {
    fn hash(&self) -> Hash {
        Hash::of(&tag::READING, &(self.salt, self.at, self.value))
    }
}

impl Series {
    fn of(spec: &SeriesSpec) -> eyre::Result<Series> {
        let from = api::time::parse(&spec.from)?;
        let every_ms = spec.every_s.saturating_mul(1_000);
        let reading = |(index, value): (u64, &i32)| {
            // Whoever has the readings has their salts; nobody else can guess a reading from its hash.
            let secret = Hash::of_bytes(&tag::READING, format!("{} {index}", spec.key).as_bytes());
            let salt = secret.0.first_chunk().copied().unwrap_or_default();
            Reading { salt, at: from.plus_ms(every_ms.saturating_mul(index)), value: *value }
        };
        Ok(Series { readings: (0u64..).zip(&spec.values).map(reading).collect() })
    }

    /// The root that is anchored.
    pub(super) fn root(&self) -> Hash {
        let hashes: Vec<Hash> = self.readings.iter().map(Reading::hash).collect();
        list::root(&hashes)
    }

    /// The same with one reading a thousandth higher, if there is that one.
    pub(super) fn altered(&self, index: usize) -> Option<Series> {
        let mut altered = self.clone();
        let reading = altered.readings.get_mut(index)?;
        reading.value = reading.value.saturating_add(1);
        Some(altered)
    }
}

/// The series of a scenario, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct AllSeries(BTreeMap<String, Series>);

impl AllSeries {
    pub(super) fn of(scenario: &Scenario) -> eyre::Result<AllSeries> {
        let all = scenario.series.iter().map(|spec| Ok((spec.key.clone(), Series::of(spec)?)));
        Ok(AllSeries(all.collect::<eyre::Result<_>>()?))
    }

    pub(super) fn get(&self, key: &str) -> eyre::Result<&Series> {
        self.0.get(key).ok_or_else(|| eyre!("there is no series {key:?}"))
    }

    /// The root that a document's name stands for, if it is that of a series.
    pub(super) fn named(&self, document: &str) -> Option<Hash> {
        self.0.get(document.strip_prefix(PREFIX)?).map(Series::root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_altered_reading_is_another_series() {
        let spec = SeriesSpec {
            key: "van".into(),
            from: "2025-03-03T01:00:00Z".into(),
            every_s: 600,
            values: vec![-150_000, -149_500, -151_250],
        };
        let series = Series::of(&spec).unwrap();
        assert_eq!(series.root(), Series::of(&spec).unwrap().root());
        for index in 0..3 {
            assert_ne!(series.altered(index).unwrap().root(), series.root());
        }
        assert!(series.altered(3).is_none());
    }
}
