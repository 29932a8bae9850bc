#!/usr/bin/env bash
#
#   Scripts/check-benchmark-counts.sh [--no-build]
#
# Gates on what the benchmarks' operations take on epoll, beside the yardstick in C that does the same (Benchmarks/C/raw):
#
#   instructions   in user space, at most the budget below
#   system calls   name by name as many as the yardstick makes
#   allocations    none
#
# It needs no network, valgrind and strace. Benchmarks/count.py says how is counted.

set -euo pipefail
cd "$(dirname "$0")/.."

# The scenario, how a reading ends, what an operation is, and how many instructions of ours it may take.
budgets="
pingpong  short-read   round-trip     140
pingpong  would-block  round-trip     178
accept    short-read   connection     700
churn     -            3-changes       62
dispatch  -            event         10.6
"

[[ ${1:-} == --no-build ]] || Scripts/build-benchmarks.sh --alone
systems=Benchmarks/.build-alone/programs/systems
program() {
  awk -F '\t' -v name="$1" '$1 == name { print $3 }' "$systems"
}
ours=$(program metal-epoll)
yardstick=$(program c)

# value NAME COUNTS
value() {
  tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p"
}

# calls COUNTS: the system calls, rounded, so that a stray one in a run does not count.
calls() {
  tr ' ' '\n' <<<"$1" | awk -F = '$1 != "" && $1 != "instructions" && $1 != "allocations" { printf "%s %.3f\n", $1, $2 }'
}

status=0
echo "per operation, in user space: instructions of C, of ours, their ratio and our budget; allocations; system calls"
while read -r scenario end operation budget; do
  [[ -n $scenario ]] || continue
  options=()
  [[ $end == - ]] || options=(--end "$end")
  theirs=$(python3 Benchmarks/count.py "$scenario" "$yardstick" ${options[@]+"${options[@]}"})
  own=$(python3 Benchmarks/count.py "$scenario" "$ours" ${options[@]+"${options[@]}"})
  total=$(calls "$own" | awk '{ total += $2 } END { printf "%.3f", total }')
  awk -v name="$scenario $end $operation" -v c="$(value instructions "$theirs")" -v own="$(value instructions "$own")" \
    -v budget="$budget" -v allocations="$(value allocations "$own")" -v total="$total" 'BEGIN {
    printf "  %-32s C %7.1f   ours %7.1f   ratio %.2f   budget %s   %.3f allocations   %s calls\n",
      name, c, own, own / c, budget, allocations, total
    exit !(c > 0 && own > 0 && own <= budget && allocations < 0.01)
  }' || { echo "check-benchmark-counts: over the budget" >&2; status=1; }
  if [[ -z $(calls "$own") || $(calls "$own") != "$(calls "$theirs")" ]]; then
    printf 'check-benchmark-counts: system calls of C:\n%s\nand of ours:\n%s\n' "$(calls "$theirs")" "$(calls "$own")" >&2
    status=1
  fi
done <<<"$budgets"
exit "$status"
