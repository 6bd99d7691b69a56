//! The command line of Hufu: reads, signs, sends, imports, verifies.
//!
//! Purpose: everything a person does with the ledger, from a terminal or a script. Operator and person keys never leave
//! this program: it signs, a node forwards.
//!
//! Invariants:
//! - before a signature is made, what is signed is decoded from its very bytes and shown, and the person is asked;
//! - a signed transaction is on disk before it is sent, and stays there until it is decided;
//! - stdout carries the result, stderr progress and errors; every failure has a code of the catalogue.
//!
//! Deliberately absent: TLS (a node of one's own, or a tunnel), and any judgement of its own: rules are the ledger's.

mod acts;
mod cli;
mod commands;
mod config;
mod draft;
mod failure;
mod http;
mod import;
mod outbox;
mod output;
mod readable;
mod refs;
mod session;
mod storage;
mod when;

use api::Lang;
use clap::{CommandFactory, Parser, error::ErrorKind};
use std::ffi::OsString;

pub use failure::Failure;

/// The definition of the command line, for completions, the manual and tests of the documentation.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// Runs one command line, `args[0]` being the program; returns the exit code of the contract.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match cli::Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let environment = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
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
fn usage(error: &clap::Error) -> u8 {
    // A closed pipe is no failure of ours.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => api::catalogue::exit::DONE,
        _ => {
            let title = api::catalogue::explain("H1416", Lang::En).map_or("", |e| e.title);
            eprintln!("error[H1416]: {title}");
            api::catalogue::exit::USAGE
        }
    }
}
