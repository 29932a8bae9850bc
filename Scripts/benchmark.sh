#!/usr/bin/env bash
#
#   Scripts/benchmark.sh [--rounds N] [--scenario NAME]... [--system NAME]... [--quick] [--output FILE] [--no-build]
#
# Builds the systems that this machine has the means for, runs all of them through all scenarios, in turns, and writes
# what was measured to Benchmarks/results. It installs nothing. Scripts/benchmark-report.py makes tables and charts of the
# file. Needs Linux, Python 3 and taskset; a machine with nothing else to do, and at least two cores.

set -euo pipefail
cd "$(dirname "$0")/.."

options=()
build=1
for argument in "$@"; do
  if [[ $argument == --no-build ]]; then build=; else options+=("$argument"); fi
done
[[ -z $build ]] || Scripts/build-benchmarks.sh
exec python3 Benchmarks/run.py ${options[@]+"${options[@]}"}
