#!/usr/bin/env bash
#
#   Scripts/build-benchmarks.sh [--alone]
#
# Builds the systems under test that this machine has the means for, and says which it leaves out and why. With --alone it
# builds what needs nothing but the Swift toolchain, ours and the yardstick, in a folder of its own.
#
# The load program, the timer of single calls, what is loaded before a system, and the file `systems` come to
# Benchmarks/.build/programs, or with --alone to Benchmarks/.build-alone/programs. Each line of the file is a system: its
# name, the ends of a reading that it hears of, separated by commas, and its program.

set -euo pipefail
cd "$(dirname "$0")/.."

c=Benchmarks/C
alone=
scratch=Benchmarks/.build
if [[ ${1:-} == --alone ]]; then
  alone=1
  scratch=Benchmarks/.build-alone
fi
programs=$PWD/$scratch/programs
missing=()

mkdir -p "$programs"
: >"$programs/systems"

# offer NAME ENDS PROGRAM
offer() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$programs/systems"
}

# skip NAME REASON [PACKAGE]
skip() {
  echo "benchmarks: without $1: $2" >&2
  [[ -z ${3:-} ]] || missing+=("$3")
}

# The compiler that comes with Swift, so that C and Swift are made by the same optimiser.
compiler=$(command -v clang) || { echo "benchmarks: clang is missing; it is where the swift command is" >&2; exit 1; }
compile() {
  "$compiler" -std=gnu11 -O2 -Wall -Wextra -Werror -pthread "$@"
}

compile -o "$programs/echo-load" Tests/Probes/EchoLoad/*.c
compile -shared -fPIC -o "$programs/allocations.so" -I Tests/Probes/AllocationCounter/include \
  $c/allocations/*.c Tests/Probes/AllocationCounter/*.c
compile -shared -fPIC -o "$programs/idle-thread.so" $c/idle-thread/*.c

compile -o "$programs/c-epoll" $c/raw/*.c $c/harness/harness.c
offer c level,would-block,short-read "$programs/c-epoll"
shims=Sources/CMetalSystem/include
# All of the macros first: a compiler that writes to a grep which has found its line is killed by the closed pipe.
macros=$("$compiler" -O2 -E -dM -I $shims -include metal_calls.h -x c /dev/null)
if grep -q '^#define METAL_CALLS_IN_PLACE 1$' <<<"$macros"; then
  compile -I $shims -o "$programs/c-in-place" $c/in-place/main.c
  offer c-in-place would-block,short-read "$programs/c-in-place"
  compile -I $shims -o "$programs/calls" $c/calls/main.c
else
  skip c-in-place "system calls are made through libc on this processor"
fi

unset METAL_BENCHMARKS_ALONE
has_nio=
if [[ -z $alone ]] && swift package --package-path Benchmarks --scratch-path "$scratch" resolve >&2; then has_nio=1; fi
# The manifest leaves SwiftNIO out then.
[[ -n $has_nio ]] || export METAL_BENCHMARKS_ALONE=1
# What is not given is not built: SwiftNIO takes minutes.
build=(swift build -c release --package-path Benchmarks --scratch-path "$scratch")
# Not with SwiftNIO, whose own warnings are not for this package to mend.
[[ -z $alone ]] || build+=(-Xswiftc -warnings-as-errors)
products=$("${build[@]}" --show-bin-path)
for selector in epoll poll; do
  "${build[@]}" --product "metal-$selector" >&2
  offer "metal-$selector" would-block,short-read "$products/metal-$selector"
done
[[ -z $alone ]] || exit 0

# has_header NAME
has_header() {
  "$compiler" -E -include "$1" -x c /dev/null >/dev/null 2>&1
}

# build_library NAME HEADER PACKAGE LIBRARIES...
build_library() {
  local name=$1 header=$2 package=$3
  if ! has_header "$header"; then
    skip "$name" "there is no $header" "$package"
    return
  fi
  compile -o "$programs/$name" "$c/$name"/*.c $c/harness/harness.c "${@:4}"
  offer "$name" own "$programs/$name"
}

build_library libuv uv.h libuv1-dev -luv
build_library libev ev.h libev-dev -lev
build_library libevent event2/event.h libevent-dev -levent -levent_pthreads

registry=/usr/share/cargo/registry
if ! command -v cargo >/dev/null; then
  skip mio "there is no cargo" cargo
elif ! compgen -G "$registry/mio-0.8*" >/dev/null; then
  skip mio "$registry has no mio 0.8" librust-mio-dev
else
  cargo build --offline --release --quiet --manifest-path Benchmarks/mio/Cargo.toml \
    --target-dir Benchmarks/.build/mio \
    --config "source.crates-io.replace-with='debian'" --config "source.debian.directory='$registry'" >&2
  offer mio would-block,short-read "$PWD/Benchmarks/.build/mio/release/mio-system"
fi

if [[ -z $has_nio ]]; then
  skip swift-nio "SwiftPM could not fetch it"
else
  "${build[@]}" --product swift-nio-system >&2
  offer swift-nio own "$products/swift-nio-system"
fi

[[ ${#missing[@]} -eq 0 ]] || echo "benchmarks: to have them all: apt-get install ${missing[*]}" >&2
