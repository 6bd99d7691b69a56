//! Series of readings: anchor them, check them against the anchor.

use super::deed::perform;
use crate::{
    act::ActSpec,
    cli::{Signing, TelemetryCommand},
    failure::{Failure, Result},
    readable::short,
    readings::{Anchor, Series},
    session::Session,
};
use api::{catalogue::exit, paths, view::EventView};
use ledger::{Effect, Event, Hash, operation::Note};
use serde::Serialize;
use std::path::Path;

/// Most events of an item that are looked through.
const MOST: usize = 100_000;

pub(crate) fn run(session: &Session, command: TelemetryCommand) -> Result<u8> {
    match command {
        TelemetryCommand::Anchor { file, item, signing } => anchor(session, &file, item, &signing),
        TelemetryCommand::Verify { file, item, root } => verify(session, &file, item.as_deref(), root.as_deref()),
    }
}

/// Readings and salts are on disk before the root is signed. A file of an earlier run is used again: its salts may be
/// the anchored ones.
fn anchor(session: &Session, list: &Path, items: Vec<String>, signing: &Signing) -> Result<u8> {
    let fresh = Series::of_csv(list)?;
    let file = list.with_extension("readings.json");
    let kept = match file.exists() {
        true => Some(Series::read(&file)?).filter(|kept| kept.says_the_same(&fresh)),
        false => None,
    };
    let is_new = kept.is_none();
    if is_new {
        session.check_name(&file)?;
    }
    let series = kept.unwrap_or(fresh);
    if !session.dry_run && is_new {
        session.write_named(&file, &series.to_json())?;
        let keep = session.out.pick("readings and salts, keep them: ", "读数与盐值，请妥善保存：");
        session.out.progress(&format!("{keep}{}", file.display()));
    }
    let Anchor { kind, root, count, from, to, min, max } = series.anchor();
    let spec = ActSpec::Telemetry {
        items,
        kind: kind.name().to_owned(),
        root: root.to_string(),
        count,
        from: api::time::rfc3339(from),
        to: api::time::rfc3339(to),
        min,
        max,
    };
    perform(session, spec, signing)
}

/// That every reading is the one that was anchored.
#[derive(Serialize)]
struct Verified {
    schema: &'static str,
    file: String,
    valid: bool,
    root: String,
    readings: u32,
    /// Item and number of the event that anchored it.
    item: Option<String>,
    event: Option<u64>,
    /// Whether count, dates and limits that stand beside the root are those of the readings; none without a network.
    stated: Option<bool>,
}

fn verify(session: &Session, file: &Path, item: Option<&str>, root: Option<&str>) -> Result<u8> {
    let series = Series::read(file)?;
    let found = series.anchor();
    let (anchored, item, event) = match (root, item) {
        (Some(root), _) => {
            let root: Hash = root.trim().parse().map_err(|_| Failure::input("H1409", root))?;
            (Anchor { root, ..found }, None, None)
        }
        (None, Some(word)) => {
            let (item, event, anchored) = anchored(session, word, &found)?;
            (anchored, Some(item), Some(event))
        }
        (None, None) => {
            return Err(Failure::missing("item", "--item"));
        }
    };
    series.check(&anchored.root)?;
    let verified = Verified {
        schema: "hufu.readings-verdict/1",
        file: file.display().to_string(),
        valid: true,
        root: found.root.to_string(),
        readings: found.count,
        stated: event.map(|_| anchored == found),
        item,
        event,
    };
    let out = &session.out;
    if verified.stated == Some(false) {
        out.warn(out.pick(
            "number, dates or limits that the carrier stated are not those of the readings",
            "承运人所报的个数、时间或上下限与读数不符",
        ));
    }
    out.result(&verified, |sheet| {
        sheet.line(out.pick("Every reading is the one that was anchored.", "每个读数都与存证时一致。"));
        sheet.pair(out.pick("readings", "读数个数"), verified.readings.to_string());
        sheet.pair(out.pick("root", "根哈希"), verified.root.clone());
        if let (Some(item), Some(event)) = (&verified.item, verified.event) {
            sheet.pair(out.pick("item", "物品"), format!("{} · {} {event}", short(item), out.pick("event", "事件")));
        }
    });
    Ok(exit::DONE)
}

/// The series that is anchored to an item and meant by a file: the one with its root, else the one of its kind and
/// first time, else the only one. Error: H7004 where none is.
fn anchored(session: &Session, word: &str, found: &Anchor) -> Result<(String, u64, Anchor)> {
    let item = session.item(word)?;
    let path = format!("{}/{}", paths::fill(paths::ITEM, &item.id.to_string()), paths::EVENTS);
    let views: Vec<EventView> = session.pages(&path, &[], MOST)?;
    let mut all: Vec<(u64, Anchor)> = Vec::new();
    for view in &views {
        let event: Event = session.record(&view.record)?;
        if let (Effect::Noted { note, .. }, true) = (&event.effect, event.item == item.id) {
            all.extend(anchor_of(note).map(|anchor| (event.n, anchor)));
        }
    }
    let by_root = all.iter().find(|(_, anchor)| anchor.root == found.root);
    let by_start = || all.iter().find(|(_, anchor)| anchor.kind == found.kind && anchor.from == found.from);
    let only = || if let [one] = all.as_slice() { Some(one) } else { None };
    match by_root.or_else(by_start).or_else(only) {
        Some((n, anchor)) => Ok((item.id.to_string(), *n, *anchor)),
        None => {
            let kind = session.out.pick("anchored series of", "已存证的监测数据");
            Err(Failure::new("H7004", [("kind", kind), ("input", word)]))
        }
    }
}

fn anchor_of(note: &Note) -> Option<Anchor> {
    match note {
        Note::Telemetry { kind, root, count, from, to, min, max } => {
            Some(Anchor { kind: *kind, root: *root, count: *count, from: *from, to: *to, min: *min, max: *max })
        }
        Note::SelfCheck { .. } | Note::Expert { .. } | Note::Document { .. } => None,
    }
}
