#!/usr/bin/env bash
#
#   Scripts/check-docs.sh
#
# Builds the reference with DocC, module by module; a link that leads nowhere, or any other warning, is an error. Counts
# how wide the surface of MetalCore is: methods that move bytes, and types outside `Backend/`.

set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members >"$work/log" 2>&1 \
  || { cat "$work/log" >&2; exit 1; }
graphs=$(sed -n 's/^Files written to //p' "$work/log")

for module in MetalCore MetalSystem MetalEpoll MetalPoll MetalKqueue MetalKqueueSim MetalIO; do
  mkdir "$work/$module"
  cp "$graphs/$module".symbols.json "$graphs/$module"@*.symbols.json "$work/$module" 2>/dev/null || true
  [[ -s $work/$module/$module.symbols.json ]] || { echo "check-docs: $module has no symbols" >&2; exit 1; }
  docc convert --warnings-as-errors --fallback-display-name "$module" --fallback-bundle-identifier "$module" \
    --additional-symbol-graph-dir "$work/$module" --output-path "$work/$module.doccarchive"
  echo "$module: documentation builds"
done

python3 - "$work/MetalCore/MetalCore.symbols.json" <<'PYTHON'
import json, re, sys

def room(symbol):
    return symbol.get("location", {}).get("uri", "")

symbols = [s for s in json.load(open(sys.argv[1]))["symbols"] if "/Backend/" not in room(s)]
kinds = ("swift.struct", "swift.enum", "swift.class", "swift.protocol", "swift.typealias")
types = {s["pathComponents"][0] for s in symbols if len(s["pathComponents"]) == 1 and s["kind"]["identifier"] in kinds}
moving = {".".join(s["pathComponents"]) for s in symbols if s["kind"]["identifier"] == "swift.method"
          and re.match(r"(read|write|receive|send|peek)\b", s["pathComponents"][-1])}
print(f"MetalCore: {len(types)} public types outside Backend (limit 36), {len(moving)} methods that move bytes (limit 16)")
sys.exit(not (0 < len(types) <= 36 and 0 < len(moving) <= 16))
PYTHON
