// Linux: epoll and eventfd.

#ifndef METAL_EPOLL_H
#define METAL_EPOLL_H
#ifdef __linux__

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

// struct epoll_event with the token in the place of its union: Swift imports the original as unsafe.
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

enum {
  METAL_EPOLL_CTL_ADD = EPOLL_CTL_ADD,
  METAL_EPOLL_CTL_DEL = EPOLL_CTL_DEL,
  METAL_EPOLL_CTL_MOD = EPOLL_CTL_MOD,
};

static inline int metal_epoll_create(void) {
  int fd = epoll_create1(EPOLL_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

static inline int metal_epoll_ctl(int epoll_fd, int operation, int fd, uint32_t events, uint64_t token) {
  struct metal_epoll_event event = {.events = events, .token = token};
  return epoll_ctl(epoll_fd, operation, fd, (struct epoll_event *)&event) < 0 ? -errno : 0;
}

static inline int metal_epoll_wait(int epoll_fd, struct metal_epoll_event *_Nonnull events, int capacity,
                                   int timeout_milliseconds) {
  int count = epoll_wait(epoll_fd, (struct epoll_event *)events, capacity, timeout_milliseconds);
  return count < 0 ? -errno : count;
}

// epoll_pwait2 came with Linux 5.11, and with glibc later than that: it is called by number, the same everywhere.
static inline int metal_epoll_pwait2(int epoll_fd, struct metal_epoll_event *_Nonnull events, int capacity,
                                     int64_t nanoseconds) {
  int64_t timeout[2] = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  long count = syscall(441, (long)epoll_fd, events, (long)capacity, timeout, (void *)0, (long)8);
  return count < 0 ? -errno : (int)count;
}

static inline int metal_eventfd(void) {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

static inline int metal_eventfd_add(int fd, uint64_t value) {
  return write(fd, &value, sizeof value) < 0 ? -errno : 0;
}

static inline int metal_eventfd_reset(int fd) {
  uint64_t value;
  return read(fd, &value, sizeof value) < 0 ? -errno : 0;
}

#endif
#endif
