//! Acts at the border: declaration by the enterprise, what agencies and laboratories state; demands, countersignature.

use super::{
    deed::{Deed, perform},
    signers::Named,
};
use crate::{
    act::ActSpec,
    cli::{AgencyCommand, Signing, Tested},
    failure::Result,
    session::Session,
};
use ledger::Role;

pub(crate) fn run(session: &Session, command: AgencyCommand) -> Result<u8> {
    match command {
        AgencyCommand::Declare { items, exempt, plain, signing } => {
            super::permit::warn_of_declared(session, &items)?;
            Deed::new(ActSpec::Declare { items, exempt }, &signing).with(&plain).perform(session)
        }
        AgencyCommand::Arrive { items, port, signing } => perform(session, ActSpec::Arrive { items, port }, &signing),
        AgencyCommand::Order { items, premises, signing } => order(session, items, premises, &signing),
        AgencyCommand::Inspect { items, result, video, plain, signing } => {
            let spec = ActSpec::Inspect { items, result: result.word().to_owned(), video };
            Deed::new(spec, &signing).with(&plain).perform(session)
        }
        AgencyCommand::Test { items, result, report, signing } => {
            let passed = matches!(result, Tested::Passed);
            perform(session, ActSpec::Test { items, passed, report }, &signing)
        }
        AgencyCommand::Release { items, signing } => perform(session, ActSpec::Release { items }, &signing),
        AgencyCommand::Return { items, reason, signing } => {
            perform(session, ActSpec::Return { items, reason }, &signing)
        }
        AgencyCommand::Destroy { items, reason, signing } => {
            perform(session, ActSpec::Destroy { items, reason }, &signing)
        }
        AgencyCommand::Exit { items, port, signing } => perform(session, ActSpec::Exit { items, port }, &signing),
        AgencyCommand::Demand { debtors, until, about, plain, signing } => {
            let spec = ActSpec::Demand { debtors, until, about };
            Deed::new(spec, &signing).with(&plain).perform(session)
        }
        AgencyCommand::Countersign { file } => super::tx::cosign_and_send(session, &file),
    }
}

/// On the firm's premises nobody inspects without its consent (R11): the custodian joins in, unless somebody else is
/// named.
fn order(session: &Session, items: Vec<String>, premises: Option<String>, signing: &Signing) -> Result<u8> {
    let is_named = Named::all(&signing.with)?.iter().any(|named| named.role == Role::Joint);
    let consent = match (&premises, items.first()) {
        (Some(_), Some(first)) if !is_named => {
            let custodian = session.item(first)?.record.custodian;
            Some(Named { role: Role::Joint, org: Some(custodian.to_string()), key: None })
        }
        _ => None,
    };
    Deed::new(ActSpec::OrderInspection { items, premises }, signing).and(consent).perform(session)
}
