#!/usr/bin/env bash
#
#   Scripts/check-zero-cost.sh
#
# Shows by disassembly that an optimised echo loop costs nothing between two waits but its system calls: no retain or
# release, no allocation, no run-time exclusivity check, no look-up of metadata or witnesses, no unspecialised generic.
#
# Every call in the hot function must be on a short list; all else fails. That the check can fail is shown on the same
# loop with its stream in a class, where retains and exclusivity checks are expected.

set -euo pipefail
cd "$(dirname "$0")/.."

swift build -c release --product zero-cost-probe >&2
probe=$(swift build -c release --show-bin-path)/zero-cost-probe

# Must run to its end as well: a loop that does not work costs nothing.
"$probe"

# calls FUNCTION: prints the demangled targets of the calls and of the jumps out of a function.
calls() {
  objdump -d --no-show-raw-insn "$probe" | swift demangle --simplified | awk -v name="$1" '
    /^[0-9a-f]+ <.*>:$/ { inside = index($0, "<" name "(") > 0; if (inside) found = 1; next }
    inside && $2 ~ /^(call|jmp)/ {
      target = $0
      sub(/^.*(call|jmp)[a-z]* +/, "", target)
      if (target ~ /^\*/) { print "indirect " target; next }
      sub(/^[0-9a-f]+ +/, "", target)
      if ($2 ~ /^jmp/ && index(target, name "(") > 0) next
      print substr(target, 2, length(target) - 2)
    }
    END { if (!found) { print "no such function: " name > "/dev/stderr"; exit 1 } }' | LC_ALL=C sort | uniq -c
}

# What the loop may call: no function of the C library for a system call; one uniqueness check per poll; and outlined
# rare paths: errors, taking another buffer, closing a connection.
allowed='(memset|__stack_chk_fail)@plt'
allowed+='|swift_isUniquelyReferenced_nonNull_native@plt'
allowed+='|(specialized )?Events\.replaceStorage\(\)'
allowed+='|(specialized )?(SourceHandle|EpollSelector)\.raise\((_:)+\)'
allowed+='|(specialized )?static (IOError|SystemKernel)\.raise\(_:\)'
allowed+='|OwnedDescriptor\.deinit'
allowed+='|swift_willThrowTypedImpl@plt'

# forbidden FUNCTION: prints the calls that are not allowed.
forbidden() {
  calls "$1" | grep -vE "^ *[0-9]+ ($allowed)\$" || true
}

echo "calls in echoFromSlab:"
calls echoFromSlab
found=$(forbidden echoFromSlab)
if [[ -n $found ]]; then
  printf 'check-zero-cost: echoFromSlab calls what it must not:\n%s\n' "$found" >&2
  exit 1
fi
checks=$(calls echoFromSlab | awk '/isUniquelyReferenced/ { sum += $1 } END { print sum + 0 }')
if [[ $checks -ne 1 ]]; then
  echo "check-zero-cost: $checks uniqueness checks in echoFromSlab; one poll needs one" >&2
  exit 1
fi

found=$(forbidden echoFromClass)
for expected in swift_retain swift_release swift_beginAccess; do
  if [[ $found != *$expected* ]]; then
    printf 'check-zero-cost: %s was not found in echoFromClass, so the check proves nothing:\n%s\n' \
      "$expected" "$found" >&2
    exit 1
  fi
done
echo "echoFromSlab costs nothing of the library's own; echoFromClass, with its stream in a class, is found to cost:"
echo "$found"
