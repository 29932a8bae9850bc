#!/usr/bin/env python3
"""Compiles the library as Embedded Swift for other systems and processors, and runs the tests there, if the machine can.

    check-platforms.sh [--all | --planted | TARGET...]

Without arguments, the script takes the targets that every change is checked on, and does not optimize the tests. The compiler takes
the headers of each system, and the linker its libraries, from ziglang of PyPI. Docs/Platforms.md must say what the run shows.
With --planted, the script plants faults that show on one processor only, and fails if the checks miss a fault.
"""

import concurrent.futures
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "Tests" / "Platforms"
sys.path += [str(ROOT / "Scripts"), str(HERE)]
sys.dont_write_bytecode = True
import behaviours  # noqa: E402
import servers  # noqa: E402
import ziglang  # noqa: E402

ZIG = [sys.executable, "-m", "ziglang"]
HEADERS = Path(ziglang.__path__[0]) / "lib" / "libc" / "include"
INFO = subprocess.run(["swiftc", "-print-target-info"], check=True, capture_output=True, text=True).stdout
RESOURCES = Path(re.search(r'"runtimeResourcePath": "(.*)"', INFO)[1])
TOOLS = Path(shutil.which("swiftc")).resolve().parent

FLAGS = "-package-name metal_io -parse-as-library -whole-module-optimization -swift-version 6".split()
FLAGS += ["-strict-memory-safety", "-warnings-as-errors"]
for feature in ("InternalImportsByDefault", "MemberImportVisibility", "ExistentialAny"):
    FLAGS += ["-enable-upcoming-feature", feature]
for feature in ("Lifetimes", "SuppressedAssociatedTypes", "Embedded"):
    FLAGS += ["-enable-experimental-feature", feature]


@dataclasses.dataclass(frozen=True)
class Target:
    """A system on a processor, in the words of the Swift compiler, of clang, and of the linker."""

    name: str
    # The standard library, which is that of bare metal.
    library: str
    # The view of C: the headers, the object format, the calling convention.
    system: str = ""
    linker: str = ""
    headers: str = ""
    condition: str = ""
    # The words before a program that run it, if this machine can run the programs.
    runner: tuple | None = None
    # The functions of the system that each program must call.
    calls: str = ""
    is_in_ci: bool = False
    # The compiler crashes for the object format of the system, so the linker's compiler makes the object files.
    is_by_ir: bool = False
    # The emulator among the columns of Docs/Backends.md.
    emulator: str = ""
    # The programs of tests, by their names in SUITES.
    suites: tuple = ("epoll", "poll(2)", "simulated", "kqueue selector")


def linux(name, library, clang, headers, kernel, runner=(), is_in_ci=False):
    return Target(
        f"Linux, {name}", library, f"{clang[0]}-unknown-linux-{clang[1]}", f"{headers}-linux-{clang[1]}",
        f"{headers}-linux-musl generic-musl {kernel}-linux-any any-linux-any", "METAL_LINUX", runner, is_in_ci=is_in_ci,
        emulator="qemu" if runner else "")  # fmt: skip


def bsd(system, name, library, clang, headers, linker="", kevent="kevent"):
    family = re.match("[a-z]+", system)[0]
    return Target(
        f"{ {'freebsd': 'FreeBSD', 'netbsd': 'NetBSD', 'openbsd': 'OpenBSD'}[family]}, {name}", library,
        f"{clang}-unknown-{system}", linker or f"{headers}-{family}", f"{headers}-{family}-none generic-{family}",
        f"METAL_{family.upper()}", calls=f"kqueue {kevent} accept4 connect listen recv sendto")  # fmt: skip


X86_64, ARM64, RISCV64 = "x86_64-unknown-none-elf", "aarch64-none-none-elf", "riscv64-none-none-eabi"
TARGETS = [
    linux("x86-64", X86_64, ("x86_64", "musl"), "x86_64", "x86", is_in_ci=True),
    linux("32-bit x86", "i686-unknown-none-elf", ("i686", "musl"), "x86", "x86", is_in_ci=True),
    linux("AArch64", ARM64, ("aarch64", "musl"), "aarch64", "aarch64", ("qemu-aarch64",), True),
    linux("32-bit ARM", "armv7-none-none-eabi", ("armv7", "musleabihf"), "arm", "arm", ("qemu-arm",), True),
    linux("RISC-V 64", RISCV64, ("riscv64", "musl"), "riscv64", "riscv", ("qemu-riscv64",), True),
    Target(
        "WebAssembly", "wasm32-unknown-none-wasm", "wasm32-unknown-wasi", "wasm32-wasi", "wasm-wasi-musl generic-musl",
        runner=("node", "--no-warnings", str(HERE / "run.mjs")), is_in_ci=True, suites=("rules", "kqueue selector")),
    Target(
        "Windows, x86-64", X86_64, "x86_64-pc-cygwin", "x86_64-windows-gnu", condition="METAL_WINDOWS", runner=("wine",),
        is_in_ci=True, emulator="Wine", suites=("AFD", "simulated", "kqueue selector")),
    Target(
        "macOS, AArch64", "arm64-apple-none-macho", "arm64-apple-macos26", "aarch64-macos", "any-darwin-any", "METAL_DARWIN",
        calls="_kqueue _kevent _accept _connect _listen _recv _sendto"),
    Target(
        "macOS, x86-64", X86_64, "x86_64-apple-macos26", "x86_64-macos", "any-darwin-any", "METAL_DARWIN",
        calls="_kqueue _kevent _accept _connect _listen _recv _sendto", is_by_ir=True),
    bsd("freebsd14", "x86-64", X86_64, "x86_64", "x86_64"),
    bsd("freebsd14", "AArch64", ARM64, "aarch64", "aarch64"),
    bsd("netbsd10", "x86-64", X86_64, "x86_64", "x86_64", "x86_64-netbsd.11.0.0-none", "__kevent100"),
    bsd("netbsd10", "AArch64", ARM64, "aarch64", "aarch64", "aarch64-netbsd.11.0.0-none", "__kevent100"),
    bsd("openbsd7.8", "x86-64", X86_64, "x86_64", "x86_64"),
    bsd("openbsd7.8", "AArch64", ARM64, "aarch64", "aarch64"),
    Target("iOS, AArch64", "arm64-apple-ios26", "arm64-apple-ios26", "", "any-darwin-any", "METAL_DARWIN"),
    Target("Cortex-M4", "armv7em-none-none-eabi"),
]  # fmt: skip


ROWS = behaviours.read_rows()
MARKS = behaviours.read_marks(ROWS)
# The programs of tests: for each, the column of Docs/Backends.md, and the test targets.
SUITES = {
    "epoll": ("", ["MetalEpollTests"]),
    "poll(2)": ("poll(2)", ["MetalPollConformanceTests", "MetalPollTests"]),
    "AFD": ("Windows", ["MetalAFDTests"]),
    "simulated": ("Simulator", ["MetalKqueueSimConformanceTests", "MetalKqueueSimTests"]),
    "kqueue selector": (None, ["MetalKqueueTests"]),
    # Without a system there are no processes for exit tests, and no memory for the bulk of the shared tests.
    "rules": (None, ["MetalKqueueSimTests"]),
}


class Build:
    """The modules and programs of a target, in a folder."""

    def __init__(self, target, folder, is_optimized):
        self.target = target
        self.is_optimized = is_optimized
        self.folder = folder / re.sub("[ ,]+", "-", target.name)
        self.folder.mkdir()
        (self.folder / "tables").mkdir()
        self.modules = []
        self.environment = {**os.environ}

    def close(self):
        """Ends the processes that the runs of programs have left."""

    def execute(self, *command):
        """Runs a command, and returns its output."""
        command = [str(word) for word in command]
        process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", env=self.environment)
        if process.returncode != 0:
            raise RuntimeError(f"{self.target.name}: {' '.join(command)[:300]}\n{process.stdout}{process.stderr}")
        return process.stdout + process.stderr

    def arguments(self, module, *sources, is_program=False, is_optimized=True):
        """Returns the arguments with which the compiler makes a module, which may import the modules before, or a program."""
        files = [file for path in sources for file in ([path] if path.is_file() else sorted(path.rglob("*.swift")))]
        assert files, f"{module} has no sources"
        target = self.target
        c = []
        if target.system:
            c = ["-nostdinc", "-isystem", RESOURCES / "clang" / "include"]
            c += [f"--target={target.system}"] * (not target.is_by_ir)
            c += [word for headers in target.headers.split() for word in ("-isystem", HEADERS / headers)]
            c += [f"-I{ROOT / path}" for path in ("Sources/CMetalSystem/include", "Tests/CSystem/include", HERE / "CTesting")]
        flags = ["-D", target.condition] if target.condition else []
        # Some suites test what is internal.
        flags += ["-enable-testing"] * (target.runner is not None)
        if is_program:
            flags += "-Xfrontend -entry-point-function-name -Xfrontend program_main".split()
        # Preconditions are those of a release build. The shims of C have the form that the library was compiled with.
        flags += ["-O"] if is_optimized else "-Onone -assert-config Release -Xcc -D__OPTIMIZE__".split()
        # With a file main.swift, code stands outside of functions.
        flags += [flag for flag in FLAGS if flag != "-parse-as-library" or not any(file.name == "main.swift" for file in files)]
        flags += ["-Xfrontend", "-clang-target", "-Xfrontend", target.system] * target.is_by_ir
        return [
            *files, "-emit-module-path", self.folder / f"{module}.swiftmodule", "-module-name", module.replace("-", "_"),
            "-target", target.library, "-I", self.folder, "-module-cache-path", self.folder / "cache", *flags,
            *[word for flag in c for word in ("-Xcc", flag)]]  # fmt: skip

    def compile(self, module, *sources, is_program=False, is_optimized=True):
        """Compiles a module, which may import the modules before, or a program, and returns the path of the object file."""
        target = self.target
        arguments = self.arguments(module, *sources, is_program=is_program, is_optimized=is_optimized)
        object_file = self.folder / f"{module}.o"
        output = object_file.with_suffix(".ll") if target.is_by_ir else object_file
        self.execute("swiftc", "-emit-ir" if target.is_by_ir else "-c", "-o", output, *arguments)
        if target.is_by_ir:
            # The names of sections have two parts there.
            text = re.sub(r"^target (triple|datalayout) = .*\n", "", output.read_text(), flags=re.M)
            output.write_text(re.sub(r'section "\.swift\w*"', 'section "__DATA,__swift"', text))
            self.execute(*ZIG, "cc", "-target", target.linker, "-O1", "-Wno-override-module", "-c", output, "-o", object_file)
        if not is_program:
            self.modules.append(object_file)
        return object_file

    def extract_tables(self):
        """Returns the object files of the standard library's tables of Unicode."""
        tables = self.folder / "tables"
        library = RESOURCES / "embedded" / self.target.library / "libswiftUnicodeDataTables.a"
        if self.target.condition != "METAL_DARWIN" and not any(tables.iterdir()):
            self.execute("ar", "x", library, "--output", tables)
            # For RISC-V the tables are marked as code for other registers, although they hold integers.
            for table in tables.iterdir() if self.target.library.startswith("riscv64") else []:
                with table.open("r+b") as file:
                    file.seek(48)
                    file.write(b"\x04")
        return [*tables.iterdir()]

    def link(self, program):
        """Links an object file with the modules, and returns the path of the program."""
        tables = self.extract_tables()
        path = program.with_suffix("")
        c = [HERE / "runtime.c", HERE / "CTesting" / "testing.c"]
        self.execute(*ZIG, "cc", "-target", self.target.linker, program, *self.modules, *tables, *c, "-s", "-O1", "-o", path)
        return path

    def start(self, program, *arguments, timeout=900):
        """Runs a program to its end."""
        command = [*self.target.runner, program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout, env=self.environment)

    def run(self, program):
        """Runs a program that must not fail, and returns its output."""
        try:
            process = self.start(program, timeout=60)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{self.target.name}: {program.name} still ran after 60 s") from None
        if process.returncode != 0:
            raise RuntimeError(f"{self.target.name}: {program.name} ended with {process.returncode}\n{process.stdout}{process.stderr}")
        return process.stdout

    def compile_library(self):
        names = ["MetalCore", "MetalKqueue", "MetalKqueueSim"]
        if self.target.condition:
            selectors = {"METAL_LINUX": ["MetalEpoll", "MetalPoll"], "METAL_WINDOWS": ["MetalAFD"]}
            selectors = selectors.get(self.target.condition, ["MetalPoll"])
            names = ["MetalCore", "MetalSystem", *selectors, "MetalKqueue", "MetalKqueueSim", "MetalIO"]
        for name in names:
            self.compile(name, ROOT / "Sources" / name)
        simulation = ROOT / "Sources" / "MetalSimulation"
        self.compile("MetalSimulation", simulation / "Trace", simulation / "Names.swift")

    def run_simulated_program(self):
        """Runs a program that uses every source on simulated machines, and returns the digest of its trace."""
        # Docs/Platforms.md has the size and the time of the program without a system.
        is_optimized = self.is_optimized or not self.target.condition
        sources = ROOT / "Tests" / "Probes" / "Embedded"
        program = self.link(self.compile("Simulated", sources, is_program=True, is_optimized=is_optimized))
        start = time.monotonic()
        output = self.run(program)
        seconds = time.monotonic() - start
        digest = re.search(r"digest (\d+)", output)[1]
        return digest, f"{program.stat().st_size >> 10} KB, {seconds:.2f} s"

    def link_quickstart(self):
        main = self.folder / "main.swift"
        text = (ROOT / "Examples" / "quickstart" / "main.swift").read_text()
        # Outside of functions, an error would have no type.
        main.write_text(re.sub(r"^try (\w+\(\))$", r"do throws(IOError) { try \1 } catch { print(error) }", text, flags=re.M))
        return self.link(self.compile("quickstart", main, HERE / "Programs" / "Print.swift", is_program=True))

    def link_servers(self):
        """Links the example servers, and returns their paths: echo-server, and tcp-proxy if it can run here."""
        self.compile("ExampleSupport", HERE / "Programs" / "ExampleSupport.swift")
        for name in ("Serving", "EchoServer", "TCPProxy", "UnixChat"):
            self.compile(name, ROOT / "Examples" / name)
        names = ["echo-server"] + ["tcp-proxy"] * (self.target.runner is not None)
        return [self.link(self.compile(name, ROOT / "Examples" / name, is_program=True)) for name in names]

    def compile_suite(self, suite):
        """Compiles and links a program of tests, and returns its path."""
        walks = [os.walk(ROOT / "Tests" / target, followlinks=True) for target in SUITES[suite][1]]
        # Test targets share files by links.
        files = {(Path(folder) / file).resolve() for walk in walks for folder, _, files in walk for file in files}
        if not self.target.condition:
            # The examples need a system.
            files = {file for file in files if file.parent.name != "Examples"}
        if self.target.condition == "METAL_WINDOWS":
            files = {file for file in files if file.parent.name != "Unix"}
        conditions = [f"-D{self.target.condition}"] * bool(self.target.condition)
        module = re.sub(r"\W", "", suite.title()) + "Suite"
        copies = self.folder / f"{module}-sources"
        self.execute(sys.executable, HERE / "generate.py", copies, *conditions, *sorted(file for file in files if file.suffix == ".swift"))
        return self.link(self.compile(module, copies, is_program=True, is_optimized=self.is_optimized))


class WindowsBuild(Build):
    """A build for Windows, whose programs run under Wine.

    Swift assumes that C's `long` has 64 bits, so Swift imports C for Cygwin, where `long` has 64 bits. The headers contain only
    declarations, and `zig cc` compiles the functions for Windows. The modules instantiate some functions twice. Only GNU's linker
    accepts functions that are instantiated twice.
    """

    def __init__(self, target, folder, is_optimized):
        super().__init__(target, folder, is_optimized)
        self.environment |= {"WINEPREFIX": str(self.folder / "wine"), "WINEDEBUG": "-all"}
        self.objects = []

    def close(self):
        subprocess.run(["wineserver", "-k"], env=self.environment)

    def check_manifest(self):
        """Checks that SwiftPM accepts the package if the manifest takes the branches for Windows."""
        package = self.folder / "package"
        package.mkdir()
        for name in ("Sources", "Tests", "Examples"):
            (package / name).symlink_to(ROOT / name)
        manifest = (ROOT / "Package.swift").read_text()
        manifest, count = re.subn(r"^#if (!os\(Linux\)|os\(Windows\))$", "#if true", manifest, flags=re.M)
        assert count == 2, "Package.swift has other conditions than expected"
        (package / "Package.swift").write_text(manifest)
        self.execute("swift", "package", "--package-path", package, "describe")

    def compile_library(self):
        self.check_manifest()
        self.execute("wineboot", "-i")
        super().compile_library()
        joined, name = self.folder / "tables.o", "_swift_stdlib_nfd_decompositions"
        self.execute("ld", "-r", "-T", HERE / "Windows" / "tables.ld", *self.extract_tables(), "-o", joined)
        self.execute("objcopy", "--prefix-symbols=table", joined)
        self.execute("objcopy", "--redefine-sym", f"table{name}={name}", joined)
        self.objects.append(joined)
        folders = [ROOT / "Sources" / "CMetalSystem", ROOT / "Tests" / "CSystem", HERE / "CTesting", HERE / "Windows"]
        includes = [f"-I{folder}" for folder in [HERE / "CTesting", *(folder / "include" for folder in folders[:2])]]
        for file in [HERE / "runtime.c", *(file for folder in folders for file in sorted(folder.glob("*.c")))]:
            self.objects.append(self.folder / f"{file.parent.name}-{file.stem}.c.o")
            flags = ["-O2", "-Wall", "-Wextra", "-Werror", *includes]
            self.execute(*ZIG, "cc", "-target", self.target.linker, *flags, "-c", file, "-o", self.objects[-1])

    def link(self, program):
        path = program.with_suffix(".exe")
        libraries = [f"-l{name}" for name in ("ws2_32", "iphlpapi", "ntdll", "ssp", "advapi32")]
        # The linker does not list the addresses in the tables, so the program must stay at its address.
        options = ["-static", "-s", "-Wl,--allow-multiple-definition,--disable-dynamicbase"]
        self.execute("x86_64-w64-mingw32-gcc", *options, program, *self.modules, *self.objects, *libraries, "-o", path)
        return path


class Report:
    """What a run has shown about a target, in the words of Docs/Platforms.md."""

    def __init__(self, target):
        self.target = target
        self.linked = "—"
        self.ran = []
        self.digest = None
        self.wrong = []


def check_calls(build, program):
    """Checks that a program calls the functions of its system."""
    undefined = build.execute(TOOLS / "llvm-nm", "-u" if program.read_bytes()[:4] != b"\x7fELF" else "-uD", program)
    names = {line.split()[-1].split("@")[0] for line in undefined.splitlines()}
    missing = {*build.target.calls.split()} - names
    return [f"{program.name} does not call {' '.join(missing)}"] if missing else []


def run_suite(build, suite, program):
    """Runs a program of tests.

    Returns the number of tests that ran, the number of rows of Docs/Behaviours.md that passed, and a list of what is wrong.
    """
    emulator = build.target.emulator
    # An exit test starts the emulator anew.
    arguments = [shutil.which(build.target.runner[0])] if emulator else []
    start = time.monotonic()
    try:
        process = build.start(program, *arguments)
    except subprocess.TimeoutExpired as error:
        return 0, 0, [f"the program still ran after 900 s; its output ends with {(error.stdout or b'')[-300:]}"]
    print(f"{build.target.name}: the tests \"{suite}\" take {time.monotonic() - start:.1f} s", flush=True)
    tests, skipped, failures = (re.findall(rf"^{word}: (.*)$", process.stdout, re.M) for word in ("test", "skipped", "failed"))
    # Under qemu, a test may fail if the table lists all its rows. Under Wine, the tests skip themselves.
    lacking = {row for row, column in MARKS if column == emulator == "qemu"}
    wrong = [line for line in failures if not (rows := behaviours.rows_of(line)) or not rows <= lacking]
    if not re.search(r"^\d+ cases, \d+ issues$", process.stdout, re.M):
        wrong.append(f"the program ended with {process.returncode} after {process.stdout[-500:]}{process.stderr[-500:]}")
    tested, others = (set().union(*map(behaviours.rows_of, lines)) for lines in (tests, skipped + failures))
    wrong += [f"no row {row} in Docs/Behaviours.md" for row in sorted(tested - {*ROWS})]
    # The simulated kernel does not depend on the emulated system.
    columns = [SUITES[suite][0], "Embedded", *[emulator] * (suite != "simulated")]
    needed = behaviours.needed_rows(ROWS, MARKS, *columns) if SUITES[suite][0] is not None else []
    missing = {*needed} - tested
    wrong += [f"no test for {' '.join(sorted(missing))}"] * bool(missing)
    return len([test for test in tests if test not in skipped]), len(tested - others), wrong


def check(target, folder, is_optimized, runs):
    """Builds everything for a target, and returns the build, the report, and the runs of suites that still go on."""
    build = (WindowsBuild if target.condition == "METAL_WINDOWS" else Build)(target, folder, is_optimized)
    report = Report(target)
    build.compile_library()
    pending = []
    if target.condition and target.linker:
        programs = [build.link_quickstart(), *build.link_servers()]
        report.linked = "yes"
        report.wrong += [line for program in programs for line in check_calls(build, program)]
        if target.runner is not None:
            report.wrong += ["quickstart fails"] * ("the client has finished" not in build.run(programs[0]))
            report.wrong += servers.check(build, *programs[1:])
    if target.runner is not None:
        report.linked = "yes"
        report.digest, measured = build.run_simulated_program()
        print(f"{target.name}: the program on simulated machines takes {measured}", flush=True)
        build.compile("Testing", HERE / "Testing")
        for suite in target.suites:
            pending.append((suite, runs.submit(run_suite, build, suite, build.compile_suite(suite))))
    return build, report, pending


def reports(targets, is_optimized):
    """Checks targets, and yields the report of each one."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as builds:
        with concurrent.futures.ThreadPoolExecutor() as runs:
            for target, future in [(target, builds.submit(check, target, Path(folder), is_optimized, runs)) for target in targets]:
                try:
                    build, report, pending = future.result()
                except RuntimeError as error:
                    report = Report(target)
                    report.wrong.append(str(error))
                    yield report
                    continue
                for suite, run in pending:
                    tests, rows, wrong = run.result()
                    report.ran.append(f"{suite} {rows} rows" if SUITES[suite][0] is not None else f"{suite} {tests} tests")
                    report.wrong += [f"{suite}: {line}" for line in wrong]
                build.close()
                yield report


def differences(report, page):
    """Returns what Docs/Platforms.md does not say, or says otherwise."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("|")]
    seen = ["yes", report.linked, ", ".join(report.ran) or "—"]
    wrong = [f"Docs/Platforms.md must say: {' | '.join(seen)}"] * ([report.target.name, *seen] not in [row[:4] for row in rows])
    if report.digest and f"`{report.digest}`" not in page:
        wrong.append(f"the digest is {report.digest}, and Docs/Platforms.md has another one")
    return wrong


# Faults that show on one processor only: the name of the target, a file, and what to replace there.
FAULTS = [
    # A record is packed on every processor, so the system writes its fields at other places.
    ("Linux, AArch64", "CMetalSystem/include/metal_epoll.h",
        [("#ifdef __x86_64__", "#if 1"), (r"_Static_assert\((sizeof|offsetof)\(struct metal_epoll_event.*", "")]),
    # A product of 64 bits is computed in a word of the processor.
    ("Linux, 32-bit x86", "MetalKqueueSim/Simulation/RandomStream.swift",
        [(r"state\.1 &\* 5", "UInt64(UInt(truncatingIfNeeded: state.1 &* 5))")]),
]  # fmt: skip


def find_faults(target, folder, page):
    """Builds the library for a target, runs quickstart and the program on simulated machines, and returns what is wrong."""
    build = Build(target, folder, False)
    try:
        build.compile_library()
        wrong = ["quickstart fails"] * ("the client has finished" not in build.run(build.link_quickstart()))
        digest, _ = build.run_simulated_program()
    except RuntimeError as error:
        return [str(error)]
    return wrong + [f"the digest is {digest}"] * (f"`{digest}`" not in page)


def check_planted():
    """Returns whether the checks find each fault on its processor, and nothing on another processor."""
    global ROOT
    page = (ROOT / "Docs" / "Platforms.md").read_text()
    faulty = [name for name, *_ in FAULTS]
    targets = [target for target in TARGETS if target.name in ["Linux, x86-64", *faulty]]
    original, is_complete = ROOT, True
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as builds:
        ROOT = Path(folder) / "package"
        for name in ("Sources", "Examples", "Tests"):
            shutil.copytree(original / name, ROOT / name)
        for _, file, replacements in FAULTS:
            text = (ROOT / "Sources" / file).read_text()
            for pattern, replacement in replacements:
                text, count = re.subn(pattern, replacement, text)
                assert count > 0, f"{file} has nothing like {pattern}"
            (ROOT / "Sources" / file).write_text(text)
        for target, wrong in zip(targets, builds.map(lambda target: find_faults(target, Path(folder), page), targets)):
            print(f"{target.name}, with the faults:", *wrong or ["nothing wrong"], sep="\n  ", flush=True)
            is_complete &= bool(wrong) == (target.name in faulty)
    return is_complete


def main():
    if sys.argv[1:] == ["--planted"]:
        sys.exit(not check_planted())
    names = [argument for argument in sys.argv[1:] if argument != "--all"]
    unknown = {*names} - {target.name for target in TARGETS}
    assert not unknown, f"There are no targets {unknown}."
    chosen = [target for target in TARGETS if (target.name in names if names else target.is_in_ci or "--all" in sys.argv)]
    page = (ROOT / "Docs" / "Platforms.md").read_text()
    failures = [f"Docs/Platforms.md has no row for {target.name}" for target in TARGETS if f"\n| {target.name} |" not in page]
    print(*failures, sep="\n", end="\n" * bool(failures))
    for report in reports(chosen, bool(sys.argv[1:])):
        wrong = report.wrong or differences(report, page)
        print(f"{report.target.name}: {', '.join(report.ran) or 'done'}", *wrong, sep="\n  ", flush=True)
        failures += wrong
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
