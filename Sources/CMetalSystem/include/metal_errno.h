// What a failed call left behind.

#ifndef METAL_ERRNO_H
#define METAL_ERRNO_H

#include <errno.h>

// The negated errno, for right after a call that has failed. It is never 0 or positive then (errno(3)), which the optimiser
// cannot know: told so, it asks once whether a call has failed, not again of what this returns.
static inline int metal_failure(void) {
  int error = errno;
  if (error <= 0) __builtin_unreachable();
  return -error;
}

// A call's result, or the negated errno if it has failed.
static inline long metal_result(long result) { return result < 0 ? metal_failure() : result; }

#endif
