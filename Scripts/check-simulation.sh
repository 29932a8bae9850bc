#!/usr/bin/env bash
#
#   Scripts/check-simulation.sh
#
# Measures what simulating costs, and holds that it grows in proportion: twice the connections take at most 2.2 times the
# instructions. A small program, and a thousand connections that exchange a mebibyte each, are timed and reported. The
# digest of a trace must be the same in debug and in release.

set -euo pipefail
cd "$(dirname "$0")/.."

swift build -c release --product simulation-probe >&2
swift build --product simulation-probe >&2
probe=$(swift build -c release --show-bin-path)/simulation-probe
debug_probe=$(swift build --show-bin-path)/simulation-probe

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
# valgrind gives up on debug information that it cannot read, and Swift's is of that kind.
strip --strip-debug -o "$work/probe" -- "$probe"

# count CONNECTIONS: prints the instructions of a run.
count() {
  rm -f -- "$work/callgrind"
  LD_LIBRARY_PATH="$(dirname "$probe")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
    valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" \
    "$work/probe" --connections "$1" --bytes 4096 >"$work/output" 2>&1 || { cat "$work/output" >&2; return 1; }
  sed -n 's/^totals: *\([0-9][0-9]*\).*/\1/p' "$work/callgrind" | tail -n 1
}

few=$(count 400)
many=$(count 800)
awk -v few="$few" -v many="$many" 'BEGIN {
  ratio = few > 0 ? many / few : 0
  printf "simulation: %d instructions with 400 connections, %d with 800: %.2f times\n", few, many, ratio
  exit !(ratio > 1 && ratio <= 2.2)
}' || { echo "check-simulation: the cost does not grow in proportion" >&2; exit 1; }

digest() { "$1" --connections 50 --bytes 10000 | sed -n 's/.*digest=//p'; }
release_digest=$(digest "$probe")
debug_digest=$(digest "$debug_probe")
if [[ -z $release_digest || $release_digest != "$debug_digest" ]]; then
  echo "check-simulation: the digest is $release_digest in release and $debug_digest in debug" >&2
  exit 1
fi
echo "simulation: the same digest in debug and release: $release_digest"

"$probe" --connections 10 --bytes 300 --rounds 200
"$probe" --connections 1000 --bytes 1048576
