#!/usr/bin/env bash
# Builds and runs the program of the guide "Getting started" as a user would: its package depends on the library by address and
# version. A clone of the last commit stands for the address.

source "$(dirname "$0")/common.bash"

git clone -q --bare . "$work/metal-io.git"
git -C "$work/metal-io.git" tag -f 0.1.0 >/dev/null
cp -r Tests/GettingStarted "$work/hello"
cd "$work/hello"
swift package config set-mirror --original https://github.com/metal-io/metal-io.git --mirror "file://$work/metal-io.git"
swift build >"$work/log" 2>&1 || fail "$(cat "$work/log")"
.build/debug/hello >"$work/said" &
program=$!
trap 'kill "$program"; rm -rf -- "$work"' EXIT
for _ in {1..100}; do
  answer=$(nc -N 127.0.0.1 7000 </dev/null) && break
  sleep 0.1
done
[[ $answer == "hello, you" ]] || fail "the program has answered: $answer"
echo "the guide's program greets its client"
