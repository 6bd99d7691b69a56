//! Permits, plans, clearance proofs and filings: apply, decide, look at.

use super::{
    Listing,
    deed::{Deed, perform},
};
use crate::{
    act::ActSpec,
    cli::{ApplicationArgs, PermitCommand},
    failure::Result,
    output::Sheet,
    readable::{self, short},
    session::{Item, Session},
    shown::{self, Grant},
};
use api::{catalogue::exit, view::GrantView};
use gs1::Quantity;
use ledger::{
    GrantId,
    operation::GrantKind,
    record::{GrantRecord, GrantState},
};
use std::collections::BTreeMap;

pub(crate) fn run(session: &Session, command: PermitCommand) -> Result<u8> {
    match command {
        PermitCommand::Apply(args) => apply(session, GrantKind::Permit, args),
        PermitCommand::Plan(args) => apply(session, GrantKind::Plan, args),
        PermitCommand::Clearance(args) => apply(session, GrantKind::Clearance, args),
        PermitCommand::Filing(args) => apply(session, GrantKind::HgrFiling, args),
        PermitCommand::Pause { grant, notice, signing } => perform(session, ActSpec::Pause { grant, notice }, &signing),
        PermitCommand::Resume { grant, signing } => perform(session, ActSpec::Resume { grant }, &signing),
        PermitCommand::Grant { grant, number, lane, from, signing } => {
            perform(session, ActSpec::Grant { grant, number, lane, from }, &signing)
        }
        PermitCommand::Refuse { grant, reason, signing } => {
            perform(session, ActSpec::RefuseGrant { grant, reason }, &signing)
        }
        PermitCommand::Cancel { grant, reason, signing } => {
            perform(session, ActSpec::Cancel { grant, reason }, &signing)
        }
        PermitCommand::Assign { grant, items, signing } => {
            let found = items.iter().map(|word| session.item(word)).collect::<Result<Vec<_>>>()?;
            warn_of(session, &shown::grant(session, &grant)?, &found);
            perform(session, ActSpec::Assign { items, grant }, &signing)
        }
        PermitCommand::Show { grant } => show(session, &grant),
        PermitCommand::List { kind, state } => list(session, kind.as_deref(), state.as_deref()),
    }
}

fn apply(session: &Session, kind: GrantKind, args: ApplicationArgs) -> Result<u8> {
    let ApplicationArgs {
        class,
        quantity,
        direction,
        region,
        purpose,
        counterpart,
        port,
        premises,
        from,
        on,
        plain,
        signing,
    } = args;
    let spec = ActSpec::Apply {
        kind: kind.name().to_owned(),
        class,
        quantity,
        direction,
        region,
        purpose,
        counterpart,
        ports: port,
        premises,
        from,
        on,
    };
    Deed::new(spec, &signing).with(&plain).perform(session)
}

/// What is left of a grant, a decimal number in its unit.
fn left(record: &GrantRecord) -> String {
    let all = record.application.quantity;
    all.checked_sub(record.drawn).map(|left| left.decimal()).unwrap_or_default()
}

/// Warns of what the ledger takes and the agency will refuse later: items that exceed what is left of a grant, and items
/// that are under it already.
fn warn_of(session: &Session, grant: &Grant, items: &[Item]) {
    let out = &session.out;
    for item in items.iter().filter(|item| item.record.grant == Some(grant.id)) {
        let already = out.pick("is under this permit already", "已在此审批单下");
        out.warn(&format!("{} {already}", item.record.code));
    }
    warn_over(session, grant, items);
}

fn warn_over(session: &Session, grant: &Grant, items: &[Item]) {
    let (all, drawn, out) = (grant.record.application.quantity, grant.record.drawn, &session.out);
    let mut sum = Ok(Quantity::zero(all.unit()));
    for item in items {
        sum = sum.and_then(|sum: Quantity| sum.checked_add(item.record.on_hand));
    }
    if let (Ok(sum), Ok(left)) = (sum, all.checked_sub(drawn))
        && sum > left
    {
        let (these, rest) = (out.pick("these items are", "这些物品为"), out.pick("left of the permit", "审批单剩余"));
        out.warn(&format!("{these} {sum}, {rest}: {left}"));
    }
}

/// The same of items that are declared, for each grant that they are under.
pub(super) fn warn_of_declared(session: &Session, words: &[String]) -> Result<()> {
    let mut by_grant: BTreeMap<GrantId, Vec<Item>> = BTreeMap::new();
    for word in words {
        let item = session.item(word)?;
        if let Some(grant) = item.record.grant {
            by_grant.entry(grant).or_default().push(item);
        }
    }
    for (id, items) in &by_grant {
        // What is not shown cannot be warned of.
        if let Ok(grant) = shown::grant_of(session, id) {
            warn_over(session, &grant, items);
        }
    }
    Ok(())
}

fn show(session: &Session, word: &str) -> Result<u8> {
    let grant = shown::grant(session, word)?;
    session.out.result(&grant.view, |sheet| write(sheet, &grant, session));
    Ok(exit::DONE)
}

/// A grant, for people.
fn write(sheet: &mut Sheet, grant: &Grant, session: &Session) {
    let (record, out) = (&grant.record, &session.out);
    let parties: Vec<_> = [record.holder].into_iter().chain(record.application.counterpart).collect();
    let names = session.names(&parties, &[record.application.class]);
    let named = |id: String| match names.get(&id) {
        Some(name) => format!("{name} ({})", short(&id)),
        None => id,
    };
    let title = format!("{} {}", out.word(record.application.kind.name()), record.number);
    sheet.line(title.trim_end());
    sheet.pair(out.pick("state", "状态"), out.word(record.state.name()));
    sheet.pair(out.pick("holder", "持有人"), named(record.holder.to_string()));
    for (label, value) in readable::application_pairs(&record.application, out) {
        sheet.pair(label, named(value));
    }
    let unit = record.application.quantity.unit();
    let (drawn, rest) = (out.pick("drawn", "已核销"), out.pick("left", "剩余"));
    let sums = format!("{drawn} {} · {rest} {} {unit}", record.drawn.decimal(), left(record));
    sheet.pair(out.pick("quota", "额度"), sums);
    if record.application.kind == GrantKind::HgrFiling {
        sheet.pair(out.pick("abroad, not reported used", "境外未报告使用"), record.abroad.to_string());
    }
    if let Some((from, to)) = record.valid {
        sheet.pair(out.pick("valid", "有效期"), format!("{} – {}", api::time::rfc3339(from), api::time::rfc3339(to)));
    }
    if let Some(due) = record.due {
        sheet.pair(out.pick("to be decided by", "应决定于"), api::time::rfc3339(due));
    }
    if record.state == GrantState::Paused {
        sheet.pair(out.pick("working days left", "剩余工作日"), record.days_left.to_string());
    }
    if let Some(lane) = record.lane {
        sheet.pair(out.pick("lane", "通道"), out.word(lane.name()));
    }
    if record.declared > 0 {
        sheet.pair(out.pick("declarations served", "已用于申报"), record.declared.to_string());
    }
    if let Some(decision) = &record.decision {
        let law = format!("{} {}", decision.rule, decision.article);
        let rests = format!("{} {}", decision.grounds.len(), out.pick("records", "项依据"));
        sheet.pair(out.pick("decided under", "决定依据"), format!("{} · {rests}", law.trim()));
    }
    let applied = format!("{} · {}", record.applied.height, api::time::rfc3339(record.applied.time));
    sheet.pair(out.pick("applied", "申请"), applied);
    sheet.pair(out.pick("identity", "标识"), grant.id.to_string());
}

fn list(session: &Session, kind: Option<&str>, state: Option<&str>) -> Result<u8> {
    let kind = kind
        .map(|word| crate::act::word(word, GrantKind::of_name(word), &GrantKind::ALL.map(GrantKind::name)))
        .transpose()?;
    let state = state
        .map(|word| crate::act::word(word, GrantState::of_name(word), &GrantState::ALL.map(GrantState::name)))
        .transpose()?;
    let mut grants = shown::grants(session, kind.map(GrantKind::name))?;
    grants.retain(|grant| {
        let record = &grant.record;
        kind.is_none_or(|kind| record.application.kind == kind) && state.is_none_or(|state| record.state == state)
    });
    let views: Vec<&GrantView> = grants.iter().map(|grant| &grant.view).collect();
    let out = &session.out;
    out.result(&Listing { schema: "hufu.permit-list/1", items: &views }, |sheet| {
        let row = |grant: &Grant| {
            let (record, of) = (&grant.record, &grant.record.application);
            [
                out.word(record.state.name()),
                out.word(of.kind.name()),
                record.number.to_string(),
                format!("{} / {}", left(record), of.quantity),
                record.valid.map(|(_, to)| api::time::rfc3339(to)).unwrap_or_default(),
                grant.id.to_string(),
            ]
        };
        let headings = [
            ("state", "状态"),
            ("kind", "类型"),
            ("number", "编号"),
            ("left / in all", "剩余/总量"),
            ("valid to", "有效至"),
            ("identity", "标识"),
        ];
        sheet.table(out, headings, grants.iter().map(row));
    });
    Ok(exit::DONE)
}
