// The yardstick once more, with system calls made in place as the library makes them: what is left between the two is the
// library's own. In one file, so that calls are inlined as the library's are.

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "CMetalSystem.h"

#if !METAL_CALLS_IN_PLACE
#error "the shims make no calls in place on this system"
#endif

/// What libc's functions make of the kernel's result.
static inline long with_errno(long result) {
  if (result >= 0) return result;
  errno = (int)-result;
  return -1;
}

static inline ssize_t recv_in_place(int fd, void *bytes, size_t count, int flags) {
  return with_errno(metal_recv(fd, bytes, count, flags));
}

static inline ssize_t send_in_place(int fd, const void *bytes, size_t count, int flags) {
  return with_errno(metal_send(fd, bytes, count, flags, NULL, 0));
}

static inline ssize_t write_in_place(int fd, const void *bytes, size_t count) {
  return with_errno(metal_write(fd, bytes, count));
}

static inline int wait_in_place(int queue, struct epoll_event *events, int capacity, int timeout) {
  return (int)with_errno(metal_epoll_wait(queue, (struct metal_epoll_event *)events, capacity, timeout));
}

static inline int control_in_place(int queue, int operation, int fd, struct epoll_event *event) {
  return (int)with_errno(operation == EPOLL_CTL_DEL
                           ? metal_epoll_ctl_delete(queue, fd)
                           : metal_epoll_ctl(queue, operation, fd, event->events, event->data.u64));
}

// Not by the shim, which asks for the peer's address.
static inline int accept_in_place(int fd, void *address, void *length, int flags) {
  return (int)with_errno(metal_call4(SYS_accept4, fd, (long)address, (long)length, flags));
}

static inline int set_option_in_place(int fd, int level, int name, const int *value, socklen_t length) {
  (void)length;
  return (int)with_errno(metal_set_option(fd, level, name, *value));
}

static inline int close_in_place(int fd) { return (int)with_errno(metal_close(fd)); }

#define recv recv_in_place
#define send send_in_place
#define write write_in_place
#define epoll_wait wait_in_place
#define epoll_ctl control_in_place
#define accept4 accept_in_place
#define setsockopt set_option_in_place
#define close close_in_place

#include "../harness/harness.c"
#include "../raw/echo.c"
#include "../raw/loops.c"
#include "../raw/main.c"
#include "../raw/wakes.c"
