//! Alerts that the ledger derived.

use super::{Listing, deed::perform};
use crate::{
    act::{ActSpec, word},
    cli::AlertCommand,
    failure::Result,
    session::Session,
    shown,
};
use api::{catalogue::exit, view::AlertView};
use ledger::record::{AlertKind, AlertSubject};

pub(crate) fn run(session: &Session, command: AlertCommand) -> Result<u8> {
    match command {
        AlertCommand::List { all, kind } => list(session, all, kind.as_deref()),
        AlertCommand::Close { alert, reason, signing } => {
            perform(session, ActSpec::CloseAlert { alert, reason }, &signing)
        }
    }
}

fn list(session: &Session, all: bool, kind: Option<&str>) -> Result<u8> {
    let kind =
        kind.map(|input| word(input, AlertKind::of_name(input), &AlertKind::ALL.map(AlertKind::name))).transpose()?;
    let mut alerts = shown::alerts(session)?;
    alerts.retain(|alert| {
        let record = &alert.record;
        (all || record.closed.is_none()) && kind.is_none_or(|kind| record.kind == kind)
    });
    alerts.sort_by_key(|alert| (alert.record.last, alert.id));
    let views: Vec<&AlertView> = alerts.iter().map(|alert| &alert.view).collect();
    let out = &session.out;
    out.result(&Listing { schema: "hufu.alert-list/1", items: &views }, |sheet| {
        let row = |alert: &shown::Alert| {
            let record = &alert.record;
            let about = match &record.subject {
                AlertSubject::Item(item) => format!("{} {}", out.pick("item", "物品"), item.0.short()),
                AlertSubject::Org(org) => format!("{} {}", out.pick("organisation", "机构"), org.0.short()),
                AlertSubject::Grant(grant) => format!("{} {}", out.pick("grant", "批件"), grant.0.short()),
                AlertSubject::Entry(place, n) => format!("{} {} {n}", out.pick("entry", "条目"), place.short()),
                AlertSubject::Duty(duty, org) => {
                    format!("{} {} · {}", out.pick("duty", "报告义务"), duty.0.short(), org.0.short())
                }
            };
            let closed = match &record.closed {
                Some((at, _, _)) => format!("{} {}", out.pick("closed", "已关闭"), api::time::rfc3339(at.time)),
                None => format!("{} ×{}", out.pick("open", "未关闭"), record.times),
            };
            let last = api::time::rfc3339(record.last.time);
            [out.word(record.kind.name()), about, last, closed, alert.id.to_string()]
        };
        let headings =
            [("kind", "类型"), ("about", "对象"), ("last", "最近"), ("standing", "状态"), ("identity", "标识")];
        sheet.table(out, headings, alerts.iter().map(row));
    });
    Ok(exit::DONE)
}
