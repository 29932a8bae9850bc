# What the scripts share. Source it first.

set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

fail() {
  printf '%s\n' "$0: $1" "${@:2}" >&2
  exit 1
}

# build_for BACKEND ARGS...: runs `swift build ARGS` for a backend, and sets `products` to the folder of the programs.
# On Linux the default of MetalIO is epoll. The package traits make it poll(2), or epoll with all calls through libc.
build_folder=.build
build_for() {
  local options=("${@:2}" --scratch-path "$build_folder")
  case $1 in
    # No other step builds with this trait, so warnings are errors here.
    poll) options+=(--scratch-path "$build_folder-poll" --traits ForcePoll -Xswiftc -warnings-as-errors) ;;
    libc) options+=(--scratch-path "$build_folder-libc" --traits LibcCalls) ;;
  esac
  swift build "${options[@]}" >&2
  products=$(swift build "${options[@]}" --show-bin-path)
}
