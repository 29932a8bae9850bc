// glibc declares the call for programs that ask for GNU extensions alone.
#define _GNU_SOURCE

#include "thread_placement.h"

#if defined(__linux__)
#include <sched.h>

bool keep_thread_on(int processor) {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  CPU_SET(processor, &processors);
  // 0 is the calling thread.
  return sched_setaffinity(0, sizeof processors, &processors) == 0;
}
#else
bool keep_thread_on(int processor) {
  (void)processor;
  return false;
}
#endif
