// A lock, and a condition that a holder of the lock can wait for.

#pragma once

#include "metal_calls.h"

#if METAL_CALLS_IN_PLACE

#include <linux/futex.h>

// Without contention, one atomic operation takes the lock, and another atomic operation releases the lock. Otherwise
// the threads use futex(2). libc's lock needs a function call for each step, and takes several times as long.
struct metal_lock {
  // 0: free. 1: taken. 2: taken, and other threads may be waiting.
  uint32_t state;
  // Each metal_lock_wake_all increments `wakes`. Only the holder of the lock reads or writes `waiting`, the number of
  // waiting threads.
  uint32_t wakes;
  uint32_t waiting;
};

static inline void metal_futex_wait(uint32_t *_Nonnull word, uint32_t expected) {
  metal_call4(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, (long)expected, 0);
}

static inline void metal_futex_wake(uint32_t *_Nonnull word, int count) {
  metal_call3(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, count);
}

static inline int metal_lock_init(struct metal_lock *_Nonnull lock) {
  *lock = (struct metal_lock){0};
  return 0;
}

static inline void metal_lock_destroy(struct metal_lock *_Nonnull lock) { (void)lock; }

static __attribute__((noinline)) void metal_lock_take_slowly(struct metal_lock *_Nonnull lock) {
  // Other threads may still wait when this thread takes the lock, so this thread marks the lock as waited for.
  while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0) metal_futex_wait(&lock->state, 2);
}

static inline void metal_lock_take(struct metal_lock *_Nonnull lock) {
  uint32_t free = 0;
  _Bool taken = __atomic_compare_exchange_n(&lock->state, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
  if (__builtin_expect(!taken, 0)) metal_lock_take_slowly(lock);
}

static inline void metal_lock_release(struct metal_lock *_Nonnull lock) {
  uint32_t before = __atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE);
  if (__builtin_expect(before == 2, 0)) metal_futex_wake(&lock->state, 1);
}

// Releases the lock, waits for metal_lock_wake_all, and takes the lock again. The function may return without a wake.
static inline void metal_lock_wait(struct metal_lock *_Nonnull lock) {
  uint32_t seen = __atomic_load_n(&lock->wakes, __ATOMIC_RELAXED);
  lock->waiting++;
  metal_lock_release(lock);
  metal_futex_wait(&lock->wakes, seen);
  metal_lock_take(lock);
  lock->waiting--;
}

// Wakes all threads that wait in metal_lock_wait. The caller holds the lock.
static inline void metal_lock_wake_all(struct metal_lock *_Nonnull lock) {
  if (lock->waiting == 0) return;
  __atomic_store_n(&lock->wakes, lock->wakes + 1, __ATOMIC_RELAXED);
  metal_futex_wake(&lock->wakes, INT_MAX);
}

#else

// On some systems, these types are pointers.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"
struct metal_lock {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};
#pragma clang diagnostic pop

// Returns 0, or an errno if the system has no memory for the lock. After a failure, no code may use the lock.
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
static inline void metal_lock_wait(struct metal_lock *_Nonnull lock) {
  pthread_cond_wait(&lock->condition, &lock->mutex);
}
static inline void metal_lock_wake_all(struct metal_lock *_Nonnull lock) { pthread_cond_broadcast(&lock->condition); }

#endif
