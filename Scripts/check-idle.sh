#!/usr/bin/env bash
#
#   Scripts/check-idle.sh
#
# Shows that what an event costs does not depend on how many connections are registered and say nothing: 100 connections
# exchange messages alone, and then beside 10,000 idle ones, or as many as the limit on descriptors allows.
#
# The gate is on the instructions in user space per event, counted by callgrind, which must agree within a few per cent.
# The time per event, kernel included, is only reported: machines have moods. The probe itself fails if a message is
# lost or an idle connection is reported.
#
#   IDLE     how many idle connections (default: 10000)
#   ROUNDS   rounds under callgrind, of 200 events each (default: 50)

set -euo pipefail
cd "$(dirname "$0")/.."

idle=${IDLE:-10000}
rounds=${ROUNDS:-50}
tolerance=0.03

fail() {
  echo "check-idle: $*" >&2
  [[ ! -s $work/output ]] || sed 's/^/  /' "$work/output" >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

swift build -c release --product idle-probe >&2
probe=$(swift build -c release --show-bin-path)/idle-probe
# valgrind gives up on debug information that it cannot read, and Swift's is of that kind.
strip --strip-debug -o "$work/idle-probe" -- "$probe"

# count IDLE: prints the instructions per event, counted in the function that exchanges the messages alone.
count() {
  valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" --toggle-collect='*exchangeRounds*' \
    "$work/idle-probe" --idle "$1" --rounds "$rounds" >"$work/output" 2>&1 </dev/null || fail "the probe failed"
  # One round more is exchanged before the others, to warm up.
  local events=$((200 * (rounds + 1)))
  awk -v events="$events" '/^totals:/ { printf "%.1f\n", $2 / events }' "$work/callgrind"
}

echo "natively, with the time for information:"
"$probe" --idle 0 --rounds 500
"$probe" --idle "$idle" --rounds 500 | tee "$work/figures"
present=$(sed -n 's/^\([0-9]*\) idle.*/\1/p' "$work/figures")
[[ ${present:-0} -gt 0 ]] || fail "there were no idle connections"

alone=$(count 0)
beside=$(count "$present")
awk -v alone="$alone" -v beside="$beside" -v idle="$present" -v tolerance="$tolerance" 'BEGIN {
  difference = alone > 0 ? beside / alone - 1 : 1
  printf "instructions per event: %.1f alone, %.1f beside %d idle connections: %+.2f %% (limit %.0f %%)\n",
    alone, beside, idle, 100 * difference, 100 * tolerance
  exit !(alone > 0 && difference <= tolerance && difference >= -tolerance)
}' || fail "the cost of an event depends on the idle connections"
