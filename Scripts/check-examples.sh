#!/usr/bin/env bash
#
#   Scripts/check-examples.sh [CONFIGURATION [NAME...]]
#
# Runs the example programs against clients that we did not write, nc, socat, curl and Python, and against echo-load,
# which verifies every byte of a thousand concurrent connections. CONFIGURATION is debug or release (the default);
# NAMEs are those of checks in Scripts/examples (all by default).

set -euo pipefail
cd "$(dirname "$0")/.."

configuration=${1:-release}
names=("${@:2}")
if [[ ${#names[@]} -eq 0 ]]; then
  for check in Scripts/examples/*.sh; do
    names+=("$(basename "$check" .sh)")
  done
fi

swift build -c "$configuration" >&2
products=$(swift build -c "$configuration" --show-bin-path)
for name in "${names[@]}"; do
  bash "Scripts/examples/$name.sh" "$products"
done
