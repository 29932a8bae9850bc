// Calls for descriptors and pipes. If a system has no flag of a descriptor against SIGPIPE, other calls keep SIGPIPE
// away from a write.

#pragma once

#include "metal_calls.h"

static inline int metal_close(int fd) { return (int)METAL_CALL(metal_call1(SYS_close, fd), close(fd)); }

static inline int metal_fcntl(int fd, int command, int argument) {
  return (int)METAL_CALL(metal_call3(SYS_fcntl, fd, command, argument), fcntl(fd, command, argument));
}

// Returns a negated errno if the descriptor is not open, otherwise zero or more.
static inline int metal_check_open(int fd) { return metal_fcntl(fd, F_GETFD, 0); }

static inline int metal_set_close_on_exec(int fd) { return metal_fcntl(fd, F_SETFD, FD_CLOEXEC); }

static inline int metal_get_status_flags(int fd) { return metal_fcntl(fd, F_GETFL, 0); }

static inline int metal_set_status_flags(int fd, int flags) { return metal_fcntl(fd, F_SETFL, flags); }

// Two descriptors that one call opens.
struct metal_pair {
  int fds[2];
};

#ifdef METAL_HAS_ACCEPT4_PIPE2_PPOLL
static inline int metal_pipe2(struct metal_pair *_Nonnull ends) {
  return (int)METAL_CALL(metal_call3(SYS_pipe2, (long)ends->fds, O_CLOEXEC | O_NONBLOCK, 0),
                         pipe2(ends->fds, O_CLOEXEC | O_NONBLOCK));
}
#endif

static inline int metal_pipe(struct metal_pair *_Nonnull ends) {
  return (int)METAL_CALL(metal_call3(SYS_pipe2, (long)ends->fds, 0, 0), pipe(ends->fds));
}

#ifdef F_SETNOSIGPIPE
static inline int metal_set_no_sigpipe(int fd) { return metal_fcntl(fd, F_SETNOSIGPIPE, 1); }
#endif

#ifdef __linux__
enum { METAL_RWF_NOSIGNAL = 0x100 };  // Linux 6.18; missing in older headers

// This function makes the call by number, because glibc's function accepts only the flags that glibc knows. With an
// offset of -1, the call writes at the current position, like write.
static inline long metal_pwritev2(int fd, const void *_Nullable vectors, size_t count, int flags) {
  return METAL_CALL(metal_call6(SYS_pwritev2, fd, (long)vectors, (long)count, -1, -1, flags),
                    syscall(SYS_pwritev2, (long)fd, vectors, (long)count, -1L, -1L, (long)flags));
}

static inline long metal_pwritev2_one(int fd, const void *_Nullable bytes, size_t size, int flags) {
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = size};
  return metal_pwritev2(fd, &vector, 1, flags);
}
#endif

// The size of the kernel's signal set in bytes. libc's set begins with these bytes.
enum { METAL_SIGSET_SIZE = 8 };

static inline sigset_t metal_sigpipe(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  return signals;
}

// Returns 1 if SIGPIPE is pending for the calling thread, otherwise 0.
static inline int metal_sigpipe_is_pending(void) {
  sigset_t pending;
  sigemptyset(&pending);
  (void)METAL_CALL(metal_call3(SYS_rt_sigpending, (long)&pending, METAL_SIGSET_SIZE, 0), sigpending(&pending));
  return sigismember(&pending, SIGPIPE) == 1;
}

// Blocks SIGPIPE in the calling thread. Returns 1 if the thread blocked SIGPIPE before, otherwise 0.
static inline int metal_sigpipe_block(void) {
  sigset_t pipe = metal_sigpipe(), before = pipe;
  (void)METAL_CALL(metal_call4(SYS_rt_sigprocmask, SIG_BLOCK, (long)&pipe, (long)&before, METAL_SIGSET_SIZE),
                   pthread_sigmask(SIG_BLOCK, &pipe, &before));
  return sigismember(&before, SIGPIPE) == 1;
}

static inline void metal_sigpipe_unblock(void) {
  sigset_t pipe = metal_sigpipe();
  (void)METAL_CALL(metal_call4(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&pipe, 0, METAL_SIGSET_SIZE),
                   pthread_sigmask(SIG_UNBLOCK, &pipe, NULL));
}

#ifndef __APPLE__  // Darwin has F_SETNOSIGPIPE.
// Removes a pending SIGPIPE. OpenBSD has no sigtimedwait, so on OpenBSD this function waits only if the signal is
// pending. A write raises SIGPIPE for its own thread, so no other thread takes the signal in between.
static inline void metal_sigpipe_take(void) {
  sigset_t pipe = metal_sigpipe();
#ifdef __OpenBSD__
  int taken;
  if (metal_sigpipe_is_pending()) sigwait(&pipe, &taken);
#else
  struct timespec zero = {0};
  (void)METAL_CALL(metal_call4(SYS_rt_sigtimedwait, (long)&pipe, 0, (long)&zero, METAL_SIGSET_SIZE),
                   sigtimedwait(&pipe, NULL, &zero));
#endif
}
#endif
