// What the systems under test share that are written in C: the command line, the clocks, the result line.
//
// A system defines `benchmarked_system`, and leaves out what it cannot do. The harness has the `main`.

#ifndef BENCHMARK_HARNESS_H
#define BENCHMARK_HARNESS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/// How a reading ends that an event began.
enum reading_end {
  /// It is the system's own affair.
  END_OWN,
  /// One read per event, of level-triggered events.
  END_LEVEL,
  /// When a read would block, of edge-triggered events.
  END_WOULD_BLOCK,
  /// When a read comes up short, of edge-triggered events.
  END_SHORT_READ,
};

/// The command line; Benchmarks/README.md says what the options mean.
struct options {
  enum reading_end end;
  long connections;
  long pairs;
  long tokens;
  long rounds;
  long threads;
  long ready;
  long registrations;
  uint16_t port;
};
extern struct options options;

/// The scenarios of a system; one that is null, the system cannot do.
struct benchmarked_system {
  const char *name;
  /// Whether `--end` is heard, and not only `own`.
  bool hears_end;
  void (*echo)(void);
  void (*ring)(void);
  void (*churn)(void);
  void (*wake)(void);
  void (*wake_storm)(void);
  void (*dispatch)(void);
  void (*footprint)(void);
};
extern const struct benchmarked_system benchmarked_system;

/// Ends the program because a call failed; the reason is in errno.
_Noreturn void fail(const char *what);

/// Ends the program because what happened is not what the scenario says.
_Noreturn void fail_scenario(const char *what);

/// Ends the program, with status 3, because the system has no means for the scenario.
_Noreturn void cannot(const char *why);

/// Begins the measured part.
void begin_measuring(void);

/// Ends the measured part and prints the result line.
void end_measuring(uint64_t operations);

/// Opens a listener on the loopback that does not block.
int open_listener(void);

/// Prints `READY <port>` and begins the measured part.
void announce_listener(int listener);

/// Accepts a connection that does not block, without delays; negative if none waits.
int accept_connection(int listener);

/// A descriptor that does not block.
void set_non_blocking(int descriptor);

/// The socket pairs of a ring: what is written to `writers[i]` is read from `readers[i]`.
struct ring {
  int *readers;
  int *writers;
  long pairs;
  /// How many bytes have been read, and how many there are to be.
  uint64_t hops;
  uint64_t wanted_hops;
};

struct ring make_ring(void);

/// Puts the tokens in, evenly spaced.
void start_ring(const struct ring *ring);

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

/// A pair of sockets, and many descriptors of the end that is read: one byte makes all of them ready.
struct crowd {
  int *readers;
  int writer;
  long count;
};

struct crowd make_crowd(long count);

/// Makes every descriptor of the crowd ready.
static inline void rouse_crowd(const struct crowd *crowd) {
  if (send(crowd->writer, "", 1, MSG_NOSIGNAL) != 1) fail("send");
}

/// Makes none of them ready.
static inline void calm_crowd(const struct crowd *crowd) {
  char byte;
  if (recv(crowd->readers[0], &byte, 1, 0) != 1) fail("recv");
}

/// How many bytes of memory the process has taken, without those of files that are mapped; counted page by page, since
/// `/proc/self/statm` may be tens of pages behind.
long resident_bytes(void);

/// Prints the result line of the footprint.
void report_footprint(long bytes);

/// Starts a thread, which must not fail.
unsigned long start_thread(void *(*body)(void *), void *argument);

/// Waits until a thread has ended.
void join_thread(unsigned long thread);

#endif
