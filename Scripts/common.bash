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
# On Linux the default of MetalIO is epoll, and under the package trait ForcePoll it is poll(2).
build_folder=.build
build_for() {
  local options=("${@:2}" --scratch-path "$build_folder")
  if [[ $1 == poll ]]; then
    # No other step builds with this trait, so warnings are errors here.
    options+=(--scratch-path "$build_folder-poll" --traits ForcePoll -Xswiftc -warnings-as-errors)
  fi
  swift build "${options[@]}" >&2
  products=$(swift build "${options[@]}" --show-bin-path)
}
