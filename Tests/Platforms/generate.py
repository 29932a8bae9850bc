#!/usr/bin/env python3
"""Rewrites tests of Swift Testing for Embedded Swift, where the module in Testing/ takes the place of Swift Testing.

    generate.py FOLDER [-DCONDITION] FILE...

The folder receives each file, and a program that runs the tests one after another. The lines keep their numbers. A suite with the
trait `.backend` runs each test inside `onBackend`, which the tests' support has. The copies lack the code between `#if !CONDITION` and
`#endif`, if the condition is that of an argument or hasFeature(Embedded).
"""

import dataclasses
import re
import sys
from pathlib import Path


@dataclasses.dataclass
class Test:
    """A test function, as its attribute and its declaration describe the function."""

    suite: str
    name: str
    title: str
    arguments: list
    condition: str
    labels: list
    thrown: str
    is_mutating: bool

    def call(self, file, has_backend):
        """Returns the code that runs the test."""
        begin = f"var suite = {self.suite}(); " if self.is_mutating else ""
        function = ("suite." if self.is_mutating else f"{self.suite}()." if self.suite else "") + self.name
        values = ["argument"] if len(self.labels) == 1 else [f"argument.{number}" for number in range(len(self.labels))]
        passed = ", ".join(value if label == "_" else f"{label}: {value}" for label, value in zip(self.labels, values))
        body = f"{begin}{'try ' if self.thrown else ''}{function}({passed})"
        error = self.thrown or "IOError"
        if has_backend and error == "IOError":
            body = f"try onBackend {{ () throws(IOError) in {body} }}"
        settings = [self.title, f'file: "{file}"'] + [f"isEnabled: {self.condition}"] * bool(self.condition)
        if self.arguments:
            settings.append("arguments: " + ", ".join(self.arguments))
        return f"Testing.test({', '.join(settings)}) {{ ({'argument' if self.labels else ''}) throws({error}) in {body} }}"


def end_of(text, start):
    """Returns the position after the bracket, or the quotation mark, that closes the one at a position."""
    closing = {"(": ")", "[": "]", "{": "}", '"': '"'}[text[start]]
    position = start + 1
    while text[position] != closing:
        if closing == '"':
            # In a string, brackets count only after a backslash.
            if text[position] == "\\":
                position = end_of(text, position + 1) if text[position + 1] == "(" else position + 2
            else:
                position += 1
        elif text[position] in '([{"':
            position = end_of(text, position)
        else:
            position += 1
    return position + 1


def split(text):
    """Splits a list at its commas."""
    parts, position = [""], 0
    while position < len(text):
        end = end_of(text, position) if text[position] in '([{"' else position + 1
        if text[position] == ",":
            parts.append("")
        else:
            parts[-1] += text[position:end]
        position = end
    return [part.strip() for part in parts if part.strip()]


def blank(text):
    return "\n" * text.count("\n")


def read_test(before, attribute, declaration):
    """Returns the test of an attribute's arguments, and of the declaration that follows."""
    modifiers, name, parameters, effects = declaration
    indent = len(before) - before.rindex("\n") - 1
    suites = re.findall(r"^( *)(?:private |final )*(?:struct|class|enum|extension) (\w+)", before, re.M)
    suite = next((suite for spaces, suite in reversed(suites) if len(spaces) < indent), "")
    parts = split(attribute)
    title = parts.pop(0) if parts and parts[0].startswith('"') else f'"{name}"'
    condition = next((part[len(".enabled(if:") : -1] for part in parts if part.startswith(".enabled(if:")), "")
    first = next((number for number, part in enumerate(parts) if part.startswith("arguments:")), len(parts))
    arguments = [part.removeprefix("arguments:").strip() for part in parts[first:]]
    labels = [parameter.split(":")[0].split()[0] for parameter in split(parameters)]
    thrown = re.search(r"throws(?:\((\w+)\))?", effects)
    assert not thrown or thrown[1], f"The test {name} throws errors without a type."
    error = thrown[1] if thrown else ""
    condition = split(condition)[0] if condition else ""
    return Test(suite, name, title, arguments, condition, labels, error, "mutating" in modifiers)


def rewrite(text, tests, conditions):
    """Returns the code without attributes and macros, and appends its tests to a list."""
    names = "|".join(map(re.escape, conditions))
    text = re.sub(rf"^( *)#if !(?:{names})\n(.*?)^\1#endif\n", lambda match: blank(match[0]), text, flags=re.M | re.S)
    result, position = "", 0
    for match in re.finditer(r"@(Suite|Test)\b", text):
        end = end_of(text, match.end()) if text[match.end()] == "(" else match.end()
        result += text[position : match.start()] + blank(text[match.start() : end])
        position = end
        if match[1] == "Test":
            head = re.compile(r"([^{]*?)func (\w+)\(([^)]*)\)([^{]*)\{").match(text, end)
            tests.append(read_test(text[: match.start()], text[match.end() + 1 : end - 1], head.groups()))
            result += text[end : head.end()].replace(" async", "")
            position = head.end()
    text = result + text[position:]
    # The closure of an exit test would otherwise throw any error.
    text = re.sub(
        r"await #expect\(\s*processExitsWith: ([^{]*?)(?:, observing: \[[^]]*\])?\s*\) \{(\s*\[[^]]*\])?( in)?",
        r"Testing.expectExit(\1) {\2 () throws(IOError) in",
        text,
    )
    text = re.sub(r"#expect\(", "Testing.expect(", text)
    text = re.sub(r"#_sourceLocation\b", "#line", text)
    # Embedded Swift makes no functions of key paths.
    return re.sub(r"\((where: )?\\\.([\w.]+)\)", r"(\1{ $0.\2 })", text)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    program = ["internal import Testing", ""]
    conditions = ["hasFeature(Embedded)"] + [argument[2:] for argument in sys.argv[2:] if argument.startswith("-D")]
    for path in (Path(argument) for argument in sys.argv[2:] if not argument.startswith("-D")):
        tests = []
        text = path.read_text()
        copy = rewrite(text, tests, conditions)
        for suite in dict.fromkeys(test.suite for test in tests):
            # The code stands in the same file, because a test may use private names.
            calls = [test.call(path.name, ", .backend)" in text) for test in tests if test.suite == suite]
            function = f"run{path.stem}{suite}"
            copy += f"\nimport MetalCore\n\nfunc {function}() {{\n  {suite or 'AllTests'}.{function}()\n}}\n"
            copy += f"\nextension {suite or 'AllTests'} {{\n  fileprivate static func {function}() {{\n"
            copy += "".join(f"    {call}\n" for call in calls) + "  }\n}\n"
            program.append(f"{function}()")
        # Two folders may have files of the same name.
        target = folder / path.name
        (folder / f"{path.parent.name}{path.name}" if target.exists() else target).write_text(copy)
    program += ["Testing.finish()", "", "enum AllTests {}"]
    (folder / "main.swift").write_text("\n".join(program) + "\n")


main()
