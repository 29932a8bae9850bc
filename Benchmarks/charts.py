"""Charts as SVG: rows are systems, panels beside each other are scenarios. They suit a light and a dark page."""

import math
from html import escape

LABEL_WIDTH, PANEL_WIDTH, GAP = 200, 190, 22
ROW_HEIGHT, TOP = 20, 64
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
    if system in ("c", "c-in-place"):
        return "c"
    return "ours" if system.startswith("metal") else "other"


def text(x, y, words, style="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def frame(title, labels, titles, draw, foot=0):
    """The page, with what `draw` makes of each panel at its place; `foot` is room below the rows."""
    width = LABEL_WIDTH + len(titles) * (PANEL_WIDTH + GAP)
    height = TOP + len(labels) * ROW_HEIGHT + 12 + foot
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        text(8, 22, title, "title"),
    ]
    for index, (label, _) in enumerate(labels):
        parts.append(text(LABEL_WIDTH - 10, TOP + index * ROW_HEIGHT + 14, label, "", "end"))
    for index, panel_title in enumerate(titles):
        x = LABEL_WIDTH + index * (PANEL_WIDTH + GAP)
        parts.append(text(x, TOP - 12, panel_title, "panel small"))
        parts += draw(index, x, height - foot)
    return "\n".join(parts + ["</svg>", ""])


def bars(title, labels, titles, panels):
    """A bar for each ratio, and a line where it is 1."""

    def draw(index, x, height):
        values = panels[index]
        room = PANEL_WIDTH - 36
        longest = max([1.0] + [value for value in values if value is not None])
        one = x + room / longest
        parts = [f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{TOP - 4}" y2="{height - 8}" class="axis"/>']
        for row, value in enumerate(values):
            if value is None:
                continue
            y = TOP + row * ROW_HEIGHT
            length = max(1.0, room * value / longest)
            parts.append(
                f'<rect x="{x}" y="{y + 3}" width="{length:.1f}" height="{ROW_HEIGHT - 6}" rx="2" class="{kind(labels[row][1])}"/>'
            )
            words = f"{value:.2f}" if value < 10 else f"{value:.0f}"
            end = x + length
            # Beyond the line, where the figure would lie on it.
            place = one if end < one < end + 32 else end
            parts.append(text(place + 4, y + 14, words, "small"))
        return parts

    return frame(title, labels, titles, draw)


def duration(microseconds):
    for unit, size in (("s", 1_000_000), ("ms", 1000)):
        if microseconds >= size:
            return f"{microseconds // size} {unit}"
    return f"{microseconds} µs"


def spans(title, labels, titles, panels):
    """A line from the first value of a row to its last, in µs on a logarithmic scale, with a mark at each."""

    def draw(index, x, height):
        rows = panels[index]
        values = [value for row in rows if row for value in row if value > 0]
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        room = PANEL_WIDTH - 8

        def place(value):
            return x + room * (math.log10(value) - low) / max(1, high - low)

        parts = []
        for power in range(low, high + 1):
            at = place(10**power)
            anchor = "start" if power == low else "end" if power == high else "middle"
            parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 4}" y2="{height - 8}" class="axis"/>')
            parts.append(text(at, height + 8, duration(10**power), "small", anchor))
        for row, marks in enumerate(rows):
            if not marks:
                continue
            y = TOP + row * ROW_HEIGHT + ROW_HEIGHT / 2
            style = kind(labels[row][1])
            parts.append(
                f'<line x1="{place(marks[0]):.1f}" x2="{place(marks[-1]):.1f}" y1="{y}" y2="{y}" class="{style}" stroke-width="2"/>'
            )
            for mark, radius in zip(marks, (5, 3.5, 2)):
                parts.append(f'<circle cx="{place(mark):.1f}" cy="{y}" r="{radius}" class="{style}"/>')
        return parts

    return frame(title, labels, titles, draw, foot=16)
