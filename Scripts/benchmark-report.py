#!/usr/bin/env python3
"""Makes tables and charts of what Scripts/benchmark.sh measured.

    Scripts/benchmark-report.py [--check] [RESULTS]

Writes Docs/Benchmarks.md, Docs/charts/*.svg, and what stands between the benchmark markers in Docs/Performance.md and
README.md. Every number in them is computed from the lines of the file, by default Benchmarks/results/latest.jsonl. With
--check it writes nothing, and fails if something else is there.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks"))
import charts  # noqa: E402
from measurements import NAMES, Results, memory, processor, rate, row_name, row_order  # noqa: E402

BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


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
    unit = results.scenarios[name]["unit"]
    rows = results.rows(name)
    if "resident_bytes" in next(iter(results.runs[name][rows[0]].values())):
        return table(
            ["", "bytes each"], [[row_name(row), number(results.median(name, row, memory))] for row in rows]
        )
    has_latency = "p50_ns" in next(iter(results.runs[name][rows[0]].values()))
    units = unit if unit.endswith("s") else unit + "s"
    head = ["", f"{units} per second", "best", "to raw C", "best to best"]
    head += [f"processor, ns per {unit}", "best", "to raw C", "best to best"]
    head += ["p50, µs", "p99, µs", "p99.9, µs"] if has_latency else []
    lines = []
    for row in rows:
        line = [
            row_name(row),
            number(results.median(name, row, rate)),
            number(max(results.values(name, row, rate))),
            short(results.ratio(name, row, rate)),
            short(results.best_ratio(name, row, rate, max)),
            number(results.median(name, row, processor)),
            number(min(results.values(name, row, processor))),
            short(results.ratio(name, row, processor)),
            short(results.best_ratio(name, row, processor, min)),
        ]
        for percentile in ("p50_ns", "p99_ns", "p999_ns") if has_latency else ():
            line.append(number(results.median(name, row, lambda run: run[percentile] / 1000)))
        lines.append(line)
    return table(head, lines)


def excuses(results, name):
    """Why systems have no row, those that choose an end that is not theirs left out."""
    reasons = results.excuses[name]
    present = {row[0] for row in results.runs[name]}
    lines = sorted(f"{row_name(row)}: {reason.split(': ', 1)[-1]}." for row, reason in reasons.items() if row[0] not in present)
    return "\n\nLeft out: " + " ".join(lines) if lines else ""


def about(results):
    a = results.about
    compilers = [a[key].split(" (http")[0] for key in ("swift", "clang", "rustc") if a.get(key)]
    return (
        f"Measured on {a['date']}: Linux {a['kernel'].split('-')[0]}, {a['machine']}, {a['processor']}, {a['cores']} cores, "
        f"load average {a['load']:.1f} at the start; {', '.join(compilers)}, {a['libc']}. {results.rounds} rounds; in each, every "
        "system had a turn at every scenario, in shuffled order, the server on one core and its client on another. A ratio "
        "is the median of the rounds' ratios to raw C, edge-triggered and reading until it would block, in the same round; "
        "best to best is the best of all rounds to raw C's best."
    )


def best_row(results, name, system):
    """The row that stands for a system in the summary: the one that reads like the yardstick if there is one."""
    for row in results.rows(name):
        if row[0] == system:
            return row
    return None


def summary(results, value, best):
    systems = [system for system in NAMES if system != "c" and system in results.about["systems"]]
    lines = []
    for name, scenario in results.scenarios.items():
        if not results.runs[name]:
            continue
        first = next(iter(next(iter(results.runs[name].values())).values()))
        if "resident_bytes" in first:
            continue
        rows = [best_row(results, name, system) for system in systems]
        ratios = [
            f"{short(results.ratio(name, row, value))} / {short(results.best_ratio(name, row, value, best))}" if row else "–"
            for row in rows
        ]
        lines.append([scenario["title"]] + ratios)
    return table([""] + [NAMES[system] for system in systems], lines)


def replaced_part(page, words):
    """A page with words put between its markers."""
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"benchmark-report: {page} has no place for benchmarks")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}\n\n{words}\n\n{END}{after}"


def performance_page(page, results):
    parts = [
        about(results),
        "Operations per second to raw C (more is better), by the median of the rounds / best to best:",
        summary(results, rate, max),
        "Processor time per operation to raw C (less is better), likewise:",
        summary(results, processor, min),
        "[Benchmarks.md](Benchmarks.md) describes each scenario, and has all figures.",
    ]
    parts += [f"![{title}](charts/{name}.svg)" for name, title in CHARTS.items()]
    return replaced_part(page, "\n\n".join(parts))


def readme_page(page):
    parts = [f"![{CHARTS[name]}](Docs/charts/{name}.svg)" for name in ("processor", "latency")]
    parts.append("[Docs/Benchmarks.md](Docs/Benchmarks.md) has all figures, with the date and the machine of the measurement.")
    return replaced_part(page, "\n\n".join(parts))


def benchmarks_page(results):
    parts = [
        "# Benchmarks",
        "`Scripts/benchmark-report.py` makes this page from the measurements of `Scripts/benchmark.sh`. `Benchmarks/README.md` "
        "describes the systems, and how to add one.",
        about(results),
    ]
    for name, scenario in results.scenarios.items():
        if results.runs[name]:
            parts.append(f"## {scenario['title']}\n\n{scenario['words']}\n\n{scenario_table(results, name)}{excuses(results, name)}")
    return "\n\n".join(parts) + "\n"


CHARTS = {
    "processor": "The server's processor time per message, as a ratio to raw C",
    "echo": "Messages per second, as a ratio to raw C",
    "ring": "Hops per second, as a ratio to raw C",
    "loops": "Changes and events per second, as a ratio to raw C",
    "wakes": "Wakes per second, as a ratio to raw C",
    "latency": "How long an echo takes",
}
# The scenarios beside each other, with titles that fit.
ECHOES = {
    "pingpong": "Ping-pong",
    "echo-100": "Echo, 100 connections",
    "echo-1000": "Echo, 1,000 connections",
    "echo-most": "Echo, as many as may be",
    "accept": "Accept, echo, close",
}
PANELS = {
    "echo": ECHOES,
    "processor": ECHOES,
    "ring": {
        "ring-100": "Ring of 100 pairs",
        "ring-1000": "Ring of 1,000 pairs",
        "ring-9000": "Ring of 9,000 pairs",
    },
    "loops": {
        "churn": "Changes of registration",
        "dispatch": "1,000 ready at once",
    },
    "wakes": {
        "wake": "Waking each other",
        "wake-storm-1": "From one thread",
        "wake-storm-2": "From two threads",
    },
    "latency": {
        "pingpong": "Ping-pong",
        "echo-100": "Echo, 100 connections",
        "echo-1000": "Echo, 1,000 connections",
    },
}


def drawn_charts(results):
    """The charts by their names."""
    drawn = {}
    for chart, names in PANELS.items():
        names = [name for name in names if results.runs[name]]
        rows = sorted({row for name in names for row in results.runs[name]}, key=row_order)
        titles = [PANELS[chart][name] for name in names]
        labels = [(row_name(row), row[0]) for row in rows]
        if chart == "latency":
            panels = [
                [
                    [results.median(name, row, lambda run, p=p: run[p] / 1000) for p in ("p50_ns", "p99_ns", "p999_ns")]
                    if row in results.runs[name]
                    else None
                    for row in rows
                ]
                for name in names
            ]
            svg = charts.spans(CHARTS[chart] + ": median, 99 % and 99.9 %", labels, titles, panels)
        else:
            value = processor if chart == "processor" else rate
            panels = [[results.ratio(name, row, value) if row in results.runs[name] else None for row in rows] for name in names]
            svg = charts.bars(CHARTS[chart], labels, titles, panels)
        drawn[chart] = svg
    return drawn


def main():
    arguments = sys.argv[1:]
    is_check = "--check" in arguments[:1]
    arguments = arguments[is_check:]
    path = pathlib.Path(arguments[0]) if arguments else ROOT / "Benchmarks" / "results" / "latest.jsonl"
    results = Results(path)
    if results.about["is_quick"]:
        print("benchmark-report: these are of a quick run, and no measurement", file=sys.stderr)
        if is_check:
            sys.exit(1)
    docs, readme = ROOT / "Docs", ROOT / "README.md"
    performance = docs / "Performance.md"
    pages = {
        docs / "Benchmarks.md": benchmarks_page(results),
        performance: performance_page(performance, results),
        readme: readme_page(readme),
    }
    pages |= {docs / "charts" / f"{name}.svg": svg for name, svg in drawn_charts(results).items()}
    if is_check:
        stale = [str(page.relative_to(ROOT)) for page, text in pages.items() if not page.exists() or page.read_text() != text]
        if stale:
            sys.exit(f"benchmark-report: not what {path.name} says: {', '.join(stale)}")
        return
    (docs / "charts").mkdir(exist_ok=True)
    for page, text in pages.items():
        page.write_text(text)


if __name__ == "__main__":
    main()
