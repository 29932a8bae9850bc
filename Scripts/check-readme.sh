#!/usr/bin/env bash
# Checks the README: runs its shell commands, compares the quickstart with the program, and type-checks its other Swift
# examples.

source "$(dirname "$0")/common.bash"

# Each fenced block becomes a file: 1.sh, 1.swift, and so on.
awk -v work="$work" '
  /^```/ { inside = !inside; file = "" }
  /^```[a-z]/ && inside { file = work "/" ++count[$0] "." substr($0, 4) }
  !/^```/ && file != "" { print > file }' README.md

for block in "$work"/*.sh; do bash -euxo pipefail "$block" </dev/null; done

diff -u Examples/quickstart/main.swift "$work/1.swift" \
  || fail "the quickstart in README is not the program"
rm "$work/1.swift"

modules=$(swift build --show-bin-path)/Modules
for block in "$work"/*.swift; do
  swiftc -typecheck -swift-version 6 -parse-as-library -I "$modules" -ISources/CMetal{System,CrashNotes}/include "$block" \
    || fail "this example does not compile:" "$(cat "$block")"
done
echo "the README's commands and examples work"
