//! `hufud`: the node of an agency.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    node::cli::run(node::cli::Cli::parse())
}
