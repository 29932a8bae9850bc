# What the scripts share that run programs on one backend after the other; sourced in the package's folder.

# On Linux the default of MetalIO is epoll, and under the package trait ForcePoll it is poll(2).
backends=(epoll poll)

# build_for BACKEND ARGS...: runs `swift build ARGS` for a backend, and sets `products` to the folder of the programs. Each
# backend has a build of its own.
build_for() {
  local options=("${@:2}")
  case $1 in
  epoll) ;;
  poll) options+=(--traits ForcePoll --scratch-path .build-poll) ;;
  *) return 2 ;;
  esac
  swift build "${options[@]}" >&2
  products=$(swift build "${options[@]}" --show-bin-path)
}
