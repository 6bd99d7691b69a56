//! The command line of Hufu: reads, signs, sends, imports, verifies.
//!
//! Purpose: everything a person does with the ledger, from a terminal or a script. Operator and person keys never leave
//! this program: it signs, a node forwards.
//!
//! Invariants:
//! - before a signature is made, what is signed is decoded from its very bytes and shown, and the person is asked;
//! - a signed transaction is on disk before it is sent, and stays there until it is decided;
//! - private fields are on disk before anything is signed that commits to them, and go to no node;
//! - a node at `https` is spoken to by TLS, under the CAs of the settings alone, or not at all;
//! - stdout carries the result, stderr progress and errors; every failure has a code of the catalogue.
//!
//! Deliberately absent: CAs of the system, and any judgement of its own: rules are the ledger's.

pub mod act;
mod acts;
mod capture;
mod cli;
mod commands;
mod config;
mod disclosure;
mod draft;
mod failure;
mod fate;
mod gateway;
mod http;
mod import;
mod law;
mod outbox;
mod output;
mod paper;
mod password;
mod private;
mod readable;
mod readings;
mod refs;
mod session;
mod shown;
mod storage;
mod tls;
mod when;

use clap::{CommandFactory, Parser, error::ErrorKind};
use std::ffi::OsString;

pub use failure::Failure;

/// The definition of the command line, for completions, the manual and tests of the documentation.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// Runs one command line, `args[0]` being the program; returns the exit code of the contract.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let environment = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let cli = match cli::Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, args.iter().any(|a| a == "--json"), &environment),
    };
    let settings = match config::load(&cli.global, &environment) {
        Ok(settings) => settings,
        Err(failure) => {
            let lang = config::language(&cli.global, &environment);
            return output::Output::new(&cli.global, lang).failure(&failure);
        }
    };
    let session = session::Session::new(settings, &cli.global);
    match commands::dispatch(&session, cli.command) {
        Ok(exit) => exit,
        Err(failure) => session.out.failure(&failure),
    }
}

/// Help and version are results; anything else is wrong use.
fn usage(error: &clap::Error, json: bool, environment: config::Environment<'_>) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A closed pipe is no failure of ours.
        let _ = error.print();
        return api::catalogue::exit::DONE;
    }
    let flags = cli::Global { json, ..cli::Global::default() };
    let out = output::Output::new(&flags, config::language(&flags, environment));
    let said = error.render().to_string();
    let said = said.strip_prefix("error: ").unwrap_or(&said).trim_end();
    let mut failure = Failure::new("H1416", [("detail", said)]);
    failure.excerpt = said.lines().map(str::to_owned).collect();
    out.failure(&failure)
}
