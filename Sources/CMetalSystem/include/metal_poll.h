// poll(2), and the clock that its timeouts are counted with.

#ifndef METAL_POLL_H
#define METAL_POLL_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

// struct pollfd with flags that have no sign.
struct metal_poll_entry {
  int32_t descriptor;
  uint16_t events;
  uint16_t revents;
};

_Static_assert(sizeof(struct metal_poll_entry) == sizeof(struct pollfd), "pollfd");
_Static_assert(offsetof(struct metal_poll_entry, descriptor) == offsetof(struct pollfd, fd), "fd");
_Static_assert(offsetof(struct metal_poll_entry, events) == offsetof(struct pollfd, events), "events");
_Static_assert(offsetof(struct metal_poll_entry, revents) == offsetof(struct pollfd, revents), "revents");

// The hang-up of the peer's sending side has a flag of its own on Linux, which glibc hides from programs that do not
// ask for GNU extensions, and on few other systems.
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

// A timeout in milliseconds; -1 waits for ever.
static inline long metal_poll(struct metal_poll_entry *_Nonnull entries, size_t count, int timeout_milliseconds) {
  int ready = poll((struct pollfd *)entries, (nfds_t)count, timeout_milliseconds);
  return ready < 0 ? -errno : ready;
}

#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__DragonFly__)
#ifndef __USE_GNU
// glibc hides the declaration from programs that do not ask for GNU extensions; the function is there.
int ppoll(struct pollfd *_Nonnull entries, nfds_t count, const struct timespec *_Nullable timeout,
          const sigset_t *_Nullable signals);
#endif

static inline long metal_ppoll(struct metal_poll_entry *_Nonnull entries, size_t count, int64_t nanoseconds) {
  struct timespec timeout = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
  int ready = ppoll((struct pollfd *)entries, (nfds_t)count, &timeout, NULL);
  return ready < 0 ? -errno : ready;
}
#else
static inline long metal_ppoll(struct metal_poll_entry *_Nonnull entries, size_t count, int64_t nanoseconds) {
  (void)entries, (void)count, (void)nanoseconds;
  return -ENOSYS;
}
#endif

static inline int64_t metal_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
