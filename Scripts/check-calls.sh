#!/usr/bin/env bash
#
#   Scripts/check-calls.sh
#
# Shows that the system calls that the shims make in place return what libc's functions return, on this machine's
# processor and on the other one that they are written for, which is emulated: Tests/Probes/CallShims prints the same
# each time, but for calls that the emulator lacks. Needs clang, and for the other processor a linker and a libc for it,
# and qemu's user mode.

set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

machine=$(uname -m)

# build TRIPLE OPTIONS...: compiles the probe, by the compiler that comes with Swift.
build() {
  local options=(-std=gnu11 -O2 -Wall -Wextra -Werror -I Sources/CMetalSystem/include "${@:2}")
  local linker=(clang)
  if [[ $1 != "$machine"-* ]]; then
    options+=("--target=$1" -isystem "/usr/$1/include")
    # It knows where the libraries for its processor are.
    linker=("$1-gcc" -static)
  fi
  clang "${options[@]}" -c -o "$work/probe.o" Tests/Probes/CallShims/main.c
  "${linker[@]}" -o "$work/probe" "$work/probe.o"
}

# What every way of calling must print: what the first has printed.
expected=
for triple in x86_64-linux-gnu aarch64-linux-gnu; do
  run=("$work/probe")
  [[ $triple == "$machine"-* ]] || run=("qemu-${triple%%-*}" "$work/probe")
  for way in "in place" "through libc"; do
    echo "${triple%%-*}:"
    case $way in
    "in place") build "$triple" ;;
    "through libc") build "$triple" -DMETAL_LIBC_CALLS ;;
    esac
    results=$("${run[@]}" 2>"$work/said" </dev/null) || { cat "$work/said" >&2; exit 1; }
    cat "$work/said"
    grep -q "calls $way" "$work/said" || { echo "check-calls: that is the wrong way" >&2; exit 1; }
    [[ -n $results ]] || { echo "check-calls: the probe printed nothing" >&2; exit 1; }
    expected=${expected:-$results}
    # Emulators may lack a call (ENOSYS, 38), which this machine must not.
    missing=$(sed -n 's/: -38$/:/p' <<<"$results")
    if [[ -n $missing ]]; then
      [[ $triple != "$machine"-* ]] || { echo "check-calls: the system lacks ${missing//$'\n'/ }" >&2; exit 1; }
      echo "  without ${missing//$'\n'/ }"
    fi
    # Without a pattern grep -v would leave nothing, so there is one that no line has.
    pattern=${missing:-no line}
    if ! diff <(grep -vF "$pattern" <<<"$expected") <(grep -vF "$pattern" <<<"$results") >&2; then
      echo "check-calls: the results differ" >&2
      exit 1
    fi
  done
done
echo "$(wc -l <<<"$expected") results compared"
