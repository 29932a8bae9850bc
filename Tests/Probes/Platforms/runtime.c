// What the standard library of bare metal expects of a system and musl's libc lacks.

#if defined(__linux__)

#include <stdlib.h>
#include <sys/random.h>

void arc4random_buf(void *buffer, size_t count) {
  if (getrandom(buffer, count, 0) != (ssize_t)count) abort();
}

#endif
