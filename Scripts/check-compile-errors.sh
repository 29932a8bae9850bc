#!/usr/bin/env bash
# Shows that the compiler refuses what Tests/CompileErrors holds, by exactly the errors and notes that stand there, and
# that it takes each file once the lines in question are corrected: so nothing else is wrong with them.
#
# A comment `// expected-error: TEXT` or `// expected-note: TEXT` is beside its line, or above it. A comment
# `// instead: CODE` is below the line that it corrects; without code it removes the line.

source "$(dirname "$0")/common.bash"

swift build --target MetalIO >&2
modules=$(swift build --show-bin-path)/Modules

# compile FILE ARGS...: compiles a file as far as all of the compiler's checks are made.
compile() {
  swiftc -emit-sil -o /dev/null -swift-version 6 -parse-as-library -diagnostic-style llvm \
    -I "$modules" -I Sources/CMetalSystem/include "$@"
}

for file in Tests/CompileErrors/*.swift; do
  # Prints "LINE: KIND: TEXT" for each comment. A comment that stands alone announces the next line of code.
  awk '
    match($0, /\/\/ expected-(error|note): /) { announced[++count] = substr($0, RSTART + length("// expected-")) }
    !/^[ \t]*\/\// { while (count) print FNR ": " announced[count--] }' "$file" | LC_ALL=C sort >"$work/expected"
  grep -q ': error: ' "$work/expected" || fail "$file expects no error"
  if compile "$file" 2>"$work/output"; then fail "$file compiles"; fi
  # Notes on the library's own declarations are not compared, errors are wherever they may be.
  sed -nE -e "s#^$file:([0-9]+):[0-9]+: (error|note): #\1: \2: #p;t" -e '/: error: /p' "$work/output" \
    | LC_ALL=C sort >"$work/found"
  diff -u --label "$file, expected" --label "$file, found" "$work/expected" "$work/found" >&2 \
    || fail "the compiler says something else"

  # Replaces a line by the correction below it.
  sed -E '$!N; s#^.*\n[ \t]*// instead:[ \t]*##; P; D' "$file" >"$work/corrected.swift"
  compile "$work/corrected.swift" -warnings-as-errors >&2 || fail "$file does not compile when corrected"
  echo "$file: refused for $(grep -c ": error: " "$work/expected") errors as expected, and accepted when corrected"
done
