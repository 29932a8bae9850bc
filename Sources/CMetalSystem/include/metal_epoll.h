// Linux: epoll and eventfd.

#pragma once

#ifdef __linux__

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "metal_bytes.h"

// struct epoll_event with the token in place of its union, because Swift imports the union as unsafe.
#ifdef __x86_64__
struct __attribute__((packed)) metal_epoll_event {
#else
struct metal_epoll_event {
#endif
  uint32_t events;
  uint64_t token;
};

_Static_assert(sizeof(struct metal_epoll_event) == sizeof(struct epoll_event), "epoll_event");
_Static_assert(offsetof(struct metal_epoll_event, events) == offsetof(struct epoll_event, events), "events");
_Static_assert(offsetof(struct metal_epoll_event, token) == offsetof(struct epoll_event, data), "data");

#define METAL_EPOLLIN 0x001u
#define METAL_EPOLLPRI 0x002u
#define METAL_EPOLLOUT 0x004u
#define METAL_EPOLLERR 0x008u
#define METAL_EPOLLHUP 0x010u
#define METAL_EPOLLRDHUP 0x2000u
#define METAL_EPOLLET 0x80000000u

_Static_assert(METAL_EPOLLIN == EPOLLIN && METAL_EPOLLPRI == EPOLLPRI && METAL_EPOLLOUT == EPOLLOUT &&
                   METAL_EPOLLERR == EPOLLERR && METAL_EPOLLHUP == EPOLLHUP && METAL_EPOLLRDHUP == EPOLLRDHUP &&
                   METAL_EPOLLET == (uint32_t)EPOLLET,
               "epoll's flags");

static inline int metal_epoll_create(void) {
  return (int)METAL_CALL(metal_call1(SYS_epoll_create1, EPOLL_CLOEXEC), epoll_create1(EPOLL_CLOEXEC));
}

static inline int metal_epoll_ctl(int epoll_fd, int operation, int fd, uint32_t events, uint64_t token) {
  struct metal_epoll_event event = {.events = events, .token = token};
  return (int)METAL_CALL(metal_call4(SYS_epoll_ctl, epoll_fd, operation, fd, (long)&event),
                         epoll_ctl(epoll_fd, operation, fd, (struct epoll_event *)&event));
}

// Linux 2.6.9 and later accept null for the event.
static inline int metal_epoll_ctl_delete(int epoll_fd, int fd) {
  return (int)METAL_CALL(metal_call4(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_DEL, fd, 0),
                         epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL));
}

// Newer architectures have only epoll_pwait, which can also block signals.
#ifdef SYS_epoll_wait
#define metal_call_epoll_wait(queue, events, capacity, timeout) \
  metal_call4(SYS_epoll_wait, queue, events, capacity, timeout)
#else
#define metal_call_epoll_wait(queue, events, capacity, timeout) \
  metal_call6(SYS_epoll_pwait, queue, events, capacity, timeout, 0, 8)
#endif

// The capacity of `Events` always fits into an int. The parameter is a long, because a conversion would take an
// instruction.
static inline long metal_epoll_wait(int epoll_fd, struct metal_epoll_event *_Nonnull events, long capacity,
                                    int timeout_milliseconds) {
  return METAL_CALL(metal_call_epoll_wait(epoll_fd, (long)events, capacity, timeout_milliseconds),
                    epoll_wait(epoll_fd, (struct epoll_event *)events, (int)capacity, timeout_milliseconds));
}

// Linux 5.11 added epoll_pwait2, and glibc added its function later. This function makes the call by its number, which
// all architectures share.
static inline long metal_epoll_pwait2(int epoll_fd, struct metal_epoll_event *_Nonnull events, long capacity,
                                      int64_t nanoseconds) {
  int64_t timeout[2] = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  return METAL_CALL(metal_call6(441, epoll_fd, (long)events, capacity, (long)timeout, 0, 8),
                    syscall(441, (long)epoll_fd, events, capacity, timeout, (void *)0, (long)8));
}

static inline int metal_eventfd(void) {
  return (int)METAL_CALL(metal_call3(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK, 0), eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

static inline int metal_eventfd_add(int fd, uint64_t value) {
  long result = metal_write(fd, &value, sizeof value);
  return result < 0 ? (int)result : 0;
}

static inline int metal_eventfd_reset(int fd) {
  uint64_t value;
  long result = metal_read(fd, &value, sizeof value);
  return result < 0 ? (int)result : 0;
}

#endif
