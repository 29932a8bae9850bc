// What the systems in C share. A system defines its scenarios, and leaves out one that it cannot do.

#pragma once

#define _GNU_SOURCE

#include "../harness/harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Each library passes its callbacks more than a system uses.
#pragma GCC diagnostic ignored "-Wunused-parameter"

// The scenarios. All systems have the ring: what is weak alone would not bring in a system that is an archive.
void run_ring(void);
__attribute__((weak)) void run_echo(void), run_churn(void), run_dispatch(void), run_footprint(void), run_wake(void),
  run_wake_storm(void);

/// Defined by a system that hears `--end`: whether its events can be level-triggered.
extern const bool hears_level __attribute__((weak));

/// The scenario's name, and what `--end` and `--rounds` say.
extern const char *scenario;
extern enum reading_end reading;
extern long rounds;

// What only prepares is kept apart, so that the measured loops compile the same whatever stands around them.
#define APART static __attribute__((noinline, unused))
// A server is put whole into its function: with several, a compiler calls the parts that they share.
#define WHOLE static inline __attribute__((always_inline))

/// Allocates zeroed memory, which must not fail.
APART void *allocate(long count, size_t size) {
  void *memory = calloc((size_t)count, size);
  if (memory == NULL) fail("calloc");
  return memory;
}

/// Opens a listener on the loopback that does not block, prints `READY <port>` and begins the measured part.
APART int open_listener(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) fail("socket");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (listen(listener, SOMAXCONN) < 0) fail("listen");
  socklen_t length = sizeof address;
  if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
  print_ready(ntohs(address.sin_port));
  begin_measuring();
  return listener;
}

/// Accepts a connection that does not block, without delays; negative if none waits.
APART int accept_connection(int listener) {
  int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0 && errno == EAGAIN) return -1;
  if (descriptor < 0) fail("accept4");
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

/// How many wakes the thread has heard.
static _Thread_local long heard_wakes;

/// The socket pairs of a ring: what is written to `writers[i]` is read from `readers[i]`.
struct ring {
  int *readers, *writers;
  long pairs, tokens;
  /// How many bytes have been read, and how many there are to be.
  uint64_t hops, wanted_hops;
};

static inline struct ring make_ring(void) {
  struct ring ring = {.pairs = option("pairs", 100), .tokens = option("tokens", 1)};
  ring.wanted_hops = (uint64_t)rounds * (uint64_t)ring.tokens;
  ring.readers = allocate(ring.pairs, sizeof(int));
  ring.writers = allocate(ring.pairs, sizeof(int));
  for (long i = 0; i < ring.pairs; i++) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
    ring.readers[i] = ends[0];
    ring.writers[i] = ends[1];
  }
  return ring;
}

/// Begins the measured part, and puts the tokens in, evenly spaced.
static inline void start_ring(const struct ring *ring) {
  begin_measuring();
  for (long token = 0; token < ring->tokens; token++) {
    if (send(ring->writers[token * ring->pairs / ring->tokens], "", 1, MSG_NOSIGNAL) != 1) fail("send");
  }
}

/// Reads a pair once and hands on what was read; returns how many tokens that were: 0 if none.
static inline long pass_tokens(struct ring *ring, long pair) {
  char bytes[64];
  ssize_t received = recv(ring->readers[pair], bytes, sizeof bytes, 0);
  if (received < 0 && errno == EAGAIN) return 0;
  if (received <= 0) fail("recv");
  long next = pair + 1 == ring->pairs ? 0 : pair + 1;
  if (send(ring->writers[next], bytes, (size_t)received, MSG_NOSIGNAL) != received) fail("send");
  ring->hops += (uint64_t)received;
  return received;
}
