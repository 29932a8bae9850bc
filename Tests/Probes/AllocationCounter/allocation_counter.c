#include "allocation_counter.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) \
  && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) \
  && !__has_feature(memory_sanitizer)

#include <errno.h>
#include <stddef.h>
#include <string.h>

// The C library's own functions, under the names that it exports for exactly this use.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_valloc(size_t size);
extern void *__libc_pvalloc(size_t size);
extern void __libc_free(void *block);

// The program's own dynamic symbols take precedence over those of every shared library, and are what a
// hidden-by-default build would hide.
#define INTERPOSED __attribute__((visibility("default"), used))

// In the initial-exec model a thread's counts lie in memory that exists as soon as the thread does: reaching
// them never allocates, so counting cannot call itself.
struct counts {
  uint64_t allocations;
  uint64_t frees;
};

// Volatile, because a compiler takes for granted that malloc and free change no variable of the program.
static _Thread_local volatile struct counts counts __attribute__((tls_model("initial-exec")));

static inline void *counted(void *block) {
  if (block != NULL) counts.allocations++;
  return block;
}

INTERPOSED void *malloc(size_t size) {
  return counted(__libc_malloc(size));
}

INTERPOSED void *calloc(size_t count, size_t size) {
  return counted(__libc_calloc(count, size));
}

INTERPOSED void *realloc(void *block, size_t size) {
  void *result = __libc_realloc(block, size);
  // With size 0, glibc frees the block and returns no other; with any other size, a call that returns
  // nothing has failed and left the block alone.
  if (block != NULL && (result != NULL || size == 0)) counts.frees++;
  return counted(result);
}

INTERPOSED void *reallocarray(void *block, size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return NULL;
  }
  return realloc(block, total);
}

INTERPOSED void free(void *block) {
  if (block != NULL) counts.frees++;
  __libc_free(block);
}

INTERPOSED void *memalign(size_t alignment, size_t size) {
  return counted(__libc_memalign(alignment, size));
}

INTERPOSED void *aligned_alloc(size_t alignment, size_t size) {
  return counted(__libc_memalign(alignment, size));
}

INTERPOSED int posix_memalign(void **result, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  // Unlike the others, this function reports by what it returns, and leaves errno alone.
  int saved_errno = errno;
  void *block = counted(__libc_memalign(alignment, size));
  errno = saved_errno;
  if (block == NULL) return ENOMEM;
  *result = block;
  return 0;
}

INTERPOSED void *valloc(size_t size) {
  return counted(__libc_valloc(size));
}

INTERPOSED void *pvalloc(size_t size) {
  return counted(__libc_pvalloc(size));
}

bool allocation_counter_is_active(void) {
  // strdup allocates inside the C library: that it is counted shows that shared libraries, too, were bound
  // to the functions above. The compiler knows strdup and would put its own code in place of the call, so it
  // is not told which function this is.
  char *(*volatile duplicate)(const char *) = strdup;
  struct counts before = counts;
  char *copy = duplicate("");
  bool is_active = counts.allocations == before.allocations + 1;
  free(copy);
  counts = before;
  return is_active;
}

uint64_t allocation_counter_allocations(void) {
  return counts.allocations;
}

uint64_t allocation_counter_frees(void) {
  return counts.frees;
}

#else

bool allocation_counter_is_active(void) {
  return false;
}

uint64_t allocation_counter_allocations(void) {
  return 0;
}

uint64_t allocation_counter_frees(void) {
  return 0;
}

#endif
