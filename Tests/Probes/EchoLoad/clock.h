#ifndef ECHO_LOAD_CLOCK_H
#define ECHO_LOAD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NANOSECONDS_PER_MILLISECOND UINT64_C(1000000)
#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)

/// The present in nanoseconds, on a clock that only goes forward.
static inline uint64_t nanoseconds_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
}

#endif
