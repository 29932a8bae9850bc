#!/usr/bin/env bash
# Shows that the compiler rejects each file of Tests/CompileErrors with exactly the listed errors and notes. The compiler
# accepts each file after the listed corrections, so the file has no other error.
#
# A comment `// expected-error: TEXT` or `// expected-note: TEXT` is beside its line, or above it. A comment `// instead: CODE`
# is below the line that it corrects. An empty correction removes the line.

source "$(dirname "$0")/common.bash"

swift build --target MetalIO >&2
modules=$(swift build --show-bin-path)/Modules

# compile FILE ARGS...: runs all checks of the compiler on a file.
compile() {
  swiftc -emit-sil -o /dev/null -swift-version 6 -parse-as-library -diagnostic-style llvm \
    -I "$modules" -I Sources/CMetalSystem/include "$@"
}

for file in Tests/CompileErrors/*.swift; do
  # Prints "LINE: KIND: TEXT" for each comment. A comment on its own line belongs to the next line of code.
  awk '
    match($0, /\/\/ expected-(error|note): /) { announced[++count] = substr($0, RSTART + length("// expected-")) }
    !/^[ \t]*\/\// { while (count) print FNR ": " announced[count--] }' "$file" | LC_ALL=C sort >"$work/expected"
  grep -q ': error: ' "$work/expected" || fail "$file expects no error"
  if compile "$file" 2>"$work/output"; then fail "$file compiles"; fi
  # The script ignores notes on the library's own declarations, but compares all errors.
  sed -nE -e "s#^$file:([0-9]+):[0-9]+: (error|note): #\1: \2: #p;t" -e '/: error: /p' "$work/output" \
    | LC_ALL=C sort >"$work/found"
  diff -u --label "$file, expected" --label "$file, found" "$work/expected" "$work/found" >&2 \
    || fail "the compiler reports other errors or notes"

  # Replaces a line by the correction below the line.
  sed -E '$!N; s#^.*\n[ \t]*// instead:[ \t]*##; P; D' "$file" >"$work/corrected.swift"
  compile "$work/corrected.swift" -warnings-as-errors >&2 || fail "$file does not compile when corrected"
  echo "$file: refused for $(grep -c ": error: " "$work/expected") errors as expected, and accepted when corrected"
done
