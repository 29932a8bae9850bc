"""Runs the systems under test through the scenarios, in turns, and writes what was measured as lines of JSON.

In each round every system has a turn at every scenario, in an order that is shuffled anew. The first line of the file
says where and when; each further one is a run, or that a system cannot do a scenario.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import re
import subprocess
import sys

from scenarios import SCENARIOS

FOLDER = pathlib.Path(__file__).resolve().parent
PROGRAMS = FOLDER / ".build" / "programs"
TIMEOUT_SECONDS = 120
CANNOT = 3


class Skipped(Exception):
    pass


class Failed(Exception):
    pass


def cores():
    """The cores for the system and for its client: two if there are two."""
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[1 % len(available)]


def pinned(command, *on):
    return ["taskset", "-c", ",".join(str(core) for core in sorted(set(on))), *command]


def pairs(line):
    """What a line of the form `name=value …` says, as numbers."""
    found = dict(re.findall(r"([\w-]+)=(\S+)", line))
    return {name: float(value) if "." in value else int(value) for name, value in found.items()}


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def check(process, output, errors):
    if process.returncode == CANNOT:
        raise Skipped(last_line(errors))
    if process.returncode != 0:
        raise Failed(f"status {process.returncode}: {last_line(errors) or last_line(output)}")


def run_alone(command, scenario):
    first, second = cores()
    on = (first, second) if scenario.is_parallel else (first,)
    process = subprocess.Popen(
        pinned(command, *on), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        output, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Failed(f"not done after {TIMEOUT_SECONDS} seconds")
    check(process, output, errors)
    result = pairs(last_line(output))
    if "resident_bytes" in result:
        return {"operations": result["operations"], "resident_bytes": result["resident_bytes"]}
    return {
        "operations": result["operations"],
        "seconds": result["wall_ns"] * 1e-9,
        "processor_seconds": (result["user_ns"] + result["system_ns"]) * 1e-9,
    }


def run_server(command, scenario):
    first, second = cores()
    server = subprocess.Popen(
        pinned(command, first), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        ready = server.stdout.readline()
        if not ready.startswith("READY "):
            output, errors = server.communicate(timeout=TIMEOUT_SECONDS)
            check(server, output, errors)
            raise Failed(f"said {ready!r} in place of READY")
        load = [str(PROGRAMS / "echo-load"), ready.split()[1], *map(str, scenario.load)]
        client = subprocess.run(
            pinned(load, second), capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
        if client.returncode != 0:
            raise Failed(f"load: {last_line(client.stderr)}")
        output, errors = server.communicate(timeout=TIMEOUT_SECONDS)
        check(server, output, errors)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {TIMEOUT_SECONDS} seconds")
    finally:
        if server.poll() is None:
            server.kill()
            server.communicate()
    loaded, served = pairs(last_line(client.stdout)), pairs(last_line(output))
    reconnects = "--reconnect" in scenario.load
    messages = loaded["rounds"] * (1 if reconnects else loaded["connections"])
    result = {
        "operations": messages,
        "seconds": loaded["seconds"],
        "processor_seconds": (served["user_ns"] + served["system_ns"]) * 1e-9,
    }
    result.update({name: value for name, value in loaded.items() if name.endswith("_ns")})
    return result


def first_line(*command):
    try:
        text = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    return text.splitlines()[0] if text else None


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def describe(rounds, turns, is_quick):
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "rounds": rounds,
        "is_quick": is_quick,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "swift": first_line("swift", "--version"),
        "clang": first_line("clang", "--version"),
        "rustc": first_line("rustc", "--version"),
        "libc": " ".join(platform.libc_ver()),
        "load": os.getloadavg()[0],
        "scenarios": [
            {"name": s.name, "title": s.title, "words": s.words, "unit": s.unit} for s in SCENARIOS
        ],
        "systems": sorted({system for system, _, _ in turns}),
    }


def read_systems(chosen):
    """The turns: a system's name, an end of a reading that it hears of, and its program."""
    turns = []
    for line in (PROGRAMS / "systems").read_text().splitlines():
        name, ends, program = line.split("\t")
        if chosen and name not in chosen:
            continue
        turns += [(name, end, program) for end in ends.split(",")]
    return turns


def turns_at(scenario, turns):
    """A system has one turn at a scenario in which the end of a reading does not matter."""
    if scenario.has_ends:
        return list(turns)
    return list({name: (name, None, program) for name, _, program in turns}.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenario", action="append", help="only this one; may be repeated")
    parser.add_argument("--system", action="append", help="only this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see whether it works")
    parser.add_argument("--seed", type=int, default=None, help="of the order of turns")
    parser.add_argument("--output", type=pathlib.Path, default=None)
    arguments = parser.parse_args()
    scenarios = [s for s in SCENARIOS if not arguments.scenario or s.name in arguments.scenario]
    if arguments.quick:
        scenarios = [s.shortened() for s in scenarios]
    turns = read_systems(arguments.system)
    if not scenarios or not turns:
        parser.error("there is no such scenario or system")
    order = random.Random(arguments.seed)
    results = arguments.output or FOLDER / "results" / "latest.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    given_up = set()
    with results.open("w") as file:

        def write(line):
            file.write(json.dumps(line) + "\n")
            file.flush()

        write(describe(arguments.rounds, turns, arguments.quick))
        for round_number in range(arguments.rounds):
            for scenario in scenarios:
                in_turn = turns_at(scenario, turns)
                order.shuffle(in_turn)
                print(f"round {round_number + 1}: {scenario.name}", file=sys.stderr)
                for system, end, program in in_turn:
                    key = (scenario.name, system, end)
                    if key in given_up:
                        continue
                    command = [program, *map(str, scenario.command)]
                    command += ["--end", end] if end else []
                    command += ["0"] if scenario.load else []
                    line = {"round": round_number, "scenario": scenario.name, "system": system, "end": end}
                    try:
                        run = run_server if scenario.load else run_alone
                        write({**line, **run(command, scenario)})
                    except Skipped as reason:
                        given_up.add(key)
                        write({**line, "cannot": str(reason)})
                    except Failed as reason:
                        print(f"  {system} {end or ''} failed: {reason}", file=sys.stderr)
                        write({**line, "failed": str(reason)})
    print(results)


if __name__ == "__main__":
    main()
