#!/usr/bin/env bash
#
#   Scripts/check-embedded.sh
#
# Compiles as Embedded Swift for bare metal, for a 64-bit and a 32-bit processor: MetalCore, together with files that
# instantiate its public generics, and the modules up to the simulated kernel, with a program that uses them. Where
# Embedded Swift can be run, on Linux, the program is run.

set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

flags=(
  -package-name metal_io -parse-as-library -whole-module-optimization -Osize
  -swift-version 6 -strict-memory-safety -warnings-as-errors
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility
  -enable-upcoming-feature ExistentialAny -enable-experimental-feature Lifetimes
  -enable-experimental-feature SuppressedAssociatedTypes -enable-experimental-feature Embedded
)

# Prints the Swift files of folders, one a line.
files() {
  find "$@" -name '*.swift' | LC_ALL=C sort
}

# compile TARGET MODULE FILES...: makes an object file, and a module that what follows can import.
compile() {
  local target=$1 module=$2
  shift 2
  mkdir -p "$work/$target"
  swiftc -c "$@" -o "$work/$target/$module.o" -emit-module -emit-module-path "$work/$target/$module.swiftmodule" \
    -target "$target" -module-name "$module" -I "$work/$target" "${flags[@]}"
}

# compile_all TARGET: makes the modules, and the program on the simulated kernel.
compile_all() {
  local target=$1 module sources
  for module in MetalCore MetalKqueue MetalKqueueSim; do
    mapfile -t sources < <(files "Sources/$module")
    compile "$target" "$module" "${sources[@]}"
  done
  mapfile -t sources < <(files Tests/Probes/Embedded/Simulated)
  compile "$target" Simulated "${sources[@]}"
}

mapfile -t instantiated < <(files Sources/MetalCore; files Tests/Probes/Embedded -maxdepth 1)
for target in x86_64-unknown-none-elf armv7em-none-none-eabi; do
  compile "$target" MetalCore "${instantiated[@]}"
  echo "MetalCore compiles as Embedded Swift for $target: $(stat -c %s "$work/$target/MetalCore.o") bytes"
  compile_all "$target"
  echo "a program on MetalKqueueSim compiles as Embedded Swift for $target"
done

if [[ $(uname -sm) == "Linux x86_64" ]]; then
  host=x86_64-unknown-linux-gnu
  compile_all "$host"
  # The tables that strings are compared by; hash tables take a function of the library of mathematics.
  resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
  swiftc "$work/$host"/*.o "$resources/embedded/$host/libswiftUnicodeDataTables.a" -lm -o "$work/simulated" \
    -target "$host" "${flags[@]}"
  "$work/simulated"
fi
