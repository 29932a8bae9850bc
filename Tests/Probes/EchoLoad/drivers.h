// The two ways to drive connections. Both print a line at the end.

#ifndef ECHO_LOAD_DRIVERS_H
#define ECHO_LOAD_DRIVERS_H

/// Many connections at once, in a loop that never blocks but to wait for readiness.
void run_many(void);

/// One connection, or one after the other, or bursts of them, with calls that block: the cheapest clients there are,
/// for measuring the server.
void run_blocking(void);

#endif
