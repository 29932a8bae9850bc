#!/usr/bin/env bash
#
#   Scripts/check-docs.sh
#
# Builds the reference with DocC, module by module; a link that leads nowhere, or any other warning, is an error.

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
