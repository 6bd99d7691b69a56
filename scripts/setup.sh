#!/usr/bin/env bash
# Installs what building Hufu needs and this machine lacks, and nothing else: a C compiler, clang for RocksDB's C++,
# libclang (RocksDB's bindings are generated at build time), pkg-config, certificates, curl, git, a Rust toolchain,
# Node.js with npm (the verifier for the browser is TypeScript), and a font with Chinese letters. The tests need Chromium
# and two decoders of symbols besides.
#
#   scripts/setup.sh      install what is missing
#   . scripts/setup.sh    the same, and put the toolchain on this shell's PATH (demo.sh and test.sh do this)
#
# For Debian and Ubuntu. Elsewhere it names what is missing and stops. Run it as often as you like.
set -euo pipefail

HUFU_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

setup_say() { printf 'setup: %s\n' "$*" >&2; }
setup_fail() {
  printf 'setup: error: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

can_be_root() { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }

apt_update() {
  [ -z "${setup_apt_updated:-}" ] || return 0
  as_root apt-get update -q >&2
  setup_apt_updated=1
}

# Asks the package manager never to remove anything in exchange.
apt_install() {
  apt_update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-remove --no-install-recommends "$@" >&2
}

any_file() {
  local file
  for file in "$@"; do
    if [ -e "$file" ]; then return 0; fi
  done
  return 1
}

# The library alone is not enough: the binding generator also reads clang's own headers (stddef.h).
has_libclang() {
  any_file ${LIBCLANG_PATH:+"$LIBCLANG_PATH"/libclang*.so*} /usr/lib/llvm-*/lib/libclang.so* /usr/lib/libclang.so* \
    /usr/lib64/libclang.so* /usr/local/lib/libclang.so* || return 1
  any_file /usr/lib/llvm-*/lib/clang/*/include/stddef.h /usr/lib/clang/*/include/stddef.h \
    /usr/lib64/clang/*/include/stddef.h /usr/local/lib/clang/*/include/stddef.h
}

# Those that `hufu cert print` finds by itself on Debian and Ubuntu.
has_cjk_font() {
  any_file ${HUFU_FONT:+"${HUFU_FONT%#*}"} /usr/share/fonts/truetype/wqy/wqy-microhei.ttc \
    /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc /usr/share/fonts/truetype/wqy/wqy-zenhei.ttc
}

install_packages() {
  local missing=()
  if ! command -v cc >/dev/null || ! command -v c++ >/dev/null; then missing+=(g++); fi
  # .cargo/config.toml names it for RocksDB; it uses the headers and the library that come with g++.
  if [ -z "${CXX:-}" ] && ! command -v clang++ >/dev/null; then missing+=(clang); fi
  if ! has_libclang; then missing+=(libclang-dev); fi
  if ! command -v pkg-config >/dev/null; then missing+=(pkg-config); fi
  if ! any_file /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; then
    missing+=(ca-certificates)
  fi
  if ! command -v curl >/dev/null; then missing+=(curl); fi
  if ! command -v git >/dev/null; then missing+=(git); fi
  if ! command -v node >/dev/null; then missing+=(nodejs); fi
  if ! command -v npm >/dev/null; then missing+=(npm); fi
  # Certificates are in Chinese and English; no font is part of the project.
  if ! has_cjk_font; then missing+=(fonts-wqy-microhei); fi
  install_missing "${missing[@]}"
}

# Names of packages as Debian has them; none is fine.
install_missing() {
  if [ $# -eq 0 ]; then return 0; fi
  if ! command -v apt-get >/dev/null; then
    setup_fail "missing: $* (Debian's names). There is no apt-get here: install them your system's way"
  fi
  if ! can_be_root; then
    setup_fail "this needs root and there is no sudo. As root: apt-get update && apt-get install -y $*"
  fi
  setup_say "installing $*"
  apt_install "$@" || setup_fail "could not install $*"
}

# A browser that can be driven without a screen, for the tests of the verifier's page. Ubuntu's package of this name
# only starts another installer.
install_browser() {
  if command -v chromium >/dev/null; then return 0; fi
  install_missing chromium
}

# Decoders of others, which the tests hold our symbols against: DataMatrix, and QR codes.
install_decoders() {
  local missing=()
  if ! command -v dmtxread >/dev/null; then missing+=(dmtx-utils); fi
  if ! command -v zbarimg >/dev/null; then missing+=(zbar-tools); fi
  install_missing "${missing[@]}"
}

# An environment of Python beside what cargo builds, for the tests of the client in Python and with programs of others; their
# versions are fixed. What is installed is written down, so that the second time is quick.
install_python() {
  local missing=() folder="${CARGO_TARGET_DIR:-$HUFU_TOP/target}/python" wanted
  local lists=("$HUFU_TOP/tests/python/requirements.txt" "$HUFU_TOP/docs/examples/python/requirements.txt")
  if ! command -v python3 >/dev/null; then missing+=(python3); fi
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then missing+=(python3-venv); fi
  install_missing "${missing[@]}"
  if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    setup_say "$(python3 --version) is older than 3.11: the tests that need Python are skipped"
    return 0
  fi
  wanted=$(python3 --version && cat "${lists[@]}")
  if [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ]; then return 0; fi
  setup_say "making a Python environment in $folder"
  rm -rf "$folder"
  python3 -m venv "$folder" >&2 || setup_fail "could not make $folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input --only-binary :all: -r "${lists[0]}" >&2 ||
    setup_fail "could not install the packages of tests/python/requirements.txt"
  printf '%s\n' "$wanted" >"$folder/installed"
}

cargo_version() { cargo --version 2>/dev/null | awk '{ print $2 }'; }

# Is there a cargo, and is it new enough? $1 is the oldest version that will do.
has_cargo() {
  local have
  have=$(cargo_version) || return 1
  [ -n "$have" ] && [ "$(printf '%s\n%s\n' "$1" "$have" | sort -V | head -n 1)" = "$1" ]
}

has_rustup_package() {
  command -v apt-get >/dev/null && can_be_root && apt_update || return 1
  local policy
  policy=$(apt-cache policy rustup)
  [[ $policy =~ Candidate:\ [0-9] ]]
}

# $1 is the version: the oldest that will do, with which the project is built; the warnings of a newer one would fail
# the tests.
toolchain_from_rustup() {
  # A distribution's rustup cannot replace itself, and some versions call that a failure of the installation.
  rustup toolchain install "$1" --no-self-update --profile minimal --component rustfmt --component clippy >&2 || return 1
  # For this shell and what it starts only: which toolchain is the default stays the user's choice.
  export RUSTUP_TOOLCHAIN=$1
}

install_rust() {
  local min have
  min=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$HUFU_TOP/Cargo.toml")
  [ -n "$min" ] || setup_fail "Cargo.toml names no rust-version"

  # Where rustup puts it, which a shell started before the installation does not know.
  local cargo_bin="${CARGO_HOME:-${HOME:-/}/.cargo}/bin"
  if [ -x "$cargo_bin/cargo" ]; then
    case ":$PATH:" in *":$cargo_bin:"*) ;; *) export PATH="$cargo_bin:$PATH" ;; esac
  fi
  if has_cargo "$min"; then return 0; fi

  have=$(cargo_version) || true
  setup_say "Rust $min or newer is needed and this shell finds ${have:-none}"
  if command -v rustup >/dev/null; then
    setup_say "installing Rust $min with the rustup that is here"
    toolchain_from_rustup "$min" || true
    if has_cargo "$min"; then return 0; fi
  elif has_rustup_package; then
    setup_say "installing the distribution's rustup, and with it Rust $min"
    if apt_install rustup; then
      hash -r
      toolchain_from_rustup "$min" || true
      if has_cargo "$min"; then return 0; fi
    fi
  fi

  setup_say "installing Rust $min into $cargo_bin with rustup-init; your shell's start files stay as they are"
  local script help="Put a cargo of Rust $min or newer on the PATH in another way and run this again"
  script=$(mktemp)
  if ! curl --proto '=https' --tlsv1.2 -fsS -o "$script" https://sh.rustup.rs; then
    rm -f "$script"
    setup_fail "could not download https://sh.rustup.rs. $help"
  fi
  if ! RUSTUP_INIT_SKIP_PATH_CHECK=yes sh "$script" -y --no-modify-path --profile minimal --component rustfmt \
    --component clippy --default-toolchain "$min" >&2; then
    rm -f "$script"
    setup_fail "rustup-init failed; it downloads from https://static.rust-lang.org. $help"
  fi
  rm -f "$script"
  export PATH="$cargo_bin:$PATH" RUSTUP_TOOLCHAIN="$min"
  hash -r
  has_cargo "$min" || setup_fail "Rust was installed, but cargo is still older than $min: $(cargo_version)"
}

# Only the tests need these; a toolchain of the minimal profile lacks them.
install_rust_tools() {
  if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then return 0; fi
  command -v rustup >/dev/null || setup_fail "cargo fmt or cargo clippy is missing: install them your system's way"
  setup_say "adding rustfmt and clippy to the toolchain"
  rustup component add rustfmt clippy >&2 || setup_fail "could not add rustfmt and clippy"
}

install_packages
install_rust
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  install_rust_tools
  setup_say "nothing is missing: $(cargo --version), $(c++ --version | head -n 1)"
fi
