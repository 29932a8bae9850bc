# echo-server gives every byte back, whatever the peer sends beside it, and survives when it cannot accept.

source "$(dirname "$0")/support.bash"

start echo-server "${traced[@]}" "$products/echo-server" 0
stop echo-server TERM
expect_backend

start echo-server "$products/echo-server" 0
answer=$(printf 'one\ntwo\n' | timeout 20 nc -N 127.0.0.1 "$ready") || fail "nc failed"
[[ $answer == $'one\ntwo' ]] || fail "nc got: $answer"
head -c 3000000 /dev/urandom >"$work/sent"
timeout 60 nc -N 127.0.0.1 "$ready" <"$work/sent" >"$work/received" || fail "nc failed"
cmp "$work/sent" "$work/received" || fail "nc got other bytes than it sent"
echo "echo-server: nc got its bytes back, two lines and 3 MB"
"$products/echo-load" "$ready" --connections 1000 --rounds 20 --bytes 1000 || fail "1,000 connections failed"
"$products/echo-load" "$ready" --connections 100 --rounds 20 --bytes 1000 --slow-readers 5 || fail "slow readers failed"
python3 Scripts/examples/peers.py urgent "$ready" "${processes[echo-server]}" || fail "urgent data holds up what follows it"
stop_and_continue echo-server
answer=$(printf 'two\n' | timeout 20 nc -N 127.0.0.1 "$ready") || fail "nc failed after a stop"
[[ $answer == two ]] || fail "after a stop nc got: $answer"
stop echo-server TERM

# With 32 descriptors the server can hold some 20 of the 60 connections. It must survive, not spin, and serve the
# others when descriptors come free.
start echo-server bash -c "ulimit -n 32; exec '$products/echo-server' 0"
open_connections 60 "$ready"
expect_idle echo-server
close_connections
answer=$(printf 'three\n' | timeout 20 nc -N 127.0.0.1 "$ready") || fail "nc failed after the exhaustion"
[[ $answer == three ]] || fail "after the exhaustion nc got: $answer"
"$products/echo-load" "$ready" --connections 200 --rounds 5 --bytes 100 || fail "200 connections on 32 descriptors failed"
stop echo-server INT
echo "echo-server: survived the exhaustion of its descriptors ($idle_ticks ticks in an idle second)"

# Clients that wait for descriptors are served as soon as there are some, however busy another client keeps the server.
start echo-server bash -c "ulimit -Sn 32; exec '$products/echo-server' 0"
python3 Scripts/examples/peers.py crowd "$ready" "${processes[echo-server]}" || fail "clients wait for ever"
stop echo-server TERM

expect_patience echo-server connect_by_port "$products/echo-server" 0
