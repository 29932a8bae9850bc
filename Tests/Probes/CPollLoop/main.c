// The yardstick: a loop over poll(2) in C, as one writes it by hand.
//
//   c-poll-loop [--registered N] [--active A] [--rounds R]
//
// N pipes are watched, of which A, spread over the array, carry a byte in each of R rounds: it is written, waited for,
// and read. The array is gone through once per wait, until all that is ready has been found.

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long argument(int count, char **arguments, const char *name, long otherwise) {
  for (int i = 1; i + 1 < count; i++) {
    if (strcmp(arguments[i], name) == 0) return atol(arguments[i + 1]);
  }
  return otherwise;
}

static void run_round(struct pollfd *entries, long registered, const int *writers, long active) {
  char bytes[64] = {0};
  for (long i = 0; i < active; i++) {
    if (write(writers[i], bytes, 1) != 1) fail("write");
  }
  long heard = 0;
  while (heard < active) {
    int ready = poll(entries, (nfds_t)registered, -1);
    if (ready < 0) fail("poll");
    for (long i = 0; ready > 0; i++) {
      if (entries[i].revents == 0) continue;
      ready--;
      if (read(entries[i].fd, bytes, sizeof bytes) != 1) fail("read");
      heard++;
    }
  }
}

int main(int count, char **arguments) {
  long registered = argument(count, arguments, "--registered", 1000);
  long active = argument(count, arguments, "--active", 10);
  long rounds = argument(count, arguments, "--rounds", 1000);
  if (active < 1 || registered < active) return 2;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");

  struct pollfd *entries = calloc((size_t)registered, sizeof *entries);
  int *writers = calloc((size_t)active, sizeof *writers);
  if (!entries || !writers) fail("calloc");
  for (long i = 0, next = 0; i < registered; i++) {
    int ends[2];
    if (pipe(ends) < 0) fail("pipe");
    entries[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) fail("fcntl");
    // The last of each share of the array is active.
    if (i == (next + 1) * registered / active - 1) writers[next++] = ends[1];
  }
  for (long i = 0; i < rounds; i++) run_round(entries, registered, writers, active);
  printf("%ld rounds\n", rounds);
  return 0;
}
