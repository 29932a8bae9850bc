#!/usr/bin/env bash
# Builds the reference with DocC, module by module. A broken link, or any other warning, is an error. Limits the public surface
# of MetalCore: the number of methods that move bytes, and of types outside `Backend/`.

source "$(dirname "$0")/common.bash"
shopt -s nullglob

swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members >"$work/log" 2>&1 \
  || fail "$(cat "$work/log")"
graphs=$(sed -n 's/^Files written to //p' "$work/log")

for module in MetalCore MetalSystem MetalEpoll MetalPoll MetalKqueue MetalKqueueSim MetalSimulation MetalSimulationTesting MetalIO; do
  mkdir "$work/$module"
  cp "$graphs/$module.symbols.json" "$graphs/$module"@*.symbols.json "$work/$module"
  docc convert --warnings-as-errors --fallback-display-name "$module" --fallback-bundle-identifier "$module" \
    --additional-symbol-graph-dir "$work/$module" --output-path "$work/$module.doccarchive"
  echo "$module: documentation builds"
done

python3 - "$work/MetalCore/MetalCore.symbols.json" <<'PYTHON'
import json, re, sys

symbols = json.load(open(sys.argv[1]))["symbols"]
symbols = [(symbol["kind"]["identifier"].removeprefix("swift."), symbol["pathComponents"]) for symbol in symbols
           if "/Backend/" not in symbol.get("location", {}).get("uri", "")]
kinds = ("struct", "enum", "class", "protocol", "typealias")
types = {path[0] for kind, path in symbols if len(path) == 1 and kind in kinds}
moving = {".".join(path) for kind, path in symbols
          if kind == "method" and re.match(r"(read|write|receive|send|peek)\b", path[-1])}
print(f"MetalCore: {len(types)} public types outside Backend (limit 36), {len(moving)} methods that move bytes (limit 16)")
sys.exit(not (0 < len(types) <= 36 and 0 < len(moving) <= 16))
PYTHON
