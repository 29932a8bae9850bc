#!/usr/bin/env bash
# Builds the documentation, and checks that every public symbol has a comment, and every one that throws says what it throws.
# The documentation must have every product of the package as a module.
# Counts how wide the surface of MetalCore is: methods that move bytes, and types outside `Backend/`.

source "$(dirname "$0")/common.bash"

Scripts/build-docs.sh "$work/site"

modules=$(sed -nE 's/^ *\.library\(name: "(\w+)".*/\1/p' Package.swift)
python3 - $modules <<'PYTHON'
import json, pathlib, re, sys

symbols = {}
for path in pathlib.Path(".build/symbol-graphs").glob("*/*.symbols.json"):
    graph = path.parent.name
    for symbol in json.loads(path.read_text())["symbols"]:
        # The graph of MetalSystem for Windows has symbols of the same identifiers as for Linux, with other comments.
        symbols[graph, symbol["identifier"]["precise"]] = symbol | {"graph": graph}

silent = []
for symbol in symbols.values():
    comment = "\n".join(line["text"] for line in symbol.get("docComment", {"lines": []})["lines"])
    declaration = "".join(part["spelling"] for part in symbol["declarationFragments"])
    # Without its parameters: a closure among them throws for itself.
    while (shorter := re.sub(r"\([^()]*\)", "", declaration)) != declaration:
        declaration = shorter
    throws = re.search(r"\b(re)?throws\b", declaration)
    if not comment or throws and "- Throws:" not in comment:
        silent.append(f"{symbol['graph']}: {'.'.join(symbol['pathComponents'])} does not say {'what it throws' if comment else 'anything'}")
absent = [f"{module}: the documentation has no symbols" for module in sys.argv[1:] if module not in {graph for graph, _ in symbols}]
count = len({identifier for _, identifier in symbols})
print(f"{count} public symbols, {len(silent)} without a complete comment", *silent, *absent, sep="\n")

core = [symbol for symbol in symbols.values() if symbol["graph"] == "MetalCore"]
core = [(symbol["kind"]["identifier"].removeprefix("swift."), symbol["pathComponents"]) for symbol in core
        if "/Backend/" not in symbol.get("location", {}).get("uri", "")]
kinds = ("struct", "enum", "class", "protocol", "typealias")
types = {path[0] for kind, path in core if len(path) == 1 and kind in kinds}
moving = {".".join(path) for kind, path in core
          if kind == "method" and re.match(r"(read|write|receive|send|peek)\b", path[-1])}
print(f"MetalCore: {len(types)} public types outside Backend (limit 36), {len(moving)} methods that move bytes (limit 16)")
sys.exit(bool(silent or absent) or not (0 < len(types) <= 36 and 0 < len(moving) <= 16))
PYTHON
