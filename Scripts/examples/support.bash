# What the checks of the example programs share; each sources it with the folder of the built programs, and the name of
# the backend that they were built for, as its arguments.

set -euo pipefail

products=$1
backend=$2
check=$(basename "$0" .sh)
work=$(mktemp -d)
declare -A processes=()

clean_up() {
  local name
  for name in "${!processes[@]}"; do
    kill_now "$name"
  done
  rm -rf -- "$work"
}
trap clean_up EXIT

fail() {
  echo "$check: $*" >&2
  exit 1
}

# run NAME COMMAND...: runs a command in the background, on this call's input; its output goes to $work/NAME.
run() {
  local name=$1
  shift
  : >"$work/$name"
  # The redirection from itself stops the shell from putting /dev/null in the place of the input.
  "$@" <&0 >"$work/$name" 2>&1 &
  processes[$name]=$!
}

# start NAME COMMAND...: runs a server in the background until it says READY, and sets `ready` to what follows that.
start() {
  local name=$1
  run "$@"
  ready=
  eventually "$name is not ready" says_ready "$name"
}

says_ready() {
  kill -0 "${processes[$1]}" 2>/dev/null || fail "$1 ended before it was ready: $(cat "$work/$1")"
  ready=$(sed -n 's/^READY //p' "$work/$1")
  [[ -n $ready ]]
}

# stop NAME SIGNAL: ends a server by a signal, and expects that it exits with 0.
stop() {
  local status=0
  kill -s "$2" "${processes[$1]}"
  wait "${processes[$1]}" || status=$?
  unset "processes[$1]"
  [[ $status -eq 0 ]] || fail "$1 exited with $status after SIG$2: $(cat "$work/$1")"
}

# kill_now NAME: ends a process by force, without the shell's reporting it.
kill_now() {
  {
    kill -KILL "${processes[$1]}" || true
    wait "${processes[$1]}" || true
  } 2>/dev/null
  unset "processes[$1]"
}

# To be put before a program's name: its waits are written to $work/trace. It stays a child of this shell.
traced=(strace -D -f -q -o "$work/trace" -e 'trace=?poll,ppoll,?select,pselect6,?epoll_wait,epoll_pwait,?epoll_pwait2')

# expect_backend: expects that the program that was traced has waited, and by the backend's system calls alone.
expect_backend() {
  local calls expected
  calls=$(sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$work/trace" | LC_ALL=C sort -u | paste -sd ' ')
  case $backend in
  epoll) expected='epoll_[a-z0-9]+' ;;
  poll) expected='p?poll' ;;
  esac
  [[ $calls =~ ^$expected(\ $expected)*$ ]] || fail "built for $backend, it waits by: ${calls:-nothing}"
  echo "$check on $backend: waits by $calls"
}

# end NAME: waits for a command that ends by itself, for at most 30 seconds, and expects that it exits with 0.
end() {
  local status=0
  eventually "$1 does not end" has_ended "$1"
  wait "${processes[$1]}" || status=$?
  unset "processes[$1]"
  [[ $status -eq 0 ]] || fail "$1 exited with $status: $(cat "$work/$1")"
}

has_ended() {
  ! kill -0 "${processes[$1]}" 2>/dev/null
}

# eventually COMPLAINT COMMAND...: waits until a command succeeds, for at most 30 seconds.
eventually() {
  local complaint=$1 deadline=$((SECONDS + 30))
  shift
  until "$@"; do
    [[ $SECONDS -lt $deadline ]] || fail "$complaint, after 30 seconds"
    sleep 0.02
  done
}

# receives NAME LINE: whether a command's output contains a line.
receives() {
  grep -aqxF -- "$2" "$work/$1"
}

processor_ticks() {
  awk '{ print $14 + $15 }' "/proc/${processes[$1]}/stat"
}

# expect_idle NAME: expects that a server which can do nothing does nothing, for a second.
expect_idle() {
  local before
  before=$(processor_ticks "$1")
  sleep 1
  idle_ticks=$(($(processor_ticks "$1") - before))
  [[ $idle_ticks -lt $(($(getconf CLK_TCK) / 4)) ]] || fail "$1 used $idle_ticks ticks in a second without work"
}

# open_connections COUNT PORT: opens connections in this shell, without waiting for their being accepted.
open_connections() {
  local descriptor
  descriptors=()
  for ((i = 0; i < $1; i++)); do
    exec {descriptor}<>"/dev/tcp/127.0.0.1/$2"
    descriptors+=("$descriptor")
  done
}

close_connections() {
  local descriptor
  for descriptor in "${descriptors[@]}"; do
    exec {descriptor}>&-
  done
}

# stop_and_continue NAME: stops a server as Ctrl-Z does and continues it as `fg` does, which ends a wait on epoll.
stop_and_continue() {
  kill -s STOP "${processes[$1]}"
  eventually "$1 does not stop" is_in_state "$1" T
  kill -s CONT "${processes[$1]}"
  eventually "$1 does not go on" is_in_state "$1" S
}

is_in_state() {
  [[ $(awk '{ print $3 }' "/proc/${processes[$1]}/stat") == "$2" ]]
}

# expect_patience NAME CLIENT COMMAND...: runs a server for which accept fails. It must not spin. It must stop on a signal
# if descriptors are short, and end with any other error that lasts. CLIENT, a function, connects to it.
expect_patience() {
  local name=$1 client=$2
  start "$name" python3 Scripts/examples/refuse.py ENFILE accept,accept4 "${@:3}"
  "$client"
  expect_idle "$name"
  stop "$name" TERM

  start "$name" python3 Scripts/examples/refuse.py EPERM accept,accept4 "${@:3}"
  "$client"
  expect_refusal "$name"
  echo "$name: waits while accept has no descriptors ($idle_ticks ticks in an idle second), and ends if it is forbidden"
}

# expect_refusal NAME: expects that a server for which system calls are forbidden ends with their error.
expect_refusal() {
  local status=0
  eventually "$1 does not end though its calls fail" has_ended "$1"
  wait "${processes[$1]}" || status=$?
  unset "processes[$1]"
  [[ $status -eq 1 ]] || fail "$1 exited with $status though its calls fail"
  grep -q "permission denied" "$work/$1" || fail "$1 ended without the error: $(cat "$work/$1")"
}

# A client of a server on a port, which is open until the next one.
connect_by_port() {
  exec {client_descriptor}<>"/dev/tcp/127.0.0.1/$ready"
}
