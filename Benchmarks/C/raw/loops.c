// Ring, churn, dispatch and footprint on epoll.

#include "raw.h"

#include <stdlib.h>

/// Edge-triggered unless the reading is to be level-triggered.
static uint32_t readable(void) {
  return options.end == END_LEVEL ? EPOLLIN : EPOLLIN | EPOLLET;
}

void run_ring(void) {
  struct ring ring = make_ring();
  int queue = make_queue();
  for (long i = 0; i < ring.pairs; i++) watch(queue, ring.readers[i], (uint64_t)i, readable());
  begin_measuring();
  start_ring(&ring);
  struct epoll_event events[256];
  while (ring.hops < ring.wanted_hops) {
    int count = wait_for(queue, events, 256, -1);
    for (int i = 0; i < count; i++) {
      long pair = (long)events[i].data.u64;
      do {
        if (pass_tokens(&ring, pair) == 0) break;
      } while (options.end == END_WOULD_BLOCK);
    }
  }
  end_measuring(ring.hops);
}

void run_churn(void) {
  struct crowd crowd = make_crowd(1);
  int queue = make_queue();
  begin_measuring();
  for (long i = 0; i < options.rounds; i++) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u64 = 1};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, crowd.readers[0], &event) < 0) fail("epoll_ctl");
    event.data.u64 = 2;
    if (epoll_ctl(queue, EPOLL_CTL_MOD, crowd.readers[0], &event) < 0) fail("epoll_ctl");
    if (epoll_ctl(queue, EPOLL_CTL_DEL, crowd.readers[0], NULL) < 0) fail("epoll_ctl");
  }
  end_measuring((uint64_t)options.rounds);
}

void run_dispatch(void) {
  struct crowd crowd = make_crowd(options.ready);
  int queue = make_queue();
  for (long i = 0; i < crowd.count; i++) watch(queue, crowd.readers[i], (uint64_t)i, EPOLLIN | EPOLLRDHUP | EPOLLET);
  struct epoll_event *events = calloc((size_t)crowd.count, sizeof *events);
  if (events == NULL) fail("calloc");
  uint64_t readable_count = 0, sum = 0;
  begin_measuring();
  for (long round = 0; round < options.rounds; round++) {
    rouse_crowd(&crowd);
    int count = wait_for(queue, events, (int)crowd.count, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].events & EPOLLIN) readable_count++;
      sum += events[i].data.u64;
    }
    calm_crowd(&crowd);
  }
  uint64_t rounds = (uint64_t)options.rounds, ready = (uint64_t)crowd.count;
  if (readable_count != rounds * ready || sum != rounds * (ready * (ready - 1) / 2)) fail_scenario("events were lost");
  end_measuring(readable_count);
}

/// What a program in C keeps of a source at the least: its descriptor.
void run_footprint(void) {
  int queue = make_queue();
  struct crowd crowd = make_crowd(options.registrations);
  long before = resident_bytes();
  int *sources = calloc((size_t)crowd.count, sizeof *sources);
  if (sources == NULL) fail("calloc");
  for (long i = 0; i < crowd.count; i++) {
    sources[i] = crowd.readers[i];
    watch(queue, sources[i], (uint64_t)i, EPOLLIN | EPOLLRDHUP | EPOLLET);
  }
  // A program would go on with it; the compiler, which sees that this one does not, is told otherwise.
  __asm__ volatile("" : : "r"(sources) : "memory");
  report_footprint(resident_bytes() - before);
}
