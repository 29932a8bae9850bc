// Counts the calling thread's heap allocations in the program that links this target.
//
// The target defines malloc, free and their kin, which the whole program then uses in place of the C
// library's, shared libraries such as the Swift runtime included. Each counts and hands on to the C library,
// so a Swift array, a class instance or a boxed error is one allocation each. Link it into probes only.
//
// It counts on Linux with glibc. Elsewhere, and under a sanitizer, which needs these functions for itself,
// everything compiles, allocation_counter_is_active() is false and the counts stay 0.

#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether allocations are counted in this program. It makes an allocation to find out, and leaves the
/// counts as they were.
bool allocation_counter_is_active(void);

/// How many blocks the calling thread has allocated since it started. Calls that fail do not count.
/// A reallocation counts as an allocation of the new block and a free of the old one, even in place.
uint64_t allocation_counter_allocations(void);

/// How many blocks the calling thread has freed since it started, whichever thread allocated them.
uint64_t allocation_counter_frees(void);

#ifdef __cplusplus
}
#endif

#endif
