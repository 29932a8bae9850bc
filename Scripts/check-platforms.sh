#!/usr/bin/env bash
# Compiles the library and its tests for other systems and processors, and runs what this machine can run: see
# Tests/Platforms/check.py.

exec "$(dirname "$0")/../Tests/Platforms/check.py" "$@"
