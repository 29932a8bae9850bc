// Writing to a pipe without SIGPIPE, where the system has no flag of the descriptor for it.

#ifndef METAL_SIGNALS_H
#define METAL_SIGNALS_H

#include <signal.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>

#include "metal_calls.h"

enum {
  METAL_RWF_NOSIGNAL = 0x100,  // Linux 6.18; older headers do not name it
};

// pwritev2 by number: glibc's own takes the flags that it knows. An offset of -1 writes at the descriptor's position,
// as write does.
static inline long metal_pwritev2(int fd, const void *_Nullable vectors, int count, int flags) {
  return METAL_CALL(metal_call6(SYS_pwritev2, fd, (long)vectors, count, -1, -1, flags),
                    syscall(SYS_pwritev2, (long)fd, vectors, (long)count, -1L, -1L, (long)flags));
}

static inline long metal_pwritev2_one(int fd, const void *_Nullable bytes, size_t size, int flags) {
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = size};
  return metal_pwritev2(fd, &vector, 1, flags);
}
#endif

// Whether SIGPIPE is pending for the calling thread: 1 or 0.
static inline int metal_sigpipe_is_pending(void) {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

// Blocks SIGPIPE in the calling thread; returns 1 if it was blocked before, else 0.
static inline int metal_sigpipe_block(void) {
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  return sigismember(&before, SIGPIPE) == 1;
}

static inline void metal_sigpipe_unblock(void) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &pipe, NULL);
}

#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__)
// Takes a pending SIGPIPE away; returns the signal's number, or the negated errno.
static inline int metal_sigpipe_take(void) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  struct timespec zero = {0};
  int result = sigtimedwait(&pipe, NULL, &zero);
  return result < 0 ? -errno : result;
}
#elif defined(__OpenBSD__)
// As above, without sigtimedwait, which the system does not have: the signal is waited for only if it is there. A write
// raises it for its thread, so that no other thread takes it in between.
static inline int metal_sigpipe_take(void) {
  if (!metal_sigpipe_is_pending()) return -EAGAIN;
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  int taken = 0;
  int code = sigwait(&pipe, &taken);
  return code == 0 ? taken : -code;
}
#endif

#endif
