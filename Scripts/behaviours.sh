#!/usr/bin/env bash
#
#   Scripts/behaviours.sh [--missing-only] [--areas "AREA..."] [BACKEND_TEST_DIR...]
#
# Lists the rows of Docs/Behaviours.md that have no test in a backend's test target (default: those of all backends):
# one line per area with what is missing, and the sum at the end.
#
# A row has a test if a Swift file under the directory, symbolic links followed, has a test whose name begins with
# the row's ID and a space: @Test("TCP-13 …"), also with the name on the next line. Comment lines do not count, nor does a
# test that is enabled on a condition, unless that is a fact of Backend which is stated there to be true.
#
# A row may lack a test on a backend for which the table in Docs/Backends.md excludes it.
#
#   --missing-only   leaves out the areas in which nothing is missing
#   --areas          counts only the rows of these areas, such as "INT TOK"
#
# Exits with 0 if every row has a test in every directory, with 1 if one has not, and with 2 if a test or an exclusion
# names an ID that is not in the catalogue, of whatever area, if an exclusion has no reason, if the catalogue has an ID
# twice, or if the arguments make no sense.

set -euo pipefail
export LC_ALL=C

# The backends: where their tests are, and after the colon their column in the table of exclusions, if they have one.
backends=(
  "Tests/MetalEpollTests:"
  "Tests/MetalPollTests:poll(2)"
  "Tests/MetalKqueueSimTests:Simulator"
)

fail() {
  echo "behaviours: $*" >&2
  exit 2
}

usage() {
  echo "usage: $0 [--missing-only] [--areas \"AREA...\"] [BACKEND_TEST_DIR...]" >&2
  exit 2
}

missing_only=0
areas=
directories=()
# Paths in the arguments are the caller's, so they are resolved before the directory changes.
while [[ $# -gt 0 ]]; do
  case $1 in
  --missing-only) missing_only=1 ;;
  --areas)
    [[ $# -ge 2 && $2 == *[![:space:]]* ]] || usage
    areas+=" $2"
    shift
    ;;
  -*) usage ;;
  *)
    [[ -d $1 ]] || fail "$1 is not a directory"
    directories+=("$(cd -- "$1" >/dev/null && pwd)")
    ;;
  esac
  shift
done
cd "$(dirname "$0")/.." >/dev/null
if [[ ${#directories[@]} -eq 0 ]]; then
  for backend in "${backends[@]}"; do
    directories+=("$PWD/${backend%%:*}")
    [[ -d ${directories[-1]} ]] || fail "${directories[-1]} is not a directory"
  done
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The catalogue: one ID per line, in its order.
catalogue=Docs/Behaviours.md
[[ -r $catalogue ]] || fail "$catalogue is missing"
sed -nE 's/^\| ([A-Z]+-[0-9]+) \|.*/\1/p' "$catalogue" >"$work/rows"
[[ -s $work/rows ]] || fail "$catalogue has no rows"

repeated=$(sort "$work/rows" | uniq -d | tr '\n' ' ')
[[ -z $repeated ]] || fail "$catalogue has more than one row with the ID ${repeated% }"

read -r -d '' -a area_list <<<"$areas" || true
areas=${area_list[*]-}
for area in ${area_list[@]+"${area_list[@]}"}; do
  [[ $area =~ ^[A-Z]+$ ]] && grep -q "^$area-" "$work/rows" || fail "$catalogue has no area $area"
done

# The exclusions: one line "ID column" for each row that needs no test on the backend of a column.
backends_page=Docs/Backends.md
[[ -r $backends_page ]] || fail "$backends_page is missing"
awk -v page="$backends_page" -v backends="${backends[*]#*:}" '
  function complain(text) {
    print "behaviours: " page ": " text > "/dev/stderr"
    has_failed = 1
    exit 2
  }
  function has(name,   i) {
    for (i = 1; i <= columns; i++) if (heading[i] == name) return 1
    return 0
  }
  FILENAME == ARGV[1] { is_row[$1] = 1; next }
  /^## / { inside = $0 == "## Rows that do not apply" }
  !inside || !/^\|/ { next }
  {
    # The first and the last field are what is before and after the outer bars.
    count = split($0, cells, "|") - 2
    for (i = 1; i <= count; i++) {
      cells[i] = cells[i + 1]
      gsub(/^[ \t]+|[ \t]+$/, "", cells[i])
    }
  }
  ++lines == 1 {
    columns = count
    for (i = 1; i <= count; i++) heading[i] = cells[i]
    if (heading[1] != "Row" || heading[count] != "Reason") complain("the table must have the columns Row … Reason")
    needed_count = split(backends, needed, " ")
    for (i = 1; i <= needed_count; i++) if (!has(needed[i])) complain("the table has no column " needed[i])
    next
  }
  lines == 2 { next }
  {
    id = cells[1]
    if (count != columns) complain("the line of " id " has " count " cells, not " columns)
    if (!(id in is_row)) complain(id " is not in the catalogue")
    if (id in seen) complain(id " is there twice")
    if (cells[count] == "" || cells[count] == "—") complain(id " has no reason")
    seen[id] = 1
    marks = 0
    for (i = 2; i < count; i++) {
      if (cells[i] != "—" && cells[i] != "excluded" && cells[i] != "in part") complain(id " has the mark \"" cells[i] "\"")
      if (cells[i] != "—") marks++
      if (cells[i] == "excluded") print id, heading[i]
    }
    if (marks == 0) complain(id " applies everywhere")
  }
  END { if (!has_failed && lines < 2) complain("there is no table of the rows that do not apply") }
' "$work/rows" "$backends_page" >"$work/exclusions" || exit 2

# column DIRECTORY: prints the heading of its column in the table of exclusions; nothing if it has none.
column() {
  local backend
  for backend in "${backends[@]}"; do
    [[ $1 != "$PWD/${backend%%:*}" ]] || printf '%s\n' "${backend#*:}"
  done
}

# names DIRECTORY: prints a line "ID file:line" for each test there whose name begins with an ID, with "off" at its end
# if the test is not enabled.
names() {
  local facts
  facts=$(find -L "$1" -type f -name '*.swift' \
    -exec sed -nE 's/^ *static let ([A-Za-z0-9]+) = true$/\1/p' {} + | paste -sd ' ')
  find -L "$1" -type f -name '*.swift' -exec awk -v root="$PWD/" -v facts="$facts" '
    BEGIN {
      fact_count = split(facts, list, " ")
      for (i = 1; i <= fact_count; i++) is_true["Backend." list[i]] = 1
    }
    FNR == 1 { is_name_next = 0; found = "" }
    /^[ \t]*\/\// { next }
    is_name_next || /@Test\(/ {
      text = $0
      if (!is_name_next) sub(/^.*@Test\(/, "", text)
      sub(/^[ \t]+/, "", text)
      is_name_next = text ~ /^\r?$/
      if (match(text, /^"[A-Z]+-[0-9]+ /)) {
        file = FILENAME
        if (index(file, root) == 1) file = substr(file, length(root) + 1)
        found = substr(text, 2, RLENGTH - 2) " " file ":" FNR
        state = ""
      }
    }
    found != "" && match($0, /\.(enabled|disabled)\(.*/) {
      condition = substr($0, RSTART, RLENGTH)
      sub(/^\.enabled\(if: /, "", condition)
      sub(/\).*$/, "", condition)
      if (!(condition in is_true)) state = " off"
    }
    found != "" && /(^|[ \t])func / {
      print found state
      found = ""
    }' {} +
}

# report NAMES COLUMN: prints the rows without a test; fails if there are any that are not excluded.
report() {
  awk -v areas="$areas" -v missing_only="$missing_only" -v column="$2" '
    BEGIN {
      wanted_count = split(areas, list, " ")
      for (i = 1; i <= wanted_count; i++) wanted[list[i]] = 1
    }
    FILENAME == ARGV[1] { if ($3 != "off") tested[$1] = 1; next }
    FILENAME == ARGV[2] {
      id = $1
      sub(/^[^ ]+ /, "")
      if ($0 == column) is_excluded[id] = 1
      next
    }
    {
      area = $1
      sub(/-.*/, "", area)
      if (wanted_count > 0 && !(area in wanted)) next
      if (!(area in rows)) order[++area_count] = area
      rows[area]++
      all++
      if ($1 in is_excluded) all_excluded++
      if ($1 in tested || $1 in is_excluded) next
      missing[area]++
      all_missing++
      ids[area] = ids[area] " " $1
    }
    END {
      for (i = 1; i <= area_count; i++) {
        area = order[i]
        if (missing[area] > 0) printf "%-4s  %2d of %2d missing:%s\n", area, missing[area], rows[area], ids[area]
        else if (!missing_only) printf "%-4s   0 of %2d missing\n", area, rows[area]
      }
      printf "%d rows, %d excluded, %d without a test\n", all, all_excluded, all_missing
      exit all_missing > 0
    }' "$1" "$work/exclusions" "$work/rows"
}

for index in "${!directories[@]}"; do
  names "${directories[index]}" >"$work/names.$index" || fail "${directories[index]} could not be read"
done

awk 'FILENAME == ARGV[1] { is_row[$1] = 1; next } !($1 in is_row)' "$work/rows" "$work"/names.* >"$work/stale"
if [[ -s $work/stale ]]; then
  echo "behaviours: tests name IDs that are not in $catalogue:" >&2
  sort -u "$work/stale" | sed 's/^/  /' >&2
  exit 2
fi

status=0
for index in "${!directories[@]}"; do
  [[ ${#directories[@]} -eq 1 ]] || echo "${directories[index]#"$PWD/"}:"
  report "$work/names.$index" "$(column "${directories[index]}")" || status=$?
done
exit "$status"
