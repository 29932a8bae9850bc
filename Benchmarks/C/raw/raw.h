// The yardstick: what a program in C does that calls epoll itself.

#ifndef BENCHMARK_RAW_H
#define BENCHMARK_RAW_H

#include "../harness/harness.h"

#include <errno.h>
#include <sys/epoll.h>

static inline int make_queue(void) {
  int queue = epoll_create1(EPOLL_CLOEXEC);
  if (queue < 0) fail("epoll_create1");
  return queue;
}

static inline void watch(int queue, int descriptor, uint64_t token, uint32_t interests) {
  struct epoll_event event = {.events = interests, .data.u64 = token};
  if (epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
}

static inline int wait_for(int queue, struct epoll_event *events, int capacity, int timeout) {
  int count = epoll_wait(queue, events, capacity, timeout);
  if (count >= 0) return count;
  if (errno != EINTR) fail("epoll_wait");
  return 0;
}

void run_echo(void);
void run_ring(void);
void run_churn(void);
void run_wake(void);
void run_wake_storm(void);
void run_dispatch(void);
void run_footprint(void);

#endif
