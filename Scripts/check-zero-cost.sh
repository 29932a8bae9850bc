#!/usr/bin/env bash
# Shows by disassembly that an optimised echo loop costs nothing between two waits but its system calls: no retain or
# release, no allocation, no run-time exclusivity check, no look-up of metadata or witnesses, no unspecialised generic.
#
# The loop is that of the benchmarks' server in a noncopyable struct. Every call in it must be on a short list; all else
# fails. The same loop in a class and the unspecialised one show that the check can fail: exclusivity checks are expected in
# the one, and look-ups of witnesses in the other.
#
# The examples' libraries, generic over the selector, must look nothing of it up in what they have for epoll, and do so in
# what they have for any other.

source "$(dirname "$0")/common.bash"

Benchmarks/measure.py build --alone >&2
program=Benchmarks/.build/release/metal-epoll

# calls FUNCTION: counts the calls and the jumps out of a function, given by a pattern of its symbol, by their demangled
# targets.
calls() {
  local symbol
  symbol=$(nm "$program" | grep -o "\$s11metal_epoll$1\$") || fail "there is no function $1"
  objdump -d --no-show-raw-insn --disassemble="$symbol" "$program" | swift demangle --simplified \
    | sed -nE -e '/\+0x[0-9a-f]+>$/d' -e 's/^.*\s(call|jmp)q?\s+([0-9a-f]+ )?//p' | LC_ALL=C sort | uniq -c
}

# The loop may call one uniqueness check, in its poll, and outlined rare paths: errors, taking another buffer, accepting a
# connection, keeping bytes that a socket does not take, and closing a connection, with one release of what it has kept. It
# may call no function of libc for a system call.
allowed='1 <swift_(isUniquelyReferenced_nonNull_native|release)@plt>'
allowed+='|[0-9]+ <((memset|__stack_chk_fail)@plt'
allowed+='|(specialized )?(Events\.replaceStorage|Server\.accept|Connection\.flush)\(\)'
allowed+='|(specialized )?(SourceHandle|EpollSelector)\.raise\((_:)+\)'
allowed+='|(specialized )?(static (IOError|SystemKernel)\.raise|Connection\.keep)\(_:\)'
allowed+='|OwnedDescriptor\.deinit'
allowed+='|swift_willThrowTypedImpl@plt)>'

# forbidden CALLS: prints those that are not allowed, and fails if there are none.
forbidden() {
  grep -vE "^ *($allowed)\$" <<<"$1"
}

found=$(calls '6ServerV3run.*SelectorC_Tg5')
printf 'calls in the loop:\n%s\n' "$found"
[[ $found == *isUniquelyReferenced* ]] || fail "the loop does not poll"
if forbidden "$found" >&2; then fail "the loop must not make these calls"; fi

for twin in 11ClassServerC3run.*F=swift_beginAccess 6ServerV3run.*F=swift_getAssociatedTypeWitness; do
  found=$(forbidden "$(calls "${twin%=*}")") || true
  printf 'forbidden calls in %s:\n%s\n' "${twin%=*}" "$found"
  [[ $found == *"${twin#*=}"* ]] || fail "it does not call ${twin#*=}, so the check proves nothing"
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

for example in echo-server:EchoServer tcp-proxy:TCPProxy udp-echo:UDPEcho unix-chat:UnixChat key-value-server:KeyValueServer; do
  build_for epoll -c release --product "${example%:*}"
  specialized=$(look_ups "${example%:*}" "${example#*:}" epoll)
  generic=$(look_ups "${example%:*}" "${example#*:}" any)
  printf '%s: %s look-ups of types for epoll, %s for any selector\n' "${example%:*}" "$specialized" "$generic"
  [[ $specialized == 0 && $generic -gt 0 ]] || fail "the library of ${example%:*} is not specialised for epoll"
done
