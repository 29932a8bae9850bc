"""The scenarios: what each is in words, how it is run, and what it may take.

A scenario with `rounds` is timed by `measure.py run`; one with `counted` is counted, and has its budgets beside it, which
`measure.py check` holds. One with a `load` runs a server and the load program against it, and its operations are messages
or connections. One without runs a program that does everything itself.
"""

import resource
from dataclasses import dataclass

from programs import SYSTEMS

# A server and its client each have that many connections, and a few descriptors besides.
MOST_CONNECTIONS = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100, 20000)
# 10,000 pairs of sockets, or as many as there is room for.
IDLE = min(MOST_CONNECTIONS // 2, 10_000)


@dataclass
class Budget:
    """What a subject may take per operation of its scenario.

    A subject is a program of `programs.py`, with options behind those of the scenario.
    """

    subject: str
    # At most so many instructions in user space, those of them that lock memory, blocks allocated, system calls, and bytes.
    instructions: float | None = None
    locked: float | None = None
    allocations: float | None = None
    calls: float | None = None
    bytes: float | None = None
    # The subject that makes the same system calls, name by name.
    calls_of: str = ""
    # The subject that has `least` to `most` times fewer instructions.
    to: str = ""
    least: float = 0
    most: float = float("inf")
    # What the program's output must match. The program is run once, and fails by itself if something else is wrong.
    says: str = ""
    # The subject whose output has the same value of this name.
    same: tuple = ()
    # `measure.py check` leaves it out, and `measure.py check --whole` holds it.
    is_whole: bool = False


@dataclass
class Scenario:
    name: str
    # The program's words, and the load program's.
    command: str
    load: str = ""
    title: str = ""
    words: str = ""
    # What one operation is, and how many of them a round has.
    unit: str = "message"
    per_round: int = 1
    # The rounds when it is timed, and those of the short and the long run when it is counted.
    rounds: int = 0
    counted: tuple = ()
    # Which counters `measure.py count` runs.
    counters: tuple = ("instructions", "allocations", "calls")
    # Whether the end of a reading can be chosen, and whether more than one thread of the system works.
    has_ends: bool = False
    # The systems that have a turn.
    systems: tuple = tuple(name for name, system in SYSTEMS.items() if not system.is_service)
    is_parallel: bool = False
    budgets: tuple = ()
    # Budgets that must not hold: `measure.py check --planted` shows that each kind of them can fail.
    planted: tuple = ()


def beside_c(instructions, tail=""):
    """Our budget on epoll, and that it makes the system calls of C, as C does that makes them in place."""
    own = Budget(f"metal-epoll{tail}", instructions=instructions, allocations=0, calls_of=f"c{tail}")
    return own, Budget(f"c-in-place{tail}", calls_of=f"c{tail}")


def echo(name, title, connections, rounds):
    words = (
        f"{connections:,} connections are open, and on each a message of 64 bytes goes out as soon as the echo of "
        f"the one before is there, {rounds:,} times. The system is the server, in one thread."
    )
    load = f"--connections {connections} --rounds {{rounds}}"
    return Scenario(name, f"echo --connections {connections}", load, title, words, rounds=rounds, has_ends=True)


def ring(pairs):
    tokens = pairs // 10
    words = (
        f"{pairs:,} pairs of Unix-domain sockets, one end of each registered. {tokens:,} bytes go round: what is read "
        "from a pair is written to the next. An operation is a byte's hop."
    )
    command = f"ring --pairs {pairs} --tokens {tokens} --rounds {{rounds}}"
    title, rounds = f"Ring of {pairs:,} pairs", 200_000 // tokens
    return Scenario(f"ring-{pairs}", command, "", title, words, "hop", rounds=rounds, has_ends=True)


def wake_storm(threads, who, words):
    command = f"wake-storm --threads {threads} --rounds {{rounds}}"
    title, rounds = f"Wakes from {who} against a busy loop", 500_000 // threads
    return Scenario(f"wake-storm-{threads}", command, "", title, words, "wake", rounds=rounds, is_parallel=True)


# The limits of the echo server in its forms, in instructions for a message: draining until a read would block, and to a short
# read; in place and through libc, each in a process of one thread and of two. What `library` looks up in the runtime differs a
# little from run to run.
ECHO = {
    "metal-epoll": ((102, 91), (102, 91), (157, 128), (358, 278)),
    "metal-epoll --form struct": ((105, 95), (105, 95), (162, 133), (363, 283)),
    "metal-epoll --form struct-for": ((104, 94), (104, 94), (190, 149), (391, 299)),
    "metal-epoll --form struct-index": ((114, 103), (114, 103), (178, 143), (379, 293)),
    "metal-epoll --form class": ((640, 631), (640, 631), (692, 663), (893, 814)),
    "metal-epoll --form class-of-struct": ((105, 95), (105, 95), (162, 133), (363, 283)),
    "metal-epoll --form timeout": ((105, 95), (105, 95), (162, 133), (363, 283)),
    "metal-epoll --form borrowed": ((182, 114), (332, 213), (193, 125), (390, 271)),
    "metal-epoll --form library": ((3996, 3614), (4005, 3622), (4051, 3649), (4252, 3799)),
    "metal-epoll --form library-specialized": ((104, 94), (104, 94), (163, 134), (364, 284)),
    "metal-poll": ((655, 543), (655, 543), (954, 769), (1160, 923)),
    "metal-poll --form struct": ((646, 537), (646, 537), (953, 770), (1159, 924)),
    "metal-poll --form struct-for": ((698, 590), (698, 590), (1007, 824), (1214, 977)),
    "metal-poll --form struct-index": ((665, 554), (665, 554), (977, 794), (1183, 948)),
    "metal-poll --form class": ((1178, 1071), (1178, 1071), (1489, 1306), (1695, 1460)),
    "metal-poll --form class-of-struct": ((646, 537), (646, 537), (953, 770), (1159, 924)),
    "metal-poll --form timeout": ((747, 639), (747, 639), (1047, 863), (1254, 1018)),
    "metal-poll --form borrowed": ((1199, 1033), (1349, 1132), (1676, 1453), (1929, 1653)),
    "metal-poll --form library": ((4519, 4024), (4525, 4030), (4827, 4251), (5033, 4410)),
    "metal-poll --form library-specialized": ((647, 539), (647, 539), (955, 771), (1161, 925)),
}


def forms():
    """The budgets of this table. Nothing allocates, and on epoll everything makes the system calls of C."""
    for subject, ways in ECHO.items():
        name, _, form = subject.partition(" ")
        for limits, program, thread in zip(ways, [name] * 2 + [name + "-libc"] * 2, ("", " --idle-thread") * 2):
            is_whole = (program != name or thread != "") and form not in ("", "--form struct")
            for end, limit in zip(("would-block", "short-read"), limits):
                calls_of = f"c --end {end}" if name == "metal-epoll" else ""
                own = f"{program} --end {end}{thread} {form}".strip()
                yield Budget(own, limit, allocations=0, calls_of=calls_of, is_whole=is_whole)
    for end in "--end would-block", "--end short-read":
        # A library whose entry points are specialised takes what the same sources take in the program's own module.
        twins = (f"metal-epoll {end} --form {form}" for form in ("library-specialized", "class-of-struct"))
        yield Budget(next(twins), to=next(twins), most=1.02)
        # The second thread is there: through libc it costs.
        yield Budget(f"c {end} --idle-thread", to=f"c {end}", least=1.5)
        for thread in "", " --idle-thread":
            yield Budget(f"c-in-place {end}{thread}", calls_of=f"c {end}{thread}")
    # The example has a thread for signals, so through libc its calls cost what they cost in a process of two threads.
    yield Budget("echo-server", instructions=116, allocations=0, calls_of="c --end would-block")
    yield Budget("echo-server-libc", instructions=376, allocations=0, calls_of="c --end would-block", is_whole=True)
    for name, limit in ("echo-server-poll", 652), ("echo-server-poll-libc", 1180):
        yield Budget(name, limit, allocations=0, is_whole=True)


SCENARIOS = [
    Scenario(
        "pingpong", "echo --connections 1", "--pingpong --rounds {rounds}", "Ping-pong on one connection",
        "One connection; a client whose calls block sends 64 bytes and waits for them to come back, 20,000 times. "
        "The system is the server.",
        rounds=20_000, counted=(500, 2500), has_ends=True,
        budgets=(
            # Through libc, where C is shorter.
            Budget("metal-epoll-libc --end short-read", to="c --end short-read", most=1.27),
            Budget("metal-epoll-libc --end would-block", to="c --end would-block", most=1.2),
            Budget("metal-epoll-libc --end short-read --idle-thread", to="c --end short-read --idle-thread", most=1.13),
            Budget("metal-epoll-libc --end would-block --idle-thread", to="c --end would-block --idle-thread", most=1.1),
            *forms(),
        ),
    ),
    echo("echo-100", "Echo, 100 connections", 100, 400),
    echo("echo-1000", "Echo, 1,000 connections", 1000, 40),
    echo("echo-most", "Echo, as many connections as the limit allows", MOST_CONNECTIONS, 3),
    Scenario(
        "accept", "echo --connections {rounds}", "--reconnect --rounds {rounds}", "Accept, echo, close",
        "3,000 connections one after the other: connect, send 64 bytes, receive them, end, close. The system is the "
        "server; an operation is a connection.",
        unit="connection", rounds=3000, counted=(200, 700), has_ends=True,
        budgets=(
            *beside_c(453, " --end short-read"),
            Budget("metal-epoll --form struct --end would-block", instructions=492, calls_of="c --end would-block"),
            Budget("echo-server", instructions=573, allocations=0),
        ),
    ),
    Scenario(
        "accept-burst", "echo --connections {rounds}", "--reconnect --burst 100 --rounds {rounds}",
        words="A hundred connections are there at once, so that the waits hardly count. A signal stops the server while they "
        "come: a wait that a signal interrupts must go on.",
        unit="connection", counted=(500, 2500), has_ends=True,
        budgets=(*beside_c(199, " --end short-read"), Budget("echo-server", instructions=199, allocations=0)),
    ),
    Scenario(
        "ping", "", "--ping --pingpong --rounds {rounds}", "Redis PING on one connection",
        "The same as the ping-pong, by the Redis protocol: the client sends the command PING as an array of one string, and waits "
        "for PONG. The systems are Redis and the example that speaks its protocol.",
        rounds=20_000, counted=(500, 2500), counters=("instructions", "calls"), systems=("key-value-server", "redis"),
        budgets=(Budget("key-value-server", instructions=2280, calls=4.01, allocations=0, to="redis", most=0.7),),
    ),
    *map(ring, (100, 1000, 9000)),
    Scenario(
        "churn", "churn --rounds {rounds}", "", "Register, reregister, deregister",
        "One end of a pair of sockets is registered, reregistered under another token and deregistered, 100,000 times. An "
        "operation is the three changes. Libraries that put a change off until the next wait have no such operation.",
        unit="three changes", rounds=100_000, counted=(200, 1200),
        budgets=beside_c(30),
        planted=(
            Budget("metal-epoll --plant allocations", allocations=0),
            Budget("metal-epoll --plant calls", calls_of="c"),
            Budget("metal-epoll --plant instructions", instructions=30),
            Budget("metal-epoll --plant instructions", to="metal-epoll", most=1.03),
        ),
    ),
    Scenario(
        "wake", "wake --rounds {rounds}", "", "Two threads wake each other",
        "Two threads, each of which waits on a poll or loop of its own, wake each other in turn. An operation is a turn there and "
        "back: two wakes, and two waits that they end.", unit="turn", rounds=20_000, is_parallel=True,
    ),
    wake_storm(
        1, "one thread", "A thread wakes another 500,000 times as fast as it can. The other never sleeps: it looks for events "
        "without waiting, again and again. Several wakes may be reported as one. An operation is a wake.",
    ),
    wake_storm(2, "two threads", "The same with two threads that wake, of 250,000 wakes each."),
    Scenario(
        "dispatch", "dispatch --ready 1000 --rounds {rounds}", "", "1,000 ready at once",
        "1,000 descriptors of one socket, the end of a pair, are registered. In each of 1,000 rounds a byte is written, which "
        "makes all of them ready; the system waits and looks at the token and the readiness of every event, or has "
        "its callback called; the byte is read. An operation is an event.",
        unit="event", per_round=1000, rounds=1000, counted=(20, 120),
        budgets=beside_c(5),
    ),
    Scenario(
        "footprint", "footprint --registrations {rounds}", "", "Memory of 10,000 idle registrations",
        "10,000 descriptors that are open already are made sources of the system and registered. What is taken is how "
        "much memory the process takes for it: pages that are resident and not of a file. What the kernel keeps is not in it.",
        unit="registration", rounds=10_000, counted=(0, 10_000), counters=("bytes",),
        budgets=(Budget("metal-epoll", bytes=20), Budget("metal-poll", bytes=94)),
        planted=(Budget("metal-poll", bytes=20),),
    ),
    Scenario(
        "borrowed-churn", "borrowed-churn --rounds {rounds}", unit="three changes", counted=(200, 1200), counters=("instructions",),
        words="A borrowed descriptor is registered, reregistered and deregistered.",
        budgets=(Budget("metal-epoll", instructions=78, allocations=0), Budget("metal-poll", instructions=650, allocations=0)),
    ),
    Scenario(
        "perform", "perform --rounds {rounds}", unit="operation", counted=(200, 1200), counters=("instructions",),
        words="An operation that only counts runs on a borrowed descriptor, by `perform`.",
        budgets=(Budget("metal-epoll", instructions=12), Budget("metal-poll", instructions=112)),
    ),
    Scenario(
        "polls", "polls --rounds {rounds}", unit="poll", counted=(200, 1200), counters=("instructions",),
        words="A poll with a timeout of zero, and nothing ready.",
        budgets=(Budget("metal-epoll", instructions=39), Budget("metal-poll", instructions=290)),
    ),
    Scenario(
        "poll-loop", "ring --pairs 1000 --rounds {rounds}", unit="round", counted=(100, 400),
        words="The ring of 1,000 pairs, by a loop on poll(2). A round is a hop of each token.",
        budgets=(
            # A wait that sleeps would be ppoll(2): something is ready, so none does.
            Budget("metal-poll --tokens 10", to="c-poll --tokens 10", most=0.9, allocations=0, calls_of="c-poll --tokens 10"),
            # The search ends when everything that is ready was found: a lone token stays in the first half of the table.
            Budget("metal-poll --tokens 1", to="metal-poll --tokens 10", most=0.5),
        ),
    ),
    Scenario(
        "wakers", "wakers --registrations 1000 --rounds {rounds}", unit="wake", counted=(200, 1200),
        words="One of 1,000 wakers wakes, and a poll finds it.",
        budgets=(
            Budget("metal-epoll", instructions=136, allocations=0),
            # Before Linux 6.18 the write to the pipe takes four calls more.
            Budget("metal-poll", instructions=1100, allocations=0),
        ),
    ),
    Scenario(
        "pending-wakes", "pending-wakes --rounds {rounds}", unit="wake", counted=(200, 1200), counters=("instructions", "locked"),
        words="A waker wakes while a wake of it is pending. The fence locks memory, and nothing else does.",
        budgets=tuple(Budget(name, instructions=14, locked=1.01, allocations=0) for name in ("metal-epoll", "metal-poll")),
        planted=(Budget("metal-epoll --plant instructions", locked=1.01),),
    ),
    Scenario(
        "crowd-churn", "crowd-churn --rounds {rounds}", unit="three changes", counted=(200, 1200),
        words="One of the sources on a poll(2) is deregistered, registered and reregistered.",
        budgets=(Budget("metal-poll --registrations 10000", to="metal-poll --registrations 1000", least=0.99, most=1.01),),
    ),
    Scenario(
        "idle", "ring --tokens 100 --rounds {rounds}", unit="hop", per_round=100, counted=(100, 500), counters=("instructions",),
        words="100 tokens go round a ring, in which all other pairs are idle. In the end every pair has to be heard.",
        budgets=(Budget(f"metal-epoll --pairs {IDLE}", to="metal-epoll --pairs 200", least=0.99, most=1.01),),
    ),
    Scenario(
        "simulation", "simulation --bytes 4096 --rounds {rounds}", unit="simulation", counted=(1, 2), counters=("instructions",),
        words="A simulation of an echo server and its clients, from its making to its end. With 400 clients: 10,698 records.",
        budgets=(
            Budget("metal-simulated --connections 800", to="metal-simulated --connections 400", least=1, most=2.2),
            Budget("metal-simulated --connections 50", same=("digest", "metal-simulated-debug --connections 50")),
            Budget("metal-simulated --connections 400", instructions=39_600_000),
            Budget("metal-simulated --connections 400 --form ring", instructions=42_300_000),
        ),
        planted=(Budget("metal-simulated --connections 51", same=("digest", "metal-simulated-debug --connections 50")),),
    ),
    Scenario(
        "programs", "programs --connections 3 --tokens 20 --rounds {rounds}", counted=(10, 60), per_round=60,
        words="Messages of three clients to an echo server, with 20 seeds: the turn passes four times for three, by two calls each.",
        budgets=(Budget("metal-simulated", calls=2.7, same=("digest", "metal-simulated-debug")),),
        planted=(Budget("metal-simulated", calls=1),),
    ),
    Scenario(
        "large-simulation", "simulation --connections 1000 --bytes 1048576 --rounds 1",
        words="The same with a mebibyte on each connection.",
        budgets=(Budget("metal-simulated", says="digest="),),
        planted=(Budget("metal-simulated", says="digest=0$"),),
    ),
    Scenario(
        "things", "things --rounds {rounds}", unit="turn of all things", counted=(10, 10_010), counters=("allocations",),
        words="Each thing that an event loop does, for every kind of source.",
        budgets=(Budget("metal-epoll", allocations=0), Budget("metal-poll", allocations=0)),
        planted=(Budget("metal-epoll --plant allocations", allocations=0), Budget("metal-poll --plant allocations", allocations=0)),
    ),
    Scenario(
        "growth", "growth --rounds {rounds}", unit="poll", counted=(10, 1010), counters=("allocations",),
        words="A new poll is waited on while another thread registers sources. Making the poll allocates; that its table grows, "
        "as it does for a hundred sources, adds nothing.",
        budgets=(Budget("metal-epoll --ready 100", allocations=1),)
        + tuple(Budget(f"metal-poll --ready {count}", allocations=8) for count in (10, 100)),
        planted=(Budget("metal-poll --ready 100", allocations=7),),
    ),
]
