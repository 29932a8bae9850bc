# Functions for the other scripts, which source this file first.

set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

fail() {
  printf '%s\n' "$0: $1" "${@:2}" >&2
  exit 1
}

# build_for BACKEND ARGS...: runs `swift build ARGS` for a backend, and sets `products` to the folder of the programs. On Linux,
# MetalIO uses epoll by default. With package traits it uses poll(2), or makes all calls on epoll through libc.
build_folder=.build
build_for() {
  local options=("${@:2}" --scratch-path "$build_folder")
  case $1 in
    # No other step builds with this trait, so this build treats warnings as errors.
    poll) options+=(--scratch-path "$build_folder-poll" --traits ForcePoll -Xswiftc -warnings-as-errors) ;;
    libc) options+=(--scratch-path "$build_folder-libc" --traits LibcCalls) ;;
  esac
  swift build "${options[@]}" >&2
  products=$(swift build "${options[@]}" --show-bin-path)
}
