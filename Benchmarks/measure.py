#!/usr/bin/env python3
"""Builds the programs that are measured, times them, counts, checks budgets, and makes tables and charts."""

import argparse
import pathlib
import subprocess
import sys

import counting
import report
from programs import build_systems
from running import Failed, run_in_turns


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    chosen, measured = (argparse.ArgumentParser(add_help=False) for _ in range(2))
    chosen.add_argument("--system", action="append", help="only this one; may be repeated")
    measured.add_argument("--scenario", action="append", help="only this one; may be repeated")
    measured.add_argument("--no-build", action="store_true", help="measure what was built before")

    def command(name, words, *parents):
        return commands.add_parser(name, help=words, description=words, parents=parents)

    build = command("build", "build the systems that this machine has the means for")
    build.add_argument("--alone", action="store_true", help="only what needs nothing but the Swift toolchain")
    run = command("run", "time all systems in turns", chosen, measured)
    run.add_argument("--rounds", type=int, default=5)
    command("count", "count instructions, allocations, system calls and bytes per operation", chosen, measured)
    check = command("check", "check the budgets of scenarios.py", measured)
    check.add_argument("--whole", action="store_true", help="with the budgets that are left out for their time")
    check.add_argument("--planted", action="store_true", help="check that the budgets catch what is planted")
    reporting = command("report", "make tables and charts of a run, into Docs and README.md")
    reporting.add_argument("--check", action="store_true", help="write nothing; fail if something else is there")
    reporting.add_argument("results", nargs="?", type=pathlib.Path, help="a file that run has written")
    return parser.parse_args()


def main():
    arguments = parsed_arguments()
    command = arguments.command
    if command == "report":
        return report.report(arguments)
    if command == "build" or not arguments.no_build:
        build_systems(arguments.alone if command == "build" else command != "run", command == "check" and arguments.whole)
    if command != "build":
        {"run": run_in_turns, "count": counting.print_counts, "check": counting.check}[command](arguments)


if __name__ == "__main__":
    try:
        main()
    except (Failed, OSError, subprocess.CalledProcessError) as reason:
        sys.exit(f"measure: {reason}")
