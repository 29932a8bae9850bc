"""Counts what an operation takes that does not depend on the machine's mood.

    count.py [--idle-thread] SCENARIO PROGRAM [ARGUMENT...]

Prints one line, `instructions=… allocations=… NAME=…`: instructions in user space by callgrind, blocks that the main thread
allocated, and system calls by name, each per operation. All are the difference between a long run and a short one,
divided by the operations between them, so that start and end do not count. A client waits until the server is asleep
before it does anything, or stops it until all that it is to find is there, so that the figures do not depend on who is
faster. The load program is the one that Scripts/build-benchmarks.sh --alone builds. With --idle-thread the process
has a second thread, which does nothing.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(__file__).resolve().parent / ".build-alone" / "programs"
TIMEOUT_SECONDS = 60

# The scenario's words and options, what makes it a longer run, what the client does, and operations in a round.
SCENARIOS = {
    "pingpong": (["echo", "--connections", "1"], None, ["--pingpong"], 1),
    "accept": (["echo"], "--connections", ["--reconnect"], 1),
    # A hundred connections are there at once, so that the waits hardly count.
    "accept-burst": (["echo"], "--connections", ["--reconnect", "--burst", "100"], 1),
    "churn": (["churn"], "--rounds", None, 1),
    "dispatch": (["dispatch", "--ready", "1000"], "--rounds", None, 1000),
}
# Rounds of the short and the long run.
LENGTHS = {"pingpong": (500, 2500), "accept": (200, 700), "accept-burst": (500, 2500), "churn": (200, 1200), "dispatch": (20, 120)}


def fail(message):
    sys.exit(f"count: {message}")


def only_child(process):
    """The program that a tracer runs."""
    children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    if len(children) != 1:
        fail(f"the tracer has {len(children)} children")
    return children[0]


def run(scenario, arguments, rounds, *, is_traced=False, environment=None):
    """Runs a scenario of a length to its end; `arguments` are the tool's and the program's."""
    words, length, client, _ = SCENARIOS[scenario]
    command = [*arguments, *words]
    command += [length, str(rounds)] if length else []
    command += ["0"] if client else []
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        try:
            if client:
                ready = process.stdout.readline()
                if not ready.startswith("READY "):
                    errors.seek(0)
                    fail(f"{' '.join(command)} was not ready: {errors.read()}")
                server = only_child(process.pid) if is_traced else str(process.pid)
                load = [PROGRAMS / "echo-load", ready.split()[1], *client, "--rounds", str(rounds), "--settle", server]
                subprocess.run(load, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS)
            process.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            if process.poll() is None:
                # With what a tracer runs, which would outlive it.
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if process.returncode != 0:
            errors.seek(0)
            fail(f"{' '.join(command)} ended with {process.returncode}: {errors.read()}")


def instructions(scenario, program, work, rounds, preloaded):
    # Valgrind gives up on debug information that it cannot read, and Swift's is of that kind. The copy finds the
    # libraries beside the original by the path.
    stripped = work / "program"
    if not stripped.exists():
        subprocess.run(["strip", "--strip-debug", "-o", stripped, program[0]], check=True)
    output = work / "callgrind"
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]
    environment = {"LD_LIBRARY_PATH": str(pathlib.Path(program[0]).parent), "LD_PRELOAD": ":".join(preloaded)}
    run(scenario, [*tool, str(stripped), *program[1:]], rounds, environment=environment)
    totals = re.findall(r"^totals: *(\d+)", output.read_text(), re.MULTILINE)
    return {"instructions": int(totals[-1])}


def allocations(scenario, program, work, rounds, preloaded):
    output = work / "allocations"
    preloaded = [str(PROGRAMS / "allocations.so"), *preloaded]
    environment = {"LD_PRELOAD": ":".join(preloaded), "BENCHMARK_ALLOCATIONS": str(output)}
    run(scenario, program, rounds, environment=environment)
    return {"allocations": int(output.read_text())}


def system_calls(scenario, program, work, rounds, preloaded):
    output = work / "strace"
    tool = ["strace", "-f", "-c", "-U", "name,calls", "-o", str(output), "-E", f"LD_PRELOAD={':'.join(preloaded)}"]
    run(scenario, [*tool, *program], rounds, is_traced=True)
    calls = {}
    for line in output.read_text().splitlines():
        words = line.split()
        if len(words) == 2 and words[1].isdigit() and words[0] != "total":
            calls[words[0]] = int(words[1])
    return calls


def main():
    arguments = sys.argv[1:]
    has_idle_thread = "--idle-thread" in arguments[:1]
    arguments = arguments[has_idle_thread:]
    preloaded = [str(PROGRAMS / "idle-thread.so")] if has_idle_thread else []
    if len(arguments) < 2 or arguments[0] not in SCENARIOS:
        fail(f"usage: count.py [--idle-thread] {'|'.join(SCENARIOS)} PROGRAM [ARGUMENT...]")
    scenario = arguments[0]
    # The options come behind the scenario on a system's command line, so they are kept for the end.
    program = [os.path.realpath(arguments[1])]
    SCENARIOS[scenario][0].extend(arguments[2:])
    for tool in ("valgrind", "strace", "strip"):
        if shutil.which(tool) is None:
            fail(f"{tool} is missing")
    short, long = LENGTHS[scenario]
    operations = (long - short) * SCENARIOS[scenario][3]
    with tempfile.TemporaryDirectory() as folder:
        for count in (instructions, allocations, system_calls):
            before = count(scenario, program, pathlib.Path(folder), short, preloaded)
            after = count(scenario, program, pathlib.Path(folder), long, preloaded)
            for name in sorted(after):
                each = (after[name] - before.get(name, 0)) / operations
                # A few are made now and then, whatever the length of a run.
                if name in ("instructions", "allocations") or each >= 0.01 / SCENARIOS[scenario][3]:
                    print(f"{name}={each:.4f}", end=" ")
    print()


if __name__ == "__main__":
    main()
