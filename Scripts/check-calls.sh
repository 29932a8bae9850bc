#!/usr/bin/env bash
# Shows that the system calls that the shims make in place return the same as libc's functions, on this machine's
# processor and on the other one that the shims support, which is emulated. Tests/Probes/CallShims expects the same each
# time, except for calls that the emulator lacks. Needs clang, and for the other processor a linker, a libc and qemu.

source "$(dirname "$0")/common.bash"

for processor in x86_64 aarch64; do
  options=(-std=gnu11 -O2 -Wall -Wextra -Werror -I Sources/CMetalSystem/include)
  linker=(clang)
  run=()
  if [[ $processor != "$(uname -m)" ]]; then
    options+=("--target=$processor-linux-gnu" -isystem "/usr/$processor-linux-gnu/include")
    # It knows where the libraries for its processor are.
    linker=("$processor-linux-gnu-gcc" -static)
    run=("qemu-$processor")
  fi
  for way in "" -DMETAL_LIBC_CALLS; do
    clang "${options[@]}" "-DIS_EMULATED=${#run[@]}" ${way:+"$way"} -c -o "$work/probe.o" Tests/Probes/CallShims/main.c
    "${linker[@]}" -o "$work/probe" "$work/probe.o"
    "${run[@]}" "$work/probe"
    echo "on $processor, ${way:-calls in place}: every call returns what it must"
  done
done

# All calls of a build go one way: a library in the place of libc's functions sees none of them in place, and all of them with
# the trait LibcCalls, by which the program has no instruction for a call. In place it needs no function of libc for one.
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
# count PROGRAM: how many instructions for a system call the program has, and how many functions of libc for one.
count() {
  objdump -d "$1" | grep -cE $'\tsyscall *$' || true
  nm -D --undefined-only "$1" | grep -cE ' (socket|bind|connect|accept4|recv|send.*|read|write|p?poll|epoll_.*|fcntl|close)@' || true
}
read -rd '' through_libc functions < <(count "$program") || true
read -rd '' instructions in_place_functions < <(count "$in_place") || true
[[ $through_libc -eq 0 && $functions -ge 10 && $instructions -ge 10 && $in_place_functions -eq 0 ]] \
  || fail "some calls go the other way"
echo "a library in libc's place sees all calls, or none"
