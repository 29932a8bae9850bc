// A library to load before a program with glibc: it counts the blocks that the main thread allocates from start to end.
//
// The file that the environment names in BENCHMARK_ALLOCATIONS gets the number. The library defines malloc and its kin, which
// the program and all its libraries then use in place of glibc's; reallocarray calls realloc, and nobody the obsolete valloc. A
// reallocation counts as an allocation, even in place.

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// The C library's own functions, under the names that it exports for exactly this use.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

// In the initial-exec model a thread's count is there as soon as the thread is: reaching it never allocates. Volatile, because
// a compiler takes for granted that malloc changes no variable of the program.
static _Thread_local volatile uint64_t allocations __attribute__((tls_model("initial-exec")));

static inline void *counted(void *block) {
  if (block != NULL) allocations++;
  return block;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }
void *realloc(void *block, size_t size) { return counted(__libc_realloc(block, size)); }
void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  *result = memalign(alignment, size);
  return *result == NULL ? ENOMEM : 0;
}

__attribute__((destructor)) static void report(void) {
  uint64_t number = allocations;
  const char *path = getenv("BENCHMARK_ALLOCATIONS");
  FILE *file = path == NULL ? NULL : fopen(path, "w");
  if (file != NULL) fprintf(file, "%llu\n", (unsigned long long)number);
}
