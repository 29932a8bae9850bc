// Times single system calls: through libc, in a function of one's own, and in place as the library makes them; and
// read(2) beside recv(2). Prints nanoseconds per call, the least of some runs.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "metal_calls.h"

#if !METAL_CALLS_IN_PLACE
#error "the shims make no calls in place on this system"
#endif

enum { RUNS = 9, CALLS = 100000, BATCH = 100, SIZE = 64 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static __attribute__((noinline)) long parent_in_function(void) { return metal_call1(SYS_getppid, 0); }

static __attribute__((noinline)) long receive_in_function(int fd, void *bytes) {
  return metal_call6(SYS_recvfrom, fd, (long)bytes, SIZE, 0, 0, 0);
}

/// The least time that a statement takes, in nanoseconds.
#define TIME(statement)                                \
  ({                                                   \
    double least = 1e9;                                \
    for (int run = 0; run < RUNS; run++) {             \
      double start = now();                            \
      for (int i = 0; i < CALLS; i++) statement;       \
      double each = (now() - start) / CALLS;           \
      if (each < least) least = each;                  \
    }                                                  \
    least;                                             \
  })

/// The same for a statement that reads a message, of which there are enough before the clock is started.
#define TIME_READ(statement)                                              \
  ({                                                                      \
    double least = 1e9;                                                   \
    for (int run = 0; run < RUNS; run++) {                                \
      double all = 0;                                                     \
      for (int i = 0; i < CALLS; i += BATCH) {                            \
        for (int j = 0; j < BATCH; j++)                                   \
          if (send(ends[1], bytes, SIZE, 0) != SIZE) abort();             \
        double start = now();                                             \
        for (int j = 0; j < BATCH; j++)                                   \
          if ((statement) != SIZE) abort();                               \
        all += now() - start;                                             \
      }                                                                   \
      if (all / CALLS < least) least = all / CALLS;                       \
    }                                                                     \
    least;                                                                \
  })

int main(void) {
  int ends[2];
  char bytes[SIZE] = {0};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0) abort();
  printf("%-34s %12s %12s %12s\n", "ns per call", "libc", "function", "in place");
  printf("%-34s %12.0f %12.0f %12.0f\n", "getppid", TIME(getppid()), TIME(parent_in_function()),
         TIME(metal_call1(SYS_getppid, 0)));
  printf("%-34s %12.0f %12.0f %12.0f\n", "recv, nothing there", TIME(recv(ends[0], bytes, SIZE, 0)),
         TIME(receive_in_function(ends[0], bytes)), TIME(metal_call6(SYS_recvfrom, ends[0], (long)bytes, SIZE, 0, 0, 0)));
  printf("%-34s %12.0f %12.0f %12.0f\n", "recv, 64 bytes", TIME_READ(recv(ends[0], bytes, SIZE, 0)),
         TIME_READ(receive_in_function(ends[0], bytes)),
         TIME_READ(metal_call6(SYS_recvfrom, ends[0], (long)bytes, SIZE, 0, 0, 0)));
  printf("%-34s %12.0f %12s %12.0f\n", "read, 64 bytes", TIME_READ(read(ends[0], bytes, SIZE)), "",
         TIME_READ(metal_call3(SYS_read, ends[0], (long)bytes, SIZE)));
  return 0;
}
