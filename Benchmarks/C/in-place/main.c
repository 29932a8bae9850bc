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

#include "metal_calls.h"

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
  return with_errno(metal_call6(SYS_recvfrom, fd, (long)bytes, (long)count, flags, 0, 0));
}

static inline ssize_t send_in_place(int fd, const void *bytes, size_t count, int flags) {
  return with_errno(metal_call6(SYS_sendto, fd, (long)bytes, (long)count, flags, 0, 0));
}

static inline ssize_t write_in_place(int fd, const void *bytes, size_t count) {
  return with_errno(metal_call3(SYS_write, fd, (long)bytes, (long)count));
}

static inline int wait_in_place(int queue, struct epoll_event *events, int capacity, int timeout) {
#ifdef SYS_epoll_wait
  return (int)with_errno(metal_call4(SYS_epoll_wait, queue, (long)events, capacity, timeout));
#else
  return (int)with_errno(metal_call6(SYS_epoll_pwait, queue, (long)events, capacity, timeout, 0, 8));
#endif
}

static inline int control_in_place(int queue, int operation, int fd, struct epoll_event *event) {
  return (int)with_errno(metal_call4(SYS_epoll_ctl, queue, operation, fd, (long)event));
}

static inline int accept_in_place(int fd, void *address, void *length, int flags) {
  return (int)with_errno(metal_call4(SYS_accept4, fd, (long)address, (long)length, flags));
}

static inline int set_option_in_place(int fd, int level, int name, const void *value, socklen_t length) {
  return (int)with_errno(metal_call6(SYS_setsockopt, fd, level, name, (long)value, length, 0));
}

static inline int close_in_place(int fd) { return (int)with_errno(metal_call1(SYS_close, fd)); }

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
