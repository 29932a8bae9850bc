// Threads, and semaphores that pass a turn from one thread to another.

#pragma once

#include "metal_calls.h"

#ifdef __APPLE__

#include <dispatch/dispatch.h>

// Darwin has no sem_init(3), so this semaphore uses dispatch_semaphore_create(3).
struct metal_semaphore {
  dispatch_semaphore_t _Nullable value;
};

static inline void metal_semaphore_init(struct metal_semaphore *_Nonnull semaphore) {
  semaphore->value = dispatch_semaphore_create(0);
}
static inline void metal_semaphore_destroy(struct metal_semaphore *_Nonnull semaphore) {
  dispatch_release(semaphore->value);
}
static inline void metal_semaphore_signal(struct metal_semaphore *_Nonnull semaphore) {
  dispatch_semaphore_signal(semaphore->value);
}
static inline void metal_semaphore_wait(struct metal_semaphore *_Nonnull semaphore) {
  dispatch_semaphore_wait(semaphore->value, DISPATCH_TIME_FOREVER);
}
// Returns 1 if another thread signals the semaphore within a number of seconds, otherwise 0.
static inline _Bool metal_semaphore_wait_seconds(struct metal_semaphore *_Nonnull semaphore, int seconds) {
  dispatch_time_t end = dispatch_time(DISPATCH_TIME_NOW, seconds * (int64_t)NSEC_PER_SEC);
  return dispatch_semaphore_wait(semaphore->value, end) == 0;
}

#else

#include <semaphore.h>

// On some systems, the type is a pointer.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"
struct metal_semaphore {
  sem_t value;
};
#pragma clang diagnostic pop

static inline void metal_semaphore_init(struct metal_semaphore *_Nonnull semaphore) { sem_init(&semaphore->value, 0, 0); }
static inline void metal_semaphore_destroy(struct metal_semaphore *_Nonnull semaphore) { sem_destroy(&semaphore->value); }
static inline void metal_semaphore_signal(struct metal_semaphore *_Nonnull semaphore) { sem_post(&semaphore->value); }
static inline void metal_semaphore_wait(struct metal_semaphore *_Nonnull semaphore) {
  // A signal with a handler ends the call early.
  while (sem_wait(&semaphore->value) != 0) {}
}
// Returns 1 if another thread signals the semaphore within a number of seconds, otherwise 0.
static inline _Bool metal_semaphore_wait_seconds(struct metal_semaphore *_Nonnull semaphore, int seconds) {
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += seconds;
  while (sem_timedwait(&semaphore->value, &end) != 0) {
    if (errno == ETIMEDOUT) return 0;
  }
  return 1;
}

#endif

// Returns the number of the calling thread, which no other thread has while this thread lives.
static inline uintptr_t metal_thread_self(void) { return (uintptr_t)pthread_self(); }

// Starts a thread and stores its number. Returns 0 or an errno.
static inline int metal_thread_start(uintptr_t *_Nonnull number, void *_Nullable (*_Nonnull body)(void *_Nullable),
                                     void *_Nullable context) {
  pthread_t thread;
  int result = pthread_create(&thread, NULL, body, context);
  if (result == 0) *number = (uintptr_t)thread;
  return result;
}

static inline void metal_thread_join(uintptr_t number) { pthread_join((pthread_t)number, NULL); }
