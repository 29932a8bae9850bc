#!/usr/bin/env bash
#
#   Scripts/check-embedded.sh
#
# Compiles MetalCore as Embedded Swift for bare metal, together with a file that instantiates its public generics, for
# a 64-bit and a 32-bit processor. Nothing is linked or run.

set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

mapfile -t sources < <(find Sources/MetalCore Tests/Probes/Embedded -name '*.swift' | LC_ALL=C sort)
for target in x86_64-unknown-none-elf armv7em-none-none-eabi; do
  swiftc -c "${sources[@]}" -o "$work/MetalCore.o" \
    -target "$target" -module-name MetalCore -package-name metal_io -parse-as-library -whole-module-optimization -Osize \
    -swift-version 6 -strict-memory-safety -warnings-as-errors \
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility \
    -enable-upcoming-feature ExistentialAny -enable-experimental-feature Lifetimes \
    -enable-experimental-feature SuppressedAssociatedTypes -enable-experimental-feature Embedded
  echo "MetalCore compiles as Embedded Swift for $target: $(stat -c %s "$work/MetalCore.o") bytes"
done
