#if defined(__linux__)

#include "server_threads.h"

#include "clock.h"
#include "failure.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

DIR *open_threads(long process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/task", process);
  DIR *threads = opendir(path);
  if (threads == NULL) fail(path);
  return threads;
}

/// Whether every thread in a directory of the form /proc/PID/task is in one of some states, letters as in proc(5).
static bool all_in(DIR *threads, const char *states) {
  rewinddir(threads);
  for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char path[sizeof entry->d_name + sizeof "/stat"];
    snprintf(path, sizeof path, "%s/stat", entry->d_name);
    int file = openat(dirfd(threads), path, O_RDONLY | O_CLOEXEC);
    // A thread that has ended since the directory was read does nothing any more.
    if (file < 0) continue;
    char text[512];
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) continue;
    text[length] = '\0';
    // "PID (name) STATE": the name may itself hold parentheses and spaces, what follows it does not.
    const char *name_end = strrchr(text, ')');
    if (name_end == NULL || name_end + 2 >= text + length || strchr(states, name_end[2]) == NULL) return false;
  }
  return true;
}

void wait_until_in(DIR *threads, const char *states) {
  uint64_t deadline = nanoseconds_now() + STALL_SECONDS * NANOSECONDS_PER_SECOND;
  while (!all_in(threads, states)) {
    if (nanoseconds_now() >= deadline) {
      fprintf(stderr, "echo-load: the server's process was in none of the states %s for ten seconds\n", states);
      exit(1);
    }
    sched_yield();
  }
}

#endif
