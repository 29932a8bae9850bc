// The load program: it holds many connections to an echo server open at once and verifies every byte.
//
//   echo-load PORT [--connections C] [--rounds R] [--bytes B] [--latency] [--drip] [--slow-readers K]
//   echo-load PORT --pingpong [--rounds R] [--bytes B] [--latency] [--settle PID]
//   echo-load PORT --reconnect [--rounds R] [--bytes B] [--latency] [--settle PID]
//   echo-load PORT --reconnect --burst N --settle PID [--rounds R] [--bytes B]
//
// Each of C connections sends R messages of B pseudo-random bytes, each message after the echo of the one
// before, then shuts down its sending side and expects the end of the stream. With --drip a message goes out
// in portions of a few bytes, one per turn of the loop. Each of K slow readers sends without reading anything
// until it is stuck, which takes some MiB; then the other connections begin, and only when they are done do
// the slow readers read their echo.
//
// With --pingpong there is one connection, and calls that block. With --settle each message waits until all
// threads of the server's process are asleep. Without it the next message now and then overtakes the server,
// which then finds it in place of an empty socket and has no need to wait: what the server does per round
// trip would depend on who is faster, and on what is watching it.
//
// With --reconnect each of the R messages has a connection of its own, one after the other, with calls that block:
// connect, send, receive, shut down, receive the end, close. With --settle the server is asleep before each of them.
// With --burst N at a time are made, their messages sent and their sending sides shut down, while the server is stopped
// by a signal, so that it finds all of them at once when it is continued: no more than its listener's backlog holds.
//
// With --latency the line says how long messages took from the first byte sent to the last received, and with
// --reconnect from connecting to the end.
//
// The program exits with 0 when every byte came back as it was sent, with 1 when one did not, a connection
// ended early, or nothing moved for ten seconds, and with 2 when its arguments make no sense.

#if defined(__linux__)

#include "drivers.h"
#include "failure.h"
#include "options.h"

#include <sys/resource.h>

int main(int argc, char **argv) {
  parse_options(argc, argv);
  if (takes_blocking_calls()) {
    run_blocking();
    return 0;
  }
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
  run_many();
  return 0;
}

#else

#include <stdio.h>

int main(void) {
  fputs("echo-load: this program needs epoll\n", stderr);
  return 2;
}

#endif
