# unix-chat passes lines on, drops who does not read, and loses nobody else's bytes.

source "$(dirname "$0")/support.bash"

path=$work/chat.sock
start unix-chat "${traced[@]}" "$products/unix-chat" "$path"
stop unix-chat TERM
expect_backend

# A line between two members costs four calls: the wait, reading it, writing it, and reading that would block. On epoll a
# stream that is registered for writing as well would be reported after each.
start unix-chat strace -D -f -q -o "$work/calls" \
  -e 'trace=?poll,ppoll,?epoll_wait,epoll_pwait,?epoll_pwait2,?epoll_ctl,recvfrom,sendto' "$products/unix-chat" "$path"
timeout 60 python3 - "$path" "${processes[unix-chat]}" <<'PYTHON' || fail "lines between two members were lost"
import socket, sys, time

def await_sleep():
    # The server sleeps in its wait alone, since its other calls never do.
    while open(f"/proc/{sys.argv[2]}/stat").read().rsplit(")", 1)[1].split()[0] != "S":
        time.sleep(0.001)

members = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
for member in members:
    member.settimeout(10)
    member.connect(sys.argv[1])
    assert b"you are" in member.recv(1000)
assert b"has joined" in members[0].recv(1000)
for _ in range(100):
    await_sleep()
    members[0].send(b"hello\n")
    assert members[1].recv(1000) == b"1: hello\n"
await_sleep()
PYTHON
stop unix-chat TERM
calls=$(grep -cE '^[0-9]+ +[a-z0-9_]+\(' "$work/calls")
[[ $calls -ge 400 && $calls -le 430 ]] || fail "100 lines between two members took $calls system calls"
echo "unix-chat on $backend: $calls system calls for 100 lines between two members"

start unix-chat "$products/unix-chat" "$path"
[[ $ready == "$path" && -S $path ]] || fail "there is no socket at $path"
! "$products/unix-chat" "$path" >"$work/second" 2>&1 || fail "a second server took the socket's file"
[[ -S $path ]] || fail "a second server removed the first one's file"

# join NAME: runs nc as a member, its input in a fifo that stays open in this shell.
join() {
  mkfifo "$work/$1.in"
  exec {input}<>"$work/$1.in"
  inputs[$1]=$input
  run "$1" nc -U "$path" <"$work/$1.in"
}
declare -A inputs=()

join anna
eventually "anna is not greeted" receives anna "* you are 1"
join berta
eventually "anna is not told of berta" receives anna "* 2 has joined"
join carl
eventually "berta is not told of carl" receives berta "* 3 has joined"

echo hello >&"${inputs[anna]}"
echo 'hello anna' >&"${inputs[berta]}"
eventually "berta does not hear anna" receives berta "1: hello"
eventually "carl does not hear anna" receives carl "1: hello"
eventually "anna does not hear berta" receives anna "2: hello anna"
! receives anna "1: hello" || fail "anna hears herself"

# A line of 1,024 bytes is whole, a longer one goes on as several.
line=$(printf '%01024d' 7)
echo "$line" >&"${inputs[anna]}"
echo "${line}rest" >&"${inputs[anna]}"
eventually "berta does not get the rest of a long line" receives berta "1: rest"
[[ $(grep -cxF "1: $line" "$work/berta") -eq 2 ]] || fail "a line of 1,024 bytes was changed"
! grep -qx '1: ' "$work/berta" || fail "an empty line came from nowhere"

# Half-close: nc ends its input, its last words lack the end of the line, and the server closes.
printf 'last words' | timeout 20 nc -N -U "$path" >"$work/dora" || fail "the server did not close a finished member"
eventually "the last words are lost" receives anna "4: last words"
eventually "anna is not told that the fourth left" receives anna "* 4 has left"

# join_deaf NAME: runs nc as a member whose output is a fifo that nobody reads: once it is full, nc reads no more.
join_deaf() {
  local output
  mkfifo "$work/$1.out"
  exec {output}<>"$work/$1.out"
  outputs[$1]=$output
  nc -U "$path" </dev/null >"$work/$1.out" 2>&1 &
  processes[$1]=$!
}
declare -A outputs=()

# speak PORTION: anna says 100 lines, which are awaited, for they are below the limit of 64 KiB for a backlog and all
# portions are not: the others would just be slow as well.
speak() {
  local member
  for ((number = 0; number < 100; number++)); do
    echo "portion $1 line $number of anna's long speech, to which not everybody listens"
  done >"$work/portion"
  cat "$work/portion" >&"${inputs[anna]}"
  sed 's/^/1: /' "$work/portion" >>"$work/speech"
  last=$(tail -n 1 "$work/speech")
  for member in berta carl; do
    eventually "$member lost some of the speech" receives "$member" "$last"
  done
}

# anna speaks until emil is dropped, who does not read. The others lose nothing.
join_deaf emil
eventually "anna is not told of emil" receives anna "* 5 has joined"
portions=0
until receives anna "* 5 was dropped: it does not read"; do
  portions=$((portions + 1))
  [[ $portions -le 500 ]] || fail "emil is not dropped"
  speak "$portions"
done
for member in berta carl; do
  grep -a '^1: portion' "$work/$member" | cmp - "$work/speech" || fail "$member lost some of the speech"
  eventually "$member is not told of emil" receives "$member" "* 5 was dropped: it does not read"
done

# Frida reads later than all others, but before she would be dropped: the system's buffers are full, half a backlog
# waits for her, and she gets every byte.
: >"$work/speech"
join_deaf frida
eventually "anna is not told of frida" receives anna "* 6 has joined"
for ((portion = 1; portion <= portions - 4; portion++)); do
  speak "$portion"
done
run frida-reads cat <&"${outputs[frida]}"
eventually "frida lost the end of the speech" receives frida-reads "$last"
grep -a '^1: ' "$work/frida-reads" | cmp - "$work/speech" || fail "frida lost some of the speech"

# The server goes on after a stop.
stop_and_continue unix-chat
echo still here >&"${inputs[anna]}"
eventually "berta does not hear anna after a stop" receives berta "1: still here"

# One who is killed leaves as well.
kill_now carl
eventually "anna is not told that carl left" receives anna "* 3 has left"

stop unix-chat TERM
[[ ! -e $path ]] || fail "the socket's file is still there"
start unix-chat "$products/unix-chat" "$path"
stop unix-chat INT
[[ ! -e $path ]] || fail "the socket's file is still there"

# Members that wait for descriptors join as soon as there are some, however busy another member keeps the server.
start unix-chat bash -c "ulimit -Sn 32; exec '$products/unix-chat' '$path'"
python3 Scripts/examples/peers.py crowd "$path" "${processes[unix-chat]}" || fail "members wait for ever"
stop unix-chat TERM

connect_by_path() {
  run client nc -U "$path" </dev/null
  eventually "nc does not connect" is_connected
}
# Until it is accepted, there is a line of the listener's and one of the connection's.
is_connected() {
  [[ $(grep -cF "$path" /proc/net/unix) -gt 1 ]]
}
expect_patience unix-chat connect_by_path "$products/unix-chat" "$path"
echo "unix-chat: six members talked; one that did not read was dropped after $((portions * 100)) lines"
