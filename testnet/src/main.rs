//! `testnet`: local networks, demo, faults and load.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    testnet::cli::run(testnet::cli::Cli::parse())
}
