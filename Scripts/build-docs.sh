#!/usr/bin/env bash
# Builds the guides and the reference of all modules with DocC into one archive, which any web server can serve as files:
#
#   Scripts/build-docs.sh FOLDER [BASE]
#
# BASE is the first part of the paths at which the server has the archive (default: none). A link that leads nowhere, or any
# other warning, is an error. The symbol graphs stay in .build/symbol-graphs. The reference of MetalAFD needs ziglang of PyPI,
# which has the headers of Windows.

source "$(dirname "$0")/common.bash"
output=$(realpath -m "${1:?the folder to build}")

swift build >&2
modules=$(swift build --show-bin-path)/Modules
target=$(swiftc -print-target-info | sed -n 's/^ *"triple": "\(.*\)",/\1/p')

graphs=.build/symbol-graphs
rm -rf "$graphs"
mkdir "$graphs"
windows=
if python3 -c 'import ziglang' 2>/dev/null; then
  Tests/Platforms/symbol_graphs.py "$graphs"
  windows=yes
else
  echo "The archive lacks MetalAFD, because Python has no module ziglang. To install the module, run: pip install ziglang" >&2
fi
# Each module comes after the modules that its pages link to. The archive has the pages of MetalSystem for Linux. DocC only checks
# the links of MetalSystem for Windows.
archives=()
for graph in MetalCore ${windows:+MetalSystem-Windows} MetalSystem MetalEpoll MetalPoll ${windows:+MetalAFD} MetalKqueue \
  MetalKqueueSim MetalSimulation MetalSimulationTesting MetalIO; do
  module=${graph%-Windows}
  if [[ ! -d $graphs/$graph ]]; then
    mkdir "$graphs/$graph"
    swift symbolgraph-extract -module-name "$module" -target "$target" -I "$modules" -I Sources/CMetalSystem/include \
      -I Sources/CMetalCrashNotes/include -minimum-access-level public -skip-synthesized-members -output-dir "$graphs/$graph"
  fi
  docc convert "Sources/$module/$module.docc" --warnings-as-errors --enable-experimental-external-link-support \
    "${archives[@]/#/--dependency=}" --fallback-display-name "$module" --fallback-bundle-identifier "$module" --fallback-default-module-kind Module \
    --hosting-base-path "${2:-/}" --additional-symbol-graph-dir "$graphs/$graph" --output-path "$work/$graph.doccarchive"
  [[ $graph != "$module" ]] || archives+=("$work/$graph.doccarchive")
  echo "$graph: documentation builds"
done
rm -rf "$output"
# The guides come first.
docc merge "${archives[-1]}" "${archives[@]::${#archives[@]}-1}" --synthesized-landing-page-name "Metal I/O" \
  --synthesized-landing-page-topics-style list --output-path "$output"
