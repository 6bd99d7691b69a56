#!/usr/bin/env bash
# Everything that must hold before a change is accepted: formatting, lints, tests, documentation.
# Installs what is missing first. One profile (dev) throughout, so that RocksDB is compiled once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh
install_rust_tools
install_browser
install_decoders
install_python

# RUSTDOCFLAGS reaches rustdoc alone. RUSTFLAGS must stay unset: it would replace the flags of .cargo/config.toml.
step() {
  printf '\n== %s\n' "$*" >&2
  "$@"
}

echo "test: the first run compiles RocksDB and the consensus engine, which takes 15 minutes, on two slow cores more than an hour" >&2
step cargo fmt --all --check
# The second verifier: the tests of both compare their verdicts, so it is there before them.
step scripts/verifier.sh
step cargo clippy --locked --workspace --all-targets -- -D warnings
# The programs that the tests start are built with the same features as the tests.
step cargo build --locked --workspace --bins --tests
step cargo test --locked --workspace
step npm --prefix client/verify test
step npm --prefix client/verify run test:page
RUSTDOCFLAGS="-D warnings" step cargo doc --locked --workspace --no-deps
echo "test: all passed" >&2
