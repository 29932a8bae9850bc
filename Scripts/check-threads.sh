#!/usr/bin/env bash
#
#   Scripts/check-threads.sh
#
# Runs all tests, and the fuzz probe, under the thread sanitizer, which must have nothing to report. That it does report
# what there is shows on a race that the probe runs on purpose.
#
# Nothing is suppressed. The sanitizer does not see a contended `Synchronization.Mutex` being locked (on Linux that is
# done inside the standard library, which is not instrumented), so the library and the probe do without: the one has
# atomics, the other a lock of libc.
#
#   FUZZ_SECONDS   how long the probe runs (default: 5)

set -euo pipefail
cd "$(dirname "$0")/.."

options=(--sanitize=thread --scratch-path .build-tsan)
seconds=${FUZZ_SECONDS:-5}

swift build --build-tests "${options[@]}" >&2
probe=$(swift build "${options[@]}" --show-bin-path)/fuzz-probe

# Each process writes what it has to report to a file of its own, exit tests that are to fail included.
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
export TSAN_OPTIONS="log_path=$work/report"

if "$probe" --race >/dev/null 2>&1 || ! cat "$work"/report.* | grep -q 'WARNING: ThreadSanitizer: '; then
  echo "check-threads: a deliberate race went unnoticed" >&2
  exit 1
fi
rm -f -- "$work"/report.*

timeout $((seconds + 120)) "$probe" --seconds "$seconds"
swift test --skip-build "${options[@]}"

if compgen -G "$work/report.*" >/dev/null; then
  cat "$work"/report.* >&2
  echo "check-threads: there are races" >&2
  exit 1
fi
echo "check-threads: no race was found"
