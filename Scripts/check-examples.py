#!/usr/bin/env python3
"""Runs the example programs on each backend, mostly against clients from other projects.

    Scripts/check-examples.py [NAME...]

The clients are nc, socat, curl, redis-cli, redis-benchmark, Python's sockets, and echo-load, which verifies every byte of a
thousand concurrent connections. The system calls of each program show that it uses the backend. NAME is an example program
(default: all of them).
"""

import atexit
import functools
import os
import pathlib
import re
import resource
import select
import signal
import socket
import sys
import tempfile
import time
from subprocess import DEVNULL, PIPE, STDOUT, Popen, run

# The system calls with which each backend waits.
BACKENDS = {"epoll": "epoll_p?wait2?", "poll": "p?poll"}
WAITS = "p?poll|p?select6?|epoll_p?wait2?"
TRACED = [f"trace=/^({WAITS}|epoll_ctl|recvfrom|recvmsg|sendto|sendmsg)$"]


def wait_until(condition, complaint):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"{complaint}, after 30 seconds"
        time.sleep(0.002)


class Program:
    """A program that runs beside the check and prints to a file. With expressions for strace, strace traces the program.

    A `with` block is for a server. It begins when the server is READY. At its end a signal must end the server with status 0.
    """

    backend = ""

    def __init__(self, *command, strace=()):
        self.name = command[0]
        self.strace = strace
        self.output = tempfile.NamedTemporaryFile()
        self.trace = tempfile.NamedTemporaryFile()
        # With -D, the program is a child of this process, and strace is not.
        tracer = ["strace", "-D", "-f", "-q", "-o", self.trace.name, *(f"-e{expression}" for expression in strace)]
        command = [*(tracer if strace else []), *map(str, command)]
        self.process = Popen(command, stdin=PIPE, stdout=self.output, stderr=STDOUT, text=True, bufsize=1)
        # All programs end with the check, even if the check fails.
        atexit.register(self.process.kill)
        self.say = self.process.stdin.write

    def __enter__(self):
        address = self.expect("READY ")
        self.address = ("127.0.0.1", int(address)) if address.isdigit() else address
        return self

    def __exit__(self, exception, *_):
        # If the block has expected the end of the server, there is a return code.
        if exception is None and self.process.returncode is None:
            # A server must end after either signal.
            self.process.send_signal(signal.SIGINT if self.strace else signal.SIGTERM)
            self.expect_end()

    def text(self):
        return pathlib.Path(self.output.name).read_text(errors="replace")

    def expect(self, beginning):
        """Waits until the program has printed a line with this beginning, and returns the rest of the line."""
        line = re.compile(rf"(?m)^{re.escape(beginning)}(.*)\n")
        wait_until(lambda: line.search(self.text()) or self.process.poll() is not None, f"{self.name}: no {beginning!r}")
        assert line.search(self.text()), f"{self.name} ended with {self.process.returncode}: {self.text()}"
        return line.search(self.text())[1]

    def expect_end(self, status=0):
        """Waits until the program ends. A TRACED program must have waited only with its backend's calls."""
        wait_until(lambda: self.process.poll() is not None, f"{self.name} does not end")
        assert self.process.returncode == status, f"{self.name} ended with {self.process.returncode}: {self.text()}"
        if self.strace is TRACED:
            trace = pathlib.Path(self.trace.name)
            wait_until(lambda: re.search(rf"(?m)^{self.process.pid} +\+\+\+", trace.read_text()), "strace does not end")
            self.calls = re.findall(r"(?m)^\d+ +([a-z0-9_]+\(.*)", trace.read_text())
            waits = set(re.findall(rf"(?m)^({WAITS})\(", "\n".join(self.calls)))
            is_backend = [re.fullmatch(BACKENDS[self.backend], name) for name in waits]
            assert waits and all(is_backend), f"{self.name}, built for {self.backend}, waits with {waits}"
            print(f"{self.name} on {self.backend}: {len(self.calls)} calls, waits with {' '.join(waits)}")

    def stat(self):
        """Returns the fields of /proc/PID/stat, from the state of the process on."""
        return pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()

    def peak_memory(self):
        """Returns the kB of memory that the process has had at most."""
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def wait_until_in(self, state):
        wait_until(lambda: self.stat()[0] == state, f"{self.name} does not get into the state {state}")

    def while_stopped(self, action=lambda: None):
        """Stops the server like Ctrl-Z, and continues it like `fg`, which ends a wait on epoll."""
        self.process.send_signal(signal.SIGSTOP)
        self.wait_until_in("T")
        action()
        self.process.send_signal(signal.SIGCONT)
        self.wait_until_in("S")

    def expect_idle(self):
        """Expects that a server without work uses almost no processor time for a second."""
        before = self.stat()
        time.sleep(1)
        ticks = sum(map(int, self.stat()[11:13])) - sum(map(int, before[11:13]))
        assert ticks < os.sysconf("SC_CLK_TCK") / 4, f"{self.name} used {ticks} ticks in a second without work"

    def connected(self, message=b""):
        """Connects a client to the server, sends a message if there is one, and returns the client's socket."""
        family = socket.AF_UNIX if self.name == "unix-chat" else socket.AF_INET
        client = socket.socket(family, socket.SOCK_DGRAM if self.name == "udp-echo" else socket.SOCK_STREAM)
        client.settimeout(20)
        client.connect(self.address)
        if message:
            client.send(message)
        return client

    def answer_to_nc(self, data):
        """Returns the bytes that nc receives until the server closes. nc ends its own side after it has sent the data."""
        to = ["-U", self.address] if self.name == "unix-chat" else map(str, self.address)
        return run(["nc", "-N", *to], input=data, stdout=PIPE, timeout=60, check=True).stdout

    def run_load(self, connections, rounds, size):
        load = ["echo-load", self.address[1], "--connections", connections, "--rounds", rounds, "--bytes", size]
        load += ["--ping"] * (self.name == "key-value-server")
        run([*map(str, load)], timeout=120, check=True)


class Redis(Program):
    """redis-server, on a port that is free, with nothing on the disk."""

    def __init__(self, strace=()):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.address = listener.getsockname()
        super().__init__("redis-server", "--save", "", "--port", self.address[1], strace=strace)

    def __enter__(self):
        wait_until(lambda: "Ready to accept connections" in self.text(), "redis-server is not ready")
        return self


def readable(sockets, patience=0):
    return select.select(sockets, [], [], patience)[0]


def expect_bytes(expected, *clients):
    for client in clients:
        received = bytearray()
        while len(received) < len(expected) and (more := client.recv(min(1 << 16, len(expected) - len(received)))):
            received += more
        assert received == expected, f"{received[-100:]} came in place of {expected[-100:]}"


def check_calls(*command, clients=lambda server: [server.connected()] * 2, message=b"hello\n", answer=b"hello\n", most=410):
    """Counts the calls for single messages: a wait, a receive, a send, and a receive that would block."""
    with Program(*command, strace=TRACED) as server:
        speaker, listener = clients(server)
        for _ in range(100):
            # The server sleeps only in its wait, because its other calls never sleep.
            server.wait_until_in("S")
            speaker.send(message)
            expect_bytes(answer, listener)
        server.wait_until_in("S")
    count = len(server.calls)
    assert 400 <= count <= most, f"{server.name}: 100 single messages took {count} system calls"


def check_echo(*command, most, connections, slow_readers):
    """The server returns every byte to every kind of client, and continues after a stop."""
    check_calls(*command, most=most)
    with Program(*command) as server:
        # Urgent data does not delay the bytes behind it. The server is stopped when all data arrives, so there is one event.
        client = server.connected(b"0")
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        expect_bytes(b"0", client)
        server.while_stopped(lambda: [client.send(b"ab"), client.send(b"!", socket.MSG_OOB), client.send(b"cdef")])
        expect_bytes(b"abcdef", client)
        server.while_stopped()
        for data in b"one\ntwo\n", os.urandom(3_000_000), b"":
            assert server.answer_to_nc(data) == data, f"{server.name}: nc got other bytes than it sent"
        server.run_load(connections, 20, 1000)
        # Clients that send until they would block, and do not read, delay no other client, and later receive every byte.
        sent = {server.connected(): bytearray() for _ in range(slow_readers)}
        while writable := select.select([], sent, [], 0.5)[1]:
            for reader in writable:
                data = os.urandom(1 << 14)
                sent[reader] += data[: reader.send(data)]
                assert len(sent[reader]) < 64 << 20, f"{server.name} reads without limit from a client that does not read"
        server.expect_idle()
        server.run_load(100, 20, 1000)
        for reader in sent:
            expect_bytes(sent[reader], reader)
            reader.sendall(b"the end")
            reader.shutdown(socket.SHUT_WR)
            assert reader.makefile("rb").read() == b"the end", f"{server.name}: a slow reader got other last bytes"
        memory = server.peak_memory()
        assert memory < 30_000, f"{server.name} took {memory} kB of memory"
        print(f"{server.name}: held back {sum(map(len, sent.values())) >> 20} MiB with {memory} kB of memory")
    check_shortage(*command)


def check_shortage(*command):
    """The server survives a shortage of descriptors and does not spin. A server that may not accept at all ends."""
    # With one of the two limits, the last descriptor suffices for a proxy's client, and none is left for its target.
    for limit in 32, 33:
        with Program(*command) as server:
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, 256))
            if server.name != "unix-chat":
                server.run_load(200, 5, 100)
            clients = [server.connected(b"x\n") for _ in range(60)]
            descriptors = f"/proc/{server.process.pid}/fd"
            wait_until(
                lambda: len(os.listdir(descriptors)) == limit and len(readable(clients)) > 1,
                f"{server.name} does not use {limit} descriptors to serve clients",
            )
            server.expect_idle()
            # The server accepts waiting clients as soon as descriptors are free, even if another client keeps it busy.
            busy, *leaving = readable(clients)
            for client in leaving:
                clients.remove(client)
                client.close()
            wait_until(lambda: busy.send(b"y\n") and len(readable(clients)) > 1, f"{server.name} serves no others")
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (256, 256))
            wait_until(lambda: busy.send(b"y\n") and readable(clients) == clients, f"{server.name} serves only the busy client")
    with Program(*command, strace=["trace=accept,accept4", "inject=accept,accept4:error=ENFILE"]) as server:
        client = server.connected()
        server.expect_idle()
    check_refusal(*command, calls="accept,accept4")


def check_refusal(*command, calls):
    """The server ends after a lasting error."""
    with Program(*command, strace=[f"trace={calls}", f"inject={calls}:error=EPERM"]) as server:
        client = server.connected(b"x")
        server.expect_end(1)
        assert "permission denied" in server.text(), f"{server.name} ended without the error: {server.text()}"


def check_quickstart(_):
    program = Program("quickstart", strace=TRACED)
    program.expect("read 17 bytes: Hello, Metal I/O!")
    program.expect_end()


def check_echo_server(_):
    check_echo("echo-server", 0, most=420, connections=1000, slow_readers=5)


def check_tcp_proxy(folder):
    with Program("echo-server", 0) as target:
        command = "tcp-proxy", 0, f"127.0.0.1:{target.address[1]}"
        # A message passes through the proxy twice.
        check_echo(*command, most=820, connections=200, slow_readers=3)
    # If the target refuses a connection, the proxy closes the client and continues.
    with Program(*command) as proxy:
        for _ in range(3):
            assert proxy.connected().recv(1) == b"", "a client without a target got something"
        with Program("echo-server", target.address[1]):
            assert proxy.answer_to_nc(b"four\n") == b"four\n", "nc got no answer after the target came back"

    big, copies = os.urandom(50_000_000), [folder / f"copy{number}" for number in range(4)]
    folder.joinpath("big").write_bytes(big)
    web = Program("python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, 0)
    port = web.expect("Serving HTTP on 127.0.0.1 port ").split()[0]
    with Program("tcp-proxy", "127.0.0.1:0", f"127.0.0.1:{port}") as proxy:
        for curl in [Program("curl", "-sSf", "-o", copy, f"127.0.0.1:{proxy.address[1]}/big") for copy in copies]:
            curl.expect_end()
        assert all(copy.read_bytes() == big for copy in copies), "curl got another file"
        # While a client does not read, the proxy stops reading from the HTTP server and has nothing to do.
        late = proxy.connected(b"GET /big HTTP/1.0\r\n\r\n")
        proxy.expect_idle()
        assert late.makefile("rb").read().endswith(b"\r\n\r\n" + big), "the late reader got another file"


def check_udp_echo(_):
    check_calls("udp-echo", 0)
    with Program("udp-echo", 0) as server:
        # nc and socat run at the same time, on inputs that stay open.
        nc = Program("nc", "-u", *server.address)
        socat = Program("socat", "-", f"UDP4:127.0.0.1:{server.address[1]}")
        for number in range(3):
            nc.say(f"{number} from nc\n")
            socat.say(f"{number} from socat\n")
            nc.expect(f"{number} from nc")
            socat.expect(f"{number} from socat")
            server.while_stopped()
        assert "socat" not in nc.text() and "nc" not in socat.text(), "nc and socat got each other's datagrams"

        # At most ten datagrams are in transit, which every receive queue can hold.
        client = server.connected()
        for sent in [b""], [os.urandom(65507)], *([os.urandom(1 + n * 100) for n in range(10)] for _ in range(1000)):
            for datagram in sent:
                client.send(datagram)
            assert [client.recv(65536) for _ in sent] == sent, "the datagrams did not come back in order"
        # The server answers all datagrams of a full queue, even if no other datagram follows. Each datagram takes about 800
        # bytes of a receive queue with 200,000 bytes.
        sent = [bytes([number]) for number in range(200)]
        server.while_stopped(lambda: [client.send(datagram) for datagram in sent])
        assert [client.recv(65536) for _ in sent] == sent, "some datagrams got no answer"
        # In a flood without reading, answers are lost, but the server continues. "over" may be lost too, so it is sent again.
        for _ in range(20000):
            client.send(bytes(1000))
        client.send(b"over")
        while client.recv(65536) != b"over":
            client.send(b"over")
    check_refusal("udp-echo", 0, calls="recvfrom,recvmsg")

    # The loopback device accepts every datagram at once. In a slow private network, answers wait for space.
    command = "unshare -rn tc qdisc add dev lo root pfifo".split()
    if run(command, stderr=DEVNULL).returncode != 0:
        return print("udp-echo: skipped waiting for space: this system permits no private network")
    run(["unshare", "-rn", sys.executable, __file__, "--slow-network", Program.backend], timeout=60, check=True)


def check_slow_network():
    """An answer without space waits, and is sent before later answers."""
    run("ip link set lo up mtu 1500".split(), check=True)
    run("tc qdisc add dev lo root tbf rate 8mbit burst 3000 limit 50mb".split(), check=True)
    with Program("udp-echo", 0, strace=TRACED) as server:
        # Each client has space for its datagrams, so all of them queue at once, and the answers queue behind them.
        answers = {server.connected(): [] for _ in range(5)}
        for client in answers:
            for number in range(80):
                client.send(bytes([number]) + bytes(1300))
        while ready := readable(answers, patience=2):
            for client in ready:
                answers[client].append(client.recv(2000)[0])
        assert all(numbers == sorted(set(numbers)) for numbers in answers.values()), f"answers out of order: {answers}"
        count = sum(map(len, answers.values()))
        assert count > 100, f"only {count} of 400 datagrams came back"
        client.send(b"over")
        expect_bytes(b"over", client)
    successes = [call[:4] for call in server.calls if " = -1 " not in call]
    assert successes.count("recv") == successes.count("send"), "the server dropped answers for which there was no space"
    refusals = sum(call.startswith("send") and "EAGAIN" in call for call in server.calls)
    # Each refusal costs an event and two registrations, so there must be few refusals.
    assert 1 <= refusals <= 20, f"the slow network refused {refusals} answers"


def redis_benchmark(server, tests, requests, *options):
    command = ["redis-benchmark", "-p", server.address[1], "-t", tests, "-n", requests, "--csv", *options]
    done = run([*map(str, command)], stdout=PIPE, stderr=STDOUT, text=True, timeout=120, check=True)
    # A line for each test below the titles, and no complaint.
    assert len(done.stdout.splitlines()) == 2 + tests.count(","), f"redis-benchmark of {server.name}: {done.stdout}"


def calls_per_request(make, *options, requests=20_000):
    """Returns how many calls on descriptors a server makes for a request."""
    with make(strace=["trace=%desc,%network"]) as server:
        redis_benchmark(server, "get", requests, *options)
    return len(pathlib.Path(server.trace.name).read_text().splitlines()) / requests


# Each line is a command for redis-cli. The time left is rounded to seconds, so the commands need not be fast.
COMMANDS = b"""PING|ping hello|PING a b|ECHO hi|SET a 5|INCR a|GET a|get b|SET a ""|GET a|INCR a|DEL a b c|DEL a|GET|nothing|NO a b
SET n 9223372036854775807|INCR n|SET n -9223372036854775808|INCR n|SET n 01|INCR n|SET b "\\x00\\r\\n\\xff"|GET b|EXPIRE n 100|TTL n
SET n 1|TTL n|TTL none|EXPIRE none 1|EXPIRE n x|EXPIRE n 9223372036854775807|EXPIRE n -1|GET n|SET a b EX 9000|TTL a|SET a b EX 0
SET a b EX x|SET a b EX|SET a b NOTHING 1|CONFIG x|CONFIG"""


def check_key_value_server(_):
    check_calls("key-value-server", 0, message=b"PING\r\n", answer=b"+PONG\r\n")
    check_shortage("key-value-server", 0)
    with Program("key-value-server", 0) as server, Redis() as redis:
        cli = "redis-cli", "-p"
        own, others = (run([*cli, str(s.address[1])], input=COMMANDS.replace(b"|", b"\n"), stdout=PIPE) for s in (server, redis))
        assert own.stdout == others.stdout, f"redis-cli shows {own.stdout}, and of redis-server {others.stdout}"
        # More than a turn's share, sent and read at the same time.
        assert server.answer_to_nc(b"PING\r\n" * 300_000) == b"+PONG\r\n" * 300_000, "nc got other answers"
        # Clients that do not read hold up nobody else, take little memory, and get every byte later.
        value = os.urandom(400_000)
        server.connected(b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$400000\r\n%b\r\n" % value).recv(5)
        readers = [server.connected(b"GET big\r\n" * 100) for _ in range(5)]
        server.expect_idle()
        redis_benchmark(server, "ping_inline,ping_mbulk,set,get,incr", 20_000)
        for reader in readers:
            reader.shutdown(socket.SHUT_WR)
            assert reader.makefile("rb").read() == b"$400000\r\n%b\r\n" % value * 100, "a slow reader got other answers"
        assert server.peak_memory() < 30_000, f"key-value-server took {server.peak_memory()} kB of memory"
        for options in [], ["-P", 16], ["-P", 16, "-c", 500, "-r", 100_000, "-d", 1000]:
            redis_benchmark(server, "ping_mbulk,set,get,incr", 50_000, *options)
        # The stop comes under load.
        Program("redis-benchmark", "-p", server.address[1], "-n", 100_000_000, "-P", 16).expect("")
    if Program.backend == "epoll":
        for options in ["-c", 1], ["-c", 50, "-P", 16]:
            own = calls_per_request(functools.partial(Program, "key-value-server", 0), *options)
            others = calls_per_request(Redis, *options)
            print(f"a request of redis-benchmark {options}: {own:.3f} calls, and {others:.3f} of redis-server")
            # The read that would block is one more: redis-server is level-triggered, and reads once for an event.
            assert own < 1.5 * others, "key-value-server makes more calls for a request than redis-server"


def join(server, number, others):
    """Connects a member to the chat, expects the notices for it and for the others, and returns the member."""
    member = server.connected()
    expect_bytes(f"* you are {number}\n".encode(), member)
    expect_bytes(f"* {number} has joined\n".encode(), *others)
    return member


def two_members(server):
    anna = join(server, 1, [])
    return anna, join(server, 2, [anna])


def check_unix_chat(folder):
    path = folder / "socket"
    # On epoll, a stream that is also registered for writing would be reported after each line.
    check_calls("unix-chat", path, clients=two_members, answer=b"1: hello\n", most=430)
    assert not path.exists(), "the socket's file is still there after SIGINT"

    with Program("unix-chat", path) as server:
        Program("unix-chat", path).expect_end(1)
        assert path.is_socket(), "a second server removed the first one's file"
        anna, berta = two_members(server)
        server.while_stopped()
        # The chat keeps a line of 1,024 bytes whole, and splits a longer line. No member receives its own lines.
        line = b"7" * 1024
        anna.sendall(line + b"\n" + line + b"rest\n")
        expect_bytes(b"1: " + line + b"\n1: " + line + b"\n1: rest\n", berta)
        berta.sendall(b"hello anna\n")
        expect_bytes(b"2: hello anna\n", anna)

        carl = Program("nc", "-U", path)
        carl.expect("* you are 3")
        carl.say("hello\n")
        expect_bytes(b"* 3 has joined\n3: hello\n", anna, berta)
        # Half-close: the last words have no line end, and the server closes.
        assert server.answer_to_nc(b"last words") == b"* you are 4\n", "the fourth member heard something else"
        expect_bytes(b"* 4 has joined\n4: last words\n* 4 has left\n", anna, berta)

        def speak(number):
            """Sends lines from anna, which the server reads at once, waits for them, and returns the bytes for the others."""
            lines = [f"line {index} of portion {number}, to which not everybody listens\n" for index in range(60)]
            anna.sendall("".join(lines).encode())
            heard = "".join(f"1: {line}" for line in lines).encode()
            expect_bytes(heard, berta)
            server.wait_until_in("S")
            return heard

        # The server drops a member that does not read. The other members lose nothing.
        emil = join(server, 5, [anna, berta])
        count = 0
        while not readable([anna]):
            assert count < 1000, "a member that does not read is not dropped"
            speak(count)
            count += 1
        expect_bytes(b"* 5 was dropped: it does not read\n", anna, berta)
        # Frida reads late and still receives every byte. The system's buffers are full, and half of the longest backlog, 64
        # KiB, waits for her.
        frida = join(server, 6, [anna, berta])
        speech = b"".join(speak(number) for number in range(count - 8))
        expect_bytes(speech, frida)
        wait_until(lambda: speech.decode() in carl.text(), "nc lost some of the speech")
        # A killed member leaves as well.
        carl.process.kill()
        expect_bytes(b"* 3 has left\n", anna, berta, frida)
    assert not path.exists(), "the socket's file is still there after SIGTERM"
    check_shortage("unix-chat", path)


def main():
    sys.stdout.reconfigure(line_buffering=True)
    # The check of udp-echo runs this program in a private network.
    if sys.argv[1:2] == ["--slow-network"]:
        Program.backend = sys.argv[2]
        return check_slow_network()
    os.chdir(pathlib.Path(__file__).parent.parent)
    search_path = os.environ["PATH"]
    for Program.backend in BACKENDS:
        build = f'source Scripts/common.bash; build_for {Program.backend} -c release; echo "$products"'
        products = run(["bash", "-c", build, "Scripts/common.bash"], stdout=PIPE, text=True, check=True).stdout.strip()
        sources = pathlib.Path().glob("Benchmarks/C/load/*.c")
        run(["clang", "-std=gnu11", "-O2", "-pthread", "-o", f"{products}/echo-load", *sources], check=True)
        os.environ["PATH"] = f"{products}:{search_path}"
        for name in sys.argv[1:] or ["quickstart", "echo-server", "tcp-proxy", "udp-echo", "unix-chat", "key-value-server"]:
            with tempfile.TemporaryDirectory() as folder:
                globals()["check_" + name.replace("-", "_")](pathlib.Path(folder))


main()
