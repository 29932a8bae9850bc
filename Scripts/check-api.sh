#!/usr/bin/env bash
# Compares the public API of each module with that of the last version. A change that breaks programs is an error, unless
# .ci/api-breaks has its line. The backends' room may change: the types in Sources/MetalCore/Backend, and what its protocols
# require. The command `swift package diagnose-api-breaking-changes` takes `package` declarations for public ones.

source "$(dirname "$0")/common.bash"

version=$(git describe --tags --abbrev=0 --match '[0-9]*.[0-9]*.[0-9]*' 2>/dev/null) \
  || { echo "this clone has no tag of a version to compare with" && exit; }
mkdir "$work"/{package,before,after}
git archive "$version" | tar -x -C "$work/package"
modules=$(sed -nE 's/^ *\.library\(name: "(\w+)".*/\1/p' "$work/package/Package.swift")

# list PACKAGE FOLDER: builds a package, and writes the public declarations of its modules into a folder.
list() {
  build_folder=$1/.build build_for epoll --package-path "$1"
  for module in $modules; do
    swift-api-digester -dump-sdk -module "$module" -o "$2/$module.json" -I "$products/Modules" \
      -I"$1"/Sources/CMetal{System,CrashNotes}/include
  done
  room=$(grep -ohP '^public (protocol|struct|enum|final class) \K\w+' "$1"/Sources/MetalCore/Backend/*.swift)
  python3 - "$2" $room <<'PYTHON'
import json, pathlib, sys

folder, room = pathlib.Path(sys.argv[1]), {*sys.argv[2:]}
roots = {file: json.loads(file.read_text())["ABIRoot"] for file in folder.glob("*.json")}
types = [type for type in roots[folder / "MetalCore.json"]["children"] if type["name"] in room]
required = {member["printedName"] for type in types for member in type.get("children", []) if "protocolReq" in member}

def reduce(node):
    """Keeps only the API. Programs name the protocol Selector, but not what it requires."""
    is_backend = any(type["name"] in room for type in [node, *node.get("conformances", [])])
    node["children"] = [reduce(child) for child in node.get("children", []) if "declKind" not in child or not (
        "isInternal" in child or child["name"] in room - {"Selector"} or is_backend and child["printedName"] in required)]
    return node

for file, root in roots.items():
    file.write_text(json.dumps({"ABIRoot": reduce(root)}))
PYTHON
}

list "$work/package" "$work/before"
list . "$work/after"
for module in $modules; do
  swift-api-digester -diagnose-sdk -compiler-style-diags -input-paths "$work/before/$module.json" \
    -input-paths "$work/after/$module.json" >>"$work/log" 2>&1 || fail "$(cat "$work/log")"
done
# Everything but the headings and empty lines of the report.
if grep -vE '^(/\*.*)?$' "$work/log" | grep -vxFf .ci/api-breaks >&2; then fail "this breaks programs that use version $version"; fi
echo "programs that use version $version still compile, but for the changes that .ci/api-breaks has"
