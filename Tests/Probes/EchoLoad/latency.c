#include "latency.h"

#include <stddef.h>
#include <stdio.h>

enum {
  // A bucket is as wide as a 64th of the power of two below it.
  FINE_BITS = 6,
  FINE = 1 << FINE_BITS,
  BUCKETS = (64 - FINE_BITS + 1) * FINE,
};

static uint64_t counts[BUCKETS];
static uint64_t total;
static uint64_t longest;

static unsigned bucket_of(uint64_t nanoseconds) {
  if (nanoseconds < FINE) return (unsigned)nanoseconds;
  unsigned shift = 63u - (unsigned)__builtin_clzll(nanoseconds) - FINE_BITS;
  return (shift << FINE_BITS) + (unsigned)(nanoseconds >> shift);
}

static uint64_t upper_bound(unsigned bucket) {
  if (bucket < FINE) return bucket;
  unsigned shift = (bucket >> FINE_BITS) - 1;
  return (((uint64_t)(bucket & (FINE - 1)) + FINE + 1) << shift) - 1;
}

void record_latency(uint64_t nanoseconds) {
  counts[bucket_of(nanoseconds)]++;
  total++;
  if (nanoseconds > longest) longest = nanoseconds;
}

static uint64_t percentile(double part) {
  uint64_t wanted = (uint64_t)(part * (double)total), seen = 0;
  for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
    seen += counts[bucket];
    if (seen > wanted) return upper_bound(bucket) < longest ? upper_bound(bucket) : longest;
  }
  return longest;
}

void print_latencies(void) {
  static const struct {
    const char *name;
    double part;
  } percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
  for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
    printf(" %s_ns=%llu", percentiles[i].name, (unsigned long long)percentile(percentiles[i].part));
  }
  printf(" max_ns=%llu", (unsigned long long)longest);
}
