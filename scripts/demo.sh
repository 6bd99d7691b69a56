#!/usr/bin/env bash
# Four agencies on this machine, one shipment, one bundle that a stranger verifies. Installs what is missing first.
#
#   scripts/demo.sh           stay up afterwards
#   scripts/demo.sh --once    exit when done; 0 only if every step held
#
# Arguments go to `testnet demo`; relative paths in them start at the top of the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh

echo "demo: building hufu, hufud and testnet. RocksDB and the consensus engine are compiled from source: the first build" >&2
echo "demo: takes 15 minutes, on two slow cores more than an hour; later ones take seconds." >&2
# The whole workspace, as the tests build it: a choice of packages is built with other features, and so anew.
cargo build --locked --workspace --bins
scripts/verifier.sh
exec cargo run -q --locked --bin testnet -- demo "$@"
