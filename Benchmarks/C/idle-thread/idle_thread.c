// A library to load before a system: it gives the process a second thread, which does nothing. In a process of several
// threads libc's functions that wait and move bytes do more (pthreads(7), cancellation points).

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *idle(void *unused) {
  for (;;) pause();
  return unused;
}

__attribute__((constructor)) static void start_idle_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, idle, NULL) != 0) abort();
}
