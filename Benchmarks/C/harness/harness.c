#define _GNU_SOURCE
#include "harness.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

// Those from the first switch on have no value.
enum { FIRST_SWITCH = 15, OPTIONS = 21 };
static const char *const names[OPTIONS] = {
  "burst", "bytes", "connections", "end", "form", "over", "pairs", "plant", "ready", "registrations", "rounds",
  "settle", "spin", "threads", "tokens",
  "apart", "ask-first", "idle-thread", "ping", "pingpong", "reconnect",
};

// What stands behind each of the names; behind the place after the last, nothing.
static const char *words[OPTIONS + 1];

// When the measured part began, by the wall's clock and the processor's.
static uint64_t first_wall, first_processor;

_Noreturn void fail(const char *what) { err(1, "%s", what); }

_Noreturn void fail_scenario(const char *what) { errx(1, "%s", what); }

_Noreturn void cannot(const char *why) { errx(3, "%s", why); }

_Noreturn void fail_usage(void) { errx(2, "the arguments make no sense; see Benchmarks/README.md"); }

/// Where a word stands among others, or their number.
static int place_of(const char *word, const char *const *all, int count) {
  int place = 0;
  while (place < count && strcmp(word, all[place]) != 0) place++;
  return place;
}

static long parse_number(const char *text, long minimum, long maximum) {
  long number;
  char rest;
  if (sscanf(text, "%ld%c", &number, &rest) != 1 || number < minimum || number > maximum) fail_usage();
  return number;
}

static void *idle(__attribute__((unused)) void *argument) {
  for (;;) pause();
}

const char *start_system(const char *name, int argc, char **argv) {
  program_invocation_short_name = (char *)name;
  if (argc < 2) fail_usage();
  for (char **argument = argv + 2; *argument != NULL; argument++) {
    int place = strncmp(*argument, "--", 2) == 0 ? place_of(*argument + 2, names, OPTIONS) : OPTIONS;
    if (place == OPTIONS || (place < FIRST_SWITCH && argument[1] == NULL)) fail_usage();
    words[place] = place < FIRST_SWITCH ? *++argument : "";
  }
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
  setlinebuf(stdout);
  if (option_word("idle-thread") != NULL) start_thread(idle, NULL);
  return argv[1];
}

const char *option_word(const char *name) { return words[place_of(name, names, OPTIONS)]; }

long option(const char *name, long otherwise) {
  const char *word = option_word(name);
  return word != NULL ? parse_number(word, 1, INT32_MAX) : otherwise;
}

enum reading_end reading_end(void) {
  static const char *const ends[] = {"own", "level", "would-block", "short-read"};
  const char *word = option_word("end");
  int end = word == NULL ? END_OWN : place_of(word, ends, 4);
  if (end == 4) fail_usage();
  return (enum reading_end)end;
}

void print_ready(uint16_t number) { printf("READY %u\n", number); }

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void begin_measuring(void) {
  first_processor = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  first_wall = nanoseconds(CLOCK_MONOTONIC);
}

void end_measuring(uint64_t operations) {
  unsigned long long wall = nanoseconds(CLOCK_MONOTONIC) - first_wall;
  unsigned long long processor = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - first_processor;
  // The numbers have as many digits as any has here, so that printing takes the same of every run that is counted.
  printf("operations=%llu wall_ns=%014llu processor_ns=%014llu\n", (unsigned long long)operations, wall, processor);
}

long resident_bytes(void) {
  // A buffer that is filled has its pages before the first reading, which otherwise takes memory itself.
  char text[4096] = {0};
  int file = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
  if (file < 0 || read(file, text, sizeof text - 1) < 0) fail("/proc/self/smaps_rollup");
  close(file);
  const char *line = strstr(text, "\nAnonymous:");
  if (line == NULL) fail_scenario("/proc/self/smaps_rollup is not understood");
  return strtol(line + strlen("\nAnonymous:"), NULL, 10) * 1024;
}

void report_footprint(long registrations, long bytes) {
  printf("operations=%ld resident_bytes=%ld\n", registrations, bytes);
}

static void stay_on(pthread_t thread, int processor) {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  CPU_SET(processor, &processors);
  errno = pthread_setaffinity_np(thread, sizeof processors, &processors);
  if (errno != 0) fail("pthread_setaffinity_np");
}

void start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  errno = pthread_create(&thread, NULL, body, argument);
  if (errno != 0) fail("pthread_create");
  if (option_word("apart") == NULL) return;
  stay_on(pthread_self(), 0);
  stay_on(thread, 1);
}
