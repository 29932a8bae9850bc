#!/usr/bin/env python3
"""Lists the rows of Docs/Behaviours.md that have no test on a backend, and fails if there is such a row.

    METAL_ALL_TESTS=1 swift test --event-stream-output-path FILE
    Scripts/behaviours.py FILE

A row has a test if the display name of a test function begins with the row's ID, alone or in a list: "TCP-13 …",
"TCP-01, TCP-02 …". Only tests that have started count, so a disabled test does not count. A row needs no test on a backend for
which the table in Docs/Backends.md excludes the row.
"""

import json
import pathlib
import re
import sys

DOCS = pathlib.Path(__file__).resolve().parent.parent / "Docs"
# For each backend, the beginning of the names of its test targets, and its column in the table of exclusions if it has one.
BACKENDS = {"MetalEpoll": None, "MetalPoll": "poll(2)", "MetalKqueueSim": "Simulator"}


# The other columns list the rows that do not apply to AFD on Windows, to a build as Embedded Swift, under qemu and
# under Wine.
COLUMNS = [*filter(None, BACKENDS.values()), "Windows", "Embedded", "qemu", "Wine"]


def read_rows():
    """Returns the IDs of all rows, in their order."""
    rows = re.findall(r"^\| ([A-Z]+-\d+) \|", (DOCS / "Behaviours.md").read_text(), re.MULTILINE)
    repeated = {row for row in rows if rows.count(row) > 1}
    assert rows and not repeated, f"Docs/Behaviours.md has no rows, or some of them twice: {repeated}"
    return rows


def read_marks(rows):
    """Returns the table of exclusions: the mark for each pair of an ID and a column, except for the mark "—"."""
    section = (DOCS / "Backends.md").read_text().partition("\n## Rows that do not apply\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    heading, _, *table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert heading == ["Row", *COLUMNS, "Reason"], f"Docs/Backends.md has the columns {heading}"
    listed = [row for row, *_ in table]
    wrong = [row for row in listed if row not in rows or listed.count(row) > 1]
    assert not wrong, f"Docs/Backends.md has these rows twice, or Docs/Behaviours.md lacks them: {wrong}"
    for row, *marks, reason in table:
        are_known = len(marks) == len(COLUMNS) and set(marks) <= {"excluded", "in part", "—"}
        assert are_known and set(marks) != {"—"}, f"Docs/Backends.md: the marks of {row} are {marks}"
        assert reason not in ("", "—"), f"Docs/Backends.md: {row} has no reason"
    return {(line[0], column): mark for line in table for column, mark in zip(COLUMNS, line[1:]) if mark != "—"}


def rows_of(name):
    """Returns the IDs at the beginning of a test's name."""
    listed = re.match(r"[A-Z]+-\d+(, [A-Z]+-\d+)*(?= )", name)
    return {*listed[0].split(", ")} if listed else set()


def needed_rows(rows, marks, *columns):
    """Returns the rows that need a test: no column excludes them, and they do not belong to another backend."""
    own = [row for row in rows if "Windows" in columns or not row.startswith(("AFD-", "NPIPE-"))]
    return [row for row in own if not any(marks.get((row, column)) == "excluded" for column in columns)]


def main():
    rows = read_rows()
    marks = read_marks(rows)
    records = [json.loads(line) for line in open(sys.argv[1])]
    tests = [record["payload"] for record in records if record["kind"] == "test"]
    events = [record["payload"] for record in records if record["kind"] == "event"]
    started = {event["testID"] for event in events if event["kind"] == "testStarted"}
    is_complete = True
    for backend, column in BACKENDS.items():
        own = [test for test in tests if re.match(backend + r"(Conformance)?Tests\.", test["id"]) and test["id"] in started]
        tested = set().union(*(rows_of(test.get("displayName", "")) for test in own if test["kind"] == "function"))
        assert tested <= {*rows}, f"{backend} names IDs that are not in Docs/Behaviours.md: {tested - {*rows}}"
        needed = needed_rows(rows, marks, column)
        missing = [row for row in needed if row not in tested]
        print(f"{backend}: {len(rows)} rows, {len(rows) - len(needed)} excluded, {len(missing)} without a test", *missing)
        is_complete = is_complete and not missing
    sys.exit(not is_complete)


if __name__ == "__main__":
    main()
