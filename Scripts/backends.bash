# What the scripts share that run programs on one backend after the other; sourced in the package's folder.

# On Linux the default of MetalIO is epoll, and under the package trait ForcePoll it is poll(2).
backends=(epoll poll)

# Where builds are made; each backend's is apart.
build_folder=.build

# build_for BACKEND ARGS...: runs `swift build ARGS` for a backend, and sets `products` to the folder of the programs.
build_for() {
  local options=("${@:2}")
  case $1 in
  epoll) options+=(--scratch-path "$build_folder") ;;
  # This build is made here only, so it is here that warnings are errors.
  poll) options+=(--traits ForcePoll --scratch-path "$build_folder-poll" -Xswiftc -warnings-as-errors) ;;
  *) return 2 ;;
  esac
  swift build "${options[@]}" >&2
  products=$(swift build "${options[@]}" --show-bin-path)
}
