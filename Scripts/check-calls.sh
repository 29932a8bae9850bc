#!/usr/bin/env bash
# Shows that system calls in place return the same results as libc's functions, on x86-64 and on AArch64. One of the two
# processors is emulated. Tests/Probes/CallShims expects the same results each time, except for calls that the emulator lacks.
# Needs clang, and for the emulated processor a linker, a libc and qemu.

source "$(dirname "$0")/common.bash"

for processor in x86_64 aarch64; do
  options=(-std=gnu11 -O2 -Wall -Wextra -Werror -I Sources/CMetalSystem/include)
  linker=(clang)
  run=()
  if [[ $processor != "$(uname -m)" ]]; then
    options+=("--target=$processor-linux-gnu" -isystem "/usr/$processor-linux-gnu/include")
    # This linker finds the libraries of its processor.
    linker=("$processor-linux-gnu-gcc" -static)
    run=("qemu-$processor")
  fi
  for way in "" -DMETAL_LIBC_CALLS; do
    clang "${options[@]}" "-DIS_EMULATED=${#run[@]}" ${way:+"$way"} -c -o "$work/probe.o" Tests/Probes/CallShims/main.c
    "${linker[@]}" -o "$work/probe" "$work/probe.o"
    "${run[@]}" "$work/probe"
    echo "on $processor, ${way:-calls in place}: every call returns the expected result"
  done
done

# All calls of a build go one way. A library that replaces libc's functions sees no calls in place, and sees all calls with the
# trait LibcCalls. With the trait, the program has no instruction for a system call, and in place it uses no libc function for
# one.
clang -std=gnu11 -O2 -Wall -Wextra -Werror -shared -fPIC -o "$work/wrapper.so" Tests/Probes/CallShims/wrapper.c
ways=("" "--traits LibcCalls --scratch-path .build-libc")
sockets=(0 2)
for way in 0 1; do
  read -ra options <<<"-c release --product quickstart ${ways[way]}"
  swift build "${options[@]}" >&2
  program=$(swift build "${options[@]}" --show-bin-path)/quickstart
  LD_PRELOAD=$work/wrapper.so "$program" >/dev/null 2>"$work/said"
  grep -qx "wrapper: ${sockets[way]} sockets" "$work/said" || fail "$(cat "$work/said")"
done
in_place=$(swift build -c release --show-bin-path)/quickstart
# count PROGRAM: prints the number of instructions for system calls, and the number of imported libc functions for them.
count() {
  objdump -d "$1" | grep -cE $'\tsyscall *$' || true
  nm -D --undefined-only "$1" | grep -cE ' (socket|bind|connect|accept4|recv|send.*|read|write|p?poll|epoll_.*|fcntl|close)@' || true
}
read -rd '' through_libc functions < <(count "$program") || true
read -rd '' instructions in_place_functions < <(count "$in_place") || true
[[ $through_libc -eq 0 && $functions -ge 10 && $instructions -ge 10 && $in_place_functions -eq 0 ]] \
  || fail "some calls do not go the way of the build"
echo "a library that replaces libc sees all calls, or none"
