#!/usr/bin/env bash
#
#   Scripts/check-threads.sh
#
# Runs all tests, and on each backend the fuzz probe, under the thread sanitizer, which must have nothing to report. That
# it does report what there is shows on a race that the probe runs on purpose.
#
# Nothing is suppressed. The sanitizer does not see a contended `Synchronization.Mutex` being locked (on Linux that is
# done inside the standard library, which is not instrumented), so the library and the probe use a lock of libc.
#
#   FUZZ_SECONDS   how long the probe runs on each backend (default: 5)

set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/backends.bash

build_folder=.build-tsan
seconds=${FUZZ_SECONDS:-5}

# Each process writes what it has to report to a file of its own, exit tests that are to fail included.
work=$(mktemp -d)
clean_up() {
  if compgen -G "$work/report.*" >/dev/null; then
    cat "$work"/report.* >&2
    echo "check-threads: there are races" >&2
  fi
  rm -rf -- "$work"
}
trap clean_up EXIT
export TSAN_OPTIONS="log_path=$work/report"

for backend in "${backends[@]}"; do
  build_for "$backend" --sanitize=thread --product fuzz-probe
  if TSAN_OPTIONS="log_path=$work/race" "$products/fuzz-probe" --race >/dev/null 2>&1 \
    || ! grep -q 'WARNING: ThreadSanitizer: ' "$work"/race.*; then
    echo "check-threads: a deliberate race went unnoticed" >&2
    exit 1
  fi
  rm -f -- "$work"/race.*
  echo "on $backend:"
  timeout $((seconds + 120)) "$products/fuzz-probe" --seconds "$seconds"
done

build_for epoll --build-tests --sanitize=thread
swift test --skip-build --sanitize=thread --scratch-path "$build_folder"
if compgen -G "$work/report.*" >/dev/null; then exit 1; fi
echo "check-threads: no race was found"
