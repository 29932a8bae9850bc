#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct options options = {
  .connections = 1,
  .pairs = 100,
  .tokens = 1,
  .rounds = 1000,
  .threads = 1,
  .ready = 1000,
  .registrations = 10000,
};

static struct {
  uint64_t wall;
  uint64_t user;
  uint64_t system;
} beginning;

_Noreturn void fail(const char *what) {
  fprintf(stderr, "%s: %s: %s\n", benchmarked_system.name, what, strerror(errno));
  exit(1);
}

_Noreturn void fail_scenario(const char *what) {
  fprintf(stderr, "%s: %s\n", benchmarked_system.name, what);
  exit(1);
}

_Noreturn void cannot(const char *why) {
  fprintf(stderr, "%s: %s\n", benchmarked_system.name, why);
  exit(3);
}

static _Noreturn void fail_usage(void) {
  fputs("usage: SYSTEM SCENARIO [--end own|level|would-block|short-read] [--connections N] [--pairs N] [--tokens N]\n"
        "       [--rounds N] [--threads N] [--ready N] [--registrations N] [PORT]\n", stderr);
  exit(2);
}

// The clocks.

static uint64_t wall_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t nanoseconds(struct timeval time) {
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

void begin_measuring(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  beginning.user = nanoseconds(usage.ru_utime);
  beginning.system = nanoseconds(usage.ru_stime);
  beginning.wall = wall_nanoseconds();
}

void end_measuring(uint64_t operations) {
  uint64_t wall = wall_nanoseconds() - beginning.wall;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("operations=%llu wall_ns=%llu user_ns=%llu system_ns=%llu\n", (unsigned long long)operations,
         (unsigned long long)wall, (unsigned long long)(nanoseconds(usage.ru_utime) - beginning.user),
         (unsigned long long)(nanoseconds(usage.ru_stime) - beginning.system));
  fflush(stdout);
}

// Sockets.

void set_non_blocking(int descriptor) {
  if (fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) < 0) fail("fcntl");
}

int open_listener(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) fail("socket");
  int on = 1;
  if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail("setsockopt");
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons(options.port),
    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (listen(listener, SOMAXCONN) < 0) fail("listen");
  return listener;
}

void announce_listener(int listener) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
  printf("READY %u\n", ntohs(address.sin_port));
  fflush(stdout);
  begin_measuring();
}

int accept_connection(int listener) {
  int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EAGAIN) return -1;
    fail("accept4");
  }
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

// The ring.

struct ring make_ring(void) {
  struct ring ring = {
    .pairs = options.pairs,
    .readers = calloc((size_t)options.pairs, sizeof(int)),
    .writers = calloc((size_t)options.pairs, sizeof(int)),
    .wanted_hops = (uint64_t)options.rounds * (uint64_t)options.tokens,
  };
  if (ring.readers == NULL || ring.writers == NULL) fail("calloc");
  for (long i = 0; i < ring.pairs; i++) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
    ring.readers[i] = ends[0];
    ring.writers[i] = ends[1];
  }
  return ring;
}

void start_ring(const struct ring *ring) {
  for (long token = 0; token < options.tokens; token++) {
    if (send(ring->writers[token * ring->pairs / options.tokens], "", 1, MSG_NOSIGNAL) != 1) fail("send");
  }
}

// The crowd.

struct crowd make_crowd(long count) {
  struct crowd crowd = {.readers = calloc((size_t)count, sizeof(int)), .count = count};
  int ends[2];
  if (crowd.readers == NULL) fail("calloc");
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
  crowd.writer = ends[1];
  crowd.readers[0] = ends[0];
  for (long i = 1; i < count; i++) {
    crowd.readers[i] = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
    if (crowd.readers[i] < 0) fail("fcntl");
  }
  return crowd;
}

long resident_bytes(void) {
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  if (file == NULL) fail("/proc/self/smaps_rollup");
  char line[256];
  long kibibytes = -1;
  while (kibibytes < 0 && fgets(line, sizeof line, file) != NULL) sscanf(line, "Anonymous: %ld kB", &kibibytes);
  fclose(file);
  if (kibibytes < 0) fail_scenario("/proc/self/smaps_rollup is not understood");
  return kibibytes * 1024;
}

void report_footprint(long bytes) {
  printf("operations=%ld resident_bytes=%ld\n", options.registrations, bytes);
  fflush(stdout);
}

// Threads.

unsigned long start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  errno = pthread_create(&thread, NULL, body, argument);
  if (errno != 0) fail("pthread_create");
  return thread;
}

void join_thread(unsigned long thread) {
  errno = pthread_join(thread, NULL);
  if (errno != 0) fail("pthread_join");
}

// The command line.

static long parse_number(const char *text, long minimum, long maximum) {
  if (text == NULL) fail_usage();
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || number < minimum || number > maximum) fail_usage();
  return number;
}

static enum reading_end parse_end(const char *text) {
  static const char *const names[] = {"own", "level", "would-block", "short-read"};
  for (size_t i = 0; text != NULL && i < sizeof names / sizeof *names; i++) {
    if (strcmp(text, names[i]) == 0) return (enum reading_end)i;
  }
  fail_usage();
}

static void parse_options(char **arguments) {
  const struct {
    const char *name;
    long *number;
  } numbers[] = {
    {"--connections", &options.connections}, {"--pairs", &options.pairs},
    {"--tokens", &options.tokens},           {"--rounds", &options.rounds},
    {"--threads", &options.threads},         {"--ready", &options.ready},
    {"--registrations", &options.registrations},
  };
  for (; *arguments != NULL; arguments++) {
    if (strcmp(*arguments, "--end") == 0) {
      options.end = parse_end(*++arguments);
      continue;
    }
    size_t i = 0;
    while (i < sizeof numbers / sizeof *numbers && strcmp(*arguments, numbers[i].name) != 0) i++;
    if (i < sizeof numbers / sizeof *numbers) {
      *numbers[i].number = parse_number(*++arguments, 1, INT32_MAX);
    } else {
      options.port = (uint16_t)parse_number(*arguments, 0, UINT16_MAX);
    }
  }
}

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
}

int main(int argc, char **argv) {
  const struct {
    const char *name;
    void (*run)(void);
  } scenarios[] = {
    {"echo", benchmarked_system.echo},         {"ring", benchmarked_system.ring},
    {"churn", benchmarked_system.churn},       {"wake", benchmarked_system.wake},
    {"wake-storm", benchmarked_system.wake_storm}, {"dispatch", benchmarked_system.dispatch},
    {"footprint", benchmarked_system.footprint},
  };
  if (argc < 2) fail_usage();
  parse_options(argv + 2);
  signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  if (options.end != END_OWN && !benchmarked_system.hears_end) cannot("it ends a reading in its own way");
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
    if (strcmp(argv[1], scenarios[i].name) != 0) continue;
    if (scenarios[i].run == NULL) cannot("it has no such scenario");
    scenarios[i].run();
    return 0;
  }
  fail_usage();
}
