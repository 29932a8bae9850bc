"""The scenarios: what each is in words, and how it is run.

A scenario whose `load` is given runs a server and the load program against it, and counts messages or connections. One
without runs a program that does everything itself and counts what its result line says.
"""

import resource
from dataclasses import dataclass, field, replace

# A server and its client each have that many connections, and a few descriptors besides.
MOST_CONNECTIONS = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100, 20000)


@dataclass
class Scenario:
    name: str
    title: str
    words: str
    command: list
    load: list = field(default_factory=list)
    # What one operation is.
    unit: str = "message"
    # Whether the end of a reading can be chosen.
    has_ends: bool = False
    # Whether more than one thread of the system works.
    is_parallel: bool = False

    def shortened(self):
        """The same with a tenth of the rounds, to see whether everything works."""

        def tenth(words, name):
            words = list(words)
            for place in range(1, len(words)):
                if words[place - 1] == name:
                    words[place] = max(1, words[place] // 10)
            return words

        # Where each round has a connection of its own, there are as many of these.
        connections = "--connections" if "--reconnect" in self.load else "--rounds"
        return replace(self, command=tenth(self.command, connections), load=tenth(self.load, "--rounds"))


def echo(name, title, connections, rounds):
    return Scenario(
        name=name,
        title=title,
        words=f"{connections:,} connections are open, and on each a message of 64 bytes goes out as soon as the echo of "
        f"the one before is there, {rounds:,} times. The system is the server, in one thread.",
        command=["echo", "--connections", connections],
        load=["--connections", connections, "--rounds", rounds, "--latency"],
        has_ends=True,
    )


def ring(pairs):
    tokens = pairs // 10
    return Scenario(
        name=f"ring-{pairs}",
        title=f"Ring of {pairs:,} pairs",
        words=f"{pairs:,} pairs of Unix-domain sockets, one end of each registered. {tokens:,} bytes go round: what is read "
        "from a pair is written to the next. An operation is a byte's hop.",
        command=["ring", "--pairs", pairs, "--tokens", tokens, "--rounds", 200_000 // tokens],
        unit="hop",
        has_ends=True,
    )


SCENARIOS = [
    Scenario(
        name="pingpong",
        title="Ping-pong on one connection",
        words="One connection; a client whose calls block sends 64 bytes and waits for them to come back, 20,000 times. "
        "The system is the server.",
        command=["echo", "--connections", 1],
        load=["--pingpong", "--rounds", 20_000, "--latency"],
        has_ends=True,
    ),
    echo("echo-100", "Echo, 100 connections", 100, 400),
    echo("echo-1000", "Echo, 1,000 connections", 1000, 40),
    echo("echo-most", "Echo, as many connections as the limit allows", MOST_CONNECTIONS, 3),
    Scenario(
        name="accept",
        title="Accept, echo, close",
        words="3,000 connections one after the other: connect, send 64 bytes, receive them, end, close. The system is the "
        "server; an operation is a connection.",
        command=["echo", "--connections", 3000],
        load=["--reconnect", "--rounds", 3000, "--latency"],
        unit="connection",
        has_ends=True,
    ),
    ring(100),
    ring(1000),
    ring(9000),
    Scenario(
        name="churn",
        title="Register, reregister, deregister",
        words="One end of a pair of sockets is registered, reregistered under another token and deregistered, 100,000 "
        "times. An operation is the three changes. Libraries that put a change off until the next wait have no such "
        "operation.",
        command=["churn", "--rounds", 100_000],
        unit="three changes",
    ),
    Scenario(
        name="wake",
        title="Two threads wake each other",
        words="Two threads, each of which waits on a poll or loop of its own, wake each other in turn. An operation is a "
        "turn there and back: two wakes, and two waits that they end.",
        command=["wake", "--rounds", 20_000],
        unit="turn",
        is_parallel=True,
    ),
    Scenario(
        name="wake-storm-1",
        title="Wakes from one thread against a busy loop",
        words="A thread wakes another 500,000 times as fast as it can. The other never sleeps: it looks for events without "
        "waiting, again and again. Several wakes may be reported as one. An operation is a wake.",
        command=["wake-storm", "--threads", 1, "--rounds", 500_000],
        unit="wake",
        is_parallel=True,
    ),
    Scenario(
        name="wake-storm-2",
        title="Wakes from two threads against a busy loop",
        words="The same with two threads that wake, of 250,000 wakes each.",
        command=["wake-storm", "--threads", 2, "--rounds", 250_000],
        unit="wake",
        is_parallel=True,
    ),
    Scenario(
        name="dispatch",
        title="1,000 ready at once",
        words="1,000 descriptors of one socket, the end of a pair, are registered. In each of 1,000 rounds a byte is written, which "
        "makes all of them ready; the system waits and looks at the token and the readiness of every event, or has "
        "its callback called; the byte is read. An operation is an event.",
        command=["dispatch", "--ready", 1000, "--rounds", 1000],
        unit="event",
    ),
    Scenario(
        name="footprint",
        title="Memory of 10,000 idle registrations",
        words="10,000 descriptors that are open already are made sources of the system and registered. What is taken is how "
        "much memory the process takes for it: pages that are resident and not of a file. What the kernel keeps is not in it.",
        command=["footprint", "--registrations", 10_000],
        unit="registration",
    ),
]
