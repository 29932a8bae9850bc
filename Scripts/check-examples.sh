#!/usr/bin/env bash
#
#   Scripts/check-examples.sh [CONFIGURATION [NAME...]]
#
# Runs the example programs against clients that we did not write, nc, socat, curl and Python, and against echo-load,
# which verifies every byte of a thousand concurrent connections; on each backend, after having seen in the programs'
# system calls that it is the one. CONFIGURATION is debug or release (the default); NAMEs are those of checks in
# Scripts/examples (all by default).

set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/backends.bash

configuration=${1:-release}
names=("${@:2}")
if [[ ${#names[@]} -eq 0 ]]; then
  for check in Scripts/examples/*.sh; do
    names+=("$(basename "$check" .sh)")
  done
fi

for backend in "${backends[@]}"; do
  build_for "$backend" -c "$configuration"
  for name in "${names[@]}"; do
    bash "Scripts/examples/$name.sh" "$products" "$backend"
  done
done
