// Ring, dispatch, footprint and wakes on a loop that calls back. Before it includes this file, a system defines the types
// `loop_t`, `bell_t`, `watcher_t` and `callback_t`, the constants `READABLE` and `WRITABLE`, and functions, which the compiler
// can put where they are called:
//
//   CALLBACK(handler)         defines `handler_called`, a `callback_t` that calls `handler(bool is_readable, void *argument)`
//   loop_t make_loop(void)
//   void watch(loop_t, watcher_t *, int descriptor, int interest, callback_t, void *argument)
//   void run(loop_t, callback_t)       until `stop` or the bell; the callback is that of all watchers, or a null pointer
//   void turn(loop_t, callback_t)      waits once
//   void look(loop_t)                  without sleeping; adds to `heard_wakes` if the bell has rung
//   void stop(loop_t)
//   void make_bell(loop_t, bell_t *)
//   void ring_bell(loop_t, bell_t *)   from any thread

#include "system.h"

#include <fcntl.h>
#include <stdatomic.h>

static loop_t main_loop;

static void watch_all(const int *descriptors, long count, callback_t called) {
  watcher_t *watchers = allocate(count, sizeof *watchers);
  for (long i = 0; i < count; i++) watch(main_loop, &watchers[i], descriptors[i], READABLE, called, (void *)i);
  // A change takes effect at the next wait.
  look(main_loop);
}

static struct ring ring;

static inline void on_pair(bool is_readable, void *pair) {
  while (pass_tokens(&ring, (long)(intptr_t)pair) > 0 && reading == END_WOULD_BLOCK) {}
  if (ring.hops >= ring.wanted_hops) stop(main_loop);
}
CALLBACK(on_pair)

void run_ring(void) {
  main_loop = make_loop();
  ring = make_ring();
  watch_all(ring.readers, ring.pairs, on_pair_called);
  start_ring(&ring);
  run(main_loop, on_pair_called);
  end_measuring(ring.hops);
}

/// A pair of sockets, and many descriptors of the end that is read: one byte makes all of them ready.
struct crowd {
  int *readers;
  int writer;
  long count;
};

APART struct crowd make_crowd(long count) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
  struct crowd crowd = {.readers = allocate(count, sizeof(int)), .writer = ends[1], .count = count};
  for (long i = 0; i < count; i++) {
    crowd.readers[i] = i == 0 ? ends[0] : fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
    if (crowd.readers[i] < 0) fail("fcntl");
  }
  return crowd;
}

static uint64_t readable_count, sum_of_tokens;

static inline void on_member(bool is_readable, void *token) {
  readable_count += is_readable;
  sum_of_tokens += (uint64_t)(intptr_t)token;
}
CALLBACK(on_member)

static inline void dispatch_once(const struct crowd *crowd) {
  char byte = 0;
  if (send(crowd->writer, &byte, 1, MSG_NOSIGNAL) != 1) fail("send");
  turn(main_loop, on_member_called);
  if (recv(crowd->readers[0], &byte, 1, 0) != 1) fail("recv");
}

void run_dispatch(void) {
  main_loop = make_loop();
  struct crowd crowd = make_crowd(option("ready", 1000));
  watch_all(crowd.readers, crowd.count, on_member_called);
  // The loop's room for events grows until one turn reports all of them once.
  for (int i = 0; readable_count != (uint64_t)crowd.count; i++) {
    if (i == 16) cannot("a turn of its loop does not report so many events");
    readable_count = 0;
    dispatch_once(&crowd);
  }
  readable_count = sum_of_tokens = 0;
  begin_measuring();
  for (long round = 0; round < rounds; round++) dispatch_once(&crowd);
  uint64_t ready = (uint64_t)crowd.count, wanted = (uint64_t)rounds * ready;
  if (readable_count != wanted || sum_of_tokens != wanted * (ready - 1) / 2) fail_scenario("events were lost");
  end_measuring(readable_count);
}

void run_footprint(void) {
  main_loop = make_loop();
  struct crowd crowd = make_crowd(option("registrations", 10000));
  long before = resident_bytes();
  watch_all(crowd.readers, crowd.count, on_member_called);
  report_footprint(crowd.count, resident_bytes() - before);
}

// Two threads that wake each other in turn, and threads that wake another one.

static loop_t other_loop;
static bell_t main_bell, other_bell;

static void *answer_wakes(void *unused) {
  for (long i = 0; i < rounds; i++) {
    run(other_loop, NULL);
    ring_bell(main_loop, &main_bell);
  }
  return NULL;
}

void run_wake(void) {
  make_bell(main_loop = make_loop(), &main_bell);
  make_bell(other_loop = make_loop(), &other_bell);
  start_thread(answer_wakes, NULL);
  begin_measuring();
  for (long i = 0; i < rounds; i++) {
    ring_bell(other_loop, &other_bell);
    run(main_loop, NULL);
  }
  end_measuring((uint64_t)rounds);
}

static atomic_long working;

static void *wake_often(void *unused) {
  for (long i = 0; i < rounds; i++) ring_bell(main_loop, &main_bell);
  atomic_fetch_sub(&working, 1);
  return NULL;
}

void run_wake_storm(void) {
  long count = working = option("threads", 1);
  make_bell(main_loop = make_loop(), &main_bell);
  begin_measuring();
  for (long i = 0; i < count; i++) start_thread(wake_often, NULL);
  while (atomic_load(&working) > 0) look(main_loop);
  look(main_loop);
  if (heard_wakes == 0) fail_scenario("no wake was heard");
  end_measuring((uint64_t)(rounds * count));
}
