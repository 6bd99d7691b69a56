#!/usr/bin/env bash
# Fuzzes the parsers: scripts/fuzz.sh [--seconds N] [--canary] [TARGET...]
#
# Each target of tests/fuzz runs for N seconds (600). What it found stays under target/fuzz: inputs that led further in
# corpus/, those that broke something in crashes/, and what was printed in logs/. Ends with 1 where something broke.
#
# --canary builds each parser with a bug planted behind it, and ends with 1 where one is not found within N seconds.
# It begins with the corpora alone, in which no file has the bug.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=600
canary=
targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds="${2:?--seconds needs a number}"; shift ;;
    --canary) canary=1 ;;
    -*) echo "usage: scripts/fuzz.sh [--seconds N] [--canary] [TARGET...]" >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
if [ ${#targets[@]} -eq 0 ]; then
  for file in tests/fuzz/src/bin/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

out="${CARGO_TARGET_DIR:-$PWD/target}/fuzz"
bin="$out/build/$(rustc -vV | sed -n 's/^host: //p')/debug"
# Flags of the environment would take the place of those in tests/fuzz/.cargo/config.toml.
(cd tests/fuzz && env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS \
  cargo build --locked --target-dir "$out/build" ${canary:+--features canary} "${targets[@]/#/--bin=}")

# The greatest length of an input.
length() {
  case "$1" in
    gs1_prefix) echo 2048 ;;
    gs1_*) echo 560 ;;
    *) echo 8192 ;;
  esac
}

# The words of a target: its own, or those of its crate.
words() {
  local own="tests/fuzz/words/$1.dict"
  if [ -f "$own" ]; then echo "$own"; else echo "tests/fuzz/words/${1%%_*}.dict"; fi
}

# The vectors of the formats are seeds as well, those that are short: long ones take the time of many runs.
vectors() {
  case "$1" in
    proof_card) find docs/formats/vectors -name 'card-*.txt' -size -8k ;;
    proof_file) find docs/formats/vectors -regex '.*/\(absence\|bundle\|evidence\|feed\)-.*' -size -8k ;;
  esac
}

broken=0
printf '%-16s %12s %8s %9s  %s\n' target runs seconds coverage "$(if [ -n "$canary" ]; then echo canary; else echo crashes; fi)"
for target in "${targets[@]}"; do
  kept="$out/corpus/$target"
  crashes="$out/crashes/$target"
  log="$out/logs/$target.txt"
  if [ -n "$canary" ]; then
    kept="$out/canary/$target/corpus"
    crashes="$out/canary/$target/found"
    log="$out/logs/$target-canary.txt"
    rm -rf "$out/canary/$target"
  fi
  seeds="$out/seeds/$target"
  rm -rf "$seeds"
  mkdir -p "$kept" "$crashes" "$seeds" "$out/logs"
  cp "tests/corpus/$target"/* "$seeds"
  vectors "$target" | xargs -r cp -t "$seeds"
  options=(
    "-max_len=$(length "$target")" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
    "-dict=$(words "$target")" "-artifact_prefix=$crashes/"
  )
  if ! "$bin/$target" "${options[@]}" -runs=0 "$seeds" >"$log" 2>&1; then
    echo "$target: a seed breaks it, see $log" >&2
    broken=1
    continue
  fi
  begun=$SECONDS
  ended=0
  "$bin/$target" "${options[@]}" "-max_total_time=$seconds" "$kept" "$seeds" >"$log" 2>&1 || ended=$?
  took=$((SECONDS - begun))
  runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  coverage="$(grep -ao 'cov: [0-9]*' "$log" | tail -n 1 | cut -d ' ' -f 2)"
  if [ -n "$canary" ]; then
    result=found
    if [ "$ended" -eq 0 ] || ! grep -aq "canary of $target" "$log"; then
      result="not found, see $log"
      broken=1
    fi
  else
    result="$(find "$crashes" -type f | wc -l)"
    if [ "$ended" -ne 0 ]; then
      result="$result, see $log"
      broken=1
    fi
  fi
  # The code with which libFuzzer ends where somebody stops it.
  if [ "$ended" -eq 72 ]; then
    result="interrupted, see $log"
  fi
  printf '%-16s %12s %8s %9s  %s\n' "$target" "${runs:--}" "$took" "${coverage:--}" "$result"
done
exit "$broken"
