"""Peers that the servers of the examples must cope with.

    peers.py urgent PORT PID      sends an urgent byte in the midst of others, which all must come back
    peers.py crowd ADDRESS PID    waits for descriptors beside a busy client; ADDRESS is a port or a path
"""

import os
import resource
import select
import signal
import socket
import sys
import time


def connected(address):
    if address.isdigit():
        return socket.create_connection(("127.0.0.1", int(address)), timeout=20)
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(20)
    peer.connect(address)
    return peer


def wait_until_stopped(process):
    while open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()[0] != "T":
        time.sleep(0.01)


def urgent(port, process):
    client = connected(port)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall(b"0")
    assert client.recv(1) == b"0"
    # While the server is stopped everything arrives, so that one event is all that it gets.
    os.kill(process, signal.SIGSTOP)
    wait_until_stopped(process)
    client.sendall(b"ab")
    client.send(b"!", socket.MSG_OOB)
    client.sendall(b"cdef")
    os.kill(process, signal.SIGCONT)
    received = b""
    while len(received) < 6:
        received += client.recv(6)
    assert received == b"abcdef", received


def answered(peers, patience):
    """Returns the peers that receive data, once none has received any for `patience` seconds."""
    answered, waiting = set(), set(peers)
    while waiting and (ready := select.select(waiting, [], [], patience)[0]):
        answered.update(ready)
        waiting.difference_update(ready)
    return answered


def crowd(address, process):
    echoes = address.isdigit()
    peers = [connected(address) for _ in range(60)]
    for peer in peers:
        peer.sendall(b"x\n")
    served = answered(peers, 1)
    waiting = [peer for peer in peers if peer not in served]
    assert served and waiting, len(served)
    busy = next(peer for peer in peers if peer in served)
    hard = resource.prlimit(process, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(process, resource.RLIMIT_NOFILE, (min(hard, 256), hard))
    deadline = time.monotonic() + 20
    while waiting:
        assert time.monotonic() < deadline, f"{len(waiting)} of {len(peers)} clients still wait beside a busy one"
        busy.sendall(b"y\n")
        if echoes:
            busy.recv(64)
        time.sleep(0.01)
        ready = select.select(waiting, [], [], 0)[0]
        waiting = [peer for peer in waiting if peer not in ready]


{"urgent": urgent, "crowd": crowd}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
