#!/usr/bin/env bash
#
#   Scripts/check-benchmark-counts.sh [--no-build]
#
# Gates on what the benchmarks' operations take on epoll, beside the yardstick in C that does the same (Benchmarks/C/raw):
#
#   instructions   in user space, at most the budget below
#   system calls   name by name as many as the yardstick makes, but for a few in a whole run
#   allocations    none
#
# It needs no network, valgrind and strace. Benchmarks/count.py says how is counted.

set -euo pipefail
cd "$(dirname "$0")/.."

# The scenario, how a reading ends, the threads of the process, of which one works, what an operation is, and how many
# instructions of ours it may take.
budgets="
pingpong  short-read   1  round-trip     92
pingpong  short-read   2  round-trip     92
pingpong  would-block  1  round-trip    107
pingpong  would-block  2  round-trip    107
accept    short-read   1  connection    468
accept-burst short-read 1 connection    199
churn     -            1  3-changes      30
dispatch  -            1  event         5.0
"

[[ ${1:-} == --no-build ]] || Scripts/build-benchmarks.sh --alone
systems=Benchmarks/.build-alone/programs/systems

# value NAME COUNTS
value() {
  tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p"
}

# calls COUNTS: the system calls, a name and a number on each line.
calls() {
  tr ' ' '\n' <<<"$1" | awk -F = '$1 != "" && $1 != "instructions" && $1 != "allocations" { print $1, $2 }'
}

# same_calls COUNTS COUNTS: whether both have calls, and name by name as many; a few in a whole run do not count.
same_calls() {
  awk '
    { names[$1] }
    FNR == NR { one[$1] = $2; next }
    { other[$1] = $2 }
    END {
      for (name in names) {
        difference = one[name] - other[name]
        if (difference < 0) difference = -difference
        limit = 0.02 * one[name]
        if (difference > (limit < 0.005 ? limit : 0.005)) exit 1
      }
      exit length(one) == 0
    }' <(calls "$1") <(calls "$2")
}

# count SYSTEM: what the scenario at hand takes it.
count() {
  local options=() program
  program=$(awk -F '\t' -v name="$1" '$1 == name { print $3 }' "$systems")
  if [[ -z $program ]]; then
    echo "check-benchmark-counts: there is no system $1 in $systems; Scripts/build-benchmarks.sh --alone says why" >&2
    return 1
  fi
  [[ $threads == 1 ]] || options=(--idle-thread)
  options+=("$scenario" "$program")
  [[ $end == - ]] || options+=(--end "$end")
  python3 Benchmarks/count.py "${options[@]}"
}

status=0
alone=
echo "per operation, in user space: instructions of C, of C that makes its calls in place, and of ours; our ratio to C, our"
echo "budget; allocations; system calls"
while read -r scenario end threads operation budget; do
  [[ -n $scenario ]] || continue
  yardstick=$(count c)
  in_place=$(count c-in-place)
  own=$(count metal-epoll)
  total=$(calls "$own" | awk '{ total += $2 } END { printf "%.3f", total }')
  awk -v name="$scenario $end, threads: $threads, $operation" -v c="$(value instructions "$yardstick")" \
    -v in_place="$(value instructions "$in_place")" -v own="$(value instructions "$own")" -v budget="$budget" \
    -v allocations="$(value allocations "$own")" -v total="$total" 'BEGIN {
    printf "  %-46s C %5.1f   in place %5.1f   ours %5.1f   ratio %.2f   budget %s   %.3f allocations   %s calls\n",
      name, c, in_place, own, own / c, budget, allocations, total
    exit !(c > 0 && in_place > 0 && own > 0 && own <= budget && allocations < 0.01)
  }' || { echo "check-benchmark-counts: over the budget, allocating, or not counted" >&2; status=1; }
  # The second thread is there if C through libc notices it.
  if [[ $threads == 1 ]]; then
    alone=$(value instructions "$yardstick")
  elif ! awk -v alone="$alone" -v beside="$(value instructions "$yardstick")" 'BEGIN { exit !(beside > 1.5 * alone) }'; then
    echo "check-benchmark-counts: there was no second thread" >&2
    status=1
  fi
  for other in "$own" "$in_place"; do
    if ! same_calls "$yardstick" "$other"; then
      printf 'check-benchmark-counts: system calls of C:\n%s\nand of another:\n%s\n' "$(calls "$yardstick")" "$(calls "$other")" >&2
      status=1
    fi
  done
done <<<"$budgets"
exit "$status"
