//! What sensors report: temperatures, or a series of which the root is known.

use super::{
    AskError, Fact, Intent, Reading, Thing,
    facts::{Facts, unclear},
};
use crate::{
    Value, uri,
    vocabulary::{Vocabulary, bare},
};
use ledger::{Timestamp, operation::Telemetry};

/// The note that the sensor elements of an event ask for: of its items, or of its unit.
pub(super) fn note(facts: &Facts<'_>) -> Result<Option<Intent>, AskError> {
    let Some(fact) = fact(facts)? else { return Ok(None) };
    let items: Vec<Thing> = match facts.kind() {
        "ObjectEvent" => facts.objects()?.into_iter().map(|found| found.thing).collect(),
        "AggregationEvent" => facts.unit()?.map(|code| Thing { code, quantity: None }).into_iter().collect(),
        _ => Vec::new(),
    };
    Ok((!items.is_empty()).then_some(Intent::Note { items, fact }))
}

/// What the sensor elements say; none where they say nothing that the ledger takes.
pub(super) fn fact(facts: &Facts<'_>) -> Result<Option<Fact>, AskError> {
    let elements = facts.list("sensorElementList");
    let mut series_of = elements.iter().filter(|element| root_text(element).is_some());
    match (series_of.next(), series_of.next()) {
        (Some(element), None) => series(facts, element),
        (Some(_), Some(_)) => Err(unclear("/sensorElementList".to_owned())),
        (None, _) => Ok(readings(facts.event_time(), elements).map(Fact::Readings)),
    }
}

fn root_text(element: &Value) -> Option<&str> {
    let text = element.get("sensorMetadata")?.get("rawData")?.as_text()?;
    text.starts_with("urn:hufu:readings:").then_some(text)
}

/// A series by its root. Error: what else is known of it is missing, or is said of several.
fn series(facts: &Facts<'_>, element: &Value) -> Result<Option<Fact>, AskError> {
    let missing = |at: &str| AskError::Missing { act: "note", at: format!("/sensorElementList/0/{at}") };
    let root = root_text(element).and_then(uri::hash).ok_or_else(|| missing("sensorMetadata/rawData"))?;
    let time =
        |name: &str| element.get("sensorMetadata").and_then(|about| about.get(name)?.as_text()).and_then(uri::time);
    let report = match element.get("sensorReport").and_then(Value::as_list).unwrap_or_default() {
        [] => return Err(missing("sensorReport")),
        [report] => report,
        [_, _, ..] => return Err(unclear("/sensorElementList/0/sensorReport".to_owned())),
    };
    let value = |name: &str| report.get(name).and_then(Value::as_number).and_then(thousandths);
    let kind = report.get("type").and_then(Value::as_text).unwrap_or_default();
    let (kind, min, max) = match bare(Vocabulary::Measurement, kind) {
        Some("Temperature") => {
            let min = value("minValue").ok_or_else(|| missing("sensorReport/0/minValue"))?;
            let max = value("maxValue").ok_or_else(|| missing("sensorReport/0/maxValue"))?;
            (Telemetry::Temperature, min, max)
        }
        _ => match Telemetry::of_name(uri::last(kind)) {
            Some(Telemetry::Position) => (Telemetry::Position, 0, 0),
            Some(Telemetry::Temperature) | None => return Ok(None),
        },
    };
    let readings = facts.number("readings")?.and_then(|count| u32::try_from(count).ok());
    Ok(Some(Fact::Series {
        kind,
        root,
        count: readings.ok_or_else(|| AskError::Missing { act: "note", at: super::facts::extension("readings") })?,
        from: time("startTime").ok_or_else(|| missing("sensorMetadata/startTime"))?,
        to: time("endTime").ok_or_else(|| missing("sensorMetadata/endTime"))?,
        min,
        max,
    }))
}

/// The temperatures in the order of their times; none where there are none, or one of them has no time or is not exact.
fn readings(event: Option<Timestamp>, elements: &[Value]) -> Option<Vec<Reading>> {
    let text = |value: &'_ Value, name: &str| value.get(name).and_then(Value::as_text).map(str::to_owned);
    let mut readings = Vec::new();
    for element in elements {
        let about = element.get("sensorMetadata").and_then(|about| text(about, "time"));
        for report in element.get("sensorReport").and_then(Value::as_list).unwrap_or_default() {
            let kind = text(report, "type").and_then(|kind| bare(Vocabulary::Measurement, &kind));
            let Some(value) = report.get("value").filter(|_| kind == Some("Temperature")) else { continue };
            let time = text(report, "time").or_else(|| about.clone());
            let at = match time {
                Some(time) => uri::time(&time)?,
                None => event?,
            };
            let is_celsius = text(report, "uom").as_deref() == Some("CEL");
            let value = value.as_number().filter(|_| is_celsius).and_then(thousandths)?;
            readings.push(Reading { at, value });
        }
    }
    readings.sort_by_key(|reading| reading.at);
    (!readings.is_empty()).then_some(readings)
}

/// A decimal number in thousandths; none where it has a part of one, an exponent, or no room.
fn thousandths(text: &str) -> Option<i32> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > 3 {
        return None;
    }
    format!("{sign}{whole}{part:0<3}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::thousandths;

    #[test]
    fn temperatures_are_taken_exactly_or_not_at_all() {
        for (text, expect) in [
            ("0", Some(0)),
            ("8", Some(8_000)),
            ("-150.5", Some(-150_500)),
            ("20.0100", Some(20_010)),
            ("-0.001", Some(-1)),
            ("2147483.647", Some(i32::MAX)),
            ("2147483.648", None),
            ("1.2345", None),
            ("2e1", None),
            ("", None),
            ("-", None),
            (".5", None),
        ] {
            assert_eq!(thousandths(text), expect, "{text}");
        }
    }
}
