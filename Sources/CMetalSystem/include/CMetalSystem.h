// Functions and constants of the system that Swift's importer cannot see, or would import as unsafe.
//
// A function for a system call makes the call, and returns the result of the call or the negated errno. Therefore no
// Swift code reads `errno`, and the compiler inlines the call into Swift code. Swift code decides which calls to make.
// Swift uses the system's constants under their own names. These headers define a constant only if a system lacks it,
// or declares it with another type.

#pragma once

#if defined(_WIN32) || defined(__CYGWIN__)
#define METAL_IS_WINDOWS 1
#define METAL_IS_LINUX 0
#include "metal_addresses.h"
#include "metal_afd.h"
#include "metal_named_pipes.h"
#include "metal_windows.h"
#else
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
#endif
