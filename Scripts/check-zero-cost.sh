#!/usr/bin/env bash
# Shows by disassembly that an optimised echo loop costs nothing between two waits but its system calls: no retain or
# release, no allocation, no run-time exclusivity check, no look-up of metadata or witnesses, no unspecialised generic.
#
# Every call in the hot function must be on a short list; all else fails. A loop with its stream in a class shows that
# the check can fail: retains and exclusivity checks are expected there.
#
# The examples are libraries, generic over the selector, that name one by `@specialized`. What they have for it must look
# nothing up; what they have for any other does, which shows that this check can fail.

source "$(dirname "$0")/common.bash"

swift build -c release --product zero-cost-probe >&2
probe=$(swift build -c release --show-bin-path)/zero-cost-probe

# Must run to its end as well: a loop that does not work costs nothing.
"$probe"

# calls FUNCTION: counts the calls and the jumps out of a function by their demangled targets.
calls() {
  local symbol
  symbol=$(nm "$probe" | grep -o "\$s.*[0-9]$1.*F$") || fail "there is no function $1"
  objdump -d --no-show-raw-insn --disassemble="$symbol" "$probe" | swift demangle --simplified \
    | sed -nE -e "/<$1\(.*\+0x[0-9a-f]+>$/d" -e 's/^.*\s(call|jmp)q?\s+([0-9a-f]+ )?//p' | LC_ALL=C sort | uniq -c
}

# The loop may call one uniqueness check, in its poll, and outlined rare paths: errors, taking another buffer, closing a
# connection. It may call no function of libc for a system call.
allowed='1 <swift_isUniquelyReferenced_nonNull_native@plt>'
allowed+='|[0-9]+ <((memset|__stack_chk_fail)@plt'
allowed+='|(specialized )?Events\.replaceStorage\(\)'
allowed+='|(specialized )?(SourceHandle|EpollSelector)\.raise\((_:)+\)'
allowed+='|(specialized )?static (IOError|SystemKernel)\.raise\(_:\)'
allowed+='|OwnedDescriptor\.deinit'
allowed+='|swift_willThrowTypedImpl@plt)>'

# forbidden CALLS: prints those that are not allowed, and fails if there are none.
forbidden() {
  grep -vE "^ *($allowed)\$" <<<"$1"
}

found=$(calls echoFromSlab)
printf 'calls in echoFromSlab:\n%s\n' "$found"
[[ $found == *isUniquelyReferenced* ]] || fail "echoFromSlab does not poll"
if forbidden "$found" >&2; then fail "echoFromSlab must not make these calls"; fi

found=$(forbidden "$(calls echoFromClass)") || true
printf 'forbidden calls in echoFromClass, with its stream in a class:\n%s\n' "$found"
for expected in swift_retain swift_release swift_beginAccess; do
  [[ $found == *$expected* ]] || fail "echoFromClass does not call $expected, so the check proves nothing"
done

# look_ups PROGRAM LIBRARY KIND: counts the look-ups of the selector's types in the library's functions for epoll, or for any selector.
look_ups() {
  local prefix=''
  [[ $3 == any ]] || prefix='generic specialization <MetalEpoll.EpollSelector> of '
  objdump -d --no-show-raw-insn "$products/$1" | swift demangle | awk -v start="<$prefix$2\\." '
    /^[0-9a-f]+ </ { inside = $0 ~ " " start; functions += inside && /\.run\(\)/ }
    inside && /<swift_getAssociated/ { count += 1 }
    END { print functions ? count + 0 : "none, but there is no run()" }'
}

for example in echo-server:EchoServer tcp-proxy:TCPProxy udp-echo:UDPEcho unix-chat:UnixChat; do
  build_for epoll -c release --product "${example%:*}"
  specialized=$(look_ups "${example%:*}" "${example#*:}" epoll)
  generic=$(look_ups "${example%:*}" "${example#*:}" any)
  printf '%s: %s look-ups of types for epoll, %s for any selector\n' "${example%:*}" "$specialized" "$generic"
  [[ $specialized == 0 && $generic -gt 0 ]] || fail "the library of ${example%:*} is not specialised for epoll"
done
