#!/usr/bin/env bash
# Runs the fuzz probe on each backend, and all tests, under the thread sanitizer, which must report nothing. A deliberate race
# in the probe shows that the sanitizer reports races.
#
# Nothing is suppressed. On Linux, the sanitizer does not see a contended `Synchronization.Mutex`, because the standard library
# is not instrumented. Therefore the library and the probe use a lock of libc.

source "$(dirname "$0")/common.bash"

export METAL_ALL_TESTS=1
build_folder=.build-tsan
trap 'cat "$work"/report.* >&2 2>/dev/null || true; rm -rf -- "$work"' EXIT
# Each process writes its reports to its own file. The processes of exit tests, which fail on purpose, do the same.
export TSAN_OPTIONS="log_path=$work/report"

for backend in epoll poll; do
  build_for "$backend" --sanitize=thread --product fuzz-probe
  [[ $(TSAN_OPTIONS= "$products/fuzz-probe" race 2>&1) == *'WARNING: ThreadSanitizer: '* ]] \
    || fail "a deliberate race went unnoticed"
  echo "on $backend:"
  timeout 120 "$products/fuzz-probe" 5
done

build_for epoll --build-tests --sanitize=thread
swift test --skip-build --sanitize=thread --scratch-path "$build_folder"
if compgen -G "$work/report.*" >/dev/null; then fail "there are races"; fi
echo "check-threads: no race was found"
