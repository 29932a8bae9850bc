#!/usr/bin/env bash
#
#   Scripts/check-examples.sh [CONFIGURATION]
#
# Runs the example programs against clients: nc, which we did not write, and echo-load, which verifies every byte of a
# thousand concurrent connections. CONFIGURATION is debug or release (the default).

set -euo pipefail
cd "$(dirname "$0")/.."

configuration=${1:-release}
swift build -c "$configuration" >&2
products=$(swift build -c "$configuration" --show-bin-path)

work=$(mktemp -d)
server_process=
clean_up() {
  [[ -z $server_process ]] || kill -KILL "$server_process" 2>/dev/null || true
  rm -rf -- "$work"
}
trap clean_up EXIT

fail() {
  echo "check-examples: $*" >&2
  exit 1
}

# start COMMAND...: runs a server in the background until it says READY, and sets `port`.
start() {
  local deadline=$((SECONDS + 30))
  port=
  : >"$work/output"
  "$@" >"$work/output" 2>&1 &
  server_process=$!
  while [[ -z $port ]]; do
    kill -0 "$server_process" 2>/dev/null || fail "the server ended before it was ready: $(cat "$work/output")"
    [[ $SECONDS -lt $deadline ]] || fail "the server was not ready within 30 seconds"
    port=$(sed -n 's/^READY \([0-9][0-9]*\)$/\1/p' "$work/output")
    [[ -n $port ]] || sleep 0.05
  done
}

# stop SIGNAL: ends the server by a signal, and expects that it exits with 0.
stop() {
  local status=0
  kill -s "$1" "$server_process"
  wait "$server_process" || status=$?
  server_process=
  [[ $status -eq 0 ]] || fail "the server exited with $status after SIG$1: $(cat "$work/output")"
}

processor_ticks() {
  awk '{ print $14 + $15 }' "/proc/$server_process/stat"
}

"$products/quickstart" >"$work/quickstart" || fail "quickstart failed"
grep -q "Hello, Metal I/O!" "$work/quickstart" || fail "quickstart did not print what it read"
echo "quickstart: $(wc -l <"$work/quickstart") lines"

start "$products/echo-server" 0
answer=$(printf 'one\ntwo\n' | timeout 20 nc -N 127.0.0.1 "$port") || fail "nc failed"
[[ $answer == $'one\ntwo' ]] || fail "nc got: $answer"
head -c 3000000 /dev/urandom >"$work/sent"
timeout 60 nc -N 127.0.0.1 "$port" <"$work/sent" >"$work/received" || fail "nc failed"
cmp "$work/sent" "$work/received" || fail "nc got other bytes than it sent"
echo "echo-server: nc got its bytes back, two lines and 3 MB"
"$products/echo-load" "$port" --connections 1000 --rounds 20 --bytes 1000 || fail "1,000 connections failed"
"$products/echo-load" "$port" --connections 100 --rounds 20 --bytes 1000 --slow-readers 5 || fail "slow readers failed"
stop TERM

# With 32 descriptors the server can hold some 20 of the 60 connections. It must survive, not spin, and serve the
# others when descriptors come free.
start bash -c "ulimit -n 32; exec '$products/echo-server' 0"
descriptors=()
for _ in {1..60}; do
  exec {descriptor}<>"/dev/tcp/127.0.0.1/$port"
  descriptors+=("$descriptor")
done
before=$(processor_ticks)
sleep 1
used=$(($(processor_ticks) - before))
[[ $used -lt $(($(getconf CLK_TCK) / 4)) ]] || fail "out of descriptors, the server used $used ticks in a second"
for descriptor in "${descriptors[@]}"; do
  exec {descriptor}>&-
done
answer=$(printf 'three\n' | timeout 20 nc -N 127.0.0.1 "$port") || fail "nc failed after the exhaustion"
[[ $answer == three ]] || fail "after the exhaustion nc got: $answer"
"$products/echo-load" "$port" --connections 200 --rounds 5 --bytes 100 || fail "200 connections on 32 descriptors failed"
stop INT
echo "echo-server: survived the exhaustion of its descriptors ($used ticks in an idle second)"
