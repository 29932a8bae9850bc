"""Runs programs: one to its end, with the load program against it if it is a server; or all systems in turns, timed."""

import datetime
import json
import os
import pathlib
import platform
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from programs import BENCHMARKS, LOAD, SYSTEMS
from scenarios import SCENARIOS

TIMEOUT_SECONDS = 120
CANNOT = 3
PORT = "PORT"
# What a server prints when it listens, with its port if it has chosen one.
READY = re.compile(r"READY (\d+)|.* Ready to accept connections")


class Skipped(Exception):
    """What was to be measured cannot be, on this machine or on this system."""


class Failed(Exception):
    pass


def last_line(text):
    return (text.strip().splitlines() or [""])[-1]


def pairs(line):
    """What a line of the form `name=value …` says, as numbers."""
    found = re.findall(r"([\w-]+)=(\S+)", line)
    return {name: float(value) if "." in value else int(value) for name, value in found}


def processor_nanoseconds(process):
    """What a process has taken in all of its threads: see clock_getcpuclockid(3)."""
    return time.clock_gettime_ns(~process << 3 | 2)


def drive(load, port, server, settles):
    """Runs the load program against a server, and returns the last line that it prints."""
    command = [port if word == PORT else word for word in load] + (["--settle", str(server)] if settles else [])
    client = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    if client.returncode != 0:
        raise Failed(f"load: {last_line(client.stderr)}")
    return last_line(client.stdout)


def execute(command, load=(), *, environment=None, settles=False, is_traced=False, is_service=False):
    """Runs a program to its end; returns the last line that it printed, and that of the load program.

    A service prints no such line: the driver makes one of its processor time.

    If the load is to settle, it waits until the server is asleep before it does anything, or stops it until all that it
    is to find is there. Then what the server does does not depend on who is faster.
    """
    with tempfile.TemporaryFile("w+") as errors:
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": errors, "text": True}
        environment = os.environ | (environment or {})
        process = subprocess.Popen(list(map(str, command)), **streams, env=environment, start_new_session=True)
        loaded = usage = ""
        try:
            if load and (ready := next(filter(None, map(READY.match, process.stdout)), None)):
                server = process.pid
                if is_traced:
                    # The program is the tracer's only child.
                    [server] = map(int, pathlib.Path(f"/proc/{server}/task/{server}/children").read_text().split())
                start = processor_nanoseconds(server)
                loaded = drive(load, ready[1] or command[-1], server, settles)
                if is_service:
                    usage = f"processor_ns={processor_nanoseconds(server) - start}"
                    os.kill(server, signal.SIGTERM)
            output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done after {TIMEOUT_SECONDS} seconds") from None
        finally:
            if process.poll() is None:
                # With what a tracer runs, which would outlive it.
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        errors.seek(0)
        said = last_line(errors.read())
    if process.returncode == CANNOT:
        raise Skipped(said)
    if process.returncode != 0:
        raise Failed(f"status {process.returncode}: {said or last_line(output)}")
    if load and not loaded:
        raise Failed("did not say READY")
    return usage or last_line(output), loaded


def commands(scenario, program, options, rounds, path=None):
    """The command of a scenario's program, and that of the load program if it is a server.

    A server chooses its port, unless it is a service, which is given one.
    """
    words = program.words if program.is_service else scenario.command.format(rounds=rounds).split()
    command = [str(path or program.path), *words, *options]
    load = [str(LOAD), PORT, *scenario.load.format(rounds=rounds).split()]
    if program.is_service:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            command.append(str(listener.getsockname()[1]))
    return command, load if scenario.load else []


def measure(scenario, program, options):
    """Times a system at a scenario: on a core of its own, if there are two, and its client on the other."""
    available = sorted(os.sched_getaffinity(0))
    first, second = str(available[0]), str(available[1 % len(available)])
    command, load = commands(scenario, program, options, scenario.rounds)
    on = ",".join(sorted({first, second})) if scenario.is_parallel else first
    load = ["taskset", "-c", second, *load] if load else []
    served, loaded = map(pairs, execute(["taskset", "-c", on, *command], load, is_service=program.is_service))
    if "resident_bytes" in served:
        return served
    if load:
        messages = loaded["rounds"] * (1 if "--reconnect" in load else loaded["connections"])
        result = {"operations": messages, "seconds": loaded["seconds"]}
    else:
        result = {"operations": served["operations"], "seconds": served["wall_ns"] * 1e-9}
    result["processor_seconds"] = served["processor_ns"] * 1e-9
    return result | {name: value for name, value in loaded.items() if name.endswith("_ns")}


def version(program):
    if shutil.which(program):
        return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.partition("\n")[0] or None


def describe(arguments, systems):
    """Where and when a run was made."""
    models = re.findall(r"^model name\s*: *(.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "rounds": arguments.rounds,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        **{compiler: version(compiler) for compiler in ("swift", "clang", "rustc", "redis-server")},
        "libc": " ".join(platform.libc_ver()),
        "load": os.getloadavg()[0],
        "scenarios": [{n: getattr(s, n) for n in ("name", "title", "words", "unit")} for s in SCENARIOS if s.rounds],
        "systems": sorted(systems),
    }


def run_in_turns(arguments):
    """Writes what was measured as lines of JSON.

    In each round every system has a turn at every scenario, in an order that is shuffled anew. The first line says where
    and when; each further one is a run, or that a system cannot do a scenario.
    """
    chosen = [s for s in SCENARIOS if s.rounds and (not arguments.scenario or s.name in arguments.scenario)]
    systems = {n: p for n, p in SYSTEMS.items() if p.path.exists() and (not arguments.system or n in arguments.system)}
    if not chosen or not systems:
        raise Failed("there is no such scenario, or no such system was built")
    results = BENCHMARKS / "results" / "latest.jsonl"
    with results.open("w") as file:
        print(json.dumps(describe(arguments, systems)), file=file, flush=True)
        for number in range(arguments.rounds):
            for scenario in chosen:
                able = {n: p for n, p in systems.items() if n in scenario.systems}
                turns = [(n, end) for n, p in able.items() for end in (p.ends if scenario.has_ends else [None])]
                random.shuffle(turns)
                print(f"round {number + 1}: {scenario.name}", file=sys.stderr)
                for system, end in turns:
                    line = {"round": number, "scenario": scenario.name, "system": system, "end": end}
                    try:
                        line |= measure(scenario, systems[system], ["--end", end] if end else [])
                    except Skipped as reason:
                        line["cannot"] = str(reason)
                    except Failed as reason:
                        print(f"  {system} {end or ''} failed: {reason}", file=sys.stderr)
                        line["failed"] = str(reason)
                    print(json.dumps(line), file=file, flush=True)
    print(results)
