#include "options.h"

#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options options = {.connections = 1, .rounds = 1, .bytes = 64};

static _Noreturn void fail_usage(const char *what) {
  fprintf(stderr, "echo-load: %s\n", what);
  fputs("usage: echo-load PORT [--connections C] [--rounds R] [--bytes B] [--latency] [--drip]\n"
        "         [--slow-readers K]\n"
        "       echo-load PORT --pingpong | --reconnect [--rounds R] [--bytes B] [--latency] [--settle PID]\n"
        "       echo-load PORT --reconnect --burst N --settle PID [--rounds R] [--bytes B]\n", stderr);
  exit(2);
}

static long parse_number(const char *text, long minimum, long maximum) {
  if (text == NULL) fail_usage("a number is missing");
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0') fail_usage("not a number");
  if (number < minimum || number > maximum) fail_usage("a number is out of range");
  return number;
}

static void check_blocking(void) {
  if (options.connections != 1 || options.slow_readers != 0 || options.drips) {
    fail_usage("--pingpong and --reconnect take neither --connections nor --slow-readers nor --drip");
  }
  if (options.is_pingpong && options.reconnects) fail_usage("--pingpong keeps its connection");
  if (options.burst > 0 && (!options.reconnects || options.settling_process == 0 || options.takes_latency)) {
    fail_usage("--burst goes with --reconnect and --settle, and without --latency");
  }
  // Both sides block, so a whole message has to fit into the sockets' buffers as well.
  if (options.bytes > CHUNK_SIZE) fail_usage("calls that block take at most 16384 bytes");
}

static void check_many(void) {
  if (options.settling_process != 0) fail_usage("--settle goes with --pingpong or --reconnect");
  if (options.burst != 0) fail_usage("--burst goes with --reconnect");
  if (options.takes_latency && options.slow_readers > 0) fail_usage("--latency goes without slow readers");
}

bool takes_blocking_calls(void) { return options.is_pingpong || options.reconnects; }

void parse_options(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--connections") == 0) {
      options.connections = parse_number(argv[++i], 1, 1 << 20);
    } else if (strcmp(argv[i], "--rounds") == 0) {
      options.rounds = parse_number(argv[++i], 1, 1 << 30);
    } else if (strcmp(argv[i], "--bytes") == 0) {
      options.bytes = parse_number(argv[++i], 1, 1 << 30);
    } else if (strcmp(argv[i], "--slow-readers") == 0) {
      options.slow_readers = parse_number(argv[++i], 0, 1 << 20);
    } else if (strcmp(argv[i], "--settle") == 0) {
      options.settling_process = parse_number(argv[++i], 1, INT32_MAX);
    } else if (strcmp(argv[i], "--burst") == 0) {
      options.burst = parse_number(argv[++i], 1, 1000);
    } else if (strcmp(argv[i], "--drip") == 0) {
      options.drips = true;
    } else if (strcmp(argv[i], "--latency") == 0) {
      options.takes_latency = true;
    } else if (strcmp(argv[i], "--pingpong") == 0) {
      options.is_pingpong = true;
    } else if (strcmp(argv[i], "--reconnect") == 0) {
      options.reconnects = true;
    } else if (options.port == 0) {
      options.port = (uint16_t)parse_number(argv[i], 1, UINT16_MAX);
    } else {
      fail_usage("an argument is not understood");
    }
  }
  if (options.port == 0) fail_usage("the port is missing");
  if (takes_blocking_calls()) check_blocking();
  else check_many();
}
