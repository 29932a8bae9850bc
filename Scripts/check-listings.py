#!/usr/bin/env python3
"""Checks the code in README, the guides and the doc comments.

    Scripts/check-listings.py

Each Swift block must be in a Swift file of the repository that a build compiles, line for line. A block may also be in a file of
Tests/CompileErrors, in its refused or its corrected form. Indentation and comments do not count. A line "…" leaves lines out. The
script also runs the shell block of the repository's README.
"""

import pathlib
import re
import subprocess
import sys


def normalized(lines):
    code = (re.sub(r"\s*(^|\s)//+(\s.*)?$", "", line).strip() for line in lines)
    return "".join("\n" + line for line in code if line)


def blocks(path):
    """The code blocks of a file: the line of each, its language, and its lines. In Swift files they are in doc comments."""
    inside = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if path.suffix == ".swift":
            line = re.sub(r"^\s*/// ?", "", line) if line.lstrip().startswith("///") else ""
        if fence := re.match(r"\s*```(\w*)", line):
            if inside:
                yield inside
            inside = None if inside else (number, fence[1], [])
        elif inside:
            inside[2].append(line)


files = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines()
files = [path for path in map(pathlib.Path, files) if path.is_file() and not path.is_symlink()]
compiled = []
for path in (path for path in files if path.suffix == ".swift"):
    text = path.read_text()
    compiled.append(normalized(text.splitlines()))
    if path.parent.name == "CompileErrors":
        compiled.append(normalized(re.sub(r"(?m)^.*\n\s*// instead:", "", text).splitlines()))

checked = 0
for path in files:
    if path.suffix != ".md" and path.parts[0] != "Sources":
        continue
    for number, language, lines in blocks(path) if path.suffix in (".md", ".swift") else ():
        if language == "sh" and path == pathlib.Path("README.md"):
            subprocess.run(["bash", "-euxo", "pipefail", "-c", "\n".join(lines)], stdin=subprocess.DEVNULL, check=True)
        if language != "swift":
            continue
        parts = [normalized(part.splitlines()) for part in re.split(r"(?m)^\s*…\s*$", "\n".join(lines))]
        # Each part follows the one before it.
        pattern = ".*?".join(map(re.escape, parts)) + "$"
        if not any(re.search(pattern, file, re.DOTALL | re.MULTILINE) for file in compiled):
            sys.exit(f"{path}:{number}: no file of the repository that is compiled has this code")
        checked += 1
print(f"{checked} listings are compiled code")
