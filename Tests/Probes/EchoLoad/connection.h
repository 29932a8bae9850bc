// A connection and what both ways of driving one have in common.

#ifndef ECHO_LOAD_CONNECTION_H
#define ECHO_LOAD_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection {
  int descriptor;
  bool is_slow_reader;
  // A slow reader's, until all other connections are done.
  bool holds_back;
  bool is_dripping;
  bool has_shut_down;
  bool is_done;
  // The kernel reports readiness once, so what it reported is kept until a call finds the opposite.
  bool may_read;
  bool may_write;
  bool is_ending;
  uint64_t seed;
  uint64_t message_size;
  uint64_t total;
  // Positions in the stream.
  uint64_t sent;
  uint64_t verified;
  // When the message began that is on its way.
  uint64_t began;
};

/// Ends the program with 1 and says what a connection failed with, and how far it had come.
_Noreturn void fail_connection(const struct connection *connection, const char *what);

/// Opens a connection while the socket still blocks: within one machine a connection is made at once unless
/// the server's backlog is full, and the timeout, which holds for every blocking call, bounds that.
void open_connection(struct connection *connection);

/// Compares what came back with what was sent, and ends the program where they differ.
void verify(struct connection *connection, const uint8_t *bytes, size_t count);

/// Begins the line at the end: how many connections there were, what each did, what came back, and how long it took.
void print_totals(long connections, uint64_t nanoseconds);

#endif
