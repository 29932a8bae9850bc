# udp-echo answers each sender with its own datagrams, of every size.

source "$(dirname "$0")/support.bash"

start udp-echo "${traced[@]}" "$products/udp-echo" 0
stop udp-echo TERM
expect_backend

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

# An error that lasts ends the server. The event that says "writable" is enough to find out.
run udp-echo python3 Scripts/examples/refuse.py EPERM recvfrom,recvmsg "$products/udp-echo" 0
expect_refusal udp-echo
echo "udp-echo: ends if receiving is forbidden"
