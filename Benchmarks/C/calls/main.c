// Times single system calls: through libc, in a function of one's own, and in place as the library makes them; and
// read(2) beside recv(2). Prints nanoseconds per call, the least of nine runs, in which the ways take turns.

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

static __attribute__((noinline)) long read_in_function(int fd, void *bytes) {
  return metal_call3(SYS_read, fd, (long)bytes, SIZE);
}

static int ends[2];
static char bytes[SIZE];

static void send_messages(void) {
  for (int i = 0; i < BATCH; i++)
    if (send(ends[1], bytes, SIZE, 0) != SIZE) abort();
}

/// The time that a statement takes in one run, in nanoseconds; before each batch `prepare` is done, untimed.
#define TIME(prepare, statement)                 \
  ({                                             \
    double all = 0;                              \
    for (int i = 0; i < CALLS; i += BATCH) {     \
      prepare;                                   \
      double start = now();                      \
      for (int j = 0; j < BATCH; j++) statement; \
      all += now() - start;                      \
    }                                            \
    all / CALLS;                                 \
  })

/// Times three ways in turns, and prints the least time of each.
#define COMPARE(name, prepare, through_libc, in_function, in_place)                          \
  do {                                                                                       \
    double least[3] = {1e9, 1e9, 1e9};                                                       \
    for (int run = 0; run < RUNS; run++) {                                                   \
      double times[3];                                                                       \
      times[0] = TIME(prepare, through_libc);                                                \
      times[1] = TIME(prepare, in_function);                                                 \
      times[2] = TIME(prepare, in_place);                                                    \
      for (int way = 0; way < 3; way++)                                                      \
        if (times[way] < least[way]) least[way] = times[way];                                \
    }                                                                                        \
    printf("%-24s %10.0f %10.0f %10.0f\n", name, least[0], least[1], least[2]);              \
  } while (0)

int main(void) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0) abort();
  printf("%-24s %10s %10s %10s\n", "ns per call", "libc", "function", "in place");
  COMPARE("getppid", (void)0, getppid(), parent_in_function(), metal_call1(SYS_getppid, 0));
  COMPARE("recv, nothing there", (void)0, recv(ends[0], bytes, SIZE, 0), receive_in_function(ends[0], bytes),
          metal_call6(SYS_recvfrom, ends[0], (long)bytes, SIZE, 0, 0, 0));
  COMPARE("recv, 64 bytes", send_messages(), recv(ends[0], bytes, SIZE, 0), receive_in_function(ends[0], bytes),
          metal_call6(SYS_recvfrom, ends[0], (long)bytes, SIZE, 0, 0, 0));
  COMPARE("read, 64 bytes", send_messages(), (void)!read(ends[0], bytes, SIZE), read_in_function(ends[0], bytes),
          metal_call3(SYS_read, ends[0], (long)bytes, SIZE));
  return 0;
}
