"""What a run of the benchmarks measured, read from its file."""

import json
import statistics
from collections import defaultdict

NAMES = {
    "c": "raw C",
    "c-in-place": "C, calls in place",
    "metal-epoll": "Metal I/O, epoll",
    "metal-poll": "Metal I/O, poll(2)",
    "mio": "mio",
    "libuv": "libuv",
    "libev": "libev",
    "libevent": "libevent",
    "swift-nio": "SwiftNIO",
}
END_NAMES = {"level": "level-triggered", "would-block": "drained", "short-read": "short read", "own": ""}
END_ORDER = {"would-block": 0, "short-read": 1, "level": 2, "own": 3, None: 4}
# A row is compared with what the yardstick did in the same round; this is the yardstick where reading can end in more ways.
YARDSTICK = "c", "would-block"


def row_name(row):
    system, end = row
    extra = END_NAMES.get(end, "")
    return NAMES.get(system, system) + (f", {extra}" if extra else "")


def row_order(row):
    return list(NAMES).index(row[0]), END_ORDER[row[1]]


def complete_rounds(lines):
    """How many rounds came to their end, as the last one has not where a run was broken off."""
    ended = defaultdict(int)
    for line in lines:
        ended[line["round"]] += "cannot" not in line
    return sum(count >= ended[0] for count in ended.values())


class Results:
    """The runs of a file, by scenario, row and round."""

    def __init__(self, path):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        self.about = lines[0]
        self.scenarios = {s["name"]: s for s in self.about["scenarios"]}
        self.rounds = complete_rounds(lines[1:])
        self.runs = defaultdict(lambda: defaultdict(dict))
        self.excuses = defaultdict(dict)
        for line in lines[1:]:
            row = line["system"], line["end"]
            if "cannot" in line or "failed" in line:
                self.excuses[line["scenario"]][row] = line.get("cannot") or "failed: " + line["failed"]
            elif line["round"] < self.rounds:
                self.runs[line["scenario"]][row][line["round"]] = line

    def rows(self, scenario):
        return sorted(self.runs[scenario], key=row_order)

    def yardstick(self, scenario):
        runs = self.runs[scenario]
        return YARDSTICK if YARDSTICK in runs else ("c", None)

    def values(self, scenario, row, value):
        return [value(run) for run in self.runs[scenario][row].values()]

    def median(self, scenario, row, value):
        return statistics.median(self.values(scenario, row, value))

    def ratio(self, scenario, row, value):
        """The median over the rounds of what a row had, divided by what the yardstick had in the same round."""
        own, yardstick = self.runs[scenario][row], self.runs[scenario].get(self.yardstick(scenario), {})
        ratios = [value(own[r]) / value(yardstick[r]) for r in own if r in yardstick and value(yardstick[r]) > 0]
        return statistics.median(ratios) if ratios else None

    def best_ratio(self, scenario, row, value, best):
        """The best that a row had in any round, divided by the best that the yardstick had in any."""
        yardstick = self.yardstick(scenario)
        if yardstick not in self.runs[scenario]:
            return None
        return best(self.values(scenario, row, value)) / best(self.values(scenario, yardstick, value))


def rate(run):
    return run["operations"] / run["seconds"]


def processor(run):
    return run["processor_seconds"] / run["operations"] * 1e9


def memory(run):
    return run["resident_bytes"] / run["operations"]
