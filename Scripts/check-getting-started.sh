#!/usr/bin/env bash
# Follows the guide "Getting started" word for word in an empty folder: the package depends on the library by its address and
# version, for which a clone of the last commit stands, and a client is greeted.

source "$(dirname "$0")/common.bash"

git clone -q --bare . "$work/metal-io.git"
git -C "$work/metal-io.git" tag -f 0.1.0 >/dev/null
guide=$PWD/Sources/MetalIO/MetalIO.docc/GettingStarted.md
# block N: prints the Nth Swift block of the guide.
block() { awk -v n="$1" '/^```/ { if (inside) inside = 0; else inside = /^```swift/ && ++count == n; next } inside' "$guide"; }

mkdir -p "$work/hello/Sources/hello"
cd "$work/hello"
block 1 >Package.swift
block 2 >Sources/hello/main.swift
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
