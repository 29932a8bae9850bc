# udp-echo answers each sender with its own datagrams, of every size.

source "$(dirname "$0")/support.bash"

start udp-echo "${traced[@]}" "$products/udp-echo" 0
stop udp-echo TERM
expect_backend

# A datagram that comes alone costs four calls: the wait, receiving it, sending it, and receiving that would block.
start udp-echo strace -D -f -q -o "$work/calls" \
  -e 'trace=?poll,ppoll,?epoll_wait,epoll_pwait,?epoll_pwait2,?epoll_ctl,recvmsg,sendto,sendmsg' "$products/udp-echo" 0
timeout 60 python3 - "$ready" "${processes[udp-echo]}" <<'PYTHON' || fail "the datagrams that came alone were not answered"
import socket, sys, time

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(10)
client.connect(("127.0.0.1", int(sys.argv[1])))

def await_sleep():
    # The server sleeps in its wait alone, since its other calls never do.
    while open(f"/proc/{sys.argv[2]}/stat").read().rsplit(")", 1)[1].split()[0] != "S":
        time.sleep(0.001)

for number in range(100):
    await_sleep()
    client.send(bytes([number]))
    assert client.recv(10) == bytes([number])
await_sleep()
PYTHON
stop udp-echo TERM
calls=$(grep -cE '^[0-9]+ +[a-z0-9_]+\(' "$work/calls")
[[ $calls -ge 400 && $calls -le 410 ]] || fail "100 datagrams that came alone took $calls system calls"
echo "udp-echo on $backend: $calls system calls for 100 datagrams that came alone"

start udp-echo "$products/udp-echo" 0

# nc and socat, both at once, on inputs that stay open: each ends when it has its answer.
mkfifo "$work/nc.in" "$work/socat.in"
exec {to_nc}<>"$work/nc.in" {to_socat}<>"$work/socat.in"
run nc nc -u 127.0.0.1 "$ready" <"$work/nc.in"
run socat socat - "UDP4:127.0.0.1:$ready" <"$work/socat.in"
for round in one two three; do
  echo "$round from nc" >&$to_nc
  echo "$round from socat" >&$to_socat
  eventually "nc gets no answer" receives nc "$round from nc"
  eventually "socat gets no answer" receives socat "$round from socat"
done
! grep -q socat "$work/nc" || fail "nc got socat's datagrams"
! grep -q nc "$work/socat" || fail "socat got nc's datagrams"
exec {to_nc}>&- {to_socat}>&-

# Ten datagrams are under way at a time, which is less than any receive queue loses; among them an empty one and the
# longest there is.
timeout 60 python3 - "$ready" <<'PYTHON' || fail "the datagrams did not come back"
import os, socket, sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(10)
client.connect(("127.0.0.1", int(sys.argv[1])))
client.send(b"")
assert client.recv(65536) == b""
longest = os.urandom(65507)
client.send(longest)
assert client.recv(65536) == longest
for _ in range(1000):
    sent = [os.urandom(1 + index * 100) for index in range(10)]
    for datagram in sent:
        client.send(datagram)
    assert [client.recv(65536) for _ in sent] == sent
print("udp-echo: nc, socat and Python got their datagrams back, 0 to 65,507 bytes, 10,000 of them in order")
PYTHON

# Datagrams that pile up while the server is stopped are answered without another one's coming, in however many turns.
timeout 60 python3 - "$ready" "${processes[udp-echo]}" <<'PYTHON' || fail "datagrams were left lying"
import os, signal, socket, sys, time

process = int(sys.argv[2])
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(10)
client.connect(("127.0.0.1", int(sys.argv[1])))
os.kill(process, signal.SIGSTOP)
while open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()[0] != "T":
    time.sleep(0.01)
# Each takes some 800 bytes of a receive queue, which has 200,000.
sent = [bytes([number]) for number in range(200)]
for datagram in sent:
    client.send(datagram)
os.kill(process, signal.SIGCONT)
assert [client.recv(65536) for _ in sent] == sent
PYTHON

# The server goes on after a stop.
stop_and_continue udp-echo
run nc nc -u 127.0.0.1 "$ready" < <(echo after a stop)
eventually "nc gets no answer after a stop" receives nc "after a stop"
kill_now nc

# A flood without reading: answers are lost, the server is not, and it can still be stopped.
timeout 60 python3 - "$ready" <<'PYTHON' || fail "the flood failed"
import socket, sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(10)
client.connect(("127.0.0.1", int(sys.argv[1])))
for _ in range(20000):
    client.send(bytes(1000))
client.send(b"over")
# The receive queue holds some of the flood; "over" itself may have been lost, so it is sent until it comes back.
while True:
    answer = client.recv(65536)
    if answer == b"over":
        break
    client.send(b"over")
PYTHON
stop udp-echo TERM
start udp-echo "$products/udp-echo" 0
stop udp-echo INT
echo "udp-echo: survived a flood"

# An error that lasts ends the server with the first datagram.
start udp-echo python3 Scripts/examples/refuse.py EPERM recvfrom,recvmsg "$products/udp-echo" 0
printf x >"/dev/udp/127.0.0.1/$ready"
expect_refusal udp-echo
echo "udp-echo: ends if receiving is forbidden"

# An answer for which there is no space waits for it, and is sent before those that come after. Loopback takes every
# datagram at once, so this needs a slow one, in a network of its own.
if ! unshare -rn tc qdisc add dev lo root pfifo 2>/dev/null; then
  echo "udp-echo: skipped waiting for space: this system permits no private network"
  exit
fi
timeout 60 unshare -rn bash -euo pipefail -s "$products/udp-echo" "$work" <<'NETWORK' || fail "the slow network failed"
ip link set lo up mtu 1500
tc qdisc add dev lo root tbf rate 8mbit burst 3000 limit 50mb
strace -D -f -q -o "$2/slow" -e trace=sendto,sendmsg "$1" 0 >"$2/slow-ready" &
trap 'kill $!' EXIT
until [[ -s $2/slow-ready ]]; do sleep 0.02; done
python3 - "$(sed -n 's/^READY //p' "$2/slow-ready")" <<'PYTHON'
import socket, sys

# Five, of which each has space for what it sends, so that all of it queues at once and the answers behind it.
clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(5)]
for client in clients:
    client.settimeout(2)
    client.connect(("127.0.0.1", int(sys.argv[1])))
    for number in range(80):
        client.send(bytes([number]) + bytes(1300))
count = 0
for client in clients:
    answers = []
    try:
        while True:
            answers.append(client.recv(2000)[0])
    except TimeoutError:
        pass
    assert answers == sorted(set(answers))
    count += len(answers)
assert count > 100
clients[0].send(b"over")
assert clients[0].recv(2000) == b"over"
print(f"udp-echo: {count} of 400 datagrams came back in order over a slow network")
PYTHON
NETWORK
blocked=$(grep -c 'EAGAIN' "$work/slow" || true)
# Each time costs a refusal, an event, and two registrations, so that there must be few.
[[ $blocked -ge 1 && $blocked -le 20 ]] || fail "the slow network refused $blocked answers"
echo "udp-echo on $backend: waited for space $blocked times"
