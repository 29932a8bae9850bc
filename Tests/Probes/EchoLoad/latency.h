// How long messages took, in a histogram: recording one touches a counter and allocates nothing.

#ifndef ECHO_LOAD_LATENCY_H
#define ECHO_LOAD_LATENCY_H

#include <stdint.h>

/// Records that something took so long.
void record_latency(uint64_t nanoseconds);

/// Prints the percentiles of what was recorded, as ` p50_ns=… p90_ns=… p99_ns=… p999_ns=… max_ns=…`.
///
/// A percentile is the upper bound of its bucket, which is at most 1/64 above the true one.
void print_latencies(void);

#endif
