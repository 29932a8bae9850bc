#!/usr/bin/env bash
# Shows by disassembly that an optimised echo loop costs nothing but its system calls. Between two waits the loop has no retain,
# release, allocation, exclusivity check, look-up of metadata or witnesses, and no unspecialised generic.
#
# The loop belongs to the benchmarks' server, a noncopyable struct. A short list names the allowed calls, and any other call
# fails the check. Two variants show that the check can fail: the loop in a class must have exclusivity checks, and the
# unspecialised loop must look up witnesses.
#
# The examples' libraries are generic over the selector. The libraries' code for epoll must not look up anything of the
# selector, and the generic code must do so.

source "$(dirname "$0")/common.bash"

Benchmarks/measure.py build --alone >&2
program=Benchmarks/.build/release/metal-epoll

# calls FUNCTION: counts the calls and the jumps out of a function by their demangled targets. FUNCTION is a pattern of the
# symbol.
calls() {
  local symbol
  symbol=$(nm "$program" | grep -o "\$s11metal_epoll$1\$") || fail "there is no function $1"
  objdump -d --no-show-raw-insn --disassemble="$symbol" "$program" | swift demangle --simplified \
    | sed -nE -e '/\+0x[0-9a-f]+>$/d' -e 's/^.*\s(call|jmp)q?\s+([0-9a-f]+ )?//p' | LC_ALL=C sort | uniq -c
}

# The loop may call one uniqueness check, in its poll, and rare paths out of line. These paths handle errors, replace a buffer,
# accept or close a connection, and keep unsent bytes. Closing has one release, of the kept bytes. The loop may call no libc
# function for a system call.
allowed='1 <swift_(isUniquelyReferenced_nonNull_native|release)@plt>'
allowed+='|[0-9]+ <((memset|__stack_chk_fail)@plt'
allowed+='|(specialized )?(Events\.replaceStorage|Server\.accept|Connection\.flush)\(\)'
allowed+='|(specialized )?(SourceHandle|EpollSelector)\.raise\((_:)+\)'
allowed+='|(specialized )?(static (IOError|SystemKernel)\.raise|Connection\.keep)\(_:\)'
allowed+='|OwnedDescriptor\.deinit'
allowed+='|swift_willThrowTypedImpl@plt)>'

# forbidden CALLS: prints the calls that are not allowed, and fails if there are none.
forbidden() { grep -vE "^ *($allowed)\$" <<<"$1"; }

found=$(calls '6ServerV3run.*SelectorC_Tg5')
printf 'calls in the loop:\n%s\n' "$found"
[[ $found == *isUniquelyReferenced* ]] || fail "the loop does not poll"
if forbidden "$found" >&2; then fail "the loop must not make these calls"; fi

for twin in 11ClassServerC3run.*F=swift_beginAccess 6ServerV3run.*F=swift_getAssociatedTypeWitness; do
  found=$(forbidden "$(calls "${twin%=*}")") || true
  printf 'forbidden calls in %s:\n%s\n' "${twin%=*}" "$found"
  [[ $found == *"${twin#*=}"* ]] || fail "it does not call ${twin#*=}, so the check proves nothing"
done

# look_ups PROGRAM LIBRARY KIND: counts the look-ups of the selector's types in a library, for KIND "epoll" or "any" selector.
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
