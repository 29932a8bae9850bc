#!/usr/bin/env bash
# Builds the documentation, and checks that every public symbol has a comment, and every one that throws says what it throws.
# Counts how wide the surface of MetalCore is: methods that move bytes, and types outside `Backend/`.

source "$(dirname "$0")/common.bash"

Scripts/build-docs.sh "$work/site"

python3 - .build/symbol-graphs/*/*.symbols.json <<'PYTHON'
import json, re, sys

symbols = {}
for path in sys.argv[1:]:
    for symbol in json.load(open(path))["symbols"]:
        symbols[symbol["identifier"]["precise"]] = symbol | {"graph": path.split("/")[-1].partition(".")[0]}

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
print(f"{len(symbols)} public symbols, {len(silent)} without a complete comment", *silent, sep="\n")

core = [symbol for symbol in symbols.values() if symbol["graph"] == "MetalCore"]
core = [(symbol["kind"]["identifier"].removeprefix("swift."), symbol["pathComponents"]) for symbol in core
        if "/Backend/" not in symbol.get("location", {}).get("uri", "")]
kinds = ("struct", "enum", "class", "protocol", "typealias")
types = {path[0] for kind, path in core if len(path) == 1 and kind in kinds}
moving = {".".join(path) for kind, path in core
          if kind == "method" and re.match(r"(read|write|receive|send|peek)\b", path[-1])}
print(f"MetalCore: {len(types)} public types outside Backend (limit 36), {len(moving)} methods that move bytes (limit 16)")
sys.exit(bool(silent) or not (0 < len(types) <= 36 and 0 < len(moving) <= 16))
PYTHON
