// Windows: the clock, locks, semaphores and threads.
//
// Source: "Slim Reader/Writer (SRW) Locks", "Condition Variables", CreateSemaphoreW, CreateThread and
// QueryPerformanceCounter; Microsoft's documentation.

#ifdef _WIN32

#include <stdlib.h>

#include "windows_shared.h"

// MARK: Time

int64_t metal_monotonic_nanoseconds(void) {
  // The frequency is fixed when the system starts, and both calls always succeed.
  LARGE_INTEGER frequency, ticks;
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&ticks);
  // The product of all ticks and 1,000,000,000 would overflow after minutes.
  int64_t seconds = ticks.QuadPart / frequency.QuadPart, rest = ticks.QuadPart % frequency.QuadPart;
  return seconds * 1000000000 + rest * 1000000000 / frequency.QuadPart;
}

// MARK: Locks

_Static_assert(sizeof(SRWLOCK) == sizeof(void *), "SRWLOCK");
_Static_assert(sizeof(CONDITION_VARIABLE) == sizeof(void *), "CONDITION_VARIABLE");

static PSRWLOCK lock_of(struct metal_lock *lock) { return (PSRWLOCK)&lock->lock; }
static PCONDITION_VARIABLE condition_of(struct metal_lock *lock) { return (PCONDITION_VARIABLE)&lock->condition; }

int metal_lock_init(struct metal_lock *lock) {
  InitializeSRWLock(lock_of(lock));
  InitializeConditionVariable(condition_of(lock));
  return 0;
}

void metal_lock_destroy(struct metal_lock *lock) { (void)lock; }
void metal_lock_take(struct metal_lock *lock) { AcquireSRWLockExclusive(lock_of(lock)); }
void metal_lock_release(struct metal_lock *lock) { ReleaseSRWLockExclusive(lock_of(lock)); }
void metal_lock_wait(struct metal_lock *lock) {
  SleepConditionVariableSRW(condition_of(lock), lock_of(lock), INFINITE, 0);
}
void metal_lock_wake_all(struct metal_lock *lock) { WakeAllConditionVariable(condition_of(lock)); }

// MARK: Semaphores

void metal_semaphore_init(struct metal_semaphore *semaphore) {
  semaphore->handle = CreateSemaphoreW(NULL, 0, 0x7FFFFFFF, NULL);
  // Without a semaphore, a thread would continue before another thread signals.
  if (semaphore->handle == NULL) abort();
}

void metal_semaphore_destroy(struct metal_semaphore *semaphore) { CloseHandle(semaphore->handle); }
void metal_semaphore_signal(struct metal_semaphore *semaphore) { ReleaseSemaphore(semaphore->handle, 1, NULL); }
void metal_semaphore_wait(struct metal_semaphore *semaphore) { WaitForSingleObject(semaphore->handle, INFINITE); }

_Bool metal_semaphore_wait_seconds(struct metal_semaphore *semaphore, int seconds) {
  int64_t milliseconds = seconds < 0 ? 0 : (int64_t)seconds * 1000;
  if (milliseconds >= INFINITE) milliseconds = INFINITE - 1;
  return WaitForSingleObject(semaphore->handle, (DWORD)milliseconds) == WAIT_OBJECT_0;
}

// MARK: Threads

// The values that a new thread receives. The number of a thread is its handle, which stays open until
// metal_thread_join.
struct thread_start {
  void *(*body)(void *);
  void *context;
  HANDLE thread;
};

// The slot in which each thread of metal_thread_start keeps its handle.
static DWORD slot = TLS_OUT_OF_INDEXES;

static BOOL CALLBACK make_slot(PINIT_ONCE once, PVOID parameter, PVOID *context) {
  (void)once, (void)parameter, (void)context;
  slot = TlsAlloc();
  return slot != TLS_OUT_OF_INDEXES;
}

static BOOL has_slot(void) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  return InitOnceExecuteOnce(&once, make_slot, NULL, NULL);
}

static DWORD WINAPI run(LPVOID parameter) {
  struct thread_start start = *(struct thread_start *)parameter;
  free(parameter);
  TlsSetValue(slot, start.thread);
  start.body(start.context);
  return 0;
}

uintptr_t metal_thread_self(void) {
  void *thread = has_slot() ? TlsGetValue(slot) : NULL;
  // The last two bits of a handle are 0, so an odd number is the handle of no thread.
  return thread != NULL ? (uintptr_t)thread : (uintptr_t)GetCurrentThreadId() << 1 | 1;
}

int metal_thread_start(uintptr_t *number, void *(*body)(void *), void *context) {
  struct thread_start *start = has_slot() ? malloc(sizeof *start) : NULL;
  if (start == NULL) return ERROR_NOT_ENOUGH_MEMORY;
  // The thread starts suspended, because it must be able to read its handle.
  HANDLE thread = CreateThread(NULL, 0, run, start, CREATE_SUSPENDED, NULL);
  if (thread == NULL) {
    int error = (int)GetLastError();
    free(start);
    return error;
  }
  *start = (struct thread_start){.body = body, .context = context, .thread = thread};
  *number = (uintptr_t)thread;
  ResumeThread(thread);
  return 0;
}

void metal_thread_join(uintptr_t number) {
  WaitForSingleObject((HANDLE)number, INFINITE);
  CloseHandle((HANDLE)number);
}

#endif
