// To be loaded before a system, by LD_PRELOAD: it counts what the main thread allocates from start to end.
//
// The file that the environment names in BENCHMARK_ALLOCATIONS gets the number.

#include "allocation_counter.h"

#include <stdio.h>
#include <stdlib.h>

__attribute__((destructor)) static void report(void) {
  uint64_t allocations = allocation_counter_allocations();
  const char *path = getenv("BENCHMARK_ALLOCATIONS");
  FILE *file = path == NULL ? NULL : fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%llu\n", (unsigned long long)allocations);
  fclose(file);
}
