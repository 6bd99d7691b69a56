//! Reports: of a quarter, on demand, of one's own check; and what is owed.

use super::{
    Listing,
    deed::{Deed, perform},
};
use crate::{
    act::{ActSpec, UsageSpec},
    cli::ReportCommand,
    failure::{Failure, Result},
    session::Session,
    shown,
};
use api::{catalogue::exit, view::DutyView};
use ledger::record::DutyKind;

pub(crate) fn run(session: &Session, command: ReportCommand) -> Result<u8> {
    match command {
        ReportCommand::Hgr { filing, year, quarter, usage: words, last, plain, signing } => {
            let items = words.iter().map(|word| usage(word)).collect::<Result<_>>()?;
            let spec = ActSpec::Report { filing, year, quarter, items, last };
            Deed::new(spec, &signing).with(&plain).perform(session)
        }
        ReportCommand::Answer { duty, plain, signing } => {
            Deed::new(ActSpec::Answer { duty }, &signing).with(&plain).perform(session)
        }
        ReportCommand::Selfcheck { items, counted, report, signing } => {
            perform(session, ActSpec::SelfCheck { items, counted, report }, &signing)
        }
        ReportCommand::Overdue { all } => overdue(session, all),
    }
}

/// `ITEM=USED,DISPOSED,LEFT`.
fn usage(word: &str) -> Result<UsageSpec> {
    let wrong = || Failure::form(word, "ITEM=USED,DISPOSED,LEFT");
    let (item, quantities) = word.rsplit_once('=').ok_or_else(wrong)?;
    let parts: Vec<&str> = quantities.split(',').map(str::trim).collect();
    let [used, disposed, left] = parts.as_slice() else { return Err(wrong()) };
    Ok(UsageSpec {
        item: item.to_owned(),
        used: (*used).to_owned(),
        disposed: (*disposed).to_owned(),
        left: (*left).to_owned(),
    })
}

/// Reports that are owed: those whose time is over, or all that are not done.
fn overdue(session: &Session, all: bool) -> Result<u8> {
    let now = session.block_time();
    let mut duties = shown::duties(session)?;
    duties.retain(|duty| duty.record.done.is_none() && (all || duty.record.due <= now));
    duties.sort_by_key(|duty| duty.record.due);
    let orgs: Vec<_> = duties.iter().flat_map(|duty| duty.record.debtors.clone()).collect();
    let names = session.org_names(&orgs);
    let views: Vec<&DutyView> = duties.iter().map(|duty| &duty.view).collect();
    let out = &session.out;
    out.result(&Listing { schema: "hufu.duty-list/1", items: &views }, |sheet| {
        let row = |duty: &shown::Duty| {
            let about = match &duty.record.kind {
                DutyKind::Quarterly { filing, year, quarter } => {
                    format!("{} {year} Q{quarter} · {}", out.word("report"), filing.0.short())
                }
                DutyKind::OnDemand { by, tx: _ } => format!("{} · {}", out.word("demand"), by.0.short()),
            };
            let named = |id: String| names.get(&id).cloned().unwrap_or_else(|| crate::readable::short(&id));
            let debtors = duty.record.debtors.iter().filter(|org| duty.record.owes(org));
            let debtors: Vec<String> = debtors.map(|org| named(org.to_string())).collect();
            [api::time::rfc3339(duty.record.due), about, debtors.join(", "), duty.id.to_string()]
        };
        let headings = [("due", "期限"), ("about", "内容"), ("owed by", "义务方"), ("identity", "标识")];
        sheet.table(out, headings, duties.iter().map(row));
    });
    Ok(exit::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_with_an_item_in_a_word() {
        let read = usage("(01)09521400000014(10)A=B=120, 0,80").unwrap();
        let found = [read.item.as_str(), &read.used, &read.disposed, &read.left];
        assert_eq!(found, ["(01)09521400000014(10)A=B", "120", "0", "80"]);
        for wrong in ["X", "X=1,2", "X=1,2,3,4"] {
            assert_eq!(usage(wrong).unwrap_err().code, "H1444", "{wrong}");
        }
    }
}
