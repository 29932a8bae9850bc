#!/usr/bin/env bash
# Plays random operations on sources of every kind from four threads, with three fixed seeds and a new one, on each
# backend. Each run prints its seed first. To play a run again, run fuzz-probe with it. A run that hangs fails after a minute.

source "$(dirname "$0")/common.bash"

for backend in epoll poll; do
  build_for "$backend" -c release --product fuzz-probe
  echo "on $backend:"
  for seed in 1 2 3 ""; do timeout 60 "$products/fuzz-probe" 3 $seed; done
done
