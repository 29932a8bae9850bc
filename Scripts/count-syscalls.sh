#!/usr/bin/env bash
#
#   Scripts/count-syscalls.sh SERVER_BINARY [ARGS...]
#
# Prints how many system calls of each name an echo server makes on one round trip: one line per name,
# "name count", sorted by name. Names that make up less than 0.0005 per round trip are left out.
#
# The server runs under strace twice, for a short and for a long ping-pong over one connection. What the
# longer run made beyond the shorter, divided by the round trips between them, is what one round trip makes:
# start, end and the connection itself are in both. A message is sent when the server is asleep, so that the
# figures do not depend on how fast the machine is, nor on how much strace slows the server down.
# All threads count.
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
  echo "count-syscalls: $*" >&2
  [[ ! -s $work/output ]] || sed 's/^/  /' "$work/output" >&2
  exit 1
}

work=$(mktemp -d)
tracer_process=
clean_up() {
  if [[ -n $tracer_process ]]; then
    # The program first: it would outlive a tracer that is killed.
    pkill -KILL -P "$tracer_process" 2>/dev/null || true
    kill -KILL "$tracer_process" 2>/dev/null || true
    wait "$tracer_process" 2>/dev/null || true
  fi
  rm -rf -- "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[[ -x $echo_load ]] || fail "$echo_load is missing: build it, or set ECHO_LOAD"
[[ $long_run -gt $short_run ]] || fail "LONG_RUN must be greater than SHORT_RUN"
for tool in strace pgrep pkill; do
  command -v "$tool" >/dev/null || fail "$tool is missing"
done

# count ROUNDS FILE: writes the system calls of a whole run to the file, one line "name count" each.
count() {
  local rounds=$1 file=$2 port='' server_process deadline=$((SECONDS + 60)) status=0
  : >"$work/output"
  strace -f -c -U name,calls -o "$work/summary" \
    "$server" ${arguments[@]+"${arguments[@]}"} --connections 1 0 >"$work/output" 2>&1 </dev/null &
  tracer_process=$!

  while [[ -z $port ]]; do
    port=$(sed -n 's/^READY \([0-9][0-9]*\)$/\1/p' "$work/output" | head -n 1)
    [[ -z $port ]] || break
    kill -0 "$tracer_process" 2>/dev/null || fail "the server ended before it was ready"
    [[ $SECONDS -lt $deadline ]] || fail "the server was not ready within a minute"
    sleep 0.05
  done

  # Not earlier than this: strace begins with a child of its own, to find out what the kernel can do.
  server_process=$(pgrep -P "$tracer_process") || fail "the server ended before its connection"

  "$echo_load" "$port" --pingpong --settle "$server_process" --rounds "$rounds" --bytes "$message_bytes" >&2 \
    || fail "the load program failed"

  deadline=$((SECONDS + 60))
  while kill -0 "$tracer_process" 2>/dev/null; do
    [[ $SECONDS -lt $deadline ]] || fail "the server did not exit after its connection had ended"
    sleep 0.05
  done
  wait "$tracer_process" || status=$?
  tracer_process=
  [[ $status -eq 0 ]] || fail "the server exited with $status"

  # The summary has a heading, a total, and rules around them.
  awk '$2 ~ /^[0-9]+$/ && $1 != "total" { print $1, $2 }' "$work/summary" >"$file"
  [[ -s $file ]] || fail "strace's summary is empty"
}

count "$short_run" "$work/short"
count "$long_run" "$work/long"
awk -v rounds="$((long_run - short_run))" '
  FILENAME == ARGV[1] { difference[$1] -= $2; next }
  { difference[$1] += $2 }
  END {
    for (name in difference) {
      count = sprintf("%.3f", difference[name] / rounds)
      if (count + 0 != 0) print name, count
    }
  }' "$work/short" "$work/long" | LC_ALL=C sort
