# unix-chat passes lines on, drops who does not read, and loses nobody else's bytes.

source "$(dirname "$0")/support.bash"

path=$work/chat.sock
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

# carl's nc can write no more once its output, a fifo that nobody reads, is full.
mkfifo "$work/emil.out"
exec {unread}<>"$work/emil.out"
mkfifo "$work/emil.in"
exec {input}<>"$work/emil.in"
nc -U "$path" <"$work/emil.in" >"$work/emil.out" 2>&1 &
processes[emil]=$!
eventually "anna is not told of emil" receives anna "* 5 has joined"

# anna speaks until emil is dropped. The others read, so none of them may lose a byte: each portion, below the limit of
# 64 KiB for a backlog, is awaited before the next, or they would just be slow as well.
portion=0
until receives anna "* 5 was dropped: it does not read"; do
  portion=$((portion + 1))
  [[ $portion -le 100 ]] || fail "emil is not dropped"
  for ((number = 0; number < 500; number++)); do
    echo "portion $portion line $number of anna's long speech, to which emil does not listen"
  done >"$work/portion"
  cat "$work/portion" >>"$work/speech"
  cat "$work/portion" >&"${inputs[anna]}"
  last=$(tail -n 1 "$work/portion")
  eventually "berta lost some of the speech" receives berta "1: $last"
  eventually "carl lost some of the speech" receives carl "1: $last"
done
sed 's/^/1: /' "$work/speech" >"$work/expected"
for member in berta carl; do
  grep -a '^1: portion' "$work/$member" | cmp - "$work/expected" || fail "$member lost some of the speech"
  eventually "$member is not told of emil" receives "$member" "* 5 was dropped: it does not read"
done

# One who is killed leaves as well.
kill_now carl
eventually "anna is not told that carl left" receives anna "* 3 has left"

stop unix-chat TERM
[[ ! -e $path ]] || fail "the socket's file is still there"
start unix-chat "$products/unix-chat" "$path"
stop unix-chat INT
[[ ! -e $path ]] || fail "the socket's file is still there"
echo "unix-chat: five members talked; one that did not read was dropped after $((portion * 500)) lines"
