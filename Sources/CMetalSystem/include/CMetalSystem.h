// What Swift's importer cannot see of the system's calls, or would see as unsafe.
//
// A function that stands for a system call makes that one, with what it takes to pass its arguments, and returns its result
// or the negated errno, so that no Swift code reads `errno` and the call inlines into Swift. Which calls to make is decided
// in Swift. The system's constants are seen by their own names, and have one here only if a system lacks them or gives them
// a type of their own.

#pragma once

#include "metal_addresses.h"
#include "metal_bytes.h"
#include "metal_calls.h"
#include "metal_descriptors.h"
#include "metal_environment.h"
#include "metal_epoll.h"
#include "metal_kqueue.h"
#include "metal_lock.h"
#include "metal_names.h"
#include "metal_options.h"
#include "metal_poll.h"
#include "metal_signals.h"
#include "metal_sockets.h"
#include "metal_threads.h"
