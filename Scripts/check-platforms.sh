#!/usr/bin/env bash
# Compiles the modules up to the simulated kernel, and a program with every public generic, as Embedded Swift: for bare metal, and
# for Linux and WebAssembly on several processors. The script runs the program there, natively, under qemu or under Node.js. All
# runs must print the same digest. Needs ziglang of PyPI, which has the headers of the systems and a linker.

source "$(dirname "$0")/common.bash"

flags=(-package-name metal_io -parse-as-library -whole-module-optimization -Osize)
flags+=(-swift-version 6 -strict-memory-safety -warnings-as-errors)
for name in InternalImportsByDefault MemberImportVisibility ExistentialAny; do flags+=(-enable-upcoming-feature "$name"); done
for name in Lifetimes SuppressedAssociatedTypes Embedded; do flags+=(-enable-experimental-feature "$name"); done
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
zig=$(python3 -c 'import ziglang; print(ziglang.__path__[0])')

# compile TARGET ARGS...: compiles the modules for a target of the Swift compiler, each after those that it imports.
compile() {
  mkdir "$work/$name"
  local folder module sources
  for folder in Sources/{MetalCore,MetalKqueue,MetalKqueueSim,MetalSimulation/Trace} Tests/Probes/Embedded; do
    module=$(cut -d/ -f2 <<<"$folder")
    mapfile -t sources < <(find "$folder" -name '*.swift' | LC_ALL=C sort)
    swiftc -c "${sources[@]}" -o "$work/$name/$module.o" -emit-module-path "$work/$name/$module.swiftmodule" \
      -target "$1" -module-name "$module" -I "$work/$name" -module-cache-path "$work/$name/cache" "${flags[@]}" "${@:2}"
  done
  echo "the program compiles as Embedded Swift for $name: $(stat -c %s "$work/$name/Probes.o") bytes"
}

# run TARGET SYSTEM LINKER HEADERS COMMAND...: compiles for a system in the compiler's and in the linker's words, links, and runs.
#
# The target chooses the standard library, which is that of bare metal. The system chooses the headers of C and the format of
# the object files.
run() {
  local headers=() tables=$work/$name-tables
  for folder in $4; do headers+=(-Xcc -isystem -Xcc "$zig/lib/libc/include/$folder"); done
  compile "$1" -Xcc "--target=$2" -Xcc -nostdinc -Xcc -isystem -Xcc "$resources/clang/include" "${headers[@]}"
  # Comparing strings needs these tables. For RISC-V they are marked as code for other registers, although they hold integers.
  mkdir "$tables"
  (cd "$tables" && ar x "$resources/embedded/$1/libswiftUnicodeDataTables.a")
  [[ $1 != riscv64* ]] || for table in "$tables"/*; do printf '\x04' | dd of="$table" bs=1 seek=48 conv=notrunc status=none; done
  python3 -m ziglang cc -target "$3" "$work/$name"/*.o "$tables"/* Tests/Probes/Platforms/runtime.c -s -o "$work/program"
  "${@:5}" "$work/program" | tee -a "$work/said"
}

# on_linux NAME TARGET PROCESSOR LIBC KERNEL COMMAND...: names a processor as the compiler, musl and the kernel's headers do.
on_linux() {
  name="Linux, $1" run "$2" "$3-unknown-linux-musl" "$4-linux-musl" "$4-linux-musl generic-musl $5-linux-any any-linux-any" "${@:6}"
}

name="Cortex-M4" compile armv7em-none-none-eabi
on_linux x86-64 x86_64-unknown-none-elf x86_64 x86_64 x86 env
on_linux "32-bit x86" i686-unknown-none-elf i686 x86 x86 env
on_linux AArch64 aarch64-none-none-elf aarch64 aarch64 aarch64 qemu-aarch64
on_linux RISC-V riscv64-none-none-eabi riscv64 riscv64 riscv qemu-riscv64
name="WebAssembly" run wasm32-unknown-none-wasm wasm32-unknown-wasi wasm32-wasi "wasm-wasi-musl generic-musl" \
  node --no-warnings Tests/Probes/Platforms/run.mjs

[[ $(wc -l <"$work/said") -eq 5 && $(sort -u "$work/said" | wc -l) -eq 1 ]] || fail "the digests differ" "$(cat "$work/said")"
echo "the digest is the same on five processors"
