#!/usr/bin/env bash
# Runs random operations on sources of every kind from four threads, on each backend. The seeds are three fixed ones and a new
# one. Each run prints its seed first, and fails if it hangs. To repeat a run, start fuzz-probe with that seed.

source "$(dirname "$0")/common.bash"

for backend in epoll poll; do
  build_for "$backend" -c release --product fuzz-probe
  echo "on $backend:"
  for seed in 1 2 3 ""; do timeout 60 "$products/fuzz-probe" 3 $seed; done
done
