#!/usr/bin/env bash
# Shows that system calls in place return the same results as libc's functions, on x86-64 and on AArch64. One of the two
# processors is emulated. Tests/Probes/CallShims expects the same results each time, except for calls that the emulator lacks.
# Needs clang, and for the emulated processor a linker, a libc and qemu.

source "$(dirname "$0")/common.bash"

for processor in x86_64 aarch64; do
  options=(-std=gnu11 -O2 -Wall -Wextra -Werror -I Sources/CMetalSystem/include)
  linker=(clang) run=()
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
# A way: the sockets that the wrapper sees, and how many instructions and functions of libc for system calls the program has.
for way in 'epoll 0 ^[1-9][0-9]+ 0$' 'libc 2 ^0 [1-9][0-9]+$'; do
  read -r backend sockets counts <<<"$way"
  build_for "$backend" -c release --product quickstart
  LD_PRELOAD=$work/wrapper.so "$products/quickstart" >/dev/null 2>"$work/said"
  grep -qx "wrapper: $sockets sockets" "$work/said" || fail "$(cat "$work/said")"
  instructions=$(objdump -d "$products/quickstart" | grep -cE $'\tsyscall *$' || true)
  functions=$(nm -D --undefined-only "$products/quickstart" \
    | grep -cE ' (socket|bind|connect|accept4|recv|send.*|read|write|p?poll|epoll_.*|fcntl|close)@' || true)
  [[ "$instructions $functions" =~ $counts ]] || fail "$backend: $instructions instructions, $functions functions of libc"
done
echo "a library that replaces libc sees all calls, or none"
