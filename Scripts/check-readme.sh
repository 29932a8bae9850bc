#!/usr/bin/env bash
#
#   Scripts/check-readme.sh
#
# Holds the README to its word: runs its shell commands as they are written, compares the quickstart with the program,
# and type-checks its other Swift examples.

set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# Each fenced block goes into a file of its own: sh-1, swift-1, and so on.
awk -v work="$work" '
  /^```/ && !inside { language = substr($0, 4); inside = 1; if (language != "") file = work "/" language "-" ++count[language]; next }
  /^```/ { inside = 0; if (file != "") close(file); file = ""; next }
  inside && file != "" { print > file }' README.md

[[ -s $work/sh-1 && -s $work/swift-1 ]] || { echo "check-readme: README has no commands or no program" >&2; exit 1; }

for block in "$work"/sh-*; do
  while IFS= read -r command; do
    [[ -n $command ]] || continue
    echo "\$ $command"
    bash -euo pipefail -c "$command" </dev/null
  done <"$block"
done

diff -u Examples/quickstart/main.swift "$work/swift-1" \
  || { echo "check-readme: the quickstart in README is not the program" >&2; exit 1; }

modules=$(swift build --show-bin-path)/Modules
for block in "$work"/swift-*; do
  [[ $block != "$work/swift-1" ]] || continue
  cp "$block" "$work/example.swift"
  swiftc -typecheck -swift-version 6 -parse-as-library -I "$modules" -I Sources/CMetalSystem/include "$work/example.swift" \
    || { echo "check-readme: this example does not compile:"; cat "$block"; exit 1; } >&2
done
echo "README keeps its word"
