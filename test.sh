#!/usr/bin/env bash
# Everything that must hold: format, lints, tests, licences, the shipped definitions. One command, no arguments.
# Builds once, in the dev profile, and downloads nothing but crates and, where they are missing, Debian's compiler and
# browser. The tests on real data run when FORMWORK_REAL_DATA names the folder that holds it; without it the last line
# says that they did not.
set -euo pipefail
cd "$(dirname "$0")"

# The power-loss test of the store compiles a small C file.
if ! command -v cc >/dev/null; then
    echo "test.sh: there is no C compiler; installing gcc"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq gcc libc6-dev
fi

# The tests of the pages drive a real browser.
if ! command -v chromedriver >/dev/null || ! command -v chromium >/dev/null; then
    echo "test.sh: there is no chromium with its driver; installing them"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq chromium chromium-driver ||
        { echo "test.sh: chromium and chromium-driver can't be installed; the pages can't be tested" >&2; exit 1; }
fi

step() {
    echo
    echo "== $* =="
    "$@"
}

step cargo fmt --all --check
step cargo clippy --workspace --all-targets --locked -- -D warnings
# The licence audit is one of these tests: tests/licences, with the list of deny.toml.
step cargo test --workspace --locked
# The tests have built the binary; building it alone would compile its dependencies once more.
formwork="${CARGO_TARGET_DIR:-target}/debug/formwork"
step "$formwork" check . --deny-warnings
step "$formwork" test .

echo
if [ -n "${FORMWORK_REAL_DATA:-}" ]; then
    echo "test.sh: all is well, also with the real data"
else
    echo "test.sh: all is well, but NOTHING WAS TESTED ON REAL DATA: FORMWORK_REAL_DATA is not set"
fi
