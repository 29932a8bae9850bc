#!/usr/bin/env python3
"""Lists the rows of Docs/Behaviours.md that have no test on a backend.

    Scripts/behaviours.py [--missing-only] [--areas "AREA..."] [--events FILE] [BACKEND_TEST_DIR...]

Prints one line for each area with the rows that are missing, and a sum for each backend. The backends are those of the given
test directories, such as Tests/MetalPollTests; by default all.

A row has a test if the display name of a test function begins with the row's ID, alone or in a list: "TCP-13 …",
"TCP-01, TCP-02 …". A row may lack a test on a backend for which the table in Docs/Backends.md excludes it.

The names come from the event stream of `swift test list`, which builds the tests and does not evaluate their conditions. With
--events they come from the file that `swift test --event-stream-output-path FILE` has written. Then only the tests that have
started count, so a disabled test does not.

Exits with 0 if every row has a test on every backend, and with 1 if a row has none. Exits with 2 if a backend has no tests at
all, if a test or an exclusion names an unknown ID, if a table is malformed, or if the arguments are.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Each backend's test target, with its column in the table of exclusions if it has one.
BACKENDS = {"MetalEpollTests": None, "MetalPollTests": "poll(2)", "MetalKqueueSimTests": "Simulator"}


def fail(text):
    print(f"behaviours: {text}", file=sys.stderr)
    sys.exit(2)


def catalogue():
    """Returns the IDs of all rows, in their order."""
    rows = re.findall(r"^\| ([A-Z]+-\d+) \|", (ROOT / "Docs/Behaviours.md").read_text(), re.MULTILINE)
    repeated = sorted({row for row in rows if rows.count(row) > 1})
    if not rows or repeated:
        fail(f"Docs/Behaviours.md has no rows, or some of them twice: {' '.join(repeated)}")
    return rows


def exclusions(rows):
    """Returns the rows that need no test, as pairs of an ID and a column of the table."""
    section = (ROOT / "Docs/Backends.md").read_text().partition("\n## Rows that do not apply\n")[2].partition("\n## ")[0]
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("|")]
    columns = [column for column in BACKENDS.values() if column]
    heading = ["Row", *columns, "Reason"]
    if len(table) < 2 or table[0] != heading:
        fail(f"Docs/Backends.md needs a table with the columns {', '.join(heading)}")
    excluded, seen = set(), set()
    for cells in table[2:]:
        row, marks, reason = cells[0], cells[1:-1], cells[-1]
        if row not in rows or row in seen:
            fail(f"Docs/Backends.md: {row} is there twice, or is not in Docs/Behaviours.md")
        if len(cells) != len(heading) or not set(marks) <= {"excluded", "in part", "—"} or set(marks) == {"—"}:
            fail(f"Docs/Backends.md: the marks of {row} are {', '.join(marks)}")
        if reason in ("", "—"):
            fail(f"Docs/Backends.md: {row} has no reason")
        seen.add(row)
        excluded |= {(row, column) for column, mark in zip(columns, marks) if mark == "excluded"}
    return excluded


def read_stream(path):
    """Returns the test functions of an event stream, and the IDs of those that a run has started."""
    try:
        with open(path) as lines:
            records = [(record["kind"], record["payload"]) for record in map(json.loads, lines)]
    except (OSError, ValueError) as error:
        fail(f"{path}: {error}")
    tests = [payload for kind, payload in records if kind == "test" and payload["kind"] == "function"]
    return tests, {payload["testID"] for kind, payload in records if kind == "event" and payload["kind"] == "testStarted"}


def test_names(events):
    """Returns pairs of a test target and a display name: of the tests that have started in a run, or of all tests."""
    if events:
        tests, started = read_stream(events)
        tests = [test for test in tests if test["id"] in started]
    else:
        with tempfile.TemporaryDirectory() as folder:
            command = ["swift", "test", "list", "--event-stream-output-path", f"{folder}/events"]
            process = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            if process.returncode != 0:
                fail(f"{' '.join(command)} failed\n{process.stdout}")
            tests, _ = read_stream(f"{folder}/events")
    return [(test["id"].split(".")[0], test.get("displayName", "")) for test in tests]


def report(rows, tested, excluded, missing_only):
    """Prints the rows without a test, and returns how many there are."""
    missing = [row for row in rows if row not in tested | excluded]
    for area in dict.fromkeys(row.split("-")[0] for row in rows):
        count = sum(row.startswith(f"{area}-") for row in rows)
        ids = [row for row in missing if row.startswith(f"{area}-")]
        if ids or not missing_only:
            print(f"{area:4}  {len(ids):2} of {count:2} missing" + (f": {' '.join(ids)}" if ids else ""))
    print(f"{len(rows)} rows, {len(excluded & set(rows))} excluded, {len(missing)} without a test")
    return len(missing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing-only", action="store_true", help="leave out the areas in which nothing is missing")
    parser.add_argument("--areas", default="", help='count only the rows of these areas, such as "INT TOK"')
    parser.add_argument("--events", metavar="FILE", help="the event stream of a test run")
    parser.add_argument("backends", nargs="*", metavar="BACKEND_TEST_DIR")
    arguments = parser.parse_args()

    backends = [pathlib.Path(directory).name for directory in arguments.backends] or list(BACKENDS)
    rows = catalogue()
    areas = set(arguments.areas.split())
    unknown = (set(backends) - set(BACKENDS)) | (areas - {row.split("-")[0] for row in rows})
    if unknown:
        fail(f"there is no backend or area {' '.join(sorted(unknown))}")
    excluded = exclusions(rows)

    tested = {backend: set() for backend in backends}
    for target, name in test_names(arguments.events):
        ids = re.match(r"[A-Z]+-\d+(, [A-Z]+-\d+)*(?= )", name)
        if ids and target in tested:
            tested[target] |= set(ids[0].split(", "))
    for backend, ids in tested.items():
        if not ids:
            fail(f"no test of {backend} was found")
        if not ids <= set(rows):
            fail(f"{backend} names IDs that are not in Docs/Behaviours.md: {' '.join(sorted(ids - set(rows)))}")

    wanted = [row for row in rows if not areas or row.split("-")[0] in areas]
    missing = 0
    for backend in backends:
        if len(backends) > 1:
            print(f"Tests/{backend}:")
        excluded_here = {row for row, column in excluded if column == BACKENDS[backend]}
        missing += report(wanted, tested[backend], excluded_here, arguments.missing_only)
    return 1 if missing else 0


sys.exit(main())
