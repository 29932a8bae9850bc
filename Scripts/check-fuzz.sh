#!/usr/bin/env bash
#
#   Scripts/check-fuzz.sh
#
# Plays random operations on sources of every kind from four threads, with three seeds that are always the same and one
# that never is, on each backend. Each run prints its seed first: to play one again, run fuzz-probe with --seed.
#
#   SECONDS_EACH   how long each run takes (default: 3)

set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/backends.bash

seconds=${SECONDS_EACH:-3}

for backend in "${backends[@]}"; do
  build_for "$backend" -c release --product fuzz-probe
  echo "on $backend:"
  for seed in 1 2 3 "$(date +%s%N)"; do
    # A run that hangs is a failure as well.
    timeout $((seconds + 60)) "$products/fuzz-probe" --seed "$seed" --seconds "$seconds"
  done
done
