//! `testnet`: local networks, demo, faults and load.

use std::process::ExitCode;

fn main() -> ExitCode {
    testnet::cli::main()
}
