// Where a thread runs, for probes that measure what depends on it.

#ifndef THREAD_PLACEMENT_H
#define THREAD_PLACEMENT_H

#include <stdbool.h>

// Keeps the calling thread, and the threads that it starts, on one processor; returns whether the system has agreed.
bool keep_thread_on(int processor);

#endif
