#!/usr/bin/env bash
#
#   Scripts/behaviours.sh [--missing-only] [--areas "AREA..."] [BACKEND_TEST_DIR...]
#
# Lists the rows of Docs/Behaviours.md that have no test in a backend's test target (default:
# Tests/MetalEpollTests): one line per area with what is missing, and the sum at the end.
#
# A row has a test if a Swift file under the directory, symbolic links followed, has a test whose name begins with
# the row's ID and a space: @Test("TCP-13 …"), also with the name on the next line. Comment lines do not count.
#
#   --missing-only   leaves out the areas in which nothing is missing
#   --areas          counts only the rows of these areas, such as "INT TOK"
#
# Exits with 0 if every row has a test in every directory, with 1 if one has not, and with 2 if a test names an ID that
# is not in the catalogue, of whatever area, if the catalogue has an ID twice, or if the arguments make no sense.

set -euo pipefail
export LC_ALL=C

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
  directories=("$PWD/Tests/MetalEpollTests")
  [[ -d ${directories[0]} ]] || fail "${directories[0]} is not a directory"
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

# names DIRECTORY: prints a line "ID file:line" for each test there whose name begins with an ID.
names() {
  find -L "$1" -type f -name '*.swift' -exec awk -v root="$PWD/" '
    FNR == 1 { is_name_next = 0 }
    /^[ \t]*\/\// { next }
    is_name_next || /@Test\(/ {
      text = $0
      if (!is_name_next) sub(/^.*@Test\(/, "", text)
      sub(/^[ \t]+/, "", text)
      is_name_next = text ~ /^\r?$/
      if (match(text, /^"[A-Z]+-[0-9]+ /)) {
        file = FILENAME
        if (index(file, root) == 1) file = substr(file, length(root) + 1)
        print substr(text, 2, RLENGTH - 2), file ":" FNR
      }
    }' {} +
}

# report NAMES: prints the rows without a test; fails if there are any.
report() {
  awk -v areas="$areas" -v missing_only="$missing_only" '
    BEGIN {
      wanted_count = split(areas, list, " ")
      for (i = 1; i <= wanted_count; i++) wanted[list[i]] = 1
    }
    FILENAME == ARGV[1] { tested[$1] = 1; next }
    {
      area = $1
      sub(/-.*/, "", area)
      if (wanted_count > 0 && !(area in wanted)) next
      if (!(area in rows)) order[++area_count] = area
      rows[area]++
      all++
      if ($1 in tested) next
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
      printf "%d rows, %d without a test\n", all, all_missing
      exit all_missing > 0
    }' "$1" "$work/rows"
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
  report "$work/names.$index" || status=$?
done
exit "$status"
