// Waking on epoll: an eventfd for each thread, and a write to it for each wake.

#include "raw.h"

#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct sleeper {
  int queue;
  int bell;
};

static struct sleeper make_sleeper(void) {
  struct sleeper sleeper = {.queue = make_queue(), .bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  if (sleeper.bell < 0) fail("eventfd");
  // Edge-triggered, so that the bell need not be read: every write to it is an edge.
  watch(sleeper.queue, sleeper.bell, 0, EPOLLIN | EPOLLET);
  return sleeper;
}

static inline void ring_bell(struct sleeper sleeper) {
  uint64_t one = 1;
  if (write(sleeper.bell, &one, sizeof one) != sizeof one) fail("write");
}

static void wait_for_bell(struct sleeper sleeper) {
  struct epoll_event event;
  while (wait_for(sleeper.queue, &event, 1, -1) == 0) {}
}

static struct sleeper first, second;

static void *answer(void *unused) {
  (void)unused;
  for (long i = 0; i < options.rounds; i++) {
    wait_for_bell(second);
    ring_bell(first);
  }
  return NULL;
}

void run_wake(void) {
  first = make_sleeper();
  second = make_sleeper();
  unsigned long thread = start_thread(answer, NULL);
  begin_measuring();
  for (long i = 0; i < options.rounds; i++) {
    ring_bell(second);
    wait_for_bell(first);
  }
  end_measuring((uint64_t)options.rounds);
  join_thread(thread);
}

static atomic_long working;

static void *ring_often(void *unused) {
  (void)unused;
  for (long i = 0; i < options.rounds; i++) ring_bell(first);
  atomic_fetch_sub(&working, 1);
  return NULL;
}

void run_wake_storm(void) {
  first = make_sleeper();
  working = options.threads;
  unsigned long threads[64];
  if (options.threads > 64) cannot("64 threads are the most");
  begin_measuring();
  for (long i = 0; i < options.threads; i++) threads[i] = start_thread(ring_often, NULL);
  struct epoll_event event;
  uint64_t heard = 0;
  while (atomic_load(&working) > 0) heard += (uint64_t)wait_for(first.queue, &event, 1, 0);
  heard += (uint64_t)wait_for(first.queue, &event, 1, 0);
  if (heard == 0) fail_scenario("no wake was heard");
  end_measuring((uint64_t)(options.rounds * options.threads));
  for (long i = 0; i < options.threads; i++) join_thread(threads[i]);
}
