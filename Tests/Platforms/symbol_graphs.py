#!/usr/bin/env python3
"""Writes the symbol graphs of the modules that exist only for Windows, or differ there, for Scripts/build-docs.sh.

    symbol_graphs.py FOLDER

As for check.py, the compiler makes the modules as Embedded Swift, with the headers of Windows from ziglang of PyPI. The script
needs no object files.
"""

import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import check  # noqa: E402

graphs = Path(sys.argv[1]).resolve()
target = next(target for target in check.TARGETS if target.condition == "METAL_WINDOWS")
with tempfile.TemporaryDirectory() as folder:
    build = check.Build(target, Path(folder), is_optimized=False)
    # MetalCore is the same on every system, so its graph stays in the temporary folder.
    outputs = {"MetalCore": build.folder, "MetalSystem": graphs / "MetalSystem-Windows", "MetalAFD": graphs / "MetalAFD"}
    for module, output in outputs.items():
        flags = ["-emit-symbol-graph", "-emit-symbol-graph-dir", output, "-symbol-graph-minimum-access-level", "public"]
        arguments = build.arguments(module, check.ROOT / "Sources" / module, is_optimized=False)
        build.execute("swiftc", "-emit-module", *flags, "-symbol-graph-skip-synthesized-members", *arguments)
