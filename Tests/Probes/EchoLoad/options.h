#ifndef ECHO_LOAD_OPTIONS_H
#define ECHO_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/// What the command line asks for; main.c says what it means.
struct options {
  uint16_t port;
  long connections;
  long rounds;
  long bytes;
  long slow_readers;
  bool drips;
  bool is_pingpong;
  bool reconnects;
  // Connections that are made at once; 0 if they are not.
  long burst;
  bool takes_latency;
  // The server's process, or 0.
  long settling_process;
};

extern struct options options;

/// Whether there is one connection at a time or a burst, and calls that block.
bool takes_blocking_calls(void);

/// Sets the options; ends the program with 2 when the arguments make no sense.
void parse_options(int argc, char **argv);

#endif
