# tcp-proxy passes every byte and every end on, both ways.

source "$(dirname "$0")/support.bash"

start tcp-proxy "${traced[@]}" "$products/tcp-proxy" 0 127.0.0.1:9
stop tcp-proxy TERM
expect_backend

# An HTTP server, and a big file through the proxy.
mkdir "$work/files"
head -c 50000000 /dev/urandom >"$work/files/big"
start web python3 -u -c '
import functools, http.server, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print("READY", server.server_port)
server.serve_forever()' "$work/files"
start tcp-proxy "$products/tcp-proxy" 127.0.0.1:0 "127.0.0.1:$ready"
for transfer in 1 2 3 4; do
  run "curl$transfer" timeout 60 curl -sSf -o "$work/big$transfer" "http://127.0.0.1:$ready/big"
done
for transfer in 1 2 3 4; do
  end "curl$transfer"
  cmp "$work/files/big" "$work/big$transfer" || fail "curl got another file"
done
# A client that reads only later: the proxy holds the server back, and has nothing to do meanwhile.
exec {late}<>"/dev/tcp/127.0.0.1/$ready"
printf 'GET /big HTTP/1.0\r\n\r\n' >&$late
expect_idle tcp-proxy
timeout 60 cat <&$late | tail -c 50000000 | cmp - "$work/files/big" || fail "the late reader got another file"
exec {late}>&-
memory=$(awk '/^VmHWM/ { print $2 }' "/proc/${processes[tcp-proxy]}/status")
stop tcp-proxy TERM
echo "tcp-proxy: 50 MB came through whole, four times at once and to a late reader, and took $memory kB of memory"

# An echo server, which ends its way back when it has seen the end of the way there.
start echo-server "$products/echo-server" 0
echo_port=$ready
start tcp-proxy "$products/tcp-proxy" 0 "127.0.0.1:$echo_port"
head -c 3000000 /dev/urandom >"$work/sent"
timeout 60 nc -N 127.0.0.1 "$ready" <"$work/sent" >"$work/received" || fail "nc failed"
cmp "$work/sent" "$work/received" || fail "nc got other bytes than it sent"
timeout 20 nc -N 127.0.0.1 "$ready" </dev/null >"$work/received" || fail "nc without input failed"
[[ ! -s $work/received ]] || fail "nc sent nothing and got something"
"$products/echo-load" "$ready" --connections 200 --rounds 20 --bytes 1000 || fail "200 connections failed"
"$products/echo-load" "$ready" --connections 100 --rounds 20 --bytes 1000 --slow-readers 3 || fail "slow readers failed"
python3 Scripts/examples/peers.py urgent "$ready" "${processes[tcp-proxy]}" || fail "urgent data holds up what follows it"
stop_and_continue tcp-proxy
answer=$(printf 'two\n' | timeout 20 nc -N 127.0.0.1 "$ready") || fail "nc failed after a stop"
[[ $answer == two ]] || fail "after a stop nc got: $answer"
stop tcp-proxy INT
echo "tcp-proxy: nc's end of input came back as the end of its answer"

# With 32 descriptors the proxy can hold some 12 of the 60 connections. It must survive, not spin, and serve the others
# when descriptors come free: none is turned away. With one descriptor more, or else without it, the last one is enough
# for a client and not for its target.
for limit in 33 32; do
  start tcp-proxy bash -c "ulimit -n $limit; exec '$products/tcp-proxy' 0 127.0.0.1:$echo_port"
  open_connections 60 "$ready"
  expect_idle tcp-proxy
  close_connections
  answer=$(printf 'three\n' | timeout 20 nc -N 127.0.0.1 "$ready") || fail "nc failed after the exhaustion"
  [[ $answer == three ]] || fail "after the exhaustion nc got: $answer"
  "$products/echo-load" "$ready" --connections 200 --rounds 5 --bytes 100 || fail "200 connections on $limit descriptors failed"
  [[ $limit -eq 32 ]] || stop tcp-proxy TERM
  echo "tcp-proxy: survived the exhaustion of $limit descriptors ($idle_ticks ticks in an idle second)"
done

# Clients that wait for descriptors are served as soon as there are some, however busy another client keeps the proxy.
start crowded-proxy bash -c "ulimit -Sn 32; exec '$products/tcp-proxy' 0 127.0.0.1:$echo_port"
python3 Scripts/examples/peers.py crowd "$ready" "${processes[crowded-proxy]}" || fail "clients wait for ever"
stop crowded-proxy TERM

expect_patience patient-proxy connect_by_port "$products/tcp-proxy" 0 "127.0.0.1:$echo_port"
ready=$(sed -n 's/^READY //p' "$work/tcp-proxy")

# A target that refuses: the client is closed, and the proxy goes on.
stop echo-server TERM
for _ in 1 2 3; do
  answer=$(timeout 20 nc 127.0.0.1 "$ready" 2>/dev/null </dev/null) || fail "a client without a target was not closed"
  [[ -z $answer ]] || fail "a client without a target got: $answer"
done
start echo-server "$products/echo-server" "$echo_port"
[[ $ready == "$echo_port" ]] || fail "echo-server listens on another port"
ready=$(sed -n 's/^READY //p' "$work/tcp-proxy")
answer=$(printf 'four\n' | timeout 20 nc -N 127.0.0.1 "$ready") || fail "nc failed after the target came back"
[[ $answer == four ]] || fail "after the target came back nc got: $answer"
stop tcp-proxy TERM
stop echo-server TERM
echo "tcp-proxy: closed clients without a target, and served the next"
