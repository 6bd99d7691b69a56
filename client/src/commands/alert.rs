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

/// Kinds of alerts that nodes raise about other nodes.
const OF_NODES: [&str; 5] = ["node-stale", "node-silent", "node-feed", "node-proof", "node-fork"];

fn list(session: &Session, all: bool, kind: Option<&str>) -> Result<u8> {
    let of_node = kind.filter(|kind| OF_NODES.contains(kind));
    let of_ledger = kind.filter(|_| of_node.is_none());
    let kind = of_ledger
        .map(|input| word(input, AlertKind::of_name(input), &AlertKind::ALL.map(AlertKind::name)))
        .transpose()?
        .map(AlertKind::name)
        .or(of_node);
    let mut alerts = shown::alerts(session)?;
    alerts.retain(|alert| (all || alert.view.closed.is_none()) && kind.is_none_or(|kind| alert.view.kind == kind));
    // Times of one form sort as they pass.
    alerts.sort_by(|a, b| (&a.view.last.time, &a.view.id).cmp(&(&b.view.last.time, &b.view.id)));
    let views: Vec<&AlertView> = alerts.iter().map(|alert| &alert.view).collect();
    let out = &session.out;
    out.result(&Listing { schema: "hufu.alert-list/1", items: &views }, |sheet| {
        let row = |alert: &shown::Alert| {
            let AlertView { kind, last, times, closed, id, .. } = &alert.view;
            let closed = match closed {
                Some(closed) => format!("{} {}", out.pick("closed", "已关闭"), closed.at.time),
                None => format!("{} ×{times}", out.pick("open", "未关闭")),
            };
            [out.word(kind), about(session, alert), last.time.clone(), closed, id.clone()]
        };
        let headings =
            [("kind", "类型"), ("about", "对象"), ("last", "最近"), ("standing", "状态"), ("identity", "标识")];
        sheet.table(out, headings, alerts.iter().map(row));
    });
    Ok(exit::DONE)
}

/// What an alert is about, in words.
fn about(session: &Session, alert: &shown::Alert) -> String {
    let out = &session.out;
    let Some((_, record)) = &alert.told else {
        let of = |name: &str| alert.view.about.get(name).cloned().unwrap_or_default();
        let node = Some(of("node")).filter(|node| !node.is_empty()).unwrap_or_else(|| of("peer"));
        return format!("{} {node}: {}", out.pick("node", "节点"), of("detail"));
    };
    match &record.subject {
        AlertSubject::Item(item) => format!("{} {}", out.pick("item", "物品"), item.0.short()),
        AlertSubject::Org(org) => format!("{} {}", out.pick("organisation", "机构"), org.0.short()),
        AlertSubject::Grant(grant) => format!("{} {}", out.pick("grant", "批件"), grant.0.short()),
        AlertSubject::Entry(place, n) => format!("{} {} {n}", out.pick("entry", "条目"), place.short()),
        AlertSubject::Duty(duty, org) => {
            format!("{} {} · {}", out.pick("duty", "报告义务"), duty.0.short(), org.0.short())
        }
    }
}
