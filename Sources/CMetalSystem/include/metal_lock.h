// A lock, and a condition that holders of the lock wait for.

#pragma once

#include "metal_calls.h"

struct metal_lock {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};

// Returns 0, or an errno if the system has no memory for the lock. After a failure the lock must not be used.
static inline int metal_lock_init(struct metal_lock *_Nonnull lock) {
  int result = pthread_mutex_init(&lock->mutex, NULL);
  return result != 0 ? result : pthread_cond_init(&lock->condition, NULL);
}

static inline void metal_lock_destroy(struct metal_lock *_Nonnull lock) {
  pthread_cond_destroy(&lock->condition);
  pthread_mutex_destroy(&lock->mutex);
}

static inline void metal_lock_take(struct metal_lock *_Nonnull lock) { pthread_mutex_lock(&lock->mutex); }
static inline void metal_lock_release(struct metal_lock *_Nonnull lock) { pthread_mutex_unlock(&lock->mutex); }

// Releases the lock, waits for metal_lock_wake_all, and takes the lock again. It may return without one.
static inline void metal_lock_wait(struct metal_lock *_Nonnull lock) {
  pthread_cond_wait(&lock->condition, &lock->mutex);
}
static inline void metal_lock_wake_all(struct metal_lock *_Nonnull lock) { pthread_cond_broadcast(&lock->condition); }
