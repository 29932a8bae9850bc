#!/usr/bin/env bash
#
#   Scripts/check-compile-errors.sh
#
# Shows that the compiler refuses what Tests/CompileErrors holds, by exactly the errors and notes that stand there, and
# that it takes each file once the lines in question are corrected: so nothing else is wrong with them.
#
# A comment `// expected-error: TEXT` or `// expected-note: TEXT` is beside its line, or above it. A comment
# `// instead: CODE` is below the line that it corrects; without code it removes the line.

set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

swift build --target MetalIO >&2
modules=$(swift build --show-bin-path)/Modules

# compile FILE ARGS...: compiles a file as far as all of the compiler's checks are made.
compile() {
  swiftc -emit-sil -o /dev/null -swift-version 6 -parse-as-library -diagnostic-style llvm \
    -I "$modules" -I Sources/CMetalSystem/include "$@"
}

# expected FILE: prints a line "LINE: KIND: TEXT" for each diagnostic that the comments announce.
expected() {
  awk '
    /\/\/ expected-(error|note): / {
      text = kind = $0
      sub(/^.*\/\/ expected-(error|note): /, "", text)
      sub(/^.*\/\/ expected-/, "", kind)
      sub(/:.*$/, "", kind)
      announced[++count] = kind ": " text
    }
    # Those that stand alone are for the next line that is no comment.
    !/^[ \t]*\/\// {
      for (i = 1; i <= count; i++) print FNR ": " announced[i]
      count = 0
    }' "$1" | LC_ALL=C sort
}

# corrected FILE: prints the file with its corrections made.
corrected() {
  awk '
    /^[ \t]*\/\/ instead:/ { line = $0; sub(/^[ \t]*\/\/ instead: */, "", line); next }
    NR > 1 { print line }
    { line = $0 }
    END { print line }' "$1"
}

for file in Tests/CompileErrors/*.swift; do
  expected "$file" >"$work/expected"
  grep -q ': error: ' "$work/expected" || { echo "check-compile-errors: $file expects no error" >&2; exit 1; }
  if compile "$file" 2>"$work/output"; then
    echo "check-compile-errors: $file compiles" >&2
    exit 1
  fi
  # Notes on the library's own declarations are not compared, errors are wherever they may be.
  sed -nE -e "s#^$file:([0-9]+):[0-9]+: (error|note): #\1: \2: #p;t" -e '/: error: /p' "$work/output" \
    | LC_ALL=C sort >"$work/found"
  diff -u --label "$file, expected" --label "$file, found" "$work/expected" "$work/found" >&2 \
    || { echo "check-compile-errors: the compiler says something else" >&2; exit 1; }

  corrected "$file" >"$work/corrected.swift"
  compile "$work/corrected.swift" -warnings-as-errors >&2 \
    || { echo "check-compile-errors: $file does not compile when corrected" >&2; exit 1; }
  echo "$file: refused for $(grep -c ": error: " "$work/expected") errors as expected, and accepted when corrected"
done
