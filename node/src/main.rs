//! `hufud`: the node of an agency.

use std::process::ExitCode;

/// A tenth of the node's time under load went to the system's allocator. RocksDB uses this one too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    node::cli::main()
}
