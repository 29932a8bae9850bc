#!/usr/bin/env bash
# Compiles the modules up to the simulated kernel, and a program with every public generic, as Embedded Swift. The targets are
# bare metal with 64 and 32 bits, and Linux, where the script also runs the program.

source "$(dirname "$0")/common.bash"

flags=(-package-name metal_io -parse-as-library -whole-module-optimization -Osize)
flags+=(-swift-version 6 -strict-memory-safety -warnings-as-errors)
for name in InternalImportsByDefault MemberImportVisibility ExistentialAny; do flags+=(-enable-upcoming-feature "$name"); done
for name in Lifetimes SuppressedAssociatedTypes Embedded; do flags+=(-enable-experimental-feature "$name"); done

host=$(uname -m)-unknown-linux-gnu
for target in x86_64-unknown-none-elf armv7em-none-none-eabi "$host"; do
  mkdir "$work/$target"
  # Each module imports the modules before it in this list.
  for folder in Sources/{MetalCore,MetalKqueue,MetalKqueueSim,MetalSimulation/Trace} Tests/Probes/Embedded; do
    module=$(cut -d/ -f2 <<<"$folder")
    mapfile -t sources < <(find "$folder" -name '*.swift' | LC_ALL=C sort)
    swiftc -c "${sources[@]}" -o "$work/$target/$module.o" -emit-module-path "$work/$target/$module.swiftmodule" \
      -target "$target" -module-name "$module" -I "$work/$target" "${flags[@]}"
  done
  echo "the program compiles as Embedded Swift for $target: $(stat -c %s "$work/$target/Probes.o") bytes"
done

# Comparing strings needs these tables. Hash tables need a function of the mathematics library.
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
swiftc "$work/$host"/*.o "$resources/embedded/$host/libswiftUnicodeDataTables.a" -lm -o "$work/embedded" \
  -target "$host" "${flags[@]}"
# Line buffering, because a program that traps loses the output in its buffer.
stdbuf -oL "$work/embedded"
