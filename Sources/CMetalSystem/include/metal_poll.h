// poll(2), and the clock that measures its timeouts.

#pragma once

#include "metal_calls.h"

// struct pollfd with unsigned flags.
struct metal_poll_entry {
  int32_t descriptor;
  uint16_t events;
  uint16_t revents;
};

_Static_assert(sizeof(struct metal_poll_entry) == sizeof(struct pollfd), "pollfd");
_Static_assert(offsetof(struct metal_poll_entry, descriptor) == offsetof(struct pollfd, fd), "fd");
_Static_assert(offsetof(struct metal_poll_entry, events) == offsetof(struct pollfd, events), "events");
_Static_assert(offsetof(struct metal_poll_entry, revents) == offsetof(struct pollfd, revents), "revents");

// The flag for the end of the peer's sending. Linux has this flag, but glibc hides it from programs that do not request
// GNU extensions. Few other systems have a flag for this event.
#if defined(__linux__)
#define METAL_HAS_RDHUP 0x2000
#elif defined(POLLRDHUP)
#define METAL_HAS_RDHUP POLLRDHUP
#else
#define METAL_HAS_RDHUP 0
#endif

enum {
  METAL_POLLIN = POLLIN,
  METAL_POLLPRI = POLLPRI,
  METAL_POLLOUT = POLLOUT,
  METAL_POLLERR = POLLERR,
  METAL_POLLHUP = POLLHUP,
  METAL_POLLNVAL = POLLNVAL,
  METAL_POLLRDHUP = METAL_HAS_RDHUP,
};

// With a negative timeout, the call waits without a limit.
static inline long metal_ppoll(struct metal_poll_entry *_Nonnull entries, size_t count, int64_t nanoseconds) {
#ifdef METAL_HAS_ACCEPT4_PIPE2_PPOLL
  struct timespec time = metal_timespec(nanoseconds), *timeout = nanoseconds < 0 ? NULL : &time;
  return METAL_CALL(metal_call6(SYS_ppoll, (long)entries, (long)count, (long)timeout, 0, 8, 0),
                    ppoll((struct pollfd *)entries, (nfds_t)count, timeout, NULL));
#else
  (void)entries, (void)count, (void)nanoseconds;
  return -ENOSYS;
#endif
}

// Waits with a timeout in milliseconds. With a negative timeout, the call has no limit. Newer architectures have only
// ppoll.
static inline long metal_poll(struct metal_poll_entry *_Nonnull entries, size_t count, int timeout_milliseconds) {
#if METAL_CALLS_IN_PLACE && !defined(SYS_poll)
  return metal_ppoll(entries, count, (int64_t)timeout_milliseconds * 1000000);
#else
  return METAL_CALL(metal_call3(SYS_poll, (long)entries, (long)count, timeout_milliseconds),
                    poll((struct pollfd *)entries, (nfds_t)count, timeout_milliseconds));
#endif
}

static inline int64_t metal_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
