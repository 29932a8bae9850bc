"""Checks the example servers of a build against nc and curl on this machine."""

import contextlib
import functools
import http.server
import os
import signal
import subprocess
import threading


@contextlib.contextmanager
def running(build, program, *arguments):
    """Starts a server, yields its port, and ends the server by Ctrl-C."""
    command = [*build.target.runner, program, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=build.environment)
    try:
        first, _, port = process.stdout.readline().partition(" ")
        assert first == "READY", f"{program.name} begins with {first}"
        yield port.strip()
        process.send_signal(signal.SIGINT)
        status = process.wait(30)
        assert status == 0, f"{program.name} ended with {status}"
    finally:
        process.kill()


@contextlib.contextmanager
def serving_files(folder):
    """Serves the files of a folder by HTTP, and yields the port."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    handler.func.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def check(build, echo, proxy):
    """Returns a list of the failures."""
    data = os.urandom(3_000_000)
    (build.folder / "data").write_bytes(data)
    wrong = []

    def expect(what, command, sent=None):
        try:
            received = subprocess.run(command, input=sent, stdout=subprocess.PIPE, timeout=120).stdout
        except subprocess.TimeoutExpired as error:
            received = error.stdout or b""
        if received != data:
            wrong.append(f"{what}: {len(received)} bytes came back, or other bytes than expected")

    with running(build, echo, "0") as port, running(build, proxy, "0", f"127.0.0.1:{port}") as front:
        expect("nc and the echo server", ["nc", "-N", "127.0.0.1", port], data)
        expect("nc and the echo server behind the proxy", ["nc", "-N", "127.0.0.1", front], data)
    with serving_files(build.folder) as port, running(build, proxy, "0", f"127.0.0.1:{port}") as front:
        expect("curl and a server behind the proxy", ["curl", "-s", f"http://127.0.0.1:{front}/data"])
    return wrong
