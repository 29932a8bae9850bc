"""Counts what an operation takes that does not depend on the machine's mood, and holds budgets.

All counts but bytes are the difference between a long run and a short one, divided by the operations between them, so that
start and end do not count.
"""

import functools
import pathlib
import re
import shutil
import subprocess
import tempfile

from programs import COMPILED, PROGRAMS, SYSTEMS
from running import Failed, Skipped, commands, execute, pairs
from scenarios import SCENARIOS

WORK = tempfile.TemporaryDirectory()
OUTPUT = pathlib.Path(WORK.name) / "output"


@functools.cache
def stripped(program):
    # Valgrind gives up on debug information that it cannot read, and Swift's is of that kind.
    copy = OUTPUT.with_name(str(program)[1:].replace("/", "-"))
    subprocess.run(["strip", "--strip-debug", "-o", copy, program], check=True)
    return copy


def run(scenario, subject, rounds, tool=(), *, strips=False, is_traced=False, preloaded=""):
    """Runs a subject, under a tool or with a library loaded before it; returns the last line that it prints."""
    for name in tool[:1] + ("strip",) * strips:
        if shutil.which(name) is None:
            raise Skipped(f"there is no {name}")
    name, *options = subject.split()
    program = PROGRAMS[name]
    if not program.path.exists():
        raise Skipped(f"{name} was not built")
    command, load = commands(scenario, program, options, rounds, stripped(program.path) if strips else None)
    # A stripped copy finds the libraries that lie beside the original.
    environment = {"LD_LIBRARY_PATH": str(program.path.parent), "BENCHMARK_ALLOCATIONS": str(OUTPUT), "LD_PRELOAD": preloaded}
    OUTPUT.unlink(missing_ok=True)
    try:
        traits = {"settles": True, "is_traced": is_traced, "is_service": program.is_service}
        return execute([*tool, *command], load, environment=environment, **traits)[0]
    except Skipped as reason:
        # The machine lacks nothing, and a system that cannot do a scenario any more meets no budget.
        raise Failed(str(reason)) from None


def output(pattern):
    """What the tool or the library has written, by a pattern."""
    found = re.findall(pattern, OUTPUT.read_text() if OUTPUT.exists() else "", re.MULTILINE)
    if not found:
        raise Failed("nothing was counted")
    return found


def instructions(*what):
    """In user space, by callgrind."""
    run(*what, ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={OUTPUT}"), strips=True)
    return {"instructions": int(output(r"^totals: *(\d+)")[-1])}


def locked(*what):
    """Instructions of the program itself that lock memory or are a fence, by callgrind and objdump."""
    plain = "--dump-instr=yes", "--compress-strings=no", "--compress-pos=no"
    run(*what, ("valgrind", "-q", "--tool=callgrind", *plain, f"--callgrind-out-file={OUTPUT}"), strips=True)
    program = str(stripped(PROGRAMS[what[1].split()[0]].path))
    code = subprocess.run(["objdump", "-d", program], check=True, capture_output=True, text=True).stdout
    addresses = {int(at, 16) for at in re.findall(r"^ *(\w+):.*\t(?:lock |xchg .*\(|mfence)", code, re.MULTILINE)}
    # Lines of addresses and their counts, behind the object that they are in; a call's line counts its callee.
    count, is_ours, is_call = 0, False, False
    for line in output(r"^.*$"):
        if line.startswith("ob="):
            is_ours = line == f"ob={program}"
        elif found := re.match(r"(0x\w+) .*?(\d+)$", line):
            count += int(found[2]) if is_ours and not is_call and int(found[1], 16) in addresses else 0
        is_call = line.startswith("calls=")
    return {"locked": count}


def allocations(*what):
    """Blocks that the main thread allocates."""
    run(*what, preloaded=str(COMPILED / "allocations.so"))
    return {"allocations": int(output(r"^\d+$")[0])}


def calls(*what):
    """System calls by name, of all threads."""
    run(*what, ("strace", "-f", "-c", "-U", "name,calls", "-o", str(OUTPUT)), is_traced=True)
    return {name: int(number) for name, number in output(r"^ *(\w+) +(\d+) *$") if name != "total"}


def resident(*what):
    """Bytes of memory that the program says it has taken."""
    return {"bytes": pairs(run(*what))["resident_bytes"]}


COUNTERS = {"instructions": instructions, "locked": locked, "allocations": allocations, "calls": calls, "bytes": resident}


@functools.cache
def count(counter, name, subject):
    """What an operation of the scenario of that name takes, by a counter's names."""
    scenario = next(s for s in SCENARIOS if s.name == name)
    short, long = scenario.counted
    before = COUNTERS[counter](scenario, subject, short) if short else {}
    after = COUNTERS[counter](scenario, subject, long)
    operations = (long - short) * scenario.per_round
    each = {name: (after[name] - before.get(name, 0)) / operations for name in sorted(after)}
    # Some calls are made now and then, whatever the length of a run.
    return {n: e for n, e in each.items() if counter != "calls" or e >= 0.01 / scenario.per_round}


def say(scenario, subject):
    return run(scenario, subject, scenario.counted[1] if scenario.counted else 1)


def verdicts(scenario, budget):
    """For each limit of a budget: the measured figure beside the limit, and whether the limit holds."""
    # A few system calls in a whole run do not count.
    few = 0.005 / scenario.per_round
    for counter in ("instructions", "locked", "allocations", "calls", "bytes"):
        limit = getattr(budget, counter)
        if limit is not None:
            found = sum(count(counter, scenario.name, budget.subject).values())
            # A program executes something, so no count is no success.
            holds = found <= limit if counter in ("locked", "allocations") else 0 < found <= limit
            yield f"{found:.2f} {counter} (at most {limit})", holds
    if budget.calls_of:
        own, other = (count("calls", scenario.name, s) for s in (budget.subject, budget.calls_of))
        alike = (abs(own.get(n, 0) - other.get(n, 0)) <= max(few, 0.02 * other.get(n, 0)) for n in {*own, *other})
        holds = bool(other) and all(alike)
        names = "" if holds else f": {own}, not {other}"
        yield f"{sum(own.values()):.3f} system calls (those of {budget.calls_of}){names}", holds
    if budget.to:
        own, other = (count("instructions", scenario.name, s)["instructions"] for s in (budget.subject, budget.to))
        ratio = own / other if own > 0 and other > 0 else float("nan")
        limits = f"{budget.least} to {budget.most} times {budget.to}"
        yield f"{own:.1f} / {other:.1f} instructions = {ratio:.3f} ({limits})", budget.least <= ratio <= budget.most
    if budget.says:
        line = say(scenario, budget.subject)
        yield f"{line} (matches {budget.says!r})", bool(re.search(budget.says, line))
    if budget.same:
        name, twin = budget.same
        own, other = (re.findall(rf"\b{name}=(\S+)", say(scenario, s)) for s in (budget.subject, twin))
        yield f"{name} {own} (that of {twin}: {other})", bool(own) and own == other


def selected(arguments):
    chosen = [s for s in SCENARIOS if not arguments.scenario or s.name in arguments.scenario]
    if not chosen:
        raise Failed("there is no such scenario")
    return chosen


def check(arguments):
    """Prints a line for each budget, and raises if one is exceeded or nothing was measured.

    What is planted must exceed each of its budgets, and none of these may be skipped.
    """
    measured, bad, skipped = 0, 0, 0
    good = "caught" if arguments.planted else "holds"
    for scenario in selected(arguments):
        budgets = scenario.planted if arguments.planted else scenario.budgets
        for budget in (budget for budget in budgets if arguments.whole or not budget.is_whole):
            try:
                found = list(verdicts(scenario, budget))
                words = ", ".join(words for words, _ in found)
                is_good = all(holds != arguments.planted for _, holds in found)
                verdict = good if is_good else "FAILS"
                measured += 1
            except Skipped as reason:
                words, is_good, verdict = str(reason), not arguments.planted, "skipped"
                skipped += 1
            except Failed as reason:
                words, is_good, verdict = str(reason), False, "FAILS"
            bad += not is_good
            print(f"  {verdict:8}{scenario.name}, {budget.subject}: {words}", flush=True)
    print(f"{measured} budgets measured, {bad} failed, {skipped} skipped")
    if bad or not measured:
        raise Failed("a budget failed" if bad else "nothing was measured")


def print_counts(arguments):
    """Prints what an operation takes each system that was built, and each other subject of the budgets."""
    for scenario in filter(lambda s: s.counted, selected(arguments)):
        subjects = {subject for budget in scenario.budgets for subject in (budget.subject, budget.to) if subject}
        # The others are our own, and no other system has them.
        if scenario.rounds or scenario.load:
            systems = [(n, SYSTEMS[n].ends) for n in scenario.systems if SYSTEMS[n].path.exists()]
            subjects |= {f"{n} --end {e}" if scenario.has_ends else n for n, ends in systems for e in ends}
        for subject in sorted(subjects):
            if arguments.system and subject.split()[0] not in arguments.system:
                continue
            try:
                counts = {n: e for c in scenario.counters for n, e in count(c, scenario.name, subject).items()}
                words = " ".join(f"{name}={each:.4f}" for name, each in counts.items())
            except (Skipped, Failed) as reason:
                words = str(reason)
            print(f"{scenario.name}, {subject}, a {scenario.unit}: {words}", flush=True)
