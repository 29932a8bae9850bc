# quickstart reads what it wrote.

source "$(dirname "$0")/support.bash"

"${traced[@]}" "$products/quickstart" >"$work/quickstart" || fail "it failed"
expect_backend
grep -q "Hello, Metal I/O!" "$work/quickstart" || fail "it did not print what it read"
echo "quickstart: $(wc -l <"$work/quickstart") lines"
