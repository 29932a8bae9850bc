"""Makes tables and charts of a run: Docs/Benchmarks.md, Docs/charts, and a part of README.md.

Every number in them is computed from the lines of the run's file.
"""

import json
import re
import statistics
from collections import defaultdict

import charts
from programs import BENCHMARKS, ROOT, SYSTEMS
from running import Failed

BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
NAMES = {name: system.title for name, system in SYSTEMS.items()}
# In the order of the rows.
END_NAMES = {"would-block": "drained", "short-read": "short read", "level": "level-triggered", "own": "", None: ""}
# A row is compared with the yardstick in the same round. This one is for scenarios in which reading can end in several ways.
YARDSTICK = "c", "would-block"
BEST = {"rate": max, "processor": min}
PERCENTILES = {"p50_ns": "median, µs", "p99_ns": "99th percentile, µs", "p999_ns": "99.9th percentile, µs"}
TERMS = (
    "Libraries stop reading from a ready connection at different points. “Drained” rows read until a read would block. “Short "
    "read” rows read until a read returns less than the buffer holds. Both follow edge-triggered events, which report each change "
    "once. “Level-triggered” rows read once for each event, and the event comes again while data is left. Rows without a word "
    "end in the library's own way. A system call goes “through libc” or is made “in place”. Metal I/O makes its calls in place "
    "unless a row says otherwise. Every other library makes them through libc."
)


def row_name(row):
    return ", ".join(filter(None, (NAMES.get(row[0], row[0]), END_NAMES[row[1]])))


def row_order(row):
    return list(NAMES).index(row[0]), list(END_NAMES).index(row[1])


def complete_rounds(lines):
    """Returns the number of complete rounds: the last one is incomplete if the run was interrupted."""
    ended = defaultdict(int)
    for line in lines:
        ended[line["round"]] += "cannot" not in line
    return sum(count >= ended[0] for count in ended.values())


def figures(run):
    """Returns the figures of a run for the tables: per operation or second, and in microseconds."""
    if "resident_bytes" in run:
        return {"memory": run["resident_bytes"] / run["operations"]}
    rates = {"rate": run["operations"] / run["seconds"], "processor": run["processor_seconds"] / run["operations"] * 1e9}
    return rates | {name: run[name] / 1000 for name in PERCENTILES if name in run}


class Results:
    """The runs of a file: the value of each round, by scenario, row and figure."""

    def __init__(self, path):
        self.about, *lines = map(json.loads, path.read_text().splitlines())
        self.rounds = complete_rounds(lines)
        self.runs = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
        self.excuses = defaultdict(dict)
        for line in lines:
            row = line["system"], line["end"]
            if "cannot" in line or "failed" in line:
                self.excuses[line["scenario"]][row] = line.get("cannot") or "failed: " + line["failed"]
            elif line["round"] < self.rounds:
                for name, figure in figures(line).items():
                    self.runs[line["scenario"]][row][name][line["round"]] = figure
        self.scenarios = {s["name"]: s for s in self.about["scenarios"] if s["name"] in self.runs}

    def rows(self, *scenarios):
        return sorted({row for scenario in scenarios for row in self.runs[scenario]}, key=row_order)

    def has(self, scenario, figure):
        return any(figure in row for row in self.runs[scenario].values())

    def median(self, scenario, row, figure):
        return statistics.median(self.runs[scenario][row][figure].values())

    def ratios(self, scenario, row, figure):
        """Returns a row's ratios to the yardstick: the median of the ratios within a round, and best to best."""
        runs = self.runs[scenario]
        own, yardstick = (runs.get(r, {}).get(figure, {}) for r in (row, YARDSTICK if YARDSTICK in runs else ("c", None)))
        ratios = [own[r] / yardstick[r] for r in own if yardstick.get(r, 0) > 0]
        best = BEST[figure]
        return (statistics.median(ratios), best(own.values()) / best(yardstick.values())) if ratios else (None, None)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def short(ratio):
    if ratio is None:
        return "–"
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.1g}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def scenario_table(results, name):
    unit, rows = results.scenarios[name]["unit"], results.rows(name)
    if results.has(name, "memory"):
        return table(["", "bytes each"], [[row_name(row), number(results.median(name, row, "memory"))] for row in rows])
    percentiles = PERCENTILES if results.has(name, "p50_ns") else {}
    head = ["", f"{unit if unit.endswith('s') else unit + 's'} per second", "÷ raw C's", "best ÷ best"]
    head += [f"processor time, ns per {unit}", "÷ raw C's", "best ÷ best", *percentiles.values()]
    lines = []
    for row in rows:
        line = [row_name(row)]
        for figure in BEST:
            line += [number(results.median(name, row, figure)), *map(short, results.ratios(name, row, figure))]
        lines.append(line + [number(results.median(name, row, p)) for p in percentiles])
    return table(head, lines)


def excuses(results, name):
    """Returns the reasons why systems have no row, except for ends of reading that are not theirs."""
    present = {row[0] for row in results.runs[name]}
    reasons = {row: reason for row, reason in results.excuses[name].items() if row[0] not in present}
    lines = sorted(f"{row_name(row)}: {reason.split(': ', 1)[-1]}." for row, reason in reasons.items())
    return "\n\nLeft out: " + " ".join(lines) if lines else ""


def about(results):
    a = results.about
    compilers = [re.split(r" \(http| sha=", a[key])[0] for key in ("swift", "clang", "rustc", "redis-server") if a.get(key)]
    return (
        f"Measured on {a['date']}: Linux {a['kernel'].split('-')[0]}, {a['machine']}, {a['processor']}, {a['cores']} cores, "
        f"load average {a['load']:.1f} at the start; {', '.join(compilers)}, {a['libc']}. {results.rounds} rounds. In each round, "
        "every system had a turn at every scenario, in shuffled order. The server had one core, and its client another."
    )


def machine(results):
    a = results.about
    return f"{a['processor']}, {a['cores']} cores, Linux {a['kernel'].split('-')[0]}, {a['date']}"


def summary(results, figure):
    """Returns the table of each system's row that reads like the yardstick, if there is one."""
    systems = [system for system in NAMES if system != "c" and system in results.about["systems"]]
    lines = []
    for name, scenario in results.scenarios.items():
        rows = {system: row for row in reversed(results.rows(name)) for system in row[:1]}
        ratios = {system: results.ratios(name, row, figure)[0] for system, row in rows.items()}
        cells = [short(ratios.get(system)) for system in systems]
        if results.has(name, figure):
            lines.append([scenario["title"], *cells])
    return table([""] + [NAMES[system] for system in systems], lines)


def chart_link(name, folder):
    return f"![{CHARTS[name][0]}]({folder}/{name}.svg)"


def readme_page(page, results):
    """Returns the page with new text between its markers."""
    words = (
        f"The chart shows the processor time of an echo server for a message, divided by that of the same server in C (measured on "
        f"{machine(results)}). Metal I/O makes its system calls in place. Its second bar is a build that makes them through libc, "
        "as C and the other libraries do. [Docs/Benchmarks.md](Docs/Benchmarks.md) has all figures."
    )
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise Failed(f"{page} has no place for benchmarks: give it one line {BEGIN} and one line {END}")
    return "\n\n".join([text.split(BEGIN)[0] + BEGIN, chart_link("libraries", "Docs/charts"), words, END + text.split(END)[1]])


def benchmarks_page(results):
    parts = [
        "# Benchmarks",
        "`Benchmarks/measure.py report` makes this page from the measurements of `Benchmarks/measure.py run`. "
        "`Benchmarks/README.md` describes the systems, and [Performance.md](Performance.md) the fairness of the comparison.",
        about(results),
        TERMS,
        "The first table shows operations per second, divided by those of raw C in the same round: the median of the rounds (more "
        "is better). Each system that leaves the choice reads until a read would block:",
        summary(results, "rate"),
        "The second table shows processor time per operation, divided by that of raw C in the same way (less is better):",
        summary(results, "processor"),
        *[chart_link(name, "charts") for name in CHARTS if name != "libraries"],
        "In the tables below “÷ raw C's” is such a median, for each way of reading. “Best ÷ best” is the best round of a system, "
        "divided by the best round of raw C.",
    ]
    for name, scenario in results.scenarios.items():
        parts += [f"## {scenario['title']}", scenario["words"], scenario_table(results, name) + excuses(results, name)]
    return "\n\n".join(parts) + "\n"


# The scenarios in one chart, with short titles.
ECHOES = {
    "pingpong": "Ping-pong", "echo-100": "Echo, 100 connections", "echo-1000": "Echo, 1,000 connections",
    "echo-most": "Echo, most connections", "accept": "Accept, echo, close",
}
LOOPS = {"churn": "Changes of registration", "dispatch": "1,000 ready at once"}
WAKES = {"wake": "Waking each other", "wake-storm-1": "From one thread", "wake-storm-2": "From two threads"}
RATES, PROCESSOR = "rate, relative to raw C", "time, relative to raw C"
# The title, the axis, and the panels.
CHARTS = {
    "libraries": ("Processor time per message, compared with C", PROCESSOR, {"echo-100": ECHOES["echo-100"]}),
    "processor": ("The server's processor time per message", PROCESSOR, ECHOES),
    "echo": ("Messages per second", RATES, ECHOES),
    "ring": ("Hops per second", RATES, {f"ring-{n}": f"Ring of {n:,} pairs" for n in (100, 1000, 9000)}),
    "loops": ("Changes and events per second", RATES, LOOPS),
    "wakes": ("Wakes per second", RATES, WAKES),
    "latency": (
        "Time of an echo: the median, the 99th and the 99.9th percentile", "time of a round trip, logarithmic",
        {name: ECHOES[name] for name in ("pingpong", "echo-100", "echo-1000")},
    ),
}


def drawn(results, chart):
    title, axis, panels = CHARTS[chart]
    panels = {name: words for name, words in panels.items() if name in results.scenarios}
    rows = results.rows(*panels)
    if chart == "libraries":
        # One bar for each system: that with the yardstick's end if there is a choice, and without poll(2).
        rows = [row for row in rows if row[1] in ("would-block", "own") and "poll" not in row[0].split("-")]

    def mark(name, row):
        if row not in results.runs[name]:
            return None
        if chart != "latency":
            return results.ratios(name, row, "rate" if axis == RATES else "processor")[0]
        return [results.median(name, row, p) for p in PERCENTILES]

    draw, width = charts.spans if chart == "latency" else charts.bars, 480 if chart == "libraries" else 190
    labels = [(row_name(row) if chart != "libraries" else NAMES[row[0]], row[0]) for row in rows]
    marks = {words: [mark(name, row) for row in rows] for name, words in panels.items()}
    return draw(title, machine(results), axis, labels, marks, width)


def report(arguments):
    """Writes the pages and charts of the last run made here; checks those of the published one, the newest by its name."""
    folder = BENCHMARKS / "results"
    path = arguments.results or (max(folder.glob("[0-9]*.jsonl")) if arguments.check else folder / "latest.jsonl")
    if not path.exists():
        raise Failed(f"{path} does not exist. Measure first: Benchmarks/measure.py run")
    results = Results(path)
    docs, readme = ROOT / "Docs", ROOT / "README.md"
    pages = {docs / "Benchmarks.md": benchmarks_page(results), readme: readme_page(readme, results)}
    pages |= {docs / "charts" / f"{name}.svg": drawn(results, name) for name in CHARTS}
    stale = {page: text for page, text in pages.items() if not page.exists() or page.read_text() != text}
    if stale and arguments.check:
        raise Failed(f"differ from {path.name}: {', '.join(str(page.relative_to(ROOT)) for page in stale)}. Run measure.py report")
    (docs / "charts").mkdir(exist_ok=True)
    for page, text in stale.items():
        page.write_text(text)
