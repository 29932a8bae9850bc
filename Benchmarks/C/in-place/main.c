// The yardstick once more, with system calls made in place as the library makes them: what is left between the two is the
// library's own. In one file, so that the compiler puts these functions, in place of libc's, where they are called.

#define _GNU_SOURCE

#include "CMetalSystem.h"

/// What libc's functions make of the kernel's result.
static inline long with_errno(long result) {
  if (result >= 0) return result;
  errno = (int)-result;
  return -1;
}

ssize_t recv(int fd, void *bytes, size_t count, int flags) { return with_errno(metal_recv(fd, bytes, count, flags)); }

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
  return with_errno(metal_send(fd, bytes, count, flags, NULL, 0));
}

ssize_t write(int fd, const void *bytes, size_t count) { return with_errno(metal_write(fd, bytes, count)); }

int epoll_wait(int queue, struct epoll_event *events, int capacity, int timeout) {
  return (int)with_errno(metal_epoll_wait(queue, (struct metal_epoll_event *)events, capacity, timeout));
}

int epoll_ctl(int queue, int operation, int fd, struct epoll_event *event) {
  if (operation == EPOLL_CTL_DEL) return (int)with_errno(metal_epoll_ctl_delete(queue, fd));
  return (int)with_errno(metal_epoll_ctl(queue, operation, fd, event->events, event->data.u64));
}

// Not by the shim, which asks for the peer's address.
int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  return (int)with_errno(metal_call4(SYS_accept4, fd, (long)address, (long)length, flags));
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  return (int)with_errno(metal_call6(SYS_setsockopt, fd, level, name, (long)value, length, 0));
}

int close(int fd) { return (int)with_errno(metal_close(fd)); }

#include "../harness/harness.c"
#include "../common/main.c"
#include "../raw/main.c"
