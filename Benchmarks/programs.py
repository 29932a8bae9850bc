"""The programs that are measured, and how they are built."""

import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass

BENCHMARKS = pathlib.Path(__file__).resolve().parent
ROOT = BENCHMARKS.parent
BUILD = BENCHMARKS / ".build"
COMPILED = BUILD / "programs"
REDIS = pathlib.Path(shutil.which("redis-server") or "redis-server")
CRATES = pathlib.Path("/usr/share/cargo/registry")


@dataclass(frozen=True)
class Program:
    path: pathlib.Path
    # A system has a title, and ends of a reading that it hears of.
    title: str = ""
    ends: tuple = ()
    # A service is given these words and a port, and ends by SIGTERM.
    is_service: bool = False
    words: tuple = ()


EDGES = "would-block", "short-read"
# In the order in which the tables have them.
SYSTEMS = {
    "c": Program(COMPILED / "c", "raw C", ("level", *EDGES)),
    "c-in-place": Program(COMPILED / "c-in-place", "C, calls in place", EDGES),
    "metal-epoll": Program(BUILD / "release/metal-epoll", "Metal I/O, epoll", EDGES),
    "metal-epoll-libc": Program(BUILD / "libc/release/metal-epoll", "Metal I/O, epoll, through libc", EDGES),
    "metal-poll": Program(BUILD / "release/metal-poll", "Metal I/O, poll(2)", EDGES),
    "metal-poll-libc": Program(BUILD / "libc/release/metal-poll", "Metal I/O, poll(2), through libc", EDGES),
    "mio": Program(COMPILED / "mio", "mio", EDGES),
    "libuv": Program(COMPILED / "libuv", "libuv", ("own",)),
    "libev": Program(COMPILED / "libev", "libev", ("own",)),
    "libevent": Program(COMPILED / "libevent", "libevent", ("own",)),
    "swift-nio": Program(BUILD / "release/swift-nio-system", "SwiftNIO", ("own",)),
    "key-value-server": Program(ROOT / ".build/release/key-value-server", "key-value-server", (), True),
    "redis": Program(REDIS, "redis-server", (), True, ("--save", "", "--appendonly", "no", "--port")),
}
# The example in other builds, by their traits.
EXAMPLES = {"echo-server-libc": "LibcCalls", "echo-server-poll": "ForcePoll", "echo-server-poll-libc": "ForcePoll,LibcCalls"}
# Programs that are counted, and no systems.
OTHERS = {
    "c-poll": Program(COMPILED / "c-poll"),
    "echo-server": Program(ROOT / ".build/release/echo-server", is_service=True),
    **{name: Program(BUILD / name / "release/echo-server", is_service=True) for name in EXAMPLES},
    "metal-simulated": Program(BUILD / "release/metal-simulated"),
    "metal-simulated-debug": Program(BUILD / "debug/metal-simulated"),
}
# Ours, which are built once more with their system calls through libc, as the other systems make them.
OURS = "metal-epoll", "metal-poll"
PROGRAMS = SYSTEMS | OTHERS
LOAD = COMPILED / "echo-load"
# What the systems in C share; the harness serves the other languages too.
SHARED = "Benchmarks/C/harness/harness.c", "Benchmarks/C/common/main.c"
# The systems in C on a library: its header, its package, and how it is linked.
LIBRARIES = (
    ("libuv", "uv.h", "libuv1-dev", "-luv"),
    ("libev", "ev.h", "libev-dev", "-lev"),
    ("libevent", "event2/event.h", "libevent-dev", "-levent", "-levent_pthreads"),
)


def run(*command, environment=None, check=True):
    """Runs a command that builds, which must not fail; what it prints is no result."""
    return subprocess.run(list(map(str, command)), check=check, cwd=ROOT, env=environment, stdout=sys.stderr).returncode


def compile_c(name, *arguments):
    """By the compiler that comes with Swift, so that C and Swift are made by the same optimiser."""
    run("clang", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", COMPILED / name, *arguments)


def preprocessed(*arguments):
    """What the preprocessor makes of an empty file, or nothing if it fails."""
    command = ["clang", "-O2", "-E", *arguments, "-x", "c", os.devnull]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def build_in_c():
    """Builds what needs nothing but the compiler, and returns reasons for what is left out."""
    c, shims = "Benchmarks/C", "Sources/CMetalSystem/include"
    compile_c("echo-load", f"{c}/load/main.c")
    compile_c("allocations.so", "-shared", "-fPIC", f"{c}/allocations/allocations.c")
    compile_c("c", f"{c}/raw/main.c", *SHARED)
    compile_c("c-poll", f"{c}/poll/main.c", *SHARED)
    macros = preprocessed("-dM", f"-I{shims}", "-include", "metal_calls.h")
    if "#define METAL_CALLS_IN_PLACE 1" not in macros.splitlines():
        return [("c-in-place", "system calls are made through libc on this processor", "")]
    compile_c("c-in-place", f"-I{shims}", f"{c}/in-place/main.c")
    return []


def build_in_swift(with_nio, with_examples):
    """Builds ours, and SwiftNIO if it is asked for and can be fetched; returns reasons for what is left out."""
    package = "--package-path", BENCHMARKS, "--scratch-path", BUILD
    products, missing = [*OURS, "metal-simulated"], []
    if with_nio and run("swift", "package", *package, "resolve", check=False) == 0:
        products.append("swift-nio-system")
    elif with_nio:
        missing.append(("swift-nio", "SwiftPM could not fetch it", ""))
    # The manifest leaves SwiftNIO out then; once fetched it stays, or it would be built anew after each build without it.
    alone = {} if (BUILD / "checkouts/swift-nio").exists() else {"METAL_BENCHMARKS_ALONE": "1"}
    for configuration, product in [("release", product) for product in products] + [("debug", "metal-simulated")]:
        run("swift", "build", "-c", configuration, *package, "--product", product, environment=os.environ | alone)
    example = "swift", "build", "-c", "release", "--product"
    run(*example, "key-value-server")
    run(*example, "echo-server")
    for name, traits in EXAMPLES.items() if with_examples else ():
        run(*example, "echo-server", "--traits", traits, "--scratch-path", BUILD / name)
    libc = "-c", "release", "--package-path", BENCHMARKS, "--scratch-path", BUILD / "libc", "--traits", "LibcCalls"
    for product in OURS:
        run("swift", "build", *libc, "--product", product, environment=os.environ | {"METAL_BENCHMARKS_ALONE": "1"})
    return missing


def build_libraries():
    """Builds the systems in C and Rust on libraries that the machine has, and returns reasons for those left out."""
    missing = []
    for name, header, package, *libraries in LIBRARIES:
        if preprocessed("-include", header):
            compile_c(name, f"Benchmarks/C/{name}/main.c", *SHARED, *libraries)
        else:
            missing.append((name, f"there is no {header}", package))
    if not REDIS.exists():
        missing.append(("redis", "there is no redis-server", "redis-server"))
    if not shutil.which("cargo") or not list(CRATES.glob("mio-0.8*")):
        missing.append(("mio", f"there is no cargo, or no mio 0.8 in {CRATES}", "cargo librust-mio-dev"))
    else:
        paths = "--manifest-path", "Benchmarks/mio/Cargo.toml", "--target-dir", BUILD / "mio"
        source = "--config", "source.crates-io.replace-with='debian'", "--config", f"source.debian.directory='{CRATES}'"
        run("cargo", "build", "--offline", "--release", "--quiet", *paths, *source)
        compile_c("mio", *SHARED, f"{BUILD}/mio/release/libmio_system.a", "-lm", "-lgcc_s")
    return missing


def build_systems(alone, whole):
    """Builds the systems that the machine has the means for; alone, those that need nothing but the Swift toolchain."""
    COMPILED.mkdir(parents=True, exist_ok=True)
    missing = build_in_c() + build_in_swift(not alone, whole) + ([] if alone else build_libraries())
    for name, reason, _ in missing:
        print(f"measure: without {name}: {reason}", file=sys.stderr)
    packages = [package for _, _, package in missing if package]
    if packages:
        print(f"measure: to have them all: apt-get install {' '.join(packages)}", file=sys.stderr)
