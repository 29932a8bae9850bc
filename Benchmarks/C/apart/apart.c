// A library to load before a system: it keeps the main thread on processor 0, and the threads that it starts on processor 1.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static cpu_set_t only(int processor) {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  CPU_SET(processor, &processors);
  return processors;
}

__attribute__((constructor)) static void place_main_thread(void) {
  cpu_set_t processors = only(0);
  if (sched_setaffinity(0, sizeof processors, &processors) != 0) abort();
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  __typeof__(&pthread_create) create = (__typeof__(&pthread_create))dlsym(RTLD_NEXT, "pthread_create");
  pthread_attr_t own;
  cpu_set_t processors = only(1);
  if (attributes != NULL || pthread_attr_init(&own) != 0) abort();
  if (pthread_attr_setaffinity_np(&own, sizeof processors, &processors) != 0) abort();
  return create(thread, &own, body, argument);
}
