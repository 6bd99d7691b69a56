#!/usr/bin/env bash
# Builds the verifier for the browser, client/verify/dist/verify.html, and prints its hash. Needs Node.js and npm
# (scripts/setup.sh installs them). Whoever builds the same sources gets the same bytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../client/verify"

# The packages that the lock file names, and only when it names others than are here.
if ! cmp -s package-lock.json node_modules/.lock-of-this; then
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/.lock-of-this
fi
npm run --silent build >&2
