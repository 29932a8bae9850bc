#!/usr/bin/env bash
#
#   Scripts/count-instructions.sh SERVER_BINARY [ARGS...]
#
# Prints how many instructions an echo server spends in user space on one round trip.
#
# The server runs under callgrind twice, for a short and for a long ping-pong over one connection. What the
# longer run took beyond the shorter, divided by the round trips between them, is what one round trip takes:
# start, end and the connection itself are in both. A message is sent when the server is asleep, so that the
# figure does not depend on how fast the machine is. Instructions inside the kernel are not counted.
#
# The server is started as SERVER_BINARY ARGS... --connections 1 0. It prints "READY <port>" when it listens,
# and exits with 0 by itself after its one connection has ended.
#
#   ECHO_LOAD       the load program (default: the one that SwiftPM has built)
#   SHORT_RUN, LONG_RUN   round trips in the two runs (default: 2000 and 12000)
#   MESSAGE_BYTES   the size of a message (default: 64)

set -euo pipefail

# Paths in the arguments are the caller's, so they are resolved before the directory changes.
[[ $# -ge 1 ]] || { echo "usage: $0 SERVER_BINARY [ARGS...]" >&2; exit 2; }
server=$(realpath -e -- "$1") || exit 2
shift
arguments=("$@")
echo_load=${ECHO_LOAD:+$(realpath -e -- "$ECHO_LOAD")}
cd "$(dirname "$0")/.."

echo_load=${echo_load:-$PWD/.build/release/echo-load}
short_run=${SHORT_RUN:-2000}
long_run=${LONG_RUN:-12000}
message_bytes=${MESSAGE_BYTES:-64}

fail() {
  echo "count-instructions: $*" >&2
  [[ ! -s $work/output ]] || sed 's/^/  /' "$work/output" >&2
  exit 1
}

work=$(mktemp -d)
server_process=
clean_up() {
  if [[ -n $server_process ]]; then
    kill -KILL "$server_process" 2>/dev/null || true
    wait "$server_process" 2>/dev/null || true
  fi
  rm -rf -- "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[[ -x $echo_load ]] || fail "$echo_load is missing: build it, or set ECHO_LOAD"
[[ $long_run -gt $short_run ]] || fail "LONG_RUN must be greater than SHORT_RUN"
for tool in valgrind strip; do
  command -v "$tool" >/dev/null || fail "$tool is missing"
done

# valgrind gives up on debug information that it cannot read, and Swift's is of that kind. The copy finds
# libraries that lie beside the original by the path that is set for it below.
strip --strip-debug -o "$work/server" -- "$server" 2>"$work/output" || fail "strip failed"

# count ROUNDS: sets `counted` to the instructions of a whole run.
count() {
  local rounds=$1 port='' deadline=$((SECONDS + 60)) status=0
  rm -f -- "$work/callgrind"
  : >"$work/output"
  LD_LIBRARY_PATH="$(dirname "$server")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
    valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" \
    "$work/server" ${arguments[@]+"${arguments[@]}"} --connections 1 0 >"$work/output" 2>&1 </dev/null &
  server_process=$!

  while [[ -z $port ]]; do
    port=$(sed -n 's/^READY \([0-9][0-9]*\)$/\1/p' "$work/output" | head -n 1)
    [[ -z $port ]] || break
    kill -0 "$server_process" 2>/dev/null || fail "the server ended before it was ready"
    [[ $SECONDS -lt $deadline ]] || fail "the server was not ready within a minute"
    sleep 0.05
  done

  "$echo_load" "$port" --pingpong --settle "$server_process" --rounds "$rounds" --bytes "$message_bytes" >&2 \
    || fail "the load program failed"

  deadline=$((SECONDS + 60))
  while kill -0 "$server_process" 2>/dev/null; do
    [[ $SECONDS -lt $deadline ]] || fail "the server did not exit after its connection had ended"
    sleep 0.05
  done
  wait "$server_process" || status=$?
  server_process=
  [[ $status -eq 0 ]] || fail "the server exited with $status"

  counted=$(sed -n 's/^totals: *\([0-9][0-9]*\).*/\1/p' "$work/callgrind" | tail -n 1)
  [[ -n $counted ]] || fail "callgrind's output has no totals"
  echo "count-instructions: $counted instructions in a run of $rounds round trips" >&2
}

count "$short_run"
short_count=$counted
count "$long_run"
awk -v difference="$((counted - short_count))" -v rounds="$((long_run - short_run))" \
  'BEGIN { printf "%.1f\n", difference / rounds }'
