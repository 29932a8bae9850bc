#!/usr/bin/env bash
#
#   Scripts/check-counts.sh
#
# Gates on what does not depend on the machine's mood, taken from release builds of Tests/Probes:
#
#   allocations    none in 10,000 turns of each thing an event loop does, for every kind of source, on each backend
#   instructions   in user space, on poll(2): per round of a loop with 1,000 pipes registered and 10 active, at most 1.08
#                  times those of a loop in C; with the active one in front, at most half of those with it at the end of
#                  the table; and per change of a registration with 10,000 registered, the same as with 1,000
#
# What operations on epoll take is the affair of Scripts/check-benchmark-counts.sh.

set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/backends.bash

poll_limit=1.08
front_limit=0.5
# In percent.
change_limit=3

for backend in "${backends[@]}"; do
  build_for "$backend" -c release --product allocation-probe
  echo "allocations on $backend:"
  "$products/allocation-probe"
  # It succeeds when each of the things above was found to allocate once it does so on purpose.
  "$products/allocation-probe" --allocate >/dev/null
done

build_for epoll -c release
status=0
yardstick=$(Scripts/count-run.sh "$products/c-poll-loop")
ours=$(Scripts/count-run.sh "$products/poll-loop-probe")
awk -v ours="$ours" -v yardstick="$yardstick" -v limit="$poll_limit" 'BEGIN {
  printf "instructions per round on poll(2): C %.1f   ours %.1f   ratio %.2f (limit %.2f)\n",
    yardstick, ours, ours / yardstick, limit
  exit !(yardstick > 0 && ours > 0 && ours <= limit * yardstick)
}' || status=1

at_end=$(Scripts/count-run.sh "$products/poll-loop-probe" --active 1)
in_front=$(Scripts/count-run.sh "$products/poll-loop-probe" --active 1 --front)
awk -v front="$in_front" -v end="$at_end" -v limit="$front_limit" 'BEGIN {
  printf "instructions per round on poll(2), 1 of 1,000 active: at the end %.1f   in front %.1f   ratio %.2f (limit %.2f)\n",
    end, front, front / end, limit
  exit !(front > 0 && front <= limit * end)
}' || status=1

few=$(Scripts/count-run.sh "$products/poll-loop-probe" --churn --registered 1000)
many=$(Scripts/count-run.sh "$products/poll-loop-probe" --churn --registered 10000)
awk -v few="$few" -v many="$many" -v limit="$change_limit" 'BEGIN {
  difference = 100 * (many - few) / few
  printf "instructions per deregister, register, reregister on poll(2): of 1,000 %.1f   of 10,000 %.1f   %+.1f %% (limit %d %%)\n",
    few, many, difference, limit
  exit !(few > 0 && many > 0 && difference <= limit && difference >= -limit)
}' || status=1
[[ $status -eq 0 ]] || echo "check-counts: over the limit" >&2
exit "$status"
