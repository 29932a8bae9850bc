// Calls of the C library about descriptors, for tests: flags, copies, limits, pipes, terminals, counters and timers.

#pragma once

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#elif defined(__FreeBSD__)
#include <libutil.h>
#else
#include <util.h>
#endif

/// The result of a call, or the negated error number if the call has failed.
static inline int system_result(int64_t result) { return result < 0 ? -errno : (int)result; }

/// A descriptor's status flags.
static inline int system_status_flags(int descriptor) { return system_result(fcntl(descriptor, F_GETFL)); }

/// The flags of a descriptor itself.
static inline int system_descriptor_flags(int descriptor) { return system_result(fcntl(descriptor, F_GETFD)); }

/// Adds status flags to those that a descriptor has.
static inline int system_add_status_flags(int descriptor, int flags) {
  return system_result(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | flags));
}

/// Whether a descriptor is open, and a socket's.
static inline bool system_is_socket(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

/// Copies a descriptor, close-on-exec, to the lowest free number from `lowest` on.
static inline int system_duplicate(int descriptor, int lowest) {
  return system_result(fcntl(descriptor, F_DUPFD_CLOEXEC, lowest));
}

/// Opens a file, close-on-exec. If the flags ask for a new file, it is the owner's alone.
static inline int system_open(const char *path, int flags) {
  return system_result(open(path, flags | O_CLOEXEC, 0600));
}

/// Makes a named pipe.
static inline int system_make_named_pipe(const char *path) { return system_result(mkfifo(path, 0600)); }

/// Reads once, and returns the number of bytes.
static inline int system_read(int descriptor, uint8_t *bytes, int count) {
  return system_result(read(descriptor, bytes, (size_t)count));
}

/// Writes once, and returns the number of bytes.
static inline int system_write(int descriptor, const uint8_t *bytes, int count) {
  return system_result(write(descriptor, bytes, (size_t)count));
}

/// Makes a terminal with its other end.
static inline int system_open_terminal(int *keyboard, int *terminal) {
  return system_result(openpty(keyboard, terminal, NULL, NULL, NULL));
}

/// Sets the number of descriptors that the process may hold, and returns the former number.
static inline int64_t system_limit_descriptors(int64_t count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) abort();
  int64_t former = (int64_t)limit.rlim_cur;
  limit.rlim_cur = (rlim_t)count;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) abort();
  return former;
}

#ifdef __linux__

/// Gives the calling thread a table of descriptors of its own, which begins as a copy.
///
/// Containers often forbid unshare(2). Hence close_range(2) with CLOSE_RANGE_UNSHARE, which closes no descriptor: none
/// has the greatest number.
static inline int system_unshare_descriptors(void) { return system_result(syscall(436, ~0u, ~0u, 2)); }

/// Writes the name of the object behind a descriptor of the calling thread, without a terminator, and returns the
/// number of bytes.
///
/// The call needs no descriptor itself, unlike a list of the folder in /proc.
static inline int system_describe(int descriptor, uint8_t *text, int count) {
  char path[64];
  snprintf(path, sizeof path, "/proc/thread-self/fd/%d", descriptor);
  return system_result(readlink(path, (char *)text, (size_t)count));
}

/// Has a pipe keep the packets apart that are written to it.
static inline int system_set_packet_mode(int descriptor) {
  // <fcntl.h> names the flag O_DIRECT for programs with _GNU_SOURCE alone.
#ifdef O_DIRECT
  return system_add_status_flags(descriptor, O_DIRECT);
#else
  return system_add_status_flags(descriptor, __O_DIRECT);
#endif
}

/// Makes an eventfd.
static inline int system_eventfd(void) { return system_result(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

/// Adds to the counter of an eventfd.
static inline int system_add(int descriptor, uint64_t amount) {
  return system_result(write(descriptor, &amount, sizeof amount));
}

/// Reads the counter of an eventfd or a timerfd, which is zero afterwards.
static inline int64_t system_take_count(int descriptor) {
  uint64_t count;
  return read(descriptor, &count, sizeof count) == sizeof count ? (int64_t)count : -errno;
}

/// Makes a timerfd that is not set.
static inline int system_timer(void) {
  return system_result(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
}

/// Has a timerfd expire once, after a time.
static inline int system_set_timer(int descriptor, int64_t nanoseconds) {
  struct itimerspec time = {.it_value = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)}};
  return system_result(timerfd_settime(descriptor, 0, &time, NULL));
}

#endif
