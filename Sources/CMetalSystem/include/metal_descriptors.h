// Descriptors and pipes.

#ifndef METAL_DESCRIPTORS_H
#define METAL_DESCRIPTORS_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "metal_calls.h"

enum {
  METAL_O_NONBLOCK = O_NONBLOCK,
};

static inline int metal_close(int fd) { return (int)METAL_CALL(metal_call1(SYS_close, fd), close(fd)); }

// 0 if the descriptor is open.
static inline int metal_check_open(int fd) { return fcntl(fd, F_GETFD) < 0 ? -errno : 0; }

static inline int metal_set_close_on_exec(int fd) { return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0; }

static inline int metal_get_status_flags(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -errno : flags;
}

static inline int metal_set_status_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0; }

static inline int metal_pipe(int *_Nonnull reader, int *_Nonnull writer) {
  int fds[2];
  if (pipe(fds) < 0) return -errno;
  *reader = fds[0];
  *writer = fds[1];
  return 0;
}

#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__DragonFly__)
#ifndef __USE_GNU
// glibc hides the declaration from programs that do not ask for GNU extensions; the function is there.
int pipe2(int fds[_Nonnull 2], int flags);
#endif

static inline int metal_pipe2(int *_Nonnull reader, int *_Nonnull writer) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
  *reader = fds[0];
  *writer = fds[1];
  return 0;
}
#endif

#ifdef F_SETNOSIGPIPE
static inline int metal_set_no_sigpipe(int fd) { return fcntl(fd, F_SETNOSIGPIPE, 1) < 0 ? -errno : 0; }
#endif

#endif
