// Calls of the C library for tests, in types that Swift imports equally on every system.
//
// A call that fails returns the negated error number.

#pragma once

// In a build as Embedded Swift for Windows, the Swift compiler defines the macros of Cygwin.
#if defined(_WIN32) || defined(__CYGWIN__)

#include "system_windows.h"

#else

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "system_descriptors.h"
#include "system_messages.h"
#include "system_processes.h"
#include "system_signals.h"
#include "system_sockets.h"

/// The time of the system's monotonic clock in nanoseconds.
static inline int64_t system_now(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) abort();
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Lets the calling thread sleep.
static inline void system_sleep(int64_t nanoseconds) {
  struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
  while (nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
}

/// Lets other threads run.
static inline void system_yield(void) { sched_yield(); }

/// The number of the loopback interface.
static inline uint32_t system_loopback(void) {
#ifdef __linux__
  return if_nametoindex("lo");
#else
  return if_nametoindex("lo0");
#endif
}

/// Whether the system has a route to the multicast group ff01::1 on an interface.
static inline bool system_has_multicast_route(uint32_t interface) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = 9, .sin6_scope_id = interface};
  if (inet_pton(AF_INET6, "ff01::1", &address.sin6_addr) != 1) abort();
  int descriptor = socket(AF_INET6, SOCK_DGRAM, 0);
  if (descriptor < 0) return false;
  bool has_route = connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0;
  close(descriptor);
  return has_route;
}

/// Raises the number of descriptors that the process may hold, if need be and if the system allows it.
static inline bool system_raise_descriptor_limit(int64_t count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) abort();
  if (limit.rlim_cur >= (rlim_t)count) return true;
  if (limit.rlim_max < (rlim_t)count) return false;
  limit.rlim_cur = (rlim_t)count;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/// Makes a folder with an unused name, and stores the path of the folder with a terminator.
static inline int system_make_folder(uint8_t *path, int capacity) {
  snprintf((char *)path, (size_t)capacity, "/tmp/metal-XXXXXX");
  return mkdtemp((char *)path) == NULL ? -errno : 0;
}

/// Calls a function with the name of each file in a folder.
static inline void system_list_folder(const char *path, void *context, void (*body)(void *context, const char *name)) {
  DIR *folder = opendir(path);
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) body(context, entry->d_name);
  }
  closedir(folder);
}

/// Removes a file.
static inline int system_remove_file(const uint8_t *path) { return system_result(unlink((const char *)path)); }

/// Removes an empty folder.
static inline int system_remove_folder(const char *path) { return system_result(rmdir(path)); }

#endif
