"""Charts as SVG: rows are systems, panels beside each other are scenarios. They suit a light and a dark page."""

import math
from html import escape

LABEL_WIDTH, GAP = 232, 22
ROW_HEIGHT, TOP, FOOT = 20, 84, 44
STYLE = """
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .panel { font-weight: 600 }
  .small { font-size: 11px }
  .axis { stroke: #8c959f; stroke-width: 1; stroke-dasharray: 3 3 }
  .ours { fill: #1f78d1; stroke: #1f78d1 }
  .c { fill: #8c959f; stroke: #8c959f }
  .other { fill: #c08a2d; stroke: #c08a2d }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
"""


def kind(system):
    return "c" if system in ("c", "c-in-place") else "ours" if system.startswith("metal") else "other"


def text(x, y, words, style="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1, x2, y1, y2, style, more=""):
    return f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1}" y2="{y2}" class="{style}"{more}/>'


class Chart:
    """A page of panels: what it shows, on what machine, and what the horizontal axis is."""

    def __init__(self, title, machine, axis, labels, panel_width):
        self.title, self.machine, self.axis, self.labels, self.panel_width = title, machine, axis, labels, panel_width
        self.bottom = TOP + len(labels) * ROW_HEIGHT
        self.parts = []
        self.panels = 0

    def add_panel(self, title):
        """Returns where the panel begins."""
        x = LABEL_WIDTH + self.panels * (self.panel_width + GAP)
        self.panels += 1
        self.parts += [text(x, TOP - 12, title, "panel small"), text(x, self.bottom + 34, self.axis, "small")]
        return x

    def add_tick(self, x, words, anchor="middle"):
        self.parts += [line(x, x, TOP - 4, self.bottom, "axis"), text(x, self.bottom + 16, words, "small", anchor)]

    def page(self):
        width, height = LABEL_WIDTH + self.panels * (self.panel_width + GAP), self.bottom + FOOT
        head = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
            f"<title>{escape(self.title)}</title><style>{STYLE}</style>",
            text(8, 22, self.title, "title"),
            text(8, 42, self.machine, "small"),
        ]
        for row, (label, _) in enumerate(self.labels):
            head.append(text(LABEL_WIDTH - 10, TOP + row * ROW_HEIGHT + 14, label, "", "end"))
        return "\n".join([*head, *self.parts, "</svg>", ""])


def bars(title, machine, axis, labels, panels, panel_width=190):
    """A bar for each ratio, and a line where it is 1."""
    chart = Chart(title, machine, axis, labels, panel_width)
    for name, values in panels.items():
        x, longest = chart.add_panel(name), max([1.0, *filter(None, values)])
        scale = (panel_width - 36) / longest
        one = x + scale
        chart.add_tick(x, "0", "start")
        chart.add_tick(one, "1")
        for row, value in enumerate(values):
            if value is None:
                continue
            y, length = TOP + row * ROW_HEIGHT, max(1.0, scale * value)
            style = kind(labels[row][1])
            chart.parts.append(
                f'<rect x="{x}" y="{y + 3}" width="{length:.1f}" height="{ROW_HEIGHT - 6}" rx="2" class="{style}"/>'
            )
            # Beyond the line, where the figure would lie on it.
            end = x + length
            place = one if end < one < end + 32 else end
            chart.parts.append(text(place + 4, y + 14, f"{value:.2f}" if value < 10 else f"{value:.0f}", "small"))
    return chart.page()


def duration(microseconds):
    units = (("s", 1_000_000), ("ms", 1000), ("µs", 1))
    return next(f"{microseconds // size} {unit}" for unit, size in units if microseconds >= size)


def spans(title, machine, axis, labels, panels, panel_width=190):
    """A line from the first value of a row to its last, in µs on a logarithmic scale, with a mark at each."""
    chart = Chart(title, machine, axis, labels, panel_width)
    for name, rows in panels.items():
        x, values = chart.add_panel(name), [value for row in rows if row for value in row if value > 0]
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        scale = (panel_width - 8) / max(1, high - low)
        for power in range(low, high + 1):
            anchor = "start" if power == low else "end" if power == high else "middle"
            chart.add_tick(x + scale * (power - low), duration(10**power), anchor)
        for row, marks in enumerate(rows):
            y, style = TOP + row * ROW_HEIGHT + ROW_HEIGHT / 2, kind(labels[row][1])
            places = [x + scale * (math.log10(mark) - low) for mark in marks or ()]
            if places:
                chart.parts.append(line(places[0], places[-1], y, y, style, ' stroke-width="2"'))
            for place, radius in zip(places, (5, 3.5, 2)):
                chart.parts.append(f'<circle cx="{place:.1f}" cy="{y}" r="{radius}" class="{style}"/>')
    return chart.page()
