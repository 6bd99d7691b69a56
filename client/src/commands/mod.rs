//! The commands, one module for each noun.

mod absence;
mod agency;
mod alert;
mod audit;
mod basics;
mod bundle;
mod cert;
mod class;
mod deed;
mod disclosure;
mod doctor;
mod document;
mod evidence;
mod file;
mod gov;
mod handover;
mod hold;
mod item;
mod key;
pub(crate) mod known;
mod label;
mod node;
mod opening;
mod outbox;
mod party;
mod passage;
mod permit;
mod pubkey;
mod registry;
mod report;
mod scan;
pub(crate) mod signers;
mod telemetry;
mod trust;
mod tx;
mod verify;
mod witness;

use crate::{cli::Command, failure::Result, gateway, import, session::Session};

/// Runs a command; the exit code.
pub(crate) fn dispatch(session: &Session, command: Command) -> Result<u8> {
    match command {
        Command::Init(init) => basics::init(session, &init),
        Command::Login => basics::login(session),
        Command::Logout => basics::logout(session),
        Command::Whoami => basics::whoami(session),
        Command::Doctor => doctor::run(session),
        Command::Explain { code } => basics::explain(session, code.as_deref()),
        Command::Completions { shell } => basics::completions(session, shell),
        Command::Man { out } => basics::man(session, out.as_deref()),
        Command::Key(command) => key::run(session, command),
        Command::Item(command) => item::run(session, command),
        Command::Handover(command) => handover::run(session, command),
        Command::Scan(args) => scan::run(session, &args),
        Command::Hold(command) => hold::run(session, command),
        Command::Agency(command) => agency::run(session, command),
        Command::Permit(command) => permit::run(session, command),
        Command::Registry(command) => registry::run(session, command),
        Command::Gov(command) => gov::run(session, command),
        Command::Report(command) => report::run(session, command),
        Command::Alert(command) => alert::run(session, command),
        Command::Telemetry(command) => telemetry::run(session, command),
        Command::Audit(command) => audit::run(session, command),
        Command::Class(command) => class::run(session, command),
        Command::Party(command) => party::run(session, command),
        Command::Node(command) => node::run(session, command),
        Command::Tx(command) => tx::run(session, command),
        Command::Bundle(command) => bundle::run(session, command),
        Command::Absence(command) => absence::run(session, command),
        Command::Passage(command) => passage::run(session, command),
        Command::Evidence(command) => evidence::run(session, command),
        Command::Label(command) => label::run(session, command),
        Command::Cert(command) => cert::run(session, command),
        Command::Verify(args) => verify::run(session, &args),
        Command::Trust(command) => trust::run(session, command),
        Command::Witness(command) => witness::run(session, command),
        Command::Import(command) => import::run(session, command),
        Command::Outbox(command) => outbox::run(session, command),
        Command::Gateway(command) => gateway::run(session, command),
        Command::Disclosure(command) => disclosure::run(session, command),
        Command::Document(command) => document::run(session, command),
    }
}

/// A list as one JSON object.
#[derive(serde::Serialize)]
pub(crate) struct Listing<'a, T> {
    pub(crate) schema: &'static str,
    pub(crate) items: &'a [T],
}
