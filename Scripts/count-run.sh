#!/usr/bin/env bash
#
#   Scripts/count-run.sh PROBE_BINARY [ARGS...]
#
# Prints how many instructions a probe spends in user space on one of its rounds.
#
# The probe runs under callgrind twice, as PROBE_BINARY ARGS... --rounds N, with a small number and a large one. What the
# longer run took beyond the shorter, divided by the rounds between them, is what one round takes: start and end are in
# both. Instructions inside the kernel are not counted.
#
#   SHORT_RUN, LONG_RUN   rounds in the two runs (default: 200 and 1200)

set -euo pipefail

[[ $# -ge 1 ]] || { echo "usage: $0 PROBE_BINARY [ARGS...]" >&2; exit 2; }
probe=$(realpath -e -- "$1") || exit 2
shift
short_run=${SHORT_RUN:-200}
long_run=${LONG_RUN:-1200}

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# valgrind gives up on debug information that it cannot read, and Swift's is of that kind. The copy finds
# libraries that lie beside the original by the path that is set for it below.
strip --strip-debug -o "$work/probe" -- "$probe"

# count ROUNDS ARGS...: prints the instructions of a whole run.
count() {
  local rounds=$1
  shift
  if ! LD_LIBRARY_PATH="$(dirname "$probe")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
    valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" \
    "$work/probe" "$@" --rounds "$rounds" >"$work/output" 2>&1 </dev/null; then
    echo "count-run: the probe failed" >&2
    sed 's/^/  /' "$work/output" >&2
    exit 1
  fi
  sed -n 's/^totals: *\([0-9][0-9]*\).*/\1/p' "$work/callgrind" | tail -n 1
}

short_count=$(count "$short_run" "$@")
long_count=$(count "$long_run" "$@")
awk -v difference="$((long_count - short_count))" -v rounds="$((long_run - short_run))" \
  'BEGIN { printf "%.1f\n", difference / rounds }'
